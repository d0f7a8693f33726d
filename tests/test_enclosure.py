"""Proven enclosures of Gaussian means: against formulas, published values, and mpmath's quadrature."""

import math
from itertools import pairwise

import mpmath
import pytest
import sympy as sp
from corpus import means
from flint import acb, arb, ctx, fmpq
from gaussian_reference import gaussian_quadrature
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from strategies import expressions
from sympy import (
    Abs,
    Expr,
    Function,
    Heaviside,
    Integer,
    LambertW,
    Max,
    Min,
    Piecewise,
    Rational,
    S,
    Symbol,
    acos,
    asin,
    atan,
    cos,
    cosh,
    coth,
    erf,
    exp,
    floor,
    gamma,
    log,
    sign,
    sin,
    sqrt,
    tan,
    tanh,
)

from symbolic_init.activation import activation
from symbolic_init.analysis.pieces import pieces
from symbolic_init.errors import (
    AssumptionError,
    DomainError,
    NotIntegrableError,
    PrecisionError,
    SymbolicInitError,
    UnsupportedError,
)
from symbolic_init.moments import beside, bounding, enclosure
from symbolic_init.moments.ball import mean_ball
from symbolic_init.moments.bound_rules import RULES
from symbolic_init.moments.bounding import bound
from symbolic_init.moments.bounds import Bound, Place
from symbolic_init.moments.branches import branch, unfolded
from symbolic_init.moments.compilation import compile_ball
from symbolic_init.moments.cuts import fixed_cuts
from symbolic_init.moments.enclosure import enclosed_mean
from symbolic_init.moments.growth import (
    Growth,
    difference,
    exponential_above,
    integral_beyond,
    supremum,
    total,
)
from symbolic_init.moments.partition import pieces_between
from symbolic_init.moments.trapezoid import Integrand, Strip, strip, trapezoidal_integral
from symbolic_init.notation import GaussianMean, Root, q, x
from symbolic_init.special import OwensT

BITS_OF_50_DIGITS = 170
MISH = x * tanh(log(1 + exp(x)))


def interval(value: mpmath.mpf | str, digits: int) -> arb:
    """All numbers that round to a reference with so many correct digits."""
    text = value if isinstance(value, str) else mpmath.nstr(value, digits + 10)
    middle = arb(text)
    return middle + arb(0, (abs(middle) * arb(10) ** -digits).upper())


def encloses(ball: arb, reference: mpmath.mpf | str, *, digits: int, bits: int) -> bool:
    """Whether a ball is as narrow as asked for and meets the numbers that a reference stands for."""
    with ctx.workprec(4 * bits + 200):
        is_narrow = ball == 0 or ball.rel_accuracy_bits() >= bits
        return bool(is_narrow and ball.overlaps(interval(reference, digits)))


# Means


@pytest.mark.parametrize("mean", tuple(means()), ids=str)
def test_means_of_the_corpus_are_enclosed_to_50_digits(mean):
    if mean.expected == "inf":
        with pytest.raises(NotIntegrableError):
            enclosed_mean(mean.integrand, mean.variance, bits=BITS_OF_50_DIGITS)
        return
    ball = enclosed_mean(mean.integrand, mean.variance, bits=BITS_OF_50_DIGITS)

    assert encloses(ball, mean.expected, digits=28, bits=BITS_OF_50_DIGITS)


def _number(value: Expr) -> mpmath.mpf:
    exact = Rational(value)
    return mpmath.mpf(int(exact.p)) / int(exact.q)


def _upper(u):
    return mpmath.erfc(u / mpmath.sqrt(2)) / 2


def _kink(v):
    c, s = mpmath.mpf(1) / 10, mpmath.sqrt(v)
    return (c * c + v) * _upper(c / s) - c * s * mpmath.exp(-c * c / (2 * v)) / mpmath.sqrt(2 * mpmath.pi)


def _power(p):
    return lambda v: (2 * v) ** (_number(p) / 2) * mpmath.gamma((_number(p) + 1) / 2) / mpmath.sqrt(mpmath.pi)


def _stairs(v):
    s = mpmath.sqrt(v)
    places = range(-math.ceil(20 * s) - 1, math.ceil(20 * s) + 2)
    return mpmath.fsum(k * k * (_upper(k / s) - _upper((k + 1) / s)) for k in places)


