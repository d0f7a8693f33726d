"""Polynomials in x, tanh, sech and log(cosh): exact in S, F and L, against integrals of other kinds."""

from fractions import Fraction
from itertools import pairwise
from math import ceil
from random import Random

import flint
import mpmath
import pytest
from gaussian_reference import agree
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Abs, Add, Integer, Max, Rational, S, cosh, diff, exp, lambdify, latex, log, oo, sech, tanh

from symbolic_init.activation import activation
from symbolic_init.analysis.pieces import pieces
from symbolic_init.assumptions import Assumptions
from symbolic_init.catalog.values import VALUES
from symbolic_init.engine import derive
from symbolic_init.moments import wave_balls
from symbolic_init.moments.ball import mean_ball, value_ball, working_value
from symbolic_init.moments.closed_form import closed_form
from symbolic_init.moments.compilation import compile_array
from symbolic_init.moments.evaluation import number
from symbolic_init.moments.mean import gaussian_mean, mean_of
from symbolic_init.moments.rules.logistic import _by_bases
from symbolic_init.notation import GaussianMean, q, x
from symbolic_init.records import from_json, to_json
from symbolic_init.render.printing import formula
from symbolic_init.special import LogCoshMean, MordellMean, SechMean
from symbolic_init.special.wave_sums import trapezoid

DIGITS = 20
VARIANCES = (Rational(1, 10**6), Rational(3, 7), Integer(12), Integer(10**4))
NOTHING = Assumptions()

SIGMOID = 1 / (1 + exp(-x))
MEMBERS = {
    "tanh": tanh(x),
    "sigmoid": SIGMOID,
    "silu": x * SIGMOID,
    "swish with beta": x / (1 + exp(-Rational(7, 5) * x)),
    "lisht": x * tanh(x),
    "tanhshrink": x - tanh(x),
    "bipolar sigmoid": 2 / (1 + exp(-2 * x)) - 1,
    "dsilu": SIGMOID * (1 + x * (1 - SIGMOID)),
    "scaled and shifted": Rational(17, 10) * tanh(2 * x / 3) - Rational(1, 3),
    "sech": sech(x),
    "resech": x * sech(x),
    "tanh times sech": tanh(2 * x) * sech(2 * x) + 1,
    "softplus": log(1 + exp(x)),
    "softplus with beta": log(1 + exp(Rational(5, 2) * x)) * Rational(2, 5),
    "log-sigmoid": log(SIGMOID),
    "log-cosh": log(cosh(x)),
    "x softplus": x * log(1 + exp(x)),
    "gated softplus": SIGMOID * log(1 + exp(x)),
}


def _quadrature(f, variance):
    """`E[f(x)]` by Gauss and Legendre on panels of the size of what varies on them."""
    run = lambdify(x, f, "mpmath")
    with mpmath.workdps(DIGITS + 10):
        v = mpmath.mpf(int(variance.p)) / int(variance.q)
        reach = mpmath.sqrt(2 * v * (DIGITS + 12) * mpmath.log(10)) + min(6 * v, 6)
        near = [mpmath.mpf(2) ** k for k in range(-1, 8)]
        ends = sorted({*mpmath.linspace(0, reach, 7), *(e for e in near if reach / 50 < e < reach or v > 50)})
        value = mpmath.quad(
            lambda t: (run(t) + run(-t)) * mpmath.exp(-t * t / (2 * v)), ends, method="gauss-legendre"
        )
        return value / mpmath.sqrt(2 * mpmath.pi * v)


def _form(f, known=NOTHING):
    return closed_form(pieces(f, known), known, integrand=f)


def _matches(form, f, variance, parameters=None):
    value = number(form.expr, digits=DIGITS + 5, parameters={q: variance, **(parameters or {})})
    reference = _quadrature(f.xreplace(parameters or {}), variance)
    with mpmath.workdps(DIGITS + 10):
        return agree(value, reference, DIGITS)


