"""Digits of numbers, whatever SymPy thinks of them."""

from sympy import Expr, nan

__all__ = ["evaluated"]


def evaluated(value: Expr, digits: int = 15) -> Expr:
    """Return a number in digits as SymPy finds it, perhaps complex; `nan` where it has or finds no value.

    Examples:
        >>> from sympy import erfinv, sqrt
        >>> evaluated(sqrt(2), 5), evaluated(erfinv(2))
        (1.4142, nan)
    """
    try:
        return value.evalf(digits)
    except (ArithmeticError, TypeError, ValueError):
        return nan
