"""How far an integral with a Gaussian weight has to go, with a proven bound of what lies beyond."""

import heapq
import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import flint
from flint import acb, arb
from sympy import Expr, Piecewise

from symbolic_init.errors import DomainError, NotIntegrableError, SymbolicInitError, UnsupportedError
from symbolic_init.moments.bounding import bound, culprit
from symbolic_init.moments.bounds import Place
from symbolic_init.moments.compilation import Program
from symbolic_init.moments.growth import Growth, exact_above, integral_beyond

__all__ = ["Extent", "Function", "Weight", "check_real", "extent", "first_reach", "log2"]

_BITS = 64
"""Working precision of bounds."""
_WIDENINGS = 60
_UNBOUNDED = 24
"""Widenings without any bound."""
_DOUBLINGS = 30
_CLOSE, _FIRST_FALLS = 0.01, 6
"""In lengths over which the weight falls by a factor: how near to a switch no range ends, and how far behind
a switch that ends zeros it ends at first."""
_CELLS = (0.0, 0.5, 1.5, 3.5)
"""Ends of the cells that are looked at first, in standard deviations."""
_LOOKS = 40
"""Halvings of cells in search of the largest part of an integral."""
_ENOUGH = 4
"""The search ends when no cell can be larger than the best one by this many bits."""


class Weight(NamedTuple):
    """The Gaussian weight `exp(rate*x**2)`, without its constant factor.

    Attributes:
        rate: `-1/(2*variance)`, a ball.
        deviation: Square root of the variance, roughly.
        unit: A power of 2 near it.
    """

    rate: Any
    deviation: float
    unit: Any

    def at(self, place: Any) -> Any:
        """Return the weight at a real ball."""
        return (self.rate * place * place).exp()

    def growth(self) -> Growth:
        """Return an upper bound of the weight times the unit, as a function of x in units."""
        return Growth(self.unit, square=exact_above(self.rate * self.unit**2))


class Function(NamedTuple):
    """A function of x without parameters.

    Attributes:
        expr: The function.
        run: A program for the whole line; it gives wide balls where a switch is open.
        is_even: Whether only the right half of the line need be looked at.
    """

    expr: Expr
    run: Program
    is_even: bool

    @property
    def sides(self) -> tuple[int, ...]:
        """The ends of the line that have to be looked at."""
        return (1,) if self.is_even else (1, -1)


class Extent(NamedTuple):
    """A range of integration.

    Attributes:
        reach: The range is from `-reach` to `reach`.
        size: Roughly the integral of the absolute value times the weight; the error aimed at is
            relative to it, so that nothing that is proven depends on it. It is 0 only where the function
            is shown to vanish on the range.
        rest: Upper bound of the integral of the absolute value times the weight beyond the range.
    """

    reach: float
    size: Any
    rest: Any


def first_reach(weight: Weight, goal: int) -> float:
    """Return where the weight alone is negligible."""
    return weight.deviation * math.sqrt(2 * math.log(2) * (goal + 8))


def extent(function: Function, weight: Weight, goal: int, tops: Sequence[float]) -> Extent:
    """Return a range beyond which at most the part `2**-goal` of the integral lies.

    Args:
        function: Function of x.
        weight: Weight.
        goal: Binary digits.
        tops: Distances from 0 of places where the function may switch, increasing.

    Raises:
        DomainError: If the function is not real far out.
        NotIntegrableError: If the mean diverges.
        UnsupportedError: If no bound was found.
    """
    reach = first_reach(weight, goal)
    before: tuple[float, float] | None = None
    unbounded = 0
    for _ in range(_WIDENINGS):
        fall = min(weight.deviation, weight.deviation**2 / reach)  # over it the weight falls by a factor
        while any(abs(t - reach) <= _CLOSE * fall for t in tops):
            reach += fall
        with flint.ctx.workprec(_BITS):
            size = _size(function, weight, reach, tops)
            rest = sum((_beyond(function, weight, reach, s) for s in function.sides), arb(0))
            rest *= 2 if function.is_even else 1
        farther = [t for t in tops if t > reach]
        if rest <= size * arb(2) ** -(goal + 2) and (size > 0 or not farther):
            return Extent(reach, size, rest)
        if size == 0 and farther:
            reach = farther[0] + _FIRST_FALLS * weight.deviation**2 / farther[0]
        elif rest.is_finite() and size > 0:
            excess = float((rest / size).log().mid()) + (goal + 3) * math.log(2)
            reach, before = _farther(reach, weight, excess, before), (reach**2, excess)
        else:
            reach *= 1.5
            unbounded += not rest.is_finite()
            if unbounded > _UNBOUNDED:
                break
    raise _unbounded(function, weight, reach)


