"""The catalog against the frameworks: every elementwise function is named, and is what the catalog says."""

import inspect
from collections.abc import Callable

import jax
import keras
import numpy as np
import pytest
import torch
from jax import numpy as jnp

from symbolic_init.activation import activation
from symbolic_init.catalog import ENTRIES, LEFT_OUT, PAIRS
from symbolic_init.moments.compilation import compile_array
from symbolic_init.notation import x

pytestmark = pytest.mark.frameworks

EVERY = (*ENTRIES, *PAIRS)
NAMED = frozenset({name for e in EVERY for name in e.frameworks} | set(LEFT_OUT))
POINTS = np.concatenate(
    [
        np.random.default_rng(1).uniform(-20, 20, 6000),
        np.random.default_rng(2).normal(0, 2, 3990),
        [-3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0, 6.0, 1e-9],
    ]
)
"""Ten thousand places; torch's softplus is cut off beyond 20."""
assert len(POINTS) == 10_000

ARGUMENTS = {
    ("threshold", "torch.nn.Threshold"): (1, 0),
    ("threshold", "keras.activations.threshold"): (1, 0),
    ("gelu", "jax.nn.gelu"): (False,),
}
"""What a framework's function needs beside its input to be the entry with its defaults."""
SETTINGS = {("leaky_relu", "keras.activations.leaky_relu"): {"a": "1/5"}}
"""Where the defaults differ."""


PRECISION = {"float64": 1e-12, "float32": 3e-7}
"""Largest difference, relative to 1 and to the value; keras.activations.tanh computes in single precision."""


def in_torch(name: str, arguments: tuple) -> Callable[[np.ndarray], np.ndarray]:
    module = getattr(torch.nn, name)(*arguments).double().train(mode=False)

    def run(given):
        with torch.no_grad():
            return module(torch.from_numpy(given.copy())).numpy()

    return run


def in_jax(function: Callable, arguments: tuple) -> Callable[[np.ndarray], np.ndarray]:
    def run(given):
        with jax.enable_x64(True):
            return np.asarray(function(jnp.asarray(given), *arguments))

    return run


def implementation(dotted: str, arguments: tuple = ()) -> Callable[[np.ndarray], np.ndarray]:
    """The framework's function from doubles to doubles."""
    home, _, name = dotted.rpartition(".")
    if home == "torch.nn":
        return in_torch(name, arguments)
    return in_jax(getattr({"jax.nn": jax.nn, "keras.activations": keras.activations}[home], name), arguments)


CASES = [(entry, dotted) for entry in EVERY for dotted in entry.frameworks]


@pytest.mark.parametrize(("entry", "dotted"), CASES, ids=[f"{e.name}-{d}" for e, d in CASES])
def test_an_entry_is_the_function_of_the_framework(entry, dotted):
    run = implementation(dotted, ARGUMENTS.get((entry.name, dotted), ()))
    found = activation(entry.name, settings=SETTINGS.get((entry.name, dotted)))
    if len(found.inputs) == 1:
        places, expected = {x: POINTS}, run(POINTS)
    else:  # the halves of one vector: content, then gate
        half = len(POINTS) // 2
        places = dict(zip(found.inputs, (POINTS[:half], POINTS[half:]), strict=True))
        expected = run(POINTS)
    gates = {s: v for s, v in places.items() if s != x}
    with np.errstate(all="ignore"):
        (own,) = compile_array((found.expression,), values=gates)(places[x])
    off = np.abs(own - expected) / (1 + np.abs(expected))

    assert off.max() < PRECISION[expected.dtype.name]


def public(module) -> list[str]:
    """Names of what a module offers for calling."""
    return [n for n in dir(module) if not n.startswith("_") and callable(getattr(module, n))]


def is_elementwise(run: Callable[[np.ndarray], np.ndarray]) -> bool:
    """Whether a function maps an array entry by entry, other than to itself."""
    given = np.array([-2.5, -1.5, -0.7, -0.2, 0.1, 0.4, 0.9, 2.2])
    try:
        whole, parts = run(given), np.concatenate([run(given[:4]), run(given[4:])])
    except Exception:  # noqa: BLE001  # it does not take one array
        return False
    is_alike = np.shape(whole) == given.shape and np.allclose(whole, parts, rtol=1e-9, equal_nan=True)
    return is_alike and np.asarray(whole).dtype.kind == "f" and not np.array_equal(whole, given)


def elementwise_functions() -> list[str]:
    """Dotted names of the elementwise functions that the frameworks have, as seen by calling them."""
    modules = [
        n
        for n in public(torch.nn)
        if inspect.isclass(getattr(torch.nn, n)) and n not in ("Module", "Parameter")
    ]
    candidates = [
        *(f"torch.nn.{n}" for n in modules),
        *(f"jax.nn.{n}" for n in public(jax.nn)),
        *(f"keras.activations.{n}" for n in public(keras.activations) if n not in ("get", "serialize")),
    ]

    def seen(dotted: str) -> bool:
        return is_elementwise(lambda given: implementation(dotted)(given))

    return [dotted for dotted in candidates if seen(dotted)]


@pytest.fixture(scope="module")
def functions() -> list[str]:
    return elementwise_functions()


@pytest.mark.filterwarnings("ignore")
def test_every_elementwise_function_of_the_frameworks_is_named(functions):
    assert [name for name in functions if name not in NAMED] == []


@pytest.mark.filterwarnings("ignore")
def test_the_search_finds_what_is_known(functions):
    defaults = {name for name in NAMED if name.startswith(("torch.nn", "jax.nn", "keras.activations"))}
    needing = {"torch.nn.Threshold", "keras.activations.threshold"}  # parameters without defaults
    same = {"torch.nn.Identity", "jax.nn.identity", "keras.activations.linear"}
    gated = {name for e in PAIRS for name in e.frameworks}
    other = {name for name in LEFT_OUT if "log1mexp" not in name}

    assert defaults - needing - same - gated - other <= set(functions)


def test_activation_modules_of_torch_are_named():
    names = {f"torch.nn.{name}" for name in torch.nn.modules.activation.__all__}

    assert names <= NAMED


@pytest.mark.filterwarnings("ignore")
def test_a_function_that_a_framework_adds_is_noticed(monkeypatch):
    class Cubic(torch.nn.Module):
        def forward(self, u):
            return u**3

    monkeypatch.setattr(torch.nn, "Cubic", Cubic, raising=False)
    for home in (jax.nn, keras.activations):
        monkeypatch.setattr(home, "cubic", lambda u: u**3, raising=False)

    assert [name for name in elementwise_functions() if name not in NAMED] == [
        *("torch.nn.Cubic", "jax.nn.cubic", "keras.activations.cubic")
    ]
