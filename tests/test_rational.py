"""Rational functions: poles over square roots, poles beside a half line, and the functions they need."""

from itertools import pairwise
from random import Random
from time import perf_counter

import mpmath
import pytest
from sympy import Abs, Integer, Piecewise, Rational, S, Symbol, cos, exp, expand, latex, sin, sqrt

from symbolic_init.activation import activation
from symbolic_init.analysis.pieces import pieces
from symbolic_init.assumptions import Assumptions, Interval
from symbolic_init.errors import NotIntegrableError
from symbolic_init.moments.ball import mean_ball, value_ball
from symbolic_init.moments.closed_form import closed_form
from symbolic_init.moments.constants import field_of
from symbolic_init.moments.field import MissingError, Unreadable
from symbolic_init.moments.mean import gaussian_mean
from symbolic_init.moments.named import moment
from symbolic_init.moments.polynomials import dense, divided, evaluated, power, reciprocal, times
from symbolic_init.moments.real_factors import irreducible, real_factors, rooted, square_root
from symbolic_init.notation import q, x
from symbolic_init.special import (
    FaddeevaImaginary,
    FaddeevaReal,
    GoodwinStatonImaginary,
    GoodwinStatonReal,
)

DIGITS = 25
SECONDS = 2.0
MOST_SECONDS_OF_A_VALUE = 0.05
VARIANCES = (Rational(13, 11), Rational(2, 7))
NOTHING = Assumptions()

a = Symbol("a", real=True)
b = Symbol("b", real=True)
u = Symbol("u", real=True)
v = Symbol("v", real=True)
KNOWN = Assumptions(intervals=(Interval(symbol=a, lower=S.Zero), Interval(symbol=b, lower=S.Zero)))


def _form(f, known=NOTHING):
    return closed_form(pieces(f, known), known, integrand=f)


def _is_right(f, form, known=NOTHING):
    """The form is the integral in ball arithmetic to 25 digits at two variances and parameter values."""
    for k, variance in enumerate(VARIANCES):
        given = dict(known.sample(k + 2))
        value = value_ball(form.expr, substitution={q: variance, **given}, bits=100)
        reference = mean_ball(f, variance, parameters=given, bits=100)
        if not abs(value - reference).upper() <= abs(reference).upper() * 10**-DIGITS:
            return False
    return True


# The special functions


POINTS = [
    (Rational(1, 2), Rational(3, 4)),
    (Rational(-7, 3), Rational(5, 2)),
    (Rational(2, 5), Integer(9)),
    (Integer(3), Rational(1, 9)),
    (Integer(-3), Rational(1, 3)),
]


def _mp(value):
    return mpmath.mpf(int(value.p)) / int(value.q)


def _faddeeva_integral(t):
    """DLMF 7.7.2, for `Im t > 0`."""
    places = sorted({-12, -4, -2, -1, 0, 1, 2, 4, 12, float(t.real)})
    return mpmath.j / mpmath.pi * mpmath.quad(lambda s: mpmath.exp(-s * s) / (t - s), places)


def _goodwin_staton_integral(t):
    """DLMF 7.2.12."""
    places = sorted({0, 0.5, 1, 2, 4, 12, abs(float(t.real))})
    return mpmath.quad(lambda s: mpmath.exp(-s * s) / (s + t), places)


HEADS = {
    FaddeevaReal: lambda t: _faddeeva_integral(t).real,
    FaddeevaImaginary: lambda t: _faddeeva_integral(t).imag,
    GoodwinStatonReal: lambda t: _goodwin_staton_integral(t).real,
    GoodwinStatonImaginary: lambda t: _goodwin_staton_integral(t).imag,
}


@pytest.mark.parametrize("head", HEADS, ids=lambda h: h.__name__)
@pytest.mark.parametrize("point", POINTS, ids=str)
def test_values_are_those_of_the_defining_integrals(head, point):
    with mpmath.workdps(40):
        reference = HEADS[head](mpmath.mpc(*map(_mp, point)))
        by_sympy = mpmath.mpf(str(head(*point).evalf(30)))
        ball = value_ball(head(u, v), substitution=dict(zip((u, v), point, strict=True)), bits=110)
        by_ball = mpmath.mpf(ball.mid().str(33, radius=False))

        assert abs(by_sympy - reference) < mpmath.mpf(10) ** -27 * abs(reference)
        assert abs(by_ball - reference) < mpmath.mpf(10) ** -27 * abs(reference)


