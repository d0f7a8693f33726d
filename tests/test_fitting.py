"""Parameters solved for: against published constants, and by putting them back."""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from gaussian_reference import gaussian_quadrature
from sympy import (
    Abs,
    E,
    Heaviside,
    Integer,
    Max,
    Piecewise,
    Rational,
    Symbol,
    erfc,
    exp,
    log,
    pi,
    sqrt,
    tanh,
)

from symbolic_init import (
    AssumptionError,
    ParseError,
    UnsupportedError,
    gaussian_mean,
    solve_for,
    standardize,
)
from symbolic_init.activation import activation
from symbolic_init.analysis.pieces import as_expression, differentiated, pieces
from symbolic_init.catalog import ENTRIES
from symbolic_init.moments.enclosure import enclosed_mean, mean_range
from symbolic_init.moments.zero_search import all_zeros
from symbolic_init.notation import Within, x

A = Symbol("a", real=True)
SPANS = [
    (f, low, high)
    for f in (
        tanh(A * x) ** 2,
        (x / (1 + exp(-A * x))) ** 2,
        Max(x, A) ** 2,
        Heaviside(x - A),
        Piecewise(((exp(A * x) - 1) ** 2, x < 0), (x**2, True)),
        2 * x * tanh(A * x) * (1 - tanh(A * x) ** 2),
        Abs(x) ** A,
    )
    for low, high in (
        (Rational(1), Rational(6, 5)),
        (Rational(-1, 10), Rational(1, 7)),
        (Rational(4), Rational(17, 4)),
    )
]
SELU = "lam*Piecewise((a*(exp(x) - 1), x < 0), (x, True))"
PAPER = -sqrt(2 / pi) / (sqrt(E) * erfc(1 / sqrt(2)) - 1)


def test_the_constants_of_selu_come_out_in_closed_form() -> None:
    first, second = solve_for(SELU, "m=0, M=1", "lam, a")
    assert first.kind == "exact"
    assert mpmath.nstr(first["a"].value(digits=21), 21) == "1.67326324235437728482"
    assert mpmath.nstr(first["lam"].value(digits=21), 21) == "1.05070098735548049342"
    assert first["a"].definition.count_ops() <= 2 * PAPER.count_ops()
    root = erfc(1 / sqrt(2)) * sqrt(E)
    inside = 2 * erfc(sqrt(2)) * E**2 + pi * root**2 - 2 * (2 + pi) * root + pi + 2
    published = (1 - root) * sqrt(2 * pi) / sqrt(inside)
    assert first["lam"].definition.count_ops() <= 2 * published.count_ops()
    assert abs(second["lam"].value() + first["lam"].value()) < 1e-14


def test_other_fixed_points_are_those_of_the_authors() -> None:
    first, *_ = solve_for(SELU, "m=mean, var=q", "lam, a", q=2, mean="-0.1")
    assert float(first["a"]) == pytest.approx(1.9769021954242014, rel=2e-15)
    assert float(first["lam"]) == pytest.approx(1.073851239616046, rel=2e-15)


def test_assumptions_choose_the_branch() -> None:
    (only,) = solve_for(SELU, "m=0, M=1", "lam, a", assume="lam > 0")
    assert only["lam"].value() > 1
    assert not solve_for("a*tanh(x)", "M = 1", "a", assume="a < 0, a > -1")


