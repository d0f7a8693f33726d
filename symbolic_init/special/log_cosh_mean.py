r"""Gaussian means of powers of `log(cosh)`: what softplus, log-sigmoid and log-cosh have in common."""

from math import comb, factorial, prod
from typing import Any, final

import mpmath
from sympy import Expr, Rational, S

from symbolic_init.special.sech_mean import SechMean, initial_value, sech_mean
from symbolic_init.special.wave_mean import AbstractWaveMean, is_count
from symbolic_init.special.wave_sums import (
    MOST_ORDER,
    MPMATH,
    Arithmetic,
    Height,
    lost_bits,
    split_integrand,
    trapezoid,
    wave_integrand,
    wave_mean,
    weighted_sum,
)

__all__ = [
    "LogCoshMean",
    "far_goal",
    "far_height",
    "far_part",
    "is_near",
    "log_cosh_mean",
    "odd_moment",
]

_MOST_POWER = 40
"""Means of higher powers are not evaluated."""


@final
class LogCoshMean(AbstractWaveMean):
    r"""Return `L_j(q) = E[log(cosh(sqrt(q)*z))**j]` for a standard normal `z`.

    `LogCoshMean(q, j)` is `L_j(q)`, and `LogCoshMean(q, j, n)` its derivative of order n. `L_j` grows
    from 0 at `q = 0`; no form by classical functions is known. By the heat equation
    `L_1' = S/2` with `S(q) = E[sech(sqrt(q)*z)**2]`, and `E[tanh**2*log(cosh)] = 1 - S + L_1 - L_2'`:
    the mean of every polynomial in `x`, `tanh(x)` and `log(cosh(x))` is made of `S`, the `L_j` and
    their derivatives. As `log(1 + exp(x)) = x/2 + log(2) + log(cosh(x/2))`, so is that of softplus.

    Values come from the trapezoidal rule; at a large variance only what decays is summed, as
    `log(2*cosh(x))` is `|x|` up to that.

    References:
        L. N. Trefethen and J. A. C. Weideman, The exponentially convergent trapezoidal rule,
        SIAM Review 56 (2014), theorem 5.1.

    Examples:
        >>> LogCoshMean(0, 1)
        0
        >>> LogCoshMean(1, 1).evalf(15)
        0.374567207491438
        >>> LogCoshMean(1, 2).evalf(15)
        0.330068042100299
        >>> from symbolic_init.notation import q
        >>> LogCoshMean(q, 1).diff(q), LogCoshMean(q, 2).diff(q)
        (SechMean(q)/2, LogCoshMean(q, 2, 1))
    """

    nargs = (2, 3)
    letter = "L"
    plain = 2
    vanishes = True

    @classmethod
    def eval(cls, variance: Expr, power: Expr, order: Expr = S.Zero) -> Expr | None:
        """Values that are known: the powers 0 and 1, `q = 0` and `q = oo`."""
        if not (is_count(power, "the power") and is_count(order, "the order of a derivative")):
            return None
        if power == 0:
            return S.Zero if order else S.One
        if power == 1 and order:
            return SechMean(variance, order - 1) / 2
        if variance is S.Infinity:
            return _limit(int(power), int(order))
        if variance.is_zero and order <= MOST_ORDER:
            return initial_value(0, int(power), int(order))
        return None

    def __new__(cls, variance: Expr, power: Expr, order: Expr = S.Zero, **options: Any) -> Expr:
        """Leave out the order 0."""
        arguments = (variance, power) if order == 0 else (variance, power, order)
        return super().__new__(cls, *arguments, **options)

    @classmethod
    def value_at(cls, variance: Any, *more: int) -> Any:
        """Return `L_j` or a derivative of an mpmath number at the current precision."""
        return log_cosh_mean(variance, *more)


def _limit(power: int, order: int) -> Expr:
    """The limit at infinity: `L_j` grows as `q**(j/2)`."""
    if power == 2 * order:
        return Rational(factorial(power), 2**order)
    return S.Infinity if power > 2 * order else S.Zero


