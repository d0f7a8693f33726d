"""A list of Gaussian means as text."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from sympy import Expr, Rational, oo

from symbolic_init.errors import NotIntegrableError
from symbolic_init.evidence import Moment
from symbolic_init.render.content import Cell, cell
from symbolic_init.render.printing import break_formula, formula
from symbolic_init.render.table import table

__all__ = ["moments_text"]

_REMARK = "  Derivatives are those almost everywhere; dM/dq counts jumps and kinks too."


def moments_text(
    found: Sequence[tuple[str, Moment | None]],
    *,
    variance: Any = 1,
    width: int = 80,
    unicode: bool = False,
    digits: int = 6,
) -> str:
    """Return a table of means at one variance, and under it their closed forms.

    Args:
        found: What each mean is, in plain text, and the mean; `None` stands for an infinite one.
        variance: Variance of the values.
        width: Columns that no line exceeds.
        unicode: Greek letters and superscripts instead of ASCII.
        digits: Significant digits of numbers without a short exact form.
    """
    at = Rational(Fraction(variance).numerator, Fraction(variance).denominator)
    rows = [_row(text, mean, at, digits=digits, unicode=unicode) for text, mean in found]
    lines = table(("mean", f"at q = {at}", "evidence"), rows, width=width)
    forms = [line for text, mean in found for line in _form(text, mean, width=width, unicode=unicode)]
    return "\n".join((*lines, _REMARK, "", *forms))


def _row(text: str, mean: Moment | None, at: Expr, *, digits: int, unicode: bool) -> tuple[str, str, str]:
    if mean is None:
        return text, "infinite", "divergent for every q"
    try:
        shown = cell(mean.at(at), digits=digits)
    except NotIntegrableError:
        return text, "infinite", f"{mean.kind}, for q < {formula(mean.limit, unicode=unicode)}"
    return text, _written(shown, unicode=unicode), mean.kind + (f" ({mean.note})" if mean.note else "")


def _written(shown: Cell, *, unicode: bool) -> str:
    return shown.decimal or shown.words or formula(shown.formula, unicode=unicode)


def _form(text: str, mean: Moment | None, *, width: int, unicode: bool) -> Iterator[str]:
    if mean is None:
        return
    if mean.expr is None:
        yield f"  {text}: no closed form known"
        return
    limit = "" if mean.limit == oo else f"   for q < {formula(mean.limit, unicode=unicode)}"
    shown = f"{text} = {formula(mean.expr, unicode=unicode)}{limit}"
    yield from (f"  {part}" for part in break_formula(shown, width=width - 2, indent=4))
