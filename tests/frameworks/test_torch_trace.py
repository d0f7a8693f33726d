"""Functions of tensors as expressions: the expression is the function, whatever way it is written."""

import functools
import math
import time

import numpy as np
import pytest
import sympy as sp
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812  # as everyone writes it

from symbolic_init import derive, gaussian_mean
from symbolic_init.errors import EstimateWarning, SymbolicInitError, UnsupportedError
from symbolic_init.moments.compilation import compile_array
from symbolic_init.notation import x
from symbolic_init.torch import calculate_gain, trace

pytestmark = pytest.mark.frameworks


class Gated(nn.Module):
    """A parameter, a buffer and a module inside."""

    def __init__(self):
        super().__init__()
        self.beta = nn.Parameter(torch.tensor(1.5))
        self.register_buffer("shift", torch.tensor([0.25]))
        self.gate = nn.Sigmoid()

    def forward(self, u):
        return u * self.gate(self.beta * u) + self.shift


FUNCTIONS = {
    "where": lambda u: torch.where(u > 0, u, torch.expm1(u)),
    "nested where": lambda u: torch.where(u < -1, -1.0, torch.where(u >= 2, u**2 / 4, u)),
    "clamp": lambda u: u.clamp(-1, 1),
    "clamp one side": lambda u: torch.clamp(u, min=0.1),
    "clamp names": lambda u: u.clamp_min(-0.5).clamp_max(0.75),
    "clip": lambda u: torch.clip(u, max=2.0),
    "mask": lambda u: (u > 0).float() * u,
    "mask as a number": lambda u: (u > 0) * u - 0.5 * (u <= -1),
    "both": lambda u: ((u > -1) & (u < 1)).to(u.dtype) * u,
    "either": lambda u: torch.logical_or(u < -1, u > 1) * u,
    "not": lambda u: torch.where(~(u > 0.5), u, 2 * u - 0.5),
    "maximum": lambda u: torch.maximum(u, 0.1 * u),
    "max of two": lambda u: torch.max(u, torch.zeros_like(u)),
    "gelu by hand": lambda u: 0.5 * u * (1 + torch.erf(u / math.sqrt(2))),
    "gelu by tanh": lambda u: 0.5 * u * (1 + torch.tanh(math.sqrt(2 / math.pi) * (u + 0.044715 * u.pow(3)))),
    "relu squared": lambda u: u.relu().pow(2),
    "snake": lambda u: u + torch.sin(3 * u).square() / 3,
    "masked_fill": lambda u: u.masked_fill(u < 0, 0.0),
    "softsign": lambda u: u / (1 + u.abs()),
    "logaddexp": lambda u: torch.logaddexp(u, torch.zeros_like(u)),
    "lerp": lambda u: torch.lerp(u, torch.tanh(u), 0.5),
    "rsub": lambda u: 1 - u,
    "alpha": lambda u: torch.add(u, u.sin(), alpha=2) - torch.sub(u, 1, alpha=3),
    "powers": lambda u: 2**u + u.exp2() + (1 + u * u).rsqrt() + (1 + u * u) ** 0.5,
    "logarithms": lambda u: torch.log1p(u * u) + torch.log2(1 + u.abs()) + torch.special.log1p(u.abs()),
    "special": lambda u: (
        torch.special.erf(u) + torch.special.expit(u) + torch.special.ndtr(u) + torch.erfc(u)
    ),
    "trigonometry": lambda u: u.cos() + u.atan() + u.asinh() + torch.sinc(u) + u.sinh() / u.cosh(),
    "in place": lambda u: F.relu_(u * 1.0).add_(1).mul_(2),
    "functional": lambda u: (
        F.elu(u, 0.5) + F.softplus(u, beta=2) + F.leaky_relu(u, 0.3) + F.hardtanh(u, -2, 0.5)
    ),
    "more of them": lambda u: (
        F.celu(u, alpha=2.0) + F.hardshrink(u, 0.3) + F.softshrink(u) + F.threshold(u, 1, -1)
    ),
    "and the rest": lambda u: (
        F.mish(u) + F.selu(u) + F.silu(u) + F.logsigmoid(u) + F.tanhshrink(u) + F.relu6(u)
    ),
    "hard ones": lambda u: F.hardswish(u) + F.hardsigmoid(u) + F.softsign(u) + F.gelu(u, approximate="tanh"),
    "dropout off": lambda u: F.dropout(u.tanh(), 0.5, training=False),
    "addcmul": lambda u: (
        torch.addcmul(u, u, u.tanh(), value=0.5) + torch.heaviside(u, torch.tensor(0.5).double())
    ),
    "a constant tensor": lambda u: u * torch.tensor([2.5], dtype=torch.float64),
    "built in": torch.tanh,
    "partial": functools.partial(F.leaky_relu, negative_slope=0.3),
    "module": Gated(),
    "modules": nn.Sequential(nn.Softplus(), nn.Dropout(0.5), nn.PReLU(init=0.1), nn.Identity()),
}
PLACES = np.random.default_rng(5).uniform(-6, 6, 400)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_expression_is_the_function(name):
    given = FUNCTIONS[name]
    expression = trace(given)
    found = compile_array((expression,))(PLACES)[0]
    module = given.double().eval() if isinstance(given, nn.Module) else given
    with torch.no_grad():
        expected = module(torch.from_numpy(PLACES.copy())).numpy()

    assert np.allclose(found, expected, rtol=1e-7, atol=1e-7)


