"""Adaptive Gauss-Legendre integration at many digits: values on the real line alone are needed."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

from flint import arb, ctx

from symbolic_init.errors import PrecisionError

__all__ = ["gauss_legendre", "graded", "sampled_integral"]

_ORDER_PER_BIT = 0.4
"""Nodes of a panel for one bit; most panels then pass the first test."""
_GRADES = 10
"""Panels shrink by 4 this many times toward the ends and the middle of the range."""
_MOST_EVALUATIONS = 60_000


class _Panel(NamedTuple):
    low: Any
    high: Any
    value: Any


@lru_cache(maxsize=32)
def gauss_legendre(order: int, bits: int) -> tuple[tuple[Any, Any], ...]:
    """Return nodes and weights on (-1, 1) as balls."""
    with ctx.workprec(bits):
        pairs = (arb.legendre_p_root(order, k, weight=True) for k in range(order))
        return tuple((t.mid(), w) for t, w in pairs)


def graded(low: Any, high: Any, anchors: Sequence[Any]) -> tuple[Any, ...]:
    """Return ends of panels between two numbers that shrink toward some of them."""
    ends = {float(t.mid()): t for t in (low, high)}
    for c in anchors:
        for k in range(_GRADES):
            step = (high - low) * arb(4) ** -k
            near = [t.mid() for t in (c - step, c, c + step)]
            ends.update({float(t): t for t in near if low < t < high})
    return tuple(ends[k] for k in sorted(ends))


def sampled_integral(
    function: Callable[[Any], Any], low: Any, high: Any, *, anchors: Sequence[Any], goal: Any, bits: int
) -> Any:
    """Return an integral with an estimated radius, or `None` where more precision is needed.

    A panel is halved until both halves together agree with the whole to `goal`.

    Raises:
        PrecisionError: If this takes too many evaluations: more precision will not help.
    """
    order = int(bits * _ORDER_PER_BIT) + 4
    rule = gauss_legendre(order, ctx.prec)
    spent = 0

    def panel(a: Any, b: Any) -> _Panel:
        half, middle = (b - a) / 2, (a + b) / 2
        total = arb(0)
        for t, w in rule:
            total += w * function((middle + half * t).mid())
        return _Panel(a, b, total * half)

    ends = graded(low, high, (*anchors, low, high))
    pending = [panel(a, b) for a, b in pairwise(ends)]
    share = goal / 16
    result = arb(0)
    while pending:
        spent += 2 * order
        if spent > _MOST_EVALUATIONS:
            msg = "the integrand is too rough"
            raise PrecisionError(msg)
        whole = pending.pop()
        middle = ((whole.low + whole.high) / 2).mid()
        halves = panel(whole.low, middle), panel(middle, whole.high)
        finer = halves[0].value + halves[1].value
        if not finer.is_finite():
            return None
        gap = abs(finer - whole.value).upper()
        if gap <= share:
            result += finer + arb(0, gap)
        elif not whole.low < middle < whole.high or finer.rad() > share:
            return None
        else:
            pending += halves
    return result
