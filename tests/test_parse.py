"""Text to expressions: what is read, what is refused, and that nothing is ever run."""

import builtins
import time
from fractions import Fraction

import pytest
import sympy as sp
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from strategies import SYMBOLS, expressions, texts

from symbolic_init.activation import activation
from symbolic_init.errors import (
    AssumptionError,
    DomainError,
    ParseError,
    SymbolicInitError,
    UnknownNameError,
    UnsupportedError,
)
from symbolic_init.notation import GaussianMean, Root, q, x
from symbolic_init.parsing import LIMITS, RECORD_LIMITS, parse, parse_assumptions
from symbolic_init.special import ErfImaginary, ErfReal, OwensT

a = sp.Symbol("a", real=True)
half = sp.Rational(1, 2)

READ = {
    "x": x,
    " x + 1 ": x + 1,
    "-x**2": -(x**2),
    "2**-x": 2 ** (-x),
    "x**2**3": x**8,
    "1 - 2 - 3 + x": x - 4,
    "x/2/3": x / 6,
    "0.1*x": x / 10,
    "1e-3*x": x / 1000,
    ".5*x + 2.": x / 2 + 2,
    "0.12345678901234567890123*x": sp.Rational("0.12345678901234567890123") * x,
    "pi*x + E": sp.pi * x + sp.E,
    "tanh(t)": sp.tanh(x),
    "Max(0, u) - u": sp.Max(0, x) - x,
    "a*x": a * x,
    "gamma*x": sp.Symbol("gamma", real=True) * x,
    "gamma(x)": sp.gamma(x),
    "max(0, x)": sp.Max(0, x),
    "abs(x) + Abs(x)": 2 * sp.Abs(x),
    "log(x**2 + 1, 2)": sp.log(x**2 + 1) / sp.log(2),
    "cbrt(x)": sp.sign(x) * sp.Abs(x) ** sp.Rational(1, 3),
    "Heaviside(x)": sp.Heaviside(x),
    "clip(x, -1, 1)": sp.Max(-1, sp.Min(x, 1)),
    "Piecewise((a*x, x < 0), (x, True))": sp.Piecewise((a * x, x < 0), (x, True)),
    "where(x < 0, 0, x)": sp.Piecewise((0, x < 0), (x, True)),
    "0 if x < 0 else x": sp.Piecewise((0, x < 0), (x, True)),
    "where(0 < x < 1, 1, 0)": sp.Piecewise((1, (x > 0) & (x < 1)), (0, True)),
    "where((x < 0) | (x >= 1), 1, 0)": sp.Piecewise((1, (x < 0) | (x >= 1)), (0, True)),
    "where(not x < 0 and x != 3, 1, 0)": sp.Piecewise((1, (x >= 0) & sp.Ne(x, 3)), (0, True)),
    "where(~(x < 0), 1, 0)": sp.Piecewise((1, x >= 0), (0, True)),
    "exp(10**10)*x": sp.exp(10**10) * x,
    "OwensT(x, a)": OwensT(x, a),
    "ErfReal(x, 1) - ErfImaginary(x, a)": ErfReal(x, 1) - ErfImaginary(x, a),
}


@pytest.mark.parametrize("text", READ)
def test_text_is_read(text):
    assert parse(text) == READ[text]


