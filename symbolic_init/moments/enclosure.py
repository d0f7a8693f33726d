"""Proven enclosures of Gaussian means."""

import contextlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

import flint
from flint import acb, arb
from sympy import Expr, I, Max, Min, Piecewise, Rational, Symbol
from sympy.core.sympify import _sympify

from symbolic_init.errors import AssumptionError, DomainError, PrecisionError, UnsupportedError
from symbolic_init.moments.beside import Stretch, integral_beside
from symbolic_init.moments.branches import branches_over, switching, unfolded
from symbolic_init.moments.compilation import Program
from symbolic_init.moments.cuts import Cut, fixed_cuts
from symbolic_init.moments.extent import Extent, Function, Weight, check_real, extent, first_reach, log2
from symbolic_init.moments.heads import CODES
from symbolic_init.moments.partition import Piece, pieces_between
from symbolic_init.moments.proven import program, value
from symbolic_init.moments.settled import settled
from symbolic_init.moments.trapezoid import Integrand, strip, trapezoidal_integral
from symbolic_init.notation import x

__all__ = ["enclosed_mean", "mean_range"]

_GUARD = 24
"""Bits of working precision beyond those aimed at."""
_ATTEMPTS = 8
_FINER = 2
"""Doublings of the precision before an integral counts as one that does not converge."""
_FAR_OFF = 24
"""Bits by which an error may be too large for another try to be worth more than once."""
_SLIP = 6
"""Bits by which small errors may add up."""
_NODES_PER_BIT = 16
"""Nodes for one bit up to which the trapezoidal rule is preferred to adaptive integration."""
_EVALUATIONS_PER_BIT = 60
"""Evaluations for one bit of adaptive integration before the trapezoidal rule is tried with any nodes."""
_EVALUATIONS_AT_FIRST = 16
"""Evaluations for one bit before simpler functions are looked for."""
_FEW_BITS = 110
"""Bits up to which adaptive integration is tried first: planning the nodes takes longer."""
_MOST_EVALUATIONS = 200_000
_MOST_NODES = 300_000
_ROUGH_BITS, _ROUGH_EVALUATIONS = 12, 2000
"""What an enclosure for many functions at once is computed with: it is wide anyway."""
_MOST_HALVINGS = 1_000
"""Of a gap, to bound what a switch in it makes of a difference."""
_MANY_GAPS = 64
"""Part of an error that all gaps together may take."""
_NARROWER = 0.7
"""Ratio of the half-widths of strips that are tried."""
_UNORDERED = (Max, Min, Piecewise)
"""Heads whose symmetry is not looked at."""
_NOTHING: Mapping[Symbol, Any] = MappingProxyType({})


def enclosed_mean(
    f: Expr, variance: Any, *, parameters: Mapping[Symbol, Rational] = _NOTHING, bits: int = 64
) -> arb:
    """Return a proven enclosure of `E[f(sqrt(variance)*z)]` for a standard normal `z`.

    The integral is cut where the function switches, which is shown by enclosures of the switching functions;
    between, it is enclosed by the trapezoidal rule with a bound of its error or by adaptive integration of
    analytic functions; beside singular points and far out, it is bounded by what the expression says.

    Args:
        f: Function of x and of the parameters, real for almost every x.
        variance: Positive number, as an expression or as a ball.
        parameters: A number for every parameter.
        bits: Binary digits, relative to the mean; where positive and negative values cancel to more than
            that, relative to the mean of the absolute value.

    Returns:
        A ball that holds the mean: nothing in it is estimated. An integrable odd function has the mean 0.

    Raises:
        AssumptionError: If the variance is not positive, or a parameter has no value.
        DomainError: If `f` is not real.
        NotIntegrableError: If the mean diverges.
        PrecisionError: If the integral between the ends of the range cannot be enclosed to so many bits.
        UnsupportedError: If `f` has a head that ball arithmetic lacks, or no bound of it was found far
            out or beside a singular point.

    Examples:
        >>> from sympy import Integer, tanh
        >>> from symbolic_init.notation import x
        >>> enclosed_mean(tanh(x)**2, Integer(1), bits=53)
        [0.394294490397841 +/- 1.75e-16]
    """
    closed = unfolded(_sympify(f).xreplace(dict(parameters)))
    given = variance if isinstance(variance, arb) else _sympify(variance).xreplace(dict(parameters))
    for what in (closed, given):
        _check_provable(what)
    if x not in closed.free_symbols:
        return _constant(closed, bits)
    goal, slack, finer = bits + 4, 0, 0
    for _ in range(_ATTEMPTS):
        with flint.ctx.workprec((goal + slack + _GUARD) << finer):
            try:
                ball, size = _mean(closed, _variance(given), goal, slack)
            except PrecisionError:
                if finer == _FINER:
                    raise
                finer += 1
                continue
            reached = ball.rel_accuracy_bits()
            if reached >= bits or ball == 0:
                return ball
            missed = log2(ball.rad()) - log2(size) + goal - _SLIP
        if missed > 0:
            # Many small errors have added up; if that is not why, the precision is too low.
            finer += slack > 0 or missed > _FAR_OFF
            if finer > (_FINER if missed <= _FAR_OFF else 1):
                break
            slack = max(slack, min(math.ceil(missed), goal) + 2 + _SLIP)
        elif goal > 2 * bits + _GUARD:
            return ball
        else:
            goal += bits - max(reached, 0) + 4
    msg = f"the mean of {closed} cannot be enclosed to {bits} bits"
    raise PrecisionError(msg)


