"""The heads of `symbolic_init.special` in ball arithmetic, for real arguments."""

import math
from typing import Any

import flint
from flint import acb, arb

from symbolic_init.special.sech_mean import Trapezoid, lost_bits, secant_polynomial, trapezoid

__all__ = ["bivariate_normal", "erf_imaginary", "erf_real", "owens_t", "sech_mean"]

_NOWHERE = acb("nan", "nan")


def _complex(u: Any, v: Any) -> Any:
    return acb(u.real, v.real).erf()


def erf_real(u: Any, v: Any, analytic: Any) -> Any:
    """Real part of `erf(u + i*v)`; nowhere analytic, so it is refused where that is asked for."""
    return _NOWHERE if analytic else acb(_complex(u, v).real)


def erf_imaginary(u: Any, v: Any, analytic: Any) -> Any:
    """Imaginary part of `erf(u + i*v)`."""
    return _NOWHERE if analytic else acb(_complex(u, v).imag)


def owens_t(h: Any, a: Any, analytic: Any) -> Any:
    """Owen's T function by enclosing its integral."""
    if analytic:
        return _NOWHERE
    end, half = a.real, h.real**2 / 2

    def integrand(t: Any, _: Any) -> Any:
        s = 1 + (t * end) ** 2
        return (-half * s).exp() / s

    unit = acb.integral(integrand, acb(0), acb(1), rel_tol=arb(2) ** -flint.ctx.prec)
    return acb(unit.real * end / (2 * arb.pi()))


def bivariate_normal(h: Any, k: Any, r: Any, analytic: Any) -> Any:
    """The bivariate normal distribution function by enclosing Plackett's integral; refused at `r = 1, -1`."""
    if analytic or not abs(r.real) < 1:
        return _NOWHERE
    angle, gap, product = r.real.asin(), h.real - k.real, h.real * k.real

    def integrand(t: Any, _: Any) -> Any:
        s = (t * angle).sin()
        return (-gap * gap / (2 - 2 * s * s) - product / (1 + s)).exp()

    unit = acb.integral(integrand, acb(0), acb(1), rel_tol=arb(2) ** -flint.ctx.prec)
    root = arb(2).sqrt()
    plain = (-h.real / root).erfc() * (-k.real / root).erfc() / 4
    return acb(plain + unit.real * angle / (2 * arb.pi()))


def sech_mean(variance: Any, *more: Any) -> Any:
    """`S^(n)` by the trapezoidal rule, with bounds of what is left out and of its error."""
    order = 0 if len(more) == 1 else int(more[0].real.unique_fmpz())
    q = variance.real
    rough = float(q.mid())
    if more[-1] or not variance.imag.contains(0) or not q >= 0 or not math.isfinite(rough):
        return _NOWHERE
    bits = flint.ctx.prec + lost_bits(rough, order)
    with flint.ctx.workprec(bits + 20):
        return acb(_trapezoidal(q.sqrt(), order, trapezoid(rough, order, bits)))


def _trapezoidal(deviation: Any, order: int, plan: Trapezoid) -> Any:
    """`E[f(deviation*z)]` for `f = (D**2/2)**order sech**2`."""
    polynomial = [arb(int(c)) for c in reversed(secant_polynomial(order))]
    step, density = arb(plan.step), 1 / (2 * arb.pi()).sqrt()
    shrink = (-2 * deviation * step).exp()
    slope = (-step * step / 2).exp()
    bend = slope * slope
    total, weight, wave = polynomial[-1] / 2, arb(1), arb(1)
    for _ in range(plan.nodes):
        weight, slope, wave = weight * slope, slope * bend, wave * shrink
        below = 1 / (1 + wave)
        square, height = ((1 - wave) * below) ** 2, polynomial[0]
        for c in polynomial[1:]:
            height = height * square + c
        total += weight * 4 * wave * below * below * height
    error = _left_out(deviation, order, plan, weight, wave) * density
    return 2 * step * density * total + arb(0, (error + _discretization(deviation, order, plan)).upper())


def _left_out(deviation: Any, order: int, plan: Trapezoid, weight: Any, wave: Any) -> Any:
    """A bound of the nodes not visited: `sech**2 <= 4*exp(-2*|x|)`, and the terms fall."""
    size = sum(abs(int(c)) for c in secant_polynomial(order))
    end = arb(plan.step) * plan.nodes
    return 8 * size * weight * wave / (end + 2 * deviation)


def _discretization(deviation: Any, order: int, plan: Trapezoid) -> Any:
    """Theorem 5.1 of Trefethen and Weideman: `2*M/(exp(2*pi*a/h) - 1)` in the strip `|Im z| < a`.

    There `|sech(x)| <= 1/cos(b)` and `|tanh(x)| <= max(1, tan(b))` for `b = a*deviation < pi/2`, so
    that `|tanh|` is below `1/cos(b)` as well; and `E` of the modulus of the weight is `exp(a**2/2)`.
    """
    strip = arb(plan.strip)
    height = strip * deviation
    if not height < arb.pi() / 2:
        return arb("inf")
    peak = 1 / height.cos() ** 2
    bound = sum((abs(int(c)) * peak ** (k + 1) for k, c in enumerate(secant_polynomial(order))), arb(0))
    return 2 * bound * (strip**2 / 2).exp() / ((2 * arb.pi() * strip / plan.step).exp() - 1)
