r"""A derivation as a LaTeX article, or as a fragment to `\input` into one."""

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from sympy import Expr

from symbolic_init.derivation import Derivation, Step
from symbolic_init.evidence import Kind
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
from symbolic_init.render.content import headline as top_line
from symbolic_init.render.entries import ARROWS, COLUMNS_TEX, MARKS, entry, germ, symbol, variance, weights
from symbolic_init.render.latex_math import estimated_width, math_lines, tex
from symbolic_init.render.names import CHAIN_WORDS, VALUE_WORDS
from symbolic_init.render.printing import break_formula, formula
from symbolic_init.render.prose import prose, tex_text
from symbolic_init.render.snippet import torch_lines

__all__ = ["MACROS", "article", "headline", "marked", "relation", "step_block", "to_latex"]

_TITLE = 50
"""Characters of a title; the formula stands under it in full."""
_ROOM = 68
"""Characters of a formula in one line of the article, about."""
_SHORT, _MEDIUM = 5, 20
"""Characters of a left side that stands before an aligned sign of relation, or before any at all."""
_DIGITS = 10
"""Most digits in headline and table of schemes."""
_MOST_DIGITS = 60
"""Most digits in the table of values; records have all."""
_LONGEST_NUMBER = 34
"""Characters of a number that is not cut."""
_CODE = 84
"""Characters of code in a line of the article."""

MACROS = r"""\ifdefined\symbolicinitrow\else
  \newsavebox{\symbolicinitbox}
  \newdimen\symbolicinitroom
  % A formula or a table, made smaller only where it is wider than the room for it.
  \newcommand{\symbolicinitfit}[2]{\sbox{\symbolicinitbox}{#2}\symbolicinitroom=#1\relax
    \ifdim\wd\symbolicinitbox>\symbolicinitroom
      \resizebox{\symbolicinitroom}{!}{\usebox{\symbolicinitbox}}%
    \else\usebox{\symbolicinitbox}\fi}
  % Lines of a derivation: left side, relation and formula, number.
  \newcommand{\symbolicinitleft}[2]{\noindent\hspace*{1em}%
    \symbolicinitfit{\dimexpr\linewidth-4em}{$\displaystyle #1$}%
    \hfill\makebox[2.6em][r]{#2}\par\nobreak\vskip 3pt}
  \newcommand{\symbolicinitrow}[3]{\noindent\makebox[2.6em][r]{$#1$}\hspace{.28em}%
    \symbolicinitfit{\dimexpr\linewidth-5.6em}{$\displaystyle #2$}\hfill\makebox[2.6em][r]{#3}\par\vskip 3pt}
  \newcommand{\symbolicinitwhy}[1]{\vskip 5pt plus 2pt\noindent
    {\raggedright\interlinepenalty=10000\relax #1\par}\nobreak\vskip 3pt}
\fi"""

