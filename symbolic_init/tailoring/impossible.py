r"""Activations that no parameters transform as DKS asks, with a proof.

Let `h = gamma (g(alpha x + beta) + delta)` have mean 0 and variance 1, so that `C(0) = 0` and `Q(1) = 1`.
Then `Q'(1) = E[h'^2] + E[h h'']` by parts, and `C'(1) = E[h'^2]`; DKS asks for 1 and for more than 1.

* Where g rises with its second derivative, or falls with it, so do h and h''; both then increase, or both
  decrease, as functions of one variable, so that `E[h h''] = Cov(h, h'') >= 0` and `Q'(1) >= C'(1)`.
* Let g be a ramp, a straight line between two constants; without loss from -1 to 1 on [-1, 1]. With the mean
  m of g and the chances p and n of inputs above 1 and below -1, the pieces make `Q'(1) = 1` into
  `p (1 - m)(beta - 1) = n (1 + m)(beta + 1)`. So `|beta| > 1`: h is constant on more than half of the inputs.
  Let k be h less that constant, with `a = E[k^2]` and `b = E[k]^2`. The inequality of Poincare for the odd
  continuation of k from the other half gives `E[k'^2] >= a`; for the even one, whose eigenvalue is 2, it
  gives `E[k'^2] >= 2 a - 4 b`. One is at least `4/3 (a - b)`, and `a - b` is the variance: `C'(1) >= 4/3`.
"""

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import Any

from sympy import Expr, S

from symbolic_init.analysis.pieces import Pieces, differentiated
from symbolic_init.analysis.ranges import box, range_of
from symbolic_init.assumptions import Assumptions
from symbolic_init.notation import x

__all__ = ["why_dks_is_impossible"]

_LEAST_OF_RAMPS = Fraction(4, 3)
"""Slope of a layer below which no ramp has one."""


def why_dks_is_impossible(g: Pieces, target: Any) -> str | None:
    """Return why no parameters fulfil the conditions of DKS, or `None` where that is not known.

    Args:
        g: A continuous function without parameters.
        target: The slope `C'(1)` of a layer, a ball above 1.

    Examples:
        >>> from sympy import exp
        >>> from symbolic_init.analysis.pieces import pieces
        >>> why_dks_is_impossible(pieces(exp(x)), 1.01)
        "g and g'' rise together, so that Q'(1) >= C'(1)"
    """
    return next((why for proof in _PROOFS if (why := proof(g, target)) is not None), None)


def _rises_with_its_bend(g: Pieces, target: Any) -> str | None:  # noqa: ARG001  # as the other proofs
    slope = differentiated(g)
    bend = differentiated(slope)
    if not g.complete or any(step != 0 for step in (*_steps(g), *_steps(slope))):
        return None
    directions = _directions(g), _directions(bend)
    if directions[1] == {0}:
        return "g'' is constant, so that Q'(1) = C'(1)"
    if None in directions[0] | directions[1] or len((directions[0] | directions[1]) - {0}) > 1:
        return None
    return "g and g'' rise together, so that Q'(1) >= C'(1)"


def _is_ramp(g: Pieces, target: Any) -> str | None:
    rates = tuple(b.expand() for b in differentiated(g).branches)
    is_ramp = len(rates) == 3 and rates[0] == rates[2] == 0 and rates[1].is_number and not any(_steps(g))
    if not is_ramp or not target < _LEAST_OF_RAMPS.numerator / _LEAST_OF_RAMPS.denominator:
        return None
    return (
        "g is a ramp between two constants: with Q'(1) = 1 it is constant on half of the inputs or more, "
        f"and then C'(1) >= {_LEAST_OF_RAMPS}"
    )


_PROOFS: tuple[Callable[[Pieces, Any], str | None], ...] = (_rises_with_its_bend, _is_ramp)


def _steps(parts: Pieces) -> list[Expr]:
    """By how much a function jumps at its breakpoints."""
    return [
        (right.subs(x, c) - left.subs(x, c)).expand()
        for c, (left, right) in zip(parts.breakpoints, pairwise(parts.branches), strict=True)
    ]


def _directions(parts: Pieces) -> set[int | None]:
    """Whether a function rises (1), falls (-1), stays (0) or neither (`None`), piece by piece and between."""
    found = {_sign(step, S.NegativeOne, S.One) for step in _steps(parts)}
    return found | {_sign(b, low, high) for low, high, b in differentiated(parts).intervals()}


def _sign(expr: Expr, low: Expr, high: Expr) -> int | None:
    """1 where an expression is at least 0 on an interval, -1 where it is at most 0, 0 where it is 0."""
    values = range_of(expr, box(Assumptions(), low, high))
    signs = [1] * (values.low >= 0) + [-1] * (values.high <= 0)
    return None if not signs else 0 if len(signs) > 1 else signs[0]
