"""Confluent hypergeometric functions and their relatives in ball arithmetic."""

import math
from typing import Any

import flint
from flint import acb, arb, fmpq

from symbolic_init.special.bessel_order import OrderTrapezoid, order_trapezoid

__all__ = ["bessel_k_order_derivative", "erfcx_integral", "kummer_m", "kummer_u", "parabolic_cylinder_d"]

_NOWHERE = acb("nan", "nan")
_MOST_ORDER = 60
_MOST_BITS = 1 << 16
"""Working precision beyond which a cancellation is not overcome."""


def kummer_m(a: Any, b: Any, z: Any) -> Any:
    """Kummer's function, entire in `z`."""
    return z.hypgeom_1f1(a, b)


def kummer_u(a: Any, b: Any, z: Any) -> Any:
    """Tricomi's function; its cut lies on the negative axis."""
    return z.hypgeom_u(a, b)


def parabolic_cylinder_d(order: Any, z: Any) -> Any:
    """Whittaker's function `D_order(z)`, entire in `z`."""
    square = z * z / 2
    if z.real > 0:
        return acb(2).pow(order / 2) * (-square / 2).exp() * square.hypgeom_u(-order / 2, acb(0.5))
    return acb(2).pow(-order / 2) * (-square / 2).exp() * (z / acb(2).sqrt()).hermite_h(order)


def erfcx_integral(u: Any) -> Any:
    """The integral of `exp(t**2)*erfc(t)` from 0 to `u`, an entire function.

    By a difference of two functions as large as `exp(u**2)`, or by the asymptotic series: on the positive
    axis the terms of that of the integrand alternate, and the error is below the first one left out.
    """
    bits, square = flint.ctx.prec, u * u
    size = float(abs(u).mid()) ** 2
    if size > bits and u.imag == 0 and u.real > 0:
        return acb(_asymptotic(square.real, bits))
    lost = math.ceil(1.5 * size) + 20 if math.isfinite(size) else _MOST_BITS
    if lost > _MOST_BITS:
        return _NOWHERE
    with flint.ctx.workprec(bits + lost):
        root = arb.pi().sqrt()
        series = square.hypgeom([1, 1], [fmpq(3, 2), 2])
        return root * u.erfi() / 2 - square * series / root


def _asymptotic(square: Any, bits: int) -> Any:
    """The integral for `square = u**2 > bits`, where the smallest term is below `2**-bits`."""
    total, term = (4 * square).log() + arb.const_euler(), arb(1)
    goal = arb(2) ** -(bits + 10)
    k = 0
    while True:
        k += 1
        term = -term * (2 * k - 1) / (2 * square)
        if abs(term) < goal or k > bits:
            break
        total -= term / k
    return (total + arb(0, (abs(term) / k).upper())) / (2 * arb.pi().sqrt())


def bessel_k_order_derivative(n: Any, order: Any, y: Any, analytic: Any) -> Any:
    """The `n`-th derivative of `K` by its order, by the trapezoidal rule with bounds of what is left out."""
    count, rough, nu = int(n.real.unique_fmpz()), float(y.real.mid()), order.real
    if analytic or y.imag != 0 or not y.real > 0 or not 0 < rough < math.inf or not 0 <= count <= _MOST_ORDER:
        return _NOWHERE
    bits = flint.ctx.prec
    plan = order_trapezoid(count, float(nu.mid()), rough, bits)
    with flint.ctx.workprec(bits + 30):
        return acb(_trapezoidal(count, nu, y.real, plan) * (-y.real).exp())


def _trapezoidal(n: int, order: Any, y: Any, plan: OrderTrapezoid) -> Any:
    """The integral of `exp(y - y*cosh(t))*t**n*f(order*t)` for t from 0 to infinity."""
    step, total = arb(plan.step), arb(0 if n else 0.5)
    wave = arb.sinh if n % 2 else arb.cosh
    for k in range(1, plan.nodes + 1):
        t = k * step
        total += (-2 * y * (t / 2).sinh() ** 2).exp() * t**n * wave(order * t)
    beyond = _left_out(n, abs(order), y, plan.nodes * step, step)
    error = step * beyond + _discretization(n, abs(order), y, plan)
    return step * total + arb(0, error.upper())


def _left_out(n: int, order: Any, y: Any, end: Any, step: Any) -> Any:
    """A bound of the sum over the nodes beyond the last: from there the terms fall geometrically.

    `cosh(t) >= cosh(T) + (t - T)*sinh(T)`, and the logarithm of `t**n` lies below its tangent.
    """
    rate = y * end.sinh() - n / end - order
    if not rate > 0:
        return arb("inf")
    height = (order * end - 2 * y * (end / 2).sinh() ** 2).exp() * end**n
    return height / (rate * step).expm1()


def _discretization(n: int, order: Any, y: Any, plan: OrderTrapezoid) -> Any:
    """Theorem 5.1 of Trefethen and Weideman for half the line: `M/(exp(2*pi*a/h) - 1)`, `|Im t| < a`.

    In that strip `|cosh(order*t)|` and `|sinh(order*t)|` are below `exp(order*|Re t|)`, `Re cosh(t)` is above
    `cos(a)*cosh(Re t)`, and `|t|**n` below `n!*exp(a + |Re t|)`.
    """
    strip = arb(plan.strip)
    bound = (y * strip.cos()).bessel_k(order + 1) * (strip + y).exp() * 4 * math.factorial(n)
    return bound / (2 * arb.pi() * strip / plan.step).expm1()
