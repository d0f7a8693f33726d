"""Inverse hyperbolic sines, logarithms and real powers of quadratics, and powers of distances."""

from random import Random

import mpmath
import pytest
from flint import arb, ctx
from gaussian_reference import agree
from sympy import (
    Abs,
    Add,
    EulerGamma,
    Heaviside,
    I,
    Integer,
    Integral,
    Max,
    Piecewise,
    Rational,
    S,
    Symbol,
    asinh,
    diff,
    erfi,
    exp,
    gamma,
    hyper,
    latex,
    log,
    meijerg,
    oo,
    pi,
    sign,
    sqrt,
)

from symbolic_init import derive, from_json, special
from symbolic_init.analysis.pieces import Pieces, pieces
from symbolic_init.assumptions import Assumptions, Interval
from symbolic_init.errors import AssumptionError, NotIntegrableError
from symbolic_init.moments.ball import mean_ball, value_ball
from symbolic_init.moments.closed_form import closed_form
from symbolic_init.moments.evaluation import number
from symbolic_init.moments.mean import gaussian_mean, mean_of
from symbolic_init.notation import q, x
from symbolic_init.parsing import parse
from symbolic_init.special import (
    BesselKOrderDerivative,
    ErfcxIntegral,
    KummerM,
    KummerU,
    ParabolicCylinderD,
)

a = Symbol("a", real=True)
c = Symbol("c", real=True)
p = Symbol("p", real=True)
NOTHING = Assumptions()
KNOWN = Assumptions(
    intervals=(
        Interval(symbol=a, lower=S.Zero),
        Interval(symbol=c),
        Interval(symbol=p, lower=S.Zero),
    )
)
VARIANCES = (Rational(5, 13), Rational(37, 8))
DIGITS = 25
HEADS = {name: getattr(special, name) for name in special.__all__}


class Draws:
    """Random rational numbers, polynomials, and now and then a letter."""

    def __init__(self, seed):
        self.random = Random(seed)  # noqa: S311
        self.letters = self.random.randint(0, 2) == 0

    def whole(self, low, high):
        return self.random.randint(low, high)

    def known(self):
        return Rational(self.whole(1, 9), self.whole(2, 5))

    def rational(self):
        return self.random.choice((-1, 1)) * self.known()

    def scale(self):
        return a if self.letters and self.whole(0, 1) else self.known()

    def place(self):
        return c if self.letters and self.whole(0, 1) else self.rational()

    def power(self):
        """No half of a whole number, so that its double is none either."""
        if self.letters and self.whole(0, 1):
            return p
        return Rational(self.random.choice((1, 2, 4, 5, 7)), self.random.choice((3, 5, 7)))

    def polynomial(self, most):
        return Add(*(self.rational() * x**k for k in range(self.whole(0, most) + 1)))


def squared_sine(d):
    return (d.polynomial(2) * asinh(d.scale() * x) + d.polynomial(2)) ** 2


def sine_beside_root(d):
    scale = d.scale()
    nu = Rational(d.random.choice((-5, -3, -1, 1, 3)), 2)
    return d.polynomial(3) * asinh(scale * x) * (1 + scale**2 * x**2) ** nu + d.polynomial(2)


def sine_under_bell(d):
    return (d.polynomial(1) * asinh(d.known() * x) + d.rational() * x) ** 2 * exp(-d.scale() * x**2)


def sine_on_half_line(d):
    return Piecewise((d.rational() * x**2 * asinh(d.scale() * x) ** 2, x < 0), (d.polynomial(3), True))


def logarithm(d):
    return d.polynomial(4) * log(d.scale() + d.known() * x**2) + d.polynomial(2)


def logarithm_of_product(d):
    inside = x**2 * sqrt(1 + d.known() * x**2) / (d.known() + x**2) ** 2 * exp(d.rational() * x)
    return d.polynomial(2) * log(inside)


def logarithm_on_half_line(d):
    return Max(0, x) ** d.whole(1, 4) * log(d.known() + d.scale() * x**2) * exp(-d.known() * x**2)


def quadratic_power(d):
    return (d.polynomial(2) * (d.scale() + d.known() * x**2) ** (d.power() * d.random.choice((-1, 1)))) ** 2


def shifted_quadratic_power(d):
    return (d.polynomial(1) + (d.known() + d.scale() * x**2) ** d.power()) ** 2


