"""Gauss and Legendre's rule in double precision, correctly rounded from balls."""

from functools import cache
from typing import Any

from flint import arb, ctx

__all__ = ["legendre_rule"]

_BITS = 80
"""So many that rounding to double precision is all that is left."""


@cache
def legendre_rule(order: int) -> tuple[Any, Any]:
    """Return the nodes and weights on (-1, 1) as two arrays that nobody may write to, by increasing nodes.

    Args:
        order: How many there are, at least 1.

    Examples:
        >>> nodes, weights = legendre_rule(3)
        >>> nodes.round(6).tolist(), weights.round(6).tolist()
        ([-0.774597, 0.0, 0.774597], [0.555556, 0.888889, 0.555556])
    """
    import numpy as np

    with ctx.workprec(_BITS):
        balls = [arb.legendre_p_root(order, k, weight=True) for k in reversed(range(order))]
    rule = np.array([(float(node), float(weight)) for node, weight in balls]).T
    rule.flags.writeable = False
    return rule[0], rule[1]
