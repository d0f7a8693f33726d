"""Residual branches: against their papers, and a plain iteration on other nodes."""

import math

import numpy as np
import pytest

from symbolic_init import derive
from symbolic_init.references import REFERENCES
from symbolic_init.theories import BRANCHES

NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(200)
WEIGHTS = WEIGHTS / math.sqrt(2 * math.pi)


def values(name, **options):
    return {key: float(v) for key, v in derive(name, theory="residual", **options).values.items()}


@pytest.mark.parametrize("depth", [1, 10, 1000])
def test_relu_has_the_variance_of_taki(depth):
    d = derive("relu", theory="residual", depth=depth)
    growth = (1 + 1 / depth) ** depth

    assert d.sigma_w2 * depth == 2
    assert float(d.values["stream_growth"]) == pytest.approx(growth, rel=1e-8)
    assert float(d.values["gradient_growth"]) == pytest.approx(growth, rel=1e-8)


@pytest.mark.parametrize("unscaled", [False, True])
def test_tanh_grows_as_a_plain_iteration(unscaled):
    depth, p, gradient = 60, 1.0, 1.0
    weight = 1 / (WEIGHTS @ np.tanh(NODES) ** 2) / (1 if unscaled else depth)
    for _ in range(depth):
        at = math.sqrt(p) * np.linspace(-9, 9, 20001)
        density = np.exp(-(np.linspace(-9, 9, 20001) ** 2) / 2) * (18 / 20000) / math.sqrt(2 * math.pi)
        gradient *= 1 + weight * (density @ np.cosh(at) ** -4)
        p += weight * (density @ np.tanh(at) ** 2)
    found, end = values("tanh", depth=depth), "_unscaled" if unscaled else ""

    assert found[f"stream_growth{end}"] == pytest.approx(p, rel=1e-6)
    assert found[f"gradient_growth{end}"] == pytest.approx(gradient, rel=1e-6)


def test_bounded_branches_at_full_size_add_in_proportion_to_their_number():
    """Yang and Schoenholz 2017: `p_l ~ sigma_w2 M(infinity) l`."""
    weight = float(derive("tanh", theory="length-map", headline_only=True).values["sigma_w2"])
    few, many = (values("tanh", depth=n)["stream_growth_unscaled"] / n / weight for n in (500, 4000))

    assert few < many < 1
    assert many > 0.96


def test_the_factors_are_those_of_the_papers():
    found = values("relu", depth=100)

    assert found["branch_taki"] == 0.01
    assert found["branch_root"] == pytest.approx(0.1)
    assert found["branch_fixup"] == pytest.approx(100 ** (-1 / (2 * 2 - 2)))
    assert found["branch_skipinit"] == 0
    assert found["nfnets_variance"] == pytest.approx(1 + 100 * 0.2**2)


def test_every_scheme_says_what_it_scales():
    notes = derive("relu", theory="residual").warnings

    for branch in BRANCHES:
        assert branch.reference in REFERENCES
        assert any(branch.form in note and branch.scales in note for note in notes)


def test_parameters_may_stay_free():
    found = derive("leaky_relu(x, a)", theory="residual").sigma_w2
    (a,) = found.free_symbols

    assert (found * 25 * (a**2 + 1)).simplify() == 1
