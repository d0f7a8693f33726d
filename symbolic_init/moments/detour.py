"""Where a path of integration may leave the real line to pass by a point at which terms cancel."""

from collections.abc import Callable
from typing import Any

from flint import acb, arb
from sympy import Abs, Add, Expr, Max, Min, Mul, Piecewise, Pow, S
from sympy.functions.elementary.piecewise import ExprCondPair

from symbolic_init.notation import x

__all__ = ["detour", "is_polynomial", "is_reciprocal"]

_ANALYTIC = True
_HIGHEST_ORDER = 8
"""Largest multiplicity of a zero of a denominator that is looked for."""
_SHRINKINGS = 24
_POLYNOMIAL = (Add, Mul, Pow, Abs, Max, Min, Piecewise, ExprCondPair)
"""Heads that add, multiply, or choose (up to a sign) one of their arguments."""

Compiled = Callable[[Expr], Callable[..., Any]]
"""What makes a function of an `acb` and of the flag `analytic` from an expression."""


def detour(f: Expr, point: Any, room: Any, compiled: Compiled) -> Any:
    """Return the radius of a disk in which a function is analytic but for a pole at the center.

    Where `f` is bounded near the point, there is no pole, and the path through the disk does not
    matter. It is found for polynomials in functions that are analytic in the disk and in reciprocals
    1/b, where b has a zero of order m at the center. There is no other zero of b in the disk if its
    m-th derivative keeps to a convex set without 0 there (formula of Hermite and Genocchi).

    Args:
        f: Function of x without parameters.
        point: Center, a ball on the real line.
        room: Largest radius.
        compiled: Compiles an expression as it is beside the point.

    Returns:
        The radius, or `None` where no disk was found.
    """
    powers = [e for e in f.find(Pow) if is_reciprocal(e)]
    slopes: dict[Expr, Callable[..., Any]] = {}
    for base in dict.fromkeys(e.base for e in powers):
        if compiled(base)(acb(point)).contains(0):
            slope = _first_slope(base, point, compiled)
            if slope is None:
                return None
            slopes[base] = slope
    singular = {e: S.One for e in powers if e.base in slopes}
    if not is_polynomial(f, frozenset(singular)):
        return None
    others = compiled(f.xreplace(singular))
    radius = room
    for _ in range(_SHRINKINGS):
        disk = acb(arb(point.mid(), (radius + point.rad()).upper()), arb(0, radius.upper()))
        clear = not any(slope(disk).contains(0) for slope in slopes.values())
        if clear and others(disk, _ANALYTIC).is_finite():
            return radius
        radius = radius / 2
    return None


def is_reciprocal(power: Expr) -> bool:
    """Return whether a power is that of a reciprocal of a function of x, with a whole exponent."""
    return bool(x in power.base.free_symbols and power.exp.is_Integer and power.exp < 0)


def is_polynomial(f: Expr, singular: frozenset[Expr]) -> bool:
    """Return whether parts of an expression are only added and multiplied; switches choose one argument."""
    if f in singular or not f.has(*singular):
        return True
    if f.is_Pow and not (f.exp.is_Integer and f.exp > 0):
        return False
    return isinstance(f, _POLYNOMIAL) and all(is_polynomial(a, singular) for a in f.args)


def _first_slope(base: Expr, point: Any, compiled: Compiled) -> Callable[..., Any] | None:
    """The first derivative that is not 0 at a point."""
    for _ in range(_HIGHEST_ORDER):
        base = base.diff(x)
        slope = compiled(base)
        value = slope(acb(point))
        if not value.is_finite():
            return None
        if not value.contains(0):
            return slope
    return None
