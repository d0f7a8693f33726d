r"""How far a function is apart at two correlated Gaussian variables, in double precision.

For u and v of variance `q` and correlation `c = 1 - gap` the kernel is `E[g(u) g(v)] = M(q) - d` with
`d = E[(g(u) - g(v))^2]/2`, which loses no digits as the correlation tends to 1. With independent w and t,
`u, v = sqrt(q) (w sqrt(1 - gap/2) +- t sqrt(gap/2))`: for a fixed t the mean over w is one over a smooth
Gaussian, on panels that end where `g(u)` or `g(v)` has a breakpoint; as a function of `t > 0` it is
analytic but where two breakpoints meet. So Gauss-Legendre panels serve for both. The sums are good to
about nine digits, which is estimated and not proven.
"""

import math
from collections.abc import Callable, Sequence
from functools import cache
from itertools import combinations
from typing import Any

from sympy import Expr

from symbolic_init.moments.ball import line_points
from symbolic_init.moments.compilation import compile_array
from symbolic_init.moments.grid import panel_ends
from symbolic_init.moments.legendre import legendre_rule

__all__ = ["Differences", "difference_means"]

Differences = Callable[[float, float], Any]

_ORDER = 10
"""Nodes of a panel."""
_TOLERANCE = 1e-12
"""Part of a mean below which an error of one panel is neglected."""
_RESOLVED = 1e-6
"""Size of the last Legendre terms of a panel, as part of a mean, at which the panel is fine enough."""
_BUCKET = 2.0
"""Ratio of the variances that share the panels of the largest of them: these reach far enough for all."""
_FIRST_ENDS = (0.0, 1.0, 2.5, 8.5)
"""Panels of t to begin with; beyond, nothing is left in double precision."""
_MOST_MEETINGS = 200
"""Places where two breakpoints meet that get an end of a panel; a fine staircase has more."""
_MOST_ROUNDS = 12


def difference_means(fs: Sequence[Expr]) -> Differences:
    """Return a function from `(q, gap)` to the matrix `E[(f(u) - f(v)) (h(u) - h(v))]/2` of all pairs f, h.

    A kernel of two functions is `E[f(u) h(v)] = E[f(u) h(u)]` minus its entry. The gap is between 0 and 1.

    Args:
        fs: Functions of `x` without parameters, whose squares have means.

    Examples:
        >>> from sympy import sign
        >>> from symbolic_init.notation import x
        >>> d = difference_means((sign(x),))(1.0, 0.5)[0, 0]  # 1 - 2 asin(1/2)/pi
        >>> round(float(d), 9)
        0.666666667
    """
    import numpy as np

    program = compile_array(fs)
    kept: dict[int, Any] = {}

    def values(places: Any) -> Any:
        return np.stack([np.broadcast_to(f, places.shape) for f in program(places)])

    def apart(variance: float, own: float, shifts: Any) -> Any:
        """The means over w for fixed t: (functions, functions, shifts)."""
        common = math.sqrt(variance - own**2)
        offsets = own * shifts[:, None]
        ends = kept[_bucket(variance)]
        centers, sizes = _spread(np.sort(np.concatenate((ends - offsets, ends + offsets), axis=1), axis=1))
        sizes *= np.exp(-((centers / common) ** 2) / 2) / (common * math.sqrt(2 * math.pi))
        gaps = values(centers + offsets) - values(centers - offsets)
        return np.einsum("anw,bnw,nw->abn", gaps, gaps, sizes, optimize=True) / 2

    def differences(variance: float, gap: float) -> Any:
        key, own = _bucket(variance), math.sqrt(variance * gap / 2)
        with np.errstate(all="ignore"):
            if key not in kept:
                kept[key] = _fewer(panel_ends([f**2 for f in fs], _BUCKET**key), fs, values, _BUCKET**key)
            ends = np.unique([*_FIRST_ENDS, *_meetings(fs, own)])
            return _halved(lambda shifts: apart(variance, own, shifts), ends)

    return differences


