"""Fixed points, edges and correlations: the values of the literature, and laws by other means."""

import math

import mpmath
import pytest
from sympy import Rational, pi, sqrt, tanh

from symbolic_init import AssumptionError, UnsupportedError, derive, from_json
from symbolic_init.meanfield import correlation_map
from symbolic_init.notation import q
from symbolic_init.theories import THEORIES


def close(value, expected, digits=12):
    return bool(mpmath.almosteq(value, mpmath.mpf(expected), 10.0**-digits))


def correlated(text, **given):
    return derive(text, theory="correlation", **given)


@pytest.mark.parametrize(
    (
        "name",
        "expected",
        "digits",
    ),  # schoenholz2017, sigma_b^2 = 0.05, sigma_w^2 = 1.3; quadrature at 36 digits
    [
        ("q_star", "0.315316477485", 12),
        ("chi_1", "0.880163509883", 12),
        ("xi_q", "1.7852", 4),
        ("xi_c", "7.8341", 5),
        ("c_star", "1", 15),
    ],
)
def test_the_ordered_phase_of_tanh(name, expected, digits):
    assert close(correlated("tanh(x)", sigma_w2=1.3, sigma_b2=0.05).values[name].value(), expected, digits)


def test_the_chaotic_phase_of_tanh():
    values = correlated("tanh(x)", sigma_w2="5/2", sigma_b2="1/20").values  # schoenholz2017

    assert close(values["q_star"].value(), "1.06395837742", 11)
    assert close(values["c_star"].value(digits=12), "0.44680423", 8)
    assert close(values["xi_c"].value(digits=8), "11.7956", 5)


def test_where_they_are_enclosed_the_bounds_hold_30_digits():
    point = derive("tanh(x)", sigma_w2="13/10", sigma_b2="1/20").values["q_star"]
    low, high = point.enclosure(digits=30)

    with mpmath.workdps(45):
        assert low < point.value(digits=40) < high < low * (1 + mpmath.mpf(10) ** -29)


@pytest.mark.parametrize(
    ("name", "bias_std", "gain", "variance"),  # hayou2019; recomputed by quadrature at 36 digits
    [
        ("tanh(x)", "1/5", "1.3041458400565", "0.5120785042339"),
        ("tanh(x)", "1", "1.8555891011389", "3.0363963946237"),
        ("elu", "1/10", "1.1761484737074", "0.43782923012817"),
        ("erf(x)", "1/2", "1.3713304703234", "1.1832724388954"),
    ],
)
def test_the_edge_of_chaos_at_a_bias_variance(name, bias_std, gain, variance):
    d = derive(name, theory="edge-of-chaos", sigma_b2=Rational(bias_std) ** 2)

    assert close(d.values["gain"].value(), gain, 13)
    assert close(d.values["q_star"].value(), variance, 13)
    assert [close(s["chi_1"].value(), "1") for s in d.solutions] == [True]


def test_an_unstable_point_of_the_edge_is_told_to_be_one():
    d = derive("silu", theory="edge-of-chaos", sigma_b2="1/25")  # hayou2019 does not notice

    assert close(d.solutions[0]["V_prime"].value(), "1.098727804", 9)
    assert not next(s for s in d.schemes if s.label == "edge of chaos").stable
    assert any("repels" in w or "divergent" in w for w in d.warnings)


def test_edges_without_biases():
    sigmoid, cos = (derive(t, theory="edge-of-chaos", q=None).solutions for t in ("sigmoid(x)", "cos(x)"))

    assert [round(float(s["q_star"]), 6) for s in sigmoid] == [45.624278]
    assert close(cos[0]["sigma_w2"].value(), "2.1996786402577", 13)  # q tanh q = 1, sigma_w^2 = 1 + q


def test_both_branches_of_an_edge_are_told():
    found = derive("gelu", theory="edge-of-chaos", sigma_b2="3/50").solutions

    assert all(close(s["chi_1"].value(), "1") for s in found)
    assert [float(s["q_star"]) for s in found] == sorted(float(s["q_star"]) for s in found)


def test_the_edge_of_the_sine_is_a_curve():
    steps = {s.id: s for s in derive("sin(x)", theory="edge-of-chaos").steps}

    assert steps["edge-of-chaos.curve.weight"].rhs == 1 + tanh(q)
    assert steps["edge-of-chaos.curve.bias"].rhs == q - tanh(q)


def test_all_fixed_points_are_told_with_their_basins():
    low, high = derive("silu", sigma_w2=Rational("1.6795316") ** 2, sigma_b2="1/25").solutions

    assert close(low["q_star"].value(), "0.194038", 5)
    assert close(low["chi_1"].value(), "0.8203", 4)
    assert low["basin_high"].definition == high["q_star"].definition
    assert float(high["V_prime"]) > 1
    assert "basin_high" not in high


def test_the_other_root_at_critical_constants():
    other, own = derive("gelu", theory="criticality").solutions

    assert close(other["q_star"].value(), "3.03498", 6)
    assert own["q_star"].expr == (3 + sqrt(17)) / 2
    assert own["V_prime"].expr == 1


