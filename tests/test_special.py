"""The special functions that SymPy lacks: values, symmetries and derivatives."""

import mpmath
import pytest
from sympy import Integer, Rational, Symbol, erf, erfi, latex, pi

from symbolic_init.moments.ball import value_ball
from symbolic_init.special.complex_erf import ErfImaginary, ErfReal
from symbolic_init.special.owens_t import OwensT

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