@pytest.mark.parametrize("variance", VARIANCES)
@pytest.mark.parametrize("name", MEMBERS)
def test_means_of_members_agree_with_quadrature(name, variance):
    g = MEMBERS[name]

    for f in (g**2, g, diff(g, x) ** 2):
        form = _form(f)
        assert form is not None
        assert _matches(form, f, variance)


def test_the_values_do_not_depend_on_the_quadrature():
    """One number by an alternating series of scaled error functions, which shares nothing with either."""
    with mpmath.workdps(30):
        series = mpmath.nsum(lambda k: (-1) ** (int(k) - 1) * _gap(k, mpmath.mpf(1)), [1, mpmath.inf])
        expected = 4 * (1 / (2 * mpmath.sqrt(2 * mpmath.pi)) + series)

        assert agree(number(SechMean(Integer(1)), digits=25), expected, 18)


def _gap(k, deviation):
    """`k*erfcx(sqrt(2)*k*s) - 1/(sqrt(2*pi)*s)`."""
    u = mpmath.sqrt(2) * k * deviation
    return k * mpmath.exp(u * u) * mpmath.erfc(u) - 1 / (mpmath.sqrt(2 * mpmath.pi) * deviation)


WRITINGS = {
    "sigmoid": [SIGMOID, exp(x) / (1 + exp(x)), 1 - 1 / (1 + exp(x)), (1 + tanh(x / 2)) / 2],
    "its slope": [
        diff(SIGMOID, x),
        exp(x) / (1 + exp(x)) ** 2,
        SIGMOID * (1 - SIGMOID),
        sech(x / 2) ** 2 / 4,
        1 / (2 + exp(x) + exp(-x)),
    ],
    "tanh": [
        tanh(x),
        (exp(x) - exp(-x)) / (exp(x) + exp(-x)),
        (1 - exp(-2 * x)) / (1 + exp(-2 * x)),
        sech(x) ** 2 * (exp(2 * x) - exp(-2 * x)) / 4,
    ],
    "sech": [
        sech(x),
        1 / cosh(x),
        2 / (exp(x) + exp(-x)),
        2 * exp(x) / (1 + exp(2 * x)),
        exp(x) * (1 - tanh(x)),
        (1 - tanh(x / 2) ** 2) / (1 + tanh(x / 2) ** 2),
    ],
    "softplus": [
        log(1 + exp(x)),
        x + log(1 + exp(-x)),
        Max(0, x) + log(1 + exp(-Abs(x))),
        -log(1 / (1 + exp(x))),
        x / 2 + log(2 * cosh(x / 2)),
        log(2 + exp(x) + exp(-x)) / 2 + x / 2,
        -log((1 - tanh(x / 2)) / 2),
        log((1 + exp(x)) ** Rational(3, 2)) * Rational(2, 3),
    ],
}


@pytest.mark.parametrize("name", WRITINGS)
def test_every_way_to_write_a_function_gives_one_form(name):
    first, *others = ([_form(h).expr for h in (g**2, (x * g) ** 2, g + x * g)] for g in WRITINGS[name])

    assert all(other == first for other in others)


