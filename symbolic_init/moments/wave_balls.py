"""The means of hyperbolic functions in ball arithmetic: sums with bounds of all that they leave out."""

import math
from collections.abc import Callable
from math import comb, prod
from typing import Any, NamedTuple, final

import flint
from flint import acb, arb

from symbolic_init.moments.logistic_balls import asymptotic_mean, residue_error
from symbolic_init.special.log_cosh_mean import far_goal, far_height, far_part, is_near, odd_moment
from symbolic_init.special.wave_sums import (
    MOST_ORDER,
    Arithmetic,
    Integrand,
    Sum,
    Trapezoid,
    goal,
    lost_bits,
    plan_with_residues,
    split_integrand,
    trapezoid,
    wave_height,
    wave_integrand,
    weighted_sum,
    with_residues,
)

__all__ = ["log_cosh_mean", "mordell_mean", "sech_mean"]

_BALLS = Arithmetic(arb.exp, arb.expm1, arb.log1p, arb.sqrt, arb)
_NOWHERE = acb("nan", "nan")
_INFINITE = arb("inf")


def sech_mean(variance: Any, *more: Any) -> Any:
    """`S^(n)`."""
    return _at(lambda q, bits, n: _secant_mean(2, q, bits, n), variance, more, orders=0)


def mordell_mean(variance: Any, *more: Any) -> Any:
    """`F^(n)`."""
    return _at(lambda q, bits, n: _secant_mean(1, q, bits, n), variance, more, orders=0)


def log_cosh_mean(variance: Any, *more: Any) -> Any:
    """`L_j^(n)`."""
    return _at(_log_cosh_mean, variance, more, orders=1)


def _at(mean: Callable[..., Any], variance: Any, more: tuple[Any, ...], *, orders: int) -> Any:
    """Call a function of a variance, a number of bits and whole numbers, the last of which may be absent."""
    *given, analytic = more
    numbers = [int(n.real.unique_fmpz()) for n in given]
    numbers += [0] * (orders + 1 - len(numbers))
    q = variance.real
    rough = float(q.mid())
    if analytic or not variance.imag.contains(0) or not q >= 0 or not math.isfinite(rough):
        return _NOWHERE
    if numbers[-1] > MOST_ORDER:
        return _NOWHERE
    bits = flint.ctx.prec + lost_bits(rough, numbers[-1])
    with flint.ctx.workprec(bits + 20):
        return acb(mean(q, bits, *numbers))


def _log_cosh_mean(q: Any, bits: int, power: int, order: int) -> Any:
    if is_near(float(q.mid()), bits):
        return _wave_mean(wave_integrand(0, power, order), q, bits)
    if not order:
        return _far_mean(q, bits, power)
    factor, kept, f = split_integrand(power, order)
    value = _wave_mean(f, q, bits)
    if not factor:
        return value
    return value + (factor * _far_mean(q, bits, kept) if kept else arb(factor)) / 2**order


def _secant_mean(secants: int, q: Any, bits: int, order: int) -> Any:
    """By a series at 0 or infinity where it has few terms, else by a sum over nodes."""
    f, rough = wave_integrand(secants, 0, order), float(q.mid())
    nodes = trapezoid(rough, goal(f, rough, bits), secants).nodes
    passing = plan_with_residues(f, rough, bits, nodes)
    most = nodes if passing is None else passing.nodes + passing.poles
    found = asymptotic_mean(secants, q, bits, order, most)
    return found if found is not None else _wave_mean(f, q, bits)


def _wave_mean(f: Integrand, q: Any, bits: int) -> Any:
    deviation, rough = q.sqrt(), float(q.mid())
    plan = trapezoid(rough, goal(f, rough, bits), f.secants)
    passing = plan_with_residues(f, rough, bits, plan.nodes)
    if passing is not None:
        found = with_residues(f, q, passing, _BALLS, arb.pi())
        rule = Trapezoid(passing.step, passing.nodes, 0.0)
        tail = 2 * _wave_tail(f, deviation, rule, found) * _density()
        return _within(found.total * _density(), tail + residue_error(f, q, passing)) / 2**f.halvings
    found = weighted_sum(wave_height(f, _BALLS), deviation, plan, _BALLS)
    strip = _Strip(q, plan)
    return _enclosed(found, strip.wave_bound(f), _wave_tail(f, deviation, plan, found), strip) / 2**f.halvings


def _far_mean(q: Any, bits: int, power: int) -> Any:
    plan = trapezoid(float(q.mid()), far_goal(power, bits), 2)
    deviation = q.sqrt()
    found = weighted_sum(far_height(power, q, _BALLS), deviation, plan, _BALLS)
    strip = _Strip(q, plan)
    tail = _far_tail(power, q, deviation, plan, found)
    return _enclosed(found, strip.far_bound(power), tail, strip) + far_part(power, q, _BALLS)


def _enclosed(found: Sum, bound: Any, tail: Any, strip: "_Strip") -> Any:
    """The sum with the error of the rule and the nodes left out, twice `tail`."""
    return _within(found.total * _density(), 2 * tail * _density() + strip.error(bound))


def _density() -> Any:
    """That of the standard normal at 0."""
    return 1 / (2 * arb.pi()).sqrt()


