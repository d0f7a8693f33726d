"""A derivation as Markdown with formulas between dollar signs, as GitHub shows it."""

from collections.abc import Iterator, Sequence

from symbolic_init.derivation import Derivation, Step
from symbolic_init.notation import abbreviated, g, x
from symbolic_init.references import REFERENCES
from symbolic_init.render.content import (
    EVIDENCE,
    Cell,
    assumed,
    by_theory,
    capitalized,
    cite,
    given,
    headline,
    one_line,
    parts,
    row_cells,
    sources,
    std_by_theory,
    step_lead,
    step_remarks,
    used_kinds,
    values,
)
from symbolic_init.render.entries import ARROWS, COLUMNS_TEX, MARKS, entry, germ, symbol, variance
from symbolic_init.render.latex_math import tex
from symbolic_init.render.names import CHAIN_WORDS, VALUE_WORDS
from symbolic_init.render.prose import markdown_text, prose
from symbolic_init.render.snippet import torch_lines

__all__ = ["to_markdown"]

_COLUMNS = ("scheme", "", *(f"${name}$" for name in COLUMNS_TEX))


def to_markdown(derivation: Derivation, *, steps: bool = True, digits: int = 6) -> str:
    """Return a derivation as Markdown, with tables and formulas that GitHub shows.

    Args:
        derivation: What to show.
        steps: Whether to show the numbered steps.
        digits: Significant digits in the tables.
    """
    blocks = (
        _head(derivation),
        _result(derivation, digits),
        _schemes(derivation, digits),
        _values(derivation),
        _remarks(derivation),
        _steps(derivation) if steps else (),
        _paste(derivation),
        _sources(derivation),
    )
    return "\n\n".join("\n".join(block) for block in map(tuple, blocks) if block) + "\n"


def _words(text: str) -> str:
    return prose(one_line(text), markdown_text)


def _math(text: str) -> str:
    """A formula inside a line: `|` would end a cell of a table, `_` and `*` may start emphasis."""
    return "$" + text.replace("|", r"\vert ").replace("*", r"\ast ") + "$"


def _entry(cell: Cell) -> str:
    if cell.words:
        return _words(cell.words)
    shown = entry(cell)
    return _math(shown) if shown else ""


def _over_fan_in(cell: Cell) -> str:
    return _math(rf"\operatorname{{Var}}(w) = {variance(cell)}")


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(header)} |"
    yield "|" + " --- |" * len(header)
    yield from (f"| {' | '.join(row)} |" for row in rows)


def _head(d: Derivation) -> Iterator[str]:
    yield f"# Initialization for {markdown_text(one_line(d.title))}"
    yield ""
    yield from _display(f"{tex(g(x))} = {tex(d.expression)}")
    at_0 = [_math(f"{germ(name)} = {tex(abbreviated(v))}") for name, v in d.traits.germ]
    described = "; ".join((*map(_words, d.traits.words), *at_0))
    if described:
        yield ""
        yield f"{described}."


def _display(formula: str) -> Iterator[str]:
    yield "$$"
    yield formula
    yield "$$"


def _result(d: Derivation, digits: int) -> Iterator[str]:
    top = headline(d, digits=digits)
    yield "## Result" if top.usable else "## Result (not recommended)"
    yield ""
    shown = rf"\operatorname{{Var}}(b) = {_entry(top.bias).strip('$')}"
    yield (
        f"**{_over_fan_in(top.variance)}**, gain {_entry(top.gain)}, "
        f"**{_math(shown)}**; {_words(top.remark)}."
    )
    other = by_theory(d, digits=digits)
    if other is not None:
        yield ""
        std = std_by_theory(d, digits=digits)
        root = rf", $\operatorname{{std}}(w) = {std}/\sqrt{{N}}$" if std else ""
        yield f"By theory {_words(d.theory)}: {_over_fan_in(other)}{root}."
    for name, text in (("Why", d.why), ("Outlook", d.outlook.text if d.outlook else "")):
        if text:
            yield ""
            yield f"{name}: {_words(text)}"


def _schemes(d: Derivation, digits: int) -> Iterator[str]:
    if not d.schemes:
        return
    yield "## Schemes"
    yield ""
    rows = []
    for index, scheme in enumerate(d.schemes):
        mark = "**&gt;**" if index == d.recommended_index else ("" if scheme.stable else "**!**")
        rows.append((_words(scheme.label.strip()), mark, *map(_entry, row_cells(scheme, digits=digits))))
    yield from _table(_COLUMNS, rows)
    yield ""
    for scheme in d.schemes:
        if scheme.note:
            yield f"{_words(scheme.label.strip())}: {_words(scheme.note)}."
            yield ""
    kinds = (
        f"{_math(MARKS[k])} {EVIDENCE[k]}" if MARKS[k] else f"No mark: {EVIDENCE[k]}" for k in used_kinds(d)
    )
    yield f"{'; '.join((*kinds, '**&gt;** recommended', '**!** unstable or divergent'))}."


def _values(d: Derivation) -> Iterator[str]:
    shown = values(d, digits=d.digits, every=True)
    if not shown:
        return
    yield f"## Values by theory {_words(d.theory)}"
    yield ""
    rows = []
    for name, shown_value in shown:
        meaning = VALUE_WORDS.get(name, "")
        rows.append((_math(symbol(name)), _entry(shown_value), str(shown_value.kind), meaning))
    yield from _table(("", "value", "evidence", "meaning"), rows)


def _remarks(d: Derivation) -> Iterator[str]:
    needs = assumed(d)
    if needs:
        yield "## Assumptions"
        yield ""
        yield from (f"- {_words(need)}" for need in needs)
    if needs and d.warnings:
        yield ""
    if d.warnings:
        yield "## Warnings"
        yield ""
        yield from (f"- {_words(warning)}" for warning in d.warnings)


def _steps(d: Derivation) -> Iterator[str]:
    if not d.steps:
        return
    yield "## Derivation"
    for name, places in parts(d):
        words, definition = CHAIN_WORDS.get(name, (name, ""))
        yield ""
        yield f"### {markdown_text(words)}{f' {_math(definition)}' if definition else ''}"
        for index in places:
            step = d.steps[index]
            lead = step_lead(d.steps, index)
            left = r"\cdots" if lead is None else tex(lead)
            yield ""
            yield f"**{index + 1}.** {_reason(step)}"
            yield ""
            yield from _display(f"{left} {ARROWS[step.relation]} {tex(step.rhs)}")


def _reason(step: Step) -> str:
    text = _words(capitalized(step_remarks(step)))
    if step.given:
        text += "; at " + ", ".join(f"{_math(tex(s))} = {_entry(v)}" for s, v in given(step))
    if step.reference:
        text += f" ({markdown_text(cite(step.reference))})"
    return f"{text} `{step.rule.replace('`', '')}`"


def _paste(d: Derivation) -> Iterator[str]:
    lines = torch_lines(d, width=100)
    if lines:
        yield "## In PyTorch"
        yield ""
        yield "```python"
        yield from lines
        yield "```"


def _sources(d: Derivation) -> Iterator[str]:
    used = [REFERENCES[k] for k in sources(d) if k in REFERENCES]
    if used:
        yield "## Sources"
        yield ""
        yield from (f"- {markdown_text(f'{r.authors}. {r.title}. {r.where}, {r.year}.')}" for r in used)
