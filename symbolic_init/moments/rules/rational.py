"""Rational functions: family F, down to simple poles.

Partial fractions first; Hermite reduction under the Gaussian weight lowers every pole to a simple one.
A pole of order m stands in the key as the kernel `pole` with a monic polynomial and the exponent m.
"""

from collections.abc import Sequence

from symbolic_init.moments.field import Element, Field, Unreadable
from symbolic_init.moments.normal_form import Kernel, Key
from symbolic_init.moments.polynomials import (
    Poly,
    combined,
    dense,
    derivative,
    divided,
    evaluated,
    expansion,
    lowest_terms,
    power,
    reciprocal,
    scaled,
    times,
)
from symbolic_init.moments.real_factors import real_factors
from symbolic_init.moments.rule import Atom, Outcome, Rule
from symbolic_init.moments.rules.signs import curvature

__all__ = ["RATIONAL_REDUCTIONS", "on_half_line", "refuse_poles", "single_pole"]

Terms = tuple[tuple[Key, Element], ...]


def on_half_line(key: Key, r: Element) -> Terms:
    """A polynomial on x > 0 by the sign of x; a term on the whole line as it is."""
    if not r:
        return ()
    if not key.half:
        return ((key, r),)
    line = key._replace(half=False)
    return ((line, r / 2), (line._replace(hard=r.field.zero), r / 2))


def _is_rational(key: Key) -> bool:
    return not key.soft and (key.hard is None or not key.beta)


def _fractions(key: Key, r: Element, field: Field) -> Outcome | None:
    if not _is_rational(key) or key.kernel:
        return None
    if r.is_polynomial():
        return Outcome(on_half_line(key, r)) if key.half else None
    top, factors = lowest_terms(r)
    mirrored = (
        not key.beta
        and key.hard is None
        and any(len(f) > 3 for f, _ in factors)
        and not any(any(f[1::2]) for f, _ in factors)
    )
    if mirrored and key.half and any(top[::2]):
        even = (r + r.at(-field.x)) / 2
        return Outcome(((key._replace(half=False), even / 2), *(((key, r - even),) if r - even else ())))
    if mirrored and not key.half:
        top = tuple(field.zero if k % 2 else c for k, c in enumerate(top))
    return Outcome(_partial(key, top, factors, field, mirrored=mirrored and not key.half))


def _partial(
    key: Key, top: Poly, factors: Sequence[tuple[Poly, int]], field: Field, *, mirrored: bool
) -> Terms:
    """Partial fractions over the real numbers; of two poles that mirror each other, one twice."""
    parts = [(g, m) for f, m in factors for g in real_factors(f, field, linear=key.half)]
    whole: Poly = (field.one,)
    for f, m in factors:
        whole = times(whole, power(f, m))
    quotient, rest = divided(top, whole)
    terms = list(on_half_line(key, evaluated(quotient, field)))
    for g, m in parts:
        side = field.sign(g[1]) if mirrored and len(g) == 3 else 0
        if side == -1:
            continue
        own = power(g, m)
        other, _ = divided(whole, own)
        _, numerator = divided(times(rest, reciprocal(other, g, m)), own)
        terms += _spread(key, scaled(numerator, field.constant(2 if side else 1)), g, m, field)
    return tuple(terms)


def _spread(key: Key, numerator: Poly, f: Poly, order: int, field: Field) -> list[tuple[Key, Element]]:
    """`numerator/f**order` as simple fractions and a polynomial."""
    terms: list[tuple[Key, Element]] = []
    whole: Poly = ()
    for k, digit in enumerate(expansion(numerator, f)):
        if k < order and digit:
            pole = Kernel("pole", evaluated(f, field), field.constant(order - k))
            terms.append((key._replace(kernel=(pole,)), evaluated(digit, field)))
        elif digit:
            whole = combined(whole, times(digit, power(f, k - order)), field.one)
    return terms + list(on_half_line(key._replace(kernel=()), evaluated(whole, field)))


def single_pole(key: Key) -> tuple[Poly, int] | None:
    """The only pole of a term, as a polynomial, and its order."""
    if not _is_rational(key) or len(key.kernel) != 1 or key.kernel[0].kind != "pole":
        return None
    order = key.kernel[0].exponent.number()
    return None if order is None else (dense(key.kernel[0].argument), int(order))


