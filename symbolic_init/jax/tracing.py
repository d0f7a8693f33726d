"""From an elementwise function of JAX to an expression, through its jaxpr."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

import jax
import numpy as np
from jax import numpy as jnp
from jax.extend.core import Literal
from sympy import Expr, Max, Min

from symbolic_init.activation import activation
from symbolic_init.errors import EstimateWarning, UnsupportedError
from symbolic_init.notation import x
from symbolic_init.tracing import OPERATIONS, Builder, as_number, called, confirmed

__all__ = ["JAX_OPERATIONS", "trace"]


def _first(u: Any, *_: Any) -> Any:
    """What changes the type or the shape only."""
    return u


def _select(which: Any, *cases: Any) -> Any:
    if len(cases) != 2:
        msg = "a selection between more than two cases is not read"
        raise UnsupportedError(msg)
    return OPERATIONS["where"](which, cases[1], cases[0])


_SHAPES = (
    *("convert_element_type", "broadcast_in_dim", "reshape", "squeeze", "expand_dims", "reduce_precision"),
    *("copy_p", "device_put", "optimization_barrier"),
)

JAX_OPERATIONS: Mapping[str, Builder] = MappingProxyType(
    {
        **OPERATIONS,
        **dict.fromkeys(_SHAPES, _first),
        "max": lambda a, b: Max(as_number(a), as_number(b)),
        "min": lambda a, b: Min(as_number(a), as_number(b)),
        "clamp": lambda low, u, high: OPERATIONS["clip"](u, low, high),
        "select_n": _select,
        "is_finite": lambda _: True,
    }
)
"""By the name of the primitive."""

_PARAMETRIC: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {"integer_pow": lambda u, *, y: as_number(u) ** int(y)}
)
"""Primitives that need a parameter of the equation."""

_WHOLE = frozenset({"logaddexp"})
"""Functions whose definition hides what they are: they are taken whole."""

_INNER = ("jaxpr", "call_jaxpr", "fun_jaxpr")


def trace(fn: Callable[[Any], Any]) -> Expr:
    """Return the expression in `x` of an elementwise function of one array.

    All usual elementwise primitives are read, also through `jit`, `custom_jvp` and constants that are one
    number. The expression is compared with the function at 432 places; if it cannot be read or is not the
    same, the function itself is taken, of which every mean is an estimate, and a warning says why.

    Args:
        fn: Any function that JAX can trace, such as those of `jax.nn`, or a module of Equinox.

    Raises:
        SymbolicInitError: If the function has no finite real value somewhere, or is not elementwise.

    Examples:
        >>> trace(lambda u: u * jax.nn.sigmoid(1.702 * u))
        x/(1 + exp(-851*x/500))
        >>> trace(jax.nn.softplus)
        log(exp(x) + 1)
    """
    name = getattr(fn, "__name__", type(fn).__name__)
    found, fault = confirmed(partial(_read, fn), partial(_values, fn), name)
    if found is not None:
        return found
    warnings.warn(f"{fault}; its means are estimated by quadrature", EstimateWarning, stacklevel=2)
    return activation(_on_floats(fn)).expression


def _read(fn: Callable[[Any], Any]) -> Expr:
    """The expression of a function, unchecked."""
    with jax.enable_x64(True):  # noqa: FBT003  # constants in double precision
        closed = called(jax.make_jaxpr(lambda u: fn(u)), jax.ShapeDtypeStruct((), jnp.float64))
    results = _run(closed.jaxpr, closed.consts, [x])
    if len(results) != 1:
        msg = f"it returns {len(results)} arrays"
        raise UnsupportedError(msg)
    return as_number(results[0])


def _run(jaxpr: Any, constants: Sequence[Any], arguments: Sequence[Any]) -> list[Any]:
    """What the equations of a jaxpr make of expressions."""
    values = dict(zip(jaxpr.constvars, map(_number, constants), strict=True))
    values |= zip(jaxpr.invars, arguments, strict=True)

    def of(atom: Any) -> Any:
        return _number(atom.val) if isinstance(atom, Literal) else values[atom]

    for equation in jaxpr.eqns:
        results = _equation(equation, [of(a) for a in equation.invars])
        values |= zip(equation.outvars, results, strict=True)
    return [of(a) for a in jaxpr.outvars]


def _equation(equation: Any, arguments: list[Any]) -> list[Any]:
    name, params = equation.primitive.name, equation.params
    inner = next((params[key] for key in _INNER if key in params), None)
    if inner is not None and name not in ("scan", "while", "cond"):
        jaxpr = getattr(inner, "jaxpr", inner)
        called = getattr(getattr(jaxpr, "debug_info", None), "func_name", "")
        if name.startswith("custom_") and called in _WHOLE:
            return [OPERATIONS[called](*arguments)]
        return _run(jaxpr, getattr(inner, "consts", ()), arguments)
    if name in _PARAMETRIC:
        return [_PARAMETRIC[name](*arguments, y=params["y"])]
    if name not in JAX_OPERATIONS:
        msg = f"`{name}` is not an elementwise operation known here"
        raise UnsupportedError(msg)
    return [JAX_OPERATIONS[name](*arguments)]


def _number(value: Any) -> Any:
    """The number that a constant array is full of, as its shortest decimal in its own precision."""
    array = np.asarray(value)
    if array.size == 0 or not (array == array.flat[0]).all():
        msg = f"an array of shape {array.shape} whose entries differ is no single number"
        raise UnsupportedError(msg)
    entry = array.flat[0]
    if array.dtype.kind == "b":
        return bool(entry)
    return int(entry) if array.dtype.kind in "iu" else float(str(entry))


def _values(fn: Callable[[Any], Any], places: Sequence[float]) -> Sequence[float]:
    """The values of a function in double precision."""
    with jax.enable_x64(True):  # noqa: FBT003  # as above
        at = jnp.array(places, dtype=jnp.float64)
        found, alone = called(fn, at), called(fn, at[:1])
        shape = getattr(found, "shape", None)
        if shape != at.shape or not jnp.allclose(alone, found[:1], equal_nan=True):
            msg = "it is not elementwise: what it makes of one number depends on the others, or is no number"
            raise UnsupportedError(msg)
        return [float(v) for v in found]


def _on_floats(fn: Callable[[Any], Any]) -> Callable[[Any], float]:
    """The same function from numbers to numbers."""

    def value(place: Any) -> float:
        with jax.enable_x64(True):  # noqa: FBT003  # as above
            return float(fn(jnp.array([float(place)], dtype=jnp.float64))[0])

    value.__name__ = getattr(fn, "__name__", type(fn).__name__)
    return value
