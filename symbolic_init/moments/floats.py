"""Gaussian means in double precision: quick, with no claim to be right.

Sources:
    Takahasi and Mori, Double exponential formulas for numerical integration, Publ. RIMS 9 (1974).
"""

import math
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from itertools import pairwise
from typing import NamedTuple

from sympy import Expr

from symbolic_init.errors import SymbolicInitError
from symbolic_init.moments.compilation import compile_float

__all__ = ["float_means"]

_FIRST_STEP = 0.4
_HALVINGS = 5
_GAUSS = (
    (0.18343464249564981, 0.36268378337836199),
    (0.52553240991632899, 0.31370664587788729),
    (0.79666647741362674, 0.22238103445337448),
    (0.96028985649753623, 0.10122853629037626),
)
"""Positive nodes and weights of Gauss and Legendre's rule of order 8."""
_INSIDE = (0.0011, 0.043, 0.271, 0.957, 0.9989)
"""Where on a piece its program is compared with the function as a whole."""
_OFFSET = 0.2718
"""Where the nodes begin, in steps: they stay off the round numbers, where a function may be 0/0."""
_FARTHEST = 38.0
"""Standard deviations beyond which the weight is 0 in double precision."""

_Node = tuple[float, float]
"""A place on the line, and the derivative of the substitution there."""


class _Map(NamedTuple):
    """A map of the whole line onto an interval, and where it is of use.

    Beyond the range `low` to `high` the weight is 0, or a place falls together with an end.
    """

    node: Callable[[float], _Node]
    low: float
    high: float


def float_means(f: Expr, variance: float, points: Sequence[float]) -> Iterator[float]:
    """Yield estimates of `E[f(sqrt(variance)*z)]`, each with half the step of the last one.

    There are a few at most; none, or no further, where the function has no value or overflows.

    Args:
        f: Function of x without parameters.
        variance: Positive number.
        points: Where the integral is split, increasing.

    Examples:
        >>> from symbolic_init.notation import x
        >>> [round(mean, 6) for mean in float_means(x**4, 2.0, ())][-1]
        12.0
    """
    try:
        yield from _halved(f, math.sqrt(variance), points)
    except (ArithmeticError, ValueError, TypeError, SymbolicInitError):  # also complex values
        return


def _halved(f: Expr, deviation: float, points: Sequence[float]) -> Iterator[float]:
    """The sums with step after step, first with few nodes on the short pieces."""
    reach = _FARTHEST * deviation
    inner = tuple(c for c in points if abs(c) < reach)
    ends = list(pairwise((-math.inf, *inner, math.inf)))
    programs = _programs(f, inner)
    if not _are_all_pieces(compile_float(f), programs, [(max(a, -reach), min(b, reach)) for a, b in ends]):
        return
    parts = list(zip(programs, ends, strict=True))
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
    parts: Sequence[tuple[Callable[[float], float], tuple[float, float]]],
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


@lru_cache(maxsize=16)
def _programs(f: Expr, points: tuple[float, ...]) -> tuple[Callable[[float], float], ...]:
    """The function as it is on each piece: switches are decided at one place, once."""
    kept: dict[Expr, Callable[[float], float]] = {}

    def at(place: float, u: Expr) -> float:
        if u not in kept:
            kept[u] = compile_float(u)
        return kept[u](place)

    if not points:
        return (compile_float(f, at=partial(at, 0.0)),)
    places = (points[0] - 1, *((a + b) / 2 for a, b in pairwise(points)), points[-1] + 1)
    return tuple(compile_float(f, at=partial(at, place)) for place in places)


def _are_all_pieces(
    f: Callable[[float], float],
    programs: Sequence[Callable[[float], float]],
    ends: Sequence[tuple[float, float]],
) -> bool:
    """Whether the function is as each program says near both ends of its piece: no switch is missing."""
    places = [(run, a + (b - a) * t) for run, (a, b) in zip(programs, ends, strict=True) for t in _INSIDE]
    return all(math.isclose(run(c), f(c), rel_tol=1e-9, abs_tol=1e-12) for run, c in places)


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
