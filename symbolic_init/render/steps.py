"""The lines of a derivation as text."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from symbolic_init.derivation import Relation, Step
from symbolic_init.render.content import cite, step_lead, step_remarks
from symbolic_init.render.printing import break_formula, formula

__all__ = ["step_lines"]

_ARROWS: Mapping[Relation, tuple[str, str]] = MappingProxyType(
    {"=": ("=", "="), "~": ("~", "≈"), "->": ("->", "→")}
)


def step_lines(steps: Sequence[Step], *, width: int, unicode: bool) -> Iterator[str]:
    """Return numbered lines, each formula with its reason at the right."""
    digits = len(str(len(steps)))
    for index, step in enumerate(steps):
        lead = step_lead(tuple(steps), index)
        left = "  " if lead is None else f"{formula(lead, unicode=unicode)} "
        body = f"{left}{_ARROWS[step.relation][unicode]} {formula(step.rhs, unicode=unicode)}"
        yield from _numbered(f"  {index + 1:>{digits}}  ", body, _reason(step, unicode=unicode), width)


def _reason(step: Step, *, unicode: bool) -> str:
    """Why a line holds, at what values, by which source and rule."""
    reason = step_remarks(step)
    if step.given:
        pairs = (f"{formula(s, unicode=unicode)} = {formula(v, unicode=unicode)}" for s, v in step.given)
        reason += f"; at {', '.join(pairs)}"
    if step.reference:
        reason += f" ({cite(step.reference)})"
    return f"{reason} [{step.rule}]"


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
