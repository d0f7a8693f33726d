"""Python functions as activations: everything is an estimate, and bad functions are refused."""

import cmath
import math
import random
import sys
from fractions import Fraction
from itertools import count

import mpmath
import numpy as np
import pytest
from click.testing import CliRunner
from marking import partly_slow
from sympy import Rational, tanh

from symbolic_init import derive, gaussian_mean, moment
from symbolic_init.activation import activation
from symbolic_init.analysis import analyze
from symbolic_init.callables import ArrayFunction, Sampled, detected_breakpoints, loaded, python_function
from symbolic_init.callables.differences import float_derivatives
from symbolic_init.cli.commands import derive_command
from symbolic_init.errors import (
    DomainError,
    NotIntegrableError,
    RecordError,
    SymbolicInitError,
    UnsupportedError,
)
from symbolic_init.records import from_json


def elu(t):
    return t if t > 0 else math.expm1(t)


def gelu(t):
    return 0.5 * t * math.erfc(-t / math.sqrt(2))


PAIRS = [
    (math.tanh, "tanh(x)"),
    (lambda t: max(0.0, t), "relu"),
    (elu, "elu"),
    (gelu, "gelu"),
    (lambda t: abs(t - 0.5), "Abs(x - 1/2)"),
    (lambda t: 1.0 if t > 0.3 else 0.0, "Heaviside(x - 3/10)"),
    (lambda t: t / (1 + abs(t)), "softsign"),
    (lambda t: math.tanh(100 * t), "tanh(100*x)"),
    (mpmath.atan, "atan(x)"),
    (lambda t: t**3 - t, "x**3 - x"),
]


@pytest.mark.parametrize(("function", "text"), partly_slow(PAIRS, few=5), ids=[t for _, t in PAIRS])
def test_a_function_gives_the_numbers_of_its_formula(function, text):
    for name in ("m", "M", "h"):
        ours, exact = moment(function, name), moment(text, name)
        assert ours.kind == "estimated"
        for variance in ("1/100", "30"):
            expected = exact.value(q=variance)
            assert abs(ours.value(q=variance) - expected) <= 1e-9 * max(abs(expected), mpmath.mpf(10) ** -3)
    points = [analyze(activation(g)).singularities for g in (function, text)]
    for one, two in zip(*points, strict=True):
        assert one.at == two.at
        assert float(one.jump) == pytest.approx(float(two.jump), abs=1e-9)
        assert float(one.kink) == pytest.approx(float(two.kink), abs=1e-9)


def test_what_is_made_from_a_function_is_an_estimate():
    found = derive(gelu, theory="linear")

    assert found.values["sigma_w2"].kind == "estimated"
    assert float(found.values["sigma_w2"]) == pytest.approx(4, rel=1e-9)
    assert found.values["sigma_w2"].expr is None
    assert any("estimates" in w for w in found.warnings)
    with pytest.raises(UnsupportedError, match="estimated"):
        found.moments["M"].enclosure()
    with pytest.raises(UnsupportedError, match="estimated"):
        found.values["sigma_w2"].enclosure()


def test_functions_of_many_digits_have_many():
    with mpmath.workdps(60):
        expected = gaussian_mean("atan(x)**2").value(digits=40)
        assert abs(gaussian_mean(lambda t: mpmath.atan(t) ** 2).value(digits=40) - expected) < 1e-40


def test_the_digits_told_are_right():
    for function, text in PAIRS[:4]:
        found = gaussian_mean(lambda t, f=function: float(f(t)) ** 2).estimate(q=2)
        expected = gaussian_mean(f"({text})**2" if "x" in text else f"{text}(x)**2").value(q=2, digits=20)
        assert 12 <= found.digits <= 15
        assert abs(found.value / expected - 1) < mpmath.mpf(10) ** (1 - found.digits)


@pytest.mark.parametrize(
    ("function", "points"),
    [
        (lambda t: max(0.0, t), (0,)),
        (lambda t: abs(t - 1 / 3), (Fraction(1, 3),)),
        (lambda t: max(-2.0, min(2.0, t)), (-2, 2)),
        (lambda t: float(t > 0.3), (Fraction(3, 10),)),
        (elu, (0,)),
        (math.tanh, ()),
        (lambda t: math.sin(20 * t), ()),
        (lambda t: math.tanh(1000 * t), ()),
        (lambda t: t**3 - t, ()),
        (lambda t: 1e-3 * abs(t - 7) + math.cos(t), (7,)),
    ],
)
def test_breakpoints_are_found(function, points):
    assert detected_breakpoints(function) == points


def test_a_transcendental_breakpoint_is_found_to_the_precision_of_floats():
    (point,) = detected_breakpoints(lambda t: max(0.0, t - math.pi))

    assert abs(float(point) - math.pi) < 1e-13


