"""Proven bounds of a function far out on the line, or beside a point, and how they combine.

A function is looked at as a function of `t >= start >= 1`: far out `x = unit*t` or `x = -unit*t`, beside a
point `x = c + exp(-t)` or `x = c - exp(-t)`. Its values lie between two numbers, and its absolute value
between two functions of the form `c*t**k*exp(a*t + b*t**2)`.
"""

from collections.abc import Sequence
from functools import reduce
from typing import Any, NamedTuple

from flint import arb, fmpq
from sympy import Expr

from symbolic_init.moments.growth import (
    Growth,
    difference,
    exponential_above,
    exponential_below,
    infimum,
    logarithm,
    logarithm_below,
    supremum,
    total,
)
from symbolic_init.moments.proven import value

__all__ = [
    "NO_LESS",
    "NO_MORE",
    "UNKNOWN",
    "Bound",
    "Place",
    "exponential",
    "high_end",
    "log_bound",
    "low_end",
    "magnitude",
    "negated",
    "number_bound",
    "power",
    "product",
    "reciprocal",
    "signed",
    "sum_of",
    "sum_of_large",
    "tidy",
]

NO_LESS, NO_MORE = arb.neg_inf(), arb.pos_inf()
"""Ends of an interval that is not bounded."""


class Place(NamedTuple):
    """Where a function is looked at.

    Attributes:
        start: Exact number, at least 1.
        side: 1 for large x or the right of the center, -1 for the other side.
        center: Number beside which x is, or `None` far out on the line.
        unit: What x is measured in far out on the line: `x = side*unit*t`.
    """

    start: Any
    side: int = 1
    center: Expr | None = None
    unit: Any = arb(1)

    def x(self) -> "Bound":
        """Return the bounds of x itself."""
        if self.center is None:
            return signed(Growth(self.unit, power=fmpq(1)), self)
        step = signed(Growth(arb(1), rate=fmpq(-1)), self)
        return step if self.center == 0 else sum_of(number_bound(self.center), step, self.start)

    def interval(self) -> Any:
        """Return all x beside the center as a ball."""
        center, end = value(self.center), arb(self.side) * (-self.start).exp()
        return center.union(center + end)


class Bound(NamedTuple):
    """What is proven of the values of a function.

    Attributes:
        low: No value is below it (exact, perhaps infinite).
        high: No value is above it (exact, perhaps infinite).
        small: Positive lower bound of the absolute value, or `None`.
        large: Upper bound of the absolute value, or `None`.
        is_real: Whether the values are shown to be real.
    """

    low: Any = NO_LESS
    high: Any = NO_MORE
    small: Growth | None = None
    large: Growth | None = None
    is_real: bool = True

    @property
    def is_positive(self) -> bool:
        """Whether every value is above 0."""
        return bool(self.low > 0 or (self.low >= 0 and self.small is not None))

    @property
    def is_negative(self) -> bool:
        """Whether every value is below 0."""
        return bool(self.high < 0 or (self.high <= 0 and self.small is not None))

    @property
    def sign(self) -> int | None:
        """The sign that all values have, or `None`."""
        if self.low == 0 and self.high == 0:
            return 0
        return 1 if self.is_positive else -1 if self.is_negative else None


UNKNOWN = Bound(is_real=False)
"""What is known of a function of which nothing is known."""


def low_end(ball: Any) -> Any:
    """Return the lower end of a ball; what is not a number has none."""
    end = ball.lower()
    return NO_LESS if end.is_nan() else end


def high_end(ball: Any) -> Any:
    """Return the upper end of a ball; what is not a number has none."""
    end = ball.upper()
    return NO_MORE if end.is_nan() else end


def number_bound(expr: Expr) -> Bound:
    """Return the bounds of a number."""
    ball = value(expr)
    if not ball.is_finite():
        return UNKNOWN
    size = abs(ball)
    small = None if ball.contains(0) else Growth(size)
    return Bound(low_end(ball), high_end(ball), small, Growth(size))


def signed(size: Growth, place: Place) -> Bound:
    """Return the bounds of `side*size`."""
    ends = low_end(arb(infimum(size, place.start))), supremum(size, place.start)
    low, high = ends if place.side > 0 else (-ends[1], -ends[0])
    return Bound(low, high, size, size)


def tidy(found: Bound, start: Any) -> Bound:
    """Return a bound whose numbers functions tell each other what they know."""
    if not found.is_real:
        return found
    low, high, small, large = found[:4]
    if large is None and low.is_finite() and high.is_finite():
        large = Growth((-low).max(high).max(arb(0)))
    elif large is not None:
        peak = supremum(large, start)
        if peak < high:
            high = peak
        if -peak > low:
            low = -peak
    if low >= 0 or high <= 0:
        least = low if low >= 0 else -high
        if small is None and least > 0:
            small = Growth(least)
        if small is not None:
            least = infimum(small, start)
            low, high = (low.max(least), high) if low >= 0 else (low, high.min(-least))
    return Bound(low, high, small, large)


def _plus(one: Any, two: Any) -> Any:
    """Sum of two ends, of which an infinite one wins."""
    return one if not one.is_finite() else two if not two.is_finite() else one + two


