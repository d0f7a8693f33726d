"""Solutions of equations between means as text."""

from collections.abc import Iterator, Sequence

from sympy import Expr

from symbolic_init.evidence import Kind, Value
from symbolic_init.render.content import decimal, evidence
from symbolic_init.render.printing import break_formula, formula

__all__ = ["solutions_text"]

_LONGEST = 400
"""Characters of a form beyond which only its digits are shown."""


def solutions_text(
    found: Sequence[tuple[Sequence[tuple[str, Value]], Kind]],
    *,
    title: str,
    width: int = 80,
    unicode: bool = False,
    digits: int = 6,
    searched: tuple[str, Expr, Expr] | None = None,
    unresolved: Sequence[tuple[Expr, Expr]] = (),
    is_complete: bool = True,
) -> str:
    """Return every solution with its digits and its closed form, and what is known of others.

    Args:
        found: For each solution the unknowns with their values, and how they are known.
        title: What was solved.
        width: Columns that no line exceeds.
        unicode: Greek letters and superscripts instead of ASCII.
        digits: Significant digits.
        searched: The unknown that was searched for, and between which bounds, if any was.
        unresolved: Where more solutions may be.
        is_complete: Whether elsewhere there are proven to be no others.
    """
    lines = [title]
    if not found:
        lines.append("  no real solution" if searched is None else "  no solution was found")
    for index, (values, kind) in enumerate(found, start=1):
        lines.append(f"  solution {index} of {len(found)}: {evidence(kind)}")
        for name, value in values:
            for text in _lines(name, value, unicode=unicode, digits=digits):
                lines += [f"    {part}" for part in break_formula(text, width=width - 4, indent=4)]
    if searched is not None:
        name, low, high = searched
        remark = f"searched {low} <= {name} <= {high}: {_others(name, unresolved, is_complete)}"
        lines += [f"  {part}" for part in break_formula(remark, width=width - 2, indent=2)]
    return "\n".join(lines)


def _others(name: str, unresolved: Sequence[tuple[Expr, Expr]], is_complete: bool) -> str:  # noqa: FBT001 # a phrase, not a switch
    """What is known of other solutions."""
    if not is_complete:
        return "other solutions are not excluded"
    places = ", ".join(f"{float(a):.6g} to {float(b):.6g}" for a, b in unresolved)
    return "no others" + (f", except perhaps for {name} from {places}" if places else "") + " (proven)"


def _lines(name: str, value: Value, *, unicode: bool, digits: int) -> Iterator[str]:
    form = formula(value.definition, unicode=unicode)
    if value.definition.free_symbols or value.definition.is_Rational:
        yield f"{name} = {form}"
        return
    yield f"{name} = {decimal(value, digits=digits)}"
    if value.expr is not None and len(form) <= _LONGEST:
        yield f"  = {form}"
