r"""A dual kernel and that of the derivative, as text and as LaTeX."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sympy import Expr, Function, Sum, Symbol, oo

from symbolic_init.derivation import Step
from symbolic_init.evidence import Kind
from symbolic_init.notation import q, rho
from symbolic_init.render.content import capitalized, evidence
from symbolic_init.render.latex import MACROS, article, relation, step_block
from symbolic_init.render.latex_math import tex
from symbolic_init.render.printing import break_formula, formula
from symbolic_init.render.prose import prose, tex_text
from symbolic_init.render.steps import step_lines
from symbolic_init.render.table import table

__all__ = ["KernelRow", "kernel_latex", "kernel_text"]

_LEFT = 20
"""Width of the left side of a kernel in LaTeX, in characters of text."""
_NUMBER = Symbol("n", integer=True, nonnegative=True)
_SERIES = Sum(Function("a_n")(q) ** 2 * rho**_NUMBER, (_NUMBER, 0, oo))
"""The expansion as it is shown."""
_PLACES = 25
"""Decimals beyond which a value counts as 0: they are computed with more digits than are shown."""


class KernelRow(NamedTuple):
    """What is shown of one kernel.

    Attributes:
        is_slope: Whether it is the kernel of the derivative.
        kind: How it is known.
        expr: The closed form, or `None`.
        limit: It is finite for variances below.
        steps: The lines that lead to it.
        remarks: Sentences on it.
        values: Its values at the correlations.
    """

    is_slope: bool
    kind: Kind
    expr: Expr | None
    limit: Expr
    steps: Sequence[Step] = ()
    remarks: Sequence[str] = ()
    values: Sequence[Any] = ()

    @property
    def name(self) -> str:
        """Its letter."""
        return "kappa'" if self.is_slope else "kappa"

    @property
    def mean(self) -> str:
        """What it is the mean of."""
        return "E[g'(u) g'(v)]" if self.is_slope else "E[g(u) g(v)]"


def kernel_text(
    rows: Sequence[KernelRow],
    *,
    correlations: Sequence[str] = (),
    variance: Any = 1,
    width: int = 80,
    unicode: bool = False,
    digits: int = 6,
    steps: bool = True,
) -> str:
    """Return kernels with their closed forms, a table of values, and the lines that lead there.

    Args:
        rows: The kernels.
        correlations: Where they were evaluated.
        variance: Variance of the values.
        width: Columns that no line exceeds.
        unicode: Greek letters and superscripts instead of ASCII.
        digits: Significant digits.
        steps: Whether to show how the closed forms are found.
    """
    lines = [line for row in rows for line in _form(row, width=width, unicode=unicode)]
    if correlations:
        header = (f"{_greek('rho', unicode)}, q = {variance}", *(_greek(r.name, unicode) for r in rows))
        body = [
            (rho, *(_number(row.values[k], digits) for row in rows)) for k, rho in enumerate(correlations)
        ]
        lines += ["", *table(header, body, width=width)]
    if steps:
        for row in rows:
            lines += ["", *step_lines(row.steps, width=width, unicode=unicode)]
    return "\n".join(lines)


def _greek(name: str, unicode: bool) -> str:  # noqa: FBT001 # passed on
    letters = name.rstrip("'")
    return formula(Symbol(letters), unicode=unicode) + name[len(letters) :]


def _number(value: Any, digits: int) -> str:
    import mpmath

    return "0" if abs(value) < mpmath.mpf(10) ** -_PLACES else str(mpmath.nstr(value, digits))


def _form(row: KernelRow, *, width: int, unicode: bool) -> Iterator[str]:
    if row.expr is None:
        shown = f"sum of a_n(q)^2 {_greek('rho', unicode)}^n, no closed form known"
    else:
        shown = formula(row.expr, unicode=unicode)
    condition = "" if row.limit == oo else f"   for q < {formula(row.limit, unicode=unicode)}"
    text = f"{_greek(row.name, unicode)} = {row.mean} = {shown}{condition}   [{evidence(row.kind)}]"
    yield from (f"  {part}" for part in break_formula(text, width=width - 2, indent=4))
    for remark in row.remarks:
        yield from (f"    {part}" for part in break_formula(remark, width=width - 4, indent=2))


def kernel_latex(rows: Sequence[KernelRow], *, fragment: bool = False, steps: bool = True) -> str:
    r"""Return kernels with their closed forms and the lines that lead there, as LaTeX.

    Args:
        rows: The kernels.
        fragment: Only the body, to `\input`; it needs amsmath, amssymb and graphicx.
        steps: Whether to show how the closed forms are found.
    """
    body = "\n".join((MACROS, *(line for row in rows for line in _latex_lines(row, steps=steps))))
    return body + "\n" if fragment else article(body)


def _latex_lines(row: KernelRow, *, steps: bool) -> Iterator[str]:
    """The form, remarks, and the lines."""
    prime = "'" if row.is_slope else ""
    left = rf"\kappa{prime} = \mathbb{{E}}[g{prime}(u)\, g{prime}(v)]"
    condition = "" if row.limit == oo else f", for $q < {tex(row.limit)}$"
    words = "No closed form is known" if row.expr is None else capitalized(evidence(row.kind))
    remarks = "".join(f" {prose(capitalized(remark), tex_text)}." for remark in row.remarks)
    yield rf"\symbolicinitwhy{{{words}{condition}.{remarks}}}"
    yield from relation(left, "=", _SERIES if row.expr is None else row.expr, width=_LEFT)
    if steps and row.steps:
        yield r"\paragraph{Derivation.}\mbox{}\par\nobreak"
        for index in range(len(row.steps)):
            yield from step_block(row.steps, index)
