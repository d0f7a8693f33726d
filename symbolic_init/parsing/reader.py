"""A syntax tree to SymPy, node by node: what is not in the tables here is refused."""

import ast
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import NamedTuple

from sympy import Add, And, Expr, Mul, Not, Or, Piecewise, Pow, Rational, S, Symbol, Tuple, exp
from sympy.logic.boolalg import Boolean

from symbolic_init.errors import ParseError, UnknownNameError
from symbolic_init.parsing.functions import CONDITIONS, FUNCTIONS, RELATIONS, Function
from symbolic_init.parsing.lexical import number
from symbolic_init.parsing.limits import (
    Limits,
    has_large_log_multiple,
    log2_size,
    rational_bits,
    tree_size,
)
from symbolic_init.parsing.syntax import Source

__all__ = ["Reader", "nearest_functions"]

_COMPARISONS: Mapping[type[ast.cmpop], str] = {
    ast.Lt: "Lt",
    ast.LtE: "Le",
    ast.Gt: "Gt",
    ast.GtE: "Ge",
    ast.Eq: "Eq",
    ast.NotEq: "Ne",
}
_BOOLEAN: Mapping[type[ast.AST], Callable[..., Boolean]] = {
    ast.And: And,
    ast.Or: Or,
    ast.BitAnd: And,
    ast.BitOr: Or,
}
_REFUSED: Mapping[type[ast.AST], str] = {
    ast.Attribute: "a point belongs inside a number only",
    ast.Starred: "`*` needs a factor on both sides",
    ast.Tuple: "a comma can only separate the arguments of a function",
    ast.Constant: "only real numbers can be used",
    ast.BinOp: "this operator cannot be used; there are + - * / **",
    ast.UnaryOp: "this sign cannot be used here",
}
_NOT_REAL = "this is not a real number; an activation is real for every real x"


class Reader(NamedTuple):
    """What the names of one text mean, and how large its expression may be."""

    source: Source
    functions: Mapping[str, Function]
    names: Mapping[str, Expr]
    limits: Limits
    infinite: bool

    def value(self, node: ast.expr) -> Expr:
        """Return the expression of a node that stands for a number."""
        method = _VALUES.get(type(node))
        if method is None:
            raise self.source.error(_REFUSED.get(type(node), "this cannot stand in an expression"), node)
        return method(self, node)

    def condition(self, node: ast.expr) -> Boolean:
        """Return the condition of a node that is true or false."""
        method = _CONDITIONS.get(type(node))
        if method is None:
            msg = "a condition is wanted here, such as x < 0; combine conditions as (x > 0) & (x < 1)"
            raise self.source.error(msg, node)
        return method(self, node)


def _number(reader: Reader, node: ast.Constant) -> Expr:
    if isinstance(node.value, bool) or not isinstance(node.value, int | float):
        msg = "True and False are conditions, not numbers" if isinstance(node.value, bool) else _NOT_REAL
        raise reader.source.error(msg, node)
    exact = number(reader.source.segment(node))
    return Rational(exact.numerator, exact.denominator)


def _name(reader: Reader, node: ast.Name) -> Expr:
    return reader.names[node.id]


def _terms(node: ast.expr, sign: int) -> Iterator[tuple[ast.expr, int]]:
    """The terms of a sum, with their signs, from left to right."""
    stack = [(node, sign)]
    while stack:
        part, s = stack.pop()
        if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Add | ast.Sub):
            stack.append((part.right, s if isinstance(part.op, ast.Add) else -s))
            stack.append((part.left, s))
        else:
            yield part, s


def _factors(node: ast.expr) -> Iterator[tuple[ast.expr, int]]:
    """The factors of a product, with exponent 1 or -1, from left to right."""
    stack = [(node, 1)]
    while stack:
        part, e = stack.pop()
        if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mult | ast.Div):
            stack.append((part.right, e if isinstance(part.op, ast.Mult) else -e))
            stack.append((part.left, e))
        else:
            yield part, e


def _sum(reader: Reader, node: ast.BinOp) -> Expr:
    parts = [t if s > 0 else -t for t, s in ((reader.value(p), s) for p, s in _terms(node, 1))]
    return _checked(reader, Add(*parts), node)