def mean_range(f: Expr, variance: Expr) -> arb:
    """Return a ball that holds the means `E[f(sqrt(variance)*z)]` for all values of what is `Within` bounds.

    It is found in one pass, and is wide where the bounds are far apart.

    Args:
        f: Function of x without symbols, real for almost every x.
        variance: Positive number.

    Raises:
        SymbolicInitError: As for `enclosed_mean`.

    Examples:
        >>> from sympy import Integer, Symbol, tanh
        >>> from symbolic_init.notation import Within, x
        >>> found = mean_range(tanh(Within(Symbol("a"), 1, Integer(11) / 10) * x) ** 2, Integer(1))
        >>> found.contains(enclosed_mean(tanh(x) ** 2, Integer(1))), bool(found.rad() < 0.05)
        (True, True)
    """
    closed = unfolded(f)
    _check_provable(closed)
    with flint.ctx.workprec(_ROUGH_BITS + _GUARD):
        if x not in closed.free_symbols:
            return value(closed)
        once = partial(_by_pieces, evaluations=_ROUGH_EVALUATIONS)
        return _mean(closed, _variance(variance), _ROUGH_BITS, 0, integral=once)[0]


def _constant(f: Expr, bits: int) -> Any:
    """A number as a ball."""
    for doubling in range(_ATTEMPTS):
        with flint.ctx.workprec((bits + _GUARD) << doubling):
            found = program(f)()
        if not found.imag.contains(0):
            msg = f"{f} is not real"
            raise DomainError(msg)
        if found.real.rel_accuracy_bits() >= bits or found.real == 0:
            return found.real
    if found.is_finite():
        return found.real
    msg = f"{f} cannot be enclosed to {bits} bits"
    raise PrecisionError(msg)


def _check_provable(what: Any) -> None:
    """Refuse what is not real, and functions that are known for real numbers alone."""
    if isinstance(what, arb):
        return
    if what.has(I):
        msg = f"{what} is not real"
        raise DomainError(msg)
    for e in what.find(lambda e: e.func in CODES and x in e.free_symbols):
        if not (e.func.__module__.startswith("sympy.") or CODES[e.func].is_analytic):
            msg = f"{e.func.__name__} of x cannot be enclosed: it is evaluated for real numbers only"
            raise UnsupportedError(msg)


def _variance(given: Any) -> Any:
    """The variance as a ball."""
    ball = given if isinstance(given, arb) else value(given)
    if not ball > 0:
        msg = f"the variance must be positive, not {given}"
        raise AssumptionError(msg)
    return ball


def _mean(
    f: Expr, variance: Any, goal: int, slack: int, *, integral: Callable[..., Any] | None = None
) -> tuple[Any, Any]:
    """The mean, and the size of the mean of the absolute value, with an error of about `2**-goal` of that."""
    deviation = float(variance.sqrt().mid())
    weight = Weight(-1 / (2 * variance), deviation, arb(2) ** round(math.log2(deviation)))
    reflected = None if f.has(*_UNORDERED) else f.xreplace({x: -x})
    function = Function(f, program(f), reflected == f)
    norm = (2 * arb.pi() * variance).rsqrt()
    looked_at = 2 * first_reach(weight, goal)
    cuts = fixed_cuts(f, looked_at)
    tops = sorted(abs(float(c.low.mid())) for c in cuts)
    reach = extent(function, weight, goal, tops)
    if reach.reach > looked_at:
        cuts = fixed_cuts(f, reach.reach)
        if switching(f):  # it may be 0 up to a switch without a formula
            ends, width = (-reach.reach, reach.reach), weight.unit * arb(2) ** -(goal + 10)
            dies_out = _negligible(function, weight, reach, goal, {})
            pieces, _ = pieces_between(f, cuts, *ends, width=width, is_negligible=dies_out)
            reach = extent(function, weight, goal, sorted(abs(float(p.low.low.mid())) for p in pieces[1:]))
    over = integral or _integral
    found = over(function, weight, reach, goal + slack, cuts) if reach.size > 0 else acb(0)
    if not found.imag.contains(0):
        msg = f"{f} is not real"
        raise DomainError(msg)
    total = found.real + arb(0, reach.rest)
    if total.is_finite() and reflected == -f:
        total = arb(0)
    return total * norm, reach.size * norm


