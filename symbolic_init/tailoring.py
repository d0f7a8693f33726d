r"""Tailored rectifiers: the negative slope with which a deep network keeps two inputs apart.

A leaky rectifier with slope a, scaled by `sqrt(2/(1 + a^2))`, keeps the variance, and takes the
correlation c of two inputs to `C(c) = c + (1 - a)^2/(pi (1 + a^2)) (sqrt(1 - c^2) - c acos(c))`. A
network made of such layers takes c to a function of C; for two orthogonal inputs it falls as a rises,
from that of ReLU to 0 at a = 1. So there is one slope at which it is eta, if it is at least eta for ReLU:
found by bisection in ball arithmetic.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

from symbolic_init.errors import AssumptionError, PrecisionError, UnsupportedError
from symbolic_init.rationals import rational

__all__ = ["TailoredSlope", "plain_network", "tailored_slope"]

Network = Callable[[Any, Callable[[Any], Any]], Any]
"""From a correlation and the map of one layer to the correlation at the end, by sums and products."""
_SPARE = 64
"""Bits beyond the digits asked for: correlations lose some in deep networks."""
_MOST_BITS = 4096


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


def plain_network(depth: int) -> Network:
    """Return the network function of `depth` layers, one after another."""

    def network(c: Any, layer: Callable[[Any], Any]) -> Any:
        for _ in range(depth):
            c = layer(c)
        return c

    return network


def tailored_slope(network: Network, *, eta: Any = "9/10", digits: int = 15) -> TailoredSlope:
    """Return the negative slope of a leaky rectifier at which a network takes orthogonal inputs to eta.

    Args:
        network: Network function: from a correlation and the map of one layer to the correlation at the
            end, by sums with weights that add up to 1 and by composition, such as `plain_network(50)`.
        eta: Correlation at the end, between 0 and 1.
        digits: Digits of the slope, absolute.

    Raises:
        AssumptionError: If eta is not between 0 and 1.
        UnsupportedError: If the network is too shallow: with ReLU it stays below eta.
        PrecisionError: If the digits are not reached.

    References:
        zhang2022.

    Examples:
        >>> round(tailored_slope(plain_network(50)).slope, 12)
        0.4...
    """
    goal = Fraction(rational(str(eta)))
    if not 0 < goal < 1:
        msg = f"eta = {eta} must be between 0 and 1"
        raise AssumptionError(msg)
    low, high = Fraction(0), Fraction(1)
    if _exceeds(network, low, goal, digits) is not True:
        msg = f"with ReLU itself the network stays below {goal} for orthogonal inputs: no slope is needed"
        raise UnsupportedError(msg)
    while high - low > Fraction(1, 10**digits):
        middle = (low + high) / 2
        above = _exceeds(network, middle, goal, digits)
        if above is None:
            msg = f"the slope is between {float(low)} and {float(high)}; more digits were not reached"
            raise PrecisionError(msg)
        low, high = (middle, high) if above else (low, middle)
    return TailoredSlope(low=low, high=high)


def _exceeds(network: Network, slope: Fraction, goal: Fraction, digits: int) -> bool | None:
    """Whether the network is above its goal, or `None` where that is not decided."""
    import flint

    bits = 4 * digits + _SPARE
    while bits <= _MOST_BITS:
        with flint.ctx.workprec(bits):
            a = flint.arb(flint.fmpq(slope.numerator, slope.denominator))
            factor = (1 - a) ** 2 / (flint.arb.pi() * (1 + a * a))

            def layer(c: Any, factor: Any = factor) -> Any:
                return c + factor * ((1 - c * c).sqrt() - c * c.acos())

            off = network(flint.arb(0), layer) - flint.arb(flint.fmpq(goal.numerator, goal.denominator))
            if off > 0 or off < 0:
                return bool(off > 0)
        bits *= 2
    return None
