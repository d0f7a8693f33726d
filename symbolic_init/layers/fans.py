"""How many weights meet in one output and in one input of a layer."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Any, final

from symbolic_init.errors import AssumptionError, UnsupportedError

__all__ = ["MODES", "Fans", "convolution", "dense", "weight_variance"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Fans:
    """What the variance of a layer's weights depends on, apart from the activations around it.

    Attributes:
        fan_in: Number of weights that one output sums over. A fraction where it differs between outputs:
            the mean, as in a transposed convolution with a stride.
        fan_out: Number of weights that one input meets, which a gradient sums over; likewise.
        matrix: Rows and columns of the weights written as a matrix with one row an output channel (of a
            transposed convolution: an input channel), as initializers with orthogonal matrices do.

    Examples:
        >>> dense(784, 512)
        Fans(fan_in=Fraction(784, 1), fan_out=Fraction(512, 1), matrix=(512, 784))
    """

    fan_in: Fraction
    fan_out: Fraction
    matrix: tuple[int, int]


def dense(inputs: int, outputs: int) -> Fans:
    """Return the fans of a fully connected layer.

    Args:
        inputs: Number of inputs, positive.
        outputs: Number of outputs, positive.

    Raises:
        AssumptionError: If a number is not a positive integer.
    """
    return convolution(inputs, outputs, kernel=())


def convolution(
    inputs: int,
    outputs: int,
    *,
    kernel: Sequence[int],
    groups: int = 1,
    stride: int | Sequence[int] = 1,
    transposed: bool = False,
) -> Fans:
    r"""Return the fans of a convolution, exact away from the borders.

    An output sums over `inputs/groups * prod(kernel)` weights. An input meets
    `outputs/groups * prod(kernel)` of them, fewer by the factor `prod(stride)`. A transposed convolution is
    the adjoint of one: there it is the output that a stride makes sparser. Dilation changes neither.
    (PyTorch and Keras neglect the stride; PyTorch takes the two for each other in a transposed convolution,
    and counts the outputs of all groups.)

    Args:
        inputs: Number of input channels, a multiple of `groups`.
        outputs: Number of output channels, a multiple of `groups`.
        kernel: Size of the kernel along each axis, as `(3, 3)`.
        groups: Number of groups of channels; `inputs` for a depthwise convolution.
        stride: Stride along all axes, or along each.
        transposed: Whether it is a transposed convolution.

    Raises:
        AssumptionError: If a number is not a positive integer, or the numbers do not fit together.

    Examples:
        >>> fans = convolution(64, 128, kernel=(3, 3), stride=2)
        >>> print(fans.fan_in, fans.fan_out, fans.matrix)
        576 288 (128, 576)
        >>> print(convolution(128, 64, kernel=(4, 4), stride=2, transposed=True).fan_in)
        512
        >>> print(convolution(32, 32, kernel=(3, 3), groups=32).fan_in)
        9
    """
    if isinstance(kernel, int):
        msg = f"kernel = {kernel}: give its size along each axis, such as ({kernel}, {kernel})"
        raise AssumptionError(msg)
    strides = (stride,) * len(kernel) if isinstance(stride, int) else tuple(stride)
    for name, values in (
        ("inputs", (inputs,)),
        ("outputs", (outputs,)),
        ("kernel", kernel),
        ("groups", (groups,)),
        ("stride", strides),
    ):
        _check_positive(name, values)
    if inputs % groups or outputs % groups:
        msg = f"groups = {groups} must divide inputs = {inputs} and outputs = {outputs}"
        raise AssumptionError(msg)
    if len(strides) != len(kernel):
        msg = f"stride = {strides} and kernel = {tuple(kernel)} must have as many axes"
        raise AssumptionError(msg)
    size, sparsity = math.prod(kernel), math.prod(strides)
    towards_outputs, towards_inputs = (sparsity, 1) if transposed else (1, sparsity)
    rows, shared = (inputs, outputs) if transposed else (outputs, inputs)
    return Fans(
        fan_in=Fraction(inputs // groups * size, towards_outputs),
        fan_out=Fraction(outputs // groups * size, towards_inputs),
        matrix=(rows, shared // groups * size),
    )


def _check_positive(name: str, values: Sequence[int]) -> None:
    for value in values:
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            msg = f"{name} = {value!r} must be a positive integer"
            raise AssumptionError(msg)


MODES: Mapping[str, tuple[int, int]] = MappingProxyType(
    {"fan_in": (1, 0), "fan_out": (0, 1), "compromise": (1, 1)}
)
"""Weights of the demands of the signal and of the gradient in the harmonic mean, by name of the mode."""


def weight_variance(fans: Fans, *, forward: Any = 1, backward: Any = 1, mode: str = "fan_in") -> Any:
    """Return the variance of one weight that keeps the signal, the gradient, or both as well as can be.

    The signal asks for the variance `forward/fan_in`, the gradient for `backward/fan_out`. The mode
    "compromise" is their harmonic mean `2/(fan_in/forward + fan_out/backward)`, which for
    `forward = backward = 1` is Glorot and Bengio's.

    Args:
        fans: Fans of the layer.
        forward: `sigma_w2` that keeps the signal, `(q - sigma_b2)/E[x^2]` with the second moment of what
            feeds the layer: `q/M(q)` between equal activations. Any number, also a SymPy expression.
        backward: `sigma_w2` that keeps the gradient, `1/E[g'^2]` with the activation that the layer feeds.
        mode: "fan_in", "fan_out" or "compromise".

    Raises:
        UnsupportedError: If there is no such mode.

    References:
        glorot2010, section 4.2.1; he2015, section 2.2.

    Examples:
        >>> print(weight_variance(dense(300, 100), mode="compromise"))
        1/200
        >>> weight_variance(dense(300, 100), forward=2.0)
        0.006666666666666667
    """
    if mode not in MODES:
        msg = f"no mode {mode!r}; there are: {', '.join(MODES)}"
        raise UnsupportedError(msg)
    signal, gradient = MODES[mode]
    demands = ((signal, fans.fan_in, forward), (gradient, fans.fan_out, backward))
    parts = [part * fan / wanted for part, fan, wanted in demands if part]
    return len(parts) / sum(parts)
