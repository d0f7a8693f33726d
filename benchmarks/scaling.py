"""How the time of an exact second moment grows with the number of pieces and with the degree."""

import math
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from random import Random
from types import MappingProxyType
from typing import NamedTuple

from report import Figure, figures, table
from sympy import Add, Expr, Max, Piecewise, Rational, S, erf, exp
from sympy.core.cache import clear_cache

from symbolic_init import gaussian_mean
from symbolic_init.notation import x

PIECES = (1, 2, 4, 8, 16, 32, 64)
DEGREES = (1, 2, 4, 8, 16, 32)
FITTED = 4
"""The exponent is fitted to so many of the largest sizes, where the fixed cost does not count."""


def _number(random: Random) -> Rational:
    return Rational(random.choice((-1, 1)) * random.randint(1, 30), random.randint(2, 11))


def _knots(count: int, random: Random) -> list[Rational]:
    """Different places between -4 and 4."""
    return [Rational(k, 60) for k in sorted(random.sample(range(-240, 241), count))]


def hinges(pieces: int, random: Random) -> Expr:
    """A sum of rectifiers: a continuous spline with so many pieces."""
    line = _number(random) * x + _number(random)
    return Add(line, *(_number(random) * Max(0, x - c) for c in _knots(pieces - 1, random)))


def lines(pieces: int, random: Random) -> Expr:
    """Another line on each piece, with jumps."""
    branches = [_number(random) * x + _number(random) for _ in range(pieces)]
    if pieces == 1:
        return branches[0]
    knots = _knots(pieces - 1, random)
    return Piecewise(*((f, x < c) for f, c in zip(branches, knots, strict=False)), (branches[-1], True))


def polynomial(degree: int, random: Random) -> Expr:
    """All coefficients differ from 0."""
    return Add(*(_number(random) / math.factorial(k) * x**k for k in range(degree + 1)))


def half_line(degree: int, random: Random) -> Expr:
    """A polynomial above a random place, 0 below."""
    return Piecewise((S.Zero, x < _number(random)), (polynomial(degree, random), True))


def tilted(degree: int, random: Random) -> Expr:
    """The same times an exponential, below 0."""
    return Piecewise((polynomial(degree, random) * exp(x), x < 0), (x, True))


def gated(degree: int, random: Random) -> Expr:
    """A polynomial times an error function."""
    return polynomial(degree, random) * erf(x)


class Growth(NamedTuple):
    """Functions of growing size: how they are called, made, and how fast the time may grow."""

    what: str
    make: Callable[[int, Random], Expr]
    sizes: Sequence[int]
    most: float


GROWTHS: Mapping[str, tuple[Growth, ...]] = MappingProxyType(
    {
        "pieces": (
            Growth("rectifiers", hinges, PIECES, 1),
            Growth("lines", lines, PIECES, 1),
        ),
        "degree": (
            Growth("on a half line", half_line, DEGREES, 2),
            Growth("times exp(x), x < 0", tilted, DEGREES, 2),
            Growth("times erf(x)", gated, DEGREES, 2),
        ),
    }
)


def seconds(growth: Growth, size: int, *, rounds: int) -> float | None:
    """Median processor time for different functions of one size, or `None` where there is no form."""
    times = []
    for seed in range(rounds):
        square = growth.make(size, Random(seed)) ** 2  # noqa: S311  # functions, no secrets
        clear_cache()
        start = time.process_time()
        moment = gaussian_mean(square)
        times.append(time.process_time() - start)
        if moment.kind != "exact":
            return None
    return statistics.median(times)


def exponent(times: Mapping[int, float]) -> float:
    """The slope of a line through the logarithms, by least squares."""
    points = [(math.log(n), math.log(t)) for n, t in sorted(times.items())[-FITTED:]]
    middle, height = (statistics.fmean(c) for c in zip(*points, strict=True))
    return sum((u - middle) * (v - height) for u, v in points) / sum((u - middle) ** 2 for u, _ in points)


def scaling(*, rounds: int, largest: int) -> Iterator[str]:
    """Tables of times, and the fitted exponents."""
    gaussian_mean(exp(-(x**2)))  # loads what is loaded on first use
    found = []
    for unit, group in GROWTHS.items():
        columns = []
        for growth in group:
            sizes = [n for n in growth.sizes if n <= largest]
            times = {n: seconds(growth, n, rounds=rounds) for n in sizes}
            columns.append(times)
            found.append(_figure(unit, growth, times))
        heads = [unit, *(f"{growth.what}, ms" for growth in group)]
        yield table(heads, ([str(n), *(_cell(times[n]) for times in columns)] for n in columns[0]))
    yield figures(found)


def _figure(unit: str, growth: Growth, times: Mapping[int, float | None]) -> Figure:
    solved = {n: t for n, t in times.items() if t is not None}
    unsolved = [n for n in times if n not in solved]
    what = f"exponent of the time in the {unit}: {growth.what}"
    rest = f" (no form for {', '.join(map(str, unsolved))})" if unsolved else ""
    fitted = sorted(solved)[-FITTED:]
    steps = [math.log(solved[b] / solved[a]) / math.log(b / a) for a, b in pairwise(fitted)]
    last = f", at the end {steps[-1]:.2f}" if steps else ""
    return Figure(what, f"{exponent(solved):.2f}{last}{rest}", f"at most {growth.most:g}")


def _cell(time_: float | None) -> str:
    return "-" if time_ is None else f"{time_ * 1000:.0f}"