@pytest.mark.parametrize("head", HEADS, ids=lambda h: h.__name__)
@pytest.mark.parametrize("argindex", [1, 2])
@pytest.mark.parametrize("height", [Rational(4, 5), Rational(-4, 5)])
def test_derivatives(head, argindex, height):
    point = {u: Rational(-3, 7), v: height}
    symbol = (u, v)[argindex - 1]
    exact = head(u, v).diff(symbol).subs(point).evalf(20)
    step = Rational(1, 10**10)
    plus, minus = (head(u, v).subs({**point, symbol: point[symbol] + s}).evalf(40) for s in (step, -step))

    assert abs((plus - minus) / (2 * step) - exact) < 1e-15


@pytest.mark.parametrize("head", HEADS, ids=lambda h: h.__name__)
@pytest.mark.parametrize(
    "point", [("1e-9", "3e-10"), ("1e5", "4e4"), ("-1e5", "3e3"), ("1", "1e-15")], ids=str
)
def test_values_of_extreme_arguments_keep_their_digits(head, point):
    point = tuple(map(Rational, point))
    few, many = (value_ball(head(*point), bits=n) for n in (60, 400))
    by_sympy = value_ball(head(*point).evalf(20), bits=60)

    assert abs(few - many).upper() < abs(many).lower() * 2**-58
    assert abs(by_sympy - many).upper() < abs(many).lower() * 2**-58


def test_values_on_the_axes_and_symmetries():
    w, above = complex(0.3, 0.2), Rational(1, 5)
    place = Rational(3, 10)

    assert str(FaddeevaReal(0, v)) == "exp(v**2)*erfc(v)"
    assert FaddeevaImaginary(0, v) == 0
    assert str(FaddeevaReal(u, 0)) == "exp(-u**2)"
    assert str(FaddeevaImaginary(u, 0)) == "exp(-u**2)*erfi(u)"
    assert FaddeevaReal(-u, v) == FaddeevaReal(u, v)
    assert FaddeevaImaginary(-u, v) == -FaddeevaImaginary(u, v)
    assert GoodwinStatonReal(u, -v) == GoodwinStatonReal(u, v)
    assert GoodwinStatonImaginary(u, -v) == -GoodwinStatonImaginary(u, v)
    assert GoodwinStatonImaginary(2, 0) == 0
    assert abs(GoodwinStatonReal(2, 0).evalf(20) - Rational("0.35433592884953063055")) < 1e-19
    below = 2 * mpmath.exp(-(w**2)) - mpmath.mpc(
        *(h(place, above).evalf(20) for h in (FaddeevaReal, FaddeevaImaginary))
    )
    assert abs(FaddeevaReal(-place, -above).evalf(20) - below.real) < 1e-15


def test_the_cut_of_the_goodwin_staton_integral_has_no_value():
    assert value_ball(GoodwinStatonReal(u, v), substitution={u: Integer(1), v: S.Zero}).is_finite()
    with pytest.raises(Exception, match="no finite value"):
        value_ball(GoodwinStatonReal(u, v), substitution={u: Integer(-1), v: S.Zero})


def test_latex():
    assert latex(FaddeevaReal(u, v)) == r"\operatorname{Re} w\left(u + i \left(v\right)\right)"
    assert latex(GoodwinStatonImaginary(u, v) ** 2).endswith("^{2}")


# Factors over square roots


def _field(*constants, known=NOTHING):
    return field_of(constants, known)


def _grown(work, known=NOTHING):
    """What `work` gives over the field that it asks for."""
    constants = ()
    while True:
        field = _field(*constants, known=known)
        try:
            return work(field)
        except MissingError as missing:
            constants = (*constants, missing.constant)


