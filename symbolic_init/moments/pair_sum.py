"""Means of two correlated Gaussian variables in double precision: sums over grids, with no claim to be right.

Each axis is cut into short panels of Gauss-Legendre nodes, at the breakpoints too. The functions are
evaluated on the axes only; the grid holds the density of the two variables.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from sympy import Expr, Symbol

from symbolic_init.errors import SymbolicInitError
from symbolic_init.moments.compilation import compile_array
from symbolic_init.notation import q, rho

__all__ = ["PairSum", "on_grid", "pair_sums"]

_ORDER = 12
"""Nodes of a panel."""
_WIDTHS = (0.9, 0.6, 0.3, 0.12)
"""Widths of the panels to try, in standard deviations of one variable given the other."""
_FARTHEST = 40.0
"""Standard deviations within which the integrand is looked for."""
_SAMPLES = 161
_NEGLIGIBLE = math.log(1e-18)
_MOST_NODES = 3000


class PairSum(NamedTuple):
    """The sum of the terms, and that of their absolute values, which bounds the error by rounding."""

    value: float
    size: float


class _Pair(NamedTuple):
    """Two functions of arrays, the standard deviations of their arguments, and the correlation of these."""

    runs: tuple[Any, Any]
    deviations: tuple[float, float]
    rho: float

    def logarithms(self, places: tuple[Any, Any]) -> Any:
        """Of the integrand over a grid, up to its sign and a constant; and the signs on both axes."""
        import numpy as np

        values = [np.asarray(run(p)[0] * np.ones_like(p)) for run, p in zip(self.runs, places, strict=True)]
        s, t = (p / d for p, d in zip(places, self.deviations, strict=True))
        u, v = (np.log(abs(w)) for w in values)
        alone = 2 * (1 - self.rho**2)
        plane = 2 * self.rho * np.multiply.outer(s, t) - (s * s)[:, None] - (t * t)[None, :]
        return plane / alone + u[:, None] + v[None, :], [np.sign(w) for w in values]


def pair_sums(
    f: Expr,
    g: Expr,
    *,
    variances: tuple[float, float],
    rho: float,
    breakpoints: tuple[Sequence[float], Sequence[float]],
) -> Iterator[PairSum]:
    """Return sums for `E[f(u)*g(v)]` over ever finer grids; none where the functions have no values.

    Args:
        f: Function of x without parameters.
        g: Function of x without parameters.
        variances: Variances of u and of v.
        rho: Their correlation, between -1 and 1.
        breakpoints: Where f and g are not smooth, increasing.

    Examples:
        >>> from symbolic_init.notation import x
        >>> sums = pair_sums(x**3, x**3, variances=(1.0, 1.0), rho=0.5, breakpoints=((), ()))
        >>> round(next(sums).value, 10)
        5.25
    """
    import numpy as np

    try:
        first, second = (compile_array((h,)) for h in (f, g))
        pair = _Pair((first, second), (math.sqrt(variances[0]), math.sqrt(variances[1])), rho)
        with np.errstate(all="ignore"):
            ranges = _ranges(pair)
            for width in _WIDTHS if ranges else ():
                found = _sum(pair, ranges, breakpoints, width)
                if math.isfinite(found.size):
                    yield found
    except (ArithmeticError, ValueError, TypeError, SymbolicInitError):
        return


def _ranges(pair: _Pair) -> tuple[tuple[float, float], ...]:
    """Where the integrand is not negligible, on either axis."""
    import numpy as np

    steps = np.linspace(-1, 1, _SAMPLES) + 1 / (7.3 * _SAMPLES)
    first, second = (_FARTHEST * d * steps for d in pair.deviations)
    plane, _ = pair.logarithms((first, second))
    plane = np.where(np.isnan(plane), -math.inf, plane)
    if not math.isfinite(plane.max()):
        return ()
    large = plane > plane.max() + _NEGLIGIBLE
    found = []
    for places, row in ((first, large.any(axis=1)), (second, large.any(axis=0))):
        step = places[1] - places[0]
        found.append((float(places[row].min() - step), float(places[row].max() + step)))
    return tuple(found)


def _sum(
    pair: _Pair,
    ranges: tuple[tuple[float, float], ...],
    breakpoints: tuple[Sequence[float], Sequence[float]],
    width: float,
) -> PairSum:
    import numpy as np

    alone = math.sqrt(1 - pair.rho**2)
    (s, v), (t, w) = (
        _nodes(ends, points, width * d * alone)
        for ends, points, d in zip(ranges, breakpoints, pair.deviations, strict=True)
    )
    plane, signs = pair.logarithms((s, t))
    plane = np.exp(plane)
    scale = 2 * math.pi * alone * pair.deviations[0] * pair.deviations[1]
    return PairSum(float((signs[0] * v) @ plane @ (signs[1] * w)) / scale, float(v @ plane @ w) / scale)


def _nodes(ends: tuple[float, float], points: Sequence[float], width: float) -> tuple[Any, Any]:
    """Places and weights on panels between the ends and the breakpoints."""
    import numpy as np

    nodes, weights = np.polynomial.legendre.leggauss(_ORDER)
    places, factors = [], []
    for a, b in pairwise((ends[0], *(c for c in points if ends[0] < c < ends[1]), ends[1])):
        count = min(max(1, math.ceil((b - a) / width)), _MOST_NODES // _ORDER)
        half = (b - a) / (2 * count)
        middles = a + half * (2 * np.arange(count) + 1)
        places.append((middles[:, None] + half * nodes[None, :]).ravel())
        factors.append(np.tile(half * weights, count))
    return np.concatenate(places), np.concatenate(factors)


def on_grid(expr: Expr, variance: Any, correlation: Any, parameters: Mapping[Symbol, Any]) -> Any:
    """Return an expression in q and rho on arrays that fit together."""
    import numpy as np

    numbers = {s: np.float64(float(v)) for s, v in parameters.items()}
    places = np.asarray(variance, dtype=float)
    other = np.asarray(correlation, dtype=float)
    with np.errstate(all="ignore"):
        (found,) = compile_array((expr,), variable=q, values={**numbers, rho: other})(places)
    return found * np.ones(np.broadcast_shapes(places.shape, other.shape))
