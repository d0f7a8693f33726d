"""Zeros in closed form of expressions in which the unknown can be laid bare step by step."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from sympy import (
    Expr,
    I,
    Poly,
    PolynomialError,
    S,
    Symbol,
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atanh,
    cos,
    cosh,
    exp,
    fraction,
    log,
    roots,
    sin,
    sinh,
    tan,
    tanh,
    together,
)

__all__ = ["closed_zeros"]

_MOST_DEGREE = 4

_INVERSES: Mapping[Any, Callable[[Expr], tuple[Expr, ...]]] = MappingProxyType(
    {
        exp: lambda y: (log(y),),
        log: lambda y: (exp(y),),
        asin: lambda y: (sin(y),),
        acos: lambda y: (cos(y),),
        atan: lambda y: (tan(y),),
        sinh: lambda y: (asinh(y),),
        cosh: lambda y: (acosh(y), -acosh(y)),
        tanh: lambda y: (atanh(y),),
    }
)
"""Real solutions u of `f(u) = y`, for the functions f that have one, or two."""


def closed_zeros(expr: Expr, unknown: Symbol) -> tuple[Expr, ...]:
    """Return numbers of which each real zero that can be laid bare is one; some may be no zeros.

    Examples:
        >>> from sympy import Rational
        >>> a = Symbol("a", real=True)
        >>> closed_zeros(exp(2 * a**2) / 3 - 1, a)
        (-sqrt(2)*sqrt(log(3))/2, sqrt(2)*sqrt(log(3))/2)
        >>> closed_zeros(exp(a) + a, a)
        ()
    """
    return tuple(dict.fromkeys(_bare(expr, S.Zero, unknown)))


def _bare(expr: Expr, value: Expr, unknown: Symbol) -> Iterator[Expr]:
    """The unknowns for which an expression has a value."""
    if expr == unknown:
        yield value
        return
    numerator, _ = fraction(together(expr - value))
    if numerator.is_polynomial(unknown):
        yield from _roots(numerator, unknown)
        return
    for is_sum in (True, False):
        free, rest = expr.as_independent(unknown, as_Add=is_sum)
        if free != (0 if is_sum else 1) and (expr.is_Add if is_sum else expr.is_Mul):
            yield from _bare(rest, value - free if is_sum else value / free, unknown)
            return
    if expr.func in _INVERSES:
        for inner in _INVERSES[expr.func](value):
            yield from _bare(expr.args[0], inner, unknown)
    elif expr.is_Pow and expr.exp.is_Rational:
        root = value ** (1 / expr.exp)
        for inner in (root, -root) if expr.exp.p % 2 == 0 else (root,):
            yield from _bare(expr.base, inner, unknown)


def _roots(numerator: Expr, unknown: Symbol) -> Iterator[Expr]:
    """The zeros of a polynomial of low degree that may be real."""
    try:
        polynomial = Poly(numerator, unknown)
    except PolynomialError:
        return
    if polynomial.degree() <= _MOST_DEGREE:
        yield from (r for r in roots(polynomial) if not r.has(I))
