"""The closed form of `E[g(u)*g(v)]` for two correlated Gaussian variables."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement
from types import MappingProxyType
from typing import NamedTuple, final

from sympy import Add, Expr, Min, Mul, Rational, S, exp, oo, sqrt

from symbolic_init.analysis.pieces import Pieces
from symbolic_init.assumptions import Assumptions, Interval
from symbolic_init.derivation import Step
from symbolic_init.evidence import Deferred
from symbolic_init.moments.closed_form import growth_rates, read_over
from symbolic_init.moments.field import Element, Field, MissingError, Unreadable
from symbolic_init.moments.gaussian_vector import Law
from symbolic_init.moments.joint_mean import (
    Base,
    Polynomial,
    State,
    base_mean,
    factor_of,
    polynomial_of,
    reduced,
    reflected,
    signs_of,
)
from symbolic_init.moments.kernel_presentation import rewritings, tidied
from symbolic_init.moments.normal_form import Form, Key
from symbolic_init.moments.pair_confirmation import is_confirmed
from symbolic_init.moments.presentation import element_expr, presented
from symbolic_init.moments.reading import is_readable
from symbolic_init.moments.rule import Atom
from symbolic_init.moments.splitting import terms_of
from symbolic_init.moments.steps import form_expr
from symbolic_init.notation import PairMean, q, rho

__all__ = ["PAIR_RULES", "PairForm", "PairRule", "pair_form"]

_MAX_CONSTANTS = 8
_MAX_TERMS = 40
"""Terms of g whose products are looked at two by two."""


_SIGNS, _STEIN = "gauss.pair.signs", "gauss.pair.stein"


class PairRule(NamedTuple):
    """A rule for means of two correlated Gaussian variables.

    Attributes:
        id: Permanent id.
        statement: The rule as a formula in plain text; u and v are standard normal, of correlation r.
        reason: A few words for a line of a derivation.
        reference: Key in `references.REFERENCES`, or the empty string.
    """

    id: str
    statement: str
    reason: str
    reference: str = ""


PAIR_RULES: Mapping[str, PairRule] = MappingProxyType(
    {
        rule.id: rule
        for rule in (
            PairRule(
                _SIGNS,
                "f = (f_left + f_right)/2 + sum over breakpoints c of (f_right - f_left) sign(x - c)/2",
                "split at the breakpoints",
            ),
            PairRule(
                _STEIN,
                "E[(u - m) r(u, v) F] = S_uu E[d(r F)/du] + S_uv E[d(r F)/dv]",
                "integration by parts in both variables; what is odd in (u, v) vanishes",
            ),
            PairRule(
                "gauss.pair.exponential",
                "E[exp(a u^2 + b v^2 + ...)] = exp(...)/sqrt(det(1 - 2 diag(a, b) S))",
                "Gaussian integral over the plane",
            ),
            PairRule(
                "gauss.pair.erf",
                "E[sign(u + h)] = erf(h/sqrt(2)), and so for a soft sign",
                "probability of a half plane",
            ),
            PairRule(
                "gauss.pair.arcsine",
                "E[sign(u) sign(v)] = (2/pi) asin(r), and so for soft signs",
                "orthant probability of two centered normal variables",
                "sheppard1899",
            ),
            PairRule(
                "gauss.pair.binormal",
                "E[sign(u + h) sign(v + k)] = 4 P(h, k; r) - 1 - erf(h/sqrt(2)) - erf(k/sqrt(2))",
                "bivariate normal distribution function",
                "plackett1954",
            ),
        )
    }
)
"""The rules in the order of the lines of a derivation."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class PairForm:
    """A closed form of `E[g(u)*g(v)]` for `-1 < rho < 1`.

    Attributes:
        expr: The form in rho and the variances.
        limit: It holds, and the mean square of g is finite, for variances below.
        rules: Ids of the rules used, in the order of the table.
        steps: The lines that lead to it.
    """

    expr: Expr
    limit: Expr
    rules: tuple[str, ...]
    steps: Sequence[Step]


