"""Correlations layer by layer: against closed forms, sums over two dimensions and the literature."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symbolic_init.activation import activation
from symbolic_init.errors import SymbolicInitError
from symbolic_init.moments.differences import difference_means
from symbolic_init.propagation import propagate
from symbolic_init.records import propagations_from_json, propagations_to_json

NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(120)
WEIGHTS = WEIGHTS / WEIGHTS.sum()


def angle(c):
    return math.acos(c)


CLOSED = {  # kernels from cho2009, williams1997 and the addition theorems; q, c -> M(q) - E[g(u) g(v)]
    "relu": lambda q, c: q / 2 - q * (math.sqrt(1 - c * c) + c * (math.pi - angle(c))) / (2 * math.pi),
    "sign(x)": lambda _, c: 1 - 2 * math.asin(c) / math.pi,
    "Heaviside(x, 0)": lambda _, c: 0.5 - (0.25 + math.asin(c) / (2 * math.pi)),
    "erf(x)": lambda q, c: (
        2 / math.pi * (math.asin(2 * q / (1 + 2 * q)) - math.asin(2 * q * c / (1 + 2 * q)))
    ),
    "sin(x)": lambda q, c: math.exp(-q) * (math.sinh(q) - math.sinh(q * c)),
    "exp(x)": lambda q, c: math.exp(2 * q) - math.exp(q + q * c),
    "x": lambda q, c: q - q * c,
    "x**3": lambda q, c: q**3 * (15 - 9 * c - 6 * c**3),
}


@pytest.mark.parametrize("name", CLOSED)
@settings(max_examples=20, deadline=None)
@given(q=st.floats(0.01, 4), gap=st.floats(1e-4, 1))
def test_differences_are_those_of_closed_forms(name, q, gap):
    exact = CLOSED[name](q, 1 - gap)
    found = difference_means((activation(name).expression,))(q, gap)[0, 0]

    assert found == pytest.approx(exact, rel=1e-7, abs=1e-12)


@pytest.mark.parametrize("gap", [1e-8, 1e-12])
def test_differences_lose_no_digits_close_to_one(gap):
    found = difference_means((activation("tanh").expression, activation("sign(x)").expression))(1.0, gap)

    assert found[0, 0] == pytest.approx(gap * 0.46440289026, rel=1e-6)  # h(1), by quadrature at 30 digits
    assert found[1, 1] == pytest.approx(2 / math.pi * math.acos(1 - gap), rel=1e-3 if gap < 1e-10 else 1e-6)


def tanh_kernel(q, c):
    u = math.sqrt(q) * NODES[:, None]
    v = c * u + math.sqrt(q * (1 - c * c)) * NODES
    return (WEIGHTS[:, None] * WEIGHTS * np.tanh(u) * np.tanh(v)).sum()


@pytest.mark.parametrize(("q", "c"), [(0.3, 0.2), (1.0, 0.7), (2.0, 0.0)])
def test_differences_are_those_of_sums_over_two_dimensions(q, c):
    found = difference_means((activation("tanh").expression,))(q, 1 - c)[0, 0]

    assert found == pytest.approx(tanh_kernel(q, 1.0) - tanh_kernel(q, c), rel=1e-6)


def test_the_correlation_settles_where_the_literature_says():
    found = propagate("tanh", sigma_w2="2.5", sigma_b2="0.05", depth=400)  # poole2016, schoenholz2017

    assert found.correlation[-1] == pytest.approx(0.44680423, abs=5e-9)


def test_the_correlation_of_relu_follows_the_arc_cosine_kernel():
    c = 0.5
    for layer in propagate("relu", scheme="he", depth=150).layers:
        assert layer.gap == pytest.approx(1 - c, rel=1e-6)
        c = (math.sqrt(1 - c * c) + c * (math.pi - math.acos(c))) / math.pi  # cho2009


def test_the_first_layer_adds_the_bias_to_both_inputs():
    found = propagate("relu", sigma_w2=2, sigma_b2="1/2", input_correlation="1/4", depth=1)

    assert found.correlation[0] == pytest.approx((2 / 4 + 0.5) / (2 + 0.5))


def test_equal_inputs_stay_equal():
    assert set(propagate("gelu", scheme="he", input_correlation=1, depth=5).correlation) == {1.0}


def test_gated_units_are_followed_too():
    rng = np.random.default_rng(2)
    found = propagate("swiglu", sigma_w2="2", depth=2, input_correlation="3/5")
    one, other = rng.normal(size=(2, 2, 400_000))
    q = found.q[0]
    u, v = math.sqrt(q) * one, math.sqrt(q) * (0.6 * one + 0.8 * other)
    products = (u[0] / (1 + np.exp(-u[0])) * u[1]) * (v[0] / (1 + np.exp(-v[0])) * v[1])
    error = 2 * products.std() / math.sqrt(products.size)

    assert found.correlation[0] == pytest.approx(0.6)
    assert abs(found.correlation[1] * found.q[1] - 2 * products.mean()) < 4.5 * error


def test_step_functions_lose_neighborhoods():
    found = propagate("sign(x)", sigma_w2=1, depth=4, input_correlation="99/100")
    expected = 0.99
    for correlation in found.correlation:
        assert correlation == pytest.approx(expected, rel=1e-7)
        expected = 2 * math.asin(expected) / math.pi


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("gelu", {"sigma_w2": 2}),
        ("sign(x)", {"sigma_w2": 1}),
        ("mish", {"scheme": "kumar"}),
        ("swiglu", {"sigma_w2": 1}),
    ],
)
def test_a_record_is_read_back(name, given):
    text = propagations_to_json((propagate(name, depth=12, **given),))  # compared as text: nan is not nan

    assert propagations_to_json(propagations_from_json(text)) == text


@pytest.mark.parametrize(
    "text", ["[]", '{"schema": "symbolic_init/derivation/1"}', '{"schema": "symbolic_init/propagation/1"}']
)
def test_broken_records_are_refused(text):
    with pytest.raises(SymbolicInitError):
        propagations_from_json(text)
