"""Gains and weights of single layers for PyTorch, against torch's own and against published numbers."""

import functools
import math
import warnings

import mpmath
import pytest
import sympy as sp
import torch
from torch import nn

from symbolic_init.errors import AssumptionError, StabilityWarning, SymbolicInitError, UnsupportedError
from symbolic_init.layers.fans import convolution
from symbolic_init.notation import x
from symbolic_init.torch import calculate_gain, init_

pytestmark = pytest.mark.frameworks
by_torch = nn.init.calculate_gain


@pytest.mark.parametrize(
    "arguments",
    [
        ("linear",),
        ("conv2d",),
        ("conv_transpose3d",),
        ("relu",),
        ("leaky_relu",),
        ("leaky_relu", 0.2),
        ("leaky_relu", -1),
    ],
    ids=str,
)
def test_gains_are_those_of_torch_where_torch_is_exact(arguments):
    assert math.isclose(calculate_gain(*arguments), by_torch(*arguments), rel_tol=1e-15)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("tanh", 1.59253742),  # torch: 5/3
        ("sigmoid", 1.84622855),  # torch: 1; here 1/sqrt(E[sigmoid(z)^2]) by quadrature of the catalog
        ("selu", 1.0),  # torch: 3/4
        ("gelu", 1.53353044),
        ("silu", 1.67653247),
        (nn.GELU(), 1.53353044),
        (nn.SiLU, 1.67653247),
        (nn.functional.silu, 1.67653247),
        (torch.tanh, 1.59253742),
        (functools.partial(nn.functional.leaky_relu, negative_slope=0.2), math.sqrt(2 / 1.04)),
        (sp.Max(0, x), math.sqrt(2)),
        ("Max(0, x)", math.sqrt(2)),
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore::symbolic_init.errors.StabilityWarning")
def test_gains_are_the_exact_ones(given, expected):
    assert calculate_gain(given) == pytest.approx(expected, abs=5e-9)


def quadrature(function) -> float:
    """`1/sqrt(E[g(z)^2])` by mpmath."""
    integral = mpmath.quad(
        lambda t: function(t) ** 2 * mpmath.npdf(t), [-mpmath.inf, -6, -1, 0, 2, 6, mpmath.inf]
    )
    return float(1 / mpmath.sqrt(integral))


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        (
            lambda u: torch.tanh(u) * torch.nn.functional.softplus(u),
            lambda t: mpmath.tanh(t) * mpmath.log1p(mpmath.exp(t)),
        ),
        (lambda u: torch.where(u > 0, u, torch.sin(u)), lambda t: t if t > 0 else mpmath.sin(t)),
        (
            lambda u: (u.clamp(min=-1, max=2) - 0.1) / (1 + u.abs()),
            lambda t: (max(-1, min(t, 2)) - mpmath.mpf("0.1")) / (1 + abs(t)),
        ),
    ],
    ids=["product", "where", "clamp"],
)
@pytest.mark.filterwarnings("ignore::symbolic_init.errors.StabilityWarning")
def test_gains_of_functions_of_tensors_are_right_to_six_digits(given, plain):
    with mpmath.workdps(20):
        points = quadrature(plain)

    assert calculate_gain(given) == pytest.approx(points, abs=1e-6)


def test_a_gain_that_a_deep_network_does_not_keep_is_told():
    with pytest.warns(
        StabilityWarning, match=r"V' = 1\.144.*stable is the gain 1\.40821 with biases of std 0\.4158"
    ):
        calculate_gain("gelu")


def test_no_warning_where_there_is_nothing_to_say():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name in ("relu", "tanh", "selu", "softplus"):
            calculate_gain(name)


def test_other_variances_and_theories():
    assert calculate_gain("tanh", theory="linear") == 1
    assert calculate_gain("erf(x)", q=2) == pytest.approx(math.sqrt(2 / (2 / math.pi * math.asin(4 / 5))))
    with pytest.warns(StabilityWarning, match="needs biases"):
        assert calculate_gain("tanh", theory="edge-of-chaos") == pytest.approx(1.46741, abs=1e-5)


