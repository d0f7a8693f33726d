"""The exact length map in double precision: iterated, and followed to where it goes."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import final

from sympy import Add, Expr, Integer, Rational, Symbol, oo

from symbolic_init.derivation import Fate
from symbolic_init.errors import PrecisionError
from symbolic_init.evidence import Value
from symbolic_init.notation import abbreviated
from symbolic_init.theories import Setting

__all__ = [
    "DIVERGED",
    "GRID",
    "SETTLED",
    "Flow",
    "Landing",
    "bisect",
    "decimal_bracket",
    "flow",
    "land",
    "sampled",
]

_ITERATIONS = 400
"""Steps of plain iteration before the fixed point is searched for along the drift."""
SETTLED = 1e-12
"""Relative change of q below which an orbit counts as settled; the means are good to 1e-12."""
DIVERGED = 1e6
"""Growth from the first layer on beyond which an orbit counts as divergent."""
_VANISHED = 1e-7
"""Below this q the slow decay of a critical map drowns in rounding: it counts as a decay to 0."""
_NOISE = 1e-13
"""Part of q below which `V(q) - q` cannot be told from 0."""
_TINY = 1e-300
_SAMPLED = 1e-9
"""Relative error of a sampled mean above which the samples are said to miss something."""
_COMPARED = 10
"""Digits of the mean that the samples are compared with."""
GRID = 1.02
"""Ratio of the search grid along the drift: two roots closer than 2 % are told as one."""
_REMEMBERED = 1 << 14
"""Variances at which the means are remembered: orbits that drift meet on the grid."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """The length map of one activation in double precision.

    Attributes:
        means: `q -> (M, h, M')`; `inf` where a mean diverges, `nan` for an infinite `h`.
        first: `q -> (m, m')`.
        limit: The means are finite for `q < limit`.
    """

    means: Callable[[float], tuple[float, float, float]]
    first: Callable[[float], tuple[float, float]]
    limit: float

    def second(self, variance: float) -> float:
        """`M(q)`; infinite beyond the limit."""
        if variance <= 0:
            return self.means(_TINY)[0]
        return self.means(variance)[0] if variance < self.limit else math.inf


def sampled(functions: Sequence[Expr], inputs: Sequence[Symbol]) -> Callable[[float], tuple[float, ...]]:
    """Return a function from a variance to the means of functions in double precision.

    Args:
        functions: Functions of the inputs, without parameters.
        inputs: The inputs, `x` first; of several ones, functions are sums of products.
    """
    from symbolic_init.moments.grid import means_function
    from symbolic_init.moments.several import products_function

    return products_function(functions, inputs) if len(inputs) > 1 else means_function(functions)


def flow(setting: Setting) -> Flow:
    """Return the length map of an activation without free parameters in double precision.

    Raises:
        PrecisionError: If it is too small or has features too narrow for that.
    """
    return _straight(setting) if setting.is_homogeneous else _sampled_flow(setting)


def _straight(setting: Setting) -> Flow:
    """That of a homogeneous function: `M = A_2 q`, and `h = A_2`."""
    assert setting.slopes is not None
    left, right = (float(Value(definition=s, kind="exact")) for s in setting.slopes)
    square = left * left / 2 + right * right / 2
    if not 0 < square < math.inf:
        msg = f"the slopes of {abbreviated(setting.g)} are beyond the range of double precision"
        raise PrecisionError(msg)
    return Flow(
        means=lambda variance: (square * variance, square, square),
        first=lambda variance: (
            (right - left) * math.sqrt(variance / (2 * math.pi)),
            (right - left) / math.sqrt(8 * math.pi * variance),
        ),
        limit=math.inf,
    )


def _sampled_flow(setting: Setting) -> Flow:
    """That of any other function, from sums over fixed nodes."""
    f, inputs = setting.M.integrand, setting.M.inputs
    limit = math.inf if setting.M.limit == oo else float(setting.M.limit)
    squares = Add(*(u**2 for u in inputs))
    functions = (f, squares * f) if setting.h is None else (f, squares * f, setting.h.integrand)
    sample = sampled(functions, inputs)
    sample_first = cache(lambda: sampled((setting.g, squares * setting.g), inputs))
    at = Rational(1) if limit > 1 else Rational(limit / 2).limit_denominator(1000)
    wanted = float(setting.M.at(at).value(digits=_COMPARED))
    if not wanted > _TINY:
        msg = f"{setting.g} is too small for double precision: its length map cannot be followed"
        raise PrecisionError(msg)
    if not math.isclose(sample(float(at))[0], wanted, rel_tol=_SAMPLED):
        msg = f"{setting.g} has features too narrow for double precision: its length map cannot be followed"
        raise PrecisionError(msg)

    @lru_cache(maxsize=_REMEMBERED)
    def means(variance: float) -> tuple[float, float, float]:
        values = sample(variance)
        second, tilted = values[0], values[1]
        slope = (
            math.inf if math.isinf(second) else (tilted / variance - len(inputs) * second) / (2 * variance)
        )
        return second, (values[2] if len(values) > 2 else math.nan), slope

    def first(variance: float) -> tuple[float, float]:
        mean, tilted = sample_first()(variance)
        return mean, (tilted / variance - len(inputs) * mean) / (2 * variance)

    return Flow(means=means, first=first, limit=limit)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Landing:
    """Where an orbit of the length map goes.

    Attributes:
        fate: How it ends.
        q: The fixed point reached (0.0 for "decays"), or `None`.
        V_prime: Slope of the map there, or `None`.
    """

    fate: Fate
    q: float | None = None
    V_prime: float | None = None


def land(flow: Flow, sigma_w2: float, sigma_b2: float, *, start: float) -> Landing:
    """Return where `q -> sigma_b2 + sigma_w2 M(q)` goes from `start`."""

    def step(variance: float) -> float:
        return sigma_b2 + sigma_w2 * flow.second(variance)

    def at(variance: float) -> Landing:
        return Landing(fate="fixed", q=variance, V_prime=sigma_w2 * flow.means(variance)[2])

    def excess(variance: float) -> float:
        return step(variance) - variance

    current, moves, top = start, [0.0, 0.0], DIVERGED * max(start, 1.0)
    for _ in range(_ITERATIONS):
        following = step(current)
        if not following < top:
            return Landing(fate="diverges")
        if following < _VANISHED:
            return Landing(fate="decays", q=0.0)
        moves = [moves[1], following - current]
        current = following
        if abs(moves[1]) <= SETTLED * current:
            break
    if moves[0] * moves[1] < 0 and abs(moves[1]) > SETTLED * current:
        return _alternating(excess, current, step(current), at)
    root = _crossing(excess, current)
    if root is not None:
        return at(root)
    return _along(excess, current, top=top if moves[1] > 0 else None, at=at, may_vanish=sigma_b2 == 0)


def _crossing(excess: Callable[[float], float], near: float) -> float | None:
    """Where `V(q) - q` is seen to change its sign around a point, if it is not only small there."""
    for d in (1e-9, 1e-6, 1e-3, 1e-2):
        if _changes(excess, near * (1 - d), near * (1 + d)):
            return bisect(excess, near * (1 - d), near * (1 + d))
    return None


def _changes(function: Callable[[float], float], low: float, high: float) -> bool:
    """Whether a sign change is seen between two variances, beyond rounding."""
    ends = function(low), function(high)
    return ends[0] * ends[1] < 0 and min(map(abs, ends)) > _NOISE * high


def _alternating(
    excess: Callable[[float], float], one: float, other: float, at: Callable[[float], Landing]
) -> Landing:
    """An orbit that still jumps to and fro: a slow spiral, or a cycle."""
    root = bisect(excess, min(one, other), max(one, other))
    landing = at(root) if root is not None else Landing(fate="cycles")
    return landing if landing.V_prime is not None and landing.V_prime > -1 else Landing(fate="cycles")


def _along(
    excess: Callable[[float], float],
    current: float,
    *,
    top: float | None,
    at: Callable[[float], Landing],
    may_vanish: bool,
) -> Landing:
    """An orbit that drifts slowly, upward if there is a `top`: the next fixed point on its way.

    Where `V(q) - q` drowns in rounding the drift is taken to go on: no sign change is seen there.
    """
    sign = -1 if top is None else 1
    here, before, mark = current, current, math.log(current, GRID)
    mark = math.ceil(mark) - 1 if top is None else math.floor(mark) + 1
    while _VANISHED < here < (math.inf if top is None else top):
        there = GRID**mark
        mark += sign
        drift = sign * excess(there)
        if drift < -SETTLED * there:
            root = bisect(excess, min(before, there), max(before, there))
            return at(there if root is None else root)
        before = there if drift > SETTLED * there else before
        here = there
    if top is not None:
        return Landing(fate="diverges")
    return Landing(fate="decays", q=0.0) if may_vanish else at(here)


def bisect(function: Callable[[float], float], low: float, high: float) -> float | None:
    """A sign change of `function` between two floats, to the last digit, or `None`."""
    at_low, at_high = function(low), function(high)
    if at_low == 0:
        return low
    if at_high == 0:
        return high
    if not at_low * at_high < 0:
        return None
    for _ in range(200):
        middle = (low + high) / 2
        if not low < middle < high:
            break
        if (function(middle) < 0) == (at_low < 0):
            low = middle
        else:
            high = middle
    return (low + high) / 2


def decimal_bracket(function: Callable[[float], float], root: float) -> tuple[Rational, Rational]:
    """Return short decimals around `root` between which `function` changes its sign.

    Raises:
        PrecisionError: If no sign change is seen: a double root.
    """
    for digits in (6, 5, 4, 3, 2):
        unit = Rational(10) ** (math.floor(math.log10(root)) + 1 - digits)
        low = Integer(math.floor(root / float(unit))) * unit
        bounds = (low - unit if function(float(low)) == 0 and low > unit else low, low + unit)
        if bounds[0] > 0 and _changes(function, *map(float, bounds)):
            return bounds
    msg = f"no sign change is seen around the fixed point {root:.6g}: it may be a double root"
    raise PrecisionError(msg)
