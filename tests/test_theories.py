"""Published values of the theories, and the laws that they declare."""

import mpmath
import pytest
from sympy import Rational, S, Symbol, sqrt

from symbolic_init.engine import derive
from symbolic_init.errors import AssumptionError, NotIntegrableError, UnsupportedError
from symbolic_init.meanfield.flow import Flow, Landing
from symbolic_init.meanfield.solving import _is_on_the_way
from symbolic_init.notation import N, x

# kumar2017; the true values by quadrature at 36 digits
SIGMOID_TRUE_VARIANCE = "0.15881530856423498"
SIGMOID_Q_STAR = "4.5349760945896087292"
SIGMOID_CHI_1 = "0.353809853879638"


def close(value: object, expected: str, digits: int = 12) -> bool:
    return bool(mpmath.almosteq(value, mpmath.mpf(expected), 10.0**-digits))


def test_tanh_is_one_over_n() -> None:
    d = derive("tanh(x)")

    assert d.weight_variance == 1 / N
    assert d.theory == "linear"
    assert d.gain == 1
    assert any(step.chain == "taylor" for step in d.steps)


@pytest.mark.parametrize("text", ["relu(x)", "Max(0,x)", "Piecewise((0,x<0),(x,True))", "relu"])
def test_relu_is_two_over_n_for_every_q(text: str) -> None:
    d = derive(text)

    assert d.weight_variance == 2 / N
    assert d.values["sigma_w2"].kind == "exact"
    assert d.schemes[0].fate == "any"
    assert d.std(fan_in=512) == 0.0625


def test_sigmoid_says_what_is_true_at_the_implied_variance() -> None:
    d = derive("sigmoid(x)")
    text = " ".join(d.warnings)

    assert d.weight_variance == Rational(64, 5) / N
    assert close(d.std(fan_in=1), "3.5777087639996635")
    assert d.values["q_implied"].expr == 16
    assert close(d.values["variance_true"].value(), SIGMOID_TRUE_VARIANCE)
    assert close(d.values["q_star"].value(), SIGMOID_Q_STAR)
    assert close(d.values["chi_1"].value(), SIGMOID_CHI_1)
    assert all(number in text for number in ("16", "0.158815", "4.53498", "0.35381"))


def test_leaky_relu_keeps_its_symbol() -> None:
    a = Symbol("a", real=True)
    d = derive("leaky_relu(x, a)")

    assert d.weight_variance == 2 / (N * (1 + a**2))
    assert d.std(fan_in=2, parameters={"a": 1}) == pytest.approx(sqrt(S.Half).evalf())


def test_gelu_by_linearization_diverges_and_says_so() -> None:
    d = derive("gelu(x)")

    assert d.weight_variance == 4 / N
    assert d.moments["M"].kind == "exact"
    assert any("divergent" in warning for warning in d.warnings)
    assert d.values["q_settled"].expr is None


@pytest.mark.parametrize(
    ("name", "q", "expected"),  # q/M(q): kumar table of exact values at q = 1
    [
        ("sigmoid", 1, "3.4085598416231030"),
        ("tanh", 1, "2.5361754332174538"),
        ("gelu", 1, "2.3517156140734"),
        ("silu", 1, "2.8107611240745"),
        ("elu", 1, "1.5505188080679"),
        ("mish", 1, "2.210715729938"),
    ],
)
def test_length_map_weights(name: str, q: int, expected: str) -> None:
    d = derive(name, theory="length-map", q=q)

    assert close(d.values["sigma_w2"].value(), expected)


@pytest.mark.parametrize(
    ("name", "expected"),  # 1/sqrt(Var g(z)), by quadrature at 30 digits
    [
        ("relu", "1.7128585504496627056"),
        ("gelu", "1.7009262433633331195"),
        ("silu", "1.787187222100441982"),
        ("tanh", "1.5925374197228314278"),
        ("celu", "1.2708434178501964761"),
    ],
)
def test_centered_gains(name: str, expected: str) -> None:
    assert close(derive(name, theory="centered").values["gain"].value(digits=20), expected)


def test_erf_edge_of_chaos_is_exact() -> None:
    d = derive("erf(x)", theory="edge-of-chaos", q=2)  # sigma_w2 = pi/4 sqrt(1 + 4q)

    assert d.values["sigma_w2"].kind == "exact"
    assert close(d.values["sigma_w2"].value(), str(mpmath.pi / 4 * 3))
    assert close(d.values["sigma_b2"].value(), str(2 - 1.5 * mpmath.asin(mpmath.mpf(4) / 5)))


