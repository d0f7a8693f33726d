"""Each rule on each of its examples, against an independent integrator."""

from functools import cache

import mpmath
import pytest
from gaussian_reference import agree, gaussian_quadrature
from sympy import Rational, oo

from symbolic_init import special
from symbolic_init.activation import activation
from symbolic_init.analysis.pieces import pieces
from symbolic_init.moments.closed_form import closed_form
from symbolic_init.moments.rules import RULES
from symbolic_init.notation import q
from symbolic_init.parsing import parse
from symbolic_init.references import REFERENCES

DIGITS = 20
CASES = [pytest.param(rule, text, id=f"{rule.id}:{text}") for rule in RULES for text in rule.examples]


@cache
def _derived(text):
    subject = activation(text)
    parts = pieces(subject.expression, subject.assumptions)
    form = closed_form(parts, subject.assumptions, integrand=subject.expression)
    return subject.expression, parts, form


@pytest.mark.parametrize(("rule", "text"), CASES)
def test_the_rule_is_used_and_both_sides_agree(rule, text):
    expression, parts, form = _derived(text)
    assert form is not None
    assert rule.id in form.rules
    variance = Rational(13, 11) if form.limit == oo else form.limit * Rational(4, 13)

    reference = gaussian_quadrature(expression, variance, breakpoints=parts.breakpoints)

    assert agree(_real(form.expr, variance), reference, DIGITS)


def _real(expr, variance):
    value = expr.subs(q, variance).evalf(30)
    assert value.is_Float or value.is_Rational, value
    with mpmath.workdps(30):
        return mpmath.mpf(str(value))


@pytest.mark.parametrize("text", sorted({text for rule in RULES for text in rule.examples}))
def test_forms_survive_printing(text):
    form = _derived(text)[2]
    heads = {name: getattr(special, name) for name in special.__all__}

    assert parse(str(form.expr), functions=heads, symbols={"q": q}) == form.expr


def test_every_rule_has_examples_and_an_id_of_its_own():
    ids = [rule.id for rule in RULES]

    assert len(set(ids)) == len(ids)
    assert all(rule.examples and rule.statement and rule.reason for rule in RULES)


def test_references_of_rules_exist():
    assert {rule.reference for rule in RULES} - {""} <= set(REFERENCES)
