"""Scatter of networks of finite width: against simulated networks and the laws of the literature."""

import math

import numpy as np
import pytest

from symbolic_init.propagation import propagate

WIDTH, NETS, DEPTH = 150, 300, 8
MOST_SIGMAS = 4.5
K_STAR, C_W, C_B = (3 + math.sqrt(17)) / 2, 1.98305825743754713, 0.172922390756067352  # roberts2022, GELU
ERF = np.vectorize(math.erf)


def gelu(t):
    return t * (1 + ERF(t / math.sqrt(2))) / 2


def gelu_slope(t):
    return (1 + ERF(t / math.sqrt(2))) / 2 + t * np.exp(-(t**2) / 2) / math.sqrt(2 * math.pi)


PAIRS = {
    "relu": (lambda t: np.maximum(t, 0), lambda t: 1.0 * (t > 0), 2.0, 0.0),
    "tanh": (np.tanh, lambda t: 1 / np.cosh(t) ** 2, 1.5, 0.2),
    "hard_tanh": (lambda t: np.clip(t, -1, 1), lambda t: 1.0 * (abs(t) < 1), 1.2, 0.1),
    "gelu": (gelu, gelu_slope, C_W, C_B),
}


@pytest.fixture(scope="module", params=PAIRS)
def simulated(request):
    """Variances of the last pre-activations and squared gradients of random networks; the last layer."""
    g, slope, weight, bias = PAIRS[request.param]
    rng = np.random.default_rng(17)
    second = 2.0 if request.param != "gelu" else (K_STAR - C_B) / C_W
    lengths, gradients = [], []
    for _ in range(NETS):
        q, weights, slopes = weight * second + bias, [], []
        y = rng.normal(0, math.sqrt(q), WIDTH)
        for _ in range(DEPTH - 1):
            slopes.append(slope(y))
            weights.append(rng.normal(0, math.sqrt(weight / WIDTH), (WIDTH, WIDTH)))
            q = weight * (g(y) ** 2).mean() + bias
            y = weights[-1] @ g(y) + rng.normal(0, math.sqrt(bias), WIDTH)
        lengths.append(q)
        delta = slope(y) * rng.normal(0, 1, WIDTH)
        for w, s in zip(weights[::-1], slopes[::-1], strict=True):
            delta = s * (w.T @ delta)
        gradients.append((delta**2).mean())
    found = propagate(
        request.param,
        sigma_w2=repr(weight),
        sigma_b2=repr(bias),
        input_second_moment=repr(second),
        depth=DEPTH,
    )
    return np.array(lengths), np.array(gradients), found.layers[-1]


def score(values, expected):
    """How many standard errors the variance of a sample is off."""
    squares = (values - values.mean()) ** 2
    return (squares.mean() - expected) / (squares.std() / math.sqrt(len(values)))


def test_the_variance_of_q_is_that_of_simulated_networks(simulated):
    lengths, _, layer = simulated

    assert abs(score(lengths / layer.q, layer.spread.variance / WIDTH)) < MOST_SIGMAS


def test_the_mean_of_q_shifts_as_in_simulated_networks(simulated):
    lengths, _, layer = simulated
    expected = layer.q * (1 + layer.spread.shift / WIDTH)

    assert abs(lengths.mean() - expected) < MOST_SIGMAS * lengths.std() / math.sqrt(NETS)


def test_the_variance_of_gradients_is_that_of_simulated_networks(simulated):
    _, gradients, layer = simulated

    assert abs(score(np.log(gradients), layer.spread.gradient2 / WIDTH)) < MOST_SIGMAS
