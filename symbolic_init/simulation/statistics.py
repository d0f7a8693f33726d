r"""What theory says of the layers of random networks, and how far these agree with it.

Given a layer, its n pre-activations are independent normal variables of variance q, and so:

- their mean square over q has mean 1 and variance `2/n`;
- the next variance `Q = sigma_b2 + sigma_w2 * mean of g^2` has mean `V(q)` and variance
  `sigma_w2^2 Var(g^2)/n`;
- the squared tangent grows by `sigma_w2 E[g'^2 t^2]` in the mean, with variance
  `sigma_w2^2 Var(g'^2 t^2)/n`, where t is normal with the correlation rho to the pre-activation that the
  layers before have given it: `t = rho z + sqrt(1 - rho^2) e`.

So the ratios to these means, layer after layer, are differences of a martingale: sums of them over layers
and networks are asymptotically normal with the sum of the variances, at every width. Orthogonal matrices
keep the length of what they multiply: what depends on it alone drops out of the variances.
All of this is exact for normal weights; for others the means are right up to terms of order 1/n, and the
variance of the tangent is that without correlation for orthogonal ones.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from symbolic_init.simulated import Statistic
from symbolic_init.simulation.networks import Records
from symbolic_init.simulation.subject import Means, Subject

__all__ = ["jacobian_variance", "statistics"]

_LEAST = 1e-9
"""Times 1/n: variances of a ratio below it are 0 up to rounding; nothing fluctuates there."""


class _Moments(NamedTuple):
    """Mean and n times the variance of what each layer adds."""

    mean: Any
    variance: Any


class _Layers(NamedTuple):
    """All layers of all networks: variance of the pre-activations, correlation with the tangent, means."""

    q: Any
    rho: Any
    at: Means


def statistics(s: Subject, seen: Records, *, width: int, orthogonal: bool) -> tuple[Statistic, ...]:
    """Return the pooled ratios of scale, signal and gradient.

    Args:
        s: What was simulated.
        seen: What was seen.
        width: Neurons of each layer.
        orthogonal: Whether the matrices are orthogonal.
    """
    with np.errstate(all="ignore"):
        layers = _layers(s, seen)
        found = (_pooled(row, seen, row.law(s, layers, orthogonal=orthogonal), width) for row in _RATIOS)
        return tuple(statistic for statistic in found if statistic is not None)


def _layers(s: Subject, seen: Records) -> _Layers:
    """All layers of all networks; the means are `nan` where q is no positive number."""
    q = seen.q[:, :-1]
    unknown = (math.nan,) * len(Means._fields)
    means = [s.means(t) if 0 < t < math.inf else unknown for t in q.ravel().tolist()]
    columns = np.array(means).T.reshape(len(unknown), *q.shape)
    return _Layers(q, seen.rho, Means(*columns))


def _scale(s: Subject, t: _Layers, *, orthogonal: bool) -> _Moments:
    """The mean square of the pre-activations, over q."""
    kept = _from_weights(s, t) ** 2 if orthogonal else 0.0
    return _Moments(1.0, 2 * (1 - kept) / len(s.slopes))


def _from_weights(s: Subject, t: _Layers) -> Any:
    """The part of the variance that comes from the weights, not from biases."""
    return 1.0 if s.branch is not None else 1 - s.bias / t.q


def _signal(s: Subject, t: _Layers, *, orthogonal: bool) -> _Moments:
    """The next variance; for a residual network that of the stream."""
    M, rise = t.at.M, t.at.tilted - len(s.slopes) * t.at.M
    own = t.at.M_4 - M * M - (_from_weights(s, t) * rise) ** 2 / 2 * orthogonal
    if s.branch is None:
        return _Moments(s.bias + s.weight * M, s.weight**2 * own)
    factor = s.branch**2
    branch, noise = factor * s.weight * M, factor * s.bias
    added = branch + noise
    square = added**2 - branch**2 * orthogonal
    return _Moments(t.q + added, (factor * s.weight) ** 2 * own + 4 * added * t.q + 2 * square)


def _gradient(s: Subject, t: _Layers, *, orthogonal: bool) -> _Moments:
    """The growth of the squared tangent."""
    h, along = t.at.h, t.rho**2
    across = 1 - along
    mean = across * h + along * t.at.radial
    own = 3 * across**2 * t.at.h_4 + 6 * along * across * t.at.radial_h + along**2 * t.at.radial_4 - mean**2
    if orthogonal:  # for rho = 0
        own = 3 * t.at.h_4 - 3 * h * h - (_from_weights(s, t) * (t.at.h_tilted - h)) ** 2 / 2
    if s.branch is None:
        return _Moments(s.weight * mean, s.weight**2 * own)
    factor = s.branch**2 * s.weight
    square = (factor * mean) ** 2 * (not orthogonal)
    return _Moments(1 + factor * mean, factor**2 * own + 4 * factor * mean + 2 * square)


class _Ratio(NamedTuple):
    """A statistic: what is seen of a layer, and what theory says of it."""

    id: str
    what: str
    values: Callable[[Records], Any]
    law: Callable[..., _Moments]


_RATIOS = (
    _Ratio("scale", "mean square of y over q", lambda seen: seen.scale, _scale),
    _Ratio("signal", "next q over V(q)", lambda seen: seen.q[:, 1:], _signal),
    _Ratio("gradient", "growth of gradient^2 over chi", lambda seen: seen.growth, _gradient),
)
"""Every statistic."""


def _pooled(row: _Ratio, seen: Records, law: _Moments, width: int) -> Statistic | None:
    """Ratios over all layers and networks, or `None` where nothing fluctuates."""
    ratios, expected = np.broadcast_arrays(row.values(seen) / law.mean, law.variance / law.mean**2)
    whole = np.isfinite(ratios) & np.isfinite(expected)
    whole &= expected > _LEAST
    count = int(whole.sum())
    if count < 2:
        return None
    off, expected = ratios[whole] - 1, expected[whole] / width
    squares = off**2 / expected
    scatter = max(float(squares.std()), math.sqrt(2))  # that of normal ratios, at least
    return Statistic(
        id=row.id,
        what=row.what,
        count=count,
        mean=1 + float(off.mean()),
        error=math.sqrt(float(expected.sum())) / count,
        spread=float(squares.mean()),
        spread_error=scatter / math.sqrt(count),
    )


def jacobian_variance(s: Subject, orbit: Sequence[float], *, orthogonal: bool) -> float:
    """Return the variance of the squared singular values of a dense network's Jacobian, over their mean^2.

    Every layer adds `mu_2/mu_1^2 - 1` of the squared slopes, and 1 for a normal matrix.

    References:
        pennington2017.
    """
    own = [s.means(q) for q in orbit]
    return math.fsum(max(m.h_4 / m.h**2, 1.0) - orthogonal for m in own)  # at least 1, but for rounding
