r"""Integrals from a point at which a function is 0/0 but analytic, by its values on a circle around it."""

from collections.abc import Mapping
from functools import reduce
from typing import Any, NamedTuple

import flint
from flint import acb, arb
from sympy import Add, Dummy, Expr, Mul, Pow, S

from symbolic_init.moments.bounding import QUOTIENTS, bound, is_zero
from symbolic_init.moments.bounds import Place
from symbolic_init.moments.compilation import Program, compile_ball
from symbolic_init.moments.detour import is_polynomial, is_reciprocal
from symbolic_init.moments.proven import program, value
from symbolic_init.notation import x

__all__ = ["integral_from_center"]

_ANALYTIC = True
_HIGHEST_ORDER = 8
"""Order of a zero of a denominator beyond which it is not looked for."""
_SHRINKINGS = 12
_ARCS = 24
_DEPTHS = 4
_MOST_NODES = 4
"""Nodes on a circle, for a bit of the precision."""
_SPARE_BITS = 8


class _Parts(NamedTuple):
    """A function, analytic in parts that are 0/0 at a point.

    Attributes:
        outer: The function, with symbols for the parts.
        parts: What they stand for: polynomials in functions analytic there and in reciprocals.
        regular: The parts with 1 for each reciprocal of what vanishes at the point.
        slopes: The first derivatives of what vanishes at the point that do not.
    """

    outer: Expr
    parts: Mapping[Dummy, Expr]
    regular: tuple[Program, ...]
    slopes: tuple[Program, ...]


def integral_from_center(
    f: Expr, center: Expr, *, side: int, room: float, rate: Any, goal: Any
) -> tuple[Any, Any] | None:
    """Return a length, and the integral of a function times a weight over so much beside a point, or `None`.

    The parts of the function that are 0/0 at the point are shown to be bounded beside it, so that they are
    analytic; in a disk, they keep to the convex hull of their values on its edge. Where what is made of them
    is analytic for such values, its Taylor coefficients come from values on half the circle's radius, with
    Cauchy's bound of what is left out.

    Args:
        f: Function of x without switches and parameters.
        center: The point, a number.
        side: 1 if the integral is over its right side, else -1.
        room: Largest radius of the disk.
        rate: The weight is `exp(rate*x**2)`.
        goal: How large the error may be.
    """
    plain = f.replace(lambda e: e.func in QUOTIENTS, lambda e: QUOTIENTS[e.func](e.args[0]))
    found = _parted(plain, center)
    if found is None:
        return None
    run, middle, radius = program(plain), value(center), arb(room)
    for _ in range(_SHRINKINGS):
        largest = _largest(found, middle, radius, rate)
        if largest is not None:
            nodes = int(((largest * radius / goal).log() / arb(2).log()).upper().ceil().unique_fmpz())
            if nodes + _SPARE_BITS <= _MOST_NODES * flint.ctx.prec:
                break
        radius = radius / 2
    else:
        return None
    if not all(_is_bounded(part, center, side, radius) for part in found.parts.values()):
        return None
    nodes = max(nodes, 0) + _SPARE_BITS

    def at(z: Any) -> Any:
        return run(z) * (z * z * rate).exp()

    length = radius / 2
    total = length * _half_way(at, middle, length, side, nodes)
    left_out = largest * length * arb(2) ** (2 - nodes)
    total = acb(total.real + arb(0, left_out.upper()))
    return (length, total) if total.is_finite() else None


def _parted(f: Expr, center: Expr) -> _Parts | None:
    """The parts of a function that are 0/0 at a point, if it is analytic in them."""
    singular, slopes = [], []
    for power in f.find(lambda e: isinstance(e, Pow) and is_reciprocal(e)):
        order = _order(power.base, center)
        if order is None:
            return None
        if order:
            singular.append(power)
            slopes.append(program(power.base.diff(x, order)))
    if not singular:
        return None
    parts: dict[Expr, Dummy] = {}
    outer = _with_symbols(f, frozenset(singular), parts)
    ones = dict.fromkeys(singular, S.One)
    regular = tuple(program(part.xreplace(ones)) for part in parts)
    return _Parts(outer, {s: part for part, s in parts.items()}, regular, tuple(slopes))