def _farther(reach: float, weight: Weight, excess: float, before: tuple[float, float] | None) -> float:
    """Where a bound will be smaller by `exp(-excess)`: it falls like a Gaussian, perhaps a wider one."""
    per_excess = 2 * weight.deviation**2
    if before is not None and before[1] > excess:
        per_excess = max(per_excess, (reach**2 - before[0]) / (before[1] - excess))
    least = reach + min(0.02 * reach, weight.deviation**2 / reach)
    return max(least, math.sqrt(reach**2 + 1.02 * per_excess * excess))


def _beyond(function: Function, weight: Weight, reach: float, side: int) -> Any:
    """Upper bound of the integral of the absolute value beyond the range, on one side.

    Where the bound of the function holds only farther out, intervals of doubling length come before.
    """
    between, start = arb(0), (arb(reach) / weight.unit).lower()
    for _ in range(_DOUBLINGS):
        found = bound(function.expr, Place(start, side, None, weight.unit)).large
        if found is not None:
            far = integral_beyond(found.times(weight.growth()), start)
            if far.is_finite():
                return between + far
        low = start * weight.unit
        there = function.run(acb(side * low.union(2 * low)))
        between += there.abs_upper() * weight.at(low) * low
        if not between.is_finite():
            return arb.pos_inf()
        start *= 2
    return arb.pos_inf()


def _unbounded(function: Function, weight: Weight, reach: float) -> SymbolicInitError:
    """Why no bound beyond the range was found."""
    for side in function.sides:
        check_real(function, side * first_reach(weight, 0))
        check_real(function, side * reach)
        with flint.ctx.workprec(_BITS):
            place = Place((arb(reach) / weight.unit).upper(), side, None, weight.unit)
            found = bound(function.expr, place)
            fall = exact_above(-weight.rate * weight.unit**2)
        small = found.small
        if found.sign and small is not None and small.factor > 0:
            is_divergent = (small.square - fall, small.rate, small.power + 1) >= (0, 0, 0)
        else:
            is_divergent = False
        if is_divergent:
            msg = f"the mean of {function.expr} diverges: it grows as fast as the weight falls, or faster"
            return NotIntegrableError(msg)
        if found.large is None:
            where = "oo" if side > 0 else "-oo"
            msg = (
                f"no bound of {culprit(function.expr, place)} for x -> {where} was found, "
                f"so that the mean of {function.expr} cannot be enclosed"
            )
            return UnsupportedError(msg)
    msg = f"no bound of {function.expr} far out was small enough: its mean cannot be enclosed, or diverges"
    return UnsupportedError(msg)


def check_real(function: Function, place: float) -> None:
    """Look whether a function has a real value at a place.

    Raises:
        DomainError: If it has none.
    """
    found = function.run(acb(arb(place)))
    if found.is_finite() and not found.imag.contains(0):
        msg = f"{function.expr} is not real at x = {place:.6g}"
        raise DomainError(msg)
    if found.real.is_nan() and function.expr.has(Piecewise):
        msg = f"{function.expr} is not defined at x = {place:.6g}: give a case that holds there"
        raise DomainError(msg)


def _size(function: Function, weight: Weight, reach: float, tops: Sequence[float]) -> Any:
    """Size of the integral of the absolute value: the largest cell that is found."""
    marks = sorted({*(t * weight.deviation for t in _CELLS), *(t for t in tops if t < reach), reach})
    pending = [(a * s, b * s) for a, b in pairwise(marks) for s in function.sides]
    queue: list[tuple[float, float, float]] = []
    best, best_log = arb(0), -math.inf
    for _ in range(_LOOKS):
        for low, high in pending:
            width, middle = abs(high - low), arb((low + high) / 2)
            inside = function.run(acb(middle)).abs_lower() * weight.at(middle) * width
            if inside.is_finite() and log2(inside) > best_log:
                best, best_log = inside, log2(inside)
            everywhere = function.run(acb(arb(low).union(arb(high)))).abs_upper()
            everywhere *= weight.at(arb(min(abs(low), abs(high)))) * width
            heapq.heappush(queue, (-log2(everywhere), low, high))
        top, low, high = heapq.heappop(queue)
        if -top < best_log + _ENOUGH or top == math.inf:
            break
        pending = [(low, (low + high) / 2), ((low + high) / 2, high)]
    unseen = best == 0 and -top > -math.inf
    return arb(2) ** max(min(-top, 1e6) - _LOOKS, -1e15) if unseen else best.mid()


def log2(ball: Any) -> float:
    """Return the binary logarithm of the upper end of a ball that is not negative."""
    size = ball.upper()
    if not size.is_finite():
        return math.inf
    mantissa, exponent = size.man_exp()
    return math.log2(int(mantissa)) + int(exponent) if mantissa > 0 else -math.inf
