"""A smooth function of a variance at many points: Chebyshev interpolation in its logarithm.

Every Gaussian mean is analytic in the half plane `Re q > 0`, wherever its integrand has kinks or jumps:
on a panel whose ends have the ratio `exp(2*w)` the coefficients fall as `(b/w + sqrt(1 + (b/w)**2))**-k`
for every `b < pi/2`. So a panel needs as many values whatever the function, and a few panels serve
for all variances between the smallest float and the largest.

References:
    L. N. Trefethen, Approximation Theory and Approximation Practice, SIAM (2013), theorem 8.2.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

__all__ = ["CANCELS", "DIVERGES", "OVERFLOWS", "REACHED", "ROUGH", "UNDERFLOWS", "Found", "interpolated"]

REACHED, DIVERGES, OVERFLOWS, UNDERFLOWS, CANCELS, ROUGH = range(6)
"""How the attempt at one value ended."""

_WIDEST = 2.0
"""Length of a panel in the logarithm of the variance: `w = 1` above."""
_ORDER = 36
"""Values on a panel: the coefficients have then fallen to `3e-17`."""
_TAIL = 3
"""The last coefficients, which tell what is left out."""
_NEGLIGIBLE = 1e-15
"""Size of those, relative to the largest value on the panel."""
_FLAT = 0.05
"""Least ratio of the smallest to the largest value on a panel, after a power of the variance is taken out."""
_STEEPEST = 16.0
"""Largest such power, in units of half the panel: the rounding of its exponential is within `2e-15`."""
_DEEPEST = 40
"""Halvings of a panel."""


class Found(NamedTuple):
    """Values (floats, NaN where there is none) and how each attempt ended."""

    values: Any
    status: Any


Source = Callable[[Any], Found]
"""The function at an array of variances, exactly up to rounding."""


def interpolated(source: Source, variances: Any) -> Found:
    """Return a function at increasing variances, to a relative accuracy of about `1e-14`.

    Panels are halved until they pass; on those that hold few variances, the source is asked for each.
    """
    import numpy as np

    values = np.full(variances.shape, math.nan)
    status = np.full(variances.shape, ROUGH, dtype=np.int8)
    panels = list(_first(np.log(variances)))
    for depth in range(_DEEPEST + 1):
        few = [p for p in panels if p.held <= _ORDER or depth == _DEEPEST]
        _direct(source, variances, few, values, status)
        panels = [p for p in panels if p.held > _ORDER and depth < _DEEPEST]
        if not panels:
            break
        nodes = source(np.concatenate([p.nodes() for p in panels]))
        halves: list[_Panel] = []
        for k, panel in enumerate(panels):
            own = Found(*(part[k * _ORDER : (k + 1) * _ORDER] for part in nodes))
            if (own.status == own.status[0]).all() and own.status[0] != REACHED:
                status[panel.start : panel.stop] = own.status[0]
            elif not _filled(panel, own, variances, values, status):
                halves += panel.halves(variances)
        panels = halves
    return Found(values, status)


class _Panel(NamedTuple):
    """Ends in the logarithm of the variance, and the variances within, by index."""

    low: float
    high: float
    start: int
    stop: int

    @property
    def held(self) -> int:
        """How many variances it holds."""
        return self.stop - self.start

    @property
    def center(self) -> float:
        """The variance in the middle."""
        return math.exp((self.low + self.high) / 2)

    def nodes(self) -> Any:
        """The variances at which the function is sampled, increasing."""
        import numpy as np

        return self.center * np.exp((self.high - self.low) / 2 * _places())

    def halves(self, variances: Any) -> "Iterator[_Panel]":
        """The panels on either side of the middle, those that hold a variance."""
        import numpy as np

        middle = (self.low + self.high) / 2
        cut = self.start + int(np.searchsorted(variances[self.start : self.stop], math.exp(middle)))
        for half in (_Panel(self.low, middle, self.start, cut), _Panel(middle, self.high, cut, self.stop)):
            if half.held:
                yield half


def _first(logs: Any) -> Iterator[_Panel]:
    """Equal panels over the whole range."""
    import numpy as np

    low, high = float(logs[0]), float(logs[-1])
    parts = max(1, math.ceil((high - low) / _WIDEST))
    ends = np.linspace(low, high, parts + 1)
    cuts = [0, *np.searchsorted(logs, ends[1:-1]).tolist(), len(logs)]
    for k in range(parts):
        if cuts[k] < cuts[k + 1]:
            yield _Panel(float(ends[k]), float(ends[k + 1]), cuts[k], cuts[k + 1])


def _places() -> Any:
    """The zeros of a Chebyshev polynomial, increasing."""
    import numpy as np

    return -np.cos((np.arange(_ORDER) + 0.5) * (math.pi / _ORDER))


def _direct(source: Source, variances: Any, panels: list[_Panel], values: Any, status: Any) -> None:
    """Ask the source for every variance of some panels."""
    import numpy as np

    if not panels:
        return
    chosen = np.concatenate([np.arange(p.start, p.stop) for p in panels])
    found = source(variances[chosen])
    values[chosen], status[chosen] = found


def _filled(panel: _Panel, nodes: Found, variances: Any, values: Any, status: Any) -> bool:
    """Interpolate on a panel, if the nodes tell that this is accurate."""
    import numpy as np

    samples = nodes.values
    if (nodes.status != REACHED).any() or not ((samples > 0).all() or (samples < 0).all()):
        return bool((samples == 0).all()) and _constant(panel, values, status)
    places, half = _places(), (panel.high - panel.low) / 2
    power = (math.log(abs(samples[-1])) - math.log(abs(samples[0]))) / (places[-1] - places[0])
    if not abs(power) <= _STEEPEST:
        return False
    flat = samples * np.exp(-power * places)
    largest = float(np.abs(flat).max())
    coefficients = _coefficients(flat)
    tail = float(np.abs(coefficients[-_TAIL:]).max())
    if float(np.abs(flat).min()) < _FLAT * largest or tail > _NEGLIGIBLE * largest:
        return False
    inside = variances[panel.start : panel.stop]
    at = np.log1p((inside - panel.center) / panel.center) / half if half else np.zeros(inside.shape)
    series = np.polynomial.chebyshev.chebval(at, coefficients)
    values[panel.start : panel.stop] = series * np.exp(power * at)
    status[panel.start : panel.stop] = REACHED
    return True


def _constant(panel: _Panel, values: Any, status: Any) -> bool:
    """A function that is 0 on a panel."""
    values[panel.start : panel.stop] = 0.0
    status[panel.start : panel.stop] = REACHED
    return True


def _coefficients(samples: Any) -> Any:
    """Chebyshev coefficients from the values at the zeros, by a cosine sum."""
    import numpy as np

    found = _cosines(np.outer(np.arange(_ORDER), 2 * np.arange(_ORDER, 0, -1) - 1)) @ samples * (2 / _ORDER)
    found[0] /= 2
    return found


def _cosines(turns: Any) -> Any:
    """Cosines of multiples of `pi/(2*_ORDER)`, each to the last digit: large angles would spoil some."""
    import numpy as np

    turns = turns % (4 * _ORDER)
    turns = np.minimum(turns, 4 * _ORDER - turns)
    signs, turns = np.where(turns > _ORDER, -1.0, 1.0), np.minimum(turns, 2 * _ORDER - turns)
    unit = math.pi / (2 * _ORDER)
    return signs * np.where(2 * turns > _ORDER, np.sin((_ORDER - turns) * unit), np.cos(turns * unit))
