"""Means over a Gaussian variable that is not centered."""

from collections.abc import Iterator
from dataclasses import replace

from sympy import Expr, Min, Rational, S, Symbol, oo

from symbolic_init.activation import integrand
from symbolic_init.analysis.pieces import Pieces, pieces
from symbolic_init.assumptions import Assumptions, Interval
from symbolic_init.derivation import Step
from symbolic_init.errors import UnsupportedError
from symbolic_init.evidence import Moment
from symbolic_init.moments.closed_form import growth_rates, read_over
from symbolic_init.moments.confirmation import confirm
from symbolic_init.moments.evaluation import as_rational
from symbolic_init.moments.field import Element, MissingError, Unreadable
from symbolic_init.moments.gaussian_vector import Law
from symbolic_init.moments.joint_mean import State, base_mean, factor_of, polynomial_of, reduced, signs_of
from symbolic_init.moments.kernel_presentation import rewritings, tidied
from symbolic_init.moments.mean import mean_of
from symbolic_init.moments.presentation import presented
from symbolic_init.moments.reading import is_readable
from symbolic_init.moments.splitting import terms_of
from symbolic_init.notation import GaussianMean, q, x

__all__ = ["shifted_mean", "shifted_mean_of"]

_MAX_CONSTANTS = 8
RULE = "gauss.line.shift"
"""Id of the one rule: the law of the signs has its center at the mean."""


def shifted_mean(f: Expr | str, mean: Expr | str | int = "mu", *, assume: str = "") -> Moment:
    r"""Return `E[f(mean + sqrt(q)*z)]` for a standard normal `z`, as a function of `q` and of the mean.

    For polynomials, exponentials, trigonometric and error functions and products of these, on pieces, the
    form holds for either sign of the mean: products of two signs are bivariate normal probabilities. Other
    functions are read as functions of `x + mean`; whether there is a form then depends on them.

    Args:
        f: Real function of `x`, as an expression or as text.
        mean: A number, a symbol or an expression in symbols; text is a number or the name of a real symbol.
        assume: What is known of the parameters of `f`, as in `"a > 0, b < 1"`.

    Returns:
        The mean (scalar, dimensionless), its evidence and the step that shows it.

    Raises:
        NotIntegrableError: If the mean diverges for every `q`.
        AssumptionError: If the form depends on more than is known of the parameters.

    Examples:
        >>> shifted_mean("x**2").expr
        mu**2 + q
        >>> shifted_mean("sign(x)").expr
        erf(sqrt(2)*mu/(2*sqrt(q)))
    """
    function, known = integrand(f, assume=assume)
    return shifted_mean_of(function, mean, known)


def shifted_mean_of(function: Expr, mean: Expr | str | int, known: Assumptions) -> Moment:
    """Return the same for a function that has been read."""
    center = _center(mean)
    if x in center.free_symbols or q in center.free_symbols:
        msg = f"the mean {center} must not depend on x or q"
        raise UnsupportedError(msg)
    more = tuple(_interval(s) for s in sorted(center.free_symbols, key=str) if s not in known.symbols)
    within = replace(known, intervals=(*known.intervals, *more))
    shifted = function.xreplace({x: x + center})
    found = _closed(pieces(function, known), shifted, center, within)
    return mean_of(shifted, within) if found is None else found


def _center(mean: Expr | str | int) -> Expr:
    """The mean as an expression."""
    if isinstance(mean, Expr):
        return mean
    if isinstance(mean, str) and mean.isidentifier():
        return Symbol(mean, real=True)
    return as_rational(mean)


def _interval(symbol: Symbol) -> Interval:
    """Where a symbol of the mean lies, as far as it says so itself."""
    low, high = (S.Zero if ok else end for ok, end in ((symbol.is_positive, -oo), (symbol.is_negative, oo)))
    return Interval(symbol=symbol, lower=low, upper=high)


def _closed(f: Pieces, shifted: Expr, center: Expr, known: Assumptions) -> Moment | None:
    """The closed form for sums of polynomials, exponentials and signs, or `None`."""
    if not f.complete or not all(is_readable(b) for b in f.branches):
        return None
    constants: tuple[Expr, ...] = (center,)
    for _ in range(_MAX_CONSTANTS):
        try:
            expr, limit = _over_field(constants, f, center, known)
        except MissingError as missing:
            constants = (*constants, missing.constant)
            continue
        except Unreadable:
            return None
        break
    else:
        return None
    parts = Pieces(
        breakpoints=tuple(c - center for c in f.breakpoints),
        branches=tuple(b.xreplace({x: x + center}) for b in f.branches),
    )
    for case in _cases(center, known):
        confirm(expr, limit, shifted, case, (RULE,), parts=parts)
    step = Step(
        id="M.1",
        chain="M",
        lhs=GaussianMean(shifted, q),
        rhs=expr,
        reason="integration by parts, and probabilities of signs about the mean",
        rule=RULE,
    )
    return Moment(
        integrand=shifted,
        kind="exact",
        expr=expr,
        limit=limit,
        rules=(RULE,),
        steps=(step,),
        assumptions=known,
    )


def _cases(center: Expr, known: Assumptions) -> Iterator[Assumptions]:
    """What is known, with either sign of the mean where it is a symbol that may have both."""
    index = next((k for k, i in enumerate(known.intervals) if i.symbol == center), None)
    if index is None or known.intervals[index] != Interval(symbol=center):
        yield known
        return
    for ends in ({"lower": S.Zero}, {"upper": S.Zero}):
        row = list(known.intervals)
        row[index] = replace(row[index], **ends)
        yield replace(known, intervals=tuple(row))


def _over_field(
    constants: tuple[Expr, ...], f: Pieces, center: Expr, known: Assumptions
) -> tuple[Expr, Expr]:
    """The closed form over one field, and below which variance it holds."""
    field, points, forms = read_over(constants, f, known)
    rates = growth_rates(forms, field)
    if rates:
        facts = tuple(1 - 2 * rate * q for rate in rates)
        field, points, forms = read_over(constants, f, replace(known, positive=(*known.positive, *facts)))
    if any(key.kernel or not r.is_polynomial() for form in forms for key, r in form.items()):
        raise Unreadable("more than polynomials, exponentials and signs")
    law = Law((field.element(center),), ((field.q,),), field.one, field.zero)
    total: dict[State, dict[tuple[int, ...], Element]] = {}
    for key, r in terms_of(points, forms, field).items():
        tilt, level = factor_of(key)
        state = State(law._replace(exponent=level), (tilt,), signs_of(key, 0))
        sums = total.setdefault(state, {})
        for m, c in polynomial_of((r,)).items():
            sums[m] = sums[m] + c if m in sums else c
    bases, _ = reduced(total)
    atoms = [a for s, c in bases.items() for a in base_mean(s, c).atoms]
    expr = tidied(presented(atoms, field, rewritings=rewritings(field)))
    return expr, Min(oo, *(Rational(1, 2) / rate for rate in rates))
