"""Expressions that a user built with SymPy, taken over with the same care as text."""

from collections.abc import Iterator, Mapping
from typing import Any

from sympy import (
    Expr,
    Float,
    I,
    Rational,
    S,
    Symbol,
    default_sort_key,
    nan,
    oo,
    preorder_traversal,
    sinc,
    zoo,
)

from symbolic_init import notation
from symbolic_init.callables import Sampled
from symbolic_init.errors import DomainError, ParseError, UnsupportedError
from symbolic_init.parsing.expression import too_large
from symbolic_init.parsing.facts import Bound
from symbolic_init.parsing.functions import HEADS, without_ite
from symbolic_init.special.sinc import sine_over

__all__ = ["adopted"]


def adopted(given: Expr, inputs: Mapping[str, Symbol]) -> tuple[Expr, frozenset[str], tuple[Bound, ...]]:
    """Return a user's expression on our own symbols with rational numbers, its parameters, and their bounds.

    Args:
        given: Expression in symbols of any assumptions.
        inputs: Our symbol for each input by name; empty: the variable is `x`, or the only symbol.

    Raises:
        DomainError: If something in it is not real.
        ParseError: If the variable cannot be told.
        UnsupportedError: If it holds functions that are not known here, or is too large.
    """
    for node in preorder_traversal(given):
        _check_node(node)
    floats = {f: _rational(f) for f in given.atoms(Float)}
    expression = given.xreplace(floats) if floats else given
    if expression.has(sinc):
        expression = expression.replace(sinc, sine_over)
    expression = without_ite(expression)
    symbols = sorted(expression.free_symbols, key=default_sort_key)
    named = {s: inputs[s.name] for s in symbols if s.name in inputs}
    variable = None if inputs else _variable(symbols)
    others = [s for s in symbols if s is not variable and s not in named]
    for symbol in others:
        if symbol.name in notation.RESERVED:
            msg = f"`{symbol.name}` is part of the notation; give the parameter another name"
            raise ParseError(msg)
    plain = {s: Symbol(s.name, real=True) for s in others}
    ours = plain | named | ({} if variable is None else {variable: notation.x})
    bounds = tuple(b for s in others for b in _symbol_bounds(s))
    if any(theirs is not own for theirs, own in ours.items()):
        expression = expression.xreplace(ours)
    fault = too_large(expression)
    if fault:
        raise UnsupportedError(fault)
    return expression, frozenset(s.name for s in others), bounds


def _check_node(node: Any) -> None:
    if node is I or node in (nan, zoo, oo, -oo):
        msg = f"`{node}` cannot be part of an activation: it is real and finite for every real x"
        raise DomainError(msg)
    if node.args and node.func not in HEADS and node.func not in (sinc, Sampled):
        msg = f"`{node.func.__name__}` is not a function known here; evaluate it, or write it in others"
        raise UnsupportedError(msg)
    if node.is_Symbol and (node.is_extended_real is False or not node.is_commutative):
        msg = f"the symbol {node} is not real"
        raise DomainError(msg)
    if not node.args and not (node.is_Symbol or node in (S.true, S.false) or node.is_number):
        msg = f"`{node}` is no number and no symbol"
        raise UnsupportedError(msg)


def _rational(number: Float) -> Rational:
    """The shortest decimal of a float, exactly."""
    is_double = number == Float(float(number))
    return Rational(repr(float(number)) if is_double else str(number))


def _variable(symbols: list[Symbol]) -> Symbol | None:
    """The symbol that is the variable: `x`, or the only one."""
    named = [s for s in symbols if s.name == "x"]
    if len(named) > 1:
        msg = "two different symbols are called x; use one"
        raise ParseError(msg)
    if named:
        return named[0]
    if len(symbols) > 1:
        msg = f"which of {', '.join(s.name for s in symbols)} is the variable? Call it x"
        raise ParseError(msg)
    return symbols[0] if symbols else None


def _symbol_bounds(symbol: Symbol) -> Iterator[Bound]:
    """The sign that a user's symbol was declared with."""
    real = Symbol(symbol.name, real=True)
    for known, difference, strict in (
        (symbol.is_positive, real, True),
        (symbol.is_negative, -real, True),
        (symbol.is_nonnegative, real, False),
        (symbol.is_nonpositive, -real, False),
    ):
        if known:
            yield Bound(difference, strict, f"{difference} {'>' if strict else '>='} 0")
