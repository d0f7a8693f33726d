"""Dual kernels: formulas of the literature, independent integrals, and the laws that every kernel obeys."""

import mpmath
import numpy as np
import pytest
from marking import partly_slow
from members import member
from sympy import Abs, Integer, Max, Rational, Symbol, exp, latex, oo, tanh

from symbolic_init.analysis.pieces import pieces
from symbolic_init.assumptions import Assumptions
from symbolic_init.catalog import ENTRIES
from symbolic_init.errors import (
    AssumptionError,
    InternalError,
    NotIntegrableError,
    PrecisionError,
    UnsupportedError,
)
from symbolic_init.moments import hermite_enclosure, joint_mean
from symbolic_init.moments.ball import value_ball
from symbolic_init.moments.hermite_enclosure import enclosed_sum
from symbolic_init.moments.hermite_sum import hermite_sum
from symbolic_init.moments.kernel import dual_kernel
from symbolic_init.moments.mean import mean_of
from symbolic_init.moments.pair_form import PAIR_RULES, pair_form
from symbolic_init.moments.pair_sum import pair_sums
from symbolic_init.notation import PairMean, q, q1, q2, rho, x
from symbolic_init.references import REFERENCES

PLACES = [
    (Rational(9, 25), Rational(1, 3)),
    (Rational(9, 4), Rational(-3, 5)),
    (Rational(7, 5), Rational(12, 13)),
    (Rational(1, 7), Integer(0)),
    (Rational(5, 3), Integer(1)),
    (Rational(2), Integer(-1)),
]
INSIDE = PLACES[:3]
sqrt, asin, acos, pi, e = mpmath.sqrt, mpmath.asin, mpmath.acos, mpmath.pi, mpmath.exp


def number(value):
    return mpmath.mpf(int(value.p)) / int(value.q)


def leaky(s, r, slope=100):
    a = mpmath.mpf(1) / slope
    return s * ((1 + a * a) / 2 * r + (1 - a) ** 2 / (2 * pi) * (sqrt(1 - r * r) - r * acos(r)))


def gelu(s, r):
    c = s * r
    root = sqrt((1 + s) ** 2 - c * c)
    return c / 4 + c / (2 * pi) * asin(c / (1 + s)) + (s * s + c * c * (1 - s) / (1 + s)) / (2 * pi * root)


PUBLISHED = {
    # Cho and Saul, Kernel methods for deep learning, NIPS 22 (2009): orders 0, 1 and 2.
    "step": lambda _, r: (pi - acos(r)) / (2 * pi),
    "relu": lambda s, r: s * (sqrt(1 - r * r) + r * (pi - acos(r))) / (2 * pi),
    "relu2": lambda s, r: s * s * (3 * r * sqrt(1 - r * r) + (pi - acos(r)) * (1 + 2 * r * r)) / (2 * pi),
    "leaky_relu": leaky,
    "sign": lambda _, r: 2 / pi * asin(r),
    # Williams, Computing with infinite networks, NIPS 9 (1996).
    "erf": lambda s, r: 2 / pi * asin(2 * s * r / (1 + 2 * s)),
    "gelu": gelu,
    "sin": lambda s, r: e(-s) * mpmath.sinh(s * r),
    "cos": lambda s, r: e(-s) * mpmath.cosh(s * r),
    "exp(x)": lambda s, r: e(s + s * r),
    "exp(-x**2)": lambda s, r: ((1 + 2 * s) ** 2 - 4 * s * s * r * r) ** -0.5,
    "x": lambda s, r: s * r,
    "(x**3 - 3*x)/sqrt(6)": lambda s, r: (6 * (s * r) ** 3 + 9 * s * r * (s - 1) ** 2) / 6,
}


@pytest.mark.parametrize("place", PLACES, ids=str)
@pytest.mark.parametrize("name", PUBLISHED)
def test_kernels_of_the_literature(name, place):
    kernel = dual_kernel(name)
    with mpmath.workdps(40):
        expected = PUBLISHED[name](*map(number, place))
        found = kernel.value(q=place[0], rho=place[1], digits=32)

        assert kernel.kind == "exact"
        assert abs(found - expected) <= mpmath.mpf(10) ** -30 * max(abs(expected), mpmath.mpf(10) ** -2)


