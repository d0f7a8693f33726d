"""Numerical means: against published-style values, formulas by hand, and mpmath's quadrature."""

import math
from collections.abc import Callable
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from corpus import means
from flint import acb, arb
from sympy import (
    Abs,
    Expr,
    Heaviside,
    LambertW,
    Max,
    Min,
    Piecewise,
    Rational,
    S,
    Symbol,
    acos,
    asin,
    besselk,
    elliptic_k,
    erf,
    exp,
    floor,
    gamma,
    log,
    pi,
    sign,
    sin,
    sqrt,
    tan,
    tanh,
)
from sympy import Function as UndefinedFunction

from symbolic_init.analysis.pieces import pieces
from symbolic_init.errors import DomainError, NotIntegrableError, PrecisionError, UnsupportedError
from symbolic_init.moments.ball import mean_ball, value_ball
from symbolic_init.moments.compilation import compile_array, compile_ball, compile_mp
from symbolic_init.moments.evaluation import to_mpf
from symbolic_init.moments.floats import are_pieces, float_means
from symbolic_init.moments.grid import means_function
from symbolic_init.moments.heads import CODES
from symbolic_init.moments.quadrature import estimate
from symbolic_init.notation import x

DIGITS = 25
FLOAT_ERROR = 1e-12
MULTIPLE = mpmath.mpf(10)
t = Symbol("t", real=True)


def mean_function(f: Expr, *, parameters: dict[Symbol, Expr] | None = None) -> Callable[[float], float]:
    """One mean in double precision as a function of the variance."""
    means = means_function((f,), parameters=parameters)
    return lambda variance: means(variance)[0]


def _close(found, expected, digits):
    with mpmath.workdps(digits + 5):
        return abs(found - mpmath.mpf(expected)) <= MULTIPLE**-digits * abs(mpmath.mpf(expected))


def _mp(value):
    exact = Fraction(str(value))
    return mpmath.mpf(exact.numerator) / exact.denominator


@pytest.mark.parametrize("mean", [m for m in means() if m.expected != "inf"], ids=str)
def test_means_of_the_corpus_by_balls_estimates_and_nodes(mean):
    f, variance = mean.integrand, mean.variance
    with mpmath.workdps(30):
        reference = mpmath.mpf(mean.expected)
    ball = mean_ball(f, variance)
    by_nodes = mean_function(f)(float(variance))

    assert _close(estimate(f, variance, digits=DIGITS), reference, DIGITS - 1)
    assert _close(to_mpf(ball, 90), reference, 18)
    assert math.isclose(by_nodes, float(reference), rel_tol=FLOAT_ERROR, abs_tol=1e-15)


def _normal_tail(u):
    return mpmath.erfc(u / mpmath.sqrt(2)) / 2


def _kink(q):
    c = mpmath.mpf(1) / 10
    density = mpmath.exp(-c * c / (2 * q)) / mpmath.sqrt(2 * mpmath.pi)
    return (c * c + q) * _normal_tail(c / mpmath.sqrt(q)) - c * mpmath.sqrt(q) * density


def _power(p):
    p = _mp(p)
    return lambda q: (2 * q) ** (p / 2) * mpmath.gamma((p + 1) / 2) / mpmath.sqrt(mpmath.pi)


def _split(function, points):
    def mean(q):
        def integrand(u):
            return function(u) * mpmath.exp(-u * u / (2 * q))

        reach = 14 * mpmath.sqrt(q)
        ends = sorted({-reach, reach, *(mpmath.mpf(p) for p in points if abs(p) < reach)})
        return mpmath.quad(integrand, ends) / mpmath.sqrt(2 * mpmath.pi * q)

    return mean


def _floor_squared(q):
    s = mpmath.sqrt(q)
    places = range(-math.ceil(13 * s) - 1, math.ceil(13 * s) + 2)
    return mpmath.fsum(k * k * (_normal_tail(k / s) - _normal_tail((k + 1) / s)) for k in places)


