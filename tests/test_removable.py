"""Functions whose poles on the real line cancel: their means against integrals in ball arithmetic."""

import time
from collections.abc import Callable, Mapping
from random import Random
from types import MappingProxyType

import flint
import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import (
    Abs,
    Add,
    Expr,
    Piecewise,
    Rational,
    S,
    Symbol,
    asin,
    asinh,
    cos,
    erf,
    exp,
    expand,
    factorial,
    log,
    oo,
    pi,
    sin,
    sinh,
    sqrt,
    tanh,
)

from symbolic_init.assumptions import Assumptions, Interval
from symbolic_init.errors import AssumptionError, NotIntegrableError
from symbolic_init.evidence import Moment
from symbolic_init.moments.ball import mean_ball, value_ball
from symbolic_init.moments.evaluation import number
from symbolic_init.moments.mean import gaussian_mean, mean_of
from symbolic_init.moments.named import MOMENTS, moment
from symbolic_init.notation import q, x

BITS = 90
TOLERANCE = flint.arb(10) ** -25
SMALLEST = flint.arb(10) ** -3
VARIANCES = (Rational(3, 7), Rational(17, 8))
SHARE = Rational(2, 7)
"""A variance as a part of the largest one."""
MEMBERS = 4
EXAMPLES = settings(max_examples=4, deadline=None, derandomize=True, database=None)
FASTEST_OF = 3
MOST_SECONDS = 0.1

a = Symbol("a", real=True)
KNOWN = Assumptions(intervals=(Interval(symbol=a, lower=S.Zero),))
SIZE = MappingProxyType({a: Rational(6, 5)})

Block = Callable[[Random], Expr]


def _rational(random: Random) -> Rational:
    return random.choice((-1, 1)) * Rational(random.randint(1, 6), random.randint(1, 4))


def _rate(random: Random) -> Expr:
    """A positive number, or one times a positive parameter."""
    return abs(_rational(random)) * (a if random.random() < 0.3 else 1)


BLOCKS: Mapping[str, tuple[Block, ...]] = MappingProxyType(
    {
        "waves": (lambda r: sin(_rate(r) * x), lambda r: cos(_rate(r) * x)),
        "exponentials": (
            lambda r: exp(_rate(r) * x / 3),
            lambda r: exp(-_rate(r) * x / 3),
            lambda r: sinh(_rate(r) * x / 3),
        ),
        "bells": (lambda r: exp(-_rate(r) * x**2),),
        "waves and bells": (
            lambda r: sin(_rate(r) * x),
            lambda r: cos(_rate(r) * x) * exp(-_rate(r) * x**2),
        ),
        "error functions": (lambda r: erf(_rate(r) * x),),
        "two error functions": (lambda r: erf(_rate(r) * x) * erf(_rate(r) * x),),
        "roots": (lambda r: sqrt(_rational(r) ** 2 + _rate(r) * x**2),),
    }
)
"""Functions without poles, of which means of every product with a power of x have closed forms."""
SHIFTED = ("waves", "exponentials", "bells", "waves and bells")
"""Families that are closed under shifts of x."""
SQUARED = ("waves", "exponentials", "bells", "waves and bells", "error functions")
"""Families of which squares have closed forms as well."""


def _polynomial(random: Random, degree: int) -> Expr:
    return Add(*(_rational(random) * x ** random.randint(0, degree) for _ in range(2)))


def _taylor(f: Expr, order: int) -> list[Expr]:
    found = []
    for k in range(order):
        found.append(f.subs(x, 0) / factorial(k))
        f = f.diff(x)
    return found


def removable(family: str, random: Random) -> Expr:
    """Functions times polynomials less what makes them `O(x**k)`, over `x**k`."""
    order = random.randint(1, 4)
    degree = 0 if family == "two error functions" else 1
    top = Add(
        *(
            _polynomial(random, degree) * random.choice(BLOCKS[family])(random)
            for _ in range(random.randint(1, 2))
        )
    )
    base = exp(-_rate(random) * x**2) if random.random() < 0.5 else S.One
    if family.startswith("waves"):
        base = random.choice((S.One, cos(_rate(random) * x)))
    wanted, given_ = _taylor(top, order), _taylor(base, order)
    found: list[Expr] = []
    for k in range(order):
        rest = wanted[k] - sum(found[j] * given_[k - j] for j in range(k))
        found.append(expand(rest / given_[0]))
    return (top - Add(*(c * x**k for k, c in enumerate(found))) * base) / x**order