def _split(function, points):
    def mean(v):
        s = mpmath.sqrt(v)
        ends = [-17 * s, *(mpmath.mpf(p) for p in points if abs(p) < 17 * s), 17 * s]
        total_of = mpmath.quad(lambda u: function(u) * mpmath.exp(-u * u / (2 * v)), sorted(ends))
        return total_of / mpmath.sqrt(2 * mpmath.pi * v)

    return mean


def _triangle(v):
    terms = ((-1) ** n * mpmath.exp(-2 * n * n * v) / n**2 for n in range(1, 60))
    return mpmath.pi**2 / 12 + mpmath.fsum(terms)


def _waves(v):
    terms = (mpmath.exp(-18 * n * n * v) / (4 * n * n - 1) for n in range(1, 80))
    return (2 - 4 * mpmath.fsum(terms)) / mpmath.pi


TINY, SMALL, LARGE, HUGE = Rational(1, 10**12), Rational(1, 10**8), Integer(10**4), Integer(10**8)
_EVERY_VARIANCE = (TINY, Rational(1, 10**4), S.One, LARGE, HUGE)
_DENSE = [*range(-40, 41, 2), -1000, -300, -100, 100, 300, 1000]
HARD = [
    (
        exp(-(((x - Rational(5, 2)) * 1000) ** 2)),
        lambda v: mpmath.exp(-6250000 / (1 + 2000000 * v)) / mpmath.sqrt(1 + 2000000 * v),
        (Rational(1, 100), S.One, LARGE, HUGE),
    ),
    (Max(0, x - Rational(1, 10)) ** 2, _kink, _EVERY_VARIANCE[1:]),
    (Heaviside(x - Rational(3, 10)), lambda v: _upper(3 / (10 * mpmath.sqrt(v))), _EVERY_VARIANCE),
    (sin(50 * x) ** 2, lambda v: -mpmath.expm1(-5000 * v) / 2, _EVERY_VARIANCE[:3]),
    (cos(50 * x), lambda v: mpmath.exp(-1250 * v), (TINY, Rational(1, 10**4), Rational(1, 100))),
    (
        tanh(1000 * x) ** 2,
        _split(lambda u: mpmath.tanh(1000 * u) ** 2, [-1e-2, -1e-3, 0, 1e-3, 1e-2]),
        (SMALL,),
    ),
    (
        (x * tanh(exp(x))) ** 2,
        _split(lambda u: (u * mpmath.tanh(mpmath.exp(u))) ** 2, [*_DENSE, -1, 1, 3, 5]),
        (LARGE,),
    ),
    (Abs(x) ** Rational(1, 3), _power(Rational(1, 3)), _EVERY_VARIANCE),
    (Abs(x) ** Rational(-1, 4), _power(Rational(-1, 4)), (SMALL, S.One, LARGE)),
    (sqrt(Abs(x)), _power(S.Half), (S.One,)),
    (log(Abs(x)), lambda v: (mpmath.log(v) - mpmath.euler - mpmath.log(2)) / 2, _EVERY_VARIANCE),
    (exp(2 * x), lambda v: mpmath.exp(2 * v), (TINY, S.One, Integer(10))),
    (exp(x**2 / 4), lambda v: 1 / mpmath.sqrt(1 - v / 2), (S.One, Rational(19, 10), Rational(199, 100))),
    (Abs(sin(3 * x)), _waves, (Rational(1, 10), Integer(4))),
    (asin(sin(x)) ** 2, _triangle, (S.One,)),
    (floor(x) ** 2, _stairs, (Rational(1, 100), Integer(3))),
    (x**4 - 3 * x, lambda v: 3 * v**2, (TINY, HUGE)),
    (exp(-x), lambda v: mpmath.exp(v / 2), (Integer(400),)),
]


@pytest.mark.parametrize(
    ("f", "reference", "variance"),
    [pytest.param(f, r, v, id=f"{f} at {v}") for f, r, variances in HARD for v in variances],
)
def test_means_of_difficult_functions_are_enclosed_to_50_digits(f, reference, variance):
    with mpmath.workdps(80):
        expected = +reference(_number(variance))
    ball = enclosed_mean(f, variance, bits=BITS_OF_50_DIGITS)

    digits = 35 if reference.__qualname__.startswith("_split") else 55
    assert encloses(ball, expected, digits=digits, bits=BITS_OF_50_DIGITS)