_DENSE = [*range(-40, 41, 2), -1000, -300, -100, 100, 300, 1000]
_SPIKE = exp(-(((x - Rational(5, 2)) * 100) ** 2))
HARD = [
    (
        _SPIKE,
        lambda q: mpmath.exp(-62500 / (1 + 20000 * q)) / mpmath.sqrt(1 + 20000 * q),
        ("1e-2", "1", "1e4"),
    ),
    (Max(0, x - Rational(1, 10)) ** 2, _kink, ("1e-3", "1", "1e4", "1e8")),
    (
        tanh(1000 * x) ** 2,
        lambda q: _split(lambda u: mpmath.tanh(u) ** 2, range(-20, 21))(10**6 * q),
        ("1e-12", "1e-6"),
    ),
    (sin(50 * x) ** 2, lambda q: -mpmath.expm1(-5000 * q) / 2, ("1e-8", "1e-3", "1")),
    (Abs(x) ** Rational(1, 3), _power("1/3"), ("1e-8", "1", "1e4")),
    (Abs(x) ** Rational(-1, 4), _power("-1/4"), ("1", "1e4")),
    (
        log(Abs(x)),
        lambda q: (mpmath.log(q) - mpmath.euler - mpmath.log(2)) / 2,
        ("1e-8", "1", "1e8"),
    ),
    (
        (x * tanh(exp(x))) ** 2,
        _split(lambda u: (u * mpmath.tanh(mpmath.exp(u))) ** 2, [*_DENSE, -1, 1, 3, 5]),
        ("1e4",),
    ),
    (log(1 + exp(x)) ** 2, _split(lambda u: mpmath.log(1 + mpmath.exp(u)) ** 2, _DENSE), ("1e-8", "1e4")),
    (exp(2 * x), lambda q: mpmath.exp(2 * q), ("1e-12", "1", "10")),
    (exp(x**2 / 4), lambda q: 1 / mpmath.sqrt(1 - q / 2), ("1", "1.9", "1.99")),
    (
        Abs(sin(3 * x)),
        lambda q: (
            (2 - 4 * mpmath.nsum(lambda n: mpmath.exp(-18 * n * n * q) / (4 * n * n - 1), [1, 60]))
            / mpmath.pi
        ),
        ("1e-1", "4"),
    ),
    (
        asin(sin(x)) ** 2,
        lambda q: (
            mpmath.pi**2 / 12
            + mpmath.fsum((-1) ** n * mpmath.exp(-2 * n * n * q) / n**2 for n in range(1, 40))
        ),
        ("1",),
    ),
    (floor(x) ** 2, _floor_squared, ("1e-2", "3")),
    (
        log(Abs(x - sqrt(2))) ** 2,
        _split(lambda u: mpmath.log(abs(u - mpmath.sqrt(2))) ** 2, [0, mpmath.mpf(2) ** 0.5]),
        ("1e-2",),
    ),
    ((x - sin(x)) ** 2, _split(lambda u: (u - mpmath.sin(u)) ** 2, [0]), ("1e-8",)),
    ((sin(x) / x) ** 2, _split(lambda u: mpmath.sinc(u) ** 2, range(-20, 21)), ("1e-8", "1")),
    (
        Piecewise((1, (x > -1) & (x < 2)), (0, True)),
        lambda q: 1 - _normal_tail(1 / mpmath.sqrt(q)) - _normal_tail(2 / mpmath.sqrt(q)),
        ("1", "1e4"),
    ),
    (1 / gamma(x) ** 2, _split(lambda u: mpmath.rgamma(u) ** 2, range(-13, 14)), ("1",)),
    (
        LambertW(exp(x)) ** 2,
        _split(lambda u: mpmath.lambertw(mpmath.exp(u)).real ** 2, range(-12, 13, 3)),
        ("1",),
    ),
    (tanh(x) ** 3, lambda q: 0 * q, ("1",)),
]


