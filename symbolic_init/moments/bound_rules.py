"""What is known of the values of a function by what is known of its argument, head by head."""

from collections.abc import Callable, Mapping
from functools import reduce
from types import MappingProxyType
from typing import Any

import sympy as sp
from flint import arb, fmpq
from sympy import Abs, Heaviside, Max, Min, ceiling, cosh, exp, floor, sign, sinh

from symbolic_init.moments.bounds import (
    NO_LESS,
    NO_MORE,
    UNKNOWN,
    Bound,
    exponential,
    high_end,
    low_end,
    magnitude,
    negated,
    sum_of,
    sum_of_large,
)
from symbolic_init.moments.growth import Growth, exponential_above, exponential_below, logarithm, total
from symbolic_init.special.sinc import Sinc

__all__ = ["RULES", "Rule"]

Rule = Callable[..., Bound]
"""Bounds from the start of the half line and the bounds of the arguments."""


def _monotone(function: Callable[[Any], Any], left: Any, right: Any, slope: float) -> Rule:
    """Rule of an increasing function with limits, which is 0 at 0 and steepest there."""

    def rule(start: Any, one: Bound) -> Bound:  # noqa: ARG001 # rules have one signature
        low = low_end(function(one.low)) if one.low.is_finite() else _limit(one.low, left, right)
        high = high_end(function(one.high)) if one.high.is_finite() else _limit(one.high, left, right)
        large = one.large
        if large is not None and (large.order < (0, 0, 0) or not left.is_finite()):
            return Bound(low, high, None, large.scaled(arb(slope)))
        return Bound(low, high)

    return rule


def _limit(end: Any, left: Any, right: Any) -> Any:
    return left if end < 0 else right


def _erfc(start: Any, one: Bound) -> Bound:
    """`0 < erfc(u) <= exp(-u**2)` for positive u, and it falls everywhere."""
    low = low_end(one.high.erfc()) if one.high.is_finite() else arb(0)
    high = high_end(one.low.erfc()) if one.low.is_finite() else arb(2)
    large = None
    if one.low >= 0 and one.small is not None:
        large = exponential_below(one.small.raised(fmpq(2)), start).reciprocal()
    return Bound(low.max(arb(0)), high, None, large)


def _growing(*, is_even: bool) -> Rule:
    """Rule of `cosh` and `sinh`, between `exp(abs(u))` and a part of it."""

    def rule(start: Any, one: Bound) -> Bound:
        size = magnitude(one)
        above = None if size.large is None else exponential_above(size.large, start)
        part = arb(1) / 2 if is_even else (1 - (-2 * size.low).exp()) / 2
        below = None if size.small is None else exponential_below(size.small, start).scaled(part)
        if is_even:
            return Bound(low_end(size.low.cosh()), high_end(size.high.cosh()), below, above)
        if not size.low > 0:
            below = None
        ends = [e.sinh() if e.is_finite() else e for e in one[:2]]
        return Bound(low_end(ends[0]), high_end(ends[1]), below, above)

    return rule


def _oscillating(start: Any, one: Bound) -> Bound:  # noqa: ARG001 # rules have one signature
    """`abs(sin(u)) <= min(1, abs(u))`."""
    large = one.large if one.large is not None and one.large.order < (0, 0, 0) else Growth(arb(1))
    return Bound(arb(-1), arb(1), None, large)


def _within(low: Any, high: Any) -> Rule:
    """Rule of a function with bounded values on the whole line."""
    return lambda start, *arguments: Bound(arb(low), arb(high))  # noqa: ARG005


def _on(first: Any, last: Any, low: Any, high: Any) -> Rule:
    """Rule of a function that is real between two numbers alone."""

    def rule(start: Any, one: Bound) -> Bound:  # noqa: ARG001 # rules have one signature
        inside = one.low >= first and one.high <= last
        return Bound(arb(low), arb(high)) if inside else UNKNOWN

    return rule


def _rounded(start: Any, one: Bound) -> Bound:
    """`u - 1 < floor(u) <= u <= ceiling(u) < u + 1`."""
    return sum_of(one, Bound(arb(-1), arb(1), None, Growth(arb(1))), start)


def _asinh(start: Any, one: Bound) -> Bound:
    """`abs(asinh(u)) <= abs(u)` and `<= log(1 + 2*abs(u))`."""
    inner = _monotone(arb.asinh, NO_LESS, NO_MORE, 1.0)(start, one)
    if one.large is None or one.large.order < (0, 0, 0):
        return inner
    grown = logarithm(total(Growth(arb(1)), one.large.scaled(arb(2)), start), start)
    return inner._replace(large=grown)


def _erfi(start: Any, one: Bound) -> Bound:
    """`erfi(u) = 2/sqrt(pi)*exp(u**2)*dawson(u)`; `dawson` is below 0.55 and, from 1 on, above `1/(2*u)`."""
    size, small = magnitude(one), None
    if size.low >= 1 and size.small is not None and size.large is not None:
        small = exponential_below(size.small.raised(fmpq(2)), start).times(size.large.reciprocal())
        small = small.scaled(arb(0.564))  # 1/sqrt(pi) = 0.56418...
    ends = [e.erfi() if e.is_finite() else e for e in one[:2]]
    large = None if one.large is None else exponential_above(one.large.raised(fmpq(2)), start)
    return Bound(low_end(ends[0]), high_end(ends[1]), small, large)


