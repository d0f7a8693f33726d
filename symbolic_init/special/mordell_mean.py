r"""The Gaussian mean of a hyperbolic secant, a Mordell integral."""

from typing import Any, final

from sympy import Expr, S

from symbolic_init.special.sech_mean import known_secant_mean, secant_mean
from symbolic_init.special.wave_mean import AbstractWaveMean, is_count

__all__ = ["MordellMean", "mordell_mean"]


@final
class MordellMean(AbstractWaveMean):
    r"""Return `F(q) = E[sech(sqrt(q)*z)]` for a standard normal `z`; `MordellMean(q, n)` is `F^(n)(q)`.

    With Mordell's integral `h(0; tau)`, the integral of `exp(pi*i*tau*t**2)/cosh(pi*t)` over the line, it
    is `sqrt(pi/(2*q))*h(0; i*pi/(2*q))`. Of the same kind is `F(q) = sqrt(pi/(2*q))*F(pi**2/(4*q))`:
    `F` falls from 1 at `q = 0` like `sqrt(pi/(2*q))`. No form by classical functions is known for
    all q. `2*F' = E[sech''] = F - 2*E[sech**3]`.

    References:
        S. Zwegers, Mock Theta Functions, thesis, Utrecht (2002), section 1.2.

    Examples:
        >>> MordellMean(0)
        1
        >>> MordellMean(1).evalf(15)
        0.741264274125380
        >>> MordellMean(1, 1).evalf(15)
        -0.151279394259361
        >>> from symbolic_init.notation import q
        >>> MordellMean(4 * q).diff(q)
        4*MordellMean(4*q, 1)
    """

    nargs = (1, 2)
    letter = "F"
    plain = 1

    @classmethod
    def eval(cls, variance: Expr, order: Expr = S.Zero) -> Expr | None:
        """Values that are known: `q = 0` and `q = oo`."""
        if not is_count(order, "the order of a derivative"):
            return None
        return known_secant_mean(1, variance, order)

    def __new__(cls, variance: Expr, order: Expr = S.Zero, **options: Any) -> Expr:
        """Leave out the order 0."""
        arguments = (variance,) if order == 0 else (variance, order)
        return super().__new__(cls, *arguments, **options)

    @classmethod
    def value_at(cls, variance: Any, *more: int) -> Any:
        """Return `F` or a derivative of an mpmath number at the current precision."""
        return mordell_mean(variance, *more)


def mordell_mean(variance: Any, order: int = 0) -> Any:
    """Return `F^(order)` of an mpmath number (not negative) at the current precision."""
    return secant_mean(1, variance, order)
