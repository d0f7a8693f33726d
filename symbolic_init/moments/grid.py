"""Gaussian means in double precision, thousands of times: values of the function are kept.

The nodes are places on the x axis, and only the weight depends on the variance. So the function is
evaluated once for all variances between two powers of 16, on Gauss-Legendre panels refined until
both ends of that range agree with a finer rule; a mean then is one exponential and one product.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from sympy import Add, Expr, Symbol

from symbolic_init.errors import NotIntegrableError, PrecisionError, UnsupportedError
from symbolic_init.moments.ball import line_points, mean_ball, point_values
from symbolic_init.moments.compilation import Program, compile_array
from symbolic_init.moments.evaluation import as_rational

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
_MOST_PANELS = 4000
_NODE_ERROR = 4e-13
"""Relative rounding error of the function at a node above which balls are used."""
_CHECK_BITS = 40
_CHECK_ERROR = 1e-10
_NO_PARAMETERS: Mapping[Symbol, Any] = MappingProxyType({})

Means = Callable[[float], tuple[float, ...]]


class _Nodes(NamedTuple):
    """Nodes for one range of variances: squares of the places, and weighted values of the functions."""

    squares: Any
    table: Any


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
    A mean beyond the range of floats, also one that diverges, is `inf`; so may be one of at least
    1e10 whose function overflows.

    Args:
        fs: Functions of x and of the parameters.
        parameters: A number for every parameter.

    Raises:
        DomainError: If a function is not real, or not defined, on part of the line.
        UnsupportedError: If a function has a head that is unknown.
    """
    import numpy as np

    values = {s: as_rational(v) for s, v in (parameters or _NO_PARAMETERS).items()}
    closed = tuple(f.xreplace(values) for f in fs)
    grid = _Grid(closed)
    kept: dict[int, _Nodes] = {}

    def means(variance: float) -> tuple[float, ...]:
        if not 0 < variance < math.inf:
            msg = f"the variance must be positive and finite, not {variance}"
            raise ValueError(msg)
        key = math.floor(math.log(variance, _BUCKET))
        nodes = kept.get(key)
        if nodes is None:
            nodes = kept[key] = grid.nodes(_BUCKET**key)
        with np.errstate(all="ignore"):
            weights = np.exp(nodes.squares * (-0.5 / variance))
            sums = nodes.table @ weights
            if not np.isfinite(sums).all():
                sums = np.where(weights > 0, nodes.table * weights, 0.0).sum(axis=1)
                sums[np.isnan(sums)] = math.inf
            sums /= math.sqrt(2 * math.pi * variance)
        return tuple(sums.tolist())

    return means


class _Grid:
    """How to place nodes for some functions without parameters."""

    def __init__(self, fs: tuple[Expr, ...]) -> None:
        self._fs = fs
        self._run = compile_array(fs)

    def nodes(self, low: float) -> _Nodes:
        """Return nodes for the variances from `low` to `_BUCKET` times it."""
        import numpy as np

        with np.errstate(all="ignore"):
            for parts in (1, 16):
                found = self._placed(low, parts)
                if self._is_confirmed(found, low * math.sqrt(_BUCKET)):
                    return found
        names = ", ".join(map(str, self._fs))
        msg = f"the means of {names} cannot be computed in double precision near q = {low:.3g}"
        raise PrecisionError(msg)

    def _is_confirmed(self, nodes: _Nodes, variance: float) -> bool:
        """Whether a mean by balls agrees: samples alone may miss a narrow peak."""
        import numpy as np

        weights = np.exp(nodes.squares * (-0.5 / variance)) / math.sqrt(2 * math.pi * variance)
        sums, sizes = nodes.table @ weights, np.abs(nodes.table) @ weights
        if not np.isfinite(sizes).all():
            return True
        scales = [1 / s if s > 0 else 1.0 for s in sizes.tolist()]
        exact = as_rational(variance)
        try:
            total = mean_ball(
                Add(*(as_rational(c) * f for c, f in zip(scales, self._fs, strict=True))),
                exact,
                bits=_CHECK_BITS,
            )
        except (NotIntegrableError, PrecisionError, UnsupportedError):
            return True
        return abs(float(total.mid()) - float(sums @ np.array(scales))) < _CHECK_ERROR * max(
            1.0, abs(float(total.mid()))
        )

    def _placed(self, low: float, parts: int) -> _Nodes:
        import numpy as np

        reach = self._reach(math.sqrt(low * _BUCKET))
        ends = _panel_ends(self._anchors(reach), reach, parts)
        evaluate = self._evaluator(ends, low)
        places, weights, tables = [], [], []
        rates = np.array([-0.5 / low, -0.5 / (low * _BUCKET)])
        a, b = ends[:-1], ends[1:]
        own = _Panels(a, b, evaluate)
        sizes = None
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
            if len(a) > _MOST_PANELS:
                good[:] = True
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
        return _Nodes(joined * joined, np.concatenate(tables, axis=1) * np.concatenate(weights))

    def _anchors(self, reach: float) -> tuple[float, ...]:
        found = {0.0}
        for f in self._fs:
            found.update(line_points(f, reach))
        return tuple(sorted(c for c in found if abs(c) < reach))

    def _values(self, places: Any) -> Any:
        """Values at an array of places, one row a function."""
        import numpy as np

        return np.stack([np.broadcast_to(v, places.shape) for v in self._run(places)])

    def _reach(self, deviation: float) -> float:
        """Where the integrands have died out for the largest variance of the range."""
        import numpy as np

        factor, last = _REACH
        inner = np.linspace(-1.0, 1.0, 201)[1:-1]
        while factor < last:
            reach = deviation * factor
            near = self._weighted(reach * inner, deviation)
            ends = self._weighted(reach * np.array([-1.05, -1.0, 1.0, 1.05]), deviation)
            if (ends.max(axis=1) <= 1e-17 * near.max(axis=1)).all():
                return reach
            factor *= 1.2
        return deviation * last

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
        means = panels.sizes(np.array([-0.5 / low])) / math.sqrt(2 * math.pi * low)
        gap = np.abs(inexact - rows)
        bad = ~(gap <= np.maximum(_NODE_ERROR * np.abs(rows), 1e-14 * means)) & (inexact != rows)
        if not bad.any():
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
        nodes, weights = _gauss_legendre()
        half = (high - low)[:, None] / 2
        self.places = (low + high)[:, None] / 2 + half * np.array(nodes)
        self.weights = half * np.array(weights)
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


@lru_cache(maxsize=1)
def _gauss_legendre() -> tuple[tuple[float, ...], tuple[float, ...]]:
    from flint import arb

    pairs = [arb.legendre_p_root(_ORDER, k, weight=True) for k in range(_ORDER)]
    return tuple(float(t) for t, _ in pairs), tuple(float(w) for _, w in pairs)
