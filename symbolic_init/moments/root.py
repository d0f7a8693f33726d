r"""The number that an unevaluated `Root` stands for.

The zero is kept between two places where the function has different signs; it is enclosed if these signs
are proven. Polynomials through the places known so far, as functions of the values there, tell where the
value is 0. The function is looked at there until the zero is known well enough, and then a little below and
above, with just the bits that tell the values from 0.
"""

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import combinations
from typing import Any, NamedTuple

from flint import arb, ctx, fmpq
from sympy import Rational

from symbolic_init.errors import PrecisionError, SymbolicInitError
from symbolic_init.moments.ball import working_value
from symbolic_init.moments.compilation import sign_of_ball
from symbolic_init.moments.extent import log2
from symbolic_init.notation import Root

__all__ = ["changes_sign", "root_ball"]

_FEW_BITS, _SOME_BITS, _STEP = 40, 80, 32
"""Zeros are computed to so many bits, or to a multiple more: who asks for somewhat fewer finds them known."""
_GUARD = 16
"""Bits of the ball beyond those asked for."""
_FIRST_BITS = 48
"""Bits of the values at the bounds."""
_SLACK = 4
"""Bits of the values beside the zero."""
_MORE_BITS = (24, 96, 400)
"""Bits added to see a sign."""
_BESIDE = Fraction(3, 8)
"""How far from an estimate the places beside it are, in the last bit asked for."""
_MARGIN = 6
"""How many times the error that is expected of an estimate they are away at least."""
_MOST_POINTS, _MOST_CHOSEN = 5, 4
"""How many places are known, and how many one polynomial goes through."""
_MOST_STEPS, _HALVING = 400, 5
"""Steps of the search, and every which of them halves the interval whatever has been found."""
_SHARE = Fraction(463, 1000)
"""Where an interval is cut: the cuts stay off the round numbers, where zeros are."""


class _Point(NamedTuple):
    """A place, the value there as a ball, and the bits it was computed with."""

    place: Fraction
    value: Any
    bits: int


class _Bracket(NamedTuple):
    """An interval at whose ends a function has different signs, and what is known near by.

    Attributes:
        low: Lower bound.
        high: Upper bound.
        rises: Whether the sign at the upper bound is positive.
        points: Where the function was looked at, the smallest values first.
    """

    low: Fraction
    high: Fraction
    rises: bool
    points: tuple[_Point, ...]

    def with_point(self, point: _Point) -> "_Bracket":
        """The same with one more point, up to which the interval ends if the sign there is told."""
        points = sorted((point, *self.points), key=lambda p: log2(abs(p.value)))
        sign, low, high = sign_of_ball(point.value), self.low, self.high
        if sign and low < point.place < high:
            low, high = (low, point.place) if (sign > 0) == self.rises else (point.place, high)
        return _Bracket(low, high, self.rises, tuple(points[:_MOST_POINTS]))


