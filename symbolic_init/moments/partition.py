"""The line cut where a function switches: on every piece one analytic expression holds, provably."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cmp_to_key, reduce
from itertools import pairwise
from typing import Any, NamedTuple

from flint import acb, arb, ctx, fmpq
from sympy import Expr, Rational

from symbolic_init.errors import PrecisionError, UnsupportedError
from symbolic_init.moments.bounding import bound, is_zero
from symbolic_init.moments.bounds import Place
from symbolic_init.moments.branches import SWITCHES, branch, is_decided, switching
from symbolic_init.moments.compilation import Program
from symbolic_init.moments.cuts import Cut, fixed_cuts, linear_zero, sign_factors
from symbolic_init.moments.proven import program, value
from symbolic_init.notation import x
from symbolic_init.rationals import simplest

__all__ = ["Piece", "pieces_between"]

_MOST_CELLS = 6_000
"""Intervals looked at for the changes of sign of one function."""
_MOST_ASKED = 300
"""Of them, how many are asked about before a switch counts as one that matters."""
_NEWTON_STEPS = 60
_MOST_HALVINGS = 16
"""Of the distance from 0 within which signs are looked for; a function may keep its sign down to 0."""
_MOST_BITS = 2**9
"""Precision from which a sign that is not told is given up."""


Negligible = Callable[[Any, Any], bool]
"""Whether it does not matter how a function switches between two exact places."""


class Piece(NamedTuple):
    """A stretch of the line on all of which an expression without switches equals the function."""

    low: Cut
    high: Cut
    expr: Expr


def pieces_between(
    f: Expr,
    cuts: Sequence[Cut],
    low: float,
    high: float,
    *,
    width: Any,
    is_negligible: Negligible = lambda *_: False,
) -> tuple[tuple[Piece, ...], tuple[Cut, ...]]:
    """Return the pieces of a function on an interval, and the gaps between them.

    That a switch stays as it is on a piece is shown by its sign: for a linear function by its zero, for
    others by enclosures on intervals that are halved until the undecided ones, the gaps, are narrower
    than `width`, or `is_negligible(low, high)` tells that it does not matter how the function switches there.

    Raises:
        PrecisionError: If the switches cannot be separated.
    """
    factors = dict.fromkeys(v for u in switching(f) for v in sign_factors(u))
    others = [u for u in factors if linear_zero(u) is None]
    inner = [c for c in cuts if _overlaps(c, low, high)]
    for u in others:
        inner += [c for c in _changes(u, low, high, width, is_negligible) if _overlaps(c, low, high)]
    ordered = list(_merged(sorted(inner, key=_PLACE), others))
    ordered.insert(0, _end(ordered, low, 0))
    ordered.append(_end(ordered, high, -1))
    pieces: list[Piece] = []
    programs: dict[Expr, Program] = {}
    for left, right in pairwise(ordered):
        inside = ((left.high + right.low) / 2).mid()
        if not left.high < inside < right.low:
            msg = f"the switches of {f} near x = {float(inside):.6g} cannot be told apart"
            raise PrecisionError(msg)
        pieces.append(Piece(left, right, branch(f, inside, programs)))
    return tuple(pieces), tuple(c for c in ordered if c.is_gap)


def _end(ordered: list[Cut], place: float, index: int) -> Cut:
    """The end of the range; it takes up a cut that it lies in."""
    if ordered and not (ordered[index].low > place or ordered[index].high < place):
        cut = ordered.pop(index)
        if cut.low == place and not cut.is_gap:
            return cut
        return Cut(arb(place), cut.high) if index == 0 else Cut(cut.low, arb(place))
    return Cut(arb(place), arb(place))


def _overlaps(cut: Cut, low: float, high: float) -> bool:
    return not (cut.high < low or cut.low > high)


def _compared(one: Cut, two: Cut) -> int:
    left, right = one.low.mid(), two.low.mid()
    return -1 if left < right else int(left > right)


_PLACE = cmp_to_key(_compared)


def _changes(u: Expr, low: float, high: float, width: Any, is_negligible: Negligible) -> list[Cut]:
    """Zeros of a function and intervals outside of which its sign is shown, or it is 0.

    If it switches itself, it is looked at piece by piece; where it switches, there are cuts anyway, as its
    switches are among those of the function that it decides on.
    """
    if not u.has(*SWITCHES):
        return _smooth_changes(u, arb(low), arb(high), width, is_negligible)
    pieces, gaps = pieces_between(u, fixed_cuts(u, max(-low, high)), low, high, width=width)
    found = list(gaps)
    for piece in pieces:
        ends = piece.low.high.lower(), piece.high.low.upper()
        for v in sign_factors(piece.expr.expand()):
            zero = linear_zero(v)
            ball = None if zero is None else value(zero)
            found += (
                _smooth_changes(v, *ends, width, is_negligible) if ball is None else [Cut(ball, ball, zero)]
            )
    return found


def _smooth_changes(u: Expr, low: Any, high: Any, width: Any, is_negligible: Negligible) -> list[Cut]:
    """Zeros of a function and intervals outside of which its sign is shown.

    Far out a difference may die out: then its sign takes more digits.
    """
    precision = ctx.prec
    while True:
        try:
            with ctx.workprec(precision):
                return _separated(u, low, high, width, is_negligible)
        except PrecisionError:
            if precision >= _MOST_BITS:
                raise
            precision *= 8


def _separated(u: Expr, low: Any, high: Any, width: Any, is_negligible: Negligible) -> list[Cut]:
    """The same at the current precision.

    Intervals are halved; where the derivative keeps its sign, Newton's method takes over.
    """
    low, high = low if high <= 0 else -_last_place(u, low, high, -1), _last_place(u, low, high, 1)
    looks = _Looks(program(u), *_slopes(u))
    # Zeros like to be at round numbers: the first cells end elsewhere.
    margin = (high - low) / 37
    pending = [(low - margin, high + margin, (high - low) / 16)]
    found: list[Cut] = []
    left = _MOST_CELLS
    while pending:
        a, b, fineness = pending.pop()
        clusters, gaps, spent = _undecided(looks, a.mid(), b.mid(), fineness, is_negligible)
        found += [Cut(c, d) for c, d in gaps]
        left -= spent
        if left < 0:
            msg = (
                f"the changes of sign of {u} cannot be separated: "
                "there are too many, or it vanishes on an interval"
            )
            raise PrecisionError(msg)
        for c, d in clusters:
            root = None if looks.slope is None else _simple_zero(looks.run, looks.slope, c, d, width)
            root = _multiple_zero(u, c, d) if root is None else root
            if root is not None:
                found += root
            elif d - c < width or fineness < width:
                found.append(Cut(c, d))
            else:
                pending.append((c, d, fineness / 8))
    return found


def _last_place(u: Expr, low: Any, high: Any, side: int) -> Any:
    """Where, on one side, the last change of sign of a function may be: beyond, its bounds tell the sign."""
    far, near = (high, low) if side > 0 else (-low, -high)
    place = far.upper()
    for _ in range(_MOST_HALVINGS):
        if not (place > 0 and place > near):
            break
        unit = arb(2) ** int((place.log() / arb(2).log()).mid().floor().unique_fmpz())
        if bound(u, Place((place / unit).lower().max(arb(1)), side, None, unit)).sign is None:
            break
        far, place = place, (place / 2).mid()
    return far


def _multiple_zero(u: Expr, low: Any, high: Any) -> list[Cut] | None:
    """The zero at the simplest number of an interval, if the function has no other there; else `None`."""
    ends = [Fraction(int(e.fmpq().p), int(e.fmpq().q)) for e in (low.mid(), high.mid())]
    place = simplest(*ends)
    radius = max(place - ends[0], ends[1] - place)
    point = Rational(place.numerator, place.denominator)
    if radius == 0 or not is_zero(u.xreplace({x: point})):
        return None
    start = (-arb(fmpq(radius.numerator, radius.denominator)).log()).floor().lower()
    if not (start >= 1 and _is_settled(point, start, (u,))):
        return None
    ball = value(point)
    return [Cut(ball, ball, point)]


def _slopes(u: Expr) -> tuple[Program | None, Program | None]:
    """The first two derivatives of a smooth function, if they have formulas."""
    try:
        return program(u.diff(x)), program(u.diff(x, 2))
    except UnsupportedError:
        return None, None


class _Looks(NamedTuple):
    """A function and its first two derivatives, if these have formulas."""

    run: Program
    slope: Program | None
    bend: Program | None

    def is_decided(self, low: Any, high: Any) -> bool:
        """Whether the function is shown to keep its sign: by its values at once, or by Taylor's formula."""
        cell = acb(low.union(high))
        if is_decided(self.run(cell).real):
            return True
        if self.slope is None or self.bend is None:
            return False
        middle = acb(cell.real.mid())
        at = self.run(middle).real
        if not is_decided(at) or at == 0:
            return False
        step = cell.real - middle.real
        bent = self.bend(cell, True).real * step * step / 2  # noqa: FBT003
        return is_decided(at + self.slope(middle).real * step + bent)


