"""Bounds of the form `c*t**k*exp(a*t + b*t**2)` on a half line, and what follows from them."""

from typing import Any, NamedTuple

from flint import arb, fmpq

__all__ = [
    "Growth",
    "difference",
    "exponential_above",
    "exponential_below",
    "infimum",
    "integral_beyond",
    "logarithm",
    "logarithm_below",
    "supremum",
    "total",
]

_LONGEST_EXPONENT = 4000
"""Binary exponents of rates beyond which they are rounded to 0 or given up."""
_LOGARITHM = arb("1.4716")
"""`log(t) <= 4/e*t**(1/4)`, with equality at `t = e**4`."""


class Growth(NamedTuple):
    """The function `factor*t**power*exp(rate*t + square*t**2)` of `t >= start >= 1`.

    Attributes:
        factor: Ball that is not negative; its upper end where this is an upper bound, else its lower end.
        power: Exact, like the next two.
        rate: Coefficient of t in the exponent.
        square: Coefficient of t**2 in the exponent.
    """

    factor: Any
    power: Any = fmpq(0)
    rate: Any = fmpq(0)
    square: Any = fmpq(0)

    @property
    def order(self) -> tuple[Any, Any, Any]:
        """What decides which of two grows faster."""
        return self.square, self.rate, self.power

    def at(self, t: Any) -> Any:
        """Return the value."""
        return self.factor * (self.power * t.log() + self.rate * t + self.square * t * t).exp()

    def times(self, other: "Growth") -> "Growth":
        """Return the product."""
        return Growth(
            self.factor * other.factor,
            self.power + other.power,
            self.rate + other.rate,
            self.square + other.square,
        )

    def raised(self, exponent: Any) -> "Growth":
        """Return a power, for an exact exponent; the factor must be positive where this is not."""
        # Powers of balls that hold negative numbers are not finite, and rounding may have made this one.
        factor = self.factor if exponent == 1 else self.factor.nonnegative_part() ** exponent
        return Growth(factor, self.power * exponent, self.rate * exponent, self.square * exponent)

    def reciprocal(self) -> "Growth":
        """Return 1 over the function; the factor must be positive."""
        return Growth(1 / self.factor, -self.power, -self.rate, -self.square)

    def scaled(self, factor: Any) -> "Growth":
        """Return the product with a number that is not negative."""
        return self._replace(factor=self.factor * factor)


def _is_falling(g: Growth) -> bool:
    return bool(g.square <= 0 and g.rate <= 0 and g.power <= 0)


def supremum(g: Growth, start: Any) -> Any:
    """Return an upper bound for `t >= start`, perhaps infinite.

    Examples:
        >>> supremum(Growth(arb(1), fmpq(1), fmpq(-1)), arb(1)) > arb(-1).exp()
        True
    """
    if g.order == (0, 0, 0) or g.factor == 0:
        return g.factor.upper()
    if _is_falling(g):
        return g.at(start).upper()
    if g.order > (0, 0, 0):
        return arb.pos_inf()
    # The last place where power/t + rate + 2*square*t vanishes; beyond it the function falls.
    if g.square == 0:
        turn = arb(-g.power / g.rate)
    else:
        inside = arb(g.rate * g.rate - 8 * g.square * g.power)
        turn = (-g.rate - inside.nonnegative_part().sqrt()) / arb(4 * g.square) if not inside < 0 else start
    first = g.at(start).upper()
    return first if turn < start else first.max(g.at(turn.max(start)).upper())


def infimum(g: Growth, start: Any) -> Any:
    """Return a lower bound for `t >= start`, which is 0 unless the function never falls."""
    if g.square >= 0 and g.rate >= 0 and g.power >= 0:
        return g.at(start).lower()
    return arb(0)


def total(one: Growth, two: Growth, start: Any) -> Growth:
    """Return an upper bound of a sum that grows no faster than its larger term."""
    large, small = (one, two) if one.order >= two.order else (two, one)
    return large._replace(factor=large.factor + supremum(_ratio(small, large), start))


def difference(large: Growth, small: Growth, start: Any) -> Growth | None:
    """Return a positive lower bound of `large - small`, or `None`."""
    if small.order > large.order:
        return None
    factor = large.factor - supremum(_ratio(small, large), start)
    return large._replace(factor=factor.lower()) if factor > 0 else None


