"""Means of simple poles, on the line and on x > 0: family F.

A pole off the real line gives the Faddeeva function on the line and the Goodwin-Staton integral on x > 0;
in the center these are erfc and Ei, and a real pole beside x > 0 gives erfi and Ei.
"""

from symbolic_init.moments.field import Element, Field, Q, X
from symbolic_init.moments.normal_form import Key
from symbolic_init.moments.polynomials import Poly
from symbolic_init.moments.real_factors import denested, length, rooted
from symbolic_init.moments.rule import Atom, Outcome, Rule, Scaled, Special, oriented, scaled_root, special
from symbolic_init.moments.rules.rational import refuse_poles, single_pole
from symbolic_init.moments.rules.signs import curvature

__all__ = ["RATIONAL_MEANS"]


def _simple(key: Key, *, degree: int, half: bool, hard: bool = False) -> Poly | None:
    found = single_pole(key)
    if found is None or found[1] != 1 or len(found[0]) != degree + 1 or key.beta:
        return None
    return found[0] if (key.half, key.hard is not None) == (half, hard) else None


def _is_cut(key: Key) -> bool:
    """Whether something changes at a place of the line."""
    return key.half or key.hard is not None


def _shortest_root(c: Element, radicand: Element) -> Scaled:
    """`c*sqrt(radicand)` with c outside the root, or under it where c holds roots and that is shorter."""
    field = c.field
    outside = scaled_root(c, radicand)
    held = any(outside.c.has(k) for k, _ in field.squares)
    sign = field.sign(c) if held and len(c.coefficients(Q)) == 1 else None
    if sign is None:
        return outside
    outer, inner = denested(c * c * radicand)
    return min(outside, Scaled(outer * sign, inner), key=lambda s: length(s.c) + length(s.r))


def _goodwin_staton(key: Key, r: Element, field: Field) -> Outcome | None:
    f = _simple(key, degree=1, half=True)
    if f is None or r.has(X):
        return None
    refuse_poles(f, key, field)
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
    refuse_poles(f, key, field)
    constant = r.coefficients().get(0, field.zero)
    if not constant:
        return Outcome()
    y = f[0] * curvature(key, field) / (field.q * 2)
    radicand = field.root_pi**2 / (field.q * f[0] * 2)
    return Outcome(
        atoms=(Atom(constant, radicand, key.gamma + y, (Special("erfc", (scaled_root(field.one, y),)),)),)
    )


def _faddeeva(key: Key, r: Element, field: Field) -> Outcome | None:
    """`E[1/f]` and `E[x/f]` for a quadratic, by `w(t) = exp(-t**2)*erfc(-i*t)`."""
    found = single_pole(key)
    if found is None or found[1] != 1 or len(found[0]) != 3 or _is_cut(key) or key.beta.parts()[1]:
        return None
    f = found[0]
    refuse_poles(f, key, field)
    spread = field.q / curvature(key, field)
    center = -(f[1] / 2) - key.beta * spread
    discriminant = f[0] * 4 - f[1] * f[1]
    height = _shortest_root(field.one / 2, discriminant / (spread * 2))
    level = key.gamma + key.beta**2 * spread / 2
    weight = field.root_pi**2 / (field.q * 2)
    slope, constant = _about_center(r, f)
    if not center:
        rise = discriminant / (spread * 8)
        line = (constant * 2, weight / discriminant, Special("erfc", (height,)))
        return Outcome(atoms=_atoms(level + rise, line))
    side, u = oriented(_shortest_root(center, field.one / (spread * 2)))
    return Outcome(
        atoms=_atoms(
            level,
            (constant * 2, weight / discriminant, Special("FaddeevaReal", (u, height))),
            (-slope * side, weight, Special("FaddeevaImaginary", (u, height))),
        )
    )


def _faddeeva_of_wave(key: Key, r: Element, field: Field) -> Outcome | None:
    """The same with a complex beta: the poles `zeta` and its conjugate move by different heights."""
    found = single_pole(key)
    if found is None or found[1] != 1 or len(found[0]) != 3 or _is_cut(key) or not key.beta.parts()[1]:
        return None
    f = found[0]
    refuse_poles(f, key, field)
    spread = field.q / curvature(key, field)
    tilt, wave = key.beta.parts()
    height = rooted(f[0] * 4 - f[1] * f[1]) / 2
    level = key.gamma + key.beta**2 * spread / 2
    weight, scale = field.root_pi**2 / (field.q * 2), field.one / (spread * 2)
    slope, constant = _about_center(r, f)
    side, u = oriented(scaled_root(-(f[1] / 2) - tilt * spread, scale))
    atoms: list[Atom] = []
    for sign in (1, -1):
        factor = (constant / height + slope * field.i * sign) / 2
        v = height - wave * spread * sign
        if not u.c:
            atoms.append(
                Atom(factor, weight, level + v * v * scale, (Special("erfc", (scaled_root(v, scale),)),))
            )
            continue
        place = (u, scaled_root(v, scale))
        atoms.append(Atom(factor, weight, level, (Special("FaddeevaReal", place),)))
        atoms.append(
            Atom(factor * field.i * sign * side, weight, level, (Special("FaddeevaImaginary", place),))
        )
    return Outcome(atoms=tuple(a for a in atoms if a.coefficient))


