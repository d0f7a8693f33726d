"""The number that an unevaluated `Root` stands for."""

from typing import Any

from flint import arb, ctx
from sympy import Rational

from symbolic_init.errors import PrecisionError
from symbolic_init.moments.ball import value_ball
from symbolic_init.moments.compilation import sign_of_ball
from symbolic_init.notation import Root

__all__ = ["root_ball"]

_FIRST_BITS = 48
_MOST_STEPS = 400


def root_ball(head: Root, *, bits: int) -> arb:
    """Return the zero of a function between the bounds of a `Root`, to `bits` bits.

    Both ends of the ball show different signs, so a continuous function has a zero in it.

    Raises:
        PrecisionError: If no change of sign is seen between the bounds.
    """
    low, high = (Rational(b) for b in head.bracket)

    def function(t: Rational, precision: int) -> Any:
        return value_ball(head.function, substitution={head.variable: t}, bits=precision)

    at_low, at_high = function(low, _FIRST_BITS), function(high, _FIRST_BITS)
    for end, value in ((low, at_low), (high, at_high)):
        if value.contains(0):
            return _ball(end, end)
    if sign_of_ball(at_low) == sign_of_ball(at_high):
        msg = f"no change of sign is seen between {low} and {high} in {head.function}"
        raise PrecisionError(msg)
    work, width = _FIRST_BITS, high - low
    for _ in range(_MOST_STEPS):
        if _is_narrow(low, high, bits):
            return _ball(low, high)
        guess = _secant(low, high, at_low, at_high)
        # Two points around the guess: if the zero is between them, the bracket shrinks at once.
        for t in _beside(guess, low, high, work):
            value = function(t, work)
            found = sign_of_ball(value)
            if found == sign_of_ball(at_low):
                low, at_low = t, value
            elif found == sign_of_ball(at_high):
                high, at_high = t, value
            else:
                work = min(2 * work, 2 * bits + 64)
                if value.rad() == 0:
                    return _ball(t, t)
        if (high - low) * 2 > width:
            middle = _short((low + high) / 2, low, high)
            value = function(middle, work)
            if sign_of_ball(value) == sign_of_ball(at_low):
                low, at_low = middle, value
            elif sign_of_ball(value):
                high, at_high = middle, value
        width = high - low
        work = min(2 * bits + 64, max(work, 2 * _resolved(low, high) + 16))
    msg = f"the zero of {head.function} between {low} and {high} cannot be told to {bits} bits"
    raise PrecisionError(msg)


def _resolved(low: Rational, high: Rational) -> int:
    """Bits that two bounds agree on."""
    ratio = max(abs(low), abs(high)) / (high - low)
    return int(ratio).bit_length()


def _is_narrow(low: Rational, high: Rational, bits: int) -> bool:
    return high == low or _resolved(low, high) > bits + 1


def _ball(low: Rational, high: Rational) -> arb:
    with ctx.workprec(ctx.prec + 64):
        ends = [arb(int(t.p)) / int(t.q) for t in (low, high)]
        return ends[0].union(ends[1])


def _secant(low: Rational, high: Rational, at_low: Any, at_high: Any) -> Rational:
    with ctx.workprec(max(64, 2 * _resolved(low, high) + 64)):
        share = at_low / (at_low - at_high)
        part = share.mid().fmpq() if share.is_finite() and 0 < share < 1 else None
    middle = Rational(1, 2) if part is None else Rational(int(part.p), int(part.q))
    return low + (high - low) * middle


def _beside(guess: Rational, low: Rational, high: Rational, work: int) -> tuple[Rational, ...]:
    """Points on both sides of a guess, within the bracket."""
    gap = (high - low) / 2 ** min(max(6, _resolved(low, high)), work)
    points = (_short(guess - gap, low, high), _short(guess + gap, low, high))
    return tuple(t for t in points if low < t < high)


def _short(t: Rational, low: Rational, high: Rational) -> Rational:
    """A dyadic number close to `t` on the scale of the bracket."""
    unit = Rational(1, 2 ** (2 * _resolved(low, high) + 40 + int(1 / (high - low)).bit_length()))
    return (t / unit).floor() * unit
