"""Which variance each layer of a network gets, and what variance its outputs then have."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import torch
from sympy import Expr, Symbol
from torch import nn

from symbolic_init.errors import AssumptionError, SymbolicInitError, UnsupportedError
from symbolic_init.float_means import float_mean
from symbolic_init.layers.fans import Fans, convolution, dense
from symbolic_init.torch.network import Cell, Network, Signal, activation_in
from symbolic_init.working_points import between

__all__ = ["Choice", "Plan", "plan"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What was chosen for one layer.

    Attributes:
        name: Its name in the model.
        fed_by: What feeds it.
        feeds: What it feeds.
        fans: Its fans.
        weight_variance: Variance of one weight.
        bias_variance: Variance of a bias.
        second_moment: Predicted `E[x^2]` of its inputs.
        output_variance: Predicted variance of its outputs.
        why: The reason in a few words.
    """

    name: str
    fed_by: str
    feeds: str
    fans: Fans
    weight_variance: float
    bias_variance: float
    second_moment: float
    output_variance: float
    why: str

    @property
    def sigma_w2(self) -> float:
        """Fan-in times the variance of one weight."""
        return float(self.fans.fan_in) * self.weight_variance


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What was chosen for a model; as text, a table.

    Attributes:
        choices: One a layer, in the order in which the model computes them.
        notes: What is not covered, and what is assumed.
    """

    choices: tuple[Choice, ...]
    notes: tuple[str, ...]

    def __str__(self) -> str:
        from symbolic_init.torch.table import table

        return table(self.choices, self.notes)


def plan(network: Network, inputs: Mapping[str, float]) -> Plan:
    """Return what each layer of a network gets.

    Args:
        network: The network.
        inputs: `E[x^2]` of the inputs of the model, by name; 1 where it is not given.
    """
    planning = _Planning(network, inputs)
    for cell in network.cells:
        planning.add(cell)
    return Plan(choices=tuple(planning.choices), notes=(*network.notes, *dict.fromkeys(planning.notes)))


@final
@dataclass(frozen=True, slots=True)
class _Target:
    """Variances of a layer before they are shared out, and why."""

    sigma_w2: float
    sigma_b2: float
    why: str


class _Planning:
    """The variances of all signals so far: numbers, or arrays over the places of an image."""

    def __init__(self, network: Network, inputs: Mapping[str, float]) -> None:
        self.network = network
        self.inputs = inputs
        self.variances: dict[Symbol, Any] = {}
        self.choices: list[Choice] = []
        self.notes: list[str] = []
        self.seen: dict[int, Choice] = {}
        self.branches = _branches(network)

    def add(self, cell: Cell) -> None:
        """Work out the variance of one more cell."""
        match cell.kind:
            case "input":
                found: Any = self.inputs.get(cell.name, 1.0)
            case "constant":
                found = float(cell.note)
            case "copy":
                found = self.variances[cell.inputs[0].symbols[0]]
            case "norm":
                found = _normalized(self.second(cell.inputs[0]), cell.module)
            case "sum":
                found = self._sum(cell)
            case "opaque":
                found = _mean(self.second(cell.inputs[0])) if cell.inputs else 1.0
            case "layer":
                found = self._layer(cell)
        self.variances[cell.symbol] = found

    def second(self, signal: Signal) -> Any:
        """The second moment of a signal."""
        of = {s: self.variances[s] for s in signal.symbols}
        if len({np.shape(v) for v in of.values()}) > 1:
            of = {s: _mean(v) for s, v in of.items()}
        like = _mean(list(map(_mean, of.values()))) if of else 0.0
        return self._known(signal.value**2, of, like) * signal.power

    def first(self, signal: Signal) -> Any:
        """The mean of a signal."""
        return self._known(signal.value, {s: _mean(self.variances[s]) for s in signal.symbols}, 0.0)

    def _known(self, f: Expr, variances: Mapping[Symbol, Any], otherwise: float) -> Any:
        """A mean; something else where a function mixes signals, which is told."""
        try:
            return float_mean(f, variances)
        except UnsupportedError:
            self.notes.append(
                "not covered: functions that mix signals; they are taken for as large as these."
            )
            return otherwise

    def _sum(self, cell: Cell) -> Any:
        """The second moment of a sum of independent signals, or of signals side by side."""
        seconds = [self.second(s) for s in cell.inputs]
        if len({np.shape(v) for v in seconds}) > 1:
            seconds = [_mean(v) for v in seconds]
        if cell.note == "cat":
            return sum(seconds) / len(seconds)
        means = [self.first(s) for s in cell.inputs]
        if not all(s.is_linear for s in cell.inputs):
            self.notes.append("sums of outputs of activations are taken for normal.")
        return sum(seconds) + sum(a * b for i, a in enumerate(means) for j, b in enumerate(means) if i != j)

    def _layer(self, cell: Cell) -> Any:
        module, signal = cell.module, cell.inputs[0]
        assert module is not None
        incoming = self.second(signal)
        fans = _fans(module)
        feeding = _title(signal, self.network)
        if not _NOTHING < _mean(incoming) < math.inf:
            what = f"{cell.name}: the second moment of its inputs ({feeding}) is {_mean(incoming):.3g}"
            is_nothing = _mean(incoming) <= _NOTHING
            msg = f"{what}; {'give another example' if is_nothing else 'normal inputs are too large for it'}"
            raise AssumptionError(msg)
        weight = module._parameters.get("weight")  # noqa: SLF001  # it may be shared
        key = id(module if weight is None else weight)
        if key in self.seen:
            earlier = self.seen[key]
            return _spread(cell, incoming, earlier.sigma_w2, earlier.bias_variance, fans)
        target, feeds = self._target(cell, signal, _mean(incoming))
        target = _without_bias(target, module, _mean(incoming))
        outputs = _spread(cell, incoming, target.sigma_w2, target.sigma_b2, fans)
        choice = Choice(
            name=cell.name,
            fed_by=feeding,
            feeds=feeds,
            fans=fans,
            weight_variance=target.sigma_w2 / float(fans.fan_in),
            bias_variance=target.sigma_b2,
            second_moment=_mean(incoming),
            output_variance=_mean(outputs),
            why=target.why,
        )
        self.seen[key] = choice
        self.choices.append(choice)
        return outputs

    def _target(self, cell: Cell, signal: Signal, incoming: float) -> tuple[_Target, str]:
        """The variances of a layer, and what it feeds."""
        consumers = self.network.consumers(cell.symbol)
        curved = [s for _, s in consumers if not s.is_linear]
        if curved:
            return self._before(cell, signal, incoming, curved[0]), _title(curved[0], self.network)
        sums = [c for c, _ in consumers if c is not None and c.kind == "sum"]
        for total in sums:
            if total.symbol in self.branches and cell.symbol not in self.branches[total.symbol].symbols:
                return self._branch_end(total, incoming), "residual sum"
        if sums and not sums[0].note:
            target, feeds = self._target(sums[0], signal, incoming)
            share = 1 if sums[0].symbol in self.branches else len(sums[0].inputs)
            return _Target(target.sigma_w2 / share, target.sigma_b2 / share, target.why), feeds
        kinds = [c.kind if c is not None else "output" for c, _ in consumers]
        if set(kinds) == {"norm"}:
            return _Target(1 / incoming, 0.0, "before a norm: its scale does not matter"), "norm"
        feeds = "not covered" if "opaque" in kinds else kinds[0] if kinds else "output"
        return _Target(1 / incoming, 0.0, "outputs of variance 1"), feeds

    def _before(self, cell: Cell, signal: Signal, incoming: float, fed: Signal) -> _Target:
        """A layer that feeds an activation."""
        feeding = activation_in(signal) if {self._kind(s) for s in signal.symbols} == {"layer"} else None
        try:
            found = between(feeding, activation_in(fed), incoming=incoming, power=signal.power)
        except SymbolicInitError as err:
            self.notes.append(f"{cell.name}: no working point of {_title(fed, self.network)}: {err}")
            return _Target(1 / incoming, 0.0, "q = 1; its theory does not apply")
        return _Target(found.sigma_w2, found.sigma_b2, found.why)

    def _kind(self, symbol: Symbol) -> str:
        cell = self.network.by_symbol[symbol]
        return self._kind(cell.inputs[0].symbols[0]) if cell.kind == "copy" else cell.kind

    def _branch_end(self, consumer: Cell, incoming: float) -> _Target:
        """The last layer of a residual branch: all branches together add as much as the stream holds."""
        stream = self.branches[consumer.symbol]
        own = next(s for s in consumer.inputs if s is not stream)
        factor = float(own.value / own.symbols[0]) ** 2 * own.power
        if abs(factor / own.power - 1) > _SCALED:
            return _Target(1 / incoming, 0.0, "residual branch, scaled by the model")
        count = len(self.branches)
        added = _mean(self.second(stream)) / count
        return _Target(added / (factor * incoming), 0.0, f"residual branch: 1/{count} of the stream")


_NOTHING = 1e-150
"""Second moments below it are 0."""
_SCALED = 1e-9
"""How far the square of a branch's factor may be from 1."""


