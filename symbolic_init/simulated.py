"""What random networks of finite width did, beside what theory says of them, as data."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, final

from symbolic_init.figure import Axis, Curve, Figure
from symbolic_init.layerwise import Propagation

__all__ = ["MOST_SIGMAS", "SimulatedLayer", "Simulation", "Spectrum", "Statistic"]

MOST_SIGMAS = 4.0
"""Standard errors up to which an observation agrees with theory: chance exceeds it once in 16 000 times."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Statistic:
    """Ratios of what was observed in one layer to what theory says, pooled over layers and networks.

    Given a layer, theory says exactly what the mean of the ratio is, 1, and what its variance is.

    Attributes:
        id: What it is of: "scale", "signal" or "gradient".
        what: The ratio, in a few words.
        count: Number of ratios.
        mean: Their mean.
        error: Standard error of the mean, by theory.
        spread: Mean square of `ratio - 1` over the variance that theory gives: 1 up to chance.
        spread_error: Standard error of that, from its scatter.
    """

    id: str
    what: str
    count: int
    mean: float
    error: float
    spread: float
    spread_error: float

    @property
    def z(self) -> float:
        """How many standard errors the mean is off."""
        return (self.mean - 1) / self.error

    @property
    def z_spread(self) -> float:
        """How many standard errors the variance is off."""
        return (self.spread - 1) / self.spread_error

    @property
    def agrees(self) -> bool:
        """Whether both are within `MOST_SIGMAS` standard errors."""
        return max(abs(self.z), abs(self.z_spread)) < MOST_SIGMAS


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedLayer:
    """One layer of all networks; `nan` where something is not known.

    Attributes:
        number: 1 for the first layer, or block.
        q: Mean over the networks of the variance of the pre-activations.
        q_expected: That of an infinitely wide network.
        deviation: Relative standard deviation of q between the networks.
        deviation_expected: That of theory, to first order in 1/width.
        gradient2: Median over the networks of the factor on the squared gradient up to this layer.
        gradient2_expected: That of an infinitely wide network.
        correlation: Mean correlation of the pre-activations of two inputs.
        correlation_expected: That of an infinitely wide network.
    """

    number: int
    q: float
    q_expected: float
    deviation: float
    deviation_expected: float
    gradient2: float
    gradient2_expected: float
    correlation: float
    correlation_expected: float


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Spectrum:
    """Squared singular values of the input-output Jacobian in units of their mean.

    Attributes:
        networks: How many networks were looked at.
        variance: Their variance, averaged over the networks.
        variance_expected: That of wide networks.
        largest: The largest one, averaged over the networks.
        values: Those of the first network, from the largest to the smallest.
    """

    networks: int
    variance: float
    variance_expected: float
    largest: float
    values: tuple[float, ...]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """Random networks with given weights, and how far they agree with theory.

    Attributes:
        propagation: What theory says of infinitely wide networks without branches.
        width: Width of every layer.
        networks: Number of networks.
        seed: What the random numbers begin with.
        distribution: Title of the distribution of the weights.
        branch: Scale of the branches of a residual network, or `None`.
        layers: Layer by layer, or block by block.
        statistics: Pooled ratios; none where nothing fluctuates, or nothing is finite.
        spectrum: Singular values, if they were asked for.
    """

    propagation: Propagation
    width: int
    networks: int
    seed: int
    distribution: str
    branch: float | None
    layers: tuple[SimulatedLayer, ...]
    statistics: tuple[Statistic, ...]
    spectrum: Spectrum | None = None

    @property
    def agrees(self) -> bool:
        """Whether every statistic agrees with theory, and there is one."""
        return bool(self.statistics) and all(s.agrees for s in self.statistics)

    @property
    def title(self) -> str:
        """The activation as it was asked for."""
        return self.propagation.title

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Signal, gradient and correlation layer by layer, beside theory, as data to plot."""
        unit = "layer" if self.branch is None else "block"
        size = f"{self.networks} networks of {len(self.layers)} {unit}s of width {self.width}"
        shown = (
            ("signal", Axis(label="q", scale="log"), [(t.q, t.q_expected) for t in self.layers]),
            (
                "gradient",
                Axis(label="gradient^2", scale="log"),
                [(t.gradient2, t.gradient2_expected) for t in self.layers],
            ),
            (
                "correlation",
                Axis(label="correlation"),
                [(t.correlation, t.correlation_expected) for t in self.layers],
            ),
        )
        return tuple(
            Figure(
                id=name,
                title=f"The {name} in {size}",
                x=Axis(label=unit),
                y=axis,
                curves=(
                    _curve("infinite width", "line", [t for _, t in pairs], positive=axis.scale == "log"),
                    _curve("random networks", "points", [t for t, _ in pairs], positive=axis.scale == "log"),
                ),
            )
            for name, axis, pairs in shown
        )

    @property
    def fate(self) -> str:
        """What has become of signal and gradient at the end, in a few words."""
        whole = [layer for layer in self.layers if math.isfinite(layer.q)]
        if not whole:
            return "no layer has a finite variance"
        last = whole[-1]
        place = f"in {'block' if self.branch is not None else 'layer'} {last.number}"
        gradient = "" if math.isnan(last.gradient2) else f", gradient^2 x {last.gradient2:.3g}"
        return f"q = {last.q:.4g}{gradient} {place}"


def _curve(
    label: str, style: Literal["line", "points"], heights: Sequence[float], *, positive: bool
) -> Curve:
    """Layer by layer, without what cannot be drawn."""
    places = [(k, y) for k, y in enumerate(heights, start=1) if math.isfinite(y) and (y > 0 or not positive)]
    return Curve(
        label=label,
        style=style,
        x=tuple(float(k) for k, _ in places),
        y=tuple(float(f"{y:.6g}") for _, y in places),
    )
