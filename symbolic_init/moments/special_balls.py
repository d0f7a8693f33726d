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
    first, second, correlation = h.real, k.real, r.real
    if correlation < 0:
        return acb(_normal(first)) - bivariate_normal(h, -k, -r, analytic)
    if not correlation > 0.7:
        return acb(_normal(first) * _normal(second) + _by_angle(first, second, correlation.asin(), arb(0)))
    lower = first if first < second else second if second < first else first.union(second)
    end = arb.pi() / 2
    return acb(_normal(lower) - _by_angle(first, second, end, -correlation.acos()))


def _normal(h: Any) -> Any:
    return (-h / arb(2).sqrt()).erfc() / 2


def _by_angle(h: Any, k: Any, end: Any, shift: Any) -> Any:
    """The integral of the density over correlations `sin(t)`, for t from 0 to `end`, or from `end + shift`.

    At `t = pi/2` it is flat, as `exp(-c/x**2)` is: an interval there is enclosed by its largest value.
    """
    gap, product = h - k, h * k
    reach = end if shift == 0 else -shift

    def integrand(t: Any, analytic: Any) -> Any:
        angle = t * reach
        low, high = (angle.cos(), angle.sin()) if shift == 0 else (angle.sin(), angle.cos())
        rest = (-product / (1 + high)).exp()
        if gap == 0:
            return rest
        if not analytic and t.imag == 0 and low.contains(0):
            most = (-gap * gap / (2 * low.real.abs_upper() ** 2)).exp()
            return acb((most * rest.real).union(arb(0)))
        return (-gap * gap / (2 * low * low)).exp() * rest

    # A gap that is only known to be about 0 leaves an error of the size of the precision.
    unit = acb.integral(integrand, acb(0), acb(1), abs_tol=arb(2) ** (8 - flint.ctx.prec))
    return unit.real * reach / (2 * arb.pi())
