"""Far out many functions are simple up to an error that is proven: saturated parts become numbers."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import flint
from flint import acb, arb
from sympy import Add, Dummy, Expr, Mul, Symbol, exp, log

from symbolic_init.moments.bounding import BoundReader
from symbolic_init.moments.bounds import Place
from symbolic_init.moments.compilation import Program, compile_ball
from symbolic_init.moments.growth import supremum
from symbolic_init.notation import GaussianMean, Root, x

__all__ = ["Settled", "settled"]

_MARGIN = 16
"""Bits by which numbers are more precise than the error asks for, and bounds than numbers."""
_MOST = 4
"""Ratio of the bits that the error asks for to the working precision above which it is given up."""
_NEARER = 24
"""Halvings of the distance from 0 at which a function may have settled."""


class Settled(NamedTuple):
    """A function that stands for another on `side*x >= start`, up to an error.

    Attributes:
        run: The function, compiled at the precision at hand.
        start: Where it begins to stand for it, a positive float.
        error: Upper bound of the integral of the difference times the weight, over the rest of the range.
    """

    run: Program
    start: float
    error: Any


def settled(f: Expr, *, side: int, nearest: float, reach: float, rate: Any, error: Any) -> Settled | None:
    """Return a simpler function that takes the place of another far out, or `None`.

    Parts that hardly change there become numbers, and what is small in a sum a change of its largest term, so
    that `x*tanh(log(1 + exp(x)))` becomes `x` and `log(1 + exp(x))` too. By the mean value theorem the
    difference is at most the derivative by these numbers times their uncertainty.

    Args:
        f: Analytic function of x, without switches.
        side: 1 for large x, -1 for x far below 0.
        nearest: How near to 0 it may begin, positive.
        reach: Where the range of integration ends, a larger number.
        rate: The weight is `exp(rate*x**2)`.
        error: How large the error may be.
    """
    if not reach > nearest or f.has(GaussianMean, Root):
        return None  # numbers that programs compute anew each time
    bits = max(0, int(-_log2(error / reach))) + _MARGIN
    if bits > _MOST * flint.ctx.prec:
        return None
    with flint.ctx.workprec(bits + _MARGIN):
        best = None
        near, far = 1, _NEARER
        while near <= far:
            halvings = near if best is None else (near + far) // 2  # if not at all, that is seen at once
            start = reach * 0.5**halvings
            found = None if start <= nearest else _simplified(f, side, start, reach, rate, bits, error)
            if found is None:
                far = halvings - 1
            else:
                best, near = (start, found), halvings + 1
    if best is None:
        return None
    start, (simple, numbers, rest) = best
    return Settled(compile_ball(simple, values={s: acb(b.mid()) for s, b in numbers.items()}), start, rest)


def _simplified(
    f: Expr, side: int, start: float, reach: float, rate: Any, bits: int, error: Any
) -> tuple[Expr, Mapping[Symbol, Any], Any] | None:
    """A simpler function on `start <= side*x <= reach`, its numbers, and the error."""
    unit = arb(2) ** (arb(start).log() / arb(2).log()).floor()
    reader = _Simplifier(Place((arb(start) / unit).mid(), side, None, unit), bits)
    simple = reader.read(f)
    if not reader.numbers:
        return None
    rest = _difference(simple, reader.numbers, side, start, reach, rate)
    return (simple, reader.numbers, rest) if rest < error else None


def _difference(
    f: Expr, numbers: Mapping[Symbol, Any], side: int, start: float, reach: float, rate: Any
) -> Any:
    """Upper bound of what the uncertainty of the numbers does to the integral."""
    balls = {s: acb(b) for s, b in numbers.items()}
    slopes = [(compile_ball(f.diff(s), values=balls), b.rad()) for s, b in numbers.items()]
    total, low = arb(0), start
    while low < reach:
        high = min(2 * low, reach)
        place, weight = acb(side * arb(low).union(arb(high))), (rate * arb(low) ** 2).exp() * (high - low)
        total += sum((run(place).abs_upper() * radius for run, radius in slopes), arb(0)) * weight
        low = high
    return total.upper()


class _Simplifier:
    """What becomes of the parts of a function far out."""

    def __init__(self, place: Place, bits: int) -> None:
        self._bounds = BoundReader(place)
        self._start = place.start
        self._least = arb(2) ** -bits
        self.numbers: dict[Symbol, Any] = {}

    def read(self, e: Expr) -> Expr:
        """A simpler function that is the same for some values of the numbers."""
        if x not in e.free_symbols or e == x:
            return e
        found = self._bounds.bound(e)
        if found.is_real and found.low.is_finite() and found.high.is_finite():
            size = abs(found.low).max(abs(found.high))
            if found.high - found.low <= self._least * size:
                return self._number(found.low.union(found.high))
        if e.is_Add:
            return self._sum(e)
        parts = [self.read(a) for a in e.args]
        return _logarithm(parts[0]) if isinstance(e, log) else e.func(*parts)

    def _number(self, ball: Any) -> Expr:
        symbol = Dummy(real=True)
        self.numbers[symbol] = ball
        return symbol

    def _sum(self, e: Expr) -> Expr:
        """Terms that are negligible beside another change it a little."""
        for main in e.args:
            small = {t: r for t in e.args if t is not main and (r := self._ratio(t, main)) is not None}
            if small:
                change = sum(small.values(), arb(0)).upper()
                others = [self.read(t) for t in e.args if t is not main and t not in small]
                return Add(self.read(main) * (1 + self._number(arb(0, change))), *others)
        return Add(*(self.read(t) for t in e.args))

    def _ratio(self, one: Expr, two: Expr) -> Any:
        """Upper bound of the size of one term relative to another, if it is negligible."""
        found = self._bounds.bound(one / two)
        if not found.is_real or found.large is None:
            return None
        peak = supremum(found.large, self._start)
        return peak if peak <= self._least else None


def _logarithm(u: Expr) -> Expr:
    """The logarithm of a positive product, with that of exponentials taken."""
    factors = Mul.make_args(u)
    exponents = [f.args[0] for f in factors if isinstance(f, exp)]
    return Add(*exponents, log(Mul(*(f for f in factors if not isinstance(f, exp)))))


def _log2(ball: Any) -> float:
    return float((ball.log() / arb(2).log()).upper())
