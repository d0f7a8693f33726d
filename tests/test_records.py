"""Records: what is written reads back equal; what is broken or hostile is refused with one message."""

import json
from dataclasses import fields, replace
from pathlib import Path

import pytest
from samples import SAMPLES, TANH, a
from sympy import I, Max, Min, Mul, O, Piecewise, Pow, Rational, S, Symbol, exp, log, oo, pi, sqrt, tanh

from symbolic_init.derivation import Derivation, Scheme, Step
from symbolic_init.engine import derive
from symbolic_init.errors import RecordError
from symbolic_init.evidence import Moment, Value
from symbolic_init.notation import GaussianMean, N, Root, g, q, x
from symbolic_init.records import MAX_CHARACTERS, SCHEMA, from_json, to_json

DOCUMENT = Path(__file__).parent.parent / "docs" / "json-schema.md"
samples = pytest.mark.parametrize("derivation", SAMPLES.values(), ids=SAMPLES)


def record() -> dict:
    return json.loads(to_json(TANH))


def with_expression(expr: object) -> Derivation:
    return replace(TANH, q=expr)


@samples
def test_a_record_reads_back_equal(derivation):
    assert from_json(to_json(derivation)) == derivation


@samples
def test_writing_twice_gives_the_same_text(derivation):
    assert to_json(from_json(to_json(derivation))) == to_json(derivation)


@pytest.mark.parametrize(
    "expr",
    [
        Mul(2, x + 1, evaluate=False),
        Mul(Rational(1, 3), q - 1, sqrt(q), evaluate=False),
        Pow(Mul(2, x, evaluate=False), 2, evaluate=False),
        x - x**3 / 3 + O(x**7),
        g(x),
        g(x).diff(x),
        g(x).diff(x, 2),
        g(x).diff(x).subs(x, 0),
        Piecewise((0, x < 0), (a * x, (x < 1) & (x > Rational(1, 2))), (1, True)),
        Max(0, Min(x, 6)),
        sqrt(2) / (2 * sqrt(pi)) * exp(-(x**2) / 2),
        Root(q**2 - GaussianMean(tanh(x) ** 2, q), q, Rational(1, 3), 2),
        log(Symbol("beta", integer=True, positive=True)) / N,
        S(10) ** 60 / 7,
        oo,
        -oo,
    ],
    ids=str,
)
def test_any_tree_reads_back_as_it_stands(expr):
    read = from_json(to_json(with_expression(expr))).q

    assert read == expr
    assert type(read) is type(expr)


@pytest.mark.parametrize("name", ["a", "lam", "gamma", "beta_1", "oops"])
@pytest.mark.parametrize(
    "facts", [{"real": True}, {"positive": True}, {"nonnegative": True}, {"integer": True}, {}]
)
def test_symbols_keep_their_assumptions(name, facts):
    symbol = Symbol(name, **facts)

    assert from_json(to_json(with_expression(symbol))).q == symbol


def test_what_has_no_text_is_an_error_not_a_wrong_record():
    for expr in (I * x, Symbol("a b"), Symbol("x"), x + Symbol("a") + Symbol("a", real=True)):
        with pytest.raises(RecordError):
            to_json(with_expression(expr))


def test_decimals_say_what_the_definitions_are():
    value = record()["schemes"][1]

    assert value["sigma_w2"]["decimal"].startswith("2.5514159265358979323846264338")  # 63/25 + pi/100
    assert value["sigma_w2"]["expr"] is None
    assert value["V_prime"]["decimal"] == "0.471404520791"  # an estimate has no thirty digits
    assert json.loads(to_json(SAMPLES["gelu"]))["value_items"]["chi_1"]["decimal"] == "oo"
    assert json.loads(to_json(SAMPLES["leaky"]))["value_items"]["sigma_w2"]["decimal"] is None


@samples
def test_a_record_holds_whole_numbers_and_text_only(derivation):
    def refuse(digits):
        raise AssertionError(digits)

    json.loads(to_json(derivation), parse_float=refuse, parse_constant=refuse)


def test_fields_come_in_the_documented_order():
    assert list(record())[:4] == ["schema", "symbols", "title", "expression"]
    assert record()["schema"] == SCHEMA


@pytest.mark.parametrize("cls", [Derivation, Scheme, Step, Moment, Value], ids=lambda c: c.__name__)
def test_every_field_is_documented(cls):
    text = DOCUMENT.read_text(encoding="utf-8")

    assert [f.name for f in fields(cls) if f"`{f.name}`" not in text] == []


