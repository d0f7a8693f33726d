"""Numbers and conditions of a traced function as exact expressions."""

import math
from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from sympy import Expr, Piecewise, Rational, S, exp, log, oo, pi, sqrt
from sympy.logic.boolalg import Boolean

from symbolic_init.errors import UnsupportedError

__all__ = ["as_number", "exact"]

_CONSTANTS = (sqrt(2), sqrt(3), sqrt(pi), sqrt(2 * pi), sqrt(2 / pi), 2 / sqrt(pi), pi, exp(1), log(2))


def _near(value: float) -> tuple[float, ...]:
    """A double and its neighbors: what a short computation may give."""
    return math.nextafter(value, 0), value, math.nextafter(value, math.inf)


_KNOWN: Mapping[float, Expr] = MappingProxyType(
    {
        double: c
        for known in _CONSTANTS
        for c in (known, 1 / known, known / 2, 2 / known)
        for double in _near(float(c.evalf(25)))
    }
)
"""Doubles that stand for a constant, its inverse, its half, or twice its inverse."""


def exact(value: Any) -> Any:
    """Return a constant of a traced function as an exact number; expressions and conditions as they are.

    A double is the rational number of its shortest decimal, unless it is a common constant, such as
    `sqrt(2)` or `sqrt(2/pi)`, to the last digit: then it stands for that.

    Args:
        value: A number, an expression or a condition.

    Raises:
        UnsupportedError: If it is none of them, or not a number.

    Examples:
        >>> exact(0.5), exact(2**0.5), exact(float("inf"))
        (1/2, sqrt(2), oo)
    """
    if isinstance(value, Expr | Boolean):
        return value
    if isinstance(value, bool):
        return S.true if value else S.false
    if isinstance(value, int):
        return Rational(value)
    if isinstance(value, float) and value == value:
        size, is_negative = abs(value), value < 0
        known = oo if math.isinf(size) else _KNOWN.get(size) or Rational(Fraction(repr(float(size))))
        return -known if is_negative else known
    msg = f"{value!r} ({type(value).__name__}) is no number that a function of one number can be built of"
    raise UnsupportedError(msg)


def as_number(value: Any) -> Expr:
    """Return a value for arithmetic: a condition counts as 1 where it holds, else as 0."""
    found = exact(value)
    return found if isinstance(found, Expr) else Piecewise((S.One, found), (S.Zero, True))
