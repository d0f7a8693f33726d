"""What every format shows, before it is written in any: cells, rows, lines."""

from collections.abc import Mapping
from functools import partial
from itertools import groupby, islice
from operator import itemgetter
from types import MappingProxyType
from typing import Any, NamedTuple

from sympy import Expr, oo, preorder_traversal

from symbolic_init.assumptions import Interval
from symbolic_init.derivation import Derivation, Scheme, Step
from symbolic_init.evidence import Kind, Value, weakest
from symbolic_init.notation import N
from symbolic_init.references import REFERENCES
from symbolic_init.render.printing import formula
from symbolic_init.special.wave_mean import AbstractWaveMean

__all__ = [
    "COLUMNS",
    "EVIDENCE",
    "Cell",
    "Headline",
    "assumed",
    "bounds",
    "by_theory",
    "capitalized",
    "cell",
    "cite",
    "decimal",
    "evidence",
    "given",
    "headline",
    "headline_value",
    "is_titled",
    "one_line",
    "parts",
    "printable",
    "row",
    "row_cells",
    "solutions",
    "sources",
    "std_by_theory",
    "step_lead",
    "step_name",
    "step_remarks",
    "used_kinds",
    "values",
]

EVIDENCE: Mapping[Kind, str] = MappingProxyType(
    {
        "exact": "exact or rounded from a closed form",
        "enclosed": "enclosed (proven digits)",
        "series": "from a series",
        "estimated": "estimated, not proven",
    }
)
"""What each kind of evidence means, in the words of the legend."""

COLUMNS = ("scheme", "N Var(w)", "gain", "Var(b)", "q*", "V'(q*)", "chi_1(q*)")
"""The table of schemes; each format writes the names in its own script."""

_SHORT = 9
"""Exact numbers of at most so many characters are shown as they are, longer ones as digits."""
_GUARD = 4
"""Digits asked for beyond those shown."""
_FATES: Mapping[str, str] = MappingProxyType(
    {"any": "any", "decays": "0, decays", "diverges": "diverges", "cycles": "cycles", "unknown": "-"}
)


class Cell(NamedTuple):
    """One entry: a formula, or digits, or words; and for a number how it is known."""

    formula: Expr | None = None
    decimal: str = ""
    words: str = ""
    kind: Kind | None = None


class Headline(NamedTuple):
    """The weights that stand first: the recommended ones, or else those of the headline theory."""

    variance: Cell
    gain: Cell
    bias: Cell
    remark: str
    usable: bool


def cell(value: Value, *, digits: int = 6, column: bool = False) -> Cell:
    """Return how a value is shown: exact where it is short or has parameters, else in digits.

    In a `column`, the zero before the point counts as a digit.
    """
    exact = value.definition
    if value.is_infinite:
        return Cell(words="infinite", kind=value.kind)
    if exact.free_symbols:
        return Cell(formula=exact, kind=value.kind)
    if value.kind == "exact" and _is_short(exact) and not exact.has(AbstractWaveMean):
        return Cell(formula=exact, kind=value.kind)
    digits = value.shown_digits(digits)
    number = value.value(digits=digits + _GUARD)
    leading_zero = column and 0 < abs(number) < 1
    return Cell(decimal=_written(number, max(1, digits - leading_zero)), kind=value.kind)


def _is_short(expr: Expr) -> bool:
    """Whether the formula has few characters; it has at least one for every atom in it."""
    atoms = (part for part in preorder_traversal(expr) if not part.args)
    return len(tuple(islice(atoms, _SHORT + 1))) <= _SHORT >= len(formula(expr))


def decimal(value: Value, *, digits: int) -> str:
    """Return `digits` significant digits of a value, rounded."""
    digits = value.shown_digits(digits)
    return _written(value.value(digits=digits + _GUARD), digits)


def _written(number: Any, digits: int) -> str:
    import mpmath

    if number == 0:
        return "0"
    with mpmath.workdps(digits + _GUARD):
        return str(mpmath.nstr(number, digits, strip_zeros=False))


def headline(d: Derivation, *, digits: int = 6) -> Headline:
    """Return the headline block: weights, gain, biases, and how they are known."""
    chosen = d.recommended
    if chosen is None:
        sigma = headline_value(d)
        bias = d.values.get("sigma_b2", Value(definition=d.sigma_b2, kind="exact"))
        gain = Value(definition=d.gain, kind=sigma.kind)
        return Headline(
            variance=cell(sigma, digits=digits),
            gain=cell(gain, digits=digits),
            bias=cell(bias, digits=digits),
            remark=_remark(d.theory, sigma, bias),
            usable=False,
        )
    return Headline(
        variance=cell(chosen.sigma_w2, digits=digits),
        gain=cell(chosen.gain, digits=digits),
        bias=cell(chosen.sigma_b2, digits=digits),
        remark=_remark(one_line(chosen.label), chosen.sigma_w2, chosen.sigma_b2),
        usable=True,
    )


