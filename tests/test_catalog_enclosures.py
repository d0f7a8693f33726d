"""Closed forms of the whole catalog against proven enclosures, at variances from 1e-6 to 1e6."""

import random

import pytest
from sympy import Rational, oo

from symbolic_init import NotIntegrableError, catalog, moment
from symbolic_init.moments.ball import value_ball
from symbolic_init.moments.enclosure import enclosed_mean
from symbolic_init.notation import q

SINGLE = [entry.name for entry in catalog.ENTRIES if len(entry.inputs) == 1]


def variances(name, limit):
    """Twenty random variances below a limit, the same each time."""
    source = random.Random(name)  # noqa: S311 # not for secrets
    found = [Rational(10 ** source.uniform(-6, 6)).limit_denominator(10**9) for _ in range(20)]
    return [v for v in found if limit == oo or v < limit]


@pytest.mark.members
@pytest.mark.parametrize("which", ["m", "M", "h"])
@pytest.mark.parametrize("name", SINGLE)
def test_closed_forms_lie_in_the_enclosures(name, which):
    try:
        found = moment(name, which)
    except NotIntegrableError:
        pytest.skip("the mean is infinite")
    if found.kind != "exact":
        pytest.skip("no closed form is known")
    for variance in variances(name, found.limit):
        ball = enclosed_mean(found.integrand, variance, bits=60)
        form = value_ball(found.expr, substitution={q: variance}, bits=60)

        assert ball.overlaps(form), variance