def changed(path: str, value: object) -> str:
    data = record()
    *parents, last = path.split(".")
    target = data
    for key in parents:
        target = target[int(key) if key.isdigit() else key]
    target[last] = value
    return json.dumps(data)


def without(name: str) -> str:
    return json.dumps({k: v for k, v in record().items() if k != name})


HOSTILE = {
    "empty": "",
    "no JSON": "{",
    "a list": "[]",
    "null": "null",
    "deep": "[" * 100_000 + "]" * 100_000,
    "long": " " * (MAX_CHARACTERS + 1),
    "long number": changed("digits", 0)[:-1] + ', "more": ' + "9" * 10_000 + "}",
    "twice": to_json(TANH).replace('"digits": 30', '"digits": 30, "digits": 30'),
    "other version": changed("schema", "symbolic_init/derivation/2"),
    "no version": without("schema"),
    "no symbols": without("symbols"),
    "no steps": without("steps"),
    "unknown field": changed("more", 1),
    "NaN": to_json(TANH).replace('"digits": 30', '"digits": NaN'),
    "infinite": to_json(TANH).replace('"digits": 30', '"digits": 1e999'),
    "code": changed("expression", "__import__('os').system('true')"),
    "attribute": changed("expression", "x.__class__"),
    "lambda": changed("expression", "(lambda: x)()"),
    "unknown name": changed("expression", "x + unheard_of"),
    "tower": changed("expression", "9**9**9**9"),
    "bad mean": changed("expression", "GaussianMean(x)"),
    "bad root": changed("expression", "Root(1, 2)"),
    "root of no polynomial": changed("expression", "x*CRootOf(tanh(x), 0)"),
    "root of a large polynomial": changed("expression", "x*CRootOf(x**61 - x - 2, 0)"),
    "no such root": changed("expression", "x*CRootOf(x**3 - x - 2, 7)"),
    "root with a parameter": changed("expression", "x*CRootOf(x**3 - q - 2, 0)"),
    "bad derivative": changed("expression", "Derivative(x, 1)"),
    "expression is a number": changed("expression", 1),
    "kind": changed("steps.0.kind", "proven"),
    "kind is a list": changed("steps.0.kind", ["exact"]),
    "flag": changed("schemes.0.stable", 1),
    "digits": changed("digits", True),
    "no digits": changed("digits", 0),
    "index": changed("recommended_index", 7),
    "given": changed("steps.2.given", [["unheard_of", "1"]]),
    "given alone": changed("steps.2.given", [["q"]]),
    "symbol facts": changed("symbols", {"a": ["positive", "negative"]}),
    "symbol fact": changed("symbols", {"a": ["evaluate"]}),
    "symbol of ours": changed("symbols", {"q": ["real"]}),
    "symbol name": changed("symbols", {"__import__('os')": []}),
    "symbol list": changed("symbols", []),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_broken_and_hostile_records_are_refused(text):
    with pytest.raises(RecordError) as caught:
        from_json(text)

    assert str(caught.value)
    assert len(str(caught.value)) < 600


def test_a_message_names_the_place():
    with pytest.raises(RecordError, match=r"record\.steps\[0\]\.kind: one of exact, .* not 'proven'"):
        from_json(HOSTILE["kind"])


def test_bytes_are_not_a_record():
    with pytest.raises(RecordError):
        from_json(b"{}")


@pytest.mark.parametrize(
    "text",
    [
        "exp(-(log(Abs(x) + 1/100000) - x**2)**2)",
        "sigmoid(exp(-(log(Abs(x) + 1/100000) - cos(x))**2))",
        "log(1 + exp(Min(exp(-x**2), sqrt(Abs(x)))))",
        "sinh(exp(-(log(1 + exp(x)) - cos(x))**2))",
        "cosh(exp(-(atan(x) - x**3)**2))/(1 + Abs(Min(x, 0)))",
        "tanh(Min(x + 2, x**3)) + cosh(x)",
    ],
)
def test_constants_of_nested_exponentials_are_read_back(text):
    d = derive(text, headline_only=True)

    assert from_json(to_json(d)) == d


@pytest.mark.parametrize(
    "text", ["Min(log(Abs(sinc(x)*sin(x)) + 1/1000), tanh(x))", "tanh(Abs(sin(x)**2/x))"]
)
def test_moduli_that_sympy_takes_apart_are_read_back(text):
    d = derive(text, headline_only=True)

    assert from_json(to_json(d)) == d
