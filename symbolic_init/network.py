"""Weights of a network as it is: layers of different sizes, activations and dropout, from the data on."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, final

from sympy import S

from symbolic_init.activation import Activation
from symbolic_init.activation import activation as read
from symbolic_init.engine import exact_number, setting_of
from symbolic_init.errors import AssumptionError, UnsupportedError
from symbolic_init.layers.fans import Fans, convolution, dense
from symbolic_init.meanfield.flow import Flow, flow
from symbolic_init.theories import Setting
from symbolic_init.working_points import LayerVariances, between

__all__ = ["RULES", "NetworkLayer", "network_weights"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkLayer:
    """Weights of one layer of a network, in double precision.

    Attributes:
        text: The layer as it was asked for.
        fans: Its fans.
        variance: Variance of one weight.
        sigma_b2: Variance of a bias.
        q: Variance of its outputs, exact in the limit of large widths.
        chi: Factor on the squared gradient from the activations behind the layer to those before it,
            per neuron; `nan` where the mean square of the slope is infinite.
    """

    text: str
    fans: Fans
    variance: float
    sigma_b2: float
    q: float
    chi: float


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """An activation beside a layer; the identity where there is none."""

    activation: Activation
    setting: Setting
    stream: Flow


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a layer stands.

    Attributes:
        before: The activation that feeds it, or `None` for the data.
        after: The activation that it feeds.
        second_moment: Mean square of its inputs.
        keep: Part of the inputs that dropout keeps.
        q: Variance of the outputs where the rule leaves it open, or `None` for what the rule then takes.
    """

    before: _Side | None
    after: _Side
    second_moment: float
    keep: float
    q: float | None

    def demand(self, sigma_w2: float, why: str) -> LayerVariances:
        """Weights without biases; the gradient is to be kept at the variance that they lead to."""
        slope = self.after.stream.means(sigma_w2 * self.second_moment)[1]
        return LayerVariances(
            sigma_w2=sigma_w2, sigma_b2=0.0, backward=self.keep / (slope or math.nan), why=why
        )


def _length_map(place: _Place) -> LayerVariances:
    """The outputs get the variance that is asked for."""
    target = 1.0 if place.q is None else place.q
    return place.demand(target / place.second_moment, f"q = {target:.6g}")


def _linear(place: _Place) -> LayerVariances:
    """Kumar's formula with the slope of what the layer feeds and the value of what feeds it."""
    slope = place.after.setting.slope
    if slope is None or slope == 0:
        msg = "the linear theory needs a slope g'(0) that is not 0 of what a layer feeds"
        raise UnsupportedError(msg)
    if place.before is None:
        return place.demand(1 / (float(slope) ** 2 * place.second_moment), "linearized")
    start = place.before.setting.at_zero
    if start is None:
        msg = "the linear theory needs g(0) of what feeds a layer"
        raise UnsupportedError(msg)
    return place.demand(place.keep / float(slope**2 * (1 + start**2)), "linearized")


def _recommended(place: _Place) -> LayerVariances:
    """What `derive` recommends between equal activations, else where a network of the next one starts."""
    feeding = None if place.before is None else place.before.activation
    second, power = place.second_moment, 1 / place.keep
    return between(feeding, place.after.activation, incoming=second, power=power, q=place.q)


RULES: Mapping[str, Callable[[_Place], LayerVariances]] = MappingProxyType(
    {"recommended": _recommended, "length-map": _length_map, "linear": _linear}
)
"""How large the weights of a layer are to be for the signal, by name."""


def network_weights(
    parts: Sequence[str],
    *,
    rule: str = "recommended",
    mode: str = "fan_in",
    q: Any = None,
    input_second_moment: Any = 1,
) -> tuple[NetworkLayer, ...]:
    """Return the weights of every layer of a network.

    The size of the signal is followed exactly from the data through every activation, so that each layer
    fits to what feeds it and to what it feeds.

    Args:
        parts: Layers and activations in their order: `"dense 784 512"`, `"conv 3 64 7x7 stride 2 groups 1"`,
            `"transposed 64 32 4x4 stride 2"`, `"dropout 0.1"` (the part that is dropped), or an activation.
        rule: "recommended": between equal activations what `derive` recommends, else the weights with which
            the outputs have the variance with which a network of the activation that is fed starts;
            "length-map": outputs always get the variance `q`; "linear": Kumar's formula.
        mode: What to keep, see `weight_variance`.
        q: Variance of the outputs where the rule leaves it open. Unless given, "recommended" takes that of a
            first layer with the recommended weights and `E[x^2] = 1`, and "length-map" 1.
        input_second_moment: `E[x^2]` of the data.

    Raises:
        UnsupportedError: If a part cannot be read, or the rule does not apply.
        AssumptionError: If a number is wrong.

    References:
        kumar2017; he2015; poole2016.

    Examples:
        >>> first, last = network_weights(["dense 100 50", "relu", "dense 50 10"], input_second_moment="1/4")
        >>> round(first.variance, 9), round(last.variance, 9)  # 2/(100/4): q = 2, E[relu^2] = 1; 1/50
        (0.08, 0.02)
    """
    if rule not in RULES:
        msg = f"no rule {rule!r}; there are: {', '.join(RULES)}"
        raise UnsupportedError(msg)
    target = None if q is None else float(exact_number(q, "q", positive=True))
    moment = float(exact_number(input_second_moment, "input_second_moment", positive=True))
    side = cache(_side)
    found = [_part(text, side) for text in parts]
    return tuple(_layers(found, side("x"), RULES[rule], mode, target, moment))


