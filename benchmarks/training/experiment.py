"""Train networks of one shape, activation and initialization; five seeds side by side."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import torch
from networks import Architecture, losses, outputs, stacked
from schemes import Scheme
from sklearn.datasets import load_digits
from torch import nn

SEEDS = (1, 2, 3, 4, 5)
_PILOTS = (11, 12)
"""Seeds with which the learning rate is chosen."""
_BATCH = 32
_HELD_OUT = 360

Optimizer = Callable[[Iterable[torch.Tensor], float], torch.optim.Optimizer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How long, and how, each network is trained.

    Attributes:
        steps: Steps with 32 digits each.
        pilot: Steps of the runs that choose the learning rate.
        rates: Learning rates to choose from.
        optimizer: Makes the optimizer from parameters and a learning rate.
    """

    steps: int
    pilot: int
    rates: Sequence[float]
    optimizer: Optimizer


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came out, seed by seed.

    Attributes:
        rate: The learning rate that the pilot runs chose.
        start: Loss on the training set before training.
        loss: Loss on the training set after it; infinite where it overflowed.
        accuracy: Part of the held-out digits that is told right.
        seconds: What it cost, pilot runs included, in seconds of one core.
    """

    rate: float
    start: tuple[float, ...]
    loss: tuple[float, ...]
    accuracy: tuple[float, ...]
    seconds: float


@cache
def digits() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Images and labels to train with and to test with; all pixels together have mean 0 and variance 1."""
    images, labels = load_digits(return_X_y=True)
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))
    images, labels = torch.tensor(images, dtype=torch.float32)[order], torch.tensor(labels)[order]
    training = images[_HELD_OUT:]
    images = (images - training.mean()) / training.std()
    return images[_HELD_OUT:], labels[_HELD_OUT:], images[:_HELD_OUT], labels[:_HELD_OUT]


def outcome(
    architecture: Architecture, activation: type[nn.Module], scheme: Scheme, budget: Budget
) -> Outcome:
    """Train with the learning rate that is best in short runs with other seeds."""

    def run(seeds: Sequence[int], rate: float, steps: int) -> tuple[torch.Tensor, ...]:
        return _trained(architecture, activation, scheme, budget.optimizer, seeds, rate, steps)

    begin = time.process_time()
    pilots = {rate: float(run(_PILOTS, rate, budget.pilot)[1].mean()) for rate in budget.rates}
    rate = min(pilots, key=pilots.__getitem__)
    start, loss, accuracy = run(SEEDS, rate, budget.steps)
    return Outcome(
        rate=rate,
        start=tuple(start.tolist()),
        loss=tuple(loss.tolist()),
        accuracy=tuple(accuracy.tolist()),
        seconds=round(time.process_time() - begin, 1),
    )


def _trained(
    architecture: Architecture,
    activation: type[nn.Module],
    scheme: Scheme,
    optimizer: Optimizer,
    seeds: Sequence[int],
    rate: float,
    steps: int,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Loss before and after, and accuracy, of each seed."""
    shape = (-1, 1, 8, 8) if architecture.is_image else (-1, 64)
    images, labels, unseen, answers = (t.reshape(shape) if t.is_floating_point() else t for t in digits())
    networks = [architecture.build(activation) for _ in seeds]
    for network, seed in zip(networks, seeds, strict=True):
        scheme(network, images, torch.Generator().manual_seed(seed))
    parameters = stacked(networks)
    steering = optimizer(parameters, rate)
    draws = [torch.Generator().manual_seed(1000 + seed) for seed in seeds]

    def evaluated(inputs: torch.Tensor, targets: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        with torch.no_grad():
            logits = outputs(networks[0], parameters, inputs.expand(len(seeds), *inputs.shape))
        loss = losses(logits, targets.expand(len(seeds), -1)).nan_to_num(torch.inf)
        return loss, (logits.argmax(-1) == targets).float().mean(1)

    start, _ = evaluated(images, labels)
    for _ in range(steps):
        chosen = torch.stack([torch.randint(len(labels), (_BATCH,), generator=g) for g in draws])
        loss = losses(outputs(networks[0], parameters, images[chosen]), labels[chosen])
        steering.zero_grad()
        loss.sum().backward()
        steering.step()
    return start, evaluated(images, labels)[0], evaluated(unseen, answers)[1]
