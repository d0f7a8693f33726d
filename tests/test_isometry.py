"""Singular values of the Jacobian, against published forms, a second quadrature, and random matrices."""

import math

import numpy as np
import pytest

from symbolic_init import UnsupportedError, derive
from symbolic_init.simulation import simulate

NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(200)
WEIGHTS = WEIGHTS / math.sqrt(2 * math.pi)


def values(name, **options):
    return {key: float(v) for key, v in derive(name, theory="isometry", **options).values.items()}


@pytest.mark.parametrize("depth", [1, 4, 10, 50])
@pytest.mark.parametrize(
    ("name", "q", "ratio"),
    [
        ("x", 1, 1.0),
        ("relu", 1, 2.0),
        ("hardtanh", 1, 1 / math.erf(1 / math.sqrt(2))),
        ("hardtanh", 3, 1 / math.erf(1 / math.sqrt(6))),
        ("erf", 1, 5 / 3),
        ("erf", 3, 13 / 5),
    ],
)
def test_the_variance_is_that_of_pennington(name, q, ratio, depth):
    found = values(name, q=q, depth=depth)

    assert found["mu_ratio"] == pytest.approx(ratio, rel=1e-13)
    assert found["jacobian_normal"] == pytest.approx(depth * ratio, rel=1e-13)
    assert found["jacobian_orthogonal"] == pytest.approx(depth * (ratio - 1), rel=1e-12, abs=1e-13)


def test_tanh_is_as_printed():
    found = values("tanh", q="0.51207850423", depth=10)

    assert found["jacobian_normal"] == pytest.approx(13.067, abs=1e-3)
    assert found["jacobian_orthogonal"] == pytest.approx(3.067, abs=1e-3)


@pytest.mark.parametrize(
    ("name", "depth", "normal", "orthogonal"),
    [("x", 1, 4, 1), ("x", 4, 5**5 / 4**4, 1), ("relu", 1, None, 2), ("relu", 4, 21.86, 4**4 / 3**3)],
)
def test_the_largest_is_that_of_the_literature(name, depth, normal, orthogonal):
    found = values(name, depth=depth)

    assert found["s_max2_orthogonal"] == pytest.approx(orthogonal, rel=1e-12)
    if normal is not None:
        assert found["s_max2_normal"] == pytest.approx(normal, rel=1e-3)


def test_a_form_of_the_largest_is_not_claimed_for_other_slopes():
    assert "s_max2_normal" not in values("tanh")
    assert "s_max2_normal" not in values("leaky_relu")


@pytest.mark.parametrize("source", ["normal", "orthogonal"])
def test_the_largest_is_that_of_random_networks(source):
    found = values("relu", depth=4)
    seen = simulate("relu", scheme="he", depth=4, width=300, networks=2, drawn_from=source, spectrum=True)

    assert seen.spectrum.largest == pytest.approx(found[f"s_max2_{source}"], rel=0.15)


def test_relu_never_reaches_isometry():
    assert values("relu")["isometry_depth"] == 1
    assert derive("x", theory="isometry").values["isometry_depth"].definition.is_infinite


def test_given_weights_are_followed_layer_by_layer():
    depth, q, total, lost = 30, 1.0, 0.0, None
    for layer in range(1, depth + 1):
        slope = 1 / np.cosh(math.sqrt(q) * NODES) ** 2
        total += (WEIGHTS @ slope**4) / (WEIGHTS @ slope**2) ** 2 - 1
        lost = layer if lost is None and total > 1 else lost
        q = WEIGHTS @ np.tanh(math.sqrt(q) * NODES) ** 2
    found = values("tanh", sigma_w2=1, depth=depth)

    assert found["jacobian_orthogonal"] == pytest.approx(total, rel=1e-8)
    assert found["jacobian_normal"] == pytest.approx(total + depth, rel=1e-8)
    assert found["isometry_depth"] == lost


def test_infinite_means_are_told():
    with pytest.raises(UnsupportedError, match="infinite"):
        derive("abs(x)**(2/3)", theory="isometry")
