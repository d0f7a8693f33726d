"""A dual kernel and that of the derivative as text."""

from collections.abc import Iterator, Sequence
from typing import Any

from sympy import Expr, oo

from symbolic_init.evidence import Kind
from symbolic_init.render.content import evidence
from symbolic_init.render.printing import break_formula, formula
from symbolic_init.render.table import table

__all__ = ["KernelRow", "kernel_text"]

KernelRow = tuple[str, Kind, Expr | None, Expr, str, Sequence[Any]]
"""Title, evidence, closed form, largest variance, a remark, and the values at the correlations."""


def kernel_text(
    rows: Sequence[KernelRow],
    *,
    correlations: Sequence[str],
    variance: Any,
    width: int = 80,
    unicode: bool = False,
    digits: int = 6,
) -> str:
    """Return kernels with their closed forms, and a table of their values.

    Args:
        rows: The kernels.
        correlations: Where they were evaluated.
        variance: Variance of the values.
        width: Columns that no line exceeds.
        unicode: Greek letters and superscripts instead of ASCII.
        digits: Significant digits.
    """
    import mpmath

    lines = [line for row in rows for line in _form(row, width=width, unicode=unicode)]
    if not correlations:
        return "\n".join(lines)
    header = (f"rho, q = {variance}", *(row[0].partition(" =")[0] for row in rows))
    body = [(rho, *(mpmath.nstr(row[5][k], digits) for row in rows)) for k, rho in enumerate(correlations)]
    return "\n".join((*lines, "", *table(header, body, width=width)))


def _form(row: KernelRow, *, width: int, unicode: bool) -> Iterator[str]:
    title, kind, expr, limit, note, _ = row
    shown = "no closed form known; a series in rho" if expr is None else formula(expr, unicode=unicode)
    condition = "" if limit == oo else f"   for q < {formula(limit, unicode=unicode)}"
    text = f"{title} = {shown}{condition}   [{evidence(kind)}]"
    yield from (f"  {part}" for part in break_formula(text, width=width - 2, indent=4))
    if note:
        yield f"    {note}"