REFUSED = {
    "x^2": ("`**`", 1),
    "x*I": ("imaginary", 2),
    "oo*x": ("finite", 0),
    "x + zoo": ("finite", 4),
    "nan": ("finite", 0),
    "1j*x": ("imaginary", 1),
    "sqrt(-1)*x": ("not real", 0),
    "(-8)**(1/3)*x": ("not a real", 0),
    "(-2)**x": ("not a real", 0),
    "asin(2)*x": ("not a real", 0),
    "a+b": ("Write x", 2),
    "": ("empty", None),
    "   ": ("empty", None),
    "foo(x)": ("not a function", 0),
    "x(x + 1)": ("x*(...)", 0),
    "q*x": ("variance", 0),
    "N": ("fan-in", 0),
    "lambda*x": ("`lam`", 0),
    "lambda x: x": ("`lam`", 0),
    "x if x else 1": ("condition", 5),
    "1/0": ("division by zero", 2),
    "x/(1 - 1)": ("division by zero", 3),
    "0**-1": ("division by zero", 0),
    "log(0)*x": ("infinite", 0),
    "tan(pi/2)": ("infinite", 0),
    "Piecewise((1, False))": ("no piece", 0),
    "x > 0": ("condition", 0),
    "(x > 0)*x": ("condition", 1),
    "True": ("conditions", 0),
    "x and 1": ("condition", 0),
    "where(x > 0 & x < 1, 1, 0)": ("brackets", 14),
    "sin(x, 2)": ("takes 1 argument", 0),
    "sin(x=2)": ("named arguments", 6),
    "Piecewise(x)": ("pairs", 10),
    "2x": ("`*`", 1),
    "2(x)": ("`*`", 1),
    "(x)(x)": ("`*`", 3),
    "sin x": ("sin(x)", 4),
    "tanh*x": ("tanh(x)", 0),
    "x = 2": ("==", 2),
    "x +": ("early", 2),
    "(x": ("never closed", 0),
    "x)": ("never opened", 1),
    "x, x": ("comma", 0),
    "x.real": ("point", 1),
    "x[0]": ("round brackets", 1),
    "'x'": ("quotes", 0),
    "f'{x}'": ("quotes", 1),
    "(y := x)": (":", 3),
    "x % 2": ("%", 2),
    "x // 2": ("operator", 5),
    "x @ x": ("'@'", 2),
    "0x10*x": ("operator", 1),
    "1_000*x": ("begins with a letter", 1),
    "0.1.2*x": ("not a number", 0),
    "х + 1": ("cyrillic", 0),
    "\uff58 + 1": ("fullwidth", 0),
    "x\0": ("control character", 1),
    "α*x": ("`alpha`", 0),
    "__import__": ("begins with a letter", 0),
    "sin(*x)": ("both sides", 4),
    "sin(**x)": ("named arguments", 6),
    "None*x": ("word of Python", 0),
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_cannot_be_read_is_refused_at_its_place(text):
    message, position = REFUSED[text]

    with pytest.raises(ParseError) as caught:
        parse(text)

    assert message in str(caught.value)
    assert caught.value.position == position


TOO_LARGE = (
    "9**9**9**9",
    "10**10**10",
    "x**(10**9)",
    "sqrt(2)**(10**9)*x",
    "exp(10**9*log(2))*x",
    "2**(10**9*log(3)/log(2))*x",
    "((x**99)**99)**99",
    "gamma(10**9)*x",
    "factorial(10**6)*x",
    "uppergamma(10**6, x)",
    "zeta(10**7)*x",
    "1e999999999*x",
    "9" * 5000 + "*x",
    "Max(x, exp(exp(exp(1000))))",
    "sin(exp(10**12))*x",
    "sinh(sinh(sinh(100)))*x",
    "exp(exp(exp(10) - exp(9)))*x",
    "(" * 10_000 + "x" + ")" * 10_000,
    "(" * 150 + "x" + ")" * 150,
    "-" * 5000 + "x",
    "x" + "**x" * 1000,
    "not " * 2000 + "x",
    "x" + "+x" * 4500,
    "+".join(["sin(x)"] * 1400),
    "*".join(["9" * 900] * 11) + "*x",
)


@pytest.mark.parametrize(
    "text", ["x*exp(exp(-exp(999/1000) + sin(999/1000)))", "x*exp(exp(exp(Abs(sin(9)) - Max(3, cosh(2)))))"]
)
def test_constants_of_moderate_size_are_read_however_deep(text):
    assert parse(text).free_symbols == {x}


@pytest.mark.parametrize("text", TOO_LARGE, ids=range(len(TOO_LARGE)))
def test_what_is_too_large_is_refused_at_once(text):
    start = time.perf_counter()

    with pytest.raises(ParseError):
        parse(text)

    assert time.perf_counter() - start < 1


def test_nested_activations_do_not_grow_without_bound():
    start = time.perf_counter()

    with pytest.raises(ParseError, match=str(LIMITS.nodes)):
        activation("gelu(" * 40 + "x" + ")" * 40)

    assert time.perf_counter() - start < 2


HOSTILE = (
    "canary()",
    "__builtins__['canary']()",
    "(lambda: canary())()",
    "[canary() for y in (1,)]",
    "x if canary() else x",
    "f'{canary()}'",
    "sin(canary())",
    "Symbol('x', canary())",
    "().__class__.__base__.__subclasses__()",
    "__import__('builtins').canary()",
    "eval('canary()')",
    "exec('canary()')",
    "(y := canary())",
    "sin.__globals__",
    "gelu(x, canary())",
    "x.canary()",
    "Piecewise((canary(), True))",
    "sin(x, evaluate=canary())",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_refused_not_run(text, monkeypatch):
    runs = []
    monkeypatch.setattr(builtins, "canary", lambda: runs.append(1), raising=False)

    for reader in (parse, activation, parse_assumptions, lambda t: activation("a*x", settings={"a": t})):
        with pytest.raises(SymbolicInitError):
            reader(text)

    assert runs == []


def test_the_canary_would_sing(monkeypatch):
    runs = []
    monkeypatch.setattr(builtins, "canary", lambda: runs.append(1), raising=False)

    sp.sympify("__import__('builtins').canary()")

    assert runs == [1]


quiet = settings(
    deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)


@settings(quiet, max_examples=250)
@given(expressions)
def test_what_sympy_prints_is_read_back_equal(expression):
    assume(not expression.has(sp.nan, sp.zoo, sp.oo, sp.I))

    assert parse(str(expression), symbols=SYMBOLS, unknowns=False, limits=RECORD_LIMITS) == expression


@pytest.mark.parametrize("text", ["1/sqrt(1/2 - exp(-20000)/2)", "erfc(50*sqrt(2)) + exp(-5000)"])
def test_a_record_may_hold_constants_near_zero(text):
    assert str(parse(text, unknowns=False, limits=RECORD_LIMITS)) == text


@settings(quiet, max_examples=400)
@given(texts)
def test_any_text_is_read_or_refused(text):
    try:
        result = parse(text)
    except ParseError:
        return

    assert isinstance(result, sp.Expr)


@settings(quiet, max_examples=50)
@given(st.floats(min_value=-1e20, max_value=1e20, allow_subnormal=False))
def test_a_float_becomes_its_shortest_decimal(number):
    shortest = Fraction(repr(number))

    assert parse(f"x + ({number!r})") == x + sp.Rational(shortest.numerator, shortest.denominator)


def test_derivation_steps_are_read_back():
    functions = {"O": sp.Order, "GaussianMean": GaussianMean, "Root": Root, "g": sp.Function("g")}
    for step in (
        x - x**3 / 3 + sp.O(x**6),
        GaussianMean(sp.tanh(x) ** 2, q) / 2 + 1,
        Root(q**2 - 2, q, 1, 2),
        2 * (q + 1) * sp.exp(-q) / (3 * (2 * q + 2)),
        sp.Mul(q, sp.besselk(0, 1 / (4 * q)), sp.sqrt(sp.pi)),
        sp.Function("g")(x) ** 2,
        sp.expint(1, 1 / q) + sp.Ei(q),
    ):
        assert parse(str(step), functions=functions, symbols={"q": q}, unknowns=False) == step


def test_closed_names_are_closed():
    with pytest.raises(UnknownNameError):
        parse("x + u", unknowns=False)


@pytest.mark.parametrize(
    ("word", "near"), [("gleu", "gelu"), ("gleu(x)", "gelu"), ("tahn(x)", "tanh"), ("rleu", "relu")]
)
def test_an_unknown_name_is_told_the_nearest(word, near):
    with pytest.raises(UnknownNameError, match=near):
        activation(word)


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("gelu", x * (1 + sp.erf(x / sp.sqrt(2))) / 2),
        ("ReLU", sp.Max(0, x)),
        ("leaky_relu(x, a)", sp.Piecewise((a * x, x < 0), (x, True))),
        ("leaky_relu", sp.Piecewise((x / 100, x < 0), (x, True))),
        ("elu(x, alpha=2)", sp.Piecewise((2 * (sp.exp(x) - 1), x < 0), (x, True))),
        ("silu(relu(x))", sp.Max(0, x) / (1 + sp.exp(-sp.Max(0, x)))),
        ("relu(2*x + 1)", sp.Max(0, 2 * x + 1)),
        ("tanh", sp.tanh(x)),
    ],
)
def test_catalog_entries_are_functions(text, expression):
    assert activation(text).expression == expression


