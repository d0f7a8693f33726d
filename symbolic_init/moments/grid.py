"""Gaussian means in double precision, thousands of times: the function is evaluated once.

`means_function` is for variances that come one after another: its nodes are places on the x axis, and only
the weight depends on the variance. So the function is evaluated once for all variances between two powers
of 16, on Gauss-Legendre panels that are halved until they agree with their halves at three of these; a mean
then is one exponential and one sum. The accuracy is that of double precision sums, about 1e-12 of the mean
of `|f|`; estimated, not proven. Kept are signs and logarithms: functions may overflow where means do not.

`mean_grid` and its kin are for arrays of variances that are known beforehand, and closer to rounding.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from sympy import Expr, Symbol, oo

from symbolic_init.activation import Activation, activation
from symbolic_init.callables import Sampled
from symbolic_init.errors import AssumptionError, NotIntegrableError, PrecisionError
from symbolic_init.evidence import Moment
from symbolic_init.moments.ball import line_points
from symbolic_init.moments.compilation import compile_array
from symbolic_init.moments.evaluation import as_rational
from symbolic_init.moments.interpolation import (
    CANCELS,
    DIVERGES,
    OVERFLOWS,
    REACHED,
    ROUGH,
    UNDERFLOWS,
    Found,
    interpolated,
)
from symbolic_init.moments.legendre import legendre_rule
from symbolic_init.moments.mean import mean_of
from symbolic_init.moments.named import moment
from symbolic_init.notation import q, x

__all__ = ["mean_grid", "means_function", "moment_grid", "panel_ends", "second_moment_grid"]

_BUCKET = 16.0
"""Ratio of the variances that share their nodes."""
_RATES = (1.0, 4.0, 16.0)
"""Variances of such a range at which the panels are tested, relative to the smallest."""
_ORDER = 16
"""Nodes of a panel."""
_TOLERANCE = 3e-15
"""Error of one panel, relative to the mean of |f|."""
_COARSE = 1e-10
"""The same for Python functions, whose derivatives are that rough."""
_REACH = (9.0, 40.0)
"""Standard deviations at which the range ends: the first try, and the last."""
_NEGLIGIBLE = math.log(1e-17)
_CUT = 1e-6
"""Size of an integrand at the end of the range, relative to its largest, that tells a divergent mean."""
_FINEST, _MOST_GRADED = 1e-3, 64
"""Width of the panel at a breakpoint, in units of 1 or the smallest deviation; if there are not too many."""
_MOST_ROUNDS, _MOST_PANELS = 40, 4000

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
        squares, signs, logs, _ = kept[key]
        with np.errstate(all="ignore"):
            sizes = np.exp(logs - squares * (0.5 / variance) - 0.5 * math.log(2 * math.pi * variance))
            sums = (signs * sizes).sum(axis=1)
            cut = sizes[:, squares == squares.max()].max(axis=1) > _CUT * sizes.max(axis=1)
        sums[cut | np.isnan(sums)] = math.inf
        return tuple(sums.tolist())

    return means


def panel_ends(fs: Sequence[Expr], variance: float) -> Any:
    """Return the increasing ends of panels on which the functions are resolved for one variance.

    They end where the functions, weighted with the Gaussian, have died out.

    Args:
        fs: Functions of `x` without parameters.
        variance: Positive number.
    """
    import numpy as np

    with np.errstate(all="ignore"):
        return _nodes(fs, compile_array(fs), variance / _BUCKET**0.5).ends


class _Nodes(NamedTuple):
    """Squares of the places; signs and logarithms of the weighted values (functions, places); the panels."""

    squares: Any
    signs: Any
    logs: Any
    ends: Any


class _Panels:
    """Panels with their places (panels, nodes), and signs and logarithms of the weighted values."""

    def __init__(self, run: Run, low: Any, high: Any) -> None:
        import numpy as np

        nodes, weights = legendre_rule(_ORDER)
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
    tolerance = _COARSE if any(f.has(Sampled) for f in fs) else _TOLERANCE
    own, done, ends, scale = _Panels(run, edges[:-1], edges[1:]), [], [edges], None
    for turn in range(_MOST_ROUNDS):
        middle = (own.low + own.high) / 2
        halves = _Panels(run, np.concatenate((own.low, middle)), np.concatenate((middle, own.high)))
        (whole, sizes), (finer, _) = own.integrals(rates), halves.integrals(rates)
        if scale is None:
            scale = np.maximum(sizes.sum(axis=-1, keepdims=True), 1e-300)
        count = len(own.low)
        error = np.abs(whole - finer[..., :count] - finer[..., count:]) / scale
        good = ((error <= tolerance) | ~np.isfinite(error)).all(axis=(0, 1))
        good |= (own.high - own.low) <= 1e-15 * np.maximum(np.abs(own.low), np.abs(own.high))
        if turn == _MOST_ROUNDS - 1 or np.count_nonzero(~good) > _MOST_PANELS:
            good[:] = True
        done.append(own.flat(good))
        if good.all():
            break
        ends.append(middle[~good])
        bad = np.concatenate((~good, ~good))
        own = _Panels(run, halves.low[bad], halves.high[bad])
    squares, signs, logs = (np.concatenate(parts, axis=-1) for parts in zip(*done, strict=True))
    return _Nodes(squares, signs, logs, np.sort(np.concatenate(ends)))


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
    graded = anchors if len(anchors) <= _MOST_GRADED else ()
    for c, left, right in zip(graded, (-reach, *anchors), (*anchors[1:], reach), strict=False):
        found.update((c + distances[distances < (right - c) / 1.5]).tolist())
        found.update((c - distances[distances < (c - left) / 1.5]).tolist())
    return np.array(sorted(found))


def second_moment_grid(
    g: Expr | str | Activation,
    qs: Any,
    *,
    settings: Mapping[str, object] | None = None,
    masked: bool = False,
) -> Any:
    """Return `M(q) = E[g(sqrt(q)*z)**2]` for an array of variances, in double precision.

    As `moment_grid(g, "M", qs)`.

    Args:
        g: A catalog name, text in `x`, a SymPy expression, or an `Activation`, without free parameters.
        qs: Variances of the pre-activations, positive; scalar or array of any shape.
        settings: Numbers for parameters, by name.
        masked: Whether to mask what cannot be computed instead of raising an error.

    Returns:
        An array of float64 of the shape of `qs`, relative error at most `1e-13`.

    Raises:
        AssumptionError: If a variance is not positive and finite, or a parameter has no value.
        NotIntegrableError: If the mean diverges, for every q or for some of those asked for.
        PrecisionError: If some values are no floats, or could not be resolved.

    Examples:
        >>> second_moment_grid("relu", [0.5, 1.0, 4.0]).tolist()
        [0.25, 0.5, 2.0]
        >>> second_moment_grid("tanh(x)", 1.0).round(12).tolist()
        0.394294490398
    """
    return moment_grid(g, "M", qs, settings=settings, masked=masked)


def moment_grid(
    g: Expr | str | Activation,
    name: str,
    qs: Any,
    *,
    settings: Mapping[str, object] | None = None,
    masked: bool = False,
) -> Any:
    """Return a mean that has a name for an array of variances, in double precision.

    Args:
        g: A catalog name, text in `x`, a SymPy expression, or an `Activation`, without free parameters.
        name: As for `moment`: "m", "M", "h" and others.
        qs: Variances of the pre-activations, positive; scalar or array of any shape.
        settings: Numbers for parameters, by name.
        masked: As for `mean_grid`.

    Returns:
        An array of float64 of the shape of `qs`, relative error at most `1e-13`.

    Raises:
        AssumptionError: If a variance is not positive and finite, or a parameter has no value.
        NotIntegrableError: If the mean diverges, for every q or for some of those asked for.
        PrecisionError: If some values are no floats, or could not be resolved.
        UnsupportedError: If there is no mean of this name.

    Examples:
        >>> moment_grid("sin(x)", "h", [0.5, 1.0]).round(9).tolist()
        [0.683939721, 0.567667642]
    """
    return _swept(moment(g, name, settings=settings), qs, masked=masked)


def mean_grid(
    f: Expr | str, qs: Any, *, settings: Mapping[str, object] | None = None, masked: bool = False
) -> Any:
    """Return `E[f(sqrt(q)*z)]` for an array of variances, in double precision.

    A closed form is evaluated in ball arithmetic; where there is none the mean is a sum over nodes that
    are adapted to the function and to all variances at once, compared with an integral in ball arithmetic
    at some of them. Between a few hundred variances the mean, which is analytic in q whatever f is, is
    interpolated. The relative error is about `1e-15`, and estimated to be below `1e-13`, not proven to be.

    Args:
        f: Real function of `x`, as an expression or as text, without free parameters.
        qs: Variances, positive; scalar or array of any shape.
        settings: Numbers for parameters, by name.
        masked: Whether to mask what cannot be computed instead of raising an error.

    Returns:
        An array of float64 of the shape of `qs`; with `masked` a `numpy.ma.MaskedArray`, in which are
        masked: means that diverge, that are beyond the range of floats (below `2.2e-308`, where digits
        are lost, or above `1.8e308`), and those whose digits cancel.

    Raises:
        AssumptionError: If a variance is not positive and finite, or a parameter has no value.
        NotIntegrableError: If the mean diverges, for every q or for some of those asked for.
        PrecisionError: If some values are no floats, or could not be resolved; the message says which.

    Examples:
        >>> mean_grid("erf(x)**2", [1.0, 4.0]).round(9).tolist()
        [0.464559054, 0.697043951]
        >>> mean_grid("exp(x**2/4)", [1.0, 3.0], masked=True).mask.tolist()
        [False, True]
    """
    subject = activation(f, settings=settings, constants=True)
    return _swept(mean_of(subject.expression, subject.assumptions), qs, masked=masked)


def _swept(mean: Moment, qs: Any, *, masked: bool) -> Any:
    """A mean for an array of variances."""
    import numpy as np

    from symbolic_init.moments.sources import source_of  # late: deriving needs none of it

    _check_closed(mean.integrand)
    given = np.asarray(qs, dtype=np.float64)
    _check_variances(given)
    variances, places = np.unique(given, return_inverse=True)
    found = Found(np.full(variances.shape, math.nan), np.full(variances.shape, DIVERGES, dtype=np.int8))
    inside = int(np.searchsorted(variances, math.inf if mean.limit == oo else float(mean.limit)))
    if inside:
        own = variances[:inside]
        part = interpolated(source_of(mean, float(own[0]), float(own[-1])), own)
        found.values[:inside], found.status[:inside] = part
    if masked:
        failed = (found.status != REACHED)[places]
        return np.ma.array(found.values[places], mask=failed).reshape(given.shape)
    _check_reached(mean, variances, found.status)
    return found.values[places].reshape(given.shape)


def _check_closed(integrand: Expr) -> None:
    left = sorted(s.name for s in integrand.free_symbols - {x, q})
    if left:
        msg = f"a value is needed for {', '.join(left)}: set it, for instance settings={{{left[0]!r}: 0.5}}"
        raise AssumptionError(msg)


def _check_variances(given: Any) -> None:
    import numpy as np

    wrong = given[~(np.isfinite(given) & (given > 0))]
    if wrong.size:
        msg = f"a variance is a positive finite number, not {wrong.flat[0]}"
        raise AssumptionError(msg)


_REASONS = {
    DIVERGES: "the mean diverges",
    OVERFLOWS: "it is larger than any float",
    UNDERFLOWS: "it is so small that floats lose digits",
    CANCELS: "its digits cancel",
    ROUGH: "the function is too rough for 13 digits",
}


def _check_reached(mean: Moment, variances: Any, status: Any) -> None:
    """Tell for which variances there is no value, and why."""
    failed = [
        f"for {count} (q from {own[0]:.6g} to {own[-1]:.6g}) {reason}"
        for code, reason in _REASONS.items()
        if (count := len(own := variances[status == code]))
    ]
    if failed:
        msg = (
            f"the Gaussian mean of {mean.integrand} has no value at some of {len(variances)} variances: "
            f"{'; '.join(failed)}. Leave these out, or ask for masked=True"
        )
        raise (NotIntegrableError if (status[status != REACHED] == DIVERGES).all() else PrecisionError)(msg)
