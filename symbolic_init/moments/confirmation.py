"""A closed form is compared with a numerical integral before anyone sees it."""

from collections.abc import Iterator, Sequence
from typing import Any

import flint
from sympy import Expr, Rational, Symbol, oo

from symbolic_init.analysis.pieces import Pieces, pieces
from symbolic_init.assumptions import Assumptions
from symbolic_init.errors import InternalError, PrecisionError
from symbolic_init.moments.ball import mean_ball, value_ball
from symbolic_init.moments.floats import are_pieces, float_means
from symbolic_init.notation import q

__all__ = ["confirm"]

VARIANCES = (Rational(7, 11), Rational(23, 9))
"""Where forms are compared that hold for every q: numbers without meaning."""

SHARES = (Rational(5, 13), Rational(8, 11))
"""The same as parts of the largest variance."""

BITS = 40
"""Accuracy of both sides; a wrong form differs far earlier."""

TOLERANCE = flint.arb(2) ** -30
"""Relative difference that is not yet a mismatch: what is left of the accuracy after cancellation."""

_MOST_SAMPLES = 8
"""Parameter values that are tried to find two where the form has a value."""

SMALL = flint.arb(2) ** -24
"""Below this size the difference counts absolutely."""


def confirm(
    expr: Expr,
    limit: Expr,
    integrand: Expr,
    known: Assumptions,
    rules: Sequence[str],
    *,
    parts: Pieces | None = None,
) -> None:
    """Compare a closed form with the integral at two variances and parameter values.

    A sum of floats that agrees is enough, since it shares nothing with the rules; where it does not
    agree or converge, the integral in ball arithmetic decides.

    Args:
        expr: The form, in q and the parameters of the integrand.
        limit: It holds for `0 < q < limit`.
        integrand: The function whose mean it is.
        known: What is known of the parameters.
        rules: Ids of the rules that gave the form.
        parts: The pieces of the integrand, for the sum of floats, which compares them with the function as
            a whole; without them it is read again.

    Raises:
        InternalError: If they differ; the message names the rules.
        NotIntegrableError: If the integral diverges.
    """
    seen: dict[Expr, bool] = {}
    for given, value in _values(expr, limit, known):
        variance = given[q]
        function = integrand.xreplace(given)
        split = pieces(function) if parts is None else parts
        places = [float(value_ball(c, substitution=given, bits=BITS)) for c in split.breakpoints]
        branches = [b.xreplace(given) for b in split.branches]
        if function not in seen:
            seen[function] = are_pieces(function, float(variance), places, branches)
        margin = TOLERANCE * max(abs(value).upper(), SMALL)
        estimates = float_means(float(variance), places, branches) if seen[function] else ()
        if any(abs(value - found).upper() <= margin for found in estimates):
            continue
        reference = mean_ball(integrand, variance, parameters=given, bits=BITS)
        size = max(abs(reference).upper(), abs(value).upper(), SMALL)
        if not abs(value - reference).lower() <= TOLERANCE * size:
            at = ", ".join(f"{s} = {v}" for s, v in given.items())
            msg = (
                f"the closed form of the mean of {integrand} by the rules {', '.join(rules)} gives "
                f"{value.str(10)} at {at}, but the integral is {reference.str(10)}"
            )
            raise InternalError(msg)


def _values(expr: Expr, limit: Expr, known: Assumptions) -> Iterator[tuple[dict[Symbol, Any], flint.arb]]:
    """Two points and the form there; where a form has no value (0/0 at a special parameter), another one."""
    found = 0
    for index in range(_MOST_SAMPLES):
        parameters = dict(known.sample(index))
        which = found % len(VARIANCES)
        variance = VARIANCES[which] if limit is oo else (limit * SHARES[which]).xreplace(parameters)
        given = {q: variance, **parameters}
        try:
            value = value_ball(expr, substitution=given, bits=BITS)
        except PrecisionError:
            if index + 1 == _MOST_SAMPLES:
                raise
            continue
        yield given, value
        found += 1
        if found == len(VARIANCES):
            return