SINGULAR = [
    (log(Abs(x - sqrt(2))) ** 2, [sqrt(2)], Rational(1, 100)),
    ((sin(x) / x) ** 2, [], S.One),
    ((sin(x) / x) ** 2, [], SMALL),
    (x / tanh(x), [], S.One),
    (Piecewise((sin(x) / x, x > 0), (1, True)), [], S.One),
    (exp(-1 / x**2), [], S.One),
    (sqrt(Abs(x**2 - 2)), [-sqrt(2), sqrt(2)], S.One),
    (log(1 + exp(x)) ** 2, [], S.One),
    (LambertW(exp(x)) ** 2, [], S.One),
    (1 / (1 + (x - 30) ** 2), [Integer(30)], S.One),
]


@pytest.mark.parametrize(("f", "points", "variance"), SINGULAR, ids=lambda v: str(v)[:40])
def test_singular_and_removable_points_do_no_harm(f, points, variance):
    expected = gaussian_quadrature(f, variance, breakpoints=[Integer(-1), Integer(1), *points], digits=20)
    ball = enclosed_mean(f, variance, bits=100)

    assert encloses(ball, expected, digits=14, bits=100)


def test_what_is_odd_has_the_mean_zero_if_it_is_integrable():
    assert enclosed_mean(x**3 * exp(-Abs(x)), 1) == 0
    assert enclosed_mean(coth(x) - 1 / x, 1) == 0
    with pytest.raises(NotIntegrableError):
        enclosed_mean(1 / x, 1)


def test_cancellation_costs_no_digits():
    f = x**2 - 1 + Rational(1, 10**30)
    ball = enclosed_mean(f, 1, bits=80)

    assert encloses(ball, mpmath.mpf(10) ** -30, digits=15, bits=80)
    assert enclosed_mean(x**2 - 1, 1, bits=60).rad() < arb(2) ** -60


def test_roots_within_a_function_are_enclosed():
    ball = enclosed_mean(Root(q**2 - 2, q, 1, 2) * Max(0, x) ** 2, 1, bits=120)

    with mpmath.workdps(50):
        assert encloses(ball, 1 / mpmath.sqrt(2), digits=40, bits=120)


def test_a_mean_of_means_is_enclosed():
    f = (Max(0, x) - GaussianMean(Max(0, x), S.One)) ** 2
    ball = enclosed_mean(f, 1, bits=120)

    with mpmath.workdps(50):
        assert encloses(ball, mpmath.mpf(1) / 2 - 1 / (2 * mpmath.pi), digits=40, bits=120)


def test_parameters_are_put_in():
    a = Symbol("a", real=True)
    f = Piecewise((a * x, x < 0), (x, True)) ** 2

    assert encloses(enclosed_mean(f, 2, parameters={a: Rational(1, 4)}), "1.0625", digits=60, bits=64)


def test_a_ball_of_variances_gives_all_their_means():
    with ctx.workprec(80):
        ball = enclosed_mean(tanh(x) ** 2, arb(1, 2.0**-30), bits=20)

    for end in (1 - fmpq(1, 1 << 31), fmpq(1), 1 + fmpq(1, 1 << 31)):
        assert ball.contains(enclosed_mean(tanh(x) ** 2, Rational(int(end.p), int(end.q)), bits=60))


def test_a_thousand_digits_of_a_form_in_closed_form():
    bits = 3330
    ball = enclosed_mean(erf(x) ** 2, 1, bits=bits)
    with ctx.workprec(bits + 100):
        expected = 2 * (arb(2) / 3).asin() / arb.pi()

        assert ball.contains(expected)
        assert ball.rel_accuracy_bits() >= bits


@pytest.mark.slow
def test_a_thousand_digits_of_mish():
    coarse, fine = (enclosed_mean(MISH**2, 1, bits=b) for b in (800, 3330))

    assert fine.rel_accuracy_bits() >= 3330
    assert coarse.contains(fine)


NESTED = (
    MISH**2,
    Max(0, x) ** 2,
    log(Abs(x)),
    Abs(x) ** Rational(1, 3),
    Max(0, x**2 - 2),
    floor(x) ** 2,
    atan(x) ** 2,
)


@pytest.mark.parametrize("f", NESTED, ids=str)
def test_more_digits_lie_within_fewer(f):
    balls = [enclosed_mean(f, Rational(3, 2), bits=b) for b in (15, 53, 110, 170, 400)]

    with ctx.workprec(500):
        for coarse, fine in pairwise(balls):
            assert coarse.contains(fine)
            assert fine.rad() < coarse.rad()


SAMPLE = {
    "a": Rational(-3, 4),
    "b": Rational(5, 3),
    "q": Rational(1, 2),
    "N": Integer(2),
    "sigma_w2": Rational(7, 5),
}


