r"""Sine over its argument and its derivatives, which SymPy has with a switch at 0 only."""

from typing import Any, final

import mpmath
from sympy import Expr, Function, S, cos, factorial2, sin
from sympy.core.function import ArgumentIndexError

from symbolic_init.special.kummer import evaluated

__all__ = ["Sinc", "sinc", "sine_over"]


@final
class Sinc(Function):  # type: ignore[misc]  # SymPy is untyped
    r"""Return `sin(u)/u`, 1 at `u = 0`; `Sinc(u, n)` is `j_n(u)/u**n` with the spherical Bessel function.

    Entire and even in `u`. The family is closed under derivatives: that of `Sinc(u, n)` is
    `-u*Sinc(u, n + 1)`.

    References:
        NIST Digital Library of Mathematical Functions, 10.51.3 and 10.53.1.

    Examples:
        >>> from sympy import Symbol
        >>> u = Symbol("u", real=True)
        >>> Sinc(0), Sinc(0, 1), Sinc(-u)
        (1, 1/3, Sinc(u))
        >>> Sinc(u).diff(u)
        -u*Sinc(u, 1)
        >>> Sinc(1).evalf(15)
        0.841470984807897
        >>> Sinc(u, 1).rewrite(sin)
        (-cos(u) + sin(u)/u)/u**2
    """

    nargs = (1, 2)

    @classmethod
    def eval(cls, u: Expr, order: Expr = S.Zero) -> Expr | None:
        """The value at 0, and the symmetry."""
        if not (order.is_Integer and order >= 0):
            msg = f"the order of Sinc is a whole number, 0 or above, not {order}"
            raise ValueError(msg)
        if u.is_zero:
            return 1 / factorial2(2 * order + 1)
        if u.could_extract_minus_sign():
            return cls(-u, order)
        return None

    def __new__(cls, u: Any, order: Any = 0, **options: Any) -> Expr:
        """An order of 0 is not written."""
        return super().__new__(cls, u, *([] if order == 0 else [order]), **options)

    @property
    def order(self) -> int:
        """The order `n`."""
        return int(self.args[1]) if len(self.args) > 1 else 0

    def fdiff(self, argindex: int = 1) -> Expr:
        """Derivative with respect to `u`."""
        if argindex != 1:
            raise ArgumentIndexError(self, argindex)
        return -self.args[0] * Sinc(self.args[0], self.order + 1)

    def _eval_rewrite_as_sin(self, u: Expr, *_: Expr, **__: Any) -> Expr:
        before, found = cos(u), sin(u) / u
        for n in range(self.order):
            before, found = found, ((2 * n + 1) * found - before) / u**2
        return found

    def _eval_is_extended_real(self) -> bool | None:
        return True if self.args[0].is_extended_real else None

    def _eval_is_finite(self) -> bool | None:
        return True if self.args[0].is_extended_real else None

    def _eval_evalf(self, prec: int) -> Expr | None:
        return evaluated(self, prec, sinc)

    def _sympystr(self, printer: Any) -> str:
        name = "sinc" if sine_over(self.args[0]) == self else "Sinc"  # what text reads as this head
        return f"{name}({', '.join(map(printer._print, self.args))})"  # noqa: SLF001 - SymPy's protocol

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        u = printer._print(self.args[0])  # noqa: SLF001 - SymPy's protocol
        power = "" if exp is None else f"^{{{exp}}}"
        index = f"_{{{self.order}}}" if self.order else ""
        return rf"\operatorname{{sinc}}{index}{power}\left({u}\right)"


def sinc(u: Any, order: Any = 0) -> Any:
    """Return the value at an mpmath number at the current precision."""
    n = int(order)
    half = mpmath.mpf(2 * n + 3) / 2
    return mpmath.hyp0f1(half, -u * u / 4) / mpmath.fac2(2 * n + 1)


def sine_over(u: Expr) -> Expr:
    """Return `sin(u)/u` for a polynomial, whose zeros can be found, and the head `Sinc(u)` for others.

    Examples:
        >>> from sympy import S, Symbol, exp
        >>> u = Symbol("u", real=True)
        >>> sine_over(2 * u), sine_over(exp(u)), sine_over(S.Zero)
        (sin(2*u)/(2*u), sinc(exp(u)), 1)
    """
    return sin(u) / u if u.free_symbols and u.is_polynomial() else Sinc(u)
