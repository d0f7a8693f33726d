"""How deep a signal or a gradient reaches: e-folding depths."""

from sympy import log

from symbolic_init.errors import SymbolicInitError
from symbolic_init.evidence import Value

__all__ = ["depth_scale"]

_MARGINAL = 1e-9
"""How far from 1 a factor must be to have a depth scale."""


def depth_scale(factor: Value | None) -> Value | None:
    """Return `-1/ln|factor|`: layers in which `factor**layers` falls to 1/e; negative where it grows.

    `None` where there is none: for a factor of 0 or +-1, an infinite one, or one with parameters.

    References:
        schoenholz2017, sections 3 and 4.

    Examples:
        >>> from sympy import Rational
        >>> depth_scale(Value(definition=Rational(1, 2), kind="exact")).definition
        1/log(2)
    """
    if factor is None or factor.definition.free_symbols or factor.is_infinite:
        return None
    try:
        number = abs(float(factor))
    except SymbolicInitError:
        return None
    if number == 0 or abs(number - 1) < _MARGINAL:
        return None
    if factor.definition.is_Rational:
        return Value(definition=-1 / log(abs(factor.definition)), kind=factor.kind)
    return Value(definition=-2 / log(factor.definition**2, evaluate=False), kind=factor.kind)