def _mean(values: Any) -> float:
    return float(np.mean(values))


def _without_bias(target: _Target, module: nn.Module, incoming: float) -> _Target:
    """The same variance with weights alone, where a layer has no bias."""
    if target.sigma_b2 == 0 or getattr(module, "bias", None) is not None:
        return target
    weight = target.sigma_w2 + target.sigma_b2 / incoming
    return _Target(weight, 0.0, "no bias to draw: q kept by weights alone; not stable")


def _branches(network: Network) -> dict[Symbol, Signal]:
    """For each residual sum whose branch can be scaled, the stream."""
    found = {}
    for cell in network.cells:
        if cell.kind != "sum" or len(cell.inputs) != 2 or cell.note == "cat":
            continue
        stream, branch = sorted(cell.inputs, key=network.depth)
        if not network.ancestors(stream) & network.ancestors(branch):
            continue
        is_layer = branch.is_linear and network.by_symbol[branch.symbols[0]].kind == "layer"
        if is_layer and network.depth(branch) > network.depth(stream):
            found[cell.symbol] = stream
    return found


def _title(signal: Signal, network: Network) -> str:
    """What a signal is, in a word."""
    if not signal.is_linear:
        return activation_in(signal).title
    cell = network.by_symbol[signal.symbols[0]]
    if cell.kind == "copy":
        return _title(cell.inputs[0], network)
    return {"sum": "sum", "opaque": "not covered"}.get(cell.kind, cell.kind)


