r"""Real and imaginary part of the Goodwin-Staton integral, as real functions of two real numbers."""

from typing import Any, final

import mpmath
from sympy import Ei, Expr, Function, S, erfi, exp, pi, sqrt
from sympy.core.function import ArgumentIndexError

from symbolic_init.special.complex_parts import part_latex, part_value
from symbolic_init.special.faddeeva import faddeeva

__all__ = ["GoodwinStatonImaginary", "GoodwinStatonReal", "goodwin_staton"]


@final
class GoodwinStatonReal(Function):  # type: ignore[misc]  # SymPy is untyped
    r"""Return the real part of `G(u + i*v)` for real `u` and `v`, not `v = 0 >= u`; even in `v`.

    `G(t) = integral of exp(-s**2)/(s + t) over s > 0` is analytic but for a cut along `t <= 0`. It is the
    mean of a pole on a half line: `E[1/(z + zeta); z > 0] = G(zeta/sqrt(2))/sqrt(2*pi)` for a standard
    normal `z`. Above the real axis `G(t) = (exp(-t**2)*E1(-t**2) - i*pi*w(t))/2` with the exponential
    integral `E1` and the Faddeeva function `w`.

    References:
        NIST Digital Library of Mathematical Functions, 7.2.12 and 7.5.13.

    Examples:
        >>> GoodwinStatonReal(2, 0)
        (-Ei(4) + pi*erfi(2))*exp(-4)/2
        >>> GoodwinStatonReal(-1, 1).evalf(15)
        -0.254796891779475
    """

    nargs = 2

    @classmethod
    def eval(cls, u: Expr, v: Expr) -> Expr | None:
        """Values on the positive axis, and the symmetry."""
        if v == 0:
            return exp(-(u**2)) * (pi * erfi(u) - Ei(u**2)) / 2 if u.is_positive else None
        return cls(u, -v) if v.could_extract_minus_sign() else None

    def fdiff(self, argindex: int = 1) -> Expr:
        """Derivative with respect to `u` (1) or `v` (2), from `G' = sqrt(pi) - 1/t - 2*t*G`."""
        u, v = self.args
        other = GoodwinStatonImaginary(u, v)
        if argindex == 1:
            return sqrt(pi) - u / (u**2 + v**2) - 2 * (u * self - v * other)
        if argindex == 2:
            return 2 * (u * other + v * self) - v / (u**2 + v**2)
        raise ArgumentIndexError(self, argindex)

    def _eval_is_extended_real(self) -> bool | None:
        return True if all(a.is_extended_real for a in self.args) else None

    def _eval_evalf(self, prec: int) -> Expr | None:
        return part_value(self, prec, goodwin_staton)

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        return part_latex(self, printer, r"\operatorname{Re} G", exp)


@final
class GoodwinStatonImaginary(Function):  # type: ignore[misc]  # SymPy is untyped
    r"""Return the imaginary part of `G(u + i*v)` for real `u` and `v`, not `v = 0 >= u`; odd in `v`.

    Examples:
        >>> GoodwinStatonImaginary(2, 0)
        0
        >>> GoodwinStatonImaginary(-1, 1).evalf(15)
        -0.678201572526680
    """

    nargs = 2

    @classmethod
    def eval(cls, u: Expr, v: Expr) -> Expr | None:
        """Values on the positive axis, and the symmetry."""
        if v == 0:
            return S.Zero if u.is_positive else None
        return -cls(u, -v) if v.could_extract_minus_sign() else None

    def fdiff(self, argindex: int = 1) -> Expr:
        """Derivative with respect to `u` (1) or `v` (2)."""
        u, v = self.args
        other = GoodwinStatonReal(u, v)
        if argindex == 1:
            return v / (u**2 + v**2) - 2 * (u * self + v * other)
        if argindex == 2:
            return sqrt(pi) - u / (u**2 + v**2) - 2 * (u * other - v * self)
        raise ArgumentIndexError(self, argindex)

    def _eval_is_extended_real(self) -> bool | None:
        return True if all(a.is_extended_real for a in self.args) else None

    def _eval_evalf(self, prec: int) -> Expr | None:
        return part_value(self, prec, goodwin_staton, imaginary=True)

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        return part_latex(self, printer, r"\operatorname{Im} G", exp)


def goodwin_staton(t: Any) -> Any:
    """Return `G(t)`, the integral of `exp(-s**2)/(s + t)` over `s > 0`, as an mpmath number.

    `t` is complex, off the cut `t <= 0`, where the value is NaN.

    Examples:
        >>> import mpmath
        >>> mpmath.nprint(goodwin_staton(mpmath.mpc(-1, 1)), 10)
        (-0.2547968918 - 0.6782015725j)
    """
    t = mpmath.mpc(t)
    if t.imag == 0:
        return _on_axis(t.real)
    if t.imag < 0:
        return mpmath.conj(goodwin_staton(mpmath.conj(t)))
    # The two terms cancel in the imaginary part near the positive axis.
    bits = 2 * max(0, mpmath.mag(t)) + max(0, mpmath.mag(t.real) - mpmath.mag(t.imag)) + 20
    with mpmath.workprec(mpmath.mp.prec + bits):
        square = t * t
        value = (mpmath.exp(-square) * mpmath.e1(-square) - mpmath.j * mpmath.pi * faddeeva(t)) / 2
    return +value


def _on_axis(u: Any) -> Any:
    if u <= 0:
        return mpmath.mpc(mpmath.nan)
    with mpmath.workprec(mpmath.mp.prec + 2 * max(0, mpmath.mag(u)) + 20):
        value = mpmath.exp(-u * u) * (mpmath.pi * mpmath.erfi(u) - mpmath.ei(u * u)) / 2
    return mpmath.mpc(+value)