def log_cosh_mean(variance: Any, power: int, order: int = 0) -> Any:
    """Return `L_power^(order)` of an mpmath number (not negative) at the current precision."""
    if power == 0:
        return mpmath.mpf(order == 0)
    if power == 1 and order:
        return sech_mean(variance, order - 1) / 2
    if variance == mpmath.inf:
        return mpmath.mpf(_limit(power, order))
    rough = float(variance)
    if power > _MOST_POWER or order > MOST_ORDER or not 0 <= rough < mpmath.inf:
        return mpmath.nan
    bits = mpmath.mp.prec + lost_bits(rough, order)
    if is_near(rough, bits):
        return +wave_mean(wave_integrand(0, power, order), variance, bits)
    if not order:
        return _far_mean(variance, power, bits)
    factor, kept, f = split_integrand(power, order)
    with mpmath.workprec(bits + 20):
        value = wave_mean(f, variance, bits)
        if factor:
            value += factor * log_cosh_mean(variance, kept) / mpmath.mpf(2) ** order
    return +value


def is_near(variance: float, bits: int) -> bool:
    """Tell whether the logarithm is summed as it is: that takes fewer nodes while the variance is small."""
    return 10 * variance <= bits


def _far_mean(variance: Any, power: int, bits: int) -> Any:
    plan = trapezoid(float(variance), far_goal(power, bits), 2)
    with mpmath.workprec(bits + 20):
        height = far_height(power, variance, MPMATH)
        found = weighted_sum(height, mpmath.sqrt(variance), plan, MPMATH)
        return found.total / mpmath.sqrt(2 * mpmath.pi) + far_part(power, variance, MPMATH)


def far_goal(power: int, bits: int) -> float:
    """Return what `trapezoid` is to aim at, relative to the power of the deviation."""
    aim = 0.7 * (bits + 4 + 3 * power)
    return aim + power * float(mpmath.log(aim))


def odd_moment(power: int) -> tuple[tuple[int, int, int], ...]:
    """Return `E[x**power*tanh(x)]` for odd powers, by Stein's identity.

    Returns:
        Triples `(c, m, k)`: the sum of `c*q**m*E[x**k*sech(x)**2]`.

    Examples:
        >>> odd_moment(3)
        ((1, 1, 2), (2, 2, 0))
    """
    return tuple(
        (prod(range(power - 1, power - 1 - 2 * m, -2)), m + 1, power - 1 - 2 * m)
        for m in range((power + 1) // 2)
    )


def far_part(power: int, variance: Any, arithmetic: Arithmetic) -> Any:
    """Return the mean of what does not decay: the even powers of `|x|` in `(|x| - log(2))**power`."""
    shift = -arithmetic.log1p(arithmetic.number(1))
    return sum(
        (
            comb(power, i) * prod(range(1, i, 2)) * shift ** (power - i) * variance ** (i // 2)
            for i in range(0, power + 1, 2)
        ),
        arithmetic.number(0),
    )


def far_height(power: int, variance: Any, arithmetic: Arithmetic) -> Height:
    """Return a function that decays and whose mean is the rest.

    With `M = log(2*cosh(x))` the even powers are `M**i - x**i`, the odd ones `M**i - x**i*tanh(x)`, and
    `E[x**i*tanh(x)]` is in `odd_moment`. All these are sums of positive terms.
    """
    log1p = arithmetic.log1p
    shift = -log1p(arithmetic.number(1))
    parts = [
        (
            i,
            comb(power, i) * shift ** (power - i),
            [(c * variance**m, k) for c, m, k in odd_moment(i)] if i % 2 else [],
        )
        for i in range(1, power + 1)
    ]

    def height(place: Any, wave: Any) -> Any:
        square = wave * wave
        below = 1 / (1 + square)
        log, secant = log1p(square), 4 * square * below * below
        total = 0 * place
        for i, factor, rest in parts:
            part = sum((comb(i, k) * log**k * place ** (i - k) for k in range(1, i + 1)), 0 * place)
            if rest:
                part += 2 * square * below * place**i + secant * sum(c * place**k for c, k in rest)
            total += factor * part
        return total

    return height
