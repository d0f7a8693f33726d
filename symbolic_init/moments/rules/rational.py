"""Rational functions: family F.

Partial fractions first; Hermite reduction under the Gaussian weight lowers every pole to a simple one.
A pole of order m stands in the key as the kernel `pole` with a monic polynomial and the exponent m.
"""

from symbolic_init.moments.field import Element, Field, Unreadable, X
from symbolic_init.moments.normal_form import Kernel, Key
from symbolic_init.moments.polynomials import (
    Poly,
    bezout,
    combined,
    dense,
    derivative,
    divided,
    evaluated,
    expansion,
    times,
)
from symbolic_init.moments.rule import Atom, Outcome, Rule, Special, oriented, scaled_root, special
from symbolic_init.moments.rules.signs import curvature

__all__ = ["RATIONAL_MEANS", "RATIONAL_REDUCTIONS", "on_half_line", "poles"]

Terms = tuple[tuple[Key, Element], ...]


def poles(r: Element) -> tuple[tuple[Element, int], ...]:
    """The monic factors of the denominator that hold x, with their multiplicities."""
    field, found = r.field, []
    for f, m in r.d.factor()[1]:
        if f.degrees()[X]:
            e = Element(field, f, field.one.n)
            found.append((e / dense(e)[-1], int(m)))
    return tuple(found)


def on_half_line(key: Key, r: Element) -> Terms:
    """A polynomial on x > 0 by the sign of x; a term on the whole line as it is."""
    if not r:
        return ()
    if not key.half:
        return ((key, r),)
    line = key._replace(half=False)
    return ((line, r / 2), (line._replace(hard=r.field.zero), r / 2))


def _is_rational(key: Key) -> bool:
    return not key.soft and key.hard is None


def _fractions(key: Key, r: Element, field: Field) -> Outcome | None:
    if not _is_rational(key) or key.kernel:
        return None
    if r.is_polynomial():
        return Outcome(on_half_line(key, r)) if key.half else None
    top = dense(Element(field, r.n, field.one.n))
    whole = field.one
    factors = poles(r)
    for f, m in factors:
        whole = whole * f**m
    scale = whole * Element(field, field.one.n, r.d)
    quotient, rest = divided(top, dense(whole))
    terms = list(on_half_line(key, evaluated(quotient, field) * scale))
    for f, m in factors:
        own, other = dense(f**m), dense(whole / f**m)
        _, t = bezout(own, other) if len(other) > 1 else ((), (field.one,))
        _, numerator = divided(times(rest, t), own)
        terms += _spread(key, tuple(c * scale for c in numerator), dense(f), m, field)
    return Outcome(tuple(terms))


def _spread(key: Key, numerator: Poly, f: Poly, order: int, field: Field) -> list[tuple[Key, Element]]:
    """`numerator/f**order` as simple fractions and a polynomial."""
    terms: list[tuple[Key, Element]] = []
    whole: Poly = ()
    for k, digit in enumerate(expansion(numerator, f)):
        if k < order and digit:
            pole = Kernel("pole", evaluated(f, field), field.constant(order - k))
            terms.append((key._replace(kernel=(pole,)), evaluated(digit, field)))
        elif digit:
            power: Poly = (field.one,)
            for _ in range(k - order):
                power = times(power, f)
            whole = combined(whole, times(digit, power), field.one)
    return terms + list(on_half_line(key._replace(kernel=()), evaluated(whole, field)))


def _pole(key: Key) -> tuple[Poly, int] | None:
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
    found = _pole(key)
    if found is None or found[1] < 2:
        return None
    f, order = found
    m = order - 1
    _refuse_poles(f, key, field)
    p, t = _split(dense(r), f, field)
    slope = (key.beta, -(curvature(key, field) / field.q))
    moved = combined(derivative(p), times(slope, p), field.one)
    numerator = combined(t, moved, field.constant(1, m))
    terms = tuple(_spread(key, numerator, f, m, field))
    if not key.half or not p or not p[0]:
        return Outcome(terms)
    density = field.one / (field.q * field.root_pi**2 * 2)
    return Outcome(terms, (Atom(p[0] / f[0] ** m / m, density, key.gamma),))


def _split(n: Poly, f: Poly, field: Field) -> tuple[Poly, Poly]:
    """`(p, t)` with `n = p*f' + f*t`."""
    if len(f) == 2:
        return n, ()
    discriminant = f[0] * 4 - f[1] * f[1]
    raised = tuple(-c / discriminant for c in times(n, derivative(f)))
    k, p = divided(raised, f)
    t = combined(times(k, derivative(f)), n, field.constant(4) / discriminant)
    return p, t


def _refuse_poles(f: Poly, key: Key, field: Field) -> None:
    """Stop where it is not certain that a linear or quadratic polynomial has no zero on the domain."""
    if len(f) == 2 and key.half and field.sign(f[0]) == 1:
        return
    if len(f) == 3 and field.sign(f[0] * 4 - f[1] * f[1]) == 1:
        return
    raise Unreadable("a pole that cannot be treated")


def _simple(key: Key, *, degree: int, half: bool) -> Poly | None:
    found = _pole(key)
    if found is None or found[1] != 1 or len(found[0]) != degree + 1 or key.half != half or key.beta:
        return None
    return found[0]


def _goodwin_staton(key: Key, r: Element, field: Field) -> Outcome | None:
    f = _simple(key, degree=1, half=True)
    if f is None or r.has(X):
        return None
    _refuse_poles(f, key, field)
    ratio = curvature(key, field) / (field.q * 2)
    density = field.one / (field.q * field.root_pi**2 * 2)
    square = f[0] * f[0] * ratio
    level = key.gamma - square
    factor, erfi = special("erfi", f[0], ratio)
    integral = Special("Ei", (scaled_root(square, field.one),))
    return Outcome(
        atoms=(
            Atom(r * factor * field.root_pi**2 / 2, density, level, (erfi,)),
            Atom(-r / 2, density, level, (integral,)),
        )
    )


