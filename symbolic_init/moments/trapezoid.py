"""The trapezoidal rule for functions that are analytic beside the line, with a proven error."""

import heapq
import math
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any, NamedTuple

from flint import acb, arb, ctx

__all__ = ["Integrand", "Strip", "strip", "trapezoidal_integral"]

_BITS = 53
"""Working precision of bounds."""
_MOST_RECTANGLES = 300
"""Rectangles more than at first before a strip is given up."""
_NODES_PER_RECTANGLE = 24
_LONGER = (1.0, 1.06, 1.12, 1.2)
"""By how much the nodes may go beyond the range of integration."""
_SIDE_PARTS = 8
"""Parts of a short side of a strip."""
_ENOUGH = 0.7
"""Narrower strips are not tried if they cannot do better than so."""
_HALVINGS = 8
"""Halvings of rectangles, for each level of depth, that make a bound smaller."""
_WIDER = (1.28, 1.14)
"""Ratios by which the best strip may be made wider with more effort."""
_VAIN = 2
"""Halvings that do not help before no more are tried."""
_USEFUL = 1.4
"""A rectangle is halved while the bounds of its halves add up to at most so much of its own."""
_BLOCK = 32
"""Nodes that are evaluated with one working precision."""
_MARGIN = 20
"""Bits by which terms are more precise than their size asks for."""
_ADAPTED = 128
"""Working precision above which it is adapted to the size of the terms."""


class Integrand(NamedTuple):
    """A function to be integrated over an interval around 0, real on the line.

    Attributes:
        at: The function of an `acb`.
        size: Upper bound of the absolute value on a rectangle that is given by the ends of its real and of
            its imaginary parts (floats), or `None` where it may not be analytic there.
        low: Lower end, a negative float (0 for an even function, which is integrated over both sides).
        high: Upper end, a positive float.
    """

    at: Callable[[Any], Any]
    size: Callable[[float, float, float, float], Any]
    low: float
    high: float

    @property
    def is_even(self) -> bool:
        """Whether only the right half is looked at."""
        return self.low == 0


class Strip(NamedTuple):
    """A strip in which an integrand is analytic, and the nodes that its bound asks for.

    Attributes:
        step: Distance of the nodes, a float with few bits.
        first: Index of the leftmost node.
        last: Index of the rightmost one.
        error: Upper bound of the error of the sum over the nodes.
    """

    step: float
    first: int
    last: int
    error: Any


class _Rectangle(NamedTuple):
    low: float
    high: float
    size: Any


class _Candidate(NamedTuple):
    step: float
    height: float
    cover: list[_Rectangle]


def strip(
    f: Integrand, *, goal: Any, heights: Iterator[tuple[float, float]], most_nodes: float
) -> Strip | None:
    """Return where to put nodes so that the error is below `goal`, or `None` if these are too many.

    The residue theorem for a rectangle with two sides at the heights `+-c` and two half-way between nodes
    gives the error as an integral over its boundary. On the long sides the kernel is at most
    `1/(exp(2*pi*c/step) - 1)`, on the short ones at most `exp(-2*pi*abs(Im z)/step)`. That the function is
    analytic within follows from enclosures by a program that tells where it is not; by reflection the upper
    half suffices. The sum is compared with the integral from half a step before the first node to half a
    step behind the last.

    Args:
        f: What to integrate.
        goal: Error aimed at, absolute.
        heights: Half-widths of strips to try, each with the largest step to be hoped for.
        most_nodes: Number of nodes beyond which to give up.

    References:
        L. N. Trefethen and J. A. C. Weideman, The exponentially convergent trapezoidal rule,
        SIAM Review 56 (2014), section 5.
    """
    with ctx.workprec(_BITS):
        found: list[_Candidate] = []
        at_first, deepest = _depths(-_log2(goal))
        widest, most = 0.0, most_nodes / _NODES_PER_RECTANGLE
        for height, hoped in heights:
            if _ENOUGH * hoped <= widest or f.high - f.low > hoped * most_nodes:
                break
            found += _candidates(f, height, goal, at_first, most)
            widest = max((c.step for c in found), default=0.0)
        best = max(found, key=lambda c: c.step, default=None)
        if best is not None and best.height == max(c.height for c in found):
            for wider in _WIDER:
                more = _candidates(f, best.height * wider, goal, deepest, most)
                if more:
                    found += more
                    break
        for c in sorted(found, key=lambda c: -c.step):
            plan = _planned(f, c.cover, c.height, goal)
            if plan is not None and plan.last - plan.first <= most_nodes:
                return plan
    return None


