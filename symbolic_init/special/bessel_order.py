r"""Derivatives of the modified Bessel function by its order: what the inverse hyperbolic sine leads to."""

import math
from typing import Any, NamedTuple, final

import mpmath
from sympy import Ei, Expr, Function, S, besselk, exp, pi, sqrt
from sympy.core.function import ArgumentIndexError

from symbolic_init.special.kummer import evaluated

__all__ = ["BesselKOrderDerivative", "OrderTrapezoid", "bessel_k_order_derivative", "order_trapezoid"]

_MOST_ORDER = 60
"""Derivatives beyond this order are not evaluated."""
_STRIP = 1.3
"""Half-width of the strip in which the error is bounded: `exp(-y*cosh(t))` decays below pi/2."""


@final
class BesselKOrderDerivative(Function):  # type: ignore[misc]  # SymPy is untyped
    r"""Return the `n`-th derivative of the Bessel function `K_nu(y)` by its order, for real `nu` and `y > 0`.

    It is the integral of `exp(-y*cosh(t))*t**n*f(nu*t)` for t from 0 to infinity, with `f = cosh` for even
    and `f = sinh` for odd `n`; so it is even or odd in `nu` as `n` is. The mean of a squared inverse
    hyperbolic sine is one: `E[asinh(sqrt(q)*z)**2]` is
    `exp(y)*BesselKOrderDerivative(2, 1/2, y)/sqrt(32*pi*q)` with `y = 1/(4*q)`.

    Values come from the trapezoidal rule, whose error falls exponentially here.

    References:
        NIST Digital Library of Mathematical Functions, 10.32.9 and 10.38.

    Examples:
        >>> from sympy import Rational, Symbol
        >>> BesselKOrderDerivative(2, Rational(1, 2), 1).evalf(15)
        0.385783822562965
        >>> BesselKOrderDerivative(0, 1, 2)
        besselk(1, 2)
        >>> BesselKOrderDerivative(1, Rational(1, 2), 2)
        -sqrt(pi)*exp(2)*Ei(-4)/2
        >>> y = Symbol("y", positive=True)
        >>> BesselKOrderDerivative(2, 0, y).diff(y)
        -BesselKOrderDerivative(2, 1, y)
    """

    nargs = 3

    @classmethod
    def eval(cls, n: Expr, order: Expr, y: Expr) -> Expr | None:
        """The order 0 of the derivative, the symmetry in `nu`, and the first derivative at 1/2."""
        if n.is_integer is False or n.is_negative:
            msg = f"the order of a derivative is a non-negative integer, not {n}"
            raise ValueError(msg)
        if n.is_zero:
            return besselk(order, y)
        if order.could_extract_minus_sign():
            return (-1) ** n * cls(n, -order, y)
        if order.is_zero and n.is_odd:
            return S.Zero
        if n is S.One and order is S.Half:  # 10.38.7
            return -sqrt(pi / (2 * y)) * exp(y) * Ei(-2 * y)
        return None

    def fdiff(self, argindex: int = 3) -> Expr:
        """Derivative with respect to the order (2) or `y` (3), from `K' = -K_(nu-1) - nu*K_nu/y`."""
        n, order, y = self.args
        if argindex == 2:
            return BesselKOrderDerivative(n + 1, order, y)
        if argindex != 3:
            raise ArgumentIndexError(self, argindex)
        below = n * BesselKOrderDerivative(n - 1, order, y) if n != 0 else S.Zero
        return -BesselKOrderDerivative(n, order - 1, y) - (order * self + below) / y

    def _eval_is_extended_real(self) -> bool | None:
        return True if self.args[1].is_extended_real and self.args[2].is_positive else None

    def _eval_is_positive(self) -> bool | None:
        n, order, y = self.args
        if n.is_even and order.is_extended_real and y.is_positive:
            return True
        return True if n.is_odd and order.is_positive and y.is_positive else None

    def _eval_evalf(self, prec: int) -> Expr | None:
        return evaluated(self, prec, bessel_k_order_derivative)

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        n, order, y = (printer._print(u) for u in self.args)  # noqa: SLF001 - SymPy's protocol
        times = "" if n == "1" else f"^{{{n}}}"
        text = rf"\left. \partial_{{\nu}}{times} K_{{\nu}}\left({y}\right) \right|_{{\nu={order}}}"
        return text if exp is None else rf"\left({text}\right)^{{{exp}}}"


class OrderTrapezoid(NamedTuple):
    """How to sum: `nodes` beyond 0 that are `step` apart.

    `strip` is the half-width of the strip in which the error is bounded.
    """

    step: float
    nodes: int
    strip: float


def order_trapezoid(n: int, order: float, y: float, bits: int) -> OrderTrapezoid:
    """Return nodes for the integral of `exp(y - y*cosh(t))*t**n*f(order*t)`, to about `bits` bits of it."""
    lost = (n + 1) * math.log1p(y) + math.lgamma(n + 1) + abs(order)
    goal = (bits + 8) * math.log(2) + lost
    reach = 0.0
    for _ in range(4):
        height = (goal + abs(order) * reach + n * math.log1p(reach)) / y
        reach = 2 * math.asinh(math.sqrt(height / 2))
    strip = min(_STRIP, math.sqrt(2 * goal / y))
    bound = goal + 2 * y * math.sin(strip / 2) ** 2 + (abs(order) + 2) * math.log1p(1 / y)
    step = 2 * math.pi * strip / bound
    return OrderTrapezoid(step, math.ceil(reach / step), strip)


def bessel_k_order_derivative(n: Any, order: Any, y: Any) -> Any:
    """Return the `n`-th derivative of `K` by its order at mpmath numbers, at the current precision."""
    count, rough = int(n), float(y)
    if not (0 < rough < math.inf) or not 0 <= count <= _MOST_ORDER:
        return mpmath.nan
    plan = order_trapezoid(count, float(order), rough, mpmath.mp.prec)
    even = count % 2 == 0
    with mpmath.extraprec(20 + max(0, math.ceil(math.log2(rough)))):
        step, order, y = mpmath.mpf(plan.step), mpmath.mpf(order), mpmath.mpf(y)
        total = mpmath.mpf(0) if count else mpmath.mpf(0.5)
        for k in range(1, plan.nodes + 1):
            t = k * step
            wave = mpmath.cosh(order * t) if even else mpmath.sinh(order * t)
            total += mpmath.exp(-2 * y * mpmath.sinh(t / 2) ** 2) * t**count * wave
        value = total * step * mpmath.exp(-y)
    return +value