def _ratio(one: Growth, two: Growth) -> Growth:
    """The quotient but for the factor of the second."""
    return Growth(one.factor, one.power - two.power, one.rate - two.rate, one.square - two.square)


def integral_beyond(g: Growth, start: Any) -> Any:
    """Return an upper bound of the integral from `start` to infinity, infinite where none was found.

    The logarithm of the function is concave (a negative power is replaced by its value at the start),
    so that it lies below its tangent, and the integral below the value over the slope.

    Examples:
        >>> integral_beyond(Growth(arb(1), rate=fmpq(-1)), arb(2)) < arb("0.1354")
        True
    """
    if g.factor == 0:
        return arb(0)
    if g.power < 0:
        g = g._replace(factor=g.factor * arb(start) ** arb(g.power), power=fmpq(0))
    slope = -(g.power / start + g.rate + 2 * g.square * start)
    if g.square > 0 or not slope > 0:
        return arb.pos_inf()
    return (g.at(start) / slope).upper()


def exact_above(value: Any) -> Any:
    """Return a short rational above a real ball, or `None` where there is none."""
    end = value.upper()
    if not end.is_finite():
        return None
    mantissa, exponent = end.man_exp()
    size = int(exponent) + int(mantissa).bit_length()
    if mantissa == 0 or (mantissa < 0 and size < -_LONGEST_EXPONENT):
        return fmpq(0)
    if size > _LONGEST_EXPONENT:
        return None if mantissa > 0 else fmpq(-1)
    return fmpq(1, 1 << _LONGEST_EXPONENT) if size < -_LONGEST_EXPONENT else end.fmpq()


def exponential_above(g: Growth, start: Any) -> Growth | None:
    """Return an upper bound of `exp(g)`, or `None` where that grows faster than every Gaussian falls."""
    if g.factor == 0:
        return Growth(arb(1))
    if (g.square, g.rate) > (0, 0):
        return None
    if g.order <= (0, 0, 0) or (g.square, g.rate) < (0, 0):
        return Growth(supremum(g, start).exp())
    degree = 1 if g.power <= 1 else 2
    coefficient = exact_above(g.factor * start ** (g.power - degree) if g.power != degree else g.factor)
    if coefficient is None or g.power > degree:
        return None
    return Growth(arb(1), **{"rate" if degree == 1 else "square": coefficient})


def exponential_below(g: Growth, start: Any) -> Growth:
    """Return a lower bound of `exp(g)` that is at least 1."""
    if g.square < 0 or g.rate < 0 or g.power < 0:
        return Growth(arb(1))
    if g.square > 0 or g.rate > 0:
        # exp(u) >= u**2/2 for u = rate*t or square*t**2.
        extra = 2 if g.rate > 0 else 4
        g = Growth(g.factor * (g.rate or g.square) ** 2 / 2, g.power + extra)
    degree = 2 if g.power >= 2 else 1 if g.power >= 1 else 0
    if degree == 0:
        return Growth(g.at(start).exp())
    coefficient = exact_above(-g.factor * start ** (g.power - degree) if g.power != degree else -g.factor)
    if coefficient is None:
        return Growth(arb(1))
    return Growth(arb(1), **{"rate" if degree == 1 else "square": -coefficient})


def logarithm(g: Growth, start: Any) -> Growth:
    """Return an upper bound of `abs(log(g))`."""
    found = Growth(abs(g.factor.log()))
    if g.power != 0:
        found = total(found, Growth(abs(arb(g.power)) * _LOGARITHM, power=fmpq(1, 4)), start)
    if g.rate != 0:
        found = total(found, Growth(abs(arb(g.rate)), power=fmpq(1)), start)
    if g.square != 0:
        found = total(found, Growth(abs(arb(g.square)), power=fmpq(2)), start)
    return found


def logarithm_below(g: Growth, start: Any) -> Growth | None:
    """Return a positive lower bound of `log(g)` that grows, or `None`."""
    leading = Growth(arb(g.square), power=fmpq(2)) if g.square > 0 else Growth(arb(g.rate), power=fmpq(1))
    if g.square < 0 or leading.factor <= 0 or g.power < 0 or g.rate < 0:
        return None
    base = g.factor.log()
    return leading if base >= 0 else difference(leading, Growth(-base), start)
