"""Tailored activations: against plain iterations, quadrature, and published parameters."""

import json
import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from click.testing import CliRunner
from flint import arb, ctx
from sympy import Rational, tanh

from symbolic_init import (
    AssumptionError,
    UnsupportedError,
    block_network,
    dual_kernel,
    plain_network,
    tailored,
    tailored_slope,
)
from symbolic_init.activation import activation
from symbolic_init.analysis.pieces import pieces
from symbolic_init.catalog import ENTRIES
from symbolic_init.cli.commands import derive_command
from symbolic_init.errors import RecordError, SymbolicInitError
from symbolic_init.moments.compilation import compile_array
from symbolic_init.notation import x
from symbolic_init.records import tailored_from_json, tailored_to_json
from symbolic_init.tailoring.conditions import METHODS
from symbolic_init.tailoring.impossible import why_dks_is_impossible
from symbolic_init.tailoring.proof import _Place, _System
from symbolic_init.tailoring.subnetworks import layer_curvature, layer_slope
from symbolic_init.transformed import TailoredNetwork


def layer_map(a):
    """The correlation map in double precision, from the arc-cosine kernel (cho2009)."""

    def apply(c):
        positive = (math.sqrt(1 - c * c) + c * (math.pi - math.acos(c))) / (2 * math.pi)
        crossed = (math.sqrt(1 - c * c) - c * math.acos(c)) / (2 * math.pi)
        return 2 / (1 + a * a) * ((1 + a * a) * positive - 2 * a * crossed)

    return apply


def skipped(c, layer):
    """Four blocks of two layers beside a shortcut."""
    c = layer(c)
    for _ in range(4):
        c = 0.25 * c + 0.75 * layer(layer(c))
    return c


@pytest.mark.parametrize(
    ("network", "eta"), [(plain_network(50), "9/10"), (plain_network(200), "0.75"), (skipped, "1/2")]
)
def test_the_network_ends_at_eta(network, eta):
    found = tailored_slope(network, eta=eta)

    assert network(0.0, layer_map(found.slope)) == pytest.approx(float(Fraction(eta)), abs=1e-7)
    assert 0 < float(found.high - found.low) <= 1e-15


def test_bounds_are_proven_to_many_digits():
    rough, fine = (tailored_slope(plain_network(30), eta="4/5", digits=d) for d in (6, 40))

    assert rough.low <= fine.low < fine.high <= rough.high
    assert fine.high - fine.low < 1e-40


def test_the_map_of_one_layer_is_the_dual_kernel():
    a = 0.3
    kernel = dual_kernel("leaky_relu(x, a)", settings={"a": "3/10"})
    value = float(kernel.value(q=1, rho=Fraction(1, 2)))

    assert layer_map(a)(0.5) == pytest.approx(value * 2 / (1 + a * a), rel=1e-12)


def test_the_gain_keeps_the_variance():
    found = tailored_slope(plain_network(50))

    assert found.gain**2 * (1 + found.slope**2) / 2 == pytest.approx(1)


def test_shallow_networks_need_no_slope():
    with pytest.raises(UnsupportedError, match="no slope is needed"):
        tailored_slope(plain_network(3))


def test_very_deep_networks_lose_no_digits():
    found = tailored_slope(plain_network(2000), eta="9/10", digits=8)

    assert plain_network(2000)(0.0, layer_map(found.slope)) == pytest.approx(0.9, abs=1e-5)


@pytest.mark.parametrize("eta", [0, 1, "3/2"])
def test_a_correlation_is_between_0_and_1(eta):
    with pytest.raises(AssumptionError, match="between 0 and 1"):
        tailored_slope(plain_network(50), eta=eta)


def residual(x, layer):
    """A modified ResNet-101 as in the tests of `dks` (Martens et al. 2021), with shortcuts of weight 0.6."""
    for blocks in (3, 4, 23, 3):
        for j in range(blocks):
            shortcut = layer(x) if j == 0 else x
            x = shortcut * 9 / 25 + layer(layer(layer(x))) * 16 / 25
    return layer(x)


def increasing_root(function, target, low, high):
    """Bisection in double precision."""
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if function(middle) < target else (low, middle)
    return low


