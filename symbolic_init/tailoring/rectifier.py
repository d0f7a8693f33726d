r"""Tailored rectifiers: the negative slope with which a deep network keeps two inputs apart.

A leaky rectifier with slope a, scaled by `sqrt(2/(1 + a^2))`, keeps the variance, and takes the
correlation c of two inputs to `C(c) = c + (1 - a)^2/(pi (1 + a^2)) (sqrt(1 - c^2) - c acos(c))`. A
network made of such layers takes c to a function of C; for two orthogonal inputs it falls as a rises,
from that of ReLU to 0 at a = 1. So there is one slope at which it is eta, if it is at least eta for ReLU:
found by bisection in ball arithmetic.
"""

from fractions import Fraction
from typing import Any

from symbolic_init.errors import AssumptionError, PrecisionError, UnsupportedError
from symbolic_init.rationals import rational
from symbolic_init.tailoring.networks import Network
from symbolic_init.transformed import TailoredSlope

__all__ = ["tailored_slope"]

_SPARE = 64
"""Bits beyond the digits asked for: correlations lose some in deep networks."""
_MOST_BITS = 4096


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
        >>> from symbolic_init import plain_network
        >>> round(tailored_slope(plain_network(50)).slope, 12)
        0.4...
    """
    goal = Fraction(rational(str(eta)))
    if not 0 < goal < 1:
        msg = f"eta = {eta} must be between 0 and 1"
        raise AssumptionError(msg)
    low, high = Fraction(0), Fraction(1)
    exceeds = _exceeds(network, low, goal, digits)
    if exceeds is None:
        msg = f"whether the network reaches {goal} with ReLU itself was not decided"
        raise PrecisionError(msg)
    if not exceeds:
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


def _mapped(c: Any, factor: Any) -> Any:
    """The map of a layer, which rises: two ends lose less than a ball."""
    return c + factor * ((1 - c * c).sqrt() - c * c.acos())


def _exceeds(network: Network, slope: Fraction, goal: Fraction, digits: int) -> bool | None:
    """Whether the network is above its goal, or `None` where that is not decided."""
    import flint

    bits = 4 * digits + _SPARE
    while bits <= _MOST_BITS:
        with flint.ctx.workprec(bits):
            a = flint.arb(flint.fmpq(slope.numerator, slope.denominator))
            factor = (1 - a) ** 2 / (flint.arb.pi() * (1 + a * a))

            def layer(c: Any, factor: Any = factor) -> Any:
                low, high = (_mapped(end, factor) for end in (c.lower(), c.upper().min(1)))
                return low.union(high)

            off = network(flint.arb(0), layer) - flint.arb(flint.fmpq(goal.numerator, goal.denominator))
            if off > 0 or off < 0:
                return bool(off > 0)
        bits *= 2
    return None
