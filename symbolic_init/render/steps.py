"""The lines of a derivation as text."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from symbolic_init.derivation import Relation, Step
from symbolic_init.evidence import Kind
from symbolic_init.render.content import Cell, cite, given, step_lead, step_name, step_remarks
from symbolic_init.render.printing import break_formula, formula

__all__ = ["MARKS", "cell_text", "step_lines"]

MARKS: Mapping[Kind, str] = MappingProxyType({"exact": "", "enclosed": "*", "series": "+", "estimated": "~"})
"""What stands behind a number of each kind."""

_ARROWS: Mapping[Relation, tuple[str, str]] = MappingProxyType(
    {"=": ("=", "="), "~": ("~", "≈"), "->": ("->", "→")}
)


def cell_text(entry: Cell, *, unicode: bool) -> str:
    """Return an entry with the mark of its kind."""
    formed = "" if entry.formula is None else formula(entry.formula, unicode=unicode)
    return (entry.words or entry.decimal or formed) + (MARKS[entry.kind] if entry.kind else "")


def step_lines(steps: Sequence[Step], *, width: int, unicode: bool, digits: int = 6) -> Iterator[str]:
    """Return numbered lines, each formula with its reason at the right."""
    every, places = tuple(steps), len(str(len(steps)))
    for index, step in enumerate(every):
        lead, name = step_lead(every, index), step_name(every, index)
        left = "  " if lead is None else f"{formula(lead, unicode=unicode)} "
        right = f"{_ARROWS[step.relation][unicode]} {formula(step.rhs, unicode=unicode)}"
        body = f"{name} = {left}{right}" if name else left + right
        reason = _reason(step, digits, unicode=unicode)
        yield from _numbered(f"  {index + 1:>{places}}  ", body, reason, width)


def _reason(step: Step, digits: int, *, unicode: bool) -> str:
    """Why a line holds, at what values, by which source."""
    reason = step_remarks(step)
    if step.given:
        pairs = (
            f"{formula(s, unicode=unicode)} = {cell_text(v, unicode=unicode)}"
            for s, v in given(step, digits=digits)
        )
        reason += f"; at {', '.join(pairs)}"
    if step.reference:
        reason += f" ({cite(step.reference)})"
    return reason


def _numbered(number: str, body: str, reason: str, width: int) -> Iterator[str]:
    """One line, broken where it must be; the reason stands in its last line, or under it."""
    first, *rest = break_formula(body, width=width - len(number))
    *above, last = (number + first, *(" " * len(number) + part for part in rest))
    yield from above
    if len(last) + 2 + len(reason) <= width:
        yield last + reason.rjust(width - len(last))
        return
    yield last
    for line in textwrap.wrap(reason, width - len(number) - 2, break_on_hyphens=False):
        yield line.rjust(width)
