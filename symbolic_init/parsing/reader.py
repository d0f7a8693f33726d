"""A syntax tree to SymPy, node by node: what is not in the tables here is refused."""

import ast
from collections.abc import Callable, Iterator, Mapping

from sympy import Add, And, Expr, Mul, Not, Or, Pow, Rational, S, Tuple, exp
from sympy.logic.boolalg import Boolean

from symbolic_init.notation import x
from symbolic_init.parsing.checks import NOT_REAL, Context, built, check_size, checked, unknown_function
from symbolic_init.parsing.functions import CONDITIONS, FUNCTIONS, RELATIONS, Function, piecewise
from symbolic_init.parsing.lexical import number
from symbolic_init.parsing.limits import has_large_log_multiple, rational_bits, tree_size

__all__ = ["condition_of", "value_of"]

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


def value_of(context: Context, node: ast.expr) -> Expr:
    """Return the expression of a node that stands for a number.

    Raises:
        ParseError: If the node, or one inside it, is none of the grammar.
    """
    method = _VALUES.get(type(node))
    if method is None:
        raise context.source.error(_REFUSED.get(type(node), "this cannot stand in an expression"), node)
    return method(context, node)


def condition_of(context: Context, node: ast.expr) -> Boolean:
    """Return the condition of a node that is true or false.

    Raises:
        ParseError: If the node, or one inside it, is none of the grammar.
    """
    method = _CONDITIONS.get(type(node))
    if method is None:
        msg = "a condition is wanted here, such as x < 0; combine conditions as (x > 0) & (x < 1)"
        raise context.source.error(msg, node)
    return method(context, node)


def _number(context: Context, node: ast.Constant) -> Expr:
    if isinstance(node.value, bool) or not isinstance(node.value, int | float):
        msg = "True and False are conditions, not numbers" if isinstance(node.value, bool) else NOT_REAL
        raise context.source.error(msg, node)
    exact = number(context.source.segment(node))
    return Rational(exact.numerator, exact.denominator)


def _name(context: Context, node: ast.Name) -> Expr:
    return context.names[node.id]


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


def _sum(context: Context, node: ast.BinOp) -> Expr:
    parts = [t if s > 0 else -t for t, s in ((value_of(context, p), s) for p, s in _terms(node, 1))]
    return checked(context, Add(*parts), node)


def _product(context: Context, node: ast.BinOp) -> Expr:
    parts = []
    for part, exponent in _factors(node):
        sign, inner = _unsigned(part)
        factor = value_of(context, inner)
        if exponent < 0 and factor == 0:
            msg = "division by zero"
            raise context.source.error(msg, part)
        parts += [S.NegativeOne] * (sign < 0) + [factor if exponent > 0 else 1 / factor]
    return checked(context, Mul(*parts), node)


def _unsigned(node: ast.expr) -> tuple[int, ast.expr]:
    """Sign and rest of a factor with signs in front."""
    sign = 1
    while isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        sign = -sign if isinstance(node.op, ast.USub) else sign
        node = node.operand
    return sign, node


def _power(context: Context, node: ast.BinOp) -> Expr:
    base, exponent = value_of(context, node.left), value_of(context, node.right)
    limits = context.limits
    if exponent.is_Rational:
        size = abs(exponent)
        if base == 0 and exponent < 0:
            msg = "division by zero"
            raise context.source.error(msg, node)
        if base.is_Rational and base < 0 and exponent.q != 1:
            msg = f"{NOT_REAL}; write sign(u)*Abs(u)**p for a power of both signs"
            raise context.source.error(msg, node)
        if base.free_symbols and size > limits.exponent:
            msg = f"exponents may be at most {limits.exponent}"
            raise context.source.error(msg, node.right)
        if rational_bits(base) * size > limits.bits and base not in (0, 1, -1):
            msg = f"this power has more than {limits.digits} digits"
            raise context.source.error(msg, node)
    else:
        check_size(context, exponent, node.right)
        if base.is_zero and x in exponent.free_symbols:
            raise context.source.error("0 has no power with a variable exponent on the whole line", node)
        if base.is_extended_negative and exponent.free_symbols:
            raise context.source.error(f"{NOT_REAL}; the base of this power is negative", node)
        if has_large_log_multiple(exponent, limits):
            msg = "this power is too large to be written out"
            raise context.source.error(msg, node)
    if not exponent.is_Integer:
        check_size(context, base, node.left)
    return checked(context, built(context, Pow, (base, exponent), {}, node), node)


