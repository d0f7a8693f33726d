"""Whether the pieces of an expression cover the line."""

from itertools import pairwise
from typing import Any

from sympy import Expr, Or, Piecewise, S
from sympy.core.relational import Relational

from symbolic_init import notation
from symbolic_init.errors import DomainError

__all__ = ["completed"]


def completed(expression: Expr) -> Expr:
    """Let the last piece of every `Piecewise` hold otherwise, where the pieces cover the line.

    Raises:
        DomainError: If there is a place where no piece holds.
    """
    complete = {}
    for piece in expression.atoms(Piecewise):
        conditions = tuple(c for _, c in piece.args)
        if conditions[-1] is not S.true and _covers(piece, conditions):
            complete[piece] = Piecewise(*piece.args[:-1], (piece.args[-1].expr, True))
    return expression.xreplace(complete) if complete else expression


def _covers(piece: Expr, conditions: tuple[Any, ...]) -> bool:
    """Whether the conditions are seen to hold everywhere; an error where they are seen not to."""
    if Or(*conditions) is S.true:
        return True
    places = _places(conditions)
    for at in places:
        if all(c.xreplace({notation.x: at}) is S.false for c in conditions):
            msg = f"`{piece}` has no value at x = {at}; end with a piece for the rest: (value, True)"
            raise DomainError(msg)
    return bool(places)


def _places(conditions: tuple[Any, ...]) -> tuple[Expr, ...]:
    """All bounds of linear conditions in x, and points between them; none for other conditions."""
    bounds = set()
    for relation in {r for c in conditions for r in c.atoms(Relational)}:
        difference = relation.lhs - relation.rhs
        slope = difference.coeff(notation.x)
        rest = difference - slope * notation.x
        if not (slope.is_Rational and slope != 0 and rest.is_Rational):
            return ()
        bounds.add(-rest / slope)
    ordered = sorted(bounds)
    if not ordered:
        return ()
    between = ((a + b) / 2 for a, b in pairwise(ordered))
    return (ordered[0] - 1, *ordered, *between, ordered[-1] + 1)
