"""Exact numbers: from text of bounded length (`3`, `0.125`, `1e-3`, `1/8`), or in an interval."""

import re
from fractions import Fraction

__all__ = ["rational", "simplest"]

_NUMBER = re.compile(r"[+-]?(\d{1,1000}(\.\d{0,1000})?|\.\d{1,1000})([eE][+-]?\d{1,3})?(/\d{1,1000})?")


def rational(text: str) -> Fraction:
    """Return the exact number that a text denotes.

    Raises:
        ValueError: If it is no decimal and no fraction, or too long to be written out.

    Examples:
        >>> rational("0.125"), rational("1/3")
        (Fraction(1, 8), Fraction(1, 3))
    """
    stripped = text.strip()
    top, _, bottom = stripped.partition("/")
    if not _NUMBER.fullmatch(stripped) or (bottom and int(bottom) == 0):
        msg = f"{text[:80]!r} is not a number; give a decimal or a fraction such as 1/8"
        raise ValueError(msg)
    return Fraction(top) / Fraction(bottom or 1)


def simplest(low: Fraction, high: Fraction) -> Fraction:
    """Return the fraction with the smallest denominator in a closed interval.

    Examples:
        >>> simplest(Fraction("0.3333"), Fraction("0.33334"))
        Fraction(1, 3)
    """
    if low <= 0 <= high:
        return Fraction(0)
    if high < 0:
        return -simplest(-high, -low)
    floor = low.numerator // low.denominator
    if floor == low or floor + 1 <= high:
        return Fraction(floor if floor == low else floor + 1)
    return floor + 1 / simplest(1 / (high - floor), 1 / (low - floor))