SLOPE = increasing_root(lambda s: residual(1.0, lambda y: s * y), 1.2, 1.0, 1.1)
CURVATURE = increasing_root(lambda k: residual(0.0, lambda y: y + k), 0.2, 0.0, 1.0)
"""Of one layer, from those of the whole network."""
PUBLISHED = {
    ("tanh", "dks"): (0.07461073057540868, 0.5566915199964182, 18.002635964442558, -0.5034378768692127),
    ("softplus", "dks"): (0.18761008168267976, 0.40688063442262007, 8.878672543665223, -0.9213466151411376),
    ("gelu", "dks"): (0.07043253126531114, 0.259489297927707, 20.21158902315857, -0.15815378961903598),
    ("tanh", "tat"): (0.0580205218578313, 0.5218639804099805, 22.36066261763117, -0.4796430704354356),
    ("softplus", "tat"): (0.15011489794748328, 0.5374599901127068, 10.54880187880574, -0.996481014465811),
}
"""alpha, beta, gamma, delta in the tests of `dks`, which solves with a tolerance of 1e-8."""


def four(branch):
    return tuple(float(v) for v in (branch.alpha, branch.beta, branch.gamma, branch.delta))


@pytest.mark.parametrize(("name", "method"), PUBLISHED)
def test_recommended_branches_are_the_published_ones(name, method):
    found = tailored(name, method=method, layer=SLOPE if method == "dks" else CURVATURE, digits=8)

    assert four(found.branches[0]) == pytest.approx(PUBLISHED[name, method], rel=1e-5)


def quadrature(function, cuts):
    """Mean over a standard normal z, on panels between the cuts."""
    nodes, weights = np.polynomial.legendre.leggauss(60)
    ends = sorted({*range(-10, 11), *(c for c in cuts if abs(c) < 10)})
    total = 0.0
    for low, high in pairwise(ends):
        z = (low + high) / 2 + (high - low) / 2 * nodes
        density = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
        total += (high - low) / 2 * float(np.sum(weights * density * function(z)))
    return total


def conditions(name, branch):
    """Q(1), Q'(1), C(0), C'(1) in double precision, with differences for the slope."""
    alpha, beta, gamma, delta = four(branch)
    plain = compile_array((activation(name).expression,))

    def g(z):
        return gamma * (plain(alpha * z + beta)[0] + delta)

    def slope(z):
        return (g(z + 1e-5) - g(z - 1e-5)) / 2e-5

    functions = (lambda z: g(z) ** 2, lambda z: (z**2 - 1) * g(z) ** 2 / 2, g, lambda z: slope(z) ** 2)
    return [quadrature(f, branch.kinks) for f in functions]


def test_every_branch_of_elu_fulfils_the_conditions_of_dks():
    found = tailored("elu", plain_network(50), digits=10)

    assert found.unproven == ()
    for branch in found.branches:
        assert conditions("elu", branch) == pytest.approx((1, 1, 0, 1.5 ** (1 / 50)), abs=1e-6)


def test_every_branch_of_selu_fulfils_those_of_tat():
    found = tailored("selu", plain_network(50), method="tat", digits=10)
    sizes = 1.0507009873554805 * 1.6732632423543772

    assert len(found.branches) >= 4
    assert any(abs(branch.kinks[0]) > 2.5 for branch in found.branches)
    for branch in found.branches:
        alpha, beta, gamma, _ = four(branch)
        q, q_slope, _, slope = conditions("selu", branch)
        below = math.erfc((beta + 2 * alpha**2) / alpha / math.sqrt(2)) / 2
        curvature = (gamma * alpha**2 * sizes) ** 2 * math.exp(2 * beta + 2 * alpha**2) * below
        assert (q, q_slope, slope) == pytest.approx((1, 1, 1), abs=1e-6)
        assert curvature == pytest.approx(0.3 / 50, rel=1e-6)


def test_a_place_beside_the_solution_is_not_proven():
    g = tanh(x)
    functions = {"g": g, "g2": g**2, "slope2": g.diff(x) ** 2, "bend2": g.diff(x, 2) ** 2}
    alpha, beta = Rational("0.12844047851328"), Rational("0.57077954753250")

    with ctx.workprec(200):
        system = _System(functions, METHODS["dks"], arb(3) / 2, 150)  # that of one layer, not of 50
        assert system.box(_Place(alpha, beta), arb(10) ** -6) is None
        own = _System(functions, METHODS["dks"], (arb(3) / 2) ** (arb(1) / 50), 150)
        assert own.box(_Place(alpha, beta), arb(10) ** -10) is not None
        assert own.box(_Place(alpha + Rational(1, 10**8), beta), arb(10) ** -10) is None


