r"""How the second moment `M(q) = E[g(sqrt(q) z)^2]` bends as a function of q, proven.

With `G(u) = (g(sqrt u)^2 + g(-sqrt u)^2)/2` it is `M(q) = E[G(q z^2)]`: where G is concave on `u > 0`, so is
M, and likewise where it is convex. With `E(x) = G(x^2)` the sign of `G''` is that of `x E'' - E'`, and at a
kink of E it is that of the change of `E'`. Signs are shown in ball arithmetic: beside 0 by the first
derivative that does not vanish there, far out by bounds of the terms, else on intervals that are halved.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import chain, pairwise
from math import comb
from typing import Any, NamedTuple

from flint import acb, arb
from sympy import Expr, S, exp, factor_terms, fraction, oo, together

from symbolic_init.analysis.order import increasing, inside
from symbolic_init.analysis.pieces import Pieces, pieces
from symbolic_init.assumptions import Assumptions
from symbolic_init.derivation import Curvature
from symbolic_init.errors import SymbolicInitError
from symbolic_init.moments.bounding import bound, is_zero
from symbolic_init.moments.bounds import Place
from symbolic_init.moments.compilation import Program, sign_of_ball
from symbolic_init.moments.proven import program, value
from symbolic_init.notation import x

__all__ = ["curvature"]

_ORDER = 4
"""Derivatives of the function that are looked at."""
_HALVINGS = 12
"""Of the distance from an end within which a sign is shown at once."""
_MOST_INTERVALS = 800
_FARTHEST = 1024
"""Distance from 0 beyond which no tail begins."""
_SAMPLE = tuple(2.0**k for k in range(-5, 10))
"""Places at which signs are looked at first, and from which on a tail may begin."""
_LONGEST = 160
"""Operations of an expression that is taken apart symbol by symbol."""
_MOST_OPERATIONS = 600
"""Operations of a function that is looked at."""
_STARTS = (1, 4, 12)
"""Logarithms of distances from a singular place."""


def curvature(g: Expr, known: Assumptions) -> Curvature:
    """Return how `G` bends on `u > 0`; "unknown" where that is not proven.

    Args:
        g: Real function of x; with free parameters nothing is proven.
        known: What is known of the parameters.

    Examples:
        >>> from sympy import Abs, Max, sin, tanh
        >>> [curvature(f, Assumptions()) for f in (tanh(x), Max(0, x), Max(0, x) ** 2, sin(x))]
        ['concave', 'linear', 'convex', 'neither']
    """
    if g.free_symbols != {x} or g.count_ops() > _MOST_OPERATIONS:
        return "unknown"
    try:
        parts = pieces(g, known)
        found = _signs(_stretches(parts, known)) if parts.complete else {None}
    except SymbolicInitError:
        return "unknown"
    if found >= {1, -1}:
        return "neither"
    if None in found:
        return "unknown"
    return "convex" if 1 in found else "concave" if -1 in found else "linear"


class _Stretch(NamedTuple):
    """An interval of `x > 0` on which g is smooth, and smooth at `-x` too.

    Attributes:
        low: Its lower end.
        high: Its upper end, perhaps infinite.
        right: g there.
        left: g at `-x`, as a function of x.
    """

    low: Expr
    high: Expr
    right: Expr
    left: Expr

    @property
    def ends(self) -> tuple[Any, Any]:
        """The ends as balls; what has none ends far out."""
        return value(self.low), arb(_FARTHEST) if self.high == oo else value(self.high)

    def count_ops(self) -> int:
        """How long its formulas are."""
        return int(self.right.count_ops() + self.left.count_ops())

    @property
    def even_part(self) -> Expr:
        """`E = (g(x)^2 + g(-x)^2)/2`."""
        return (self.right**2 + self.left**2) / 2

    @property
    def bend(self) -> Expr:
        """`x E'' - E'`, which has the sign of `G''`."""
        slope = self.even_part.diff(x)
        return x * slope.diff(x) - slope


def _stretches(parts: Pieces, known: Assumptions) -> list[_Stretch]:
    """The line folded at 0, from there on."""
    marks = increasing(tuple(abs(c) for c in parts.breakpoints if c != 0), known)
    found = []
    for low, high in pairwise((S.Zero, *marks, oo)):
        middle = inside(low, high)
        right, left = (_branch(parts, place) for place in (middle, -middle))
        found.append(_Stretch(low, high, right, left.xreplace({x: -x})))
    return found


def _branch(parts: Pieces, place: Expr) -> Expr:
    return next(f for low, high, f in parts.intervals() if low < place < high)


def _signs(stretches: Sequence[_Stretch]) -> set[int | None]:
    """The signs that are shown somewhere, and `None` if somewhere none is; it ends with both."""
    jets = [_Jet(s) for s in stretches]
    looks = (
        *map(_sampled, jets),
        *(_at_kink(*pair) for pair in pairwise(jets)),
        *map(_within, jets),
    )
    found: set[int | None] = set()
    for sign in chain.from_iterable(looks):
        found.add(sign)
        if found >= {1, -1}:
            break
    return found


def _sampled(jet: "_Jet") -> Iterator[int | None]:
    """Signs at some places."""
    low, high = jet.stretch.ends
    if not low < high:
        return
    places = [arb(t) for t in _SAMPLE if low < t < high]
    middle = () if places else (((low + high) / 2).mid(),)
    yield from filter(None, (sign_of_ball(jet.bend(t)) for t in (*places, *middle)))


def _at_kink(before: "_Jet", after: "_Jet") -> Iterator[int | None]:
    """How E bends where two stretches meet; a jump is a bend both ways."""
    place = after.stretch.low
    ball = value(place)
    step, turn = (b - a for a, b in zip(before.at(ball, 0, 1), after.at(ball, 0, 1), strict=True))
    if sign_of_ball(step):
        yield from (1, -1)
    elif not _agree(before, after, 0):
        yield None
    elif sign_of_ball(turn):
        yield sign_of_ball(turn)
    elif not _agree(before, after, 1):
        yield None


def _agree(before: "_Jet", after: "_Jet", order: int) -> bool:
    """Whether a derivative of E, or E itself, is shown to be the same on both sides."""
    parts = (side.stretch.even_part.diff(x, order) for side in (before, after))
    one, other = (part.xreplace({x: after.stretch.low}) for part in parts)
    return is_zero(one - other)


def _within(jet: "_Jet") -> Iterator[int | None]:
    """How E bends within a stretch: beside its ends, then in between."""
    stretch = jet.stretch
    low, high = stretch.ends
    if stretch.count_ops() > _LONGEST or not low < high:
        yield None
        return
    bend = stretch.bend
    if not any(_sampled(jet)) and _is_nothing(bend):
        return
    room = (high - low).lower().min(arb(2)) / 2
    first, sign = _beside(jet, bend, stretch.low, 1, room)
    yield sign
    last, sign = _beyond(bend, first) if stretch.high == oo else _beside(jet, bend, stretch.high, -1, room)
    yield sign
    yield from _between(jet, first, last)


def _is_nothing(bend: Expr) -> bool:
    """Whether the bend is shown to be 0 everywhere."""
    return is_zero(bend) or (bend.count_ops() <= _LONGEST and is_zero(_terms(bend)))


class _Jet:
    """`E` and its derivatives on balls, by those of g (Leibniz).

    Attributes:
        stretch: Where.
        is_even: Whether one formula holds on both sides of 0.
    """

    def __init__(self, stretch: _Stretch) -> None:
        self.stretch = stretch
        self._sides = stretch.right, stretch.left
        self.is_even = stretch.right.xreplace({x: -x}) == stretch.left
        self._programs: dict[int, tuple[Program, Program]] = {}

    def at(self, ball: Any, *orders: int) -> list[Any]:
        """Derivatives of some orders on a ball; not finite where g may not be analytic."""
        place = acb(ball)
        total = [arb(0) for _ in orders]
        runs = [self._derivative(k) for k in range(max(orders) + 1)]
        for side in range(len(self._sides)):
            values = [run[side](place, True).real for run in runs]  # noqa: FBT003
            for i, n in enumerate(orders):
                for k in range(n + 1):
                    total[i] += comb(n, k) * values[k] * values[n - k] / 2
        return total

    def _derivative(self, order: int) -> tuple[Program, Program]:
        if order not in self._programs:
            right, left = (program(f.diff(x, order)) for f in self._sides)
            self._programs[order] = right, left
        return self._programs[order]

    def bend(self, ball: Any) -> Any:
        """`x E'' - E'`."""
        slope, second = self.at(ball, 1, 2)
        return ball * second - slope

    def sign(self, cell: Any) -> int:
        """The sign that the bend is shown to keep, by its values or by its middle and its slope; else 0."""
        slope, second, third = self.at(cell, 1, 2, 3)
        whole, middle = cell * second - slope, cell.mid()
        if not whole.is_finite():
            return 0
        return sign_of_ball(whole) or sign_of_ball(self.bend(middle) + cell * third * (cell - middle))


def _beside(jet: _Jet, bend: Expr, end: Expr, side: int, room: Any) -> tuple[Any, int | None]:
    """A place beside an end up to which the sign is shown, and that sign.

    Where the bend is 0 at the end, it is the integral of `x E'''` from there; where E is smooth and even at
    0, `E'''` is that of the fourth derivative.
    """
    place = value(end)
    vanishes = end == 0 and (jet.is_even or is_zero(bend.xreplace({x: S.Zero})))
    for k in range(_HALVINGS):
        stop = place + side * room / 2**k
        cell = place.union(stop)
        sign = sign_of_ball(jet.bend(cell))
        if not sign and vanishes:
            sign = sign_of_ball(jet.at(cell, _ORDER if jet.is_even else 3)[0])
        if sign:
            return _inward(stop, side), sign
    for start in map(arb, _STARTS if bend.count_ops() <= _LONGEST else ()):
        found = bound(bend, Place(start, side, end)).sign
        if found:
            return _inward(place + side * (-start).exp(), side), found
    return _inward(stop, side), None


def _inward(place: Any, side: int) -> Any:
    """An exact number that a stretch whose end is near surely reaches."""
    return place.lower() if side > 0 else place.upper()


def _beyond(bend: Expr, near: Any) -> tuple[Any, int | None]:
    """A place from which on the sign is shown far out, and that sign."""
    terms = _terms(bend) if bend.count_ops() <= _LONGEST else bend
    for unit in (arb(t) for t in _SAMPLE):
        if unit > near:
            sign = bound(terms, Place(arb(1), 1, None, unit)).sign
            if sign:
                return unit, sign
    return arb(_FARTHEST), None


def _between(jet: _Jet, low: Any, high: Any) -> Iterator[int | None]:
    """The signs on a closed interval, the widest parts first."""
    pending = deque([(low, high)])
    for _ in range(_MOST_INTERVALS):
        if not pending:
            return
        a, b = pending.popleft()
        middle = ((a + b) / 2).mid()
        sign = jet.sign(a.union(b))
        if not sign:
            pending += [(a, middle), (middle, b)]
        yield from filter(None, [sign or sign_of_ball(jet.bend(middle))])
    if pending:
        yield None


def _terms(bend: Expr) -> Expr:
    """The same with its terms over one denominator, so that none of them cancel."""
    above, below = fraction(together(bend.rewrite(exp)))
    return factor_terms(above.expand()) / below
