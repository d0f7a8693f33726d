"""Means over a Gaussian variable that is not centered, against mpmath's quadrature of the function itself."""

import math

import mpmath
import numpy as np
import pytest
from gaussian_reference import gaussian_quadrature
from members import member
from sympy import Integer, Rational, Symbol, factorial, oo, sqrt, tanh

from symbolic_init.analysis.pieces import pieces
from symbolic_init.assumptions import Assumptions
from symbolic_init.errors import InternalError, UnsupportedError
from symbolic_init.evidence import Value
from symbolic_init.moments import joint_mean
from symbolic_init.moments.ball import value_ball
from symbolic_init.moments.hermite import hermite_coefficient
from symbolic_init.moments.mean import mean_of
from symbolic_init.moments.mean_and_variance import mean_and_variance
from symbolic_init.moments.shifted import shifted_mean
from symbolic_init.notation import q, x

MU = Symbol("mu", real=True)
EXACT = [
    "x**4 - x",
    "Heaviside(x)",
    "Max(0, x)**2",
    "Max(-1, Min(x, 2))",
    "gelu(x)",
    "gelu(x)**2",
    "erf(x)**2",
    "x*erf(x - 1)*exp(-x**2)",
    "sign(x - 1)*erf(2*x)",
    "sin(3*x)",
    "x*cos(x)**2",
    "cos(x)*Heaviside(x)",
    "exp(-x**2)",
    "elu(x)**2",
    "exp(-Abs(x))",
    "exp(x**2/9)*x**2",
    "exp(1 - x/2)*Heaviside(x)",
    "erf(x)*exp(-(x - 1)**2)",
    "1/(1 + x**2)",
    "x**2/(4 + x**2)",
]
PLACES = [(Rational(9, 25), Rational(3, 4)), (Rational(9, 4), Rational(-7, 5)), (Integer(1), Integer(0))]


@pytest.mark.parametrize("text", EXACT)
def test_forms_hold_for_either_sign_of_the_mean(text):
    moment = shifted_mean(text)

    assert moment.kind == "exact"
    assert {q, MU} >= moment.expr.free_symbols
    points = pieces(moment.integrand.xreplace({MU: Integer(0)}), Assumptions()).breakpoints
    for s, center in PLACES:
        at = moment.integrand.xreplace({MU: center})
        expected = gaussian_quadrature(at, s, breakpoints=[c - center for c in points])
        with mpmath.workdps(30):
            found = moment.value(q=s, digits=22, parameters={MU: center})
            assert abs(found - expected) <= mpmath.mpf(10) ** -19 * max(abs(expected), mpmath.mpf(10) ** -3)


@pytest.mark.parametrize("index", range(15))
def test_random_members_have_forms(index):
    drawn = member("ABCDE"[index % 5], index)
    g = drawn.g.xreplace(dict(drawn.values))
    moment = shifted_mean(g)
    plain = mean_of(g, Assumptions())
    s = Rational(9, 25) if moment.limit == oo else moment.limit * Rational(3, 7)

    assert moment.kind == plain.kind
    if moment.kind == "exact":
        zero = value_ball(moment.expr, substitution={q: s, MU: Integer(0)}, bits=60)
        assert abs(zero - value_ball(plain.definition, substitution={q: s}, bits=60)).lower() < 1e-14


@pytest.mark.parametrize(
    "text", ["gelu(x)", "Max(0, x)", "elu(x)", "erf(x + 1)", "sin(x)", "x**3*Heaviside(x)"]
)
@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_derivatives_at_0_are_hermite_coefficients(text, n):
    at = {q: Rational(7, 5), MU: Integer(0)}
    slope = value_ball(shifted_mean(text).expr.diff(MU, n), substitution=at, bits=70)
    coefficient = value_ball(hermite_coefficient(text, n).expr, substitution=at, bits=70)

    scale = value_ball(sqrt(factorial(n) / at[q] ** n), bits=70)
    assert abs(slope - coefficient * scale).lower() < 1e-15


