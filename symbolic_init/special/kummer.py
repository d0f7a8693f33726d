r"""Kummer's and Tricomi's confluent hypergeometric functions: means of powers of quadratics."""

from typing import Any, final

import mpmath
from sympy import Expr, Float, Function, Pow, Rational, S, exp, hyper
from sympy.core.function import ArgumentIndexError

__all__ = ["KummerM", "KummerU", "evaluated", "kummer_m", "kummer_u"]

_STRIP = 1.3
"""Half-width of a strip in which the integral of `U` is taken, below pi/2."""


@final
class KummerM(Function):  # type: ignore[misc]  # SymPy is untyped
    r"""Return Kummer's function `M(a, b, z) = 1F1(a; b; z)` for real arguments, `b` no integer below 1.

    Entire in `z`; the moments of a normal variable off the center are made of it:
    `E[|c + sqrt(q)*z|**p] = E[|sqrt(q)*z|**p] * M(-p/2, 1/2, -c**2/(2*q))`.

    References:
        NIST Digital Library of Mathematical Functions, 13.2.2.

    Examples:
        >>> from sympy import Rational, hyper
        >>> KummerM(2, 2, 1)
        E
        >>> KummerM(Rational(1, 3), Rational(1, 2), -1).evalf(15)
        0.555767966350841
        >>> KummerM(1, 2, 3).rewrite(hyper)
        hyper((1,), (2,), 3)
    """

    nargs = 3

    @classmethod
    def eval(cls, a: Expr, b: Expr, z: Expr) -> Expr | None:
        """Values that are known: `a = 0`, `z = 0` and `a = b`."""
        if a.is_zero or z.is_zero:
            return S.One
        return exp(z) if a == b else None

    def fdiff(self, argindex: int = 3) -> Expr:
        """Derivative with respect to `z`."""
        if argindex != 3:
            raise ArgumentIndexError(self, argindex)
        a, b, z = self.args
        return a * KummerM(a + 1, b + 1, z) / b

    def _eval_rewrite_as_hyper(self, a: Expr, b: Expr, z: Expr, **_: Any) -> Expr:
        return hyper((a,), (b,), z)

    def _eval_is_extended_real(self) -> bool | None:
        return True if all(u.is_extended_real for u in self.args) else None

    def _eval_evalf(self, prec: int) -> Expr | None:
        return evaluated(self, prec, kummer_m)

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        a, b, z = (printer._print(u) for u in self.args)  # noqa: SLF001 - SymPy's protocol
        return _raised(rf"{{}}_1F_1\left({a}; {b}; {z}\right)", exp)


@final
class KummerU(Function):  # type: ignore[misc]  # SymPy is untyped
    r"""Return Tricomi's function `U(a, b, z)` for real `a` and `b` and positive `z`.

    For `a > 0`, `gamma(a)*U(a, b, z)` is the integral of `exp(-z*t)*t**(a - 1)*(1 + t)**(b - a - 1)` for t
    from 0 to infinity; `U(a, b, z)` falls like `z**(-a)`. The mean of a power of a quadratic is one:
    `E[(1 + q*z**2)**k] = U(1/2, k + 3/2, 1/(2*q))/sqrt(2*q)`.

    References:
        NIST Digital Library of Mathematical Functions, 13.2.6 and 13.4.4.

    Examples:
        >>> from sympy import Rational
        >>> KummerU(Rational(1, 2), Rational(3, 2), 4)
        1/2
        >>> KummerU(Rational(1, 2), Rational(13, 6), 1).evalf(15)
        1.28654092894141
    """

    nargs = 3

    @classmethod
    def eval(cls, a: Expr, b: Expr, z: Expr) -> Expr | None:
        """Values that are known: `a = 0` and `b = a + 1`."""
        if a.is_zero:
            return S.One
        return Pow(z, -a) if (b - a - 1).is_zero else None

    def fdiff(self, argindex: int = 3) -> Expr:
        """Derivative with respect to `z`."""
        if argindex != 3:
            raise ArgumentIndexError(self, argindex)
        a, b, z = self.args
        return -a * KummerU(a + 1, b + 1, z)

    def _eval_is_extended_real(self) -> bool | None:
        a, b, z = self.args
        return True if a.is_extended_real and b.is_extended_real and z.is_positive else None

    def _eval_is_positive(self) -> bool | None:
        a, b, z = self.args
        return True if a.is_positive and b.is_extended_real and z.is_positive else None

    def _eval_evalf(self, prec: int) -> Expr | None:
        return evaluated(self, prec, kummer_u)

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        a, b, z = (printer._print(u) for u in self.args)  # noqa: SLF001 - SymPy's protocol
        return rf"U{'' if exp is None else f'^{{{exp}}}'}\left({a}, {b}, {z}\right)"


def _raised(text: str, exponent: str | None) -> str:
    return text if exponent is None else rf"\left({text}\right)^{{{exponent}}}"


def evaluated(head: Expr, prec: int, function: Any) -> Expr | None:
    """Return the value of a head at real numbers by a function of mpmath numbers, or `None`."""
    with mpmath.workprec(prec + 20):
        numbers = [_number(u._eval_evalf(prec + 20)) for u in head.args]  # noqa: SLF001 - SymPy's protocol
        if None in numbers:
            return None
        value = function(*numbers)
        if not mpmath.isfinite(value):
            return None
        return Float._new(value._mpf_, prec + 20)  # noqa: SLF001 - no rounding to decimal


def _number(value: Expr) -> Any:
    if value is not None and value.is_Rational:
        value = Rational(value)
        return mpmath.mpf(int(value.p)) / int(value.q)
    return mpmath.mpf(value._mpf_) if value is not None and value.is_Float else None


def kummer_m(a: Any, b: Any, z: Any) -> Any:
    """Return `M(a, b, z)` of mpmath numbers at the current precision."""
    return mpmath.hyp1f1(a, b, z)


def kummer_u(a: Any, b: Any, z: Any) -> Any:
    """Return `U(a, b, z)` of mpmath numbers at the current precision; NaN unless `z > 0`."""
    a, b, z = map(mpmath.mpf, (a, b, z))
    if not z > 0:
        return mpmath.nan
    try:
        return mpmath.re(mpmath.hyperu(a, b, z))
    except (ValueError, ZeroDivisionError, mpmath.libmp.NoConvergence):  # U(1/2, -1/2, 1/2), for instance
        if a > 0:
            return _laplace(a, b, z)
        if a - b + 1 > 0:  # 13.2.40 of the Library
            return z ** (1 - b) * _laplace(a - b + 1, 2 - b, z)
        return mpmath.nan


def _laplace(a: Any, b: Any, z: Any) -> Any:
    """`U(a, b, z)` for `a > 0` by the trapezoidal rule for its integral in the logarithm of `z*t`.

    The terms are positive, and the integrand is analytic and bounded in a strip of half-width `_STRIP`.
    """
    power = b - a - 1
    goal = (mpmath.mp.prec + 10) * mpmath.ln2 + 1.4 * a + abs(power)
    step = 2 * mpmath.pi * _STRIP / goal
    first = mpmath.floor((min(mpmath.mpf(0), mpmath.log(z)) - goal / a) / step)
    last = mpmath.ceil(mpmath.log(2 * goal + 4 * (a + abs(power))) / step)
    with mpmath.extraprec(20):
        grow, t, total = mpmath.exp(step), mpmath.exp(first * step), mpmath.mpf(0)
        for _ in range(int(last - first) + 1):
            total += mpmath.exp(-t) * t**a * (1 + t / z) ** power
            t *= grow
        value = total * step * z**-a / mpmath.gamma(a)
    return +value
