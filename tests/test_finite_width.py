"""Scatter of networks of finite width: against simulated networks and the laws of the literature."""

import math

import numpy as np
import pytest
from sympy import S

from symbolic_init import derive
from symbolic_init.activation import activation
from symbolic_init.engine import setting_of
from symbolic_init.meanfield.finite_width import spreads
from symbolic_init.meanfield.flow import flow
from symbolic_init.meanfield.orbits import orbit
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


@pytest.mark.parametrize(
    ("name", "law"),  # hanin2018: 5 a layer for ReLU with 2/N; roberts2022: 2/3 in the limit for tanh
    [("relu", 5.0), ("identity", 2.0), ("tanh", 2 / 3)],
)
def test_the_variance_grows_by_the_laws_of_the_literature(name, law):
    weight, depth = float(derive(name).recommended.sigma_w2), 3000
    setting, _ = setting_of(activation(name), S.One, S.Zero)
    passed = orbit(flow(setting), weight, 0.0, start=weight, depth=depth)
    *_, last = spreads(setting, weight, [p.q for p in passed])

    assert last.variance / (depth - 1) == pytest.approx(law, rel=0.02)


def test_it_ends_where_powers_of_variances_are_no_doubles():
    setting, _ = setting_of(activation("relu"), S.One, S.Zero)

    assert len(spreads(setting, 2.0, [1.0, 1e80, 1.0])) == 1
    assert spreads(setting, 2.0, [0.0]) == ()


def test_an_outlook_tells_the_scatter_for_the_width_that_is_asked_for():
    relu, tanh = derive("relu", width=100).outlook, derive("tanh").outlook

    assert relu.text.endswith("one net of width 100 varies by over 100 %")  # sqrt(5*50/100)
    assert float(tanh.scatter) == pytest.approx(math.sqrt(2 / 3 * 50 / 1024), rel=0.05)
