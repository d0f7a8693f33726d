"""Values and moments as proven bounds; what cannot be proven is not called enclosed."""

from itertools import pairwise

import mpmath
import pytest
from sympy import Integer, Rational, Symbol, tanh

from symbolic_init import derive, gaussian_mean
from symbolic_init.errors import PrecisionError
from symbolic_init.evidence import Moment, Value
from symbolic_init.moments.ball import value_ball
from symbolic_init.moments.enclosure import enclosed_mean
from symbolic_init.moments.root import changes_sign, root_ball
from symbolic_init.notation import GaussianMean, Root, q, x

FORMLESS = ["mish", "tanhexp", "atan(x)", "log(1 + Abs(x))", "gelu_tanh", "x*tanh(exp(x))"]


@pytest.mark.parametrize("text", FORMLESS)
@pytest.mark.parametrize("variance", ["1/1000", "1", "40"])
def test_a_mean_without_a_closed_form_is_enclosed(text: str, variance: str) -> None:
    found = gaussian_mean(f"({text})**2" if "(" in text else f"{text}(x)**2")
    assert found.kind == "enclosed"
    assert found.note == "no closed form known"
    with mpmath.workdps(50):
        low, high = found.enclosure(q=variance, digits=30)
        assert 0 < low <= high <= low * (1 + mpmath.mpf(10) ** -30)
        assert low <= found.value(q=variance, digits=45) <= high


def test_bounds_nest_as_digits_rise() -> None:
    found = gaussian_mean("mish(x)**2")
    with mpmath.workdps(120):
        bounds = [found.enclosure(q="3/2", digits=d) for d in (10, 30, 90)]
        for (a, b), (c, d) in pairwise(bounds):
            assert a <= c <= d <= b


def test_exact_values_have_bounds_too() -> None:
    low, high = derive("gelu").values["M"].enclosure(digits=25)
    with mpmath.workdps(40):
        assert low < high < low * (1 + mpmath.mpf(10) ** -25)
    with mpmath.workdps(80):
        low, high = gaussian_mean("Max(0, x)**2").enclosure(q="1/3", digits=50)
        assert low <= mpmath.mpf(1) / 6 <= high


@pytest.mark.parametrize("name", ["gelu", "elu", "relu6", "isru", "softsign", "erf", "snake", "selu"])
@pytest.mark.parametrize("variance", [Rational(1, 9), Rational(7, 3)])
def test_a_closed_form_lies_in_the_enclosure_of_its_mean(name, variance) -> None:
    second = derive(name).moments["M"]
    assert second.kind == "exact"
    ball = enclosed_mean(second.integrand, variance, bits=80)
    form = value_ball(second.expr, substitution={q: variance}, bits=80)
    assert ball.overlaps(form)
    assert ball.rad() < abs(form) * 2.0**-70


def test_a_wrong_form_lies_outside() -> None:
    ball = enclosed_mean(tanh(x) ** 2, Integer(1), bits=60)
    assert not ball.overlaps(value_ball(Rational(394, 1000) + Integer(10) ** -4, bits=60))


def test_fixed_points_are_enclosed_where_the_sign_change_is_proven() -> None:
    derived = derive("mish", theory="length-map", sigma_b2="1/10")
    scheme = next(s for s in derived.schemes if s.q_star is not None and s.q_star.kind == "enclosed")
    low, high = scheme.q_star.enclosure(digits=15)
    assert low <= high
    root = Root(q**2 - 2, q, 1, 2)
    assert changes_sign(root, proven=True)
    assert not changes_sign(Root((q - 1) ** 2, q, 0, 2), proven=True)
    with mpmath.workdps(60):
        ball = root_ball(root, bits=150, proven=True)
        assert (ball**2).contains(2)


def test_a_root_that_is_none_is_not_proven() -> None:
    with pytest.raises(PrecisionError):
        root_ball(Root(q**2 + 1, q, 0, 2), bits=40, proven=True)


def test_what_nothing_is_proven_of_stays_an_estimate() -> None:
    assert gaussian_mean("mish(x)**2", method="quadrature").kind == "estimated"
    moment = Moment(integrand=tanh(x) ** 2, kind="estimated", expr=None, limit=Integer(10))
    assert moment.enclosure(digits=10)[0] < 0.3943  # the mean itself can be proven all the same


def test_heads_within_values_are_proven() -> None:
    a = Symbol("a", real=True)
    value = Value(definition=a / GaussianMean(tanh(x) ** 2, Integer(1)), kind="enclosed")
    low, high = value.enclosure(digits=20, parameters={"a": 2})
    assert float(low) == pytest.approx(2 / 0.3942944903978412, rel=1e-14)
    assert low <= high
