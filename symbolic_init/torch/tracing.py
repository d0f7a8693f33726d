"""From an elementwise function of PyTorch to an expression, through torch.fx."""

import copy
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, final

import torch
from sympy import Expr
from torch import fx, nn

from symbolic_init.activation import activation
from symbolic_init.errors import EstimateWarning, UnsupportedError
from symbolic_init.notation import x
from symbolic_init.torch.operations import TORCH_OPERATIONS, operation_name
from symbolic_init.tracing import as_number, called, confirmed

__all__ = ["apply", "trace", "uniform"]


def uniform(tensor: torch.Tensor) -> float:
    """Return the number that a constant tensor is full of, as its shortest decimal in its own precision.

    Raises:
        UnsupportedError: If its entries differ, or it has none.
    """
    flat = tensor.detach().reshape(-1)
    if len(flat) == 0 or not bool((flat == flat[0]).all()):
        msg = f"a tensor of shape {tuple(tensor.shape)} whose entries differ is no single number"
        raise UnsupportedError(msg)
    value = flat[0].cpu()
    if not value.dtype.is_floating_point:
        return float(value.item())
    narrow = value.float().numpy() if value.dtype != torch.float64 else value.numpy()
    return float(str(narrow))


@final
class _Tracer(fx.Tracer):  # type: ignore[misc]  # torch is not type-checked here
    """A tracer that looks into every module, and takes parameters as the numbers that they are."""

    def call_module(
        self,
        m: nn.Module,  # noqa: ARG002  # the name of fx
        forward: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any:
        return forward(*args, **kwargs)

    def getattr(self, attr: str, attr_val: Any, parameter_proxy_cache: dict[str, Any]) -> Any:  # noqa: ARG002
        return attr_val

    def create_arg(self, a: Any) -> Any:
        return uniform(a) if isinstance(a, torch.Tensor) else super().create_arg(a)


def trace(fn: Callable[[Any], Any]) -> Expr:
    """Return the expression in `x` of an elementwise function of one tensor.

    All usual elementwise operations are read, also comparisons, `torch.where`, clamping, and what modules
    compute with parameters that are one number (`PReLU`). The expression is compared with the function at
    432 places; if it cannot be read or is not the same, the function itself is taken, of which every mean
    is an estimate, and a warning says why.

    Args:
        fn: A module in the state in which it is used after training (no dropout), or any callable.

    Raises:
        SymbolicInitError: If the function has no finite real value somewhere.

    Examples:
        >>> trace(lambda u: u * torch.sigmoid(1.702 * u))
        x/(1 + exp(-851*x/500))
        >>> trace(nn.PReLU(init=0.5))
        Piecewise((x/2, x < 0), (x, True))
    """
    name = getattr(fn, "__name__", type(fn).__name__)
    found, fault = confirmed(partial(_read, fn), partial(_values, fn), name)
    if found is not None:
        return found
    warnings.warn(f"{fault}; its means are estimated by quadrature", EstimateWarning, stacklevel=2)
    return activation(_on_floats(fn)).expression


def _read(fn: Callable[[Any], Any]) -> Expr:
    """The expression of a function, unchecked."""
    used = copy.deepcopy(fn).train(mode=False) if isinstance(fn, nn.Module) else fn
    graph = called(_Tracer().trace, lambda u: used(u))  # a plain function, whatever `fn` is
    values: dict[fx.Node, Any] = {}
    for node in graph.nodes:
        if node.op == "placeholder":
            values[node] = x
        elif node.op == "output":
            return as_number(fx.node.map_arg(node.args[0], values.__getitem__))
        else:
            values[node] = apply(node, values)
    msg = "it returns nothing"
    raise UnsupportedError(msg)


def apply(node: fx.Node, values: dict[fx.Node, Any]) -> Any:
    """Return the expression of one operation of a graph from those of its arguments.

    Raises:
        UnsupportedError: If it is not elementwise, or not known.
    """
    name = operation_name(node.target) if node.op in ("call_function", "call_method") else ""
    if not name:
        msg = f"`{getattr(node.target, '__name__', node.target)}` is not an elementwise operation known here"
        raise UnsupportedError(msg)
    args, kwargs = fx.node.map_arg((node.args, node.kwargs), values.__getitem__)
    try:
        return TORCH_OPERATIONS[name](*args, **kwargs)
    except TypeError as err:
        msg = f"`{name}` is not elementwise when called so: {err}"
        raise UnsupportedError(msg) from err


def _on_doubles(fn: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A module in double precision, as it is after training; other callables as they are."""
    return copy.deepcopy(fn).double().train(mode=False) if isinstance(fn, nn.Module) else fn


def _values(fn: Callable[[Any], Any], places: Sequence[float]) -> Sequence[float]:
    """The values of a function, in double precision where it takes that."""
    at = torch.tensor(places, dtype=torch.float64)
    with torch.no_grad():
        try:
            found = (fn := _on_doubles(fn))(at)
            alone = fn(at[:1])
        except Exception:  # noqa: BLE001  # perhaps it has constants in single precision
            found, alone = called(fn, at.float()), called(fn, at[:1].float())
    if (
        not isinstance(found, torch.Tensor)
        or found.shape != at.shape
        or not torch.allclose(alone, found[:1], equal_nan=True)
    ):
        msg = "it is not elementwise: what it makes of one number depends on the others, or is no number"
        raise UnsupportedError(msg)
    return [float(v) for v in found]


def _on_floats(fn: Callable[[Any], Any]) -> Callable[[Any], float]:
    """The same function from numbers to numbers."""
    run = _on_doubles(fn)

    def value(place: Any) -> float:
        with torch.no_grad():
            return float(run(torch.tensor([float(place)], dtype=torch.float64))[0])

    value.__name__ = getattr(fn, "__name__", type(fn).__name__)
    return value
