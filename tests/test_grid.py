"""Float64 sweeps: against proven enclosures, formulas of the literature, and what must be refused."""

import math
import time

import mpmath
import numpy as np
import pytest
from sympy import (
    Abs,
    Expr,
    Heaviside,
    Integer,
    Max,
    Piecewise,
    Rational,
    Symbol,
    atan,
    cos,
    exp,
    log,
    sin,
    tanh,
)

from symbolic_init import catalog
from symbolic_init.errors import (
    AssumptionError,
    DomainError,
    NotIntegrableError,
    PrecisionError,
    UnsupportedError,
)
from symbolic_init.moments.ball import mean_ball
from symbolic_init.moments.breakpoints import float_points
from symbolic_init.moments.enclosure import enclosed_mean
from symbolic_init.moments.features import features
from symbolic_init.moments.folding import folded
from symbolic_init.moments.grid import mean_grid, means_function, moment_grid, panel_ends, second_moment_grid
from symbolic_init.moments.interpolation import (
    CANCELS,
    OVERFLOWS,
    REACHED,
    ROUGH,
    UNDERFLOWS,
    Found,
    interpolated,
)
from symbolic_init.moments.legendre import legendre_rule
from symbolic_init.moments.named import moment
from symbolic_init.moments.node_sums import node_sums
from symbolic_init.moments.scaled import gaussian_weights, square_parts, unscaled
from symbolic_init.notation import q, x

ERROR = 1e-13
LEAST = 2.0**-1022
NAMES = [entry.name for entry in catalog.ENTRIES]
ALL = np.geomspace(1e-8, 1e6, 20_000)


def _about(expected, *, rel=ERROR):
    """Relative alone: pytest allows an absolute difference besides."""
    return pytest.approx(expected, rel=rel, abs=0)


def _exactly(number: float) -> Rational:
    return Rational(*float(number).as_integer_ratio())


def _proven(f: Expr, variance: float) -> float:
    """The mean, rounded from a ball that holds it."""
    ball = enclosed_mean(f, _exactly(variance), bits=60)
    if ball.contains(0) and ball.rad() < 1e-40:  # positive and negative parts cancel
        return 0.0
    assert ball.rel_accuracy_bits() >= 56
    return float(ball.mid())


def _expected(mean, variance: float) -> float:
    """The mean by an enclosure, or by its closed form where it waves too often for one."""
    try:
        return _proven(mean.integrand, variance)
    except (PrecisionError, UnsupportedError):
        with mpmath.workdps(30):
            return float(mean.value(q=_exactly(variance), digits=17))


def _variances(seed: int) -> np.ndarray:
    """Some far apart, each summed for itself, and many close to each other, which are interpolated."""
    rng = np.random.default_rng(seed)
    return 10.0 ** np.concatenate((rng.uniform(-8, 6, 4), rng.uniform(-8, 5.7) + rng.uniform(0, 0.3, 50)))


@pytest.mark.parametrize(("name", "seed"), [(n, k) for k, n in enumerate(NAMES)], ids=lambda v: str(v))
def test_sweeps_of_the_catalog_are_within_a_proven_enclosure(name, seed):
    variances = _variances(seed)
    which = ("M", "m", "h")[seed % 3]
    try:
        mean = moment(name, which)
    except NotIntegrableError:
        mean = moment(name, which := "M")
    found = moment_grid(name, which, variances, masked=True)

    for k in (0, 1, 4, 53):
        expected = _expected(mean, variances[k])
        if found.mask[k]:
            assert not LEAST <= abs(expected) < math.inf
        else:
            assert found[k] == _about(expected)


def _gelu(v):
    inner = mpmath.asin(v / (1 + v)) / (2 * mpmath.pi)
    return v * (mpmath.mpf(1) / 4 + inner + v / (mpmath.pi * (1 + v) * mpmath.sqrt(1 + 2 * v)))


def _elu(v):
    s = mpmath.sqrt(v)
    return (
        v / 2
        + mpmath.exp(2 * v) * mpmath.erfc(mpmath.sqrt(2) * s) / 2
        - mpmath.exp(v / 2) * mpmath.erfc(s / mpmath.sqrt(2))
        + mpmath.mpf(1) / 2
    )


