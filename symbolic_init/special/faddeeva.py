r"""Real and imaginary part of the Faddeeva function, as real functions of two real numbers."""

from typing import Any, final

import mpmath
from sympy import Expr, Function, S, erfc, erfi, exp, pi, sqrt
from sympy.core.function import ArgumentIndexError

from symbolic_init.special.complex_parts import part_latex, part_value

__all__ = ["FaddeevaImaginary", "FaddeevaReal", "faddeeva"]


@final
class FaddeevaReal(Function):  # type: ignore[misc]  # SymPy is untyped
    r"""Return the real part of `w(u + i*v)` for real `u` and `v`; even in `u`.

    `w(t) = exp(-t**2)*erfc(-i*t)` is entire, and for `v > 0` it is the mean of a pole:
    `E[1/(z - zeta)] = i*sqrt(pi/2)*w(zeta/sqrt(2))` for a standard normal `z`, `Im zeta > 0`. Unlike
    the error functions in it, `w` neither overflows nor vanishes there. Its real part is the Voigt function.

    References:
        NIST Digital Library of Mathematical Functions, 7.2.3 and 7.19.

    Examples:
        >>> FaddeevaReal(0, 1)
        E*erfc(1)
        >>> FaddeevaReal(1, 2).evalf(15)
        0.218492615274891
    """

    nargs = 2

    @classmethod
    def eval(cls, u: Expr, v: Expr) -> Expr | None:
        """Values on the two axes, and the symmetry."""
        if u == 0:
            return exp(v**2) * erfc(v)
        if v == 0:
            return exp(-(u**2))
        return cls(-u, v) if u.could_extract_minus_sign() else None

    def fdiff(self, argindex: int = 1) -> Expr:
        """Derivative with respect to `u` (1) or `v` (2), from `w' = 2*i/sqrt(pi) - 2*t*w`."""
        u, v = self.args
        if argindex == 1:
            return 2 * (v * FaddeevaImaginary(u, v) - u * self)
        if argindex == 2:
            return 2 * (u * FaddeevaImaginary(u, v) + v * self) - 2 / sqrt(pi)
        raise ArgumentIndexError(self, argindex)

    def _eval_is_extended_real(self) -> bool | None:
        return True if all(a.is_extended_real for a in self.args) else None

    def _eval_evalf(self, prec: int) -> Expr | None:
        return part_value(self, prec, faddeeva)

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        return part_latex(self, printer, r"\operatorname{Re} w", exp)


@final
class FaddeevaImaginary(Function):  # type: ignore[misc]  # SymPy is untyped
    r"""Return the imaginary part of `w(u + i*v)` for real `u` and `v`; odd in `u`.

    Examples:
        >>> FaddeevaImaginary(0, 1)
        0
        >>> FaddeevaImaginary(1, 2).evalf(15)
        0.0929978093926019
    """

    nargs = 2

    @classmethod
    def eval(cls, u: Expr, v: Expr) -> Expr | None:
        """Values on the two axes, and the symmetry."""
        if u == 0:
            return S.Zero
        if v == 0:
            return exp(-(u**2)) * erfi(u)
        return -cls(-u, v) if u.could_extract_minus_sign() else None

    def fdiff(self, argindex: int = 1) -> Expr:
        """Derivative with respect to `u` (1) or `v` (2)."""
        u, v = self.args
        if argindex == 1:
            return 2 / sqrt(pi) - 2 * (u * self + v * FaddeevaReal(u, v))
        if argindex == 2:
            return 2 * (v * self - u * FaddeevaReal(u, v))
        raise ArgumentIndexError(self, argindex)

    def _eval_is_extended_real(self) -> bool | None:
        return True if all(a.is_extended_real for a in self.args) else None

    def _eval_evalf(self, prec: int) -> Expr | None:
        return part_value(self, prec, faddeeva, imaginary=True)

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        return part_latex(self, printer, r"\operatorname{Im} w", exp)


def faddeeva(t: Any) -> Any:
    """Return `w(t) = exp(-t**2)*erfc(-i*t)` as an mpmath number, at the working precision.

    Examples:
        >>> import mpmath
        >>> mpmath.nprint(faddeeva(mpmath.mpc(1, 2)), 10)
        (0.2184926153 + 0.09299780939j)
    """
    bits = 2 * max(0, mpmath.mag(t)) + 10
    with mpmath.workprec(mpmath.mp.prec + bits):
        square, turned = t * t, mpmath.mpc(t.imag, -t.real)
        value = mpmath.exp(-square) * mpmath.erfc(turned)
    return +value
