"""Square roots of elements: squares pulled out, what is left without squares."""

from collections.abc import Iterator
from math import isqrt
from typing import Any

from symbolic_init.moments.field import ROOT_PI, Element, Unreadable, rational

__all__ = ["root", "root_parity"]

_SMALL_PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47)


def root(e: Element) -> tuple[Element, Element]:
    """Write the root of a positive element as `c*sqrt(r)`, `r` a polynomial without squares."""
    field = e.field
    content, factors = (e.n * e.d).factor()
    below = field.poly_sign(e.d) or field.poly_sign(e.n)
    if below is None:
        raise Unreadable("root of an expression of unknown sign")
    outer, inner = field.constant(below) / Element(field, e.d, field.one.n), field.one
    for f, m in factors:
        sign = field.poly_sign(f)
        if sign == -1 and m % 2:
            content = -content
        oriented = Element(field, -f if sign == -1 else f, field.one.n)
        whole = m // 2
        if sign is None and whole % 2:
            inner = inner * oriented**2
            whole -= 1
        outer = outer * oriented**whole
        if m % 2:
            if sign is None and content < 0 and oriented.n.leading_coefficient() < 0:
                oriented, content = -oriented, -content
            inner = inner * oriented
    if content < 0:
        flippable = next((f for f, m in factors if m % 2 and field.poly_sign(f) is None), None)
        if flippable is None:
            raise Unreadable("root of a negative number")
        content, inner = -content, -inner
    top, base = rational(content).as_numer_denom()
    pulled, rest = _square_part(int(top) * int(base))
    return outer * field.constant(pulled, int(base)), inner * rest


def root_parity(e: Element) -> Iterator[tuple[Element, Element]]:
    """Split an element by roots: pairs `(c, r)` that add up to it as `c*sqrt(r)`."""
    field = e.field
    d = Element(field, e.d, field.one.n)
    extra = field.one
    if e.d.degrees()[ROOT_PI] % 2 and len(e.d) == 1:
        d, extra = d * field.root_pi, field.root_pi
    groups: dict[tuple[int, ...], dict[tuple[int, ...], Any]] = {}
    roots = (ROOT_PI, *(k for k, _ in field.squares if k != field.imaginary))
    for m, c in (e.n * extra.n).to_dict().items():
        odd = tuple(k for k in roots if m[k] % 2)
        groups.setdefault(odd, {})[tuple(p - (k in odd) for k, p in enumerate(m))] = c
    squares = dict(field.squares)
    for odd, terms in groups.items():
        radicand = field.one
        for k in odd:
            squared = squares.get(k)
            radicand = radicand * (
                field.root_pi**2 if squared is None else Element(field, squared, field.one.n)
            )
        yield field.quotient(field.context.from_dict(terms), field.one.n) / d, radicand


def _square_part(n: int) -> tuple[int, int]:
    """`(s, t)` with `n = s**2*t`; only small primes and perfect squares are looked for."""
    pulled = 1
    for p in _SMALL_PRIMES:
        while n % (p * p) == 0:
            n //= p * p
            pulled *= p
    whole = isqrt(n)
    return (pulled * whole, 1) if whole * whole == n else (pulled, n)