@pytest.mark.parametrize(
    ("f", "reference", "variance"),
    [pytest.param(f, r, v, id=f"{f} at {v}") for f, r, vs in HARD for v in vs],
)
def test_means_of_difficult_functions(f, reference, variance):
    with mpmath.workdps(45 if variance == "1e-8" else 30):
        expected = +reference(_mp(variance))
    found = estimate(f, variance)

    assert abs(found - expected) <= 1e-15 * abs(expected)
    if not f.has(gamma):  # beyond the range of floats within the range of the nodes
        by_nodes = mean_function(f)(float(variance))
        assert math.isclose(by_nodes, expected, rel_tol=FLOAT_ERROR, abs_tol=1e-15)


def test_fifty_digits():
    found = estimate(tanh(x) ** 2 * Heaviside(x), Rational(3, 2), digits=50)
    with mpmath.workdps(60):
        expected = _split(lambda u: mpmath.tanh(u) ** 2, range(-20, 21))(mpmath.mpf(3) / 2) / 2

    assert _close(found, expected, 30)


def test_a_function_that_balls_lack_is_integrated_by_mpmath():
    found = estimate(elliptic_k(-(x**2)), 1)
    with mpmath.workdps(25):
        expected = _split(lambda u: mpmath.ellipk(-u * u), [-3, 0, 3])(mpmath.mpf(1))

    assert _close(found, expected, 15)


@pytest.mark.parametrize("f", [1 / x, 1 / x**2, 1 / (x - 1), exp(exp(x)), 1 / (x**2 - 2)], ids=str)
def test_divergence_is_told(f):
    with pytest.raises(NotIntegrableError):
        mean_ball(f, 1)


@pytest.mark.parametrize("variance", ["2", "2.1", "7"])
def test_divergence_beyond_a_limit_is_told(variance):
    with pytest.raises(NotIntegrableError):
        estimate(exp(x**2 / 4), variance)
    assert mean_function(exp(x**2 / 4))(float(variance)) == math.inf


@pytest.mark.parametrize(
    "f", [sqrt(x), log(x), acos(x), Piecewise((x, x < 0)), (-x) ** Rational(1, 3)], ids=str
)
def test_functions_that_are_not_real_everywhere_are_refused(f):
    with pytest.raises(DomainError):
        estimate(f, 1)


def test_what_cannot_be_computed_is_an_error_and_not_a_number():
    with pytest.raises(PrecisionError):
        estimate(tan(x) ** 2, 1)
    with pytest.raises(UnsupportedError, match="foo"):
        estimate(UndefinedFunction("foo")(x), 1)


def test_overflow_is_infinite():
    assert mean_function(exp(2 * x))(1e5) == math.inf
    assert mean_function(exp(x**2))(3.0) == math.inf


def test_several_means_share_their_nodes():
    means = means_function((tanh(x) ** 2, x**2 * tanh(x) ** 2, (1 - tanh(x) ** 2) ** 2))

    for variance in (1e-8, 0.3, 1.0, 17.0, 1e6):
        single = [estimate(f, variance) for f in (tanh(x) ** 2, x**2 * tanh(x) ** 2, (1 - tanh(x) ** 2) ** 2)]
        assert means(variance) == pytest.approx([float(v) for v in single], rel=FLOAT_ERROR)


def test_parameters_are_put_in():
    a = Symbol("a", real=True)
    f = Piecewise((a * x, x < 0), (x, True)) ** 2

    assert _close(to_mpf(mean_ball(f, 2, parameters={a: Rational(1, 4)}), 90), mpmath.mpf(17) / 16, 18)
    assert mean_function(f, parameters={a: Rational(1, 4)})(2.0) == pytest.approx(17 / 16, rel=1e-14)
    assert _close(estimate(f, "2", parameters={a: Rational(1, 4)}), mpmath.mpf(17) / 16, 15)


