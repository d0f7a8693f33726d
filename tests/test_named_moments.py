"""Means of activations and their derivatives by name, and the last resort."""

import sys

import mpmath
import pytest
from marking import partly_slow
from sympy import Rational, cos, exp, oo

from symbolic_init import NotIntegrableError, UnsupportedError, catalog, gaussian_mean, moment
from symbolic_init.activation import activation
from symbolic_init.analysis import analyze
from symbolic_init.moments import integrator
from symbolic_init.moments.ball import mean_ball
from symbolic_init.moments.named import MOMENTS, moments
from symbolic_init.notation import q, x
from symbolic_init.render.moments import moments_text

FUNCTIONS = {
    "tanh(x)": mpmath.tanh,
    "sin(2*x) + x": lambda t: mpmath.sin(2 * t) + t,
    "x*exp(-x**2/3)": lambda t: t * mpmath.exp(-(t**2) / 3),
    "erf(x - 1)": lambda t: mpmath.erf(t - 1),
    "x/(1 + x**2)": lambda t: t / (1 + t**2),
    "x*tanh(log(1 + exp(x)))": lambda t: t * mpmath.tanh(mpmath.log(1 + mpmath.exp(t))),
}
POWERS = {
    "m": (1, 0, 0),
    "M": (2, 0, 0),
    "h": (0, 2, 0),
    "h4": (0, 4, 0),
    "c2": (0, 0, 2),
    "gc": (1, 0, 1),
}
"""Exponents of g, g' and g''."""


@pytest.mark.parametrize("text", FUNCTIONS)
@pytest.mark.parametrize("name", POWERS)
def test_a_named_moment_is_its_integral_with_numerical_derivatives(text: str, name: str) -> None:
    g = FUNCTIONS[text]

    def integrand(t):
        factors = ((mpmath.diff(g, t, n) if n else g(t)) ** k for n, k in enumerate(POWERS[name]) if k)
        return mpmath.fprod(factors) * mpmath.npdf(t, 0, mpmath.sqrt(variance))

    with mpmath.workdps(25):
        variance = mpmath.mpf(5) / 3
        expected = mpmath.quad(integrand, [-12, -6, -3, -1, 0, 1, 3, 6, 12], maxdegree=5)
        found = moment(text, name).value(q="5/3", digits=15)
        assert abs(found - expected) < mpmath.mpf(10) ** -10 * (1 + abs(expected))


@pytest.mark.parametrize(
    "text", [*FUNCTIONS, "Max(0, x - 1)", "sign(x + 1)*x", "Piecewise((0, x < 1), (x, True))"]
)
def test_the_slope_of_the_second_moment_is_its_difference_quotient(text: str) -> None:
    second = moment(text, "M")
    step = Rational(1, 10**8)
    above, below = (second.value(q=2 + s * step, digits=30) for s in (1, -1))
    with mpmath.workdps(30):
        expected = (above - below) / (2 * mpmath.mpf(10) ** -8)
        assert abs(moment(text, "M_prime").value(q=2, digits=20) - expected) < mpmath.mpf(10) ** -13


def test_where_g_is_smooth_the_slope_is_the_sum_of_two_means() -> None:
    smooth = [e.name for e in catalog.ENTRIES if analyze(activation(e.name)).is_smooth]
    assert len(smooth) > 50
    for name in smooth:
        slope, h, gc = (moment(name, n).value(q="3/4") for n in ("M_prime", "h", "gc"))
        assert abs(slope - h - gc) < 1e-11 * (1 + abs(slope) + abs(h)), name


def test_jumps_count_in_the_slope_and_not_in_derivatives() -> None:
    assert moment("Piecewise((0, x < 1), (x, True))", "M_prime").value(q=1) > 0.3995
    assert moment("sign(x)", "h").expr == 0
    assert moment("Max(0, x)", "M_prime").expr == Rational(1, 2)


def test_infinite_means_are_said_to_be_infinite() -> None:
    with pytest.raises(NotIntegrableError):
        moment("sign(x)*sqrt(Abs(x))", "h")
    assert moment("sign(x)*Abs(x)**(2/3)", "h").kind == "exact"
    assert moment("exp(x**2)", "h4").limit == Rational(1, 8)
    assert dict(moments("sign(x)*sqrt(Abs(x))"))["E[g'^2]"] is None


def test_a_name_that_is_not_there_is_an_error_that_names_those_that_are() -> None:
    with pytest.raises(UnsupportedError, match="M_prime"):
        moment("tanh(x)", "kurtosis")


def test_the_list_of_moments_fits_a_terminal() -> None:
    text = moments_text(moments("gelu"), variance=1)
    assert all(len(line) <= 80 for line in text.splitlines())
    assert "E[g'^4]: no closed form known" in text
    assert len(MOMENTS) == text.count("exact") + text.count("estimated") + text.count("enclosed")
    assert "infinite" in moments_text(moments("exp(x**2)"), variance=1)


@pytest.mark.parametrize("f", partly_slow([exp(-(x**4)), cos(x**4 / 9) * exp(-(x**4))]))
def test_the_integrator_of_sympy_is_asked_only_on_request(f) -> None:
    assert gaussian_mean(f).kind != "exact"
    found = gaussian_mean(f, try_integrate=True)
    if found.kind == "exact":
        assert found.rules == ("sympy.integrate",)
        assert found.steps[-1].rhs == found.expr
        assert abs(float(found.value(q=3)) - float(mean_ball(f, Rational(3)).mid())) < 1e-12


def test_an_integral_of_sympy_that_fails_the_check_is_not_used(monkeypatch) -> None:
    monkeypatch.setattr("symbolic_init.moments.mean.integrated", lambda *_: q / 3)
    assert gaussian_mean(exp(-(x**4)), try_integrate=True).kind != "exact"


def test_an_integrator_that_hangs_is_killed(monkeypatch, tmp_path) -> None:
    sleeper = tmp_path / "sleeper.py"
    sleeper.write_text("import time; time.sleep(60)")
    monkeypatch.setattr(integrator, "__file__", str(sleeper))
    assert integrator.integrated([(-oo, oo, x)], x, q, seconds=0.5) is None
    sleeper.write_text("raise SystemExit(3)")
    assert integrator.integrated([(-oo, oo, x)], x, q, seconds=20) is None
    assert sys.executable
