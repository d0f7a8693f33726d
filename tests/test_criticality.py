"""Critical points: the published classes and constants, and their definition by quadrature."""

import mpmath
import pytest
from sympy import sqrt

from symbolic_init.engine import derive
from symbolic_init.errors import UnsupportedError


def close(value, expected: str, digits: int = 12) -> bool:
    return bool(mpmath.almosteq(value, mpmath.mpf(expected), 10.0**-digits))


@pytest.mark.parametrize(
    ("name", "K", "weight", "bias", "digits"),  # roberts2022, section 5.3; Mish by quadrature at 36 digits
    [
        ("gelu", "3.5615528128088302749", "1.98305825743754713", "0.172922390756067352", 15),
        ("silu", "14.320173618", "1.9880046782695", "0.555143170722", 10),
        ("mish", "1.670169132", "2.01352407", "0.09452178737", 8),
        ("tanh", "0", "1", "0", 15),
        ("sin", "0", "1", "0", 15),
        ("erf", "0", "0.785398163397448309616", "0", 15),
    ],
)
def test_critical_points_are_those_of_the_literature(name, K, weight, bias, digits):
    d = derive(name, theory="criticality")

    assert close(d.values["K_star"].value(), K, digits)
    assert close(d.values["C_W"].value(), weight, digits)
    assert close(d.values["C_b"].value(), bias, digits)
    assert d.theory == "criticality"


def test_gelu_is_exact():
    point = derive("gelu", theory="criticality").values["K_star"]

    assert (point.expr, point.kind) == ((3 + sqrt(17)) / 2, "exact")


def test_a_root_is_enclosed():
    point = derive("silu", theory="criticality").values["K_star"]
    low, high = point.enclosure(digits=20)

    assert point.kind == "enclosed"
    with mpmath.workdps(45):
        assert low < point.value(digits=40) < high < low * (1 + mpmath.mpf(10) ** -19)


@pytest.mark.parametrize(
    ("text", "weight"),
    [("relu", "2"), ("abs", "1"), ("identity", "1"), ("leaky_relu(x, a)", "2/(a**2 + 1)")],
)
def test_scale_invariant_functions_have_no_single_point(text, weight):
    d = derive(text, theory="criticality")

    assert str(d.values["C_W"].definition) == weight
    assert "K_star" not in d.values


@pytest.mark.parametrize(
    ("text", "a_1", "b_1"),  # a_1 = g'''/g' + 3/4 (g''/g')^2, b_1 = g'''/g' + (g''/g')^2 at 0
    [
        ("tanh", "-2", "-2"),
        ("sin", "-1", "-1"),
        ("erf", "-2", "-2"),
        ("x - x**2/4 - x**3/6", "-13/16", "-3/4"),
    ],
)
def test_the_first_corrections(text, a_1, b_1):
    values = derive(text, theory="criticality").values

    assert str(values["a_1"].definition) == a_1
    assert str(values["b_1"].definition) == b_1


@pytest.mark.parametrize("text", ["elu", "softsign", "hard_tanh"])
def test_a_kink_or_a_rough_germ_at_0_has_no_first_corrections(text):
    d = derive(text, theory="criticality")

    assert d.values["K_star"].definition == 0
    assert close(d.values["C_W"].value(), "1")
    assert ("a_1" in d.values) == (text == "hard_tanh")


@pytest.mark.parametrize("text", ["sigmoid", "softplus", "relu(x)**2", "sign", "x**2", "exp(x) - 1 - x**2"])
def test_where_there_is_no_criticality_that_is_said(text):
    with pytest.raises(UnsupportedError, match="no criticality"):
        derive(text, theory="criticality")


def test_both_slopes_are_1_by_quadrature():
    d = derive("silu", theory="criticality")
    K, weight, bias = (mpmath.mpf(d.values[name].value(digits=25)) for name in ("K_star", "C_W", "C_b"))

    def silu(t):
        return t / (1 + mpmath.exp(-t))

    def mean(f):
        places = [-12, -6, -3, -1, 0, 1, 3, 6, 12]
        return mpmath.quad(lambda z: f(mpmath.sqrt(K) * z) * mpmath.npdf(z), places)

    second = mean(lambda t: silu(t) ** 2)
    slope = (mean(lambda t: t**2 * silu(t) ** 2) / K - second) / (2 * K)

    assert close(bias + weight * second, str(K), 12)
    assert close(weight * slope, "1", 12)
    assert close(weight * mean(lambda t: mpmath.diff(silu, t) ** 2), "1", 12)


def test_where_slopes_agree_everywhere_the_point_asked_for_is_critical():
    """Soft shrinkage: M' and h are the same function."""
    for at in (1, 4):
        d = derive("soft_shrink", theory="criticality", q=at)

        assert d.values["K_star"].expr == at
        assert float(d.values["V_prime"]) == 1
        assert abs(float(d.values["chi_1"]) - 1) < 1e-14
        assert any("every point of the edge of chaos" in w for w in d.warnings)


def test_an_orbit_does_not_drift_past_a_point_where_the_map_touches():
    """From below the map of SiLU creeps to K*; a stable point lies 2 % beyond."""
    values = derive("silu", theory="criticality").values

    assert values["q_settled"].definition == values["K_star"].definition


def test_what_is_unbounded_is_not_called_a_jump():
    pole, step = derive("log(abs(x))"), derive("step")

    assert "g is unbounded at x = 0" in pole.why
    assert not any("g jumps" in w for w in (pole.why, *pole.warnings))
    assert "g jumps" in step.why


def test_a_jump_is_why_there_is_no_criticality():
    with pytest.raises(UnsupportedError, match=r"no criticality: g jumps.*length-map"):
        derive("sign(x)", theory="criticality")