def _smooth_enough(f):
    """Two quadratures of mpmath that agree to many digits, or `None`."""
    try:
        parts = pieces(f)
        if not parts.complete:
            return None
        found = [
            gaussian_quadrature(f, S.One, breakpoints=[*parts.breakpoints, *more], digits=15)
            for more in ((), (Rational(1, 3), Integer(2)))
        ]
    except (SymbolicInitError, ArithmeticError, ValueError, TypeError, NameError):
        return None
    if any(isinstance(v, mpmath.mpc) for v in found) or not all(mpmath.isfinite(v) for v in found):
        return None
    return found[1] if abs(found[0] - found[1]) <= 1e-12 * max(abs(found[1]), 1e-6) else None


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(expressions)
def test_random_functions_agree_with_quadrature_or_are_refused(f):
    f = f.xreplace({s: SAMPLE[s.name] for s in f.free_symbols if s.name in SAMPLE})
    try:
        ball = enclosed_mean(f, 1, bits=45)
    except (NotIntegrableError, UnsupportedError, PrecisionError, DomainError):
        return
    expected = _smooth_enough(f)
    assume(expected is not None)

    slip = max(abs(expected), mpmath.mpf(10) ** -6) * mpmath.mpf(10) ** -9
    assert ball.overlaps(arb(mpmath.nstr(expected, 20)) + arb(0, float(slip)))


REFUSED = [
    (tan(x) ** 2, UnsupportedError, "tan"),
    (Function("foo")(x), UnsupportedError, "foo"),
    (1 / gamma(x), PrecisionError, "gamma"),
    (cos(sqrt(x)), UnsupportedError, "sqrt"),
    (OwensT(x, S.Half) ** 2, UnsupportedError, "real numbers only"),
    (sqrt(x), DomainError, "not real"),
    (acos(x), DomainError, "not real"),
    (sqrt(x + 30), DomainError, "not real"),
    (sp.I * x, DomainError, "not real"),
    (Piecewise((x, x < 0)), DomainError, "not defined"),
    (1 / x, NotIntegrableError, "x = 0"),
    (1 / (x - 1) ** 2, NotIntegrableError, "x = 1"),
    (1 / (x**2 - 2), NotIntegrableError, "sqrt"),
    (exp(exp(x)), NotIntegrableError, "diverges"),
    (exp(x**2 / 2), NotIntegrableError, "diverges"),
    (x**4 * exp(x**2 / 2), NotIntegrableError, "diverges"),
    (-exp(x**2), NotIntegrableError, "diverges"),
]


@pytest.mark.parametrize(("f", "error", "words"), REFUSED, ids=lambda v: str(v)[:30])
def test_what_cannot_be_proven_is_refused(f, error, words):
    with pytest.raises(error, match=words):
        enclosed_mean(f, 1)


def test_the_limit_of_integrability_is_exact():
    f = exp(x**2 / 4)

    assert enclosed_mean(f, Rational(1999, 1000), bits=30).overlaps(1 / (1 - arb(fmpq(1999, 2000))).sqrt())
    with pytest.raises(NotIntegrableError):
        enclosed_mean(f, 2)
    with pytest.raises(UnsupportedError):
        enclosed_mean(f / (1 + x**2), 2)


@pytest.mark.parametrize("variance", [0, -1])
def test_a_variance_is_positive(variance):
    with pytest.raises(AssumptionError):
        enclosed_mean(x**2, variance)


# Bounds far out and beside points

_PLACES = [
    Place(arb(9), s, c, u)
    for s in (1, -1)
    for c, u in ((None, arb(1)), (None, arb(2) ** -20), (S.Zero, arb(1)))
]
_ONWARD = (1, 1.07, 1.6, 3, 20)


def _point(place, t):
    """The number x at `t`."""
    if place.center is None:
        return place.side * place.unit * t
    return compile_ball(place.center)().real + place.side * (-t).exp()


def holds(found: Bound, f: Expr, place: Place) -> bool:
    """Whether a bound is kept at some places."""
    run = compile_ball(f)
    for factor in _ONWARD:
        t = place.start * factor
        value = run(acb(_point(place, t)))
        if not (value.is_finite() and value.imag.contains(0) and found.is_real):
            continue
        size = abs(value.real)
        if value.real < found.low or value.real > found.high:
            return False
        if found.large is not None and size > found.large.at(t).upper():
            return False
        if found.small is not None and size < found.small.at(t).lower():
            return False
    return True


