r"""The parabolic cylinder function: one-sided moments of a normal variable off the center."""

from typing import Any, final

import mpmath
from sympy import Expr, Function, exp
from sympy.core.function import ArgumentIndexError

from symbolic_init.special.kummer import evaluated

__all__ = ["ParabolicCylinderD", "parabolic_cylinder_d"]


@final
class ParabolicCylinderD(Function):  # type: ignore[misc]  # SymPy is untyped
    r"""Return Whittaker's parabolic cylinder function `D_nu(z)` for real `nu` and `z`.

    Entire in both; `D_0(z) = exp(-z**2/4)`, and `exp(z**2/4)*D_(-p-1)(z)*gamma(p + 1)` is the integral of
    `t**p*exp(-z*t - t**2/2)` for t from 0 to infinity. So one-sided moments are made of it:
    `E[Max(0, z - c)**p] = gamma(p + 1)*exp(-c**2/4)*D_(-p-1)(c)/sqrt(2*pi)` for a standard normal `z`.

    References:
        NIST Digital Library of Mathematical Functions, 12.1 and 12.5.1.

    Examples:
        >>> from sympy import Rational
        >>> ParabolicCylinderD(0, 2)
        exp(-1)
        >>> ParabolicCylinderD(Rational(-7, 3), 1).evalf(15)
        0.208796575312721
    """

    nargs = 2

    @classmethod
    def eval(cls, order: Expr, z: Expr) -> Expr | None:
        """The value that is elementary: order 0."""
        return exp(-(z**2) / 4) if order.is_zero else None

    def fdiff(self, argindex: int = 2) -> Expr:
        """Derivative with respect to `z`."""
        if argindex != 2:
            raise ArgumentIndexError(self, argindex)
        order, z = self.args
        return z * ParabolicCylinderD(order, z) / 2 - ParabolicCylinderD(order + 1, z)

    def _eval_is_extended_real(self) -> bool | None:
        return True if all(u.is_extended_real for u in self.args) else None

    def _eval_is_positive(self) -> bool | None:
        order, z = self.args
        return True if order.is_negative and z.is_extended_real else None

    def _eval_evalf(self, prec: int) -> Expr | None:
        return evaluated(self, prec, parabolic_cylinder_d)

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        order, z = (printer._print(u) for u in self.args)  # noqa: SLF001 - SymPy's protocol
        return rf"D_{{{order}}}{'' if exp is None else f'^{{{exp}}}'}\left({z}\right)"


def parabolic_cylinder_d(order: Any, z: Any) -> Any:
    """Return `D_order(z)` of mpmath numbers at the current precision."""
    return mpmath.re(mpmath.pcfd(order, z))