def _bucket(variance: float) -> int:
    return math.ceil(math.log(variance, _BUCKET))


@cache
def _rule() -> tuple[Any, Any, Any]:
    """Nodes and weights on (-1, 1), and the matrix that gives the last two Legendre terms of values there."""
    import numpy as np

    nodes, weights = legendre_rule(_ORDER)
    return nodes, weights, np.linalg.inv(np.polynomial.legendre.legvander(nodes, _ORDER - 1))[-2:].T


def _spread(ends: Any) -> tuple[Any, Any]:
    """Nodes and weights of the panels between increasing ends, along the last axis."""
    nodes, weights, _ = _rule()
    half = (ends[..., 1:] - ends[..., :-1])[..., None] / 2
    places = (ends[..., 1:] + ends[..., :-1])[..., None] / 2 + half * nodes
    shape = (*ends.shape[:-1], -1)
    return places.reshape(shape), (half * weights).reshape(shape)


def _fewer(ends: Any, fs: Sequence[Expr], values: Callable[[Any], Any], variance: float) -> Any:
    """The ends of panels that integrals of the squares need, and the breakpoints."""
    import numpy as np

    points = np.array([c for f in fs for c in line_points(f, float(ends[-1]))])
    fixed = np.isin(ends, points)

    def integrals(chosen: Any) -> Any:
        places, sizes = _spread(chosen)
        squares = values(places) ** 2 * sizes * np.exp(-(places**2) / (2 * variance))
        return squares.reshape(len(fs), -1, _ORDER).sum(axis=-1)

    count = math.inf
    while len(ends) < count:
        count = len(ends)
        for first in (1, 2):
            whole, halves = integrals(ends[first - 1 :: 2]), integrals(ends[first - 1 :])
            last = 2 * whole.shape[1]
            error = np.abs(whole - halves[:, 0:last:2] - halves[:, 1:last:2])
            small = (error <= _TOLERANCE * halves.sum(axis=1, keepdims=True)).all(axis=0)
            keep = np.ones(len(ends), dtype=bool)
            keep[first : first + last : 2] = ~small
            keep |= fixed
            ends, fixed = ends[keep], fixed[keep]
    return ends


def _meetings(fs: Sequence[Expr], own: float) -> list[float]:
    """The t at which a breakpoint at u and another one at v belong to the same w."""
    reach = 2 * own * _FIRST_ENDS[-1]
    points = sorted({c for f in fs for c in line_points(f, reach) if abs(c) < reach})
    found = sorted({(b - a) / (2 * own) for a, b in combinations(points, 2)})
    return [t for t in found if t < _FIRST_ENDS[-1]][:_MOST_MEETINGS]


def _halved(function: Callable[[Any], Any], ends: Any) -> Any:
    """The mean of a function of `t > 0`: panels are halved until their last Legendre terms are small."""
    import numpy as np

    _, _, last_terms = _rule()
    low, high, total = ends[:-1], ends[1:], 0.0
    for turn in range(_MOST_ROUNDS):
        places, sizes = _spread(np.stack((low, high), axis=-1))
        found = function(places.ravel())
        found = found.reshape(*found.shape[:2], *places.shape) * np.exp(-(places**2) / 2)
        sums = (found * sizes).sum(axis=-1)
        size = np.abs(total) + np.abs(sums).sum(axis=-1)
        error = np.abs(found @ last_terms).max(axis=-1) * (high - low)
        good = (error <= _RESOLVED * size[..., None]).all(axis=(0, 1)) | (turn == _MOST_ROUNDS - 1)
        total = total + sums[..., good].sum(axis=-1)
        if good.all():
            break
        middle = (low + high)[~good] / 2
        low, high = np.concatenate((low[~good], middle)), np.concatenate((middle, high[~good]))
    return total * math.sqrt(2 / math.pi)
