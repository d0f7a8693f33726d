"""Inverse hyperbolic sines: family H.

`A = asinh(a*x)` in the first or second power, times polynomials and half-integer powers of
`f = c*(1 + a**2*x**2)`. Integration by parts removes powers of x and lowers f, since
`A' = a*sqrt(c)*f**(-1/2)`; what is left is `E[A**2]`, `E[x*A*f**(-1/2)]` and terms without A.
"""

from sympy import Rational, S, sqrt

from symbolic_init.moments.field import Element, Field, X
from symbolic_init.moments.normal_form import Kernel, Key
from symbolic_init.moments.polynomials import dense, evaluated, expansion
from symbolic_init.moments.radicals import root
from symbolic_init.moments.rule import Atom, Outcome, Rule, Special, scaled_root
from symbolic_init.moments.rules.signs import curvature, divided_by_weight

__all__ = ["INVERSE_SINE_MEANS", "INVERSE_SINE_REDUCTIONS", "halved"]


def _sine(key: Key, field: Field) -> tuple[Element, Rational] | None:
    """`a` and the power of `asinh(a*x)`, the only kernel but even ones, under a centered weight."""
    kinds = [k.kind for k in key.kernel]
    if kinds.count("asinh") != 1 or key.soft or key.beta or key.hard is not None:
        return None
    if any(k.kind != "asinh" and (k.kind != "power" or set(_degrees(k)) != {0, 2}) for k in key.kernel):
        return None
    kernel = key.kernel[kinds.index("asinh")]
    a, power = kernel.argument / field.x, kernel.exponent.number()
    return None if power is None or not field.sign(a) else (a, power)


def _degrees(kernel: Kernel) -> tuple[int, ...]:
    return tuple(kernel.argument.coefficients())


def _parity(key: Key, r: Element, field: Field) -> Outcome | None:
    found = _sine(key, field)
    return None if found is None else halved(key, r, field, odd=int(found[1]) % 2 == 1)


def halved(key: Key, r: Element, field: Field, *, odd: bool) -> Outcome | None:
    """What is left of `r` beside kernels that are even, or odd, under a centered weight."""
    turned = r.at(-field.x)
    kept = (r - turned if odd else r + turned) / 2
    if not key.half:
        if kept == r:
            return None
        return Outcome(((key, kept),) if kept else ())
    if not kept:
        return None
    line, rest = (key._replace(half=False), kept / 2), r - kept
    return Outcome((line, (key, rest)) if rest else (line,))


def _alone(key: Key, r: Element, field: Field, power: int) -> Element | None:
    """`a`, where a polynomial on the line stands beside this power of `asinh(a*x)` and nothing else."""
    found = _sine(key, field)
    if found is None or found[1] != power or len(key.kernel) > 1 or key.half or not r.is_polynomial():
        return None
    return found[0]


def _first(key: Key, r: Element, field: Field) -> Outcome | None:
    a = _alone(key, r, field, 1)
    if a is None:
        return None
    _, rest = divided_by_weight(key, r, field)
    return Outcome(((key._replace(kernel=(_power(a, -S.Half, field),)), rest * a),))


def _second(key: Key, r: Element, field: Field) -> Outcome | None:
    a = _alone(key, r, field, 2)
    if a is None or not r.has(X):
        return None
    constant, rest = divided_by_weight(key, r, field)
    sine = key.kernel[0]._replace(exponent=field.one)
    inner = key._replace(kernel=(sine, _power(a, -S.Half, field)))
    return Outcome((*(((key, constant),) if constant else ()), (inner, rest * a * 2)))


def _power(a: Element, nu: Rational, field: Field) -> Kernel:
    """`(1 + a**2*x**2)**nu`."""
    return Kernel("power", field.one + (a * field.x) ** 2, _number(nu, field))


def _number(n: Rational, field: Field) -> Element:
    return field.constant(int(n.p), int(n.q))


def _beside_root(key: Key, r: Element, field: Field) -> tuple[Element, Element, Rational] | None:
    """`a`, f and its half-integer exponent in `E[r*asinh(a*x)*f**nu]`, `f = c*(1 + a**2*x**2)`."""
    found = _sine(key, field)
    if found is None or found[1] != 1 or len(key.kernel) != 2 or key.half or not r:
        return None
    kernel = next(k for k in key.kernel if k.kind == "power")
    a, f, nu = found[0], kernel.argument, kernel.exponent.number()
    c = f.coefficients()
    if nu is None or nu.q != 2 or c[2] != c[0] * a * a or field.sign(c[0]) != 1:
        return None
    return a, f, nu


def _with_exponent(key: Key, nu: Rational, field: Field) -> Key:
    exponent = _number(nu, field)
    return key._replace(
        kernel=tuple(k._replace(exponent=exponent) if k.kind == "power" else k for k in key.kernel)
    )


def _powers(key: Key, r: Element, field: Field) -> Outcome | None:
    """Write an odd function beside the root as x times powers of what stands under it."""
    found = _beside_root(key, r, field)
    if found is None:
        return None
    _, f, nu = found
    shift, rest = 0, r / field.x
    while not rest.is_polynomial():
        rest, shift = rest * f, shift + 1
        if shift > 20:
            return None
    digits = expansion(dense(rest), dense(f))
    if any(len(d) > 1 for d in digits) or (shift == 0 and len(digits) == 1):
        return None
    return Outcome(
        tuple(
            (_with_exponent(key, nu + j - shift, field), evaluated((field.zero, *d), field))
            for j, d in enumerate(digits)
            if d
        )
    )


