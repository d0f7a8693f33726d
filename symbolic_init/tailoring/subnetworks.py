r"""How steep and how curved the correlation maps of a network's parts are at c = 1.

A part leads from one signal to a later one. Where the map of a layer has `C(1) = 1`, slope and curvature of
a part at 1 follow from those of a layer: they are carried along with every signal, one pair for each
earlier signal at which a part may begin.
"""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, NamedTuple

import flint
from flint import arb

from symbolic_init.errors import PrecisionError, UnsupportedError
from symbolic_init.tailoring.networks import Network

__all__ = ["layer_curvature", "layer_slope"]

_MOST_LAYERS = 1000
_ROUNDS = 60
_SLACK = 16
"""Binary digits by which two parts may differ and count as equally steep."""
_SPARE = 40
"""Bits beyond those asked for."""


class _Jet(NamedTuple):
    """Slope and curvature at 1."""

    slope: Any
    curvature: Any

    def __mul__(self, weight: Any) -> "_Jet":
        return _Jet(self.slope * weight, self.curvature * weight)

    def __truediv__(self, number: Any) -> "_Jet":
        return _Jet(self.slope / number, self.curvature / number)

    def plus(self, other: "_Jet") -> "_Jet":
        """The sum of both maps."""
        return _Jet(self.slope + other.slope, self.curvature + other.curvature)

    def then(self, layer: "_Jet") -> "_Jet":
        """This map, and one layer after it."""
        return _Jet(layer.slope * self.slope, layer.curvature * self.slope**2 + layer.slope * self.curvature)


_SAME, _NOTHING = _Jet(arb(1), arb(0)), _Jet(arb(0), arb(0))


class _Trace:
    """The largest slope and curvature of all parts seen so far.

    Args:
        start: The signal at which parts begin, by its number; `None`: at any.
    """

    def __init__(self, start: int | None) -> None:
        self.slope, self.curvature, self.signals = (arb(1), 1), arb(0), 0
        self._start = start

    def signal(self, jets: Mapping[int, _Jet]) -> "_Signal":
        """A signal at which parts may end, and begin."""
        self.signals += 1
        for number, jet in jets.items():
            if jet.slope > self.slope[0]:
                self.slope = jet.slope, number
            self.curvature = self.curvature.max(jet.curvature)
        own = {self.signals: _SAME} if self._start in (None, self.signals) else {}
        return _Signal(self, {**jets, **own})


class _Signal:
    """What stands for a correlation: the maps from earlier signals, by their numbers."""

    __slots__ = ("jets", "trace")

    def __init__(self, trace: _Trace, jets: Mapping[int, _Jet]) -> None:
        self.trace, self.jets = trace, jets

    def __add__(self, other: "_Signal") -> "_Signal":
        mine, its = self.jets, other.jets
        return self.trace.signal(
            {k: mine.get(k, _NOTHING).plus(its.get(k, _NOTHING)) for k in {**mine, **its}}
        )

    def __mul__(self, weight: Any) -> "_Signal":
        return _Signal(self.trace, {k: jet * weight for k, jet in self.jets.items()})

    __rmul__ = __mul__

    def __truediv__(self, number: Any) -> "_Signal":
        return _Signal(self.trace, {k: jet / number for k, jet in self.jets.items()})


def _traced(network: Network, layer: _Jet, start: int | None = None) -> _Trace:
    """The largest slope, where its part begins, and the largest curvature of the parts of a network."""
    trace = _Trace(start)
    network(trace.signal({}), lambda c: trace.signal({k: jet.then(layer) for k, jet in c.jets.items()}))
    return trace


def _check_layers(network: Network) -> None:
    """Refuse networks of no layer, and of too many: pairs of signals are followed."""
    count = 0

    def layer(c: Any) -> Any:
        nonlocal count
        count += 1
        if count > _MOST_LAYERS:
            msg = f"the network has more than {_MOST_LAYERS} layers: give a smaller depth"
            raise UnsupportedError(msg)
        return c

    network(1.0, layer)
    if count == 0:
        msg = "the network has no layer"
        raise UnsupportedError(msg)


def layer_slope(network: Network, target: Fraction, *, bits: int) -> Any:
    """Return the slope `C'(1)` of a layer at which the steepest part of a network has the slope `target`.

    Args:
        network: Network function.
        target: Slope, above 1.
        bits: Binary digits.

    Returns:
        A ball that holds it.

    Raises:
        UnsupportedError: If there are no layers, or too many.
        PrecisionError: If it is not found.

    References:
        martens2021, "Summary of our method".

    Examples:
        >>> from symbolic_init import plain_network
        >>> round(float(layer_slope(plain_network(2), Fraction(9, 4), bits=50)), 12)
        1.5
    """
    _check_layers(network)
    with flint.ctx.workprec(bits + _SPARE):
        goal, start = arb(target.numerator) / target.denominator, 1
        for _ in range(_ROUNDS):
            begin = start
            found = _rising(lambda s: _traced(network, _Jet(s, arb(0)), begin).slope[0], goal, bits)  # noqa: B023  # called at once
            steepest = _traced(network, _Jet(found.upper(), arb(0))).slope
            if steepest[1] == start or not steepest[0] > goal * (1 + arb(2) ** (_SLACK - bits)):
                return found
            start = steepest[1]
    msg = "the slope of a layer was not found"
    raise PrecisionError(msg)


def _rising(function: Callable[[Any], Any], goal: Any, bits: int) -> Any:
    """Where a polynomial with positive coefficients takes a value above that at 1, as a ball.

    Its logarithm is a convex function of that of its argument: secants lead to the place.
    """
    here, value, steepness = arb(1), function(arb(1)), arb(1)
    for _ in range(_ROUNDS):
        there = (here * ((goal / value).log() / steepness).exp()).mid()
        after = function(there)
        if abs((goal / after).log()) < arb(2) ** -bits:
            ball = there * (1 + arb(0, 1) * arb(2) ** (1 - bits))
            if function(ball.lower()) < goal < function(ball.upper()):
                return ball
        steepness = ((after / value).log() / (there / here).log()).mid()
        here, value = there, after
    msg = "the slope of a layer was not found"
    raise PrecisionError(msg)


def layer_curvature(network: Network, target: Fraction, *, bits: int) -> Any:
    """Return the curvature `C''(1)` of layers of slope 1 at which the most curved part has `target`.

    Args:
        network: Network function.
        target: Curvature, positive.
        bits: Binary digits.

    Raises:
        UnsupportedError: If there are no layers, or too many.

    References:
        zhang2022, appendix on activation transformations.
    """
    _check_layers(network)
    with flint.ctx.workprec(bits + _SPARE):
        whole = _traced(network, _Jet(arb(1), arb(1))).curvature
        return arb(target.numerator) / target.denominator / whole
