"""A derivation as plain text of at most 80 columns."""

import textwrap
from collections.abc import Iterator, Sequence

from symbolic_init.derivation import Derivation
from symbolic_init.evidence import Kind, weakest
from symbolic_init.notation import N, abbreviated
from symbolic_init.render.content import (
    COLUMNS,
    EVIDENCE,
    Cell,
    assumed,
    by_theory,
    cell,
    cite,
    evidence,
    headline,
    headline_value,
    is_titled,
    one_line,
    row,
    row_cells,
    solutions,
    sources,
    std_by_theory,
    used_kinds,
    values,
)
from symbolic_init.render.names import NAMES
from symbolic_init.render.printing import break_formula, formula
from symbolic_init.render.snippet import torch_lines
from symbolic_init.render.steps import MARKS, cell_text, step_lines
from symbolic_init.render.table import table

__all__ = ["compare_text", "to_text"]


def to_text(
    derivation: Derivation, *, width: int = 80, steps: bool = True, unicode: bool = False, digits: int = 6
) -> str:
    """Return a derivation as plain text.

    Args:
        derivation: What to show.
        width: Columns that no line exceeds.
        steps: Whether to show the numbered steps.
        unicode: Greek letters and superscripts instead of ASCII.
        digits: Significant digits of numbers without a short exact form.

    Returns:
        The text, without a newline at the end. A number without a mark is exact or rounded from a
        closed form; the legend under the table explains the marks of the others.
    """
    writer = _Writer(width=width, unicode=unicode, digits=digits)
    blocks = [
        writer.head(derivation),
        writer.headline(derivation),
        writer.schemes(derivation),
        writer.remarks(derivation),
    ]
    if steps:
        blocks.append(writer.steps(derivation))
    lines = [*blocks[0], *blocks[1]]
    for block in (*blocks[2:], torch_lines(derivation, width=width)):
        if block:
            lines += ["", *block]
    return "\n".join(line.rstrip() for line in lines)


def compare_text(
    derivations: Sequence[Derivation], *, width: int = 80, unicode: bool = False, digits: int = 6
) -> str:
    """Return a table with one row for each derivation: the headline and what is recommended.

    Args:
        derivations: What to compare.
        width: Columns that no line exceeds.
        unicode: Greek letters and superscripts instead of ASCII.
        digits: Significant digits of numbers without a short exact form.
    """
    writer = _Writer(width=width, unicode=unicode, digits=digits)
    header = ("activation", "N Var(w)", "use: N Var(w)", "gain", "Var(b)", "chi_1(q*)", "evidence")
    rows = [tuple(writer.comparison(d)) for d in derivations]
    kinds = tuple(k for k in EVIDENCE if any(k in used_kinds(d) for d in derivations))
    return "\n".join((*table(header, rows, width=width, fold=False), *writer.legend(kinds)))