def _integral(function: Function, weight: Weight, reach: Extent, goal: int, cuts: Sequence[Cut]) -> Any:
    """The integral over the range, or a little more."""
    error = reach.size * arb(2) ** -goal
    if cuts or switching(function.expr):
        return _by_pieces(function, weight, reach, goal, cuts, _MOST_EVALUATIONS)
    smooth = _smooth(function, weight, reach.reach)
    tries = ((0, _EVALUATIONS_PER_BIT * goal), (_NODES_PER_BIT * goal, 0), (_MOST_NODES, 0))
    for most_nodes, evaluations in tries if goal < _FEW_BITS else (tries[1], tries[0], tries[2]):
        if evaluations:
            with contextlib.suppress(PrecisionError):
                found = _by_pieces(function, weight, reach, goal, cuts, evaluations)
                if found.real.rad() < error * 2**_SLIP:
                    return found
        else:
            plan = strip(smooth, goal=error, heights=_heights(weight, goal), most_nodes=most_nodes)
            if plan is not None:
                return trapezoidal_integral(smooth, plan, goal=error)
    return _by_pieces(function, weight, reach, goal, cuts, _MOST_EVALUATIONS)


def _smooth(function: Function, weight: Weight, reach: float) -> Integrand:
    """The function times the weight, for the trapezoidal rule."""
    run, rate = function.run, weight.rate

    def at(u: Any) -> Any:
        return run(u) * (u * u * rate).exp()

    def size(low: float, high: float, below: float, above: float) -> Any:
        found = run(acb(arb(low).union(arb(high)), arb(below).union(arb(above))), True)  # noqa: FBT003
        if not found.is_finite():
            return None
        nearest = arb(0) if low < 0 < high else arb(min(abs(low), abs(high)))
        return found.abs_upper() * (rate * (nearest**2 - arb(above) ** 2)).exp()

    return Integrand(at, size, 0.0 if function.is_even else -reach, reach)


def _heights(weight: Weight, goal: int) -> Iterator[tuple[float, float]]:
    """Half-widths of strips, and the steps that they would allow if the function were bounded by its size."""
    depth = goal * math.log(2)
    height = weight.deviation * math.sqrt(2 * depth)
    while True:
        yield height, 2 * math.pi * height / (depth + (height / weight.deviation) ** 2 / 2)
        height *= _NARROWER


def _by_pieces(
    function: Function, weight: Weight, reach: Extent, goal: int, cuts: Sequence[Cut], evaluations: int
) -> Any:
    """The integral over the range, piece by piece."""
    error = reach.size * arb(2) ** -goal
    width = weight.unit * arb(2) ** -(goal + 10)
    low = 0.0 if function.is_even else -reach.reach
    programs: dict[Expr, Program] = {}
    dies_out = _negligible(function, weight, reach, goal, programs)
    pieces, gaps = pieces_between(function.expr, cuts, low, reach.reach, width=width, is_negligible=dies_out)
    total = acb(0)
    for gap in gaps:
        total += _across(function, weight, gap, error, evaluations, programs)
    for piece in pieces:
        check_real(function, float(((piece.low.high + piece.high.low) / 2).mid()))
        total += _over(weight, piece, error, evaluations)
    if not total.is_finite():
        msg = f"the mean of {function.expr} was not enclosed: it may have a pole, or an end without a formula"
        raise PrecisionError(msg)
    return total * (2 if function.is_even else 1)