_INNER = (
    x,
    -x,
    x**2 / 7,
    1 - x,
    3 / (1 + x**2),
    exp(-x),
    log(2 + Abs(x)),
    2 + sin(x),
    x * exp(x / 3),
    S.Half + 0 * x,
)
_ONE_ARGUMENT = [h for h in RULES if h not in (Max, Min, sp.besselj, Heaviside)]


def _applied():
    for u in _INNER:
        for head in _ONE_ARGUMENT:
            yield head(u, evaluate=False)
        yield from (Max(u, x / 2), Min(u, 1, x), Heaviside(u, Rational(1, 3)), sp.besselj(2, u))
        yield from (
            log(1 + exp(u)),
            cosh(u) ** -2,
            (1 + u**2) ** Rational(-1, 3),
            u**3 - u,
            Abs(u) ** Rational(2, 5),
        )
        yield from (
            coth(u),
            sp.csch(u) * u,
            u / tanh(u),
            Piecewise((u, u > x), (u**2, True)),
            log(Abs(u)) / (1 + u**4),
        )


def test_bounds_of_every_head_are_kept():
    tried = 0
    with ctx.workprec(80):
        for f in _applied():
            for place in _PLACES:
                found = bound(f, place)
                tried += found.large is not None

                assert holds(found, f, place), (f, place, found)
    assert tried > 600


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(expressions, st.sampled_from(_PLACES))
def test_bounds_of_random_functions_are_kept(f, place):
    f = f.xreplace({s: SAMPLE[s.name] for s in f.free_symbols if s.name in SAMPLE})
    assume(not f.has(sp.nan, sp.zoo, sp.oo))
    with ctx.workprec(80):
        assert holds(bound(f, place), f, place)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda *_: Bound(arb(-1), arb(0.999)),
        lambda *_: Bound(arb(-1), arb(1), Growth(arb(1.001))),
        lambda *_: Bound(arb(-1), arb(1), None, Growth(arb(0.99))),
    ],
)
def test_a_false_rule_is_caught(wrong, monkeypatch):
    monkeypatch.setattr(bounding, "RULES", {**RULES, tanh: wrong})
    place = Place(arb(9))

    assert not holds(bound(tanh(x), place), tanh(x), place)


def test_a_false_bound_of_the_rest_makes_a_false_enclosure(monkeypatch):
    far = Max(0, x - 30) ** 2 * 10**200 + 1
    true = enclosed_mean(far, 1, bits=40)
    monkeypatch.setattr(bounding, "RULES", {**RULES, Max: lambda *_: Bound(arb(0), arb(0))})
    false = enclosed_mean(exp(-(x**2)) * (1 + Max(0, 10**300 * (Abs(x) - 12))), 1, bits=40)
    monkeypatch.undo()

    assert true > 1
    assert not false.overlaps(enclosed_mean(exp(-(x**2)) * (1 + Max(0, 10**300 * (Abs(x) - 12))), 1, bits=40))


# Growth


def _growths():
    exponents = [fmpq(0), fmpq(1, 2), fmpq(-3, 2), fmpq(2)]
    rates = [fmpq(0), fmpq(-1, 3), fmpq(2)]
    squares = [fmpq(0), fmpq(-1, 5), fmpq(1, 4)]
    return [Growth(arb(3), k, a, b) for k in exponents for a in rates for b in squares]


def test_suprema_sums_and_differences_of_growths():
    start = arb(2)
    places = [start * (1 + arb(k) / 16) for k in range(120)]
    for one in _growths():
        peak = supremum(one, start)
        assert all(not one.at(t) > peak for t in places)
        for two in _growths():
            both = total(one, two, start)
            assert all(not one.at(t) + two.at(t) > both.at(t).upper() * arb(1.0000001) for t in places)
            left = difference(one, two.scaled(arb(0.01)), start)
            if left is not None:
                assert all(
                    not one.at(t) - two.at(t) / 100 < left.at(t).lower() * arb(0.9999999) for t in places
                )


def test_integrals_beyond_a_place_are_bounded():
    start = 3
    for g in _growths():
        found = integral_beyond(g, arb(start))
        with mpmath.workdps(20):
            k, a, b = (mpmath.mpf(int(v.p)) / int(v.q) for v in (g.power, g.rate, g.square))
            falls = b < 0 or (b == 0 and a < 0)

            def function(t, k=k, a=a, b=b):
                return 3 * t**k * mpmath.exp(a * t + b * t * t)

            exact = mpmath.quad(function, [start, start + 5, start + 30, 200])
            if falls:
                assert not found < arb(mpmath.nstr(exact, 15)) * arb(1 - 1e-9)
            else:
                assert not found.is_finite()


