"""Random matrices of a layer, from each distribution."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from symbolic_init.layers.distributions import Distribution
from symbolic_init.layers.fans import dense

__all__ = ["matrix"]

Draw = Callable[[Any, Distribution, int], Any]
"""A square matrix in single precision, with the parameter of its distribution 1."""


def _normal(rng: Any, _: Distribution, width: int) -> Any:
    return rng.standard_normal((width, width), dtype=np.float32)


def _uniform(rng: Any, _: Distribution, width: int) -> Any:
    return 2 * rng.random((width, width), dtype=np.float32) - 1


def _truncated(rng: Any, source: Distribution, width: int) -> Any:
    drawn = _normal(rng, source, width)
    while (outside := np.abs(drawn) > source.cut).any():
        drawn[outside] = rng.standard_normal(int(outside.sum()), dtype=np.float32)
    return drawn


def _orthogonal(rng: Any, source: Distribution, width: int) -> Any:
    """Uniform over all orthogonal matrices: the signs make the factor of a normal matrix unique."""
    q, r = np.linalg.qr(_normal(rng, source, width))
    return q * np.sign(np.diag(r))


_DRAWS: Mapping[str, Draw] = MappingProxyType(
    {
        "normal": _normal,
        "uniform": _uniform,
        "truncated-normal": _truncated,
        "orthogonal": _orthogonal,
    }
)
"""How to draw from each of `distributions.DISTRIBUTIONS`."""


def matrix(rng: Any, source: Distribution, width: int) -> Any:
    """Return a matrix `(width, width)` of float32 whose entries have the variance `1/width`.

    Args:
        rng: A numpy generator; it moves on.
        source: The distribution.
        width: Rows and columns.

    References:
        Mezzadri 2007 (arXiv math-ph/0609050), for orthogonal matrices.
    """
    parameter = source.parameter(1 / width, dense(width, width))
    return _DRAWS[source.id](rng, source, width) * np.float32(parameter)
