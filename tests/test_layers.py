"""Fans, distributions and borders of layers: against counting, sampling and simulated linear maps."""

import math
from collections import Counter
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolic_init.errors import AssumptionError, UnsupportedError
from symbolic_init.layers.distributions import (
    DISTRIBUTIONS,
    distribution,
    truncated_deviation,
    truncated_normal,
)
from symbolic_init.layers.fans import MODES, convolution, dense, weight_variance
from symbolic_init.layers.padding import border_factor, padding_factors

MOST_SIGMAS = 4.5
"""Seeds are fixed: a check either passes always or never."""


def counted(kernel, stride, *, transposed, turns=12):
    """Mean number of taps that meet in an output and in an input, counted on a ring."""
    sparse, full = turns, turns * stride
    pairs = [((place * stride + tap) % full, place) for place in range(sparse) for tap in range(kernel)]
    by_full, by_sparse = Counter(p for p, _ in pairs), Counter(p for _, p in pairs)
    totals = Fraction(sum(by_full.values()), full), Fraction(sum(by_sparse.values()), sparse)
    return totals if transposed else totals[::-1]


@given(
    kernel=st.lists(st.integers(1, 5), min_size=1, max_size=3),
    stride=st.integers(1, 3),
    groups=st.integers(1, 4),
    channels=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    transposed=st.booleans(),
)
def test_fans_of_convolutions_are_those_that_are_counted(kernel, stride, groups, channels, transposed):
    inputs, outputs = (c * groups for c in channels)
    taps = [counted(k, stride, transposed=transposed) for k in kernel]
    fans = convolution(inputs, outputs, kernel=kernel, groups=groups, stride=stride, transposed=transposed)

    assert fans.fan_in == channels[0] * math.prod(t[0] for t in taps)
    assert fans.fan_out == channels[1] * math.prod(t[1] for t in taps)
    assert math.prod(fans.matrix) == inputs * outputs // groups * math.prod(kernel)


def test_a_transposed_convolution_swaps_the_fans_of_its_adjoint():
    one = convolution(6, 4, kernel=(3, 4), stride=(2, 1), groups=2)
    other = convolution(4, 6, kernel=(3, 4), stride=(2, 1), groups=2, transposed=True)

    assert (one.fan_in, one.fan_out, one.matrix) == (other.fan_out, other.fan_in, other.matrix)


def test_a_dense_layer_is_a_convolution_of_one_place():
    assert dense(3, 5) == convolution(3, 5, kernel=(1, 1))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"inputs": 0, "outputs": 1, "kernel": (3,)}, "inputs = 0"),
        ({"inputs": 1, "outputs": 1, "kernel": 3}, "along each axis"),
        ({"inputs": 1, "outputs": 1, "kernel": (3, 1.5)}, "kernel = 1.5"),
        ({"inputs": 4, "outputs": 6, "kernel": (3,), "groups": 4}, "must divide"),
        ({"inputs": 1, "outputs": 1, "kernel": (3, 3), "stride": (2,)}, "as many axes"),
    ],
)
def test_layers_that_cannot_be_are_refused(arguments, words):
    with pytest.raises(AssumptionError, match=words):
        convolution(**arguments)


def test_modes_give_the_formulas_of_the_literature():
    fans = dense(300, 100)

    assert weight_variance(fans, forward=2) == pytest.approx(2 / 300)  # he2015, forward
    assert weight_variance(fans, backward=2, mode="fan_out") == pytest.approx(2 / 100)  # he2015, backward
    assert weight_variance(fans, mode="compromise") == Fraction(2, 300 + 100)  # glorot2010
    assert weight_variance(fans, forward=Fraction(2), backward=2, mode="compromise") == Fraction(4, 400)
    with pytest.raises(UnsupportedError, match="fan_in, fan_out, compromise"):
        weight_variance(fans, mode="fan_avg")


@given(st.floats(0.1, 10), st.floats(0.1, 10), st.integers(1, 999), st.integers(1, 999))
def test_the_compromise_lies_between(forward, backward, fan_in, fan_out):
    one, other, middle = (
        weight_variance(dense(fan_in, fan_out), forward=forward, backward=backward, mode=mode)
        for mode in MODES
    )

    assert min(one, other) * (1 - 1e-12) <= middle <= max(one, other) * (1 + 1e-12)


def drawn(name, parameter, shape, rng, cut=2.0):
    match name:
        case "normal":
            return rng.normal(0, parameter, shape)
        case "uniform":
            return rng.uniform(-parameter, parameter, shape)
        case "truncated-normal":
            values = rng.normal(0, 1, (8 * math.prod(shape),))
            return parameter * values[np.abs(values) < cut][: math.prod(shape)].reshape(shape)
        case _:
            tall = rng.normal(0, 1, (max(shape), min(shape)))
            basis, triangle = np.linalg.qr(tall)
            basis = basis * np.sign(np.diag(triangle))
            return parameter * (basis if shape[0] >= shape[1] else basis.T)


@pytest.mark.parametrize("fans", [dense(60, 90), convolution(8, 16, kernel=(3, 3), groups=2)])
@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_drawn_weights_have_the_variance_that_was_wanted(name, fans):
    rng, wanted = np.random.default_rng(7), 0.02
    parameter = DISTRIBUTIONS[name].parameter(wanted, fans)
    squares = np.concatenate([drawn(name, parameter, fans.matrix, rng).ravel() ** 2 for _ in range(40)])
    error = squares.std() / math.sqrt(squares.size)

    assert abs(squares.mean() - wanted) < MOST_SIGMAS * max(error, 1e-12)


