"""An independent integrator for the tests: mpmath quadrature of the original expression."""

from collections.abc import Mapping, Sequence

import mpmath
from sympy import Expr, Pow, Rational, Symbol, lambdify

from symbolic_init.notation import x

ROOT = 6
"""`x = c + t**ROOT` beside every breakpoint: powers of |x| become smooth."""

CANCELING = 4
"""Order of a pole at a breakpoint, made of terms that cancel: so many times the digits of the distance."""


def _number(value: Expr) -> mpmath.mpf:
    exact = Rational(value)
    return mpmath.mpf(int(exact.p)) / int(exact.q)


def gaussian_quadrature(
    f: Expr,
    variance: Expr,
    *,
    breakpoints: Sequence[Expr] = (),
    parameters: Mapping[Symbol, Expr] | None = None,
    digits: int = 25,
) -> mpmath.mpf:
    """`E[f(sqrt(variance)*z)]`, split at 0 and at the breakpoints."""
    parameters = dict(parameters or {})
    function = lambdify(
        x,
        f.xreplace(parameters),
        [{"Heaviside": lambda t, h=0.5: 1 if t > 0 else (0 if t < 0 else h)}, "mpmath"],
    )
    with mpmath.workdps(digits + 8):
        v = _number(variance)
        points = sorted(
            {mpmath.mpf(0), *(mpmath.mpf(b.xreplace(parameters).evalf(digits + 8)) for b in breakpoints)}
        )
        points = [p for p in points if abs(p) < 40 * mpmath.sqrt(v)]

        poles = any(p.exp.is_negative and p.base.has(x) for p in f.atoms(Pow))

        def integrand(t: mpmath.mpf, distance: mpmath.mpf) -> mpmath.mpf:
            lost = -CANCELING * int(mpmath.log10(distance)) if poles and distance else 0
            with mpmath.extradps(max(lost, 0)):
                return function(t) * mpmath.exp(-t * t / (2 * v))

        total = mpmath.mpf(0)
        reach = (16 + digits / 3) * mpmath.sqrt(v)
        for k, p in enumerate(points):
            right = points[k + 1] if k + 1 < len(points) else p + reach
            left = points[k - 1] if k else p - reach
            half_right = (right - p) / 2 if k + 1 < len(points) else reach
            half_left = (p - left) / 2 if k else reach
            total += _beside(integrand, p, 1, half_right) + _beside(integrand, p, -1, half_left)
        return +(total / mpmath.sqrt(2 * mpmath.pi * v))


def _beside(integrand, center: mpmath.mpf, side: int, length: mpmath.mpf) -> mpmath.mpf:
    end = length ** (mpmath.mpf(1) / ROOT)
    return mpmath.quad(
        lambda t: integrand(center + side * t**ROOT, t**ROOT) * ROOT * t ** (ROOT - 1),
        [end * k / 3 for k in range(4)],
    )


def agree(a: mpmath.mpf, b: mpmath.mpf, digits: int) -> bool:
    """Whether two numbers agree to so many digits, relative to the larger of them and 1e-3."""
    return abs(a - b) <= mpmath.mpf(10) ** (-digits) * max(abs(a), abs(b), mpmath.mpf(10) ** -3)