FACTORED = [
    x**4 + 1,
    x**4 + 3,
    x**4 - 2,
    x**4 + x**2 + 1,
    x**4 - 4 * x**2 + 1,
    x**4 - x**3 + x**2 - x + 1,
    x**4 + 5 * x**2 + 3,
    x**6 + 2,
    x**8 + 1,
    x**8 + Rational(625, 81),
    x**8 + 4 * x**4 + 2,
    (x**4 + 1) * (x**4 - 10 * x**2 + 1),
    expand((x - 1) ** 4 + 2 * (x - 1) ** 2 + 3),
    expand((x**2 + x + 5) ** 2 - 7 * (x - 2) ** 2),
]
"""All but the sixth power over a field of square roots."""


@pytest.mark.parametrize("f", FACTORED, ids=str)
def test_factors_multiply_to_the_polynomial(f):
    def work(field):
        e = field.element(expand(f))
        return e, real_factors(dense(e), field)

    if f == x**6 + 2:
        with pytest.raises(Unreadable):
            _grown(work)
        return
    e, factors = _grown(work)
    product = (e.field.one,)
    for g in factors:
        product = times(product, g)

    assert evaluated(product, e.field) == e
    assert all(len(g) <= 3 for g in factors)


@pytest.mark.parametrize(
    "f", [x**4 + x + 1, x**3 + x + 1, x**6 + x**2 + 1, x**16 + x + 5, x**5 - x - 1], ids=str
)
def test_polynomials_whose_zeros_need_cube_roots_are_refused(f):
    with pytest.raises(Unreadable):
        _grown(lambda field: real_factors(dense(field.element(f)), field))


def test_parts_over_roots_are_found_by_the_norm():
    field = _field(sqrt(2), sqrt(3))
    f = expand((x**2 + sqrt(2) * x + 3) * (x**2 - sqrt(6) * x + 5))
    parts = irreducible(dense(field.element(f)), field)

    assert {p[1] for p in parts} == {field.element(sqrt(2)), field.element(-sqrt(6))}


NESTED = [
    (3 + 2 * sqrt(2), 1 + sqrt(2)),
    (5 + 2 * sqrt(6), sqrt(2) + sqrt(3)),
    (Rational(9, 2), 3 * sqrt(2) / 2),
    (7 - 4 * sqrt(3), 2 - sqrt(3)),
    (2 + sqrt(3), (sqrt(2) + sqrt(6)) / 2),
]


@pytest.mark.parametrize(("square", "expected"), NESTED, ids=str)
def test_roots_in_the_field_are_found(square, expected):
    field = _field(sqrt(2), sqrt(3))

    assert rooted(field.element(square)) == field.element(expected)


@pytest.mark.parametrize("e", [2 + sqrt(2), -1, sqrt(2), 5, 1 + sqrt(3)], ids=str)
def test_what_is_no_square_has_no_root(e):
    field = _field(sqrt(2), sqrt(3))

    assert square_root(field.element(S(e))) is None


def test_signs_of_sums_of_roots_are_exact():
    rng = Random(5)  # noqa: S311 - not for secrets
    field = _field(sqrt(2), sqrt(3), sqrt(2 + sqrt(2)))
    for _ in range(60):
        c = [Rational(rng.randint(-9, 9), rng.randint(1, 5)) for _ in range(5)]
        e = c[0] + c[1] * sqrt(2) + c[2] * sqrt(3) + c[3] * sqrt(2 + sqrt(2)) + c[4] * sqrt(6)
        number = e.evalf(30)
        expected = 0 if not e else 1 if number > 0 else -1

        assert field.sign(field.element(e)) == expected


def test_quotients_by_nested_roots_are_in_lowest_terms():
    rng = Random(6)  # noqa: S311 - not for secrets
    roots = (sqrt(2), sqrt(3), sqrt(2 + sqrt(2)), sqrt(1 + sqrt(3)))
    field = _field(*roots)
    for _ in range(20):
        e = sum(
            (rng.randint(-4, 4) * field.element(r) * field.element(rng.choice(roots)) for r in roots),
            field.one,
        )
        inverse = field.one / (e + field.element(roots[-1]))

        assert inverse * (e + field.element(roots[-1])) == field.one
        assert not any(inverse.d.degrees())