_Part = tuple[str, Fans | float | _Side]
"""The text of a part, and what it is: weights, the part that dropout keeps, or an activation."""


def _layers(
    parts: Sequence[_Part],
    identity: _Side,
    rule: Callable[[_Place], LayerVariances],
    mode: str,
    target: float | None,
    moment: float,
) -> Iterator[NetworkLayer]:
    before, keep, second, variance = None, 1.0, moment, math.nan
    for index, (text, part) in enumerate(parts):
        match part:
            case Fans():
                after = _following(parts[index + 1 :]) or identity
                place = _Place(before=before, after=after, second_moment=second, keep=keep, q=target)
                chosen = rule(place)
                one, bias = chosen.weight(part, mode), chosen.sigma_b2
                variance = float(part.fan_in) * one * second + bias
                chi = float(part.fan_out) * one * after.stream.means(variance)[1] / keep
                yield NetworkLayer(text=text, fans=part, variance=one, sigma_b2=bias, q=variance, chi=chi)
                before, keep, second = None, 1.0, variance
            case float():
                keep, second = keep * part, second / part
            case _Side():
                if math.isnan(variance) or before is not None:
                    msg = f"{text}: an activation stands behind a layer with weights, and alone"
                    raise UnsupportedError(msg)
                before, second = part, part.stream.second(variance) / keep


def _following(parts: Sequence[_Part]) -> _Side | None:
    """The activation that a layer feeds, or `None` where the next layer or the end comes first."""
    for _, part in parts:
        if isinstance(part, _Side):
            return part
        if isinstance(part, Fans):
            break
    return None


def _part(text: str, side: Callable[[str], _Side]) -> _Part:
    """Read one part."""
    words = text.split()
    head = words[0] if words else ""
    if head not in _LAYERS:
        return text, side(text)
    try:
        return text, _LAYERS[head](words[1:])
    except (ValueError, TypeError, ZeroDivisionError) as err:
        msg = f"{text!r} is no layer; write it like {_EXAMPLES[head]!r}"
        raise AssumptionError(msg) from err


def _side(text: str) -> _Side:
    """Read an activation."""
    subject = read(text)
    if len(subject.inputs) > 1 or subject.assumptions.symbols:
        msg = f"{text}: in a network an activation has one input and no parameters"
        raise UnsupportedError(msg)
    setting, _ = setting_of(subject, S.One, S.Zero)
    return _Side(activation=subject, setting=setting, stream=flow(setting))


def _dense(words: Sequence[str]) -> Fans:
    inputs, outputs = map(int, words)
    return dense(inputs, outputs)


def _convolution(words: Sequence[str], *, transposed: bool = False) -> Fans:
    inputs, outputs, kernel, *rest = words
    given = dict(zip(rest[::2], map(int, rest[1::2]), strict=True))
    sizes = tuple(map(int, kernel.split("x")))
    return convolution(int(inputs), int(outputs), kernel=sizes, transposed=transposed, **given)


def _dropout(words: Sequence[str]) -> float:
    (dropped,) = map(float, words)
    if not 0 <= dropped < 1:
        raise ValueError(dropped)
    return 1 - dropped


_LAYERS: Mapping[str, Callable[[Sequence[str]], Fans | float]] = MappingProxyType(
    {
        "dense": _dense,
        "conv": _convolution,
        "transposed": lambda words: _convolution(words, transposed=True),
        "dropout": _dropout,
    }
)
_EXAMPLES = MappingProxyType(
    {
        "dense": "dense 784 512",
        "conv": "conv 3 64 7x7 stride 2 groups 1",
        "transposed": "transposed 64 32 4x4 stride 2",
        "dropout": "dropout 0.1",
    }
)