def test_bounds_are_as_close_as_asked_for():
    rough, fine = (tailored("tanh", plain_network(20), digits=d).branches[0] for d in (5, 30))

    for name in ("alpha", "beta", "gamma", "delta"):
        one, other = getattr(rough, name), getattr(fine, name)
        assert one.low <= other.low < other.high <= one.high
        assert other.high - other.low < Fraction(1, 10**28)


def test_scaled_and_shifted_activations_have_scaled_parameters():
    plain = four(tailored("tanh(x)", plain_network(50), digits=8).branches[0])
    found = four(tailored("3*tanh(40*x) - 7", plain_network(50), digits=8).branches[0])

    assert found == pytest.approx((plain[0] / 40, plain[1] / 40, plain[2] / 3, 3 * plain[3] + 7), rel=1e-7)


@pytest.mark.parametrize("network", [plain_network(7), block_network("c/4 + 3/4*C(C(c))", 3)])
def test_no_part_is_steeper_or_more_curved(network):
    steep = float(layer_slope(network, Fraction(3, 2), bits=50))
    curved = float(layer_curvature(network, Fraction(3, 10), bits=50))

    assert network(1.0, lambda y: steep * y) <= 1.5 + 1e-12
    assert network(0.0, lambda y: y + curved) <= 0.3 + 1e-12


def test_parts_may_end_in_a_branch():
    network = block_network("c/2 + C(C(c))/2", 2)
    steep = float(layer_slope(network, Fraction(3, 2), bits=50))

    assert (1 / 2 + steep**2 / 2) * steep**2 == pytest.approx(1.5)


@pytest.mark.parametrize("block", ["c/2", "C(c) + C(c)", "C(c)**2", "1 + C(c) - 1/2", "2*c - C(c)", "c", "1"])
def test_what_is_no_block_is_refused(block):
    with pytest.raises(SymbolicInitError):
        tailored("tanh", block_network(block, 2))


@pytest.mark.parametrize(
    ("name", "given", "why"),
    [
        ("step", {}, "jumps at x = 0"),
        ("relu", {}, "on every scale"),
        ("Max(x, 1)", {}, "on every scale"),
        ("x**2", {}, "is constant"),
        ("2*x", {"method": "tat"}, "on every scale"),
        ("hard_tanh", {"method": "tat"}, "infinite"),
        ("swiglu", {}, "several inputs"),
        ("exp(x)", {"method": "tat"}, "no parameters were found.*not proven"),
        ("x + sqrt(Abs(x))", {}, "no bounded slope"),
        ("besselj(0, x)", {}, "would take minutes"),
    ],
)
def test_what_cannot_be_transformed_is_refused(name, given, why):
    with pytest.raises(UnsupportedError, match=why):
        tailored(name, plain_network(50), **given)


@pytest.mark.parametrize("given", [{"target": 1}, {"target": "x"}, {"digits": 0}, {"layer": 2}])
def test_impossible_targets_are_refused(given):
    with pytest.raises(AssumptionError):
        tailored("tanh", plain_network(50), **given)


def test_networks_of_too_many_layers_are_refused():
    with pytest.raises(UnsupportedError, match="smaller depth"):
        tailored("tanh", plain_network(100_000))


def test_the_command_line_tailors():
    runner = CliRunner()
    answer = runner.invoke(derive_command, ["tailor", "tanh"])
    slope = runner.invoke(derive_command, ["tailor", "relu", "--depth", "50"])

    assert ">  0.128440" in answer.output
    assert "a = 0.430523   enclosed" in slope.output


@pytest.mark.parametrize(
    ("name", "options"),
    [("tanh", []), ("elu", ["--method", "tat"]), ("relu", ["--block", "c/2 + C(C(c))/2"])],
)
def test_records_read_back_equal(name, options):
    text = CliRunner().invoke(derive_command, ["tailor", name, "--format", "json", *options]).output
    (found,) = tailored_from_json(text)

    assert tailored_to_json((found,)) == text.rstrip()
    assert json.loads(text)["schema"] == "symbolic_init/tailored/1"
    assert found.title.startswith(name)
    assert found.depth == 50
    if found.slope is None:
        shown = json.loads(text)["networks"][0]["transformed"]["branches"][0]["alpha"]["decimal"]
        assert float(shown) == float(found.transformed.branches[0].alpha)
    else:
        assert found.block == "c/2 + C(C(c))/2"
        assert found.slope == tailored_slope(block_network(found.block, 50), digits=9)