@pytest.mark.parametrize(
    ("f", "expected"),
    [
        ("tanh(x)**2", "1 - SechMean(q)"),
        ("1/(1 + exp(-x))**2", "1/2 - SechMean(q/4)/4"),
        ("(x/(1 + exp(-x)))**2", "q*(-q*SechMean(q/4, 1)/8 - SechMean(q/4)/4 + 1/2)"),
        ("x/(1 + exp(-x))", "q*SechMean(q/4)/4"),
        ("x*tanh(x)", "q*SechMean(q)"),
        ("(x*tanh(x))**2", "q*(-2*q*SechMean(q, 1) - SechMean(q) + 1)"),
        ("(1 - tanh(x)**2)**2", "2*SechMean(q)/3 - SechMean(q, 1)/3"),
        ("exp(x)*tanh(x/2)", "exp(q/2) - 1"),
        ("exp(x)*tanh(x)", "exp(q/2) - MordellMean(q)"),
        ("sech(x)", "MordellMean(q)"),
        ("sech(x)**3", "MordellMean(q)/2 - MordellMean(q, 1)"),
        ("x*tanh(x)*sech(x)", "-2*q*MordellMean(q, 1)"),
        ("(1 + sech(x))**2", "2*MordellMean(q) + SechMean(q) + 1"),
        ("log(1 + exp(x))", "LogCoshMean(q/4, 1) + log(2)"),
        ("log(1 + exp(x))**2", "q/4 + 2*log(2)*LogCoshMean(q/4, 1) + LogCoshMean(q/4, 2) + log(2)**2"),
        ("x*log(1 + exp(x))", "q/2"),
        ("x**2*log(cosh(x))", "q*(q*SechMean(q) + LogCoshMean(q, 1))"),
        ("tanh(x)**2*log(cosh(x))", "LogCoshMean(q, 1) - LogCoshMean(q, 2, 1) - SechMean(q) + 1"),
    ],
)
def test_forms_are_short(f, expected):
    moment = gaussian_mean(f)

    assert moment.kind == "exact"
    assert str(moment.expr) == expected
    heads = {"S": "SechMean", "L": "LogCoshMean", "F": "MordellMean"}
    letters = [letter for letter, head in heads.items() if head in expected]
    assert moment.note == ("exact in " + " and ".join(letters) if letters else "")


@pytest.mark.parametrize(
    ("f", "assume"),
    [
        ("tanh(a*x)**2", "a > 0"),
        ("tanh(b*x)**2 + x*tanh(b*x)", "b < 0"),
        ("tanh(b*x)**4 + x*tanh(b*x)", ""),
        ("(x/(1 + exp(-a*x)))**2", "a > 0"),
        ("(x/(1 + exp(-b*x)))**2", "b < 0"),
        ("(a*tanh(x) + b)**2", "a > 0, b < 0"),
        ("(tanh(a*x) - b*x)**4", "a > 0, b < 0"),
        ("1/(1 + a**(-x))", "a > 0"),
        ("tanh(sqrt(a)*x/pi)**2", "a > 0"),
        ("sech(b*x)**3", ""),
        ("(log(1 + exp(a*x))/a)**2", "a > 0"),
        ("(x*log(1 + exp(b*x))/b)**2", "b < 0"),
        ("log(a + a*exp(-x))**2", "a > 0"),
        ("log(cosh(b*x))*tanh(b*x)**2 + b", ""),
    ],
)
def test_parameters_may_be_symbols(f, assume):
    subject = activation(f, assume=assume)
    form = _form(subject.expression, subject.assumptions)
    assert form is not None

    assert _matches(form, subject.expression, Rational(8, 5), dict(subject.assumptions.sample(1)))


@pytest.mark.parametrize(
    "f",
    [
        "x*tanh(log(1 + exp(x)))",
        "log(2 + exp(x))",
        "log(1 + exp(x + 1))",
        "log(1 + exp(x) + exp(2*x))",
        "log(cosh(x))*sech(x)",
        "log(cosh(x))*exp(x)",
        "log(cosh(x))*Abs(x)",
        "log(cosh(x))*log(cosh(2*x))",
        "log(2 + sech(x))",
        "sech(x)*sech(2*x)",
        "sech(x)*tanh(x/2)",
        "sech(x)*cos(x)",
        "tanh(x)*tanh(2*x)",
        "tanh(x + 1)**2",
        "1/(2 + exp(x))",
        "1/(1 + exp(x) + exp(2*x))",
        "tanh(x)/x",
        "erf(x)*tanh(x)",
        "tanh(x)**2*Abs(x)",
        "cos(x)*tanh(x)**2",
        "tanh(x)**2/(1 + x**2)",
        "1/tanh(1 + x**2)",
        "tanh(x)*exp(x/2)",
    ],
)
def test_what_does_not_close_has_no_rule(f):
    assert _form(activation(f).expression) is None


