"""Real factors of degree 1 and 2 of polynomials in x, over a field that grows by square roots."""

from collections.abc import Sequence
from itertools import count
from math import isqrt

from sympy import Pow, Rational, S, sqrt

from symbolic_init.moments.field import Element, Field, MissingError, Unreadable, X, rational
from symbolic_init.moments.polynomials import (
    Poly,
    common,
    dense,
    derivative,
    evaluated,
    moved,
    scaled,
    times,
)
from symbolic_init.moments.radicals import root

__all__ = ["denested", "irreducible", "length", "real_factors", "rooted", "square_root"]

_HIGHEST_NORM = 64
"""Degree of the largest polynomial that is factored to factor one over a field with roots."""


def real_factors(f: Poly, field: Field, *, linear: bool = False) -> tuple[Poly, ...]:
    """Return monic real factors of degree 1 and 2 whose product is the monic polynomial `f`.

    Args:
        f: Monic polynomial of degree 1 or more.
        field: Field of its coefficients.
        linear: Whether quadratic factors with real zeros are split as well.

    Raises:
        MissingError: If the field lacks a square root that is needed.
        Unreadable: If the factors are not found by square roots, or a sign is not known.
    """
    if len(f) == 2:
        return (f,)
    if len(f) == 3:
        return _of_quadratic(f, field) if linear else (f,)
    plain, degree = _is_plain(f, field), len(f) - 1
    parts = _plain_factors(f, field) if plain else (f,)
    if len(parts) == 1:
        if plain and degree & (degree - 1):
            # The roots of an irreducible polynomial lie over square roots for the degrees 2, 4, 8, ... only.
            raise Unreadable("a polynomial that has no factors by square roots")
        center = f[-2] / degree
        parts = tuple(moved(g, center) for g in _of_centered(moved(f, -center), field))
    return tuple(h for g in parts for h in real_factors(g, field, linear=linear))


def _of_quadratic(f: Poly, field: Field) -> tuple[Poly, ...]:
    """The linear factors of a quadratic polynomial, or itself where it has no real zeros."""
    discriminant = f[1] * f[1] - f[0] * 4
    if field.sign(discriminant) == -1:
        return (f,)
    width = rooted(discriminant)
    return tuple(((f[1] + w) / 2, field.one) for w in (width, -width))


def _of_centered(f: Poly, field: Field) -> tuple[Poly, ...]:
    """Two or more factors of a polynomial without its second highest term, of degree 3 or more."""
    one = field.one
    if len(f) % 2 and not any(f[1::2]):
        return tuple(h for g in real_factors(f[::2], field, linear=True) for h in _in_square(g, field))
    if len(f) != 5:
        parts = irreducible(f, field)
        if len(parts) == 1:
            raise Unreadable("a polynomial that has no factors by square roots")
        return parts
    r, q, p = f[:3]
    resolvent: Poly = (-(q * q), p * p - r * 4, p * 2, one)
    square = next((-g[0] for g in _split_cubic(resolvent, field) if field.sign(g[0]) == -1), None)
    if square is None:
        raise Unreadable("a quartic polynomial that has no factors by square roots")
    u = rooted(square)
    half, tilt = (p + square) / 2, q / u / 2
    return ((half - tilt, u, one), (half + tilt, -u, one))


def _split_cubic(f: Poly, field: Field) -> tuple[Poly, ...]:
    """The linear factors of a cubic polynomial whose zeros are real, if square roots give them."""
    parts = _plain_factors(f, field) if _is_plain(f, field) else irreducible(f, field)
    ready = [g for g in parts if len(g) == 2]
    if any(field.sign(g[0]) == -1 for g in ready):
        return tuple(ready)
    return (*ready, *(h for g in parts if len(g) == 3 for h in _of_quadratic(g, field)))


def _in_square(g: Poly, field: Field) -> tuple[Poly, ...]:
    """Factors of `g(x**2)` for a linear `g`, or a quadratic one without real zeros."""
    zero, one = field.zero, field.one
    if len(g) == 2:
        return ((g[0], zero, one),)
    r, p = g[:2]
    if field.sign(r * 4 - p * p) != 1:
        raise Unreadable("zeros of unknown kind")
    size = rooted(r)
    u = rooted(size * 2 - p)
    return ((size, u, one), (size, -u, one))


def rooted(e: Element) -> Element:
    """Return the positive square root of a positive element.

    Raises:
        MissingError: If the field lacks it; the exception names a root that brings it nearer.
        Unreadable: If the element is not known to be positive.
    """
    field = e.field
    found = square_root(e)
    if found is None:
        if field.sign(e) != 1:
            raise Unreadable("root of an expression of unknown sign")
        outer, inner = root(e)
        number, parts = _split(inner)
        found = outer * field.element(sqrt(number))
        for part in parts:
            one = square_root(part)
            if one is None:
                raise MissingError(Pow(part.expr(), S.Half))
            found = found * one
    return -found if field.sign(found) == -1 else found