@pytest.mark.parametrize("change", [{"target": "9/0"}, {"target": 9}, {"slope": None}, {"depth": "50"}])
def test_broken_records_of_networks_are_refused(change):
    slope = tailored_slope(plain_network(50))
    network = TailoredNetwork(title="relu", depth=50, block="C(c)", target=Fraction(9, 10), slope=slope)
    record = json.loads(tailored_to_json((network,)))
    record["networks"][0] |= change

    with pytest.raises(RecordError):
        tailored_from_json(json.dumps(record))


def signal(g, alpha, beta):
    """`Q'(1)` and `C'(1)` after shift and scale, by sums over a fine grid."""
    z = np.linspace(-12, 12, 48001)
    weight = np.exp(-(z**2) / 2) / np.exp(-(z**2) / 2).sum()
    h = g(alpha * z + beta)
    h = h - (weight * h).sum()
    variance = (weight * h**2).sum() or math.nan  # constant on the whole grid
    return (
        (weight * (z**2 - 1) * h**2).sum() / 2 / variance,
        (weight * np.gradient(h, z) ** 2).sum() / variance,
    )


PLACES = [(a, b) for a in (0.05, 0.4, 1.3, 6.0) for b in (-5.0, -1.2, -0.3, 0.0, 0.6, 1.04, 1.5, 4.0)]
RISING = {
    "exp(x)": np.exp,
    "shifted_quadratic": lambda t: t**2 + t,
    "star_relu": lambda t: 0.8944 * np.maximum(t, 0) ** 2 - 0.4472,
    "sinh(x) - x**3": None,
    "x**3 + x": lambda t: t**3 + t,
    "-x**2": lambda t: -(t**2),
}


@pytest.mark.parametrize("name", RISING)
def test_where_the_bend_rises_with_g_dks_is_impossible(name):
    if RISING[name] is None:
        assert why_dks_is_impossible(pieces(activation(name).expression), 1.01) is None
        return
    with pytest.raises(UnsupportedError, match=r"proven.*Q'\(1\) >?= C'\(1\)"):
        tailored(name, plain_network(50))

    for alpha, beta in PLACES:
        growth, slope = signal(RISING[name], alpha, beta)
        assert math.isnan(slope) or growth >= slope * (1 - 1e-3)


@pytest.mark.parametrize("name", ["hard_tanh", "relu6", "bounded_relu", "1 - hard_sigmoid(x)"])
def test_no_ramp_is_tailored_for_a_deep_network(name):
    with pytest.raises(UnsupportedError, match=r"proven.*ramp"):
        tailored(name, plain_network(50))
    if name == "hard_tanh":
        for alpha, beta in PLACES:
            growth, slope = signal(lambda t: np.clip(t, -1, 1), alpha, beta)
            assert math.isnan(slope) or growth < 1 + 1e-9 or slope >= 4 / 3


def test_lines_that_look_like_one_from_afar_are_looked_at_from_afar():
    branch = tailored("soft_shrink", plain_network(50)).branches[0]
    alpha, beta = float(branch.alpha), float(branch.beta)

    def shrink(t):
        return np.sign(t) * np.maximum(np.abs(t) - 0.5, 0)

    assert alpha > 20
    assert signal(shrink, alpha, beta) == pytest.approx((1, 1.5 ** (1 / 50)), abs=1e-4)


@pytest.mark.members
@pytest.mark.parametrize("method", ["dks", "tat"])
@pytest.mark.parametrize("name", [e.name for e in ENTRIES][::4])
def test_the_catalog_is_transformed_or_refused(name, method):
    try:
        found = tailored(name, plain_network(50), method=method, digits=8)
    except (AssumptionError, UnsupportedError):
        return

    q, q_slope, _, slope = conditions(name, found.branches[0])
    assert (q, q_slope, slope) == pytest.approx((1, 1, 1.5 ** (1 / 50) if method == "dks" else 1), abs=1e-5)
