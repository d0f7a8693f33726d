"""Roots whose order is a power of 2, and the generators that they are made of."""

from collections.abc import Mapping
from math import prod

from sympy import Expr, Integer, Pow, Rational, factorint, sqrt

from symbolic_init.notation import x

__all__ = ["integer_root", "is_nested_root", "roots_of"]

_MOST_PRIME = 10**6
"""Larger prime factors of a number are not looked for."""


def is_nested_root(expr: Expr) -> bool:
    """Whether an expression without x is a power with the exponent m/2, m/4, m/8, ..., m odd."""
    if not (expr.is_Pow and expr.exp.is_Rational and not expr.base.has(x)):
        return False
    order = int(expr.exp.q)
    return order > 1 and order & (order - 1) == 0


def _primes(n: int) -> Mapping[int, int]:
    return dict(sorted(factorint(n, limit=_MOST_PRIME).items()))


def integer_root(n: Rational) -> int:
    """The integer c of `sqrt(n) = c*sqrt(r)/denominator`, r a product of different primes."""
    return prod(p ** (k // 2) for p, k in _primes(int(n.p) * int(n.q)).items())


def roots_of(base: Expr, order: int = 2) -> Mapping[Expr, int]:
    """The generators, with their powers, whose product is the root of `base` of that order.

    For the square root of a number it is so up to a rational factor.
    """
    if not base.is_Rational:
        return {Pow(base, Rational(1, order)): 1}
    if order == 2:
        return {sqrt(Integer(p)): 1 for p, k in _primes(int(base.p) * int(base.q)).items() if k % 2}
    powers = {**_primes(int(base.p)), **{p: -k for p, k in _primes(int(base.q)).items()}}
    return {Pow(Integer(p), Rational(1, order)): k for p, k in powers.items()}
