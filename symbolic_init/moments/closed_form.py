"""The closed form of a Gaussian mean: normal form, rules, presentation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, final

from sympy import Expr, Min, Rational, S, cos, oo, sin

from symbolic_init.analysis.pieces import Pieces, as_expression
from symbolic_init.assumptions import Assumptions
from symbolic_init.derivation import Step
from symbolic_init.errors import NotIntegrableError
from symbolic_init.evidence import Deferred
from symbolic_init.moments.confirmation import confirm
from symbolic_init.moments.constants import field_of
from symbolic_init.moments.field import Element, Field, MissingError, Unreadable
from symbolic_init.moments.normal_form import Form, Key, accumulate
from symbolic_init.moments.presentation import presented
from symbolic_init.moments.reading import Reader, is_readable
from symbolic_init.moments.rule import Atom, Outcome, Rule
from symbolic_init.moments.rules import MEANS, REDUCTIONS, RULES, SPLITTING
from symbolic_init.moments.splitting import is_integrable, terms_of
from symbolic_init.moments.steps import Line, form_expr, reduced_expr, steps_of
from symbolic_init.notation import GaussianMean, q
from symbolic_init.special.wave_mean import AbstractWaveMean

__all__ = ["ClosedForm", "closed_form", "growth_rates", "read_over"]

_MAX_ROUNDS = 4000
_MAX_CONSTANTS = 8


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedForm:
    """A closed form of `E[f(sqrt(q)*z)]` in the symbol q.

    Attributes:
        expr: The form.
        limit: It holds, and the mean is finite, exactly for `0 < q < limit`.
        rules: Ids of the rules used, in the order of the table.
        steps: The lines that lead to it, put together when they are first looked at.
        note: A restriction in words, or the empty string.
    """

    expr: Expr
    limit: Expr
    rules: tuple[str, ...]
    steps: Sequence[Step] = ()
    note: str = ""


def closed_form(
    f: Pieces, known: Assumptions, *, integrand: Expr | None = None, chain: str = "M"
) -> ClosedForm | None:
    """Return the closed form of the mean of a function given by its pieces, or `None`.

    Args:
        f: The function, smooth between its breakpoints.
        known: What is known of the parameters.
        integrand: The function as it was given, for the steps and the numerical check.
        chain: Name of the chain of steps.

    Raises:
        NotIntegrableError: If the mean diverges for every q.
        InternalError: If the form disagrees with a numerical integral: a bug in a rule.
    """
    if not f.complete or not all(is_readable(b) for b in f.branches):
        return None
    function = as_expression(f) if integrand is None else integrand
    try:
        found, field, growing = _over_larger_fields(f, known, function)
    except Unreadable:
        return None
    if found is None:
        return None
    expr, used = found.expr, found.rules
    form = ClosedForm(
        expr=expr,
        limit=Min(oo, *(Rational(1, 2) / alpha for alpha in growing)),
        rules=tuple(r.id for r in RULES if r in used),
        steps=Deferred(lambda: steps_of(function, _lines(found, field), chain)),
        note=_note(expr),
    )
    confirm(form.expr, form.limit, function, known, form.rules, parts=f)
    return form


def _note(expr: Expr) -> str:
    """The functions without a classical form that a closed form is in."""
    letters = sorted({head.letter for head in expr.atoms(AbstractWaveMean)}, reverse=True)
    return f"exact in {' and '.join(letters)}" if letters else ""


def _over_larger_fields(
    f: Pieces, known: Assumptions, function: Expr
) -> tuple["_Found | None", Field, tuple[Expr, ...]]:
    """The closed form, its field and the coefficients that bound the variance; constants come as needed."""
    constants: tuple[Expr, ...] = ()
    for _ in range(_MAX_CONSTANTS):
        try:
            return _over_field(constants, f, known, function)
        except MissingError as missing:
            constants = (*constants, missing.constant)
    raise Unreadable("too many constants")


def _over_field(
    constants: tuple[Expr, ...], f: Pieces, known: Assumptions, function: Expr
) -> tuple["_Found | None", Field, tuple[Expr, ...]]:
    """The closed form over one field, that field, and the coefficients that bound the variance."""
    field, points, forms = read_over(constants, f, known)
    growing = growth_rates(forms, field)
    if growing:
        facts = tuple(1 - 2 * alpha * q for alpha in growing)
        more = replace(known, positive=(*known.positive, *facts))
        field, points, forms = read_over(constants, f, more)
    if not is_integrable(points, forms, field):
        msg = f"the Gaussian mean of {function} diverges for every q: it has a pole on the real line"
        raise NotIntegrableError(msg)
    return _mean(terms_of(points, forms, field), field), field, growing


def read_over(
    constants: tuple[Expr, ...], f: Pieces, known: Assumptions
) -> tuple[Field, tuple[Element, ...], tuple[Form, ...]]:
    """Return the field that holds some further constants, and the pieces over it: points and forms.

    Raises:
        Unreadable: If a branch has no normal form.
        MissingError: If the field lacks a constant.
    """
    trigonometric = any(b.has(sin, cos) for b in f.branches)
    field = field_of((*constants, *f.breakpoints, *f.branches), known, trigonometric=trigonometric)
    points = tuple(field.element(c) for c in f.breakpoints)
    forms = tuple(
        Reader(field=field, side=side).read(b)
        for b, side in zip(f.branches, _sides(points, field), strict=True)
    )
    return field, points, forms


class _Reduction(NamedTuple):
    """Means that no reduction applies to, what is finished, and the rules used."""

    terms: Mapping[Key, Element]
    atoms: tuple[Atom, ...]
    rules: tuple[Rule, ...]


class _Found(NamedTuple):
    """A closed form and the stages that lead to it: split by parity, reduced, and the means used."""

    expr: Expr
    even: _Reduction
    bases: _Reduction | None
    means: tuple[Rule, ...]

    @property
    def rules(self) -> frozenset[Rule]:
        """The rules used."""
        return frozenset((*self.even.rules, *(self.bases.rules if self.bases else ()), *self.means))


def _mean(terms: Form, field: Field) -> _Found | None:
    """The closed form of a mean, or `None` where a base has none."""
    even = _reduced(terms, field, only=SPLITTING)
    if even.atoms:
        raise Unreadable("splitting leaves no finished terms")
    if not even.terms:  # where nothing was left to split, the function had no even part
        return _Found(S.Zero, even if even.rules else even._replace(rules=SPLITTING[:1]), None, ())
    bases = _reduced(even.terms, field)
    atoms, means = list(bases.atoms), list[Rule]()
    for key, r in bases.terms.items():
        found = _first(key, r, field, MEANS)
        if found is None:
            return None
        means.append(found[0])
        atoms += found[1].atoms
    return _Found(presented(atoms, field), even, bases, tuple(means))


def _lines(found: _Found, field: Field) -> tuple[Line, ...]:
    """The right sides of the derivation, the last of them the closed form."""
    even, bases = found.even, found.bases
    if bases is None:
        return (Line(found.expr, even.rules),)
    return (
        Line(GaussianMean(form_expr(even.terms), q), even.rules),
        Line(reduced_expr(bases.terms, bases.atoms, field), bases.rules),
        Line(found.expr, found.means),
    )


def _sides(points: Sequence[Element], field: Field) -> tuple[Literal[-1, 0, 1], ...]:
    """The sign of x on each piece, 0 where it takes both."""
    signs = tuple(field.sign(c) for c in points)
    sides: list[Literal[-1, 0, 1]] = []
    for left, right in zip((None, *signs), (*signs, None), strict=True):
        if left is not None and left >= 0:
            sides.append(1)
        else:
            sides.append(-1 if right is not None and right <= 0 else 0)
    return tuple(sides)


def growth_rates(forms: Sequence[Form], field: Field) -> tuple[Expr, ...]:
    """The positive coefficients of x**2 in exponents: they bound the variance."""
    found: dict[Element, None] = {}
    for k, form in enumerate(forms):
        outer = k in (0, len(forms) - 1)
        for key in form:
            alpha, wave = key.alpha.parts()
            sign = field.sign(alpha)
            if wave or sign is None or (sign == 1 and (key.soft or not outer)):
                raise Unreadable("growth of the exponential")
            if sign == 1:
                found[alpha] = None
    return tuple(alpha.expr() for alpha in found)


def _reduced(form: Form, field: Field, *, only: Sequence[Rule] = REDUCTIONS) -> _Reduction:
    """Apply reductions until none applies."""
    pending, done = dict(form), dict[Key, Element]()
    atoms: list[Atom] = []
    used: dict[str, Rule] = {}
    for _ in range(_MAX_ROUNDS):
        if not pending:
            return _Reduction(done, tuple(atoms), tuple(used.values()))
        key = max(pending, key=_signs)
        r = pending.pop(key)
        found = _first(key, r, field, only)
        if found is None:
            accumulate(done, key, r)
            continue
        rule, outcome = found
        used[rule.id] = rule
        atoms += outcome.atoms
        for new, c in outcome.terms:
            accumulate(pending, new, c)
    raise Unreadable("too many terms")


def _signs(key: Key) -> int:
    return 2 * len(key.soft) + (key.hard is not None)


def _first(key: Key, r: Element, field: Field, rules: Sequence[Rule]) -> tuple[Rule, Outcome] | None:
    """The first rule that applies, and what it gives."""
    for rule in rules:
        outcome = rule.apply(key, r, field)
        if outcome is not None:
            return rule, outcome
    return None