def quadratic_beside_size(d):
    inner = (d.known() + d.scale() * x**2) ** (d.power() * d.random.choice((-1, 1)))
    return d.polynomial(1) * Abs(x) ** d.power() * inner * exp(-d.whole(0, 1) * x**2)


def quotient_of_size(d):
    return Max(0, x) ** d.power() * d.polynomial(1) / (d.known() + x**2) ** d.whole(1, 3)


def distance(d):
    return (d.polynomial(1) * Abs(x - d.place()) ** d.power()) ** 2


def distance_and_polynomial(d):
    place = d.place()
    return (d.rational() * sign(x - place) * Abs(x - place) ** d.power() + d.rational()) ** 2


def one_sided(d):
    return (d.rational() * Max(0, d.known() * x - d.place()) ** d.power() + d.polynomial(1)) ** 2


def unequal_sides(d):
    place, power = d.place(), d.power()
    return Piecewise(
        (d.rational() * (place - x) ** power, x < place), (d.rational() * (x - place) ** power, True)
    )


def power_between_breakpoints(d):
    inner, power = d.known(), d.power()
    return Piecewise(
        (0, x < -inner),
        ((-x) ** power, x < 0),
        (d.rational() * x**power, x < inner + 1),
        (d.polynomial(1), True),
    )


def tilted(d):
    return Abs(x) ** d.power() * exp(d.rational() * x) + Max(0, -x) ** d.power() * exp(d.scale() * x - x**2)


MAKERS = (
    squared_sine,
    sine_beside_root,
    sine_under_bell,
    sine_on_half_line,
    logarithm,
    logarithm_of_product,
    logarithm_on_half_line,
    quadratic_power,
    shifted_quadratic_power,
    quadratic_beside_size,
    quotient_of_size,
    distance,
    distance_and_polynomial,
    one_sided,
    unequal_sides,
    power_between_breakpoints,
    tilted,
)
FEW, MANY = 2, 12
MEMBERS = [
    pytest.param(make, seed, id=f"{make.__name__}-{seed}", marks=pytest.mark.slow if seed >= FEW else ())
    for make in MAKERS
    for seed in range(MANY)
]


def _form(f, known=KNOWN):
    return closed_form(pieces(f, known), known, integrand=f)


def _differs(form, f, variance, known=KNOWN):
    """Relative distance of a form from the integral."""
    parameters = dict(known.sample(2))
    value = value_ball(form.expr, substitution={q: variance, **parameters}, bits=100)
    reference = mean_ball(f, variance, parameters=parameters, bits=92)
    return float(abs(value - reference).upper() / max(abs(reference).upper(), abs(value).upper()))


@pytest.mark.parametrize(("make", "seed"), MEMBERS)
def test_random_members_have_a_form_that_is_their_mean(make, seed):
    f = make(Draws(f"{make.__name__} {seed}"))
    form = _form(f)
    assert form is not None, f

    assert not form.expr.has(I, Integral, meijerg)
    assert all(_differs(form, f, variance) < 10**-DIGITS for variance in VARIANCES), f
    assert parse(str(form.expr), functions=HEADS, symbols={"q": q, "a": a, "c": c, "p": p}) == form.expr


t = 1 / (2 * q)
y = 1 / (4 * q)
LITERATURE = [
    (asinh(x) ** 2, exp(y) * BesselKOrderDerivative(2, Rational(1, 2), y) / (4 * sqrt(2 * pi * q))),
    (
        log(1 + x**2),
        pi * erfi(sqrt(t)) - 2 * t * hyper((1, 1), (Rational(3, 2), 2), t) - EulerGamma - log(4 * t),
    ),
    ((1 + x**2) ** (-p), KummerU(Rational(1, 2), Rational(3, 2) - p, t) / sqrt(2 * q)),
    (Abs(x) ** p, q ** (p / 2) * 2 ** (p / 2) * gamma((p + 1) / 2) / sqrt(pi)),
]


@pytest.mark.parametrize(("f", "published"), LITERATURE, ids=lambda e: str(e)[:20])
def test_forms_are_hardly_longer_than_those_of_the_literature(f, published):
    assert _form(f).expr.count_ops() <= 1.3 * published.count_ops()


