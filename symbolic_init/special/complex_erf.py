r"""Real and imaginary part of the error function of a complex number, as real functions of two real ones."""

from typing import Any, final

import mpmath
from sympy import Expr, Function, S, cos, erf, exp, pi, sin, sqrt

from symbolic_init.special.complex_parts import part_latex, part_value

__all__ = ["ErfImaginary", "ErfReal"]


@final
class ErfReal(Function):  # type: ignore[misc]  # SymPy is untyped
    r"""Return the real part of `erf(u + i*v)` for real `u` and `v`: odd in `u`, even in `v`.

    Examples:
        >>> ErfReal(1, 0)
        erf(1)
        >>> ErfReal(1, 2).evalf(15)
        -0.536643565778565
    """

    nargs = 2

    @classmethod
    def eval(cls, u: Expr, v: Expr) -> Expr | None:
        """Values that are known, and the symmetries."""
        if u.is_zero:
            return S.Zero
        if v.is_zero:
            return erf(u)
        if u.could_extract_minus_sign():
            return -cls(-u, v)
        return cls(u, -v) if v.could_extract_minus_sign() else None

    def fdiff(self, argindex: int = 1) -> Expr:
        """Derivative with respect to `u` (1) or `v` (2)."""
        u, v = self.args
        wave = cos(2 * u * v) if argindex == 1 else sin(2 * u * v)
        return 2 * exp(v**2 - u**2) * wave / sqrt(pi)

    def _eval_is_extended_real(self) -> bool | None:
        return True if all(a.is_extended_real for a in self.args) else None

    def _eval_evalf(self, prec: int) -> Expr | None:
        return part_value(self, prec, mpmath.erf)

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        return part_latex(self, printer, r"\operatorname{Re} \operatorname{erf}", exp)


@final
class ErfImaginary(Function):  # type: ignore[misc]  # SymPy is untyped
    r"""Return the imaginary part of `erf(u + i*v)` for real `u` and `v`: even in `u`, odd in `v`.

    Examples:
        >>> from sympy import erfi
        >>> ErfImaginary(0, 1) == erfi(1)
        True
        >>> ErfImaginary(1, 2).evalf(15)
        -5.04914370344703
    """

    nargs = 2

    @classmethod
    def eval(cls, u: Expr, v: Expr) -> Expr | None:
        """Values that are known, and the symmetries."""
        from sympy import erfi

        if v.is_zero:
            return S.Zero
        if u.is_zero:
            return erfi(v)
        if v.could_extract_minus_sign():
            return -cls(u, -v)
        return cls(-u, v) if u.could_extract_minus_sign() else None

    def fdiff(self, argindex: int = 1) -> Expr:
        """Derivative with respect to `u` (1) or `v` (2)."""
        u, v = self.args
        wave = -sin(2 * u * v) if argindex == 1 else cos(2 * u * v)
        return 2 * exp(v**2 - u**2) * wave / sqrt(pi)

    def _eval_is_extended_real(self) -> bool | None:
        return True if all(a.is_extended_real for a in self.args) else None

    def _eval_evalf(self, prec: int) -> Expr | None:
        return part_value(self, prec, mpmath.erf, imaginary=True)

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        return part_latex(self, printer, r"\operatorname{Im} \operatorname{erf}", exp)
