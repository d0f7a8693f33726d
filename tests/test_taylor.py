"""Taylor polynomials against contour integrals, and the cases where there is none."""

import time
from collections.abc import Callable
from typing import Any

import mpmath
import pytest
from sympy import (
    Abs,
    E,
    Expr,
    Heaviside,
    Max,
    Min,
    O,
    Piecewise,
    Rational,
    S,
    Symbol,
    acos,
    asin,
    asinh,
    atan,
    atanh,
    cos,
    cosh,
    cot,
    coth,
    csc,
    erf,
    erfc,
    erfi,
    exp,
    gamma,
    log,
    pi,
    sec,
    sech,
    sign,
    sin,
    sinh,
    sqrt,
    symbols,
    tan,
    tanh,
)

from symbolic_init.analysis.taylor import coefficients, taylor, taylor_sided
from symbolic_init.assumptions import Assumptions, Interval
from symbolic_init.errors import AssumptionError, UnsupportedError
from symbolic_init.notation import x

mp = mpmath.mp
GELU = x * (1 + erf(x / sqrt(2))) / 2
MISH = x * tanh(log(1 + exp(x)))
NODES = 96
"""Points on the circle; with radius below half the distance to the next pole the error is 2**-96."""
AGREE = 1e-14

ANALYTIC: tuple[tuple[str, Expr, Callable[[Any], Any], str], ...] = (
    ("tanh", tanh(x), mp.tanh, "0.7"),
    ("tan", tan(x + 1), lambda t: mp.tan(t + 1), "0.25"),
    ("sin", sin(2 * x + 1), lambda t: mp.sin(2 * t + 1), "1"),
    ("cos squared", cos(x) ** 2, lambda t: mp.cos(t) ** 2, "1"),
    ("sinh", sinh(x) * cosh(x), lambda t: mp.sinh(t) * mp.cosh(t), "1"),
    ("sigmoid", 1 / (1 + exp(-x)), lambda t: 1 / (1 + mp.exp(-t)), "1.5"),
    ("softplus", log(1 + exp(x)), lambda t: mp.log(1 + mp.exp(t)), "1.5"),
    ("gelu", GELU, lambda t: t * mp.erfc(-t / mp.sqrt(2)) / 2, "1"),
    ("mish", MISH, lambda t: t * mp.tanh(mp.log(1 + mp.exp(t))), "0.9"),
    ("tanhexp", x * tanh(exp(x)), lambda t: t * mp.tanh(mp.exp(t)), "0.3"),
    ("loglog", 1 - exp(-exp(x)), lambda t: 1 - mp.exp(-mp.exp(t)), "1"),
    ("erfc", erfc(x - 1), lambda t: mp.erfc(t - 1), "1"),
    ("erfi", erfi(x), mp.erfi, "1"),
    ("atan", atan(x + 1), lambda t: mp.atan(t + 1), "0.6"),
    ("asinh", asinh(2 * x), lambda t: mp.asinh(2 * t), "0.2"),
    ("atanh", atanh(x / 2), lambda t: mp.atanh(t / 2), "0.9"),
    ("asin", asin(x / 2), lambda t: mp.asin(t / 2), "0.9"),
    ("acos", acos(x / 3), lambda t: mp.acos(t / 3), "1.2"),
    ("sech", sech(x), mp.sech, "0.7"),
    ("sec", sec(x), mp.sec, "0.7"),
    ("isru", x / sqrt(1 + x**2), lambda t: t / mp.sqrt(1 + t * t), "0.45"),
    ("squareplus", (x + sqrt(x**2 + 4)) / 2, lambda t: (t + mp.sqrt(t * t + 4)) / 2, "0.9"),
    ("cube root", (8 + x) ** Rational(1, 3), lambda t: mp.cbrt(8 + t), "3"),
    ("power of 2", 2**x, lambda t: mpmath.mpf(2) ** t, "1"),
    ("x to the x", (1 + x) ** x, lambda t: (1 + t) ** t, "0.4"),
    ("sinc", sin(x) / x, lambda t: mp.sin(t) / t, "1"),
    ("bernoulli", x / (exp(x) - 1), lambda t: t / mp.expm1(t), "2.5"),
    ("expm1 over x", (exp(x) - 1) / x, lambda t: mp.expm1(t) / t, "1"),
    ("cosine defect", (1 - cos(x)) / x**2, lambda t: (1 - mp.cos(t)) / t**2, "1"),
    ("langevin", coth(x) - 1 / x, lambda t: mp.coth(t) - 1 / t, "1.2"),
    ("x cot x", x * cot(x), lambda t: t * mp.cot(t), "1.2"),
    ("x csc x", x * csc(x), lambda t: t * mp.csc(t), "1.2"),
    ("tanh defect", (x - tanh(x)) / x**3, lambda t: (t - mp.tanh(t)) / t**3, "0.6"),
    ("gamma", gamma(x + 1), lambda t: mp.gamma(t + 1), "0.45"),
    ("rational", (1 + x) / (2 - x + x**2), lambda t: (1 + t) / (2 - t + t * t), "0.6"),
)


