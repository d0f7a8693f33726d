"""Closed forms against published-style reference values and against quadrature on random functions."""

from fractions import Fraction
from itertools import pairwise

import mpmath
import pytest
from corpus import CORPUS
from gaussian_reference import agree, gaussian_quadrature
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import (
    Abs,
    Heaviside,
    Max,
    Min,
    Piecewise,
    Rational,
    S,
    Symbol,
    cos,
    cosh,
    diff,
    erf,
    exp,
    log,
    oo,
    sin,
    sinh,
    sqrt,
    tanh,
)

from symbolic_init import catalog
from symbolic_init.activation import activation
from symbolic_init.analysis.analysis import analyze
from symbolic_init.analysis.pieces import Pieces, pieces
from symbolic_init.assumptions import Assumptions, Interval
from symbolic_init.errors import (
    AssumptionError,
    DomainError,
    InternalError,
    NotIntegrableError,
    UnsupportedError,
)
from symbolic_init.moments.closed_form import closed_form
from symbolic_init.moments.confirmation import confirm
from symbolic_init.moments.mean import gaussian_mean, mean_of
from symbolic_init.notation import q, x

IN_S = {"tanh", "sigmoid", "lisht", "silu", "softplus"}  # forms by means of sech**2 and log(cosh)**j
EXACT = [a for a in CORPUS if a["name"] in IN_S or a["closed_form_in_s"]]
NUMERIC = [a for a in CORPUS if not a["closed_form_in_s"] and a["name"] not in IN_S]
DIGITS = 25
EXAMPLES = settings(max_examples=5, deadline=None, derandomize=True, database=None)

a = Symbol("a", real=True)
b = Symbol("b", real=True)
NOTHING = Assumptions()
KNOWN = Assumptions(
    intervals=(
        Interval(symbol=a, lower=S.Zero),
        Interval(symbol=b, lower=S.Zero, upper=S.One),
    )
)


def _value(expr, variance, parameters=None):
    value = expr.xreplace({q: variance, **(parameters or {})}).evalf(32)
    assert value.is_Float or value.is_Rational, value
    with mpmath.workdps(32):
        return mpmath.mpf(str(value))


def _subject(entry):
    subject = activation(entry["expression"])
    parameters = {Symbol(k, real=True): Rational(v) for k, v in entry.get("parameters", {}).items()}
    return subject.expression, subject.assumptions, parameters


def _form(f, known=NOTHING):
    return closed_form(pieces(f, known), known, integrand=f)


def _agrees(f, form, known=KNOWN, digits=14):
    variance = Rational(13, 11) if form.limit == oo else form.limit * Rational(5, 13)
    parameters = dict(known.sample(1))
    variance = variance.xreplace(parameters)
    reference = gaussian_quadrature(
        f, variance, breakpoints=pieces(f, known).breakpoints, parameters=parameters, digits=digits + 3
    )
    return agree(_value(form.expr, variance, parameters), reference, digits)


@pytest.mark.parametrize("entry", EXACT, ids=lambda e: e["name"])
def test_second_moments_of_the_corpus(entry):
    g, known, parameters = _subject(entry)
    form = _form(g**2, known)
    assert form is not None

    for s, expected in entry["second_moment"].items():
        variance = Rational(s.removeprefix("s=")) ** 2
        with mpmath.workdps(32):
            assert agree(_value(form.expr, variance, parameters), mpmath.mpf(expected), DIGITS)


@pytest.mark.parametrize("entry", EXACT, ids=lambda e: e["name"])
def test_derivative_moments_of_the_corpus(entry):
    g, known, parameters = _subject(entry)
    parts = pieces(g, known)
    slopes = tuple(diff(f, x) ** 2 for f in parts.branches)
    slope = Pieces(breakpoints=parts.breakpoints, branches=slopes)
    expected = entry["derivative_second_moment"]["s=1"]
    if expected == "inf":
        with pytest.raises(NotIntegrableError):
            closed_form(slope, known)
        return
    form = closed_form(slope, known)
    assert form is not None

    with mpmath.workdps(32):
        assert agree(_value(form.expr, S.One, parameters), mpmath.mpf(expected), DIGITS)


@pytest.mark.parametrize("entry", NUMERIC, ids=lambda e: e["name"])
def test_functions_without_a_rule_say_so(entry):
    g, known, _ = _subject(entry)

    assert _form(g**2, known) is None


SHIFTED = (
    "identity",
    "relu",
    "hardtanh",
    "hardswish",
    "elu",
    "gaussian",
    "sin",
    "erf",
    "gelu",
    "abs",
    "step",
)


