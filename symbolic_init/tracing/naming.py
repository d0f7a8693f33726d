"""The name that the catalog has for an expression."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from sympy import Expr, Symbol

from symbolic_init import catalog
from symbolic_init.activation import activation
from symbolic_init.notation import x

__all__ = ["catalog_name"]

_SECOND = Symbol("y", real=True)


@cache
def _names() -> Mapping[Expr, str]:
    """Names by expression, with the parameters at their defaults; the first entry stands."""
    found: dict[Expr, str] = {}
    for entry in (*catalog.ENTRIES, *catalog.PAIRS):
        found.setdefault(activation(entry.name).expression, entry.name)
    return MappingProxyType(found)


def catalog_name(expression: Expr) -> str:
    """Return the name of an activation of `x`, or of a gated unit of `x` and `y`; else its text.

    Examples:
        >>> from sympy import Max, tanh
        >>> catalog_name(Max(0, x)), catalog_name(2 * tanh(x))
        ('relu', '2*tanh(x)')
    """
    swapped = expression.xreplace({x: _SECOND, _SECOND: x})
    return _names().get(expression) or _names().get(swapped) or str(expression)
