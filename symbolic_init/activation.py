"""An activation: an expression in x, its parameters, and where it comes from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, final

from sympy import Basic, Expr, Float, I, Integer, Rational, Symbol, nan, oo, sinc, sin, zoo

from symbolic_init import catalog, notation
from symbolic_init.assumptions import Assumptions, Interval
from symbolic_init.catalog import Entry
from symbolic_init.errors import AssumptionError, DomainError, ParseError, UnknownNameError, UnsupportedError
from symbolic_init.parsing import HEADS, Facts, parse, parse_assumptions
from symbolic_init.parsing.facts import assumptions_with

__all__ = ["Activation", "activation"]