def _acosh(start: Any, one: Bound) -> Bound:
    """`0 <= acosh(u) <= log(2*u)` for `u >= 1`."""
    if not one.low >= 1 or one.large is None:
        return UNKNOWN
    return Bound(arb(0), NO_MORE, None, logarithm(one.large.scaled(arb(2)), start))


def _lambert(start: Any, *arguments: Bound) -> Bound:
    """`0 <= W(u) <= log(1 + u)` for `u >= 0`, on the principal branch."""
    one = arguments[0]
    if len(arguments) > 1 or not one.low >= 0 or one.large is None:
        return UNKNOWN
    large = logarithm(total(Growth(arb(1)), one.large, start), start)
    return Bound(arb(0), NO_MORE, None, large)


def _gamma(start: Any, one: Bound) -> Bound:
    """`gamma(u) <= u**u` for `u >= 1`; for all u the reciprocal is below `2*(1 + abs(u))**abs(u)`.

    The least value for positive u is above 0.88, and `1/gamma(-u) = gamma(1 + u)*sin(-pi*u)/pi`.
    """
    if one.large is None:
        return Bound()
    above = exponential_above(_self_power(one.large, start), start)
    below = None if above is None else Growth(arb(1) / 2).times(above.reciprocal())
    if one.low >= 1:
        return Bound(arb(0.88), NO_MORE, Growth(arb(0.88)), above)
    return Bound(arb(0) if one.low > 0 else NO_LESS, NO_MORE, below, None)


def _loggamma(start: Any, one: Bound) -> Bound:
    """`-0.13 < loggamma(u) <= u*log(u)` for `u >= 1`."""
    if not one.low >= 1 or one.large is None:
        return UNKNOWN
    return Bound(arb(-0.13), NO_MORE, None, total(Growth(arb(0.13)), _self_power(one.large, start), start))


def _self_power(size: Growth, start: Any) -> Growth:
    """An upper bound of `u*log(1 + u)` for `u` below some size."""
    return size.times(logarithm(total(Growth(arb(1)), size, start), start))


def _bessel(start: Any, *arguments: Bound) -> Bound:  # noqa: ARG001 # rules have one signature
    """`abs(J(n, u)) <= 1` for real u and orders that are not negative."""
    return Bound(arb(-1), arb(1)) if arguments[0].low >= 0 else UNKNOWN


def _sign(start: Any, *arguments: Bound) -> Bound:  # noqa: ARG001 # rules have one signature
    found = arguments[0].sign
    return Bound(arb(-1), arb(1)) if found is None else Bound(arb(found), arb(found))


def _step(start: Any, *arguments: Bound) -> Bound:  # noqa: ARG001 # rules have one signature
    found = arguments[0].sign
    if found is None or found == 0:
        level = arguments[1]
        return Bound(level.low.min(arb(0)), level.high.max(arb(1)))
    return Bound(arb(max(found, 0)), arb(max(found, 0)))


def _largest(start: Any, *arguments: Bound) -> Bound:
    """Maximum: between the largest of the lower and of the upper ends."""
    low = reduce(arb.max, (a.low for a in arguments))
    high = reduce(arb.max, (a.high for a in arguments))
    return Bound(low, high, None, sum_of_large(arguments, start))


def _smallest(start: Any, *arguments: Bound) -> Bound:
    return negated(_largest(start, *map(negated, arguments)))


_HALF_PI = arb(1.5707963267948968)
"""A float above `pi/2`."""
RULES: Mapping[Any, Rule] = MappingProxyType(
    {
        Abs: lambda start, one: magnitude(one),  # noqa: ARG005
        sign: _sign,
        Heaviside: _step,
        Max: _largest,
        Min: _smallest,
        floor: _rounded,
        ceiling: _rounded,
        exp: lambda start, one: exponential(one, start),
        sp.tanh: _monotone(arb.tanh, arb(-1), arb(1), 1.0),
        sp.erf: _monotone(arb.erf, arb(-1), arb(1), 1.1284),  # 2/sqrt(pi) = 1.12837...
        sp.atan: _monotone(arb.atan, -_HALF_PI, _HALF_PI, 1.0),
        sp.asinh: _asinh,
        sp.erfc: _erfc,
        sp.erfi: _erfi,
        cosh: _growing(is_even=True),
        sinh: _growing(is_even=False),
        sp.sin: _oscillating,
        sp.cos: _within(-1, 1),
        Sinc: _within(-1, 1),
        sp.asin: _on(-1, 1, -_HALF_PI, _HALF_PI),
        sp.acos: _on(-1, 1, 0, 2 * _HALF_PI),
        sp.acosh: _acosh,
        sp.fresnels: _within(-1, 1),
        sp.fresnelc: _within(-1, 1),
        sp.Si: _within(-2, 2),
        sp.LambertW: _lambert,
        sp.gamma: _gamma,
        sp.loggamma: _loggamma,
        sp.besselj: _bessel,
        sp.airyai: _within(-0.54, 0.54),
    }
)
"""What is known of a function by what is known of its arguments."""
