"""Integrals from a point at which a function is 0/0, against quadrature in many digits."""

import flint
import mpmath
import pytest
from flint import arb
from sympy import S, cos, coth, erf, exp, lambdify, log, pi, sin, sqrt, tanh

from symbolic_init.moments.circles import integral_from_center
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
