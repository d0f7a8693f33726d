"""Interval arithmetic in floats: where the values of an expression lie, rounded outward."""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from sympy import (
    Abs,
    Expr,
    Heaviside,
    Max,
    Min,
    Symbol,
    acos,
    acosh,
    acot,
    asin,
    asinh,
    atan,
    cos,
    cosh,
    erf,
    erfc,
    exp,
    log,
    sech,
    sign,
    sin,
    sinh,
    tanh,
)

from symbolic_init.assumptions import Assumptions
from symbolic_init.notation import x
from symbolic_init.special.sinc import Sinc

__all__ = ["WHOLE", "Range", "box", "range_of", "sign_from"]


class Range(NamedTuple):
    """All values lie between `low` and `high`; an open end is not reached."""

    low: float
    high: float
    low_open: bool = False
    high_open: bool = False


WHOLE = Range(-math.inf, math.inf, True, True)  # noqa: FBT003  # a NamedTuple of two ends
_UNIT = Range(-1.0, 1.0)


def _number(value: Any) -> float:
    try:
        return float(value)
    except (OverflowError, TypeError, ValueError):
        return math.nan


def box(known: Assumptions, low: Expr, high: Expr) -> dict[Symbol, Range]:
    """Return the ranges of `x` in the open interval `(low, high)` and of every parameter."""
    ranges = {
        i.symbol: Range(_down(_number(i.lower)), _up(_number(i.upper)), i.lower_open, i.upper_open)
        for i in known.intervals
    }
    ends = range_of(low, ranges).low, range_of(high, ranges).high
    ranges[x] = Range(ends[0], ends[1], True, True)  # noqa: FBT003
    return ranges


def sign_from(values: Range) -> int | None:
    """Return the strict sign that all values share, or `None`."""
    if values.low > 0 or (values.low == 0 and values.low_open):
        return 1
    if values.high < 0 or (values.high == 0 and values.high_open):
        return -1
    return 0 if values.low == values.high == 0 else None


def range_of(expr: Expr, ranges: Mapping[Symbol, Range]) -> Range:
    """Return an enclosure of the values of `expr` while its symbols run over `ranges`."""
    if expr.is_Symbol:
        return ranges.get(expr) or (Range(0.0, math.inf, True, True) if expr.is_positive else WHOLE)  # noqa: FBT003
    if expr.is_number:
        return _constant(expr)
    if expr.is_Add:
        total = range_of(expr.args[0], ranges)
        for term in expr.args[1:]:
            total = _add(total, range_of(term, ranges))
        return total
    if expr.is_Mul:
        total = range_of(expr.args[0], ranges)
        for factor in expr.args[1:]:
            total = _multiply(total, range_of(factor, ranges))
        return total
    if expr.is_Pow and not isinstance(expr, exp):
        return _power(expr, ranges)
    rule = _RULES.get(expr.func)
    return WHOLE if rule is None else rule(*(range_of(a, ranges) for a in expr.args))


def _down(value: float) -> float:
    return value if math.isinf(value) or value == math.floor(value) else math.nextafter(value, -math.inf)


def _up(value: float) -> float:
    return value if math.isinf(value) or value == math.floor(value) else math.nextafter(value, math.inf)


def _constant(expr: Expr) -> Range:
    if expr.is_infinite:
        edge = math.inf if expr.is_extended_positive else -math.inf
        return Range(edge, edge, True, True)  # noqa: FBT003
    value = _number(expr)
    if math.isnan(value) or math.isinf(value):
        positive = expr.is_positive
        return WHOLE if positive is None else (Range(0, math.inf) if positive else Range(-math.inf, 0))
    if expr.is_Integer and abs(value) < 2**53:
        return Range(value, value)
    slack = 4 * math.ulp(value)
    return Range(value - slack, value + slack)


def _add(one: Range, two: Range) -> Range:
    low, high = one.low + two.low, one.high + two.high
    low = -math.inf if math.isnan(low) else _down(low)
    high = math.inf if math.isnan(high) else _up(high)
    return Range(low, high, one.low_open or two.low_open, one.high_open or two.high_open)


def _multiply(one: Range, two: Range) -> Range:
    corners = []
    for a, a_open in ((one.low, one.low_open), (one.high, one.high_open)):
        for b, b_open in ((two.low, two.low_open), (two.high, two.high_open)):
            if a == 0 or b == 0:
                reached = (a == 0 and not a_open) or (b == 0 and not b_open)
                corners.append((0.0, not reached))
            else:
                corners.append((a * b, a_open or b_open))
    low, high = min(corners), min((-v, is_open) for v, is_open in corners)
    # A product may be rounded to 0; then 0 is still a bound, and it is never reached.
    return Range(_down(low[0]), _up(-high[0]), low[1], high[1])


def _power(expr: Expr, ranges: Mapping[Symbol, Range]) -> Range:
    base, exponent = range_of(expr.base, ranges), expr.exp
    if not exponent.is_Rational:
        positive = sign_from(base) == 1
        return Range(0.0, math.inf, True, True) if positive else WHOLE  # noqa: FBT003
    if exponent < 0:
        return _reciprocal(_real_power(base, -exponent))
    return _real_power(base, exponent)


