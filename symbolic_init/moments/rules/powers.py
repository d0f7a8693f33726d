"""Powers of |x| and logarithms of it: family H.

A power beside a tilted exponential is a power off the center: `|x - c|` is `|y|` under a weight with
`exp(-c*y/q)`. It leads to parabolic cylinder functions on a half line, to Kummer's function on the line.
"""

from collections.abc import Iterator
from math import comb

from sympy import Rational, S, polygamma

from symbolic_init.moments.field import Element, Field, Unreadable
from symbolic_init.moments.normal_form import Key
from symbolic_init.moments.rule import Atom, Outcome, Rule, Special, scaled_root
from symbolic_init.moments.rules.signs import curvature

__all__ = ["POWER_MEANS", "gamma_of", "powered", "powers_of_x"]


def powers_of_x(r: Element, field: Field) -> dict[int, Element]:
    """The coefficients of a Laurent polynomial."""
    shift = 0
    while not r.is_polynomial():
        r, shift = r * field.x, shift + 1
        if shift > 50:
            raise Unreadable("a pole beside a power")
    return {k - shift: c for k, c in r.coefficients().items()}


def powered(base: Element, exponent: Element) -> tuple[Element, Element, tuple[Special, ...]]:
    """`base**exponent` of a positive base as coefficient, radicand and special functions."""
    field = base.field
    number = exponent.number()
    if base == field.one or not exponent:
        return field.one, field.one, ()
    if number is None:
        rest = exponent
        whole = 0
    else:
        whole = int((number + S.Half).floor() if number.q > 2 else number.floor())
        rest = exponent - whole
    c = base**whole
    if not rest:
        return c, field.one, ()
    if rest * 2 == field.one:
        return c, base, ()
    return c, field.one, (Special("power", (scaled_root(base, field.one), scaled_root(rest, field.one))),)


def gamma_of(argument: Element) -> tuple[Element, tuple[Special, ...]]:
    """The gamma function: known where twice the argument is whole, a number is lowered into (1, 2]."""
    field, number, c = argument.field, argument.number(), argument.field.one
    while number is not None and number > (2 if number.q > 2 else 1):
        number, argument = number - 1, argument - 1
        c = c * argument
    if number in (S.One, S.Half):
        return (c if number is S.One else c * field.root_pi), ()
    return c, (Special("gamma", (scaled_root(argument, field.one),)),)


def _lone_power(key: Key, field: Field) -> Element | None:
    """The exponent of `|x|`, the only kernel."""
    if len(key.kernel) != 1 or key.soft:
        return None
    kernel = key.kernel[0]
    return kernel.exponent if kernel.kind == "power" and kernel.argument == field.x else None


def _exponents(r: Element, exponent: Element, field: Field) -> Iterator[tuple[int, Element, Element]]:
    """The powers of x in a Laurent polynomial: each with its coefficient and the exponent of |x|."""
    for k, c in powers_of_x(r, field).items():
        if field.sign(exponent + k + 1) != 1:
            raise Unreadable("a power that is not integrable at 0")
        yield k, c, exponent + k


def _gamma(key: Key, r: Element, field: Field) -> Outcome | None:
    exponent = _lone_power(key, field)
    if exponent is None or not key.half or key.beta:
        return None
    return Outcome(atoms=tuple(_power_mean(key, c, s, field) for _, c, s in _exponents(r, exponent, field)))


def _power_mean(key: Key, c: Element, exponent: Element, field: Field) -> Atom:
    """`E[x**s; x > 0]`, with the exponent lowered into (-1, 1] where it is a number."""
    spread = field.q / curvature(key, field)
    number = exponent.number()
    while number is not None and number > 1:
        number -= 2
        exponent = exponent - 2
        c = c * spread * (exponent + 1)
    size, radicand, specials = powered(spread * 2, exponent / 2)
    factor, gamma = gamma_of((exponent + 1) / 2)
    weight = radicand / curvature(key, field)
    everything = tuple(sorted((*specials, *gamma), key=str))
    return Atom(c * factor * size / field.root_pi / 2, weight, key.gamma, everything)


