"""What is simulated: an activation as functions of arrays, with its weights, and its means."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple, final

from sympy import Add, Expr, S, Symbol

from symbolic_init.activation import Activation
from symbolic_init.analysis.integrability import largest_variance
from symbolic_init.analysis.pieces import pieces
from symbolic_init.analysis.separation import separated
from symbolic_init.assumptions import Assumptions
from symbolic_init.engine import setting_of
from symbolic_init.errors import NotIntegrableError
from symbolic_init.layerwise import Propagation
from symbolic_init.meanfield.correlation_gaps import separation
from symbolic_init.meanfield.flow import sampled
from symbolic_init.moments.compilation import compile_array
from symbolic_init.moments.several import partial_slopes

__all__ = ["Means", "Subject", "subject"]

Function = Callable[[Any], Any]
"""From pre-activations `(inputs, ...)` to one array `(...)`."""


class Means(NamedTuple):
    """Gaussian means at one variance q, or arrays of them for many; what diverges is infinite.

    Attributes:
        M: `E[g^2]`.
        tilted: `E[|x|^2 g^2]/q`, x the inputs.
        M_4: `E[g^4]`.
        h: `E[|grad g|^2]`.
        h_tilted: `E[|x|^2 |grad g|^2]/q`.
        h_4: `E[|grad g|^4]`.
        radial: `E[(x . grad g)^2]/q`.
        radial_h: `E[(x . grad g)^2 |grad g|^2]/q`.
        radial_4: `E[(x . grad g)^4]/q^2`.
    """

    M: Any
    tilted: Any
    M_4: Any
    h: Any
    h_tilted: Any
    h_4: Any
    radial: Any
    radial_h: Any
    radial_4: Any


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A network to simulate.

    Attributes:
        propagation: What theory says; it has the weights.
        g: The activation.
        slopes: Its partial derivatives almost everywhere, one an input.
        means: Its means.
        branch: Scale of the branches of a residual network, or `None`.
        apart: For a residual network: `(q, gap) -> M(q) - E[g(u) g(v)]`, u and v of variance q and
            correlation `1 - gap`.
    """

    propagation: Propagation
    g: Function
    slopes: tuple[Function, ...]
    means: Callable[[float], Means]
    branch: float | None = None
    apart: Callable[[float, float], float] | None = None

    @property
    def weight(self) -> float:
        """Fan-in times the variance of one weight."""
        return float(self.propagation.sigma_w2)

    @property
    def bias(self) -> float:
        """Variance of a bias."""
        return float(self.propagation.sigma_b2)


def subject(activation: Activation, propagation: Propagation, branch: float | None) -> Subject:
    """Return a network to simulate.

    Args:
        activation: The activation, without free parameters.
        propagation: What theory says of it with some weights.
        branch: Scale of the branches of a residual network, or `None`.
    """
    g, inputs = activation.expression, activation.inputs
    slopes = partial_slopes(g, inputs, activation.assumptions)
    return Subject(
        propagation=propagation,
        g=_function(g, inputs),
        slopes=tuple(_function(s, inputs) for s in slopes),
        means=_means(g, slopes, inputs, activation.assumptions),
        branch=branch,
        apart=None if branch is None else separation(setting_of(activation, S.One, S.Zero)[0]),
    )


def _function(f: Expr, inputs: Sequence[Symbol]) -> Function:
    """A sum of products of functions of one input each, for arrays."""
    terms = separated(f, inputs)
    singles = [tuple(dict.fromkeys(t.functions[k] for t in terms)) for k in range(len(inputs))]
    runs = [compile_array(fs) for fs in singles]
    plan = [
        (float(t.coefficient), [own.index(f) for own, f in zip(singles, t.functions, strict=True)])
        for t in terms
    ]

    def value(y: Any) -> Any:
        found = [run(channel) for run, channel in zip(runs, y, strict=True)]
        total = 0.0 * y[0]
        for coefficient, places in plan:
            product = coefficient
            for values, place in zip(found, places, strict=True):
                product = product * values[place]
            total = total + product
        return total

    return value


def _means(
    g: Expr, slopes: Sequence[Expr], inputs: Sequence[Symbol], known: Assumptions
) -> Callable[[float], Means]:
    """The means in double precision; both groups are sampled on nodes of their own."""
    r = Add(*(u**2 for u in inputs))
    square, slope = g**2, Add(*(s**2 for s in slopes))
    radial = Add(*(u * s for u, s in zip(inputs, slopes, strict=True))) ** 2
    of_g = sampled((square, r * square, square**2), inputs)
    of_slope = sampled((slope, r * slope, slope**2, radial, radial * slope, radial**2), inputs)

    finite = [_is_finite(f, inputs, known) for f in (slope, slope**2)]

    @cache
    def means(q: float) -> Means:
        M, tilted, M_4 = of_g(q)
        h, h_tilted, h_4, along, along_h, along_4 = of_slope(q)
        return Means(
            M=M,
            tilted=tilted / q,
            M_4=M_4,
            h=h if finite[0] else math.inf,
            h_tilted=h_tilted / q,
            h_4=h_4 if finite[1] else math.inf,
            radial=along / q,
            radial_h=along_h / q,
            radial_4=along_4 / q / q,
        )

    return means


def _is_finite(f: Expr, inputs: Sequence[Symbol], known: Assumptions) -> bool:
    """Whether a function of one input has a mean for small variances; samples do not see a pole."""
    if len(inputs) > 1:
        return True
    try:
        largest_variance(f, pieces(f, known), known)
    except NotIntegrableError:
        return False
    return True
