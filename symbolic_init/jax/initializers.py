"""Initializers with the signature of those in `jax.nn.initializers`."""

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import jax
from jax import numpy as jnp
from jax import random

from symbolic_init.activation import Activation, Source
from symbolic_init.errors import AssumptionError
from symbolic_init.jax.tracing import trace
from symbolic_init.layers.distributions import Distribution
from symbolic_init.layers.distributions import distribution as find_distribution
from symbolic_init.layers.fans import Fans
from symbolic_init.tracing import read_activation
from symbolic_init.working_points import LayerVariances, between

__all__ = ["bias_init", "kernel_init"]

Initializer = Callable[..., Any]
"""From a key, a shape and a type to an array."""
Axes = int | Sequence[int]

Sampler = Callable[[Any, Sequence[int], Any, float, Distribution], Any]

_SAMPLERS: Mapping[str, Sampler] = MappingProxyType(
    {
        "normal": lambda key, shape, dtype, std, _: std * random.normal(key, shape, dtype),
        "uniform": lambda key, shape, dtype, bound, _: random.uniform(key, shape, dtype, -bound, bound),
        "truncated-normal": lambda key, shape, dtype, std, d: (
            std * random.truncated_normal(key, -d.cut, d.cut, shape, dtype)
        ),
    }
)
"""What draws from each distribution, given its parameter; orthogonal matrices need the axis as well."""


def kernel_init(
    activation: Source,
    *,
    feeds: Source | None = None,
    mode: str = "fan_in",
    distribution: str = "normal",
    in_axis: Axes = -2,
    out_axis: Axes = -1,
    batch_axis: Axes = (),
    dtype: Any = jnp.float_,
) -> Initializer:
    """Return an initializer of weights, as `derive` recommends; use it with `bias_init`.

    Args:
        activation: The activation that feeds the layer; `"linear"` for inputs with `E[x^2] = 1`.
        feeds: The activation that the layer feeds, if it is another; `"linear"` for outputs of variance 1.
        mode: `"fan_in"` keeps the signal, `"fan_out"` the gradient, `"compromise"` both as well as can be.
        distribution: `"normal"`, `"uniform"`, `"truncated-normal"` (corrected for the cut at 2 std) or
            `"orthogonal"`.
        in_axis: Axis or axes of the inputs.
        out_axis: Axis or axes of the outputs.
        batch_axis: Axes that are neither, and no kernel either.
        dtype: Type where the call gives none.

    Returns:
        A function `(key, shape, dtype, out_sharding=None)`, as those of `jax.nn.initializers`.

    Raises:
        SymbolicInitError: If an argument cannot be used.

    Examples:
        >>> w = kernel_init("relu")(jax.random.key(0), (400, 300))
        >>> w.shape, bool(abs(400 * w.var() - 2) < 0.05)
        ((400, 300), True)
    """
    variances = _variances(activation, feeds)
    chosen = find_distribution(distribution)
    default = dtype

    def init(key: Any, shape: Sequence[int], dtype: Any = None, out_sharding: Any = None) -> Any:
        fans = _fans(shape, in_axis, out_axis, batch_axis)
        parameter = chosen.parameter(variances.weight(fans, mode), fans)
        kind = _kind(dtype, default)
        if chosen.id == "orthogonal":
            draws = jax.nn.initializers.orthogonal(parameter, column_axis=_axes(out_axis, shape)[0])
            found = draws(key, shape, kind)
        else:
            found = _SAMPLERS[chosen.id](key, shape, kind, parameter, chosen)
        return _placed(found, out_sharding)

    return init


def bias_init(activation: Source, *, feeds: Source | None = None, dtype: Any = jnp.float_) -> Initializer:
    """Return the initializer of biases that belongs to `kernel_init`: zeros where none are needed.

    Args:
        activation: As for `kernel_init`.
        feeds: As for `kernel_init`.
        dtype: Type where the call gives none.

    Raises:
        SymbolicInitError: If an argument cannot be used.

    Examples:
        >>> b = bias_init("gelu")(jax.random.key(0), (10000,))
        >>> bool(abs(b.var() - 0.172922) < 0.01)
        True
    """
    std = math.sqrt(_variances(activation, feeds).sigma_b2)
    default = dtype

    def init(key: Any, shape: Sequence[int], dtype: Any = None, out_sharding: Any = None) -> Any:
        kind = _kind(dtype, default)
        return _placed(std * random.normal(key, shape, kind) if std else jnp.zeros(shape, kind), out_sharding)

    return init


def _kind(dtype: Any, default: Any) -> Any:
    """The type of the draws; double precision where JAX has it switched on."""
    return jax.dtypes.canonicalize_dtype(default if dtype is None else dtype)


def _placed(array: Any, out_sharding: Any) -> Any:
    return array if out_sharding is None else jax.device_put(array, out_sharding)


def _variances(activation: Source, feeds: Source | None) -> LayerVariances:
    feeding: Activation = read_activation(activation, trace)
    return between(feeding, feeding if feeds is None else read_activation(feeds, trace))


def _axes(axes: Axes, shape: Sequence[int]) -> tuple[int, ...]:
    """Axes counted from the first one."""
    given = (axes,) if isinstance(axes, int) else tuple(axes)
    if any(not -len(shape) <= a < len(shape) for a in given):
        msg = f"a weight of shape {tuple(shape)} has no axis {axes}; weights have at least two axes"
        raise AssumptionError(msg)
    return tuple(a % len(shape) for a in given)


def _fans(shape: Sequence[int], in_axis: Axes, out_axis: Axes, batch_axis: Axes) -> Fans:
    """The fans of a weight; what is no axis of inputs, outputs or batches is the kernel."""
    inputs, outputs, batches = (
        math.prod(shape[a] for a in _axes(axes, shape)) for axes in (in_axis, out_axis, batch_axis)
    )
    kernel = Fraction(math.prod(shape), inputs * outputs * batches)
    size = int(kernel)
    return Fans(fan_in=inputs * kernel, fan_out=outputs * kernel, matrix=(outputs, inputs * batches * size))
