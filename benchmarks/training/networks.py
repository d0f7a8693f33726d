"""Many networks of one shape, trained side by side: the parameters of all seeds are one tensor."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812  # as everyone writes it

Activation = Callable[[torch.Tensor], torch.Tensor]


class Sine(nn.Module):
    """The sine as a module."""

    def forward(self, u: torch.Tensor) -> torch.Tensor:
        """Return the sine."""
        return torch.sin(u)


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """One shape of a network.

    Attributes:
        id: Its name in tables.
        build: From an activation to one network, a sequence of layers and activations.
        is_image: Whether its input is an image.
    """

    id: str
    build: Callable[[type[nn.Module]], nn.Sequential]
    is_image: bool


def perceptron(depth: int, width: int) -> Architecture:
    """Fully connected layers: `depth` of them, the last one without activation."""

    def build(activation: type[nn.Module]) -> nn.Sequential:
        layers: list[nn.Module] = [nn.Linear(64, width), activation()]
        for _ in range(depth - 2):
            layers += [nn.Linear(width, width), activation()]
        return nn.Sequential(*layers, nn.Linear(width, 10))

    return Architecture(id=f"MLP {depth} x {width}", build=build, is_image=False)


def convolutional(depth: int, channels: int) -> Architecture:
    """Convolutions of 3 x 3 with zero padding and no normalization; the fifth halves the image."""

    def build(activation: type[nn.Module]) -> nn.Sequential:
        layers: list[nn.Module] = []
        for k in range(depth - 1):
            stride = 2 if k == 4 else 1
            layers += [nn.Conv2d(channels if k else 1, channels, 3, stride=stride, padding=1), activation()]
        return nn.Sequential(*layers, nn.Flatten(), nn.Linear(16 * channels, 10))

    return Architecture(id=f"CNN {depth} x {channels}", build=build, is_image=True)


def stacked(networks: Sequence[nn.Sequential]) -> list[torch.Tensor]:
    """The parameters of networks of one shape, each stacked along a new first axis."""
    rows = zip(*(network.parameters() for network in networks), strict=True)
    return [torch.stack([p.detach() for p in row]).requires_grad_() for row in rows]


def outputs(network: nn.Sequential, parameters: Sequence[torch.Tensor], inputs: torch.Tensor) -> torch.Tensor:
    """The outputs of all networks.

    Args:
        network: One of them, for the order of its layers.
        parameters: Stacked parameters of `n` networks.
        inputs: Of shape `(n, batch, 64)`, or `(n, batch, 1, 8, 8)`.

    Returns:
        Of shape `(n, batch, 10)`.
    """
    signal, rest = inputs, iter(parameters)
    for layer in network:
        if isinstance(layer, nn.Linear):
            signal = _dense(signal, next(rest), next(rest))
        elif isinstance(layer, nn.Conv2d):
            signal = _convolution(signal, next(rest), next(rest), layer)
        elif isinstance(layer, nn.Flatten):
            signal = signal.flatten(2)
        else:
            signal = layer(signal)
    return signal


def _dense(signal: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
    return torch.baddbmm(bias[:, None], signal, weight.transpose(1, 2))


def _convolution(
    signal: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, layer: nn.Conv2d
) -> torch.Tensor:
    """All networks at once, as the groups of one convolution."""
    count = len(signal)
    joined = signal.transpose(0, 1).flatten(1, 2)
    found = F.conv2d(
        joined, weight.flatten(0, 1), bias.flatten(), stride=layer.stride, padding=layer.padding, groups=count
    )
    return found.unflatten(1, (count, -1)).transpose(0, 1)


def losses(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Mean cross entropy of each network, with logits `(n, batch, 10)` and labels `(n, batch)`."""
    flat = F.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="none")
    return flat.unflatten(0, labels.shape).mean(1)


CHANCE = math.log(10)
"""The loss of a network that knows nothing."""
