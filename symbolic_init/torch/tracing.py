"""From an elementwise function of PyTorch to an expression, through torch.fx."""

import copy
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any, final

import torch
from sympy import Expr
from torch import fx, nn

from symbolic_init.activation import activation
from symbolic_init.callables import ArrayFunction
from symbolic_init.errors import EstimateWarning, UnsupportedError
from symbolic_init.notation import x
from symbolic_init.torch.operations import TORCH_OPERATIONS, operation_name
from symbolic_init.tracing import as_number, called, confirmed, elementwise

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
    run = _on_array(fn)
    found, fault = confirmed(partial(_read, fn), partial(elementwise, run), _name(fn))
    if found is not None:
        return found
    warnings.warn(f"{fault}; its means are estimated by quadrature", EstimateWarning, stacklevel=2)
    return activation(ArrayFunction(name=_name(fn), on_array=run)).expression


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


def _on_array(fn: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The same function of arrays of numpy, in double precision where it takes that."""
    precise, channels = _on_doubles(fn), _channels(fn)

    def run(places: Any) -> Any:
        at = torch.tensor(places.copy(), dtype=torch.float64)
        at = at[:, None].expand(-1, channels) if channels else at
        with torch.no_grad():
            try:
                found = precise(at)
            except Exception:  # noqa: BLE001  # perhaps it has constants in single precision
                found = called(fn, at.float())
        if not isinstance(found, torch.Tensor) or found.is_complex():
            msg = f"{_name(fn)} gives {type(found).__name__}, not a tensor of real numbers"
            raise UnsupportedError(msg)
        return (_alike(found, fn) if channels else found).double().cpu().numpy()

    return run


def _channels(fn: Callable[[Any], Any]) -> int:
    """How many channels a module has parameters for, or 0 if it has none of that kind."""
    sizes = {p.numel() for p in fn.parameters() if p.dim() == 1} if isinstance(fn, nn.Module) else set()
    return sizes.pop() if len(sizes) == 1 and max(sizes) > 1 else 0


def _alike(found: torch.Tensor, fn: Callable[[Any], Any]) -> torch.Tensor:
    """What all channels have in common."""
    if found.dim() != 2 or not torch.allclose(found, found[:, :1].expand_as(found), equal_nan=True):
        msg = f"{_name(fn)} differs from channel to channel: one function of one number is needed"
        raise UnsupportedError(msg)
    return found[:, 0]


def _name(fn: Callable[[Any], Any]) -> str:
    return str(getattr(fn, "__name__", type(fn).__name__))
