"""Parameters solved for: against published constants, and by putting them back."""

from fractions import Fraction

import mpmath
import pytest
from sympy import E, Rational, Symbol, erfc, pi, sqrt

from symbolic_init import AssumptionError, ParseError, UnsupportedError, gaussian_mean, solve_for
from symbolic_init.activation import activation
from symbolic_init.analysis.pieces import as_expression, differentiated, pieces

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
    assert solve_for("a*tanh(x)", "M = 1", "a", assume="a < 0, a > -1") == ()


@pytest.mark.parametrize(
    ("text", "wanted", "unknowns", "variance"),
    [
        ("a*erf(x) + b", {"m": "0", "M": "1"}, "a, b", 1),
        ("a*gelu(x) + b", {"m": "0", "var": "1"}, "a, b", Rational(3, 2)),
        ("a*tanh(x)", {"M": "2"}, "a", 4),
        ("a*mish(x) + b", {"m": "1/2", "M": "1"}, "a, b", 1),
        ("Piecewise((a*x, x < 1), (b + x**2, True))", {"m": "1/3", "M": "20"}, "a, b", 2),
        ("a*x + c*x**3", {"M": "1", "h": "3"}, "a, c", 1),
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
        ("exp(a*x)", "m=2", "a", UnsupportedError, "no polynomial in a"),
        ("Max(x, a)", "m=2", "a", UnsupportedError, "breakpoint"),
    ],
)
def test_what_cannot_be_solved_has_one_clear_error(text, equations, unknowns, error, what) -> None:
    with pytest.raises(error, match=what):
        solve_for(text, equations, unknowns)


def test_a_variance_must_be_positive() -> None:
    with pytest.raises(AssumptionError, match="positive"):
        solve_for(SELU, "m=0, M=1", "lam, a", q=0)