def headline_value(d: Derivation) -> Value:
    """`N` times the headline's weight variance, with its evidence."""
    known = d.values.get("sigma_w2")
    if known is not None:
        return known
    rows = [s for s in d.schemes if s.theory == d.theory]
    return Value(definition=d.weight_variance * N, kind=rows[0].sigma_w2.kind if rows else "estimated")


def by_theory(d: Derivation, *, digits: int = 6) -> Cell | None:
    """The headline theory's `N Var(w)`, where it is not what is recommended."""
    value = headline_value(d)
    chosen = d.recommended
    if chosen is None or chosen.sigma_w2.definition == value.definition:
        return None
    return cell(value, digits=digits)


def std_by_theory(d: Derivation, *, digits: int = 6) -> str:
    """The same as a standard deviation: digits to put over the root of N, or "" with free parameters."""
    gain = d.values.get("gain")
    if gain is None or gain.definition.free_symbols:
        return ""
    return formula(gain.definition) if gain.definition.is_Rational else decimal(gain, digits=digits)


def _remark(label: str, sigma: Value, bias: Value) -> str:
    kind = weakest(sigma.kind, bias.kind)
    words = evidence(kind, sigma.note)
    return f"{words}; {label}" if label else words


def evidence(kind: Kind, note: str = "") -> str:
    """Return a kind of evidence with its restriction, in words."""
    words = one_line(note)
    if words.startswith(kind):
        return words
    return f"{kind}, {words}" if words else kind


def row(scheme: Scheme, *, digits: int = 6) -> tuple[Cell, ...]:
    """Return the entries of one scheme, in the order of `COLUMNS`."""
    cells = row_cells(scheme, digits=digits)
    if scheme.label.startswith(" "):  # a second root with the weights of the row above
        cells = (*(Cell() for _ in cells[:3]), *cells[3:])
    return (Cell(words=printable(scheme.label)), *cells)


def row_cells(scheme: Scheme, *, digits: int = 6) -> tuple[Cell, ...]:
    """The numbers of one scheme."""
    shown = partial(cell, digits=digits, column=True)
    weights = (scheme.sigma_w2, scheme.gain, scheme.sigma_b2)
    if scheme.fate == "diverges" and scheme.q_star is None:
        return (*map(shown, weights), Cell(words="none"), Cell(words="diverges"), Cell())
    own, slope = scheme.q_star, scheme.V_prime
    marginal = slope is not None and slope.definition == 1
    settled = None if own is not None and own.definition == 0 and not marginal else own
    return (
        *map(shown, weights),
        Cell(words=_FATES.get(scheme.fate, "-")) if settled is None else shown(settled),
        *(Cell() if v is None else shown(v) for v in (slope, scheme.chi_1)),
    )


def used_kinds(d: Derivation) -> tuple[Kind, ...]:
    """Return the kinds of evidence of the numbers in the tables, strongest first."""
    numbers = [v for s in d.schemes for v in (s.sigma_w2, s.sigma_b2, s.q_star, s.V_prime, s.chi_1) if v]
    found = {v.kind for v in (*numbers, *d.values.values())}
    return tuple(k for k in EVIDENCE if k in found)


def values(d: Derivation, *, digits: int = 6, every: bool = False) -> tuple[tuple[str, Cell], ...]:
    """Return the values of the headline; without `every` only those that the table has no column for."""
    tabled = () if every else ("sigma_w2", "sigma_b2", "gain", "q_star", "V_prime", "chi_1")
    return tuple((name, cell(v, digits=digits)) for name, v in d.value_items if name not in tabled)


def solutions(d: Derivation) -> tuple[tuple[tuple[str, Value], ...], ...]:
    """Return the solutions of a theory that was asked for, or of given weights."""
    asked = d.requested != "auto" or any(s.label == "given weights" for s in d.schemes)
    return tuple(d.solution_items) if asked else ()


