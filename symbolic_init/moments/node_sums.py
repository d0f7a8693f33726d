"""Gaussian means as sums over places on the line, one set for all variances, close to rounding.

The places are Gauss-Legendre nodes on panels that double in length away from 0 and from the features
of the function; a panel is halved until both halves agree with it at variances all over the range.
The two sides of 0 are added beforehand, in ball arithmetic, so that cancellation costs nothing, and
values are kept as mantissa and exponent, so that functions may overflow where their means do not. What
is left is the rounding of one sum. The accuracy is estimated, not proven: by the panels before their
last halving.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from sympy import Expr

from symbolic_init.moments.ball import line_points
from symbolic_init.moments.breakpoints import switch_points
from symbolic_init.moments.features import features
from symbolic_init.moments.folding import folded
from symbolic_init.moments.interpolation import CANCELS, REACHED, ROUGH, Found
from symbolic_init.moments.legendre import legendre_rule
from symbolic_init.moments.scaled import gaussian_weights, powers_of_two, square_parts, unscaled

__all__ = ["node_sums"]

_ORDER = 16
"""Nodes of a panel."""
_TOLERANCE = 2e-15
"""Error of one panel before its last halving, relative to the mean of |f|."""
_ACCURACY = 5e-14
"""Largest estimated error, relative to the mean."""
_CLOSER = 16.0
"""Ratio of the ranges in which switches are looked for that have no formula."""
_RATIO = 4.0
"""Ratio of the variances at which panels are tested."""
_PROBE_RATIO = 1.25
"""Ratio of those at which the sums are then looked at; where they fail, panels are tested as well."""
_MOST_TRIALS = 5
_REACH = 12.0
"""Standard deviations at which the range ends, unless the function grows."""
_MOST_DOUBLINGS = 40
_NEGLIGIBLE = 1e-17
"""Size of the last panel, relative to the mean of |f|."""
_UNSURE = 1e-14
"""Largest part of it from panels that do not agree with their halves, and from beyond the last panel."""
_MOST_ROUNDS = 80
_MOST_PANELS = 4096
"""Panels that are halved in a round: those nearest to 0."""
_MOST_PLACES = 400_000
_THINNEST = 1e-15
"""Length of a panel that is not halved, relative to its place."""
_BEYOND = 1400
"""Binary exponent of the largest term where the mean is certainly no float."""
_IGNORED = -80
"""Binary exponent of terms that are left out of a sum, relative to the largest."""
_GROUP = 64
"""Variances that are summed together."""
_CELLS = 1 << 16
"""Numbers that fit in the cache of a processor."""

Sample = Callable[[Any], tuple[Any, Any]]
"""From places to mantissas and exponents of the function, its two sides added."""


class _Panels(NamedTuple):
    """Ends and doubts (panels), and places and terms without weight (panels, nodes)."""

    low: Any
    high: Any
    unsure: Any
    places: Any
    mantissas: Any
    exponents: Any

    def chosen(self, which: Any) -> "_Panels":
        return _Panels(*(part[which] for part in self))


def node_sums(f: Expr, low: float, high: float) -> Callable[[Any], Found]:
    """Return a function from increasing variances to the means of a function without parameters.

    Args:
        f: Function of x whose mean is finite up to the variance `high`.
        low: The smallest variance.
        high: The largest.

    Raises:
        DomainError: If the function is not real somewhere.

    Examples:
        >>> import numpy as np
        >>> from symbolic_init.notation import x
        >>> found = node_sums(x**4, 1.0, 4.0)(np.array([1.0, 2.0, 4.0]))
        >>> found.values.round(9).tolist()
        [3.0, 12.0, 48.0]
    """
    reach = _REACH * math.sqrt(high)
    complete = switch_points(f)[1]
    points = line_points(f, reach)
    while not complete and reach > 1:
        reach /= _CLOSER
        points = tuple(sorted({*points, *line_points(f, reach)}))
    sample = folded(f, points, complete=complete)
    return _Sums(sample, points, features(f), low, high)


class _Look(NamedTuple):
    """Means, and which of them miss the accuracy though all panels have passed."""

    found: Found
    missed: Any


class _Sums:
    """The nodes for all variances of a range."""

    def __init__(self, sample: Sample, points: Any, marks: Any, low: float, high: float) -> None:
        import numpy as np

        self._sample = sample
        edges = np.array(sorted(_edges(points, marks, math.sqrt(low), _REACH * math.sqrt(high))))
        tests, probes = _spread(low, high, _RATIO), _spread(low, high, _PROBE_RATIO)
        with np.errstate(all="ignore"):
            panels = self._panels(edges[:-1], edges[1:])
            for _ in range(_MOST_TRIALS):
                panels, live = self._widened(panels, tests)
                coarse, fine = self._refined(panels, live)
                self._coarse, self._fine = _flat(coarse), _flat(fine)
                missed = [probes[part][self._look(probes[part]).missed] for part in _groups(probes)]
                more = np.setdiff1d(np.concatenate(missed), tests)
                if not more.size:
                    break
                tests, panels = np.union1d(tests, more), coarse.chosen(np.argsort(coarse.low))

    def __call__(self, variances: Any) -> Found:
        """The means at increasing variances."""
        import numpy as np

        values, status = np.empty(variances.shape), np.empty(variances.shape, dtype=np.int8)
        with np.errstate(all="ignore"):
            for part in _groups(variances):
                values[part], status[part] = self._look(variances[part]).found
        return Found(values, status)

    def _look(self, variances: Any) -> "_Look":
        """The means at neighboring variances."""
        import numpy as np

        fine, sizes, unsure, exponents = _means(self._fine, variances)
        coarse, _, _, others = _means(self._coarse, variances)
        error = np.abs(fine - np.ldexp(coarse, others - exponents)) + 1e-16 * sizes
        found = unscaled(fine / np.sqrt(2 * math.pi * variances), exponents)
        is_float = found.status == REACHED
        sure, agreed = unsure <= _UNSURE * sizes, error <= _ACCURACY * sizes
        found.status[is_float & ~(error <= _ACCURACY * np.abs(fine))] = CANCELS
        found.status[is_float & ~(sure & agreed)] = ROUGH
        return _Look(found, is_float & sure & ~agreed)

    def _panels(self, low: Any, high: Any) -> _Panels:
        import numpy as np

        nodes, weights = legendre_rule(_ORDER)
        half = (high - low)[:, None] / 2
        places = (low + high)[:, None] / 2 + half * nodes
        mantissas, exponents = self._sample(places.ravel())
        terms, more = np.frexp(mantissas.reshape(places.shape) * (half * weights))
        more = more + exponents.reshape(places.shape)
        return _Panels(low, high, np.zeros(low.shape, dtype=bool), places, terms, more)

    def _widened(self, panels: _Panels, tests: Any) -> tuple[_Panels, Any]:
        """Panels with more at the end until these do not count, and variances whose means may be floats."""
        import numpy as np

        for _ in range(_MOST_DOUBLINGS):
            _, sizes, level = _integrals(panels, tests)
            live = np.abs(level) < _BEYOND
            counts = ~(sizes[:, -1] <= _NEGLIGIBLE * sizes.sum(axis=1)) & live
            if not counts.any():
                break
            end = panels.high[-1:]
            panels = _joined(panels, self._panels(end, 2 * end))
        return panels, tests[live]

    def _refined(self, own: _Panels, tests: Any) -> tuple[_Panels, _Panels]:
        """Panels that agree with their halves, and these halves."""
        import numpy as np

        done: list[_Panels] = []
        finer: list[_Panels] = []
        spent, settled, level, last = 0, 0.0, None, float(own.high.max())
        if not tests.size:
            return own, own
        for turn in range(_MOST_ROUNDS):
            middle, count = (own.low + own.high) / 2, len(own.low)
            halves = self._panels(np.concatenate((own.low, middle)), np.concatenate((middle, own.high)))
            spent += halves.places.size
            both, sizes, level = _integrals(halves, tests, level)
            whole, _, _ = _integrals(own, tests, level)
            total = settled + sizes.sum(axis=1, keepdims=True)
            error = np.abs(whole - both[:, :count] - both[:, count:])
            good = (error <= _TOLERANCE * total).all(axis=0)
            unsure = ~good & (own.high - own.low <= _THINNEST * own.high)
            room = 0 if turn == _MOST_ROUNDS - 1 or spent > _MOST_PLACES else _MOST_PANELS
            unsure[np.flatnonzero(~good)[np.argsort(own.low[~good])][room:]] = True
            settling = good | unsure
            both_settling = np.concatenate((settling, settling))
            doubts = unsure | (own.high == last)
            done.append(own._replace(unsure=doubts).chosen(settling))
            finer.append(halves._replace(unsure=np.concatenate((doubts, doubts))).chosen(both_settling))
            if settling.all():
                break
            settled = settled + sizes[:, both_settling].sum(axis=1, keepdims=True)
            own = halves.chosen(~both_settling)
        return _joined(*done), _joined(*finer)


def _spread(low: float, high: float, ratio: float) -> Any:
    """Variances between two, both of them included, at most a ratio apart."""
    import numpy as np

    steps = math.ceil(math.log(high / low) / math.log(ratio)) if high > low else 0
    return np.geomspace(low, high, steps + 1)


def _edges(points: Any, marks: Any, deviation: float, reach: float) -> Iterator[float]:
    """Ends of the first panels, on the half line."""
    first = 2.0 ** math.floor(math.log2(deviation / 4))
    yield 0.0
    yield from (first * 2.0**k for k in range(math.ceil(math.log2(reach / first)) + 1))
    yield from (abs(c) for c in points if 0 < abs(c) < reach)
    for place, width in marks:
        center, step = abs(place), width
        while step < max(center / 2, first) and center < reach:
            yield center + step
            if step < center:
                yield center - step
            step *= 2
        if 0 < center < reach:
            yield center


def _joined(*panels: _Panels) -> _Panels:
    import numpy as np

    return _Panels(*(np.concatenate(parts) for parts in zip(*panels, strict=True)))


class _Terms(NamedTuple):
    """Doubts, squares of places in two parts, and terms without weight, one after another."""

    unsure: Any
    squares: Any
    rests: Any
    mantissas: Any
    exponents: Any


def _flat(panels: _Panels) -> _Terms:
    import numpy as np

    places = panels.places.ravel()
    mantissas, exponents = panels.mantissas.ravel(), panels.exponents.ravel()
    kept = mantissas != 0
    unsure = np.repeat(panels.unsure, panels.places.shape[1])
    return _Terms(unsure[kept], *square_parts(places[kept]), mantissas[kept], exponents[kept])


def _integrals(panels: _Panels, variances: Any, level: Any = None) -> tuple[Any, Any, Any]:
    """Integrals of the function and of its modulus over the panels, with weights: (variances, panels).

    They are in units of a power of 2 for each variance, the third array.
    """
    import numpy as np

    squares, rests = square_parts(panels.places.ravel())
    mantissas, exponents = panels.mantissas.ravel(), panels.exponents.ravel()
    shape = (len(variances), *panels.places.shape)
    weights, more = gaussian_weights(squares, rests, variances[:, None])
    terms, sizes = mantissas * weights, exponents + more
    if level is None:
        level = np.where(mantissas != 0, sizes, sizes.min()).max(axis=1)
    terms = (terms * powers_of_two(sizes - level[:, None])).reshape(shape)
    return terms.sum(axis=2), np.abs(terms).sum(axis=2), level


def _groups(variances: Any) -> Iterator[slice]:
    """Neighboring variances, not too many and not too far apart."""
    import numpy as np

    start = 0
    while start < len(variances):
        end = min(start + _GROUP, int(np.searchsorted(variances, math.e * variances[start], side="right")))
        yield slice(start, end)
        start = end


def _means(terms: _Terms, variances: Any) -> tuple[Any, Any, Any, Any]:
    """Sums, sums of moduli, the same over doubtful panels, in units of a power of 2 for each variance."""
    import numpy as np

    if not terms.squares.size:
        zeros = np.zeros(variances.shape)
        return zeros, zeros, zeros, zeros.astype(np.int64)
    kept = _that_count(terms, variances)
    parts = _Terms(*(part[kept] for part in terms))
    found = []
    rows = max(1, _CELLS // max(1, len(parts.squares)))
    for start in range(0, len(variances), rows):
        own = variances[start : start + rows, None]
        weights, more = gaussian_weights(parts.squares, parts.rests, own)
        sizes = parts.exponents + more
        level = sizes.max(axis=1)
        cells = parts.mantissas * weights * powers_of_two(sizes - level[:, None])
        moduli = np.abs(cells)
        found.append((cells.sum(axis=1), moduli.sum(axis=1), moduli[:, parts.unsure].sum(axis=1), level))
    return tuple(np.concatenate(column) for column in zip(*found, strict=True))  # type: ignore[return-value]


def _that_count(terms: _Terms, variances: Any) -> Any:
    """Which terms are not negligible for all of some neighboring variances."""
    import numpy as np

    rates = np.geomspace(variances[0], variances[-1], 5)
    best = np.full(terms.squares.shape, -math.inf)
    for rate in rates:
        sizes = terms.exponents - terms.squares * (0.5 / math.log(2) / rate)
        best = np.maximum(best, sizes - sizes.max())
    return best > _IGNORED
