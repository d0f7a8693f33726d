"""Polynomials in x over the field of coefficients, as tuples from the constant term upward."""

from symbolic_init.moments.field import Element, Field, X

__all__ = [
    "Poly",
    "combined",
    "common",
    "dense",
    "derivative",
    "divided",
    "evaluated",
    "expansion",
    "lowest_terms",
    "moved",
    "poles",
    "power",
    "reciprocal",
    "scaled",
    "times",
]

Poly = tuple[Element, ...]


def dense(e: Element) -> Poly:
    """The coefficients of an element that is polynomial in x."""
    c = e.coefficients()
    return tuple(c.get(k, e.field.zero) for k in range(max(c, default=-1) + 1))


def evaluated(p: Poly, field: Field) -> Element:
    """The polynomial as an element."""
    return sum((c * field.x**k for k, c in enumerate(p) if c), field.zero)


def _trimmed(p: Poly) -> Poly:
    n = len(p)
    while n and not p[n - 1]:
        n -= 1
    return p[:n]


def combined(p: Poly, q: Poly, factor: Element) -> Poly:
    """Return `p + factor*q`."""
    zero = factor.field.zero
    size = max(len(p), len(q))
    return _trimmed(
        tuple((p[k] if k < len(p) else zero) + (q[k] * factor if k < len(q) else zero) for k in range(size))
    )


def times(p: Poly, q: Poly) -> Poly:
    """Return the product."""
    if not p or not q:
        return ()
    total = [p[0].field.zero] * (len(p) + len(q) - 1)
    for j, a in enumerate(p):
        for k, b in enumerate(q):
            total[j + k] = total[j + k] + a * b
    return _trimmed(tuple(total))


def derivative(p: Poly) -> Poly:
    """Return the derivative."""
    return tuple(c * k for k, c in enumerate(p))[1:]


def divided(p: Poly, q: Poly) -> tuple[Poly, Poly]:
    """Return quotient and remainder."""
    rest, quotient = list(p), [q[0].field.zero] * max(0, len(p) - len(q) + 1)
    for k in range(len(p) - len(q), -1, -1):
        factor = rest[k + len(q) - 1] / q[-1]
        quotient[k] = factor
        for j, c in enumerate(q):
            rest[k + j] = rest[k + j] - factor * c
    return _trimmed(tuple(quotient)), _trimmed(tuple(rest[: len(q) - 1]))


def reciprocal(p: Poly, f: Poly, order: int) -> Poly:
    """Return `t` with `t*p = 1` modulo `f**order`, for a monic `f` of degree 1 or 2 that does not divide `p`.

    Modulo `f` it is a conjugate over a norm; each step after Newton doubles the order. Euclid's algorithm
    would carry coefficients that have nothing to do with the result, and grow without bound over letters.
    """
    one = f[-1]
    b, *tilt = divided(p, f)[1]
    if tilt and len(f) == 3:
        (a,) = tilt
        norm = b * b - a * b * f[1] + a * a * f[0]
        t = _trimmed(((b - a * f[1]) / norm, -a / norm))
    else:
        t = (one / b,)
    reached = 1
    while reached < order:
        reached = min(2 * reached, order)
        modulus = power(f, reached)
        error = combined((one,), divided(times(p, t), modulus)[1], -one)
        t = divided(combined(t, times(t, error), one), modulus)[1]
    return t


def expansion(p: Poly, f: Poly) -> tuple[Poly, ...]:
    """Return the digits of `p` in base `f`: `p = sum of digit_k*f**k`."""
    digits: list[Poly] = []
    while p:
        p, rest = divided(p, f)
        digits.append(rest)
    return tuple(digits)


def scaled(p: Poly, factor: Element) -> Poly:
    """Return `factor*p`."""
    return tuple(c * factor for c in p) if factor else ()


def power(p: Poly, exponent: int) -> Poly:
    """Return `p**exponent` for a polynomial that is not zero."""
    total: Poly = (p[0].field.one,)
    for _ in range(exponent):
        total = times(total, p)
    return total


def moved(p: Poly, by: Element) -> Poly:
    """Return the polynomial `p(x + by)`."""
    total: Poly = ()
    for c in reversed(p):
        total = combined(times(total, (by, by.field.one)), (c,), by.field.one)
    return total


def common(p: Poly, q: Poly) -> Poly:
    """Return the monic greatest common divisor of two polynomials that are not both zero."""
    while q:
        p, q = q, divided(p, q)[1]
    return scaled(p, p[-1].field.one / p[-1])


def lowest_terms(r: Element) -> tuple[Poly, list[tuple[Poly, int]]]:
    """Return the numerator of a quotient with a monic denominator, and the monic factors of that.

    An element has no roots in its denominator; what made it free of them stands in the numerator too, and
    is not common to both until the roots are more than letters.
    """
    field = r.field
    top = dense(Element(field, r.n, field.one.n))
    lead = field.one / dense(Element(field, r.d, field.one.n))[-1]
    shared = any(r.has(k) for k, _ in field.squares)
    found: list[tuple[Poly, int]] = []
    pending = []
    for f, m in r.d.factor()[1]:
        if f.degrees()[X]:
            p = dense(Element(field, f, field.one.n))
            pending.append((scaled(p, field.one / p[-1]), int(m)))
    while pending:
        p, m = pending.pop(0)
        both = common(p, top) if shared and top else p[:0]
        if len(both) == len(p):
            top = divided(top, p)[0]
            pending += [(p, m - 1)] if m > 1 else []
        elif len(both) > 1:
            pending = [(both, m), (divided(p, both)[0], m), *pending]
        else:
            found.append((p, m))
    return scaled(top, lead), found


def poles(r: Element) -> tuple[tuple[Element, int], ...]:
    """The monic factors of the denominator that hold x, with their multiplicities, in lowest terms."""
    return tuple((evaluated(f, r.field), m) for f, m in lowest_terms(r)[1])