def _atoms(level: Element, *parts: tuple[Element, Element, Special]) -> tuple[Atom, ...]:
    """The atoms that do not vanish, each with its coefficient under the root where that is shorter."""
    found = [(_shortest_root(c, r), s) for c, r, s in parts if c]
    return tuple(Atom(c, r, level, (s,)) for (c, r), s in found)


def _about_center(r: Element, f: Poly) -> tuple[Element, Element]:
    """`(slope, constant)` of a linear numerator in powers of `x + f[1]/2`, for the denominator f."""
    c, zero = r.coefficients(), r.field.zero
    slope = c.get(1, zero)
    return slope, c.get(0, zero) - slope * f[1] / 2


def _goodwin_staton_pair(key: Key, r: Element, field: Field) -> Outcome | None:
    """`E[1/f]` and `E[x/f]` on x > 0 for a quadratic off the center."""
    f = _simple(key, degree=2, half=True)
    if f is None or not f[1]:
        return None
    refuse_poles(f, key, field)
    spread = field.q / curvature(key, field)
    discriminant = f[0] * 4 - f[1] * f[1]
    height = _shortest_root(field.one / 2, discriminant / (spread * 2))
    place = _shortest_root(f[1] / 2, field.one / (spread * 2))
    density = field.one / (field.q * field.root_pi**2 * 2)
    slope, constant = _about_center(r, f)
    return Outcome(
        atoms=_atoms(
            key.gamma,
            (slope, density, Special("GoodwinStatonReal", (place, height))),
            (-constant * 2, density / discriminant, Special("GoodwinStatonImaginary", (place, height))),
        )
    )


def _exponential_integral(key: Key, r: Element, field: Field) -> Outcome | None:
    f = _simple(key, degree=2, half=True)
    if f is None or f[1] or set(r.coefficients()) != {1}:
        return None
    refuse_poles(f, key, field)
    y = f[0] * curvature(key, field) / (field.q * 2)
    density = field.one / (field.q * field.root_pi**2 * 2)
    integral = Special("Ei", (scaled_root(-y, field.one),))
    return Outcome(atoms=(Atom(-r.coefficients()[1] / 2, density, key.gamma + y, (integral,)),))


def _on_pieces(key: Key, r: Element, field: Field) -> Outcome | None:
    """`E[sign(x - t)/f]` and `E[sign(x - t)*x/f]` for `f = x**2 + c`."""
    f = _simple(key, degree=2, half=False, hard=True)
    if f is None or f[1] or key.hard is None:
        return None
    refuse_poles(f, key, field)
    ratio, density = curvature(key, field) / field.q, field.one / (field.q * field.root_pi**2 * 2)
    level, c = key.gamma + f[0] * ratio / 2, r.coefficients()
    side, place = oriented(scaled_root(key.hard / f[0], f[0]))
    arc = Special("OwensT", (scaled_root(field.one, f[0] * ratio), place))
    integral = Special("Ei", (scaled_root(-(key.hard**2 + f[0]) * ratio / 2, field.one),))
    constant, slope = c.get(0, field.zero) * field.root_pi**2 * (-4 * side), c.get(1, field.zero)
    atoms = (Atom(constant, density / f[0], level, (arc,)), Atom(-slope, density, level, (integral,)))
    return Outcome(atoms=tuple(a for a in atoms if a.coefficient))


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
        id="gauss.line.faddeeva-wave",
        family="F",
        stage="mean",
        statement="E[exp(i k x)/(x - zeta)] = i sqrt(pi/(2 q)) exp(-k^2 q/2) w((zeta - i k q)/sqrt(2 q))",
        reason="Faddeeva function",
        examples=("cos(x)/(1 + x**2)", "x*sin(2*x)/(x**2 + 2*x + 3)", "exp(x)*cos(x)/(4 + x**2)**2"),
        apply=_faddeeva_of_wave,
    ),
    Rule(
        id="gauss.half-line.goodwin-staton-pair",
        family="F",
        stage="mean",
        statement="E[1/(x - zeta); x > 0] = G(-zeta sqrt(d/(2 q)))/sqrt(2 pi q) for Im zeta != 0",
        reason="Goodwin-Staton integral of a complex number",
        examples=("1/(x**2 + Abs(x) + 1)", "Max(0, x)/(x**2 - 2*x + 5)", "1/(x**2 + 2*Abs(x) + 3)**2"),
        apply=_goodwin_staton_pair,
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
    Rule(
        id="gauss.pieces.lorentz",
        family="F",
        stage="mean",
        statement="E[sign(x - t)/(x^2 + c)] = -4 pi exp(y) T(sqrt(2 y), t/sqrt(c))/sqrt(2 pi q c), "
        "E[sign(x - t) x/(x^2 + c)] = -exp(y) Ei(-y - t^2 d/(2 q))/sqrt(2 pi q), y = c d/(2 q)",
        reason="Owen's T function, exponential integral",
        examples=(
            "Piecewise((0, x<1), (1/(1 + x**2), True))",
            "Piecewise((0, x<-2), (x/(3 + x**2), x<1), (1, True))",
            "Piecewise((x, x<1/2), (exp(-x**2)/(2 + x**2), True))",
        ),
        apply=_on_pieces,
    ),
)