def _cylinder(key: Key, r: Element, field: Field) -> Outcome | None:
    """`E[x**s*exp(beta*x); x > 0]`."""
    exponent = _lone_power(key, field)
    if exponent is None or not key.half or not key.beta or key.beta.parts()[1]:
        return None
    d = curvature(key, field)
    spread = field.q / d
    level = key.gamma + key.beta**2 * spread / 4
    place = scaled_root(-key.beta, spread)
    atoms = []
    for _, c, s in _exponents(r, exponent, field):
        size, radicand, specials = powered(spread, s / 2)
        order = scaled_root(-(s + 1), field.one)
        factor, gamma = gamma_of(s + 1)
        specials = (*specials, *gamma, Special("ParabolicCylinderD", (order, place)))
        weight = radicand / (d * field.root_pi**2 * 2)
        atoms.append(Atom(c * factor * size, weight, level, tuple(sorted(specials, key=str))))
    return Outcome(atoms=tuple(atoms))


def _incomplete(key: Key, r: Element, field: Field) -> Outcome | None:
    """`E[x**s; x > c]` for a positive c."""
    if len(key.kernel) != 2 or not key.half or key.beta or key.soft:
        return None
    size, start = key.kernel
    if size.kind != "power" or size.argument != field.x or start.kind != "beyond":
        return None
    place, d = field.x - start.argument, curvature(key, field)
    if field.sign(place) != 1:
        raise Unreadable("a power on both sides of 0")
    spread = field.q / d
    atoms = []
    for k, c in powers_of_x(r, field).items():
        s = size.exponent + k
        scale, radicand, specials = powered(spread * 2, s / 2)
        arguments = ((s + 1) / 2, place * place / (spread * 2))
        tail = Special("uppergamma", tuple(scaled_root(u, field.one) for u in arguments))
        everything = tuple(sorted((*specials, tail), key=str))
        atoms.append(Atom(c * scale / field.root_pi / 2, radicand / d, key.gamma, everything))
    return Outcome(atoms=tuple(atoms))


def _absolute(key: Key, r: Element, field: Field) -> Outcome | None:
    """`E[|x|**s*exp(beta*x)]` and `E[sign(x)*|x|**s*exp(beta*x)]` on the line, by Kummer's function."""
    exponent = _lone_power(key, field)
    if exponent is None or key.half or key.hard not in (None, field.zero) or all(key.beta.parts()):
        return None
    d = curvature(key, field)
    spread = field.q / d
    center = key.beta * spread
    atoms = []
    for k, c, s in _exponents(r, exponent, field):
        odd = k % 2 != (key.hard is not None)
        size, radicand, specials = powered(spread * 2, s / 2)
        if odd:
            c, radicand = c * center, radicand * 2 / spread
        factor, gamma = gamma_of(s / 2 + 1 if odd else (s + 1) / 2)
        tilted, level = _tilted(s, key, field, odd=odd)
        everything = tuple(sorted((*specials, *gamma, tilted), key=str))
        atoms.append(Atom(c * factor * size / field.root_pi, radicand / d, level, everything))
    return Outcome(atoms=tuple(atoms))


def _tilted(s: Element, key: Key, field: Field, *, odd: bool) -> tuple[Special, Element]:
    """Kummer's function and the exponent beside it, in the form that leaves the shorter exponent."""
    argument = key.beta**2 * field.q / (curvature(key, field) * 2)
    below = field.constant(3 if odd else 1, 2)
    above, level = (field.constant(1) - s) / 2 if odd else -s / 2, key.gamma + argument
    if level and not key.gamma:  # Kummer's transformation, 13.2.39
        above, level, argument = below - above, key.gamma, -argument
    arguments = (scaled_root(u, field.one) for u in (above, below, -argument))
    return Special("KummerM", tuple(arguments)), level


def _logarithm(key: Key, r: Element, field: Field) -> Outcome | None:
    """Derivatives of the power mean by its exponent, at whole exponents; on the line of even functions."""
    if key.soft or key.beta or key.hard is not None or len(key.kernel) != 1:
        return None
    kernel = key.kernel[0]
    order = kernel.exponent.number()
    if kernel.kind != "log" or kernel.argument != field.x or order not in (1, 2):
        return None
    atoms: list[Atom] = []
    for k, c in powers_of_x(r, field).items():
        if k < 0:
            raise Unreadable("a power that is not integrable at 0")
        if key.half or k % 2 == 0:
            atoms += _log_means(key, c if key.half else c * 2, k, int(order), field)
    return Outcome(atoms=tuple(atoms))