def test_a_sign_that_hangs_on_a_parameter_is_not_guessed():
    field = _field(sqrt(2), a, b, known=KNOWN)

    assert field.sign(field.element(a - b + sqrt(2))) is None
    assert field.sign(field.element(a + b + sqrt(2))) == 1
    assert field.sign(field.element(sqrt(2) - 2 - a)) == -1


# Random members


def _number(rng, low=-3, high=3):
    return Rational(rng.randint(4 * low, 4 * high), 4)


def _positive(rng):
    return Rational(rng.randint(1, 8), rng.randint(1, 4))


def _polynomial(rng, degree):
    return sum((_number(rng) * x**k for k in range(1, degree + 1)), _positive(rng))


def _quadratic(rng):
    return (x - _number(rng, -2, 2)) ** 2 + _positive(rng)


def _conjugates(rng):
    """A quartic that factors over one square root only."""
    root = sqrt(rng.choice((2, 3, 5, 7)))
    slope, level = (Rational(rng.randint(1, 3), 2) for _ in range(2))
    one, other = (x**2 + (1 + s * slope) * x + 13 + s * level for s in (root, -root))
    return expand(one * other)


def _over(numerator_degree, denominator, orders=(1, 2)):
    """A kind of function: a random polynomial over a power of a random denominator."""
    return lambda rng: _polynomial(rng, numerator_degree) / denominator(rng) ** rng.choice(orders)


def _beside(left, right):
    """A kind of function with one form for x < 0 and another for x > 0."""
    return lambda rng: Piecewise((left(rng), x < 0), (right(rng), True))


def _line(rng):
    return _polynomial(rng, 1)


KINDS = {
    "two quadratics": _over(3, lambda rng: expand(_quadratic(rng) * _quadratic(rng))),
    "biquadratic": _over(3, lambda rng: x**4 + _number(rng, 0, 4) * x**2 + _positive(rng)),
    "conjugates": _over(2, _conjugates),
    "off the center": _over(
        1, lambda rng: expand(((x + _number(rng)) ** 2 + _positive(rng)) ** 2 + _positive(rng))
    ),
    "sextic": _over(
        3, lambda rng: expand((x**4 + _number(rng, 0, 3) * x**2 + _positive(rng)) * _quadratic(rng)), (1,)
    ),
    "sixth power": _over(2, lambda rng: x**6 + _positive(rng) ** 3),
    "eighth power": _over(2, lambda rng: x**8 + _positive(rng) ** 4, (1,)),
    "roots in it": _over(
        2,
        lambda rng: (x**2 + sqrt(5) * _number(rng, -1, 1) * x + 2 + sqrt(5)) * (x**2 + _positive(rng)),
        (1,),
    ),
    "bell": lambda rng: exp(-_positive(rng) * x**2) * _polynomial(rng, 2) / (x**4 + _positive(rng)),
    "tilted": lambda rng: exp(_number(rng, -1, 1) * x) * _polynomial(rng, 2) / (x**4 + x**2 + _positive(rng)),
    "wave": lambda rng: cos(_positive(rng) * x + 1) * _polynomial(rng, 1) / (_quadratic(rng)),
    "wave at the center": lambda rng: (
        sin(_positive(rng) * x) * _polynomial(rng, 1) / (x**2 + _positive(rng)) ** rng.choice((1, 2))
    ),
    "half line": _beside(_line, _over(3, _quadratic, (1, 2, 3, 4))),
    "both half lines": _beside(
        _over(1, _quadratic), lambda rng: _line(rng) / (_quadratic(rng) * (x + _positive(rng)))
    ),
    "quartic on a half line": _beside(_line, _over(3, lambda rng: x**4 + _positive(rng), (1,))),
    "zeros beside a half line": _beside(
        _line, _over(2, lambda rng: x**2 + (3 + _positive(rng)) * x + Rational(3, 2))
    ),
    "distance": lambda rng: _line(rng) / (x**2 + _positive(rng) * Abs(x) + _positive(rng)),
    "cube of the distance": lambda rng: _line(rng) / (_positive(rng) ** 3 + Abs(x) ** 3),
    "a**4": _over(2, lambda rng: x**4 + _positive(rng) * a**4),
    "fourth root of a": _over(2, lambda rng: _positive(rng) * x**4 + a),
    "complex with a, b": _over(2, lambda _: x**4 + 2 * a * x**2 + a**2 + b),
    "real with a, b": _over(2, lambda _: x**4 + (2 * a + b) * x**2 + a**2),
    "half line with a, b": _beside(_line, lambda rng: (b + _number(rng) * x) / (x**2 + 2 * b * x + b**2 + a)),
    "power on a half line with a": _beside(
        _line, lambda rng: _line(rng) / (x**2 - 2 * a * x + 2 * a**2) ** 2
    ),
    "wave with a": lambda rng: cos(a * x) * _polynomial(rng, 1) / (x**2 + b),
}