def test_the_reference_comes_with_the_name_alone():
    assert activation("gelu").reference == "hendrycks2016"
    assert activation("gelu(x)").reference == "hendrycks2016"
    assert activation("gelu(2*x)").reference == ""
    assert activation("gelu(x) + x").reference == ""
    assert activation("gelu").title == "gelu(x)"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("elu(x, slope=2)", "elu\\(x, alpha\\)"),
        ("relu()", "relu\\(x\\)"),
        ("relu(x, 2)", "at most 1 argument;"),
        ("soft_shrink(x, -1)", "lam >= 0"),
        ("2", "does not depend on x"),
        ("relu*x", "relu\\(x\\)"),
    ],
)
def test_a_wrong_use_of_an_entry_is_explained(text, message):
    with pytest.raises(ParseError, match=message):
        activation(text)


def test_an_entry_brings_what_its_parameters_need():
    (interval,) = activation("soft_shrink(x, t)").assumptions.intervals

    assert interval.lower == 0
    assert not interval.lower_open
    assert activation("hard_tanh(x, b, c)").assumptions.positive != ()


def test_assumptions_become_intervals_and_signs():
    (first, second) = activation("a*x + b*abs(x)", assume="0 < a < b, b <= 3").assumptions.intervals

    assert (first.lower, first.upper, first.lower_open) == (0, 3, True)
    assert (second.lower, second.upper, second.upper_open) == (0, 3, False)
    assert first.symbol.is_positive
    assert second.symbol.is_positive
    assert activation("sqrt(a**2)*x", assume="a < 0").expression == -sp.Symbol("a", negative=True) * x