def _log_means(key: Key, c: Element, k: int, order: int, field: Field) -> list[Atom]:
    """`E[x**k*log(x)**order; x > 0]`: the power mean times a polynomial in `log` and Euler's constant."""
    spread = field.q / curvature(key, field)
    base = spread / 2 if k % 2 == 0 else spread * 2
    size, radicand = _whole_power_mean(key, k, field)
    start = S.Half if k % 2 == 0 else S.One
    rational = sum((1 / (start + j) for j in range(k // 2)), S.Zero)
    log = Special("log", (scaled_root(base, field.one),))
    euler = Special("EulerGamma", ())
    terms: list[tuple[Element, tuple[Special, ...]]] = []
    for a in range(order + 1):
        for b in range(order + 1 - a):
            rest = order - a - b
            number = rational**rest * comb(order, a) * comb(order - a, b) * (-1) ** b
            terms.append((_constant(number, field), (euler,) * b + (log,) * a))
    if order == 2:
        trigamma = polygamma(1, start) - sum((1 / (start + j) ** 2 for j in range(k // 2)), S.Zero)
        terms.append((field.element(trigamma), ()))
    scale = c * size / 2**order
    return [Atom(scale * v, radicand, key.gamma, s) for v, s in terms if v]


def _constant(n: Rational, field: Field) -> Element:
    n = S(n)
    return field.constant(int(n.p), int(n.q))


def _whole_power_mean(key: Key, k: int, field: Field) -> tuple[Element, Element]:
    """`E[x**k; x > 0]` as coefficient and radicand."""
    spread = field.q / curvature(key, field)
    size = field.one / 2
    for j in range(k % 2 + 1, k, 2):
        size = size * spread * j
    d = curvature(key, field)
    if k % 2 == 0:
        return size, field.one / d
    return size * 2 * spread, field.one / (field.q * field.root_pi**2 * 2)


POWER_MEANS = (
    Rule(
        id="gauss.half-line.power",
        family="H",
        stage="mean",
        statement="E[x^p; x > 0] = (2 Q)^(p/2) Gamma((p + 1)/2)/(2 sqrt(pi d)), Q = q/d, p > -1",
        reason="gamma function",
        examples=("sqrt(Abs(x))", "Abs(x)**(7/3)", "Max(0, x)**(3/2)"),
        apply=_gamma,
    ),
    Rule(
        id="gauss.half-line.incomplete-gamma",
        family="H",
        stage="mean",
        statement="E[x^p; x > c] = (2 Q)^(p/2) Gamma((p + 1)/2, c^2/(2 Q))/(2 sqrt(pi d)), Q = q/d, c > 0",
        reason="incomplete gamma function",
        examples=("Min(6, Max(0, x))**(2/3)", "Piecewise((0, x<1), (x**(-3/2), True))"),
        apply=_incomplete,
    ),
    Rule(
        id="gauss.half-line.cylinder",
        family="H",
        stage="mean",
        statement="E[x^p exp(beta x); x > 0] = Q^(p/2) Gamma(p + 1) exp(z^2/4) D_(-p-1)(z)/sqrt(2 pi d), "
        "z = -beta sqrt(Q), Q = q/d, p > -1",
        reason="parabolic cylinder function",
        examples=("Max(0, x - 1)**(3/2)", "Max(0, x)**(1/3)*exp(-x)", "Max(0, x + 2)**(1/2)*x"),
        apply=_cylinder,
    ),
    Rule(
        id="gauss.line.power",
        family="H",
        stage="mean",
        statement="E[|x|^p exp(beta x)] = (2 Q)^(p/2) Gamma((p + 1)/2) M((p + 1)/2, 1/2, beta^2 Q/2)"
        "/sqrt(pi d), Q = q/d, p > -1",
        reason="Kummer's function",
        examples=(
            "Abs(x - 1)**(1/2)",
            "Abs(x)**(2/3)*exp(x)",
            "sqrt(Abs(x))*cos(2*x)",
            "sign(x + 1)*Abs(x + 1)**(3/2)",
        ),
        apply=_absolute,
    ),
    Rule(
        id="gauss.half-line.logarithm",
        family="H",
        stage="mean",
        statement="E[x^k log(x)^j; x > 0] = d^j/dp^j E[x^p; x > 0] at p = k",
        reason="derivative of the mean of a power by its exponent",
        examples=("log(Abs(x))", "x**2*log(Abs(x))**2", "Abs(x)*log(3*Abs(x))", "log(x**2)**2*(1 + x)"),
        apply=_logarithm,
    ),
)
