"""Weights of whole networks: against formulas of the literature and simulated networks."""

import math

import numpy as np
import pytest
from click.testing import CliRunner

from symbolic_init.activation import activation
from symbolic_init.cli.commands import derive_command
from symbolic_init.errors import AssumptionError, SymbolicInitError, UnsupportedError
from symbolic_init.network import RULES, network_weights
from symbolic_init.working_points import between

ERF = np.vectorize(math.erf)
FUNCTIONS = {
    "relu": lambda t: np.maximum(t, 0),
    "tanh": np.tanh,
    "gelu": lambda t: t * (1 + ERF(t / math.sqrt(2))) / 2,
    "x": lambda t: t,
}


def test_layers_of_relu_are_those_of_the_literature():
    found = network_weights(["dense 30 20", "relu", "dense 20 10", "relu", "dense 10 5"])

    assert [layer.variance for layer in found] == pytest.approx([2 / 30, 2 / 20, 1 / 10])  # he2015
    assert [layer.q for layer in found] == pytest.approx([2, 2, 1])


@pytest.mark.parametrize("fed", ["relu", "gelu", "sigmoid", "tanh", "x"])
@pytest.mark.parametrize("feeding", ["relu", "gelu", "sigmoid"])
def test_a_layer_of_a_network_is_that_layer_alone(feeding, fed):
    *_, layer, _ = network_weights(["dense 9 20", feeding, "dense 20 10", fed, "dense 10 5"])
    alone = between(activation(feeding), activation(fed))

    assert (20 * layer.variance, layer.sigma_b2) == pytest.approx((alone.sigma_w2, alone.sigma_b2))


def test_a_variance_that_is_left_open_can_be_given():
    parts = ["dense 30 20", "relu", "dense 20 10", "gelu", "dense 10 5"]
    found = network_weights(parts, q=3)

    assert [layer.q for layer in found] == pytest.approx([3, (3 + math.sqrt(17)) / 2, 3])  # roberts2022
    assert [layer.q for layer in network_weights(parts, rule="length-map", q=3)] == pytest.approx([3, 3, 3])


def test_kumar_looks_at_both_sides_of_a_layer():
    found = network_weights(["dense 30 20", "sigmoid", "dense 20 10", "tanh", "dense 10 5"], rule="linear")

    assert [layer.variance for layer in found] == pytest.approx(
        [16 / 30, 1 / (20 * 1.25), 1 / 10]
    )  # kumar2017


def test_the_first_layer_takes_the_second_moment_of_the_data():
    found = network_weights(["dense 100 50", "gelu"], input_second_moment="1/4")
    point, bias = (3 + math.sqrt(17)) / 2, 0.172922390756067352  # roberts2022

    assert found[0].variance == pytest.approx(4 * (point - bias) / 100, rel=1e-9)
    assert found[0].sigma_b2 == pytest.approx(bias, rel=1e-9)


def test_dropout_scales_the_weights_behind_it():
    plain = network_weights(["dense 30 20", "relu", "dense 20 10"])
    dropped = network_weights(["dense 30 20", "relu", "dropout 0.25", "dense 20 10"])

    assert dropped[1].variance == pytest.approx(0.75 * plain[1].variance)
    assert dropped[1].q == pytest.approx(plain[1].q)


