"""Integrals from a point at which a function is 0/0, against quadrature in many digits."""

import time

import flint
import mpmath
import pytest
from flint import arb
from sympy import Abs, Integer, Piecewise, S, cos, coth, erf, exp, lambdify, log, pi, sin, sqrt, tanh

from symbolic_init.moments.circles import integral_from_center
from symbolic_init.moments.enclosure import enclosed_mean
from symbolic_init.notation import x

RATE = arb(-0.5)
GOAL = arb(2) ** -80
ANALYTIC = {
    sin(x) / x: 0,
    (1 - cos(x)) / x: 0,
    (cos(x) / x - sin(x) / x**2) ** 2: 0,
    1 / (1 + exp(-sin(x) / x - x / (1 + x))): 0,
    x * tanh(sin(x) / x) / (1 + (exp(x) - 1) / x): 0,
    x / (exp(x) - 1): 0,
    x * coth(x): 0,
    (exp(x) - 1) / x**2 - 1 / x: 0,
    sin(x) / (x - pi): pi,
    sqrt(x) + erf(x - 1) / (x - 1): 1,
}


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("f", ANALYTIC, ids=str)
def test_values_on_a_circle_give_the_integral(f, side):
    with flint.ctx.workprec(100):
        length, found = integral_from_center(f, S(ANALYTIC[f]), side=side, room=1.0, rate=RATE, goal=GOAL)
        with mpmath.workdps(50):  # half of these digits cancel near the center
            run = lambdify(x, f * exp(-(x**2) / 2), "mpmath")
            center, end = (
                mpmath.mpf(str(S(ANALYTIC[f]).evalf(60))),
                mpmath.mpf(length.mid().str(20, radius=False)),
            )
            expected = mpmath.quad(lambda t: run(center + side * t), [mpmath.mpf(10) ** -25, end / 3, end])
            low, high = (arb(mpmath.nstr(expected + s * mpmath.mpf(10) ** -24, 40)) for s in (-1, 1))

        assert low < found.real < high
        assert found.real.rad() < 16 * GOAL


@pytest.mark.parametrize(
    "f", [1 / x, sin(x) / x**2, 1 / (1 + exp(-1 / x)), log(x) * sin(x) / x, exp(-1 / x), sin(x)]
)
def test_what_is_singular_has_no_such_integral(f):
    with flint.ctx.workprec(100):
        assert integral_from_center(f, S.Zero, side=1, room=1.0, rate=RATE, goal=GOAL) is None


def test_a_point_that_is_removable_and_a_switch_at_once_is_left_on_a_circle():
    """`h` of `exp(-|sinc(x) - max(0, x)|)`, whose slope is 0/0 on either side of the kink at 0."""
    slope = cos(x) / x - sin(x) / x**2
    f = Piecewise(
        (slope**2 * exp(-2 * Abs(sin(x) / x)), x < 0),
        ((1 - slope) ** 2 * exp(-2 * Abs(x - sin(x) / x)), True),
        evaluate=False,
    )

    def at(t):
        t = mpmath.mpf(t)
        falls = mpmath.cos(t) / t - mpmath.sin(t) / t**2 if abs(t) > 1e-6 else -t / 3
        if t < 0:
            return falls**2 * mpmath.exp(-2 * abs(mpmath.sinc(t)))
        return (1 - falls) ** 2 * mpmath.exp(-2 * abs(t - mpmath.sinc(t)))

    crossing = mpmath.findroot(lambda t: t - mpmath.sinc(t), 0.87)
    cuts = [-k * mpmath.pi for k in range(4, -1, -1)] + [crossing, 3, 6, 12]
    expected = mpmath.quad(lambda t: at(t) * mpmath.npdf(t), cuts)

    before = time.process_time()
    ball = enclosed_mean(f, Integer(1), bits=50)

    assert float(ball) == pytest.approx(float(expected), rel=1e-12)
    assert time.process_time() - before < 4  # 0.1 s; without it, a million evaluations and no result