@pytest.mark.parametrize(
    ("text", "wanted", "unknowns", "variance"),
    [
        ("a*erf(x) + b", {"m": "0", "M": "1"}, "a, b", 1),
        ("a*gelu(x) + b", {"m": "0", "var": "1"}, "a, b", Rational(3, 2)),
        ("a*tanh(x)", {"M": "2"}, "a", 4),
        ("a*mish(x) + b", {"m": "1/2", "M": "1"}, "a, b", 1),
        ("Piecewise((a*x, x < 1), (b + x**2, True))", {"m": "1/3", "M": "20"}, "a, b", 2),
        ("a*x + c*x**3", {"M": "1", "h": "3"}, "a, c", 1),
        ("tanh(a*x)", {"M": "1/2"}, "a", 1),
        ("elu(a*x)", {"m": "1/5"}, "a", 2),
        ("Piecewise((exp(a*x) - 1, x < 0), (x, True))", {"M": "3/4"}, "a", 1),
        ("x*sigmoid(a*x)", {"M": "2/5"}, "a", 1),
        ("Max(x, a)", {"m": "2/3"}, "a", 1),
        ("b*tanh(x + a)", {"m": "1/2", "var": "1/4"}, "a, b", Rational(1, 2)),
    ],
)
def test_the_equations_hold_when_the_values_are_put_back(text, wanted, unknowns, variance) -> None:
    equations = ", ".join(f"{name} = {value}" for name, value in wanted.items())
    found = solve_for(text, equations, unknowns, q=variance)
    assert found
    for solution in found:
        numbers = {n: str(mpmath.nstr(v.value(digits=30), 30)) for n, v in solution.values}
        g = activation(text, settings=numbers).expression
        slope = as_expression(differentiated(pieces(g)))
        m, M, h = (gaussian_mean(f).value(q=variance, digits=20) for f in (g, g**2, slope**2))
        got = {"m": m, "M": M, "h": h, "var": M - m**2}
        for name, value in wanted.items():
            assert abs(got[name] - float(Fraction(value))) < 1e-13


def test_parameters_may_stay() -> None:
    found = solve_for("c*a*silu(x) + b", "m = 0, M = c**2", "a, b")
    assert Symbol("c", real=True) in {s for f in found for s in f["b"].definition.free_symbols}


@pytest.mark.parametrize(
    ("text", "equations", "unknowns", "error", "what"),
    [
        (SELU, "m=0", "lam, a", ParseError, "as many"),
        (SELU, "m=0, M=1", "lam, b", ParseError, "b does not occur"),
        (SELU, "m, M=1", "lam, a", ParseError, "no equation"),
        (SELU, "m=0, nonsense=1", "lam, a", ParseError, "nonsense"),
        ("sin(a*x + b)", "m=0, M=1/3", "a, b", UnsupportedError, "a and b do not enter as polynomials"),
        ("c*tanh(a*x)", "M=1", "a", AssumptionError, "numbers for c"),
        ("tanh(a*x)", "m=0", "a", UnsupportedError, "do not determine a"),
    ],
)
def test_what_cannot_be_solved_has_one_clear_error(text, equations, unknowns, error, what) -> None:
    with pytest.raises(error, match=what):
        solve_for(text, equations, unknowns)


def test_a_variance_must_be_positive() -> None:
    with pytest.raises(AssumptionError, match="positive"):
        solve_for(SELU, "m=0, M=1", "lam, a", q=0)


def by_grid(g, power, level, low, high):
    """How often the mean of a power passes a level, as seen on a grid of parameters and nodes."""
    nodes, weights = np.polynomial.legendre.leggauss(400)
    places = 8 * nodes
    density = 8 * weights * np.exp(-(places**2) / 2) / math.sqrt(2 * math.pi)
    values = g(np.linspace(low, high, 801)[:, None], places) ** power @ density
    return int((np.diff(np.sign(values - level)) != 0).sum())


@pytest.mark.parametrize(
    ("text", "g", "equation", "power", "level"),
    [
        ("tanh(a*x)", lambda a, t: np.tanh(a * t), "M = 1/2", 2, 0.5),
        ("sin(a*x)", lambda a, t: np.sin(a * t), "M = 2/5", 2, 0.4),
        ("x*cos(a*x)", lambda a, t: t * np.cos(a * t), "M = 3/5", 2, 0.6),
        ("a*x*exp(-a**2*x**2)", lambda a, t: a * t * np.exp(-((a * t) ** 2)), "M = 3/50", 2, 0.06),
        ("log(1 + exp(a*x))", lambda a, t: np.logaddexp(0, a * t), "m = 1", 1, 1.0),
        ("Max(x, a)", lambda a, t: np.maximum(t, a), "M = 2", 2, 2.0),
        ("tanh(x + a)", lambda a, t: np.tanh(t + a), "m = 1/3", 1, 1 / 3),
    ],
)
def test_no_branch_is_missed(text, g, equation, power, level) -> None:
    found = solve_for(text, equation, "a", assume="a > -4, a < 4")
    assert found.is_complete
    assert found.unresolved == ()
    assert found.searched == ("a", -4, 4)
    assert len(found) == by_grid(g, power, level, -4.0013, 4)