def contour_coefficients(f: Callable[[Any], Any], order: int, radius: str) -> list[Any]:
    """Taylor coefficients by Cauchy's formula on a circle."""
    r = mpmath.mpf(radius)
    points = [mpmath.expjpi(mpmath.mpf(2 * k + 1) / NODES) for k in range(NODES)]
    values = [f(r * p) for p in points]
    return [
        mpmath.fsum(v * p**-k for v, p in zip(values, points, strict=True)) / NODES / r**k
        for k in range(order + 1)
    ]


@pytest.mark.parametrize(("expr", "f", "radius"), [c[1:] for c in ANALYTIC], ids=[c[0] for c in ANALYTIC])
def test_coefficients_agree_with_contour_integrals(expr: Expr, f: Callable[[Any], Any], radius: str) -> None:
    exact = coefficients(expr, order=12)

    assert len(exact) == 13
    with mpmath.workdps(40):
        for mine, theirs in zip(exact, contour_coefficients(f, 12, radius), strict=True):
            assert abs(mpmath.mpmathify(mine.evalf(30)) - theirs) < AGREE * max(1, abs(theirs))


def test_known_expansions_are_exact_and_short() -> None:
    assert taylor(tanh(x), order=5) == x - x**3 / 3 + 2 * x**5 / 15 + O(x**6)
    assert taylor(GELU) == x / 2 + x**2 / sqrt(2 * pi) - x**4 / (6 * sqrt(2 * pi)) + O(x**6)
    assert taylor(log(1 + exp(x)), order=4) == log(2) + x / 2 + x**2 / 8 - x**4 / 192 + O(x**5)
    assert coefficients(MISH, order=3) == (0, Rational(3, 5), Rational(8, 25), Rational(-2, 125))
    assert taylor(x**7, order=3) == O(x**4)


@pytest.mark.parametrize("expr", [GELU, exp(x), log(2 + x), 1 / (1 - x), tanh(x), x**9, x * pi + 1], ids=str)
@pytest.mark.parametrize("order", [0, 1, 4])
def test_the_sum_is_the_one_that_sympy_would_build(expr: Expr, order: int) -> None:
    mine = taylor(expr, order=order)
    theirs = mine.removeO() + O(x ** (order + 1))

    assert mine == theirs
    assert hash(mine) == hash(theirs)
    assert str(mine) == str(theirs)


def test_hyperbolic_functions_of_logarithms_are_algebraic() -> None:
    assert coefficients(tanh(log(2 + x)), order=0) == (Rational(3, 5),)
    assert coefficients(cosh(x + log(3) / 2), order=0)[0] == 2 / sqrt(3)


def test_parameters_stay_symbols() -> None:
    a, b = symbols("a b", real=True)

    assert taylor(x / (1 + exp(-b * x)), order=4) == x / 2 + b * x**2 / 4 - b**3 * x**4 / 48 + O(x**5)
    assert coefficients(sqrt(1 + a * x**2), order=4) == (1, 0, a / 2, 0, -(a**2) / 8)
    assert coefficients(log(a + x + 2), order=2)[1:] == (1 / (a + 2), -1 / (2 * (a + 2) ** 2))
    assert coefficients(a**x, order=2) == (1, log(a), log(a) ** 2 / 2)
    assert coefficients((1 + a) ** 2 / (1 + a + x), order=2) == (a + 1, -1, 1 / (a + 1))


