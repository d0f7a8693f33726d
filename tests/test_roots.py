"""Zeros of functions with Gaussian means: enclosed, with few looks at the function."""

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Abs, Integer, Rational, S, erf, exp, sin, sqrt, tanh

from symbolic_init import derive
from symbolic_init.errors import PrecisionError
from symbolic_init.moments import root as roots
from symbolic_init.moments.evaluation import number
from symbolic_init.moments.root import changes_sign, root_ball
from symbolic_init.notation import GaussianMean, Root, q, x

FRACTIONS = st.fractions(min_value=Rational(1, 50), max_value=50, max_denominator=997)


@pytest.fixture
def looks(monkeypatch):
    """The places at which functions are looked at."""
    places = []
    point = roots._point

    def counted(head, place, bits, *, proven):
        places.append(place)
        return point(head, place, bits, proven=proven)

    monkeypatch.setattr(roots, "_point", counted)
    return places


@settings(max_examples=25, deadline=None)
@given(FRACTIONS, FRACTIONS, FRACTIONS, st.integers(-9, 9), st.sampled_from([30, 64, 90, 200, 700]))
def test_the_zero_lies_in_the_ball(zero, below, above, bend, bits):
    zero, below, above = (Rational(t.numerator, t.denominator) for t in (zero, below, above))
    u = q - zero
    root = Root(u**3 + Rational(bend, 10) ** 2 * u + u / 100, q, zero - below, zero + above)

    for proven in (False, True):
        ball = root_ball(root, bits=bits, proven=proven)

        with roots.ctx.workprec(bits + 200):
            assert ball.contains(roots._ball(roots.Fraction(int(zero.p), int(zero.q))))
        assert ball.rel_accuracy_bits() >= bits


@pytest.mark.parametrize(
    "function",
    [
        Rational(3, 2) * GaussianMean(tanh(x) ** 2, q) + Rational(1, 20) - q,
        GaussianMean(sin(2 * x) ** 2, q) - Rational(1, 3),
        GaussianMean(exp(-Abs(x)), q) - Rational(1, 2),
    ],
)
def test_a_float_takes_six_looks_from_six_digits(function, looks):
    middle = root_ball(Root(function, q, Rational(1, 10), 4), bits=40)
    near = Integer(int(float(middle) * 10**5))
    looks.clear()
    root = Root(function, q, near / 10**5, (near + 1) / 10**5)

    assert changes_sign(root, proven=True)
    assert root_ball(root, bits=70, proven=True).rel_accuracy_bits() >= 70
    assert len(looks) == 6
    seen = len(looks)
    assert root_ball(root, bits=64, proven=True).rel_accuracy_bits() >= 64
    assert len(looks) == seen


def test_more_digits_start_from_those_that_are_known(looks):
    root = Root(GaussianMean(erf(x) ** 2, q) - Rational(1, 2), q, 1, 2)
    few = root_ball(root, bits=60, proven=True)
    looks.clear()

    many = root_ball(root, bits=400, proven=True)

    assert few.contains(many.mid())
    assert len(looks) <= 8


def test_a_zero_without_a_change_of_slope_is_halved_to():
    assert root_ball(Root((q - Rational(1, 3)) ** 5, q, 0, 2), bits=50).rel_accuracy_bits() >= 50


@pytest.mark.parametrize("zero", [0, Rational(1, 10**30)])
def test_a_zero_at_or_beside_0_is_told(zero):
    value = Root(exp(q) - exp(zero), q, -Rational(1, 3), Rational(1, 7))

    with mpmath.workdps(40):
        assert abs(number(value, digits=20, proven=True) - mpmath.mpf(zero.p if zero else 0) / 10**30) < 1e-49


def test_a_zero_at_a_bound_is_found_but_not_proven():
    root = Root(sqrt(q) - 2, q, 1, 4)

    assert root_ball(root, bits=60).contains(4)
    with pytest.raises(PrecisionError):
        root_ball(root, bits=60, proven=True)


def _gaussian(f, variance):
    """A mean by quadrature in mpmath."""
    deviation = mpmath.sqrt(variance)
    weight = 1 / mpmath.sqrt(2 * mpmath.pi)
    cuts = [-12, -6, -3, -1, 0, 1, 3, 6, 12]
    return mpmath.quad(lambda z: weight * f(deviation * z) * mpmath.exp(-(z**2) / 2), cuts)


@pytest.mark.parametrize(
    ("text", "g"),
    [
        ("x*tanh(gelu(x))", lambda t: t * mpmath.tanh(t * mpmath.ncdf(t))),
        ("x*erf(log(1+exp(x)))", lambda t: t * mpmath.erf(mpmath.log1p(mpmath.exp(t)))),
    ],
)
def test_the_critical_point_agrees_with_quadrature(text, g):
    scheme = next(s for s in derive(text).schemes if s.label == "half-stable")
    point, weight, bias = (v.enclosure(digits=15) for v in (scheme.q_star, scheme.sigma_w2, scheme.sigma_b2))

    with mpmath.workdps(20):
        at = point[0]
        square = _gaussian(lambda t: g(t) ** 2, at)
        slope = _gaussian(lambda t: mpmath.diff(g, t) ** 2, at)
        rise = (_gaussian(lambda t: t**2 * g(t) ** 2, at) / at - square) / (2 * at)
    assert abs(rise - slope) < 1e-10
    assert weight[0] * (1 - mpmath.mpf(10) ** -11) <= 1 / slope <= weight[1] * (1 + mpmath.mpf(10) ** -11)
    assert abs(at - square / slope - bias[0]) < 1e-10


def test_no_digits_are_asked_for_of_a_bias_that_is_zero():
    derived = derive("sigmoid(x)**2")
    given = [dict(step.given) for step in derived.steps if step.id.startswith("edge.")]
    zeros = [values for values in given if any(s.name == "sigma_b2" for s in values)]

    assert derived.schemes[0].sigma_b2.definition == 0
    assert zeros
    assert all(v == S.Zero for values in zeros for s, v in values.items() if s.name == "sigma_b2")
