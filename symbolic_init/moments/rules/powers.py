"""Powers of |x| and logarithms: family H."""

from math import comb

from sympy import Rational, S, polygamma

from symbolic_init.moments.field import Element, Field, Unreadable
from symbolic_init.moments.normal_form import Key
from symbolic_init.moments.rule import Atom, Outcome, Rule, Special, scaled_root
from symbolic_init.moments.rules.signs import curvature

__all__ = ["POWER_MEANS"]


def _is_centered(key: Key) -> bool:
    return key.half and not key.soft and not key.beta


def _powers_of_x(r: Element, field: Field) -> dict[int, Element]:
    """The coefficients of a Laurent polynomial."""
    shift = 0
    while not r.is_polynomial():
        r, shift = r * field.x, shift + 1
        if shift > 50:
            raise Unreadable("a pole beside a power")
    return {k - shift: c for k, c in r.coefficients().items()}


def _gamma(key: Key, r: Element, field: Field) -> Outcome | None:
    if not _is_centered(key) or len(key.kernel) != 1:
        return None
    kernel = key.kernel[0]
    if kernel.kind != "power" or kernel.argument != field.x:
        return None
    atoms = []
    for k, c in _powers_of_x(r, field).items():
        exponent = kernel.exponent + k
        if field.sign(exponent + 1) != 1:
            raise Unreadable("a power that is not integrable at 0")
        atoms.append(_power_mean(key, c, exponent, field))
    return Outcome(atoms=tuple(atoms))


def _power_mean(key: Key, c: Element, exponent: Element, field: Field) -> Atom:
    """`E[x**s; x > 0]`, with the exponent lowered into (-1, 1] where it is a number."""
    spread = field.q / curvature(key, field)
    number = exponent.number()
    while number is not None and number > 1:
        number -= 2
        exponent = exponent - 2
        c = c * spread * (exponent + 1)
    specials: list[Special] = []
    doubled = spread * 2
    half = exponent / 2
    power = half.number()
    if power is not None and power.q <= 2:
        c = c * doubled ** int(power - Rational(int(power.q == 2), 2))
        radicand = doubled if power.q == 2 else field.one
    else:
        one = field.one
        radicand = one
        specials.append(Special("power", (scaled_root(doubled, one), scaled_root(half, one))))
    specials.append(Special("gamma", (scaled_root((exponent + 1) / 2, field.one),)))
    weight = radicand / curvature(key, field)
    return Atom(c / field.root_pi / 2, weight, key.gamma, tuple(sorted(specials, key=str)))


def _logarithm(key: Key, r: Element, field: Field) -> Outcome | None:
    """Derivatives of the power mean by its exponent, at whole exponents."""
    if not _is_centered(key) or len(key.kernel) != 1:
        return None
    kernel = key.kernel[0]
    order = kernel.exponent.number()
    if kernel.kind != "log" or kernel.argument != field.x or order not in (1, 2):
        return None
    atoms: list[Atom] = []
    for k, c in _powers_of_x(r, field).items():
        if k < 0:
            raise Unreadable("a power that is not integrable at 0")
        atoms += _log_means(key, c, k, int(order), field)
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
        id="gauss.half-line.logarithm",
        family="H",
        stage="mean",
        statement="E[x^k log(x)^j; x > 0] = d^j/dp^j E[x^p; x > 0] at p = k",
        reason="derivative of the mean of a power by its exponent",
        examples=("log(Abs(x))", "x**2*log(Abs(x))**2", "Abs(x)*log(3*Abs(x))", "log(Abs(x))**2"),
        apply=_logarithm,
    ),
)