@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize("kind", KINDS)
def test_random_members_have_right_forms_at_once(kind, number):
    f = KINDS[kind](Random(f"{kind} {number}"))  # noqa: S311 - not for secrets
    known = KNOWN if f.free_symbols - {x} else NOTHING
    for g in (f, f**2) if number == 0 else (f,):
        begin = perf_counter()
        form = _form(g, known)
        seconds = perf_counter() - begin

        assert form is not None, g
        assert seconds < SECONDS, g
        assert not form.expr.has(S.ImaginaryUnit), g
        assert _is_right(g, form, known), g


@pytest.mark.parametrize(
    "text",
    ["1/(1+x**4)", "1/(x**4+x**2+1)", "x**2/(1+x**4)", "(1+x**2)/(2+x**4)", "1/(x**6+1)", "x/(1+x**4)"],
)
@pytest.mark.parametrize("name", ["M", "h", "c2"])
def test_activations_with_quartic_poles_have_all_their_moments(text, name):
    found = moment(text, name)

    assert found.kind == "exact"
    with mpmath.workdps(30):
        f = found.integrand.xreplace({q: Rational(3, 5)})
        reference = mean_ball(f, Rational(3, 5), bits=100)
        value = found.value(q="3/5", digits=28)
        assert abs(value - mpmath.mpf(reference.mid().str(32, radius=False))) < mpmath.mpf(10) ** -DIGITS


def test_each_line_of_a_derivation_is_true():
    for f in (1 / (x**4 + 3) ** 2, Abs(x) / (x**2 + Abs(x) + 1) ** 2, cos(x) / (x**2 + 2 * x + 3)):
        steps = _form(f).steps

        assert all(first.rhs == second.lhs for first, second in pairwise(steps))
        for step in steps:
            left, right = (
                value_ball(e, substitution={q: Rational(5, 7)}, bits=80) for e in (step.lhs, step.rhs)
            )
            assert abs(left - right).upper() < 1e-20


# What has no form, and what diverges


REFUSED = [
    "exp(x)/(1 + Abs(x))",
    "exp(-x)/(x**2 + Abs(x) + 1)",
    "Piecewise((0, x < 1), (1/(2 + x), True))",
    "Piecewise((0, x < 1), (1/(1 + x + x**2), True))",
    "Piecewise((0, x < 1), (exp(x)/(1 + x**2), True))",
    "Piecewise((0, x < -1), (1/(4 + x**4), True))",
    "Piecewise((x, x < -1), (1/(4 + x), x < 1), (x, True))",
    "1/(x**4 + x + 1)",
    "1/(x**6 + x**2 + 1)",
    "1/(1 + Abs(x)**7)",
    "cos(x)/(1 + Abs(x))",
]


@pytest.mark.parametrize("text", REFUSED)
def test_what_has_no_form_is_refused_at_once(text):
    f = activation(text).expression
    begin = perf_counter()
    form = _form(f)
    seconds = perf_counter() - begin

    assert form is None
    assert seconds < SECONDS / 4


def test_a_discriminant_of_unknown_sign_has_no_form_until_it_is_known():
    f = 1 / (x**4 + a * x**2 + b)

    assert _form(f, KNOWN) is None
    for fact in (a**2 - 4 * b, 4 * b - a**2):
        known = Assumptions(intervals=KNOWN.intervals, positive=(fact,))
        assert _is_right(f, _form(f, known), known)


