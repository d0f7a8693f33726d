"""Integrals beside a point where a function is singular, with a proven bound of what is left out."""

import math
from math import lcm
from typing import Any, NamedTuple

import flint
from flint import acb, arb, fmpq
from sympy import Expr, Rational, S, Symbol, exp, expand, log, pi, sinh

from symbolic_init.errors import NotIntegrableError, PrecisionError, UnsupportedError
from symbolic_init.moments.bounding import bound, culprit, is_zero
from symbolic_init.moments.bounds import Place
from symbolic_init.moments.circles import integral_from_center
from symbolic_init.moments.compilation import Program
from symbolic_init.moments.cuts import singular_bases
from symbolic_init.moments.growth import Growth, integral_beyond
from symbolic_init.moments.proven import program, value
from symbolic_init.moments.trapezoid import Integrand, Strip, strip, trapezoidal_integral
from symbolic_init.notation import x

__all__ = ["Stretch", "integral_beside"]

_EVALUATIONS = 400_000
"""Evaluations of an integrand by acb.integral before it is given up."""
_BOUND_BITS = 64
_STEPS = 40
_HIGHEST_ORDER = 6
_HIGHEST_ROOT = 24
"""Denominators of exponents beyond which the substitution of a power is not tried."""
_HEIGHTS = (1.25, 1.0, 0.75, 0.5, 0.3)
_NODES_PER_BIT = 40


class Stretch(NamedTuple):
    """A function times a Gaussian weight between a point, where it may be singular, and another.

    Attributes:
        f: Expression in x without switches.
        center: The point, a number.
        side: 1 if the stretch is on its right, else -1.
        length: Length of the stretch, a float.
        rate: The weight is `exp(rate*x**2)`.
    """

    f: Expr
    center: Expr
    side: int
    length: float
    rate: Any


class _Open(NamedTuple):
    """A part of a stretch that leaves out what is negligible at the singular point."""

    depth: Any
    """It starts at the distance `exp(-depth)` of the point."""
    rest: Any
    """Upper bound of the integral of the absolute value over what is left out."""


def integral_beside(stretch: Stretch, *, goal: Any) -> Any:
    """Return the integral over a stretch.

    Where only powers of the distance are singular, `t**n` for the distance makes the integrand analytic.
    Where it is 0/0 but analytic, it is integrated by its Taylor series up to half the way to the next
    singularity. Else the distance is `length/(1 + exp(-pi*sinh(t)))`, and the trapezoidal rule is applied
    for `t`; where that fails, the distance is `exp(-t)`, and the integral for `t` is enclosed piece by piece.

    Raises:
        NotIntegrableError: If the integral diverges.
        PrecisionError: If it cannot be enclosed.
        UnsupportedError: If no bound beside the point was found.

    References:
        H. Takahasi and M. Mori, Double exponential formulas for numerical integration, Publ. RIMS 9 (1974).
    """
    found = _by_power(stretch, goal)
    if found is not None:
        return found
    found = _by_series(stretch, goal)
    if found is not None:
        return found
    inner = _open(stretch, goal)
    found = _by_double_exponential(stretch, inner, goal)
    if found is None:
        found = _by_exponential(stretch, inner, goal)
    return found + arb(0, inner.rest)


def _by_power(stretch: Stretch, goal: Any) -> Any:
    """By distances `t**n`, or `None` where this leaves a singularity."""
    t = Symbol("t", positive=True)
    exponents = [e.exp for e in stretch.f.find(lambda e: e.is_Pow and e.exp.is_Rational)]
    n = lcm(*(int(e.q) for e in exponents))
    if n == 1 or n > _HIGHEST_ROOT:
        return None
    replaced = stretch.f.xreplace({x: stretch.center + stretch.side * t**n})
    g = (replaced * n * t ** (n - 1)).xreplace({t: x})
    if any(u.xreplace({x: S.Zero}).is_zero is not False for u in singular_bases(g)):
        return None
    center, end = value(stretch.center), arb(stretch.length) ** fmpq(1, n)
    run, side, rate = program(g), stretch.side, stretch.rate

    def integrand(t: Any, analytic: Any) -> Any:
        place = center + side * t**n
        return run(t, analytic) * (place * place * rate).exp()

    found = acb.integral(
        integrand, acb(0), acb(end), abs_tol=goal, rel_tol=arb(2) ** -flint.ctx.prec, eval_limit=_EVALUATIONS
    )
    return found if found.is_finite() else None


