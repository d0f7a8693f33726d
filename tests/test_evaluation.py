"""Numbers out of expressions: cancellation, parameters, and the heads that stand for a number."""

import math
from fractions import Fraction

import mpmath
import pytest
from sympy import (
    Float,
    Integer,
    Piecewise,
    Rational,
    Symbol,
    diff,
    erf,
    erfc,
    exp,
    oo,
    pi,
    sqrt,
    tanh,
    zoo,
)

from symbolic_init.errors import (
    AssumptionError,
    DomainError,
    NotIntegrableError,
    PrecisionError,
    UnsupportedError,
)
from symbolic_init.evidence import Moment
from symbolic_init.moments.evaluation import as_rational, evalf_head, moment_value, number
from symbolic_init.notation import GaussianMean, Root, q, x

a = Symbol("a", real=True)
HARDTANH = q - q * erfc(1 / sqrt(2 * q)) - sqrt(2 * q / pi) * exp(-1 / (2 * q)) + 1 - erf(1 / sqrt(2 * q))
SOFTSIGN_LIKE = 1 - exp(-q) * (1 + q + q**2 / 2)


def _close(found, expected, digits):
    with mpmath.workdps(digits + 10):
        return abs(found - expected) <= mpmath.mpf(10) ** -digits * abs(expected)


@pytest.mark.parametrize("variance", ["1e-12", "1/7", "1", "1e6"])
@pytest.mark.parametrize("digits", [5, 15, 60])
def test_cancellation_loses_no_digits(variance, digits):
    exact = Fraction(variance)
    with mpmath.workdps(200):
        v = mpmath.mpf(exact.numerator) / exact.denominator
        c = 1 / mpmath.sqrt(2 * v)
        hardtanh = v * mpmath.erf(c) - mpmath.sqrt(2 * v / mpmath.pi) * mpmath.exp(-c * c) + mpmath.erfc(c)
        softsign_like = mpmath.gammainc(3, 0, v) / 2

    assert _close(number(HARDTANH, digits=digits, parameters={"q": variance}), hardtanh, digits)
    assert _close(number(SOFTSIGN_LIKE, digits=digits, parameters={q: variance}), softsign_like, digits)


def test_precision_is_not_left_changed():
    before = mpmath.mp.prec
    number(pi, digits=80)

    assert mpmath.mp.prec == before


def test_infinity_zero_and_what_is_no_number():
    assert number(oo) == mpmath.inf
    assert number(-oo) == -mpmath.inf
    assert number(sqrt(2) ** 2 - 2 + (pi - 3) * 0) == 0
    with pytest.raises(DomainError):
        number(zoo)
    with pytest.raises(DomainError, match="not real"):
        number(sqrt(q - 2), parameters={"q": 1})


def test_a_missing_parameter_is_named():
    with pytest.raises(AssumptionError, match="a"):
        number(a * pi)


@pytest.mark.parametrize(
    ("value", "exact"),
    [
        (3, Integer(3)),
        (0.1, Rational(1, 10)),
        (Fraction(1, 3), Rational(1, 3)),
        ("1/3", Rational(1, 3)),
        ("0.25", Rational(1, 4)),
        ("-2.5e-3", Rational(-1, 400)),
        (Rational(2, 7), Rational(2, 7)),
        (Float("0.5"), Rational(1, 2)),
        (mpmath.mpf("0.75"), Rational(3, 4)),
        (sqrt(2), sqrt(2)),
    ],
)
def test_numbers_are_read_exactly(value, exact):
    assert as_rational(value) == exact


@pytest.mark.parametrize(
    "value", ["x", "__import__('os')", "1/0", math.nan, math.inf, oo, None, 1j, mpmath.nan, mpmath.inf, a]
)
def test_what_is_not_a_finite_number_is_refused(value):
    with pytest.raises(UnsupportedError):
        as_rational(value)