@pytest.mark.parametrize(("inputs", "outputs"), [(200, 50), (50, 200)])
def test_orthogonal_weights_keep_the_mean_square_of_the_outputs(inputs, outputs):
    rng, fans = np.random.default_rng(3), dense(inputs, outputs)
    gain = DISTRIBUTIONS["orthogonal"].parameter(weight_variance(fans, forward=1.7), fans)
    x = rng.normal(0, 1, (inputs, 400))
    squares = [(drawn("orthogonal", gain, (outputs, inputs), rng) @ x) ** 2 for _ in range(10)]
    means = np.array([s.mean() / (x**2).mean() for s in squares])

    assert abs(means.mean() - 1.7) < MOST_SIGMAS * max(means.std() / math.sqrt(len(means)), 1e-12)


@given(st.floats(1e-3, 12))
def test_a_truncated_deviation_is_that_of_the_formula(cut):
    with mpmath.workdps(60):
        t = mpmath.mpf(cut)
        exact = mpmath.sqrt(1 - 2 * t * mpmath.npdf(t) / mpmath.erf(t / mpmath.sqrt(2)))

    assert truncated_deviation(cut) == pytest.approx(float(exact), rel=4e-16)


def test_the_truncated_deviation_at_two_is_the_constant_of_the_frameworks():
    assert truncated_deviation(2) == 0.87962566103423978  # scipy.stats.truncnorm.std, as Keras quotes it
    assert truncated_deviation(math.inf) == 1


@pytest.mark.parametrize("cut", [0.5, 3.0])
def test_any_cut_can_be_taken(cut):
    rng = np.random.default_rng(11)
    parameter = truncated_normal(cut).parameter(1.0)
    squares = drawn("truncated-normal", parameter, (40_000,), rng, cut) ** 2

    assert abs(squares.mean() - 1) < MOST_SIGMAS * squares.std() / math.sqrt(squares.size)
    assert math.sqrt(squares.max()) <= cut * parameter


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: distribution("cauchy"), UnsupportedError),
        (lambda: distribution("uniform", cut=2), UnsupportedError),
        (lambda: truncated_normal(0), AssumptionError),
        (lambda: DISTRIBUTIONS["normal"].parameter(-1.0), AssumptionError),
        (lambda: DISTRIBUTIONS["normal"].parameter(math.inf), AssumptionError),
        (lambda: DISTRIBUTIONS["orthogonal"].parameter(1.0), AssumptionError),
    ],
)
def test_what_cannot_be_drawn_is_refused(call, error):
    with pytest.raises(error):
        call()


@given(st.integers(1, 12), st.integers(1, 5))
def test_the_first_border_factor_is_that_of_the_formula(length, half):
    if length >= half:
        kernel = 2 * half + 1

        assert border_factor(length, kernel) == 1 - Fraction(half * (half + 1), kernel * length)


def convolved(signal, weights, pad):
    """A convolution of (channels, length) with (outputs, channels, kernel), zeros around."""
    padded = np.pad(signal, ((0, 0), (pad, pad)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, weights.shape[2], axis=1)
    return np.tensordot(weights, windows, axes=((1, 2), (0, 2)))


@pytest.mark.parametrize(
    ("size", "kernel", "pad", "depth"), [(8, 3, 1, 10), (8, 5, 2, 4), (9, 3, 0, 3), (6, 3, 2, 4)]
)
def test_padding_loses_what_random_linear_networks_lose(size, kernel, pad, depth):
    rng, channels, kept = np.random.default_rng(5), 40, []
    for _ in range(400):
        signal = rng.normal(0, 1, (channels, size))
        for _ in range(depth):
            weights = rng.normal(0, 1 / math.sqrt(channels * kernel), (channels, channels, kernel))
            signal = convolved(signal, weights, pad)
        kept.append((signal**2).mean())
    exact = padding_factors((size,), kernel=(kernel,), depth=depth, padding=(pad,))[-1]

    assert abs(np.mean(kept) - float(exact)) < MOST_SIGMAS * np.std(kept) / math.sqrt(len(kept))


def test_twenty_layers_on_images_of_two_sizes():
    kept = [padding_factors((n, n), kernel=(3, 3), depth=20)[-1] for n in (32, 8)]

    assert [round(float(k), 2) for k in kept] == [0.72, 0.15]


@pytest.mark.parametrize("length", [5, 8, 32])
def test_the_factor_of_a_deep_layer_is_the_largest_eigenvalue(length):
    kept = padding_factors((length,), kernel=(3,), depth=400)

    assert float(kept[-1] / kept[-2]) == pytest.approx((1 + 2 * math.cos(math.pi / (length + 1))) / 3)


@pytest.mark.parametrize("kernel", [2, 3, 4])
@pytest.mark.parametrize("pad", [0, 1, 3])
def test_padding_is_a_product_of_its_axes(kernel, pad):
    one = padding_factors((9,), kernel=(kernel,), depth=2, padding=(pad,))
    other = padding_factors((7,), kernel=(3,), depth=2, padding=(1,))
    both = padding_factors((9, 7), kernel=(kernel, 3), depth=2, padding=(pad, 1))

    assert both == tuple(a * b for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize(
    "arguments",
    [
        {"size": (8, 8), "kernel": (3,), "depth": 1},
        {"size": (8,), "kernel": (3,), "depth": 0},
        {"size": (8,), "kernel": (3,), "depth": 4, "padding": (0,)},
    ],
)
def test_images_that_cannot_be_are_refused(arguments):
    with pytest.raises(AssumptionError):
        padding_factors(**arguments)