class _Writer:
    """Options in one place; each method returns the lines of one block."""

    def __init__(self, *, width: int, unicode: bool, digits: int) -> None:
        self._width, self._unicode, self._digits = width, unicode, digits

    def _math(self, expr: object) -> str:
        return formula(expr, unicode=self._unicode)

    def _cell(self, entry: Cell) -> str:
        """The entry with the mark of its kind."""
        return cell_text(entry, unicode=self._unicode)

    def _wrap(self, text: str, *, first: str = "  ", rest: str = "  ") -> list[str]:
        return textwrap.wrap(
            one_line(text),
            self._width,
            initial_indent=first,
            subsequent_indent=rest,
            break_on_hyphens=False,
        )

    def _name(self, name: str) -> str:
        known = NAMES.get(name)
        return name if known is None else (known.unicode if self._unicode else known.text)

    def head(self, d: Derivation) -> list[str]:
        shown = self._math(d.expression)
        title = one_line(d.title)
        if is_titled(d) and len(title) <= self._width // 2:
            shown = f"{title}{'(x)' if title.isidentifier() else ''} = {shown}"
        germ = ", ".join(f"{name} = {self._math(abbreviated(value))}" for name, value in d.traits.germ)
        words = one_line("; ".join(filter(None, (", ".join(d.traits.words), germ))))
        column = max(19, len(shown) + 2)
        if column + len(words) <= self._width:
            return [shown.ljust(column) + words]
        return [*break_formula(shown, width=self._width), *self._wrap(words)]

    def headline(self, d: Derivation) -> list[str]:
        top = headline(d, digits=self._digits)
        variance = f"Var(w) = {self._over_fan_in(top.variance)}"
        gain = self._cell(top.gain)
        bias = f"{'AND ' if self._cell(top.bias) != '0' else ''}Var(b) = {self._cell(top.bias)}"
        items = (variance, f"gain = std(w) sqrt(N) = {gain}", bias, top.remark)
        if len("  " + "   ".join(items)) > self._width:
            items = (variance, f"gain {gain}", bias, top.remark)
        lines = self._stacked(items)
        if not top.usable:
            lines.append("  ! not recommended: see below")
        other = by_theory(d, digits=self._digits)
        if other is not None:
            std = std_by_theory(d, digits=self._digits)
            shown = f"By theory {d.theory}: Var(w) = {self._over_fan_in(other)}"
            lines += self._wrap(f"{shown}, std(w) = {std}/sqrt(N)" if std else shown)
        if d.why:
            lines += self._wrap(f"Why: {d.why}", rest="       ")
        if d.outlook is not None:
            lines += self._wrap(d.outlook.text)
        return lines

    def _stacked(self, items: Sequence[str]) -> list[str]:
        """Items side by side as far as they fit."""
        lines: list[str] = []
        for item in items:
            if lines and len(lines[-1]) + 3 + len(item) <= self._width:
                lines[-1] += "   " + item
            else:
                lines += [f"  {part}" for part in break_formula(item, width=self._width - 2)]
        return lines

    def _over_fan_in(self, entry: Cell) -> str:
        """A variance divided by N."""
        if entry.formula is not None:
            return self._math(entry.formula / N) + (MARKS[entry.kind] if entry.kind else "")
        return f"{self._cell(entry)}/N"

    def schemes(self, d: Derivation) -> list[str]:
        if not d.schemes:
            return []
        header = (
            COLUMNS[0],
            "",
            *(c if not self._unicode else c.replace("chi_1", "χ₁") for c in COLUMNS[1:]),
        )
        rows, notes = [], []
        for index, scheme in enumerate(d.schemes):
            mark = ">" if index == d.recommended_index else ("" if scheme.stable else "!")
            label, *numbers = (self._cell(c) for c in row(scheme, digits=self._digits))
            rows.append((label, mark, *numbers))
            if scheme.note:
                notes.append(f"{label.strip()}: {scheme.note}")
        lines = table(header, rows, width=self._width)
        for note in notes:
            lines += self._wrap(note, rest="    ")
        shown = values(d, digits=self._digits, every=self._digits > 6)  # more than the table's
        if shown:
            lines += self._listed(d.theory, [f"{self._name(name)} = {self._cell(c)}" for name, c in shown])
        lines += self._solutions(d)
        return [*lines, *self.legend(used_kinds(d), d)]

    def _solutions(self, d: Derivation) -> Iterator[str]:
        """All fixed points, where they were asked for and there are several."""
        rows = solutions(d)
        if len(rows) > 1:
            yield f"  {len(rows)} solutions:"
            names = tuple(dict.fromkeys(name for named in rows for name, _ in named))
            header = tuple(self._name(name) for name in names)
            body = [
                tuple(
                    self._cell(cell(dict(named)[n], digits=self._digits)) if n in dict(named) else ""
                    for n in names
                )
                for named in rows
            ]
            yield from table(header, body, width=self._width)

    def _listed(self, title: str, parts: Sequence[str]) -> list[str]:
        """Equations after a title, cut between them; inside only those longer than a line."""
        lines = [f"  {title}:"]
        for index, part in enumerate(parts):
            text = part + ("," if index + 1 < len(parts) else "")
            if len(lines[-1]) + 1 + len(text) <= self._width:
                lines[-1] += " " + text
            else:
                lines += [f"    {piece}" for piece in break_formula(text, width=self._width - 4)]
        return lines

    def legend(self, kinds: Sequence[Kind], d: Derivation | None = None) -> list[str]:
        """What the marks mean, those that occur."""
        parts = [f"{MARKS[k]} {EVIDENCE[k]}" if MARKS[k] else f"no mark: {EVIDENCE[k]}" for k in kinds]
        if d is not None and d.recommended is not None:
            parts.append("> recommended")
        if d is not None and not all(s.stable for s in d.schemes):
            parts.append("! unstable or divergent")
        return self._wrap("; ".join(parts) + ".") if parts else []

    def comparison(self, d: Derivation) -> Iterator[str]:
        """One row: the headline, then what is recommended."""
        title = one_line(d.title)
        yield title if len(title) <= self._width // 3 else self._math(d.expression)
        yield self._cell(cell(headline_value(d), digits=self._digits))
        chosen = d.recommended
        if chosen is None:
            yield from ("none", "", "", "", evidence(headline_value(d).kind))
            return
        variance, gain, bias, *_, chi = row_cells(chosen, digits=self._digits)
        yield from (self._cell(c) for c in (variance, gain, bias, chi))
        yield evidence(weakest(chosen.sigma_w2.kind, chosen.sigma_b2.kind))

    def remarks(self, d: Derivation) -> list[str]:
        lines = []
        for warning in d.warnings:
            named = warning.startswith(("Note:", "Warning:"))
            lines += self._wrap(warning if named else f"Warning: {warning}", rest="    ")
        needs = assumed(d)
        if needs:
            lines += self._wrap(f"Assumes: {'; '.join(needs)}.", rest="    ")
        return lines

    def steps(self, d: Derivation) -> list[str]:
        lines = list(step_lines(d.steps, width=self._width, unicode=self._unicode, digits=self._digits))
        used = sources(d)
        if used:
            lines += ["", *self._wrap(f"Sources: {'; '.join(cite(k) for k in used)}.", rest="    ")]
        return lines
