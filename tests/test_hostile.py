"""Hostile lines: each ends in an answer or in one clear error, within its limits, and no code is run."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sympy import Max, S, sqrt, zoo

from symbolic_init import PrecisionError, RecordError, derive
from symbolic_init.batch import Answer, Limits
from symbolic_init.batch.request import request_of
from symbolic_init.batch.worker import Workers
from symbolic_init.errors import DomainError, SymbolicInitError, bounded

ROOT = Path(__file__).resolve().parent.parent
CORPUS = sorted((ROOT / "fuzz" / "corpus").iterdir())
ERRORS = {kind.__name__ for kind in SymbolicInitError.__subclasses__()} | {"UnknownNameError"}
SECONDS = 4


@pytest.fixture(scope="module")
def workers():
    found = Workers(Limits(seconds=SECONDS, memory=1 << 29))
    yield found
    found.close()


def asked(workers, line):
    """The answer to a line, or the error that refuses it."""
    request = request_of(line, {})
    if request.fault is not None:
        return type(request.fault).__name__, str(request.fault)
    told = Answer(workers.answer(request.text))
    return told.error_type, told.error


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
def test_what_was_found_before_stays_mended(workers, path):
    kind, message = asked(workers, path.read_text(encoding="utf-8", errors="replace"))

    assert kind == "" or kind in ERRORS - {"InternalError"}, message


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("nan", "ParseError"),
        ("x*nan", "ParseError"),
        ("sqrt(x)", "DomainError"),
        ("log(x)", "DomainError"),
        ("x*I", "ParseError"),
        ("1/x", "DomainError"),
        ("1/(x - 1)**2", "DomainError"),
        ("exp(x**2)", "NotIntegrableError"),
        ("exp(exp(x))", "NotIntegrableError"),
        ("exp(x**4)", "NotIntegrableError"),
        ("7", "ParseError"),
        ("0*x", "ParseError"),
        ("Min(x*Max(x, 0), 0)", "DomainError"),
        ("Piecewise((x, x < 0), (1, x < 0))", "DomainError"),
        ("Piecewise((x, x < 0), (-x, x < 0), (1, x < 1), (2, True))", ""),
        ("Piecewise((x, x > 3), (1, x > 2), (0, x > -1), (-x, True))", ""),
        ("Piecewise((1, (x > 1) & (x < 0)), (x, True))", ""),
        ("Piecewise((1, x < x), (x, True))", ""),
        ('{"expression": "a*x", "assume": "a > 0, a < 0"}', "AssumptionError"),
        ('{"expression": "a*x", "assume": "a > b, b > a"}', "AssumptionError"),
        ('{"expression": "a*x", "assume": "c > 0"}', "AssumptionError"),
        ('{"expression": "a*x", "settings": {"a": "1; import os"}}', "ParseError"),
        ('{"expression": "relu", "q": 0}', "AssumptionError"),
        ('{"expression": "relu", "q": "-1"}', "AssumptionError"),
        ('{"expression": "relu", "theory": "no such"}', "UnsupportedError"),
        ("x + 10**400", "PrecisionError"),
        ("x*(10**400)", ""),
        ("x" + "**x" * 500, "ParseError"),
        ("-" * 9_000 + "x", "ParseError"),
        ("(" * 3_000 + "x" + ")" * 3_000, "ParseError"),
        ("sin(" * 90 + "x" + ")" * 90, None),
        ("x + ｘ", "ParseError"),
        ("tanh(x)\u202e", "ParseError"),
        ("\x1b[31mtanh(x)", "ParseError"),
        ("relu(x)\x00", "ParseError"),
        ("=cmd|' /C calc'!A0", "ParseError"),
        ("().__class__.__bases__[0].__subclasses__()", "ParseError"),
        ("[x for x in ()]", "ParseError"),
        ("(lambda: x)()", "ParseError"),
        ("f'{x}'", "ParseError"),
        ("x if x > 0 else (y := 1)", "ParseError"),
        ("0**x", "ParseError"),
        ("Min(x + 1e4, acos(0.1))", ""),
        ("Max(x - 50, 0)", ""),
        ("x*10**-400", ""),
        ('{"expression": "Max(x - 50, 0)", "full": true}', ""),
        ('{"expression": "Heaviside(x - 40)", "full": true}', ""),
        ("Max(x, erfinv(pi))", "ParseError"),
        ("Piecewise((x, x < erfinv(3)), (0, True))", "ParseError"),
        ("atan(1/x)", ""),
        ("Abs(x)**pi", ""),
    ],
    ids=lambda value: str(value)[:40].encode("ascii", "replace").decode() if value is not None else "any",
)
def test_odd_lines_end_as_they_should(workers, line, kind):
    found, message = asked(workers, line)

    assert found != "InternalError", message
    if kind is not None:
        assert found == kind, message
    if found:
        assert message.strip()
        assert "Traceback" not in message


@pytest.mark.parametrize("distance", ["30", "100", "1000", "10**6", "10**12"])
def test_a_switch_far_out_has_a_page_and_changes_nothing(distance):
    found = derive(f"Min(x + {distance}, 1)")

    assert float(found.recommended.sigma_w2) == 1
    assert float(found.recommended.gain) == 1
    assert "N Var(w)" in found.to_text()
    assert all(math.isfinite(float(row.sigma_w2)) for row in found.schemes)


def test_a_record_that_cannot_be_read_back_says_why():
    with pytest.raises(RecordError, match=r"has no text for .*: this number has more than 1000000000 digits"):
        derive("Min(x + 1e30, acos(0.1))").to_json()


def test_weights_beyond_double_precision_are_refused():
    with pytest.raises(PrecisionError, match="too large for double precision"):
        derive("Min(x + 100, 1)", theory="centered")


inputs = st.one_of(st.just("x"), st.sampled_from(["x", "a", "0", "1", "-1/3", "2.5", "pi", "1e9", "oo", "I"]))
heads = st.sampled_from(
    [
        "tanh",
        "exp",
        "log",
        "sqrt",
        "Abs",
        "sign",
        "erf",
        "sin",
        "atan",
        "cosh",
        "relu",
        "sinc",
        "gelu",
        "floor",
    ]
)
relations = st.sampled_from(["<", "<=", ">", ">=", "=="])


def _larger(children):
    conditions = st.builds(
        lambda u, r, v: f"{u} {r} {v}", st.sampled_from(["x", "x", "2*x"]), relations, inputs
    )
    pieces = st.lists(st.builds(lambda u, c: f"({u}, {c})", children, conditions), min_size=1, max_size=3)
    return st.one_of(
        st.builds(lambda f, u: f"{f}({u})", heads, children),
        st.builds(lambda u, o, v: f"({u}) {o} ({v})", children, st.sampled_from("+-*/"), children),
        st.builds(
            lambda u, p: f"({u})**({p})", children, st.sampled_from(["2", "3", "1/2", "-1", "1/3", "40"])
        ),
        st.builds(lambda f, u, v: f"{f}({u}, {v})", st.sampled_from(["Max", "Min"]), children, children),
        st.builds(lambda p, u: f"Piecewise({', '.join(p)}, ({u}, True))", pieces, children),
    )


lines = st.recursive(inputs, _larger, max_leaves=6)


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(line=lines)
def test_random_expressions_end_in_an_answer_or_an_error(workers, line):
    kind, message = asked(workers, line)

    assert kind == "" or kind in ERRORS - {"InternalError"}, message


@settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(line=st.text(max_size=60) | st.binary(max_size=60).map(lambda b: b.decode("utf-8", "replace")))
def test_random_text_ends_in_an_answer_or_an_error(workers, line):
    kind, message = asked(workers, line)

    assert kind == "" or kind in ERRORS - {"InternalError", "LimitError"}, message


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    value=st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=5), st.lists, max_leaves=5)
)
def test_options_of_any_kind_are_read_or_refused(value):
    for name in ("expression", "q", "settings", "digits", "inputs", "full", "theory"):
        request = request_of(json.dumps({"expression": "x", name: value}), {})

        assert request.fault is None or str(request.fault)


@pytest.mark.fuzz
@pytest.mark.parametrize("planted", [True, False])
def test_fuzzing_finds_a_planted_bug_and_nothing_else(planted):
    pytest.importorskip("atheris", reason="has no wheel for every Python")
    command = [sys.executable, str(ROOT / "fuzz" / "pipeline.py"), "--seconds", "90", "--runs", "200"]
    same = {
        **os.environ,
        "PYTHONHASHSEED": "0",
    }  # the same inputs each time
    found = subprocess.run(
        [*command, *["--plant"] * planted], capture_output=True, text=True, check=False, env=same
    )

    assert (found.returncode != 0) == planted, found.stderr[-2000:]
    assert ("KeyError: 0" in found.stderr + found.stdout) == planted


@pytest.mark.parametrize("compare", [lambda: Max(zoo, 1), lambda: S.NaN < 1, lambda: sqrt(-2) < 1])
def test_numbers_without_an_order_are_told(compare):
    with pytest.raises(DomainError, match="not real or not finite"):
        bounded(compare)()