def test_the_logarithm_agrees_with_its_form_by_hypergeometric_functions():
    expr = _form(log(1 + x**2)).expr
    with mpmath.workdps(30):
        u = mpmath.mpf(3) / 7
        expected = mpmath.pi * mpmath.erfi(mpmath.sqrt(u)) - 2 * u * mpmath.hyp2f2(1, 1, 1.5, 2, u)
        expected -= mpmath.euler + mpmath.log(4 * u)

        assert agree(number(expr, digits=28, parameters={"q": "7/6"}), expected, DIGITS)
        assert agree(
            mpmath.mpf(str(expr.rewrite(hyper).xreplace({q: Rational(7, 6)}).evalf(60))), expected, 15
        )


def _squared(f):
    return lambda u: f(u) ** 2


EXTREME = {
    "asinh(x)**2": _squared(mpmath.asinh),
    "(x*asinh(2*x) - x)**2": lambda u: (u * mpmath.asinh(2 * u) - u) ** 2,
    "x**3*asinh(x)*(1 + x**2)**(-3/2)": lambda u: u**3 * mpmath.asinh(u) / mpmath.sqrt(1 + u * u) ** 3,
    "log(1 + x**2)": lambda u: mpmath.log1p(u * u),
    "x**2*log(1 + 3*x**2)": lambda u: u * u * mpmath.log1p(3 * u * u),
    "(1 + x**2)**(1/3)": lambda u: mpmath.cbrt(1 + u * u),
    "((1 + x**2)**(1/3) - 1)**2": lambda u: (mpmath.cbrt(1 + u * u) - 1) ** 2,
    "x**4*(1 + x**2)**(-7/5)": lambda u: u**4 * (1 + u * u) ** mpmath.mpf("-1.4"),
    "Abs(x - 1)**(2/3)": lambda u: mpmath.cbrt(abs(u - 1)) ** 2,
    "Max(0, x + 1)**(4/3)": lambda u: mpmath.cbrt(max(0, u + 1)) ** 4,
}


def _reference(f, variance):
    """The mean by quadrature in the standard normal variable, split where the function bends."""
    with mpmath.workdps(45):
        deviation = mpmath.sqrt(mpmath.mpf(variance))
        bends = {side * place / deviation for side in (-1, 1) for place in (0.25, 1, 4)}
        places = {-18, -6, -2, 0, 2, 6, 18} | {b for b in bends if abs(b) < 18}
        near = {side * mpmath.mpf(10) ** k for side in (-1, 1) for k in range(-8, 0, 2)}
        return mpmath.quad(lambda z: f(deviation * z) * mpmath.npdf(z), sorted(places | near))


@pytest.mark.parametrize("text", EXTREME)
@pytest.mark.parametrize("variance", ["1e-12", "1e-3", "1e6"])
def test_values_are_right_at_any_variance(text, variance):
    moment = gaussian_mean(text, method="rules")
    expected = _reference(EXTREME[text], variance)
    with mpmath.workdps(45):
        for digits in (15, 30):
            value = moment.value(q=variance, digits=digits)

            assert abs(value - expected) <= 2 * abs(expected) * mpmath.mpf(10) ** -digits


@pytest.mark.parametrize("variance", ["1e-12", "1e-3", "1e6"])
def test_a_rare_excess_keeps_its_digits(variance):
    moment = gaussian_mean("Max(0, x - 1)**(4/3)", method="rules")
    with mpmath.workdps(50):
        v = mpmath.mpf(variance)
        # x = 1 + v*u; the factor exp(-1/(2*v)) is taken out.
        width = mpmath.mpf(1) if v < 1 else 1 / mpmath.sqrt(v)
        ends = [0, *(width * mpmath.mpf(2) ** k for k in range(-6, 8)), mpmath.inf]
        inner = mpmath.quad(lambda u: mpmath.cbrt(u) ** 4 * mpmath.exp(-u - v * u * u / 2), ends)
        expected = inner * mpmath.cbrt(v) ** 4 * mpmath.sqrt(v / (2 * mpmath.pi)) * mpmath.exp(-1 / (2 * v))

        assert abs(moment.value(q=variance, digits=30) / expected - 1) < mpmath.mpf(10) ** -28


@pytest.mark.parametrize(
    "f",
    [
        log(1 + x**2) ** 2,
        asinh(x + 1),
        x * asinh(x) ** 2 * Heaviside(x),
        log(1 + x**2) / (1 + x**2),
        log(1 + x + x**2),
        log(c + c * x**2),
        (1 + x + x**2) ** Rational(1, 3),
        Abs(x) ** Rational(1, 3) * Abs(x - 1) ** Rational(1, 3),
        asinh(x) * asinh(2 * x),
    ],
    ids=str,
)
def test_what_has_no_known_form_has_no_rule(f):
    assert _form(f) is None


