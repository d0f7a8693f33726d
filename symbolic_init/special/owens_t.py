r"""Owen's T function, which SymPy lacks: probabilities of two correlated normal variables."""

from typing import Any, final

import mpmath
from sympy import Expr, Float, Function, Rational, S, atan, erf, exp, pi, sqrt

__all__ = ["OwensT", "owens_t"]


@final
class OwensT(Function):  # type: ignore[misc]  # SymPy is untyped
    r"""Return `T(h, a)`, the integral of `exp(-h**2*(1+t**2)/2)/(2*pi*(1+t**2))` for t from 0 to a.

    Entire in `h`, analytic in real `a`; even in `h`, odd in `a`, and `T(0, a) = atan(a)/(2*pi)`.

    References:
        D. B. Owen, Tables for computing bivariate normal probabilities, Ann. Math. Stat. 27 (1956).

    Examples:
        >>> from sympy import S
        >>> OwensT(0, 1)
        1/8
        >>> OwensT(S(1)/2, 1).evalf(15)
        0.106671062961449
    """

    nargs = 2

    @classmethod
    def eval(cls, h: Expr, a: Expr) -> Expr | None:
        """Values that are known: `a = 0`, `h = 0`, and the symmetries."""
        if a.is_zero:
            return S.Zero
        if h.is_zero:
            return atan(a) / (2 * pi)
        if a.could_extract_minus_sign():
            return -cls(h, -a)
        if h.could_extract_minus_sign():
            return cls(-h, a)
        return None

    def fdiff(self, argindex: int = 1) -> Expr:
        """Derivative with respect to `h` (1) or `a` (2)."""
        h, a = self.args
        if argindex == 1:
            return -exp(-(h**2) / 2) * erf(a * h / sqrt(2)) / (2 * sqrt(2 * pi))
        return exp(-(h**2) * (1 + a**2) / 2) / (2 * pi * (1 + a**2))

    def _eval_is_extended_real(self) -> bool | None:
        return True if all(a.is_extended_real for a in self.args) else None

    def _eval_evalf(self, prec: int) -> Expr | None:
        with mpmath.workprec(prec + 20):
            h, a = (v._eval_evalf(prec + 20) for v in self.args)  # noqa: SLF001 - SymPy's protocol
            if not (h.is_Float or h.is_Rational) or not (a.is_Float or a.is_Rational):
                return None
            return Float._new(  # noqa: SLF001 - no rounding to decimal
                owens_t(_number(h), _number(a))._mpf_, prec + 20
            )

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        h, a = (printer._print(v) for v in self.args)  # noqa: SLF001 - SymPy's protocol
        power = "" if exp is None else f"^{{{exp}}}"
        return rf"T{power}\left({h}, {a}\right)"


def _number(value: Expr) -> Any:
    if value.is_Rational:
        value = Rational(value)
        return mpmath.mpf(int(value.p)) / int(value.q)
    return mpmath.mpf(value._mpf_)


def owens_t(h: Any, a: Any) -> Any:
    """Return T of two mpmath numbers at the current precision; a large `a` is folded over 1."""
    if abs(a) > 1:
        sign = mpmath.sign(a)
        a, k = abs(a), abs(a) * h
        upper, inner = mpmath.erf(h / mpmath.sqrt(2)), mpmath.erf(k / mpmath.sqrt(2))
        jump = mpmath.mpf(0) if h * k >= 0 else mpmath.mpf(1) / 2
        # Owen 1956, (2.3): T(h, a) + T(a h, 1/a) in terms of normal probabilities.
        first, second = (1 + upper) / 2, (1 + inner) / 2
        return sign * ((first + second) / 2 - first * second - jump - owens_t(k, 1 / a))
    return mpmath.quad(lambda t: mpmath.exp(-h * h * (1 + t * t) / 2) / (1 + t * t), [0, a]) / (2 * mpmath.pi)
