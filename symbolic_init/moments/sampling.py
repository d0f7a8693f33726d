"""Gaussian means in double precision, thousands of times: the function is evaluated once.

The nodes are places on the x axis, and only the weight depends on the variance. So the function is
evaluated once for all variances between two powers of 16, on Gauss-Legendre panels that are halved
until they agree with their halves at three variances of that range; a mean then is one exponential
and one sum. The accuracy is that of double precision sums, about 1e-12 of the mean of |f|; it is
estimated, not proven.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

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
_NEGLIGIBLE = 1e-17
_FINEST = 1e-3
"""Width of the panel at a breakpoint, in units of 1 or the smallest deviation."""
_MOST_ROUNDS = 40
_MOST_PANELS = 4000

Means = Callable[[float], tuple[float, ...]]


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
    kept: dict[int, tuple[Any, Any]] = {}

    def means(variance: float) -> tuple[float, ...]:
        key = math.floor(math.log(variance, _BUCKET))
        if key not in kept:
            with np.errstate(all="ignore"):
                kept[key] = _nodes(closed, run, _BUCKET**key)
        squares, table = kept[key]
        with np.errstate(all="ignore"):
            sums = table @ np.exp(squares * (-0.5 / variance)) / math.sqrt(2 * math.pi * variance)
        return tuple(math.inf if math.isnan(s) else s for s in sums.tolist())

    return means


def _nodes(fs: Sequence[Expr], run: Callable[[Any], Any], low: float) -> tuple[Any, Any]:
    """Squares of the places, and weighted values (functions, places), for `low` to 16 times it."""
    import numpy as np

    reach = _reach(run, math.sqrt(low * _BUCKET))
    anchors = {0.0}.union(*(line_points(f, reach) for f in fs))
    edges = _edges(sorted(a for a in anchors if abs(a) < reach), reach, math.sqrt(low))
    rates = np.array([-0.5 / (low * r) for r in _RATES])
    a, b = edges[:-1], edges[1:]
    places, table = _panels(run, a, b)
    done_places, done_table, sizes = [], [], None
    for turn in range(_MOST_ROUNDS):
        middle = (a + b) / 2
        finer_places, finer_table = _panels(run, np.concatenate((a, middle)), np.concatenate((middle, b)))
        whole, halves = _integrals(places, table, rates), _integrals(finer_places, finer_table, rates)
        if sizes is None:
            sizes = np.maximum(_integrals(places, np.abs(table), rates).sum(axis=-1, keepdims=True), 1e-300)
        error = np.abs(whole - halves[..., : len(a)] - halves[..., len(a) :]) / sizes
        good = ((error <= _TOLERANCE) | ~np.isfinite(error)).all(axis=(0, 1))
        good |= (b - a) <= 1e-15 * np.maximum(np.abs(a), np.abs(b))
        if turn == _MOST_ROUNDS - 1 or len(a) > _MOST_PANELS:
            good[:] = True
        done_places.append(places[good].ravel())
        done_table.append(table[:, good].reshape(len(fs), -1))
        if good.all():
            break
        bad = np.concatenate((~good, ~good))
        a, b = np.concatenate((a, middle))[bad], np.concatenate((middle, b))[bad]
        places, table = finer_places[bad], finer_table[:, bad]
    return np.concatenate(done_places) ** 2, np.concatenate(done_table, axis=1)


def _values(run: Callable[[Any], Any], places: Any) -> Any:
    """Values (functions, places); those beyond the range of doubles are tried in a longer format."""
    import numpy as np

    values = np.stack([np.broadcast_to(v, places.shape) for v in run(places)]).astype(float)
    failed = ~np.isfinite(values).all(axis=0)
    if failed.any():
        longer = run(places[failed].astype(np.longdouble))
        values[:, failed] = np.stack([np.broadcast_to(v, (int(failed.sum()),)) for v in longer]).astype(float)
    return values


def _panels(run: Callable[[Any], Any], low: Any, high: Any) -> tuple[Any, Any]:
    """Places (panels, nodes) and weighted values (functions, panels, nodes)."""
    import numpy as np

    nodes, weights = np.polynomial.legendre.leggauss(_ORDER)
    half = (high - low)[:, None] / 2
    places = (low + high)[:, None] / 2 + half * nodes
    return places, _values(run, places) * (half * weights)


def _integrals(places: Any, table: Any, rates: Any) -> Any:
    """Integrals of the panels with Gaussian weights: (rates, functions, panels)."""
    import numpy as np

    factor = np.exp(rates[:, None, None] * places**2)
    return np.einsum("rpn,fpn->rfp", factor, table)


def _reach(run: Callable[[Any], Any], deviation: float) -> float:
    """Where the integrands have died out for the largest variance of the range."""
    import numpy as np

    factor, last = _REACH
    inner, ends = np.linspace(-1.0, 1.0, 201), np.array([-1.0, -0.97, 0.97, 1.0])
    while factor < last:
        near, far = (
            np.abs(_values(run, factor * deviation * t)) * np.exp(-0.5 * (factor * t) ** 2)
            for t in (inner, ends)
        )
        if (far.max(axis=1) <= _NEGLIGIBLE * np.nanmax(near, axis=1, initial=0.0)).all():
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
