r"""Numbers from expansions in Hermite polynomials, with a bound of what is left out.

With `a_n = E[f(sqrt(q1) z) He_n(z)]/sqrt(n!)` and `b_n` in the same way for g and q2, `E[f(u) g(v)]` is the
sum of `a_n b_n rho^n`. By Cauchy and Schwarz, what comes after the term `N` is at most `|rho|^(N+1)` times
the root of `(E[f^2] - sum a_n^2) (E[g^2] - sum b_n^2)`, n up to N.

The coefficients are integrated by the double exponential rule between the breakpoints, on the same nodes for
all n, with steps that are halved until the sum does not change: estimates, not bounds.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import pairwise
from math import isqrt
from typing import NamedTuple

import flint
from flint import acb, arb, fmpq
from sympy import Expr, Rational, sqrt

from symbolic_init.errors import AssumptionError, NotIntegrableError, PrecisionError
from symbolic_init.moments.ball import compiled_at, line_points, value_ball
from symbolic_init.moments.breakpoints import singular_points, switch_points
from symbolic_init.notation import GaussianMean, PairMean, x

__all__ = ["HermiteTerms", "hermite_sum", "pair_ball"]

_GUARD = 24
_FIRST_STEP = 8
"""The first step is one part of so many of 1."""
_HALVINGS, _PATIENCE = 6, 4
"""Halvings of the step, and after how many of them half of the bits must be there for a further one."""
_MOST_TERMS = 4000
_FARTHEST = 60.0
"""Standard deviations within which breakpoints without a formula are looked for."""
_WIDEST = 9.0
"""Range of the variable of integration: a mean square that goes on beyond it diverges."""
_OFFSET = 0.2718
"""Where the nodes begin, in steps: they stay off the round numbers, where a function may be 0/0."""


class HermiteTerms(NamedTuple):
    """Terms of the expansion of a mean of two variables, as numbers.

    Attributes:
        value: The sum as an `arb`: its radius holds the bound of what is left out, and what the
            last halving of the step changed.
        products: `a_n*b_n` for n = 0, 1 ..., as an `arb` each.
        left_out: Bound of the terms that are left out.
    """

    value: arb
    products: tuple[arb, ...]
    left_out: arb


class _Samples(NamedTuple):
    """A function on the nodes, as integers over `2**work`, all values times `2**shift`.

    The places are in standard deviations; the values are times the weights of the nodes.
    """

    places: tuple[int, ...]
    weighted: tuple[int, ...]
    square: int
    shift: int


def hermite_sum(
    f: Expr, g: Expr, *, variances: tuple[Rational, Rational], rho: Rational, bits: int
) -> HermiteTerms:
    """Return `E[f(u)*g(v)]` and the terms of its expansion, with an absolute accuracy of `bits` bits.

    The accuracy is relative to the root of `E[f^2]*E[g^2]`.

    Args:
        f: Function of x without parameters.
        g: Function of x without parameters.
        variances: Variances of u and of v.
        rho: Their correlation, `-1 < rho < 1`.
        bits: Binary digits.

    Raises:
        NotIntegrableError: If a mean square diverges.
        PrecisionError: If the sum would need too many terms, or halving the step goes on to change it.

    Examples:
        >>> from sympy import Integer, Rational, exp
        >>> from symbolic_init.notation import x
        >>> found = hermite_sum(exp(x), exp(x), variances=(Integer(1),) * 2, rho=Rational(1, 2), bits=40)
        >>> abs(found.value - arb("1.5").exp()) < 1e-11
        True
    """
    # A node where the root of the weight is 2**-bits holds values that the recurrence makes 2**bits as large.
    work = 2 * bits + _GUARD
    old: _Total | None = None
    for halving in range(_HALVINGS):
        first = _samples(f, variances[0], halving, bits, work)
        same = (g, variances[1]) == (f, variances[0])
        second = first if same else _samples(g, variances[1], halving, bits, work)
        new = _summed(first, second, rho, bits, work)
        if old is not None:
            change = abs(new.total - old.total)
            if change << bits <= new.scale:
                return _as_balls(new, change, work, first.shift + second.shift)
            if halving >= _PATIENCE and change << bits // 2 > new.scale:
                break
        old = new
    msg = f"the expansion of the mean of {f} and {g} cannot be summed to {bits} bits: they are too rough"
    raise PrecisionError(msg)


class _Total(NamedTuple):
    """A sum, its terms without the powers of rho, the bound of the rest, and the size of it all."""

    total: int
    products: tuple[int, ...]
    left_out: int
    scale: int


def _summed(first: _Samples, second: _Samples, rho: Rational, bits: int, work: int) -> _Total:
    """Add terms until the rest is negligible."""
    top, below = int(rho.p), int(rho.q)
    power, total, products = 1 << work, 0, list[int]()
    rests = [first.square, second.square]
    scale = isqrt(first.square * second.square)
    columns = (_coefficients(first, work), _coefficients(second, work) if second is not first else None)
    for n in range(_MOST_TERMS):
        a = next(columns[0])
        b = a if columns[1] is None else next(columns[1])
        products.append((a * b) >> work)
        total += (products[-1] * power) >> work
        rests = [max(r - ((c * c) >> work), 0) for r, c in zip(rests, (a, b), strict=True)]
        power = power * top // below
        left_out = (isqrt(rests[0] * rests[1]) + n + 1) * abs(power) >> work
        if left_out << (bits + 2) <= scale or not power:
            return _Total(total, tuple(products), left_out, scale)
    at = f"at a correlation of {float(rho):.10g}"
    msg = f"the sum needs more than {_MOST_TERMS} terms {at}: ask for fewer digits"
    raise PrecisionError(msg)


def _coefficients(samples: _Samples, work: int) -> Iterator[int]:
    """The coefficients for n = 0, 1 ... by the recurrence of the normalized Hermite polynomials."""
    places, now = samples.places, list(samples.weighted)
    before, root, n = [0] * len(now), 0, 0
    while True:
        yield sum(now)
        n += 1
        new_root = isqrt(n << 2 * work)
        inverse = (1 << 2 * work) // new_root
        back = root * inverse >> work
        ahead = [
            ((z * v >> work) * inverse - back * w) >> work
            for z, v, w in zip(places, now, before, strict=True)
        ]
        before, now, root = now, ahead, new_root


def _as_balls(found: _Total, change: int, work: int, shift: int) -> HermiteTerms:
    """The integers as numbers again."""

    def ball(value: int) -> arb:
        return arb(fmpq(value, 1 << work)) * arb(2) ** -shift

    with flint.ctx.workprec(work + 64):
        left_out = ball(found.left_out)
        radius = left_out + ball(change + len(found.products) + 1)
        return HermiteTerms(
            ball(found.total) + arb(0, radius.upper()), tuple(map(ball, found.products)), left_out
        )


@lru_cache(maxsize=16)
def _samples(f: Expr, variance: Rational, halving: int, bits: int, work: int) -> _Samples:
    """The function on the nodes of one step."""
    with flint.ctx.workprec(work + 40):
        exact = value_ball(variance, bits=work + 40)
        line = _Line(f, exact.sqrt(), -1 / (4 * exact), arb(1) / (_FIRST_STEP << halving), bits, work)
        nodes: list[_Node] = []
        peak = arb(0)
        for piece in line.pieces():
            found = list(line.nodes(*piece, peak))
            peak = max((abs(n.value.mid() * n.root.mid()) for n in found), default=arb(0)).max(peak)
            nodes += found
        square = sum((n.value * n.value * n.weight for n in nodes), arb(0))
        if not square.is_finite():
            raise line.diverges()
        shift = 0 if square == 0 else -(int(square.mid().man_exp()[1]) + _length(square)) // 2
        unit = arb(2) ** (work + shift)
        return _Samples(
            tuple(_whole(n.place / line.deviation * arb(2) ** work) for n in nodes),
            tuple(_whole(n.value * n.weight * unit) for n in nodes),
            _whole(square * unit * arb(2) ** shift),
            shift,
        )


def _length(ball: arb) -> int:
    return int(ball.mid().man_exp()[0]).bit_length()


def _whole(ball: arb) -> int:
    return int(ball.mid().floor().unique_fmpz())


class _Node(NamedTuple):
    """A place, the function there, the weight, and the root of the Gaussian part of it."""

    place: arb
    value: arb
    weight: arb
    root: arb


_Map = Callable[[arb], tuple[arb, arb]]
"""A map of the whole line onto a piece, with its derivative."""


class _Line(NamedTuple):
    """A function, and how finely and how far it is looked at.

    `rate` is that of the root of the Gaussian weight, which bounds it times a Hermite polynomial.
    """

    f: Expr
    deviation: arb
    rate: arb
    step: arb
    bits: int
    work: int

    def pieces(self) -> Iterator[tuple[_Map, Callable[[arb], arb]]]:
        """A map and the function for each stretch between points where it is not smooth, inner ones first."""
        points, complete = switch_points(self.f)
        if not complete:
            points = tuple(Rational(c) for c in line_points(self.f, _FARTHEST * float(self.deviation.mid())))
        exact = sorted(
            (value_ball(c, bits=self.work + 40) for c in dict.fromkeys((*points, *singular_points(self.f)))),
            key=lambda c: float(c.mid()),
        )
        for low, high in sorted(pairwise((None, *exact, None)), key=_distance):
            inside = _inside(low, high, float(self.deviation.mid()))
            yield _map(low, high, self.deviation), _real(compiled_at(self.f, inside))

    def nodes(self, place_of: _Map, run: Callable[[arb], arb], peak: arb) -> Iterator[_Node]:
        """The nodes of one piece, from the middle outward on either side, with the largest value before.

        What is negligible beside that must be left out: the recurrence enlarges rounding far from 0.
        """
        norm = self.step / ((2 * arb.pi()).sqrt() * self.deviation)
        least = arb(2) ** -(self.bits + _GUARD)
        for side in (1, -1):
            for k in range(0 if side > 0 else 1, int(_WIDEST / float(self.step.mid()))):
                place, slope = place_of(self.step * (k * side) + self.step * _OFFSET)
                fall = (place * place * self.rate).exp()
                value, weight = run(place), slope * fall * norm
                peak = max(peak, abs(value.mid() * weight.mid()))
                if weight < least and not abs(value * weight) > least * peak:
                    break
                yield _Node(place, value, weight * fall, weight)
            else:
                raise self.diverges()

    def diverges(self) -> NotIntegrableError:
        """The error that tells that the mean square is infinite."""
        return NotIntegrableError(
            f"the mean square of {self.f} over a Gaussian of variance {float(self.deviation**2):.6g} diverges"
        )


def _real(run: Callable[..., acb]) -> Callable[[arb], arb]:
    return lambda t: run(acb(t)).real


def _inside(low: arb | None, high: arb | None, deviation: float) -> float:
    """A place within a piece."""
    if low is not None and high is not None:
        return float((low * 2 + high * 3).mid()) / 5
    if low is not None:
        return float(low.mid()) + 0.4 * deviation
    return 0.0 if high is None else float(high.mid()) - 0.4 * deviation


def _distance(piece: tuple[arb | None, arb | None]) -> float:
    """How far from 0 a stretch begins."""
    low, high = piece
    return max(0.0 if low is None else float(low.mid()), 0.0 if high is None else -float(high.mid()))


def _map(low: arb | None, high: arb | None, deviation: arb) -> _Map:
    """The substitution of the double exponential rule."""
    if low is None and high is None:
        return lambda t: (deviation * t.sinh(), deviation * t.cosh())
    if low is None or high is None:
        end, side = (low, deviation) if low is not None else (high, -deviation)

        def half(t: arb) -> tuple[arb, arb]:
            fall = (-t).exp()
            u = (t - fall).exp()
            return end + side * u, deviation * u * (1 + fall)

        return half
    width = high - low

    def finite(t: arb) -> tuple[arb, arb]:
        near = (-abs(arb.pi() * t.sinh())).exp()
        part = near / (1 + near)
        slope = width * arb.pi() * t.cosh() * part / (1 + near)
        return (low + width * part if t < 0 else high - width * part), slope

    return finite


def pair_ball(head: PairMean, *, bits: int, proven: bool = False) -> arb:
    """Return the value of a mean of two variables, with an accuracy as for `hermite_sum`.

    Args:
        head: The mean, without free symbols.
        bits: Binary digits.
        proven: Whether the ball must be a proven enclosure; else it is an estimate.

    Raises:
        AssumptionError: If the correlation is not between -1 and 1.
        NotIntegrableError: If a mean square diverges.
        PrecisionError: If the digits cannot be reached, or proven.
    """
    (f, g), (first, second), correlation = head.functions, head.variances, head.correlation
    if abs(correlation) == 1:
        product = f * g.xreplace({x: correlation * sqrt(second / first) * x})
        return value_ball(GaussianMean(product, first), bits=bits, proven=proven)
    inside = (1 - correlation**2).is_positive
    if not (abs(float(correlation)) < 1 if inside is None else inside):
        msg = f"a correlation is between -1 and 1, not {correlation}"
        raise AssumptionError(msg)
    if proven:
        from symbolic_init.moments.hermite_enclosure import enclosed_sum

        return enclosed_sum(f, g, variances=(first, second), rho=correlation, bits=bits)
    if not correlation.is_Rational:
        middle = value_ball(correlation, bits=bits + _GUARD).mid().fmpq()
        correlation = Rational(int(middle.p), int(middle.q))
    return hermite_sum(f, g, variances=(first, second), rho=correlation, bits=bits).value
