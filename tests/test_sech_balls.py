"""Means of powers of sech to many digits: three ways, each against proven integrals and identities."""

import math
import time
from fractions import Fraction

import flint
import mpmath
import pytest
from flint import acb, arb
from sympy import Integer, Rational, sech, tanh

from symbolic_init.moments import logistic_balls, wave_balls
from symbolic_init.moments.ball import value_ball
from symbolic_init.moments.enclosure import enclosed_mean
from symbolic_init.moments.logistic_balls import asymptotic_mean, residue_error
from symbolic_init.notation import q, x
from symbolic_init.special.mordell_mean import MordellMean
from symbolic_init.special.sech_mean import SechMean, sech_mean
from symbolic_init.special.theta import Theta, principal_part, theta_plan
from symbolic_init.special.wave_sums import Integrand, heat_coefficients, wave_integrand, wave_mean

THOUSAND = math.ceil(1000 * math.log2(10))
MILLION = Integer(10) ** 6
HEADS = {1: MordellMean, 2: SechMean}
VARIANCES = [
    Rational(1, 10**12),
    Rational(1, 1000),
    Rational(1, 20),
    Integer(1),
    Integer(30),
    Integer(1000),
    MILLION,
]


def _integrand(secants, order):
    """`(D**2/2)**order` of a power of sech as an expression."""
    terms = heat_coefficients(secants, 0, order)
    return sech(x) ** secants * sum(c * tanh(x) ** a for (a, _), c in terms) / 2**order


def _places(secants, bits):
    """What the rule chosen for a mean would have to sum: only to tell which of the ways is taken."""
    return {v: asymptotic_mean(secants, arb(int(v.p)) / int(v.q), bits, 0, 10**9) for v in VARIANCES}


@pytest.mark.parametrize("bits", [60, 400])
@pytest.mark.parametrize("order", [0, 1, 3])
@pytest.mark.parametrize("secants", [1, 2])
def test_values_are_within_proven_integrals(secants, order, bits):
    for variance in VARIANCES:
        value = value_ball(HEADS[secants](variance, order), bits=bits)
        proven = enclosed_mean(_integrand(secants, order), variance, bits=bits)

        assert value.overlaps(proven)
        assert value.rel_accuracy_bits() >= bits
        assert proven.rel_accuracy_bits() >= bits - 30


def test_every_way_is_taken():
    with flint.ctx.workprec(300):
        found = _places(2, 100)

    assert [v for v, ball in found.items() if ball is None] == [Rational(1, 20), Integer(1), Integer(30)]
    assert theta_plan(1.0, 100.0, 2).poles == 5
    assert theta_plan(0.01, 30.0, 2) is None


def test_a_thousand_digits_are_proven_by_an_integral():
    for variance in (Rational(1, 1000), Integer(1), Integer(50)):
        value = value_ball(SechMean(variance), bits=THOUSAND)
        proven = enclosed_mean(sech(x) ** 2, variance, bits=THOUSAND)

        assert value.overlaps(proven)
        assert min(value.rel_accuracy_bits(), proven.rel_accuracy_bits()) >= THOUSAND


@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("variance", VARIANCES, ids=str)
def test_a_thousand_digits_take_milliseconds(variance, order):
    head = SechMean(variance, order)
    value_ball(head, bits=60)
    start = time.perf_counter()
    value = value_ball(head, bits=THOUSAND)
    seconds = time.perf_counter() - start
    finer = value_ball(head, bits=THOUSAND + 400)

    assert value.rel_accuracy_bits() >= THOUSAND
    assert value.contains(finer)
    assert seconds < 0.5  # 25 ms at most on an idle machine; sums without residues take seconds


@pytest.mark.parametrize("variance", ["1e-9", "0.02", "0.7", "7", "300"])
def test_a_mean_of_sech_is_its_own_transform(variance):
    """F(q) = sqrt(pi/(2*q))*F(pi**2/(4*q)) joins both ends and the middle."""
    with flint.ctx.workprec(1100):
        v = arb(variance)
        here = wave_balls.mordell_mean(acb(v), False).real
        there = (
            wave_balls.mordell_mean(acb(arb.pi() ** 2 / (4 * v)), False).real * (arb.pi() / (2 * v)).sqrt()
        )

    assert here.overlaps(there)
    assert min(here.rel_accuracy_bits(), there.rel_accuracy_bits()) > 1000


