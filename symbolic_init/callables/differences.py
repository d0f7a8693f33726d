"""Derivatives of a function of floats from its values."""

import math
from collections.abc import Callable
from functools import lru_cache

__all__ = ["float_derivative"]

_NODES = 16
_WIDEST = 1.0
"""Length of the first interval."""
_SHRINKING = 4.0
_SHRINKINGS = 9
_GOOD, _ROUNDING = 4e-13, 4e-15
"""Change from one interval to the next that is small enough, relative to the derivative and to the values."""
_BAD = 1e-3
"""Change relative to the derivative, or to 1, that tells that there is none."""


def float_derivative(
    value: Callable[[float], float], order: int, place: float, ends: tuple[float, float]
) -> float:
    """Return a derivative of a function of floats, from values between two ends.

    Polynomials through the values at Chebyshev nodes on ever shorter intervals around the place are
    differentiated; the answer is the one that differs least from the one before, or NaN where all differ.

    Args:
        value: The function.
        order: Which derivative, at least 1.
        place: Where, between the ends.
        ends: What the intervals must not go beyond, perhaps infinite.

    Examples:
        >>> abs(float_derivative(math.sin, 1, 0.5, (-math.inf, math.inf)) - math.cos(0.5)) < 1e-12
        True
    """
    low, high = ends
    best, least, before = math.nan, math.inf, math.nan
    width = min(_WIDEST, high - low)
    for _ in range(_SHRINKINGS):
        left = max(low, min(place - width / 2, high - width))
        middle = left + width / 2 if low > -math.inf or high < math.inf else place
        own, noise = _on(value, order, place, middle, width / 2)
        apart = abs(own - before)
        if apart <= least:
            best, least = own, apart
        if least <= max(_GOOD * abs(own), noise):
            break
        before, width = own, width / _SHRINKING
    return best if least <= _BAD * max(abs(best), 1.0) else math.nan


def _on(
    value: Callable[[float], float], order: int, place: float, middle: float, half: float
) -> tuple[float, float]:
    """The derivative of the polynomial on one interval, and what rounding of the values does to it."""
    weights = _functional(order, max(-1.0, min(1.0, (place - middle) / half)))
    values = [value(middle + half * t) for t in _nodes()]
    scale = half**order
    first = values[0]  # a constant has the derivative 0 exactly
    total = math.fsum(w * (v - first) for w, v in zip(weights, values, strict=True))
    return total / scale, _ROUNDING * max(map(abs, values)) / scale


@lru_cache(maxsize=1)
def _nodes() -> tuple[float, ...]:
    """Chebyshev nodes of the first kind on (-1, 1)."""
    return tuple(math.cos((2 * k + 1) * math.pi / (2 * _NODES)) for k in range(_NODES))


@lru_cache(maxsize=1)
def _matrix() -> tuple[tuple[float, ...], ...]:
    """What turns values at the nodes into values of the derivative there."""
    t = _nodes()
    w = [(-1) ** k * math.sin((2 * k + 1) * math.pi / (2 * _NODES)) for k in range(_NODES)]
    rows = [[0.0 if i == j else w[j] / (w[i] * (t[i] - t[j])) for j in range(_NODES)] for i in range(_NODES)]
    for i, row in enumerate(rows):
        row[i] = -math.fsum(row)
    return tuple(map(tuple, rows))


@lru_cache(maxsize=4096)
def _functional(order: int, at: float) -> tuple[float, ...]:
    """Weights of the values at the nodes in a derivative of their polynomial at a point of [-1, 1]."""
    t = _nodes()
    row = [math.prod((at - t[j]) / (t[i] - t[j]) for j in range(_NODES) if j != i) for i in range(_NODES)]
    for _ in range(order):
        row = [math.fsum(r * line[j] for r, line in zip(row, _matrix(), strict=True)) for j in range(_NODES)]
    return tuple(row)
