"""Half-integer powers of x^2 + c: family G. `J(nu) = E[(x^2 + c)^nu]`, `H(nu) = E[x (x^2 + c)^nu; x > 0]`."""

from sympy import Rational, S

from symbolic_init.moments.field import Element, Field, Unreadable, X
from symbolic_init.moments.normal_form import Kernel, Key
from symbolic_init.moments.polynomials import dense, evaluated, expansion, poles
from symbolic_init.moments.rule import Atom, Outcome, Rule, Special, scaled_root
from symbolic_init.moments.rules.powers import gamma_of, powered, powers_of_x
from symbolic_init.moments.rules.signs import curvature

__all__ = ["ROOT_MEANS", "ROOT_REDUCTIONS"]


def _root(key: Key, field: Field) -> tuple[Element, Rational] | None:
    """`c*x**2 + c0` as an element and its half-integer exponent, for a centered weight."""
    if len(key.kernel) != 1 or key.kernel[0].kind != "power" or key.soft or key.beta or key.hard is not None:
        return None
    f, nu = key.kernel[0].argument, key.kernel[0].exponent.number()
    if nu is None or nu.q != 2 or set(f.coefficients()) != {0, 2}:
        return None
    if any(field.sign(c) != 1 for c in f.coefficients().values()):
        return None
    return f, nu


def _with_exponent(key: Key, nu: Rational, field: Field) -> Key:
    kernel = key.kernel[0]
    return key._replace(kernel=(Kernel("power", kernel.argument, field.constant(int(nu.p), int(nu.q))),))


def _powers(key: Key, r: Element, field: Field) -> Outcome | None:
    """Write the polynomial beside the root in powers of what stands under it."""
    found = _root(key, field)
    if found is None:
        return None
    f, nu = found
    shift = 0
    while not r.is_polynomial():
        r, shift = r * f, shift + 1
        if shift > 20:
            return None
    digits = expansion(dense(r), dense(f))
    parity = {k for digit in digits for k, c in enumerate(digit) if c}
    if shift == 0 and len(digits) == 1 and len(parity) == 1:
        return None
    terms = []
    for j, digit in enumerate(digits):
        for k, c in enumerate(digit):
            if c:
                terms.append(
                    (_with_exponent(key, nu + j - shift, field), evaluated((field.zero,) * k + (c,), field))
                )
    return Outcome(tuple(terms))


def _odd_on_line(key: Key, r: Element, field: Field) -> Outcome | None:
    if _root(key, field) is None or key.half or not r.is_polynomial():
        return None
    c = r.coefficients()
    even = sum((v * field.x**k for k, v in c.items() if k % 2 == 0), field.zero)
    if even == r:
        return None
    return Outcome(((key, even),) if even else ())


def _lower(key: Key, r: Element, field: Field) -> Outcome | None:
    """Two-term recursion of J to the exponents 1/2 and -1/2."""
    found = _root(key, field)
    if found is None or key.half or r.has(X):
        return None
    f, nu = found
    if nu in (S.Half, -S.Half):
        return None
    c, a = f.coefficients()[0], f.coefficients()[2]
    spread = a * field.q / curvature(key, field)
    mu = nu - 1 if nu > 0 else nu + 1
    middle, outer = c + spread * _number(1 + 2 * mu, field), c * spread * _number(2 * mu, field)
    if nu > 0:
        terms = ((mu, r * middle), (mu - 1, -(r * outer)))
    else:
        terms = ((mu, r * middle / outer), (mu + 1, -(r / outer)))
    return Outcome(tuple((_with_exponent(key, e, field), v) for e, v in terms))


def _lower_odd(key: Key, r: Element, field: Field) -> Outcome | None:
    """One-term recursion of H to the exponent -1/2."""
    found = _root(key, field)
    if found is None or not key.half or set(r.coefficients()) != {1}:
        return None
    f, nu = found
    if nu == -S.Half:
        return None
    c, a = f.coefficients()[0], f.coefficients()[2]
    spread = field.q / curvature(key, field)
    density = field.one / (field.q * field.root_pi**2 * 2)
    factor = r.coefficients()[1]
    if nu > 0:
        next_, weight = nu - 1, spread * a * _number(2 * nu, field)
        edge, power = factor * spread, nu
    else:
        next_, weight = nu + 1, field.one / (spread * a * _number(2 * nu + 2, field))
        edge, power = -(factor / (a * _number(2 * nu + 2, field))), nu + 1
    whole = int(power - S.Half)
    atom = Atom(edge * c**whole, density * c, key.gamma)
    return Outcome(((_with_exponent(key, next_, field), r * weight),), (atom,))