def test_an_exponential_of_a_growth_is_bounded_if_a_gaussian_can_tame_it():
    start = arb(4)
    for g in _growths():
        found = exponential_above(g, start)
        is_tame = g.power <= 2 and g.square <= 0 and (g.rate <= 0 or g.square < 0)

        assert (found is not None) == (is_tame or g.square < 0 or (g.square == 0 and g.rate < 0))
        if found is not None:
            places = [start * (1 + arb(k) / 8) for k in range(60)]
            assert all(not g.at(t).exp() > found.at(t).upper() * arb(1.0000001) for t in places)


# Pieces


def test_a_piece_holds_where_it_is_said_to():
    f = Max(0, x**2 - 2) + sign(sin(x)) + Piecewise((x, x < Rational(1, 10)), (x**2, True)) + floor(x)
    with ctx.workprec(100):
        found, gaps = pieces_between(f, fixed_cuts(f, 5.0), -5.0, 5.0, width=arb(2) ** -60)
        run = compile_ball(f)
        for piece in found:
            width = piece.high.low - piece.low.high
            for part in (1e-9, 0.1, 0.5, 0.9, 1 - 1e-9):
                place = acb((piece.low.high + width * part).mid())

                assert run(place).overlaps(compile_ball(piece.expr)(place))
        covered = sum((p.high.low - p.low.high for p in found), arb(0)) + sum(
            (g.high - g.low for g in gaps), arb(0)
        )

        assert len(found) == 15
        assert covered.overlaps(arb(10))
        assert all(g.high - g.low < arb(2) ** -50 for g in gaps)


def test_a_narrow_piece_between_zeros_without_a_formula_is_found():
    bump = Max(0, 1 - 10**6 * Abs(x**3 - x - 1))
    ball = enclosed_mean(bump, 1, bits=60)
    with mpmath.workdps(40):
        ends = [
            mpmath.findroot(lambda u, s=s: u**3 - u - 1 - s * mpmath.mpf(10) ** -6, 1.3247)
            for s in (-1, 0, 1)
        ]
        expected = mpmath.quad(lambda u: (1 - 10**6 * abs(u**3 - u - 1)) * mpmath.npdf(u), ends)

    assert encloses(ball, expected, digits=12, bits=60)


def test_too_many_switches_are_refused():
    with pytest.raises(PrecisionError, match="separated"):
        enclosed_mean(Abs(sin(10**5 * x)) * Abs(x), 1)


@pytest.mark.parametrize("variance", [Rational(1, 3), 4, 300])
def test_a_switch_between_functions_with_the_same_tails_is_decided(variance: Rational | int) -> None:
    one, two = x * (1 + erf(x / sqrt(2))) / 2, x / (1 + exp(-x))
    total, both = (enclosed_mean(g, variance, bits=60) for g in (Max(one, two) + Min(one, two), one + two))

    assert total.overlaps(both)
    assert total.rad() < 1e-15 * abs(total.mid())


@pytest.mark.parametrize(
    ("one", "two", "variance"),
    [(cos(x), 1 / (1 + exp(-x)), 60), (sin(x), erf(x), 9), (exp(x), log(1 + exp(x)), 4)],
    ids=["touching", "touching-and-crossing", "dying-out"],
)
def test_switches_that_hardly_matter_need_not_be_separated(one, two, variance):
    larger, smaller, product = (
        enclosed_mean(g, variance, bits=60) for g in (Max(one, two) ** 2, Min(one, two) ** 2, one * two)
    )
    both = enclosed_mean((one + two) ** 2, variance, bits=60) - 2 * product

    assert (larger + smaller).overlaps(both)
    assert larger.rad() < 1e-15 * larger


@pytest.mark.parametrize("bits", [53, 96, 200])
@pytest.mark.parametrize("two", [Abs(x), sqrt(Abs(x)), x**2], ids=str)
def test_switches_that_do_not_matter_far_out_leave_wide_gaps(two, bits):
    """There the sum of many small differences is known, where one bound of all of them tells nothing."""
    one = exp(-(x**2))
    larger, smaller, both = (
        enclosed_mean(g, 1, bits=bits) for g in (Max(one, two) ** 2, Min(one, two) ** 2, one**2 + two**2)
    )

    assert (larger + smaller).overlaps(both)
    assert smaller.rel_accuracy_bits() >= bits


