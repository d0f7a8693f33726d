"""Gaussian means in double precision, thousands of times: values of the function are kept.

The nodes are places on the x axis, and only the weight depends on the variance. So the function is
evaluated once for all variances between two powers of 16, on Gauss-Legendre panels refined until
both ends of that range agree with a finer rule; a mean then is one exponential and one product.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from sympy import Expr, Symbol

from symbolic_init.errors import NotIntegrableError, PrecisionError, UnsupportedError
from symbolic_init.moments.ball import line_points, mean_ball, point_values
from symbolic_init.moments.compilation import Program, compile_array
from symbolic_init.moments.evaluation import as_rational
from symbolic_init.moments.panels import gauss_legendre

__all__ = ["mean_function", "means_function"]

_BUCKET = 16.0
"""Ratio of the variances that share their nodes."""
_ORDER = 16
_TOLERANCE = 2e-15
"""Error of one panel, relative to the mean of |f|."""
_REACH = (8.9, 37.0)
"""Standard deviations at which a range starts and ends to be tried: exp(-37**2/2) is near underflow."""
_GRADES = 10
"""Panels shrink by 4 this many times toward each breakpoint."""
_MOST_ROUNDS = 55
_MOST_PANELS = 8000
"""Panels that are looked at before nodes are given up."""
_NODE_ERROR = 4e-13
"""Relative rounding error of the function at a node above which balls are used."""
_FAR = 1e-200
"""Weights below this are near the underflow of floats."""
_CHECK_BITS = 48
_CHECK_ERROR = 1e-10
_NO_PARAMETERS: Mapping[Symbol, Any] = MappingProxyType({})

Means = Callable[[float], tuple[float, ...]]


class _Nodes(NamedTuple):
    """Nodes for one range of variances.

    Attributes:
        squares: Squares of the places.
        table: Weighted values of the functions, one row a function.
        is_whole: All that matters lies within the range of the nodes.
    """

    squares: Any
    table: Any
    is_whole: bool

    def means(self, variance: float) -> Any:
        """Return the means at one variance as an array; NaN where the nodes do not suffice."""
        import numpy as np

        weights = np.exp(self.squares * (-0.5 / variance))
        sums = self.table @ weights
        if not np.isfinite(sums).all():
            parts = np.where(weights > 0, self.table * weights, 0.0)
            sums = parts.sum(axis=1)
            # Far out, where the weights underflow, something is left that they should have damped.
            far = np.abs(np.where(weights < _FAR, parts, 0.0)).sum(axis=1)
            sums[~(far <= 1e-14 * np.abs(parts).sum(axis=1)) | np.isinf(sums)] = math.nan
        return sums / math.sqrt(2 * math.pi * variance)


def mean_function(f: Expr, *, parameters: Mapping[Symbol, Any] | None = None) -> Callable[[float], float]:
    """Return `v -> E[f(sqrt(v)*z)]` in double precision, to about 12 digits; `inf` on overflow.

    Args:
        f: Function of x and of the parameters.
        parameters: A number for every parameter.

    Examples:
        >>> from sympy import tanh
        >>> from symbolic_init.notation import x
        >>> round(mean_function(tanh(x)**2)(1.0), 12)
        0.394294490398
    """
    means = means_function((f,), parameters=parameters)
    return lambda variance: means(variance)[0]


def means_function(fs: Sequence[Expr], *, parameters: Mapping[Symbol, Any] | None = None) -> Means:
    """Return a function from a variance to the means of several functions on the same nodes.

    The means of |f| set the accuracy: where values of both signs cancel, fewer digits are right.
    A mean beyond the range of floats, also one that diverges, is `inf`.

    Args:
        fs: Functions of x and of the parameters.
        parameters: A number for every parameter.

    Raises:
        DomainError: If a function is not real, or not defined, on part of the line.
        PrecisionError: If a mean cannot be computed at all.
        UnsupportedError: If a function has a head that is unknown.
    """
    import numpy as np

    values = {s: as_rational(v) for s, v in (parameters or _NO_PARAMETERS).items()}
    closed = tuple(f.xreplace(values) for f in fs)
    grid = _Grid(closed)
    kept: dict[int, _Nodes | None] = {}

    def means(variance: float) -> tuple[float, ...]:
        if not 0 < variance < math.inf:
            msg = f"the variance must be positive and finite, not {variance}"
            raise ValueError(msg)
        key = math.floor(math.log(variance, _BUCKET))
        if key not in kept:
            kept[key] = grid.nodes(_BUCKET**key)
        nodes = kept[key]
        if nodes is None:
            return tuple(_by_balls(f, variance) for f in closed)
        with np.errstate(all="ignore"):
            found = nodes.means(variance).tolist()
        return tuple(
            _by_balls(f, variance) if math.isnan(value) else value
            for f, value in zip(closed, found, strict=True)
        )

    return means


def _by_balls(f: Expr, variance: float) -> float:
    """A mean that the nodes cannot give."""
    try:
        return float(mean_ball(f, as_rational(variance), bits=_CHECK_BITS).mid())
    except (NotIntegrableError, OverflowError):
        return math.inf


def _reference(f: Expr, variance: float) -> float | None:
    """A mean by balls, or `None` where they cannot tell it."""
    try:
        return float(mean_ball(f, as_rational(variance), bits=_CHECK_BITS).mid())
    except (PrecisionError, UnsupportedError, OverflowError):
        return None


class _Grid:
    """How to place nodes for some functions without parameters."""

    def __init__(self, fs: tuple[Expr, ...]) -> None:
        self._fs = fs
        self._run = compile_array(fs)

    def nodes(self, low: float) -> _Nodes | None:
        """Return nodes for the variances from `low` to `_BUCKET` times it, or `None` if none are good."""
        import numpy as np

        variance = low * math.sqrt(_BUCKET)
        try:
            exact = [_reference(f, variance) for f in self._fs]
        except NotIntegrableError:
            return None
        with np.errstate(all="ignore"):
            for parts in (1, 16):
                found = self._placed(low, parts)
                if found.is_whole and self._is_confirmed(found, low, variance, exact):
                    return found
        return None

    def _is_confirmed(
        self, nodes: _Nodes, low: float, variance: float, exact: Sequence[float | None]
    ) -> bool:
        """Whether means by balls agree (samples alone may miss a narrow peak), else a finer grid."""
        import numpy as np

        finer = self._placed(low, 5).means(variance).tolist() if None in exact else exact
        right = np.array([v if e is None else e for e, v in zip(exact, finer, strict=True)], dtype=float)
        sums, sizes = nodes.means(variance), nodes._replace(table=np.abs(nodes.table)).means(variance)
        scales = np.maximum(sizes, np.abs(right))
        # A sum that is not finite is not used: there is nothing to compare.
        return bool(((np.abs(sums - right) <= _CHECK_ERROR * scales) | ~np.isfinite(sums)).all())

    def _placed(self, low: float, parts: int) -> _Nodes:
        import numpy as np

        reach, is_whole = self._reach(math.sqrt(low * _BUCKET))
        ends = _panel_ends(self._anchors(reach), reach, parts)
        evaluate = self._evaluator(ends, low)
        places, weights, tables = [], [], []
        rates = np.array([-0.5 / low, -0.5 / (low * _BUCKET)])
        a, b = ends[:-1], ends[1:]
        own = _Panels(a, b, evaluate)
        sizes, spent = None, 0
        for _ in range(_MOST_ROUNDS):
            middle = (a + b) / 2
            halves = _Panels(np.concatenate((a, middle)), np.concatenate((middle, b)), evaluate)
            finer = halves.integrals(rates)
            finer = finer[..., : len(a)] + finer[..., len(a) :]
            if sizes is None:
                sizes = halves.sizes(rates)
            error = np.abs(own.integrals(rates) - finer) / np.maximum(sizes, 1e-300)[..., None]
            fine = (error <= _TOLERANCE) | ~np.isfinite(error)
            good = fine.all(axis=(0, 1)) | (np.abs(b - a) <= 4e-16 * np.maximum(np.abs(a), np.abs(b)))
            spent += 2 * len(a)
            if spent > _MOST_PANELS:
                is_whole, good[:] = False, True
            places.append(own.places[good].ravel())
            weights.append(own.weights[good].ravel())
            tables.append(own.table[:, good].reshape(len(self._fs), -1))
            if good.all():
                break
            rough = np.concatenate((~good, ~good))
            a, b, own = halves.low[rough], halves.high[rough], halves.some(rough)
        else:
            places.append(own.places.ravel())
            weights.append(own.weights.ravel())
            tables.append(own.table.reshape(len(self._fs), -1))
        joined = np.concatenate(places)
        table = np.concatenate(tables, axis=1) * np.concatenate(weights)
        return _Nodes(joined * joined, table, is_whole)

    def _anchors(self, reach: float) -> tuple[float, ...]:
        found = {0.0}
        for f in self._fs:
            found.update(line_points(f, reach))
        return tuple(sorted(c for c in found if abs(c) < reach))

    def _values(self, places: Any) -> Any:
        """Values at an array of places, one row a function."""
        import numpy as np

        return np.stack([np.broadcast_to(v, places.shape) for v in self._run(places)])

    def _reach(self, deviation: float) -> tuple[float, bool]:
        """Where the integrands have died out for the largest variance of the range, and whether they do.

        Where a function overflows, nothing can be told, and nothing needs to be: its mean is infinite.
        """
        import numpy as np

        factor, last = _REACH
        inner = np.linspace(-1.0, 1.0, 201)[1:-1]
        while factor < last:
            reach = deviation * factor
            near = self._weighted(reach * inner, deviation)
            ends = self._weighted(reach * np.array([-1.05, -1.0, 1.0, 1.05]), deviation)
            if (ends.max(axis=1) <= 1e-17 * near.max(axis=1)).all():
                return reach, True
            factor *= 1.2
        return deviation * last, not np.isfinite(ends).all()

    def _weighted(self, places: Any, deviation: float) -> Any:
        import numpy as np

        sizes = np.abs(self._values(places)) * np.exp(-0.5 * (places / deviation) ** 2)
        return np.where(np.isnan(sizes), 0.0, sizes)

    def _evaluator(self, ends: Any, low: float) -> Program:
        """The arrays' arithmetic, or balls where it loses digits."""
        import numpy as np

        panels = _Panels(ends[:-1], ends[1:], self._values)
        places = panels.places.ravel()
        chosen = places[:: max(1, len(places) // 40)]
        inexact = self._values(chosen)
        rows = np.array([point_values(f, chosen.tolist()) for f in self._fs])
        bad = ~(np.abs(inexact - rows) <= _NODE_ERROR * np.abs(rows)) & (inexact != rows)
        for variance in (low, low * _BUCKET):
            rate = -0.5 / variance
            mean = panels.sizes(np.array([rate])).T / math.sqrt(2 * math.pi * variance)
            harm = np.abs(inexact - rows) * np.exp(rate * chosen**2)
            if (bad & ~(np.isfinite(mean) & (harm <= _NODE_ERROR * mean))).any():
                break
        else:
            return self._values

        def exact(at: Any) -> Any:
            flat = at.ravel().tolist()
            return np.array([point_values(f, flat) for f in self._fs]).reshape(len(self._fs), *at.shape)

        return exact


class _Panels:
    """Panels with their nodes, weights and values."""

    def __init__(self, low: Any, high: Any, evaluate: Program) -> None:
        import numpy as np

        self.low, self.high = low, high
        rule = gauss_legendre(_ORDER, 80)
        half = (high - low)[:, None] / 2
        self.places = (low + high)[:, None] / 2 + half * np.array([float(t) for t, _ in rule])
        self.weights = half * np.array([float(w) for _, w in rule])
        self.table = evaluate(self.places)

    def integrals(self, rates: Any) -> Any:
        """Integrals with the weights `exp(rate*x**2)`: (rates, functions, panels)."""
        import numpy as np

        factor = np.exp(rates[:, None, None] * self.places**2) * self.weights
        return (factor[:, None] * self.table).sum(axis=-1)

    def sizes(self, rates: Any) -> Any:
        """Integrals of the absolute values over all panels: (rates, functions)."""
        import numpy as np

        factor = np.exp(rates[:, None, None] * self.places**2) * self.weights
        return np.nansum(np.abs(factor[:, None] * self.table), axis=(-1, -2))

    def some(self, chosen: Any) -> "_Panels":
        """The chosen panels, without evaluating again."""
        found = object.__new__(_Panels)
        found.low, found.high = self.low[chosen], self.high[chosen]
        found.places, found.weights = self.places[chosen], self.weights[chosen]
        found.table = self.table[:, chosen]
        return found


def _panel_ends(anchors: Sequence[float], reach: float, parts: int) -> Any:
    """Ends of panels that shrink toward the anchors."""
    import numpy as np

    grades = reach * 4.0 ** -np.arange(_GRADES + 1)
    around = anchors if len(anchors) <= 9 else (0.0,)
    ends = {-reach, reach, *anchors}
    for c in around:
        ends.update((c + grades).tolist())
        ends.update((c - grades).tolist())
    kept = np.array(sorted(t for t in ends if abs(t) <= reach))
    kept = kept[np.concatenate(([True], np.diff(kept) > 1e-13 * reach))]
    if parts > 1:
        steps = np.arange(parts) / parts
        kept = np.append((kept[:-1, None] + np.diff(kept)[:, None] * steps).ravel(), kept[-1])
    return kept