def test_too_many_breakpoints_are_refused():
    with pytest.raises(UnsupportedError, match="at 82 places, and 12 can be followed"):
        derive(lambda t: float(round(t)) if abs(t) < 40.4 else 0.0)


def test_functions_of_arrays_are_called_with_arrays():
    sizes = []

    def values(places):
        sizes.append(len(places))
        return np.tanh(places)

    found = derive(ArrayFunction(name="f", on_array=values))

    assert float(found.moments["h"].value()) == pytest.approx(float(derive("tanh(x)").moments["h"].value()))
    assert len(sizes) < sum(sizes) / 15


def test_given_breakpoints_are_used():
    assert python_function(math.tanh, breakpoints=("0", 0.5, "1/3")).breakpoints == (
        0,
        Fraction(1, 3),
        Fraction(1, 2),
    )
    with pytest.raises(UnsupportedError, match="breakpoint"):
        python_function(math.tanh, breakpoints=("x",))
    with pytest.raises(UnsupportedError, match="exactly"):
        derive("relu", breakpoints=(0,))


CALLS = count()
REFUSED = [
    (lambda t: math.nan if t > 1 else t, DomainError, "gave nan"),
    (cmath.sqrt, DomainError, "not real"),
    (math.log, UnsupportedError, "math domain error"),
    (lambda t: t + random.random(), UnsupportedError, "not a function"),  # noqa: S311 # no secret
    (lambda t: t + next(CALLS), UnsupportedError, "not a function"),
    (lambda t: [t], UnsupportedError, "a list"),
    ([].append, UnsupportedError, "a NoneType"),
    (lambda t: 0 * t, UnsupportedError, "constant"),
    (lambda: 1.0, UnsupportedError, "TypeError"),
]


@pytest.mark.parametrize(("function", "error", "words"), REFUSED, ids=[w for _, _, w in REFUSED])
def test_what_is_no_real_function_is_refused(function, error, words):
    with pytest.raises(error, match=words):
        derive(function)


def test_infinite_means_are_refused():
    with pytest.raises(NotIntegrableError, match="pole"):
        gaussian_mean(lambda t: 1 / t).estimate()
    with pytest.raises(SymbolicInitError, match="OverflowError"):
        gaussian_mean(lambda t: math.exp(t * t)).estimate()


def test_functions_of_sympy_are_formulas():
    assert derive(tanh).moments["M"].kind == "exact"


@pytest.mark.parametrize("order", [1, 2, 3])
def test_derivatives_of_floats(order):
    for place in (-3.0, 0.0, 0.4, 1.0):
        expected = float(mpmath.diff(mpmath.tanh, place, order))
        tolerance = 10.0 ** (3 * order - 15)
        found = float_derivatives(np.tanh, order, np.array([place]), (-math.inf, 1.0))
        assert found == pytest.approx(expected, abs=tolerance)
    none = float_derivatives(lambda t: np.sqrt(np.abs(t)), 1, np.array([0.0]), (0.0, math.inf))
    assert np.isnan(none).all()


def test_values_on_either_side_of_a_jump_differ():
    function = python_function(lambda t: float(t > 0))

    assert (Sampled(function, 0, 0, 0), float(Sampled(function, 0, 1, 0))) == (0, 1)
    assert Sampled(python_function(elu), 1, 1, 0) == Sampled(python_function(elu), 1, 0, 0)
    assert float(Sampled(python_function(elu), 1, 0, Rational(-1))) == pytest.approx(math.exp(-1))


def test_every_format_shows_it_and_no_record_is_read_back():
    found = derive(elu)
    for text in (found.to_text(), found.to_latex(), found.to_markdown()):
        assert "elu" in text
        assert "estimate" in text
    with pytest.raises(RecordError):
        from_json(found.to_json())


def test_the_command_line_runs_a_function_only_when_told_to(tmp_path, monkeypatch):
    (tmp_path / "shapes_for_a_test.py").write_text("def kink(t):\n    return t if t < 1 else (t + 1) / 2\n")
    monkeypatch.chdir(tmp_path)
    run = CliRunner().invoke(derive_command, ["--callable", "shapes_for_a_test:kink", "--breakpoints", "0,1"])
    assert run.exit_code == 0
    assert "kink at 1" in run.output
    assert "estimated" in run.output
    assert str(tmp_path) not in sys.path

    for arguments in (["relu", "--callable", "math:tanh"], ["--breakpoints", "0", "relu"], ["--fan-in", "3"]):
        assert CliRunner().invoke(derive_command, arguments).exit_code == 2
    with pytest.raises(UnsupportedError, match="module:function"):
        loaded("math")
    with pytest.raises(UnsupportedError, match="no_such_module"):
        loaded("no_such_module:f")
    with pytest.raises(UnsupportedError, match="float, not a function"):
        loaded("math:pi")
