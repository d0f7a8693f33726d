"""What stands for a function far out is as near to it as is said; and what follows at large variances."""

import mpmath
import pytest
from flint import acb, arb, ctx
from sympy import Abs, Heaviside, Max, Min, Piecewise, Rational, cos, exp, log, sin, tanh

from symbolic_init.moments import settled as module
from symbolic_init.moments.enclosure import enclosed_mean
from symbolic_init.moments.partition import pieces_between
from symbolic_init.moments.proven import program
from symbolic_init.moments.settled import settled
from symbolic_init.notation import x

RATE = arb(-1) / 20000
REACH = 1200.0
MISH = x * tanh(log(1 + exp(x)))
SILU = x / (1 + exp(-x))
SIMPLER = [
    (MISH, 1),
    (MISH**2, 1),
    (log(1 + exp(x)), 1),
    (SILU, 1),
    (x * tanh(exp(x)), 1),
    (SILU * tanh(log(1 + exp(SILU))), 1),
    (log(1 + exp(log(1 + exp(x)))), 1),
    (1 / (1 + exp(-30 * (x - 2))), -1),
    (cos(x) * tanh(exp(-x)), -1),
    (log(2 + exp(-x) + x**2), -1),
]


def difference(f, found, side):
    """The integral of the size of the difference times the weight, roughly."""
    run, total, steps = program(f), arb(0), 400
    step = (REACH - found.start) / steps
    for k in range(steps):
        place = acb(side * (found.start + (k + 0.5) * step))
        total += abs((run(place) - found.run(place)).real) * (RATE * place.real**2).exp() * step
    return total


@pytest.mark.parametrize(("f", "side"), SIMPLER, ids=[f"{f} {s}" for f, s in SIMPLER])
def test_a_simpler_function_is_as_near_as_is_said(f, side):
    goal = arb(2) ** -60
    with ctx.workprec(90):
        found = settled(f, side=side, nearest=0.0, reach=REACH, rate=RATE, error=goal)
    assert found is not None
    assert found.start < REACH / 4
    with ctx.workprec(4000):
        assert difference(f, found, side) <= found.error + arb(2) ** -80
    assert found.error <= goal


@pytest.mark.parametrize("f", [x, x**2 + 1, sin(x), exp(-(x**2)), 1 / (1 + x**2)], ids=str)
def test_functions_that_do_not_settle_stay(f):
    assert settled(f, side=1, nearest=0.0, reach=REACH, rate=RATE, error=arb(2) ** -60) is None


def test_a_false_error_would_be_noticed(monkeypatch):
    monkeypatch.setattr(module, "_difference", lambda *_: arb(0))
    with ctx.workprec(90):
        found = settled(MISH, side=1, nearest=0.0, reach=REACH, rate=RATE, error=arb(1))

    with ctx.workprec(4000):
        assert not difference(MISH, found, 1) <= found.error + arb(2) ** -80


def quadrature(g, q):
    """By mpmath, split where the functions here change, and at round numbers."""
    with mpmath.workdps(40):
        s = mpmath.sqrt(q)
        ends = {k * s / 2 for k in range(-28, 29)} | {mpmath.mpf(k) for k in range(-40, 41)}
        ends |= {mpmath.mpf(m) * 10**k for k in range(2, 6) for m in (-5, -2, -1, 1, 2, 5)}
        total = mpmath.quad(lambda t: g(t) ** 2 * mpmath.exp(-t * t / (2 * q)), sorted(ends))
        return total / mpmath.sqrt(2 * mpmath.pi * q)


LARGE = [
    (MISH, lambda t: t * mpmath.tanh(mpmath.log1p(mpmath.exp(t)))),
    (1 / (1 + exp(-30 * (x - 2))), lambda t: 1 / (1 + mpmath.exp(-30 * (t - 2)))),
    (x * tanh(exp(x)), lambda t: t * mpmath.tanh(mpmath.exp(min(t, 50)))),
]


@pytest.mark.parametrize(("f", "g"), LARGE, ids=[str(f) for f, _ in LARGE])
def test_means_at_the_largest_variances(f, g):
    ball = enclosed_mean(f**2, 10**8, bits=100)

    with mpmath.workdps(40):
        assert ball.overlaps(arb(mpmath.nstr(quadrature(g, 10**8), 34)) * (1 + arb(0, 1e-30)))
    assert ball.rel_accuracy_bits() >= 100


def test_softplus_falls_to_nothing_on_the_left():
    """Its bound there was once a ball around 0, whose square python-flint does not tell."""
    ball = enclosed_mean(log(1 + exp(x)) ** 2, 100, bits=100)

    assert ball.overlaps(arb("50.0936170272515671470913391421877 +/- 1e-30"))
    assert ball.rel_accuracy_bits() >= 100


@pytest.mark.parametrize(
    ("f", "places"),
    [
        (Max(x, tanh(x)), ["0"]),
        (Max(tanh(x - Rational(1, 3)), x - Rational(1, 3)), ["0.333333333333333333333333333333"]),
        (Min(exp(x), 1 + x / 2), ["-1.59362426004004008868308060"]),
        (Min(exp(x), 1 + x), []),
        (Abs(x - sin(x)), ["0"]),
    ],
    ids=str,
)
def test_zeros_of_higher_order_are_found(f, places):
    pieces, gaps = pieces_between(f, (), -3000.0, 3000.0, width=arb(2) ** -80)
    found = [p.low.low for p in pieces[1:]]

    assert gaps == ()
    assert all(any(p.overlaps(arb(q) + arb(0, 1e-25)) for p in found) for q in places)
    assert not any(p.expr.has(Max, Min, Abs) for p in pieces)


ZERO_NEAR_ZERO = [
    (Heaviside(x - Rational(3, 10)), lambda s: mpmath.erfc(3 / (10 * s * mpmath.sqrt(2))) / 2),
    (
        Piecewise((x, x > 1), (0, True)) ** 2,
        lambda s: s**2 * mpmath.erfc(1 / (s * mpmath.sqrt(2))) / 2 + s * mpmath.npdf(1 / s),
    ),
    (
        Max(0, Abs(x) - 1),
        lambda s: 2 * s * mpmath.npdf(1 / s) - mpmath.erfc(1 / (s * mpmath.sqrt(2))),
    ),
]


@pytest.mark.parametrize(("f", "expected"), ZERO_NEAR_ZERO, ids=[str(f) for f, _ in ZERO_NEAR_ZERO])
@pytest.mark.parametrize("q", [Rational(1, 10**12), Rational(1, 10**8), Rational(1, 10**3)])
def test_what_vanishes_near_0_has_tiny_means(f, expected, q):
    ball = enclosed_mean(f, q, bits=100)

    with mpmath.workdps(60):
        value = expected(1 / mpmath.sqrt(int(1 / q)))
        mantissa, exponent = (int(n) for n in ball.mid().man_exp())
        assert abs(mpmath.ldexp(mantissa, exponent) / value - 1) < mpmath.mpf(10) ** -28
    assert ball.rel_accuracy_bits() >= 100