def _product(reader: Reader, node: ast.BinOp) -> Expr:
    parts = []
    for part, exponent in _factors(node):
        sign, inner = _unsigned(part)
        factor = reader.value(inner)
        if exponent < 0 and factor == 0:
            msg = "division by zero"
            raise reader.source.error(msg, part)
        parts += [S.NegativeOne] * (sign < 0) + [factor if exponent > 0 else 1 / factor]
    return _checked(reader, Mul(*parts), node)


def _unsigned(node: ast.expr) -> tuple[int, ast.expr]:
    """Sign and rest of a factor with signs in front."""
    sign = 1
    while isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        sign = -sign if isinstance(node.op, ast.USub) else sign
        node = node.operand
    return sign, node


def _power(reader: Reader, node: ast.BinOp) -> Expr:
    base, exponent = reader.value(node.left), reader.value(node.right)
    limits = reader.limits
    if exponent.is_Rational:
        size = abs(exponent)
        if base == 0 and exponent < 0:
            msg = "division by zero"
            raise reader.source.error(msg, node)
        if base.is_Rational and base < 0 and exponent.q != 1:
            msg = f"{_NOT_REAL}; write sign(u)*Abs(u)**p for a power of both signs"
            raise reader.source.error(msg, node)
        if base.free_symbols and size > limits.exponent:
            msg = f"exponents may be at most {limits.exponent}"
            raise reader.source.error(msg, node.right)
        if rational_bits(base) * size > limits.bits and base not in (0, 1, -1):
            msg = f"this power has more than {limits.digits} digits"
            raise reader.source.error(msg, node)
    else:
        _check_size(reader, exponent, node.right)
        if has_large_log_multiple(exponent, limits):
            msg = "this power is too large to be written out"
            raise reader.source.error(msg, node)
    if not exponent.is_Integer:
        _check_size(reader, base, node.left)
    return _checked(reader, _built(reader, Pow, (base, exponent), {}, node), node)


_OPERATORS: Mapping[type[ast.operator], Callable[[Reader, ast.BinOp], Expr]] = {
    ast.Add: _sum,
    ast.Sub: _sum,
    ast.Mult: _product,
    ast.Div: _product,
    ast.Pow: _power,
}


def _binary(reader: Reader, node: ast.BinOp) -> Expr:
    method = _OPERATORS.get(type(node.op))
    if method is None:
        msg = _REFUSED[ast.BinOp]
        if isinstance(node.op, ast.BitAnd | ast.BitOr):
            msg = "`&` and `|` join conditions; put each in brackets: (x > 0) & (x < 1)"
        raise reader.source.error(msg, node.right)
    return method(reader, node)


def _unary(reader: Reader, node: ast.UnaryOp) -> Expr:
    sign, inner = _unsigned(node)
    if inner is node:
        raise reader.source.error(_REFUSED[ast.UnaryOp], node)
    value = reader.value(inner)
    return value if sign > 0 else -value


def _choice(reader: Reader, node: ast.IfExp) -> Expr:
    pairs = ((reader.value(node.body), reader.condition(node.test)), (reader.value(node.orelse), S.true))
    return _checked(reader, _built(reader, Piecewise, pairs, {}, node), node)


def _bare_condition(reader: Reader, node: ast.expr) -> Expr:
    msg = "this is a condition, not a number; write Piecewise((1, x > 0), (0, True))"
    raise reader.source.error(msg, node)


def _call(reader: Reader, node: ast.Call) -> Expr:
    if not isinstance(node.func, ast.Name):
        msg = "only a function can be called by its name; write a product as `*`"
        raise reader.source.error(msg, node.func)
    name = node.func.id
    if name in _SPECIAL:
        _refuse_keywords(reader, node)
        result = _built(reader, _SPECIAL[name](reader, node), (), {}, node)
    elif name in reader.functions:
        arguments = tuple(_argument(reader, a) for a in node.args)
        result = _built(reader, reader.functions[name], arguments, _keywords(reader, node), node)
    elif name in FUNCTIONS:
        _refuse_keywords(reader, node)
        result = _call_head(reader, name, node)
    else:
        raise _unknown_function(reader, node.func)
    if tree_size(result, reader.limits.nodes) > reader.limits.nodes:
        msg = f"the expression has more than {reader.limits.nodes} parts when it is written out"
        raise reader.source.error(msg, node)
    return _checked(reader, result, node)