SHORT = {
    "relu": "q*(rho*(pi - acos(rho)) + sqrt(1 - rho**2))/(2*pi)",
    "step": "(pi - acos(rho))/(2*pi)",
    "sign": "2*asin(rho)/pi",
    "erf": "2*asin(2*q*rho/(2*q + 1))/pi",
    "sin": "exp(-q)*sinh(q*rho)",
    "gaussian": "1/sqrt(-4*q**2*rho**2 + (2*q + 1)**2)",
    "x**3": "3*q**3*rho*(2*rho**2 + 3)",
}


@pytest.mark.parametrize("name", SHORT)
def test_forms_are_those_of_the_literature(name):
    assert str(dual_kernel(name).expr) == SHORT[name]


def by_sectors(g, s, r, digits):
    """The mean in polar coordinates, where u and v keep their signs in each of four sectors."""
    with mpmath.workdps(digits + 5):
        s, r = number(s), number(r)
        angle = mpmath.acos(r)
        ends = sorted({t % (2 * pi) for c in (0, angle) for t in (c + pi / 2, c - pi / 2)})
        ends.append(ends[0] + 2 * pi)

        def ray(t):
            u, v = sqrt(s) * mpmath.cos(t), sqrt(s) * mpmath.cos(t - angle)
            return mpmath.quad(
                lambda a: g(a * u) * g(a * v) * a * e(-a * a / 2), [0, 2, 5, 14], method="gauss-legendre"
            )

        return mpmath.quad(ray, ends, method="gauss-legendre") / (2 * pi)


@pytest.mark.parametrize("place", [PLACES[0], pytest.param(PLACES[1], marks=pytest.mark.slow)], ids=str)
@pytest.mark.parametrize(
    ("name", "g"),
    partly_slow(
        [
            ("elu", lambda t: t if t > 0 else mpmath.expm1(t)),
            ("leaky_relu(x, 1/5)", lambda t: t if t > 0 else t / 5),
            ("x*exp(-Abs(x))", lambda t: t * e(-abs(t))),
            ("Abs(x)*exp(-x**2)", lambda t: abs(t) * e(-t * t)),
        ]
    ),
)
def test_kernels_against_an_integral_over_the_plane(name, g, place):
    kernel = dual_kernel(name)
    expected = by_sectors(g, *place, digits=12)

    assert kernel.kind == "exact"
    assert abs(kernel.value(q=place[0], rho=place[1], digits=16) - expected) < 1e-12 * abs(expected) + 1e-14


def by_trapezoids(g, s, r, step, reach):
    """The mean for a function that is analytic around the line, in the sum and the difference of u and v."""
    s, r = number(s), number(r)
    plus, minus = sqrt(s * (1 + r) / 2), sqrt(s * (1 - r) / 2)
    nodes = [step * k for k in range(-int(reach / step), int(reach / step) + 1)]
    total = mpmath.mpf(0)
    for a in nodes:
        row = (g(plus * a + minus * b) * g(plus * a - minus * b) * e(-b * b / 2) for b in nodes)
        total += e(-a * a / 2) * mpmath.fsum(row)
    return total * step**2 / (2 * pi)


@pytest.mark.parametrize(
    ("name", "g"),
    partly_slow(
        [
            ("tanh", mpmath.tanh),
            ("silu", lambda t: t / (1 + e(-t))),
            ("softplus", lambda t: mpmath.log1p(e(t))),
            ("1/(1 + x**2)", lambda t: 1 / (1 + t * t)),
        ]
    ),
)
def test_series_against_an_integral_over_the_plane(name, g):
    kernel = dual_kernel(name)
    with mpmath.workdps(30):
        expected = by_trapezoids(g, *INSIDE[1], mpmath.mpf(1) / 9, 9)
        found = kernel.value(q=INSIDE[1][0], rho=INSIDE[1][1], digits=20)

        assert kernel.kind == "series"
        assert kernel.expr is None
        assert abs(found - expected) < 1e-16


CATALOG = [entry.name for entry in ENTRIES]
MEMBERS = [member(family, index) for family in "ABCDE" for index in range(4)]