@pytest.mark.parametrize(
    "f", [Abs(x - 1) ** Rational(1, 4) / (x - 1) ** 2, Abs(x) ** Rational(-3, 2), 1 / log(1 + x**2)]
)
def test_what_diverges_is_refused(f):
    with pytest.raises(NotIntegrableError):
        mean_of(f, NOTHING)


def test_a_scale_that_may_be_0_has_no_rule():
    assert gaussian_mean("asinh(b*x)**2").expr is None
    assert gaussian_mean("asinh(b*x)**2", assume="b < 0").expr is not None


def test_removable_poles_of_logarithms_are_not_divergent():
    assert mean_of(log(1 + x**2) / x**2, NOTHING).expr is None
    assert mean_of((log(1 + x**2) / x) ** 2, NOTHING).expr is None


def test_a_power_that_may_diverge_asks_for_an_assumption():
    with pytest.raises(AssumptionError, match="assume"):
        gaussian_mean("Abs(x - 1)**a")


@pytest.mark.parametrize("power", [Rational(2, 3), Rational(7, 4), p])
def test_slopes_of_powers_of_distances_have_forms(power):
    parts = pieces(Abs(x - 1) ** power, KNOWN)
    slope = Pieces(breakpoints=parts.breakpoints, branches=tuple(diff(f, x) ** 2 for f in parts.branches))
    known = Assumptions(intervals=(Interval(symbol=p, lower=Rational(1, 2)),))
    form = closed_form(slope, known)

    assert form is not None
    assert _differs(form, (power * Abs(x - 1) ** (power - 1)) ** 2, VARIANCES[0], known) < 10**-DIGITS


def _mp(value):
    return mpmath.mpf(int(value.p)) / int(value.q)


def _integrated(u):
    return mpmath.quad(lambda s: mpmath.exp(s * s) * mpmath.erfc(s), mpmath.linspace(0, u, 9))


VALUES = [
    *(
        (KummerU, point, mpmath.hyperu)
        for point in ((S(1) / 2, S(13) / 6, S(5) / 7), (S(7) / 3, S(-2) / 5, S(40)))
    ),
    *(
        (KummerM, point, mpmath.hyp1f1)
        for point in ((S(-1) / 3, S(1) / 2, S(-9)), (S(5) / 4, S(3) / 2, S(1) / 9))
    ),
    *(
        (ParabolicCylinderD, point, mpmath.pcfd)
        for point in ((S(-7) / 3, S(5)), (S(-7) / 3, S(-6)), (S(4) / 3, S(1) / 9), (S(-1) / 2, S(30)))
    ),
    *((ErfcxIntegral, (u,), _integrated) for u in (S(-2), S(1) / 1000, S(7) / 3, S(12))),
]


@pytest.mark.parametrize(
    ("head", "point", "function"), VALUES, ids=[f"{head.__name__}{point}" for head, point, _ in VALUES]
)
def test_heads_have_the_values_and_slopes_of_their_definitions(head, point, function):
    *given, last = point
    argument = Symbol("u")
    slope = head(*given, argument).diff(argument)
    with mpmath.workdps(40):
        numbers = [_mp(v) for v in given]
        value = function(*numbers, _mp(last))
        tangent = mpmath.diff(lambda u: function(*numbers, u), _mp(last))

        assert agree(number(head(*point), digits=32), value, 30)
        assert agree(mpmath.mpf(str(head(*point).evalf(32))), value, 30)
        assert agree(number(slope, digits=25, parameters={"u": last}), tangent, 15)


@pytest.mark.parametrize("n", [1, 2, 3, 4])
@pytest.mark.parametrize("order", [S.Half, Rational(7, 3), Rational(-4, 5)])
@pytest.mark.parametrize("place", [Rational(1, 1000), Rational(3, 4), Integer(11)])
def test_bessel_functions_are_differentiated_by_their_order(n, order, place):
    head = BesselKOrderDerivative(n, order, place)
    with mpmath.workdps(60):
        expected = mpmath.diff(lambda v: mpmath.besselk(v, _mp(place)), _mp(order), n)

        assert agree(number(head, digits=30), expected, 20)
        assert agree(mpmath.mpf(str(head.evalf(30))), expected, 20)