def _number(n: Rational, field: Field) -> Element:
    return field.constant(int(n.p), int(n.q))


def _bessel(key: Key, r: Element, field: Field) -> Outcome | None:
    found = _root(key, field)
    if found is None or key.half or r.has(X) or abs(found[1]) != S.Half:
        return None
    f, nu = found
    c, a = f.coefficients()[0], f.coefficients()[2]
    y = c * curvature(key, field) / (a * field.q * 4)
    density = field.one / (field.q * a * field.root_pi**2 * 2)
    argument = scaled_root(y, field.one)
    bessel = [Special("besselk", (scaled_root(field.constant(k), field.one), argument)) for k in (0, 1)]
    level = key.gamma + y
    if nu < 0:
        return Outcome(atoms=(Atom(r, density, level, (bessel[0],)),))
    return Outcome(atoms=tuple(Atom(r * c / 2, density, level, (b,)) for b in bessel))


def _error_function(key: Key, r: Element, field: Field) -> Outcome | None:
    found = _root(key, field)
    if found is None or not key.half or set(r.coefficients()) != {1} or found[1] != -S.Half:
        return None
    f = found[0]
    c, a = f.coefficients()[0], f.coefficients()[2]
    d = curvature(key, field)
    y = c * d / (a * field.q * 2)
    erfc = Special("erfc", (scaled_root(field.one, y),))
    return Outcome(atoms=(Atom(r.coefficients()[1] / 2, field.one / (d * a), key.gamma + y, (erfc,)),))


def _over_quadratic(key: Key, r: Element, field: Field) -> Outcome | None:
    """A quotient by a power of `x^2 + c` beside a power of |x|."""
    if len(key.kernel) != 1 or key.soft or key.beta or not key.half or r.is_polynomial():
        return None
    kernel = key.kernel[0]
    if kernel.kind != "power" or kernel.argument != field.x:
        return None
    found = [(f, m) for f, m in poles(r) if f != field.x]
    if len(found) != 1 or not _is_positive_quadratic(found[0][0], field):
        return None
    f, order = found[0]
    quadratic = Kernel("power", f, field.constant(-order))
    return Outcome(((key._replace(kernel=(kernel, quadratic)), r * f**order),))


def _is_positive_quadratic(f: Element, field: Field) -> bool:
    c = f.coefficients()
    return set(c) == {0, 2} and all(field.sign(v) == 1 for v in c.values())


def _quadratic_power(key: Key, field: Field) -> tuple[Element, Element, Element | None] | None:
    """`c*x**2 + c0` and its exponent, and the exponent of |x| beside it, under a centered weight."""
    if key.soft or key.beta or key.hard is not None or any(k.kind != "power" for k in key.kernel):
        return None
    quadratics = [k for k in key.kernel if _is_positive_quadratic(k.argument, field)]
    sizes = [k for k in key.kernel if k.argument == field.x]
    if len(quadratics) != 1 or len(sizes) + 1 != len(key.kernel) or (sizes and not key.half):
        return None
    return quadratics[0].argument, quadratics[0].exponent, sizes[0].exponent if sizes else None


def _tricomi(key: Key, r: Element, field: Field) -> Outcome | None:
    found = _quadratic_power(key, field)
    if found is None:
        return None
    f, nu, size = found
    while any(g == f / dense(f)[-1] for g, _ in poles(r)):
        r, nu = r * f, nu - 1
    c, a = f.coefficients()[0], f.coefficients()[2]
    t = c * curvature(key, field) / (a * field.q * 2)
    atoms = []
    for k, v in powers_of_x(r, field).items():
        if not key.half and k % 2:
            continue
        s = field.constant(k) + (field.zero if size is None else size)
        if field.sign(s + 1) != 1:
            raise Unreadable("a power that is not integrable at 0")
        first, inner, outer = powered(c, nu), powered(c / a, s / 2), gamma_of((s + 1) / 2)
        arguments = ((s + 1) / 2, (s + 3) / 2 + nu, t)
        tricomi = Special("KummerU", tuple(scaled_root(u, field.one) for u in arguments))
        factor = v * first[0] * inner[0] * outer[0] / field.root_pi / (2 if key.half else 1)
        radicand = first[1] * inner[1] * c / (a * field.q * 2)
        specials = tuple(sorted((*first[2], *inner[2], *outer[1], tricomi), key=str))
        atoms.append(Atom(factor, radicand, key.gamma, specials))
    return Outcome(atoms=tuple(atoms))


