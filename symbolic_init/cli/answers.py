"""Answers of `derive EXPRESSION` to other questions than the weight variance, as text."""

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from symbolic_init.cli.output import is_unicode, loading, width

if TYPE_CHECKING:
    from symbolic_init.moments.kernel import Kernel

__all__ = ["kernels", "solutions"]

_CORRELATIONS = ("-1", "-1/2", "0", "1/2", "9/10", "1")


def solutions(source: str, equations: str, unknowns: str, *, digits: int, **given: Any) -> str:
    """The parameters for which the equations hold."""
    with loading():
        from symbolic_init.fitting import solve_for
        from symbolic_init.render.solutions import solutions_text

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


def kernels(source: str, *, q: Fraction, digits: int, **given: Any) -> str:
    """The dual kernel and that of the derivative."""
    with loading():
        from symbolic_init.errors import NotIntegrableError
        from symbolic_init.moments.kernel import dual_kernel
        from symbolic_init.render.kernel import kernel_text

    first = dual_kernel(source, **given)
    found: list[tuple[str, Kernel | None]] = [("kappa = E[g(u) g(v)]", first)]
    try:
        found.append(("kappa' = E[g'(u) g'(v)]", first.derivative()))
    except NotIntegrableError:
        found.append(("kappa' = E[g'(u) g'(v)] is infinite at rho = 1", None))
    free = bool(first.assumptions.symbols)
    places = () if free else _CORRELATIONS
    rows = [
        (title, k.kind, k.expr, k.limit, k.note, [k.value(q=q, rho=r, digits=digits + 3) for r in places])
        for title, k in found
        if k is not None
    ]
    lines = kernel_text(
        rows, correlations=places, variance=q, width=width(), unicode=is_unicode(), digits=digits
    )
    infinite = [title for title, k in found if k is None]
    return "\n".join((lines, *(f"  {title}" for title in infinite)))
