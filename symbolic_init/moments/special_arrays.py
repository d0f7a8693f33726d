"""Heads of `symbolic_init.special` on arrays of floats, where element by element would be slow.

Sources:
    A. Genz, Numerical computation of rectangular bivariate and trivariate normal and t probabilities,
    Statistics and Computing 14 (2004).
"""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from symbolic_init.moments.legendre import legendre_rule

__all__ = ["ARRAYS", "bivariate_normal"]

_ORDER = 20
"""Nodes of the quadrature: enough for double precision in both formulas."""
_NEAR_ONE = 0.925
"""Size of the correlation above which the integral is taken from 1 instead of 0."""


def _normal(h: Any) -> Any:
    """The distribution function of one normal variable."""
    import numpy as np

    values = map(math.erfc, (-np.ravel(h) * math.sqrt(0.5)).tolist())
    return np.fromiter(values, float, np.size(h)).reshape(np.shape(h)) / 2


def bivariate_normal(h: Any, k: Any, r: Any) -> Any:
    """Return the bivariate normal distribution function of arrays that fit together, to about 1e-15."""
    import numpy as np

    h, k, r = np.broadcast_arrays(*(np.asarray(u, dtype=float) for u in (h, k, r)))
    total = np.full(h.shape, math.nan)
    known = np.isfinite(h) & np.isfinite(k) & (abs(r) <= 1)
    below = np.where(r < 0, _normal(h) - _normal(-k), _normal(np.minimum(h, k)))
    near = known & (abs(r) > _NEAR_ONE)
    far = known & ~near
    total[far] = _normal(h[far]) * _normal(k[far]) + _from_zero(h[far], k[far], r[far])
    sides = np.where(r < 0, -1.0, 1.0)[near]
    rest = _to_one(h[near], k[near] * sides, abs(r[near]))
    total[near] = np.where(sides > 0, below[near] - rest, np.maximum(below[near], 0) + rest)
    return total


def _from_zero(h: Any, k: Any, r: Any) -> Any:
    """The integral of the density over correlations from 0 to r, in the angle."""
    import numpy as np

    nodes, weights = legendre_rule(_ORDER)
    angle, squares, product = np.arcsin(r) / 2, (h * h + k * k) / 2, h * k
    total = np.zeros_like(h)
    for node, weight in zip(nodes.tolist(), weights.tolist(), strict=True):
        s = np.sin(angle * (1 + node))
        total += weight * np.exp((s * product - squares) / (1 - s * s))
    return total * angle / (2 * math.pi)


def _to_one(h: Any, k: Any, r: Any) -> Any:
    """The same from r to 1, with the first terms at 1 integrated exactly."""
    import numpy as np

    nodes, weights = legendre_rule(_ORDER)
    square, apart, product = (1 - r) * (1 + r), (h - k) ** 2, h * k
    reach, gap = np.sqrt(square), abs(h - k)
    c = (4 - product) / 8
    d = (12 - product) / 16
    half = np.exp(-product / 2)
    with np.errstate(all="ignore"):
        decay = np.where(square > 0, np.exp(-apart / (2 * square)), 0.0)
        ratio = np.where(reach > 0, gap / reach, math.inf)
    total = (
        reach * decay * half * (1 - c * (apart - square) * (1 - d * apart / 5) / 3 + c * d * square**2 / 5)
    )
    tail = math.sqrt(2 * math.pi) * _normal(-np.where(np.isfinite(ratio), ratio, 40.0)) * gap
    total -= half * tail * (1 - c * apart * (1 - d * apart / 5) / 3)
    for node, weight in zip(nodes.tolist(), weights.tolist(), strict=True):
        xs = square * ((1 + node) / 2) ** 2
        root = np.sqrt(1 - xs)
        with np.errstate(all="ignore"):
            size = np.where(xs > 0, np.exp(-apart / (2 * xs) - product / 2), 0.0)
        total += (
            reach
            / 2
            * weight
            * size
            * (np.exp(-product * (1 - root) / (2 * (1 + root))) / root - (1 + c * xs * (1 + d * xs)))
        )
    return total / (2 * math.pi)


def sinc(u: Any, *order: Any) -> Any:
    """Return `Sinc(u, n)` of an array: by its series near 0, by the recurrence of Bessel functions beyond."""
    import numpy as np

    n = int(order[0]) if order else 0
    u = np.asarray(u, dtype=float)
    near = abs(u) < n + 2
    if not np.any(near):
        return _sinc_far(u, n)
    step = np.where(near, -(u * u) / 2, 0.0)
    term = np.full(u.shape, 1 / math.prod(range(1, 2 * n + 2, 2)))
    total = term.copy()
    for k in range(1, _ORDER):
        term = term * step / (k * (2 * n + 2 * k + 1))
        total += term
    return np.where(near, total, _sinc_far(np.where(near, n + 2.0, u), n))


def _sinc_far(u: Any, n: int) -> Any:
    """The same where the argument is larger than the order."""
    import numpy as np

    before, found = np.cos(u), np.sin(u) / u
    for k in range(n):
        before, found = found, ((2 * k + 1) * found - before) / (u * u)
    return found


ARRAYS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {"_bivariate_normal": bivariate_normal, "_sinc": sinc}
)
"""Functions of arrays by their names in the table of heads."""
