"""A drop-in for `torch.nn.init.calculate_gain` that takes any activation."""

import warnings
from functools import cache
from typing import Any, NamedTuple

from symbolic_init.activation import Activation, Source
from symbolic_init.engine import derive, exact_number
from symbolic_init.errors import StabilityWarning
from symbolic_init.torch.reading import activation_of

__all__ = ["calculate_gain"]

_ROOM = 1e-9
"""Excess of V' over 1 that is rounding."""


class _Gain(NamedTuple):
    """A gain, and what is to be known of it, or the empty string."""

    value: float
    remark: str


def calculate_gain(
    nonlinearity: Source, param: Any = None, *, q: Any = 1, theory: str = "length-map"
) -> float:
    """Return the gain of an activation: the standard deviation of a weight times `sqrt(fan_in)`.

    It is the gain of the length map at `q = 1`, `1/sqrt(E[g(z)^2])`: with it and no biases, pre-activations
    of variance 1 keep that variance. It equals `torch.nn.init.calculate_gain` where that is derived (linear,
    relu, leaky_relu). Torch's 5/3 for tanh, 3/4 for selu and 1 for sigmoid are conventions of other origin;
    the exact ones are 1.5925, 1 and 1.8463. A `StabilityWarning` tells where a deep network would leave
    this variance, or needs biases: then take `init_` or `initialize`, which set both.

    Args:
        nonlinearity: A name, a module, a function of a tensor, text in `x`, or a SymPy expression.
        param: Value of the first parameter of a name, such as the negative slope of `leaky_relu`.
        q: Variance of the pre-activations, positive.
        theory: Id of the theory; `"auto"`, `"linear"`, `"backward"` ... as for `symbolic_init.derive`.

    Raises:
        SymbolicInitError: If the nonlinearity cannot be read, or the theory does not apply to it.

    References:
        poole2016.

    Examples:
        >>> import torch
        >>> round(calculate_gain("tanh"), 8)
        1.59253742
        >>> round(calculate_gain(lambda u: torch.tanh(u) + 0.1 * u), 6)
        1.379559
        >>> calculate_gain("leaky_relu", 0.2) == torch.nn.init.calculate_gain("leaky_relu", 0.2)
        True
    """
    activation = activation_of(nonlinearity, param)
    found = _gain(activation, exact_number(q, "q", positive=True), theory)
    if found.remark:
        warnings.warn(f"{activation.title}: {found.remark}", StabilityWarning, stacklevel=2)
    return found.value


@cache
def _gain(activation: Activation, q: Any, theory: str) -> _Gain:
    """The gain, worked out once in a process."""
    derivation = derive(activation, theory=theory, q=q)
    values, advice = derivation.values, derivation.recommended
    remarks = []
    slope = values.get("V_prime")
    if slope is not None and float(slope) > 1 + _ROOM:
        remarks.append(f"q = {q} is unstable with this gain (V' = {float(slope):.4g})")
    if float(values["sigma_b2"]) != 0:
        remarks.append(f"this gain needs biases of std {float(values['sigma_b2']) ** 0.5:.6g}")
    if advice is None:
        remarks.append("no gain is known that keeps a deep network stable")
    elif float(advice.sigma_b2) != 0 and not remarks[1:]:
        weight, bias = float(advice.gain), float(advice.sigma_b2) ** 0.5
        remarks.append(f"stable is the gain {weight:.6g} with biases of std {bias:.6g}")
    return _Gain(value=float(values["gain"]), remark="; ".join(remarks))
