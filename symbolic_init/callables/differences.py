"""Derivatives of a function of floats from its values."""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

__all__ = ["float_derivatives"]

_NODES = 16
_WIDEST = 1.0
"""Length of the first interval."""
_SHRINKING = 4.0
_SHRINKINGS = 9
_GOOD, _ROUNDING = 4e-13, 4e-15
"""Change from one interval to the next that is small enough, relative to the derivative and to the values."""
_BAD = 1e-3
"""Change relative to the derivative, or to 1, that tells that there is none."""


def float_derivatives(
    values: Callable[[Any], Any], order: int, places: Any, ends: tuple[float, float]
) -> Any:
    """Return a derivative of a function of floats at many places, from values between two ends.

    Polynomials through the values at Chebyshev nodes on ever shorter intervals around each place are
    differentiated; the answer is the one that differs least from the one before, or NaN where all differ.

    Args:
        values: The function, from an array of shape `(n,)` to its values.
        order: Which derivative, at least 1.
        places: Where, between the ends: an array of shape `(n,)`.
        ends: What the intervals must not go beyond, perhaps infinite.

    Examples:
        >>> import numpy as np
        >>> places = np.array([-1.0, 0.5])
        >>> found = float_derivatives(np.sin, 1, places, (-math.inf, math.inf))
        >>> bool(abs(found - np.cos(places)).max() < 1e-12)
        True
    """
    import numpy as np

    low, high = ends
    count, width = len(places), min(_WIDEST, high - low)
    best, least, before = np.full(count, math.nan), np.full(count, math.inf), np.full(count, math.nan)
    open_ = np.arange(count)
    for _ in range(_SHRINKINGS):
        at = places[open_]
        left = np.maximum(low, np.minimum(at - width / 2, high - width))
        middle = left + width / 2 if low > -math.inf or high < math.inf else at
        own, noise = _on(values, order, at, middle, width / 2)
        apart = np.abs(own - before[open_])
        closer = apart <= least[open_]
        best[open_[closer]], least[open_[closer]] = own[closer], apart[closer]
        before[open_] = own
        open_ = open_[~(least[open_] <= np.maximum(_GOOD * np.abs(own), noise))]
        width /= _SHRINKING
        if not len(open_):
            break
    return np.where(least <= _BAD * np.maximum(np.abs(best), 1.0), best, math.nan)


def _on(values: Callable[[Any], Any], order: int, places: Any, middle: Any, half: float) -> tuple[Any, Any]:
    """The derivative of the polynomial on one interval each, and what rounding of the values does to it."""
    import numpy as np

    nodes, _ = _rule()
    at = np.clip((places - middle) / half, -1.0, 1.0)
    weights = _functionals(order, at) if at.any() else _central(order)
    found = values((middle[:, None] + half * nodes).ravel()).reshape(len(places), _NODES)
    scale = half**order
    with np.errstate(invalid="ignore", over="ignore"):
        total = (weights * (found - found[:, :1])).sum(axis=1)  # a constant has the derivative 0 exactly
        return total / scale, _ROUNDING * np.abs(found).max(axis=1) / scale


@lru_cache(maxsize=1)
def _rule() -> tuple[Any, Any]:
    """Chebyshev nodes of the first kind on (-1, 1), and the matrix that differentiates values there."""
    import numpy as np

    angles = (2 * np.arange(_NODES) + 1) * math.pi / (2 * _NODES)
    nodes, signs = np.cos(angles), (-1.0) ** np.arange(_NODES) * np.sin(angles)
    apart = nodes[:, None] - nodes[None, :]
    np.fill_diagonal(apart, 1.0)
    matrix = signs[None, :] / (signs[:, None] * apart)
    np.fill_diagonal(matrix, 0.0)
    np.fill_diagonal(matrix, -matrix.sum(axis=1))
    return nodes, matrix


@lru_cache(maxsize=16)
def _central(order: int) -> Any:
    """Those of all places that are in the middle of their interval."""
    import numpy as np

    return _functionals(order, np.zeros(1))


def _functionals(order: int, at: Any) -> Any:
    """Weights of the values at the nodes in a derivative of their polynomial at points of [-1, 1]."""
    import numpy as np

    nodes, matrix = _rule()
    away = at[:, None] - nodes
    others = [np.arange(_NODES) != i for i in range(_NODES)]
    rows = [np.prod(away[:, o] / (nodes[i] - nodes[o]), axis=1) for i, o in enumerate(others)]
    return np.stack(rows, axis=1) @ np.linalg.matrix_power(matrix, order)
