"""Whether a Gaussian mean without a closed form is finite, for all admissible parameters."""

from sympy import Expr, S, oo

from symbolic_init.analysis.domain import check_domain, singular_orders
from symbolic_init.analysis.order import number_sign, question
from symbolic_init.analysis.pieces import Pieces
from symbolic_init.analysis.tails import variance_limit
from symbolic_init.assumptions import Assumptions
from symbolic_init.errors import AssumptionError, DomainError, NotIntegrableError, SymbolicInitError

__all__ = ["largest_variance"]

_SAMPLES = 4
"""Values of the parameters at which a growth is looked at that cannot be told in general."""

_LONGEST = 60
"""Characters of an integrand that is written out in a message."""


def largest_variance(f: Expr, parts: Pieces, known: Assumptions) -> Expr | None:
    """Return the limit below which every variance gives `E[f(sqrt(q)*z)]`, or `None` where it was not found.

    Raises:
        DomainError: If the function is not real, or has a row of poles.
        NotIntegrableError: If the mean diverges for every `q`.
        AssumptionError: If that depends on parameters of which too little is known.
    """
    check_domain(parts, known)
    _check_poles(f, parts, known)
    of_square = variance_limit(parts, known)
    if of_square == 0:
        msg = f"the Gaussian mean of {_named(f)} diverges for every q: it grows faster than exp(a*x**2)"
        raise NotIntegrableError(msg)
    if of_square is None and known.symbols:
        _check_samples(f, parts, known)
    return None if of_square is None else 2 * of_square


def _check_poles(f: Expr, parts: Pieces, known: Assumptions) -> None:
    """Refuse a function that is not integrable beside a point."""
    try:
        found = tuple(singular_orders(parts, known))
    except DomainError as err:
        msg = f"the Gaussian mean of {_named(f)} diverges for every q: {err}"
        raise NotIntegrableError(msg) from err
    for _, point, order in found:
        sign = number_sign(order + 1, known) if order != -oo else -1
        if sign is None:
            what = (
                f"beside x = {point}, {_named(f)} goes like a power {order} of the distance; its mean depends"
            )
            raise AssumptionError(question(order + 1, known, what=what))
        if sign <= 0:
            msg = (
                f"the Gaussian mean of {_named(f)} diverges for every q: it grows like a power {order} "
                f"of the distance to x = {point}"
            )
            raise NotIntegrableError(msg)


def _check_samples(f: Expr, parts: Pieces, known: Assumptions) -> None:
    """Ask for an assumption where some admissible parameters let the function grow too fast."""
    for index in range(_SAMPLES):
        place = dict(known.sample(index))
        chosen = Pieces(
            breakpoints=tuple(S(c).xreplace(place) for c in parts.breakpoints),
            branches=tuple(b.xreplace(place) for b in parts.branches),
            complete=parts.complete,
        )
        try:
            limit = variance_limit(chosen, Assumptions())
        except SymbolicInitError:
            continue
        if limit is not None and limit != oo:
            names = ", ".join(str(s) for s in known.symbols)
            at = ", ".join(f"{s} = {v}" for s, v in place.items())
            what = "diverges for every q" if limit == 0 else f"is finite only for q < {2 * limit}"
            msg = (
                f"whether the Gaussian mean of {_named(f)} is finite depends on {names} (at {at} it {what}): "
                f'tell more of {names}, such as the sign, as in --assume "{known.symbols[0]} > 0"'
            )
            raise AssumptionError(msg)


def _named(f: Expr) -> str:
    """An integrand in a message, if it is short."""
    text = str(f)
    return text if len(text) <= _LONGEST else "the integrand"