def _call_head(reader: Reader, name: str, node: ast.Call) -> Expr:
    head = FUNCTIONS[name]
    arguments = tuple(_argument(reader, a) for a in node.args)
    if not head.least <= len(arguments) <= head.most:
        wanted = str(head.least) if head.least == head.most else f"{head.least} to {head.most}"
        if head.most > 99:
            wanted = f"{head.least} or more"
        msg = f"`{name}` takes {wanted} argument{'s' * (wanted != '1')}, not {len(arguments)}"
        raise reader.source.error(msg, node)
    if head.factorial and any(a.is_Rational and abs(a) > reader.limits.order for a in arguments):
        msg = f"`{name}` of a number over {reader.limits.order} is too large"
        raise reader.source.error(msg, node)
    if head.build is exp and has_large_log_multiple(arguments[0], reader.limits):
        msg = "this power is too large to be written out"
        raise reader.source.error(msg, node)
    return _built(reader, head.build, arguments, {}, node)


def _argument(reader: Reader, node: ast.expr) -> Expr:
    if isinstance(node, ast.Tuple):
        return Tuple(*(_argument(reader, item) for item in node.elts))
    value = reader.value(node)
    _check_size(reader, value, node)
    return value


def _keywords(reader: Reader, node: ast.Call) -> dict[str, Expr]:
    keywords = {}
    for item in node.keywords:
        if item.arg is None:
            msg = "`**` needs a base"
            raise reader.source.error(msg, item.value)
        keywords[item.arg] = _argument(reader, item.value)
    return keywords


def _refuse_keywords(reader: Reader, node: ast.Call) -> None:
    if node.keywords:
        msg = f"`{reader.source.segment(node.func)}` takes no named arguments"
        raise reader.source.error(msg, node.keywords[0].value)


def _piecewise(reader: Reader, node: ast.Call) -> Function:
    pairs = []
    for item in node.args:
        if not isinstance(item, ast.Tuple) or len(item.elts) != 2:
            msg = "Piecewise takes pairs: Piecewise((0, x < 0), (x, True))"
            raise reader.source.error(msg, item)
        pairs.append((reader.value(item.elts[0]), reader.condition(item.elts[1])))
    if not pairs:
        msg = "Piecewise takes pairs: Piecewise((0, x < 0), (x, True))"
        raise reader.source.error(msg, node)
    return lambda: Piecewise(*pairs)


def _where(reader: Reader, node: ast.Call) -> Function:
    if len(node.args) != 3:
        msg = "`where` takes a condition and two values: where(x < 0, 0, x)"
        raise reader.source.error(msg, node)
    condition, (first, second) = reader.condition(node.args[0]), map(reader.value, node.args[1:])
    return lambda: Piecewise((first, condition), (second, True))


_SPECIAL: Mapping[str, Callable[[Reader, ast.Call], Function]] = {
    "Piecewise": _piecewise,
    "where": _where,
    **dict.fromkeys(
        (*RELATIONS, *(n for n in CONDITIONS if n not in ("Piecewise", "where"))), _bare_condition
    ),
}


def _built(
    reader: Reader,
    build: Function,
    arguments: tuple[object, ...],
    keywords: Mapping[str, Expr],
    node: ast.expr,
) -> Expr:
    """Apply a head; what it refuses becomes an error that points at the place."""
    try:
        return build(*arguments, **keywords)
    except ParseError as err:
        raise type(err)(err.message, text=reader.source.text, position=reader.source.position(node)) from err
    except (ArithmeticError, TypeError, ValueError, NotImplementedError, RecursionError) as err:
        msg = f"`{reader.source.segment(node)[:60]}` cannot be worked out: {str(err)[:200]}"
        raise reader.source.error(msg, node) from err


def _check_size(reader: Reader, value: Expr, node: ast.expr) -> None:
    """Refuse constants that cannot be compared or evaluated in reasonable time."""
    if not value.args or value.free_symbols or isinstance(value, Tuple):
        return
    if log2_size(value) > reader.limits.bits:
        msg = f"this number has more than {reader.limits.digits} digits"
        raise reader.source.error(msg, node)


