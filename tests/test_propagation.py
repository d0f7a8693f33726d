"""Signal and gradient layer by layer: against sums over Hermite nodes and published fixed points."""

import math

import numpy as np
import pytest
from click.testing import CliRunner

from symbolic_init.cli.commands import derive_command
from symbolic_init.engine import derive
from symbolic_init.errors import AssumptionError, UnsupportedError
from symbolic_init.propagation import compare_schemes, propagate
from symbolic_init.schemes import SCHEMES

NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(160)
WEIGHTS = WEIGHTS / WEIGHTS.sum()
ERF = np.vectorize(math.erf)


def gelu(t):
    return t * (1 + ERF(t / math.sqrt(2))) / 2


def gelu_slope(t):
    return (1 + ERF(t / math.sqrt(2))) / 2 + t * np.exp(-(t**2) / 2) / math.sqrt(2 * math.pi)


PAIRS = {
    "tanh": (np.tanh, lambda t: 1 / np.cosh(t) ** 2),
    "gelu": (gelu, gelu_slope),
    "sin(x)": (np.sin, np.cos),
}


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize(("weight", "bias", "second"), [(2, 0, 1), ("3/2", "1/10", "1/2"), ("1/2", "1", 2)])
def test_layers_follow_the_sums_over_nodes(name, weight, bias, second):
    g, slope = PAIRS[name]
    w, b, q = (float(fraction(t)) for t in (weight, bias, second))
    q = w * q + b
    found = propagate(name, sigma_w2=weight, sigma_b2=bias, input_second_moment=second, depth=12)
    product = 1.0
    for layer in found.layers:
        product *= w * (WEIGHTS * slope(NODES * math.sqrt(q)) ** 2).sum()

        assert layer.q == pytest.approx(q, rel=1e-5)
        assert layer.gradient2 == pytest.approx(product, rel=1e-5)
        q = b + w * (WEIGHTS * g(NODES * math.sqrt(q)) ** 2).sum()


def fraction(text):
    top, _, bottom = str(text).partition("/")
    return float(top) / float(bottom or 1)


@pytest.mark.parametrize(
    ("name", "scheme", "q", "chi"),  # length map with the scheme, by quadrature at 36 digits
    [
        ("sigmoid", "kumar", 4.5349760945896087, 0.353809853879638),
        ("sigmoid", "glorot", 0.264686875182, 0.05572070677),
        ("sigmoid", "keras", 0.264686875182, 0.05572070677),
        ("tanh", "gain-tanh", 1.17848049038591, 1.20983132038283),
    ],
)
def test_schemes_settle_where_the_literature_says(name, scheme, q, chi):
    found = propagate(name, scheme=scheme)

    assert found.fate == "fixed"
    assert float(found.q_star) == pytest.approx(q, rel=1e-9)
    assert float(found.chi_1) == pytest.approx(chi, rel=1e-9)
    assert float(found.xi_grad) == pytest.approx(-1 / math.log(chi), rel=1e-8)


def test_depth_scales_are_those_of_the_literature():
    found = propagate("tanh", sigma_w2="1.3", sigma_b2="0.05")  # schoenholz2017, checked by quadrature

    assert float(found.q_star) == pytest.approx(0.315316477485, rel=1e-11)
    assert float(found.chi_1) == pytest.approx(0.880163509883, rel=1e-11)
    assert float(found.xi_q) == pytest.approx(1.7852, abs=5e-5)


def test_a_derivation_has_the_depth_scales_of_its_headline():
    values = derive("sigmoid").values

    assert float(values["xi_grad"]) == pytest.approx(-1 / math.log(0.353809853879638), rel=1e-12)
    assert float(values["xi_q"]) == pytest.approx(-1 / math.log(0.1289176089), rel=1e-9)
    assert "xi_q" not in derive("relu").values


@pytest.mark.parametrize(
    ("id_", "fan_in", "fan_out", "variance"),
    [
        ("glorot", 300, 100, 2 / 400),
        ("he", 300, 100, 2 / 300),
        ("lecun", 300, 100, 1 / 300),
        ("pytorch", 300, 100, 1 / 900),  # uniform within 1/sqrt(fan_in)
        ("djinn", 300, 100, 3 / 400),
        ("gain-tanh", 300, 100, (5 / 3) ** 2 / 300),
        ("gain-selu", 300, 100, (3 / 4) ** 2 / 300),
        ("gain-leaky-relu", 300, 100, 2 / 1.0001 / 300),
    ],
)
def test_variances_of_schemes(id_, fan_in, fan_out, variance):
    assert float(SCHEMES[id_].variance(fan_in, fan_out)) == pytest.approx(variance, rel=1e-15)


