r"""The distribution function of two correlated normal variables, which SymPy lacks."""

from typing import Any, final

import mpmath
from sympy import Expr, Float, Function, Max, Min, Rational, S, asin, erf, exp, oo, pi, sqrt
from sympy.core.sorting import default_sort_key

__all__ = ["BivariateNormal", "bivariate_normal"]

_GUARD = 20
_LOST = 12
"""Bits by which a probability may be smaller than the terms it is made of."""
_ATTEMPTS = 6


@final
class BivariateNormal(Function):  # type: ignore[misc]  # SymPy is untyped
    r"""Return the probability that `U < h` and `V < k`, standard normal variables of correlation `r`.

    Usually written as `Phi_2(h, k; r)`. Symmetric in `h` and `k`, analytic for real `h`, `k` and
    `-1 < r < 1`; `Phi_2(0, 0; r) = 1/4 + asin(r)/(2*pi)`.

    References:
        R. L. Plackett, A reduction formula for normal multivariate integrals, Biometrika 41 (1954).

    Examples:
        >>> from sympy import S
        >>> BivariateNormal(0, 0, S(1)/2)
        1/3
        >>> BivariateNormal(1, -1, S(1)/2).evalf(15)
        0.154872951858603
    """

    nargs = 3

    @classmethod
    def eval(cls, h: Expr, k: Expr, r: Expr) -> Expr | None:
        """Values that are known, and the symmetry."""
        if -oo in (h, k):
            return S.Zero
        if oo in (h, k):
            return _normal(k if h is oo else h)
        if r is S.Zero:
            return _normal(h) * _normal(k)
        if h is S.Zero and k is S.Zero:
            return S.One / 4 + asin(r) / (2 * pi)
        if r is S.One:
            return _normal(Min(h, k))
        if r is S.NegativeOne:
            return Max(0, _normal(h) - _normal(-k))
        return cls(k, h, r) if default_sort_key(k) < default_sort_key(h) else None

    def fdiff(self, argindex: int = 1) -> Expr:
        """Derivative with respect to `h` (1), `k` (2) or `r` (3)."""
        h, k, r = self.args
        if argindex == 3:
            return exp((2 * h * k * r - h**2 - k**2) / (2 * (1 - r**2))) / (2 * pi * sqrt(1 - r**2))
        if argindex == 2:
            h, k = k, h
        return exp(-(h**2) / 2) / sqrt(2 * pi) * _normal((k - r * h) / sqrt(1 - r**2))

    def _eval_is_extended_real(self) -> bool | None:
        return True if all(a.is_extended_real for a in self.args) else None

    def _eval_is_finite(self) -> bool | None:
        return self._eval_is_extended_real()

    def _eval_is_extended_nonnegative(self) -> bool | None:
        return self._eval_is_extended_real()

    def _eval_evalf(self, prec: int) -> Expr | None:
        with mpmath.workprec(prec + _GUARD):
            values = [_number(v._eval_evalf(prec + _GUARD)) for v in self.args]  # noqa: SLF001 - SymPy's protocol
            if None in values:
                return None
            return Float._new(bivariate_normal(*values)._mpf_, prec + _GUARD)  # noqa: SLF001 - no rounding to decimal

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        h, k, r = (printer._print(v) for v in self.args)  # noqa: SLF001 - SymPy's protocol
        power = "" if exp is None else f"^{{{exp}}}"
        return rf"\Phi_{{2}}{power}\left({h}, {k}; {r}\right)"


def _normal(h: Expr) -> Expr:
    return (1 + erf(h / sqrt(2))) / 2


def _number(value: Expr) -> Any:
    if value.is_Rational:
        value = Rational(value)
        return mpmath.mpf(int(value.p)) / int(value.q)
    return mpmath.mpf(value._mpf_) if value.is_Float else None


def bivariate_normal(h: Any, k: Any, r: Any) -> Any:
    """Return the distribution function of three mpmath numbers at the current precision."""
    wanted = mpmath.mp.prec
    work = wanted + _LOST
    for _ in range(_ATTEMPTS):
        with mpmath.workprec(work):
            value = _by_plackett(h, k, r)
            lost = -wanted if value == 0 else wanted - work - int(mpmath.log(abs(value), 2))
        if lost <= 0 and value > 0:
            break
        work += max(lost, 0) + wanted
    return +value


def _by_plackett(h: Any, k: Any, r: Any) -> Any:
    """The derivative with respect to `r = sin(t)` is an exponential; integrate it from 0, 1 or -1."""
    if r < -0.5:
        return mpmath.ncdf(h) - _by_plackett(h, -k, -r)
    apart, product = (h - k) ** 2 / 2, h * k

    def density(t: Any) -> Any:
        c, s = mpmath.cos(t), mpmath.sin(t)
        return mpmath.exp(-apart / c**2 - product / (1 + s)) if c > 0 else mpmath.mpf(apart == 0)

    angle = mpmath.asin(r)
    if r > 0.5:
        rest = mpmath.quad(density, [angle, mpmath.pi / 2]) if r < 1 else 0
        return mpmath.ncdf(min(h, k)) - rest / (2 * mpmath.pi)
    return mpmath.ncdf(h) * mpmath.ncdf(k) + mpmath.quad(density, [0, angle]) / (2 * mpmath.pi)