@pytest.mark.parametrize("below", [x / (1 + exp(-x)), x * (1 + tanh(x / 2)) / 2])
def test_a_switch_on_a_difference_that_dies_out_is_decided(below: Expr) -> None:
    parts = Piecewise((below, x < 0), (x, True))

    for variance in (Rational(1, 3), Rational(5000)):
        one, two = (enclosed_mean(f**2, variance, bits=100) for f in (Max(x, below), parts))
        assert one.overlaps(two)
        assert one.rad() < 1e-25 * abs(one.mid())


def test_a_branch_without_switches_equals_the_function():
    f = Min(Max(0, x / 6 + S.Half), 1) * Abs(x - 2) + Heaviside(-x)
    found = branch(f, arb(1))

    assert found == (x / 6 + S.Half) * (2 - x)
    with pytest.raises(PrecisionError):
        branch(Abs(x - sqrt(2)), compile_ball(sqrt(2))().real)


def test_triangle_waves_are_written_out():
    with ctx.workprec(60):
        for f in (asin(sin(3 * x + 1)), acos(cos(x / 2))):
            for k in range(-40, 41, 3):
                place = acb(arb(k) / 7 + arb(1) / 50)

                assert compile_ball(unfolded(f))(place).real.overlaps(compile_ball(f)(place).real)


# The trapezoidal rule


def _smooth(run, reach, *, lie=1):
    def size(low, high, below, above):
        value = run(acb(arb(low).union(arb(high)), arb(below).union(arb(above))))
        return value.abs_upper() * lie if value.is_finite() else None

    return Integrand(run, size, -reach, reach)


@pytest.mark.parametrize("bits", [5, 20, 60, 200, 500])
def test_the_error_of_the_trapezoidal_rule_is_bounded(bits):
    heights = [(h, 2 * math.pi * h / (bits * math.log(2))) for h in (1.4, 1.0, 0.7)]
    with ctx.workprec(bits + 40):
        goal = arb(2) ** -bits
        reach = 0.7 * bits + 3
        f = _smooth(lambda z: z.sech() ** 2, reach)
        plan = strip(f, goal=goal, heights=iter(heights), most_nodes=10**6)
        assert plan is not None
        found = trapezoidal_integral(f, plan, goal=goal).real
        ends = (arb(plan.first) - arb(0.5)) * plan.step, (arb(plan.last) + arb(0.5)) * plan.step

        assert found.contains(ends[1].tanh() - ends[0].tanh())
        assert found.rad() < 2 * goal


def test_a_false_bound_in_the_strip_is_caught():
    with ctx.workprec(120):
        goal = arb(2) ** -60
        f = _smooth(lambda z: z.sech() ** 2, 45.0, lie=arb(2) ** -50)
        plan = strip(f, goal=goal, heights=iter([(1.0, 1.0)]), most_nodes=10**6)
        assert plan is not None
        found = trapezoidal_integral(f, plan, goal=goal).real
        ends = (arb(plan.first) - arb(0.5)) * plan.step, (arb(plan.last) + arb(0.5)) * plan.step

        assert not found.contains(ends[1].tanh() - ends[0].tanh())


def test_a_strip_with_a_pole_is_not_accepted():
    with ctx.workprec(80):
        f = _smooth(lambda z: z.sech() ** 2, 20.0)

        assert strip(f, goal=arb(2) ** -20, heights=iter([(1.58, 1.0)]), most_nodes=10**6) is None
        assert strip(f, goal=arb(2) ** -20, heights=iter([(1.3, 1.0)]), most_nodes=10**6) is not None


def test_what_happens_at_the_ends_of_the_nodes_is_part_of_the_error():
    with ctx.workprec(80):
        f = _smooth(lambda z: (z / 3).exp(), 5.0)
        for bits in (40, 20, 3, -7):
            plan = strip(f, goal=arb(2) ** -bits, heights=iter([(4.0, 3.0), (2.0, 2.0)]), most_nodes=10**6)
            assert plan is not None or bits > 0
            if plan is not None:
                found = trapezoidal_integral(f, plan, goal=arb(2) ** -bits).real
                ends = (arb(plan.first) - arb(0.5)) * plan.step, (arb(plan.last) + arb(0.5)) * plan.step

                assert found.contains(3 * ((ends[1] / 3).exp() - (ends[0] / 3).exp()))


