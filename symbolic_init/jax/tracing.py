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
from symbolic_init.callables import ArrayFunction
from symbolic_init.errors import EstimateWarning, UnsupportedError
from symbolic_init.notation import x
from symbolic_init.tracing import OPERATIONS, Builder, as_number, called, confirmed, elementwise

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
    run = _on_array(fn)
    found, fault = confirmed(partial(_read, fn), partial(elementwise, run), _name(fn))
    if found is not None:
        return found
    warnings.warn(f"{fault}; its means are estimated by quadrature", EstimateWarning, stacklevel=2)
    return activation(ArrayFunction(name=_name(fn), on_array=run)).expression


def _read(fn: Callable[[Any], Any]) -> Expr:
    """The expression of a function, unchecked."""
    with jax.enable_x64(True):  # noqa: FBT003  # constants in double precision
        try:
            closed = jax.make_jaxpr(lambda u: fn(u))(jax.ShapeDtypeStruct((), jnp.float64))
        except Exception:  # noqa: BLE001  # perhaps it needs an axis, as `vmap` does
            closed = called(jax.make_jaxpr(lambda u: fn(u)), jax.ShapeDtypeStruct((1,), jnp.float64))
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


def _compiled(fn: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A function compiled, if it can be: its loops are hundreds of times faster then."""
    run: Callable[[Any], Any] = jax.jit(lambda u: fn(u))
    with jax.enable_x64(True):  # noqa: FBT003  # as above
        try:
            run(jnp.zeros(1, dtype=jnp.float64))
        except Exception:  # noqa: BLE001  # it needs the numbers themselves
            return fn
    return run


_CHUNKS = (1, 64, 4096)
"""Sizes of the arrays that a function is run on: JAX compiles it for each size anew."""


def _on_array(fn: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The same function of arrays of numpy, in double precision."""
    compiled = _compiled(fn)

    def run(places: Any) -> Any:
        size = next((c for c in _CHUNKS if c >= len(places)), _CHUNKS[-1])
        chunks = [places[k : k + size] for k in range(0, len(places), size)]
        with jax.enable_x64(True):  # noqa: FBT003  # as above
            found = [called(compiled, jnp.asarray(np.resize(c, size))) for c in chunks]
        if any(getattr(f, "shape", None) != (size,) or jnp.iscomplexobj(f) for f in found):
            msg = f"{_name(fn)} does not give one real number for each number of an array"
            raise UnsupportedError(msg)
        return np.concatenate([np.asarray(f)[: len(c)] for f, c in zip(found, chunks, strict=True)]).astype(
            float
        )

    return run


def _name(fn: Callable[[Any], Any]) -> str:
    return str(getattr(fn, "__name__", type(fn).__name__))
