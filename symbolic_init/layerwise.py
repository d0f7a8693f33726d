"""Signal, gradient and correlation layer by layer, as data."""

import math
from dataclasses import dataclass
from typing import final

from sympy import Expr

from symbolic_init.derivation import Fate
from symbolic_init.evidence import Value

__all__ = ["Layer", "Propagation", "Spread"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Scatter of networks of width n in one layer, times n: divide by the width.

    To first order in 1/width, so for spreads well below 1; `nan` where a mean that is needed is infinite.

    Attributes:
        variance: Relative variance of the pre-activations' variance q.
        shift: Relative deviation of its mean from the q of infinite width.
        gradient2: Variance of the logarithm of the factor on the squared gradient up to this layer.
    """

    variance: float
    shift: float
    gradient2: float


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One layer, in double precision; `nan` where something is not known.

    Attributes:
        number: 1 for the first layer.
        q: Variance of its pre-activations; `inf` where it has overflowed.
        chi: Factor on the squared gradient of this layer, `sigma_w2*E[g'^2]` at `q`.
        gradient2: Product of the factors up to this layer.
        gap: 1 minus the correlation of the pre-activations of two inputs.
        spread: Scatter of networks of finite width.
    """

    number: int
    q: float
    chi: float
    gradient2: float
    gap: float
    spread: Spread

    @property
    def correlation(self) -> float:
        """Correlation of the pre-activations of two inputs."""
        return 1 - self.gap

    def deviation(self, width: int) -> float:
        """Return the relative standard deviation of q between networks of one width, to first order."""
        return math.sqrt(self.spread.variance / width)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Propagation:
    """Where the exact length map takes signal, gradient and correlation with given weights and biases.

    Attributes:
        title: The activation as it was asked for.
        label: What gave the weights.
        sigma_w2: Fan-in times the variance of one weight.
        sigma_b2: Variance of a bias.
        input_second_moment: `E[x^2]` of the inputs: the first layer has
            `q = sigma_w2*E[x^2] + sigma_b2`.
        input_correlation: Correlation of the two inputs that are followed.
        layers: Layer by layer; it ends early where q overflows or a mean diverges.
        fate: Where the map goes.
        q_star: The fixed point that it reaches (0 for "decays"), or `None`.
        V_prime: Slope of the length map there.
        chi_1: Growth of the squared gradient per layer there.
        xi_q: Layers in which a deviation of q falls to 1/e there, or `None`.
        xi_grad: Layers in which the squared gradient falls to 1/e there; negative where it grows.
        width_scatter: `c`: in networks of width n, the relative variance of the squared length of
            layer l tends to `c*l/n` for large l; `None` where no such law is known.
        first_layer: `sigma_w2*E[x^2]` of the first layer where that has weights of its own, or `None`.
        sentence: All of it in one line.
    """

    title: str
    label: str
    sigma_w2: Value
    sigma_b2: Value
    input_second_moment: Expr
    input_correlation: Expr
    layers: tuple[Layer, ...]
    fate: Fate
    q_star: Value | None
    V_prime: Value | None
    chi_1: Value | None
    xi_q: Value | None
    xi_grad: Value | None
    width_scatter: Value | None
    first_layer: Value | None = None
    sentence: str

    @property
    def q(self) -> tuple[float, ...]:
        """Variance of the pre-activations, layer by layer."""
        return tuple(layer.q for layer in self.layers)

    @property
    def gradient2(self) -> tuple[float, ...]:
        """Factor on the squared gradient from the first layer to each layer."""
        return tuple(layer.gradient2 for layer in self.layers)

    @property
    def correlation(self) -> tuple[float, ...]:
        """Correlation of the pre-activations of two inputs, layer by layer."""
        return tuple(layer.correlation for layer in self.layers)