_OPERATORS: Mapping[type[ast.operator], Callable[[Context, ast.BinOp], Expr]] = {
    ast.Add: _sum,
    ast.Sub: _sum,
    ast.Mult: _product,
    ast.Div: _product,
    ast.Pow: _power,
}


def _binary(context: Context, node: ast.BinOp) -> Expr:
    method = _OPERATORS.get(type(node.op))
    if method is None:
        msg = _REFUSED[ast.BinOp]
        if isinstance(node.op, ast.BitAnd | ast.BitOr):
            msg = "`&` and `|` join conditions; put each in brackets: (x > 0) & (x < 1)"
        raise context.source.error(msg, node.right)
    return method(context, node)


def _unary(context: Context, node: ast.UnaryOp) -> Expr:
    sign, inner = _unsigned(node)
    if inner is node:
        raise context.source.error(_REFUSED[ast.UnaryOp], node)
    value = value_of(context, inner)
    return value if sign > 0 else -value


def _choice(context: Context, node: ast.IfExp) -> Expr:
    pairs = (
        (value_of(context, node.body), condition_of(context, node.test)),
        (value_of(context, node.orelse), S.true),
    )
    return checked(context, built(context, piecewise, pairs, {}, node), node)


def _bare_condition(context: Context, node: ast.expr) -> Expr:
    msg = "this is a condition, not a number; write Piecewise((1, x > 0), (0, True))"
    raise context.source.error(msg, node)


def _call(context: Context, node: ast.Call) -> Expr:
    if not isinstance(node.func, ast.Name):
        msg = "only a function can be called by its name; write a product as `*`"
        raise context.source.error(msg, node.func)
    name = node.func.id
    if name in _SPECIAL:
        _refuse_keywords(context, node)
        result = built(context, _SPECIAL[name](context, node), (), {}, node)
    elif name in context.functions:
        arguments = tuple(_argument(context, a) for a in node.args)
        result = built(context, context.functions[name], arguments, _keywords(context, node), node)
    elif name in FUNCTIONS:
        _refuse_keywords(context, node)
        result = _call_head(context, name, node)
    else:
        raise unknown_function(context, node.func)
    if tree_size(result, context.limits.nodes) > context.limits.nodes:
        msg = f"the expression has more than {context.limits.nodes} parts when it is written out"
        raise context.source.error(msg, node)
    return checked(context, result, node)


def _call_head(context: Context, name: str, node: ast.Call) -> Expr:
    head = FUNCTIONS[name]
    arguments = tuple(_value(context, a) for a in node.args)
    if not head.least <= len(arguments) <= head.most:
        wanted = str(head.least) if head.least == head.most else f"{head.least} to {head.most}"
        if head.most > 99:
            wanted = f"{head.least} or more"
        msg = f"`{name}` takes {wanted} argument{'s' * (wanted != '1')}, not {len(arguments)}"
        raise context.source.error(msg, node)
    if head.factorial and any(a.is_Rational and abs(a) > context.limits.order for a in arguments):
        msg = f"`{name}` of a number over {context.limits.order} is too large"
        raise context.source.error(msg, node)
    if head.build is exp and has_large_log_multiple(arguments[0], context.limits):
        msg = "this power is too large to be written out"
        raise context.source.error(msg, node)
    return built(context, head.build, arguments, {}, node)


def _argument(context: Context, node: ast.expr) -> Expr:
    """What a function of a record takes, which may be several values in brackets."""
    if isinstance(node, ast.Tuple):
        return Tuple(*(_argument(context, item) for item in node.elts))
    return _value(context, node)


def _value(context: Context, node: ast.expr) -> Expr:
    value = value_of(context, node)
    check_size(context, value, node)
    return value


