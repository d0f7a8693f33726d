"""Solutions of the conditions in double precision: a grid of alpha and beta, then Newton's method."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from sympy import Expr, Function, Symbol

from symbolic_init.errors import UnsupportedError
from symbolic_init.moments.backends import is_slow_in_floats
from symbolic_init.moments.compilation import compile_array
from symbolic_init.moments.legendre import legendre_rule
from symbolic_init.tailoring.conditions import ALPHA, TARGET, Conditions, mean, means_in, rate

__all__ = ["Approximation", "Search", "search"]

_ALPHAS = (1e-3, 4.0)
"""Where alpha is looked for, in units of the scale on which g bends."""
_BETAS = 8.0
"""How far from 0 beta is looked for, in the same unit."""
_GRID = (60, 97)
_FAR, _FAR_GRID = 1000.0, (80, 129)
"""How many times farther both are looked for where g is made of straight lines: these are exact on every
scale, and may look like one line from afar. That grid is finer near 0."""
_REACH, _PANELS, _ORDER = 11.0, 24, 10
_SCALES = (1e-6, 1e6, 49)
_BENT = 0.1
_FLAT = 1e-8
"""Relative size of the differences of g below which they drown in rounding."""
_MOST_STARTS = 300
_STEPS = 60
_SETTLED = 1e-8
_SAME = 1e-5
"""Relative distance below which two solutions are one."""
_BEYOND = 2.0
"""How far beyond the grid Newton's method may end."""


class _Sampler(NamedTuple):
    """g and its first two derivatives, and where they are not smooth."""

    run: Callable[[Any], Sequence[Any]]
    breakpoints: Sequence[float]

    def means(self, alpha: Any, beta: Any, letters: Mapping[Symbol, tuple[str, int]]) -> dict[Symbol, Any]:
        """The means for arrays of alpha and beta (points), those of `g - g(beta)` in place of g.

        Where g is so flat that its differences drown in rounding, they are `nan`.
        """
        import numpy as np

        edges = np.broadcast_to(np.linspace(-_REACH, _REACH, _PANELS + 1), (len(alpha), _PANELS + 1))
        cuts = [np.clip((c - beta) / alpha, -_REACH, _REACH)[:, None] for c in self.breakpoints]
        ends = np.sort(np.concatenate((edges, *cuts), axis=1), axis=1)
        nodes, weights = legendre_rule(_ORDER)
        half = np.diff(ends, axis=1)[..., None] / 2
        z = ends[:, :-1, None] + half * (1 + nodes)
        density = half * weights * np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
        values, slope, bend = (
            np.broadcast_to(v, z.shape) for v in self.run(alpha[:, None, None] * z + beta[:, None, None])
        )
        center = np.broadcast_to(self.run(beta)[0], beta.shape)
        g = values - center[:, None, None]
        of = {"g": g, "g2": g**2, "slope2": slope**2, "bend2": bend**2}
        found = {s: (of[name] * density * z**order).sum(axis=(1, 2)) for s, (name, order) in letters.items()}
        flat = (g**2 * density).sum(axis=(1, 2)) < (_FLAT * center) ** 2
        return {s: np.where(flat, math.nan, v) for s, v in found.items()}


def _natural_scale(sampler: _Sampler) -> float:
    """The least standard deviation at which g is a tenth as far from a line as it ever gets.

    It is 1 where g is as far from a line on every scale.
    """
    import numpy as np

    scales = np.geomspace(*_SCALES)
    first, tilted, second = (
        sampler.means(scales, np.zeros_like(scales), means_in(e))[e]
        for e in (mean("g"), mean("g", 1), mean("g2"))
    )
    bent = 1 - tilted**2 / (second - first**2)
    known = np.isfinite(bent)
    if not known.any():
        return 1.0
    index = int(np.argmax(known & (bent >= _BENT * bent[known].max())))
    return 1.0 if index == np.argmax(known) else float(scales[index])


class Approximation(NamedTuple):
    """A solution to about 8 digits, and how the length map bends there."""

    alpha: float
    beta: float
    bend: float


class Search(NamedTuple):
    """What was found, and where it was looked for.

    Attributes:
        scale: The scale on which g bends.
        alphas: The least and the largest alpha of the grid.
        beta: The largest size of beta in it.
        found: The solutions.
    """

    scale: float
    alphas: tuple[float, float]
    beta: float
    found: tuple[Approximation, ...]