def test_constants_are_read_as_what_they_stand_for():
    assert trace(FUNCTIONS["gelu by hand"]) == x * (1 + sp.erf(x / sp.sqrt(2))) / 2
    assert trace(lambda u: 0.1 * u) == x / 10
    assert trace(nn.PReLU(init=0.1)).args[0].expr == x / 10  # a number in single precision
    assert derive(trace(FUNCTIONS["gelu by hand"])).recommended.sigma_w2.kind == "exact"


@pytest.mark.parametrize(
    "given",
    [
        lambda u: torch.stack([t if t > 0 else 0.1 * t for t in u]),  # branches on values
        lambda u: torch.from_numpy(np.tanh(u.numpy())),  # leaves torch
        lambda u: torch.frac(u.tanh()),  # an operation that has no expression
    ],
    ids=["branch", "numpy", "frac"],
)
def test_what_cannot_be_read_is_estimated_with_a_warning(given):
    with pytest.warns(EstimateWarning, match="estimated by quadrature"):
        expression = trace(given)

    assert gaussian_mean(expression).kind == "estimated"


def test_what_is_read_wrong_is_noticed(monkeypatch):
    from symbolic_init.torch import operations, tracing

    wrong = {**operations.TORCH_OPERATIONS, "sin": lambda u: sp.sin(u) + sp.Max(0, u - 3)}
    monkeypatch.setattr(tracing, "TORCH_OPERATIONS", wrong)
    with pytest.warns(EstimateWarning, match=r"is read as .*Max.*, but is"):
        trace(torch.sin)


@pytest.mark.parametrize(
    "given",
    [
        *(lambda u: u / u.norm(), nn.Softmax(0), lambda u: u.sum(), nn.Linear(4, 4)),
        *(lambda u: u.cumsum(0), lambda u: u - u.flip(0), torch.fft.fft, lambda u: (u, u)),
    ],
    ids=str,
)
def test_what_is_not_elementwise_is_refused(given):
    with pytest.raises(UnsupportedError, match=r"elementwise|one number|fails with|not a tensor"):
        trace(given)


def test_slopes_of_channels_that_are_alike_are_one_slope():
    assert trace(nn.PReLU(16, init=0.5)) == sp.Piecewise((x / 2, x < 0), (x, True))


def test_slopes_that_differ_from_channel_to_channel_are_told():
    module = nn.PReLU(3)
    with torch.no_grad():
        module.weight.copy_(torch.tensor([0.1, 0.2, 0.3]))
    with pytest.raises(UnsupportedError, match="PReLU differs from channel to channel"):
        trace(module)


@pytest.mark.filterwarnings("ignore::symbolic_init.errors.EstimateWarning")
def test_functions_that_are_only_known_by_values_take_seconds():
    start = time.process_time()
    gain = calculate_gain(lambda u: torch.from_numpy(np.tanh(u.numpy())))

    assert gain == pytest.approx(1.59253742, abs=1e-8)
    assert time.process_time() - start < 15


@pytest.mark.filterwarnings("ignore::symbolic_init.errors.EstimateWarning")
def test_what_is_not_real_is_refused():
    with pytest.raises(SymbolicInitError):
        trace(torch.log)


def test_tracing_changes_nothing():
    module = nn.Sequential(nn.PReLU(), nn.Dropout())
    before = module[0].weight.clone()
    trace(module)

    assert module.training
    assert module[0].weight.dtype is torch.float32
    assert torch.equal(module[0].weight, before)
