"""The special functions that SymPy lacks: values, symmetries and derivatives."""

import mpmath
import numpy as np
import pytest
from flint import acb, arb
from sympy import Integer, Rational, Symbol, cos, erf, erfi, exp, latex, pi, sin

from symbolic_init.moments.ball import value_ball
from symbolic_init.moments.compilation import compile_array
from symbolic_init.moments.sinc_balls import sinc
from symbolic_init.special.complex_erf import ErfImaginary, ErfReal
from symbolic_init.special.owens_t import OwensT
from symbolic_init.special.sinc import Sinc

POINTS = [
    (Rational(1, 2), Rational(3, 4)),
    (Rational(-7, 3), Rational(5, 2)),
    (Rational(2, 5), Integer(-9)),
    (Integer(3), Rational(1, 9)),
]
u = Symbol("u", real=True)
v = Symbol("v", real=True)


def _integral(h, a):
    h, a = (mpmath.mpf(int(t.p)) / int(t.q) for t in (h, a))
    value = mpmath.quad(
        lambda t: mpmath.exp(-h * h * (1 + t * t) / 2) / (1 + t * t), mpmath.linspace(0, a, 9)
    )
    return value / (2 * mpmath.pi)


def _reference(head, first, second):
    with mpmath.workdps(40):
        if head is OwensT:
            return _integral(first, second)
        value = mpmath.erf(mpmath.mpc(*(mpmath.mpf(int(t.p)) / int(t.q) for t in (first, second))))
        return value.real if head is ErfReal else value.imag


@pytest.mark.parametrize("head", [OwensT, ErfReal, ErfImaginary])
@pytest.mark.parametrize("point", POINTS)
def test_values_by_sympy_and_by_balls(head, point):
    reference = _reference(head, *point)
    with mpmath.workdps(30):
        by_sympy = mpmath.mpf(str(head(*point).evalf(30)))
        by_ball = mpmath.mpf(
            value_ball(head(u, v), substitution=dict(zip((u, v), point, strict=True)), bits=110)
            .mid()
            .str(33, radius=False)
        )

        assert abs(by_sympy - reference) < mpmath.mpf(10) ** -27 * abs(reference)
        assert abs(by_ball - reference) < mpmath.mpf(10) ** -27 * abs(reference)


@pytest.mark.parametrize("head", [OwensT, ErfReal, ErfImaginary])
@pytest.mark.parametrize("argindex", [1, 2])
def test_derivatives(head, argindex):
    point = {u: Rational(3, 7), v: Rational(-4, 5)}
    symbol = (u, v)[argindex - 1]
    exact = head(u, v).diff(symbol).subs(point).evalf(20)
    step = Rational(1, 10**10)
    plus, minus = (head(u, v).subs({**point, symbol: point[symbol] + s}).evalf(40) for s in (step, -step))

    assert abs((plus - minus) / (2 * step) - exact) < 1e-15


def test_known_values_and_symmetries():
    assert OwensT(0, 1) == Rational(1, 8)
    assert OwensT(u, 0) == 0
    assert OwensT(-u, v) == OwensT(u, v)
    assert OwensT(u, -v) == -OwensT(u, v)
    assert ErfReal(u, 0) == erf(u)
    assert ErfImaginary(0, v) == erfi(v)
    assert ErfReal(-u, -v) == -ErfReal(u, v)
    assert ErfImaginary(-u, v) == ErfImaginary(u, v)
    assert OwensT(0, u).diff(u).subs(u, 1) == 1 / (4 * pi)


def test_latex():
    assert latex(OwensT(u, v)) == r"T\left(u, v\right)"
    assert "operatorname{Re}" in latex(ErfReal(u, v))
    assert latex(ErfImaginary(u, v) ** 2).endswith("^{2}")


def _spherical(order, z):
    """`j_n(z)/z**n` by mpmath's Bessel function of half-integer order."""
    with mpmath.workdps(40):
        z = mpmath.mpmathify(z)
        if z == 0:
            return 1 / mpmath.fac2(2 * order + 1)
        bessel = mpmath.besselj(order + mpmath.mpf(1) / 2, z)
        return mpmath.sqrt(mpmath.pi / 2) * bessel / z ** (order + mpmath.mpf(1) / 2)


@pytest.mark.parametrize("order", [0, 1, 2, 5])
@pytest.mark.parametrize("place", [0, 0.001, 0.75, 3.5, 12.25, 40])
def test_sinc_in_every_arithmetic(order, place):
    expected = _spherical(order, place)
    head = Sinc(u, order).subs(u, Rational(place))
    (by_array,) = compile_array((Sinc(u, order),), variable=u)(np.array([place, -place, 1.0]))

    with mpmath.workdps(30):
        assert abs(mpmath.mpf(str(head.evalf(25))) - expected) < 1e-24
    assert np.allclose(by_array[:2], float(expected), rtol=1e-11, atol=1e-15)


@pytest.mark.parametrize("order", [0, 1, 3])
@pytest.mark.parametrize("middle", [0, 0.5, 4, 2 + 1j, 9 - 2j])
@pytest.mark.parametrize("radius", [0, 0.01, 0.5, 3])
def test_balls_of_sinc_hold_its_values(order, middle, radius):
    middle = complex(middle)
    real, imaginary = (arb(c, radius) for c in (middle.real, middle.imag))
    ball = sinc(acb(real, imaginary), acb(order))

    for corner in (0, 1, 1j, 1 + 1j, -1, -1 - 1j):
        value = _spherical(order, middle + radius * corner)
        with mpmath.workdps(40):
            inside = acb(arb(mpmath.nstr(value.real, 38)), arb(mpmath.nstr(mpmath.im(value), 38)))

        assert ball.overlaps(inside)
    largest = float(_spherical(order, 0)) * np.cosh(abs(middle.imag) + radius)
    assert ball.real.rad() <= largest * (1 + 1e-6)


def test_sinc_is_its_formula_and_its_derivatives():
    for order in range(4):
        by_formula = Sinc(u, order).rewrite(sin)

        assert by_formula.has(cos) == (order > 0)
        assert abs((by_formula - Sinc(u, order)).subs(u, Rational(9, 4)).evalf(20)) < 1e-18
    slope, step = Sinc(exp(u)).diff(u), Rational(1, 10**10)
    plus, minus = (Sinc(exp(Rational(1, 3) + s)).evalf(40) for s in (step, -step))
    assert abs((plus - minus) / (2 * step) - slope.subs(u, Rational(1, 3)).evalf(20)) < 1e-15
    assert str(Sinc(exp(u))) == "sinc(exp(u))"
    assert latex(Sinc(u, 1) ** 2) == r"\operatorname{sinc}_{1}^{2}\left(u\right)"
    with pytest.raises(ValueError, match="whole number"):
        Sinc(u, Rational(1, 2))
