"""Numbers of the literature to 30 digits: proven bounds that hold what plain sums in mpmath give."""

from collections.abc import Callable, Iterator

import mpmath
import pytest
from mpmath import mp, mpf

from symbolic_init import derive

DIGITS = 30
STEP = mpf(1) / 20
"""The trapezoidal rule misses less than 1e-40 for functions analytic within 0.8 of the line."""
ROUNDING = mpf(10) ** -36
"""What the sums here are good to: the bounds are often closer than they were asked to be."""


@pytest.fixture(autouse=True)
def precision() -> Iterator[None]:
    with mpmath.workdps(50):
        yield


def mean(f: Callable) -> mpf:
    """`E[f(z)]` by the trapezoidal rule."""
    return mp.fsum(f(k * STEP) * mp.npdf(k * STEP) for k in range(-320, 321)) * STEP


def tanh_slope(x: mpf) -> mpf:
    return mp.sech(x) ** 2


def silu(x: mpf) -> mpf:
    return x / (1 + mp.exp(-x))


def mish(x: mpf) -> mpf:
    return x * mp.tanh(mp.log1p(mp.exp(x)))


def gelu(x: mpf) -> mpf:
    return x * mp.ncdf(x)


def gelu_slope(x: mpf) -> mpf:
    return mp.ncdf(x) + x * mp.npdf(x)


def silu_slope(x: mpf) -> mpf:
    part = 1 / (1 + mp.exp(-x))
    return part + x * part * (1 - part)


def mish_slope(x: mpf) -> mpf:
    inner = mp.log1p(mp.exp(x))
    return mp.tanh(inner) + x * mp.sech(inner) ** 2 / (1 + mp.exp(-x))


def second(g: Callable, q: mpf) -> mpf:
    return mean(lambda z: g(mp.sqrt(q) * z) ** 2)


def rise(g: Callable, q: mpf) -> mpf:
    """`M'(q)` by Stein's identity, without a derivative of g."""
    return mean(lambda z: (z * z - 1) * g(mp.sqrt(q) * z) ** 2) / (2 * q)


def fixed_tanh(weight: mpf, start: float) -> mpf:
    return mp.findroot(
        lambda q: weight * second(mp.tanh, q) + mpf("0.05") - q, (mpf(start), mpf(start) * 1.01)
    )


def holds(bounds: tuple, expected: mpf) -> None:
    low, high = bounds

    assert low - abs(expected) * ROUNDING <= expected <= high + abs(expected) * ROUNDING
    assert high - low <= abs(expected) * mpf(10) ** -(DIGITS - 1)


def test_the_ordered_phase_of_tanh() -> None:
    """schoenholz2017: q* = 0.3153, chi_1 = 0.8802, xi_q = 1.7852, xi_c = 7.8341."""
    values = derive("tanh(x)", theory="correlation", sigma_w2="1.3", sigma_b2="0.05").values
    weight = mpf("1.3")
    q = fixed_tanh(weight, 0.3153)
    chi = weight * second(tanh_slope, q)
    expected = {
        "q_star": q,
        "chi_1": chi,
        "xi_q": -1 / mp.log(weight * rise(mp.tanh, q)),
        "xi_c": -1 / mp.log(chi),
        "c_star": mpf(1),
    }
    for name, number in expected.items():
        holds(values[name].enclosure(digits=DIGITS), number)


def hermite_products(q: mpf, count: int) -> list[mpf]:
    """Squares of the coefficients of tanh, all on the same nodes."""
    nodes = [k * STEP for k in range(-320, 321)]
    before, now = [mpf(0)] * len(nodes), [mp.tanh(mp.sqrt(q) * z) * mp.npdf(z) * STEP for z in nodes]
    found = []
    for n in range(count):
        found.append(mp.fsum(now) ** 2)
        ahead = [
            (z * v - mp.sqrt(n) * b) / mp.sqrt(n + 1) for z, v, b in zip(nodes, now, before, strict=True)
        ]
        before, now = now, ahead
    return found


@pytest.mark.members
def test_the_chaotic_phase_of_tanh() -> None:
    """schoenholz2017: c* = 0.44680423; the kernel of tanh is a series."""
    values = derive("tanh(x)", theory="correlation", sigma_w2="2.5", sigma_b2="0.05").values
    weight = mpf("2.5")
    q = fixed_tanh(weight, 1.064)
    squares = hermite_products(q, 150)
    mapped = lambda c: (weight * mp.polyval(squares[::-1], c) + mpf("0.05")) / q  # noqa: E731
    c = mp.findroot(lambda c: mapped(c) - c, (mpf("0.446"), mpf("0.447")))
    slope = weight * mp.fsum(n * a * c ** (n - 1) for n, a in enumerate(squares) if n) / q

    holds(values["c_star"].enclosure(digits=DIGITS), c)
    holds(values["C_prime"].enclosure(digits=DIGITS), slope)
    holds(values["xi_c"].enclosure(digits=DIGITS), -1 / mp.log(slope))


def test_the_edge_of_chaos_of_tanh() -> None:
    """hayou2019, recomputed: sigma_w = 1.3041458400565 for sigma_b = 0.2."""
    values = derive("tanh(x)", theory="edge-of-chaos", sigma_b2="1/25").values
    q = mp.findroot(
        lambda q: q - mpf("0.04") - second(mp.tanh, q) / second(tanh_slope, q), (mpf("0.512"), mpf("0.513"))
    )

    holds(values["q_star"].enclosure(digits=DIGITS), q)
    holds(values["gain"].enclosure(digits=DIGITS), 1 / mp.sqrt(second(tanh_slope, q)))


@pytest.mark.parametrize(
    ("name", "g", "slope", "near"),
    [
        ("gelu", gelu, gelu_slope, "3.5615"),
        ("silu", silu, silu_slope, "14.3202"),
        ("mish", mish, mish_slope, "1.6702"),
    ],
    ids=["gelu", "silu", "mish"],
)
def test_half_stable_points(name: str, g: Callable, slope: Callable, near: str) -> None:
    """roberts2022 for gelu and silu."""
    values = derive(name, theory="criticality").values
    q = mp.findroot(lambda q: rise(g, q) - second(slope, q), (mpf(near), mpf(near) * mpf("1.001")))
    weight = 1 / second(slope, q)

    for key, number in (("K_star", q), ("C_W", weight), ("C_b", q - weight * second(g, q))):
        holds(values[key].enclosure(digits=DIGITS), number)
