"""Proven bounds of means of two correlated Gaussian variables, by their expansions in Hermite polynomials."""

import math
from collections.abc import Iterator
from functools import lru_cache
from itertools import count
from typing import Any

import flint
from flint import arb
from sympy import Expr

from symbolic_init.errors import PrecisionError
from symbolic_init.moments.ball import value_ball
from symbolic_init.moments.enclosure import enclosed_mean
from symbolic_init.moments.hermite import hermite_polynomial
from symbolic_init.notation import q

__all__ = ["enclosed_sum"]

_GUARD = 12
_LEAST = 8
_MOST_TERMS = 160
"""Coefficients that are enclosed before a sum is given up: each is an integral of its own."""


def enclosed_sum(f: Expr, g: Expr, *, variances: tuple[Expr, Expr], rho: Expr, bits: int) -> Any:
    """Return a proven enclosure of `E[f(u)*g(v)]`, with an absolute accuracy of `bits` bits.

    The accuracy is relative to the root of `E[f^2]*E[g^2]`. Every coefficient and both mean squares are
    enclosed; what comes after the last coefficient is bounded as in `hermite_sum`.

    Args:
        f: Function of x without parameters.
        g: Function of x without parameters.
        variances: Variances of u and of v.
        rho: Their correlation, `-1 < rho < 1`.
        bits: Binary digits.

    Raises:
        NotIntegrableError: If a mean square diverges.
        PrecisionError: If the sum needs too many terms, or a mean cannot be enclosed.
        UnsupportedError: If nothing can be proven of f or g.

    Examples:
        >>> from sympy import Integer, Rational, exp
        >>> from symbolic_init.notation import x
        >>> enclosed_sum(exp(x), exp(x), variances=(Integer(1),) * 2, rho=Rational(1, 4), bits=30)
        [3.49034296 +/- 4.76e-9]
    """
    with flint.ctx.workprec(bits + 3 * _GUARD):
        squares = [enclosed_mean(h**2, v, bits=bits + _GUARD) for h, v in zip((f, g), variances, strict=True)]
        scale, step = (
            (squares[0] * squares[1]).sqrt().upper(),
            value_ball(rho, bits=bits + _GUARD, proven=True),
        )
        goal = scale * arb(2) ** -(bits + 1)
        first = _coefficients(f, variances[0], bits, rho)
        second = _coefficients(g, variances[1], bits, rho)
        same = (f, variances[0]) == (g, variances[1])
        total, rests = arb(0), list(squares)
        for n in range(_MOST_TERMS):
            a = next(first)
            b = a if same else next(second)
            total += a * b * step**n
            rests = [r - c * c for r, c in zip(rests, (a, b), strict=True)]
            left = [max(r.upper(), arb(0)) for r in rests]
            tail = (left[0] * left[1]).sqrt() * abs(step) ** (n + 1)
            if tail.upper() <= goal:
                return total + arb(0, tail.upper())
    msg = f"the sum needs more than {_MOST_TERMS} terms at a correlation of {rho}: ask for fewer digits"
    raise PrecisionError(msg)


def _coefficients(f: Expr, variance: Expr, bits: int, rho: Expr) -> Iterator[Any]:
    """Enclosures of the coefficients, the later ones with fewer digits: their powers of rho are smaller."""
    gain = -math.log2(max(float(abs(rho)), 2.0**-bits)) / 2
    for n in count():
        yield _coefficient(f, variance, n, max(bits + _GUARD - int(n * gain), _LEAST), bits)


@lru_cache(maxsize=4 * _MOST_TERMS)
def _coefficient(f: Expr, variance: Expr, n: int, needed: int, bits: int) -> Any:
    """An enclosure of one coefficient; sums at neighboring correlations have it in common."""
    polynomial, factor = (e.xreplace({q: variance}) for e in hermite_polynomial(n))
    found = enclosed_mean(f * polynomial, variance, bits=needed)
    return found * value_ball(factor, bits=bits + 2 * _GUARD)