_ARTICLE = r"""\documentclass[11pt]{article}
\usepackage[margin=1.15in]{geometry}
\usepackage{amsmath,amssymb,booktabs,graphicx}
\usepackage[expansion=false]{microtype}
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
    digits = min(digits, _DIGITS)
    blocks = (
        ("% needs amsmath, amssymb, booktabs, graphicx",) if fragment else (),
        (MACROS,),
        _title(derivation, fragment=fragment),
        _result(derivation, digits),
        _schemes(derivation, digits),
        _items("Assumptions", assumed(derivation)),
        _items("Warnings", derivation.warnings),
        _steps(derivation) if steps else (),
        _values(derivation),
        _paste(derivation),
        _bibliography(derivation),
    )
    body = "\n\n".join("\n".join(block) for block in map(tuple, blocks) if block)
    return body + "\n" if fragment else article(body)


def article(body: str) -> str:
    """Return a document with a body."""
    return _ARTICLE.replace("%s", body)


def headline(derivation: Derivation) -> str:
    """Return the weights to use as one formula between dollar signs, for a notebook."""
    return rf"$\displaystyle {weights(derivation)}$"


def marked(cell: Cell) -> str:
    """Return an entry of a table in LaTeX, with the mark of its kind."""
    if cell.words:
        return prose(cell.words, tex_text)
    shown = entry(cell)
    return f"${shown}$" if shown else ""


def _words(text: str) -> str:
    return prose(one_line(text), tex_text)


def _sentence(text: str) -> str:
    """Words that begin with a capital letter and end with a full stop."""
    shown = _words(capitalized(text))
    return shown + ("" if shown.endswith((".", "!", "?")) else ".")


def _title(d: Derivation, *, fragment: bool) -> Iterator[str]:
    title = one_line(d.title)
    shown = title if len(title) <= _TITLE else title[: _TITLE - 3] + "..."
    if fragment:
        yield rf"\section*{{\raggedright Weight initialization for {tex_text(shown)}}}"
    else:
        yield rf"\begin{{center}}{{\LARGE Weight initialization for {tex_text(shown)}\par}}"
        yield r"\medskip{\small derived with \texttt{symbolic\_init}\par}\end{center}\bigskip"
    yield from relation(tex(g(x)), "=", d.expression)
    values_at_0 = [rf"${germ(name)} = {tex(abbreviated(value))}$" for name, value in d.traits.germ]
    described = "; ".join((*map(_words, d.traits.words), *values_at_0))
    if described:
        yield rf"\symbolicinitwhy{{Shape: {described}.}}"


def relation(lead: str, arrow: str, expr: Any, number: str = "", *, width: int = 4) -> Iterator[str]:
    """Yield a relation in lines that fit; a left side that is long has a line of its own."""
    together = _SHORT < width <= _MEDIUM
    if width > _MEDIUM:
        yield rf"\symbolicinitleft{{{lead}}}{{}}"
        lead = ""
    pieces = math_lines(expr, room=_ROOM, first=_ROOM - (width if together else 0)) or _as_text(expr)
    for index, piece in enumerate(pieces):
        ending = number if index == len(pieces) - 1 else ""
        if index == 0 and together:
            yield rf"\symbolicinitleft{{{lead} {arrow} {piece}}}{{{ending}}}"
        elif index == 0:
            yield rf"\symbolicinitrow{{{lead}}}{{{arrow} {piece}}}{{{ending}}}"
        else:
            yield rf"\symbolicinitrow{{}}{{\hphantom{{{arrow}}} {piece}}}{{{ending}}}"


def _as_text(expr: Any) -> tuple[str, ...]:
    """A formula that cannot be broken, as text that can."""
    lines = break_formula(formula(expr), width=_CODE - 12)
    return tuple(rf"\texttt{{{tex_text(line.strip())}}}" for line in lines)


def _result(d: Derivation, digits: int) -> Iterator[str]:
    top = top_line(d, digits=digits)
    name = "Result" if top.usable else "Result (not recommended)"
    yield rf"\subsection*{{{name}}}"
    boxed = rf"$\displaystyle\boxed{{\;{weights(d, digits=digits)}\;}}$"
    yield rf"\begin{{center}}\symbolicinitfit{{\linewidth}}{{{boxed}}}\end{{center}}"
    yield rf"\noindent Gain $\sqrt{{N \operatorname{{Var}}(w)}} = {entry(top.gain)}$, with $N$ the fan-in;"
    yield rf"evidence: {_words(top.remark)}."
    other = by_theory(d, digits=digits)
    if other is not None:
        std = std_by_theory(d, digits=digits)
        shown = rf"$\operatorname{{Var}}(w) = {variance(other)}$"
        shown += rf", $\operatorname{{std}}(w) = {std}/\sqrt{{N}}$" if std else ""
        yield rf"By theory {tex_text(d.theory)}: {shown}."
    for text in filter(None, (d.why, d.outlook.text if d.outlook else "")):
        yield rf"\par\smallskip\noindent {_sentence(text)}"


def _schemes(d: Derivation, digits: int) -> Iterator[str]:
    if not d.schemes:
        return
    yield r"\subsection*{Schemes}"
    yield r"\begin{center}\symbolicinitfit{\linewidth}{\begin{tabular}{@{}llllllll@{}}"
    yield rf"\toprule scheme & & {' & '.join(f'${c}$' for c in COLUMNS_TEX)} \\ \midrule"
    for index, scheme in enumerate(d.schemes):
        mark = "$>$" if index == d.recommended_index else ("" if scheme.stable else "!")
        label = _words(scheme.label.strip())
        yield " & ".join((label, mark, *map(marked, row_cells(scheme, digits=digits)))) + r" \\"
    yield r"\bottomrule \end{tabular}}\end{center}"
    yield rf"{{\small\noindent {_legend(used_kinds(d), d)}"
    for scheme in d.schemes:
        if scheme.note:
            yield f"{_sentence(f'{scheme.label.strip()}: {scheme.note}')}"
    yield r"\par}"


def _legend(kinds: Sequence[Kind], d: Derivation) -> str:
    marks = [f"${MARKS[k]}$ {EVIDENCE[k]}" if MARKS[k] else f"No mark: {EVIDENCE[k]}" for k in kinds]
    if d.recommended is not None:
        marks.append("$>$ recommended")
    if not all(s.stable for s in d.schemes):
        marks.append("! unstable or divergent")
    return "; ".join(marks) + "."


def _values(d: Derivation) -> Iterator[str]:
    shown = values(d, digits=min(d.digits, _MOST_DIGITS), every=True)
    if not shown:
        return
    yield rf"\subsection*{{Values by theory {tex_text(d.theory)}}}"
    yield r"{\small\raggedright\noindent\begin{tabular}{@{}lp{.4\linewidth}lp{.3\linewidth}@{}}"
    yield r"\toprule & value & evidence & meaning \\ \midrule"
    for name, cell in shown:
        meaning = rf"\raggedright {VALUE_WORDS.get(name, '')} \tabularnewline"
        yield rf"${symbol(name)}$ & {_long(cell)} & {cell.kind} & {meaning}"
    yield r"\bottomrule \end{tabular}\par}"


def _long(cell: Cell) -> str:
    """An entry that may go on in the next line: cut where a sum or its digits allow, or made smaller."""
    if cell.words:
        return prose(cell.words, tex_text)
    if cell.formula is None and len(cell.decimal) > _LONGEST_NUMBER:
        digits = r"\allowbreak ".join(textwrap.wrap(cell.decimal, 10))
        return rf"\raggedright ${digits}{MARKS[cell.kind] if cell.kind else ''}$"
    return rf"\symbolicinitfit{{\linewidth}}{{{marked(cell)}}}"


def _items(title: str, texts: Sequence[str]) -> Iterator[str]:
    if not texts:
        return
    yield rf"\subsection*{{{title}}}"
    yield r"\begin{itemize}\setlength{\itemsep}{0pt}\setlength{\parskip}{0pt}"
    yield from (rf"\item {_sentence(t)}" for t in texts)
    yield r"\end{itemize}"


def _steps(d: Derivation) -> Iterator[str]:
    if not d.steps:
        return
    yield r"\subsection*{Derivation}"
    for name, places in parts(d):
        words, definition = CHAIN_WORDS.get(name, (name, ""))
        heading = tex_text(words) + (f" ${definition}$" if definition else "")
        yield rf"\paragraph{{{heading}.}}\mbox{{}}\par\nobreak"
        for index in places:
            yield from step_block(d.steps, index)


def step_block(steps: Sequence[Step], index: int) -> Iterator[str]:
    """Yield one step of a derivation: why, and the formula with its number."""
    step, lead = steps[index], step_lead(tuple(steps), index)
    yield rf"\symbolicinitwhy{{{_reason(step)}}}"
    yield from relation(
        "" if lead is None else tex(lead),
        ARROWS[step.relation],
        step.rhs,
        f"({index + 1})",
        width=0 if lead is None else estimated_width(lead),
    )


def _reason(step: Step) -> str:
    text = _words(capitalized(step_remarks(step)))
    if step.given:
        text += "; at " + ", ".join(_given(name, value) for name, value in given(step))
    if step.reference:
        text += f" ({tex_text(cite(step.reference))})"
    return rf"{text} {{\footnotesize[\texttt{{{tex_text(step.rule)}}}]}}"


def _given(name: Expr, value: Cell) -> str:
    """An equation inside a line of words, on a line of its own where it is long."""
    if value.formula is None:
        return f"${tex(name)}$ = {marked(value)}"
    equation = f"{tex(name)} = {tex(value.formula)}"
    if estimated_width(value.formula) <= _ROOM // 3:
        return f"${equation}$"
    return rf"\\\symbolicinitfit{{\linewidth}}{{$\displaystyle {equation}$}}"


def _paste(d: Derivation) -> Iterator[str]:
    lines = torch_lines(d, width=_CODE)
    if lines:
        yield r"\subsection*{In PyTorch}"
        yield from (rf"\noindent\texttt{{\small {tex_text(line)}}}\par" for line in lines)


def _bibliography(d: Derivation) -> Iterator[str]:
    used = [k for k in sources(d) if k in REFERENCES]
    if not used:
        return
    yield r"\subsection*{References}"
    yield r"\begin{list}{}{\leftmargin=1.5em\itemindent=-1.5em\itemsep=2pt\parsep=0pt}\raggedright"
    for key in used:
        ref = REFERENCES[key]
        where = rf"{tex_text(ref.where)}, {ref.year}"
        yield rf"\item {tex_text(ref.authors.rstrip('.'))}. \emph{{{tex_text(ref.title)}}}. {where}."
    yield r"\end{list}"