def laws(kernel, place, parameters):
    """What every kernel obeys, apart from its form."""
    s, r = place
    at = {"digits": 20, "parameters": parameters}
    g, known = kernel.function, kernel.assumptions
    with mpmath.workdps(30):
        assert close(kernel.value(q=s, rho=1, **at), mean_of(g**2, known).value(q=s, **at))
        assert close(kernel.value(q=s, rho=0, **at), mean_of(g, known).value(q=s, **at) ** 2)
    found = kernel.value(q=s, rho=r, **at)
    terms = kernel.terms(q=s, rho=r, digits=12, parameters=parameters)
    partial = sum((a * value_ball(r) ** n for n, a in enumerate(terms.products)), start=terms.value * 0)
    assert abs(as_float(partial) - float(found)) <= float(terms.left_out.upper()) + 1e-11 * size(terms)
    assert all(a >= -1e-9 * size(terms) for a in terms.products)


def as_float(ball):
    return float(ball.mid())


def size(terms):
    return sum(abs(float(a.mid())) for a in terms.products)


def close(one, two, digits=17):
    return abs(one - two) <= mpmath.mpf(10) ** -digits * max(abs(one), abs(two), mpmath.mpf(10) ** -6)


@pytest.mark.parametrize("name", CATALOG)
def test_laws_of_the_catalog(name):
    kernel = dual_kernel(name)
    if kernel.kind == "exact":
        laws(kernel, INSIDE[0], kernel.assumptions.sample(0))


@pytest.mark.parametrize("index", range(len(MEMBERS)))
def test_laws_of_random_members(index):
    g = MEMBERS[index].g.xreplace(dict(MEMBERS[index].values))
    kernel = dual_kernel(g)
    s = Rational(9, 25) if kernel.limit == oo else kernel.limit * Rational(3, 7)
    laws(kernel, (s, INSIDE[1][1]), {})


@pytest.mark.parametrize("family", "ABC")
def test_piecewise_polynomials_and_exponentials_have_exact_kernels(family):
    waves = ("sin", "cos")
    found = [m for m in (member(family, k) for k in range(6)) if not any(w in str(m.g) for w in waves)]

    assert found
    assert {dual_kernel(m.g).kind for m in found} == {"exact"}


SMOOTH_ENOUGH = ["relu", "gelu", "elu", "erf", "sin", "hard_tanh", "relu3", "exp(-x**2)*x", "x**3 - x"]


@pytest.mark.parametrize("name", SMOOTH_ENOUGH)
def test_the_derivative_kernel_is_the_slope(name):
    kernel = dual_kernel(name)
    slope = kernel.derivative()
    for s, r in INSIDE:
        at = {q: s, rho: r}
        expected = value_ball(kernel.expr.diff(rho), substitution=at, bits=80)
        found = value_ball(q * slope.expr, substitution=at, bits=80)
        assert abs(found - expected).lower() < 1e-20
    h = mean_of(slope.function**2, kernel.assumptions)
    assert slope.note == ""
    assert close(slope.value(q=2, rho=1), h.value(q=2))


def test_the_derivative_kernel_tells_of_jumps():
    kernel = dual_kernel("Piecewise((0, x<1), (x, True))").derivative()

    assert kernel.kind == "exact"
    assert "x = 1" in kernel.note


@pytest.mark.parametrize("name", ["relu", "gelu", "elu", "erf(x + 1)", "sin(x)", "x**2 + x", "hard_tanh"])
def test_two_variances(name):
    kernel = dual_kernel(name, equal_variances=False)
    equal = dual_kernel(name)
    s, t, r = Rational(9, 25), Rational(7, 4), Rational(-3, 7)
    g = kernel.function
    points = [float(c) for c in pieces(g, Assumptions()).breakpoints]
    expected = next(
        pair_sums(g, g, variances=(float(s), float(t)), rho=float(r), breakpoints=(points, points))
    )

    assert kernel.variances == (q1, q2)
    assert {q1, q2} <= kernel.expr.free_symbols
    assert abs(float(kernel.value(q=s, q2=t, rho=r)) - expected.value) < 1e-13 * expected.size
    assert close(kernel.value(q=s, q2=t, rho=r), kernel.value(q=t, q2=s, rho=r), 14)
    assert close(kernel.value(q=s, rho=r), equal.value(q=s, rho=r), 14)
    assert close(kernel.value(q=s, q2=t, rho=1), kernel.value(q=s, q2=t, rho=1 - Rational(1, 10**16)), 6)


