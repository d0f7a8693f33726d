"""Tailored slopes: against a plain iteration, and the dual kernel of the leaky rectifier."""

import math
from fractions import Fraction

import pytest

from symbolic_init import AssumptionError, UnsupportedError, dual_kernel, plain_network, tailored_slope


def layer_map(a):
    """The correlation map in double precision, from the arc-cosine kernel (cho2009)."""

    def apply(c):
        positive = (math.sqrt(1 - c * c) + c * (math.pi - math.acos(c))) / (2 * math.pi)
        crossed = (math.sqrt(1 - c * c) - c * math.acos(c)) / (2 * math.pi)
        return 2 / (1 + a * a) * ((1 + a * a) * positive - 2 * a * crossed)

    return apply


def skipped(c, layer):
    """Four blocks of two layers beside a shortcut."""
    c = layer(c)
    for _ in range(4):
        c = 0.25 * c + 0.75 * layer(layer(c))
    return c


@pytest.mark.parametrize(
    ("network", "eta"), [(plain_network(50), "9/10"), (plain_network(200), "0.75"), (skipped, "1/2")]
)
def test_the_network_ends_at_eta(network, eta):
    found = tailored_slope(network, eta=eta)

    assert network(0.0, layer_map(found.slope)) == pytest.approx(float(Fraction(eta)), abs=1e-7)
    assert 0 < float(found.high - found.low) <= 1e-15


def test_bounds_are_proven_to_many_digits():
    rough, fine = (tailored_slope(plain_network(30), eta="4/5", digits=d) for d in (6, 40))

    assert rough.low <= fine.low < fine.high <= rough.high
    assert fine.high - fine.low < 1e-40


def test_the_map_of_one_layer_is_the_dual_kernel():
    a = 0.3
    kernel = dual_kernel("leaky_relu(x, a)", settings={"a": "3/10"})
    value = float(kernel.value(q=1, rho=Fraction(1, 2)))

    assert layer_map(a)(0.5) == pytest.approx(value * 2 / (1 + a * a), rel=1e-12)


def test_the_gain_keeps_the_variance():
    found = tailored_slope(plain_network(50))

    assert found.gain**2 * (1 + found.slope**2) / 2 == pytest.approx(1)


def test_shallow_networks_need_no_slope():
    with pytest.raises(UnsupportedError, match="no slope is needed"):
        tailored_slope(plain_network(3))


@pytest.mark.parametrize("eta", [0, 1, "3/2"])
def test_a_correlation_is_between_0_and_1(eta):
    with pytest.raises(AssumptionError, match="between 0 and 1"):
        tailored_slope(plain_network(50), eta=eta)