def test_recommendation_for_gelu_is_half_stable_with_its_bias() -> None:
    row = derive("gelu(x)").recommended  # criticality: K* = (3 + sqrt 17)/2

    assert row is not None
    assert close(row.q_star.value(), "3.5615528128088302749")
    assert close(row.sigma_w2.value(), "1.98305825743754713")
    assert close(row.sigma_b2.value(), "0.172922390756067352")


def test_recommendation_for_sigmoid_is_the_edge_without_bias() -> None:
    row = derive("sigmoid(x)").recommended

    assert row is not None
    assert row.sigma_b2.definition == 0
    assert close(row.q_star.value(), "45.6242777974")
    assert close(row.sigma_w2.value(), "103.007553856", 10)


@pytest.mark.parametrize(
    ("text", "q", "error"),
    [
        ("exp(x**2)", 1, NotIntegrableError),
        ("tanh(x)", 0, AssumptionError),
        ("tanh(x)", "nonsense", AssumptionError),
        ("tanh(x)", float("nan"), AssumptionError),
    ],
)
def test_bad_questions_get_one_error(text: str, q: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        derive(text, q=q)


def test_a_smaller_variance_answers_where_the_mean_diverges() -> None:
    d = derive("exp(x**2)", q="1/8")

    assert d.theory == "length-map"
    assert close(d.values["M"].value(), str(mpmath.sqrt(2)))  # (1 - 4q)^(-1/2)


@pytest.mark.parametrize("text", ["Max(0, x - 1) + 1/2", "sigmoid(x)", "softplus(x)"])
def test_a_negative_bias_variance_is_refused(text: str) -> None:
    with pytest.raises(UnsupportedError, match="bias variance"):
        derive(text, theory="edge-of-chaos")


def test_unknown_theories_are_named() -> None:
    with pytest.raises(UnsupportedError, match="length-map"):
        derive("tanh(x)", theory="leng-map")


@pytest.mark.parametrize("name", ["tanh", "gelu", "elu", "sin", "softsign"])
@pytest.mark.parametrize("theory", ["length-map", "edge-of-chaos"])
def test_reflection_changes_nothing(name: str, theory: str) -> None:
    g = derive(name).expression
    here, there = derive(g, theory=theory), derive(g.subs(x, -x), theory=theory)

    assert close(here.values["sigma_w2"].value(), str(there.values["sigma_w2"].value(digits=20)))


@pytest.mark.parametrize("name", ["tanh", "gelu", "elu", "relu", "softsign"])
def test_scaling_by_c_divides_the_weight_variance_by_c_squared(name: str) -> None:
    g = derive(name).expression
    c = Rational(7, 3)
    one, other = derive(g, theory="length-map"), derive(c * g, theory="length-map")
    expected = one.values["sigma_w2"].value(digits=20) * 9 / 49

    assert close(other.values["sigma_w2"].value(), str(expected))


def test_free_parameters_cancel_where_every_variance_is_fixed() -> None:
    d = derive("leaky_relu(x, a)")

    assert d.values["chi_1"].expr == 1
    assert d.values["V_prime"].expr == 1


def test_a_hard_limit_decays_although_the_map_is_flat_to_rounding() -> None:
    row = derive("hard_tanh").schemes[0]  # V(q) - q is exponentially small for small q

    assert row.fate == "decays"


def test_a_map_between_0_and_a_repelling_point_is_told_to_diverge_or_decay() -> None:
    d = derive("relu(x)**2")  # M = 3 q^2/2: q = 1 repels

    assert not d.schemes[0].stable
    assert d.recommended is None


@pytest.mark.parametrize(
    ("activation", "label"), [("relu(x)", "length map any q"), ("tanh(x)", "length map q = 2")]
)
def test_a_row_says_for_which_variance_it_holds(activation, label):
    found = derive(activation, theory="length-map", q=2)

    assert label in {row.label for row in found.schemes}


@pytest.mark.parametrize(("falls_at", "meets"), [(5, True), (1.5, True), (3, False), (2, False)])
def test_an_orbit_meets_what_lies_on_its_way_where_the_map_rises(falls_at, meets):
    def means(variance):
        return 1.0, 1.0, -0.5 if abs(variance - falls_at) < 0.4 else 0.5

    rising = Flow(means=means, first=lambda variance: (variance, 1.0), limit=10.0)

    assert _is_on_the_way(rising, 4.0, 2.0, Landing(fate="decays", q=0.0)) == meets