def search(
    jet: tuple[Expr, Expr, Expr],
    breakpoints: Sequence[float],
    conditions: Conditions,
    target: float,
    *,
    is_straight: bool = False,
) -> Search:
    """Return the solutions that a grid of alpha and beta leads to; no others are excluded.

    Args:
        jet: g and its first two derivatives almost everywhere.
        breakpoints: Where they are not smooth.
        conditions: What is to be fulfilled.
        target: The target of a layer.
        is_straight: Whether g is made of straight lines.

    Raises:
        UnsupportedError: If a function occurs that takes too long for a million numbers.
    """
    import numpy as np

    slow = sorted({f.func.__name__ for e in jet for f in e.atoms(Function) if is_slow_in_floats(f.func)})
    if slow:
        msg = (
            f"{' and '.join(slow)}: a grid of alpha and beta needs a million values, which would take minutes"
        )
        raise UnsupportedError(msg)

    sampler = _Sampler(compile_array(jet), breakpoints)
    with np.errstate(all="ignore"):
        scale = _natural_scale(sampler)
    alphas, betas = (scale * ends for ends in _grid(far=is_straight))
    equations = conditions.equations
    rates = (rate(e, by_alpha=a) for e in equations for a in (True, False))
    with np.errstate(all="ignore"):
        values = _Evaluated(equations, sampler, target)
        rows = [np.stack(values(np.full_like(betas, a), betas)) for a in alphas]
        i, j = np.nonzero(_crossed(np.stack(rows, axis=1)))
        spaced = slice(None, None, 1 + len(i) // _MOST_STARTS)
        starts = np.sqrt(alphas[i] * alphas[i + 1])[spaced], ((betas[j] + betas[j + 1]) / 2)[spaced]
        alpha, beta = _settled(_Evaluated((*equations, *rates), sampler, target), *starts)
        inside = (alpha > alphas[0] / _BEYOND) & (alpha < alphas[-1] * _BEYOND)
        inside &= np.abs(beta) < betas[-1] * _BEYOND
        alpha, beta = alpha[inside], beta[inside]
        (bend,) = _Evaluated((conditions.bend,), sampler, target)(alpha, beta)
    found = (Approximation(float(a), float(b), float(c)) for a, b, c in zip(alpha, beta, bend, strict=True))
    ends = float(alphas[0]), float(alphas[-1])
    return Search(scale, ends, float(betas[-1]), tuple(_distinct(list(found), scale)))


def _grid(*, far: bool) -> tuple[Any, Any]:
    """The values of alpha and beta to begin with, in units of the scale on which g bends."""
    import numpy as np

    if not far:
        return np.geomspace(*_ALPHAS, _GRID[0]), np.linspace(-_BETAS, _BETAS, _GRID[1])
    reach = math.asinh(_BETAS * _FAR)
    low, high = _ALPHAS
    return np.geomspace(low, high * _FAR, _FAR_GRID[0]), np.sinh(np.linspace(-reach, reach, _FAR_GRID[1]))


class _Evaluated:
    """Expressions in alpha and in means, for arrays of alpha and beta."""

    def __init__(self, exprs: Sequence[Expr], sampler: _Sampler, target: float) -> None:
        self._exprs, self._sampler, self._target = tuple(exprs), sampler, target
        self._letters = means_in(*exprs)

    def __call__(self, alpha: Any, beta: Any) -> Sequence[Any]:
        given = {**self._sampler.means(alpha, beta, self._letters), TARGET: self._target}
        return compile_array(self._exprs, variable=ALPHA, values=given)(alpha)  # type: ignore[no-any-return]


def _crossed(values: Any) -> Any:
    """Cells of the grid in or beside which both equations change their signs: (alphas - 1, betas - 1)."""
    import numpy as np

    signs = np.where(np.isfinite(values), np.sign(values), np.nan)
    low, high = signs, signs
    for axis in (1, 2):
        low, high = (_paired(v, axis, f) for v, f in ((low, np.fmin), (high, np.fmax)))
    low, high = (np.pad(v, ((0, 0), (1, 1), (1, 1)), mode="edge") for v in (low, high))
    for axis in (1, 2):
        low, high = (_paired(_paired(v, axis, f), axis, f) for v, f in ((low, np.fmin), (high, np.fmax)))
    return ((low < 0) & (high > 0)).all(axis=0)


def _paired(values: Any, axis: int, combine: Callable[[Any, Any], Any]) -> Any:
    """Neighbors along an axis combined."""
    import numpy as np

    count = values.shape[axis]
    return combine(*(np.take(values, range(k, count - 1 + k), axis=axis) for k in (0, 1)))


def _settled(values: _Evaluated, alpha: Any, beta: Any) -> tuple[Any, Any]:
    """Where Newton's method ends, from those starts for which it does."""
    import numpy as np

    last = np.full_like(alpha, np.inf)
    for _ in range(_STEPS):
        f, g, f_alpha, f_beta, g_alpha, g_beta = values(alpha, beta)
        det = f_alpha * g_beta - f_beta * g_alpha
        by_alpha, by_beta = (f * g_beta - g * f_beta) / det, (g * f_alpha - f * g_alpha) / det
        last = np.hypot(by_alpha, by_beta) / alpha
        shorter = np.minimum(1, 0.5 / last)
        alpha, beta = alpha - shorter * by_alpha, beta - shorter * by_beta
        keep = np.isfinite(alpha) & np.isfinite(beta) & (alpha > 0)
        alpha, beta, last = alpha[keep], beta[keep], last[keep]
        if not len(alpha) or (last < _SETTLED).all():
            break
    good = last < _SETTLED
    return alpha[good], beta[good]


def _distinct(found: Sequence[Approximation], scale: float) -> list[Approximation]:
    """One of each, by increasing alpha and then by decreasing beta."""
    kept: list[Approximation] = []
    for one in sorted(found, key=lambda s: (round(s.alpha / scale, 7), -s.beta)):
        if all(math.dist(one[:2], other[:2]) > _SAME * one.alpha for other in kept):
            kept.append(one)
    return kept
