"""From pieces to terms: signs at the breakpoints, half lines for what is not smooth enough."""

from collections.abc import Sequence

from sympy import Poly as SympyPoly

from symbolic_init.moments.field import Element, Field, Unreadable
from symbolic_init.moments.laurent import are_removable, polar_part, real_poles
from symbolic_init.moments.logarithms import vanishes_at_zero
from symbolic_init.moments.normal_form import Form, Kernel, Key, accumulate
from symbolic_init.moments.polynomials import Poly, dense, divided, evaluated, poles
from symbolic_init.moments.real_factors import real_factors
from symbolic_init.moments.rules.removable import half_lines_parted
from symbolic_init.moments.shifting import beyond, is_distance, is_size, pair_up, shifted, tails
from symbolic_init.moments.waves import WAVES, wave_power
from symbolic_init.notation import x

__all__ = ["is_integrable", "terms_of"]


def terms_of(points: Sequence[Element], forms: Sequence[Form], field: Field) -> Form:
    """Return the function as terms on the whole line, with signs, and on half lines.

    With `left` and `right` the functions beside a breakpoint c, a function is the mean of its two outer
    pieces plus the sum of `(right - left)*sign(x - c)/2`. That needs pieces that are integrable on the
    whole line; kernels and quotients go to half lines instead.
    """
    total: dict[Key, Element] = {}
    for key in dict.fromkeys(key for form in forms for key in form):
        rs = tuple(form.get(key, field.zero) for form in forms)
        if key.kernel:
            _add_local(total, key, rs, points, field)
            continue
        split = tuple(_split(r, field) for r in rs)
        _add_signs(total, key, tuple(p for p, _ in split), points, field)
        _add_local(total, key, tuple(f for _, f in split), points, field)
    pair_up(total, field)
    half_lines_parted(total, field)
    return total


def _split(r: Element, field: Field) -> tuple[Element, Element]:
    """The polynomial part and the proper fraction."""
    if r.is_polynomial():
        return r, field.zero
    n, d = Element(field, r.n, field.one.n), Element(field, r.d, field.one.n)
    quotient, _ = divided(dense(n), dense(d))
    polynomial = evaluated(quotient, field) if quotient else field.zero
    return polynomial, r - polynomial


def _add_signs(
    total: dict[Key, Element], key: Key, rs: Sequence[Element], points: Sequence[Element], field: Field
) -> None:
    half = field.constant(1, 2)
    accumulate(total, key, (rs[0] + rs[-1]) * half)
    for c, left, right in zip(points, rs, rs[1:], strict=False):
        accumulate(total, key._replace(hard=c), (right - left) * half)


def _add_local(
    total: dict[Key, Element], key: Key, rs: Sequence[Element], points: Sequence[Element], field: Field
) -> None:
    changes = [k for k in range(len(points)) if rs[k] != rs[k + 1]]
    if not changes:
        accumulate(total, key, rs[0])
        return
    place = points[changes[0]]
    if len(changes) == 1 and place and key.kernel and is_distance(key, place, field):
        for term, r in shifted(key, rs[0], rs[-1], place, field):
            accumulate(total, term, r)
        return
    if (place or len(changes) > 1) and is_size(key, field):
        for term, r in beyond(key, rs, points, field):
            accumulate(total, term, r)
        return
    if len(changes) > 1 or place or key.soft:
        _add_fractions(total, key, rs, points, field)
        return
    accumulate(total, key._replace(half=True), rs[-1])
    kernel, sign = _reflected(key.kernel, field)
    accumulate(total, key._replace(half=True, beta=-key.beta, kernel=kernel), rs[0].at(-field.x) * sign)


def _add_fractions(
    total: dict[Key, Element], key: Key, rs: Sequence[Element], points: Sequence[Element], field: Field
) -> None:
    """Fractions that change away from 0: powers of 1/x on what lies beyond, poles in pairs by signs."""
    if key.soft or key.beta or key.kernel:
        raise Unreadable("breakpoints away from 0")
    polar = tuple(_powers_below(r, field) for r in rs)
    rest = tuple(r - p for r, p in zip(rs, polar, strict=True))
    if not all(map(_is_even, rest)):
        raise Unreadable("breakpoints away from 0")
    for term, change in tails(key, polar, points, field) if any(polar) else ():
        accumulate(total, term, change)
    _add_signs(total, key, rest, points, field)


def _powers_below(r: Element, field: Field) -> Element:
    """The negative powers of x in the partial fractions of a rational function."""
    order = real_poles(r).get(field.zero, 0)
    terms = enumerate(polar_part(r, field.zero, order), 1) if order else ()
    return sum((c / field.x**k for k, c in terms), field.zero)


def _is_even(r: Element) -> bool:
    """Whether the denominator of a rational function is even: its poles lie in pairs about 0."""
    return all(k % 2 == 0 for k in Element(r.field, r.d, r.field.one.n).coefficients())


def _reflected(kernels: Sequence[Kernel], field: Field) -> tuple[tuple[Kernel, ...], int]:
    """The kernels at `-x`; those that are even or odd stay as they are, up to a sign."""
    turned = tuple(k if k.kind in WAVES else k._replace(argument=k.argument.at(-field.x)) for k in kernels)
    return turned, (-1) ** sum(map(wave_power, kernels))