def _times(one: Any, two: Any) -> Any:
    """Product of two ends; that of 0 with anything is 0."""
    return arb(0) if one == 0 or two == 0 else one * two


def sum_of(one: Bound, two: Bound, start: Any) -> Bound:
    """Return the bounds of a sum; of two terms of unlike sign the one that grows faster decides."""
    low, high = low_end(_plus(one.low, two.low)), high_end(_plus(one.high, two.high))
    large = None if one.large is None or two.large is None else total(one.large, two.large, start)
    small = None
    if one.small and two.small and ((one.low >= 0 and two.low >= 0) or (one.high <= 0 and two.high <= 0)):
        small = max(one.small, two.small, key=lambda g: g.order)
        if one.small.order == two.small.order:
            small = small._replace(factor=one.small.factor + two.small.factor)
    for main, rest in ((one, two), (two, one)):
        if small is None and main.small is not None and rest.large is not None:
            small = difference(main.small, rest.large, start)
            if small is not None and main.sign == 1:
                low = low.max(arb(0))
            elif small is not None and main.sign == -1:
                high = high.min(arb(0))
    return tidy(Bound(low, high, small, large), start)


def product(one: Bound, two: Bound, start: Any) -> Bound:
    """Return the bounds of a product."""
    corners = [_times(a, b) for a in one[:2] for b in two[:2]]
    low = reduce(arb.min, map(low_end, corners))
    high = reduce(arb.max, map(high_end, corners))
    small = one.small.times(two.small) if one.small and two.small else None
    large = one.large.times(two.large) if one.large and two.large else None
    return tidy(Bound(low, high, small, large), start)


def negated(one: Bound) -> Bound:
    """Return the bounds of `-u`."""
    return Bound(-one.high, -one.low, one.small, one.large)


def magnitude(one: Bound) -> Bound:
    """Return the bounds of the absolute value."""
    if one.low >= 0:
        return one
    return negated(one) if one.high <= 0 else Bound(arb(0), (-one.low).max(one.high), one.small, one.large)


def power(base: Bound, exponent: Expr, start: Any) -> Bound:
    """Return the bounds of a power with a rational exponent; `UNKNOWN` where it may not be real."""
    if exponent < 0:
        found = power(base, -exponent, start)
        return reciprocal(found) if found.is_real else found
    r = fmpq(int(exponent.p), int(exponent.q))
    if exponent.is_Integer and exponent % 2 == 0:
        base = magnitude(base)
    elif not exponent.is_Integer and not base.low >= 0:
        return UNKNOWN
    low, high = _end_power(base.low, exponent), _end_power(base.high, exponent)
    small = None if base.small is None else base.small.raised(r)
    large = None if base.large is None else base.large.raised(r)
    return tidy(Bound(low_end(low), high_end(high), small, large), start)


def _end_power(end: Any, exponent: Expr) -> Any:
    if not end.is_finite():
        return end
    return end ** int(exponent) if exponent.is_Integer else end ** fmpq(int(exponent.p), int(exponent.q))


def reciprocal(one: Bound) -> Bound:
    """Return the bounds of `1/u`; there is no upper one where `u` may vanish."""
    small = None if one.large is None or one.large.factor == 0 else one.large.reciprocal()
    large = None if one.small is None else one.small.reciprocal()
    if one.is_positive:
        return Bound(low_end(1 / one.high), NO_MORE if one.low == 0 else high_end(1 / one.low), small, large)
    if one.is_negative:
        return Bound(NO_LESS if one.high == 0 else low_end(1 / one.high), high_end(1 / one.low), small, large)
    return Bound(small=small, large=large)


def exponential(one: Bound, start: Any) -> Bound:
    """Return the bounds of `exp(u)`, by those of u or of its absolute value, whichever serves."""
    above = None if one.large is None else exponential_above(one.large, start)
    below = None if above is None else above.reciprocal()
    if one.low >= 0:
        below = Growth(arb(1)) if one.small is None else exponential_below(one.small, start)
    elif one.high <= 0:
        above = Growth(arb(1)) if one.small is None else exponential_below(one.small, start).reciprocal()
    return Bound(low_end(one.low.exp()).max(arb(0)), high_end(one.high.exp()), below, above)


def log_bound(one: Bound, large: Growth | None, start: Any) -> Bound:
    """Return the bounds of `log(u)`; `large` bounds its positive values where u itself has no upper bound."""
    if not one.is_positive:
        return UNKNOWN
    low = low_end(one.low.log()) if one.low > 0 else NO_LESS
    high = high_end(one.high.log())
    if one.large is not None:
        large = logarithm(one.large, start)
    if large is not None:
        large = None if one.small is None else total(large, logarithm(one.small, start), start)
    small = None
    if low >= 0 and one.small is not None:
        small = logarithm_below(one.small, start)
    elif high <= 0 and one.large is not None:
        small = logarithm_below(one.large.reciprocal(), start)
    return Bound(low, high, small, large)


def sum_of_large(arguments: Sequence[Bound], start: Any) -> Growth | None:
    """Return the sum of the upper bounds of some absolute values, if all are known."""
    sizes = [a.large for a in arguments]
    if any(s is None for s in sizes):
        return None
    return reduce(lambda u, v: total(u, v, start), sizes)  # type: ignore[arg-type]
