"""JAX: functions of arrays as expressions, and initializers as Flax and Equinox call them."""

import math
import time

import equinox as eqx
import flax.linen as linen
import jax
import numpy as np
import pytest
import sympy as sp
from flax import nnx
from jax import numpy as jnp

from symbolic_init import derive, gaussian_mean
from symbolic_init.errors import AssumptionError, EstimateWarning, UnsupportedError
from symbolic_init.jax import bias_init, kernel_init, trace
from symbolic_init.moments.compilation import compile_array
from symbolic_init.notation import x

pytestmark = pytest.mark.frameworks
KEY = jax.random.key(4)
PLACES = np.random.default_rng(5).uniform(-6, 6, 400)


@jax.custom_jvp
def scaled(u):
    return 2 * jnp.tanh(u / 3)


scaled.defjvp(lambda primals, tangents: (scaled(*primals), tangents[0]))

FUNCTIONS = {
    "where": lambda u: jnp.where(u > 0, u, jnp.expm1(u)),
    "clip": lambda u: jnp.clip(u, -1, 2) + jnp.clip(u, max=0.5) + jax.lax.clamp(-2.0, u, 2.0),
    "masks": lambda u: (u > 0) * u + jnp.logical_and(u > -1, u < 1) * u**2 - (~(u <= 2) | (u < -3)),
    "maximum": lambda u: jnp.maximum(u, 0.1 * u) + jnp.minimum(u, 1) + jnp.abs(u) + jnp.sign(u),
    "powers": lambda u: (
        u**3 + (1 + u**2) ** 0.5 + jnp.square(u) + jax.lax.rsqrt(1 + u * u) + 2.0**u + jnp.cbrt(u)
    ),
    "gelu by hand": lambda u: 0.5 * u * (1 + jax.scipy.special.erf(u / math.sqrt(2))),
    "special": lambda u: jax.scipy.special.erfc(u) + jax.scipy.stats.norm.cdf(u) + jax.scipy.special.expit(u),
    "logarithms": lambda u: (
        jnp.log1p(u**2) + jnp.log(1 + jnp.abs(u)) + jnp.logaddexp(u, 1.0) + jnp.log2(2 + u * u)
    ),
    "trigonometry": lambda u: (
        jnp.sin(u) + jnp.arctan(u) + jnp.arcsinh(u) + jnp.sinh(u) / jnp.cosh(u) + jnp.exp2(u)
    ),
    "jit": jax.jit(lambda u: jax.nn.silu(u) + jax.nn.elu(u, 0.5)),
    "custom derivative": scaled,
    "select": lambda u: jax.lax.select(u > 1, u, u / 2),
    "vmap": lambda u: jax.vmap(lambda v: v * jnp.tanh(v))(jnp.atleast_1d(u)).reshape(jnp.shape(u)),
    "vmap alone": jax.vmap(jnp.tanh),
    "gradient": jax.vmap(jax.grad(lambda v: jnp.log1p(jnp.exp(v)))),
    "checkpoint": jax.checkpoint(lambda u: jnp.tanh(u) * jax.lax.stop_gradient(u)),
    "an array of one number": lambda u: u * jnp.array([2.5]) + np.float32(0.1),
    "module": eqx.nn.PReLU(0.1),
    "partial": jax.tree_util.Partial(jax.nn.leaky_relu, negative_slope=0.3),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_expression_is_the_function(name):
    expression = trace(FUNCTIONS[name])
    found = compile_array((expression,))(PLACES)[0]
    with jax.enable_x64(True):
        expected = np.asarray(FUNCTIONS[name](jnp.array(PLACES)))

    assert np.allclose(found, expected, rtol=1e-7, atol=1e-7)


def test_constants_are_read_as_what_they_stand_for():
    assert trace(FUNCTIONS["gelu by hand"]) == x * (1 + sp.erf(x / sp.sqrt(2))) / 2
    assert trace(jax.nn.softplus) == sp.log(1 + sp.exp(x))


def test_what_cannot_be_read_is_estimated_with_a_warning():
    with pytest.warns(EstimateWarning, match=r"`round` is not .*estimated by quadrature"):
        expression = trace(lambda u: u + 0 * jnp.round(jnp.tanh(u) / 4))

    assert gaussian_mean(expression).kind == "estimated"


@pytest.mark.filterwarnings("ignore::symbolic_init.errors.EstimateWarning")
def test_loops_that_are_only_known_by_values_take_seconds():
    start = time.process_time()
    expression = trace(lambda u: jax.lax.fori_loop(0, 3, lambda _, v: jnp.sin(v), u))

    found, expected = (
        float(derive(g, theory="length-map").values["gain"]) for g in (expression, "sin(sin(sin(x)))")
    )

    assert found == pytest.approx(expected, abs=1e-8)
    assert time.process_time() - start < 30


@pytest.mark.parametrize(
    "given", [jax.nn.softmax, jnp.sum, lambda u, v: u + v], ids=["softmax", "sum", "two"]
)
def test_what_is_not_elementwise_is_refused(given):
    with pytest.raises(UnsupportedError):
        trace(given)


def square(array) -> float:
    return float(np.square(np.asarray(array, dtype=np.float64)).mean())


@pytest.mark.parametrize("distribution", ["normal", "uniform", "truncated-normal", "orthogonal"])
@pytest.mark.parametrize(("given", "weight", "bias"), [("relu", 2, 0), (jax.nn.silu, 1.98800, 0.555143)])
def test_weights_and_biases_have_the_recommended_variances(distribution, given, weight, bias):
    w = kernel_init(given, distribution=distribution)(KEY, (800, 1200))
    b = bias_init(given)(KEY, (4000,), jnp.float32)

    assert 800 * square(w) == pytest.approx(weight, rel=0.01)
    assert square(b) == pytest.approx(bias, rel=5 * math.sqrt(2 / 4000))


def test_the_call_is_that_of_jax():
    theirs, ours = jax.nn.initializers.he_normal(), kernel_init("relu", distribution="truncated-normal")

    for shape in ((40, 30), (3, 3, 20, 10)):
        a, b = theirs(KEY, shape, jnp.float32), ours(KEY, shape, jnp.float32)
        assert (a.shape, a.dtype) == (b.shape, b.dtype)
        assert np.allclose(a, b, rtol=1e-5)  # the same draws of the same distribution
    assert ours(KEY, (4, 3), jnp.bfloat16).dtype == jnp.bfloat16
    assert jax.jit(lambda key: ours(key, (4, 3)))(KEY).shape == (4, 3)


def test_axes_count():
    w = kernel_init("relu", in_axis=1, out_axis=0)(KEY, (300, 500))
    assert 500 * square(w) == pytest.approx(2, rel=0.02)

    w = kernel_init("relu", in_axis=(0, 1), batch_axis=3)(KEY, (10, 20, 30, 4, 50))
    assert 200 * 30 * square(w) == pytest.approx(2, rel=0.02)

    w = kernel_init("tanh", feeds="linear", mode="fan_out")(KEY, (300, 500))
    assert 500 * square(w) == pytest.approx(1, rel=0.02)


def test_weights_without_two_axes_are_an_error():
    with pytest.raises(AssumptionError, match="at least two axes"):
        kernel_init("relu")(KEY, (3,))


def second_moments(layers, apply):
    """Variance of the outputs, layer by layer, from inputs with `E[x^2] = 1`."""
    signal, found = jax.random.normal(KEY, (64, 256)), []
    for layer in layers:
        outputs = apply(layer, signal)
        found.append(square(outputs))
        signal = jax.nn.gelu(outputs, approximate=False)
    return found


def arguments(k):
    feeding = "linear" if k == 0 else "gelu"
    return {"kernel_init": kernel_init(feeding, feeds="gelu"), "bias_init": bias_init(feeding, feeds="gelu")}


FIXED_POINT = (3 + math.sqrt(17)) / 2


def test_flax_linen_takes_them():
    layers = [linen.Dense(1024, **arguments(k)) for k in range(3)]
    keys = jax.random.split(KEY, 3)

    def apply(layer, signal):
        parameters = layer.init(keys[layers.index(layer)], signal)
        return layer.apply(parameters, signal)

    assert second_moments(layers, apply) == pytest.approx([FIXED_POINT] * 3, rel=0.25)


def test_flax_nnx_takes_them():
    rngs = nnx.Rngs(3)
    layers = [nnx.Linear(256 if k == 0 else 1024, 1024, rngs=rngs, **arguments(k)) for k in range(3)]

    assert second_moments(layers, lambda layer, u: layer(u)) == pytest.approx([FIXED_POINT] * 3, rel=0.25)


def test_equinox_takes_them():
    layers = []
    for k, key in enumerate(jax.random.split(KEY, 3)):
        layer, (one, two) = eqx.nn.Linear(256 if k == 0 else 1024, 1024, key=key), jax.random.split(key)
        feeding = "linear" if k == 0 else "gelu"
        weight = kernel_init(feeding, feeds="gelu", in_axis=1, out_axis=0)(one, layer.weight.shape)
        bias = bias_init(feeding, feeds="gelu")(two, layer.bias.shape)
        layers.append(eqx.tree_at(lambda found: (found.weight, found.bias), layer, (weight, bias)))

    assert second_moments(layers, lambda layer, u: jax.vmap(layer)(u)) == pytest.approx(
        [FIXED_POINT] * 3, rel=0.25
    )