def bounds(interval: Interval) -> str:
    """Return what is known of one parameter: `a > 0`, `0 <= b < 1`, `c real`."""
    name, low, high = interval.symbol.name, interval.lower, interval.upper
    less_low, less_high = (" < " if o else " <= " for o in (interval.lower_open, interval.upper_open))
    if low == -oo and high == oo:
        return f"{name} real"
    if low == high:
        return f"{name} = {low}"
    if high == oo:
        return f"{name}{less_low.replace('<', '>')}{low}"
    return (f"{low}{less_low}" if low != -oo else "") + f"{name}{less_high}{high}"


def assumed(d: Derivation) -> tuple[str, ...]:
    """Return what is known of the parameters and what the steps need, each once."""
    known = [bounds(i) for i in d.assumptions.intervals]
    known += [f"{formula(fact)} > 0" for fact in d.assumptions.positive]
    needed = [need for step in d.steps for need in step.assumptions]
    return tuple(dict.fromkeys((*known, *needed)))


def one_line(text: str) -> str:
    """Return a user's text on one line, without control characters."""
    return " ".join(printable(text).split())


def printable(text: str) -> str:
    """Return a text with a space for each control character and each end of a line."""
    return "".join(c if c.isprintable() else " " for c in text)


def capitalized(text: str) -> str:
    """Return words as the beginning of a sentence; a letter of a formula stays as it is.

    Examples:
        >>> capitalized("split at 0"), capitalized("q = 1")
        ('Split at 0', 'q = 1')
    """
    first = text.split(" ", 1)[0].rstrip(",;:")
    return text[:1].upper() + text[1:] if len(first) > 1 and first.replace("-", "").isalpha() else text


def is_titled(d: Derivation) -> bool:
    """Tell whether the title says more than the formula does."""
    return _bare(d.title) not in ("", _bare(formula(d.expression)), _bare(str(d.expression)))


def _bare(text: str) -> str:
    return "".join(c for c in text if c not in " *^").lower()


def cite(key: str) -> str:
    """Return a reference in short form: `Kumar 2017`, `Poole et al. 2016`."""
    entry = REFERENCES.get(key)
    if entry is None:
        return key
    authors = [a.strip() for a in entry.authors.replace(" and ", ", ").split(",") if a.strip()]
    names = [a.split()[-1] for a in authors]
    short = " and ".join(names) if len(names) < 3 else f"{names[0]} et al."  # as journals do
    return f"{short} {entry.year}"


def sources(d: Derivation) -> tuple[str, ...]:
    """Return the keys of the references used, in the order of their first use."""
    keys = (d.reference, *(s.reference for s in d.steps))
    return tuple(dict.fromkeys(k for k in keys if k))


def step_lead(steps: tuple[Step, ...], index: int) -> Expr | None:
    """Return the left side of a step, or `None` where it continues the step before."""
    step = steps[index]
    before = steps[index - 1] if index else None
    if before is not None and before.chain == step.chain and before.rhs == step.lhs:
        return None
    return step.lhs


def parts(d: Derivation) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Return the steps in parts that belong together: id of each part and the places of its steps."""
    numbered = ((step.chain.partition(".")[0], index) for index, step in enumerate(d.steps))
    return tuple((name, tuple(i for _, i in group)) for name, group in groupby(numbered, key=itemgetter(0)))


LEADS: Mapping[str, str] = MappingProxyType(
    {
        "M": "M(q)",
        "h": "h(q)",
        "m": "m(q)",
        "M.series": "M(q)",
        "linear.limit": "N v^2",
        "slopes": "M'(q) - h(q)",
    }
)
"""What the first line of a chain is called, beside its formula."""


def step_name(steps: tuple[Step, ...], index: int) -> str:
    """Return what the left side of a step is called (`M(q)`), or the empty string."""
    chain = steps[index].chain
    first = index == 0 or steps[index - 1].chain != chain
    return LEADS.get(chain, "") if first else ""


def given(step: Step, *, digits: int = 6) -> tuple[tuple[Expr, Cell], ...]:
    """Return what is inserted for the symbols of a step: short formulas as they are, else digits."""
    found = []
    where = dict(step.given)
    for symbol, value in step.given:
        name, closed = (N * symbol, N * value) if N in value.free_symbols else (symbol, value)
        for _ in where:
            closed = closed.subs(where)  # one value may hold another symbol
        if closed.free_symbols or _is_short(value):
            found.append((symbol, Cell(formula=value)))
        else:
            found.append((name, cell(Value(definition=closed, kind=step.kind), digits=digits)))
    return tuple(found)


def step_remarks(step: Step) -> str:
    """Return the reason, and the kind of evidence where it is not plainly exact."""
    reason = one_line(step.reason)
    return reason if step.kind == "exact" else f"{reason} ({step.kind})"