@pytest.mark.parametrize(
    ("given", "fate", "words"),
    [
        ({"sigma_w2": 2}, "any", "stable: every q is kept; gradient^2 is kept"),
        ({"sigma_w2": 1}, "decays", "decaying exponentially: q -> 0; gradient^2 vanishes, x 0.5 a layer"),
        ({"sigma_w2": 3}, "diverges", "exploding"),
        ({"sigma_w2": 1, "sigma_b2": "1/4"}, "fixed", "stable: q settles at 0.5 (V' = 0.5)"),
        ({"sigma_w2": 2, "sigma_b2": "1/4"}, "diverges", "exploding"),
    ],
)
def test_the_fates_of_relu(given, fate, words):
    found = propagate("relu", **given)

    assert found.fate == fate
    assert found.sentence.startswith(words)


def test_a_fixed_point_of_a_polynomial_map_is_exact():
    found = propagate("relu", sigma_w2=1, sigma_b2="1/6")

    assert (found.q_star.expr, found.q_star.kind) == (found.q_star.definition, "exact")
    assert str(found.q_star.definition) == "1/3"


@pytest.mark.parametrize(
    ("name", "scheme", "constant"),  # hanin2018: 5 for ReLU, 2 for linear; roberts2022: 2/3 for K* = 0
    [("relu", "he", "5"), ("identity", "lecun", "2"), ("tanh", "kumar", "2/3"), ("gelu", "he", None)],
)
def test_the_scatter_of_finite_networks_is_given_where_its_law_is_known(name, scheme, constant):
    found = propagate(name, scheme=scheme, depth=2).width_scatter

    assert (None if found is None else str(found.definition)) == constant


def test_the_recommended_scheme_starts_with_its_own_first_layer():
    found = propagate("gelu", scheme="recommended")

    assert found.q == pytest.approx([(3 + math.sqrt(17)) / 2] * 50, rel=1e-6)
    assert found.gradient2[-1] == pytest.approx(1, abs=1e-6)
    assert float(found.first_layer) == pytest.approx(3.38863, abs=5e-6)


def test_all_schemes_are_compared():
    found = compare_schemes("tanh", depth=3)

    assert [p.label for p in found] == [s.title for s in SCHEMES.values()]


def test_schemes_that_do_not_apply_are_left_out():
    assert "linear (Kumar)" not in [p.label for p in compare_schemes("relu", depth=1)]
    with pytest.raises(UnsupportedError, match="does not apply"):
        propagate("relu", scheme="kumar")


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({}, AssumptionError),
        ({"sigma_w2": 1, "scheme": "he"}, AssumptionError),
        ({"sigma_w2": -1}, AssumptionError),
        ({"sigma_w2": 1, "depth": 0}, AssumptionError),
        ({"sigma_w2": 1, "input_correlation": 2}, AssumptionError),
        ({"scheme": "hee"}, UnsupportedError),
    ],
)
def test_bad_questions_are_refused(given, error):
    with pytest.raises(error):
        propagate("tanh", **given)


def test_parameters_must_have_values():
    with pytest.raises(AssumptionError, match="values: a"):
        propagate("leaky_relu(x, a)", sigma_w2=1)


def run(*arguments):
    return CliRunner().invoke(derive_command, arguments, prog_name="derive")


def test_the_command_shows_a_few_layers_and_one_line():
    result = run("relu", "--gain", "1", "--bias-variance", "0", "--depth", "50")
    rows = [line.split() for line in result.stdout.splitlines()]

    assert result.exit_code == 0
    assert [row[0] for row in rows if row and row[0].isdigit()] == ["1", "2", "3", "5", "10", "20", "50"]
    assert ["3", "0.25", "+-9.9", "%", "0.5", "0.125", "0.683906"] in rows
    assert "one net of width 1024: q varies by 49 %, gradient^2 by 49 %" in result.stdout  # sqrt(5 l/n)
    assert result.stdout.splitlines()[-1].startswith("decaying exponentially")


def test_the_gain_is_the_root_of_the_weight_variance():
    assert run("tanh", "--gain", "3/2").stdout == run("tanh", "--weight-variance", "9/4").stdout


def test_the_command_knows_the_schemes():
    assert "N Var(w) = 2 (He)" in run("tanh", "--scheme", "he").stdout
    assert all(f"  {t}" in run("tanh", "--scheme", "all").stdout for t in ("He", "DJINN", "LeCun"))


@pytest.mark.parametrize(
    "arguments",
    [
        ["--gain", "1", "--scheme", "he"],
        ["--gain", "0"],
        ["--gain", "1", "--format", "latex"],
        ["--gain", "1", "--width", "0"],
        ["--depth", "0"],
        ["--scheme", "x"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_told(arguments):
    assert run("tanh", *arguments).exit_code == 2
