"""An activation: an expression in x, its parameters, and where it comes from."""

from dataclasses import dataclass
from typing import final

from sympy import Expr

from symbolic_init.assumptions import Assumptions

__all__ = ["Activation"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Activation:
    """One activation, ready to be analyzed.

    Attributes:
        title: The text or the catalog name that was asked for.
        expression: Real expression in `notation.x` and the parameters.
        assumptions: The parameters and what is known of them.
        reference: Key in `references.REFERENCES`, or the empty string.
    """

    title: str
    expression: Expr
    assumptions: Assumptions = Assumptions()
    reference: str = ""
