"""The heads of `symbolic_init.special` in ball arithmetic, for real arguments."""

from typing import Any

import flint
from flint import acb, arb

__all__ = ["bivariate_normal", "erf_imaginary", "erf_real", "owens_t"]

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