def test_nothing_is_a_fixed_point_where_balls_see_none():
    assert [s["q_star"].definition for s in derive("sech", theory="length-map").solutions] == [1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("relu", 2 * sqrt(2) / (3 * pi)),
        ("leaky_relu(x, 1/5)", 2 * sqrt(2) / 3 * Rational(16, 25) / (pi * Rational(26, 25))),
    ],
)
def test_kinks_slow_correlations_by_the_square_of_the_layer(text, expected):
    values = correlated(text).values  # hayou2019: 1 - c_l ~ 4/(kappa l)^2

    assert close(values["kappa"].value(), mpmath.mpf(expected.evalf(30)))
    assert "beta" not in values


def test_smooth_functions_slow_them_by_the_layer():
    point = derive("tanh(x)", theory="edge-of-chaos", sigma_b2="1/25")
    values = correlated("tanh(x)", sigma_w2=point.sigma_w2, sigma_b2="1/25").values

    assert close(values["beta"].value(), "7.08373782", 9)


def test_a_jump_is_always_chaotic():
    values = correlated("sign(x)").values

    assert values["C_prime_1"].definition.is_infinite
    assert close(values["jump_rate"].value(), "0.9003163161571")  # 2 sqrt 2/pi
    assert values["c_star"].expr == 0


def test_a_correlation_is_that_of_two_layers_by_cubature():
    values = correlated("step").values
    c, at = float(values["c_star"]), float(values["q_star"])
    mean = 0.25 + math.asin(c) / (2 * math.pi)  # daniely2016

    assert float(values["sigma_w2"]) * mean / at == pytest.approx(c, abs=1e-12)


@pytest.mark.parametrize(
    (
        "text",
        "q_law",
        "gradient_law",
    ),  # roberts2022 for smooth ones; ELU by iteration: ratio 1.0047 at l = 3000
    [("tanh(x)", "1/(2*l)", "1/l"), ("sin(x)", "1/l", "1/l"), ("elu", "2*pi/l**2", "l**(-2)")],
)
def test_critical_signals_fall_by_a_power(text, q_law, gradient_law):
    outlook = derive(text).outlook

    assert (str(outlook.q_law), str(outlook.gradient_law)) == (q_law, gradient_law)


def test_half_a_percent_is_left_of_the_law_after_many_layers():
    variance, depth = 1.0, 3000
    for _ in range(depth - 1):
        s = math.sqrt(variance)
        lower, upper = (math.exp(a * a * variance / 2) * math.erfc(a * s / math.sqrt(2)) / 2 for a in (2, 1))
        variance = variance / 2 + lower - 2 * upper + 0.5  # ELU: the mean square in closed form

    assert variance * depth**2 / (2 * math.pi) == pytest.approx(1, abs=0.006)


@pytest.mark.parametrize("theory", ["linear", "centered", "criticality"])
def test_theories_that_find_weights_take_none(theory):
    with pytest.raises(UnsupportedError, match="finds the weight variance"):
        derive("tanh(x)", theory=theory, sigma_w2=2)


def test_solutions_survive_a_record():
    d = correlated("sign(x)", sigma_w2=2, sigma_b2="1/10")

    assert from_json(d.to_json()) == d


def test_other_inputs_start_elsewhere():
    assert "E[x^2] = 4" in derive("gelu", input_second_moment=4).outlook.text
    assert derive("relu", width=256).outlook.text.endswith("varies by 99 %")  # 5 a layer: hanin2018


def test_a_fixed_correlation_out_of_reach_of_the_expansion_is_an_estimate(monkeypatch):
    whole = derive("tanh", theory="correlation", sigma_w2="2.5", sigma_b2="0.05").values
    monkeypatch.setattr(correlation_map, "_is_reached", lambda _: False)
    rough = derive("tanh", theory="correlation", sigma_w2="2.5", sigma_b2="0.05").values

    assert [rough[name].kind for name in ("c_star", "C_prime", "xi_c")] == ["estimated"] * 3
    assert float(rough["c_star"]) == pytest.approx(0.44680423, abs=1e-8)  # schoenholz2017, by quadrature
    assert float(rough["C_prime"]) == pytest.approx(float(whole["C_prime"]), rel=1e-9)


@pytest.mark.parametrize("given", [{"depth": 0}, {"width": "x"}, {"depth": 2.5}, {"width": None}], ids=str)
def test_numbers_of_layers_and_neurons_are_whole(given):
    (name,) = given

    with pytest.raises(AssumptionError, match=f"{name} = .* must be a whole number, at least 1"):
        derive("relu", **given)


def test_a_bias_variance_that_is_not_used_is_told():
    remarks = {t: derive("tanh", theory=t, sigma_b2="0.05").warnings for t in THEORIES}
    told = [theory for theory, lines in remarks.items() if "is not used" in str(lines)]

    assert told == ["linear", "criticality", "centered", "residual"]