def root_ball(head: Root, *, bits: int, proven: bool = False) -> arb:
    """Return the zero of a continuous function between the bounds of a `Root`.

    Args:
        head: The zero.
        bits: Binary digits.
        proven: Whether the different signs on both sides of it must be proven; else the ball is an estimate.

    Raises:
        PrecisionError: If no change of sign is seen between the bounds, or it cannot be told, or proven, to
            so many bits.
    """
    level = next((level for level in (_FEW_BITS, _SOME_BITS) if bits <= level), -(-bits // _STEP) * _STEP)
    found = _narrowed(head, level, proven)
    with ctx.workprec(level + _GUARD):
        return _ball((found.low + found.high) / 2) + arb(0, 1) * _ball((found.high - found.low) / 2)


def changes_sign(head: Root, *, proven: bool = False) -> bool:
    """Return whether the function has different signs at the bounds, as seen in balls, or proven there."""
    try:
        return all(sign_of_ball(point.value) for point in _at_bounds(head, proven).points)
    except SymbolicInitError:
        return False


@lru_cache(maxsize=64)
def _at_bounds(head: Root, proven: bool) -> _Bracket:  # noqa: FBT001 # the key of a cache
    """The bounds; a value of 0 at one of them is taken for a change of sign, unless that must be proven."""
    low, high = (Fraction(int(b.p), int(b.q)) for b in head.bracket)
    points = [_with_sign(head, t, _FIRST_BITS, proven=proven) for t in (low, high)]
    signs = [sign_of_ball(point.value) for point in points]
    if signs[0] * signs[1] > 0 or signs[0] == signs[1] or (proven and 0 in signs):
        msg = f"no change of sign is seen between {head.bracket[0]} and {head.bracket[1]} in {head.function}"
        raise PrecisionError(msg)
    bare = _Bracket(low, high, signs[1] > signs[0], ())
    return bare.with_point(points[0]).with_point(points[1])


@lru_cache(maxsize=256)
def _narrowed(head: Root, bits: int, proven: bool) -> _Bracket:  # noqa: FBT001 # the key of a cache
    """The zero between two places that agree to so many bits."""
    known = _narrowed(head, _SOME_BITS, proven) if bits > _SOME_BITS else _at_bounds(head, proven)
    for step in range(1, _MOST_STEPS):
        unit = _unit(head, known, bits)
        if known.high - known.low <= unit:
            return known
        known = _looked_at(head, known, unit, halved=step % _HALVING == 0, proven=proven)
    msg = f"the zero of {head.function} near {float(known.low):.6g} cannot be told to {bits} bits"
    raise PrecisionError(msg)


def _unit(head: Root, known: _Bracket, bits: int) -> Fraction:
    """The last of some bits of the zero; where that may be 0, the last of twice as many of the bounds."""
    nearest = min(abs(known.low), abs(known.high)) if known.low * known.high > 0 else 0
    largest = max(abs(Fraction(int(b.p), int(b.q))) for b in head.bracket)
    return max(nearest / Fraction(1 << bits), largest / (1 << 2 * bits))


def _looked_at(head: Root, known: _Bracket, unit: Fraction, *, halved: bool, proven: bool) -> _Bracket:
    """The interval after a look at an estimate, or beside it if that is good enough."""
    bits = _needed(known, unit)
    cut = known.low + (known.high - known.low) * _SHARE
    estimate, error = min(((cut, known.high - known.low), *_estimates(known)), key=lambda found: found[1])
    beside = unit * _BESIDE
    is_good = _MARGIN * error <= beside
    see = _with_sign if halved or is_good else _point
    for place in (cut,) if halved else (estimate - beside, estimate + beside) if is_good else (estimate,):
        if known.low < place < known.high:
            known = known.with_point(see(head, _rounded(place, unit), bits, proven=proven))
    return known


def _needed(known: _Bracket, unit: Fraction) -> int:
    """Bits that tell the value beside the zero from 0.

    The slope, and the size of what cancels in the values, are those seen at the points.
    """
    nearest, farthest = known.points[0], known.points[-1]
    with ctx.workprec(_FIRST_BITS):
        slope = abs((farthest.value - nearest.value) / _ball(farthest.place - nearest.place)).lower()
        rise = slope * _ball(unit * _BESIDE)
    size = max(log2(point.value.rad()) + point.bits for point in known.points)
    least = _ratio_bits(max(abs(known.low), abs(known.high)), unit)
    found = size - log2(rise)
    return max(least, math.ceil(found) if math.isfinite(found) else 0) + _SLACK


def _estimates(known: _Bracket) -> Iterator[tuple[Fraction, Fraction]]:
    """Estimates of the zero within the interval, and about how far off they are."""
    nearest, *others = known.points
    with ctx.workprec(2 * max(point.bits for point in known.points)):
        for count in range(1, _MOST_CHOSEN):
            for chosen in combinations(others, count):
                found, error = _through((nearest, *chosen))
                if not (found.is_finite() and error.is_finite()):
                    continue
                place = _fraction(found)
                if known.low <= place <= known.high:
                    distance = abs(place - chosen[-1].place) / max(abs(known.low), abs(known.high))
                    yield place, _fraction(found.rad()) + _fraction(error.mid()) * distance


def _through(points: Sequence[_Point]) -> tuple[Any, Any]:
    """Where the polynomial through points has the value 0, and how far off that of all but the last has.

    The last place mends this distance but for a part of about its own distance from the zero.
    """
    row: list[Any] = []  # what the points from k on give
    before = _ball(points[0].place)
    for last, point in enumerate(points):
        before = row[0] if row else before
        row.append(_ball(point.place))
        for k in reversed(range(last)):
            row[k] += (row[k + 1] - row[k]) * points[k].value / (points[k].value - point.value)
    return row[0], abs(row[0] - before)


def _with_sign(head: Root, place: Fraction, bits: int, *, proven: bool) -> _Point:
    """The function at a place, with more bits if its sign is not told; of that, an error only in a proof.

    Raises:
        PrecisionError: If the sign must be proven, and is not.
    """
    found = _point(head, place, bits, proven=proven)
    for more in _MORE_BITS:
        if sign_of_ball(found.value):
            return found
        found = _point(head, place, bits + more, proven=proven)
    if proven and not sign_of_ball(found.value):
        msg = f"the sign of {head.function} at {float(place):.10g} cannot be proven with {found.bits} bits"
        raise PrecisionError(msg)
    return found


def _point(head: Root, place: Fraction, bits: int, *, proven: bool) -> _Point:
    """The function at a place."""
    at = {head.variable: Rational(place.numerator, place.denominator)}
    with ctx.workprec(bits):
        value = working_value(head.function, substitution=at, bits=bits, proven=proven).real
    if not value.is_finite():
        msg = f"{head.function} was not found to be finite at {float(place):.10g}"
        raise PrecisionError(msg)
    return _Point(place, value, bits)


def _rounded(place: Fraction, unit: Fraction) -> Fraction:
    """A place near by with a short denominator."""
    step = Fraction(2) ** -(_ratio_bits(Fraction(1), unit) + 4)
    return round(place / step) * step


def _ratio_bits(of: Fraction, to: Fraction) -> int:
    """Binary logarithm of a ratio, roughly."""
    ratio = of / to
    return ratio.numerator.bit_length() - ratio.denominator.bit_length()


def _ball(number: Fraction) -> Any:
    return arb(fmpq(number.numerator, number.denominator))


def _fraction(ball: Any) -> Fraction:
    """The middle of a ball."""
    middle: fmpq = ball.mid().fmpq()
    return Fraction(int(middle.p), int(middle.q))
