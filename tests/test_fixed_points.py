"""Fixed points of the length map: all of them, proven, and told apart or told to be unresolved."""

import math
from itertools import pairwise

import mpmath
import numpy as np
import pytest

from symbolic_init import AssumptionError, NotIntegrableError, fixed_points

NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(120)
FUNCTIONS = {
    "tanh(x)": np.tanh,
    "sin(2*x)": lambda t: np.sin(2 * t),
    "x*exp(-x**2/2)": lambda t: t * np.exp(-(t**2) / 2),
    "sigmoid": lambda t: 1 / (1 + np.exp(-t)),
    "cos(x) + x/2": lambda t: np.cos(t) + t / 2,
}


def zeros(g, weight: float, bias: float) -> list[float]:
    """Changes of sign of V(q) - q on a fine grid, by sums over Hermite nodes."""
    grid = np.geomspace(1e-3, 50, 20001)
    values = [
        bias + weight * (WEIGHTS * g(NODES * math.sqrt(t)) ** 2).sum() / math.sqrt(2 * math.pi) - t
        for t in grid
    ]
    return [float(a) for (a, _), u, v in zip(pairwise(grid), values, values[1:], strict=False) if u * v < 0]


@pytest.mark.parametrize("text", FUNCTIONS)
@pytest.mark.parametrize(("weight", "bias"), [("3/2", "1/20"), ("4", "0"), ("9", "1/2")])
def test_the_fixed_points_are_all_there(text: str, weight: str, bias: str) -> None:
    expected = zeros(FUNCTIONS[text], float(eval_fraction(weight)), float(eval_fraction(bias)))
    found = fixed_points(text, sigma_w2=weight, sigma_b2=bias, high=50)
    assert [float(p.q) for p in found.points] == pytest.approx(expected, rel=2e-3)
    assert found.unresolved == ()
    assert all(p.q.kind == "enclosed" for p in found.points)
    for point in found.points:
        assert point.stable == (abs(float(point.V_prime)) < 1)
        with mpmath.workdps(40):
            low, high = point.q.enclosure(digits=20)
            assert low < high < low * (1 + mpmath.mpf(10) ** -19)
            assert abs(point.q.value(digits=20) - low) < mpmath.mpf(10) ** -19 * high


def eval_fraction(text: str) -> float:
    """A fraction as a float."""
    top, _, bottom = text.partition("/")
    return float(top) / float(bottom or 1)


def test_roots_that_nearly_touch_are_told_apart_or_told_to_be_unresolved() -> None:
    found = fixed_points(
        "gelu", sigma_w2="1.98305825743754713", sigma_b2="0.172922390756067352", low=1, high=20
    )
    assert float(found.points[0].q) == pytest.approx(3.03498, abs=1e-5)
    ((low, high),) = found.unresolved
    assert low < (3 + math.sqrt(17)) / 2 < high
    assert high - low < 1e-4


def test_functions_without_a_closed_form_are_searched_with_proof_too() -> None:
    found = fixed_points("mish", sigma_w2="1.9", sigma_b2="1/10", low="1/10", high=10)
    assert len(found.points) == 1
    assert found.points[0].stable
    assert found.unresolved == ()


def test_an_identity_is_told() -> None:
    assert fixed_points("relu", sigma_w2=2).every_q
    assert not fixed_points("relu", sigma_w2="19/10", sigma_b2=1).every_q


def test_what_cannot_be_searched_is_refused() -> None:
    with pytest.raises(AssumptionError, match="values"):
        fixed_points("leaky_relu(x, a)", sigma_w2=2)
    with pytest.raises(AssumptionError, match="interval"):
        fixed_points("tanh(x)", sigma_w2=2, low=3, high=2)
    with pytest.raises(NotIntegrableError, match="smaller upper end"):
        fixed_points("exp(x**2/9)", sigma_w2=2)


@pytest.mark.parametrize("text", ["silu", "elu", "relu6(x) + x"])
def test_maps_that_approach_the_diagonal_are_searched_quickly(text: str) -> None:
    """`2*M(q) - q` dies out for large q: what is linear in q must not count as curvature."""
    found = fixed_points(text, sigma_w2=2 if "6" not in text else 1, low=1)

    assert (found.points, found.unresolved) == ((), ())


def test_a_map_that_is_linear_has_one_fixed_point() -> None:
    (point,) = fixed_points("relu", sigma_w2="19/10", sigma_b2="1/10").points

    assert float(point.q) == pytest.approx(2)
    assert point.stable
