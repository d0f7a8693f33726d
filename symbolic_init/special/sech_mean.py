r"""The Gaussian mean of a squared hyperbolic secant: what tanh, sigmoid and SiLU have in common."""

from typing import Any, final

import mpmath
from sympy import Expr, Integer, Rational, S

from symbolic_init.special.wave_mean import AbstractWaveMean, is_count
from symbolic_init.special.wave_sums import MOST_ORDER, lost_bits, wave_integrand, wave_mean

__all__ = ["SechMean", "initial_value", "known_secant_mean", "secant_mean", "sech_mean"]


@final
class SechMean(AbstractWaveMean):
    r"""Return `S(q) = E[sech(sqrt(q)*z)**2]` for a standard normal `z`; `SechMean(q, n)` is `S^(n)(q)`.

    `S` falls from 1 at `q = 0` like `sqrt(2/(pi*q))`; no form of it by classical functions is known.
    By the heat equation `2*(d/dq)*E[f(sqrt(q)*z)] = E[f''(sqrt(q)*z)]` its derivatives are means as well,
    and the mean of every polynomial in `x` and `tanh(x)` is made of them: `E[tanh**2] = 1 - S`,
    `E[tanh**4] = 1 - 4*S/3 - S'/3`, `E[x*tanh] = q*S`.

    Values come from the trapezoidal rule, whose error falls exponentially here.

    References:
        L. N. Trefethen and J. A. C. Weideman, The exponentially convergent trapezoidal rule,
        SIAM Review 56 (2014), theorem 5.1.

    Examples:
        >>> SechMean(0)
        1
        >>> SechMean(1).evalf(15)
        0.605705509602159
        >>> SechMean(1, 1).evalf(15)
        -0.181797688140487
        >>> from symbolic_init.notation import q
        >>> SechMean(q / 4).diff(q)
        SechMean(q/4, 1)/4
    """

    nargs = (1, 2)
    letter = "S"
    plain = 1

    @classmethod
    def eval(cls, variance: Expr, order: Expr = S.Zero) -> Expr | None:
        """Values that are known: `q = 0` and `q = oo`."""
        if not is_count(order, "the order of a derivative"):
            return None
        return known_secant_mean(2, variance, order)

    def __new__(cls, variance: Expr, order: Expr = S.Zero, **options: Any) -> Expr:
        """Leave out the order 0."""
        arguments = (variance,) if order == 0 else (variance, order)
        return super().__new__(cls, *arguments, **options)

    @classmethod
    def value_at(cls, variance: Any, *more: int) -> Any:
        """Return `S` or a derivative of an mpmath number at the current precision."""
        return sech_mean(variance, *more)


def known_secant_mean(secants: int, variance: Expr, order: Expr) -> Expr | None:
    """Return the mean of a power of sech, or a derivative, where the variance is 0 or infinite."""
    if variance is S.Infinity:
        return S.Zero
    if variance.is_zero and order <= MOST_ORDER:
        return initial_value(secants, 0, int(order))
    return None


def initial_value(secants: int, logs: int, order: int) -> Rational:
    """Return a derivative of `E[sech(sqrt(q)*z)**secants*log(cosh(sqrt(q)*z))**logs]` at `q = 0`.

    Examples:
        >>> initial_value(2, 0, 1), initial_value(0, 2, 2)
        (-1, 3/2)
    """
    return Integer(wave_integrand(secants, logs, order).rows[0][0]) / 2**order


def sech_mean(variance: Any, order: int = 0) -> Any:
    """Return `S^(order)` of an mpmath number (not negative) at the current precision."""
    return secant_mean(2, variance, order)


def secant_mean(secants: int, variance: Any, order: int) -> Any:
    """Return a derivative of `E[sech(sqrt(q)*z)**secants]` at the current precision."""
    if variance == mpmath.inf:
        return mpmath.mpf(0)
    rough = float(variance)
    if order > MOST_ORDER or not 0 <= rough < mpmath.inf:
        return mpmath.nan
    bits = mpmath.mp.prec + lost_bits(rough, order)
    return +wave_mean(wave_integrand(secants, 0, order), variance, bits)
