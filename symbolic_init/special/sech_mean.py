r"""The Gaussian mean of a squared hyperbolic secant: what tanh, sigmoid and SiLU have in common."""

import math
from functools import lru_cache
from typing import Any, NamedTuple, final

import mpmath
from sympy import Expr, Float, Function, Integer, Rational, S
from sympy.core.function import ArgumentIndexError

__all__ = ["SechMean", "Trapezoid", "lost_bits", "secant_polynomial", "sech_mean", "trapezoid"]

_MOST_ORDER = 60
"""Derivatives beyond this order are not evaluated."""


@final
class SechMean(Function):  # type: ignore[misc]  # SymPy is untyped
    r"""Return `S(q) = E[sech(sqrt(q)*z)**2]` for a standard normal `z`; `SechMean(q, n)` is `S^(n)(q)`.

    `S` falls from 1 at `q = 0` like `sqrt(2/(pi*q))`; no form of it by classical functions is known.
    By the heat equation `2*(d/dq)*E[f(sqrt(q)*z)] = E[f''(sqrt(q)*z)]` its derivatives are means as well,
    and the mean of every polynomial in `x` and `tanh(x)` is made of them: `E[tanh**2] = 1 - S`,
    `E[tanh**4] = 1 - 4*S/3 - S'/3`, `E[x*tanh] = q*S`.

    Values come from the trapezoidal rule, whose error falls exponentially here.

    References:
        L. N. Trefethen and J. A. C. Weideman, The exponentially convergent trapezoidal rule,
        SIAM Review 56 (2014), theorem 5.1.

    Examples:
        >>> SechMean(0)
        1
        >>> SechMean(1).evalf(15)
        0.605705509602159
        >>> SechMean(1, 1).evalf(15)
        -0.181797688140487
        >>> from symbolic_init.notation import q
        >>> SechMean(q / 4).diff(q)
        SechMean(q/4, 1)/4
    """

    nargs = (1, 2)

    @classmethod
    def eval(cls, variance: Expr, order: Expr = S.Zero) -> Expr | None:
        """Values that are known: `q = 0` and `q = oo`; the order 0 is left out."""
        if not (order.is_Integer and order >= 0):
            if order.is_integer is False or order.is_negative:
                msg = f"the order of a derivative is a non-negative integer, not {order}"
                raise ValueError(msg)
            return None
        if variance is S.Infinity:
            return S.Zero
        if variance.is_zero and order <= _MOST_ORDER:
            return secant_polynomial(int(order))[0]
        return None

    def __new__(cls, variance: Expr, order: Expr = S.Zero, **options: Any) -> Expr:
        """Leave out the order 0."""
        arguments = (variance,) if order == 0 else (variance, order)
        return super().__new__(cls, *arguments, **options)

    @property
    def order(self) -> Expr:
        """How often `S` is differentiated."""
        return self.args[1] if len(self.args) > 1 else S.Zero

    def fdiff(self, argindex: int = 1) -> Expr:
        """Derivative with respect to `q`: the next order."""
        if argindex != 1:
            raise ArgumentIndexError(self, argindex)
        return SechMean(self.args[0], self.order + 1)

    def _eval_is_extended_real(self) -> bool | None:
        return True if self.args[0].is_nonnegative else None

    def _eval_is_positive(self) -> bool | None:
        return True if self.order == 0 and self.args[0].is_nonnegative else None

    def _eval_is_zero(self) -> bool | None:
        return False if self._eval_is_positive() else None

    def _eval_evalf(self, prec: int) -> Expr | None:
        order = self.order
        with mpmath.workprec(prec + 20):
            variance = self.args[0]._eval_evalf(prec + 20)  # noqa: SLF001 - SymPy's protocol
            if variance is None or not variance.is_Number or not variance >= 0 or not order.is_Integer:
                return None
            value = sech_mean(_number(variance), int(order))
            return Float._new(value._mpf_, prec + 20)  # noqa: SLF001 - no rounding to decimal

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        argument = printer._print(self.args[0])  # noqa: SLF001 - SymPy's protocol
        mark = "" if self.order == 0 else f"^{{({printer._print(self.order)})}}"  # noqa: SLF001
        text = rf"S{mark}\left({argument}\right)"
        if exp is None:
            return text
        return rf"\left({text}\right)^{{{exp}}}" if mark else rf"S^{{{exp}}}\left({argument}\right)"


