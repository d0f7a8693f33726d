"""Entries of tables and headlines as TeX mathematics: what LaTeX, Markdown and HTML share."""

from collections.abc import Mapping
from types import MappingProxyType

from symbolic_init.derivation import Derivation, Relation
from symbolic_init.evidence import Kind
from symbolic_init.notation import N
from symbolic_init.render.content import Cell, headline
from symbolic_init.render.latex_math import tex
from symbolic_init.render.names import NAMES
from symbolic_init.render.prose import scientific, tex_text

__all__ = [
    "ARROWS",
    "COLUMNS_TEX",
    "MARKS",
    "entry",
    "germ",
    "symbol",
    "variance",
    "weight_and_bias",
    "weights",
]

MARKS: Mapping[Kind, str] = MappingProxyType(
    {"exact": "", "enclosed": "^{*}", "series": "^{+}", "estimated": r"^{\sim}"}
)
"""What stands behind a number, by its kind of evidence."""

ARROWS: Mapping[Relation, str] = MappingProxyType({"=": "=", "~": r"\sim", "->": r"\to"})

COLUMNS_TEX = (
    r"N\operatorname{Var}(w)",
    r"\mathrm{gain}",
    r"\operatorname{Var}(b)",
    r"q^{\star}",
    r"V'(q^{\star})",
    r"\chi_1(q^{\star})",
)
"""Names of the columns of numbers in the table of schemes, in the order of `content.row_cells`."""


def entry(cell: Cell) -> str:
    r"""Return a number or formula with the mark of its kind; words, and nothing, give "".

    Examples:
        >>> entry(Cell(decimal="2.1e+15", kind="enclosed"))
        '2.1 \\cdot 10^{15}{}^{*}'
    """
    shown = scientific(cell.decimal) if cell.formula is None else tex(cell.formula)
    return _marked(shown, cell.kind) if shown and not cell.words else ""


def _marked(shown: str, kind: Kind | None) -> str:
    """The mark behind it, not on top of a power."""
    mark = MARKS[kind] if kind else ""
    return shown + ("{}" if mark and shown.endswith("}") else "") + mark


def variance(cell: Cell) -> str:
    """Return the entry divided by the fan-in."""
    if cell.words:
        return r"\infty"
    if cell.formula is not None:
        return _marked(tex(cell.formula / N), cell.kind)
    return rf"\frac{{{_marked(scientific(cell.decimal), cell.kind)}}}{{N}}"


def weight_and_bias(d: Derivation, *, digits: int = 6) -> tuple[str, str]:
    """Return the headline: weight variance and bias variance."""
    top = headline(d, digits=digits)
    bias = entry(top.bias) or r"\infty"
    return rf"\operatorname{{Var}}(w) = {variance(top.variance)}", rf"\operatorname{{Var}}(b) = {bias}"


def weights(d: Derivation, *, digits: int = 6) -> str:
    """Return both in one formula."""
    return r", \qquad ".join(weight_and_bias(d, digits=digits))


def germ(name: str) -> str:
    """Return the name of a value at 0 as TeX.

    Examples:
        >>> germ("g'(0-)")
        "g'(0^{-})"
    """
    return name.replace("0-", "0^{-}").replace("0+", "0^{+}")


def symbol(name: str) -> str:
    r"""Return the name of a value as TeX.

    Examples:
        >>> symbol("chi_1"), symbol("M_quadrature")
        ('\\chi_1', '\\mathrm{M\\_quadrature}')
    """
    known = NAMES.get(name)
    if known is not None:
        return known.latex
    return name if len(name) == 1 else rf"\mathrm{{{tex_text(name)}}}"
