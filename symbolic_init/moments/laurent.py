"""Poles of terms on the real line, and the Laurent coefficients of terms and of their sums there."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

import sympy
from sympy import Expr, I, Mul, S

from symbolic_init.moments.field import Element, Field, MissingError, Unreadable
from symbolic_init.moments.normal_form import Kernel, Key
from symbolic_init.moments.polynomials import Poly, dense, derivative, lowest_terms, moved, power, times
from symbolic_init.moments.real_factors import real_factors

__all__ = [
    "are_removable",
    "exponential_series",
    "known_part",
    "polar_part",
    "polar_sum",
    "real_pole",
    "real_poles",
]

Term = tuple[Key, Element]
Series = tuple[Element, ...]
"""Coefficients from the constant term upward, cut off at some order."""


def real_poles(r: Element) -> Mapping[Element, int]:
    """The places on the real line where a rational function has poles, and their orders.

    Raises:
        MissingError: If the field lacks a square root in such a place.
    """
    found: dict[Element, int] = {}
    for f, m in lowest_terms(r)[1]:
        for g in _real_linear(f, r.field):
            if not g[0].parts()[1]:
                found[-g[0]] = m
    return found


def _real_linear(f: Poly, field: Field) -> Sequence[Poly]:
    """The linear factors of a monic polynomial, where they are found."""
    if len(f) == 3 and field.sign(f[1] * f[1] - f[0] * 4) != 1:
        return ()
    try:
        return [g for g in real_factors(f, field, linear=True) if len(g) == 2]
    except Unreadable:
        return ()


def real_pole(key: Key) -> Kernel | None:
    """The factor of a term that is a pole where finite parts are taken: on the line, or at 0 on x > 0."""
    for k in key.kernel:
        if k.kind == "pole" and k.argument.degree() == 1 and key.hard is None:
            return k if not key.half or k.argument == k.argument.field.x else None
    return None


def polar_part(r: Element, place: Element, order: int) -> Series:
    """The coefficients of `(x - place)**-1`, `(x - place)**-2`, ... in a rational function."""
    return tuple(reversed(_rational(r, place, order)))


def are_removable(terms: Sequence[Term], place: Element, orders: Sequence[int], field: Field) -> bool:
    """Tell whether a sum of terms is regular at a place where some of them have poles.

    Args:
        terms: Terms without signs, whose kernels are powers of functions that are positive at the place.
        place: A real number free of x.
        orders: The order of the pole of each term there.
        field: Where the coefficients live.

    Raises:
        MissingError: If the field lacks a root that is a value of an exponential there.
        Unreadable: If it cannot be told.
    """
    for total in _sums(terms, place, orders, field):
        left = [c for c in total.values() if c]
        if not left:
            continue
        if len(left) == 1 and (len(terms) == 1 or any(map(field.sign, left[0].parts()))):
            return False
        raise Unreadable("a singularity that may be removable")
    return True


def polar_sum(terms: Sequence[Term], place: Element, field: Field) -> Element:
    """Return the polar part of a sum of terms with poles at a place, as a rational function.

    Raises:
        Unreadable: If the field lacks its coefficients.
    """
    sums = _sums(terms, place, [real_poles(r)[place] for _, r in terms], field)
    found = field.zero
    for k, total in enumerate(sums):
        for constant, c in total.items():
            if c and constant is not S.One:
                raise Unreadable("a pole with a coefficient outside of the field")
            found = found + c / (field.x - place) ** (len(sums) - k)
    return found


def _sums(
    terms: Sequence[Term], place: Element, orders: Sequence[int], field: Field
) -> Sequence[Mapping[Expr, Element]]:
    """The coefficients of the powers from the most singular upward, by constants outside of the field."""
    sums: list[dict[Expr, Element]] = [{} for _ in range(max(orders))]
    for (key, r), order in zip(terms, orders, strict=True):
        for constant, series in _expansions(key, place, order, field):
            polar = _product(_rational(r, place, order), series)
            for total, c in zip(sums[len(sums) - order :], polar, strict=True):
                total[constant] = total.get(constant, field.zero) + c
    return sums


def _rational(r: Element, place: Element, order: int) -> Series:
    """`r*(x - place)**order` to the order below `order`."""
    field = r.field
    top, factors = lowest_terms(r)
    below: Poly = (field.one,)
    for f, m in factors:
        below = times(below, power(f, m))
    if place:
        top, below = moved(top, place), moved(below, place)
    below = below[order:]
    found: list[Element] = []
    for k in range(order):
        c = top[k] if k < len(top) else field.zero
        for j in range(1, min(k + 1, len(below))):
            c = c - below[j] * found[k - j]
        found.append(c / below[0])
    return tuple(found)


def _product(a: Series, b: Series) -> Series:
    """The product of two series that are cut off at the same order."""
    return tuple(sum((a[j] * b[k - j] for j in range(k + 1)), a[0].field.zero) for k in range(len(a)))


def exponential_series(slope: Element, bend: Element, size: int) -> Series:
    """`exp(slope*u + bend*u**2)`."""
    found = [slope.field.one]
    for k in range(1, size):
        before = found[k - 2] * bend * 2 if k > 1 else slope.field.zero
        found.append((slope * found[k - 1] + before) / k)
    return tuple(found)


def _expansions(key: Key, place: Element, size: int, field: Field) -> Iterator[tuple[Expr, Series]]:
    """What multiplies the rational function of a term, as a sum of constants times series."""
    level = (key.alpha * place + key.beta) * place + key.gamma
    start = exponential_series(key.beta + key.alpha * place * 2, key.alpha, size)
    constants = []
    for kernel in key.kernel:
        value, series = _power(kernel, place, size)
        start = _product(start, series)
        constants.append(value)
    for chosen in product(*(_signs(a, a * place + b, size) for a, b in key.soft)):
        exponent, series, values = level, start, list(constants)
        for drop, value, factor in chosen:
            exponent, series = exponent - drop, _product(series, factor)
            values.append(value)
        if exponent:
            values.append(sympy.exp(exponent.expr()))
        known, rest = known_part(Mul(*values), field)
        yield rest, tuple(c * known for c in series)


def _signs(a: Element, inner: Element, size: int) -> Sequence[tuple[Element, Expr, Series]]:
    """`erf(a*u + inner)`: its value times 1, and `exp(-inner**2)` times the rest."""
    field = a.field
    slope = exponential_series(a * inner * -2, -(a * a), size)
    scale = a * 2 / field.root_pi
    rest = (field.zero, *(c * scale / (k + 1) for k, c in enumerate(slope[:-1])))
    found = [(inner * inner, S.One, rest)]
    if inner:
        unit = tuple(field.one if k == 0 else field.zero for k in range(size))
        found.append((field.zero, sympy.erf(inner.expr()), unit))
    return found


def _power(kernel: Kernel, place: Element, size: int) -> tuple[Expr, Series]:
    """A power of a polynomial: its value and the rest, by `f*y' = exponent*f'*y`."""
    f = moved(dense(kernel.argument), place)
    if kernel.kind != "power" or not f or kernel.argument.field.sign(f[0]) != 1:
        raise Unreadable("a singularity that may be removable")
    slope, found = derivative(f), [f[0].field.one]
    for k in range(size - 1):
        c = f[0].field.zero
        for j in range(min(k + 1, len(slope))):
            c = c + kernel.exponent * slope[j] * found[k - j]
        for j in range(1, min(k + 1, len(f))):
            c = c - f[j] * found[k + 1 - j] * (k + 1 - j)
        found.append(c / f[0] / (k + 1))
    return sympy.Pow(f[0].expr(), kernel.exponent.expr()), tuple(found)


def known_part(constant: Expr, field: Field) -> tuple[Element, Expr]:
    """Write a constant as an element times what the field lacks.

    Raises:
        MissingError: If the field lacks a root that is a value of an exponential.
    """
    known, rest = field.one, list[Expr]()
    for factor in Mul.make_args(constant):
        angle = factor.args[0].as_coefficient(I) if isinstance(factor, sympy.exp) else None
        if angle is not None:
            cos, sin = sympy.cos(angle), sympy.sin(angle)
            if not cos.has(sympy.cos) or cos in field.index or sin in field.index:
                known = known * field.element(cos + I * sin)
                continue
        try:
            known = known * field.element(factor)
        except (MissingError, Unreadable):
            rest.append(factor)
    return known, Mul(*rest)