def test_parameters_keep_their_letters():
    kernel = dual_kernel("Max(x, a*x)", assume="0 < a < 1")
    a = kernel.assumptions.symbols[0]

    assert kernel.expr.free_symbols == {q, rho, a}
    with mpmath.workdps(30):
        expected = leaky(number(PLACES[0][0]), number(PLACES[0][1]), 5)
        found = kernel.value(q=PLACES[0][0], rho=PLACES[0][1], digits=25, parameters={"a": Rational(1, 5)})
        assert abs(found - expected) < mpmath.mpf(10) ** -24
    with pytest.raises(AssumptionError, match="value is needed for a"):
        kernel.value(rho=0)


def test_constant_exponents_are_kept():
    root = (2 * q + 1) ** 2 - 4 * q**2 * rho**2

    assert dual_kernel("exp(x + 1)").expr == exp(q * rho + q + 2)
    assert dual_kernel("exp(-(x - 1)**2)").expr == exp(-2 / (2 * q * rho + 2 * q + 1)) * root ** Rational(
        -1, 2
    )


def test_growth_bounds_the_variance():
    kernel = dual_kernel("exp(x**2/8)*x")

    assert kernel.kind == "exact"
    assert kernel.limit == 2
    assert kernel.value(q=1, rho="1/2") > 0
    with pytest.raises(NotIntegrableError):
        kernel.value(q=2, rho=1)


@pytest.mark.parametrize("name", ["relu", "hard_tanh", "gelu", "elu", "sin(x)*x", "x**2*exp(-x**2)", "relu6"])
def test_every_step_is_true(name):
    kernel = dual_kernel(name)
    at = {q: Rational(7, 5), rho: Rational(-4, 9)}
    values = [value_ball(kernel.steps[0].lhs, substitution=at, bits=40)]
    values += [value_ball(step.rhs, substitution=at, bits=40) for step in kernel.steps]

    assert kernel.steps[-1].rhs == kernel.expr
    assert all(new.lhs == old.rhs for old, new in zip(kernel.steps, kernel.steps[1:], strict=False))
    assert all(abs(v - values[0]).lower() < 1e-10 for v in values)
    assert set(kernel.rules) <= set(PAIR_RULES)


def test_references_exist():
    assert {rule.reference for rule in PAIR_RULES.values()} - {""} <= set(REFERENCES)
    assert dual_kernel("tanh").steps[0].reference in REFERENCES


def test_several_inputs_are_refused():
    with pytest.raises(UnsupportedError, match="several inputs"):
        dual_kernel("swiglu")


@pytest.mark.parametrize("name", ["relu", "hard_tanh", "gelu", "elu", "sin(x)*x", "x**3", "exp(x)"])
def test_every_rule_is_named_in_a_line(name):
    kernel = dual_kernel(name)

    assert {step.rule for step in kernel.steps} <= set(kernel.rules)
    for rule in kernel.rules:
        assert any(PAIR_RULES[rule].reason in step.reason for step in kernel.steps)
    assert all(step.lhs != step.rhs for step in kernel.steps)


def test_a_series_states_its_expansion():
    kernel = dual_kernel("tanh(x)")
    (step,) = kernel.steps

    assert step.lhs == PairMean(tanh(x), tanh(x), q, q, rho) == kernel.definition
    assert step.kind == "series"
    assert r"\sum" in latex(step.rhs)


def test_a_wrong_form_is_noticed(monkeypatch):
    original = joint_mean._SIGN_MEANS

    def wrong(variables, law):
        return tuple((c * 2, f) for c, f in original[2][1](variables, law))

    monkeypatch.setattr(joint_mean, "_SIGN_MEANS", (*original[:2], (original[2][0], wrong)))
    parts = pieces(Max(0, x), Assumptions())
    with pytest.raises(InternalError, match=r"gauss\.pair\.arcsine"):
        pair_form(parts, Max(0, x), Assumptions())


def test_arrays_agree_with_values():
    variances, correlations = np.linspace(0.1, 4, 5), np.array([-0.999, -0.4, 0.0, 0.7, 0.99])
    for name in ("gelu", "elu", "hard_tanh", "siren", "cos"):
        kernel = dual_kernel(name)
        table = kernel.array(variances[:, None], correlations)
        assert table.shape == (5, 5)
        for j, s in enumerate(variances):
            for k, r in enumerate(correlations):
                expected = float(kernel.value(q=str(s), rho=str(r), digits=17))
                assert table[j, k] == pytest.approx(expected, rel=1e-9, abs=1e-13)
    with pytest.raises(UnsupportedError):
        dual_kernel("tanh").array(1, 0.5)


