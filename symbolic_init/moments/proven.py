"""Programs of ball arithmetic in which every number is a proven enclosure, means and roots included.

A number of which only bounds are known is the ball between them: what follows holds for all of it.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import flint
from flint import acb, arb, fmpq
from sympy import Dummy, Expr, Symbol, preorder_traversal

from symbolic_init.moments.compilation import Program, compile_ball
from symbolic_init.notation import GaussianMean, Root, Within

__all__ = ["masked", "program", "value"]


def program(expr: Expr, definitions: Mapping[Symbol, Expr] = MappingProxyType({})) -> Program:
    """Return a function of an `acb` and of the flag that asks for analyticity, at the current precision.

    Where a switch is open on a ball, its value holds those of all branches, and is not analytic.
    The definitions are as for `compile_ball`.
    """
    return compile_ball(expr, heads=_HEADS, definitions=definitions)


def value(expr: Expr) -> Any:
    """Return a real number as a ball at the current precision; not a number where it is not real."""
    if expr.is_Rational:
        return arb(fmpq(int(expr.p), int(expr.q)))
    ball = program(expr)()
    return ball.real if ball.imag.contains(0) else arb.nan()


def masked(expr: Expr) -> tuple[Expr, Mapping[Symbol, Expr]]:
    """Return an expression with symbols for its means and roots, and what they stand for.

    What looks for switches or poles then finds those of the function, and not those under a mean.
    """
    if not expr.has(*_HEADS):
        return expr, MappingProxyType({})
    found: dict[Expr, Symbol] = {}
    nodes = preorder_traversal(expr)
    for node in nodes:
        if node.func in _HEADS:
            found.setdefault(node, Dummy(real=True))
            nodes.skip()
    return expr.xreplace(found), MappingProxyType({s: e for e, s in found.items()})


def _head(expr: Expr) -> Any:
    from symbolic_init.moments.ball import value_ball

    return acb(value_ball(expr, bits=flint.ctx.prec, proven=True))


def _span(expr: Within) -> Any:
    low, high = (arb(fmpq(int(b.p), int(b.q))) for b in expr.bounds)
    return acb(low.union(high))


_HEADS: Mapping[Any, Callable[[Expr], Any]] = MappingProxyType(
    {GaussianMean: _head, Root: _head, Within: _span}
)
