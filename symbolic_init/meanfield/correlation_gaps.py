"""How the correlation of two inputs changes, layer by layer, in double precision."""

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from sympy import Expr

from symbolic_init.analysis.separation import separated
from symbolic_init.meanfield.flow import sampled
from symbolic_init.moments.differences import difference_means
from symbolic_init.notation import x
from symbolic_init.theories import Setting

__all__ = ["gaps", "separation"]


def separation(setting: Setting) -> Callable[[float, float], float]:
    """Return the function `(q, gap) -> M(q) - E[g(u) g(v)]`, u and v of variance q and correlation `1 - gap`.

    It loses no digits where the gap is small. The inputs of a gated unit are independent, each with the
    same variance and correlation.

    Args:
        setting: The activation, without parameters.
    """
    inputs = setting.M.inputs
    if len(inputs) == 1:
        single = difference_means((setting.g,))
        return lambda q, gap: float(single(q, gap)[0, 0])
    terms = separated(setting.g, inputs)
    functions = tuple(dict.fromkeys(f for t in terms for f in t.functions))
    places = [[functions.index(f) for f in t.functions] for t in terms]
    pairs = [
        (float(one.coefficient * other.coefficient), list(zip(i, j, strict=True)))
        for one, i in zip(terms, places, strict=True)
        for other, j in zip(terms, places, strict=True)
    ]
    differences, means = difference_means(functions), _pair_means(functions)

    def apart(q: float, gap: float) -> float:
        equal, less = means(q), differences(q, gap)
        return math.fsum(
            c * (math.prod(equal[p] for p in own) - math.prod(equal[p] - float(less[p]) for p in own))
            for c, own in pairs
        )

    return apart


def _pair_means(functions: Sequence[Expr]) -> Callable[[float], dict[tuple[int, int], float]]:
    """The means of all products of two functions of one variable."""
    keys = [(i, j) for i in range(len(functions)) for j in range(len(functions))]
    sample = sampled([functions[i] * functions[j] for i, j in keys], (x,))
    return lambda q: dict(zip(keys, sample(q), strict=True))


def gaps(
    apart: Callable[[float, float], float],
    orbit: Sequence[float],
    *,
    sigma_w2: float,
    sigma_b2: float,
    first: float,
) -> Iterator[float]:
    """Yield 1 minus the correlation of two pre-activations in each layer of an orbit of the length map.

    Args:
        apart: As `separation` returns it.
        orbit: q of the layers, from the first on.
        sigma_w2: Fan-in times the variance of one weight.
        sigma_b2: Variance of a bias.
        first: The gap of the two inputs, between 0 and 1.
    """
    gap = first * (1 - sigma_b2 / orbit[0])
    yield gap
    for q, following in pairwise(orbit):
        gap = min(1.0, sigma_w2 * apart(q, gap) / following) if gap > 0 else 0.0
        yield gap
