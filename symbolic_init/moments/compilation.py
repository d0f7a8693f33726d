"""Expressions compiled to straight-line programs of ball arithmetic, mpmath, floats, or numpy arrays."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from sympy import Expr, Symbol

from symbolic_init.moments.backends import BALLS, FLOATS, MPMATH, array_backend
from symbolic_init.moments.tape import Program, Tape, sign_of_ball
from symbolic_init.notation import x

__all__ = ["Program", "compile_array", "compile_ball", "compile_float", "compile_mp", "sign_of_ball"]


def compile_ball(
    expr: Expr,
    *,
    variable: Symbol = x,
    values: Mapping[Symbol, Any] = MappingProxyType({}),
    at: Callable[[Expr], Any] | None = None,
    heads: Mapping[Any, Callable[[Expr], Any]] = MappingProxyType({}),
    definitions: Mapping[Symbol, Expr] = MappingProxyType({}),
) -> Program:
    """Return a function of an `acb` and of the flag `analytic`, at the current precision of flint.

    Args:
        expr: Expression in the variable.
        variable: The symbol that stays free.
        values: An `acb` for every other symbol.
        at: Value (an `arb`) of an expression at an interior point of the piece: it decides which
            branch of a switch (`Abs`, `Max`, `Piecewise` ...) is compiled.
        heads: Functions for heads that stand for a number.
        definitions: Expressions in the variable that other symbols stand for. Nothing is put in: SymPy does
            not look at what would become of it.

    Raises:
        UnsupportedError: If a head is unknown; the message names it.
    """
    return Tape(BALLS, variable, values, at, heads, definitions).program((expr,), single=True)


def compile_mp(expr: Expr, *, variable: Symbol = x, at: Callable[[Expr], Any] | None = None) -> Program:
    """Return a function of an mpmath number, with constants at the current precision of mpmath."""
    return Tape(MPMATH, variable, {}, at, {}).program((expr,), single=True)


def compile_float(expr: Expr, *, variable: Symbol = x, at: Callable[[Expr], Any] | None = None) -> Program:
    """Return a function of a float; it raises an `ArithmeticError` or `ValueError` where it has no value.

    Args:
        expr: Expression in the variable.
        variable: The symbol that stays free.
        at: Value of an expression at an interior point of a piece, to decide switches there.
    """
    return Tape(FLOATS, variable, {}, at, {}).program((expr,), single=True)


def compile_array(
    exprs: Sequence[Expr], *, variable: Symbol = x, values: Mapping[Symbol, Any] = MappingProxyType({})
) -> Program:
    """Return a function from an array of floats to a tuple of arrays (or scalars), one an expression.

    Equal subexpressions of all the expressions are computed once; `values` holds a number or an array for
    every other symbol.
    """
    import numpy as np

    with np.errstate(all="ignore"):
        return Tape(array_backend(), variable, values, None, {}).program(tuple(exprs), single=False)
