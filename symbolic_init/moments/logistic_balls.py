"""Gaussian means of powers of sech, and their derivatives, to many digits with proven errors.

Three ways meet, each the best somewhere: the power series at 0 and the one at infinity, which are both
asymptotic and whose errors are below twice the first term left out, and between them the trapezoidal
rule with residues of `special.theta`.
"""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

from flint import arb, fmpz

from symbolic_init.special.theta import Theta
from symbolic_init.special.wave_sums import Integrand

__all__ = ["asymptotic_mean", "residue_error"]

_GUARD = 4
"""Bits aimed at beyond those asked for."""
_DEAR_BITS = 1500
"""Precision at which a term of a series costs about two nodes: measured."""


def residue_error(f: Integrand, q: Any, plan: Theta) -> Any:
    """Return a bound of the error of the trapezoidal rule with residues.

    The contour lies where `|f(x + i*y)| = |f(x)|`, and on the line sech and tanh are below 1.

    Args:
        f: Integrand without logarithms.
        q: Variance, a positive ball.
        plan: How the sum was made.
    """
    height, width = arb.pi() * plan.poles, q.sqrt() * plan.step
    return 2 * f.size * (height**2 / (2 * q)).exp() / ((2 * arb.pi() * height / width).exp() - 1)


class _Series(NamedTuple):
    """A series of terms `coefficient(k)*q**(sign*k - shift)`.

    Its error is below twice the modulus of the first term left out, for every complex `q` with a positive
    real part, from the second term on: the partial fractions of the integrand in the square of its argument
    are geometric series, and `|1/(c + u)| <= 1/c` for `Re u >= 0`. About `k!*growth**k` is the coefficient.
    `price` is what a term costs, compared with the others.
    """

    coefficient: Callable[[int], Any]
    sign: int
    shift: Fraction
    growth: float
    price: float = 1.0


def asymptotic_mean(secants: int, q: Any, bits: int, order: int, nodes: int) -> Any:
    """Return a derivative of `E[sech(sqrt(q)*z)**secants]` as a ball, or `None` where no series is quick.

    Args:
        secants: 1 or 2.
        q: Variance, a ball without negative numbers.
        bits: Accuracy, relative to the first term.
        order: Which derivative.
        nodes: How many places the other way takes.
    """
    rough = float(q.mid())
    for series in _SERIES[secants]:
        count = _terms(series, rough, (bits + _GUARD) * math.log(2), order)
        if count is not None and count * series.price * (1.2 + bits / _DEAR_BITS) <= nodes:
            return _summed(series, q, count, order)
    return None


def _terms(series: _Series, variance: float, goal: float, order: int) -> int | None:
    """How many terms leave an error of about `exp(-goal)`, relative to the first."""
    if variance == 0:
        return order + 1 if series.sign > 0 else None
    log = series.sign * math.log(variance) + math.log(series.growth)
    low = first = order if series.sign > 0 else 0
    high = first + math.floor(min(math.exp(min(-log, 20.0)), 4 * goal + 50))

    def missed(count: int) -> bool:
        size = math.lgamma(count + 1) - math.lgamma(first + 1) + (count - first) * log
        return size + _circle(series, count, order)[1] > -goal

    if high <= low or missed(high):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if missed(middle) else (low, middle)
    return high


def _circle(series: _Series, count: int, order: int) -> tuple[float, float]:
    """The radius of a circle in units of `q`, and the logarithm of what Cauchy's estimate on it adds."""
    if order == 0:
        return 0.0, 0.0
    if series.sign > 0:
        radius = min(0.9, order / max(count - order, 1))
        return radius, count * math.log1p(radius) - order * math.log(radius)
    power = count + float(series.shift)
    radius = order / (order + power)
    return radius, -power * math.log1p(-radius) - order * math.log(radius)


def _summed(series: _Series, q: Any, count: int, order: int) -> Any:
    """The derivative of the sum of some terms, with the bound of the derivative of the rest."""
    first = order if series.sign > 0 else 0
    step = q if series.sign > 0 else 1 / q
    shift = arb(series.shift.numerator) / series.shift.denominator
    total, power = arb(0), arb(1)
    for k in range(first, count):
        falling = arb(1)
        for i in range(order):
            falling *= series.sign * k - shift - i
        total += series.coefficient(k) * falling * power
        power *= step
    radius = arb(_circle(series, count, order)[0])
    spread = (1 + radius) ** count if series.sign > 0 else (1 - radius) ** (-count - shift)
    rest = 2 * abs(series.coefficient(count)) * power * spread
    if order:
        rest *= arb.fac_ui(order) / radius**order
    total += arb(0, rest.upper())
    return total if series.sign > 0 else total / (q ** (order + shift))


def _tangent(k: int) -> Any:
    """Of `E[tanh(x)/x*z**2]`, which is `E[sech(x)**2]` by Stein's identity."""
    m = k + 1
    return (-1) ** k * 2**m * (4**m - 1) * abs(arb.bernoulli(2 * m)) / arb.fac_ui(m)


def _secant(k: int) -> Any:
    """Of `E[sech(x)]`."""
    return arb(fmpz.euler_number(2 * k)) / (2**k * arb.fac_ui(k))


def _far_squared(k: int) -> Any:
    """Of `sqrt(2/(pi*q))*E[w(pi*z/(2*sqrt(q)))]` with `w(u) = u/sinh(u)`: `E[sech(x)**2]` by Parseval."""
    size = abs((arb(2) ** (1 - 2 * k) - 1) * arb.bernoulli(2 * k)) * arb.pi() ** (2 * k)
    return (-1) ** k * size * (2 / arb.pi()).sqrt() / (2**k * arb.fac_ui(k))


def _far_secant(k: int) -> Any:
    """Of `sqrt(pi/(2*q))*E[sech(pi*z/(2*sqrt(q)))]`, the same for `E[sech(x)]`."""
    return _secant(k) * (arb.pi() ** 2 / 4) ** k * (arb.pi() / 2).sqrt()


_HALF = Fraction(1, 2)
_SERIES = {
    1: (
        _Series(_secant, 1, Fraction(0), 8 / math.pi**2, 2.0),
        _Series(_far_secant, -1, _HALF, 2.0, 2.0),
    ),
    2: (
        _Series(_tangent, 1, Fraction(0), 8 / math.pi**2),
        _Series(_far_squared, -1, _HALF, 0.5),
    ),
}
"""By the power of sech: at 0, and at infinity."""
