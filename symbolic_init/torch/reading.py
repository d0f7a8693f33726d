"""What PyTorch's users name an activation by, as an `Activation`."""

from typing import Any

from symbolic_init import catalog
from symbolic_init.activation import Activation, Source
from symbolic_init.activation import activation as read
from symbolic_init.errors import AssumptionError
from symbolic_init.torch.tracing import trace
from symbolic_init.tracing import read_activation

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
    if param is not None:
        return _with_parameter(nonlinearity, param)
    if isinstance(nonlinearity, str) and nonlinearity in _LINEAR:
        return read("identity")
    return read_activation(nonlinearity() if isinstance(nonlinearity, type) else nonlinearity, trace)


def _with_parameter(name: Source, param: Any) -> Activation:
    entry = catalog.find(name) if isinstance(name, str) else None
    if entry is None or not entry.parameters:
        msg = f"param = {param} has no meaning for {name}; only names with parameters take it"
        raise AssumptionError(msg)
    return read(entry.name, settings={entry.parameters[0].name: param})
