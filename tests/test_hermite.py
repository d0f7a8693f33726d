"""Hermite coefficients: formulas of the literature, the laws of Parseval, and how fast they fall."""

import math

import mpmath
import numpy as np
import pytest
from gaussian_reference import gaussian_quadrature
from members import member
from sympy import Integer, Rational, Symbol, exp, factorial, hermite_prob, oo, pi, sqrt, tanh

from symbolic_init.activation import activation
from symbolic_init.analysis.analysis import analyze
from symbolic_init.analysis.pieces import as_expression, differentiated, pieces
from symbolic_init.assumptions import Assumptions
from symbolic_init.catalog import ENTRIES
from symbolic_init.errors import InternalError, NotIntegrableError, PrecisionError
from symbolic_init.moments import hermite_sum as hermite_module
from symbolic_init.moments.ball import value_ball
from symbolic_init.moments.hermite import hermite_coefficient
from symbolic_init.moments.hermite_decay import hermite_decay
from symbolic_init.moments.hermite_formula import _Sequence, hermite_formula
from symbolic_init.moments.hermite_sum import hermite_sum
from symbolic_init.moments.kernel import dual_kernel
from symbolic_init.moments.mean import mean_of
from symbolic_init.notation import q, rho, x

VARIANCES = (Rational(9, 25), Rational(9, 4))


def number(value):
    return mpmath.mpf(int(value.p)) / int(value.q)


def double_factorial(n):
    return mpmath.fac2(n) if n > 0 else mpmath.mpf(1)


