r"""Gaussian means of `sech(x)**w*tanh(x)**a*log(cosh(x))**b` by the trapezoidal rule.

The rule converges exponentially for functions that are analytic in a strip; here the strip is that of
half-width `pi/2`, where `cosh` has its first zeros. The sums are written once, for every arithmetic.

References:
    L. N. Trefethen and J. A. C. Weideman, The exponentially convergent trapezoidal rule,
    SIAM Review 56 (2014), theorem 5.1.
"""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import mpmath

from symbolic_init.special.theta import Theta, principal_part, residue_sum, theta_plan

__all__ = [
    "MOST_ORDER",
    "MPMATH",
    "Arithmetic",
    "Height",
    "Integrand",
    "Sum",
    "Trapezoid",
    "goal",
    "heat_coefficients",
    "lost_bits",
    "plan_with_residues",
    "split_integrand",
    "trapezoid",
    "wave_height",
    "wave_integrand",
    "wave_mean",
    "weighted_sum",
    "with_residues",
]

MOST_ORDER = 60
"""Derivatives beyond this order are not evaluated."""

_POLE = 1.25
"""Half-width of the strip for x: `tanh(x)` has poles at `pi/2`."""

_PEAK = -2 * math.log(math.cos(_POLE))
"""Logarithm of a bound of `|sech|**2` and of `|tanh|**2` in that strip."""

Height = Callable[[Any, Any], Any]
"""The integrand as a function of `x >= 0` and `exp(-x)`."""


class Arithmetic(NamedTuple):
    """The functions of one kind of numbers."""

    exp: Callable[[Any], Any]
    expm1: Callable[[Any], Any]
    log1p: Callable[[Any], Any]
    sqrt: Callable[[Any], Any]
    number: Callable[[Any], Any]


MPMATH = Arithmetic(mpmath.exp, mpmath.expm1, mpmath.log1p, mpmath.sqrt, mpmath.mpf)


class Integrand(NamedTuple):
    """The function `sech**secants * sum(rows[b][a]*tanh**(2*a)*log(cosh)**b) / 2**halvings`."""

    secants: int
    rows: tuple[tuple[int, ...], ...]
    halvings: int = 0

    @property
    def size(self) -> int:
        """The sum of the moduli of all coefficients."""
        return sum(abs(c) for row in self.rows for c in row)

    @property
    def highest(self) -> tuple[int, int]:
        """The highest powers of `tanh` and of `log(cosh)`."""
        return 2 * (max(map(len, self.rows)) - 1), len(self.rows) - 1


class Trapezoid(NamedTuple):
    """How to sum: `step`, and `nodes` on either side, in units of the standard deviation.

    `strip` is the half-width of the strip in which the error is bounded, below that of analyticity.
    """

    step: float
    nodes: int
    strip: float


@lru_cache(maxsize=256)
def heat_coefficients(secants: int, logs: int, order: int) -> tuple[tuple[tuple[int, int], int], ...]:
    """Return `D**(2*order)` of `sech**secants*log(cosh)**logs` over `sech**secants`.

    Returns:
        Pairs of the powers of `tanh` and `log(cosh)` and their integer coefficient.

    Examples:
        >>> heat_coefficients(2, 0, 1)
        (((0, 0), -2), ((2, 0), 6))
        >>> heat_coefficients(0, 1, 1)
        (((0, 0), 1), ((2, 0), -1))
    """
    terms = {(0, logs): 1}
    for _ in range(2 * order):
        new: dict[tuple[int, int], int] = {}
        for (a, b), c in terms.items():
            for key, factor in (((a - 1, b), a), ((a + 1, b), -a - secants), ((a + 1, b - 1), b)):
                new[key] = new.get(key, 0) + c * factor
        terms = {key: c for key, c in new.items() if c}
    return tuple(sorted(terms.items()))


def _rows(terms: dict[tuple[int, int], int]) -> tuple[tuple[int, ...], ...]:
    tall, wide = max(b for _, b in terms), max(a for a, _ in terms) // 2
    return tuple(tuple(terms.get((2 * a, b), 0) for a in range(wide + 1)) for b in range(tall + 1))


@lru_cache(maxsize=256)
def wave_integrand(secants: int, logs: int, order: int) -> Integrand:
    """Return `(D**2/2)**order` of `sech**secants*log(cosh)**logs`: its mean is a derivative of a mean."""
    return Integrand(secants, _rows(dict(heat_coefficients(secants, logs, order))), order)