def _candidates(f: Integrand, height: float, goal: Any, deepest: int, most: float) -> list[_Candidate]:
    """A strip of some half-width, if the function is shown to be analytic in it."""
    cover = _cover(f, height, deepest, most)
    if cover is None:
        return []
    cover = _refined(f, cover, height, _HALVINGS * deepest)
    return [_Candidate(_step(f, cover, height, goal), height, cover)]


def _depths(bits: float) -> tuple[int, int]:
    """Halvings of a rectangle, at first and at last: a wide strip pays where there are many nodes."""
    return (2, 3) if bits < 150 else (2, 6) if bits < 600 else (9, 9)


def _along(f: Integrand, cover: list[_Rectangle]) -> Any:
    """Upper bound of the integral of the absolute value over one long side."""
    return sum(((arb(r.high) - r.low) * r.size for r in cover), arb(0)) * (2 if f.is_even else 1)


def _step(f: Integrand, cover: list[_Rectangle], height: float, goal: Any) -> float:
    """The largest step that the long sides allow; not positive where none does."""
    full = 2 * arb.pi() * height
    slowest = (full / (1 + 8 * _along(f, cover) / goal).log().max(arb(1))).lower()
    room = (_LONGER[-1] - 1) * (f.high if f.is_even else min(f.high, -f.low))
    return _short(min(float(slowest), room)) if slowest > 0 else 0.0


def _planned(f: Integrand, cover: list[_Rectangle], height: float, goal: Any) -> Strip | None:
    """The nodes for one strip, if the error becomes small enough."""
    step, along, full = _step(f, cover, height, goal), _along(f, cover), 2 * arb.pi() * height
    if not step > 0:
        return None
    inside = 2 * along / ((full / step).exp() - 1)
    for longer in _LONGER:
        last = math.ceil(f.high * longer / step - 0.5)
        first = 0 if f.is_even else -math.ceil(-f.low * longer / step - 0.5)
        ends = [(last + 0.5) * step] if f.is_even else [(last + 0.5) * step, (first - 0.5) * step]
        if ends[0] > f.high * _LONGER[-1] or ends[-1] < f.low * _LONGER[-1]:
            return None
        sides = [_beside(f, end, height, step) for end in ends]
        if None in sides:
            return None
        error = inside + sum(sides, arb(0)) * (2 if f.is_even else 1)
        if error < goal:
            return Strip(step, first, last, error.upper())
    return None


def _beside(f: Integrand, end: float, height: float, step: float) -> Any:
    """Upper bound of the part of the error that comes from one short side, both halves of it."""
    total, part = arb(0), height / _SIDE_PARTS
    for k in range(_SIDE_PARTS):
        size = f.size(end, end, k * part, (k + 1) * part)
        if size is None:
            return None
        total += 2 * size * part * (-2 * arb.pi() * k * part / step).exp()
    return total


def _short(step: float) -> float:
    """A float below another with few bits, so that the nodes are exact."""
    mantissa, exponent = math.frexp(step)
    return math.ldexp(math.floor(mantissa * 4096) / 4096, exponent)


def _cover(f: Integrand, height: float, deepest: int, most: float) -> list[_Rectangle] | None:
    """Rectangles over the upper half of the strip with bounds of the function, or `None`."""
    ends = f.low * _LONGER[-1], f.high * _LONGER[-1]
    parts = max(4, math.ceil(min(most, (ends[1] - ends[0]) / height)))
    marks = [ends[0] + (ends[1] - ends[0]) * k / parts for k in range(parts)] + [ends[1]]
    # What is nearest to 0 comes first: there most singularities are.
    pending = sorted(((a, b, 0) for a, b in pairwise(marks)), key=lambda r: -abs(r[0] + r[1]))
    found: list[_Rectangle] = []
    for _ in range(parts + _MOST_RECTANGLES):
        if not pending:
            return found
        low, high, halvings = pending.pop()
        size = _size(f, low, high, 0.0, height, deepest - halvings)
        if size is not None:
            found.append(_Rectangle(low, high, size))
        elif halvings >= deepest:
            return None
        else:
            middle = (low + high) / 2
            pending += [(middle, high, halvings + 1), (low, middle, halvings + 1)]
    return None


