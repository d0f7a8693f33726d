"""Gaussian means in double precision: quick, with no claim to be right.

Sources:
    Takahasi and Mori, Double exponential formulas for numerical integration, Publ. RIMS 9 (1974).
"""

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from sympy import Expr

from symbolic_init.errors import SymbolicInitError
from symbolic_init.moments.compilation import compile_float

__all__ = ["are_pieces", "float_means"]

_FIRST_STEP = 0.4
_HALVINGS = 5
_GAUSS = (
    (0.18343464249564981, 0.36268378337836199),
    (0.52553240991632899, 0.31370664587788729),
    (0.79666647741362674, 0.22238103445337448),
    (0.96028985649753623, 0.10122853629037626),
)
"""Positive nodes and weights of Gauss and Legendre's rule of order 8."""
_INSIDE = (0.0011, 0.271, 0.9989)
"""Where on a piece its branch is compared with the function as a whole."""
_OFFSET = 0.2718
"""Where the nodes begin, in steps: they stay off the round numbers, where a function may be 0/0."""
_FARTHEST = 38.0
"""Standard deviations beyond which the weight is 0 in double precision."""

_Node = tuple[float, float]
"""A place on the line, and the derivative of the substitution there."""
_Part = tuple[Callable[[float], float], tuple[float, float]]
"""What the function is on a piece, and the ends of this."""
_NO_VALUE = (ArithmeticError, ValueError, TypeError, SymbolicInitError)
"""What is raised where a function has no value in double precision; complex values raise `TypeError`."""


class _Map(NamedTuple):
    """A map of the whole line onto an interval, and where it is of use.

    Beyond the range `low` to `high` the weight is 0, or a place falls together with an end.
    """

    node: Callable[[float], _Node]
    low: float
    high: float


def are_pieces(f: Expr, variance: float, points: Sequence[float], branches: Sequence[Expr]) -> bool:
    """Return whether a function is what branches say, as seen near both ends of each piece.

    Args:
        f: Function of x without parameters.
        variance: Positive number: where its normal density is 0 in double precision nobody looks.
        points: Between the branches, increasing.
        branches: One more than points: expressions in x without switches.

    Examples:
        >>> from sympy import Abs
        >>> from symbolic_init.notation import x
        >>> are_pieces(Abs(x), 1.0, (0.0,), (-x, x)), are_pieces(Abs(x), 1.0, (), (x,))
        (True, False)
    """
    reach = _FARTHEST * math.sqrt(variance)
    try:
        whole = compile_float(f)
        for run, (low, high) in _parts(points, branches, reach):
            a, b = max(low, -reach), min(high, reach)
            places = (a + (b - a) * t for t in _INSIDE)
            if not all(math.isclose(run(c), whole(c), rel_tol=1e-9, abs_tol=1e-12) for c in places):
                return False
    except _NO_VALUE:
        return False
    return True


def float_means(variance: float, points: Sequence[float], branches: Sequence[Expr]) -> Iterator[float]:
    """Yield estimates of `E[f(sqrt(variance)*z)]`, each with half the step of the last one.

    There are a few at most; none, or no further, where the function has no value or overflows.

    Args:
        variance: Positive number.
        points: Where the integral is split, increasing.
        branches: The function between the points, one more than these: smooth expressions in x.

    Examples:
        >>> from symbolic_init.notation import x
        >>> [round(mean, 6) for mean in float_means(2.0, (), (x**4,))][-1]
        12.0
    """
    try:
        yield from _halved(math.sqrt(variance), points, branches)
    except _NO_VALUE:
        return


def _parts(points: Sequence[float], branches: Sequence[Expr], reach: float) -> tuple[_Part, ...]:
    """The pieces that come near enough to 0, each branch compiled once."""
    ends = pairwise((-math.inf, *points, math.inf))
    near = [(b, low, high) for b, (low, high) in zip(branches, ends, strict=True) if low < reach > -high]
    programs = {b: compile_float(b) for b, _, _ in near}
    return tuple((programs[b], (low, high)) for b, low, high in near)


def _halved(deviation: float, points: Sequence[float], branches: Sequence[Expr]) -> Iterator[float]:
    """The sums with step after step, first with few nodes on the short pieces."""
    parts = _parts(points, branches, _FARTHEST * deviation)
    short = [part for part in parts if part[1][1] - part[1][0] <= deviation]
    if short:
        rate = -0.5 / deviation**2
        fixed = math.fsum(_by_gauss(run, a, b, rate) for run, (a, b) in short)
        rest = [part for part in parts if part[1][1] - part[1][0] > deviation]
        yield from _sums(rest, deviation, fixed, halvings=2)
    yield from _sums(parts, deviation, 0.0, halvings=_HALVINGS)


def _by_gauss(run: Callable[[float], float], low: float, high: float, rate: float) -> float:
    """Gauss and Legendre's rule with 8 nodes on a short piece, with the Gaussian weight."""
    middle, half = (low + high) / 2, (high - low) / 2
    places = ((middle + side * half * t, w) for t, w in _GAUSS for side in (-1, 1))
    return half * math.fsum(w * math.exp(c * c * rate) * run(c) for c, w in places)


def _sums(
    parts: Sequence[_Part],
    deviation: float,
    fixed: float,
    *,
    halvings: int,
) -> Iterator[float]:
    """The sums over pieces with half the step each time, and what else belongs to the integral."""
    maps = [(run, _substitution(a, b, deviation)) for run, (a, b) in parts]
    rate = -0.5 / deviation**2
    scale = 1 / (math.sqrt(2 * math.pi) * deviation)
    step, offset, total = _FIRST_STEP, _OFFSET * _FIRST_STEP, 0.0
    for halving in range(halvings + 1):
        if halving:
            step /= 2
            total /= 2
        shift = step if halving else 0.0
        spacing = 2 * step if halving else step
        total += sum(_added(g, m, rate, spacing, offset + shift) for g, m in maps) * scale * step
        yield total + fixed * scale


def _added(f: Callable[[float], float], onto: _Map, rate: float, step: float, start: float) -> float:
    """The sum over the nodes `start + k*step`."""
    values = []
    node = onto.node
    for k in range(int(onto.low / step), int(onto.high / step) + 1):
        place, slope = node(start + k * step)
        weight = slope * math.exp(place * place * rate)
        if weight:
            values.append(weight * f(place))
    return math.fsum(values)


def _substitution(low: float, high: float, deviation: float) -> _Map:
    """A map onto an interval that makes the integrand decay doubly exponentially."""
    if low == -math.inf and high == math.inf:
        return _Map(lambda t: (deviation * math.sinh(t), deviation * math.cosh(t)), -4.4, 4.4)
    if high == math.inf or low == -math.inf:
        end, side = (low, deviation) if high == math.inf else (high, -deviation)

        def half(t: float) -> _Node:
            fall = math.exp(-t)
            u = math.exp(t - fall)
            return end + side * u, deviation * u * (1 + fall)

        return _Map(half, -4.2, 4.4)

    width = high - low

    def finite(t: float) -> _Node:
        u = math.pi * math.sinh(t)
        near = math.exp(-abs(u))
        part = near / (1 + near)
        place = low + width * part if u < 0 else high - width * part
        return place, width * math.pi * math.cosh(t) * near / (1 + near) ** 2

    return _Map(finite, -3.8, 3.8)