def _keywords(context: Context, node: ast.Call) -> dict[str, Expr]:
    keywords = {}
    for item in node.keywords:
        if item.arg is None:
            msg = "`**` needs a base"
            raise context.source.error(msg, item.value)
        keywords[item.arg] = _argument(context, item.value)
    return keywords


def _refuse_keywords(context: Context, node: ast.Call) -> None:
    if node.keywords:
        msg = f"`{context.source.segment(node.func)}` takes no named arguments"
        raise context.source.error(msg, node.keywords[0].value)


def _piecewise(context: Context, node: ast.Call) -> Function:
    pairs = []
    for item in node.args:
        if not isinstance(item, ast.Tuple) or len(item.elts) != 2:
            msg = "Piecewise takes pairs: Piecewise((0, x < 0), (x, True))"
            raise context.source.error(msg, item)
        pairs.append((value_of(context, item.elts[0]), condition_of(context, item.elts[1])))
    if not pairs:
        msg = "Piecewise takes pairs: Piecewise((0, x < 0), (x, True))"
        raise context.source.error(msg, node)
    return lambda: piecewise(*pairs)


def _where(context: Context, node: ast.Call) -> Function:
    if len(node.args) != 3:
        msg = "`where` takes a condition and two values: where(x < 0, 0, x)"
        raise context.source.error(msg, node)
    condition, (first, second) = (
        condition_of(context, node.args[0]),
        (value_of(context, a) for a in node.args[1:]),
    )
    return lambda: piecewise((first, condition), (second, S.true))


_SPECIAL: Mapping[str, Callable[[Context, ast.Call], Function]] = {
    "Piecewise": _piecewise,
    "where": _where,
    **dict.fromkeys(
        (*RELATIONS, *(n for n in CONDITIONS if n not in ("Piecewise", "where"))), _bare_condition
    ),
}


def _compare(context: Context, node: ast.Compare) -> Boolean:
    operands = (node.left, *node.comparators)
    parts = []
    for left, operator, right in zip(operands, node.ops, operands[1:], strict=False):
        name = _COMPARISONS.get(type(operator))
        if name is None:
            msg = "conditions compare with < <= > >= == !="
            raise context.source.error(msg, right)
        sides = (_argument(context, left), _argument(context, right))
        parts.append(built(context, RELATIONS[name], sides, {}, node))
    return And(*parts) if len(parts) > 1 else parts[0]


def _join(context: Context, node: ast.BoolOp) -> Boolean:
    return _BOOLEAN[type(node.op)](*(condition_of(context, v) for v in node.values))


def _join_bits(context: Context, node: ast.BinOp) -> Boolean:
    build = _BOOLEAN.get(type(node.op))
    if build is None:
        msg = "a condition is wanted here, such as x < 0"
        raise context.source.error(msg, node)
    parts, rest = [], node
    while isinstance(rest, ast.BinOp) and type(rest.op) is type(node.op):
        parts.append(condition_of(context, rest.right))
        rest = rest.left  # type: ignore[assignment]  # the last one is any expression
    return build(condition_of(context, rest), *reversed(parts))


def _negate(context: Context, node: ast.UnaryOp) -> Boolean:
    if not isinstance(node.op, ast.Not | ast.Invert):
        msg = "a condition is wanted here, such as x < 0"
        raise context.source.error(msg, node)
    return Not(condition_of(context, node.operand))


def _truth(context: Context, node: ast.Constant) -> Boolean:
    if not isinstance(node.value, bool):
        msg = "a condition is wanted here, such as x < 0 or True"
        raise context.source.error(msg, node)
    return S.true if node.value else S.false


def _condition_call(context: Context, node: ast.Call) -> Boolean:
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    _refuse_keywords(context, node)
    if name in RELATIONS and len(node.args) == 2:
        sides = tuple(_argument(context, a) for a in node.args)
        return built(context, RELATIONS[name], sides, {}, node)
    logic = {"And": And, "Or": Or, "Not": Not}.get(name)
    if logic is None or (name == "Not" and len(node.args) != 1):
        msg = "a condition is wanted here, such as x < 0"
        raise context.source.error(msg, node)
    return logic(*(condition_of(context, a) for a in node.args))


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
