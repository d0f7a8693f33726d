"""The Faddeeva function and the Goodwin-Staton integral in ball arithmetic, for real arguments."""

from typing import Any

from flint import acb, arb

__all__ = ["faddeeva_imaginary", "faddeeva_real", "goodwin_staton_imaginary", "goodwin_staton_real"]

_NOWHERE = acb("nan", "nan")


def _faddeeva(t: Any) -> Any:
    return (-t * t).exp() * acb(t.imag, -t.real).erfc()


def faddeeva_real(u: Any, v: Any, analytic: Any) -> Any:
    """Real part of `w(t) = exp(-t**2)*erfc(-i*t)`, `t = u + i*v`; refused where it must be analytic."""
    return _NOWHERE if analytic else acb(_faddeeva(acb(u.real, v.real)).real)


def faddeeva_imaginary(u: Any, v: Any, analytic: Any) -> Any:
    """Imaginary part of `w(u + i*v)`."""
    return _NOWHERE if analytic else acb(_faddeeva(acb(u.real, v.real)).imag)


def _goodwin_staton(u: Any, v: Any) -> Any:
    """`(exp(-t**2)*E1(-t**2) - i*pi*w(t))/2` above the real axis, its limit where that is positive."""
    if v < 0:
        return _goodwin_staton(u, -v).conjugate()
    if v == 0 and u > 0:
        square = u * u
        return acb((-square).exp() * (arb.pi() * u.erfi() - square.ei()) / 2)
    if not v > 0:
        return _NOWHERE
    t = acb(u, v)
    square = -t * t
    return (square.exp() * square.expint(1) - acb(0, arb.pi()) * _faddeeva(t)) / 2


def goodwin_staton_real(u: Any, v: Any, analytic: Any) -> Any:
    """Real part of the Goodwin-Staton integral of `u + i*v`; nowhere analytic."""
    return _NOWHERE if analytic else acb(_goodwin_staton(u.real, v.real).real)


def goodwin_staton_imaginary(u: Any, v: Any, analytic: Any) -> Any:
    """Imaginary part of the Goodwin-Staton integral of `u + i*v`."""
    return _NOWHERE if analytic else acb(_goodwin_staton(u.real, v.real).imag)