def _number(value: Expr) -> Any:
    if value.is_Rational:
        value = Rational(value)
        return mpmath.mpf(int(value.p)) / int(value.q)
    return mpmath.mpf(value._mpf_)


@lru_cache(maxsize=64)
def secant_polynomial(order: int) -> tuple[Integer, ...]:
    """Return the coefficients of `p` in `(D**2/2)**order sech**2 = sech**2 * p(tanh**2)`, upward.

    Examples:
        >>> secant_polynomial(1)
        (-1, 3)
    """
    # u**m goes to m*((m-1)*u**(m-2) - 2*m*u**m + (m+1)*u**(m+2))/2 for u = tanh(x).
    powers = [1, -1]
    for _ in range(order):
        new = [0] * (len(powers) + 1)
        for k, c in enumerate(powers):
            if k:
                new[k - 1] += c * k * (2 * k - 1)
            new[k] -= 4 * c * k * k
            new[k + 1] += c * k * (2 * k + 1)
        powers = new
    quotient, total = [], 0
    for c in powers[:-1]:
        total += c
        quotient.append(Integer(total))
    return tuple(quotient)


class Trapezoid(NamedTuple):
    """How to sum: `step`, and `nodes` on either side, in units of the standard deviation.

    `strip` is the half-width of the strip in which the error is bounded, below that of analyticity.
    """

    step: float
    nodes: int
    strip: float


_POLE = 1.25
"""Half-width of the strip for x: `tanh(x)` has poles at `pi/2`."""


def trapezoid(variance: float, order: int, bits: int) -> Trapezoid:
    """Return nodes for `S^(order)(variance)` with an error of about `2**-bits`, absolutely."""
    deviation = math.sqrt(variance)
    size = sum(abs(int(c)) for c in secant_polynomial(order)) * (1 + math.tan(_POLE) ** 2) ** (order + 1)
    goal = (bits + 4) * math.log(2) + math.log(size)
    strip = min(_POLE / deviation, math.sqrt(2 * goal)) if deviation else math.sqrt(2 * goal)
    step = 2 * math.pi * strip / (goal + strip * strip / 2)
    reach = math.hypot(2 * deviation, math.sqrt(2 * goal)) - 2 * deviation
    if reach < 1e-3 * deviation:
        reach = goal / deviation
    return Trapezoid(step, math.ceil(reach / step), strip)


def lost_bits(variance: float, order: int) -> int:
    """Return by how many bits `S^(order)` is smaller than the terms of its sum, roughly."""
    return math.ceil((order + 1) * math.log2(4 + 4 * variance)) if math.isfinite(variance) else 0


def sech_mean(variance: Any, order: int = 0) -> Any:
    """Return `S^(order)` of an mpmath number (not negative) at the current precision."""
    rough = float(variance)
    if order > _MOST_ORDER or not 0 <= rough < mpmath.inf:
        return mpmath.nan if order > _MOST_ORDER or rough != mpmath.inf else mpmath.mpf(0)
    bits = mpmath.mp.prec + lost_bits(rough, order)
    polynomial = [int(c) for c in secant_polynomial(order)]
    plan = trapezoid(rough, order, bits)
    with mpmath.workprec(bits + 20):
        step = mpmath.mpf(plan.step)
        shrink = mpmath.exp(-2 * mpmath.sqrt(variance) * step)
        slope, bend = mpmath.exp(-step * step / 2), mpmath.exp(-step * step)
        total, weight, wave = mpmath.mpf(polynomial[0]) / 2, mpmath.mpf(1), mpmath.mpf(1)
        for _ in range(plan.nodes):
            weight, slope, wave = weight * slope, slope * bend, wave * shrink
            square = ((1 - wave) / (1 + wave)) ** 2
            total += weight * 4 * wave / (1 + wave) ** 2 * mpmath.polyval(polynomial[::-1], square)
        value = 2 * step * total / mpmath.sqrt(2 * mpmath.pi)
    return +value
