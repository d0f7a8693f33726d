"""Closed forms are as short as a paper writes them.

The right-hand sides are written as they stand in the literature, with the normal density and distribution
function spelled out by `exp` and `erfc`, and their counts of operations are compared with ours.
"""

from typing import NamedTuple

import pytest
from gaussian_reference import gaussian_quadrature
from sympy import (
    Ei,
    EulerGamma,
    Expr,
    I,
    Integral,
    Rational,
    Symbol,
    asin,
    besselk,
    cos,
    count_ops,
    erf,
    erfc,
    erfi,
    exp,
    gamma,
    hyper,
    log,
    meijerg,
    oo,
    pi,
    sqrt,
)

from symbolic_init import catalog
from symbolic_init.analysis.pieces import pieces
from symbolic_init.errors import NotIntegrableError
from symbolic_init.moments.named import moment
from symbolic_init.notation import q
from symbolic_init.special import BesselKOrderDerivative, OwensT, SechMean

MOST = 1.3
"""Operations of ours for one of the paper's."""
DIGITS = 15
s = sqrt(q)
a = Symbol("a", positive=True)
p = Symbol("p", positive=True)
y = 1 / (4 * q)
root_pi = sqrt(pi)


def Phi(t):  # noqa: N802 - its name
    return erfc(-t / sqrt(2)) / 2


def phi(t):
    return exp(-(t**2) / 2) / sqrt(2 * pi)


def lorentz():
    """`E[1/(1 + x^2)]`."""
    return sqrt(pi / (2 * q)) * exp(1 / (2 * q)) * erfc(1 / sqrt(2 * q))


def goodwin_staton(t):
    """Dawson's function written out."""
    return exp(-(t**2)) * (pi * erfi(t) - Ei(t**2)) / 2


def moments_of_a_band(c):
    """The second and the fourth moment of `z` between `-c` and `c`."""
    inside = 2 * Phi(c) - 1
    return inside - 2 * c * phi(c), 3 * inside - (2 * c**3 + 6 * c) * phi(c)


class Form(NamedTuple):
    """A mean of an activation as a paper writes it."""

    text: str
    name: str
    expr: Expr
    assume: str = ""


def _hard_swish() -> Expr:
    c = 3 / s
    second, fourth = moments_of_a_band(c)
    return q**2 / 36 * fourth + q / 4 * second + q * (Phi(-c) + c * phi(c))


def _softsign() -> tuple[Expr, Expr]:
    t = 1 / sqrt(2 * q)
    g = goodwin_staton(t)
    first = root_pi - 1 / t - 2 * t * g
    second = 1 / t**2 - 2 * g - 2 * t * first
    third = -2 / t**3 - 4 * first - 2 * t * second
    return 1 - 2 * t**2 + 2 * t / root_pi + 4 * t * (t**2 - 1) / root_pi * g, -(t**4) / (3 * root_pi) * third


GELU = q * (Rational(1, 4) + asin(q / (1 + q)) / (2 * pi) + q / (pi * (1 + q) * sqrt(1 + 2 * q)))
ELU = q / 2 + a**2 * (exp(2 * q) * Phi(-2 * s) - 2 * exp(q / 2) * Phi(-s) + Rational(1, 2))
CELU = a**2 * (exp(2 * q / a**2) * Phi(-2 * s / a) - 2 * exp(q / (2 * a**2)) * Phi(-s / a) + Rational(1, 2))
SOFTSIGN = _softsign()
t = 1 / (2 * q)
LOG = pi * erfi(sqrt(t)) - 2 * t * hyper((1, 1), (Rational(3, 2), 2), t) - EulerGamma - log(4 * t)
ROOT = exp(y) * (besselk(0, y) + besselk(1, y)) / (2 * sqrt(2 * pi) * s)
"""`E[sqrt(1 + x^2)]`."""