def test_the_mean_of_sech_squared_follows_from_a_series_of_scaled_error_functions():
    """E[sech(sqrt(q)*z)**2] as an alternating series (Abel sums), for a variance where it converges fast."""
    with mpmath.workdps(60):
        s = mpmath.sqrt(5)
        rest = 1 / (mpmath.sqrt(2 * mpmath.pi) * s)

        def term(k):
            u = mpmath.sqrt(2) * k * s
            return (-1) ** (int(k) - 1) * (k * mpmath.exp(u * u) * mpmath.erfc(u) - rest)

        expected = 4 * (rest / 2 + mpmath.nsum(term, [1, mpmath.inf], method="alternating"))
        found = mpmath.mpf(value_ball(SechMean(5), bits=170).mid().str(48, radius=False))

        assert abs(found - expected) < mpmath.mpf(10) ** -40


@pytest.mark.parametrize("secants", [1, 2])
@pytest.mark.parametrize("order", [0, 1, 2, 7])
@pytest.mark.parametrize("variance", ["1e-7", "1e-3", "50", "1e5"])
def test_series_cut_short_hold_the_value(secants, order, variance):
    head = HEADS[secants](Rational(variance), order)
    value = value_ball(head, bits=600)
    with flint.ctx.workprec(300):
        v = arb(int(Rational(variance).p)) / int(Rational(variance).q)
        series = logistic_balls._SERIES[secants][0 if v < 1 else 1]
        first = order if v < 1 else 0
        found = [logistic_balls._summed(series, v, first + n, order) for n in (1, 2, 3, 8)]

    assert all(ball.contains(value) for ball in found)
    assert found[0].rel_accuracy_bits() < 200


@pytest.mark.parametrize("secants", [1, 2])
@pytest.mark.parametrize("order", [0, 2])
@pytest.mark.parametrize("variance", [Rational(1, 2), Integer(4), Integer(60)], ids=str)
@pytest.mark.parametrize(
    ("step", "nodes", "poles"), [(2, 1, 0), (3, 1, 0), (1, 0.6, 0), (1, 0.2, 0), (1, 1, -1), (1, 1, 1)]
)
def test_sums_cut_short_hold_the_value(monkeypatch, secants, order, variance, step, nodes, poles):
    """With a longer step, fewer nodes, or another number of poles, what is lost is in the radius."""
    head = HEADS[secants](variance, order)
    value = value_ball(head, bits=400)
    plans = []

    def coarse(*arguments):
        plan = wave_sums_plan(*arguments)
        count = math.ceil(plan.nodes / step * nodes)
        plans.append(Theta(plan.step * step, count, max(plan.poles + poles, 1)))
        return plans[-1]

    wave_sums_plan = wave_balls.plan_with_residues
    monkeypatch.setattr(wave_balls, "plan_with_residues", coarse)
    monkeypatch.setattr(wave_balls, "asymptotic_mean", lambda *_: None)
    with flint.ctx.workprec(90):
        argument = arb(int(variance.p)) / int(variance.q)
        function = wave_balls.mordell_mean if secants == 1 else wave_balls.sech_mean
        found = function(acb(argument), acb(order), False).real

    assert plans
    assert found.contains(value)