@pytest.mark.parametrize("name", SHIFTED)
def test_scaling_and_shifting_keep_a_form_exact(name):
    (entry,) = [e for e in CORPUS if e["name"] == name]
    g, known, _ = _subject(entry)
    f = (Rational(-7, 5) * g.xreplace({x: Rational(3, 4) * x}) + Rational(2, 3)) ** 2
    form = _form(f, known)
    assert form is not None

    assert _agrees(f, form, known)


@pytest.mark.parametrize(
    ("f", "expected"),
    [
        (Max(0, x) ** 2, "q/2"),
        (erf(x) ** 2, "2*asin(2*q/(2*q + 1))/pi"),
        (((x + sqrt(x**2 + a)) / 2) ** 2, "a/4 + q/2"),
        (exp(-Abs(x)) ** 2, "exp(2*q)*erfc(sqrt(2)*sqrt(q))"),
        (
            (x * (1 + erf(x / sqrt(2))) / 2) ** 2,
            "q*(q/(pi*(q + 1)*sqrt(2*q + 1)) + asin(q/(q + 1))/(2*pi) + 1/4)",
        ),
        (Piecewise((a * x, x < 0), (x, True)) ** 2, "q*(a**2 + 1)/2"),
    ],
)
def test_forms_are_as_short_as_a_paper_writes_them(f, expected):
    assert str(_form(f, KNOWN).expr) == expected


@pytest.mark.parametrize("entry", catalog.ENTRIES, ids=lambda e: e.name)
def test_no_rule_is_made_for_one_activation(entry):
    subject = activation(entry.name)
    g, known = subject.expression, subject.assumptions
    f = Rational(9, 7) * g.xreplace({x: Rational(5, 8) * x}) + Rational(2, 9)

    forms = [_form(h, known) for h in (g**2, g)]

    assert (None in forms) == (_form(f**2, known) is None)


def test_a_wrong_form_is_refused():
    with pytest.raises(InternalError, match=r"some\.rule"):
        confirm(q / 3, oo, Max(0, x) ** 2, NOTHING, ("some.rule",))
    with pytest.raises(InternalError):
        confirm(q * a / 2, oo, a**2 * Max(0, x) ** 2, KNOWN, ())


def test_growth_limits_the_variance():
    assert _form(exp(2 * x**2)).limit == Rational(1, 4)
    assert _form(exp(a * x**2), KNOWN).limit == 1 / (2 * a)
    assert _form(exp(-(x**2))).limit == oo


@pytest.mark.parametrize(
    "f", [1 / x**2, 1 / (x - 1) ** 2, 1 / Abs(x), x / (1 - Abs(x)), tanh(x) / x**2, exp(x**4)]
)
def test_poles_diverge(f):
    with pytest.raises(NotIntegrableError):
        mean_of(f, Assumptions())


def test_a_pole_that_depends_on_a_parameter_asks_for_an_assumption():
    c = Symbol("c", real=True)
    with pytest.raises(AssumptionError, match="assume"):
        mean_of(1 / (1 + c * x**2), Assumptions(intervals=(Interval(symbol=c),)))


@pytest.mark.parametrize(("f", "assume"), [("2", ""), ("0", ""), ("-3*pi/7", ""), ("a**2", "a > 0")])
def test_a_constant_is_its_own_mean(f, assume):
    moment = gaussian_mean(f, assume=assume)

    assert moment.kind == "exact"
    assert str(moment.expr) == f


@pytest.mark.parametrize(
    "f", ["exp(a*x**2)", "tanh(x)*exp(a*x**2)", "Abs(x)**a", "tanh(x)*Abs(x)**a", "exp(a*x**3)"]
)
def test_a_mean_that_is_finite_for_some_parameters_asks_for_an_assumption(f):
    with pytest.raises(AssumptionError, match="assume"):
        gaussian_mean(f)


@pytest.mark.parametrize("f", ["gamma(x)", "tan(x)", "1/cos(x)", "x/sin(x)", "digamma(x)", "factorial(2*x)"])
def test_rows_of_poles_are_refused_at_once(f):
    with pytest.raises((DomainError, NotIntegrableError), match=r"unbounded|poles"):
        gaussian_mean(f)


@pytest.mark.parametrize("f", ["loggamma(x)", "erfinv(x)", "LambertW(x)", "Ci(x)", "asech(x)", "acoth(x)"])
def test_functions_that_are_not_real_everywhere_are_refused(f):
    with pytest.raises(DomainError, match="not real"):
        analyze(activation(f))


