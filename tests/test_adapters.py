"""What the adapters to frameworks share; it needs none of them."""

import math
import subprocess
import sys
from pathlib import Path

import pytest
import sympy as sp

from symbolic_init.activation import activation
from symbolic_init.catalog import ENTRIES, PAIRS
from symbolic_init.errors import AssumptionError, UnsupportedError
from symbolic_init.float_means import float_mean
from symbolic_init.notation import x
from symbolic_init.tracing import OPERATIONS, as_number, catalog_name, confirmed, differs_at, exact, unit
from symbolic_init.working_points import between, second_moment, working_point

ROOT = Path(__file__).resolve().parent.parent
y = sp.Symbol("y", real=True)


@pytest.mark.parametrize("adapter", ["jax", "keras", "torch"])
def test_an_adapter_without_its_framework_says_how_to_install_it(adapter):
    code = f"import sys; sys.modules[{adapter!r}] = None; import symbolic_init.{adapter}"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)

    assert run.returncode == 1
    assert run.stderr.splitlines()[-1].endswith(
        f'MissingPackageError: {adapter} is missing: pip install "symbolic-init[{adapter}]"'
    )


def test_importing_the_package_needs_no_framework():
    code = "import sys, symbolic_init; print([n for n in ('torch', 'jax', 'keras') if n in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)

    assert run.stdout == "[]\n"


@pytest.mark.parametrize(
    ("value", "meaning"),
    [
        (0.1, sp.Rational(1, 10)),
        (3, sp.Integer(3)),
        (math.sqrt(2 / math.pi), sp.sqrt(2 / sp.pi)),
        (1 / math.sqrt(2), 1 / sp.sqrt(2)),
        (math.e, sp.E),
        (-math.inf, -sp.oo),
        (x > 0, x > 0),
        (True, sp.true),
    ],
    ids=str,
)
def test_numbers_are_read_exactly(value, meaning):
    assert exact(value) == meaning


@pytest.mark.parametrize("value", [math.nan, None, "x", [1.0]], ids=str)
def test_what_is_no_number_is_refused(value):
    with pytest.raises(UnsupportedError):
        exact(value)


def test_conditions_count_as_numbers():
    assert as_number(x > 0) == sp.Piecewise((1, x > 0), (0, True))
    assert OPERATIONS["mul"](x > 0, x) == x * sp.Piecewise((1, x > 0), (0, True))
    assert OPERATIONS["and"](x > 0, x).xreplace({x: sp.Integer(2)}) == sp.true


def test_units_take_their_parameters():
    assert unit("leaky_relu", 2 * y, a=0.1) == sp.Piecewise((y / 5, 2 * y < 0), (2 * y, True))


def test_a_difference_between_an_expression_and_its_function_is_found():
    values = {"same": math.tanh, "narrow": lambda t: math.tanh(t) + (0.01 if 1 < t < 1.1 else 0)}

    assert confirmed(lambda: sp.tanh(x), lambda at: list(map(values["same"], at)), "f") == (sp.tanh(x), "")
    found, fault = confirmed(lambda: sp.tanh(x), lambda at: list(map(values["narrow"], at)), "f")
    assert found is None
    assert fault.startswith("f is read as tanh(x), but is 0.7")
    assert differs_at(sp.Max(0, x), [math.nan] * 3, (0.0, 1.0, 2.0)) == 0


@pytest.mark.parametrize("entry", [*ENTRIES, *PAIRS], ids=lambda e: e.name)
def test_expressions_are_called_by_their_names(entry):
    expression = activation(entry.name).expression

    assert activation(catalog_name(expression)).expression == expression


def test_means_of_different_variances_are_right():
    both = (x + sp.Max(0, y)) ** 2

    assert float_mean(both, {x: 2.0, y: 3.0}) == pytest.approx(2 + 3 / 2)
    assert float_mean((x + sp.Max(0, y)), {x: 2.0, y: 3.0}) == pytest.approx(math.sqrt(3 / (2 * math.pi)))
    assert float_mean(sp.exp(x), {x: [1.0, 4.0]}) == pytest.approx([math.exp(1 / 2), math.exp(2)])
    assert float_mean(x**2, {x: 0.0}) == pytest.approx(0)
    assert float_mean(sp.Integer(3), {x: 1.0}) == 3


@pytest.mark.parametrize("name", ["relu", "gelu", "selu", "softplus", "sigmoid", "silu"])
def test_between_equal_activations_the_working_point_is_kept(name):
    g = activation(name)
    point, layer = working_point(g), between(g, g)

    assert layer.sigma_w2 * second_moment(g, point.entry) + layer.sigma_b2 == pytest.approx(point.entry)
    assert between(None, g).sigma_w2 + layer.sigma_b2 == pytest.approx(point.entry)


def test_the_gradient_is_kept_by_the_backward_variance():
    assert working_point(activation("relu")).backward == 2
    assert working_point(activation("tanh")).backward == 1
    assert working_point(activation("softplus")).backward == pytest.approx(
        1 / 0.293379035858
    )  # h = M of sigmoid
    assert math.isnan(working_point(activation("sign(x)")).backward)


def test_without_a_recommendation_one_layer_is_kept_and_told():
    point = working_point(activation("exp(x)"))

    assert (point.is_stable, point.entry) == (False, 1)
    assert point.sigma_w2 == pytest.approx(math.exp(-2))
    assert point.why.startswith("q = 1 is kept layer by layer, not stable")


def test_a_parameter_without_a_value_is_an_error():
    with pytest.raises(AssumptionError, match="give them numbers"):
        working_point(activation("leaky_relu(x, a)"))


def test_working_points_are_worked_out_once():
    hits = working_point.cache_info().hits
    working_point(activation("relu"))
    working_point(activation("relu"))

    assert working_point.cache_info().hits > hits
