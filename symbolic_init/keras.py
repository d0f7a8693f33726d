"""Initializers for Keras, for every backend, that are saved with a model.

Needs the extra `[keras]`; importing this without Keras says how to install it.
"""

import math
import random
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import Any, final

from symbolic_init.extras import require

require("keras", "keras")

# ruff: noqa: E402  # nothing below can be imported without keras
import keras

from symbolic_init.activation import Source
from symbolic_init.activation import activation as read
from symbolic_init.callables import Sampled
from symbolic_init.errors import AssumptionError, UnsupportedError
from symbolic_init.layers.distributions import distribution as find_distribution
from symbolic_init.layers.fans import Fans, convolution
from symbolic_init.tracing import read_activation
from symbolic_init.working_points import LayerVariances, between

__all__ = ["BiasInitializer", "KernelInitializer"]

Sampler = Callable[[Sequence[int], Any, float, Any], Any]

_SAMPLERS: Mapping[str, Sampler] = MappingProxyType(
    {
        "normal": lambda shape, dtype, std, seed: keras.random.normal(shape, 0.0, std, dtype, seed),
        "uniform": lambda shape, dtype, bound, seed: keras.random.uniform(shape, -bound, bound, dtype, seed),
        "truncated-normal": lambda shape, dtype, std, seed: (  # Keras cuts at 2 std too
            keras.random.truncated_normal(shape, 0.0, std, dtype, seed)
        ),
        "orthogonal": lambda shape, dtype, gain, seed: keras.initializers.Orthogonal(gain, seed)(
            shape, dtype
        ),
    }
)
"""What draws from each distribution, given its parameter."""


class _Initializer(keras.initializers.Initializer):  # type: ignore[misc]  # keras is not type-checked here
    """What both initializers share: activations as text, and a seed.

    With the same seed every call gives the same draws, as in Keras.
    """

    def __init__(self, activation: Source, feeds: Source | None = None, seed: int | None = None) -> None:
        self.activation = _text(activation)
        self.feeds = None if feeds is None else _text(feeds)
        self._given_seed = seed
        self.seed = random.randrange(2**31) if seed is None else seed  # noqa: S311  # as Keras does

    def _variances(self) -> LayerVariances:
        feeding = read(self.activation)
        return between(feeding, feeding if self.feeds is None else read(self.feeds))

    def get_config(self) -> dict[str, Any]:
        """Return what the initializer is made of, for saving."""
        return {"activation": self.activation, "feeds": self.feeds, "seed": self._given_seed}


@final
@keras.saving.register_keras_serializable(package="symbolic_init")
class KernelInitializer(_Initializer):
    """Weights as `derive` recommends; use it with `BiasInitializer`.

    Args:
        activation: The activation that feeds the layer: a name, text in `x`, an expression, or a function
            of Keras; `"linear"` for inputs with `E[x^2] = 1`.
        feeds: The activation that the layer feeds, if it is another; `"linear"` for outputs of variance 1.
        mode: `"fan_in"` keeps the signal, `"fan_out"` the gradient, `"compromise"` both as well as can be.
        distribution: `"normal"`, `"uniform"`, `"truncated-normal"` or `"orthogonal"`.
        seed: A number; without it, draws differ from one initializer to the next.

    Raises:
        SymbolicInitError: If an argument cannot be used.

    Examples:
        >>> w = KernelInitializer("relu", seed=0)((400, 300))
        >>> bool(abs(400 * keras.ops.var(w) - 2) < 0.05)
        True
    """

    def __init__(
        self,
        activation: Source,
        feeds: Source | None = None,
        mode: str = "fan_in",
        distribution: str = "normal",
        seed: int | None = None,
    ) -> None:
        super().__init__(activation, feeds, seed)
        self.mode = mode
        self.distribution = distribution
        find_distribution(distribution)

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Any:
        """Return weights of shape `(*kernel, inputs, outputs)`."""
        fans = _fans(shape)
        chosen = find_distribution(self.distribution)
        parameter = chosen.parameter(self._variances().weight(fans, self.mode), fans)
        return _SAMPLERS[chosen.id](tuple(shape), dtype, parameter, self.seed)

    def get_config(self) -> dict[str, Any]:
        """Return what the initializer is made of, for saving."""
        return {**super().get_config(), "mode": self.mode, "distribution": self.distribution}


@final
@keras.saving.register_keras_serializable(package="symbolic_init")
class BiasInitializer(_Initializer):
    """The biases that belong to `KernelInitializer`: zeros where none are needed.

    Args:
        activation: As for `KernelInitializer`.
        feeds: As for `KernelInitializer`.
        seed: As for `KernelInitializer`.

    Raises:
        SymbolicInitError: If an argument cannot be used.

    Examples:
        >>> BiasInitializer("gelu", seed=0).get_config()
        {'activation': 'gelu', 'feeds': None, 'seed': 0}
    """

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Any:
        """Return biases."""
        std = math.sqrt(self._variances().sigma_b2)
        return (
            _SAMPLERS["normal"](tuple(shape), dtype, std, self.seed) if std else keras.ops.zeros(shape, dtype)
        )


_OTHER_DEFAULTS: Mapping[str, str] = MappingProxyType({"leaky_relu": "leaky_relu(x, 1/5)"})
"""Names that stand for something else in Keras than in `derive list`."""


def _text(given: Source) -> str:
    """An activation as text that can be saved and read again, checked."""
    if isinstance(given, str):
        text = _OTHER_DEFAULTS.get(given, given)
    else:
        text = str(read_activation(given, _traced).expression)
    read(text)
    return text


def _traced(fn: Callable[[Any], Any]) -> Any:
    """A function of Keras as an expression, by the adapter of the backend."""
    backend = keras.backend.backend()
    if backend not in ("jax", "torch"):
        msg = f"functions are read with the backends jax and torch, not {backend}: give a name or text in x"
        raise UnsupportedError(msg)
    expression = import_module(f"symbolic_init.{backend}").trace(fn)
    if expression.has(Sampled):
        msg = f"{getattr(fn, '__name__', fn)} cannot be saved: give its expression as text in x"
        raise UnsupportedError(msg)
    return expression


def _fans(shape: Sequence[int]) -> Fans:
    """The fans of a kernel of shape `(*kernel, inputs, outputs)`."""
    if len(shape) < 2:
        msg = f"a weight has at least two axes, (inputs, outputs), not the shape {tuple(shape)}"
        raise AssumptionError(msg)
    *kernel, inputs, outputs = map(int, shape)
    return convolution(inputs, outputs, kernel=kernel)
