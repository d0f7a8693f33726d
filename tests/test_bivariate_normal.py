"""The bivariate normal distribution function: values in every arithmetic, symmetries, derivatives."""

from random import Random

import mpmath
import numpy as np
import pytest
from sympy import Rational, S, Symbol, asin, erf, latex, oo, pi, sqrt

from symbolic_init.moments.ball import value_ball
from symbolic_init.moments.compilation import compile_float
from symbolic_init.moments.special_arrays import bivariate_normal as of_arrays
from symbolic_init.notation import x
from symbolic_init.special import BivariateNormal
from symbolic_init.special.bivariate_normal import bivariate_normal

h, k, r = (Symbol(name, real=True) for name in "hkr")
CORRELATIONS = (
    Rational(-97, 100),
    Rational(-3, 5),
    Rational(-1, 9),
    Rational(2, 7),
    Rational(9, 10),
    Rational(99, 100),
)


def number(value):
    return mpmath.mpf(int(value.p)) / int(value.q)


def places(count):
    random = Random(5)  # noqa: S311
    for _ in range(count):
        first, second = (Rational(random.randint(-30, 30), 10) for _ in range(2))
        yield first, random.choice((first, second, -first)), random.choice(CORRELATIONS)


def reference(first, second, correlation):
    """The mean of the distribution function of V given U, over U < h."""
    with mpmath.workdps(45):
        u, v, c = map(number, (first, second, correlation))
        width = mpmath.sqrt(1 - c * c)
        middle = v / c
        cuts = sorted({*(t for t in (-13, -9, -6, -4, -2, 0, 2) if t < u), u})
        cuts = sorted({*cuts, *(t for s in (-6, -2, 0, 2, 6) if -13 < (t := middle + s * width) < u)})
        return mpmath.quad(
            lambda t: mpmath.npdf(t) * mpmath.ncdf((v - c * t) / width), [mpmath.mpf(-15), *cuts]
        )


@pytest.mark.parametrize("place", list(places(24)), ids=str)
def test_values_in_every_arithmetic(place):
    expected = reference(*place)
    with mpmath.workdps(30):
        by_ball = value_ball(
            BivariateNormal(h, k, r), substitution=dict(zip((h, k, r), place, strict=True)), bits=110
        )
        by_mpmath = bivariate_normal(*map(number, place))

        assert abs(mpmath.mpf(by_ball.mid().str(36, radius=False)) - expected) < mpmath.mpf(10) ** -28
        assert abs(by_mpmath - expected) < mpmath.mpf(10) ** -28
    assert abs(of_arrays(*map(float, place)) - float(expected)) < 1e-15
    assert (
        abs(compile_float(BivariateNormal(place[0], x, place[2]))(float(place[1])) - float(expected)) < 1e-15
    )


def test_small_probabilities_keep_their_digits():
    place = Rational(-9, 2), Rational(-5), Rational(-1, 2)
    with mpmath.workdps(20):
        plain = bivariate_normal(*map(number, place))
    ball = value_ball(
        BivariateNormal(h, k, r), substitution=dict(zip((h, k, r), place, strict=True)), bits=60
    )
    with mpmath.workdps(60):
        exact = bivariate_normal(*map(number, place))

    assert 0 < exact < mpmath.mpf(10) ** -20
    assert abs(plain / exact - 1) < mpmath.mpf(10) ** -18
    assert abs(mpmath.mpf(ball.mid().str(25, radius=False)) / exact - 1) < mpmath.mpf(10) ** -17


def test_arrays_keep_their_shape_and_ends():
    first, second = np.linspace(-2, 2, 5)[:, None], np.array([[-1.0, 0.5, np.nan]])
    table = of_arrays(first, second, 0.3)

    assert table.shape == (5, 3)
    assert np.isnan(table[:, 2]).all()
    for c, expected in ((1.0, 0.5), (-1.0, 0.0)):
        assert of_arrays(0.0, 0.0, c) == pytest.approx(expected, abs=1e-15)


def test_known_values():
    normal = (1 + erf(h / sqrt(2))) / 2

    assert BivariateNormal(h, k, 0) == normal * ((1 + erf(k / sqrt(2))) / 2)
    assert BivariateNormal(0, 0, r) == S.One / 4 + asin(r) / (2 * pi)
    assert BivariateNormal(h, oo, r) == normal
    assert BivariateNormal(h, -oo, r) == 0
    assert BivariateNormal(1, 2, 1) == (1 + erf(1 / sqrt(2))) / 2
    assert BivariateNormal(-1, Rational(1, 2), -1) == 0
    assert BivariateNormal(h, k, r) == BivariateNormal(k, h, r)
    assert BivariateNormal(h, k, r).is_nonnegative


@pytest.mark.parametrize("symbol", [h, k, r])
def test_derivatives(symbol):
    point = {h: Rational(3, 7), k: Rational(-4, 5), r: Rational(2, 3)}
    step = Rational(1, 10**12)
    plus, minus = (
        BivariateNormal(h, k, r).xreplace({**point, symbol: point[symbol] + s}).evalf(50)
        for s in (step, -step)
    )

    exact = BivariateNormal(h, k, r).diff(symbol).xreplace(point).evalf(20)
    assert abs((plus - minus) / (2 * step) - exact) < Rational(1, 10**15)


def test_latex():
    assert latex(BivariateNormal(h, k, r)) == r"\Phi_{2}\left(h, k; r\right)"
