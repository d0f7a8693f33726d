"""Exact numbers from text of bounded length: `3`, `0.125`, `1e-3`, `1/8`."""

import re
from fractions import Fraction

__all__ = ["rational"]

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
