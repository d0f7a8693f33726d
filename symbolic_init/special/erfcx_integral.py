r"""The integral of the scaled complementary error function: means of logarithms of quadratics."""

import math
from typing import Any, final

import mpmath
from sympy import Expr, Function, Rational, S, erfc, erfi, exp, hyper, pi, sqrt
from sympy.core.function import ArgumentIndexError

from symbolic_init.special.kummer import evaluated

__all__ = ["ErfcxIntegral", "erfcx_integral"]


@final
class ErfcxIntegral(Function):  # type: ignore[misc]  # SymPy is untyped
    r"""Return the integral of `exp(t**2)*erfc(t)` for t from 0 to `u`, for real `u`.

    Entire and increasing; it grows like `log(2*u)/sqrt(pi)`. By classical functions it is
    `sqrt(pi)*erfi(u)/2 - u**2*2F2(1, 1; 3/2, 2; u**2)/sqrt(pi)`, a difference of numbers as large as
    `exp(u**2)`. The mean of a logarithm is one: `E[log(1 + q*z**2)]` is
    `2*sqrt(pi)*ErfcxIntegral(1/sqrt(2*q)) + log(q/2) - EulerGamma`.

    References:
        NIST Digital Library of Mathematical Functions, 7.2.2 and 7.12.1 (the integrand).

    Examples:
        >>> ErfcxIntegral(0)
        0
        >>> ErfcxIntegral(1).evalf(15)
        0.647259225165388
        >>> from sympy import Symbol, hyper
        >>> u = Symbol("u", real=True)
        >>> ErfcxIntegral(u).diff(u)
        exp(u**2)*erfc(u)
        >>> ErfcxIntegral(u).rewrite(hyper)
        -u**2*hyper((1, 1), (3/2, 2), u**2)/sqrt(pi) + sqrt(pi)*erfi(u)/2
    """

    nargs = 1

    @classmethod
    def eval(cls, u: Expr) -> Expr | None:
        """Values that are known: 0 and infinity."""
        if u.is_zero:
            return S.Zero
        return S.Infinity if u is S.Infinity else None

    def fdiff(self, argindex: int = 1) -> Expr:
        """The integrand."""
        if argindex != 1:
            raise ArgumentIndexError(self, argindex)
        u = self.args[0]
        return exp(u**2) * erfc(u)

    def _eval_rewrite_as_hyper(self, u: Expr, **_: Any) -> Expr:
        series = hyper((1, 1), (Rational(3, 2), 2), u**2)
        return sqrt(pi) * erfi(u) / 2 - u**2 * series / sqrt(pi)

    def _eval_is_extended_real(self) -> bool | None:
        return True if self.args[0].is_extended_real else None

    def _eval_is_positive(self) -> bool | None:
        return self.args[0].is_positive  # type: ignore[no-any-return]

    def _eval_evalf(self, prec: int) -> Expr | None:
        return evaluated(self, prec, erfcx_integral)

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        argument = printer._print(self.args[0])  # noqa: SLF001 - SymPy's protocol
        text = rf"\operatorname{{Ierfcx}}\left({argument}\right)"
        return text if exp is None else rf"{text}^{{{exp}}}"


def erfcx_integral(u: Any) -> Any:
    """Return the integral of `exp(t**2)*erfc(t)` from 0 to an mpmath number, at the current precision."""
    u = mpmath.mpf(u)
    square = u * u
    if u > 0 and square > mpmath.mp.prec + 20:
        return _asymptotic(square)
    lost = 10 + (math.ceil(1.5 * float(square)) if u > 0 else 0)
    with mpmath.extraprec(lost):
        root = mpmath.sqrt(mpmath.pi)
        value = root * mpmath.erfi(u) / 2 - square * mpmath.hyp2f2(1, 1, 1.5, 2, square) / root
    return +value


def _asymptotic(square: Any) -> Any:
    """The same for a large argument: term by term from the asymptotic series of `exp(t**2)*erfc(t)`."""
    with mpmath.extraprec(20):
        total, term = mpmath.log(4 * square) + mpmath.euler, mpmath.mpf(1)
        for k in range(1, mpmath.mp.prec):
            term *= -(2 * k - 1) / (2 * square)
            total -= term / k
            if abs(term) < mpmath.eps:
                break
        value = total / (2 * mpmath.sqrt(mpmath.pi))
    return +value