def _relu6(v):
    c = 6 / mpmath.sqrt(v)
    tail, density = mpmath.erfc(c / mpmath.sqrt(2)) / 2, mpmath.npdf(c)
    return v * (mpmath.mpf(1) / 2 - tail - c * density) + 36 * tail


@pytest.mark.parametrize(
    ("name", "formula"), [("gelu", _gelu), ("elu", _elu), ("relu6", _relu6)], ids=["gelu", "elu", "relu6"]
)
def test_sweeps_follow_the_formulas_of_the_literature(name, formula):
    found = second_moment_grid(name, ALL)
    with mpmath.workdps(60):
        for k in range(0, ALL.size, 997):
            at = mpmath.mpf(float(ALL[k]))
            expected = formula(at)
            assert abs(found[k] - expected) <= ERROR * expected


def _spike(v, *, height, rate, center):
    return height * mpmath.exp(-rate * center**2 / (1 + 2 * rate * v)) / mpmath.sqrt(1 + 2 * rate * v)


STEEP = Integer(10) ** 5
DIFFICULT = [
    (
        1 + atan(x) * 0 + exp(-((STEEP * (x - Rational(5, 2))) ** 2)),
        lambda v: 1 + _spike(v, height=1, rate=mpmath.mpf(10) ** 10, center=mpmath.mpf("2.5")),
    ),
    (Heaviside(x - 1), lambda v: mpmath.erfc(1 / mpmath.sqrt(2 * v)) / 2),
    (Abs(x) ** Rational(1, 3), lambda v: (2 * v) ** (mpmath.mpf(1) / 6) * mpmath.gamma(mpmath.mpf(2) / 3)),
    (Abs(x) ** Rational(-1, 4), lambda v: (2 * v) ** (-mpmath.mpf(1) / 8) * mpmath.gamma(mpmath.mpf(3) / 8)),
    (exp(2 * x), lambda v: mpmath.exp(2 * v)),
    ((sin(x) - x) ** 2, lambda v: v - 2 * v * mpmath.exp(-v / 2) - mpmath.expm1(-2 * v) / 2),
]


def _over_root_pi(f, formula):
    return (lambda v: formula(v) / mpmath.sqrt(mpmath.pi)) if f.has(Abs) else formula


@pytest.mark.parametrize(("f", "formula"), DIFFICULT, ids=[str(f)[:30] for f, _ in DIFFICULT])
def test_sums_over_nodes_of_difficult_functions(f, formula):
    variances = np.geomspace(1e-8, 1e4, 97)
    found = node_sums(f, 1e-8, 1e4)(variances)
    expected = _over_root_pi(f, formula)

    with mpmath.workdps(60):
        for variance, value, status in zip(variances.tolist(), *found, strict=True):
            reference = expected(mpmath.mpf(variance))
            if not 1e-307 < reference < 1e307:
                assert status == (UNDERFLOWS if reference < 1 else OVERFLOWS)
                continue
            assert status == REACHED
            assert abs(value - reference) <= ERROR * reference


def test_a_steep_step_in_a_smooth_function_is_not_missed():
    f = 2 + tanh(10**6 * (x - 3))
    value = node_sums(f, 1.0, 1.0)(np.array([1.0])).values[0]

    assert features(f) == ((3.0, 2.0**-20),)
    assert value == _about(_proven(f, 1.0))


def test_growth_up_to_the_limit():
    f = exp(x**2 / 4) * atan(x) ** 2
    variances = np.array([0.5, 1.9, 1.999, 2.0, 2.5])
    found = mean_grid(f, variances, masked=True)

    assert found.mask.tolist() == [False, False, False, True, True]
    assert found[1] == _about(_proven(f, 1.9))
    with pytest.raises(NotIntegrableError, match=r"for 2 \(q from 2 to 2\.5\) the mean diverges"):
        mean_grid(f, variances)


