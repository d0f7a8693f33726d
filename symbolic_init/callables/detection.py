"""Where a function that is known by its values jumps, or has a kink."""

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise

from symbolic_init.errors import UnsupportedError
from symbolic_init.rationals import simplest

__all__ = ["detected_breakpoints"]

_SPACING = 1 / 32
"""Distance of the places that are looked at first; of two breakpoints that are closer one may be missed."""
_NEAR = 40
"""How far from 0 they are so close; beyond, each is farther out than the one before by a tenth."""
_FAR = 1e4
_MOST = 12
"""Breakpoints beyond which a function is refused: each adds a piece to every mean."""
_PEAK = 1.1
"""Ratio of neighboring differences above which the larger one is looked at."""
_LEVELS = 64
_SETTLED = 8
"""Halvings at the end of a search that tell what was found."""
_SMOOTH = 2.5
"""Bits by which each halving makes a third difference smaller: 3 where the function is smooth, 2 where its
second derivative jumps, 1 at a kink, 0 at a jump."""
_SMOOTHER = 2.8
"""The same where the search may end early."""
_NOISE = 64 * 2.0**-53
"""Difference relative to the values below which it is rounding."""
_LEAST = 2.0**-60
_LARGEST_DENOMINATOR = 10**6
_NODES = ((0, 2, 4, 6), (3, 5, 7, 9), (6, 8, 10, 12))
"""The halves of an interval, and the one between: where a function is looked at there, in twelfths."""


def detected_breakpoints(value: Callable[[float], float]) -> tuple[Fraction, ...]:
    """Return the places at which a function of floats, its slope or its curvature seems to jump, increasing.

    Third differences are followed into ever shorter intervals, from wherever they are larger than beside.
    A place that is found is the simplest fraction that it may be.

    Args:
        value: The function; NaN where it has no value.

    Raises:
        UnsupportedError: If there are more than 12.

    Examples:
        >>> detected_breakpoints(lambda t: max(0.0, min(t - 1 / 3, 2.0)))
        (Fraction(1, 3), Fraction(7, 3))
        >>> detected_breakpoints(lambda t: math.tanh(100 * t))
        ()
    """
    places = _places()
    values = [value(t) for t in places]
    differences = [_difference(places[k : k + 4], values[k : k + 4]) for k in range(len(places) - 3)]
    found: set[Fraction] = set()
    for k, size in enumerate(differences):
        beside = [s for s in differences[max(0, k - 1) : k + 2] if not math.isnan(s)]
        if size > 0 and size == max(beside) > _PEAK * min(beside):
            point = _followed(value, places[k], places[k + 3])
            if point is not None:
                found.add(point)
    told = _apart(sorted(found))
    if len(told) > _MOST:
        msg = (
            f"the function seems to jump or bend at {len(told)} places, and {_MOST} can be followed: "
            "name those that matter with breakpoints=..., or write it as text in x"
        )
        raise UnsupportedError(msg)
    return told


def _places() -> list[float]:
    near = [k * _SPACING for k in range(int(_NEAR / _SPACING) + 1)]
    far = []
    t = _NEAR * 1.1
    while t < _FAR:
        far.append(t)
        t *= 1.1
    right = near[1:] + far
    return [*(-t for t in reversed(right)), 0.0, *right]


def _difference(places: Sequence[float], values: Sequence[float]) -> float:
    """A third difference, or 0 where it is rounding, or NaN if unknown."""
    step = (places[-1] - places[0]) / 3
    shares = [
        v / math.prod((p - other) / step for other in places if other != p)
        for p, v in zip(places, values, strict=True)
    ]
    off = 6 * abs(math.fsum(shares)) if all(map(math.isfinite, shares)) else math.nan
    return 0.0 if off <= _NOISE * max(map(abs, values)) else off


def _followed(value: Callable[[float], float], a: float, b: float) -> Fraction | None:
    """The breakpoint in an interval, if the search for the largest third difference ends at one."""
    known: dict[float, float] = {}
    history: list[float] = []
    for _ in range(_LEVELS):
        marks = [a + (b - a) * k / 12 for k in range(13)]
        if not all(s < t for s, t in pairwise(marks)) or b - a < _LEAST:
            break
        windows = [[marks[k] for k in nodes] for nodes in _NODES]
        known = {t: known[t] if t in known else value(t) for window in windows for t in window}
        sizes = [_difference(window, [known[t] for t in window]) for window in windows]
        top = max(range(3), key=lambda k: sizes[k] if sizes[k] > 0 else 0.0)
        if not sizes[top] > 0:
            break
        history.append(sizes[top])
        a, b = windows[top][0], windows[top][-1]
        if len(history) > _SETTLED and _fall(history) > _SMOOTHER:
            return None
    if len(history) <= _SETTLED or _fall(history) > _SMOOTH:
        return None
    return _place(Fraction(a) - Fraction(b - a), Fraction(b) + Fraction(b - a))


def _fall(history: list[float]) -> float:
    """By how many bits a deviation fell with each of the last halvings."""
    return math.log2(history[-_SETTLED - 1] / history[-1]) / _SETTLED


def _place(low: Fraction, high: Fraction) -> Fraction:
    """The simplest fraction between two; the middle where that is no simple one."""
    found = simplest(low, high)
    return found if found.denominator <= _LARGEST_DENOMINATOR else (low + high) / 2


def _apart(points: list[Fraction]) -> tuple[Fraction, ...]:
    """The points without those that are a neighbor told twice."""
    close = [b for a, b in pairwise(points) if b - a < Fraction(1, 10**9) * (1 + abs(a))]
    return tuple(p for p in points if p not in close)