def pair_form(
    f: Pieces,
    function: Expr,
    known: Assumptions,
    *,
    variances: tuple[Expr, Expr] = (q, q),
    chain: str = "kernel",
) -> PairForm | None:
    """Return the closed form for a function given by its pieces, or `None`.

    Args:
        f: The function g, smooth between its breakpoints.
        function: The function as it was given, for the steps and the numerical check.
        known: What is known of the parameters.
        variances: Variance of u and of v: symbols, equal or not.
        chain: Name of the chain of steps.

    Raises:
        InternalError: If the form disagrees with numbers: a bug in a rule.
    """
    if not f.complete or not all(is_readable(b) for b in f.branches):
        return None
    try:
        found = _over_larger_fields(f, known, variances)
    except Unreadable:
        return None
    expr = found.expr
    used = found.used(split=bool(f.breakpoints))
    form = PairForm(
        expr=expr,
        limit=found.limit,
        rules=used,
        steps=Deferred(lambda: tuple(_steps(found, function, variances, chain, used))),
    )
    points = f.breakpoints
    return form if is_confirmed(expr, form.limit, function, points, known, variances, used) else None


class _Found(NamedTuple):
    """The closed form and the stages that lead to it."""

    expr: Expr
    limit: Expr
    terms: Form
    law: Law
    bases: Mapping[State, Element]
    means: Mapping[State, Base]
    lowered: bool

    def used(self, *, split: bool) -> tuple[str, ...]:
        """Ids of the rules used, in the order of the table."""
        found = {mean.rule for mean in self.means.values()}
        found |= {_SIGNS} if split else set()
        found |= {_STEIN} if self.lowered else set()
        return tuple(name for name in PAIR_RULES if name in found)


def _over_larger_fields(f: Pieces, known: Assumptions, variances: tuple[Expr, Expr]) -> _Found:
    """The closed form, over a field that grows with the constants that are missing."""
    first, second = variances
    constants: tuple[Expr, ...] = (rho,) if first == second else (rho, sqrt(first), sqrt(second))
    between = Interval(symbol=rho, lower=S.NegativeOne, upper=S.One)
    within = replace(known, intervals=(*known.intervals, between))
    for _ in range(_MAX_CONSTANTS):
        try:
            return _over_field(constants, f, within, variances)
        except MissingError as missing:
            constants = (*constants, missing.constant)
    raise Unreadable("too many constants")


def _over_field(
    constants: tuple[Expr, ...], f: Pieces, known: Assumptions, variances: tuple[Expr, Expr]
) -> _Found:
    """The closed form over one field."""
    field, points, forms = read_over(constants, f, known)
    rates = growth_rates(forms, field)
    if rates:
        slopes = {key.alpha.expr() for form in forms for key in form}
        more = replace(known, positive=(*known.positive, *_facts(slopes, variances)))
        field, points, forms = read_over(constants, f, more)
    if any(key.kernel or not r.is_polynomial() for form in forms for key, r in form.items()):
        raise Unreadable("more than polynomials, exponentials and signs")
    terms = terms_of(points, forms, field)
    law = _law(field, variances)
    bases, lowered = reduced(_pairs(terms, law, variances))
    means = {s: base_mean(s, c) for s, c in bases.items()}
    atoms = [a for mean in means.values() for a in mean.atoms]
    expr = tidied(presented(atoms, field, rewritings=rewritings(field)))
    limit = Min(oo, *(Rational(1, 4) / rate for rate in rates))
    return _Found(expr, limit, terms, law, bases, means, lowered)


def _facts(slopes: set[Expr], variances: tuple[Expr, Expr]) -> Iterator[Expr]:
    """What is positive below the limit: the determinants of the tilted laws, and those of one variable."""
    first, second = variances
    for a in sorted({*slopes, S.Zero}, key=str):
        for v in {first, second}:
            yield 1 - 2 * a * v
            yield 1 - 2 * a * v * (1 - rho**2)
            if first == second:
                yield from (1 - 2 * a * v * (1 - rho), 1 - 2 * a * v * (1 + rho))
    for a, b in combinations_with_replacement(sorted(slopes, key=str), 2):
        for c, d in {(a, b), (b, a)}:
            yield 1 - 2 * c * first - 2 * d * second + 4 * c * d * first * second * (1 - rho**2)


def _law(field: Field, variances: tuple[Expr, Expr]) -> Law:
    """The law of (u, v)."""
    first, second = (field.element(v) for v in variances)
    equal = variances[0] == variances[1]
    shared = field.element(rho) * (first if equal else field.element(sqrt(variances[0]) * sqrt(variances[1])))
    return Law((field.zero, field.zero), ((first, shared), (shared, second)), field.one, field.zero)


