"""Activations with reference values of the mean squares of themselves and of their slopes."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from sympy import Expr, Rational, Symbol

from symbolic_init.activation import activation
from symbolic_init.analysis.pieces import as_expression, pieces
from symbolic_init.notation import x

CORPUS = json.loads((Path(__file__).parent / "data" / "corpus.json").read_text())["activations"]
BY_NAME = {entry["name"]: entry for entry in CORPUS}


class Mean(NamedTuple):
    """A mean with a reference value; nothing is parsed before `integrand` is asked for."""

    name: str
    scale: str
    """Standard deviation, such as `3/2`."""
    is_slope: bool
    expected: str

    def __str__(self) -> str:
        return f"{self.name} slope" if self.is_slope else f"{self.name} s={self.scale}"

    @property
    def variance(self) -> Expr:
        """Variance of the argument."""
        return Rational(self.scale) ** 2

    @property
    def integrand(self) -> Expr:
        """The square whose mean it is."""
        return _slope(self.name) ** 2 if self.is_slope else _function(self.name) ** 2


def means() -> Iterator[Mean]:
    """Every mean of the corpus, those that are infinite included."""
    for entry in CORPUS:
        for at, expected in entry["second_moment"].items():
            yield Mean(entry["name"], at[2:], is_slope=False, expected=expected)
        yield Mean(entry["name"], "1", is_slope=True, expected=entry["derivative_second_moment"]["s=1"])


@cache
def _function(name: str) -> Expr:
    entry = BY_NAME[name]
    given = {Symbol(k, real=True): Rational(v) for k, v in entry.get("parameters", {}).items()}
    return activation(entry["expression"]).expression.xreplace(given)


@cache
def _slope(name: str) -> Expr:
    parts = pieces(_function(name))
    branches = tuple(branch.diff(x) for branch in parts.branches)
    return as_expression(type(parts)(breakpoints=parts.breakpoints, branches=branches))
