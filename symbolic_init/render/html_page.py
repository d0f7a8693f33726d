"""A derivation as one HTML file that needs no network and no script: MathML and SVG inside."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from html import escape
from typing import Any

from symbolic_init.derivation import Derivation, Figure, Scheme
from symbolic_init.errors import UnsupportedError
from symbolic_init.extras import require
from symbolic_init.notation import abbreviated, g, x
from symbolic_init.references import REFERENCES
from symbolic_init.render import entries
from symbolic_init.render.content import (
    COLUMNS,
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
from symbolic_init.render.latex import to_latex
from symbolic_init.render.latex_math import math_lines, tex
from symbolic_init.render.mathml import mathml
from symbolic_init.render.names import CHAIN_WORDS, VALUE_WORDS
from symbolic_init.render.prose import prose
from symbolic_init.render.python_code import to_python
from symbolic_init.render.snippet import torch_lines
from symbolic_init.render.svg import INDEX, LegendEntry, figure_svg, legend, plain

__all__ = ["cell_html", "environment", "named_cells", "plot", "rich", "to_fragment", "to_html", "words"]

_ROOM = 74
"""Characters of a formula in one line of the page, about."""
_CODE = 76
_MOST_DIGITS = 60
"""Most digits in the table of values; records have all."""


@cache
def environment() -> Any:
    """Return the templates, with all text escaped.

    Raises:
        MissingPackageError: Without the package jinja2.
    """
    require("jinja2", "html")
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("symbolic_init.render"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    loader = made.loader
    assert loader is not None
    made.globals["asset"] = lambda name: _markup(loader.get_source(made, name)[0].strip())
    return made


def to_html(
    derivation: Derivation,
    *,
    steps: bool = True,
    digits: int = 6,
    summary: str = "",
    site: Sequence[Mapping[str, str]] = (),
) -> str:
    """Return a derivation as a page of HTML: one file, readable without network and script.

    Args:
        derivation: What to show.
        steps: Whether to show the numbered steps.
        digits: Significant digits in the tables.
        summary: A few words under the title.
        site: Links above the title, each with `href` and `words`, where the page is part of a site.

    Raises:
        MissingPackageError: Without the packages jinja2 and math-core.
    """
    template = environment().get_template("derivation.html")
    page = dict(_page(derivation, steps=steps, digits=min(digits, 10)), summary=rich(summary))
    return str(template.render(page=page, site=site))


def to_fragment(derivation: Derivation, *, digits: int = 6) -> str:
    """Return headline and table of schemes as a piece of HTML, for a notebook.

    Raises:
        MissingPackageError: Without the packages jinja2 and math-core.
    """
    formulas = (
        f"{tex(g(x))} = {tex(derivation.expression)}",
        entries.weights(derivation, digits=digits),
    )
    shown = [_math(rf"\displaystyle {formula}") for formula in formulas]
    page = _page(derivation, steps=False, digits=digits)
    return str(environment().get_template("fragment.html").render(page=page, formulas=shown))


def _markup(text: str) -> Any:
    """Text that is HTML already: every character of it is ours, or was escaped."""
    from markupsafe import Markup

    return Markup(text)  # noqa: S704  # what comes in is escaped by `words`, MathML or SVG of ours


def words(text: str) -> Any:
    """Return a user's text as HTML: on one line, escaped, without control characters."""
    return _markup(escape(one_line(text)))


def named_cells(scheme: Scheme, *, digits: int = 6) -> list[tuple[str, Any]]:
    """Return the entries of a row of the table of schemes, each with the name of its column."""
    names = (plain(name) for name in COLUMNS[1:])
    return list(zip(names, map(cell_html, row_cells(scheme, digits=digits)), strict=True))


def rich(text: str) -> Any:
    """Return words with their mathematics in MathML, escaped."""
    return _markup(prose(one_line(text), escape, formula=mathml))


def cell_html(cell: Cell) -> Any:
    """Return an entry of a table, with the mark of its kind."""
    if cell.words:
        return rich(cell.words)
    shown = entries.entry(cell)
    return _math(shown) if shown else ""


def _math(formula: str, *, display: bool = False) -> Any:
    return _markup(mathml(formula, display=display))


def _page(d: Derivation, *, steps: bool, digits: int) -> dict[str, Any]:
    top = headline(d, digits=digits)
    other = by_theory(d, digits=digits)
    needs = [rich(need) for need in assumed(d)]
    return {
        "title": one_line(d.title),
        "definition": _relation(tex(g(x)), "=", d.expression),
        "shape": _shape(d),
        "usable": top.usable,
        "theory": d.theory,
        "weights": [_math(line, display=True) for line in entries.weight_and_bias(d, digits=digits)],
        "gain": _math(rf"\sqrt{{N \operatorname{{Var}}(w)}} = {entries.entry(top.gain)}"),
        "evidence": rich(top.remark),
        "by_theory": "" if other is None else _by_theory(d, other, digits),
        "told": [rich(capitalized(t)) for t in (d.why, d.outlook.text if d.outlook else "") if t],
        "warnings": [rich(capitalized(t)) for t in d.warnings],
        "torch": "\n".join(torch_lines(d, width=_CODE)),
        "python": _code(_python(d)),
        "latex": _code(to_latex(d, digits=digits, steps=steps)),
        "columns": [_math(name) for name in entries.COLUMNS_TEX],
        "schemes": list(_schemes(d, digits)),
        "legend": _legend(d),
        "figures": [_figure(f, place) for place, f in enumerate(d.figures)],
        "assumptions": needs,
        "parts": list(_parts(d)) if steps else [],
        "numbers": list(_values(d)),
        "sources": [REFERENCES[key] for key in sources(d) if key in REFERENCES],
    }