def is_integrable(points: Sequence[Element], forms: Sequence[Form], field: Field) -> bool:
    """Whether no closed piece has a pole, or too low a power of |x|.

    Raises:
        Unreadable: If a singularity may be removable.
    """
    ends = (None, *points, None)
    for form, low, high in zip(forms, ends, ends[1:], strict=False):
        singular = [(k, r) for k, r in form.items() if k.kernel or not r.is_polynomial()]
        if all(_is_regular(k, r, low, high, field) for k, r in singular):
            continue
        if not _is_removable(singular, low, high, field):
            return False
    return True


def _is_removable(
    singular: Sequence[tuple[Key, Element]], low: Element | None, high: Element | None, field: Field
) -> bool:
    """Whether the poles of some terms on a closed piece cancel.

    Raises:
        Unreadable: If that cannot be told.
    """
    terms = [(k, r) for k, r in singular if not _is_regular(k, r, low, high, field)]
    if any(k.kind != "power" or k.argument in (field.x, -field.x) for key, _ in terms for k in key.kernel):
        if len(singular) > 1 or any(vanishes_at_zero(k) for k in singular[0][0].kernel):
            raise Unreadable("a singularity that may be removable")
        return False
    found = [real_poles(r) for _, r in terms]
    places = [p for p in dict.fromkeys(p for orders in found for p in orders) if _is_on(p, low, high, field)]
    if not places and len(terms) == 1 and not (terms[0][0].soft or terms[0][0].kernel):
        return False
    if not places:
        raise Unreadable("place of a pole")
    return all(
        are_removable(
            [t for t, orders in zip(terms, found, strict=True) if p in orders],
            p,
            [orders[p] for orders in found if p in orders],
            field,
        )
        for p in places
    )


def _is_on(place: Element, low: Element | None, high: Element | None, field: Field) -> bool:
    """Whether a place lies on a closed piece."""
    return not _is_pole_outside((-place, field.one), low, high, field)


def _is_regular(key: Key, r: Element, low: Element | None, high: Element | None, field: Field) -> bool:
    """Whether one term is integrable on a closed piece."""
    powers = [k for k in key.kernel if k.kind == "power" and k.argument in (field.x, -field.x)]
    for f, _ in poles(r):
        if f == field.x and powers:
            continue
        if not _is_pole_outside(dense(f), low, high, field):
            return False
    if not powers:
        return True
    lowest = min(r.coefficients()) - max((m for f, m in poles(r) if f == field.x), default=0)
    touching = any(end is not None and not end for end in (low, high))
    sign = field.sign(powers[0].exponent + lowest + 1)
    if sign is None and touching:
        raise Unreadable("power at 0")
    return sign == 1 or not touching


def _is_pole_outside(f: Poly, low: Element | None, high: Element | None, field: Field) -> bool:
    """Whether a monic polynomial has no zero on a closed piece."""
    if len(f) == 2:
        place = -f[0]
        if place.parts()[1]:  # a wave over a sum of squares, of which one factor cancels
            return True
        left = 1 if low is None else field.sign(place - low)
        right = 1 if high is None else field.sign(high - place)
        if left == -1 or right == -1:
            return True
        if left is None or right is None:
            raise Unreadable("place of a pole")
        return False
    if len(f) == 3 and field.sign(f[0] * 4 - f[1] * f[1]) == 1:
        return True
    if len(f) == 3 and low is None and high is None and field.sign(f[0] * 4 - f[1] * f[1]) is not None:
        return False
    if _keeps_sign(f, low, high, field):
        return True
    try:
        parts = real_factors(f, field, linear=low is not None or high is not None)
    except Unreadable:
        return _counted(f, low, high) == 0
    if parts == (f,):
        raise Unreadable("place of a pole")
    return all(_is_pole_outside(g, low, high, field) for g in parts)


def _keeps_sign(f: Poly, low: Element | None, high: Element | None, field: Field) -> bool:
    """Whether no coefficient of a monic polynomial is negative where the powers of x are positive."""
    signs = [field.sign(c) for c in f]
    if high is not None and field.sign(high) in (-1, 0):
        signs = [s if s is None or (len(f) - k) % 2 else -s for k, s in enumerate(signs)]
    elif low is None or field.sign(low) not in (0, 1):
        signs = [s if k % 2 == 0 or s == 0 else None for k, s in enumerate(signs)]
    return signs[0] == 1 and all(s in (0, 1) for s in signs)


def _counted(f: Poly, low: Element | None, high: Element | None) -> int:
    """How many zeros a polynomial with rational coefficients has on a closed piece (Sturm)."""
    numbers = [c.number() for c in reversed(f)]
    ends = [None if end is None else end.number() for end in (low, high)]
    known = all(n is not None or end is None for n, end in zip(ends, (low, high), strict=True))
    if None in numbers or not known:
        raise Unreadable("place of a pole")
    return int(SympyPoly(numbers, x).count_roots(*ends))
