"""What an activation asks of the layers before and after it, in double precision."""

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import final

from symbolic_init.activation import Activation
from symbolic_init.derivation import Derivation, Scheme
from symbolic_init.engine import derive
from symbolic_init.errors import AssumptionError
from symbolic_init.float_means import float_mean
from symbolic_init.layers.fans import MODES, Fans, weight_variance

__all__ = ["LayerVariances", "WorkingPoint", "between", "second_moment", "working_point"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingPoint:
    """Weights and biases between layers of one activation, and the variance at which it is met.

    Attributes:
        sigma_w2: Fan-in times the variance of one weight between two layers of this activation.
        sigma_b2: Variance of a bias before this activation.
        entry: Variance of the pre-activations that a layer starts with which other things feed: the
            fixed point `q*`; where the variance stays what it is, or goes to 0 slowly, that of
            a first layer with these weights and inputs with `E[x^2] = 1`.
        is_open: Whether another variance would do as well as `entry`.
        backward: `sigma_w2` that keeps the gradient there, `1/E[g'^2]`; `nan` where there is none.
        is_stable: Whether it is what `derive` recommends. If it recommends nothing, this is the length
            map at q = 1, which holds layer by layer but does not pull the signal back.
        why: One sentence.
    """

    sigma_w2: float
    sigma_b2: float
    entry: float
    is_open: bool
    backward: float
    is_stable: bool
    why: str


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class LayerVariances:
    """What to draw the weights and biases of one layer with.

    Attributes:
        sigma_w2: Fan-in times the variance of one weight.
        sigma_b2: Variance of a bias.
        backward: `sigma_w2` that would keep the gradient; `nan` where there is none.
        why: The reason in a few words.
    """

    sigma_w2: float
    sigma_b2: float
    backward: float
    why: str

    def weight(self, fans: Fans, mode: str = "fan_in") -> float:
        """Return the variance of one weight of a layer.

        Args:
            fans: Its fans.
            mode: Whether the signal is kept, the gradient, or both as well as can be (`fans.MODES`).

        Raises:
            AssumptionError: If the gradient cannot be kept.
        """
        if mode in MODES and mode != "fan_in" and math.isnan(self.backward):
            msg = f"the mode {mode} needs E[g'^2], which is 0 or infinite here; use fan_in"
            raise AssumptionError(msg)
        backward = 1 if math.isnan(self.backward) else Fraction(self.backward)
        return float(weight_variance(fans, forward=Fraction(self.sigma_w2), backward=backward, mode=mode))


@cache
def working_point(activation: Activation) -> WorkingPoint:
    """Return the working point of an activation; it is worked out once in a process.

    Args:
        activation: An activation without free parameters, perhaps a gated unit.

    Raises:
        SymbolicInitError: If its means cannot be had.

    Examples:
        >>> from symbolic_init.activation import activation as read
        >>> working_point(read("relu")).sigma_w2
        2.0
        >>> gelu = working_point(read("gelu"))
        >>> round(gelu.sigma_w2, 5), round(gelu.sigma_b2, 5), round(gelu.entry, 5)
        (1.98306, 0.17292, 3.56155)
    """
    if activation.assumptions.intervals:
        names = ", ".join(s.name for s in activation.assumptions.symbols)
        msg = f"`{activation.title}` has parameters without a value ({names}): give them numbers"
        raise AssumptionError(msg)
    derivation = derive(activation)
    chosen = derivation.recommended
    if chosen is not None:
        return _point(chosen, derivation.why, is_stable=True)
    row = derive(activation, theory="length-map").schemes[0]
    return _point(row, _unstable(derivation), is_stable=False)


def _unstable(derivation: Derivation) -> str:
    return f"q = 1 is kept layer by layer, not stable: {derivation.why}"


def _point(row: Scheme, why: str, *, is_stable: bool) -> WorkingPoint:
    weight, bias = float(row.sigma_w2), float(row.sigma_b2)
    chi = None if row.chi_1 is None else float(row.chi_1)
    start = weight + bias if is_stable else 1.0
    fixed = row.q_star if is_stable and row.fate == "fixed" else None
    return WorkingPoint(
        sigma_w2=weight,
        sigma_b2=bias,
        entry=start if fixed is None else float(fixed),
        is_open=is_stable and fixed is None,
        backward=weight / chi if chi and math.isfinite(chi) else math.nan,
        is_stable=is_stable,
        why=why,
    )


def second_moment(activation: Activation, variance: float) -> float:
    """Return `E[g^2]` for independent normal inputs of one variance, in double precision.

    Args:
        activation: An activation without free parameters.
        variance: Positive.

    Examples:
        >>> from symbolic_init.activation import activation as read
        >>> round(second_moment(read("relu"), 3.0), 12)
        1.5
    """
    return float(float_mean(activation.expression**2, dict.fromkeys(activation.inputs, variance)))


def between(
    feeding: Activation | None,
    fed: Activation,
    *,
    incoming: float | None = None,
    power: float = 1.0,
    q: float | None = None,
) -> LayerVariances:
    """Return what to draw the weights and biases of a layer with.

    Between equal activations it is what `derive` recommends. Else the layer is to bring the second moment of
    its inputs to the variance with which a network of the activation that it feeds starts.

    Args:
        feeding: The activation before the layer, of another layer's outputs; `None` for the data.
        fed: The activation after the layer; the identity for the last layer: outputs of variance 1.
        incoming: Second moment of the inputs; unless given, that of `feeding` where it works, and 1 for data.
        power: Part of that which dropout adds, `1/(1 - rate)`.
        q: Variance to start with where the activation leaves that open.

    Raises:
        SymbolicInitError: If the means of one of them cannot be had.

    Examples:
        >>> from symbolic_init.activation import activation as read
        >>> relu, sigmoid = read("relu"), read("sigmoid")
        >>> between(relu, relu)
        LayerVariances(sigma_w2=2.0, sigma_b2=0.0, backward=2.0, why='recommended')
        >>> round(between(None, sigmoid, incoming=0.25).sigma_w2, 4)  # 45.6243/0.25
        182.4971
    """
    target = working_point(fed)
    if feeding is not None and feeding.expression == fed.expression:
        sigma_w2, reason = target.sigma_w2 / power, "recommended"
    else:
        start = q if q is not None and target.is_open else target.entry
        second = _working_moment(feeding) * power if incoming is None else incoming
        sigma_w2, reason = (start - target.sigma_b2) / second, f"starts at q = {start:.6g}"
    return LayerVariances(
        sigma_w2=sigma_w2,
        sigma_b2=target.sigma_b2,
        backward=target.backward / power,
        why=reason if target.is_stable else "q = 1 layer by layer; not stable",
    )


def _working_moment(feeding: Activation | None) -> float:
    """The second moment of an activation where it works."""
    return 1.0 if feeding is None else second_moment(feeding, working_point(feeding).entry)