ROOT_REDUCTIONS = (
    Rule(
        id="gauss.root.odd",
        family="G",
        stage="reduction",
        statement="E[x (x^2 + c)^nu] = 0",
        reason="an odd function has mean 0",
        examples=("(x + sqrt(x**2 + 4))**2", "x/sqrt(1 + x**2) + 1"),
        apply=_odd_on_line,
    ),
    Rule(
        id="gauss.root.powers",
        family="G",
        stage="reduction",
        statement="x^2 = (x^2 + c) - c",
        reason="powers of x^2 + c",
        examples=("x**2*sqrt(1 + x**2)", "x**4/sqrt(4 + x**2)"),
        apply=_powers,
    ),
    Rule(
        id="gauss.root.recursion",
        family="G",
        stage="reduction",
        statement="J(nu+1) = (c + Q (1 + 2 nu)) J(nu) - 2 nu c Q J(nu-1), Q = q/d",
        reason="integration by parts lowers the exponent",
        examples=("(1 + x**2)**(3/2)", "(4 + x**2)**(-5/2)"),
        apply=_lower,
    ),
    Rule(
        id="gauss.root.quotient",
        family="H",
        stage="reduction",
        statement="|x|^p R(x)/(x^2 + c)^m is |x|^p R(x) (x^2 + c)^(-m)",
        reason="a quotient as a power",
        examples=("sqrt(Abs(x))/(1 + x**2)", "Max(0, x)**(4/3)/(2 + x**2)**2"),
        apply=_over_quadratic,
    ),
    Rule(
        id="gauss.root.half-line-recursion",
        family="G",
        stage="reduction",
        statement="H(nu) = Q (c^nu/sqrt(2 pi q) + 2 nu H(nu-1)), Q = q/d",
        reason="integration by parts lowers the exponent",
        examples=("Abs(x)*sqrt(1 + x**2)", "Max(0, x)*(2 + x**2)**(-3/2)"),
        apply=_lower_odd,
    ),
)

ROOT_MEANS = (
    Rule(
        id="gauss.line.bessel",
        family="G",
        stage="mean",
        statement="E[(x^2 + c)^(-1/2)] = exp(y) K_0(y)/sqrt(2 pi q), E[(x^2 + c)^(1/2)] = c exp(y) "
        "(K_0(y) + K_1(y))/(2 sqrt(2 pi q)), y = c d/(4 q)",
        reason="Bessel functions of the second kind",
        examples=("sqrt(1 + x**2)", "1/sqrt(3 + 2*x**2)", "exp(-x**2)*sqrt(1 + x**2)"),
        apply=_bessel,
    ),
    Rule(
        id="gauss.half-line.root",
        family="G",
        stage="mean",
        statement="E[x (x^2 + c)^(-1/2); x > 0] = d^(-1/2) exp(y) erfc(sqrt(y))/2, y = c d/(2 q)",
        reason="mean of x/sqrt(x^2 + c) on a half line",
        examples=("Abs(x)/sqrt(1 + x**2)",),
        apply=_error_function,
    ),
    Rule(
        id="gauss.line.tricomi",
        family="G",
        stage="mean",
        statement="E[|x|^p (x^2 + c)^nu] = c^(nu + (p + 1)/2) Gamma((p + 1)/2) U((p + 1)/2, (p + 3)/2 + nu, "
        "t)/sqrt(2 pi q), t = c d/(2 q), p > -1",
        reason="Tricomi's confluent hypergeometric function",
        examples=(
            "(1 + x**2)**(1/3)",
            "x**2*(4 + 3*x**2)**(-2/5)",
            "Max(0, x)*(1 + x**2)**(1/3)",
            "sqrt(Abs(x))*sqrt(1 + x**2)",
            "Abs(x)**(1/3)*(2 + x**2)**(1/4)*exp(-x**2)",
        ),
        apply=_tricomi,
    ),
)