def test_an_irrational_bound_is_kept_exactly():
    known = activation("a*x", assume="a > pi").assumptions

    assert known.intervals[0].lower.is_Rational
    assert known.sign(known.symbols[0] - sp.pi) == 1


@pytest.mark.parametrize(
    "assume",
    ["a + b < 1, a > 0, b > 0", "a**2 + b**2 < 1", "0 < a < b < 1/100", "b > 20*a, a > 2", "a > 30, b < a*a"],
)
def test_assumptions_that_can_be_met_are_taken(assume):
    known = activation("a*x + b", assume=assume).assumptions

    assert all(fact.subs(known.sample(1)).is_positive for fact in known.positive)


@pytest.mark.parametrize("assume", ["a>1, a<0", "a<b, b<a", "1>2", "a=1, a=2", "a>0, a=-1", "a<=b", "c>0"])
def test_contradictions_are_told(assume):
    with pytest.raises(AssumptionError):
        activation("a*x + b", assume=assume)


@pytest.mark.parametrize("assume", ["a", "x>0", "a!=0", "a>b>", "a>", "a*x>0", "sin(a)"])
def test_what_is_no_assumption_is_refused(assume):
    with pytest.raises(ParseError):
        activation("a*x + b", assume=assume)


@pytest.mark.parametrize(
    "value", ["1/100", 0.01, "0.01", sp.Rational(1, 100), Fraction(1, 100), sp.Float("0.01")]
)
def test_settings_are_exact(value):
    assert activation("leaky_relu(x, a)", settings={"a": value}).expression.args[0][0] == x / 100
    assert activation("leaky_relu", settings={"a": value}).expression.args[0][0] == x / 100


