"""Orbits of the length map, layer by layer, and its fixed points, in double precision."""

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from symbolic_init.meanfield.flow import DIVERGED, Flow, bisect

__all__ = ["LARGEST", "Passage", "Rest", "last_variance", "orbit", "rests"]

LARGEST = 1e300
"""Variances beyond are told to be infinite."""

_TINY = 1e-300
_GRID = tuple(10 ** (k / 40) for k in range(-200, 241))
"""Variances between which a change of sign of `V(q) - q` is looked for: 1e-5 to 1e6, 6 % apart."""
_STEADY = 1e-5
"""How closely two factors agree by which a divergent orbit grows, if it is to be followed no further."""
_NOISE = 1e-11
"""Part of q below which `V(q) - q` cannot be told from 0."""


class Passage(NamedTuple):
    """One layer that the signal passes.

    Attributes:
        number: 1 for the first layer.
        q: Variance of its pre-activations in a network of infinite width.
        chi: Factor on the squared gradient of this layer, `sigma_w2*h(q)`.
        gradient2: Factor on the squared gradient from the last of the layers so far to the first.
    """

    number: int
    q: float
    chi: float
    gradient2: float


def orbit(
    flow: Flow,
    sigma_w2: float,
    sigma_b2: float,
    *,
    start: float,
    depth: int,
    growth: float = DIVERGED,
) -> Iterator[Passage]:
    """Yield the layers of a network whose first one has the variance `start`.

    It ends early where q has grown by the factor `growth`, at which it counts as divergent, or has
    vanished: the last layer then has a `gradient2` that is no number, or 0.
    """
    current, gradient = start, 1.0
    top = min(flow.limit, growth * max(start, 1.0))
    for number in range(1, depth + 1):
        if not current < top:
            yield Passage(number, current, math.nan, math.nan)
            return
        if current < _TINY:
            yield Passage(number, 0.0, 0.0, 0.0)
            return
        second, square_slope, _ = flow.means(current)
        gradient *= sigma_w2 * square_slope
        yield Passage(number, current, sigma_w2 * square_slope, gradient)
        current = sigma_b2 + sigma_w2 * second


def last_variance(flow: Flow, sigma_w2: float, sigma_b2: float, *, start: float, depth: int) -> float:
    """Return the variance in the last of `depth` layers, whose first one has the variance `start`.

    An orbit that has grown far, and by the same factor twice, is taken to go on by that factor.
    """
    current, before = start, math.nan
    for left in reversed(range(depth - 1)):
        if not current < min(flow.limit, LARGEST):
            return math.inf
        following = sigma_b2 + sigma_w2 * flow.second(current)
        growth = following / current if current > DIVERGED * max(start, 1.0) else math.nan
        if math.isclose(growth, before, rel_tol=_STEADY):
            logarithm = math.log(following) + left * math.log(growth)
            return math.exp(logarithm) if logarithm < math.log(LARGEST) else math.inf
        current, before = following, growth
    return current


class Rest(NamedTuple):
    """A fixed point and the slope of the map there."""

    q: float
    V_prime: float


def rests(flow: Flow, sigma_w2: float, sigma_b2: float) -> Iterator[Rest]:
    """Yield the fixed points where `V(q) - q` is seen to change its sign between 1e-5 and 1e6."""

    def excess(variance: float) -> float:
        found = sigma_b2 + sigma_w2 * flow.second(variance) - variance
        return 0.0 if abs(found) < _NOISE * variance else found

    values = [(t, excess(t)) for t in _GRID if t < flow.limit]
    seen = [(t, value) for t, value in values if value != 0]
    for (low, at_low), (high, at_high) in pairwise(seen):
        if at_low * at_high < 0:
            root = bisect(excess, low, high)
            if root is not None:
                yield Rest(root, sigma_w2 * flow.means(root)[2])