def test_a_branch_of_a_closed_form_is_chosen_by_the_number():
    form = Piecewise((q, q < 1), (q**2, True))

    assert number(form, parameters={"q": "1/2"}) == 0.5
    assert number(form, parameters={"q": 3}) == 9


def test_a_mean_evaluates_to_any_digits():
    expected = "0.39429449039784117441645977244412"
    found = GaussianMean(tanh(x) ** 2, 1).evalf(30)

    assert found.is_Float
    assert _close(mpmath.mpmathify(str(found)), mpmath.mpf(expected), 15)
    assert str(found).startswith(expected[:30])
    assert evalf_head(GaussianMean(tanh(a * x) ** 2, q), 53) is None


def test_the_derivative_of_a_mean_is_its_slope():
    slope = diff(GaussianMean(tanh(x) ** 2, q), q)
    step = Rational(1, 10**8)
    with mpmath.workdps(40):
        ends = [number(GaussianMean(tanh(x) ** 2, 2 + s), digits=35) for s in (step, -step)]
        expected = (ends[0] - ends[1]) / (2 * mpmath.mpf(10) ** -8)

    assert _close(number(slope, digits=25, parameters={"q": 2}), expected, 14)


def test_a_root_of_a_polynomial():
    with mpmath.workdps(60):
        assert _close(number(Root(q**2 - 2, q, 1, 2), digits=50), mpmath.sqrt(2), 50)
    assert number(Root(q**2 - 4, q, 1, 2)) == 2
    assert str(Root(q - Rational(1, 3), q, 0, 1).evalf(20)) == "0.33333333333333333333"


def test_a_root_with_parameters():
    assert number(Root(q**3 - a, q, 0, 5), digits=15, parameters={"a": 8}) == pytest.approx(2, rel=1e-15)


def test_a_root_of_a_mean_and_a_mean_at_a_root():
    fixed_point = Root(
        Rational(13, 10) * GaussianMean(tanh(x) ** 2, q) + Rational(1, 20) - q, q, Rational(1, 10), 1
    )
    chi = Rational(13, 10) * GaussianMean((1 - tanh(x) ** 2) ** 2, fixed_point)

    assert float(number(fixed_point)) == pytest.approx(0.315316477485, rel=1e-11)  # Schoenholz et al.'s map
    assert float(number(chi)) == pytest.approx(0.880163509883, rel=1e-11)


def test_a_bracket_without_a_root_is_an_error():
    with pytest.raises(PrecisionError, match="change of sign"):
        number(Root(q**2 + 1, q, 0, 1))


BELL = exp(x**2 / 8)


def _moment(expr, limit=oo, integrand=BELL):
    kind = "estimated" if expr is None else "exact"
    return Moment(integrand=integrand, kind=kind, expr=expr, limit=limit)


def test_a_moment_has_the_same_value_by_form_and_by_estimate():
    form = 1 / sqrt(1 - q / 4)
    by_form = _moment(form, limit=Integer(4)).value(q="1/3", digits=30)
    by_estimate = _moment(None, limit=Integer(4)).value(q="1/3", digits=30)
    with mpmath.workdps(40):
        expected = mpmath.sqrt(mpmath.mpf(12) / 11)

    assert _close(by_form, expected, 30)
    assert _close(by_estimate, expected, 30)


def test_a_moment_beyond_its_limit_is_refused():
    for variance in (4, "4.5"):
        with pytest.raises(NotIntegrableError, match="below"):
            moment_value(_moment(None, limit=Integer(4)), variance=variance)
    with pytest.raises(NotIntegrableError, match="below"):
        moment_value(
            _moment(None, limit=4 / a**2, integrand=exp(a**2 * x**2 / 8)), variance=1, parameters={"a": 2}
        )


def test_a_variance_must_be_positive():
    with pytest.raises(AssumptionError, match="positive"):
        moment_value(_moment(Integer(1)), variance=0)


def test_a_moment_without_a_value_of_its_parameter_names_it():
    with pytest.raises(AssumptionError, match="a"):
        moment_value(_moment(None, integrand=tanh(a * x)))