Stretches = list[tuple[Any, Any]]
"""Intervals by their ends, which are exact."""


def _undecided(
    looks: _Looks, low: Any, high: Any, width: Any, is_negligible: Negligible
) -> tuple[Stretches, Stretches, int]:
    """Where the sign of a function is not shown, where it is negligible, neighbors joined, and the effort."""
    pending = [(low, high)]
    found: tuple[Stretches, Stretches] = [], []
    spent = asked = 0
    while pending and spent < _MOST_CELLS:
        a, b = pending.pop()
        spent += 1
        if looks.is_decided(a, b):
            continue
        if b - a > width:
            middle = ((a + b) / 2).mid()
            pending += [(middle, b), (a, middle)]
            continue
        asked += 1
        stretches = found[1 if asked <= _MOST_ASKED and is_negligible(a, b) else 0]
        if stretches and stretches[-1][1] == a:
            stretches[-1] = (stretches[-1][0], b)
        else:
            stretches.append((a, b))
    return *found, spent if not pending else _MOST_CELLS + 1


def _simple_zero(run: Program, slope: Program, low: Any, high: Any, width: Any) -> list[Cut] | None:
    """The only zero in an interval on which the derivative keeps its sign, or none; `None` if it may not."""
    cell = low.union(high)
    ends = run(acb(low)).real, run(acb(high)).real
    if not (run(acb(cell), True).is_finite() and all(e > 0 or e < 0 for e in ends)):  # noqa: FBT003
        return None
    for step in range(_NEWTON_STEPS):
        steepness = slope(acb(cell), True).real  # noqa: FBT003
        if not steepness.is_finite() or steepness.contains(0):
            return None if step == 0 else [Cut(cell, cell)]
        if (ends[0] > 0) == (ends[1] > 0):
            return []
        middle = cell.mid()
        new = middle - run(acb(middle)).real / steepness
        closer = new.intersection(cell) if new.is_finite() else cell
        if closer.rad() < width or closer.rad() * 2 > cell.rad():
            return [Cut(closer, closer)]
        cell = closer
    return [Cut(cell, cell)]


