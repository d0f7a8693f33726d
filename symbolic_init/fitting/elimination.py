"""Solving equations for unknowns: polynomials in closed form, one other unknown by a search without gaps."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from typing import NamedTuple

from sympy import Add, Expr, Integer, Poly, Pow, Rational, Symbol, factor_terms, fraction, oo, solve, together

from symbolic_init.assumptions import NOTHING_KNOWN
from symbolic_init.errors import AssumptionError, SymbolicInitError, UnsupportedError
from symbolic_init.evidence import Kind, Value, weakest
from symbolic_init.fitting.inversion import closed_zeros
from symbolic_init.fitting.system import System
from symbolic_init.moments.mean import mean_of
from symbolic_init.moments.zero_search import Bracket, all_zeros
from symbolic_init.notation import GaussianMean, Root

__all__ = ["Branch", "Branches", "closed_branches", "searched_branches"]

Branch = Mapping[Symbol, Value]
"""A value for each unknown."""

REACH = Integer(10)
"""How far from 0 an unknown is searched, where nothing else is assumed."""
_DIGITS = 40
_NEAR = Fraction(1, 10**30)
"""How near a number must be to one in closed form to be compared with it."""
_LARGEST_DENOMINATOR = 1000


class Branches(NamedTuple):
    """The solutions, and what is known of others.

    Attributes:
        found: The solutions.
        inner: The unknown that was searched for, if there is one.
        interval: Where it was looked for.
        unresolved: Where in it more solutions may be.
        is_complete: Whether there are proven to be no others elsewhere.
    """

    found: tuple[Branch, ...]
    inner: Symbol | None = None
    interval: tuple[Expr, Expr] | None = None
    unresolved: tuple[tuple[Expr, Expr], ...] = ()
    is_complete: bool = True


def closed_branches(system: System, equations: Sequence[Expr]) -> Branches:
    """Return the solutions of polynomials in the unknowns.

    Raises:
        UnsupportedError: If they cannot be solved, or do not determine the unknowns.
    """
    found = _solved(equations, system.outer)
    return Branches(tuple({u: _in_closed_form(system, branch[u]) for u in system.outer} for branch in found))


def searched_branches(system: System, equations: Sequence[Expr]) -> Branches:
    """Return the solutions where one unknown is inside the means.

    The others are eliminated as functions of it; what is left is one equation in one unknown for each of
    their branches.

    Raises:
        AssumptionError: If there are other parameters without a value.
        UnsupportedError: If the others cannot be eliminated.
    """
    inner = system.inner
    assert inner is not None
    interval = _interval(system, inner)
    rest, eliminated, is_complete = _eliminated(system, equations)
    looked_at: dict[Expr, tuple[Bracket, ...]] = {}
    branches: list[Branch] = []
    for branch in eliminated:
        left = _without_denominator(rest.subs(branch))
        if left not in looked_at:
            looked_at[left] = _brackets(system, left, inner, interval)
        values = (_inner_value(system, left, inner, b) for b in looked_at[left] if b.changes)
        branches.extend(_placed(system, branch, inner, value) for value in values)
    every = [b for brackets in looked_at.values() for b in brackets]
    return Branches(
        tuple(branches),
        inner,
        interval,
        tuple(dict.fromkeys((b.low, b.high) for b in every if not (b.changes or b.is_only))),
        is_complete and all(b.is_only for b in every if b.changes),
    )


def _without_denominator(expr: Expr) -> Expr:
    """The numerator of an expression in letters, of either sign: it has the same zeros."""
    factor, numerator = fraction(together(expr))[0].as_coeff_Mul()
    if factor == 0:
        return factor
    return min(numerator, (-numerator).expand(), key=lambda e: (e.could_extract_minus_sign(), str(e)))


def _placed(system: System, branch: Mapping[Symbol, Expr], inner: Symbol, value: Value) -> Branch:
    """The values of all unknowns, by that of the inner one."""
    placed = {inner: value}
    for unknown in system.outer:
        form = _in_closed_form(system, branch[unknown])
        definition = form.definition.xreplace({inner: value.definition})
        kind = weakest(form.kind, value.kind)
        if value.kind == "exact":
            definition, kind = _worked_out(definition)
        placed[unknown] = Value(definition=definition, kind=kind)
    return placed


def _solved(equations: Sequence[Expr], unknowns: Sequence[Symbol]) -> list[Mapping[Symbol, Expr]]:
    """The solutions of polynomials, in letters."""
    try:
        found = list(solve(equations, list(unknowns), dict=True))
    except NotImplementedError as err:
        msg = "the equations cannot be solved in closed form"
        raise UnsupportedError(msg) from err
    if any(set(branch) != set(unknowns) for branch in found):
        msg = "the equations do not determine the unknowns"
        raise UnsupportedError(msg)
    return found


def _eliminated(system: System, equations: Sequence[Expr]) -> tuple[Expr, list[Mapping[Symbol, Expr]], bool]:
    """The equation that is left, the outer unknowns as functions of the inner one, and whether these are all.

    Nothing is lost by solving an equation whose degree in the outer unknown, and whose number of solutions,
    do not depend on the inner one.
    """
    if not system.outer:
        return equations[0], [{}], True
    choices = sorted(
        combinations(equations, len(system.outer)), key=lambda chosen: not _is_safe(chosen, system.outer)
    )
    failure: UnsupportedError | None = None
    for chosen in choices:
        try:
            found = _solved(chosen, system.outer)
        except UnsupportedError as err:
            failure = err
            continue
        rest = next(e for e in equations if e not in chosen)
        return rest, found, _is_safe(chosen, system.outer)
    assert failure is not None
    raise failure


def _is_safe(equations: Sequence[Expr], unknowns: Sequence[Symbol]) -> bool:
    """Whether there is one equation, with a leading coefficient free of letters, or `c*u**k = number`."""
    if len(unknowns) > 1:
        return False
    terms = Poly(equations[0], unknowns[0]).terms()
    (_, first), (last_power, last) = terms[0], terms[-1]
    return bool(first.is_Rational or (len(terms) == 2 and last_power == (0,) and last.is_Rational))


def _interval(system: System, inner: Symbol) -> tuple[Expr, Expr]:
    """Where the inner unknown is looked for."""
    bounds = next(((i.lower, i.upper) for i in system.known.intervals if i.symbol == inner), (-oo, oo))
    low, high = (b if b.is_Rational else None for b in bounds)
    if low is None:
        low = -REACH if high is None or high > -REACH else high - 2 * REACH
    if high is None:
        high = REACH if low < REACH else low + 2 * REACH
    return low, high


def _brackets(system: System, left: Expr, inner: Symbol, interval: tuple[Expr, Expr]) -> tuple[Bracket, ...]:
    """Where the equation that is left has zeros."""
    function, closed = system.in_integrals(left), system.in_closed_form(left)
    others = sorted((function.free_symbols | closed.free_symbols) - {inner}, key=str)
    if others:
        names = ", ".join(s.name for s in others)
        what = f"{inner.name} can be searched for only with numbers for {names}"
        msg = f"{what}: give values, as in --set {others[0].name}=1"
        raise AssumptionError(msg)
    if inner not in closed.free_symbols:
        if closed == 0:
            msg = f"the equations do not determine {inner.name}"
            raise UnsupportedError(msg)
        return ()
    is_smooth = all(letter.is_smooth for letter in system.used(left).values())
    slope = function.diff(inner) if is_smooth else None
    return all_zeros(function, inner, *interval, slope=slope, closed=closed)


def _in_closed_form(system: System, form: Expr) -> Value:
    """An unknown as an expression in letters, with these replaced."""
    tidy = _tidied(factor_terms(form))
    used = system.used(tidy).values()
    kind = weakest(*(letter.value.kind for letter in used)) if used else "exact"
    return Value(definition=system.in_closed_form(tidy), kind=kind)


def _inner_value(system: System, left: Expr, inner: Symbol, bracket: Bracket) -> Value:
    """The inner unknown: the zero in closed form, or as the zero of the equation."""
    closed = system.in_closed_form(left)
    root = Root(closed, inner, bracket.low, bracket.high)
    found = Value(definition=root, kind="enclosed")
    for candidate in _candidates(closed, inner, found):
        return Value(definition=candidate, kind="exact")
    return found


def _candidates(closed: Expr, inner: Symbol, found: Value) -> Iterator[Expr]:
    """Numbers in closed form that are the zero."""
    at = _number(found)
    if at is None:
        return
    near = at.limit_denominator(_LARGEST_DENOMINATOR)
    rational = Rational(near.numerator, near.denominator)
    if abs(at - near) < _NEAR and _worked_out(closed.xreplace({inner: rational}))[0] == 0:
        yield rational
    for candidate in closed_zeros(closed, inner):
        other = _number(Value(definition=candidate, kind="exact"))
        if other is not None and abs(at - other) < _NEAR:
            yield candidate


def _number(value: Value) -> Fraction | None:
    """The digits of a value, as far as they are known."""
    try:
        found = value.value(digits=_DIGITS)
        sign, mantissa, exponent, _ = found._mpf_
    except (SymbolicInitError, AttributeError):
        return None
    size = Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
    return -size if sign else size


def _worked_out(expr: Expr) -> tuple[Expr, Kind]:
    """An expression with its means in closed form, where they have one, and how it is known."""
    means = {m: mean_of(m.integrand, NOTHING_KNOWN).at(m.variance) for m in expr.atoms(GaussianMean)}
    definition = expr.xreplace({m: v.definition for m, v in means.items()})
    return definition.expand() if definition.is_Add else definition, weakest(
        *(v.kind for v in means.values())
    )


def _tidied(expr: Expr) -> Expr:
    """The same with `sqrt(-1/(-a - b))` written as `1/sqrt(a + b)`."""

    def turned(power: Expr) -> Expr:
        base, exponent = power.args
        below = -base if base.is_Mul and base.as_coeff_Mul()[0] == -1 else None
        if below is None or not (below.is_Pow and below.exp == -1 and below.base.is_Add):
            return power
        return Pow(Add(*(-a for a in below.base.args)), -exponent)

    return expr.replace(lambda e: e.is_Pow and e.exp.is_Rational and e.exp.q == 2, turned)
