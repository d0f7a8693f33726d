"""Means of functions of independent normal variables of different variances, in double precision."""

import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from sympy import Expr, Symbol

from symbolic_init.analysis.separation import separated
from symbolic_init.moments.grid import means_function
from symbolic_init.notation import x

__all__ = ["float_mean"]

_LEAST = 1e-300
"""Variance in place of 0."""


def float_mean(f: Expr, variances: Mapping[Symbol, Any]) -> Any:
    """Return the mean of a function of independent normal variables, estimated to about 12 digits.

    Args:
        f: Sum of products of functions of one variable each, without parameters.
        variances: Variance of each variable: numbers, or arrays of one shape (then the mean is one).

    Returns:
        A float or an array; `inf` where the mean diverges.

    Raises:
        UnsupportedError: If the function is no such sum, or has a head that is unknown.

    Examples:
        >>> from sympy import Max
        >>> y = Symbol("y", real=True)
        >>> round(float_mean((x * Max(0, y))**2, {x: 3.0, y: 2.0}), 12)
        3.0
    """
    inputs = tuple(v for v in variances if v in f.free_symbols)
    total: Any = 0.0
    for coefficient, factors in _plan(f, inputs):
        product: Any = coefficient
        for function, variable in zip(factors, inputs, strict=True):
            if function is not None:
                product = product * _at(function, variances[variable])
        total = total + product
    return total


Mean = Callable[[float], float]


@cache
def _plan(f: Expr, inputs: tuple[Symbol, ...]) -> tuple[tuple[float, tuple[Mean | None, ...]], ...]:
    """Coefficient and one function of a variance for each input, term by term."""
    terms = separated(f, inputs)
    return tuple(
        (float(t.coefficient), tuple(_single(g) if x in g.free_symbols else None for g in t.functions))
        for t in terms
    )


@cache
def _single(g: Expr) -> Mean:
    sample = means_function((g,))
    return cache(lambda variance: sample(max(variance, _LEAST))[0])


def _at(mean: Mean, variance: Any) -> Any:
    """A mean for one variance, or for an array of them."""
    if isinstance(variance, float | int):
        return mean(float(variance)) if math.isfinite(variance) else math.inf
    import numpy as np

    values, places = np.unique(variance, return_inverse=True)
    return np.array([_at(mean, float(v)) for v in values])[places].reshape(np.shape(variance))