@pytest.mark.parametrize("f", [tanh(x), x**3, x**2 * tanh(2 * x) ** 3, 2 / (1 + exp(-x)) - 1])
def test_an_odd_function_has_mean_0_at_once(f):
    form = _form(f)

    assert form.expr == 0
    assert [s.rhs for s in form.steps] == [0]
    assert number(GaussianMean(tanh(x), Rational(5, 7)), digits=15) == 0


@pytest.mark.parametrize(
    ("f", "expected"),
    [
        ("where(x > 0, tanh(x)**2, 3*tanh(x)**2)", 2 - 2 * SechMean(q)),
        ("where(x > 0, sech(2*x), 3*sech(2*x))", 2 * MordellMean(4 * q)),
        ("where(x > 0, log(cosh(x)), 0)", LogCoshMean(q, 1) / 2),
        ("where(x > 0, (1 + x)*sech(x), x*sech(x))", MordellMean(q) / 2),
        ("where(x > 0, x*log(cosh(x)), (x - 4)*log(cosh(x)))", -2 * LogCoshMean(q, 1)),
        ("where(x > 0, x*tanh(x)*log(cosh(x)), -x*tanh(x)*log(cosh(x)))", S.Zero),
    ],
)
def test_half_of_an_even_function(f, expected):
    assert gaussian_mean(f).expr == expected


@pytest.mark.parametrize(
    ("f", "expected"),
    [
        ("exp(2*x)*sech(x)", 2 * exp(q / 2) - MordellMean(q)),
        ("exp(3*x)*sech(x)", 2 * exp(2 * q) - 1),
        ("exp(-4*x)*sech(x)", 2 * exp(9 * q / 2) - 2 * exp(q / 2) + MordellMean(q)),
        ("exp(3*x)*sech(x)**3", 4 - 3 * SechMean(q)),
        ("(x + sech(x))*exp(2*x)", 2 * q * exp(2 * q) + 2 * exp(q / 2) - MordellMean(q)),
    ],
)
def test_exponentials_times_sech(f, expected):
    """By `exp(t)*sech(t) = 2 - exp(-t)*sech(t)`, and the mean of `exp(c*x)`."""
    difference = gaussian_mean(f).expr - expected

    assert difference.expand() == 0


def test_steps_are_true_and_follow_each_other():
    steps = _form((x * SIGMOID) ** 2).steps

    assert all(one.rhs == two.lhs for one, two in pairwise(steps))
    values = {
        number(side, digits=15, parameters={q: Rational(5, 7)}) for s in steps for side in (s.lhs, s.rhs)
    }
    assert max(values) - min(values) < 1e-14


