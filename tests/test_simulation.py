"""Random networks: they agree with theory, with other networks, and notice what is wrong."""

import math
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from marking import partly_slow
from simulation_reference import nets

from symbolic_init import AssumptionError, UnsupportedError, simulate
from symbolic_init.cli.commands import derive_command
from symbolic_init.layers.distributions import DISTRIBUTIONS
from symbolic_init.records import simulations_from_json, simulations_to_json
from symbolic_init.render.simulation import simulation_text
from symbolic_init.schemes import SCHEMES
from symbolic_init.simulated import MOST_SIGMAS
from symbolic_init.simulation import subject_of
from symbolic_init.simulation.networks import run

SMALL = {"width": 64, "depth": 12, "networks": 12}
CASES = {
    "relu": {"scheme": "he"},
    "gelu": {"scheme": "recommended"},
    "tanh": {"sigma_w2": "1.5", "sigma_b2": "0.2"},
    "swiglu": {"sigma_w2": 1, "sigma_b2": "0.3"},
    "sin(x) + x/3": {"sigma_w2": 2},
}
K_STAR_WEIGHTS = {"sigma_w2": "1.5", "sigma_b2": "0.2"}


@pytest.mark.parametrize("name", CASES)
def test_dense_networks_agree_with_theory(name):
    found = simulate(name, **CASES[name], **SMALL)

    assert [t.id for t in found.statistics] == ["scale", "signal", "gradient"]
    assert all(t.agrees for t in found.statistics)


@pytest.mark.parametrize("source", DISTRIBUTIONS)
@pytest.mark.parametrize("branch", [None, "0.4"])
def test_every_distribution_agrees_with_theory(source, branch):
    found = simulate("tanh", **K_STAR_WEIGHTS, drawn_from=source, branch=branch, **SMALL)

    assert found.agrees


@pytest.mark.parametrize(("name", "off"), partly_slow([("tanh", 0.99), ("relu", 0.99), ("relu", 1.01)]))
def test_one_percent_of_scale_is_noticed(name, off):
    source = DISTRIBUTIONS["normal"]
    wrong = replace(source, ratio=lambda fans: off * source.ratio(fans))

    assert not simulate(name, sigma_w2=2, drawn_from=wrong, width=600, depth=20, networks=20).agrees


def test_the_pooled_errors_are_those_of_independent_runs():
    scores = [
        (t.z, t.z_spread)
        for seed in range(25)
        for t in simulate("tanh", sigma_w2=2, width=32, depth=6, networks=8, seed=seed).statistics
    ]
    z, z_spread = np.array(scores).T

    assert 0.8 < z.std() < 1.2
    assert abs(z.mean()) < 0.4
    assert 0.7 < z_spread.std() < 1.3


PLAIN = {
    "relu": (lambda t: np.maximum(t, 0), lambda t: 1.0 * (t > 0), 2.0, 0.0),
    "tanh": (np.tanh, lambda t: 1 / np.cosh(t) ** 2, 1.5, 0.2),
}


@pytest.mark.parametrize("name", PLAIN)
def test_medians_are_those_of_plain_networks_with_backpropagation(name):
    g, slope, weight, bias = PLAIN[name]
    size = {"width": 60, "depth": 10}
    logs, lengths = nets(g, slope, weight=weight, bias=bias, second_moment=1.0, count=200, seed=5, **size)
    found = simulate(name, sigma_w2=weight, sigma_b2=bias, networks=200, **size)
    last = found.layers[-1]
    error = math.sqrt(math.pi / 2) * math.sqrt(2) * logs.std() / math.sqrt(200)  # of a difference of medians

    assert abs(math.log(last.gradient2) - np.median(logs)) < MOST_SIGMAS * error
    assert abs(last.q - lengths.mean()) < MOST_SIGMAS * math.sqrt(2) * lengths.std() / math.sqrt(200)


@pytest.mark.parametrize("source", ["normal", "orthogonal"])
@pytest.mark.parametrize(
    ("name", "weights", "layer"),
    [
        ("x", {"sigma_w2": 1}, 0.0),
        ("relu", {"scheme": "he"}, 1.0),
        ("erf", {"sigma_w2": 1, "sigma_b2": 1}, None),
    ],
)
def test_singular_values_spread_as_pennington_says(name, weights, layer, source):
    depth = 4
    found = simulate(name, **weights, drawn_from=source, spectrum=True, width=200, depth=depth, networks=2)
    if layer is None:  # erf: mu_2/mu_1^2 = (1 + 4 q)/sqrt(1 + 8 q), pennington2017
        layers = [(1 + 4 * t.q_expected) / math.sqrt(1 + 8 * t.q_expected) - 1 for t in found.layers]
    else:  # mu_2/mu_1^2 = 1/p for slopes 1 with probability p, else 0
        layers = [layer] * depth
    expected = sum(layers) + depth * (source == "normal")

    assert found.spectrum.variance_expected == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert found.spectrum.variance == pytest.approx(expected, rel=0.15, abs=1e-6)


