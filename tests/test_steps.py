"""Derivations of the whole catalog: steps are true and follow each other, and curves are finite."""

import math
from functools import cache

import mpmath
import pytest
from sympy import Expr, Order, S

from symbolic_init import catalog
from symbolic_init.derivation import Derivation, Step
from symbolic_init.engine import derive
from symbolic_init.moments.evaluation import number
from symbolic_init.notation import N, q, rho

VARIANCES = (S(5) / 7, S(9) / 4)
SMALL = S(1) / 1000

CASES = [(entry.name, "auto") for entry in catalog.ENTRIES] + [
    (name, theory)
    for name in ("tanh", "gelu", "elu", "relu", "sigmoid", "softsign")
    for theory in ("length-map", "edge-of-chaos", "centered", "backward", "correlation")
    if (name, theory) != ("sigmoid", "edge-of-chaos")
]


def _evaluate(expr: Expr, step: Step, derivation: Derivation, variance: Expr) -> mpmath.mpf:
    point = dict(step.given)
    bound = expr.subs(point).subs(point).subs(q, variance).subs({N: 37, rho: S(2) / 7})
    return number(bound.xreplace(dict(derivation.assumptions.sample(1))), digits=15)


@cache
def _derive(name: str, theory: str) -> Derivation:
    entry = catalog.find(name)
    assert entry is not None
    return derive(name, theory=theory)


@pytest.mark.parametrize(("name", "theory"), CASES)
def test_every_step_is_numerically_true(name: str, theory: str) -> None:
    derivation = _derive(name, theory)

    for step in derivation.steps:
        if step.relation == "~":
            _check_expansion(step, derivation)
            continue
        for variance in VARIANCES:
            left = _evaluate(step.lhs, step, derivation, variance)
            right = _evaluate(step.rhs, step, derivation, variance)

            assert mpmath.almosteq(left, right, 1e-10, 1e-10), step.id


def _check_expansion(step: Step, derivation: Derivation) -> None:
    """The remainder shrinks as fast as the `O` term says."""
    order = step.rhs.getO()
    assert isinstance(order, Order)
    (variable,) = order.variables
    degree = order.expr.as_base_exp()[1] if order.expr != variable else 1
    sample = dict(derivation.assumptions.sample(1))
    side = -1 if "x < 0" in step.reason else 1
    remainder = (step.lhs - step.rhs.removeO()).xreplace(sample)
    sizes = [abs(number(remainder.subs(variable, side * t), digits=15)) for t in (SMALL, SMALL / 10)]

    assert sizes[1] <= sizes[0] * mpmath.mpf(10) ** (1 - float(degree)) or sizes[1] < 1e-25


@pytest.mark.parametrize(("name", "theory"), CASES)
def test_every_step_starts_where_the_last_of_its_chain_ended(name: str, theory: str) -> None:
    ends: dict[str, Expr] = {}
    for step in _derive(name, theory).steps:
        if step.chain in ends and step.relation != "~":
            assert step.lhs == ends[step.chain], step.id
        ends[step.chain] = step.rhs


@pytest.mark.parametrize("entry", catalog.ENTRIES, ids=lambda e: e.name)
def test_what_is_drawn_is_finite_and_has_a_name(entry: catalog.Entry) -> None:
    figures = _derive(entry.name, "auto").figures
    shown = [curve for figure in figures for curve in figure.curves]

    assert all(figure.curves for figure in figures)
    assert all(map(math.isfinite, (t for c in shown for t in (*c.x, *c.y, *c.upper))))
    assert all(c.x and c.label for c in shown)