rationals = st.fractions(min_value=-2, max_value=2, max_denominator=5).map(
    lambda f: Rational(f.numerator, f.denominator)
)
scales = st.fractions(min_value=Fraction(1, 4), max_value=2, max_denominator=5).map(
    lambda f: Rational(f.numerator, f.denominator)
)
terms = st.lists(st.tuples(rationals, st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=3)


@settings(max_examples=10, deadline=None, derandomize=True, database=None)
@given(terms, scales)
def test_random_members_agree_with_quadrature(parts, scale):
    g = Add(*(c * x**k * tanh(scale * x) ** n for c, k, n in parts))
    for f in (g, g**2):
        form = _form(f)
        assert form is not None
        assert _matches(form, f, Rational(9, 5))


@settings(max_examples=8, deadline=None, derandomize=True, database=None)
@given(terms, scales, st.integers(-2, 2))
def test_random_exponentials_agree_with_quadrature(parts, scale, power):
    wave = 1 / (1 + exp(-scale * x))
    f = exp(power * scale * x) * Add(*(c * x**k * wave**n for c, k, n in parts))
    form = _form(f)
    assert form is not None
    assert _matches(form, f, Rational(2, 3))


def _member(random):
    """A sum of terms of one scale, whose square has a form as well unless sech stands beside a logarithm."""
    scale, with_logs = Rational(random.randint(1, 8), 4), random.random() < 0.6

    def term():
        waves = x ** random.randint(0, 2) * tanh(scale * x) ** random.randint(0, 2)
        other = log(cosh(scale * x)) if with_logs else sech(scale * x)
        return Rational(random.randint(-9, 9), random.randint(1, 4)) * waves * other ** random.randint(0, 2)

    return Add(*(term() for _ in range(random.randint(1, 3))))


@pytest.mark.parametrize("seed", range(12))
def test_random_members_agree_with_enclosed_integrals(seed):
    g = _member(Random(f"logistic {seed}"))  # noqa: S311 - not for secrets
    for f in (g, g**2):
        form = _form(f)
        assert form is not None
        for variance in (Rational(5, 13), Rational(31, 4)):
            value = value_ball(form.expr, substitution={q: variance}, bits=95)
            reference = mean_ball(f, variance, bits=95)

            assert abs(value - reference) <= Rational(1, 10**25) * (1 + abs(reference))


def _harmonic(n):
    return mpmath.harmonic(n - 1) / n


def test_softplus_agrees_with_its_series():
    """Alternating series of scaled complementary error functions."""
    with mpmath.workdps(40):
        s = mpmath.sqrt(mpmath.mpf(8) / 5)

        def erfcx(u):
            return mpmath.exp(u * u) * mpmath.erfc(u)

        def mean(k):
            return (-1) ** (int(k) - 1) * erfcx(k * s / mpmath.sqrt(2)) / k

        def slope(k):
            return (
                (-1) ** (int(k) - 1)
                * (mpmath.sqrt(2 / mpmath.pi) * s - k * s * s * erfcx(k * s / mpmath.sqrt(2)))
                / k
            )

        def square(k):
            return (-1) ** int(k) * _harmonic(k) * erfcx(k * s / mpmath.sqrt(2))

        def total(term, first):
            return mpmath.nsum(term, [first, mpmath.inf], method="alternating")

        expected = {
            "log(1 + exp(x))": s / mpmath.sqrt(2 * mpmath.pi) + total(mean, 1),
            "log(1 + exp(x))**2": s * s / 2 + total(slope, 1) + 2 * total(square, 2),
        }
        for f, value in expected.items():
            assert agree(gaussian_mean(f).value(q="8/5", digits=30), value, 27)


@pytest.mark.parametrize(
    "name", ["softplus", "shifted_softplus", "log_cosh", "log_sigmoid", "sech", "resech"]
)
def test_entries_of_the_catalog_are_exact(name):
    means = dict(derive(name).moment_items)

    assert {mean.kind for mean in means.values()} == {"exact"}
    found = [
        means["M"].value(q=1, digits=25),
        means["M"].value(q="9/4", digits=25),
        means["h"].value(q=1, digits=25),
    ]
    with mpmath.workdps(30):
        assert all(agree(v, mpmath.mpf(w), 22) for v, w in zip(found, VALUES[name], strict=True))


@pytest.mark.parametrize("name", ["softplus", "log_sigmoid"])
def test_records_read_back_equal(name):
    derivation = derive(name)

    assert from_json(to_json(derivation)) == derivation


@pytest.mark.parametrize("variance", ["1e-12", "1e-5", "0.3", "17", "1e3", "1e6"])
def test_digits_at_every_variance(variance):
    """In units of the standard deviation, on panels that follow the bend at 0."""
    moment = gaussian_mean("log(1 + exp(-3*x))**2")
    with mpmath.workdps(60):
        s = mpmath.sqrt(mpmath.mpf(variance))
        ends = _panels(3 * s)
        expected = mpmath.quad(
            lambda z: _softplus_squares(3 * s * z) * mpmath.npdf(z), ends, method="gauss-legendre"
        )

        assert agree(moment.value(q=variance, digits=45), expected, 44)


def _panels(deviation):
    """Where an integral by z is split: evenly, and where x doubles."""
    near = (mpmath.mpf(2) ** k / deviation for k in range(-3, 11))
    return sorted({*(e for e in near if e < 17), *(mpmath.mpf(k) / 2 for k in range(35))})


def _softplus_squares(t):
    """`softplus(t)**2 + softplus(-t)**2` for `t >= 0`."""
    small = mpmath.log1p(mpmath.exp(-t))
    return small**2 + (t + small) ** 2


HEADS = {
    "S": (SechMean(q), lambda t: mpmath.sech(t) ** 2),
    "S'": (SechMean(q, 1), lambda t: mpmath.sech(t) ** 2 * (3 * mpmath.tanh(t) ** 2 - 1)),
    "F": (MordellMean(q), mpmath.sech),
    "F'": (MordellMean(q, 1), lambda t: mpmath.sech(t) * (mpmath.tanh(t) ** 2 - mpmath.mpf(1) / 2)),
    "L_1": (LogCoshMean(q, 1), lambda t: _log_cosh(t)),
    "L_2": (LogCoshMean(q, 2), lambda t: _log_cosh(t) ** 2),
    "L_3": (LogCoshMean(q, 3), lambda t: _log_cosh(t) ** 3),
    "L_2'": (LogCoshMean(q, 2, 1), lambda t: _log_cosh(t) * mpmath.sech(t) ** 2 + mpmath.tanh(t) ** 2),
}


def _log_cosh(t):
    return mpmath.log1p(2 * mpmath.sinh(t / 2) ** 2)


class TestHeads:
    """The heads by themselves, against quadrature of their definitions."""

    @pytest.mark.parametrize("variance", ["1e-6", "1e-3", "0.5", "3", "8", "30", "200", "1e4"])
    @pytest.mark.parametrize("name", HEADS)
    def test_values_in_every_arithmetic(self, name, variance):
        head, f = HEADS[name]
        with mpmath.workdps(65):
            s = mpmath.sqrt(mpmath.mpf(variance))
            ends = _panels(s)
            expected = 2 * mpmath.quad(lambda z: f(s * z) * mpmath.npdf(z), ends, method="gauss-legendre")

            by_evalf = mpmath.mpf(str(head.subs(q, Rational(variance)).evalf(52)))
            by_ball = value_ball(head, substitution={q: Rational(variance)}, bits=180)

            assert abs(by_evalf - expected) <= abs(expected) * mpmath.mpf(10) ** -50
            assert (
                abs(mpmath.mpf(by_ball.mid().str(60, radius=False)) - expected)
                <= abs(expected) * mpmath.mpf(10) ** -50
            )
        (array,) = compile_array((head.xreplace({q: x}),))(float(variance))
        assert float(array) == pytest.approx(float(expected), rel=1e-13)

    @pytest.mark.parametrize("bits", [64, 300])
    @pytest.mark.parametrize("variance", [Rational(1, 10**12), Rational(2, 3), Integer(30), Integer(10**6)])
    @pytest.mark.parametrize(
        "head", [MordellMean(q, 2), LogCoshMean(q, 1), LogCoshMean(q, 3), LogCoshMean(q, 4, 1)]
    )
    def test_balls_hold_values_of_higher_precision(self, head, variance, bits):
        coarse = value_ball(head, substitution={q: variance}, bits=bits)
        fine = value_ball(head, substitution={q: variance}, bits=2 * bits + 50)

        assert coarse.contains(fine)
        assert coarse.rel_accuracy_bits() >= bits

    @pytest.mark.parametrize(("step", "nodes"), [(2.5, 1), (4, 1), (1, 0.4), (1, 0.2)])
    @pytest.mark.parametrize(
        "variance", [Rational(1, 10**6), Rational(1, 3), Integer(4), Integer(60), Integer(10**5)]
    )
    @pytest.mark.parametrize("name", HEADS)
    def test_balls_of_a_coarse_sum_hold_the_value(self, name, variance, step, nodes, monkeypatch):
        """With longer steps, or fewer of them, what is lost is in the radius."""
        head = HEADS[name][0].subs(q, variance)
        value = value_ball(head, bits=200)

        def coarse(*arguments):
            plan = trapezoid(*arguments)
            return plan._replace(step=plan.step * step, nodes=ceil(plan.nodes / step * nodes))

        monkeypatch.setattr(wave_balls, "trapezoid", coarse)
        for other_way in ("plan_with_residues", "asymptotic_mean"):
            monkeypatch.setattr(wave_balls, other_way, lambda *_: None)
        with flint.ctx.workprec(90):
            found = working_value(head, substitution={}, bits=90).real

        assert found.contains(value)
        assert found.rel_accuracy_bits() < 80

    @pytest.mark.parametrize("head", [head for head, _ in HEADS.values()])
    @pytest.mark.parametrize("variance", ["0.04", "2.5", "75"])
    def test_derivatives(self, head, variance):
        with mpmath.workdps(40):
            point = mpmath.mpf(variance)
            numerical = mpmath.diff(lambda v: head.func.value_at(v, *map(int, head.args[1:])), point)
            exact = mpmath.mpf(str(head.diff(q).subs(q, Rational(variance)).evalf(30)))

            assert agree(exact, numerical, 18)

    @pytest.mark.parametrize("variance", [Rational(1, 7), Integer(1), Integer(90)])
    def test_the_functional_equation_of_the_mordell_integral(self, variance):
        with mpmath.workdps(40):
            v = mpmath.mpf(int(variance.p)) / int(variance.q)
            other = mpmath.sqrt(mpmath.pi / (2 * v)) * MordellMean.value_at(mpmath.pi**2 / (4 * v))

            assert agree(number(MordellMean(variance), digits=35), other, 34)

    def test_known_values(self):
        assert MordellMean(0) == 1
        assert MordellMean(0, 1) == -Rational(1, 2)
        assert MordellMean(oo) == 0
        assert LogCoshMean(q, 0) == 1
        assert LogCoshMean(q, 0, 2) == 0
        assert LogCoshMean(q, 1, 3) == SechMean(q, 2) / 2
        assert LogCoshMean(0, 2) == 0
        assert LogCoshMean(0, 2, 2) == Rational(3, 2)
        assert LogCoshMean(oo, 3) == oo
        assert LogCoshMean(oo, 4, 2) == 6
        assert LogCoshMean(oo, 3, 2) == 0
        assert LogCoshMean(q, 2).is_positive
        assert LogCoshMean(q, 2, 0) == LogCoshMean(q, 2)
        with pytest.raises(ValueError, match="order"):
            MordellMean(q, Rational(1, 2))
        with pytest.raises(ValueError, match="power"):
            LogCoshMean(q, -1)

    def test_latex_and_text(self):
        assert latex(MordellMean(q)) == r"F\left(q\right)"
        assert latex(LogCoshMean(q / 4, 2)) == r"L_{2}\left(\frac{q}{4}\right)"
        assert latex(LogCoshMean(q, 2, 1) ** 2) == r"\left(L_{2}^{(1)}\left(q\right)\right)^{2}"
        assert formula(LogCoshMean(q / 4, 2, 1) + MordellMean(q)) == "L_2'(q/4) + F(q)"
        assert formula(2 * LogCoshMean(q, 12), unicode=True) == "2L₁₂(q)"

    def test_they_stay_without_a_number(self):
        assert LogCoshMean(q, 2).evalf() == LogCoshMean(q, 2)
        assert MordellMean(Integer(-1)).evalf().has(MordellMean)


class TestSechMean:
    """The head by itself."""

    @pytest.mark.parametrize("order", [0, 1, 3])
    @pytest.mark.parametrize("variance", [Rational(1, 10**6), Rational(1, 9), Integer(40), Integer(10**6)])
    def test_values_in_every_arithmetic(self, variance, order):
        head = SechMean(q, order)
        f = sech(x) ** 2
        for _ in range(order):
            f = diff(f, x, 2) / 2
        # sech**2*tanh**2 and the like lose digits at small x; exponentials do not.
        reference = _quadrature(f.rewrite(tanh) if order == 0 else f, variance)

        with mpmath.workdps(DIGITS + 5):
            by_evalf = mpmath.mpf(str(head.subs(q, variance).evalf(DIGITS + 4)))
            bits = 4 * DIGITS
            ball = value_ball(head, substitution={q: variance}, bits=bits)
            by_ball = mpmath.mpf(ball.mid().str(DIGITS + 4, radius=False))

            assert abs(by_evalf - reference) <= abs(reference) * mpmath.mpf(10) ** (6 - DIGITS)
            assert abs(by_ball - by_evalf) <= abs(by_ball) * mpmath.mpf(10) ** -DIGITS
        (array,) = compile_array((SechMean(x, order),))(float(variance))
        assert float(array) == pytest.approx(float(reference), rel=1e-13)

    @pytest.mark.parametrize("bits", [64, 200, 400])
    def test_balls_hold_values_of_higher_precision(self, bits):
        for variance in (Rational(1, 10**6), Integer(3), Integer(10**6)):
            coarse = value_ball(SechMean(q, 1), substitution={q: variance}, bits=bits)
            fine = value_ball(SechMean(q, 1), substitution={q: variance}, bits=2 * bits + 50)

            assert coarse.contains(fine)
            assert coarse.rel_accuracy_bits() >= bits

    def test_known_values(self):
        assert SechMean(0) == 1
        assert SechMean(0, 1) == -1
        assert SechMean(0, 2) == 4
        assert SechMean(oo) == 0
        assert SechMean(q, 0) == SechMean(q)
        assert SechMean(q).is_positive
        with pytest.raises(ValueError, match="order"):
            SechMean(q, -1)

    def test_derivatives(self):
        assert SechMean(q / 4).diff(q, 2) == SechMean(q / 4, 2) / 16
        point, step = Rational(7, 5), Rational(1, 10**8)
        plus, minus = (SechMean(point + s, 1).evalf(40) for s in (step, -step))

        assert abs((plus - minus) / (2 * step) - SechMean(point, 2).evalf(20)) < 1e-14

    def test_latex(self):
        assert latex(SechMean(q / 4)) == r"S\left(\frac{q}{4}\right)"
        assert latex(SechMean(q, 2)) == r"S^{(2)}\left(q\right)"
        assert latex(SechMean(q) ** 2) == r"S^{2}\left(q\right)"
        assert latex(SechMean(q, 1) ** 2) == r"\left(S^{(1)}\left(q\right)\right)^{2}"

    def test_it_stays_without_a_number(self):
        assert SechMean(q).evalf() == SechMean(q)
        assert SechMean(Integer(-1)).evalf().has(SechMean)
        assert mean_of(SechMean(Integer(2)), NOTHING).kind == "exact"


@pytest.mark.parametrize("power", [2, 4])
@pytest.mark.parametrize("sech_power", [0, 1, 2])
@pytest.mark.parametrize("logs", [0, 1, 2, 3])
def test_even_powers_of_tanh_are_second_derivatives_at_every_point(power, sech_power, logs):
    # Under the mean, half the second derivative in x is the derivative in the variance (heat equation).
    parts = _by_bases(power, sech_power, logs)
    with mpmath.workdps(40):
        place, zero = mpmath.mpf(7) / 10, mpmath.mpf(0)
        value = mpmath.tanh(place) ** power * _base(sech_power, logs)(place)
        total = sum(
            (
                mpmath.mpf(c.p) / c.q * mpmath.diff(_base(sech_power, j), place, 2 * k) / 2**k
                for (j, k), c in parts.items()
            ),
            zero,
        )

        assert abs(total - value) < 1e-20


def _base(sech_power, logs):
    return lambda t: mpmath.sech(t) ** sech_power * mpmath.log(mpmath.cosh(t)) ** logs
