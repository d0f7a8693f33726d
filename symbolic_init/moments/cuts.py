"""Places on the line where a function may switch or be singular and for which there is a formula."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from flint import acb, arb
from sympy import (
    Abs,
    Ei,
    Expr,
    Poly,
    S,
    acosh,
    asinh,
    atan,
    besselk,
    coth,
    csch,
    erf,
    erfi,
    exp,
    expint,
    factor_list,
    fraction,
    gcd_terms,
    log,
    oo,
    preorder_traversal,
    sign,
    sinh,
    tanh,
    together,
)

from symbolic_init.analysis.ranges import box, range_of, sign_from
from symbolic_init.analysis.zeros import sign_changes
from symbolic_init.assumptions import Assumptions
from symbolic_init.errors import SymbolicInitError
from symbolic_init.moments.branches import SWITCHES, switching
from symbolic_init.moments.proven import masked, program, value
from symbolic_init.notation import x

__all__ = ["Cut", "fixed_cuts", "linear_zero", "sign_factors", "singular_bases"]

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
    switches = [linear_zero(v) for u in switching(f) for v in sign_factors(u)]
    singular = _singular(f, reach)
    points = dict.fromkeys(c for c in (*switches, *singular) if c is not None)
    return tuple(Cut(ball, ball, c, c in singular) for c in points for ball in (value(c),))


@lru_cache(maxsize=256)
def linear_zero(u: Expr) -> Expr | None:
    """Return the zero of a linear function of x, `None` for other functions."""
    if u == x:
        return S.Zero
    slope = u.diff(x)
    if slope == 0 or x in slope.free_symbols:
        return None
    return -u.xreplace({x: S.Zero}) / slope


@lru_cache(maxsize=256)
def sign_factors(u: Expr) -> tuple[Expr, ...]:
    """Return functions of x whose signs decide that of another, and whose zeros are its zeros.

    Those that have one sign everywhere are left out.

    Examples:
        >>> sign_factors(tanh(x**3 - x) * exp(x))
        (x - 1, x, x + 1)
        >>> sign_factors(x - x / (1 + exp(-x)))
        (x,)
    """
    found: tuple[Expr, ...] = (u,)
    if x not in u.free_symbols or sign_from(range_of(u, _EVERYWHERE)) in (-1, 1):
        found = ()
    elif u.is_Mul:
        found = tuple(v for part in u.args for v in sign_factors(part))
    elif (u.is_Pow and u.exp.is_Rational) or u.func in _WITH_THEIR_ARGUMENT:
        found = sign_factors(u.args[0])
    elif u.is_Add and u.is_polynomial(x) and all(c.is_Rational for c in Poly(u, x).coeffs()):
        found = tuple(part for part, _ in factor_list(u, x)[1])
    elif u.is_Add and not u.has(*SWITCHES):
        common = gcd_terms(u)
        numerator, denominator = fraction(together(u))
        if common.is_Mul:
            found = sign_factors(common)
        elif not numerator.is_Add:  # else a sum may cancel worse over one denominator
            found = (*sign_factors(numerator), *sign_factors(denominator))
    return tuple(dict.fromkeys(found))


_EVERYWHERE = box(Assumptions(), -oo, oo)
_WITH_THEIR_ARGUMENT = (Abs, sign, asinh, atan, erf, erfi, sinh, tanh)
"""Heads that have the sign of their argument, or vanish with it."""


def _singular(f: Expr, reach: float) -> tuple[Expr, ...]:
    """Where the formula of the function may be singular."""
    bases = (v for u in singular_bases(f) for v in sign_factors(u))
    found = (c for u in dict.fromkeys(bases) if not _is_clear(u, reach) for c in _zeros(u))
    return tuple(dict.fromkeys(found))


def _zeros(u: Expr) -> tuple[Expr, ...]:
    """Zeros of a function; what is not found here shows as an integral that does not converge."""
    zero = linear_zero(u)
    if zero is not None:
        return (zero,)
    plain, numbers = masked(u)
    try:
        return tuple(c.xreplace(numbers) for c in sign_changes(plain, -oo, oo, Assumptions()) or ())
    except SymbolicInitError:
        return ()


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