def _order(base: Expr, center: Expr) -> int | None:
    """The order of a zero at a point, 0 where there is none or no value; `None` where it was not found."""
    place = acb(value(center))
    for order in range(_HIGHEST_ORDER):
        found = program(base)(place)
        if not (found.is_finite() and found.contains(0)):
            return order if found.is_finite() or order == 0 else None
        if not is_zero(base.xreplace({x: center})):
            return None
        base = base.diff(x)
    return None


def _with_symbols(f: Expr, singular: frozenset[Expr], parts: dict[Expr, Dummy]) -> Expr:
    """A function with symbols for its largest parts that are polynomials in some reciprocals."""
    if not f.has(*singular):
        return f
    if is_polynomial(f, singular):
        return parts.setdefault(f, Dummy())
    if isinstance(f, Add | Mul):
        joined = [a for a in f.args if a.has(*singular) and is_polynomial(a, singular)]
        others = [a for a in f.args if a not in joined]
        return f.func(
            *(_with_symbols(a, singular, parts) for a in others),
            *([_with_symbols(f.func(*joined), singular, parts)] if joined else []),
        )
    return f.func(*(_with_symbols(a, singular, parts) for a in f.args))


def _largest(found: _Parts, middle: Any, radius: Any, rate: Any) -> Any:
    """Upper bound of the absolute value times the weight in a disk, if analytic there; else `None`."""
    square = arb(0, (radius + middle.rad()).upper())
    disk = acb(middle.mid() + square, square)
    if any(slope(disk).contains(0) for slope in found.slopes):
        return None
    if not all(run(disk, _ANALYTIC).is_finite() for run in found.regular):
        return None
    hulls = {s: _hull(program(part), middle, radius) for s, part in found.parts.items()}
    if not all(hull.is_finite() for hull in hulls.values()):
        return None
    whole = compile_ball(found.outer, values=hulls)(disk, _ANALYTIC)
    if not whole.is_finite():
        return None
    return whole.abs_upper() * (disk * disk * rate).exp().abs_upper()


def _hull(run: Program, middle: Any, radius: Any) -> Any:
    """A ball that holds the values on a circle; those of a real function below it mirror those above."""
    turn = arb(1) / (2 * _ARCS)
    angles = ((2 * k + 1) * turn + arb(0, turn) for k in range(_ARCS))
    arcs = (acb(middle) + radius * acb(angle.cos_pi(), angle.sin_pi()) for angle in angles)
    hull = reduce(acb.union, (run(arc, _ANALYTIC) for arc in arcs))
    return hull.union(hull.conjugate())


def _is_bounded(part: Expr, center: Expr, side: int, radius: Any) -> bool:
    """Whether a function that has at most a pole at a point is shown to have none."""
    start = max(2.0, float((-radius.log()).upper()))
    for _ in range(_DEPTHS):
        large = bound(part, Place(arb(start), side, center)).large
        if large is not None and (large.square, large.rate) < (0, 1):
            return True
        start *= 2
    return False


def _half_way(at: Program, middle: Any, length: Any, side: int, nodes: int) -> Any:
    """The mean over a radius of a circle, by the Taylor polynomial from values at nodes on it."""
    roots = [acb(arb(2 * j) / nodes).exp_pi_i() for j in range(nodes)]
    terms = [acb(0)] * nodes  # those below the real line are conjugate to those above
    for j in range(nodes // 2 + 1):
        there = at(middle + side * length * roots[j])
        double = 1 if j in (0, nodes - j) else 2
        for k in range(nodes):
            terms[k] += (there * roots[-j * k % nodes]).real * double
    return sum((term / (k + 1) for k, term in enumerate(terms)), acb(0)) / nodes
