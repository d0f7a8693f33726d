"""The catalog: every entry against an independent definition, and what finds and prints it."""

import ast
import importlib
import subprocess
import sys

import catalog_reference
import mpmath
import pytest
import sympy as sp

from symbolic_init import catalog, notation
from symbolic_init.activation import activation
from symbolic_init.catalog import ENTRIES, LEFT_OUT, PAIRS
from symbolic_init.catalog.values import VALUES
from symbolic_init.references import REFERENCES

by_name = pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e.name)
GRID = tuple(sp.Rational(k, 7) for k in range(-62, 63, 4))
"""From -9 to 9, without the breakpoints, where only one side is meant."""

TORCH = (
    "CELU ELU GELU GLU Hardshrink Hardsigmoid Hardswish Hardtanh Identity LeakyReLU LogSigmoid LogSoftmax "
    "Mish MultiheadAttention PReLU RReLU ReLU ReLU6 SELU SiLU Sigmoid Softmax Softmax2d Softmin Softplus "
    "Softshrink Softsign Tanh Tanhshrink Threshold"
)
JAX = (
    "celu elu gelu glu hard_sigmoid hard_silu hard_swish hard_tanh identity leaky_relu log1mexp log_sigmoid "
    "log_softmax logmeanexp logsumexp mish relu relu6 selu sigmoid silu soft_sign softmax softplus "
    "sparse_plus sparse_sigmoid squareplus standardize swish tanh"
)
KERAS = (
    "celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu linear "
    "log_sigmoid log_softmax mish relu relu6 selu sigmoid silu soft_shrink softmax softplus softsign "
    "sparse_plus sparse_sigmoid sparsemax squareplus swish tanh tanh_shrink threshold"
)
FRAMEWORKS = (
    *(f"torch.nn.{n}" for n in TORCH.split()),
    *(f"jax.nn.{n}" for n in JAX.split()),
    *(f"keras.activations.{n}" for n in KERAS.split()),
)
"""The activations that torch 2.13, jax 0.10 and keras 3.15 export."""


@by_name
def test_an_entry_is_its_definition(entry):
    plain = catalog_reference.PLAIN[entry.name]
    expression = activation(entry.name).expression

    for at in GRID:
        with mpmath.workdps(30):
            expected = plain.function(mpmath.mpf(at.p) / at.q)
            found = mpmath.mpf(expression.xreplace({notation.x: at}).evalf(30))

            assert mpmath.almosteq(
                found, expected, rel_eps=mpmath.mpf(10) ** -25, abs_eps=mpmath.mpf(10) ** -26
            )


@by_name
def test_an_entry_is_complete(entry):
    assert entry.name in VALUES
    assert not entry.reference or entry.reference in REFERENCES
    assert entry.summary
    assert all(p.default for p in entry.parameters)
    assert activation(entry.name).reference == entry.reference
    assert catalog.find(entry.name) is entry


@by_name
def test_an_entry_takes_its_parameters_as_symbols(entry):
    letters = [f"p{k}" for k in range(len(entry.parameters))]
    found = activation(f"{entry.name}({', '.join(['x', *letters])})")

    assert [s.name for s in found.assumptions.symbols] == letters


def test_the_values_belong_to_the_entries():
    assert set(VALUES) == {e.name for e in ENTRIES} == set(catalog_reference.PLAIN)


@pytest.mark.parametrize("name", ["relu", "hard_elish", "mish", "gelu_tanh", "signed_sqrt"])
def test_the_values_are_those_of_the_definitions(name):
    with mpmath.workdps(25):
        again = catalog_reference.values(name, digits=20, cells=11)

        for text, value in zip(VALUES[name], again, strict=True):
            expected = mpmath.mpf(text)

            assert value == expected or abs(value - expected) < mpmath.mpf(10) ** -16 * (1 + abs(expected))


@pytest.mark.parametrize("dotted", FRAMEWORKS)
def test_every_activation_of_the_frameworks_is_here_or_left_out(dotted):
    entries = [e.name for e in (*ENTRIES, *PAIRS) if dotted in e.frameworks]

    assert (dotted in LEFT_OUT) != bool(entries)
    if entries:
        assert catalog.find(dotted.rpartition(".")[2]) is not None


def test_no_framework_name_is_invented():
    claimed = {f for e in (*ENTRIES, *PAIRS) for f in e.frameworks} | {n for n in LEFT_OUT if "." in n}

    assert claimed <= set(FRAMEWORKS)


def test_names_mean_one_entry_each():
    spelled = [name for e in (*ENTRIES, *PAIRS) for name in (e.name, *e.aliases)]
    folded = [n.lower().replace("_", "") for n in spelled]

    assert len(folded) == len(set(folded))
    assert not {n for n in spelled if n in notation.RESERVED}


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("LeakyReLU", "leaky_relu"),
        ("leakyrelu", "leaky_relu"),
        ("GELU", "gelu"),
        ("Hardswish", "hard_silu"),
        ("swish", "swish"),
        ("SiLU", "silu"),
        ("logistic", "sigmoid"),
        ("Phi", "Phi"),
        ("telu", "tanhexp"),
    ],
)
def test_names_are_found_as_people_write_them(name, found):
    assert catalog.find(name).name == found


@pytest.mark.parametrize("name", ["phi", "PHI", "", "x", "gleu", "relu(x)"])
def test_other_words_are_not_found(name):
    assert catalog.find(name) is None


def test_the_nearest_name_is_told():
    assert catalog.nearest("gleu")[0] == "gelu"
    assert catalog.nearest("tahn")[0] == "tanh"
    assert catalog.nearest("sigmod")[0] == "sigmoid"
    assert catalog.nearest("qqqqqqq") == ()


def test_the_table_names_everything_in_80_columns():
    lines = catalog.table().splitlines()

    assert max(map(len, lines)) <= 80
    assert all(any(line.startswith(f"  {e.name}(x") for line in lines) for e in ENTRIES)
    assert all(any(name in line for line in lines) for name in LEFT_OUT)


def test_the_catalog_needs_the_standard_library_only():
    blocked = (
        "import sys; sys.modules['sympy'] = sys.modules['mpmath'] = None; import symbolic_init.catalog as c; "
    )
    subprocess.run([sys.executable, "-c", f"{blocked} c.table(); c.nearest('gleu')"], check=True)


def test_the_catalog_is_data():
    for family in ("gated", "rectifiers", "sigmoids", "units", "waves"):
        module = importlib.import_module(f"symbolic_init.catalog.{family}")
        with open(module.__file__, encoding="utf-8") as file:
            tree = ast.parse(file.read())

        assert not any(isinstance(n, ast.FunctionDef | ast.Lambda | ast.For) for n in ast.walk(tree))
