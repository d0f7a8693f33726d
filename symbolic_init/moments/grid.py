"""Gaussian means in double precision, thousands of times: the function is evaluated once.

The nodes are places on the x axis, and only the weight depends on the variance. So the function is
evaluated once for all variances between two powers of 16, on Gauss-Legendre panels that are halved
until they agree with their halves at three variances of that range; a mean then is one exponential
and one sum. The accuracy is that of double precision sums, about 1e-12 of the mean of |f|; it is
estimated, not proven. Kept are signs and logarithms: functions may overflow where means do not.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from sympy import Expr, Symbol

from symbolic_init.moments.ball import line_points
from symbolic_init.moments.compilation import compile_array
from symbolic_init.moments.evaluation import as_rational

__all__ = ["means_function"]

_BUCKET = 16.0
"""Ratio of the variances that share their nodes."""
_RATES = (1.0, 4.0, 16.0)
"""Variances of such a range at which the panels are tested, relative to the smallest."""
_ORDER = 16
"""Nodes of a panel."""
_TOLERANCE = 3e-15
"""Error of one panel, relative to the mean of |f|."""
_REACH = (9.0, 40.0)
"""Standard deviations at which the range ends: the first try, and the last."""
_NEGLIGIBLE = math.log(1e-17)
_CUT = 1e-6
"""Size of an integrand at the end of the range, relative to its largest, that tells a divergent mean."""
_FINEST = 1e-3
"""Width of the panel at a breakpoint, in units of 1 or the smallest deviation."""
_MOST_ROUNDS = 40
_MOST_PANELS = 4000

Means = Callable[[float], tuple[float, ...]]
Run = Callable[[Any], Any]


def means_function(fs: Sequence[Expr], *, parameters: Mapping[Symbol, Any] | None = None) -> Means:
    """Return a function from a variance to the means of several functions on the same nodes.

    A mean that diverges, or is beyond the range of floats, is `inf`.

    Args:
        fs: Functions of `x` and of the parameters.
        parameters: A number for every parameter.

    Raises:
        UnsupportedError: If a function has a head that is unknown.

    Examples:
        >>> from sympy import tanh
        >>> from symbolic_init.notation import x
        >>> round(means_function((tanh(x)**2,))(1.0)[0], 12)
        0.394294490398
    """
    import numpy as np

    values = {s: as_rational(v) for s, v in (parameters or {}).items()}
    closed = tuple(f.xreplace(values) for f in fs)
    run = compile_array(closed)
    kept: dict[int, _Nodes] = {}

    def means(variance: float) -> tuple[float, ...]:
        key = math.floor(math.log(variance, _BUCKET))
        if key not in kept:
            with np.errstate(all="ignore"):
                kept[key] = _nodes(closed, run, _BUCKET**key)
        squares, signs, logs = kept[key]
        with np.errstate(all="ignore"):
            sizes = np.exp(logs - squares * (0.5 / variance) - 0.5 * math.log(2 * math.pi * variance))
            sums = (signs * sizes).sum(axis=1)
            cut = sizes[:, squares == squares.max()].max(axis=1) > _CUT * sizes.max(axis=1)
        sums[cut | np.isnan(sums)] = math.inf
        return tuple(sums.tolist())

    return means


class _Nodes(NamedTuple):
    """Squares of the places; signs and logarithms of the weighted values (functions, places)."""

    squares: Any
    signs: Any
    logs: Any


class _Panels:
    """Panels with their places (panels, nodes), and signs and logarithms of the weighted values."""

    def __init__(self, run: Run, low: Any, high: Any) -> None:
        import numpy as np

        nodes, weights = np.polynomial.legendre.leggauss(_ORDER)
        half = (high - low)[:, None] / 2
        self.low, self.high = low, high
        self.places = (low + high)[:, None] / 2 + half * nodes
        self.signs, self.logs = _values(run, self.places)
        self.logs += np.log(half * weights)

    def integrals(self, rates: Any) -> tuple[Any, Any]:
        """Integrals of f and |f| over the panels with Gaussian weights: (rates, functions, panels)."""
        import numpy as np

        sizes = np.exp(self.logs + rates[:, None, None, None] * self.places**2)
        return (self.signs * sizes).sum(axis=-1), sizes.sum(axis=-1)

    def flat(self, chosen: Any) -> tuple[Any, Any, Any]:
        """What is kept of some panels."""
        rows = len(self.signs)
        return (
            self.places[chosen].ravel() ** 2,
            self.signs[:, chosen].reshape(rows, -1),
            self.logs[:, chosen].reshape(rows, -1),
        )


def _nodes(fs: Sequence[Expr], run: Run, low: float) -> _Nodes:
    """The nodes for the variances from `low` to 16 times it."""
    import numpy as np

    reach = _reach(run, math.sqrt(low * _BUCKET))
    anchors = {0.0}.union(*(line_points(f, reach) for f in fs))
    edges = _edges(sorted(a for a in anchors if abs(a) < reach), reach, math.sqrt(low))
    rates = np.array([-0.5 / (low * r) for r in _RATES])
    own, done, scale = _Panels(run, edges[:-1], edges[1:]), [], None
    for turn in range(_MOST_ROUNDS):
        middle = (own.low + own.high) / 2
        halves = _Panels(run, np.concatenate((own.low, middle)), np.concatenate((middle, own.high)))
        (whole, sizes), (finer, _) = own.integrals(rates), halves.integrals(rates)
        if scale is None:
            scale = np.maximum(sizes.sum(axis=-1, keepdims=True), 1e-300)
        count = len(own.low)
        error = np.abs(whole - finer[..., :count] - finer[..., count:]) / scale
        good = ((error <= _TOLERANCE) | ~np.isfinite(error)).all(axis=(0, 1))
        good |= (own.high - own.low) <= 1e-15 * np.maximum(np.abs(own.low), np.abs(own.high))
        if turn == _MOST_ROUNDS - 1 or count > _MOST_PANELS:
            good[:] = True
        done.append(own.flat(good))
        if good.all():
            break
        bad = np.concatenate((~good, ~good))
        own = _Panels(run, halves.low[bad], halves.high[bad])
    return _Nodes(*(np.concatenate(parts, axis=-1) for parts in zip(*done, strict=True)))


def _values(run: Run, places: Any) -> tuple[Any, Any]:
    """Signs and logarithms (functions, places); a longer format serves where doubles overflow."""
    import numpy as np

    values = np.stack([np.broadcast_to(v, places.shape) for v in run(places)])
    signs, logs = np.sign(values), np.log(np.abs(values))
    failed = ~np.isfinite(values).all(axis=0)
    if failed.any():
        longer = [np.broadcast_to(v, (int(failed.sum()),)) for v in run(places[failed].astype(np.longdouble))]
        signs[:, failed] = np.stack([np.sign(v) for v in longer])
        logs[:, failed] = np.stack([np.log(np.abs(v)) for v in longer])
    return signs, logs


def _reach(run: Run, deviation: float) -> float:
    """Where the integrands have died out for the largest variance of the range."""
    import numpy as np

    factor, last = _REACH
    inner, ends = np.linspace(-1.0, 1.0, 202), np.array([-1.0, -0.97, 0.97, 1.0])
    while factor < last:
        near, far = (
            np.nanmax(_values(run, factor * deviation * t)[1] - 0.5 * (factor * t) ** 2, axis=1, initial=-1e9)
            for t in (inner, ends)
        )
        if (far <= near + _NEGLIGIBLE).all():
            break
        factor *= 1.25
    return deviation * factor


def _edges(anchors: Sequence[float], reach: float, deviation: float) -> Any:
    """Ends of panels: breakpoints, and points at doubling distances from each."""
    import numpy as np

    first = _FINEST * min(1.0, deviation)
    distances = first * 2.0 ** np.arange(math.ceil(math.log2(2 * reach / first)))
    found = {-reach, reach, *anchors}
    for c, left, right in zip(anchors, (-reach, *anchors), (*anchors[1:], reach), strict=False):
        found.update((c + distances[distances < (right - c) / 1.5]).tolist())
        found.update((c - distances[distances < (c - left) / 1.5]).tolist())
    return np.array(sorted(found))