FORMS = (
    # A
    Form("Max(0, x)", "M", q / 2),
    Form("Max(0, x)", "m", s / sqrt(2 * pi)),
    Form("leaky_relu(x, a)", "M", (1 + a**2) / 2 * q, "a > 0"),
    Form("Max(0, x)**2", "M", 3 * q**2 / 2),
    Form("Max(0, x)**3", "M", 15 * q**3 / 2),
    Form("Max(-1, Min(x, 1))", "M", q * (2 * Phi(1 / s) - 1) - 2 * s * phi(1 / s) + 2 * Phi(-1 / s)),
    Form("Max(-1, Min(x, 1))", "h", erf(1 / (s * sqrt(2)))),
    Form("relu6", "M", q * (Rational(1, 2) - Phi(-6 / s) - 6 / s * phi(6 / s)) + 36 * Phi(-6 / s)),
    Form("hard_silu", "M", _hard_swish()),
    Form(
        "Piecewise((x + a, x < -a), (0, x < a), (x - a, True))",
        "M",
        2 * q * ((1 + a**2 / q) * Phi(-a / s) - a / s * phi(a / s)),
        "a > 0",
    ),
    # B
    Form("elu(x, a)", "M", ELU, "a > 0"),
    Form("elu(x, a)", "m", s / sqrt(2 * pi) + a * (exp(q / 2) * Phi(-s) - Rational(1, 2)), "a > 0"),
    Form("elu(x, a)", "h", Rational(1, 2) + a**2 * exp(2 * q) * Phi(-2 * s), "a > 0"),
    Form("celu(x, a)", "M", q / 2 + CELU, "a > 0"),
    Form(
        "Piecewise((x*exp(x), x < 0), (x, True))",
        "M",
        q / 2 + q * ((1 + 4 * q) * exp(2 * q) * Phi(-2 * s) - 2 * s / sqrt(2 * pi)),
    ),
    Form("exp(-Abs(x))", "M", 2 * exp(2 * q) * Phi(-2 * s)),
    Form("exp(x)", "M", exp(2 * q)),
    # C
    Form("exp(-x**2)", "M", (1 + 4 * q) ** Rational(-1, 2)),
    Form("x*exp(-x**2)", "M", q * (1 + 4 * q) ** Rational(-3, 2)),
    Form("exp(-x**2)", "h", 4 * q * (1 + 4 * q) ** Rational(-3, 2)),
    # D
    Form("sin(x)", "M", (1 - exp(-2 * q)) / 2),
    Form("cos(x)", "M", (1 + exp(-2 * q)) / 2),
    Form("x*sin(x)", "M", q / 2 - (q - 4 * q**2) / 2 * exp(-2 * q)),
    Form("x*cos(x)", "M", q / 2 + (q - 4 * q**2) / 2 * exp(-2 * q)),
    Form("sin(x)/x", "M", sqrt(pi / 2) / s * erf(sqrt(2) * s) - (1 - exp(-2 * q)) / (2 * q)),
    Form("x + sin(x)**2", "M", q + Rational(3, 8) - exp(-2 * q) / 2 + exp(-8 * q) / 8),
    # E
    Form("erf(x)", "M", 2 / pi * asin(2 * q / (1 + 2 * q))),
    Form("erf(x)", "h", 4 / (pi * sqrt(1 + 4 * q))),
    Form("(1 + erf(x/sqrt(2)))/2", "M", Rational(1, 4) + asin(q / (1 + q)) / (2 * pi)),
    Form("gelu", "M", GELU),
    Form("gelu", "m", q / sqrt(2 * pi * (1 + q))),
    Form("gelu", "h", GELU / q + q / (2 * pi * (1 + 2 * q) ** Rational(3, 2))),
    Form(
        "x*erf(x)",
        "M",
        q * (2 / pi * asin(2 * q / (1 + 2 * q)) + 8 * q / (pi * (1 + 2 * q) * sqrt(1 + 4 * q))),
    ),
    Form(
        "where(x > 0, (1 + erf(x/sqrt(2)))/2, 0)",
        "M",
        Rational(1, 8) + (asin(q / (1 + q)) + 2 * asin(s / sqrt(1 + q))) / (4 * pi),
    ),
    Form(
        "(1 + erf((x + a)/sqrt(2)))/2",
        "M",
        Phi(a / sqrt(1 + q)) - 2 * OwensT(a / sqrt(1 + q), 1 / sqrt(1 + 2 * q)),
        "a > 0",
    ),
    # F
    Form("1/(1 + x**2)", "m", lorentz()),
    Form("1/(1 + x**2)", "M", (lorentz() * (1 - 1 / q) + 1 / q) / 2),
    Form("x/sqrt(1 + x**2)", "M", 1 - lorentz()),
    Form("x/(1 + Abs(x))", "M", SOFTSIGN[0]),
    Form("x/(1 + Abs(x))", "h", SOFTSIGN[1]),
    # G
    Form("sqrt(1 + x**2)", "m", ROOT),
    Form("1/sqrt(1 + x**2)", "m", exp(y) * besselk(0, y) / (sqrt(2 * pi) * s)),
    Form("(sqrt(x**2 + 1) - 1)/2 + x", "M", q + (q + 2 - 2 * ROOT) / 4),
    Form("(x + sqrt(x**2 + a))/2", "M", q / 2 + a / 4, "a > 0"),
    # H
    Form("Abs(x)**p", "m", s**p * 2 ** (p / 2) * gamma((p + 1) / 2) / root_pi, "p > 0"),
    Form("log(Abs(x))", "m", log(s) - (EulerGamma + log(2)) / 2),
    Form("log(Abs(x))", "M", pi**2 / 8 + (log(s) - (EulerGamma + log(2)) / 2) ** 2),
    Form("log(1 + x**2)", "m", LOG),
    Form(
        "asinh(x)",
        "M",
        exp(y) / (4 * sqrt(2 * pi * q)) * BesselKOrderDerivative(2, Rational(1, 2), y),
    ),
    Form("asinh(x)", "h", lorentz()),
    # The logistic family
    Form("tanh(x)", "M", 1 - SechMean(q)),
    Form("tanh(x)", "h", 2 * SechMean(q) / 3 - SechMean(q, 1) / 3),
    Form("sigmoid(x)", "M", Rational(1, 2) - SechMean(q / 4) / 4),
    Form("silu", "m", q / 4 * SechMean(q / 4)),
    Form("silu", "M", q / 2 - (q * SechMean(q / 4) + 2 * q**2 * SechMean(q / 4, 1) / 4) / 4),
    # Two families together
    Form("exp(x)*cos(x)", "m", cos(q)),
)


