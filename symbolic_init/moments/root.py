"""The number that an unevaluated `Root` stands for."""

from fractions import Fraction
from typing import Any

from flint import arb, ctx, fmpq
from sympy import Expr, Rational

from symbolic_init.errors import PrecisionError, SymbolicInitError
from symbolic_init.moments.ball import working_value
from symbolic_init.moments.compilation import sign_of_ball
from symbolic_init.notation import Root

__all__ = ["changes_sign", "proven_root", "root_ball"]

_GUARD = 16
"""Bits beyond those asked for: in the values, and in the last step."""
_FIRST_BITS, _MORE_BITS = 72, 48
"""Precision of the first values, and what each step adds: far from the zero few bits matter."""
_FEW_BITS = 16
"""Bits of a place at which a sign is asked for that need not be near the zero."""
_MOST_STEPS = 200


def root_ball(head: Root, *, bits: int) -> arb:
    """Return the zero of a function between the bounds of a `Root`, to `bits` bits.

    The zero is bracketed and found by the secant rule with Illinois weights. The ball spans the last
    step of the search; it is an estimate, not a bound.

    Raises:
        PrecisionError: If no change of sign is seen between the bounds.
    """
    work = bits + _GUARD
    unit = Fraction(1, 2 ** (work - _magnitude(head)))

    def function(t: Fraction, turn: int) -> Fraction:
        level = min(work + _GUARD, _FIRST_BITS + _MORE_BITS * turn)
        with ctx.workprec(level):
            place = Rational(t.numerator, t.denominator)
            return _middle(working_value(head.function, substitution={head.variable: place}, bits=level).real)

    low, high = (Fraction(int(b.p), int(b.q)) for b in head.bracket)
    at_low, at_high = function(low, 0), function(high, 0)
    if 0 in (at_low, at_high):
        return _ball(low if at_low == 0 else high, Fraction(0), work)
    if (at_low > 0) == (at_high > 0):
        msg = f"no change of sign is seen between {head.bracket[0]} and {head.bracket[1]} in {head.function}"
        raise PrecisionError(msg)
    last, side = high, 0
    for turn in range(_MOST_STEPS):
        share = at_low / (at_low - at_high)
        t = round((low + (high - low) * share) / unit) * unit
        step, last = abs(t - last), t
        if step <= unit * 2 ** (_GUARD // 2):
            return _ball(t, 2 * step + unit, work)
        value = function(t, turn) or function(t, _MOST_STEPS)  # 0 at a low precision says little
        if value == 0:
            return _ball(t, unit, work)
        if (value > 0) == (at_high > 0):
            high, at_high, at_low = t, value, at_low / 2 if side > 0 else at_low
            side = 1
        else:
            low, at_low, at_high = t, value, at_high / 2 if side < 0 else at_high
            side = -1
    msg = f"the zero of {head.function} near {float(last):.6g} cannot be told to {bits} bits"
    raise PrecisionError(msg)


_WIDENINGS = 5
_LITTLE_SLACK, _SLACK = 16, 64
"""Bits beyond those of the place in the value of which only the sign is asked: at first, and then."""


def changes_sign(head: Root, *, proven: bool = False) -> bool:
    """Return whether the function has different signs at the bounds, as seen in balls, or proven there."""
    try:
        signs = [_sign(head, bound, _FEW_BITS, proven=proven) for bound in head.bracket]
    except SymbolicInitError:
        return False
    return signs[0] * signs[1] < 0


def proven_root(head: Root, *, bits: int, near: Any = None) -> arb:
    """Return a proven enclosure of a zero of a continuous function between the bounds of a `Root`.

    The zero is first estimated; then the function is shown to have different signs a little below and above.

    Args:
        head: The zero.
        bits: Binary digits.
        near: What `root_ball` returned for so many bits, if it is known.

    Raises:
        PrecisionError: If that cannot be shown.
    """
    middle = (root_ball(head, bits=bits) if near is None else near).mid()
    center = _middle(arb(middle))
    low, high = (Fraction(int(b.p), int(b.q)) for b in head.bracket)
    unit = Fraction(1, 2 ** (bits - _magnitude(head)))
    for widening in range(_WIDENINGS):
        width = unit * 16**widening
        ends = max(low, center - width), min(high, center + width)
        places = [Rational(t.numerator, t.denominator) for t in ends]
        signs = [_sign(head, t, bits, proven=True) for t in places]
        if signs[0] * signs[1] < 0:
            return _ball((ends[0] + ends[1]) / 2, (ends[1] - ends[0]) / 2, bits + _GUARD)
    msg = f"that {head.function} is 0 near {float(middle):.10g} cannot be proven to {bits} bits"
    raise PrecisionError(msg)


def _sign(head: Root, place: Expr, bits: int, *, proven: bool) -> int:
    """The sign of the function at a place that differs from the zero in the last of some bits."""
    for precision in (bits + _LITTLE_SLACK, bits + _SLACK, 2 * bits + 2 * _SLACK):
        with ctx.workprec(precision):
            value = working_value(
                head.function, substitution={head.variable: place}, bits=precision, proven=proven
            )
        found = sign_of_ball(value.real) if value.is_finite() else 0
        if found:
            return found
    return 0


def _magnitude(head: Root) -> int:
    """Binary exponent of the larger bound."""
    size = max(abs(b) for b in head.bracket)
    return int(size.p).bit_length() - int(size.q).bit_length()


def _middle(value: Any) -> Fraction:
    """The middle of a real ball, exactly."""
    if not value.is_finite():
        msg = "the function of a root is not finite within its bounds"
        raise PrecisionError(msg)
    middle: fmpq = value.mid().fmpq()
    return Fraction(int(middle.p), int(middle.q))


def _ball(middle: Fraction, radius: Fraction, work: int) -> arb:
    with ctx.workprec(work + _GUARD):
        center, spread = (arb(fmpq(t.numerator, t.denominator)) for t in (middle, radius))
        return center + arb(0, 1) * spread
