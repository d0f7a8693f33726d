"""What PyTorch's users name an activation by, as an `Activation`."""

from functools import singledispatch
from typing import Any

from sympy import Expr

from symbolic_init import catalog
from symbolic_init.activation import Activation, Source
from symbolic_init.activation import activation as read
from symbolic_init.errors import AssumptionError
from symbolic_init.torch.tracing import trace

__all__ = ["activation_of"]

_LINEAR = frozenset({"linear", *(f"conv{k}{n}d" for k in ("", "_transpose") for n in (1, 2, 3))})
"""Names of layers that `torch.nn.init.calculate_gain` takes for no activation."""


def activation_of(nonlinearity: Source, param: Any = None) -> Activation:
    """Return the activation that a name, a module, a function or an expression stands for.

    Args:
        nonlinearity: A name of `torch.nn.init.calculate_gain` or of the catalog, text in `x`, a SymPy
            expression, a module or its class, or a function of a tensor.
        param: Value of the first parameter of a name, such as the negative slope of `leaky_relu`.

    Raises:
        SymbolicInitError: If it cannot be read.

    Examples:
        >>> from torch import nn
        >>> activation_of(nn.ELU(alpha=2.0)).expression
        Piecewise((2*exp(x) - 2, x < 0), (x, True))
        >>> activation_of("leaky_relu", 0.2).expression
        Piecewise((x/5, x < 0), (x, True))
    """
    if param is None:
        return _read(nonlinearity)
    entry = catalog.find(nonlinearity) if isinstance(nonlinearity, str) else None
    if entry is None or not entry.parameters:
        msg = f"param = {param} has no meaning for {nonlinearity}; only names with parameters take it"
        raise AssumptionError(msg)
    return read(entry.name, settings={entry.parameters[0].name: param})


@singledispatch
def _read(given: Any) -> Activation:
    """A module or a function, unless it is of a type below."""
    if not callable(given):
        return read(given)  # which says what it takes
    return read(trace(given())) if isinstance(given, type) else read(trace(given))


@_read.register
def _(given: str) -> Activation:
    return read("identity" if given in _LINEAR else given)


@_read.register(Expr)
@_read.register(Activation)
def _(given: Any) -> Activation:
    return read(given)
