"""A closed form is compared with a numerical integral before anyone sees it."""

from collections.abc import Sequence

import flint
from sympy import Expr, Rational, oo

from symbolic_init.assumptions import Assumptions
from symbolic_init.errors import InternalError
from symbolic_init.moments.ball import mean_ball, value_ball
from symbolic_init.moments.breakpoints import switch_points
from symbolic_init.moments.floats import float_mean
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

SMALL = flint.arb(2) ** -24
"""Below this size the difference counts absolutely."""


def confirm(expr: Expr, limit: Expr, integrand: Expr, known: Assumptions, rules: Sequence[str]) -> None:
    """Compare a closed form with the integral at two variances and parameter values.

    A sum of floats that agrees is enough, since it shares nothing with the rules; where it does not
    agree or converge, the integral in ball arithmetic decides.

    Raises:
        InternalError: If they differ; the message names the rules.
        NotIntegrableError: If the integral diverges.
    """
    for index in (0, 1):
        parameters = dict(known.sample(index))
        variance = VARIANCES[index] if limit is oo else (limit * SHARES[index]).xreplace(parameters)
        given = {q: variance, **parameters}
        value = value_ball(expr, substitution=given, bits=BITS)
        if _agrees_with_floats(integrand.xreplace(given), variance, value):
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


def _agrees_with_floats(f: Expr, variance: Rational, value: flint.arb) -> bool:
    """Whether a sum of floats converges to the value."""
    points, complete = switch_points(f)
    if not complete:
        return False
    places = [float(value_ball(c, bits=BITS)) for c in points]
    found = float_mean(f, float(variance), places, tolerance=float(TOLERANCE) / 4, least=float(SMALL))
    if found is None:
        return False
    size = max(abs(value).upper(), SMALL)
    return bool(abs(value - found).upper() <= TOLERANCE * size)