def _by_series(stretch: Stretch, goal: Any) -> Any:
    """Where the function is 0/0 but analytic: by its Taylor series, and directly on the rest."""
    f, center, side, length, rate = stretch
    found = integral_from_center(f, center, side=side, room=2 * length, rate=rate, goal=goal)
    if found is None:
        return None
    (reach, part), run, place = found, program(f), value(center)
    if not reach < length:
        return part

    def integrand(t: Any, analytic: Any) -> Any:
        there = place + side * t
        return run(there, analytic) * (there * there * rate).exp()

    rest = acb.integral(
        integrand,
        acb(reach),
        acb(length),
        abs_tol=goal,
        rel_tol=arb(2) ** -flint.ctx.prec,
        eval_limit=_EVALUATIONS,
    )
    return part + rest if rest.is_finite() else None


def _open(stretch: Stretch, goal: Any) -> _Open:
    """How near to go, and an upper bound of what is left out."""
    f, center = stretch.f, stretch.center
    with flint.ctx.workprec(_BOUND_BITS):
        depth = (arb(stretch.length) / goal).log().max(arb(2) - arb(stretch.length).log()).max(arb(2)).upper()
        for _ in range(_STEPS):
            place = Place(depth, stretch.side, center)
            found = bound(f, place)
            if found.small is not None and _diverges(found.small):
                msg = f"{f} is not integrable beside x = {center}"
                raise NotIntegrableError(msg)
            if found.large is not None:
                interval = place.interval()
                weight = (stretch.rate * interval * interval).exp().upper()
                rest = integral_beyond(found.large.times(Growth(weight, rate=fmpq(-1))), depth)
                if rest <= goal / 4:
                    return _Open(depth, rest)
            depth = (depth * 1.2).upper()
    if found.large is None:
        msg = f"no bound of {culprit(f, place)} beside x = {center} was found"
        raise UnsupportedError(msg)
    msg = f"no bound of {f} beside x = {center} was small enough"
    raise PrecisionError(msg)


def _diverges(least: Growth) -> bool:
    """Whether the integral of a function that is at least so large diverges, with `exp(-t)` for the step."""
    return bool(least.factor > 0 and (least.square, least.rate - 1, least.power + 1) >= (0, 0, 0))


def _by_exponential(stretch: Stretch, inner: _Open, goal: Any) -> Any:
    """By distances `exp(-t)`."""
    length = arb(stretch.length)
    run = program(stretch.f.xreplace({x: stretch.center + stretch.side * x}))
    center, side, rate = value(stretch.center), stretch.side, stretch.rate

    def integrand(t: Any, analytic: Any) -> Any:
        step = (-t).exp()
        place = center + side * step
        return run(step, analytic) * (place * place * rate).exp() * step

    found = acb.integral(
        integrand,
        acb(-length.log()),
        acb(inner.depth),
        abs_tol=goal,
        rel_tol=arb(2) ** -flint.ctx.prec,
        eval_limit=_EVALUATIONS,
    )
    if not found.is_finite():
        msg = f"the integral of {stretch.f} beside x = {stretch.center} was not enclosed"
        raise PrecisionError(msg)
    return found