def test_relu_networks_scatter_as_hanin_and_nica_say():
    """`E[q_L^2]/E[q_L]^2 = (1 + 5/n)^(L-1)` for q given the layers before, to Monte-Carlo accuracy."""
    width, depth, count = 100, 5, 800
    own = subject_of("relu", scheme="he", depth=depth)
    source = DISTRIBUTIONS["normal"]
    (seen,) = run((own,), source, width=width, depth=depth, networks=count, seed=3, tick=lambda: None)
    square = (seen.q[:, depth] / seen.q[:, 0]) ** 2
    error = square.std() / math.sqrt(count)

    assert abs(square.mean() - (1 + 5 / width) ** depth) < MOST_SIGMAS * error
    assert error < 0.07


@pytest.mark.parametrize("name", ["sqrt(1 + x**2)", "x**2/2 + x"])
def test_tangents_that_turn_towards_the_signal_agree_with_theory(name):
    """The squared gradient falls faster than the correlation of the tangent with the signal."""
    assert simulate(name, sigma_w2="1/2", width=150, depth=30, networks=12).agrees


def test_a_slope_without_a_mean_square_has_no_statistic():
    found = simulate("sign(x)*sqrt(abs(x))", sigma_w2=1, **SMALL)
    rough = simulate("abs(x)**(7/10)", sigma_w2=1, **SMALL)

    assert [t.id for t in found.statistics] == ["scale", "signal"]  # E[g'^2] is infinite
    assert [t.id for t in rough.statistics] == ["scale", "signal"]  # E[g'^4] is infinite


def test_a_seed_gives_the_same_networks_again():
    assert simulate("relu", scheme="he", **SMALL) == simulate("relu", scheme="he", **SMALL)
    assert simulate("relu", scheme="he", **SMALL) != simulate("relu", scheme="he", seed=1, **SMALL)


def test_what_neither_fluctuates_nor_is_finite_is_told():
    flat = simulate("sign(x)", sigma_w2=1, **SMALL)
    steep = simulate("exp(x**2)", sigma_w2=9, **SMALL)

    assert [t.id for t in flat.statistics] == ["scale"]
    assert not math.isfinite(steep.layers[-1].q)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"width": 1}, AssumptionError),
        ({"networks": 0}, AssumptionError),
        ({"seed": -1}, AssumptionError),
        ({"branch": "-1"}, AssumptionError),
        ({"drawn_from": "cauchy"}, UnsupportedError),
    ],
)
def test_wrong_arguments_are_refused(wrong, error):
    with pytest.raises(error):
        simulate("relu", scheme="he", **{**SMALL, **wrong})


def test_the_command_prints_what_it_saw():
    arguments = ["simulate", "relu", "--scheme", "he", "--width", "64", "--depth", "12", "--seeds", "12"]
    run = CliRunner().invoke(derive_command, arguments)

    assert run.exit_code == 0
    assert "agrees with theory" in run.stdout
    assert max(map(len, run.stdout.splitlines())) <= 80


def test_figures_have_theory_and_networks_layer_by_layer():
    found = simulate("relu", scheme="he", **SMALL)

    assert [f.id for f in found.figures] == ["signal", "gradient", "correlation"]
    for figure in found.figures:
        assert [c.x for c in figure.curves] == [tuple(range(1, 13))] * 2


def test_the_command_compares_all_schemes():
    arguments = ["simulate", "tanh", "--scheme", "all", "--width", "48", "--depth", "8", "--seeds", "10"]
    run = CliRunner().invoke(derive_command, arguments)

    assert run.exit_code == 0
    assert sum(line.endswith(" yes") for line in run.stdout.splitlines()) == len(SCHEMES)
    assert " NO" not in run.stdout
    assert max(map(len, run.stdout.splitlines())) <= 80


@pytest.mark.parametrize("extra", [["--gain", "1", "--scheme", "he"], ["--cut", "3"], ["--width", "1"]])
def test_wrong_usage_of_the_command_is_told(extra):
    assert CliRunner().invoke(derive_command, ["simulate", "relu", *extra]).exit_code == 2


def test_a_disagreement_is_told():
    source = DISTRIBUTIONS["normal"]
    wrong = replace(source, ratio=lambda fans: 1.05 * source.ratio(fans))
    found = simulate("relu", scheme="he", drawn_from=wrong, width=200, depth=20, networks=10)

    assert "does NOT agree with theory in scale" in simulation_text(found)


def test_orthogonal_matrices_are_for_one_input():
    with pytest.raises(UnsupportedError, match="one input"):
        simulate("swiglu", sigma_w2=1, drawn_from="orthogonal", **SMALL)


@pytest.mark.parametrize(
    "given",
    [
        {"scheme": "recommended", "spectrum": True},
        {"scheme": "lecun", "branch": "1/10"},
        {"sigma_w2": "1/100", "networks": 1},
    ],
)
def test_records_of_simulations_are_read_back(given):
    text = simulations_to_json(
        (simulate("tanh", **{**SMALL, "depth": 3, **given}),)
    )  # nan is not nan: as text

    assert simulations_to_json(simulations_from_json(text)) == text


def test_the_command_line_writes_records():
    arguments = ["simulate", "relu", "--width", "16", "--depth", "3", "--scheme", "all", "--format", "json"]
    answer = CliRunner().invoke(derive_command, arguments)
    found = simulations_from_json(answer.stdout)

    assert len({s.propagation.label for s in found}) == len(found) > 3
    assert all(len(s.layers) == 3 for s in found)