def _checked(reader: Reader, value: Expr, node: ast.expr) -> Expr:
    """Refuse results that are not finite real numbers, or too large."""
    if value in (S.NaN, S.ComplexInfinity) or (
        value in (S.Infinity, S.NegativeInfinity) and not reader.infinite
    ):
        msg = "this is undefined or infinite (a division by zero, a pole, or no piece that applies)"
        raise reader.source.error(msg, node)
    if value.is_Rational:
        if rational_bits(value) > reader.limits.bits:
            msg = f"this number has more than {reader.limits.digits} digits"
            raise reader.source.error(msg, node)
    elif not value.free_symbols and value.args and value.is_extended_real is False:
        raise reader.source.error(_NOT_REAL, node)
    return value


def _unknown_function(reader: Reader, node: ast.Name) -> UnknownNameError:
    near = nearest_functions(node.id, reader.functions)
    if isinstance(reader.names.get(node.id), Symbol):
        hint = f"write a product as `{node.id}*(...)`"
    elif near:
        hint = f"did you mean {' or '.join(near)}?"
    else:
        hint = "`derive list` names the activations"
    msg = f"`{node.id}` is not a function here; {hint}"
    return UnknownNameError(msg, text=reader.source.text, position=reader.source.position(node))


def nearest_functions(name: str, functions: Mapping[str, Function]) -> tuple[str, ...]:
    """Return the names of up to three functions that look like `name`."""
    known = dict.fromkeys((*FUNCTIONS, *CONDITIONS, *functions))
    by_lower = {n.lower(): n for n in known}
    close = get_close_matches(name.lower(), tuple(by_lower), n=3, cutoff=0.6)
    return tuple(by_lower[n] for n in close)


def _compare(reader: Reader, node: ast.Compare) -> Boolean:
    operands = (node.left, *node.comparators)
    parts = []
    for left, operator, right in zip(operands, node.ops, operands[1:], strict=False):
        name = _COMPARISONS.get(type(operator))
        if name is None:
            msg = "conditions compare with < <= > >= == !="
            raise reader.source.error(msg, right)
        sides = (_argument(reader, left), _argument(reader, right))
        parts.append(_built(reader, RELATIONS[name], sides, {}, node))
    return And(*parts) if len(parts) > 1 else parts[0]


def _join(reader: Reader, node: ast.BoolOp) -> Boolean:
    return _BOOLEAN[type(node.op)](*(reader.condition(v) for v in node.values))


def _join_bits(reader: Reader, node: ast.BinOp) -> Boolean:
    build = _BOOLEAN.get(type(node.op))
    if build is None:
        msg = "a condition is wanted here, such as x < 0"
        raise reader.source.error(msg, node)
    parts, rest = [], node
    while isinstance(rest, ast.BinOp) and type(rest.op) is type(node.op):
        parts.append(reader.condition(rest.right))
        rest = rest.left  # type: ignore[assignment]  # the last one is any expression
    return build(reader.condition(rest), *reversed(parts))


def _negate(reader: Reader, node: ast.UnaryOp) -> Boolean:
    if not isinstance(node.op, ast.Not | ast.Invert):
        msg = "a condition is wanted here, such as x < 0"
        raise reader.source.error(msg, node)
    return Not(reader.condition(node.operand))


def _truth(reader: Reader, node: ast.Constant) -> Boolean:
    if not isinstance(node.value, bool):
        msg = "a condition is wanted here, such as x < 0 or True"
        raise reader.source.error(msg, node)
    return S.true if node.value else S.false


def _condition_call(reader: Reader, node: ast.Call) -> Boolean:
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    _refuse_keywords(reader, node)
    if name in RELATIONS and len(node.args) == 2:
        sides = tuple(_argument(reader, a) for a in node.args)
        return _built(reader, RELATIONS[name], sides, {}, node)
    logic = {"And": And, "Or": Or, "Not": Not}.get(name)
    if logic is None or (name == "Not" and len(node.args) != 1):
        msg = "a condition is wanted here, such as x < 0"
        raise reader.source.error(msg, node)
    return logic(*(reader.condition(a) for a in node.args))


_VALUES: Mapping[type[ast.AST], Callable[..., Expr]] = {
    ast.Constant: _number,
    ast.Name: _name,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.IfExp: _choice,
    ast.Call: _call,
    ast.Compare: _bare_condition,
    ast.BoolOp: _bare_condition,
}
_CONDITIONS: Mapping[type[ast.AST], Callable[..., Boolean]] = {
    ast.Compare: _compare,
    ast.BoolOp: _join,
    ast.BinOp: _join_bits,
    ast.UnaryOp: _negate,
    ast.Constant: _truth,
    ast.Call: _condition_call,
}