def test_what_is_no_float_is_told():
    with pytest.raises(PrecisionError, match=r"q from 354\.\d+ to 1000\) it is larger than any float"):
        second_moment_grid("exp(x)", np.linspace(1, 1000, 5000))
    with pytest.raises(PrecisionError, match=r"q from 1e-08 to 0\.0007\d+\) it is so small"):
        mean_grid("Heaviside(x - 1)", ALL)
    found = second_moment_grid("exp(x)", [1.0, 1000.0, 2.0], masked=True)
    assert found.mask.tolist() == [False, True, False]
    assert np.isnan(found.data[1])


def test_means_that_cancel_are_integrated_one_by_one():
    f = sin(3 * x) * atan(3 * x) * exp(-x / 7)  # its mean decays faster than that of its modulus
    variances = np.array([0.01, 1.0, 4.0])
    status = node_sums(f, 0.01, 4.0)(variances).status
    found = mean_grid(f, variances)

    assert status[0] == REACHED
    assert found == _about([float(mean_ball(f, _exactly(v)).mid()) for v in variances])


def test_digits_that_cancel_are_not_passed_over():
    f = atan(x) - x / (1 + Abs(x)) + Rational(1, 10**9) * x**2
    odd_and_small = node_sums(f, 1e-3, 1.0)(np.array([1e-3, 1.0]))
    waves = node_sums(2 * sin(40 * x) ** 2 - 1, 1e-4, 0.01)(np.array([1e-4, 0.01]))

    assert (odd_and_small.status == REACHED).all()  # the odd parts cancel before they are rounded
    assert odd_and_small.values == _about([1e-12, 1e-9])
    assert waves.status.tolist() == [REACHED, CANCELS]
    assert waves.values[0] == _about(-math.exp(-0.32))


def test_a_rough_function_is_told():
    f = Abs(atan(x) - Rational(1, 2)) ** Rational(-1, 2)
    found = mean_grid(f, [1e-4, 1.0], masked=True)

    assert found.mask.tolist() == [False, True]
    assert found[0] == _about(_proven(f, 1e-4))
    with pytest.raises(PrecisionError, match="too rough"):
        mean_grid(f, 1.0)


def test_infinitely_many_kinks():
    f = Abs(sin(3 * x))
    variances = np.geomspace(0.01, 20, 60)
    found = mean_grid(f, variances)
    for variance, value in zip(variances[::13], found[::13], strict=True):
        with mpmath.workdps(30):
            waves = mpmath.nsum(lambda n, v=variance: mpmath.exp(-18 * n * n * v) / (4 * n * n - 1), [1, 60])
            expected = (2 - 4 * waves) / mpmath.pi
        assert value == _about(float(expected))


@pytest.mark.parametrize(("variance", "error"), [(1e2, 1e-12), (1e6, 1e-3), (1e12, 1e-2)])
def test_kinks_too_close_to_be_found_cost_little_and_average_out(variance, error):
    start = time.process_time()
    (found,) = means_function([(x / (1 + Abs(cos(x)))) ** 2])(variance)

    # the mean of 1/(1 + |cos t|)^2 over a period is 4/(3 pi)
    assert found == pytest.approx(4 * variance / (3 * math.pi), rel=error)
    assert time.process_time() - start < 3


@pytest.mark.parametrize("wrong", [0, -1.0, math.nan, math.inf, [1.0, 0.0]], ids=str)
def test_a_variance_is_positive(wrong):
    with pytest.raises(AssumptionError, match="a variance is a positive finite number, not"):
        second_moment_grid("relu", wrong)


def test_shapes_order_and_duplicates_are_kept():
    square = np.array([[4.0, 1.0], [1.0, 0.5]])

    assert second_moment_grid("relu", square).tolist() == [[2.0, 0.5], [0.5, 0.25]]
    assert second_moment_grid("relu", 3).shape == ()
    assert second_moment_grid("relu", []).shape == (0,)
    assert second_moment_grid("relu", square, masked=True).mask.tolist() == [[False, False], [False, False]]
    assert second_moment_grid("relu", 3).dtype == np.float64