def _arguments(head):
    """Arguments to try a head with: a function of one, or its second argument."""
    first = {"besselk": Rational(1, 3), "besseli": 2, "besselj": 1, "expint": 3, "polygamma": 1}
    first["uppergamma"] = Rational(1, 3)
    if head.__name__ in first:
        return lambda u: head(first[head.__name__], u, evaluate=False)
    parameters = {
        "FaddeevaReal": (Rational(3, 4),),
        "FaddeevaImaginary": (Rational(3, 4),),
        "GoodwinStatonReal": (Rational(-2, 3),),
        "GoodwinStatonImaginary": (Rational(-2, 3),),
        "BesselKOrderDerivative": (2, Rational(1, 2)),
        "BivariateNormal": (Rational(1, 3), Rational(-3, 4)),
        "KummerM": (Rational(-1, 3), Rational(1, 2)),
        "KummerU": (Rational(1, 2), Rational(7, 3)),
        "ParabolicCylinderD": (Rational(-5, 3),),
    }
    if head.__name__ == "BivariateNormal":
        return lambda u: head(u, *parameters[head.__name__])
    if head.__name__ in parameters:
        return lambda u: head(*parameters[head.__name__], u)
    if head.__name__ in ("Max", "Min"):
        return lambda u: head(u, u**2 - 1, evaluate=False)
    if head.__name__ in ("OwensT", "ErfReal", "ErfImaginary"):
        return lambda u: head(u, Rational(3, 4))
    if head.__name__ == "LogCoshMean":
        return lambda u: head(u, 2)
    return lambda u: head(u, evaluate=False)


@pytest.mark.parametrize("head", sorted(CODES, key=lambda h: h.__name__), ids=lambda h: h.__name__)
def test_the_three_kinds_of_arithmetic_agree(head):
    expr = _arguments(head)(x)
    tried = 0
    for point in (Rational(-7, 3), Rational(-2, 5), Rational(3, 10), Rational(17, 10)):
        value = value_ball_or_none(expr, point)
        if value is None:
            continue
        tried += 1
        with mpmath.workdps(20):
            by_mp = compile_mp(expr)(_mp(point))
        (by_array,) = compile_array((expr,))(np.array([float(point)]))

        assert _close(to_mpf(value, 90), by_mp.real, 16)
        assert float(by_array[0]) == pytest.approx(float(value.mid()), rel=1e-12)
    assert tried >= 1


def value_ball_or_none(expr, point):
    """The value, where the function is real and finite."""
    try:
        return value_ball(expr, substitution={x: point})
    except (DomainError, PrecisionError):
        return None


_CUTS = [
    (log(x), acb(arb(0), arb(0, 0.1))),
    (sqrt(x), acb(arb(-1), arb(0, 0.1))),
    (x ** Rational(2, 3), acb(arb(-1), arb(0, 0.1))),
    (1 / sqrt(x), acb(arb(-1), arb(0, 0.1))),
    (asin(x), acb(arb(1, 0.1), arb(0, 0.1))),
    (acos(x), acb(arb(-2), arb(0, 0.1))),
    (LambertW(x), acb(arb(-1), arb(0, 0.1))),
    (besselk(0, x), acb(arb(-1), arb(0, 0.1))),
]


@pytest.mark.parametrize(("expr", "ball"), _CUTS, ids=lambda e: str(e)[:14])
def test_a_ball_across_a_cut_is_refused_where_analyticity_is_asked_for(expr, ball):
    assert not compile_ball(expr)(ball, True).is_finite()