def _check(f: Expr, known: Assumptions = KNOWN, size: Mapping[Symbol, Expr] = SIZE) -> Moment:
    """The mean, which must be exact and agree with the integral at two variances."""
    found = mean_of(f, known)

    assert found.kind == "exact", f
    for at in VARIANCES:
        variance = at if found.limit is oo else (found.limit * at * SHARE).xreplace(dict(size))
        values = {q: variance, **size}
        reference = mean_ball(f, variance, parameters=values, bits=BITS)
        value = value_ball(found.expr, substitution=values, bits=BITS + 10)

        assert abs(value - reference) <= TOLERANCE * max(abs(value).upper(), SMALLEST), (f, variance)
    return found


@pytest.mark.parametrize("index", range(MEMBERS))
@pytest.mark.parametrize("family", BLOCKS)
def test_functions_that_are_regular_by_construction_have_exact_means(family: str, index: int) -> None:
    _check(removable(family, Random(f"{family} {index}")))  # noqa: S311


@pytest.mark.parametrize("index", range(MEMBERS // 2))
@pytest.mark.parametrize("family", SHIFTED)
def test_the_pole_may_stand_away_from_zero(family: str, index: int) -> None:
    random = Random(f"shifted {family} {index}")  # noqa: S311

    _check(removable(family, random).xreplace({x: x - _rational(random)}))


@pytest.mark.parametrize("index", range(MEMBERS // 2))
@pytest.mark.parametrize("family", SQUARED)
def test_mean_squares_are_exact(family: str, index: int) -> None:
    _check(removable(family, Random(f"square {family} {index}")) ** 2)  # noqa: S311


@EXAMPLES
@given(
    st.sampled_from(("waves", "exponentials", "bells")),
    st.sampled_from(("waves", "exponentials", "bells")),
    st.randoms(use_true_random=False),
)
def test_functions_on_half_lines_are_exact_up_to_cosines(left: str, right: str, random: Random) -> None:
    """On half lines even functions of waves, and any of exponentials, have closed forms."""
    f, g = (removable(family, random) for family in (left, right))
    f, g = (u + u.subs(x, -x) if family == "waves" else u for u, family in ((f, left), (g, right)))

    _check(Piecewise((f, x < 0), (g, True)))


NAMED = {
    "sinc": (sin(x) / x, sqrt(pi / 2) * erf(sqrt(q / 2)) / sqrt(q)),
    "sinc squared": (
        sin(x) ** 2 / x**2,
        sqrt(pi / 2) / sqrt(q) * erf(sqrt(2 * q)) - (1 - exp(-2 * q)) / (2 * q),
    ),
    "bell": ((exp(-(x**2)) - 1) / x**2, (1 - sqrt(1 + 2 * q)) / q),
    "error function": (erf(x) / x, sqrt(2 / (pi * q)) * asinh(sqrt(2 * q))),
    "error function squared": (
        (erf(x) / x) ** 2,
        4 / pi * sqrt(2 / q) * asinh(sqrt(2 * q / (1 + 2 * q))) - 2 * asin(2 * q / (1 + 2 * q)) / (pi * q),
    ),
    "logarithm": ((1 - exp(-(x**2))) / Abs(x), log(1 + 2 * q) / sqrt(2 * pi * q)),
}
"""By differentiation under the integral sign; that of sinc squared is the Fourier integral of a triangle."""


@pytest.mark.parametrize("name", NAMED)
def test_known_means_come_out_as_they_are_known(name: str) -> None:
    f, expected = NAMED[name]

    found = _check(f, Assumptions(), {})

    for variance in VARIANCES:
        difference = value_ball((found.expr - expected).xreplace({q: variance}), bits=BITS)
        assert abs(difference) < TOLERANCE
    assert found.expr.count_ops() <= expected.count_ops() + 5


WHOLE = (
    (1 - cos(x)) / x**2,
    (exp(x) - 1) / x,
    (x * cos(x) - sin(x)) / x**2,
    (x * cos(x) - sin(x)) ** 2 / x**4,
    (sin(a * x) / x) ** 2,
    (sin(x) / x) ** 4 * (1 + x) ** 2,
    ((exp(x) - 1) / x - sin(x) / x) ** 2 * exp(-(x**2)),
    (exp(x**2) - 1) / x**2,
    sin(pi * x) / (x - 1),
    (cos(pi * x) / (1 - 4 * x**2)) ** 2,
    sin(x) / (x * (1 - x**2 / pi**2)),
    (cos(pi * x / 3) - Rational(1, 2)) / (x - 1),
    (exp(x) - exp(2)) / (x - 2),
    (exp(-(x**2)) - exp(-2)) / (x**2 - 2),
    (sin(x) - sin(1)) / (x - 1),
    sin(a * x) / (x - pi / a),
    (1 - 1 / sqrt(1 + x**2)) / x**2,
    Piecewise((x, x < 0), (sin(x) / x, True)) ** 2,
    Piecewise(((exp(x) - 1) / x, x < 0), (sin(x) / x, True)) ** 2,
    (1 - exp(-a * Abs(x))) / Abs(x),
    sin(x) / x + sqrt(Abs(x)),
)


@pytest.mark.parametrize("f", WHOLE, ids=str)
def test_removable_poles_leave_exact_means(f: Expr) -> None:
    _check(f)


LONG = (x * cos(x) - sin(x)) / x**2
"""An odd function, whose mean has no relative digits: a minute."""


@pytest.mark.parametrize(
    "f", [pytest.param(f, marks=pytest.mark.slow) if f == LONG else f for f in WHOLE], ids=str
)
def test_every_step_is_numerically_true(f: Expr) -> None:
    """Each mean in a line converges: terms whose poles cancel stay together."""
    found = mean_of(f, KNOWN)
    at = {**SIZE, q: Rational(5, 11) if found.limit is oo else found.limit * SHARE}

    for step in found.steps:
        left, right = (number(side.xreplace(at), digits=15) for side in (step.lhs, step.rhs))
        assert mpmath.almosteq(left, right, 1e-12, 1e-12), step


@pytest.mark.parametrize("g", ["sin(x)/x", "(1 - cos(x))/x", "(exp(x) - 1)/x"])
@pytest.mark.parametrize("name", MOMENTS)
def test_the_means_of_derivatives_are_exact(g: str, name: str) -> None:
    found = moment(g, name)

    assert found.kind == "exact"
    for variance in VARIANCES:
        reference = mean_ball(found.integrand, variance, parameters={q: variance}, bits=BITS)
        value = value_ball(found.expr, substitution={q: variance}, bits=BITS + 10)
        assert abs(value - reference) <= TOLERANCE * max(abs(value).upper(), SMALLEST)


DIVERGENT = (
    "1/x**2",
    "1/x",
    "cos(x)/x",
    "cos(x)/x**2",
    "exp(x)/x",
    "sin(x)/x + 1/x",
    "sin(x)/x + 1/x**2",
    "sin(x)/x**2",
    "erf(x)/x**2",
    "1/(x - 1)",
    "1/x + 1/(x - 1)",
    "(1 - cos(x))/x**3",
    "(1 + exp(-x))/Abs(x)",
    "(2 - sqrt(1 + x**2))/x",
    "Piecewise((0, x<0), ((exp(x) - 1)/x**2, True))",
)


@pytest.mark.parametrize("text", DIVERGENT)
def test_a_pole_that_remains_is_refused_at_once(text: str) -> None:
    with pytest.raises(NotIntegrableError, match="it has a pole on the real line"):
        gaussian_mean(text)


@pytest.mark.parametrize("text", ["cos(a*x)/x", "sin(a*x)/x**2", "a/x + sin(x)/x"])
def test_a_pole_with_a_parameter_is_refused_at_once(text: str) -> None:
    with pytest.raises(NotIntegrableError, match="it has a pole on the real line"):
        gaussian_mean(text, assume="a > 0")


@pytest.mark.parametrize("text", ["sin(x)/(x - 1)", "(sin(x) - x)/(x*(x**2 - 1))", "(exp(x) - 3)/(x - 1)"])
def test_poles_with_transcendental_coefficients_are_refused_by_a_look(text: str) -> None:
    with pytest.raises(NotIntegrableError, match="power -1 of the distance"):
        gaussian_mean(text)


def test_a_pole_that_some_parameters_remove_needs_an_assumption() -> None:
    with pytest.raises((NotIntegrableError, AssumptionError)):
        gaussian_mean("(sin(a*x) - b*x)/x**2", assume="a > 0, b > 0")

    assert gaussian_mean("(sin(a*x) - b*x)/x**2".replace("b", "a"), assume="a > 0").kind == "exact"


def test_odd_functions_have_mean_zero() -> None:
    for text in ("(1 - cos(x))/x", "sin(x)*erf(x)/x", "sign(x)*sin(x)/x"):
        found = gaussian_mean(text)

        assert found.expr == 0
        assert found.rules


def _bells(u: mpmath.mpf) -> mpmath.mpf:
    """Three bells that cancel at pi, over the square of the distance."""
    d = u - mpmath.pi
    return mpmath.fsum(c * mpmath.expm1(-r * d * d) for c, r in ((9, 1.25), (10, 1.75), (-19, 7.25))) / d**2


INTEGRALS = (
    (
        _bells,
        Add(
            *(
                c * (x - pi) * exp(-r * (x - pi) ** 2)
                for c, r in ((9, Rational(5, 4)), (10, Rational(7, 4)), (-19, Rational(29, 4)))
            )
        )
        / (x - pi) ** 3,
    ),
    (lambda u: mpmath.sinc(u) ** 4, (sin(x) / x) ** 4),
    (lambda u: mpmath.tanh(u) ** 2 / u**2 if u else 1, (tanh(x) / x) ** 2),
    (lambda u: 2 * (mpmath.sinc(u / 2) / 2) ** 2, (1 - cos(x)) / x**2),
    (lambda u: mpmath.expm1(u) / u if u else 1, (exp(x) - 1) / x),
    (lambda u: mpmath.exp(-1 / u**2) if u else 0, exp(-1 / x**2)),
    (lambda u: mpmath.sinc(u) / (u**2 + mpmath.mpf(1) / 400), sin(x) / (x**3 + x / 400)),
    (lambda u: mpmath.sincpi(u - 1) ** 2 * mpmath.pi**2, (sin(pi * x) / (x - 1)) ** 2),
    (lambda u: mpmath.sincpi(u / 2 - 3 / mpmath.mpf(2)) * mpmath.pi / 2, cos(pi * x / 2) / (x - 3)),
)
"""Functions in a form in which nothing cancels, and as they are given."""


@pytest.mark.parametrize(("stable", "f"), INTEGRALS, ids=lambda f: str(f) if isinstance(f, Expr) else "")
def test_integrals_past_a_removable_point_are_right(stable: Callable[..., object], f: Expr) -> None:
    with mpmath.workdps(35):
        for variance in VARIANCES:
            v = mpmath.mpf(int(variance.p)) / int(variance.q)
            ends = [k * mpmath.sqrt(v) for k in (-18, -8, -4, -2, -1, 0, 1, 2, 4, 8, 18)]
            total = mpmath.quad(lambda u, v=v: stable(u) * mpmath.exp(-u * u / (2 * v)), ends)
            expected = total / mpmath.sqrt(2 * mpmath.pi * v)

            ball = mean_ball(f, variance, bits=BITS)

            assert ball.rel_accuracy_bits() >= BITS
            assert abs(mpmath.mpf(ball.mid().str(40, radius=False)) / expected - 1) < mpmath.mpf(10) ** -26


@pytest.mark.parametrize("order", [1, 4, 8])
def test_high_orders_cancel_at_any_point(order: int) -> None:
    """What is left of an exponential series over a power of x, between two bounds of its own."""
    for place in (S.Zero, Rational(5, 3), pi):
        u = x - place
        f = (exp(u) - Add(*(u**k / factorial(k) for k in range(order)))) / u**order
        # The integral form of the remainder: E of the integral of exp(t*u)*(1 - t)**(order - 1).
        with mpmath.workdps(30):
            v, p = mpmath.mpf(5) / 7, mpmath.mpf(str(place.evalf(30)))
            expected = mpmath.quad(
                lambda t, v=v, p=p: mpmath.exp(t * t * v / 2 - t * p) * (1 - t) ** (order - 1), [0, 0.5, 1]
            ) / mpmath.factorial(order - 1)

            ball = mean_ball(f, Rational(5, 7), bits=60)

            assert abs(mpmath.mpf(ball.mid().str(30, radius=False)) / expected - 1) < mpmath.mpf(10) ** -17


QUICK = (
    "sin(x)/x",
    "sin(x)**2/x**2",
    "(1 - cos(x))/x**2",
    "(exp(x) - 1)/x",
    "(exp(-x**2) - 1)/x**2",
    "erf(x)/x",
    "(x*cos(x) - sin(x))/x**2",
    "(x*cos(x) - sin(x))**2/x**4",
    "(sin(a*x)/x)**2",
    "(sin(pi*x)/(x - 1))**2",
)


@pytest.mark.parametrize("text", QUICK)
def test_a_mean_takes_less_than_a_tenth_of_a_second(text: str) -> None:
    seconds = []
    for _ in range(FASTEST_OF):
        start = time.process_time()
        gaussian_mean(text, assume="a > 0" if "a" in text else "")
        seconds.append(time.process_time() - start)

    assert min(seconds) < MOST_SECONDS