@pytest.mark.parametrize("name", ["silu", "tanh", "softsign"])
def test_at_correlation_0_it_is_the_square_of_the_mean(name):
    found = dual_kernel(name).value(q="3/2", rho=0, digits=40)
    with mpmath.workdps(50):
        expected = mean_of(dual_kernel(name).function, Assumptions()).value(q="3/2", digits=45) ** 2
        assert abs(found - expected) <= mpmath.mpf(10) ** -40


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"rho": "1.01"}, AssumptionError),
        ({"rho": 0, "q": -1}, AssumptionError),
        ({"rho": 0, "q": 1, "q2": 2}, AssumptionError),
    ],
)
def test_places_that_do_not_exist_are_refused(arguments, error):
    with pytest.raises(error):
        dual_kernel("relu").value(**arguments)


def test_a_mean_square_that_diverges_is_refused():
    with pytest.raises(NotIntegrableError):
        dual_kernel("1/x")
    with pytest.raises(NotIntegrableError):
        dual_kernel("exp(x**4)")


ROUGH = [tanh(x), Abs(x), Max(-1, x), Abs(x) ** Rational(1, 3), exp(x / 2)]


@pytest.mark.parametrize("f", ROUGH, ids=str)
def test_the_bound_of_the_expansion_holds(f):
    variances, r = (Rational(3, 2), Rational(3, 2)), Rational(7, 10)
    coarse = hermite_sum(f, f, variances=variances, rho=r, bits=12)
    fine = hermite_sum(f, f, variances=variances, rho=r, bits=60)
    power, partial = value_ball(r), fine.value * 0
    for n, a in enumerate(fine.products[: len(coarse.products)]):
        partial += a * power**n

    assert 0 <= fine.value - partial <= coarse.left_out * 1.001
    assert abs(fine.value - coarse.value) < abs(fine.value) * 2e-3


def test_the_head_of_a_mean_of_two_variables():
    a = Symbol("a", positive=True)
    head = PairMean(tanh(a * x), Max(0, x), q, 2 * q, rho)
    at = {q: Rational(3, 2), rho: Rational(1, 3), a: Rational(4, 3)}

    assert head.free_symbols == {q, rho, a}
    assert head.subs(q, 3) == PairMean(tanh(a * x), Max(0, x), 3, 6, rho)
    for symbol in (q, rho, a):
        step = Rational(1, 10**8)
        plus, minus = (head.xreplace({**at, symbol: at[symbol] + s}).evalf(40) for s in (step, -step))
        slope = (plus - minus) / (2 * step)
        assert abs(slope - head.diff(symbol).xreplace(at).evalf(20)) < 1e-12
    assert abs(PairMean(x, x**3, 1, 4, -1).evalf(20) + 24) < 1e-18
    with pytest.raises(AssumptionError):
        PairMean(x, x, 1, 1, 2).evalf()


@pytest.mark.parametrize(
    "name", partly_slow(["elu", "tanh", "softsign", "exp(x/2)", "Max(-1, Min(1, x))*tanh(x)"])
)
@pytest.mark.parametrize("r", [Rational(2, 5), Rational(-1, 4), Integer(0), Integer(-1)], ids=str)
def test_enclosures_hold_the_value(name, r):
    kernel = dual_kernel(name)
    low, high = kernel.enclosure(q="3/2", rho=r, digits=9)
    with mpmath.workdps(30):
        value = kernel.value(q="3/2", rho=r, digits=20)

        assert low - 1e-18 <= value <= high + 1e-18
        assert low <= high <= low + 1e-8


@pytest.mark.parametrize("name", ["exp(x)", "relu", "x + erf(x)"])
def test_bounds_hold_what_the_expansion_leaves_out(name):
    kernel = dual_kernel(name)
    for r in (Rational(1, 2), Rational(4, 5)):
        found = enclosed_sum(kernel.function, kernel.function, variances=(Integer(1),) * 2, rho=r, bits=6)
        exact = value_ball(kernel.expr, substitution={q: Integer(1), rho: r}, bits=60)
        assert found.contains(exact)
        assert found.rad() < 0.05 * exact


def test_bounds_are_narrow_or_refused(monkeypatch):
    monkeypatch.setattr(hermite_enclosure, "_MOST_TERMS", 6)
    with pytest.raises(PrecisionError):
        dual_kernel("tanh").enclosure(rho="999/1000", digits=12)