@pytest.mark.parametrize("name", ["asinh", "atan", "acosh", "atanh", "loggamma", "Ei"])
def test_an_integral_beside_a_cut_is_right(name):
    head = next(h for h in CODES if h.__name__ == name)
    run = compile_ball(head(x))
    low, high = (arb(5) / 4, arb(3)) if name == "acosh" else (arb(1) / 10, arb(9) / 10)
    inside = acb.integral(run, acb(low), acb(high)).real
    code = {"Ei": "ei"}.get(name, name)
    with mpmath.workdps(25):
        ends = [mpmath.mpf(str(e.mid().str(25, radius=False))) for e in (low, high)]
        expected = mpmath.quad(lambda u: getattr(mpmath, code)(u), ends)

    assert abs(inside - arb(str(expected))) < 1e-12


def test_a_branch_is_found_beside_a_far_breakpoint():
    f = Piecewise((0, x < 40), (1, True))
    with mpmath.workdps(30):
        expected = _normal_tail(mpmath.mpf(40))

    assert _close(estimate(f, 1), expected, 15)


def test_a_signed_switch_without_a_formula_is_found():
    f = x * sign(erf(x) + x**3 - Rational(1, 7))
    with mpmath.workdps(25):
        root = mpmath.findroot(lambda u: mpmath.erf(u) + u**3 - mpmath.mpf(1) / 7, 0.13)
        expected = 2 * mpmath.exp(-root * root / 2) / mpmath.sqrt(2 * mpmath.pi)

    assert _close(estimate(f, 1), expected, 15)


def test_constants():
    with mpmath.workdps(30):
        assert _close(to_mpf(value_ball(pi**2, bits=100), 100), mpmath.pi**2, 28)
    assert value_ball(Rational(10) ** -400 * Max(sqrt(2), Rational(7, 5)), bits=40) > 0


@pytest.mark.parametrize(
    ("f", "points"),
    [
        (x**4 - 3 * x + 1, ()),
        (exp(2 * x), ()),
        (exp(x**2 / 9), ()),
        (1 / (1 + x**2), ()),
        (sin(x) ** 2 / x**2, ()),
        (Max(0, x) ** 3, (0.0,)),
        (Piecewise((exp(x) - 1, x < 0), (x, True)) ** 2, (0.0,)),
        (Max(-1, Min(2, x)) ** 2, (-1.0, 2.0)),
        (1 / sqrt(Abs(x)), (0.0,)),
        (log(Abs(x)) ** 2, (0.0,)),
        (Heaviside(x - 5), (5.0,)),
        (erf(x) * sign(x - 1) + floor(x) * 0, (1.0,)),
    ],
)
@pytest.mark.parametrize("variance", [Rational(7, 11), Rational(23, 9)])
def test_a_sum_of_floats_is_the_mean(f: Expr, points: tuple[float, ...], variance: Rational) -> None:
    *_, last = float_means(float(variance), points, pieces(f).branches)
    assert last == pytest.approx(float(mean_ball(f, variance).mid()), rel=1e-10)


@pytest.mark.parametrize("branches", [(x**-2, x**-2), (-1 / x, 1 / x)])
def test_sums_of_floats_do_not_settle_where_there_is_no_mean(branches: tuple[Expr, ...]) -> None:
    *_, before, last = float_means(1.0, (0.0,), branches)
    assert abs(last - before) > 1e-7 * abs(last)


@pytest.mark.parametrize(
    ("f", "branches"),
    [
        (Heaviside(x - Rational(1, 7)), (S.Zero, S.One)),
        (Max(-1, x) ** 2, (S.One, x**2)),
        (sign(x + 30) * x**2, (x**2, x**2)),
        (Piecewise((x, x < Rational(1, 2)), (x**2, True)), (x, x**3)),
    ],
)
def test_wrong_pieces_are_noticed(f: Expr, branches: tuple[Expr, ...]) -> None:
    assert not are_pieces(f, 1.0, (0.5,), branches)


@pytest.mark.parametrize("f", [log(x), x ** Rational(1, 3), exp(exp(x) ** 2)])
def test_there_is_no_sum_of_floats_where_a_value_is_missing(f: Expr) -> None:
    assert list(float_means(1.0, (), (f,))) == []