def relu(n, v):
    s = mpmath.sqrt(v)
    if n < 2:
        return (s / mpmath.sqrt(2 * mpmath.pi), s / 2)[n]
    sign = (-1) ** (n // 2 - 1)
    return (
        0 if n % 2 else s * sign * double_factorial(n - 3) / mpmath.sqrt(2 * mpmath.pi * mpmath.factorial(n))
    )


def step(n, _):
    if n == 0:
        return mpmath.mpf(1) / 2
    sign = (-1) ** ((n - 1) // 2)
    return sign * double_factorial(n - 2) / mpmath.sqrt(2 * mpmath.pi * mpmath.factorial(n)) if n % 2 else 0


def erf(n, v):
    k, r = (n - 1) // 2, 2 * v / (1 + 2 * v)
    if n % 2 == 0:
        return 0
    inside = 2 / mpmath.pi * r**n * mpmath.factorial(2 * k) / (4**k * mpmath.factorial(k) ** 2 * (2 * k + 1))
    return (-1) ** k * mpmath.sqrt(inside)


def gelu(n, v):
    s = mpmath.sqrt(v)
    if n < 2:
        return (v / mpmath.sqrt(2 * mpmath.pi * (1 + v)), s / 2)[n]

    def d(m):
        power = (1 + v) ** (mpmath.mpf(m + 1) / 2)
        return (-1) ** (m // 2) * double_factorial(m - 1) / mpmath.sqrt(2 * mpmath.pi) / power

    return 0 if n % 2 else s**n / mpmath.sqrt(mpmath.factorial(n)) * (d(n - 2) - d(n))


def sine(n, v):
    sign = (-1) ** ((n - 1) // 2)
    return sign * mpmath.exp(-v / 2) * mpmath.sqrt(v) ** n / mpmath.sqrt(mpmath.factorial(n)) if n % 2 else 0


def exponential(n, v):
    return mpmath.exp(v / 2) * mpmath.sqrt(v) ** n / mpmath.sqrt(mpmath.factorial(n))


def bell(n, v):
    k, shrink = n // 2, v / (1 + 2 * v)
    root = mpmath.sqrt(mpmath.factorial(n)) / mpmath.factorial(k)
    return 0 if n % 2 else (-1) ** k * root * shrink**k / mpmath.sqrt(1 + 2 * v)


def elu(n, v):
    s, density = mpmath.sqrt(v), 1 / mpmath.sqrt(2 * mpmath.pi)
    tilted, plain = mpmath.exp(v / 2) * mpmath.ncdf(-s), mpmath.mpf(1) / 2
    for k in range(1, n + 1):
        at_0 = mpmath.mpf(int(hermite_prob(k - 1, 0))) * density
        tilted, plain = s * tilted - at_0, -at_0
    return relu(n, v) + (tilted - plain) / mpmath.sqrt(mpmath.factorial(n))


PUBLISHED = {
    "relu": relu,
    "step": step,
    "erf": erf,
    "gelu": gelu,
    "sin": sine,
    "exp(x)": exponential,
    "exp(-x**2)": bell,
    "elu": elu,
}


@pytest.mark.parametrize("name", PUBLISHED)
@pytest.mark.parametrize("n", [*range(7), 12])
def test_coefficients_of_the_literature(name, n):
    found = hermite_coefficient(name, n)

    assert found.kind == "exact"
    for variance in VARIANCES:
        with mpmath.workdps(35):
            expected = PUBLISHED[name](n, number(variance))
            value = found.value(q=variance, digits=30)
            assert abs(value - expected) <= mpmath.mpf(10) ** -28 * max(abs(expected), mpmath.mpf(10) ** -3)


@pytest.mark.parametrize("name", ["tanh", "softsign", "hard_tanh", "1/(1 + x**2)", "mish"])
@pytest.mark.parametrize("n", [0, 1, 3, 6])
def test_coefficients_against_quadrature(name, n):
    g = activation(name).expression
    variance = Rational(9, 4)
    polynomial = hermite_prob(n, x / Rational(3, 2)) / sqrt(Integer(math.factorial(n)))
    points = pieces(g, Assumptions()).breakpoints
    expected = gaussian_quadrature((g * polynomial).evalf(30), variance, breakpoints=points, digits=18)

    found = hermite_coefficient(name, n).value(q=variance, digits=16)
    assert abs(found - expected) < 1e-13


@pytest.mark.parametrize("name", ["relu", "gelu", "tanh", "hard_tanh", "x**4 + sin(x)", "elu"])
def test_numbers_of_the_expansion_are_the_coefficients(name):
    g = activation(name).expression
    variance = VARIANCES[1]
    terms = hermite_sum(g, g, variances=(variance, variance), rho=Rational(1, 2), bits=50)
    for n in (0, 1, 2, 3, 8, 9):
        exact = hermite_coefficient(name, n).value(q=variance, digits=20)
        assert abs(float(terms.products[n].mid()) - float(exact) ** 2) < 1e-14


@pytest.mark.parametrize("name", ["erf", "sin", "tanh", "exp(-x**2)", "silu", "x**5 - x**2"])
def test_parseval_and_its_derivative(name):
    kernel = dual_kernel(name)
    g, known = kernel.function, kernel.assumptions
    for variance in VARIANCES:
        terms = kernel.terms(q=variance, rho=Rational(99, 100), digits=20)
        squares = [float(a.mid()) for a in terms.products]
        mean_square = float(mean_of(g**2, known).value(q=variance))
        slope = float(variance) * float(mean_of(g.diff(x) ** 2, known).value(q=variance))
        assert sum(squares) == pytest.approx(mean_square, rel=1e-9)
        assert sum(n * a for n, a in enumerate(squares)) == pytest.approx(slope, rel=1e-7)


def test_steps_lead_from_the_coefficient_to_its_form():
    for name, n in (("relu", 4), ("gelu", 3), ("exp(x)", 1), ("x**2", 2)):
        moment = hermite_coefficient(name, n)
        at = {q: Rational(7, 5)}
        sides = [value_ball(e, substitution=at, bits=40) for s in moment.steps for e in (s.lhs, s.rhs)]
        expected = value_ball(moment.expr, substitution=at, bits=40)

        assert all(abs(v - expected).lower() < 1e-10 for v in sides)
        assert all(new.lhs == old.rhs for old, new in zip(moment.steps, moment.steps[1:], strict=False))
        if moment.steps:
            assert moment.steps[-1].rhs == moment.expr


def test_parameters_keep_their_letters():
    a = Symbol("a", positive=True)

    assert hermite_coefficient(exp(a * x), 1).expr == a * sqrt(q) * exp(a**2 * q / 2)


@pytest.mark.parametrize("n", [-1, 41])
def test_numbers_out_of_range_are_refused(n):
    with pytest.raises(ValueError, match="from 0 to 40"):
        hermite_coefficient(tanh(x), n)


@pytest.mark.parametrize("name", [name for name in PUBLISHED if name != "elu"])
def test_formulas_of_the_literature(name):
    formula = hermite_formula(name)

    assert formula.start <= 2
    for k in range(formula.start, 15):
        for variance in VARIANCES:
            with mpmath.workdps(35):
                expected = PUBLISHED[name](k, number(variance))
                ball = value_ball(formula.at(k), substitution={q: variance}, bits=100)
                found = mpmath.mpf(ball.mid().str(32, radius=False))
                assert abs(found - expected) <= mpmath.mpf(10) ** -27 * max(
                    abs(expected), mpmath.mpf(10) ** -3
                )


@pytest.mark.parametrize(
    ("text", "assume"),
    [
        ("x**3*sign(x) + sin(x)**2", ""),
        ("(x**2 - 3*x)*erf(a*x) + exp(b*x)*x", "a > 0; b < 0"),
        ("cos(2*x + 1)*x**2", ""),
        ("x**3*exp(-x**2/2) - x", ""),
        ("Max(x, a*x)", "a < 1"),
        ("sinh(x)*x", ""),
    ],
)
def test_formulas_agree_with_single_coefficients(text, assume):
    formula = hermite_formula(text, assume=assume)
    values = {"a": Rational(2, 7), "b": Rational(-3, 4)}
    for k in (formula.start, formula.start + 7, 11, 12):
        exact = hermite_coefficient(text, k, assume=assume)
        given = {s: values[s.name] for s in exact.assumptions.symbols} | {q: VARIANCES[0]}
        one, two = (value_ball(e, substitution=given, bits=60) for e in (formula.at(k), exact.expr))
        assert abs(one - two).lower() < 1e-15


def test_formulas_are_short():
    n = Symbol("n", integer=True, nonnegative=True)

    assert hermite_formula("exp(x)").odd == q ** (n / 2) * exp(q / 2) / sqrt(factorial(n))
    assert hermite_formula("sin(x)").even == 0
    assert str(hermite_formula("relu").even) == (
        "(-1)**(n/2 - 1)*sqrt(2)*sqrt(q)*factorial2(n - 3)/(2*sqrt(pi)*sqrt(factorial(n)))"
    )


@pytest.mark.parametrize("name", ["elu", "tanh", "hard_tanh", "erf(x + 1)", "exp(x)*sin(x)", "softsign"])
def test_without_a_formula_there_is_none(name):
    assert hermite_formula(name) is None


def test_a_formula_holds_from_its_start_on():
    with pytest.raises(ValueError, match="n >= 4"):
        hermite_formula("x**3").at(3)


def test_a_wrong_formula_is_noticed(monkeypatch):
    right = _Sequence.ratio
    monkeypatch.setattr(_Sequence, "ratio", lambda self, m: right(self, m) * 2)
    with pytest.raises(InternalError, match="Hermite"):
        hermite_formula("gelu")


LAWS = [
    ("x**3 - x", "finite", None, None),
    ("sign(x - 1)", "power", 0, None),
    ("relu", "power", 1, None),
    ("Abs(x + 1) + Heaviside(x)", "power", 0, None),
    ("elu", "power", 2, None),
    ("softsign", "power", 2, None),
    ("relu3", "power", 3, None),
    ("sign(x)*sqrt(Abs(x))", "power", Rational(1, 2), None),
    ("Abs(x)**(7/2)", "power", Rational(7, 2), None),
    ("log(Abs(x))", "power", 0, None),
    ("tanh(2*x)", "strip", None, pi / 4),
    ("silu", "strip", None, pi),
    ("mish", "strip", None, 3 * pi / 4),
    ("softplus(x)", "strip", None, pi),
    ("atan(x)", "strip", None, 1),
    ("x/sqrt(4 + x**2)", "strip", None, 2),
    ("log(2 + 2*x + x**2)", "strip", None, 1),
    ("1/(1 + x**4)", "strip", None, sqrt(2) / 2),
    ("gelu", "entire", None, None),
    ("sin(x)*exp(-x**2)", "entire", None, None),
    ("tanh(exp(x))", "unknown", None, None),
]


@pytest.mark.parametrize(("name", "kind", "order", "width"), LAWS)
def test_the_law_of_decay(name, kind, order, width):
    found = hermite_decay(name)

    assert found.kind == kind
    assert found.order == order
    assert found.width == width
    assert found.text


@pytest.mark.parametrize("name", ["step", "relu", "softsign", "sign(x)*sqrt(Abs(x))", "tanh", "isru", "silu"])
def test_the_law_of_decay_is_seen_in_the_numbers(name):
    g = activation(name).expression
    found = hermite_sum(g, g, variances=(Integer(1), Integer(1)), rho=Rational(9, 10), bits=70)
    squares = np.array([float(a.mid()) for a in found.products])
    low, high = len(squares) // 3, len(squares) - 12
    sizes = [math.log(squares[n - 6 : n + 6].max()) for n in (low, high)]
    law = hermite_decay(name)
    if law.kind == "power":
        slope = (sizes[1] - sizes[0]) / (math.log(high) - math.log(low))
        expected = -float(law.order) - 1.5
    else:
        slope = (sizes[1] - sizes[0]) / (math.sqrt(high) - math.sqrt(low))
        expected = -2 * float(law.width)

    assert slope == pytest.approx(expected, rel=0.15)


def check_parseval(name) -> None:
    """The squares sum up to M, n times them to q*h, and the slope of the kernel at 1 is q*h."""
    kernel = dual_kernel(name)
    subject = activation(name)
    g, known = kernel.function, kernel.assumptions
    values = known.sample(0)
    variance = Rational(3, 5)
    at = {"q": variance, "parameters": {s.name: v for s, v in values.items()}}
    slope = as_expression(differentiated(pieces(g, known)))
    mean_square = float(mean_of(g**2, known).value(**at))
    try:
        steepness = float(variance) * float(mean_of(slope**2, known).value(**at))
    except NotIntegrableError:
        steepness = math.inf
    terms = kernel.terms(rho=Rational(19, 20), digits=8, **at)
    squares = [float(a.mid()) for a in terms.products]
    weighted = sum(n * a for n, a in enumerate(squares))
    jumps = any(s.jump != 0 for s in analyze(subject).singularities)

    missing = mean_square - sum(squares)
    assert missing >= -1e-7 * mean_square
    assert missing * 0.95 ** len(squares) <= float(terms.left_out.upper()) * 1.001 + 1e-7 * mean_square
    if not jumps:
        assert weighted <= steepness * (1 + 1e-6)
    if abs(missing) < 1e-7 * mean_square and hermite_decay(subject).kind in ("finite", "entire"):
        assert weighted == pytest.approx(steepness, rel=1e-4)
    if kernel.kind == "exact" and not jumps and steepness < math.inf:
        near = kernel.derivative().value(rho=1, **at)
        assert float(variance) * float(near) == pytest.approx(steepness, rel=1e-12)
        place = {**values, q: variance, rho: Rational(-2, 7)}
        found = value_ball(q * kernel.derivative().definition, substitution=place, bits=50)
        assert abs(found - value_ball(kernel.expr.diff(rho), substitution=place, bits=50)).lower() < 1e-12


@pytest.mark.parametrize(
    "name", ["relu", "leaky_relu", "elu", "gelu", "erf", "step", "softsign", "mish", "siren"]
)
def test_laws_of_parseval(name):
    check_parseval(name)


@pytest.mark.catalog
@pytest.mark.parametrize("name", [entry.name for entry in ENTRIES])
def test_laws_of_parseval_over_the_catalog(name):
    check_parseval(name)


@pytest.mark.catalog
@pytest.mark.parametrize("index", range(20))
def test_laws_of_parseval_of_random_members(index):
    drawn = member("ABCDE"[index % 5], index + 40)
    g = drawn.g.xreplace(dict(drawn.values))
    if dual_kernel(g).limit == oo:
        check_parseval(g)


def test_many_bits_take_a_finer_step():
    variance, r = Rational(3, 5), Rational(19, 20)
    found = hermite_sum(tanh(x), tanh(x), variances=(variance, variance), rho=r, bits=216)
    z, step = np.linspace(-9, 9, 721, retstep=True)
    u = math.sqrt(variance) * z
    v = math.sqrt(variance) * (float(r) * z[:, None] + math.sqrt(1 - float(r) ** 2) * z)
    weights = np.exp(-(z**2) / 2) * step / math.sqrt(2 * math.pi)
    sums = weights @ (np.tanh(u)[:, None] * np.tanh(v)) @ weights  # exponentially close for smooth functions

    assert float(found.value.mid()) == pytest.approx(sums, rel=1e-13)
    assert found.value.rad() < float(2) ** -215


def test_rough_functions_do_not_take_a_finer_step(monkeypatch):
    f, halvings = 1 / (1 + (40 * x) ** 2), []
    samples = hermite_module._samples
    monkeypatch.setattr(
        hermite_module, "_samples", lambda f, v, h, *rest: halvings.append(h) or samples(f, v, h, *rest)
    )

    with pytest.raises(PrecisionError, match="too rough"):
        hermite_sum(f, f, variances=(Integer(1),) * 2, rho=Rational(1, 2), bits=80)
    assert max(halvings) == 4