def _merged(cuts: Sequence[Cut], others: Sequence[Expr]) -> tuple[Cut, ...]:
    """Join cuts that overlap."""
    clusters: list[list[Cut]] = []
    top = arb.neg_inf()
    for cut in cuts:
        if clusters and not cut.low.lower() > top:
            clusters[-1].append(cut)
            top = top.max(cut.high.upper())
        else:
            clusters.append([cut])
            top = cut.high.upper()
    return tuple(c[0] if len(c) == 1 else _joined(c, others) for c in clusters)


def _joined(cluster: Sequence[Cut], others: Sequence[Expr]) -> Cut:
    """One cut for several that overlap: the one that is known, if all switches are settled there."""
    low = reduce(arb.min, (c.low.lower() for c in cluster))
    high = reduce(arb.max, (c.high.upper() for c in cluster))
    known = [c for c in cluster if c.point is not None]
    if len(known) == 1:
        radius = (known[0].low - low).max(high - known[0].low).upper()
        start = (-radius.log()).floor().lower()
        if radius == 0 or (start >= 1 and _is_settled(known[0].point, start, others)):
            return known[0]
    return Cut(low, high, None, any(c.is_singular for c in cluster))


def _is_settled(point: Any, start: Any, others: Sequence[Expr]) -> bool:
    """Whether every function keeps its sign up to a point, from either side."""
    return all(bound(u, Place(start, side, point)).sign is not None for u in others for side in (1, -1))