def _fans(module: nn.Module) -> Fans:
    if isinstance(module, nn.Linear):
        return dense(module.in_features, module.out_features)
    assert isinstance(module, nn.modules.conv._ConvNd)  # noqa: SLF001  # the base of all convolutions
    return convolution(
        module.in_channels,
        module.out_channels,
        kernel=module.kernel_size,
        groups=module.groups,
        stride=module.stride,
        transposed=module.transposed,
    )


def _spread(cell: Cell, incoming: Any, sigma_w2: float, sigma_b2: float, fans: Fans) -> Any:
    """Variance of the outputs of a layer, over the places of an image with its borders if they are known."""
    module = cell.module
    if not cell.places or not isinstance(module, nn.modules.conv._ConvNd):  # noqa: SLF001  # as above
        return sigma_w2 * _mean(incoming) + sigma_b2
    image = np.broadcast_to(incoming if np.shape(incoming) == cell.places else _mean(incoming), cell.places)
    window = type(module)(
        1,
        1,
        module.kernel_size,
        stride=module.stride,
        padding=module.padding,
        dilation=module.dilation,
        bias=False,
        padding_mode=module.padding_mode,
        **({"output_padding": module.output_padding} if module.transposed else {}),
        dtype=torch.float64,
    )
    with torch.no_grad():
        window.weight.fill_(1.0)
        summed = window(torch.from_numpy(np.array(image))[None, None])[0, 0].numpy()
    channels = module.in_channels // module.groups
    return sigma_w2 / float(fans.fan_in) * channels * summed + sigma_b2


def _normalized(incoming: Any, module: nn.Module | None) -> Any:
    """The second moment after a normalization with its weight and bias."""
    weight, bias = (getattr(module, name, None) for name in ("weight", "bias"))
    scale = 1.0 if weight is None else float(weight.detach().double().square().mean())
    shift = 0.0 if bias is None else float(bias.detach().double().square().mean())
    level = _mean(incoming)
    relative = incoming / level if isinstance(module, nn.modules.batchnorm._BatchNorm) and level else 1.0  # noqa: SLF001
    return scale * relative + shift if math.isfinite(level) else scale + shift