def test_what_can_be_laid_bare_is_in_closed_form() -> None:
    exact = {
        ("erf(a*x)", "M = 1/2"): sqrt(Rational(1, 2) + sqrt(2) / 2),
        ("exp(a*x)", "m = 2"): sqrt(2) * sqrt(log(2)),
        ("sinh(x + a)", "m = 0"): Integer(0),
        ("cos(a*x)", "m = 1/3"): sqrt(2) * sqrt(log(3)),
    }
    for (text, equation), expected in exact.items():
        first = solve_for(text, equation, "a")[0]
        assert (first.kind, first["a"].definition) == ("exact", expected)


def test_what_is_not_decided_is_told() -> None:
    touching = solve_for("cos(a*x)", "m = 1", "a")
    ((low, high),) = touching.unresolved
    assert low < 0 < high
    assert high - low < Rational(1, 10**5)
    outside = solve_for("tanh(a*x)", "M = 3/2", "a")
    assert (len(outside), outside.is_complete) == (0, True)


def test_a_zero_is_searched_where_assumptions_put_it() -> None:
    found = solve_for("tanh(a*x)", "M = 99/100", "a", assume="a > 70")
    assert found.searched == ("a", 70, 90)
    (only,) = found
    assert mpmath.almosteq(only["a"].value(digits=20), only["a"].enclosure(digits=25)[0], rel_eps=1e-18)


@pytest.mark.parametrize("index", range(len(SPANS)))
def test_what_is_proven_of_an_interval_holds_within(index) -> None:
    f, low, high = SPANS[index]
    a = Symbol("a", real=True)
    found = mean_range(f.xreplace({a: Within(a, low, high)}), Integer(1))
    for k in range(6):
        place = low + (high - low) * Rational(k, 5)
        assert found.overlaps(enclosed_mean(f.xreplace({a: place}), Integer(1), bits=40))


def test_a_double_zero_is_neither_found_nor_denied() -> None:
    a = Symbol("a", real=True)
    brackets = all_zeros((a - 1) ** 2 * (a - 2), a, Integer(-3), Integer(3), closed=(a - 1) ** 2 * (a - 2))
    assert [(b.low < c < b.high, b.changes, b.is_only) for b, c in zip(brackets, (1, 2), strict=True)] == [
        (True, False, False),
        (True, True, True),
    ]


STANDARDIZED = [
    "relu",
    "gelu",
    "elu",
    "tanh",
    "mish",
    "sigmoid",
    "abs",
    "cloglog",
    "hard_swish",
    "softsign",
    "snake",
]


def check_standardized(name, variance, center) -> None:
    """Both branches, against quadrature."""
    g, known = activation(name).expression, activation(name).assumptions
    g = g.xreplace(dict(known.sample(0)))
    shifted = g.xreplace({x: x + center})
    points = [c - center for c in pieces(g).breakpoints]
    mean, second = (gaussian_quadrature(f, variance, breakpoints=points) for f in (shifted, shifted**2))
    up, down = standardize(g, q=variance, mean=center)
    assert up["scale"].value() > 0 > down["scale"].value()
    for branch in (up, down):
        scale, shift = (branch[n].value(digits=20) for n in ("scale", "shift"))
        assert abs(scale * mean + shift) < 1e-12
        assert abs(scale**2 * (second - mean**2) - 1) < 1e-12
    kinds = {gaussian_mean(f).kind for f in (shifted, shifted**2)}
    assert up.kind == ("exact" if kinds == {"exact"} else "enclosed")


@pytest.mark.parametrize("name", STANDARDIZED)
def test_activations_are_standardized(name) -> None:
    check_standardized(name, Rational(1), Integer(0))


@pytest.mark.catalog
@pytest.mark.parametrize("name", [e.name for e in ENTRIES])
def test_all_activations_are_standardized(name) -> None:
    check_standardized(name, Rational(3, 4), Rational(1, 5))


def test_a_standardized_selu_is_itself() -> None:
    up, _ = standardize("selu")
    assert float(up["scale"]) == pytest.approx(1, abs=1e-15)
    assert float(up["shift"]) == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize(("text", "error"), [("swiglu", UnsupportedError), ("scale*tanh(x)", ParseError)])
def test_what_cannot_be_standardized_is_refused(text, error) -> None:
    with pytest.raises(error):
        standardize(text)