def denested(e: Element) -> tuple[Element, Element]:
    """Write the root of a positive element as `c*sqrt(r)`, with short roots of factors in c."""
    field = e.field
    outer, inner = root(e)
    number, parts = _split(inner)
    left = field.constant(int(number.p), int(number.q))
    for part in parts:
        found = square_root(part)
        sign = None if found is None else field.sign(found)
        if found is None or not sign or length(found) > length(part):
            left = left * part
        else:
            outer = outer * found * sign
    return outer, left


def length(e: Element) -> int:
    """How long an element is when written: its terms, and the operations in their roots."""
    field = e.field
    roots = [(k, field.generators[k].count_ops()) for k, _ in field.squares]
    return sum(1 + sum(ops for k, ops in roots if m[k]) for p in (e.n, e.d) for m in p.monoms())


def _split(inner: Element) -> tuple[Rational, tuple[Element, ...]]:
    """A number and the other factors of a positive polynomial, each positive if its sign is known."""
    field = inner.field
    content, factors = inner.n.factor()
    unknown, parts = field.one, list[Element]()
    for f, _ in factors:
        sign = field.poly_sign(f)
        part = Element(field, f, field.one.n)
        if sign == -1:
            content, part = -content, -part
        if sign is None:
            unknown = unknown * part
        else:
            parts.append(part)
    if content < 0:
        content, unknown = -content, -unknown
    return rational(content), tuple(parts) if unknown == field.one else (*parts, unknown)


def square_root(e: Element) -> Element | None:
    """Return a square root, of either sign, in the field itself; `None` where there is none."""
    return _root_below(e, _levels(e.field), e.field)


def _levels(field: Field) -> tuple[int, ...]:
    return tuple(k for k, _ in field.squares if k != field.imaginary)


def _root_below(e: Element, levels: Sequence[int], field: Field) -> Element | None:
    """A square root in the field that holds only some of the roots.

    With g**2 = s, the square of `c + b/(2*c)*g` is `a + b*g` where `c**2 = (a +- sqrt(a**2 - b**2*s))/2`.
    """
    if not e:
        return e
    if not levels:
        return _plain_root(e, field)
    *below, k = levels
    g = field.gen(k)
    square = g * g
    parts = e.coefficients(k)
    a, b = parts.get(0, field.zero), parts.get(1, field.zero)
    if not b:
        direct = _root_below(a, below, field)
        if direct is None:
            other = _root_below(a / square, below, field)
            return None if other is None else other * g
        return direct
    norm = _root_below(a * a - b * b * square, below, field)
    if norm is None:
        return None
    for half in ((a + norm) / 2, (a - norm) / 2):
        c = _root_below(half, below, field)
        if c:
            return c + b / (c * 2) * g
    return None


def _plain_root(e: Element, field: Field) -> Element | None:
    """The square root of a quotient of polynomials without roots in them."""
    content, factors = (e.n * e.d).factor()
    number = rational(content)
    if number < 0 or any(m % 2 for _, m in factors):
        return None
    top, below = isqrt(int(number.p)), isqrt(int(number.q))
    if top * top != number.p or below * below != number.q:
        return None
    total = field.constant(top, below) / Element(field, e.d, field.one.n)
    for f, m in factors:
        total = total * Element(field, f, field.one.n) ** (m // 2)
    return total


def irreducible(f: Poly, field: Field) -> tuple[Poly, ...]:
    """Return the monic irreducible factors, over the field with its roots, of a polynomial.

    Squares are not looked for: `f` has none. The field with a root g is reached from the one without by
    the norm `f*conjugate(f)`, whose factors share one factor each with `f` (Trager 1976).
    """
    parts = _plain_factors(f, field) if _is_plain(f, field) else (f,)
    return tuple(g for p in parts for g in _over_roots(p, _levels(field), field))


def _is_plain(f: Poly, field: Field) -> bool:
    return not any(c.has(k) for c in f for k in _levels(field))


def _plain_factors(f: Poly, field: Field) -> tuple[Poly, ...]:
    found = []
    for g, m in evaluated(f, field).n.factor()[1]:
        if g.degrees()[X]:
            p = dense(Element(field, g, field.one.n))
            found += [scaled(p, field.one / p[-1])] * int(m)
    return tuple(found)


def _over_roots(f: Poly, levels: Sequence[int], field: Field) -> tuple[Poly, ...]:
    if len(f) == 2:
        return (f,)
    if not levels:
        return _plain_factors(f, field)
    *below, k = levels
    if (len(f) - 1) << len(levels) > _HIGHEST_NORM:
        raise Unreadable("a polynomial of high degree with roots")
    g = field.gen(k)
    for j in count():
        tried = moved(f, g * j)
        norm = times(tried, tuple(_conjugate(c, k) for c in tried))
        if len(common(norm, derivative(norm))) == 1:
            break
    parts = _over_roots(norm, below, field)
    if len(parts) == 1:
        return (f,)
    return tuple(moved(common(tried, p), -g * j) for p in parts)


def _conjugate(e: Element, k: int) -> Element:
    parts = e.coefficients(k)
    return parts.get(0, e.field.zero) - parts.get(1, e.field.zero) * e.field.gen(k)
