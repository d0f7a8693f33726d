"""Numerical estimates of Gaussian means: the digits on which two different quadratures agree."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import mpmath
from sympy import Expr, Symbol

from symbolic_init.errors import DomainError, NotIntegrableError, PrecisionError, UnsupportedError
from symbolic_init.moments.ball import mean_ball, value_ball
from symbolic_init.moments.breakpoints import switch_points
from symbolic_init.moments.compilation import compile_mp
from symbolic_init.moments.evaluation import as_rational, to_mpf

__all__ = ["estimate"]

_BITS_PER_DIGIT = math.log2(10)
_SECOND_BITS = 23
"""Bits by which the second quadrature is finer; its range is wider, its subdivision another."""
_GUARD_DIGITS = 10
_MOST_WIDENINGS = 40
_NO_PARAMETERS: Mapping[Symbol, Any] = MappingProxyType({})


def estimate(
    f: Expr, variance: Any, *, digits: int = 15, parameters: Mapping[Symbol, Any] = _NO_PARAMETERS
) -> Any:
    """Return `E[f(sqrt(variance)*z)]` as an mpmath number on whose digits two quadratures agree.

    It is an estimate: nothing is proven, least of all what lies beyond the range of integration.

    Args:
        f: Function of x and of the parameters.
        variance: Positive number, or its text.
        digits: Significant decimal digits.
        parameters: A number for every parameter.

    Raises:
        DomainError: If `f` is not real, or not defined, on part of the line.
        NotIntegrableError: If the mean diverges.
        PrecisionError: If the two agree on fewer digits; the message tells on how many.

    Examples:
        >>> from sympy import tanh
        >>> from symbolic_init.notation import x
        >>> print(estimate(tanh(x)**2, 1))
        0.394294490397841
    """
    at = as_rational(variance)
    values = {s: as_rational(v) for s, v in parameters.items()}
    closed = f.xreplace(values)
    bits = math.ceil(digits * _BITS_PER_DIGIT) + 6
    try:
        balls = [mean_ball(closed, at, bits=b) for b in (bits, bits + _SECOND_BITS)]
    except UnsupportedError:
        return _by_mpmath(closed, at, digits)
    one, two = (to_mpf(b, bits + 2 * _SECOND_BITS) for b in balls)
    small = all(b.contains(0) for b in balls)
    return _agreed(one, two, digits, f, is_zero=small)


def _agreed(one: Any, two: Any, digits: int, f: Expr, *, is_zero: bool) -> Any:
    """The finer of two numbers, if they agree."""
    if is_zero:
        return mpmath.mpf(0)
    with mpmath.workdps(digits + 2 * _GUARD_DIGITS):
        apart = abs(one - two) / max(abs(one), abs(two))
        common = digits if apart == 0 else math.floor(float(-mpmath.log10(apart)))
        if common < digits:
            msg = f"two quadratures of the mean of {f} agree on {max(common, 0)} digits only, not on {digits}"
            raise PrecisionError(msg)
        return +two


def _by_mpmath(f: Expr, variance: Expr, digits: int) -> Any:
    """The same with mpmath's quadrature, for functions that ball arithmetic lacks."""
    with mpmath.workdps(digits + _GUARD_DIGITS):
        q = to_mpf(value_ball(variance, bits=mpmath.mp.prec), mpmath.mp.prec)
        points, complete = switch_points(f)
        if not complete:
            msg = f"the switches of {f} cannot be located, so that its mean cannot be integrated"
            raise UnsupportedError(msg)
        cuts = [to_mpf(value_ball(c, bits=mpmath.mp.prec), mpmath.mp.prec) for c in points]
        run = compile_mp(f)

        def integrand(t: Any) -> Any:
            value = run(t)
            if isinstance(value, mpmath.mpc):
                if abs(value.imag) > mpmath.mpf(10) ** (3 - mpmath.mp.dps) * (1 + abs(value)):
                    msg = f"{f} is not real at x = {mpmath.nstr(t, 6)}"
                    raise DomainError(msg)
                value = value.real
            if mpmath.isnan(value):
                msg = f"{f} is not defined at x = {mpmath.nstr(t, 6)}"
                raise DomainError(msg)
            return value * mpmath.exp(-t * t / (2 * q))

        reach = _reach(integrand, mpmath.sqrt(q), f)
        ends = sorted({-reach, *(c for c in cuts if abs(c) < reach), mpmath.mpf(0), reach})
        norm = 1 / mpmath.sqrt(2 * mpmath.pi * q)
        one, two = (mpmath.quad(integrand, _finer(ends, parts)) * norm for parts in (4, 7))
        scale = mpmath.quad(lambda t: abs(integrand(t)), ends, maxdegree=4) * norm
        small = max(abs(one), abs(two)) < scale * mpmath.mpf(10) ** -digits
    return _agreed(one, two, digits, f, is_zero=bool(small))


def _finer(ends: Sequence[Any], parts: int) -> list[Any]:
    """Split every interval into equal parts."""
    found = [a + (b - a) * k / parts for a, b in pairwise(ends) for k in range(parts)]
    return [*found, ends[-1]]


def _reach(integrand: Any, deviation: Any, f: Expr) -> Any:
    """Half the length of a range at whose ends the integrand is negligible."""
    reach = deviation * mpmath.sqrt(2 * mpmath.log(10) * (mpmath.mp.dps + 3))
    for _ in range(_MOST_WIDENINGS):
        peak = max(abs(integrand(reach * k / 23)) for k in range(-22, 23) if k)
        last = max(abs(integrand(s * reach * t)) for s in (-1, 1) for t in (1, mpmath.mpf(1.07)))
        if last <= peak * mpmath.mpf(10) ** -mpmath.mp.dps:
            return reach
        reach *= 1.4
    msg = f"the mean of {f} over a Gaussian of variance {mpmath.nstr(deviation**2, 6)} diverges"
    raise NotIntegrableError(msg)