def test_gaps_count_with_all_values_that_are_possible(monkeypatch):
    def coarse(*arguments, **_):  # the width that is asked for is not kept
        return pieces_between(*arguments, width=arb(0.5))

    f = 4 + sign(1 - cos(x - sp.pi / 7))
    monkeypatch.setattr(enclosure, "pieces_between", coarse)
    finer = enclosed_mean(f, 1, bits=3)
    monkeypatch.setattr(enclosure, "_MOST_HALVINGS", 0)
    ball = enclosed_mean(f, 1, bits=3)

    assert finer.contains(5)
    assert 0 < finer.rad() < ball.rad()

    assert ball.contains(5)
    assert ball.rad() > 0.02


# Beside a singular point


@pytest.mark.parametrize("bits", [4, 20, 60])
def test_the_integral_beside_a_singular_point_holds_what_is_left_out(bits):
    with ctx.workprec(100):
        goal = arb(2) ** -bits
        for side in (1, -1):
            stretch = beside.Stretch(log(Abs(x)).subs(Abs(x), side * x), S.Zero, side, 1.0, arb(0))
            inner = beside._open(stretch, goal)
            found = beside.integral_beside(stretch, goal=goal)

            assert inner.rest >= (1 + inner.depth) * (-inner.depth).exp()
            assert found.real.contains(-1)


def test_the_far_end_of_a_stretch_is_not_forgotten():
    with ctx.workprec(60):
        stretch = beside.Stretch(x**2, Integer(1), 1, 0.5, arb(0))
        plan = Strip(0.5, -3, 1, arb(0))
        left = arb(1) / 2 / (1 + (arb.pi() * (arb(3) / 4).sinh()).exp())
        far = arb(3) / 2

        assert beside._last_part(stretch, plan).real.contains((far**3 - (far - left) ** 3) / 3)


def test_the_part_that_is_left_out_widens_the_ball(monkeypatch):
    with ctx.workprec(80):
        rest = 4 * arb(-3).exp() * arb(1.001)
        monkeypatch.setattr(beside, "_open", lambda *_: beside._Open(arb(3), rest))
        found = beside.integral_beside(beside.Stretch(log(x), S.Zero, 1, 1.0, arb(0)), goal=arb(2) ** -40)

        assert found.real.contains(-1)


@pytest.mark.parametrize(
    ("f", "error"),
    [
        (1 / x, NotIntegrableError),
        (1 / x**2, NotIntegrableError),
        (1 / (x * log(x)), NotIntegrableError),
        (1 / (x * log(x) ** 2), PrecisionError),
    ],
    ids=str,
)
def test_what_is_too_large_beside_a_point_is_refused(f, error):
    stretch = beside.Stretch(f, S.Zero, 1, 0.25, arb(0))
    with ctx.workprec(80), pytest.raises(error):
        beside.integral_beside(stretch, goal=arb(2) ** -40)


@pytest.mark.parametrize("variance", [100, 1000])
def test_switches_of_a_difference_that_dies_out_far_off_do_not_matter(variance):
    softplus = log(1 + exp(x))
    with mpmath.workdps(30):
        reach = 12 * mpmath.sqrt(variance)
        cuts = [-reach, -20, -4, 0, 4, 20, reach]
        weight = 1 / mpmath.sqrt(2 * mpmath.pi * variance)
        expected = mpmath.quad(
            lambda t: weight * mpmath.log1p(mpmath.exp(t)) ** 2 * mpmath.exp(-(t**2) / (2 * variance)), cuts
        )
        expected = mpmath.nstr(expected, 28)

    ball = enclosed_mean(Min(softplus, exp(x)) ** 2, Integer(variance), bits=64)

    with ctx.workprec(100):
        assert abs(ball - arb(expected)) < 1e-18 * variance


@pytest.mark.parametrize("text", ["x*exp(10**308)", "x*exp(-10**308)", "exp(-10**308*x**2)"])
def test_what_is_too_large_to_be_computed_is_not_said_to_diverge(text):
    with pytest.raises(PrecisionError, match="the numbers in it are too large"):
        mean_ball(activation(text).expression, Rational(7, 11))


@pytest.mark.parametrize("text", ["exp(x**2)", "Heaviside(x - 100)*exp(x**2)", "exp(exp(x))"])
def test_what_diverges_is_said_to(text):
    with pytest.raises(NotIntegrableError, match="diverges"):
        mean_ball(activation(text).expression, Rational(7, 11))