def _by_double_exponential(stretch: Stretch, inner: _Open, goal: Any) -> Any:
    """By distances `length/(1 + exp(-pi*sinh(t)))`, or `None` where this does not work."""
    low = -math.asinh(float((inner.depth + arb(stretch.length).log()).upper()) / math.pi)
    high = math.asinh(float((arb(stretch.length) / goal).log().upper() + 8) / math.pi)
    programs = _transformed(stretch)
    if programs is None or not low < 0 < high:
        return None
    center, side, rate = value(stretch.center), stretch.side, stretch.rate
    length, turn = arb(stretch.length), arb.pi()

    def at(t: Any, analytic: Any = False) -> Any:  # noqa: FBT002
        u = turn * t.sinh()
        is_left = not t.real > 0
        wave = (u if is_left else -u).exp()
        below = 1 / (1 + wave)
        distance = length * (wave * below if is_left else below)
        place = center + side * distance
        slope = turn * t.cosh() * length * wave * below * below
        return programs[0 if is_left else 1](t, analytic) * (place * place * rate).exp() * slope

    def size(a: float, b: float, below: float, above: float) -> Any:
        found = at(acb(arb(a).union(arb(b)), arb(below).union(arb(above))), True)  # noqa: FBT003
        return found.abs_upper() if found.is_finite() else None

    depth = float((length / goal).log().upper())
    heights = ((h, 2 * math.pi * h / depth) for h in _HEIGHTS)
    integrand = Integrand(at, size, low, high)
    plan = strip(integrand, goal=goal, heights=heights, most_nodes=_NODES_PER_BIT * flint.ctx.prec)
    if plan is None:
        return None
    return trapezoidal_integral(integrand, plan, goal=goal) + _last_part(stretch, plan)


def _last_part(stretch: Stretch, plan: Strip) -> Any:
    """The integral over what the nodes leave out at the far end, which is regular."""
    end = (arb(plan.last) + arb(0.5)) * plan.step
    left = arb(stretch.length) / (1 + (arb.pi() * end.sinh()).exp())
    center = value(stretch.center)
    far = center + stretch.side * arb(stretch.length)
    place = far.union(far - stretch.side * left)
    run = program(stretch.f)
    return run(acb(place)) * (stretch.rate * place * place).exp() * left


def _transformed(stretch: Stretch) -> tuple[Program, Program] | None:
    """The function of `t` on the left and on the right of 0, with logarithms that stay on their branch."""
    distance, logarithm = Symbol("y", positive=True), Symbol("L", real=True)
    shifted = stretch.f.xreplace({x: stretch.center + stretch.side * distance})
    separated = _separated(shifted, distance, logarithm)
    if separated is None:
        return None
    length = Rational(*stretch.length.as_integer_ratio())
    u = pi * sinh(x)
    left = {distance: length * exp(u) / (1 + exp(u)), logarithm: log(length) + u - log(1 + exp(u))}
    right = {distance: length / (1 + exp(-u)), logarithm: log(length) - log(1 + exp(-u))}
    return program(separated, left), program(separated, right)


def _separated(f: Expr, distance: Symbol, logarithm: Symbol) -> Expr | None:
    """Write logarithms and powers of what vanishes with the distance by the logarithm of the distance."""
    rule = {}
    for node in f.find(
        lambda e: isinstance(e, log) or (e.is_Pow and not e.exp.is_Integer and e.base != S.Exp1)
    ):
        base = node.args[0]
        if distance not in base.free_symbols or not is_zero(base.xreplace({distance: S.Zero})):
            continue
        order = next((k for k in range(1, _HIGHEST_ORDER) if _has_order(base, distance, k)), None)
        if order is None or (node.is_Pow and distance in node.exp.free_symbols):
            return None
        rest = expand(base.expand() / distance**order)
        if isinstance(node, log):
            rule[node] = order * logarithm + log(rest)
        else:
            rule[node] = exp(order * node.exp * logarithm) * rest**node.exp
    return f.xreplace(rule)


def _has_order(base: Expr, distance: Symbol, order: int) -> bool:
    """Whether the derivative of some order is the first that does not vanish at 0."""
    return not is_zero(base.diff(distance, order).xreplace({distance: S.Zero}))
