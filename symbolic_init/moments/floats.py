"""Gaussian means in double precision: quick, with no claim to be right.

Sources:
    Takahasi and Mori, Double exponential formulas for numerical integration, Publ. RIMS 9 (1974).
"""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

from sympy import Expr

from symbolic_init.errors import SymbolicInitError
from symbolic_init.moments.compilation import compile_float

__all__ = ["float_mean"]

_FIRST_STEP = 0.5
_HALVINGS = 5
"""Halvings of the step before an integral is given up."""
_OFFSET = 0.2718
"""Where the nodes begin, in steps: they stay off the round numbers, where a function may be 0/0."""
_FARTHEST = 38.0
"""Standard deviations beyond which the weight is 0 in double precision."""
_WIDEST = 6.3
"""Range of the variable of integration: beyond it every node falls together with an end."""

_Node = tuple[float, float]
"""A place on the line, and the derivative of the substitution there."""


def float_mean(
    f: Expr, variance: float, points: Sequence[float], *, tolerance: float, least: float
) -> float | None:
    """Return an estimate of `E[f(sqrt(variance)*z)]`, or `None` where halving the step changes it.

    Args:
        f: Function of x without parameters.
        variance: Positive number.
        points: Where the integral is split, increasing.
        tolerance: Relative change that is still small.
        least: Below this size changes count absolutely.

    Examples:
        >>> from symbolic_init.notation import x
        >>> round(float_mean(x**4, 2.0, (), tolerance=1e-9, least=1e-9), 6)
        12.0
    """
    try:
        function = compile_float(f)
        return _refined(function, math.sqrt(variance), points, tolerance, least)
    except (ArithmeticError, ValueError, TypeError, SymbolicInitError):  # also complex values
        return None


def _refined(
    f: Callable[[float], float], deviation: float, points: Sequence[float], tolerance: float, least: float
) -> float | None:
    """Halve the step until that changes nothing."""
    inner = [c for c in points if abs(c) < _FARTHEST * deviation]
    maps = [_substitution(a, b, deviation) for a, b in pairwise((-math.inf, *inner, math.inf))]
    rate = -0.5 / deviation**2
    scale = 1 / (math.sqrt(2 * math.pi) * deviation)
    step, offset = _FIRST_STEP, _OFFSET * _FIRST_STEP
    total = sum(_added(f, m, rate, step, offset) for m in maps) * scale * step
    for _ in range(_HALVINGS):
        middle = sum(_added(f, m, rate, step, offset + step / 2) for m in maps) * scale * step
        new = (total + middle) / 2
        if abs(new - total) <= tolerance * max(abs(new), least):
            return new
        step, total = step / 2, new
    return None


def _added(
    f: Callable[[float], float], nodes: Callable[[float], _Node], rate: float, step: float, start: float
) -> float:
    """The sum over the nodes `start + k*step`."""
    values = []
    for k in range(-int(_WIDEST / step), int(_WIDEST / step) + 1):
        place, slope = nodes(start + k * step)
        weight = slope * math.exp(place * place * rate)
        if weight:
            values.append(weight * f(place))
    return math.fsum(values)


def _substitution(low: float, high: float, deviation: float) -> Callable[[float], _Node]:
    """A map of the whole line onto an interval that makes the integrand decay doubly exponentially."""
    if low == -math.inf and high == math.inf:
        return lambda t: (deviation * math.sinh(t), deviation * math.cosh(t))
    if high == math.inf or low == -math.inf:
        end, side = (low, deviation) if high == math.inf else (high, -deviation)

        def half(t: float) -> _Node:
            fall = math.exp(-t)
            u = math.exp(t - fall)
            return end + side * u, deviation * u * (1 + fall)

        return half

    width = high - low

    def finite(t: float) -> _Node:
        u = math.pi * math.sinh(t)
        if abs(u) > 600:
            return (low if u < 0 else high), 0.0
        near = math.exp(-abs(u))
        part = near / (1 + near)
        place = low + width * part if u < 0 else high - width * part
        return place, width * math.pi * math.cosh(t) * near / (1 + near) ** 2

    return finite