def _even(key: Key, r: Element, field: Field) -> Outcome | None:
    """On x > 0 with an even weight, even functions have half their mean on the line."""
    kernels = key.kernel
    if not key.half or key.beta or key.soft or not r.is_polynomial() or not kernels:
        return None
    if any(k.kind not in ("pole", "power") or set(k.argument.coefficients()) - {0, 2} for k in kernels):
        return None
    c = r.coefficients()
    even = sum((v * field.x**k for k, v in c.items() if k % 2 == 0), field.zero)
    if not even:
        return None
    odd = r - even
    line = (key._replace(half=False), even / 2)
    return Outcome((line, (key, odd)) if odd else (line,))


def _hermite(key: Key, r: Element, field: Field) -> Outcome | None:
    found = single_pole(key)
    if found is None or found[1] < 2:
        return None
    f, order = found
    m = order - 1
    refuse_poles(f, key, field)
    p, t = _split(dense(r), f, field)
    slope = (key.beta, -(curvature(key, field) / field.q))
    moved = combined(derivative(p), times(slope, p), field.one)
    numerator = combined(t, moved, field.constant(1, m))
    terms = tuple(_spread(key, numerator, f, m, field))
    edge, height = (field.zero, 1) if key.half else (key.hard, 2)
    boundary = field.zero if edge is None else (evaluated(p, field) / evaluated(f, field) ** m).at(edge)
    if edge is None or not boundary:
        return Outcome(terms)
    density = field.one / (field.q * field.root_pi**2 * 2)
    level = (key.alpha * edge + key.beta) * edge + key.gamma - edge * edge / (field.q * 2)
    return Outcome(terms, (Atom(boundary * height / m, density, level),))


def _split(n: Poly, f: Poly, field: Field) -> tuple[Poly, Poly]:
    """`(p, t)` with `n = p*f' + f*t`."""
    if len(f) == 2:
        return n, ()
    discriminant = f[0] * 4 - f[1] * f[1]
    raised = tuple(-c / discriminant for c in times(n, derivative(f)))
    k, p = divided(raised, f)
    t = combined(times(k, derivative(f)), n, field.constant(4) / discriminant)
    return p, t


def refuse_poles(f: Poly, key: Key, field: Field) -> None:
    """Stop where it is not certain that a linear or quadratic polynomial has no zero on the domain."""
    if len(f) == 2 and key.half and field.sign(f[0]) == 1:
        return
    if len(f) == 3 and field.sign(f[0] * 4 - f[1] * f[1]) == 1:
        return
    raise Unreadable("a pole that cannot be treated")


RATIONAL_REDUCTIONS = (
    Rule(
        id="gauss.rational.fractions",
        family="F",
        stage="reduction",
        statement="R(x) = polynomial + sum of n(x)/f(x)^m",
        reason="partial fractions",
        examples=(
            "1/(1 + x**2)",
            "x**4/((1 + x**2)*(4 + x**2))",
            "x**2/(1 + Abs(x))**2",
            "x**2/(1 + x**4)",
            "(x - 1)/(x**4 + 2*x**2 + 3)",
            "1/(x**2 + 3*Abs(x) + 1)",
        ),
        apply=_fractions,
    ),
    Rule(
        id="gauss.half-line.even",
        family="F",
        stage="reduction",
        statement="E[f(x); x > 0] = E[f(x)]/2 for an even f",
        reason="half of an even function",
        examples=("Piecewise((0, x<0), (1/(1 + x**2), True))", "Piecewise((x, x<0), (sqrt(1 + x**2), True))"),
        apply=_even,
    ),
    Rule(
        id="gauss.rational.hermite",
        family="F",
        stage="reduction",
        statement="E[p f'/f^(m+1)] = E[(p' - (d x/q - beta) p)/f^m]/m (+ p(0) w(0)/(m f(0)^m) on x > 0)",
        reason="integration by parts lowers the order of a pole",
        examples=(
            "1/(1 + x**2)**3",
            "x**2/(1 + 2*Abs(x))**2",
            "1/(x**2 + 3)**2",
            "Piecewise((x/2, x<1), (x/(1 + x**2), True))**2",
        ),
        apply=_hermite,
    ),
)