DIVERGENT = [
    "1/(x**4 - 2)",
    "1/(x**4 - 3*x**2 + 1)",
    "1/(x**4 + x - 1)",
    "1/(x**3 + 1)",
    "1/(x**3 - x - 1)",
    "exp(x)/(x**5 + x + 1)",
    "1/(x + sqrt(2))",
    "1/(1 - Abs(x)**3)",
    "Piecewise((0, x < 0), (1/(x**2 - 3*x + 1), True))",
    "Piecewise((0, x < 0), (1/(x**3 - 3*x + 1), True))",
    "Piecewise((0, x < 2), (1/(x**2 - 7), True))",
]


@pytest.mark.parametrize("text", DIVERGENT)
def test_real_poles_diverge(text):
    with pytest.raises(NotIntegrableError):
        gaussian_mean(text)


@pytest.mark.parametrize(
    "f",
    [
        1 / (x**2 + sqrt(3 + 2 * sqrt(2))),
        1 / (x**2 + sqrt(3 + 2 * sqrt(2)) - sqrt(2)),
        1 / (x**4 + sqrt(5 + 2 * sqrt(6))),
        1 / (x**2 + sqrt(2 + sqrt(3)) * x + sqrt(6) + sqrt(2)),
        1 / (x**4 + 2 ** Rational(1, 4)),
    ],
    ids=str,
)
def test_roots_that_others_express_are_those(f):
    assert _is_right(f, _form(f))


def test_polynomials_may_change_beside_a_common_fraction():
    fraction = x / (1 + x**2) + 3 / (x**4 + 2)
    f = Piecewise((fraction + x, x < 1), (fraction - 3, x < sqrt(5)), (fraction + x**2, True))

    assert _is_right(f, _form(f))


def test_zeros_of_a_denominator_beside_the_half_line_do_no_harm():
    f = Piecewise((0, x < 0), (1 / (x + sqrt(2)) + x / (x**2 + 3 * x + 1), True))

    assert _is_right(f, _form(f))


# Length, and small variances


SHORT = {
    ("x/(1+Abs(x))", "M"): 41,
    ("x/(1+Abs(x))", "h"): 50,
    ("x/(1+Abs(x))**2", "M"): 57,
    ("x/sqrt(1+x**2)", "M"): 22,
    ("x/sqrt(1+x**2)", "h"): 33,
    ("Piecewise((x/sqrt(1+x**2), x < 0), (x, True))", "M"): 25,
    ("1/(1+x**2)", "M"): 26,
    ("x/(1+x**2)", "M"): 26,
    ("x/(1+x**2)", "h"): 39,
    ("x**2/(1+x**2)**2", "m"): 26,
    ("x**2/(1+x**2)**2", "M"): 39,
    ("1/(x**2+x+1)", "m"): 23,
    ("1/(1+x**4)", "m"): 26,
    ("x**2/(1+x**4)", "m"): 26,
    ("1/(1+x**4)", "M"): 36,
    ("1/(x**4+x**2+1)", "m"): 44,
    ("(1+x**2)/(2+x**4)", "m"): 52,
    ("1/(1+x**8)", "m"): 132,
    ("1/(x**2+Abs(x)+1)", "m"): 25,
    ("Abs(x)/(1+x**4)", "m"): 30,
    ("exp(x)/(1+x**2)", "m"): 26,
}
"""Operations of forms as they can be written with one special function for every pole."""


@pytest.mark.parametrize(("text", "name"), SHORT, ids=str)
def test_forms_are_short(text, name):
    assert moment(text, name).expr.count_ops() <= SHORT[text, name]


def _slope_of_softsign(variance):
    """`E[(1 + |x|)**-4]`, where its series about 0 is no use: by quadrature."""
    s = mpmath.sqrt(variance)
    places = [0, 0.5, 1, 2, 4, 8, 12, 16]
    density = mpmath.sqrt(2 / mpmath.pi)
    return mpmath.quad(lambda z: (1 + s * z) ** -4 * mpmath.exp(-z * z / 2) * density, places)


