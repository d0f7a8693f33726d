"""PyTorch's elementwise operations that the shared table does not have as they are."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from sympy import Expr, Heaviside, Max, Min

from symbolic_init.errors import UnsupportedError
from symbolic_init.tracing import OPERATIONS, Builder, as_number, unit

__all__ = ["TORCH_OPERATIONS", "operation_name"]


def _catalog(entry: str, *parameters: tuple[str, str, Any]) -> Builder:
    """A builder for an activation of the catalog, from torch's signature.

    Args:
        entry: Name in the catalog.
        parameters: Torch's name, the catalog's, and torch's default, in torch's order. What else is given,
            such as `inplace`, does not change the value.
    """
    names = [theirs for theirs, _, _ in parameters]

    def build(u: Any, *arguments: Any, **named: Any) -> Expr:
        given = dict(zip(names, arguments, strict=False)) | named
        return unit(entry, u, **{ours: given.get(theirs, value) for theirs, ours, value in parameters})

    return build


def _add(a: Any, b: Any, *, alpha: Any = 1) -> Expr:
    return as_number(a) + as_number(alpha) * as_number(b)


def _sub(a: Any, b: Any, *, alpha: Any = 1) -> Expr:
    return as_number(a) - as_number(alpha) * as_number(b)


def _gelu(u: Any, approximate: str = "none") -> Expr:
    return unit("gelu" if approximate == "none" else "gelu_tanh", u)


def _clamp(u: Any, min: Any = None, max: Any = None) -> Any:  # noqa: A002  # torch's names
    return OPERATIONS["clip"](u, min, max)


def _no_axis(b: Any) -> Expr:
    """The second argument of `torch.max`, where it is no axis."""
    if not isinstance(b, Expr):
        msg = "the maximum or minimum along an axis is not elementwise"
        raise UnsupportedError(msg)
    return b


def _dropout(u: Any, *_: Any, training: bool = True, **__: Any) -> Any:
    if training:
        msg = "dropout is random; the activation is what is used after training"
        raise UnsupportedError(msg)
    return u


def _rrelu(u: Any, lower: Any = 1 / 8, upper: Any = 1 / 3, *flags: Any, **named: Any) -> Expr:
    if named.get("training", bool(flags and flags[0])):
        msg = "the slope of rrelu is drawn anew for each input in training"
        raise UnsupportedError(msg)
    return unit("leaky_relu", u, a=(as_number(lower) + as_number(upper)) / 2)


def _attribute(_: Any, name: str) -> None:
    if name not in ("dtype", "device", "shape"):
        msg = f"the attribute {name} of a tensor has no meaning for one number"
        raise UnsupportedError(msg)


def _first(u: Any, *_: Any, **__: Any) -> Any:
    """What changes the type or the place in memory only, and what makes a constant."""
    return u


_FIRST = ("to", "float", "double", "half", "type", "type_as", "tensor", "as_tensor", "scalar_tensor")

TORCH_OPERATIONS: Mapping[str, Builder] = MappingProxyType(
    {
        **OPERATIONS,
        **{name: _catalog(name) for name in ("relu", "relu6", "selu", "silu", "mish")},
        **dict.fromkeys(_FIRST, _first),
        **dict.fromkeys(("clamp", "clip"), _clamp),
        **dict.fromkeys(("sub", "subtract"), _sub),
        "add": _add,
        "rsub": lambda a, b, *, alpha=1: _sub(b, a, alpha=alpha),
        "float_power": OPERATIONS["pow"],
        "max": lambda a, b: Max(as_number(a), _no_axis(b)),
        "min": lambda a, b: Min(as_number(a), _no_axis(b)),
        "clamp_min": lambda u, low: _clamp(u, low),
        "clamp_max": lambda u, high: _clamp(u, None, high),
        "gelu": _gelu,
        "hardswish": _catalog("hard_silu"),
        "hardsigmoid": _catalog("hard_sigmoid"),
        "leaky_relu": _catalog("leaky_relu", ("negative_slope", "a", 0.01)),
        "prelu": _catalog("leaky_relu", ("weight", "a", None)),
        "rrelu": _rrelu,
        "elu": _catalog("elu", ("alpha", "alpha", 1.0)),
        "celu": _catalog("celu", ("alpha", "alpha", 1.0)),
        "softplus": _catalog("softplus", ("beta", "beta", 1.0)),  # torch cuts it off where that is rounding
        "hardtanh": _catalog("hard_tanh", ("min_val", "low", -1.0), ("max_val", "high", 1.0)),
        "threshold": _catalog("threshold", ("threshold", "theta", None), ("value", "value", None)),
        "hardshrink": _catalog("hard_shrink", ("lambd", "lam", 0.5)),
        "softshrink": _catalog("soft_shrink", ("lambd", "lam", 0.5)),
        "masked_fill": lambda u, mask, value: OPERATIONS["where"](mask, value, u),
        "lerp": lambda a, b, weight: as_number(a) + as_number(weight) * (as_number(b) - as_number(a)),
        "addcmul": lambda a, b, c, *, value=1: _add(a, as_number(b) * as_number(c), alpha=value),
        "addcdiv": lambda a, b, c, *, value=1: _add(a, as_number(b) / as_number(c), alpha=value),
        "heaviside": lambda u, values: Heaviside(as_number(u), as_number(values)),
        "full_like": lambda _, value: as_number(value),
        "dropout": _dropout,
        "getattr": _attribute,
    }
)
"""By name: `torch.NAME`, `torch.nn.functional.NAME`, `Tensor.NAME`, also with a trailing underscore."""

_HOMES = ("torch", "_operator", "operator", "builtins")


def operation_name(target: Any) -> str:
    """Return the name in `TORCH_OPERATIONS` of a function or a method in a graph, or the empty string.

    Args:
        target: A function of torch or of `operator`, or the name of a method.

    Examples:
        >>> import torch
        >>> operation_name(torch.special.erf), operation_name("relu_"), operation_name(print)
        ('erf', 'relu', '')
    """
    if not isinstance(target, str):
        home = getattr(target, "__module__", None) or "torch"
        if home.partition(".")[0] not in _HOMES:
            return ""
        target = getattr(target, "__name__", "")
    name = str(target).removeprefix("special_").strip("_")
    return name if name in TORCH_OPERATIONS else ""
