"""The Gaussian means of an activation and its derivatives that theories use, by name."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from sympy import Expr

from symbolic_init.activation import Activation
from symbolic_init.activation import activation as read
from symbolic_init.analysis.pieces import as_expression, differentiated, pieces
from symbolic_init.errors import NotIntegrableError, UnsupportedError
from symbolic_init.evidence import Moment
from symbolic_init.moments.mean import mean_of
from symbolic_init.notation import q, x

__all__ = ["MOMENTS", "NamedMoment", "moment", "moments"]


class NamedMoment(NamedTuple):
    """One mean that has a name.

    Attributes:
        name: How it is asked for.
        statement: What it is, as plain text.
        order: Highest derivative of g that it needs.
        integrand: Function of x (and of q) from g and its derivatives almost everywhere.
    """

    name: str
    statement: str
    order: int
    integrand: Callable[..., Expr]


MOMENTS: Mapping[str, NamedMoment] = MappingProxyType(
    {
        entry.name: entry
        for entry in (
            NamedMoment("m", "E[g]", 0, lambda g: g),
            NamedMoment("M", "E[g^2]", 0, lambda g: g**2),
            NamedMoment("h", "E[g'^2]", 1, lambda _, d: d**2),
            NamedMoment("M_prime", "dM/dq", 0, lambda g: (x**2 / q - 1) * g**2 / (2 * q)),
            NamedMoment("h4", "E[g'^4]", 1, lambda _, d: d**4),
            NamedMoment("c2", "E[g''^2]", 2, lambda _, __, d2: d2**2),
            NamedMoment("gc", "E[g g'']", 2, lambda g, _, d2: g * d2),
        )
    }
)
"""Derivatives are those almost everywhere: jumps and kinks are not counted in them."""


def moment(
    activation: Expr | str | Activation,
    name: str,
    *,
    assume: str = "",
    settings: Mapping[str, object] | None = None,
) -> Moment:
    r"""Return a Gaussian mean of an activation or its derivatives, as a function of `q`.

    With `x = sqrt(q)*z`, `z` standard normal: `"m"` is `E[g]`, `"M"` is `E[g^2]`, `"h"` is `E[g'^2]`,
    `"M_prime"` is `dM/dq = E[(z^2 - 1)*g^2]/(2*q)` (right at jumps too), `"h4"` is `E[g'^4]`, `"c2"` is
    `E[g''^2]` and `"gc"` is `E[g*g'']`, with derivatives almost everywhere: where `g` has neither jumps
    nor kinks, `M_prime = h + gc`.

    Args:
        activation: A catalog name, text in `x`, a SymPy expression, or an `Activation`.
        name: One of the names above.
        assume: What is known of the parameters, as in `"a > 0, b < 1"`.
        settings: Numbers for parameters, by name.

    Raises:
        NotIntegrableError: If the mean is infinite for every `q`.
        UnsupportedError: If there is no moment of this name.

    Examples:
        >>> moment("sin(x)", "c2").expr
        1/2 - exp(-2*q)/2
        >>> moment("Max(0, x)", "M_prime").expr
        1/2
    """
    entry = MOMENTS.get(name)
    if entry is None:
        msg = f"no moment {name!r}; there are: {', '.join(MOMENTS)}"
        raise UnsupportedError(msg)
    return _mean(entry, read(activation, assume=assume, settings=settings))


def moments(
    activation: Expr | str | Activation, *, assume: str = "", settings: Mapping[str, object] | None = None
) -> tuple[tuple[str, Moment | None], ...]:
    """Return all of them: what each is, in plain text, and the mean, `None` where it is infinite.

    Args:
        activation: As for `moment`.
        assume: As for `moment`.
        settings: As for `moment`.

    Examples:
        >>> [(text, mean.expr) for text, mean in moments("x**2")][:3]
        [('E[g]', q), ('E[g^2]', 3*q**2), ("E[g'^2]", 4*q)]
    """
    subject = read(activation, assume=assume, settings=settings)
    return tuple((entry.statement, _finite_or_none(entry, subject)) for entry in MOMENTS.values())


def _finite_or_none(entry: NamedMoment, subject: Activation) -> Moment | None:
    try:
        return _mean(entry, subject)
    except NotIntegrableError:
        return None


def _mean(entry: NamedMoment, subject: Activation) -> Moment:
    """One mean of an activation that has been read."""
    parts = [pieces(subject.expression, subject.assumptions)]
    for _ in range(entry.order):
        parts.append(differentiated(parts[-1]))
    functions = [subject.expression, *map(as_expression, parts[1:])]
    return mean_of(entry.integrand(*functions), subject.assumptions, chain=entry.name)