def test_the_mean_may_be_a_number_or_an_expression():
    a = Symbol("a", positive=True)

    assert shifted_mean("x**2", 3).expr == q + 9
    assert shifted_mean("x**2", "1/2").expr == q + Rational(1, 4)
    assert shifted_mean("x**2", 1 - a).expr.subs(a, 2) == q + 1
    assert shifted_mean("Max(0, b*x)", a, assume="b > 0").expr.has(a)
    with pytest.raises(UnsupportedError):
        shifted_mean("x**2", x)


def test_growth_bounds_the_variance():
    moment = shifted_mean("exp(x**2/8)")

    assert moment.limit == 4


def test_without_a_form_it_is_a_mean_of_the_shifted_function():
    moment = shifted_mean("tanh(x)")

    assert moment.expr is None
    assert moment.integrand == tanh(x + MU)
    assert abs(moment.value(q=1, parameters={MU: 0})) < 1e-15


def test_a_wrong_form_is_noticed(monkeypatch):
    right = joint_mean._SIGN_MEANS

    def wrong(variables, law):
        center = law.mean[0]
        return tuple((c + center / 10**6, f) for c, f in right[1][1](variables, law))

    monkeypatch.setattr(joint_mean, "_SIGN_MEANS", (right[0], (right[1][0], wrong), right[2]))
    with pytest.raises(InternalError, match=r"gauss\.line\.shift"):
        shifted_mean("Heaviside(x)")


def test_the_step_is_true():
    moment = shifted_mean("Max(0, x)*x")
    (step,) = moment.steps
    at = {q: Rational(7, 5), MU: Rational(-3, 4)}

    left, right = (value_ball(side, substitution=at, bits=50) for side in (step.lhs, step.rhs))
    assert abs(left - right).lower() < 1e-13


@pytest.mark.parametrize("name", ["relu", "gelu", "tanh", "elu", "silu", "1/(1 + x**2)", "sin(x)"])
@pytest.mark.parametrize("place", PLACES[:2], ids=str)
def test_mean_and_variance_are_those_of_quadrature(name, place):
    s, center = place
    found = mean_and_variance(name)
    g = found.mean.integrand.xreplace({MU: center})
    points = [
        c - center for c in pieces(found.mean.integrand.xreplace({MU: Integer(0)}), Assumptions()).breakpoints
    ]
    mean, second = (gaussian_quadrature(f, s, breakpoints=points) for f in (g, g**2))
    got = found.values(q=s, mean=center, digits=18)

    assert abs(got[0] - mean) < 1e-15 * max(abs(mean), 1)
    assert abs(got[1] - (second - mean**2)) < 1e-15 * second
    with mpmath.workdps(20):
        weight = Value(definition=found.weight_variance, kind=found.kind)
        expected = 1 / (256 * (got[1] + got[0] ** 2))
        assert mpmath.almosteq(weight.value(parameters={"q": s, "mu": center, "N": 256}), expected, 1e-13)


def test_the_rule_keeps_variance_1_layer_by_layer():
    rng = np.random.default_rng(5)
    width, batch = 1500, 40
    y = 0.6 + 1.3 * rng.standard_normal((batch, width))
    law = mean_and_variance("gelu")
    scale = Value(definition=law.weight_variance, kind=law.kind)
    variance = float(scale.value(parameters={"q": "1.69", "mu": "0.6", "N": width}))
    out = np.vectorize(math.erf)(y / math.sqrt(2)) / 2 * y + y / 2
    after = out @ (rng.standard_normal((width, width)) * math.sqrt(variance))

    assert after.mean() == pytest.approx(0, abs=0.1)
    assert after.var() == pytest.approx(1, abs=0.05)


def test_mean_and_variance_of_several_inputs_are_refused():
    with pytest.raises(UnsupportedError, match="several inputs"):
        mean_and_variance("swiglu")
