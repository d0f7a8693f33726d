"""Answers of `derive EXPRESSION` to other questions than the weight variance, as text."""

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from symbolic_init.cli.output import is_unicode, loading, width

if TYPE_CHECKING:
    from symbolic_init.moments.kernel import Kernel
    from symbolic_init.render.kernel import KernelRow

__all__ = ["kernels", "solutions"]

_CORRELATIONS = ("-1", "-1/2", "0", "1/2", "9/10", "1")


def solutions(source: str, equations: str | None, unknowns: str | None, *, digits: int, **given: Any) -> str:
    """The parameters for which the equations hold; without equations, scale and shift that standardize."""
    with loading():
        from symbolic_init.fitting import solve_for, standardize
        from symbolic_init.render.solutions import solutions_text

    if equations is None or unknowns is None:
        found, equations = standardize(source, **given), "scale*g(x) + shift: m=0, var=1"
    else:
        found = solve_for(source, equations, unknowns, **given)
    return solutions_text(
        [(s.values, s.kind) for s in found],
        title=f"{equations}   at q = {given['q']}, mean {given['mean']}",
        width=width(),
        unicode=is_unicode(),
        digits=digits,
        searched=found.searched,
        unresolved=found.unresolved,
        is_complete=found.is_complete,
    )


def kernels(
    source: str, *, q: Fraction, digits: int, form: str, fragment: bool, steps: bool, **given: Any
) -> str:
    """The dual kernel and that of the derivative, as text or LaTeX."""
    with loading():
        from symbolic_init.errors import NotIntegrableError
        from symbolic_init.moments.kernel import dual_kernel
        from symbolic_init.render.kernel import kernel_latex, kernel_text

    kernel = dual_kernel(source, **given)
    places = () if kernel.assumptions.symbols else _CORRELATIONS
    rows = [_row(kernel, places, q, digits, is_slope=False)]
    try:
        rows.append(_row(kernel.derivative(), places, q, digits, is_slope=True))
    except NotIntegrableError:
        rows[0] = rows[0]._replace(remarks=(*rows[0].remarks, "E[g'(u) g'(v)] is infinite at rho = 1"))
    if form == "latex":
        return kernel_latex(rows, fragment=fragment, steps=steps)
    return kernel_text(
        rows,
        correlations=places,
        variance=q,
        width=width(),
        unicode=is_unicode(),
        digits=digits,
        steps=steps,
    )


def _row(kernel: "Kernel", places: Sequence[str], q: Fraction, digits: int, *, is_slope: bool) -> "KernelRow":
    """What is shown of one kernel."""
    from symbolic_init.render.kernel import KernelRow

    remarks = [kernel.note] if kernel.note else []
    if kernel.expr is None:
        from symbolic_init.moments.hermite_decay import hermite_decay

        remarks.append(hermite_decay(kernel.activation).text)
    return KernelRow(
        is_slope=is_slope,
        kind=kernel.kind,
        expr=kernel.expr,
        limit=kernel.limit,
        steps=kernel.steps,
        remarks=remarks,
        values=[kernel.value(q=q, rho=r, digits=digits + 3) for r in places],
    )