@pytest.mark.parametrize("place", [Rational(1, 10**7), Rational(3, 4), Integer(10) ** 11])
@pytest.mark.parametrize("n", [2, 3])
def test_slopes_of_bessel_derivatives(n, place):
    u = Symbol("u", positive=True)
    head = BesselKOrderDerivative(n, S.Half, u)
    middle, step = place, min(place, S.One) / 10**10
    with mpmath.workdps(60):
        plus, minus = (number(head, digits=55, parameters={"u": middle + s}) for s in (step, -step))
        expected = (plus - minus) / (2 * _mp(step))
        slope = number(head.diff(u), digits=40, parameters={"u": middle})

        assert head.diff(u).has(BesselKOrderDerivative)
        assert agree(slope, expected, 15)


@pytest.mark.parametrize("bits", [20, 53, 150])
@pytest.mark.parametrize("place", [Rational(1, 10**6), Rational(1, 7), Integer(5), Integer(3 * 10**10)])
def test_balls_of_bessel_derivatives_hold_the_value(place, bits):
    with mpmath.workdps(70):
        y0 = _mp(place)
        reach = mpmath.acosh(1 + 400 / y0)
        integral = mpmath.quad(
            lambda s: mpmath.exp(-2 * y0 * mpmath.sinh(s / 2) ** 2) * s * s * mpmath.cosh(s / 2),
            mpmath.linspace(0, reach, 17),
        )
        digits = mpmath.nstr(integral * mpmath.exp(-y0), 60)
    with ctx.workprec(250):
        expected = arb(digits)

        assert value_ball(BesselKOrderDerivative(2, S.Half, place), bits=bits).contains(expected)


def test_values_that_are_known():
    assert KummerM(0, p, x) == KummerM(a, p, 0) == KummerU(0, p, x) == 1
    assert KummerM(a, a, x) == exp(x)
    assert KummerU(a, a + 1, x) == x**-a
    assert KummerM(a, p, x).rewrite(hyper) == hyper((a,), (p,), x)
    assert ParabolicCylinderD(0, x) == exp(-(x**2) / 4)
    assert ErfcxIntegral(0) == 0
    assert ErfcxIntegral(oo) == oo
    assert BesselKOrderDerivative(2, -S.Half, x) == BesselKOrderDerivative(2, S.Half, x)
    assert BesselKOrderDerivative(3, -S.Half, x) == -BesselKOrderDerivative(3, S.Half, x)
    assert BesselKOrderDerivative(3, 0, x) == 0
    with pytest.raises(ValueError, match="non-negative"):
        BesselKOrderDerivative(-1, 0, x)
    assert KummerU(S(1) / 2, S(-1) / 2, S(1) / 2).evalf(30) == sqrt(S(1) / 2).evalf(30)


def test_heads_in_latex():
    assert latex(KummerU(S.Half, 2, q)) == r"U\left(\frac{1}{2}, 2, q\right)"
    assert latex(KummerU(S.Half, 2, q) ** 2) == r"U^{2}\left(\frac{1}{2}, 2, q\right)"
    assert latex(KummerM(a, 2, q)) == r"{}_1F_1\left(a; 2; q\right)"
    assert latex(KummerM(a, 2, q) ** 2) == r"\left({}_1F_1\left(a; 2; q\right)\right)^{2}"
    assert latex(ParabolicCylinderD(-p, q) ** 2) == r"D_{- p}^{2}\left(q\right)"
    assert latex(ErfcxIntegral(q)) == r"\operatorname{Ierfcx}\left(q\right)"
    assert latex(BesselKOrderDerivative(2, S.Half, q)) == (
        r"\left. \partial_{\nu}^{2} K_{\nu}\left(q\right) \right|_{\nu=\frac{1}{2}}"
    )


@pytest.mark.parametrize(
    ("text", "head"),
    [
        ("asinh(x)", BesselKOrderDerivative),
        ("x*(1 + x**2)**(1/3)", KummerU),
        pytest.param("log(1 + x**2)", ErfcxIntegral, marks=pytest.mark.slow),
        pytest.param("Abs(x - 1)**(3/4)", KummerM, marks=pytest.mark.slow),
        pytest.param("Max(0, x - 1)**(3/4)", ParabolicCylinderD, marks=pytest.mark.slow),
    ],
)
def test_derivations_with_these_heads_are_written_and_read_back(text, head):
    derivation = derive(text)

    assert any(m.expr is not None and m.expr.has(head) for m in derivation.moments.values())
    assert from_json(derivation.to_json()) == derivation
    assert r"\left(" in derivation.to_latex()