@pytest.mark.parametrize("source", ["2**(n*n)*x", "x**n", "gamma(n)*x", x * 2 ** (a * a), x**a])
def test_settings_are_read_within_the_limits(source):
    start = time.perf_counter()
    name = "n" if isinstance(source, str) else "a"

    with pytest.raises(ParseError):
        activation(source, settings={name: 10**9})

    assert time.perf_counter() - start < 1
    assert activation(source, settings={name: 3}).assumptions.symbols == ()


def test_a_parameter_that_cancels_may_be_spoken_of():
    assert activation("a*x - a*x + x", assume="a > 0").expression == x


def test_expressions_of_sympy_have_limits_too():
    with pytest.raises(UnsupportedError, match=str(LIMITS.exponent)):
        activation(x ** (LIMITS.exponent + 1))


def test_settings_and_assumptions_meet():
    with pytest.raises(AssumptionError):
        activation("a*x", assume="a > 0", settings={"a": -1})
    with pytest.raises(AssumptionError, match="it has no parameters"):
        activation("relu(x)", settings={"a": 1})


def test_an_activation_can_be_narrowed_later():
    first = activation("leaky_relu(x, a)", assume="a > 0")
    second = activation(first, assume="a < 1")

    assert (second.assumptions.intervals[0].lower, second.assumptions.intervals[0].upper) == (0, 1)
    assert activation(first) is first


def test_expressions_of_sympy_are_put_on_our_symbols():
    t, c = sp.symbols("t c")
    positive = sp.Symbol("a", positive=True)

    assert activation(sp.tanh(t)).expression == sp.tanh(x)
    assert activation(sp.sqrt(sp.Symbol("x") ** 2)).expression == sp.Abs(x)
    assert activation(0.1 * sp.Symbol("x")).expression == x / 10
    assert activation(positive * sp.Symbol("x")).assumptions.intervals[0].lower == 0
    assert activation(sp.sinc(t)).expression == sp.sin(x) / x
    with pytest.raises(ParseError, match="Call it x"):
        activation(c * t)


@pytest.mark.parametrize(
    ("expression", "error"),
    [
        (sp.I * x, DomainError),
        (sp.sqrt(-1 - x**2), DomainError),
        (x + sp.oo, DomainError),
        (sp.Function("f")(x), UnsupportedError),
        (sp.Integral(x, x), UnsupportedError),
        (sp.Integer(2), ParseError),
        (sp.Symbol("q") * x, ParseError),
        (sp.Symbol("y", imaginary=True) * x, DomainError),
        (sp.Piecewise((1, x < 0)), DomainError),
        (sp.Matrix([x]), UnsupportedError),
        (3, UnsupportedError),
    ],
)
def test_expressions_of_sympy_that_are_no_activation(expression, error):
    with pytest.raises(error):
        activation(expression)


def test_pieces_that_cover_the_line_need_no_default():
    complete = sp.Piecewise((0, x < 0), (x, True))

    assert activation("Piecewise((0, x < 0), (x, x >= 0))").expression == complete
    assert activation("Piecewise((0, x < a), (x, x >= a))").expression.args[-1][1] == True  # noqa: E712
    with pytest.raises(DomainError, match="x = 3"):
        activation("Piecewise((0, x < 3), (x, x > 3))")


def test_a_piecewise_inside_a_condition_is_written_out():
    nested = activation("elu(elu(x))").expression

    assert not nested.has(sp.ITE)
    for at in (-2, -half, half, 3):
        inner = sp.exp(at) - 1 if at < 0 else at
        assert nested.subs(x, at) == (sp.exp(inner) - 1 if inner < 0 else inner)


@pytest.mark.parametrize("text", ["a" * 101 + "*tanh(x)", "tanh(" + "t" * 101 + ")"])
def test_a_name_that_no_record_may_have_is_refused(text):
    with pytest.raises(ParseError, match="at most 100 characters"):
        activation(text)


@pytest.mark.parametrize(
    "text", ["cos(())", "tanh((x, 1))", "gelu((x, 1))", "elu(x, (1, 2))", "elu(())", "Max((), x)"]
)
def test_several_values_are_no_argument(text):
    with pytest.raises(ParseError, match=r"argument"):
        activation(text)
