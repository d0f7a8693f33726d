"""What users of a framework name an activation by, as an `Activation`."""

from collections.abc import Callable
from typing import Any

from sympy import Expr, FunctionClass

from symbolic_init.activation import Activation, Source
from symbolic_init.activation import activation as read

__all__ = ["read_activation"]


def read_activation(given: Source, trace: Callable[[Callable[[Any], Any]], Expr]) -> Activation:
    """Return the activation that a name, a text, an expression or a function of an array stands for.

    Args:
        given: What the user gave.
        trace: Reads a function of the framework.

    Raises:
        SymbolicInitError: If it cannot be read.

    Examples:
        >>> read_activation("relu", trace=NotImplemented).expression
        Max(0, x)
    """
    if isinstance(given, Activation | Expr | FunctionClass | str) or not callable(given):
        return read(given)
    return read(trace(given))
