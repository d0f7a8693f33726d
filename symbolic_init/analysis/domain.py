"""Where an activation is real and defined, and how it behaves where it is not bounded."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from sympy import (
    Abs,
    Chi,
    Ci,
    Expr,
    I,
    LambertW,
    Rational,
    S,
    acos,
    acosh,
    acoth,
    acsc,
    asec,
    asech,
    asin,
    asinh,
    atan,
    atanh,
    cos,
    cot,
    coth,
    csc,
    csch,
    erf,
    erfi,
    erfinv,
    exp,
    factorial,
    gamma,
    log,
    loggamma,
    nan,
    oo,
    polygamma,
    preorder_traversal,
    sec,
    sin,
    sinh,
    tan,
    tanh,
    zoo,
)

from symbolic_init.analysis.coefficients import Field, IrrationalError
from symbolic_init.analysis.expansion import Expansion
from symbolic_init.analysis.order import sign_at, value_at
from symbolic_init.analysis.pieces import Pieces
from symbolic_init.analysis.ranges import box, range_of, sign_from
from symbolic_init.analysis.series import MoreTermsError
from symbolic_init.analysis.zeros import sign_changes
from symbolic_init.assumptions import Assumptions
from symbolic_init.decimals import evaluated
from symbolic_init.errors import DomainError, UnsupportedError
from symbolic_init.notation import x

__all__ = ["check_domain", "local_order", "singular_orders", "singular_points"]

_SAMPLES = tuple(Rational(k, 7) for k in range(-70, 71))
"""Where a condition is tried that cannot be decided."""
_SIMPLE_ZERO = frozenset({asin, asinh, atan, atanh, erf, erfi, erfinv, sin, sinh, tan, tanh, Abs})
"""Functions that behave like their argument where it vanishes."""
_SQUARE_INTEGRABLE = -S.Half
"""`|x|**p` has a finite mean square just above this power."""
_PROBE_TERMS = 8

Needed = Callable[[Expr], tuple[tuple[Expr, str], ...]]

_NEEDS: Mapping[Any, Needed] = MappingProxyType(
    {
        log: lambda u: ((u, "try log(abs({u})) or log(1 + abs({u}))"),),
        asin: lambda u: ((1 + u, ""), (1 - u, "")),
        acos: lambda u: ((1 + u, ""), (1 - u, "")),
        atanh: lambda u: ((1 + u, ""), (1 - u, "")),
        acosh: lambda u: ((u - 1, ""),),
        acoth: lambda u: ((u**2 - 1, ""),),
        asech: lambda u: ((u, ""), (1 - u, "")),
        acsc: lambda u: ((u**2 - 1, ""),),
        asec: lambda u: ((u**2 - 1, ""),),
        erfinv: lambda u: ((1 + u, ""), (1 - u, "")),
        loggamma: lambda u: ((u, "try loggamma(1 + abs({u}))"),),
        Ci: lambda u: ((u, "try Ci(1 + abs({u}))"),),
        Chi: lambda u: ((u, "try Chi(1 + abs({u}))"),),
        LambertW: lambda u: ((u + exp(-1), ""),),
    }
)
"""What must not be negative for a function to be real, and what to try instead."""

_POLES: Mapping[Any, Callable[[Expr], Expr]] = MappingProxyType(
    {tan: cos, sec: cos, cot: sin, csc: sin, coth: sinh, csch: sinh}
)
"""Functions with poles, and what vanishes there."""

_POLES_LEFT: Mapping[Any, Callable[[Expr], tuple[Expr, str]]] = MappingProxyType(
    {
        gamma: lambda u: (u, "0, -1, -2, ..."),
        factorial: lambda u: (u + 1, "-1, -2, -3, ..."),
        polygamma: lambda u: (u, "0, -1, -2, ..."),
    }
)
"""Functions with a row of poles: what must be positive throughout, and where the poles are."""


def check_domain(parts: Pieces, known: Assumptions) -> None:
    """Refuse an activation that is not real everywhere.

    Raises:
        DomainError: Naming what is not real, and where.
    """
    for low, high, branch in parts.intervals():
        if branch.has(nan, zoo, oo, -oo):
            msg = f"the activation has no value for {_region(low, high)}: give a case that holds there"
            raise DomainError(msg)
        if branch.has(I):
            msg = f"{branch} is not real: an activation maps real numbers to real numbers"
            raise DomainError(msg)
        for node in _nodes(branch):
            needs = _needs(node)
            bad = [r for needed, _ in needs for r in _not_real(needed, low, high, known)]
            if bad:
                inner = node.base if node.is_Pow else node.args[0]
                advice = f"; {needs[0][1].format(u=inner)}" if needs[0][1] else ""
                msg = f"{node} is not real for {' and '.join(bad)}{advice}"
                raise DomainError(msg)
            _check_rows_of_poles(node, low, high, known)


def _check_rows_of_poles(node: Expr, low: Expr, high: Expr, known: Assumptions) -> None:
    rule = _POLES_LEFT.get(node.func)
    if rule is None:
        return
    needed, places = rule(node.args[-1])
    if _not_real(needed, low, high, known):
        msg = f"{node} has poles where {node.args[-1]} is one of {places}, and is unbounded there"
        raise DomainError(msg)


def _nodes(branch: Expr) -> Iterator[Expr]:
    seen = set()
    for node in preorder_traversal(branch):
        if node.args and node not in seen:
            seen.add(node)
            yield node


def _needs(node: Expr) -> tuple[tuple[Expr, str], ...]:
    """What must not be negative for one node to be real."""
    if node.is_Pow and not isinstance(node, exp):
        if node.exp.is_integer or node.base.is_positive:
            return ()
        return ((node.base, "try abs({u}) in place of {u}"),)
    rule = _NEEDS.get(node.func)
    return () if rule is None else rule(node.args[0])


def _not_real(needed: Expr, low: Expr, high: Expr, known: Assumptions) -> list[str]:
    """Where in the interval something that must not be negative is negative, in words."""
    if sign_from(range_of(needed, box(known, low, high))) == 1:
        return []
    changes = sign_changes(needed, low, high, known)
    if changes is None:
        point = _sampled_negative(needed, low, high, known)
        return [] if point is None else [f"x = {point}"]
    ends = pairwise((low, *changes, high))
    return [_region(a, b) for a, b in ends if sign_at(needed, a, b, known) < 0]


def _sampled_negative(needed: Expr, low: Expr, high: Expr, known: Assumptions) -> Expr | None:
    values = _samples(needed, low, high, known)
    return next((point for point, value in values if value < 0), None)


def _samples(f: Expr, low: Expr, high: Expr, known: Assumptions) -> Iterator[tuple[Expr, Expr]]:
    numbers = known.sample()
    ends = [e.xreplace(dict(numbers)) for e in (low, high)]
    plain = f.xreplace(dict(numbers))
    for point in _SAMPLES:
        if ends[0] < point and point < ends[1]:
            value = evaluated(value_at(plain, point))
            if value.is_comparable:
                yield point, value


def _region(low: Expr, high: Expr) -> str:
    if low == -oo:
        return "any x" if high == oo else f"x < {high}"
    return f"x > {low}" if high == oo else f"{low} < x < {high}"


def singular_points(parts: Pieces, known: Assumptions) -> tuple[tuple[Expr, Expr], ...]:
    """Return the points where the activation is not given by its formula, and its order there.

    The order `p` means that it grows like `|x - c|**p` beside `c`, up to logarithms: 0 and above is
    removable or a logarithm, below 0 it is unbounded.

    Raises:
        DomainError: Where it is so unbounded that its mean square diverges.
    """
    found: dict[Expr, Expr] = {}
    for branch, point, order in singular_orders(parts, known):
        if order.is_comparable and order <= _SQUARE_INTEGRABLE:
            msg = (
                f"{branch} is not defined at x = {point}: it grows there like a power "
                f"{order} of the distance, so E[g^2] diverges; try a denominator without zeros, "
                "such as 1 + abs(x)"
            )
            raise DomainError(msg)
        found[point] = order
    return tuple(found.items())


def singular_orders(parts: Pieces, known: Assumptions) -> Iterator[tuple[Expr, Expr, Expr]]:
    """Yield the branches, the points where their formulas are singular, and the orders there.

    Raises:
        DomainError: Where infinitely many poles are.
        UnsupportedError: Where something oscillates without end.
    """
    for low, high, branch in parts.intervals():
        for node in _nodes(branch):
            vanishing = _vanishing(node)
            if vanishing is None or x not in vanishing.free_symbols:
                continue
            for point in _zeros(vanishing, node, low, high, known):
                sides = [s for s, end in ((1, high), (-1, low)) if point != end]
                _check_oscillations(branch, point, sides, known)
                orders = [_order_at(branch, point, s, known) for s in sides]
                yield branch, point, min(orders, key=_first_of_orders)


def _check_oscillations(branch: Expr, point: Expr, sides: Sequence[int], known: Assumptions) -> None:
    """Refuse waves of something unbounded beside a point."""
    for wave in branch.atoms(sin, cos):
        orders = [_order_at(wave.args[0], point, s, known) for s in sides]
        if any(order.is_comparable and order < 0 for order in orders):
            msg = (
                f"{wave} oscillates without end beside x = {point}: its means cannot be computed; "
                "try a denominator without zeros, such as 1 + abs(x)"
            )
            raise UnsupportedError(msg)


def _first_of_orders(order: Expr) -> tuple[bool, Expr]:
    return (bool(order.is_finite), order) if order.is_number else (True, S.Zero)


def _vanishing(node: Expr) -> Expr | None:
    """What makes a node singular where it vanishes."""
    if node.is_Pow and not isinstance(node, exp):
        return None if node.exp.is_nonnegative else node.base
    if isinstance(node, log):
        return node.args[0]
    pole = _POLES.get(node.func)
    return None if pole is None else pole(node.args[0])


def _zeros(u: Expr, node: Expr, low: Expr, high: Expr, known: Assumptions) -> tuple[Expr, ...]:
    """Zeros of `u` in the closed interval."""
    ends = ((low, (1,)), (high, (-1,)))
    if sign_from(range_of(u, box(known, low, high))) is not None and not any(
        _vanishes(u, end, sides, known) for end, sides in ends
    ):
        return ()
    inner = sign_changes(u, low, high, known)
    if inner is None:
        signs = {value > 0 for _, value in _samples(u, low, high, known)}
        if len(signs) > 1:
            msg = f"{node} is not defined where {u} = 0, and unbounded there"
            raise DomainError(msg)
        inner = ()
    points = dict.fromkeys(inner, (1, -1)) | dict(ends)
    return tuple(c for c, sides in points.items() if _vanishes(u, c, sides, known))


def _vanishes(u: Expr, point: Expr, sides: Sequence[int], known: Assumptions) -> bool:
    """Whether `u` is 0 at a point, or in the limit where its formula has no value there."""
    if point in (oo, -oo):
        return False
    value = value_at(u, point)
    if value.has(nan, zoo, oo, -oo):
        orders = (_order_at(u, point, side, known) for side in sides)
        return any(order.is_comparable and order > 0 for order in orders)
    return bool(value == 0 or value.expand() == 0 or (value.is_number and abs(evaluated(value, 30)) < 1e-25))


def _order_at(branch: Expr, point: Expr, side: int, known: Assumptions) -> Expr:
    shifted = branch.xreplace({x: point + x}) if point != 0 else branch
    return local_order(shifted, side, known)


def local_order(expr: Expr, side: int, known: Assumptions) -> Expr:
    """Return the power `p` with which `expr` behaves like `|x|**p` beside 0, up to logarithms."""
    exact = _expansion_start(expr, side, known)
    if exact is not None:
        return exact
    if expr.is_Mul:
        return sum((local_order(a, side, known) for a in expr.args), S.Zero)
    if expr.is_Add:
        orders = [local_order(a, side, known) for a in expr.args]
        return nan if nan in orders else min(orders, key=lambda p: p if p.is_number else S.Zero)
    if isinstance(expr, exp):
        inner = local_order(expr.args[0], side, known)
        return -oo if inner.is_comparable and inner < 0 else S.Zero
    if expr.is_Pow:
        return local_order(expr.base, side, known) * expr.exp
    if expr.func in _SIMPLE_ZERO:
        inner = local_order(expr.args[0], side, known)
        return inner if inner.is_comparable and inner > 0 else S.Zero
    return S.Zero


def _expansion_start(expr: Expr, side: int, known: Assumptions) -> Expr | None:
    if x not in expr.free_symbols:
        return S.Zero
    for rational in (True, False):
        reader = Expansion(Field(known, rational=rational), _PROBE_TERMS, side, final_try=True)
        try:
            return S(reader.calculus.stripped(reader.read(expr)).start)
        except IrrationalError:
            continue
        except MoreTermsError:
            return S(_PROBE_TERMS)
        except UnsupportedError:
            return None
    return None