@pytest.mark.parametrize(
    "given", ["gleu", 3, "relu(", lambda u: u.sum(), nn.Softmax(0), nn.Linear(3, 3)], ids=str
)
def test_what_is_no_activation_is_an_error_of_ours(given):
    with pytest.raises(SymbolicInitError):
        calculate_gain(given)


def test_a_parameter_without_meaning_is_an_error():
    with pytest.raises(AssumptionError, match=r"param = 0\.1"):
        calculate_gain("tanh", 0.1)


DISTRIBUTIONS = ("normal", "uniform", "trunc_normal", "truncated-normal", "orthogonal")


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(3)


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
@pytest.mark.parametrize(
    ("name", "weight", "bias"), [("relu", 2, 0), ("gelu", 1.98306, 0.172922), ("tanh", 1, 0)]
)
def test_weights_and_biases_have_the_recommended_variances(distribution, name, weight, bias):
    w, b = torch.empty(1200, 800), torch.full((1200,), 7.0)
    same = init_(w, b, activation=name, distribution=distribution, generator=generator())

    assert same is w
    assert 800 * w.double().square().mean() == pytest.approx(weight, rel=0.01)
    if bias:
        assert b.double().square().mean() == pytest.approx(bias, rel=5 * math.sqrt(2 / 1200))
    else:
        assert not b.any()


def test_bounds_of_distributions_are_kept():
    w = torch.empty(500, 300)
    init_(w, activation="relu", distribution="uniform", generator=generator())
    assert w.abs().max() <= math.sqrt(6 / 300)

    init_(w, activation="relu", distribution="trunc_normal", generator=generator())
    assert w.abs().max() <= 2 * 1.136847 * math.sqrt(2 / 300)

    init_(w, activation="relu", distribution="orthogonal", generator=generator())
    gram = w.T @ w
    assert torch.allclose(gram, gram[0, 0] * torch.eye(300), atol=1e-4)


def test_what_feeds_and_what_is_fed_both_count():
    w, b = torch.empty(2000, 400), torch.empty(2000)
    init_(w, b, activation="linear", feeds="gelu", generator=generator())
    assert 400 * w.square().mean() == pytest.approx(3.38863, rel=0.01)  # the first layer, of unit inputs

    init_(w, b, activation="relu", feeds="linear", generator=generator())
    assert 400 * w.square().mean() == pytest.approx(1, rel=0.01)  # E[relu^2] = 1 at q = 2


def test_convolutions_and_given_fans():
    w = torch.empty(256, 64, 3, 3)
    init_(w, activation="relu", generator=generator())
    assert 576 * w.square().mean() == pytest.approx(2, rel=0.02)

    w = torch.empty(256, 64, 4, 4)
    fans = convolution(256, 64, kernel=(4, 4), stride=2, transposed=True)
    init_(w, activation="relu", fans=fans, generator=generator())
    assert 256 * 16 / 4 * w.square().mean() == pytest.approx(2, rel=0.02)


@pytest.mark.parametrize(("mode", "fan"), [("fan_in", 300), ("fan_out", 900), ("compromise", 600)])
def test_modes(mode, fan):
    w = torch.empty(900, 300)
    init_(w, activation="relu", mode=mode, generator=generator())

    assert fan * w.square().mean() == pytest.approx(2, rel=0.02)


def test_a_bias_that_is_missing_is_told():
    with pytest.warns(StabilityWarning, match=r"needs biases of std 0\.415839"):
        init_(torch.empty(30, 20), activation="gelu")


def test_bad_arguments_are_errors_of_ours():
    with pytest.raises(UnsupportedError, match="no distribution 'gauss'"):
        init_(torch.empty(3, 2), activation="relu", distribution="gauss")
    with pytest.raises(UnsupportedError, match="no mode 'both'"):
        init_(torch.empty(3, 2), activation="relu", mode="both")
    with pytest.raises(AssumptionError, match="two axes"):
        init_(torch.empty(3), activation="relu")
    with pytest.raises(AssumptionError, match=r"E\[g'\^2\]"):
        init_(torch.empty(3, 2), activation="sign(x)", mode="fan_out")


def test_the_same_generator_gives_the_same_weights():
    one, two = (init_(torch.empty(30, 20), activation="relu", generator=generator()) for _ in range(2))

    assert torch.equal(one, two)