def _refined(f: Integrand, cover: list[_Rectangle], height: float, most: int) -> list[_Rectangle]:
    """The same with the rectangles halved on which the bound is largest, while that makes it smaller."""
    queue = [(-_weight(r), k, r) for k, r in enumerate(cover)]
    heapq.heapify(queue)
    done: list[_Rectangle] = []
    for k in range(most):
        if not queue or len(done) > _VAIN:
            break
        whole = heapq.heappop(queue)[2]
        middle = (whole.low + whole.high) / 2
        ends = (whole.low, middle), (middle, whole.high)
        parts = [_Rectangle(a, b, _size(f, a, b, 0.0, height, 2)) for a, b in ends]
        if any(r.size is None for r in parts) or sum(r.size for r in parts) > _USEFUL * whole.size:
            done.append(whole)
        else:
            for j, r in enumerate(parts):
                heapq.heappush(queue, (-_weight(r), len(cover) + 2 * k + j, r))
    return done + [r for _, _, r in queue]


def _weight(r: _Rectangle) -> float:
    return _log2(r.size) + math.log2(r.high - r.low)


def _size(f: Integrand, low: float, high: float, below: float, above: float, left: int) -> Any:
    """Upper bound on a rectangle that is halved while it is taller than wide, or `None`."""
    size = f.size(low, high, below, above)
    if size is not None or left <= 0 or above - below < high - low:
        return size
    middle = (below + above) / 2
    one = _size(f, low, high, below, middle, left - 1)
    two = None if one is None else _size(f, low, high, middle, above, left - 1)
    return None if two is None else one.max(two)


def trapezoidal_integral(f: Integrand, plan: Strip, *, goal: Any) -> Any:
    """Return the integral from half a step before the first node to half a step behind the last.

    The imaginary part shows values that are not real.
    """
    with ctx.workprec(ctx.prec + (plan.last - plan.first).bit_length()):
        total = f.at(acb(0)) / (2 if f.is_even else 1)
        for side, nodes in ((1, plan.last), (-1, -plan.first)):
            for part in _terms(f, side * plan.step, nodes, goal):
                total += part
        total *= (2 if f.is_even else 1) * arb(plan.step)
        return acb(total.real + arb(0, plan.error), total.imag)


def _terms(f: Integrand, step: float, nodes: int, goal: Any) -> Iterator[Any]:
    """The terms of one side, in blocks; where the function is small, it needs fewer bits.

    How many is told by the radius of the block before; a block that comes out too wide is done again.
    """
    precision = full = ctx.prec
    allowed = _log2(goal) - math.log2(abs(step)) - math.log2(nodes + 1)
    for first in range(1, nodes + 1, _BLOCK):
        places = [acb(arb(step) * k) for k in range(first, min(first + _BLOCK, nodes + 1))]
        part, widest = _block(f, places, precision)
        if precision < full and not widest < allowed:
            part, widest = _block(f, places, full)
            precision = full
        yield part
        if full > _ADAPTED:
            precision = max(_BITS, min(full, int(max(precision + widest - allowed, 0)) + _MARGIN))


def _block(f: Integrand, places: list[Any], precision: int) -> tuple[Any, float]:
    """A sum of terms at some precision, and the binary logarithm of its radius."""
    with ctx.workprec(precision):
        part = sum(map(f.at, places), acb(0))
    return part, _log2(part.real.rad()) if part.is_finite() else math.inf


def _log2(size: Any) -> float:
    """Binary logarithm of an upper bound, roughly."""
    mantissa, exponent = size.upper().man_exp()
    return math.log2(int(mantissa)) + int(exponent) if mantissa else -math.inf
