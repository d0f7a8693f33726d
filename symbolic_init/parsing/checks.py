"""What every step of the reading is checked for: real, finite, and not too large."""

import ast
from collections.abc import Mapping
from typing import NamedTuple

from sympy import Expr, S, Symbol, Tuple, nan

from symbolic_init.decimals import evaluated
from symbolic_init.errors import ParseError, UnknownNameError
from symbolic_init.parsing.functions import CONDITIONS, FUNCTIONS, Function
from symbolic_init.parsing.limits import BITS_PER_DIGIT, Limits, log2_size, rational_bits
from symbolic_init.parsing.syntax import Source

__all__ = ["NOT_REAL", "Context", "built", "check_size", "checked", "nearest_functions", "unknown_function"]

NOT_REAL = "this is not a real number; an activation is real for every real x"


class Context(NamedTuple):
    """What the names of one text mean, and how large its expression may be.

    Attributes:
        source: The text and its tree.
        functions: Functions of the caller, by name.
        names: What every bare name stands for.
        limits: How large the expression may be.
        infinite: Whether a result may be infinite.
    """

    source: Source
    functions: Mapping[str, Function]
    names: Mapping[str, Expr]
    limits: Limits
    infinite: bool


def built(
    context: Context,
    build: Function,
    arguments: tuple[object, ...],
    keywords: Mapping[str, Expr],
    node: ast.expr,
) -> Expr:
    """Apply a head; what it refuses becomes an error that points at the place."""
    try:
        return build(*arguments, **keywords)
    except ParseError as err:
        raise type(err)(
            err.message, text=context.source.text, position=context.source.position(node)
        ) from err
    except (ArithmeticError, TypeError, ValueError, NotImplementedError, RecursionError) as err:
        msg = f"`{context.source.segment(node)[:60]}` cannot be worked out: {str(err)[:200]}"
        raise context.source.error(msg, node) from err


def check_size(context: Context, value: Expr, node: ast.expr) -> None:
    """Refuse constants that cannot be compared or evaluated in reasonable time."""
    if not value.args or value.free_symbols or isinstance(value, Tuple):
        return
    if log2_size(value) > context.limits.magnitude * BITS_PER_DIGIT:
        msg = f"this number has more than {context.limits.magnitude} digits"
        raise context.source.error(msg, node)


def checked(context: Context, value: Expr, node: ast.expr) -> Expr:
    """Refuse results that are not finite real numbers, or too large."""
    if value in (S.NaN, S.ComplexInfinity) or (
        value in (S.Infinity, S.NegativeInfinity) and not context.infinite
    ):
        msg = "this is undefined or infinite (a division by zero, a pole, or no piece that applies)"
        raise context.source.error(msg, node)
    if value.is_Rational:
        if rational_bits(value) > context.limits.bits:
            msg = f"this number has more than {context.limits.digits} digits"
            raise context.source.error(msg, node)
    elif not value.free_symbols and value.args and not _may_be_real(value):
        raise context.source.error(NOT_REAL, node)
    return value


def _may_be_real(number: Expr) -> bool:
    known: bool | None = number.is_extended_real
    if known is not None or not number.is_number:
        return known is not False
    return evaluated(number) is not nan


def unknown_function(context: Context, node: ast.Name) -> UnknownNameError:
    """Return the error for a call of something that is no function, with what was perhaps meant."""
    near = nearest_functions(node.id, context.functions)
    if isinstance(context.names.get(node.id), Symbol):
        hint = f"write a product as `{node.id}*(...)`"
    elif near:
        hint = f"did you mean {' or '.join(near)}?"
    else:
        hint = "`derive list` names the activations"
    msg = f"`{node.id}` is not a function here; {hint}"
    return UnknownNameError(msg, text=context.source.text, position=context.source.position(node))


def nearest_functions(name: str, functions: Mapping[str, Function]) -> tuple[str, ...]:
    """Return the names of up to three functions that look like `name`."""
    from symbolic_init.catalog import closest

    return closest(name, (*functions, *FUNCTIONS, *CONDITIONS))