@lru_cache(maxsize=256)
def split_integrand(logs: int, order: int) -> tuple[int, int, Integrand]:
    r"""Return `(c, k, f)` with `(D**2/2)**order log(cosh)**logs = c*log(cosh)**k/2**order + f`.

    The order is at least 1; `f` has the factor `sech**2`, so that it decays.

    Examples:
        >>> split_integrand(2, 1)
        (2, 0, Integrand(secants=2, rows=((-2,), (2,)), halvings=1))
    """
    by_log: dict[int, dict[int, int]] = {}
    for (a, b), c in heat_coefficients(0, logs, order):
        by_log.setdefault(b, {})[a // 2] = c
    left, kept, quotient = 0, 0, dict[tuple[int, int], int]()
    for b, row in by_log.items():
        total = sum(row.values())
        if total:
            left, kept = total, b
        running = -total
        for a in range(max(row)):
            running += row.get(a, 0)
            quotient[2 * a, b] = running
    return left, kept, Integrand(2, _rows(quotient), order)


def trapezoid(variance: float, goal: float, rate: int) -> Trapezoid:
    """Return nodes for an error of about `exp(-goal)` if the integrand falls from 1 as `exp(-rate*|x|)`."""
    deviation = math.sqrt(variance)
    widest = math.sqrt(2 * goal)
    strip = min(_POLE / deviation, widest) if deviation else widest
    step = 2 * math.pi * strip / (goal + strip * strip / 2)
    reach = 2 * goal / (math.hypot(rate * deviation, widest) + rate * deviation)
    return Trapezoid(step, math.ceil(reach / step), strip)


def goal(f: Integrand, variance: float, bits: int) -> float:
    """Return what `trapezoid` is to aim at for an error of about `2**-bits`.

    That is relative to the powers of x that a function without `sech` begins with, else absolute.
    """
    waves, logs = f.highest
    aim = (bits + 4) * math.log(2) + math.log(f.size)
    powers = logs if f.secants else waves + 2 * logs
    size = aim * (variance * logs + 1) if f.secants else aim
    return aim + (waves + logs + f.secants) * _PEAK / 2 + powers * math.log(2 * size) / 2


def plan_with_residues(f: Integrand, variance: float, bits: int, nodes: int) -> Theta | None:
    """Return how to sum past the poles for an error of about `2**-bits`.

    It is `None` where the poles are unknown, as those of logarithms, or where `nodes` alone are fewer.
    """
    if len(f.rows) > 1 or not variance > 0:
        return None
    plan = theta_plan(variance, (bits + 4) * math.log(2) + math.log(2 * f.size), f.secants)
    return plan if plan is not None and plan.nodes + plan.poles < nodes else None


def lost_bits(variance: float, order: int) -> int:
    """Return by how many bits a derivative is smaller than the terms of its sum, roughly."""
    return math.ceil((order + 1) * math.log2(4 + 4 * variance)) if math.isfinite(variance) else 0


def wave_height(f: Integrand, arithmetic: Arithmetic) -> Height:
    """Return an integrand as a function of `x` and `exp(-x)`, without cancellation at small `x`."""
    rows = tuple(tuple(arithmetic.number(c) for c in reversed(row)) for row in reversed(f.rows))
    expm1, log1p, secants = arithmetic.expm1, arithmetic.log1p, f.secants
    limit = 2 if secants and len(rows) == 1 else 0.5  # such an integrand is not small at small x

    def height(place: Any, wave: Any) -> Any:
        below = 1 / (1 + wave * wave)
        gap = 1 - wave if wave < limit else -expm1(-place)
        square = (gap * (1 + wave) * below) ** 2
        total = _horner(rows[0], square)
        if len(rows) > 1:
            log = log1p(gap * gap / (2 * wave))
            for row in rows[1:]:
                total = total * log + _horner(row, square)
        return total * (2 * wave * below) ** secants if secants else total

    return height


def _horner(row: tuple[Any, ...], square: Any) -> Any:
    total = row[0]
    for c in row[1:]:
        total = total * square + c
    return total


class Sum(NamedTuple):
    """A sum over the nodes, without the factor `1/sqrt(2*pi)`; weight and `exp(-x)` at the last of them."""

    total: Any
    weight: Any
    wave: Any


def weighted_sum(height: Height, deviation: Any, plan: Trapezoid, arithmetic: Arithmetic) -> Sum:
    """Return the trapezoidal sum of an even integrand with the weight `exp(-z**2/2)`, `x = deviation*z`."""
    step, one = arithmetic.number(plan.step), arithmetic.number(1)
    width = deviation * step
    shrink, slope, bend = (arithmetic.exp(u) for u in (-width, -step * step / 2, -step * step))
    total, weight, wave = height(0 * one, one) / 2, one, one
    for k in range(1, plan.nodes + 1):
        weight, slope, wave = weight * slope, slope * bend, wave * shrink
        total += weight * height(width * k, wave)
    return Sum(2 * step * total, weight, wave)


def with_residues(f: Integrand, variance: Any, plan: Theta, arithmetic: Arithmetic, pi: Any) -> Sum:
    """Return the sum over nodes, and the residues of the poles in its total."""
    deviation = arithmetic.sqrt(variance)
    rule = Trapezoid(plan.step, plan.nodes, 0.0)
    found = weighted_sum(wave_height(f, arithmetic), deviation, rule, arithmetic)
    part, sign = principal_part(f.secants, f.rows[0]), (-1) ** f.secants
    width = deviation * arithmetic.number(plan.step)
    residues = residue_sum(part, sign, variance, width, plan.poles, exp=arithmetic.exp, pi=pi)
    return found._replace(total=found.total + 4 * pi / deviation * residues)


def wave_mean(f: Integrand, variance: Any, bits: int) -> Any:
    """Return the mean of an integrand at a variance, an mpmath number, to about `2**-bits`."""
    rough = float(variance)
    plan = trapezoid(rough, goal(f, rough, bits), f.secants)
    passing = plan_with_residues(f, rough, bits, plan.nodes)
    with mpmath.workprec(bits + f.size.bit_length() + 20):
        if passing is not None:
            found = with_residues(f, mpmath.mpf(variance), passing, MPMATH, +mpmath.pi)
        else:
            found = weighted_sum(wave_height(f, MPMATH), mpmath.sqrt(variance), plan, MPMATH)
        return found.total / mpmath.sqrt(2 * mpmath.pi) / 2**f.halvings