def _within(value: Any, error: Any) -> Any:
    """A ball with an error added to its radius."""
    return value + arb(0, error.upper() if error.is_finite() else _INFINITE)


# What is left out


def _tail(power: int, rate: Any, end: Any, value: Any) -> Any:
    """A bound of the integral of `z**power*exp(-z**2/2 - rate*z)` from `end` on.

    `value` is the exponential at `end`. By parts, with `z + rate` at least `end + rate`; where the bound
    is finite the function falls, so that the sum over later nodes, times the step, is below it.
    """
    slope = end + rate
    share = 1 - power / (end * slope)
    return end**power * value / (slope * share) if share > 0 else _INFINITE


def _wave_tail(f: Integrand, deviation: Any, plan: Trapezoid, found: Sum) -> Any:
    """For `sech(x) <= 2*exp(-x)`, `tanh(x) <= min(1, x)` and `log(cosh(x)) <= min(x, x**2/2)`."""
    end = arb(plan.step) * plan.nodes
    value = found.weight * found.wave**f.secants
    total = arb(0)
    for b, row in enumerate(f.rows):
        for a, c in enumerate(row):
            power = b if f.secants else 2 * (a + b)
            scale = abs(c) * 2**f.secants if f.secants else arb(abs(c)) / 2**b
            total += scale * deviation**power * _tail(power, f.secants * deviation, end, value)
    return total


def _far_tail(power: int, q: Any, deviation: Any, plan: Trapezoid, found: Sum) -> Any:
    """For `log(2*cosh(x)) <= x + exp(-2*x)`, `1 - tanh(x) <= 2*exp(-2*x)` and `x + 1 <= 2*x`."""
    end = arb(plan.step) * plan.nodes
    if not end * deviation >= 1:
        return _INFINITE
    value = found.weight * found.wave**2
    shift, total = arb(2).log(), arb(0)
    for i in range(1, power + 1):
        part = (i + 2) * 2**i * deviation**i * _tail(i, 2 * deviation, end, value)
        for c, m, k in odd_moment(i) if i % 2 else ():
            part += 4 * c * q**m * deviation**k * _tail(k, 2 * deviation, end, value)
        total += comb(power, i) * shift ** (power - i) * part
    return total


# The error of the rule


@final
class _Strip(NamedTuple):
    """The strip `|Im z| < a` around the line, with `b = a*deviation < pi/2` the half-width for x.

    In it `|sech(x)|` and `|tanh(x)|` are below `peak = 1/cos(b)`. As `tanh(x)` is the integral of `sech**2`
    from 0, it is below `peak**2*|x|`, and `log(cosh(x))`, the integral of `tanh`, below `peak*|x|` and
    `peak**2*|x|**2/2`.
    """

    q: Any
    plan: Trapezoid

    @property
    def height(self) -> Any:
        """The half-width for x."""
        return arb(self.plan.strip) * self.q.sqrt()

    @property
    def peak(self) -> Any:
        """A bound of `|sech(x)|` and `|tanh(x)|`."""
        return 1 / self.height.cos()

    def error(self, bound: Any) -> Any:
        """Theorem 5.1 of Trefethen and Weideman: `2*M/(exp(2*pi*a/h) - 1)`.

        The mean of the modulus of the weight is `exp(a**2/2)`.
        """
        if not self.height < arb.pi() / 2:
            return _INFINITE
        width = arb(self.plan.strip)
        return 2 * bound * (width**2 / 2).exp() / ((2 * arb.pi() * width / self.plan.step).exp() - 1)

    def moment(self, power: int) -> Any:
        """A bound of the mean of `|x|**power` in the strip, as the root of that of `|x|**(2*power)`."""
        q, edge = self.q, self.height**2
        terms = (
            comb(power, i) * q**i * prod(range(1, 2 * i, 2)) * edge ** (power - i) for i in range(power + 1)
        )
        return sum(terms, arb(0)).sqrt() if power else arb(1)

    def wave_bound(self, f: Integrand) -> Any:
        """A bound of the mean of the modulus of an integrand."""
        peak, total = self.peak, arb(0)
        for b, row in enumerate(f.rows):
            for a, c in enumerate(row):
                waves = peak ** (2 * a)
                if f.secants:
                    total += abs(c) * waves * peak ** (f.secants + b) * self.moment(b)
                    continue
                logs = peak ** (2 * b) / arb(2) ** b
                far, near = waves * self.moment(2 * b), waves**2 * self.moment(2 * (a + b))
                total += abs(c) * logs * far.min(near)
        return total

    def far_bound(self, power: int) -> Any:
        """The same for what decays of `log(cosh(x))**power`, as `|log(2*cosh(x))| <= log(2) + peak*|x|`."""
        shift, peak = arb(2).log(), self.peak
        total = arb(0)
        for i in range(1, power + 1):
            part = sum(
                (comb(i, k) * shift ** (i - k) * peak**k * self.moment(k) for k in range(i + 1)), arb(0)
            )
            part += self.moment(i) * (peak if i % 2 else 1)
            for c, m, k in odd_moment(i) if i % 2 else ():
                part += c * self.q**m * peak**2 * self.moment(k)
            total += comb(power, i) * shift ** (power - i) * part
        return total
