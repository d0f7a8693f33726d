"""Places on the line where a function may switch or be singular and for which there is a formula."""

import contextlib
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from flint import acb, arb
from sympy import Ei, Expr, S, acosh, besselk, coth, csch, exp, expint, log, preorder_traversal

from symbolic_init.errors import SymbolicInitError
from symbolic_init.moments.branches import switching
from symbolic_init.moments.breakpoints import singular_points
from symbolic_init.moments.proven import masked, program, value
from symbolic_init.notation import x

__all__ = ["Cut", "fixed_cuts", "linear_zero", "singular_bases"]

_SIGNS_TRIED = 64
"""Intervals looked at to show that a function has no zero."""


class Cut(NamedTuple):
    """A place where the function may switch or be singular.

    Attributes:
        low: Where the piece on the left ends.
        high: Where the piece on the right begins; the same ball as `low` where the place is known.
        point: The place as an expression, if known.
        is_singular: Whether the formula beside it may be singular there.
    """

    low: Any
    high: Any
    point: Expr | None = None
    is_singular: bool = False

    @property
    def is_gap(self) -> bool:
        """Whether what holds between both ends is not known."""
        return self.point is None and bool(self.low < self.high)


def fixed_cuts(f: Expr, reach: float) -> tuple[Cut, ...]:
    """Return the places of switches and of singularities for which there is a formula.

    Args:
        f: Function of x without parameters.
        reach: How far from 0 a denominator without zeros is to be recognized.
    """
    switches = [linear_zero(u) for u in switching(f)]
    singular = _singular(f, reach)
    points = dict.fromkeys(c for c in (*switches, *singular) if c is not None)
    return tuple(Cut(ball, ball, c, c in singular) for c in points for ball in (value(c),))


@lru_cache(maxsize=256)
def linear_zero(u: Expr) -> Expr | None:
    """Return the zero of a linear function of x, `None` for other functions."""
    slope = u.diff(x)
    if slope == 0 or x in slope.free_symbols:
        return None
    return -u.xreplace({x: S.Zero}) / slope


def _singular(f: Expr, reach: float) -> tuple[Expr, ...]:
    """Where the formula of the function may be singular."""
    bases = [u for u in singular_bases(f) if not _is_clear(u, reach)]
    if not bases:
        return ()
    zeros = [linear_zero(u) for u in bases]
    if None in zeros:
        # What is not found here shows as an integral that does not converge.
        with contextlib.suppress(SymbolicInitError):
            plain, numbers = masked(f)
            zeros += (c.xreplace(numbers) for c in singular_points(plain))
    return tuple(dict.fromkeys(c for c in zeros if c is not None))


def singular_bases(f: Expr) -> tuple[Expr, ...]:
    """Return the functions at whose zeros a formula may be singular."""
    found: list[Expr] = []
    plain, numbers = masked(f)
    for node in preorder_traversal(plain):
        if node.is_Pow and not isinstance(node, exp):
            if not (node.exp.is_Integer and node.exp >= 0):
                found.append(node.base)
        elif node.func in _SINGULAR_AT:
            found.append(_SINGULAR_AT[node.func](*node.args))
    return tuple(dict.fromkeys(u.xreplace(numbers) for u in found if x in u.free_symbols))


_SINGULAR_AT: Mapping[Any, Callable[..., Expr]] = MappingProxyType(
    {
        log: lambda u: u,
        coth: lambda u: u,
        csch: lambda u: u,
        Ei: lambda u: u,
        acosh: lambda u: u - 1,
        expint: lambda _, u: u,
        besselk: lambda _, u: u,
    }
)


def _is_clear(u: Expr, reach: float) -> bool:
    """Whether a function is shown to have no zero within a distance from 0, with little effort."""
    run = program(u)
    pending = [(-reach, 0.0), (0.0, reach)]
    for _ in range(_SIGNS_TRIED):
        low, high = pending.pop()
        if run(acb(arb(low).union(arb(high)))).real.contains(0):
            middle = (low + high) / 2
            pending += [(low, middle), (middle, high)]
        elif not pending:
            return True
    return False