def _real_power(base: Range, exponent: Any) -> Range:
    if exponent.is_Integer and exponent % 2 == 1:
        return _increasing(base, lambda t: math.copysign(abs(t) ** int(exponent), t))
    if exponent.is_Integer:
        base = _even(base)
    elif base.low < 0:
        return WHOLE
    power = int(exponent) if exponent.is_Integer else float(exponent)
    return _increasing(base, lambda t: t**power, floor=0.0)


def _reciprocal(values: Range) -> Range:
    if sign_from(values) in (None, 0):
        return WHOLE
    low = 1 / values.high if values.high else -math.inf
    high = 1 / values.low if values.low else math.inf
    return Range(_down(low), _up(high), values.high_open, values.low_open)


def _even(values: Range) -> Range:
    """The range of the absolute value."""
    if values.low >= 0:
        return values
    if values.high <= 0:
        return Range(-values.high, -values.low, values.high_open, values.low_open)
    top = max((-values.low, not values.low_open), (values.high, not values.high_open))
    return Range(0.0, top[0], False, not top[1])  # noqa: FBT003


def _increasing(
    values: Range,
    function: Callable[[float], float],
    *,
    floor: float = -math.inf,
    ceiling: float = math.inf,
) -> Range:
    """The range of an increasing function; four units in the last place cover its rounding."""

    def safe(t: float, overflow: float) -> float:
        try:
            return function(t)
        except OverflowError:
            return overflow
        except ValueError:
            return math.nan

    low = safe(values.low, math.copysign(1.7e308, values.low))
    high = safe(values.high, math.copysign(math.inf, values.high))
    low_open, high_open = values.low_open, values.high_open
    if math.isnan(low) or math.isnan(high):
        return WHOLE
    if not (math.isinf(low) or low == math.floor(low)):
        low -= 4 * math.ulp(low)
    if not (math.isinf(high) or high == math.floor(high)):
        high += 4 * math.ulp(high)
    if math.isfinite(values.high) and high == ceiling:
        high_open = True
    if math.isfinite(values.low) and low == floor and values.low != 0:
        low_open = True
    return Range(max(low, floor), min(high, ceiling), low_open, high_open)


def _exp(t: float) -> float:
    return 0.0 if t == -math.inf else math.exp(t)


def _log(values: Range) -> Range:
    if values.low < 0:
        return WHOLE
    return _increasing(values, lambda t: math.log(t) if t > 0 else -math.inf)


def _negative(values: Range) -> Range:
    return Range(-values.high, -values.low, values.high_open, values.low_open)


def _exp_range(v: Range) -> Range:
    out = _increasing(v, _exp, floor=0.0)
    return out._replace(low_open=True) if out.low == 0 else out


def _maximum(*all_values: Range) -> Range:
    low = max((v.low, v.low_open) for v in all_values)
    high = max((v.high, not v.high_open) for v in all_values)
    return Range(low[0], high[0], low[1], not high[1])


def _sinc_range(v: Range, *order: Range) -> Range:
    """It falls from its value at 0 to the first zero of the sine; its lowest value is above -0.218."""
    if order:
        return _UNIT
    size = _even(v)
    if size.high < math.pi:
        return Range(_down(_down(math.sin(size.high) / size.high if size.high else 1.0)), 1.0)
    return Range(-0.218, 1.0)


_RULES: Mapping[Any, Callable[..., Range]] = MappingProxyType(
    {
        exp: _exp_range,
        log: _log,
        tanh: lambda v: _increasing(v, math.tanh, floor=-1.0, ceiling=1.0),
        erf: lambda v: _increasing(v, math.erf, floor=-1.0, ceiling=1.0),
        erfc: lambda v: _add(Range(1, 1), _negative(_increasing(v, math.erf, floor=-1.0, ceiling=1.0))),
        atan: lambda v: _increasing(v, math.atan),
        asin: lambda v: _increasing(v, math.asin),
        acos: lambda v: _negative(_increasing(v, lambda t: -math.acos(t))),
        acot: lambda v: Range(-math.pi / 2 - 1e-15, math.pi / 2 + 1e-15),  # noqa: ARG005
        sinh: lambda v: _increasing(v, math.sinh),
        asinh: lambda v: _increasing(v, math.asinh),
        acosh: lambda v: _increasing(v, math.acosh) if v.low >= 1 else WHOLE,
        cosh: lambda v: _increasing(_even(v), math.cosh),
        sech: lambda v: _reciprocal(_increasing(_even(v), math.cosh)),
        sin: lambda v: _UNIT,  # noqa: ARG005
        cos: lambda v: _UNIT,  # noqa: ARG005
        Sinc: _sinc_range,
        Abs: _even,
        sign: lambda v: _UNIT,  # noqa: ARG005
        Heaviside: lambda *v: Range(0.0, 1.0),  # noqa: ARG005
        Max: _maximum,
        Min: lambda *v: _negative(_maximum(*(_negative(r) for r in v))),
    }
)