@pytest.mark.parametrize(
    ("expr", "left", "right"),
    [
        (Max(0, x), S.Zero, x),
        (Abs(x), -x, x),
        (Abs(x) ** 3, -(x**3), x**3),
        (x / (1 + Abs(x)), x + x**2 + x**3, x - x**2 + x**3),
        (Heaviside(x), S.Zero, S.One),
        (sign(x) * x + 1, 1 - x, 1 + x),
        (Piecewise((exp(x) - 1, x < 0), (x, True)), x + x**2 / 2 + x**3 / 6, x),
        (Max(0, sin(x) + x / 3), S.Zero, 4 * x / 3 - x**3 / 6),
        (sqrt(x**2 + x**4), -x - x**3 / 2, x + x**3 / 2),
        (Min(x, x**2, 3), x, x**2),
        (Piecewise((1, (x > -1) & (x < 0)), (2, (x >= 1) | (x <= -1)), (x, True)), S.One, x),
    ],
    ids=str,
)
def test_sides_of_a_kink_have_their_own_polynomials(expr: Expr, left: Expr, right: Expr) -> None:
    end = O(x**4)
    result = taylor(expr, order=3)

    assert taylor_sided(expr, order=3, side=-1) == left + end
    assert taylor_sided(expr, order=3, side=1) == right + end
    assert result == Piecewise((left + end, x < 0), (right + end, True), evaluate=False)
    with pytest.raises(UnsupportedError, match="one on each side"):
        coefficients(expr, order=3)


def test_sides_that_agree_make_one_polynomial() -> None:
    assert taylor(Abs(x) ** 4 + Max(x, x - 1), order=4) == x + x**4 + O(x**5)
    assert taylor(sqrt(x**4 + x**6), order=4) == x**2 + x**4 / 2 + O(x**5)
    assert taylor(sign(x) * Abs(x), order=2) == x + O(x**3)


def test_flat_functions_have_the_zero_polynomial() -> None:
    assert taylor(exp(-1 / x**2), order=6) == O(x**7)
    assert taylor(Piecewise((exp(-1 / x), x > 0), (0, True)), order=2) == O(x**3)


@pytest.mark.parametrize(
    "expr",
    [
        1 / x,
        log(Abs(x)),
        Abs(x) ** Rational(1, 3),
        exp(1 / x),
        sin(1 / x),
        cot(x),
        x * log(Abs(x)),
        tanh(1 / x),
    ],
    ids=str,
)
def test_what_has_no_expansion_is_refused(expr: Expr) -> None:
    with pytest.raises(UnsupportedError, match="no Taylor expansion"):
        taylor(expr)


def test_a_negative_order_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="at least 0"):
        taylor(tanh(x), order=-1)


def test_a_missing_assumption_is_named() -> None:
    a = Symbol("a", real=True)
    free = Assumptions(intervals=(Interval(symbol=a),))
    small = Assumptions(intervals=(Interval(symbol=a, upper=S.One),))

    with pytest.raises(AssumptionError, match='--assume "a<1"'):
        taylor(Max(x, a * x), known=free)
    assert taylor_sided(Max(x, a * x), order=1, side=-1, known=small) == a * x + O(x**2)


@pytest.mark.parametrize("expr", [tanh(x), GELU, MISH, log(1 + exp(x)), E ** (-(x**2)) / (1 + x**2)], ids=str)
def test_fifty_terms_are_quick(expr: Expr) -> None:
    start = time.perf_counter()
    result = coefficients(expr, order=50)
    taken = time.perf_counter() - start

    assert len(result) == 51
    assert taken < 1.5, "0.02 to 0.2 s on a quiet machine"


def test_the_fiftieth_coefficient_of_tanh_is_that_of_the_bernoulli_numbers() -> None:
    n = 25
    expected = 4**n * (4**n - 1) * mpmath.bernfrac(2 * n)[0]
    denominator = mpmath.bernfrac(2 * n)[1] * mpmath.factorial(2 * n)
    with mpmath.workdps(40):
        value = mpmath.mpmathify(coefficients(tanh(x), order=49)[49].evalf(35))

        assert mpmath.almosteq(value, mpmath.mpf(int(expected)) / denominator, 1e-13)
