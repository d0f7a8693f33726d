"""Activations transformed for a network, as data."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, final

__all__ = ["LAYER", "Bounds", "MethodName", "Tailored", "TailoredNetwork", "TailoredSlope", "Transformation"]

LAYER = "C(c)"
"""A block that is one layer."""

MethodName = Literal["dks", "tat"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """A number between two proven bounds.

    Attributes:
        low: Lower bound.
        high: Upper bound.
    """

    low: Fraction
    high: Fraction

    def __float__(self) -> float:
        return float((self.low + self.high) / 2)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Transformation:
    """One branch: `gamma (g(alpha x + beta) + delta)`.

    Attributes:
        alpha: Scale of the input.
        beta: Shift of the input.
        gamma: Scale of the output.
        delta: Shift of the output before it is scaled.
        bend: `Q''(1)`, how the length map bends where its slope is 1; estimated.
        kinks: Where g has kinks, in standard deviations of the input.
    """

    alpha: Bounds
    beta: Bounds
    gamma: Bounds
    delta: Bounds
    bend: float
    kinks: tuple[float, ...]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Tailored:
    """The transformations of an activation for a network; weights have `N Var(w) = 1`, and no biases.

    Attributes:
        title: The activation.
        method: "dks" or "tat".
        target: What no part of the network exceeds: the slope, or the curvature, of its correlation map at 1.
        layer: The same of one layer.
        branches: The solutions that were found, each proven to be the only one near it. First stands the one
            whose length map bends least at 1, so that variances stay near 1 longest; of mirror images
            the one with positive `beta`.
        unproven: alpha and beta of what may be more solutions.
        parity: Of an odd g each branch is one with `-beta` and `-delta` too, of an even one with `-beta`:
            these are left out.
        searched: Between which alpha, and up to which size of beta, solutions were looked for.
    """

    title: str
    method: MethodName
    target: Fraction
    layer: Bounds
    branches: tuple[Transformation, ...]
    unproven: tuple[tuple[float, float], ...]
    parity: Literal["odd", "even"] | None
    searched: tuple[float, float, float]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class TailoredSlope:
    """A slope between two proven bounds.

    Attributes:
        low: Lower bound.
        high: Upper bound.
    """

    low: Fraction
    high: Fraction

    @property
    def slope(self) -> float:
        """The slope for `x < 0`."""
        return float((self.low + self.high) / 2)

    @property
    def gain(self) -> float:
        """What multiplies the activation, or the standard deviation of the weights times sqrt(fan-in)."""
        return float((2 / (1 + self.slope**2)) ** 0.5)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class TailoredNetwork:
    """What was found for a network: transformations, or the slope of a rectifier; the other one is `None`.

    Attributes:
        title: The activation that was asked for.
        depth: Number of blocks.
        block: What a block does to a correlation c, C being one layer.
        target: As for `Tailored`; of a rectifier the correlation with which orthogonal inputs end.
        transformed: The transformations.
        slope: The slope for `x < 0`.
    """

    title: str
    depth: int
    block: str
    target: Fraction
    transformed: Tailored | None = None
    slope: TailoredSlope | None = None

    def __post_init__(self) -> None:
        if (self.transformed is None) == (self.slope is None):
            msg = "a network has either transformations or a slope"
            raise ValueError(msg)
