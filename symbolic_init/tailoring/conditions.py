r"""What `gamma (g(alpha x + beta) + delta)` is to fulfil, as equations in alpha and beta.

They are polynomials in means `E[F(alpha z + beta) z^j]` of four functions F: g, its square, and those of its
first two derivatives almost everywhere. Derivatives of such means by alpha and beta are such means again:

    d/dbeta E[F z^j] = (E[F z^(j+1)] - j E[F z^(j-1)])/alpha
    d/dalpha E[F z^j] = (E[F z^(j+2)] - (j+1) E[F z^j])/alpha
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import final

from sympy import Expr, Symbol, sqrt

from symbolic_init.transformed import MethodName

__all__ = ["ALPHA", "METHODS", "TARGET", "Conditions", "mean", "means_in", "rate"]

ALPHA, TARGET = Symbol("alpha"), Symbol("target")
Letter = tuple[str, int]
"""Which function, and which power of z."""
_ORDERS = 9


def mean(function: str, order: int = 0) -> Symbol:
    """Return the symbol that stands for a mean."""
    return Symbol(f"{function}_{order}")


_LETTERS: Mapping[Symbol, Letter] = MappingProxyType(
    {mean(f, j): (f, j) for f in ("g", "g2", "slope2", "bend2") for j in range(_ORDERS)}
)


def means_in(*exprs: Expr) -> Mapping[Symbol, Letter]:
    """Return the means that occur."""
    found = set[Symbol]().union(*(e.free_symbols for e in exprs))
    return {s: _LETTERS[s] for s in sorted(found & set(_LETTERS), key=str)}


def rate(expr: Expr, *, by_alpha: bool) -> Expr:
    """Return the derivative by alpha, or by beta."""
    total = expr.diff(ALPHA) if by_alpha else expr * 0
    for symbol, (f, j) in means_in(expr).items():
        if by_alpha:
            change = mean(f, j + 2) - (j + 1) * mean(f, j)
        else:
            change = mean(f, j + 1) - (j * mean(f, j - 1) if j else 0)
        total += expr.diff(symbol) * change / ALPHA
    return total


_VARIANCE = mean("g2") - mean("g") ** 2
_SHIFT = mean("g", 2) - mean("g")
"""`E[(z^2 - 1) g]`."""
_GROWTH = (mean("g2", 2) - mean("g2") - 2 * mean("g") * _SHIFT) / 2
"""`E[(z^2 - 1) (g - E g)^2]/2`."""
_SLOPE = ALPHA**2 * mean("slope2")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """One method.

    Attributes:
        title: Its name.
        reference: Its source.
        target: Its usual target for a whole network.
        what: The target of a layer in words.
        equations: Two expressions that vanish.
        delta: The shift of the output.
        gamma: The scale of the output.
    """

    title: str
    reference: str
    target: str
    what: str
    equations: tuple[Expr, Expr]
    delta: Expr
    gamma: Expr

    @property
    def bend(self) -> Expr:
        """`Q''(1)`: how the length map bends where its slope is 1."""
        square = mean("g2", 4) - 6 * mean("g2", 2) + 3 * mean("g2")
        single = mean("g", 4) - 6 * mean("g", 2) + 3 * mean("g")
        return self.gamma**2 * (square + 2 * self.delta * single) / 4


METHODS: Mapping[MethodName, Conditions] = MappingProxyType(
    {
        "dks": Conditions(
            title="DKS",
            reference="martens2021",
            target="3/2",
            what="C'(1)",
            equations=(_SLOPE - TARGET * _VARIANCE, _GROWTH - _VARIANCE),
            delta=-mean("g"),
            gamma=1 / sqrt(_VARIANCE),
        ),
        "tat": Conditions(
            title="TAT",
            reference="zhang2022",
            target="3/10",
            what="C''(1)",
            equations=(
                ALPHA**2 * mean("bend2") - TARGET * mean("slope2"),
                (_SLOPE - _GROWTH) ** 2 - _SHIFT**2 * (_SLOPE - _VARIANCE),
            ),
            delta=(_SLOPE - _GROWTH) / _SHIFT - mean("g"),
            gamma=1 / (ALPHA * sqrt(mean("slope2"))),
        ),
    }
)
"""DKS: `Q(1) = Q'(1) = 1`, `C(0) = 0`, `C'(1)` given. TAT: `Q(1) = Q'(1) = C'(1) = 1`, `C''(1)` given."""