def _pairs(terms: Form, law: Law, variances: tuple[Expr, Expr]) -> Mapping[State, Polynomial]:
    """The products of a term at u and a term at v; with equal variances each pair is taken once."""
    if len(terms) > _MAX_TERMS:
        raise Unreadable("too many terms")
    total: dict[State, dict[tuple[int, ...], Element]] = {}
    items = tuple(terms.items())
    twice = variances[0] == variances[1]
    for j, (first, r) in enumerate(items):
        for second, s in items[j:] if twice else items:
            (tilt, level), (other, more) = factor_of(first), factor_of(second)
            signs = (*signs_of(first, 0), *signs_of(second, 1))
            state = State(law._replace(exponent=level + more), (tilt, other), signs)
            state, polynomial = reflected(state, polynomial_of((r * (1 + (twice and first != second)), s)))
            sums = total.setdefault(state, {})
            for m, c in polynomial.items():
                sums[m] = sums[m] + c if m in sums else c
    return total


def _steps(
    found: _Found, function: Expr, variances: tuple[Expr, Expr], chain: str, used: Sequence[str]
) -> Iterator[Step]:
    """The lines: split, by parts, and one line a rule for the means that are left."""
    lhs: Expr = PairMean(function, function, *variances, rho)
    lines = ((rhs, rules) for rhs, rules in _lines(found, variances, used) if rules)
    for k, (rhs, rules) in enumerate(lines):
        table = [PAIR_RULES[r] for r in rules]
        yield Step(
            id=f"{chain}.{k + 1}",
            chain=chain,
            lhs=lhs,
            rhs=rhs,
            reason="; ".join(rule.reason for rule in table),
            rule=rules[0],
            reference=next((rule.reference for rule in table if rule.reference), ""),
        )
        lhs = rhs


def _lines(
    found: _Found, variances: tuple[Expr, Expr], used: Sequence[str]
) -> Iterator[tuple[Expr, Sequence[str]]]:
    """Right sides, and the rules that lead to them, the most important first."""
    waves = any(e.parts()[1] for key in found.terms for e in (key.alpha, key.beta, key.gamma))
    if waves or not found.bases:
        yield found.expr, used
        return
    if _SIGNS in used:
        split = form_expr(found.terms)
        yield PairMean(split, split, *variances, rho), (_SIGNS,)
    left = {s: c for s, c in found.bases.items() if _is_left(s, found.law)}
    done = {found.means[s].rule for s in found.bases if s not in left}
    first = tuple(r for r in used if r in done or r == _STEIN)
    if first:
        yield _mixed(found, left, variances), first
    for rule in used:
        now = [s for s in left if found.means[s].rule == rule]
        if now:
            left = {s: c for s, c in left.items() if s not in now}
            yield _mixed(found, left, variances), (rule,)


def _is_left(state: State, law: Law) -> bool:
    """Whether no component is fixed, and there is something to take the mean of."""
    tilted = any(t.alpha or t.beta for t in state.tilts)
    return len(state.tilts) == len(law.mean) and (tilted or bool(state.signs))


def _mixed(found: _Found, left: Mapping[State, Element], variances: tuple[Expr, Expr]) -> Expr:
    """What is finished, and multiples of the means that are left."""
    if not left:
        return found.expr
    field = found.law.radicand.field
    atoms: list[Atom] = [a for s in found.bases if s not in left for a in found.means[s].atoms]
    heads = (
        Mul(element_expr(c), exp(s.law.exponent.expr()), PairMean(u, v, *variances, rho))
        for s, c in left.items()
        for u, v in (_functions(s, field),)
    )
    return Add(tidied(presented(atoms, field, rewritings=rewritings(field))), *heads)


def _functions(state: State, field: Field) -> tuple[Expr, Expr]:
    """The exponentials and signs of u, and those of v."""

    def function(place: int) -> Expr:
        alpha, beta = state.tilts[place]
        own = [s for s in state.signs if s.place == place]
        soft = tuple((s.a, s.b) for s in own if not s.hard)
        hard = next((-s.b for s in own if s.hard), None)
        return form_expr({Key(alpha, beta, field.zero, soft, (), hard): field.one})

    return function(0), function(1)
