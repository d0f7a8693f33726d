"""A closed form in two variables is compared with numbers before anyone sees it."""

from collections.abc import Sequence
from fractions import Fraction

import flint
from sympy import Expr, Rational, oo

from symbolic_init.assumptions import Assumptions
from symbolic_init.errors import InternalError, NotIntegrableError, PrecisionError, UnsupportedError
from symbolic_init.moments.ball import value_ball
from symbolic_init.moments.hermite_sum import hermite_sum
from symbolic_init.moments.pair_sum import pair_sums
from symbolic_init.notation import rho

__all__ = ["is_confirmed"]

PLACES = (
    (Rational(7, 11), Rational(13, 6), Rational(5, 13)),
    (Rational(23, 9), Rational(3, 4), Rational(-8, 11)),
)
"""Two variances and a correlation, where forms are compared: numbers without meaning."""

LARGEST = Rational(3)
"""Above all these variances; they are parts of it where the variance is limited."""

BITS = 40
"""Accuracy of the form; a wrong one differs far earlier."""

RELATIVE = 2.0**-30
"""Difference relative to the value that is not yet a mismatch."""

ROUNDING = 2.0**-43
"""The same relative to the mean of the absolute values, for a sum of floats."""


def is_confirmed(
    expr: Expr,
    limit: Expr,
    function: Expr,
    breakpoints: Sequence[Expr],
    known: Assumptions,
    variances: tuple[Expr, Expr],
    rules: Sequence[str],
) -> bool:
    """Compare `expr` with `E[g(u)*g(v)]` at two places, one of them with a negative correlation.

    A sum of floats over a grid that agrees is enough, since it shares nothing with the rules; where none
    agrees, the expansion in Hermite polynomials decides.

    Returns:
        False where neither gives numbers to compare with.

    Raises:
        InternalError: If the numbers differ; the message names the rules.
    """
    for index, place in enumerate(PLACES):
        parameters = dict(known.sample(index))
        first, second, correlation = place
        if limit is not oo:
            first, second = (v / LARGEST * Rational(limit.xreplace(parameters)) for v in (first, second))
        if variances[0] == variances[1]:
            second = first
        given = {**parameters, variances[0]: first, variances[1]: second, rho: correlation}
        value = value_ball(expr, substitution=given, bits=BITS)
        g = function.xreplace(given)
        points = [float(value_ball(c, substitution=parameters, bits=BITS)) for c in breakpoints]
        size = abs(value).upper()
        sums = pair_sums(
            g,
            g,
            variances=(float(first), float(second)),
            rho=float(Fraction(int(correlation.p), int(correlation.q))),
            breakpoints=(points, points),
        )
        if any(abs(value - s.value).upper() <= RELATIVE * size + ROUNDING * s.size for s in sums):
            continue
        reference = _by_hermite(g, (first, second), correlation)
        if reference is None:
            return False
        if not abs(value - reference).lower() <= flint.arb(RELATIVE) * size:
            at = ", ".join(f"{s} = {v}" for s, v in given.items())
            msg = (
                f"the closed form of the kernel of {function} by the rules {', '.join(rules)} gives "
                f"{value.str(10)} at {at}, but the sum is {reference.str(10)}"
            )
            raise InternalError(msg)
    return True


def _by_hermite(g: Expr, variances: tuple[Rational, Rational], correlation: Rational) -> flint.arb | None:
    """The mean by its expansion, or `None` where it cannot be summed."""
    try:
        return hermite_sum(g, g, variances=variances, rho=correlation, bits=BITS).value
    except (NotIntegrableError, PrecisionError, UnsupportedError):
        return None
