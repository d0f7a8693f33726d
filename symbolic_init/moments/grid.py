"""Gaussian means in double precision, thousands of times: values of the function are kept.

The nodes are places on the x axis, and only the weight depends on the variance. So the function is
evaluated once for all variances between two powers of 16, on Gauss-Legendre panels refined until
they agree with a finer rule at several variances of that range; a mean then is one exponential and
one sum. What is kept is the logarithm of |f| and its sign: functions may overflow where means do not.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from sympy import Expr, Symbol

from symbolic_init.errors import NotIntegrableError, PrecisionError, UnsupportedError
from symbolic_init.moments.ball import line_points, mean_ball, point_logarithms
from symbolic_init.moments.compilation import compile_array
from symbolic_init.moments.evaluation import as_rational
from symbolic_init.moments.panels import gauss_legendre

__all__ = ["mean_function", "means_function"]

_BUCKET = 16.0
"""Ratio of the variances that share their nodes."""
_RATES = 5
"""Variances of such a range at which the panels are tested."""
_ORDER = 16
_TOLERANCE = 2e-15
"""Error of one panel, relative to the mean of |f|."""
_NEGLIGIBLE = math.log(1e-17)
"""Logarithm of the size of an integrand, relative to its largest, at which a range may end."""
_LEFT_OVER = 1e-13
"""Part of a mean beyond the range of the nodes above which balls are used."""
_REACH = (8.9, 100.0)
"""Standard deviations at which a range starts and ends to be tried."""
_GRADES = 10
"""Panels shrink by 4 this many times toward each breakpoint."""
_MOST_ANCHORS = 9
"""Breakpoints up to which panels shrink toward them all, not toward 0 alone."""
_MOST_ROUNDS = 55
_MOST_PANELS = 8000
"""Panels that are looked at before nodes are given up."""
_NODE_ERROR = 4e-13
"""Relative rounding error of the function at a node above which balls are used."""
_SAMPLES = 40
_CHECK_BITS = 48
_CHECK_ERROR = 1e-10
_NO_PARAMETERS: Mapping[Symbol, Any] = MappingProxyType({})

Means = Callable[[float], tuple[float, ...]]


class _Values(NamedTuple):
    """Values of some functions: signs and logarithms, one row a function."""

    signs: Any
    logs: Any

    def at(self, index: Any) -> "_Values":
        """Part of the values."""
        return _Values(self.signs[index], self.logs[index])


class _Nodes(NamedTuple):
    """Nodes for one range of variances.

    Attributes:
        squares: Squares of the places, in their order.
        weights: Weights of the rule times the signs of the functions.
        logs: Logarithms of the functions.
    """

    squares: Any
    weights: Any
    logs: Any

    def means(self, variance: float) -> tuple[Any, Any]:
        """Return the means of the functions and of their absolute values; NaN if the nodes end too early."""
        import numpy as np

        sizes = np.exp(self.logs + self.squares * (-0.5 / variance))
        parts = self.weights * sizes
        sums = parts.sum(axis=1)
        whole = np.abs(parts).sum(axis=1)
        ends = (sizes[:, 0] + sizes[:, -1]) * math.sqrt(self.squares[-1])
        sums[~(ends <= _LEFT_OVER * whole) & (whole > 0)] = math.nan
        norm = math.sqrt(2 * math.pi * variance)
        return sums / norm, whole / norm


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

    The means of |f| set the accuracy: where values of both signs cancel, fewer digits are right; so
    are of means beyond 1e50, whose peak wanders along the axis with the variance.
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
            found = nodes.means(variance)[0].tolist()
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


class _Grid:
    """How to place nodes for some functions without parameters."""

    def __init__(self, fs: tuple[Expr, ...]) -> None:
        self._fs = fs
        self._run = compile_array(fs)

    def nodes(self, low: float) -> _Nodes | None:
        """Return nodes for the variances from `low` to `_BUCKET` times it, or `None` if none are good."""
        import numpy as np

        for variance in (low * math.sqrt(_BUCKET), low * 1.01):
            try:
                exact = [self._reference(f, variance) for f in self._fs]
            except NotIntegrableError:
                continue
            with np.errstate(all="ignore"):
                for parts in (1, 16):
                    found = self._placed(low, parts)
                    if found is not None and self._is_confirmed(found, low, variance, exact):
                        return found
            break
        return None

    def _reference(self, f: Expr, variance: float) -> float | None:
        """A mean by balls, or `None` where they cannot tell it."""
        try:
            return float(mean_ball(f, as_rational(variance), bits=_CHECK_BITS).mid())
        except (PrecisionError, UnsupportedError, OverflowError):
            return None

    def _is_confirmed(
        self, nodes: _Nodes, low: float, variance: float, exact: Sequence[float | None]
    ) -> bool:
        """Whether means by balls agree (samples alone may miss a narrow peak), else a finer grid."""
        import numpy as np

        sums, sizes = nodes.means(variance)
        finer = exact
        if None in exact:
            other = self._placed(low, 5)
            if other is None:
                return False
            finer = other.means(variance)[0].tolist()
        right = np.array([v if e is None else e for e, v in zip(exact, finer, strict=True)], dtype=float)
        # A sum that is not finite is not used: there is nothing to compare.
        close = np.abs(sums - right) <= _CHECK_ERROR * np.maximum(sizes, np.abs(right))
        return bool((close | ~np.isfinite(sums)).all())

    def _placed(self, low: float, parts: int) -> _Nodes | None:
        """Nodes, refined where halves of a panel disagree with the whole."""
        import numpy as np

        rates = -0.5 / (low * _BUCKET ** np.linspace(0, 1, _RATES))
        reach = self._reach(math.sqrt(low * _BUCKET))
        ends = _panel_ends(self._anchors(reach), reach, parts)
        evaluate = self._evaluator(ends, rates)
        own = _Panels(ends[:-1], ends[1:], evaluate)
        peaks, tolerance = own.peaks(rates), own.tolerance(rates)
        kept, sizes, spent = [], None, 0
        for _ in range(_MOST_ROUNDS):
            count = len(own.low)
            spent += 2 * count
            if spent > _MOST_PANELS:
                return None
            middle = (own.low + own.high) / 2
            halves = _Panels(np.concatenate((own.low, middle)), np.concatenate((middle, own.high)), evaluate)
            finer, size = halves.integrals(rates, peaks)
            if sizes is None:
                sizes = np.maximum(size.sum(axis=-1), 1e-300)[..., None]
            whole = own.integrals(rates, peaks)[0]
            error = np.abs(whole - finer[..., :count] - finer[..., count:]) / sizes
            good = (error <= tolerance[..., None]).all(axis=(0, 1)) | own.is_tiny()
            kept.append(own.some(good))
            if good.all():
                break
            own = halves.some(np.concatenate((~good, ~good)))
        else:
            kept.append(own)
        return _joined(kept)

    def _anchors(self, reach: float) -> tuple[float, ...]:
        found = {0.0}
        for f in self._fs:
            found.update(line_points(f, reach))
        return tuple(sorted(c for c in found if abs(c) < reach))

    def _reach(self, deviation: float) -> float:
        """Where the integrands have died out for the largest variance of the range, or the last try."""
        import numpy as np

        factor, last = _REACH
        inner, outer = np.linspace(-1.0, 1.0, 201)[1:-1], np.array([-1.05, -1.0, 1.0, 1.05])
        while factor < last:
            near, ends = (
                (self._values(factor * deviation * t).logs - (factor * t) ** 2 / 2).max(axis=1)
                for t in (inner, outer)
            )
            if ((ends <= near + _NEGLIGIBLE) | (near == -math.inf)).all():
                break
            factor *= 1.2
        return deviation * factor

    def _values(self, places: Any) -> _Values:
        """Values at an array of places by the arithmetic of arrays, by balls where this fails."""
        import numpy as np

        values = np.stack([np.broadcast_to(v, places.shape) for v in self._run(places)])
        signs, logs = np.sign(values), np.log(np.abs(values))
        for row, f in enumerate(self._fs):
            failed = ~np.isfinite(values[row])
            if failed.any():
                found = point_logarithms(f, places[failed].tolist())
                signs[row][failed], logs[row][failed] = zip(*found, strict=True)
        return _Values(signs, np.where(signs == 0, -math.inf, logs))

    def _exact_values(self, places: Any) -> _Values:
        """Values at an array of places by balls."""
        import numpy as np

        flat = places.ravel().tolist()
        rows = np.array([point_logarithms(f, flat) for f in self._fs])
        signs, logs = (rows[..., k].reshape(len(self._fs), *places.shape) for k in (0, 1))
        return _Values(signs, np.where(signs == 0, -math.inf, logs))

    def _evaluator(self, ends: Any, rates: Any) -> Callable[[Any], _Values]:
        """The arithmetic of arrays, or balls where it loses digits that matter."""
        import numpy as np

        panels = _Panels(ends[:-1], ends[1:], self._values)
        step = max(1, panels.places.size // _SAMPLES)
        chosen = panels.places.ravel()[::step]
        peaks = panels.peaks(rates)
        means = panels.integrals(rates, peaks)[1].sum(axis=-1)
        one, two = self._values(chosen), self._exact_values(chosen)
        weights = rates[:, None, None] * chosen**2 - peaks[..., None]
        sizes = [v.signs * np.exp(v.logs + weights) for v in (one, two)]
        gap = np.abs(sizes[0] - sizes[1])
        harmless = gap <= _NODE_ERROR * np.maximum(
            np.abs(sizes[1]), (means * np.sqrt(-rates[:, None]))[..., None]
        )
        return self._values if harmless.all() else self._exact_values


class _Panels:
    """Panels with their nodes, weights and values."""

    def __init__(self, low: Any, high: Any, evaluate: Callable[[Any], _Values]) -> None:
        import numpy as np

        self.low, self.high = low, high
        rule = gauss_legendre(_ORDER, 80)[::-1]  # from left to right
        half = (high - low)[:, None] / 2
        self.places = (low + high)[:, None] / 2 + half * np.array([float(t) for t, _ in rule])
        self.weights = half * np.array([float(w) for _, w in rule])
        self.values = evaluate(self.places)

    def peaks(self, rates: Any) -> Any:
        """Logarithms of the largest sizes of the integrands: (rates, functions)."""
        import numpy as np

        sizes = self.values.logs + rates[:, None, None, None] * self.places**2
        found = sizes.max(axis=(-1, -2))
        return np.where(np.isfinite(found), found, 0.0)

    def tolerance(self, rates: Any) -> Any:
        """Errors to allow relative to the means: (rates, functions).

        A logarithm of thousands has lost as many digits; a mean that has not died out at the ends
        of the range is not used at all.
        """
        import numpy as np

        sizes = (self.values.logs + rates[:, None, None, None] * self.places**2).reshape(
            len(rates), -1, self.places.size
        )
        best = sizes.argmax(axis=-1)
        logs = self.values.logs.reshape(-1, self.places.size)
        lost = np.abs(np.take_along_axis(logs, best.T, axis=1).T)
        ends = np.maximum(sizes[..., 0], sizes[..., -1])
        alive = ends > sizes.max(axis=-1) + math.log(_LEFT_OVER)
        return np.where(alive, math.inf, _TOLERANCE + np.where(np.isfinite(lost), lost, 0.0) * 4e-16)

    def integrals(self, rates: Any, peaks: Any) -> tuple[Any, Any]:
        """Integrals, and those of absolute values, relative to the peaks: (rates, functions, panels)."""
        import numpy as np

        logs = self.values.logs + rates[:, None, None, None] * self.places**2 - peaks[..., None, None]
        sizes = np.exp(logs) * self.weights
        return (self.values.signs * sizes).sum(axis=-1), sizes.sum(axis=-1)

    def is_tiny(self) -> Any:
        """Which panels cannot be halved."""
        import numpy as np

        return self.high - self.low <= 4e-16 * np.maximum(np.abs(self.low), np.abs(self.high))

    def some(self, chosen: Any) -> "_Panels":
        """The chosen panels, without evaluating again."""
        found = object.__new__(_Panels)
        found.low, found.high = self.low[chosen], self.high[chosen]
        found.places, found.weights = self.places[chosen], self.weights[chosen]
        found.values = self.values.at((slice(None), chosen))
        return found


def _joined(panels: Sequence[_Panels]) -> _Nodes:
    """The nodes of all panels, from left to right."""
    import numpy as np

    places = np.concatenate([p.places.ravel() for p in panels])
    order = np.argsort(places)
    rows = len(panels[0].values.logs)
    signs, logs = (
        np.concatenate([p.values[k].reshape(rows, -1) for p in panels], axis=1)[:, order] for k in (0, 1)
    )
    weights = np.concatenate([p.weights.ravel() for p in panels])[order]
    return _Nodes(places[order] ** 2, signs * weights, logs)


def _panel_ends(anchors: Sequence[float], reach: float, parts: int) -> Any:
    """Ends of panels that shrink toward the anchors."""
    import numpy as np

    grades = reach * 4.0 ** -np.arange(_GRADES + 1)
    around = anchors if len(anchors) <= _MOST_ANCHORS else (0.0,)
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
