"""The initializations that are compared."""

import math
from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType

import torch
from torch import nn

from symbolic_init import derive
from symbolic_init.torch import initialize, trace
from symbolic_init.torch.weights import fans_of

Scheme = Callable[[nn.Sequential, torch.Tensor, torch.Generator], None]
"""Sets the parameters of a network, given an example of its input."""

Rule = Callable[[float, float], float]
"""The variance of a weight from fan-in and fan-out."""


def _by_fans(rule: Rule) -> Scheme:
    """Normal weights of a variance that the fans give, and no biases."""

    def fill(network: nn.Sequential, _: torch.Tensor, generator: torch.Generator) -> None:
        for module in network:
            if isinstance(module, nn.Linear | nn.Conv2d):
                fans = fans_of(module.weight)
                std = math.sqrt(rule(float(fans.fan_in), float(fans.fan_out)))
                nn.init.normal_(module.weight, std=std, generator=generator)
                nn.init.zeros_(module.bias)

    return fill


def _default(network: nn.Sequential, _: torch.Tensor, generator: torch.Generator) -> None:
    """What PyTorch does: both weights and biases uniform, of variance 1/(3 fan-in)."""
    for module in network:
        if isinstance(module, nn.Linear | nn.Conv2d):
            bound = 1 / math.sqrt(float(fans_of(module.weight).fan_in))
            nn.init.uniform_(module.weight, -bound, bound, generator=generator)
            nn.init.uniform_(module.bias, -bound, bound, generator=generator)


@cache
def _kumar_variance(activation: type[nn.Module]) -> float:
    """`N Var(w)` of the seed paper's recipe."""
    return float(derive(trace(activation())).values["sigma_w2"])


def _kumar(network: nn.Sequential, example: torch.Tensor, generator: torch.Generator) -> None:
    """The linearization at 0 (for ReLU, He's), everywhere."""
    variance = _kumar_variance(type(network[1]))
    _by_fans(lambda fan_in, _: variance / fan_in)(network, example, generator)


def _ours(network: nn.Sequential, example: torch.Tensor, generator: torch.Generator) -> None:
    initialize(network, example, generator=generator, verbose=False)


SCHEMES: Mapping[str, Scheme] = MappingProxyType(
    {
        "PyTorch": _default,
        "Glorot": _by_fans(lambda fan_in, fan_out: 2 / (fan_in + fan_out)),
        "He": _by_fans(lambda fan_in, _: 2 / fan_in),
        "Kumar": _kumar,
        "symbolic_init": _ours,
    }
)

SIGMOID_SCHEMES: Mapping[str, Scheme] = MappingProxyType(
    {
        "Xavier": SCHEMES["Glorot"],
        "variance 3.6/N": _by_fans(lambda fan_in, _: 3.6 / fan_in),
        "std 3.6/sqrt(N)": _by_fans(lambda fan_in, _: 3.6**2 / fan_in),
        "symbolic_init": _ours,
    }
)
"""Those of the seed paper, what its published code does instead, and what is recommended."""