def test_parameters_need_values():
    with pytest.raises(AssumptionError, match="a value is needed for a: set it"):
        second_moment_grid("leaky_relu(x, a)", [1.0])
    assert second_moment_grid("leaky_relu(x, a)", [2.0], settings={"a": 0.5}) == _about(1.25)


def test_what_is_not_a_function_of_the_line_is_refused():
    with pytest.raises(DomainError):
        mean_grid("log(x)", [1.0])
    with pytest.raises(NotIntegrableError):
        mean_grid("1/x", [1.0])
    with pytest.raises(UnsupportedError, match="no moment 'v'"):
        moment_grid("relu", "v", [1.0])


def test_constants_and_zeros():
    variances = np.geomspace(0.1, 10, 300)

    assert mean_grid("2", variances) == _about(np.full(300, 2.0), rel=1e-15)
    assert (mean_grid("tanh(x)**3", variances) == 0.0).all()
    assert (mean_grid("x**2 - 1", [1.0]) == 0.0).all()


def test_a_mean_whose_integrand_depends_on_the_variance():
    variances = np.array([0.5, 1.0, 8.0])
    found = moment_grid("mish", "M_prime", variances)
    integrand = moment("mish", "M_prime").integrand

    assert q in integrand.free_symbols
    for variance, value in zip(variances, found, strict=True):
        assert value == _about(_proven(integrand.xreplace({q: _exactly(variance)}), variance))


def test_what_is_interpolated_agrees_with_what_is_summed():
    for name in ("mish", "gudermannian", "thresholded_relu"):
        f = moment(name, "M").integrand
        at = ALL[7500:15000:50]
        summed = node_sums(f, at[0], at[-1])(at)
        swept = second_moment_grid(name, ALL[7500:15000])[::50]

        assert (summed.status == REACHED).all()
        assert swept == _about(summed.values, rel=2e-14)


def test_interpolation_asks_few_values_and_splits_where_a_function_is_steep():
    asked = []

    def source(variances):
        asked.append(variances.size)
        with np.errstate(under="ignore"):
            values = np.exp(-1 / variances)
        return Found(values, np.full(variances.shape, REACHED, dtype=np.int8))

    mild = interpolated(source, np.geomspace(1, 1e4, 10_000))
    few = sum(asked)
    steep = interpolated(source, np.geomspace(2e-3, 1, 10_000))

    assert few < 300 < sum(asked) < 9000
    assert mild.values == _about(np.exp(-1 / np.geomspace(1, 1e4, 10_000)), rel=2e-14)
    with mpmath.workdps(30):
        at = float(np.geomspace(2e-3, 1, 10_000)[77])
        assert steep.values[77] == _about(float(mpmath.exp(-1 / mpmath.mpf(at))), rel=3e-13)


@pytest.mark.parametrize(
    ("function", "high", "error"),
    [
        (lambda v: mpmath.log(v / 2) ** 2 + mpmath.mpf(10) ** -6, 7.0, 2e-14),
        (lambda v: v**5000, 1.1, 1e-14),
    ],
    ids=["dips", "is steep"],
)
def test_interpolation_keeps_the_digits_of_what(function, high, error):
    def source(variances):
        with mpmath.workdps(30):
            values = np.array([float(function(mpmath.mpf(float(v)))) for v in variances])
        return Found(values, np.full(variances.shape, REACHED, dtype=np.int8))

    variances = np.geomspace(1, high, 3000)
    found = interpolated(source, variances)
    tried = np.append(np.arange(0, 3000, 20), np.searchsorted(variances, 2.0) % 3000)

    assert found.values[tried] == _about(source(variances[tried]).values, rel=error)


def test_what_fails_all_over_a_panel_is_not_asked_again():
    asked = []

    def source(variances):
        asked.append(variances.size)
        return Found(np.full(variances.shape, math.nan), np.full(variances.shape, ROUGH, dtype=np.int8))

    found = interpolated(source, np.geomspace(1, 7, 5000))

    assert (found.status == ROUGH).all()
    assert sum(asked) < 100