def test_the_error_of_the_rule_is_near_its_bound():
    """A bound that is far too large would cost digits."""
    f, variance = wave_integrand(2, 0, 0), 6.0
    plan = theta_plan(variance, 40.0, 2)
    with flint.ctx.workprec(200):
        bound = float(residue_error(f, arb(variance), plan))
        value = value_ball(SechMean(6), bits=150)
    with mpmath.workdps(40):
        sum_alone = mpmath.mpf(0)
        s = mpmath.sqrt(variance)
        for k in range(-200, 201):
            sum_alone += plan.step * mpmath.sech(s * plan.step * k) ** 2 * mpmath.npdf(plan.step * k)
        poles = mpmath.mpf(0)
        rate, density = 2 * mpmath.pi / (s * plan.step), 1 / mpmath.sqrt(2 * mpmath.pi * variance)
        for n in range(plan.poles):
            b = mpmath.pi * (n + mpmath.mpf(1) / 2)
            psi = mpmath.diff(lambda v: mpmath.exp(v * v / (2 * variance)) / mpmath.expm1(rate * v), b)
            poles += 4 * mpmath.pi * density * psi
        error = abs(sum_alone + poles - mpmath.mpf(value.mid().str(40, radius=False)))

    assert bound / 1e4 < error < bound


@pytest.mark.parametrize("secants", [1, 2, 3, 4])
@pytest.mark.parametrize("coefficients", [(1,), (2, -3), (1, 0, 5)])
def test_principal_parts(secants, coefficients):
    part = dict(principal_part(secants, coefficients))
    highest = secants + 2 * (len(coefficients) - 1)
    with mpmath.workdps(60):

        def regular(v):
            t = 1j * (mpmath.pi / 2 + v)
            wave = mpmath.tanh(t) ** 2
            total = sum(c * wave**a for a, c in enumerate(coefficients))
            return (mpmath.sech(t) ** secants * total).real * v**highest

        # Around the place itself, where the function is 0/0.
        h = mpmath.mpf(10) ** -3
        nodes = [h * (k + mpmath.mpf(1) / 2) for k in range(-12, 12)]
        taylor = _taylor(regular, nodes, highest)

    for j in range(1, highest + 1):
        assert float(taylor[highest - j]) == pytest.approx(float(part.get(j, Fraction(0))), abs=1e-9)


def _taylor(function, nodes, count):
    """Taylor coefficients at 0 by interpolation."""
    matrix = mpmath.matrix(len(nodes), len(nodes))
    for i, v in enumerate(nodes):
        for k in range(len(nodes)):
            matrix[i, k] = v**k
    found = mpmath.lu_solve(matrix, mpmath.matrix([function(v) for v in nodes]))
    return [found[k] for k in range(count)]


@pytest.mark.parametrize("rows", [((1,),), ((0, 1),), ((3, -2, 1),)])
@pytest.mark.parametrize("secants", [1, 2, 3])
def test_any_polynomial_in_tanh_times_sech(secants, rows):
    f = Integrand(secants, rows)
    function = sech(x) ** secants * sum(c * tanh(x) ** (2 * a) for a, c in enumerate(rows[0]))
    proven = enclosed_mean(function, Integer(20), bits=150)
    with mpmath.workdps(50):
        found = wave_mean(f, mpmath.mpf(20), 140)
        expected = mpmath.mpf(proven.mid().str(45, radius=False))

        assert abs(found - expected) < mpmath.mpf(10) ** -40


def test_a_thousand_digits_without_balls():
    with mpmath.workdps(1000):
        found = sech_mean(mpmath.mpf(1000))
    ball = value_ball(SechMean(1000), bits=THOUSAND + 50)
    with mpmath.workdps(1010):
        expected = mpmath.mpf(ball.mid().str(1012, radius=False))

        assert abs(found - expected) < mpmath.mpf(10) ** -999 * expected


def test_inexact_variances():
    """A ball of variances gives a ball of values."""
    for middle in ("1e-4", "0.9", "20", "1e6"):
        with flint.ctx.workprec(200):
            wide = arb(middle) * arb(1, 1e-20)
            found = wave_balls.sech_mean(acb(wide), False).real
            ends = [wave_balls.sech_mean(acb(e), False).real for e in (wide.lower(), wide.upper())]

        assert all(found.contains(e) for e in ends)
        assert found.rel_accuracy_bits() > 55


def test_a_derivative_at_zero():
    assert value_ball(SechMean(q, 1), substitution={q: Integer(0)}, bits=60).contains(-1)