def _lower(key: Key, r: Element, field: Field) -> Outcome | None:
    """Recursion of `E[x*A*f**nu]` to the exponent -1/2."""
    found = _beside_root(key, r, field)
    if found is None or not r.is_polynomial() or set(r.coefficients()) != {1} or found[2] == -S.Half:
        return None
    a, f, nu = found
    outer, inner = root(f.coefficients()[0])
    scale = outer if inner == field.one else outer * field.element(sqrt(inner.expr()))
    bend, factor = f.coefficients()[2] * 2, r.coefficients()[1]
    slope, spread = a * scale, field.q / curvature(key, field)
    plain = key._replace(kernel=())
    if nu > 0:
        next_, weight = nu - 1, spread * bend * _number(nu, field)
        rest = spread * slope * f ** int(nu - S.Half)
    else:
        next_, weight = nu + 1, field.one / (spread * bend * _number(nu + 1, field))
        rest = -(slope * f ** int(nu + S.Half) / (bend * _number(nu + 1, field)))
    return Outcome(((_with_exponent(key, next_, field), r * weight), (plain, rest * factor)))


def _exponential_integral(key: Key, r: Element, field: Field) -> Outcome | None:
    found = _beside_root(key, r, field)
    if found is None or not r.is_polynomial() or set(r.coefficients()) != {1} or found[2] != -S.Half:
        return None
    a, f, _ = found
    d = curvature(key, field)
    t = d / (a * a * field.q * 2)
    factor = -(r.coefficients()[1] / (a * 2))
    integral = Special("Ei", (scaled_root(-t, field.one),))
    return Outcome(atoms=(Atom(factor, field.one / (d * f.coefficients()[0]), key.gamma + t, (integral,)),))


def _bessel(key: Key, r: Element, field: Field) -> Outcome | None:
    a = _alone(key, r, field, 2)
    if a is None or r.has(X):
        return None
    y = curvature(key, field) / (a * a * field.q * 4)
    density = field.one / (a * a * field.q * field.root_pi**2 * 2)
    arguments = (field.constant(2), field.constant(1, 2), y)
    special = Special("BesselKOrderDerivative", tuple(scaled_root(u, field.one) for u in arguments))
    return Outcome(atoms=(Atom(r / 4, density, key.gamma + y, (special,)),))


INVERSE_SINE_REDUCTIONS = (
    Rule(
        id="gauss.asinh.parity",
        family="H",
        stage="splitting",
        statement="E[x^k asinh(a x)^n f^nu] = 0 for odd k + n; E[...; x > 0] = E[...]/2 for even k + n",
        reason="odd terms vanish",
        examples=("asinh(x)**2*(1 + x)", "Max(0, x)*asinh(2*x)", "Piecewise((x, x<0), (asinh(x)**2, True))"),
        apply=_parity,
    ),
    Rule(
        id="gauss.root.asinh",
        family="H",
        stage="reduction",
        statement="E[x r(x) asinh(a x)] leads to E[s(x)/sqrt(1 + a^2 x^2)]",
        reason="integration by parts removes the inverse hyperbolic sine",
        examples=("x*asinh(x)", "x**3*asinh(2*x) + asinh(2*x)"),
        apply=_first,
    ),
    Rule(
        id="gauss.asinh.stein",
        family="H",
        stage="reduction",
        statement="E[p A^2] = c E[A^2] + 2 a E[r A/sqrt(1 + a^2 x^2)], A = asinh(a x), "
        "p = c + (d x/q) r - r'",
        reason="Stein's identity",
        examples=("(x*asinh(x))**2", "(x + asinh(x/2))**2*x**2"),
        apply=_second,
    ),
    Rule(
        id="gauss.asinh.powers",
        family="H",
        stage="reduction",
        statement="a^2 x^2 = (1 + a^2 x^2) - 1",
        reason="powers of 1 + a^2 x^2",
        examples=("x**3*asinh(x)/sqrt(1 + x**2)", "x**3*asinh(x)*(1 + x**2)**(-5/2)"),
        apply=_powers,
    ),
    Rule(
        id="gauss.asinh.recursion",
        family="H",
        stage="reduction",
        statement="E[x A f^nu] = Q (2 nu a^2 E[x A f^(nu-1)] + a E[f^(nu-1/2)]), f = 1 + a^2 x^2, Q = q/d",
        reason="integration by parts lowers the exponent",
        examples=(
            "x*asinh(x)*sqrt(1 + x**2)",
            "x*asinh(2*x)*(1 + 4*x**2)**(-3/2)",
            "x*asinh(x/2)*sqrt(4 + x**2)",
        ),
        apply=_lower,
    ),
)

INVERSE_SINE_MEANS = (
    Rule(
        id="gauss.line.asinh",
        family="H",
        stage="mean",
        statement="E[x asinh(a x)/sqrt(1 + a^2 x^2)] = -exp(t) Ei(-t)/(2 a sqrt(d)), t = d/(2 a^2 q)",
        reason="exponential integral",
        examples=("x*asinh(x)/sqrt(1 + x**2)", "x*asinh(x/3)/sqrt(9 + x**2)*exp(-x**2)"),
        apply=_exponential_integral,
    ),
    Rule(
        id="gauss.line.asinh-square",
        family="H",
        stage="mean",
        statement="E[asinh(a x)^2] = exp(y) (d^2/dnu^2 K_nu(y) at nu = 1/2)/(4 sqrt(2 pi a^2 q)), "
        "y = d/(4 a^2 q)",
        reason="derivative of a Bessel function by its order",
        examples=("asinh(x)**2", "exp(-x**2)*asinh(2*x)**2"),
        apply=_bessel,
    ),
)
