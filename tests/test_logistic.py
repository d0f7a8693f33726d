"""Polynomials in x and tanh: exact in S, against Gauss-Legendre quadrature."""

from fractions import Fraction
from itertools import pairwise

import mpmath
import pytest
from gaussian_reference import agree
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Add, Integer, Rational, diff, exp, lambdify, latex, oo, sech, tanh

from symbolic_init.activation import activation
from symbolic_init.analysis.pieces import pieces
from symbolic_init.assumptions import Assumptions
from symbolic_init.moments.ball import value_ball
from symbolic_init.moments.closed_form import closed_form
from symbolic_init.moments.compilation import compile_array
from symbolic_init.moments.evaluation import number
from symbolic_init.moments.mean import gaussian_mean, mean_of
from symbolic_init.notation import GaussianMean, q, x
from symbolic_init.special import SechMean

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
    ],
)
def test_forms_are_short(f, expected):
    moment = gaussian_mean(f)

    assert moment.kind == "exact"
    assert str(moment.expr) == expected
    assert moment.note == ("exact in S" if "SechMean" in expected else "")


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
        "log(1 + exp(x))",
        "log(cosh(x))",
        "sech(x)",
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
        "tanh(x)*exp(x)",
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


def test_half_of_an_even_function():
    moment = gaussian_mean("where(x > 0, tanh(x)**2, 3*tanh(x)**2)")

    assert moment.expr == 2 - 2 * SechMean(q)


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
