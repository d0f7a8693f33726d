"""Weights of a network as it is: layers of different sizes, activations and dropout, from the data on."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, final

from sympy import S

from symbolic_init.activation import activation as read
from symbolic_init.derivation import Scheme
from symbolic_init.engine import exact_number, setting_of
from symbolic_init.errors import AssumptionError, UnsupportedError
from symbolic_init.fans import Fans, convolution, dense, weight_variance
from symbolic_init.flow import Flow, flow
from symbolic_init.recommendation import recommend
from symbolic_init.theories import Setting

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

    setting: Setting
    stream: Flow
    best: Scheme | None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a layer stands.

    Attributes:
        before: The activation that feeds it, or `None` for the data.
        after: The activation that it feeds.
        second_moment: Mean square of its inputs.
        keep: Part of the inputs that dropout keeps.
        q: Variance of the outputs where nothing else is asked for.
    """

    before: _Side | None
    after: _Side
    second_moment: float
    keep: float
    q: float


_Demand = tuple[float, float]
"""Fan-in times the variance of one weight that the signal asks for, and the variance of a bias."""


def _length_map(place: _Place) -> _Demand:
    """The outputs get the variance that is asked for."""
    return place.q / place.second_moment, 0.0


def _linear(place: _Place) -> _Demand:
    """Kumar's formula with the slope of what the layer feeds and the value of what feeds it."""
    slope = place.after.setting.slope
    if slope is None or slope == 0:
        msg = "the linear theory needs a slope g'(0) that is not 0 of what a layer feeds"
        raise UnsupportedError(msg)
    if place.before is None:
        return 1 / (float(slope) ** 2 * place.second_moment), 0.0
    start = place.before.setting.at_zero
    if start is None:
        msg = "the linear theory needs g(0) of what feeds a layer"
        raise UnsupportedError(msg)
    return place.keep / float(slope**2 * (1 + start**2)), 0.0


def _recommended(place: _Place) -> _Demand:
    """The recommended point of what the layer feeds; else the recommended gain of what feeds it."""
    best = place.after.best
    if best is not None and best.fate == "fixed" and best.q_star is not None:
        bias = float(best.sigma_b2)
        return (float(best.q_star) - bias) / place.second_moment, bias
    feeding = None if place.before is None else place.before.best
    if feeding is not None and feeding.fate in ("any", "decays"):
        return place.keep * float(feeding.sigma_w2), 0.0
    return _length_map(place)


RULES: Mapping[str, Callable[[_Place], _Demand]] = MappingProxyType(
    {"recommended": _recommended, "length-map": _length_map, "linear": _linear}
)
"""How large the weights of a layer are to be for the signal, by name."""


def network_weights(
    parts: Sequence[str],
    *,
    rule: str = "recommended",
    mode: str = "fan_in",
    q: Any = 1,
    input_second_moment: Any = 1,
) -> tuple[NetworkLayer, ...]:
    """Return the weights of every layer of a network.

    The size of the signal is followed exactly from the data through every activation, so that each layer
    fits to what feeds it and to what it feeds.

    Args:
        parts: Layers and activations in their order: `"dense 784 512"`, `"conv 3 64 7x7 stride 2 groups 1"`,
            `"transposed 64 32 4x4 stride 2"`, `"dropout 0.1"` (the part that is dropped), or an activation.
        rule: "recommended": the layer is brought to the recommended point of the activation that it feeds, or
            gets the recommended gain of the one that feeds it, else the outputs get the variance `q`;
            "length-map": outputs always get the variance `q`; "linear": Kumar's formula.
        mode: What to keep, see `weight_variance`.
        q: Variance of the outputs where the rule leaves it open: of the first layer and of the last.
        input_second_moment: `E[x^2]` of the data.

    Raises:
        UnsupportedError: If a part cannot be read, or the rule does not apply.
        AssumptionError: If a number is wrong.

    References:
        kumar2017; he2015; poole2016.

    Examples:
        >>> first, last = network_weights(["dense 100 50", "relu", "dense 50 10"], input_second_moment="1/4")
        >>> round(first.variance, 9), round(last.variance, 9)  # 1/(100/4), 2/50
        (0.04, 0.04)
    """
    if rule not in RULES:
        msg = f"no rule {rule!r}; there are: {', '.join(RULES)}"
        raise UnsupportedError(msg)
    target = float(exact_number(q, "q", positive=True))
    moment = float(exact_number(input_second_moment, "input_second_moment", positive=True))
    side = cache(_side)
    found = [_part(text, side) for text in parts]
    return tuple(_layers(found, side("x"), RULES[rule], mode, target, moment))


_Part = tuple[str, Fans | float | _Side]
"""The text of a part, and what it is: weights, the part that dropout keeps, or an activation."""


def _layers(
    parts: Sequence[_Part],
    identity: _Side,
    rule: Callable[[_Place], _Demand],
    mode: str,
    target: float,
    moment: float,
) -> Iterator[NetworkLayer]:
    before, keep, second, variance = None, 1.0, moment, math.nan
    for index, (text, part) in enumerate(parts):
        match part:
            case Fans():
                after = _following(parts[index + 1 :]) or identity
                place = _Place(before=before, after=after, second_moment=second, keep=keep, q=target)
                forward, bias = rule(place)
                aim = forward * second + bias
                slope = after.stream.means(aim)[1]
                one = weight_variance(part, forward=forward, backward=keep / (slope or math.nan), mode=mode)
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
    stream = flow(setting)
    rows = recommend(setting, stream).rows
    return _Side(setting=setting, stream=stream, best=rows[0] if rows else None)


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