def _shape(d: Derivation) -> Any:
    at_0 = [mathml(f"{entries.germ(name)} = {tex(abbreviated(value))}") for name, value in d.traits.germ]
    told = "; ".join((*(str(rich(w)) for w in d.traits.words), *at_0))
    return _markup(f"{told}.") if told else ""


def _by_theory(d: Derivation, other: Cell, digits: int) -> Any:
    shown = mathml(rf"\operatorname{{Var}}(w) = {entries.variance(other)}")
    std = std_by_theory(d, digits=digits)
    if std:
        shown += ", " + mathml(rf"\operatorname{{std}}(w) = {std}/\sqrt{{N}}")
    return _markup(f"By theory {words(d.theory)}: {shown}.")


def _code(text: str) -> str:
    """Code without control characters but for the ends of its lines."""
    return "".join(c if c.isprintable() or c == "\n" else " " for c in text)


def _python(d: Derivation) -> str:
    """The function to paste, or nothing where there are no weights to draw."""
    try:
        return to_python(d, steps=False)
    except UnsupportedError:
        return ""


def _schemes(d: Derivation, digits: int) -> Iterator[dict[str, Any]]:
    for index, scheme in enumerate(d.schemes):
        used = index == d.recommended_index
        yield {
            "label": rich(scheme.label.strip()),
            "css": "use" if used else ("" if scheme.stable else "unstable"),
            "mark": "recommended" if used else ("" if scheme.stable else "unstable"),
            "cells": named_cells(scheme, digits=digits),
        }


def _legend(d: Derivation) -> Any:
    marks = [
        f"{mathml('{}' + entries.MARKS[k])} {EVIDENCE[k]}" if entries.MARKS[k] else f"No mark: {EVIDENCE[k]}"
        for k in used_kinds(d)
    ]
    notes = [f"{rich(s.label.strip())}: {rich(s.note)}" for s in d.schemes if s.note]
    return _markup("; ".join(marks) + ". " + " ".join(f"{n}." for n in notes))


def _figure(figure: Figure, place: int) -> dict[str, Any]:
    return {
        "title": rich(figure.title),
        "plot": plot(figure, ident=f"plot-{place}"),
        "remark": rich(figure.remark),
    }


def plot(figure: Figure, *, ident: str) -> Any:
    """Return a figure and its legend.

    Args:
        figure: What to draw.
        ident: Prefix of the ids in it, one for each figure of a page.
    """
    shown = "".join(f"<li>{_swatch(e)}{_label(e.label)}</li>" for e in legend(figure))
    return _markup(f'{figure_svg(figure, ident=ident)}<ul class="legend">{shown}</ul>')


def _label(text: str) -> str:
    """A label of a plot with its indices set lower."""
    return INDEX.sub(r"<sub>\1</sub>", str(words(text)))


def _swatch(entry: LegendEntry) -> str:
    shape = {
        "points": f'<circle class="f{entry.look}" cx="12" cy="5" r="4"/>',
        "band": f'<path class="swatch band f{entry.look}" d="M0 0h24v10h-24Z"/>',
        "dashed": f'<path class="swatch dashed {entry.look}" d="M0 5h24"/>',
        "line": f'<path class="{entry.look}" d="M0 5h24"/>',
    }[entry.style]
    return f'<svg viewBox="0 0 24 10" aria-hidden="true">{shape}</svg>'


def _relation(lead: str, arrow: str, expr: Any) -> list[Any]:
    """A relation in lines that fit a page; on a narrow one the first may be cut before its sign."""
    pieces = math_lines(expr, room=_ROOM) or (tex(expr),)
    first, *others = pieces
    left = _math(lead, display=True) + _markup(" ") if lead else ""
    return [
        left + _math(f"{arrow} {first}", display=True),
        *(_math(rf"\qquad {p}", display=True) for p in others),
    ]


def _parts(d: Derivation) -> Iterator[dict[str, Any]]:
    for name, places in parts(d):
        title, definition = CHAIN_WORDS.get(name, (name, ""))
        yield {
            "words": title,
            "definition": _math(definition) if definition else "",
            "steps": [_step(d, index) for index in places],
        }


def _step(d: Derivation, index: int) -> dict[str, Any]:
    step, lead = d.steps[index], step_lead(d.steps, index)
    reason = str(rich(capitalized(step_remarks(step))))
    if step.given:
        reason += "; at " + ", ".join(f"{mathml(tex(s))} = {cell_html(v)}" for s, v in given(step))
    if step.reference:
        reason += f" ({words(cite(step.reference))})"
    return {
        "number": index + 1,
        "reason": _markup(reason),
        "rule": step.rule,
        "lines": _relation("" if lead is None else tex(lead), entries.ARROWS[step.relation], step.rhs),
    }


def _values(d: Derivation) -> Iterator[dict[str, Any]]:
    for name, cell in values(d, digits=min(d.digits, _MOST_DIGITS), every=True):
        yield {
            "name": _math(entries.symbol(name)),
            "value": cell_html(cell),
            "kind": cell.kind,
            "meaning": VALUE_WORDS.get(name, ""),
        }
