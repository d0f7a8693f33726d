"""Weights and biases of one layer of PyTorch."""

import math
import warnings
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import torch
from torch import nn

from symbolic_init.activation import Source
from symbolic_init.errors import AssumptionError, StabilityWarning
from symbolic_init.layers.distributions import Distribution
from symbolic_init.layers.distributions import distribution as find_distribution
from symbolic_init.layers.fans import Fans, convolution
from symbolic_init.torch.reading import activation_of
from symbolic_init.working_points import between

__all__ = ["draw", "fans_of", "init_"]

_NAMES = {"trunc_normal": "truncated-normal"}
"""What torch calls a distribution otherwise."""

Filler = Callable[[torch.Tensor, float, Distribution, torch.Generator | None], Any]

_FILLERS: Mapping[str, Filler] = MappingProxyType(
    {
        "normal": lambda w, std, _, g: nn.init.normal_(w, 0.0, std, generator=g),
        "uniform": lambda w, bound, _, g: nn.init.uniform_(w, -bound, bound, generator=g),
        "truncated-normal": lambda w, std, d, g: nn.init.trunc_normal_(
            w, 0.0, std, -d.cut * std, d.cut * std, generator=g
        ),
        "orthogonal": lambda w, gain, _, g: nn.init.orthogonal_(w, gain, generator=g),
    }
)
"""What fills a tensor with draws of each distribution, given its parameter."""


def init_(
    weight: torch.Tensor,
    bias: torch.Tensor | None = None,
    *,
    activation: Source,
    feeds: Source | None = None,
    mode: str = "fan_in",
    distribution: str = "normal",
    fans: Fans | None = None,
    generator: torch.Generator | None = None,
) -> torch.Tensor:
    """Fill the weight and the bias of one layer, in place, as `derive` recommends; return the weight.

    Args:
        weight: Of shape `(outputs, inputs/groups, *kernel)`, as in `Linear` and `Conv1d` to `Conv3d`.
        bias: The bias, filled too: with zeros where the activation needs none.
        activation: The activation that feeds the layer; `"linear"` for inputs with `E[x^2] = 1`.
        feeds: The activation that the layer feeds, if it is another; `"linear"` for outputs of variance 1.
        mode: `"fan_in"` keeps the signal, `"fan_out"` the gradient, `"compromise"` both as well as can be.
        distribution: `"normal"`, `"uniform"`, `"trunc_normal"` (cut off at 2 std, and corrected for it), or
            `"orthogonal"`.
        fans: Fans of the layer, where the shape does not tell them: a transposed convolution, or a stride
            with the modes of the gradient.
        generator: Source of the draws.

    Raises:
        SymbolicInitError: If an argument cannot be used.

    Examples:
        >>> w, b = torch.empty(512, 256), torch.empty(512)
        >>> _ = init_(w, b, activation="gelu", generator=torch.Generator().manual_seed(0))
        >>> abs(256 * w.var() - 1.98306) < 0.05, bool(b.std() > 0)
        (tensor(True), True)
    """
    feeding = activation_of(activation)
    fed = feeding if feeds is None else activation_of(feeds)
    variances = between(feeding, fed)
    if bias is None and variances.sigma_b2 > 0:
        std = math.sqrt(variances.sigma_b2)
        msg = f"{fed.title} needs biases of std {std:.6g}: without them these weights do not keep the signal"
        warnings.warn(msg, StabilityWarning, stacklevel=2)
    counted = fans_of(weight) if fans is None else fans
    draw(weight, variances.weight(counted, mode), distribution, counted, generator)
    if bias is not None:
        draw(bias, variances.sigma_b2, "uniform" if distribution == "uniform" else "normal", None, generator)
    return weight


def fans_of(weight: torch.Tensor) -> Fans:
    """Return the fans of a weight of shape `(outputs, inputs/groups, *kernel)`, of stride 1.

    Raises:
        AssumptionError: If it has fewer than two axes, or no entries.
    """
    if isinstance(weight, nn.parameter.UninitializedTensorMixin) or weight.dim() < 2:
        msg = "a weight has at least two axes: (outputs, inputs); run a lazy module once before"
        raise AssumptionError(msg)
    outputs, inputs, *kernel = weight.shape
    return convolution(inputs, outputs, kernel=kernel)


def draw(
    tensor: torch.Tensor,
    variance: float,
    name: str,
    fans: Fans | None,
    generator: torch.Generator | None,
) -> None:
    """Fill a tensor in place with draws of mean 0 and a variance.

    Raises:
        UnsupportedError: If there is no such distribution.
    """
    chosen = find_distribution(_NAMES.get(name, name))
    if variance == 0:
        nn.init.zeros_(tensor)
        return
    _FILLERS[chosen.id](tensor, chosen.parameter(variance, fans), chosen, generator)
