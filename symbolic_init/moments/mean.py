"""Gaussian means: the closed form where a rule gives one, else an estimate."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from sympy import Expr, Rational, S, Symbol, oo

from symbolic_init.analysis.integrability import largest_variance
from symbolic_init.analysis.pieces import Pieces, pieces
from symbolic_init.analysis.symmetry import parity
from symbolic_init.assumptions import Assumptions
from symbolic_init.derivation import Step
from symbolic_init.errors import (
    AssumptionError,
    NotIntegrableError,
    PrecisionError,
    SymbolicInitError,
    UnsupportedError,
)
from symbolic_init.evidence import Kind, Moment
from symbolic_init.moments.ball import mean_ball
from symbolic_init.moments.closed_form import closed_form
from symbolic_init.moments.confirmation import confirm
from symbolic_init.moments.enclosure import enclosed_mean
from symbolic_init.moments.integrator import integrated
from symbolic_init.moments.rules import RULES
from symbolic_init.moments.steps import Line, steps_of
from symbolic_init.notation import GaussianMean, q, x

if TYPE_CHECKING:
    from symbolic_init.activation import PythonCall

__all__ = ["Method", "gaussian_mean", "mean_of"]

Method = Literal["auto", "rules", "quadrature"]

PROBE = Rational(1, 3)
"""Where a mean without a closed form is looked at once, if it may be finite for every q."""

SHARE = Rational(1, 3)
"""The same as a part of the largest variance."""

SYMPY_RULE = "sympy.integrate"
"""Id of the last resort."""

BITS = 16
"""Accuracy of that look."""


def gaussian_mean(
    f: "Expr | str | PythonCall",
    *,
    method: Method = "auto",
    assume: str = "",
    try_integrate: bool = False,
    breakpoints: Sequence[Any] | None = None,
) -> Moment:
    r"""Return `E[f(sqrt(q)*z)]` for a standard normal `z`, as a function of `q`.

    Args:
        f: Real function of `x`, as an expression, as text, or as a Python function of one number (then the
            mean is an estimate); `|f(x)| <= C*exp(a*x**2)` with `a < 1/(2*q)`.
        method: `"rules"` (closed form or error), `"quadrature"` (always an estimate), or
            `"auto"`: the closed form where there is one, else the estimate.
        assume: What is known of the parameters, as in `"a > 0, b < 1"`.
        try_integrate: Where no rule applies, let SymPy's integrator try, in a process that is killed
            after some seconds; its answer counts only if it passes the numerical check.
        breakpoints: Where a Python function, or its slope, jumps; `None`: they are looked for.

    Returns:
        The mean (scalar, dimensionless), its evidence and the steps that show it. It is finite
        exactly for `q` below its `limit`.

    Raises:
        NotIntegrableError: If the mean diverges for every `q`.
        UnsupportedError: If `method="rules"` and no rule applies.

    References:
        he2015, section 2.2, for `f = Max(0, x)**2`.

    Examples:
        >>> gaussian_mean("Max(0, x)**2").expr
        q/2
        >>> gaussian_mean("erf(x)**2").expr
        2*asin(2*q/(2*q + 1))/pi
    """
    from symbolic_init.activation import integrand

    function, known = integrand(f, assume=assume, breakpoints=breakpoints)
    return mean_of(function, known, method=method, try_integrate=try_integrate)


def mean_of(
    f: Expr,
    known: Assumptions,
    *,
    method: Method = "auto",
    chain: str = "M",
    try_integrate: bool = False,
) -> Moment:
    """Return the Gaussian mean of an expression in `x`.

    Args:
        f: Real function of `x`.
        known: What is known of its parameters.
        method: As for `gaussian_mean`.
        chain: Name of the chain of steps that lead to the closed form.
        try_integrate: Whether SymPy's integrator is a last resort.

    Raises:
        NotIntegrableError: If the mean diverges for every `q`.
        UnsupportedError: If `method="rules"` and no rule applies.

    Examples:
        >>> from sympy import exp
        >>> from symbolic_init.assumptions import Assumptions
        >>> from symbolic_init.notation import x
        >>> mean_of(exp(2*x), Assumptions()).expr
        exp(2*q)
    """
    parts = pieces(f, known)
    form = None if method == "quadrature" else closed_form(parts, known, integrand=f, chain=chain)
    if form is not None:
        return Moment(
            integrand=f,
            kind="exact",
            expr=form.expr,
            limit=form.limit,
            rules=form.rules,
            steps=form.steps,
            assumptions=known,
            note=form.note,
        )
    if try_integrate and method != "quadrature":
        found = _by_sympy(f, parts, known, chain)
        if found is not None:
            return found
    if method == "rules" and parity(parts, known) != "odd":
        msg = f'no rule gives a closed form of the Gaussian mean of {f}; method="auto" gives an estimate'
        raise UnsupportedError(msg)
    limit = largest_variance(f, parts, known)
    kind: Kind = "estimated" if method == "quadrature" else _evidence(f, limit, known)
    if kind == "estimated":
        _probe(f, limit, known)
    if method != "quadrature" and limit is not None and parity(parts, known) == "odd":
        return _vanishing(f, limit, known, chain)
    return Moment(
        integrand=f,
        kind=kind,
        expr=None,
        limit=oo if limit is None else limit,
        assumptions=known,
        note="" if method == "quadrature" else "no closed form known",
    )


def _evidence(f: Expr, limit: Expr | None, known: Assumptions) -> Kind:
    """Whether a mean without a closed form can be enclosed, as seen at one variance.

    Raises:
        NotIntegrableError: If it diverges.
    """
    parameters, variance = _looked_at(limit, known)
    try:
        enclosed_mean(f, variance, parameters={**parameters, q: variance}, bits=BITS)
    except NotIntegrableError:
        if parameters:
            return "estimated"
        raise
    except SymbolicInitError:
        return "estimated"
    return "enclosed"


def _looked_at(limit: Expr | None, known: Assumptions) -> tuple[dict[Symbol, Rational], Expr]:
    """Parameters and a variance at which a mean is looked at once."""
    parameters = dict(known.sample(0))
    return parameters, PROBE if limit in (None, oo) else (limit * SHARE).xreplace(parameters)


def _probe(f: Expr, limit: Expr | None, known: Assumptions) -> None:
    """Look once whether a mean without a closed form is finite.

    Raises:
        NotIntegrableError: If it is not.
        AssumptionError: If it is not for some values of the parameters.
    """
    parameters, variance = _looked_at(limit, known)
    try:
        mean_ball(f, variance, parameters={**parameters, q: variance}, bits=BITS)
    except NotIntegrableError as err:
        if not parameters:
            raise
        at = ", ".join(f"{s} = {v}" for s, v in parameters.items())
        msg = f"the Gaussian mean of {f} diverges for some admissible parameters ({at}): assume more of them"
        raise AssumptionError(msg) from err
    except (PrecisionError, UnsupportedError):
        return


def _by_sympy(f: Expr, parts: Pieces, known: Assumptions, chain: str) -> Moment | None:
    """What SymPy's integrator finds, if it passes the check."""
    limit = largest_variance(f, parts, known)
    expr = integrated(parts.intervals(), x, q) if parts.complete and limit is not None else None
    if expr is None:
        return None
    try:
        confirm(expr, limit, f, known, (SYMPY_RULE,))
    except SymbolicInitError:
        return None
    step = Step(
        id=f"{chain}.1",
        chain=chain,
        lhs=GaussianMean(f, q),
        rhs=expr,
        reason="SymPy's integrator, compared with a numerical integral",
        rule=SYMPY_RULE,
    )
    return Moment(
        integrand=f,
        kind="exact",
        expr=expr,
        limit=limit,
        rules=(SYMPY_RULE,),
        steps=(step,),
        assumptions=known,
        note="found by SymPy's integrator",
    )


def _vanishing(f: Expr, limit: Expr, known: Assumptions, chain: str) -> Moment:
    """The mean of an odd function that is integrable."""
    rule = next(r for r in RULES if r.id == "gauss.line.reflection")
    return Moment(
        integrand=f,
        kind="exact",
        expr=S.Zero,
        limit=limit,
        rules=(rule.id,),
        steps=steps_of(f, (Line(S.Zero, (rule,)),), chain),
        assumptions=known,
    )
