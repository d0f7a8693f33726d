r"""A derivation as a LaTeX article, or as a fragment to `\input` into one."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from symbolic_init.derivation import Derivation, Relation, Step
from symbolic_init.evidence import Kind
from symbolic_init.notation import N, g, x
from symbolic_init.references import REFERENCES
from symbolic_init.render.content import (
    EVIDENCE,
    Cell,
    assumed,
    by_theory,
    cite,
    one_line,
    row_cells,
    sources,
    std_by_theory,
    step_lead,
    step_remarks,
    used_kinds,
    values,
)
from symbolic_init.render.content import headline as top_line
from symbolic_init.render.latex_math import estimated_width, math_lines, scientific, tex
from symbolic_init.render.names import NAMES, VALUE_WORDS
from symbolic_init.render.printing import break_formula, formula
from symbolic_init.render.prose import prose, tex_text
from symbolic_init.render.snippet import torch_lines

__all__ = ["headline", "marked", "to_latex"]

_MARKS: Mapping[Kind, str] = MappingProxyType(
    {"exact": "", "enclosed": "^{*}", "series": "^{+}", "estimated": r"^{\sim}"}
)
_ARROWS: Mapping[Relation, str] = MappingProxyType({"=": "=", "~": r"\sim", "->": r"\to"})
_TITLE = 50
"""Characters of a title; the formula stands under it in full."""
_ROOM = 78
"""Characters of a formula in one line of the article, about."""
_COLUMNS = (
    r"scheme & & $N\operatorname{Var}(w)$ & gain & $\operatorname{Var}(b)$"
    r" & $q^{\star}$ & $V'(q^{\star})$ & $\chi_1(q^{\star})$"
)


_MACROS = r"""\ifdefined\symbolicinitline\else
  \newsavebox{\symbolicinitbox}
  % A formula or a table, made smaller only where it is wider than the line.
  \newcommand{\symbolicinitfit}[1]{\sbox{\symbolicinitbox}{#1}%
    \ifdim\wd\symbolicinitbox>\linewidth\resizebox{\linewidth}{!}{\usebox{\symbolicinitbox}}%
    \else\usebox{\symbolicinitbox}\fi}
  \newcommand{\symbolicinitline}[1]{\symbolicinitfit{$\displaystyle #1$}}
\fi"""

_ARTICLE = r"""\documentclass[11pt]{article}
\usepackage[margin=1in]{geometry}
\usepackage{amsmath,amssymb,booktabs,graphicx}
\setlength{\parindent}{0pt}
\setlength{\parskip}{4pt plus 2pt}
\allowdisplaybreaks
\emergencystretch=3em
\begin{document}
%s
\end{document}
"""


def to_latex(derivation: Derivation, *, fragment: bool = False, steps: bool = True, digits: int = 6) -> str:
    r"""Return a derivation as LaTeX.

    Args:
        derivation: What to show.
        fragment: Only the body, to `\input`; it needs amsmath, amssymb, booktabs and graphicx.
        steps: Whether to show the numbered steps.
        digits: Significant digits in the tables.
    """
    blocks = (
        ("% needs amsmath, amssymb, booktabs, graphicx",) if fragment else (),
        (_MACROS,),
        _title(derivation),
        _result(derivation, digits),
        _schemes(derivation, digits),
        _values(derivation),
        _remarks(derivation),
        _steps(derivation) if steps else (),
        _paste(derivation),
        _bibliography(derivation),
    )
    body = "\n\n".join("\n".join(block) for block in map(tuple, blocks) if block)
    return body + "\n" if fragment else _ARTICLE.replace("%s", body)


def headline(derivation: Derivation) -> str:
    """Return the weights to use as one formula between dollar signs, for a notebook."""
    return rf"$\displaystyle {_weights(derivation, 6)}$"


def marked(cell: Cell, *, words: Callable[[str], str] = tex_text) -> str:
    """Return an entry of a table in LaTeX, with the mark of its kind."""
    if cell.words:
        return prose(cell.words, words)
    shown = cell.decimal if cell.formula is None else tex(cell.formula)
    return f"${scientific(shown)}{_MARKS[cell.kind] if cell.kind else ''}$" if shown else ""


def _over_fan_in(cell: Cell) -> str:
    if cell.formula is not None:
        return tex(cell.formula / N) + (_MARKS[cell.kind] if cell.kind else "")
    mark = _MARKS[cell.kind] if cell.kind else ""
    return rf"\frac{{{scientific(cell.decimal)}{mark}}}{{N}}"


def _weights(d: Derivation, digits: int) -> str:
    top = top_line(d, digits=digits)
    bias = marked(top.bias).strip("$")
    return rf"\operatorname{{Var}}(w) = {_over_fan_in(top.variance)}, \qquad \operatorname{{Var}}(b) = {bias}"


def _line(text: str) -> str:
    return rf"\symbolicinitline{{{text}}}"


def _formula(lead: str, arrow: str, expr: Any) -> Iterator[str]:
    """A relation in lines that fit, each boxed."""
    pieces = math_lines(expr, room=_ROOM, first=_ROOM - min(len(lead), _ROOM // 2))
    if not pieces:
        yield _line(f"{lead} {arrow}") + r"\\"
        text = break_formula(formula(expr), width=_ROOM - 8)
        yield from (rf"\quad \texttt{{{tex_text(part.strip())}}}\\" for part in text)
        return
    for index, piece in enumerate(pieces):
        start = f"{lead} {arrow} " if index == 0 else r"\qquad "
        yield _line(start + piece) + r"\\[2pt]"


def _title(d: Derivation) -> Iterator[str]:
    title = one_line(d.title)
    shown = title if len(title) <= _TITLE else title[: _TITLE - 3] + "..."
    yield rf"\section*{{\raggedright Initialization for {tex_text(shown)}}}"
    yield from _formula(tex(g(x)), "=", d.expression)
    germ = [rf"${_germ(name)} = {tex(value)}$" for name, value in d.traits.germ]
    described = "; ".join((*(prose(w, tex_text) for w in d.traits.words), *germ))
    if described:
        yield rf"{{\raggedright\emph{{Shape:}} {described}.\par}}"


def _germ(name: str) -> str:
    """`g'(0-)` in LaTeX."""
    return name.replace("0-", "0^{-}").replace("0+", "0^{+}")


def _result(d: Derivation, digits: int) -> Iterator[str]:
    top = top_line(d, digits=digits)
    name = "Result" if top.usable else "Result (not recommended)"
    yield rf"\subsection*{{{name}}}"
    yield _line(rf"\boxed{{{_weights(d, digits)}}}") + r"\par"
    gain = marked(top.gain).strip("$")
    evidence = prose(top.remark, tex_text)
    yield rf"Gain $\sqrt{{N \operatorname{{Var}}(w)}} = {gain}$. Evidence: {evidence}."
    other = by_theory(d, digits=digits)
    if other is not None:
        std = std_by_theory(d, digits=digits)
        shown = rf"\operatorname{{Var}}(w) = {_over_fan_in(other)}"
        shown += rf",\ \operatorname{{std}}(w) = {std}/\sqrt{{N}}" if std else ""
        yield rf"By theory {tex_text(d.theory)}: ${shown}$."
    if d.why:
        yield rf"\par\emph{{Why:}} {prose(one_line(d.why), tex_text)}"
    if d.outlook is not None:
        yield rf"\par\emph{{Outlook:}} {prose(one_line(d.outlook.text), tex_text)}"


def _schemes(d: Derivation, digits: int) -> Iterator[str]:
    if not d.schemes:
        return
    yield r"\subsection*{Schemes}"
    yield r"\symbolicinitfit{\begin{tabular}{@{}llllllll@{}}"
    yield rf"\toprule {_COLUMNS} \\ \midrule"
    for index, scheme in enumerate(d.schemes):
        mark = "$>$" if index == d.recommended_index else ("" if scheme.stable else "!")
        label = prose(scheme.label.strip(), tex_text)
        yield " & ".join((label, mark, *map(marked, row_cells(scheme, digits=digits)))) + r" \\"
    yield r"\bottomrule \end{tabular}}\par"
    for scheme in d.schemes:
        if scheme.note:
            yield f"{prose(scheme.label.strip(), tex_text)}: {prose(scheme.note, tex_text)}.\\par"
    yield rf"{{\small {_legend(used_kinds(d))}}}"


def _legend(kinds: Sequence[Kind]) -> str:
    parts = [f"${_MARKS[k]}$ {EVIDENCE[k]}" if _MARKS[k] else f"no mark: {EVIDENCE[k]}" for k in kinds]
    return "; ".join((*parts, "$>$ recommended", "! unstable or divergent")) + "."


def _values(d: Derivation) -> Iterator[str]:
    shown = values(d, digits=d.digits, every=True)
    if not shown:
        return
    yield rf"\subsection*{{Values by theory {tex_text(d.theory)}}}"
    yield r"\symbolicinitfit{\begin{tabular}{@{}llll@{}}"
    yield r"\toprule & value & evidence & meaning \\ \midrule"
    for name, entry in shown:
        known = NAMES.get(name)
        symbol = rf"\mathrm{{{tex_text(name)}}}" if known is None else known.latex
        yield f"${symbol}$ & {marked(entry)} & {entry.kind} & {VALUE_WORDS.get(name, '')} \\\\"
    yield r"\bottomrule \end{tabular}}"


def _remarks(d: Derivation) -> Iterator[str]:
    needs = assumed(d)
    if needs:
        yield r"\subsection*{Assumptions}"
        yield from _items(needs)
    if d.warnings:
        yield r"\subsection*{Warnings}"
        yield from _items(d.warnings)


def _items(texts: Sequence[str]) -> Iterator[str]:
    yield r"\begin{itemize}\setlength{\itemsep}{0pt}"
    yield from (rf"\item {prose(one_line(t), tex_text)}" for t in texts)
    yield r"\end{itemize}"


def _steps(d: Derivation) -> Iterator[str]:
    if not d.steps:
        return
    yield r"\subsection*{Derivation}"
    yield r"\begin{enumerate}"
    for index, step in enumerate(d.steps):
        lead = step_lead(d.steps, index)
        shown = "" if lead is None else tex(lead)
        first, *others = _formula(shown, _ARROWS[step.relation], step.rhs)
        yield rf"\item \raggedright {first}"
        yield from others
        yield rf"{{\small {_reason(step)}}}"
    yield r"\end{enumerate}"


def _reason(step: Step) -> str:
    text = prose(one_line(step_remarks(step)), tex_text)
    if step.given:
        at = ", ".join(_given(symbol, value) for symbol, value in step.given)
        text += f"; at {at}"
    if step.reference:
        text += f" ({tex_text(cite(step.reference))})"
    return rf"{text} [\texttt{{{tex_text(step.rule)}}}]"


def _given(symbol: Any, value: Any) -> str:
    """An equation inside a line of words, on a line of its own where it is long."""
    equation = f"{tex(symbol)} = {tex(value)}"
    return f"${equation}$" if estimated_width(value) <= _ROOM // 3 else rf"\\{_line(equation)}"


def _paste(d: Derivation) -> Iterator[str]:
    lines = torch_lines(d, width=_ROOM)
    if lines:
        yield r"\subsection*{In PyTorch}"
        yield from (rf"\texttt{{{tex_text(line)}}}\par" for line in lines)


def _bibliography(d: Derivation) -> Iterator[str]:
    used = [k for k in sources(d) if k in REFERENCES]
    if not used:
        return
    yield r"\subsection*{References}"
    yield r"\begin{itemize}\setlength{\itemsep}{0pt}"
    for key in used:
        entry = REFERENCES[key]
        words = (entry.authors, entry.title, f"{entry.where}, {entry.year}")
        yield rf"\item {'. '.join(map(tex_text, words))}."
    yield r"\end{itemize}"