def test_a_mean_may_be_finite_for_all_parameters():
    assert gaussian_mean("(1 + x**4)**a").limit == oo


def test_the_method_is_obeyed():
    mish = x * tanh(log(1 + exp(x)))
    assert gaussian_mean(mish**2).expr is None
    assert gaussian_mean("Max(0, x)**2", method="quadrature").expr is None
    with pytest.raises(UnsupportedError):
        gaussian_mean(mish**2, method="rules")


@pytest.mark.parametrize("f", [Max(0, x) ** 2, (x * erf(x)) ** 2, x**4, Max(-1, Min(x, 1)) ** 2, sin(x) ** 2])
def test_steps_follow_each_other(f):
    form = _form(f)
    steps = form.steps

    assert steps[-1].rhs == form.expr
    assert all(first.rhs == second.lhs for first, second in pairwise(steps))


rationals = st.fractions(min_value=-2, max_value=2, max_denominator=7).map(
    lambda f: Rational(f.numerator, f.denominator)
)
positives = st.fractions(min_value=Fraction(1, 5), max_value=2, max_denominator=7).map(
    lambda f: Rational(f.numerator, f.denominator)
)
polynomials = st.lists(rationals, min_size=1, max_size=4).map(
    lambda cs: sum((c * x**k for k, c in enumerate(cs)), S.Zero)
)


def _expect_exact(f):
    form = _form(f)
    assert form is not None, f

    assert _agrees(f, form), f


@EXAMPLES
@given(
    st.lists(rationals, min_size=1, max_size=3, unique=True),
    st.lists(polynomials, min_size=4, max_size=4),
)
def test_piecewise_polynomials(points, branches):
    points = sorted(points)
    f = Piecewise(*((p, x < c) for p, c in zip(branches, points, strict=False)), (branches[-1], True))

    _expect_exact(f**2)


@EXAMPLES
@given(rationals, polynomials, rationals, polynomials)
def test_exponentials_on_pieces(point, left, rate, right):
    _expect_exact(Piecewise((left * exp(rate * x) + 1, x < point), (right, True)) ** 2)


@EXAMPLES
@given(positives, rationals, polynomials, rationals)
def test_bells(width, tilt, factor, point):
    _expect_exact((factor * exp(-width * x**2 + tilt * x) + Heaviside(x - point)) ** 2)


@EXAMPLES
@given(polynomials, positives, rationals, polynomials)
def test_waves(first, rate, phase, second):
    _expect_exact((first * sin(rate * x + phase) + second * cos(x)) * sinh(x / 3) + cosh(x) * cos(rate * x))


@EXAMPLES
@given(polynomials, positives, rationals, positives, rationals)
def test_products_of_two_error_functions(factor, first, shift, second, other):
    _expect_exact(factor * erf(first * x + shift) * (erf(second * x + other) + x) * exp(-(x**2) / 3))


@EXAMPLES
@given(polynomials, positives, polynomials, positives)
def test_error_functions_on_a_half_line(factor, scale, other, point):
    _expect_exact(Piecewise((other, x < point), (factor * erf(scale * x + point / 2), True)))


@EXAMPLES
@given(polynomials, positives, positives, st.integers(1, 3))
def test_rational_functions(numerator, center, other, order):
    _expect_exact(numerator**2 / ((x**2 + center) ** order * (x**2 + other + 3)))


@EXAMPLES
@given(rationals, positives, st.integers(1, 3), rationals)
def test_rational_functions_of_the_absolute_value(first, place, order, second):
    _expect_exact((first + x * second) / (place + Abs(x)) ** order + x**2 / (place + Abs(x)))


@EXAMPLES
@given(positives, positives, polynomials, st.integers(-2, 2))
def test_square_roots(scale, center, factor, order):
    _expect_exact((factor + (scale * x**2 + center) ** (order + Rational(1, 2))) ** 2)


@EXAMPLES
@given(positives, polynomials, rationals)
def test_powers_and_logarithms(power, factor, constant):
    _expect_exact((Abs(x) ** power + constant) ** 2 + factor * log(Abs(x) * (1 + power)))


@EXAMPLES
@given(polynomials, polynomials)
def test_symbolic_parameters(left, right):
    f = Piecewise((left * exp(b * x) - a, x < -b), (a * right, x < a), (b * x, True)) ** 2
    form = _form(f, KNOWN)
    assert form is not None

    assert _agrees(f, form)