@pytest.mark.parametrize("digits", [15, 30])
@pytest.mark.parametrize("variance", ["1e-12", "1e-6", "1e-2", "1", "1e6"])
def test_the_slope_of_softsign_has_its_digits_at_once(variance, digits):
    h = moment("x/(1+Abs(x))", "h")
    h.value(q="1/3", digits=digits)
    seconds = []
    for _ in range(3):
        begin = perf_counter()
        value = h.value(q=variance, digits=digits)
        seconds.append(perf_counter() - begin)

    with mpmath.workdps(50):
        assert abs(value / _slope_of_softsign(mpmath.mpf(variance)) - 1) < mpmath.mpf(10) ** (1 - digits)
    assert min(seconds) < MOST_SECONDS_OF_A_VALUE


EXTREME = {
    "1/(1+x**4)": lambda t: 1 / (1 + t**4),
    "1/(x**2+Abs(x)+1)": lambda t: 1 / (t**2 + abs(t) + 1),
    "x/(1+x**4) + Abs(x)/(1+x**2+x**4)": lambda t: t / (1 + t**4) + abs(t) / (1 + t**2 + t**4),
}


@pytest.mark.parametrize("text", EXTREME)
@pytest.mark.parametrize("variance", ["1e-10", "1e8"])
def test_forms_with_complex_poles_have_their_digits_at_extreme_variances(text, variance):
    g = EXTREME[text]
    value = moment(text, "M").value(q=variance, digits=20)

    with mpmath.workdps(30):
        s = mpmath.sqrt(mpmath.mpf(variance))
        marks = (0, *(mpmath.mpf(10) ** k / s for k in range(-1, 4)), 1, 4, 8, 14)
        both = mpmath.quad(
            lambda z: (g(s * z) ** 2 + g(-s * z) ** 2) * mpmath.exp(-z * z / 2),
            sorted(p for p in marks if p <= 14),
        )
        assert abs(value / (both / mpmath.sqrt(2 * mpmath.pi)) - 1) < mpmath.mpf(10) ** -18


# Partial fractions

_QUADRATIC = (b, S.One, S.One)
_LINEAR = (a, S.One)


@pytest.mark.parametrize("f", [_LINEAR, _QUADRATIC])
@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_a_reciprocal_times_its_polynomial_is_one_modulo_a_power(f, order):
    field = field_of((a, b), KNOWN)
    modulus = tuple(map(field.element, f))
    p = tuple(map(field.element, (Integer(3), b, a, Integer(2))))

    found = reciprocal(p, modulus, order)

    product = divided(times(found, p), power(modulus, order))[1]
    assert product == (field.one,)
    assert len(found) <= order * (len(f) - 1)


def test_repeated_poles_over_a_letter_take_no_longer_than_they_must():
    f = x / (a + (x + Rational(5, 2)) ** 2) ** 4 / (a + (x - Rational(1, 5)) ** 2) ** 6
    start = perf_counter()

    form = _form(f, KNOWN)

    assert perf_counter() - start < SECONDS
    assert _is_right(f, form, KNOWN)


@pytest.mark.parametrize(
    ("text", "slope"),
    [
        (
            "exp(-x**2)*cos(2*x) + atan(x)",
            lambda t: -2 * mpmath.exp(-t * t) * (t * mpmath.cos(2 * t) + mpmath.sin(2 * t)) + 1 / (1 + t * t),
        ),
        (
            "exp(-x**2)*sin(x) + log(4 + x**2)",
            lambda t: mpmath.exp(-t * t) * (mpmath.cos(t) - 2 * t * mpmath.sin(t)) + 2 * t / (4 + t * t),
        ),
    ],
)
def test_a_complex_factor_that_does_not_cancel_is_no_pole_on_the_line(text, slope):
    """`-2*x + 2*I` over `1 + x^2` is `-2/(x + I)`."""
    places = [-12, -6, -3, -1, 0, 1, 3, 6, 12]
    expected = mpmath.quad(lambda t: slope(t) ** 2 * mpmath.npdf(t), places)

    assert abs(moment(text, "h").value(q=1, digits=20) - expected) < 1e-13
