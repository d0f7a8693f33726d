"""Derivatives of closed forms: SymPy's own method is the measure."""

import pytest
from sympy import Abs, Function, Piecewise, Symbol, asin, erf, exp, log, sqrt, tanh

from symbolic_init.analysis.derivative import derivative
from symbolic_init.moments.named import moment
from symbolic_init.notation import GaussianMean, q, x

a = Symbol("a", positive=True)


@pytest.mark.parametrize(
    "f",
    [
        q * asin(q / (1 + q)) / sqrt(1 + 2 * q),
        exp(a * q) * erf(sqrt(q / a)) ** 2 - 1 / (a + q),
        log(1 + exp(-2 * q)) ** 3,
        a**q + q**q,
        a,
    ],
    ids=str,
)
def test_derivatives_are_those_of_sympy(f):
    assert derivative(f, q) == f.diff(q)


@pytest.mark.parametrize(
    "f",
    [
        GaussianMean(tanh(x) ** 2, q),
        Abs(x) ** 3,
        Piecewise((x**2, x < 0), (x, True)),
        Function("f")(x, a),
    ],
    ids=str,
)
def test_what_is_no_sum_product_or_power_is_left_to_sympy(f):
    symbol = q if f.has(q) else x

    assert derivative(f, symbol) == f.diff(symbol)


@pytest.mark.parametrize("name", ["gelu", "sin", "elu", "softsign"])
def test_second_moments_have_the_derivatives_of_sympy(name):
    form = moment(name, "M").definition

    assert derivative(form, q) == form.diff(q)