def _lorentz(key: Key, r: Element, field: Field) -> Outcome | None:
    f = _simple(key, degree=2, half=False)
    if f is None or f[1]:
        return None
    _refuse_poles(f, key, field)
    constant = r.coefficients().get(0, field.zero)
    if not constant:
        return Outcome()
    y = f[0] * curvature(key, field) / (field.q * 2)
    radicand = field.root_pi**2 / (field.q * f[0] * 2)
    return Outcome(
        atoms=(Atom(constant, radicand, key.gamma + y, (Special("erfc", (scaled_root(field.one, y),)),)),)
    )


def _faddeeva(key: Key, r: Element, field: Field) -> Outcome | None:
    """`E[1/f]` and `E[x/f]` for a quadratic off the center, by `w(t) = exp(-t**2)*erfc(-i*t)`."""
    found = _pole(key)
    if found is None or found[1] != 1 or len(found[0]) != 3 or key.half or key.beta.parts()[1]:
        return None
    f = found[0]
    _refuse_poles(f, key, field)
    spread = field.q / curvature(key, field)
    center = -(f[1] / 2) - key.beta * spread
    side, u = oriented(scaled_root(center, field.one / (spread * 2)))
    discriminant = f[0] * 4 - f[1] * f[1]
    height = scaled_root(field.one / 2, discriminant / (spread * 2))
    level = key.gamma + key.beta**2 * spread / 2 + (discriminant / 4 - center**2) / (spread * 2)
    _, angle = oriented(scaled_root(center / (spread * 2), discriminant))
    cos, sin = Special("cos", (angle,)), Special("sin", (angle,))
    re, im = Special("ErfReal", (height, u)), Special("ErfImaginary", (height, u))
    c = r.coefficients()
    slope = c.get(1, field.zero)
    constant = c.get(0, field.zero) - slope * f[1] / 2
    weight = field.root_pi**2 / (field.q * 2)
    one, turned = field.one, slope * side
    real = (constant * 2, weight / discriminant)
    parts = (
        (real, ((one, (cos,)), (-one, (cos, re)), (one, (im, sin)))),
        ((turned, weight), ((one, (sin,)), (-one, (re, sin)), (-one, (cos, im)))),
    )
    return Outcome(
        atoms=tuple(
            Atom(factor * sign, radicand, level, tuple(sorted(s, key=str)))
            for (factor, radicand), terms in parts
            if factor
            for sign, s in terms
        )
    )


def _exponential_integral(key: Key, r: Element, field: Field) -> Outcome | None:
    f = _simple(key, degree=2, half=True)
    if f is None or f[1] or set(r.coefficients()) != {1}:
        return None
    _refuse_poles(f, key, field)
    y = f[0] * curvature(key, field) / (field.q * 2)
    density = field.one / (field.q * field.root_pi**2 * 2)
    integral = Special("Ei", (scaled_root(-y, field.one),))
    return Outcome(atoms=(Atom(-r.coefficients()[1] / 2, density, key.gamma + y, (integral,)),))


RATIONAL_REDUCTIONS = (
    Rule(
        id="gauss.rational.fractions",
        family="F",
        stage="reduction",
        statement="R(x) = polynomial + sum of n(x)/f(x)^m",
        reason="partial fractions",
        examples=("1/(1 + x**2)", "x**4/((1 + x**2)*(4 + x**2))", "x**2/(1 + Abs(x))**2"),
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
        examples=("1/(1 + x**2)**3", "x**2/(1 + 2*Abs(x))**2", "1/(x**2 + 3)**2"),
        apply=_hermite,
    ),
)

RATIONAL_MEANS = (
    Rule(
        id="gauss.half-line.goodwin-staton",
        family="F",
        stage="mean",
        statement="E[1/(x + a); x > 0] = exp(-b^2) (pi erfi(b) - Ei(b^2))/sqrt(8 pi q), b = a sqrt(d/(2 q))",
        reason="Goodwin-Staton integral",
        examples=("1/(1 + Abs(x))", "x/(1 + Abs(x))*sign(x)", "exp(-x**2)/(2 + Abs(x))"),
        apply=_goodwin_staton,
    ),
    Rule(
        id="gauss.line.lorentz",
        family="F",
        stage="mean",
        statement="E[1/(x^2 + c)] = sqrt(pi/(2 q c)) exp(y) erfc(sqrt(y)), y = c d/(2 q)",
        reason="mean of a Lorentz curve",
        examples=("1/(1 + x**2)", "x**2/(2 + x**2)", "exp(-x**2)/(1 + x**2)"),
        apply=_lorentz,
    ),
    Rule(
        id="gauss.line.faddeeva",
        family="F",
        stage="mean",
        statement="E[1/(x - zeta)] = i sqrt(pi/(2 q)) w(zeta/sqrt(2 q)) for Im zeta > 0",
        reason="Faddeeva function",
        examples=("1/(x**2 + x + 1)", "x/(x**2 - 2*x + 5)", "exp(x)/(1 + x**2)", "1/(x**2 + 2*x + 3)**2"),
        apply=_faddeeva,
    ),
    Rule(
        id="gauss.half-line.exponential-integral",
        family="F",
        stage="mean",
        statement="E[x/(x^2 + c); x > 0] = -exp(y) Ei(-y)/(2 sqrt(2 pi q)), y = c d/(2 q)",
        reason="exponential integral",
        examples=("Abs(x)/(1 + x**2)", "Max(0, x)/(3 + 2*x**2)"),
        apply=_exponential_integral,
    ),
)