def _negligible(
    function: Function, weight: Weight, reach: Extent, goal: int, programs: dict[Expr, Program]
) -> Callable[[Any, Any], bool]:
    """Whether it matters little, in terms of the error, how a function switches on an interval."""
    share = reach.size * arb(2) ** -goal / reach.reach / _MANY_GAPS
    return lambda low, high: bool(_either(function, weight, low, high, programs)[1] <= share * (high - low))


def _either(
    function: Function, weight: Weight, low: Any, high: Any, programs: dict[Expr, Program]
) -> tuple[Expr | None, Any]:
    """What a function may be on an interval with an open switch, and a bound of how much that matters."""
    place = low.union(high)
    found = branches_over(function.expr, place, programs)
    if found is None:
        return None, arb.pos_inf()
    apart = found[0] - found[1]
    if apart not in programs:
        programs[apart] = program(apart)
    size = programs[apart](acb(place)).abs_upper() * abs(weight.at(place)).upper() * (high - low)
    return found[0], size.upper() if size.is_finite() else arb.pos_inf()


def _across(
    function: Function, weight: Weight, gap: Cut, error: Any, evaluations: int, programs: dict[Expr, Program]
) -> Any:
    """The integral over a gap: by the values that the function may have, or of what it may be.

    A gap of many intervals is halved: on a part, what it may be differs less.
    """
    total, halvings = acb(0), 0
    pending = [(gap.low.lower(), gap.high.upper())]
    while pending:
        low, high = pending.pop()
        place, share = low.union(high), error * (high - low) / (gap.high - gap.low).upper()
        found = function.run(acb(place)) * weight.at(place) * (high - low)
        if found.is_finite() and found.real.rad() <= share:
            total += found
            continue
        likely, rest = _either(function, weight, low, high, programs)
        if likely is not None and rest <= share:
            total += _smooth_piece(weight, likely, low, high, error, evaluations) + acb(arb(0, rest))
        elif halvings < _MOST_HALVINGS:
            halvings += 1
            middle = ((low + high) / 2).mid()
            pending += [(middle, high), (low, middle)]
        elif found.is_finite():
            total += found
        else:
            msg = f"no bound of {function.expr} was found near x = {float(place.mid()):.6g}"
            raise PrecisionError(msg)
    return total


def _over(weight: Weight, piece: Piece, error: Any, evaluations: int) -> Any:
    """The integral over a piece; ends that may be singular are approached apart."""
    low, high = piece.low.high, piece.high.low
    total = acb(0)
    length = min(float(((high - low) / 2).mid()), weight.deviation)
    for cut, side in ((piece.low, 1), (piece.high, -1)):
        if not cut.is_singular or cut.point is None:
            continue
        stretch = Stretch(piece.expr, cut.point, side, length, weight.rate)
        total += integral_beside(stretch, goal=error)
        low, high = (low + length, high) if side > 0 else (low, high - length)
    return total + _smooth_piece(weight, piece.expr, low, high, error, evaluations)


def _smooth_piece(weight: Weight, f: Expr, low: Any, high: Any, error: Any, evaluations: int) -> Any:
    """The integral of an analytic function; a wide ball where the evaluations did not suffice.

    If it does not converge soon, simpler functions stand for it far out.
    """
    run, rate = program(f), weight.rate
    few = min(evaluations, _EVALUATIONS_AT_FIRST * flint.ctx.prec)
    found = _regular(run, rate, low, high, error, few)
    if found.real.rad() < error * 2**_SLIP:
        return found
    total, was_simpler = acb(0), False
    for side, end in ((1, high), (-1, -low)):
        nearest = float((low if side > 0 else -high).max(arb(0)).upper())
        simple = settled(f, side=side, nearest=nearest, reach=float(end.upper()), rate=rate, error=error)
        if simple is None:
            continue
        start, was_simpler = arb(simple.start), True
        ends = (start, high) if side > 0 else (low, -start)
        total += _regular(simple.run, rate, *ends, error, evaluations) + arb(0, simple.error)
        low, high = (low, start) if side > 0 else (-start, high)
    if not was_simpler and few == evaluations:
        return found
    return total + _regular(run, rate, low, high, error, evaluations)


def _regular(run: Program, rate: Any, low: Any, high: Any, error: Any, evaluations: int) -> Any:
    """The integral of an analytic function; a wide ball where the evaluations did not suffice."""

    def integrand(u: Any, analytic: Any) -> Any:
        return run(u, analytic) * (u * u * rate).exp()

    tolerance = arb(2) ** -flint.ctx.prec
    return acb.integral(
        integrand, acb(low), acb(high), abs_tol=error, rel_tol=tolerance, eval_limit=evaluations
    )