def _ours(form: Form) -> Expr:
    found = moment(form.text, form.name, assume=form.assume)
    assert found.kind == "exact"
    return found.expr


@pytest.mark.parametrize("form", FORMS, ids=lambda f: f"{f.name} of {f.text}")
def test_the_paper_form_is_right(form):
    found = moment(form.text, form.name, assume=form.assume)
    letters = {u: Rational(4, 3) for u in found.integrand.free_symbols if u.name in "ap"}
    named = {u: Rational(4, 3) for u in (a, p)}
    variance = Rational(7, 5)
    places = pieces(found.integrand, found.assumptions).breakpoints

    value = form.expr.xreplace({q: variance, **named}).evalf(DIGITS + 5)
    reference = gaussian_quadrature(
        found.integrand, variance, breakpoints=places, parameters=letters, digits=DIGITS + 3
    )

    assert abs(value - reference) < Rational(10) ** -DIGITS * abs(value)


@pytest.mark.parametrize("form", FORMS, ids=lambda f: f"{f.name} of {f.text}")
def test_our_form_is_no_longer_than_the_paper_form(form):
    ours = _ours(form)

    assert count_ops(ours) <= MOST * count_ops(form.expr), ours


@pytest.mark.parametrize("name", ["m", "M", "h"])
@pytest.mark.parametrize("entry", catalog.ENTRIES, ids=lambda e: e.name)
def test_no_integral_and_no_imaginary_unit_stands_in_a_form(entry, name):
    try:
        found = moment(entry.name, name)
    except NotIntegrableError:
        return

    assert found.kind != "exact" or not found.expr.has(meijerg, Integral, I, oo)