def test_weights_are_right_to_the_last_digit_far_out():
    places = np.array([0.1, 1.7, 33.3, 512.9])
    weights, halvings = gaussian_weights(*square_parts(places), np.array([[0.3]]))
    with mpmath.workdps(40):
        for place, weight, halving in zip(places, weights[0], halvings[0], strict=True):
            expected = mpmath.exp(-(mpmath.mpf(float(place)) ** 2) / (2 * mpmath.mpf(0.3)))
            assert abs(mpmath.ldexp(mpmath.mpf(float(weight)), int(halving)) / expected - 1) < 3e-16


def test_numbers_beyond_floats_are_told_apart():
    found = unscaled(np.array([0.5, 0.5, 0.5, 0.0, math.nan]), np.array([1025, 1024, -1022, 7, 0]))

    assert found.status.tolist() == [OVERFLOWS, REACHED, UNDERFLOWS, REACHED, ROUGH]
    assert found.values[3] == 0.0
    assert found.values[1] == 2.0**1023


def test_values_lose_nothing_to_cancellation():
    mantissas, exponents = folded(sin(x) - x + x**2, (), complete=True)(np.array([1e-5]))
    only_even, _ = folded(sin(x) - x, (), complete=True)(np.array([1e-5]))

    assert np.ldexp(mantissas, exponents)[0] == _about(2e-10, rel=1e-15)
    assert only_even[0] == 0
    value = np.ldexp(*folded((x - sin(x)) ** 2, (), complete=True)(np.array([1e-9])))[0]
    with mpmath.workdps(60):
        at = mpmath.mpf(1e-9)
        assert value == _about(float(2 * (at - mpmath.sin(at)) ** 2), rel=1e-15)


def test_pieces_have_their_own_programs():
    f = Piecewise((-x, x < -1), (x**2, x < 2), (5, True)) * Max(0, x + 10)
    places = np.array([0.5, 1.5, 3.0])
    found = np.ldexp(*folded(f, (-10.0, -1.0, 2.0), complete=True)(places))

    assert found == _about([0.25 * 20, 2.25 * 11.5 + 1.5 * 8.5, 5 * 13 + 3 * 7], rel=1e-15)


def test_twenty_thousand_variances_take_little_time():
    second_moment_grid("mish", [1.0, 2.0])
    start = time.perf_counter()
    second_moment_grid("mish", ALL)

    assert time.perf_counter() - start < 5  # 0.2 s on an idle machine


def test_a_free_symbol_is_not_a_variance():
    a = Symbol("a", real=True)
    with pytest.raises(AssumptionError):
        mean_grid(tanh(a * x) ** 2, [1.0])


@pytest.mark.parametrize("order", [1, 2, 10, 16, 20])
def test_the_rule_of_a_panel_is_exact_for_polynomials(order):
    nodes, weights = (part.tolist() for part in legendre_rule(order))
    moments = [math.fsum(w * t**k for t, w in zip(nodes, weights, strict=True)) for k in range(2 * order)]

    assert nodes == sorted(nodes)
    assert moments == pytest.approx([2 / (k + 1) if k % 2 == 0 else 0 for k in range(2 * order)], abs=1e-15)


def test_changes_of_sign_in_floats_are_those_of_the_function():
    found = np.array(sorted(float_points(Abs(sin(x)) + Max(x, cos(x)), -30.0, 30.0)))
    expected = sorted([k * math.pi for k in range(-9, 10)] + [0.7390851332151607])

    np.testing.assert_allclose(found, expected, atol=1e-13)


@pytest.mark.parametrize("variance", [50, 3000])
@pytest.mark.parametrize("f", [x**2 / (1 + Abs(cos(x))) ** 2, log(Abs(sin(x)) + Rational(1, 1000)) ** 2])
def test_many_kinks_take_few_panels(f, variance):
    mean = means_function((f,))(float(variance))[0]

    assert mean == pytest.approx(float(enclosed_mean(f, Integer(variance), bits=44).mid()), rel=1e-12)
    assert len(panel_ends((f,), float(variance))) < 9000