def test_the_compromise_is_that_of_glorot_for_linear_layers():
    found = network_weights(["dense 30 20", "x", "dense 20 10"], mode="compromise")

    assert [layer.variance for layer in found] == pytest.approx([2 / 50, 2 / 30])  # glorot2010


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("mode", ["fan_in", "fan_out", "compromise"])
def test_the_signal_is_that_of_simulated_networks(rule, mode):
    names, sizes, keep = ["tanh", "gelu", "relu", "x"], [200, 300, 400, 300, 200], [1, 0.8, 1, 0.9]
    if rule == "linear":
        names = ["tanh", "gelu", "tanh", "x"]  # it has nothing to say of a kink at 0
    parts = []
    for i, name in enumerate(names):
        parts += [f"dropout {1 - keep[i]}", f"dense {sizes[i]} {sizes[i + 1]}", name]
    found = network_weights(parts, rule=rule, mode=mode, input_second_moment="1/2")
    rng, seen = np.random.default_rng(23), []
    for _ in range(15):
        x, row = rng.normal(0, math.sqrt(0.5), sizes[0]), []
        x *= math.sqrt(0.5 / (x**2).mean())
        for layer, name, part in zip(found, names, keep, strict=True):
            rows, columns = layer.fans.matrix
            mask = (rng.uniform(size=columns) < part) / part
            weights = rng.normal(0, math.sqrt(layer.variance), (rows, columns))
            y = weights @ (mask * x) + rng.normal(0, math.sqrt(layer.sigma_b2), rows)
            row.append((y**2).mean())
            x = FUNCTIONS[name](y)
        seen.append(row)
    seen = np.array(seen)
    errors = seen.std(axis=0) / math.sqrt(len(seen))

    for mean, error, layer in zip(seen.mean(axis=0), errors, found, strict=True):
        assert abs(mean - layer.q) < 4.5 * error + 0.02 * layer.q  # the mean shifts by O(1/width)


@pytest.mark.parametrize(
    ("parts", "error"),
    [
        (["dense 3"], AssumptionError),
        (["dense 3 -4"], AssumptionError),
        (["conv 3 4 3x3 strid 2"], AssumptionError),
        (["conv 3 4 3xx3"], AssumptionError),
        (["dropout 1"], AssumptionError),
        (["relu", "dense 3 4"], UnsupportedError),
        (["dense 3 4", "relu", "relu"], UnsupportedError),
        (["dense 3 4", "leaky_relu(x, a)"], UnsupportedError),
        (["dense 3 4", "gleu"], SymbolicInitError),
    ],
    ids=str,
)
def test_networks_that_cannot_be_are_refused(parts, error):
    with pytest.raises(error):
        network_weights(parts)


def run(*arguments):
    return CliRunner().invoke(derive_command, arguments, prog_name="derive")


def test_the_command_shows_what_to_draw_with():
    result = run("network", "dense 100 50", "relu", "dense 50 10", "--distribution", "uniform")

    assert result.exit_code == 0
    assert "bound(w)" in result.stdout
    assert f"{math.sqrt(3 * 2 / 100):.6g}" in result.stdout


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            ["--distribution", "uniform"],
            f"bound(w) = {math.sqrt(3 * 2 / 512):.6g} (uniform; std(w) = 0.0625)",
        ),
        (["--fan-out", "256", "--mode", "fan_out"], f"std(w) = {math.sqrt(2 / 256):.6g} by"),
        (["--fan-out", "256", "--mode", "compromise"], f"std(w) = {math.sqrt(4 / 768):.6g} by"),
        (["--fan-out", "2048", "--distribution", "orthogonal"], f"gain(w) = {math.sqrt(2 * 4):.6g} ("),
        (["--keep", "1/2"], f"std(w) = {math.sqrt(1 / 512):.6g} by"),
        (["--distribution", "truncated-normal"], f"std(w) = {0.0625 / 0.87962566103423978:.6g} (normal, cut"),
    ],
    ids=str,
)
def test_a_layer_gets_the_parameter_to_pass(options, words):
    result = run("relu", "--fan-in", "512", *options, "--no-steps")

    assert words in result.stdout


@pytest.mark.parametrize(
    "options",
    [
        ["--fan-out", "3"],
        ["--fan-in", "3", "--mode", "fan_out"],
        ["--fan-in", "3", "--cut", "2"],
        ["--fan-in", "3", "--keep", "2"],
    ],
    ids=str,
)
def test_options_that_do_not_fit_together_are_wrong_usage(options):
    assert run("relu", *options).exit_code == 2
