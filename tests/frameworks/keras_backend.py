"""Keras with one backend: run by `test_keras.py` in a process of its own, with `KERAS_BACKEND` set."""

import math

import keras
import numpy as np
import pytest

from symbolic_init.errors import AssumptionError, SymbolicInitError, UnsupportedError
from symbolic_init.keras import BiasInitializer, KernelInitializer

pytestmark = [
    pytest.mark.frameworks,
    pytest.mark.filterwarnings("ignore::DeprecationWarning:keras"),  # its own, of NumPy 2
]


def square(tensor) -> float:
    return float(np.square(keras.ops.convert_to_numpy(tensor).astype(np.float64)).mean())


@pytest.mark.parametrize("distribution", ["normal", "uniform", "truncated-normal", "orthogonal"])
@pytest.mark.parametrize(("name", "weight", "bias"), [("relu", 2, 0), ("gelu", 1.98306, 0.172922)])
def test_weights_and_biases_have_the_recommended_variances(distribution, name, weight, bias):
    w = KernelInitializer(name, distribution=distribution, seed=1)((800, 1200))
    b = BiasInitializer(name, seed=2)((4000,))

    assert 800 * square(w) == pytest.approx(weight, rel=0.01)
    assert square(b) == pytest.approx(bias, rel=5 * math.sqrt(2 / 4000))


def test_kernels_and_what_is_fed_count():
    w = KernelInitializer("linear", feeds="gelu", seed=3)((3, 3, 40, 100))

    assert 360 * square(w) == pytest.approx(3.38863, rel=0.02)


def test_seeds():
    one, two, other = (KernelInitializer("relu", seed=s)((30, 20)) for s in (1, 1, 2))
    a, b = (KernelInitializer("relu")((30, 20)) for _ in range(2))

    assert np.array_equal(*map(keras.ops.convert_to_numpy, (one, two)))
    assert not np.array_equal(*map(keras.ops.convert_to_numpy, (one, other)))
    assert not np.array_equal(*map(keras.ops.convert_to_numpy, (a, b)))


def build():
    kernel, bias = KernelInitializer("gelu", seed=5), BiasInitializer("gelu", seed=6)
    first = KernelInitializer("linear", feeds="gelu", distribution="uniform", seed=7)
    return keras.Sequential(
        [
            keras.layers.Input((64,)),
            keras.layers.Dense(512, activation="gelu", kernel_initializer=first, bias_initializer=bias),
            keras.layers.Dense(512, kernel_initializer=kernel, bias_initializer=bias),
        ]
    )


def test_a_model_keeps_its_signal_and_is_saved_with_them(tmp_path):
    model = build()
    outputs = model(np.random.default_rng(0).standard_normal((64, 64)).astype("float32"))
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    config = again.layers[0].kernel_initializer.get_config()

    assert square(outputs) == pytest.approx((3 + math.sqrt(17)) / 2, rel=0.25)
    assert isinstance(again.layers[0].kernel_initializer, KernelInitializer)
    assert config == {
        "activation": "linear",
        "feeds": "gelu",
        "mode": "fan_in",
        "distribution": "uniform",
        "seed": 7,
    }


def test_they_are_rebuilt_from_their_config():
    for made in (
        KernelInitializer("x*sigmoid(2*x)", mode="compromise", seed=1),
        BiasInitializer("silu", seed=2),
    ):
        again = keras.initializers.deserialize(keras.initializers.serialize(made))

        assert again.get_config() == made.get_config()
        assert np.array_equal(*(keras.ops.convert_to_numpy(i((30, 20))) for i in (made, again)))


def test_functions_are_read_by_the_adapter_of_the_backend():
    import jax
    import torch

    function = {"jax": jax.nn.silu, "torch": torch.nn.functional.silu}[keras.backend.backend()]

    assert KernelInitializer(function, seed=1).get_config()["activation"] == "x/(1 + exp(-x))"


def test_names_mean_what_they_mean_in_keras():
    kernel, places = KernelInitializer("leaky_relu", seed=1), np.array([-1.0, 2.0], dtype="float32")
    slope = -float(keras.ops.convert_to_numpy(keras.activations.leaky_relu(places))[0])

    assert slope == pytest.approx(0.2)
    assert 800 * square(kernel((800, 1200))) == pytest.approx(2 / (1 + slope**2), rel=0.01)


def test_bad_arguments_are_errors_of_ours():
    with pytest.raises(SymbolicInitError):
        KernelInitializer("gleu")
    with pytest.raises(UnsupportedError, match="no distribution"):
        KernelInitializer("relu", distribution="gauss")
    with pytest.raises(AssumptionError, match="two axes"):
        KernelInitializer("relu")((3,))
