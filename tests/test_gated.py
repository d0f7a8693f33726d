"""Units of two independent inputs: their means, schemes, and what is refused."""

import math
from itertools import pairwise

import mpmath
import numpy as np
import pytest
from sympy import Max, Symbol, exp, tanh

from symbolic_init import ParseError, UnsupportedError, catalog, derive, from_json
from symbolic_init.activation import activation
from symbolic_init.analysis.separation import separated
from symbolic_init.assumptions import Assumptions
from symbolic_init.moments.evaluation import number
from symbolic_init.moments.several import independent_mean, partial_slopes, products_function
from symbolic_init.notation import GaussianMean, q, x

y = Symbol("y", real=True)
NAMES = [entry.name for entry in catalog.PAIRS]


def sigmoid(t):
    return 1 / (1 + np.exp(-t))


def normal_cdf(t):
    return 0.5 * (1 + np.vectorize(math.erf)(t / math.sqrt(2)))


GATES = {
    "glu": (sigmoid, lambda t: sigmoid(t) * sigmoid(-t)),
    "swiglu": (lambda t: t * sigmoid(t), lambda t: sigmoid(t) * (1 + t * sigmoid(-t))),
    "geglu": (
        lambda t: t * normal_cdf(t),
        lambda t: normal_cdf(t) + t * np.exp(-(t**2) / 2) / math.sqrt(2 * math.pi),
    ),
    "reglu": (lambda t: np.maximum(t, 0), lambda t: np.where(t > 0, 1.0, 0.0)),
    "bilinear": (lambda t: t, np.ones_like),
}
"""The gate of each unit and its slope, in numpy."""


@pytest.mark.parametrize("name", NAMES)
def test_a_gated_unit_agrees_with_samples(name: str) -> None:
    samples = np.random.default_rng(7).standard_normal((2, 1_000_000))
    gate, slope = GATES[name]
    square = (samples[0] * gate(samples[1])) ** 2
    gradient = gate(samples[1]) ** 2 + (samples[0] * slope(samples[1])) ** 2
    growth = square * ((samples**2).sum(axis=0) - 2) / 2
    means = [float(v.mean()) for v in (square, gradient, growth)]
    errors = [5 * float(v.std()) / 1000 for v in (square, gradient, growth)]
    derived = derive(name)
    weight = 1 / float(derived.moments["M"].value(q=1))
    assert float(derived.moments["M"].value(q=1)) == pytest.approx(means[0], abs=errors[0])
    assert float(derived.values["chi_1"]) / weight == pytest.approx(means[1], abs=errors[1])
    assert float(derived.values["V_prime"]) / weight == pytest.approx(means[2], abs=errors[2])
    assert derived.values["sigma_w2"].value() * derived.moments["M"].value(q=1) == pytest.approx(1)


@pytest.mark.parametrize("name", NAMES)
def test_a_gated_unit_is_exact_and_holds_for_one_block(name: str) -> None:
    derived = derive(name)
    assert {m.kind for m in derived.moments.values()} == {"exact"}
    assert derived.recommended is None
    assert any("holds for one block only" in w for w in derived.warnings)
    assert from_json(derived.to_json()) == derived


def test_swiglu_as_published_figures_have_it() -> None:
    derived = derive("swiglu")
    assert float(derived.values["V_prime"]) == pytest.approx(2.17, abs=5e-3)
    assert float(derived.values["chi_1"]) == pytest.approx(2.07, abs=5e-3)


@pytest.mark.parametrize(
    ("text", "inputs", "same"),
    [
        ("x*silu(y)", ("x", "y"), "swiglu"),
        ("u*silu(v)", ("u", "v"), "swiglu"),
        ("a*Max(b, 0)", ("b", "a"), "reglu"),
        ("swiglu(x, y)", ("x", "y"), "swiglu"),
    ],
)
def test_inputs_may_have_any_names(text: str, inputs: tuple[str, ...], same: str) -> None:
    derived = derive(text, inputs=inputs)
    for name, moment in derive(same).moments.items():
        assert derived.moments[name].value(q="3/2") == pytest.approx(float(moment.value(q="3/2")), rel=1e-14)


@pytest.mark.parametrize(
    "f",
    [
        (x * tanh(y)) ** 2,
        (x + Max(0, y)) ** 3,
        exp(x - 2 * y) * y,
        x**2 + y**2 + 1,
        (x * y + tanh(x)) ** 2,
        (x - y) ** 2 * exp(-(x**2)),
    ],
)
def test_the_mean_of_a_sum_of_products_is_a_double_integral(f) -> None:
    found = independent_mean(f, (x, y), Assumptions())

    def inner(b):
        g = f.subs(y, b)
        return float(number(GaussianMean(g, q), digits=17, parameters={"q": "1/2"}))

    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    parts = [inner(float(t) * math.sqrt(0.5)) * w for t, w in zip(nodes, weights, strict=True) if w > 1e-19]
    expected = sum(parts) / math.sqrt(2 * math.pi)
    tolerance = 5e-3 if f.has(Max) else 1e-9  # the nodes do not know of the kink
    assert float(found.value(q="1/2")) == pytest.approx(expected, rel=tolerance)
    assert float(number(found.head(q), parameters={"q": "1/2"})) == pytest.approx(
        float(found.value(q="1/2")), rel=1e-12
    )
    assert products_function((f,), (x, y))(0.5)[0] == pytest.approx(float(found.value(q="1/2")), rel=1e-11)


def test_steps_follow_each_other_and_hold() -> None:
    steps = [s for s in derive("swiglu").steps if s.chain == "M"]
    assert steps[0].lhs == GaussianMean((x * activation("silu(y)").expression.subs(x, y)) ** 2, q, y)
    for one, two in pairwise(steps):
        assert one.rhs == two.lhs
    for step in steps:
        values = [number(e, digits=20, parameters={"q": "7/5"}) for e in (step.lhs, step.rhs)]
        assert mpmath.almosteq(*values, rel_eps=mpmath.mpf(10) ** -17)


def test_slopes_are_those_of_each_input() -> None:
    assert partial_slopes(x * Max(0, y), (x, y), Assumptions())[0].subs(y, 3) == 3
    assert partial_slopes(x * tanh(y), (x, y), Assumptions())[1] == x * (1 - tanh(y) ** 2)


@pytest.mark.parametrize("f", [tanh(x * y), Max(x, y), 1 / (x + y), exp(x * y)])
def test_inputs_that_cannot_be_separated_are_refused(f) -> None:
    with pytest.raises(UnsupportedError, match="mixes the inputs"):
        separated(f, (x, y))


@pytest.mark.parametrize(
    ("text", "inputs", "what"),
    [
        ("swiglu(x, y)", (), "2 inputs"),
        ("x*a", ("x", "y"), "does not depend on its input y"),
        ("x*y", ("y", "x"), "x can only be the first"),
        ("x*q", ("x", "q"), "cannot be the name of an input"),
        ("x*y", ("x", "x"), "must be different"),
    ],
)
def test_wrong_inputs_have_one_clear_error(text: str, inputs: tuple[str, ...], what: str) -> None:
    with pytest.raises(ParseError, match=what):
        derive(text, inputs=inputs)


def test_without_inputs_a_second_letter_is_a_parameter() -> None:
    assert derive("x*y").moments["M"].expr == q * y**2
