"""The public reader: text to an expression in x, with real parameters."""

import ast
from collections.abc import Mapping
from types import MappingProxyType

from sympy import Abs, Expr, I, Pow, Symbol, nan, zoo

from symbolic_init import notation
from symbolic_init.errors import ParseError, UnknownNameError
from symbolic_init.parsing.checks import Context, nearest_functions
from symbolic_init.parsing.functions import CONDITIONS, CONSTANTS, FUNCTIONS, RELATIONS, SYMBOLS_TOO, Function
from symbolic_init.parsing.limits import LIMITS, Limits, rational_bits, tree_size
from symbolic_init.parsing.reader import value_of
from symbolic_init.parsing.syntax import Source, syntax_tree

__all__ = ["parse", "too_large"]

_NONE: Mapping[str, Function] = MappingProxyType({})
_NO_NAMES: Mapping[str, Expr] = MappingProxyType({})

_MEANINGS = {
    "N": "the fan-in",
    "g": "the activation itself",
    "q": "the variance of a pre-activation",
    "rho": "a correlation",
    "sigma_b2": "the variance of a bias",
    "sigma_w2": "the fan-in times the variance of a weight",
    "v2": "the variance of a weight",
    "z": "a standard normal variable",
}


def parse(
    text: str,
    *,
    functions: Mapping[str, Function] = _NONE,
    symbols: Mapping[str, Expr] = _NO_NAMES,
    unknowns: bool = True,
    limits: Limits = LIMITS,
) -> Expr:
    """Return the SymPy expression that a text denotes; nothing in it is executed.

    The variable is `x`; where there is no `x`, the only unknown name inside an expression. Other
    unknown names are real parameters. Decimals become the rational numbers they denote.

    Args:
        text: What a user would write, or what SymPy prints.
        functions: Functions by name, besides those of the grammar; they win over those.
        symbols: What further names stand for: symbols, or any expressions.
        unknowns: Whether names that are not in `symbols` may occur.
        limits: How large the text and the expression may be.

    Raises:
        UnknownNameError: If a bare word, a function, or (without `unknowns`) a name is not known.
        ParseError: If the text is not such an expression; the message points at the place.

    Examples:
        >>> parse("Max(0, u) + 0.5")
        Max(0, x) + 1/2
    """
    source = syntax_tree(text, limits)
    names = _meanings(source, functions, symbols, unknowns=unknowns)
    infinite = any(s.is_infinite for s in symbols.values())
    try:
        result = value_of(Context(source, functions, names, limits, infinite), source.tree)
    except RecursionError:
        msg = "the expression is nested too deeply"
        raise ParseError(msg) from None
    result = _with_evaluated_moduli(result)
    fault = too_large(result, limits) or _not_finite(result)
    if fault:
        raise source.error(fault, source.tree)
    return result


def _meanings(
    source: Source, functions: Mapping[str, Function], symbols: Mapping[str, Expr], *, unknowns: bool
) -> Mapping[str, Expr]:
    """What each bare name of the text stands for."""
    called = {id(n.func) for n in ast.walk(source.tree) if isinstance(n, ast.Call)}
    found = [n for n in ast.walk(source.tree) if isinstance(n, ast.Name) and id(n) not in called]
    known = {"x": notation.x, **CONSTANTS, **symbols}
    new: dict[str, ast.Name] = {}
    for node in sorted(found, key=source.position):
        if node.id not in known and node.id not in new:
            if not (node.id == "z" and unknowns):
                _check_new_name(source, node, functions)
            new[node.id] = node
    if not new:
        return known
    if not unknowns or isinstance(source.tree, ast.Name):
        raise _unknown_name(source, next(iter(new.values())), functions)
    if all(n.id != "x" for n in found) and "x" not in symbols:
        variable = _only(source, new)
        return {**known, variable: notation.x}
    for node in new.values():
        _check_reserved(source, node)
    return {**known, **{name: Symbol(name, real=True) for name in new}}


def _check_new_name(source: Source, node: ast.Name, functions: Mapping[str, Function]) -> None:
    _check_reserved(source, node)
    is_function = (
        node.id in FUNCTIONS or node.id in functions or node.id in CONDITIONS or node.id in RELATIONS
    )
    if is_function and node.id not in SYMBOLS_TOO and not isinstance(source.tree, ast.Name):
        msg = f"`{node.id}` is a function; write `{node.id}(x)`"
        raise source.error(msg, node)


_INFINITE = frozenset({"oo", "zoo", "nan", "NaN", "inf", "infinity", "Infinity"})
"""Names that other programs give to what is no number."""


def _check_reserved(source: Source, node: ast.Name) -> None:
    if node.id == "I":
        msg = "`I` is the imaginary unit; an activation is real for every real x"
        raise source.error(msg, node)
    if node.id in _INFINITE:
        msg = f"`{node.id}` is no finite number; an activation is finite for every real x"
        raise source.error(msg, node)
    if len(node.id) > notation.LONGEST_NAME:
        msg = f"a name has at most {notation.LONGEST_NAME} characters, and this one {len(node.id)}"
        raise source.error(msg, node)
    if node.id in notation.RESERVED:
        meaning = _MEANINGS.get(node.id, "part of the notation")
        msg = f"`{node.id}` stands for {meaning}; the variable is x, and a parameter needs another name"
        raise source.error(msg, node)


def _unknown_name(source: Source, node: ast.Name, functions: Mapping[str, Function]) -> UnknownNameError:
    near = nearest_functions(node.id, functions)
    hint = f"did you mean {' or '.join(near)}?" if near else "`derive list` names the activations"
    msg = f"`{node.id}` is not known here; {hint}"
    return UnknownNameError(msg, text=source.text, position=source.position(node))


def _only(source: Source, new: Mapping[str, ast.Name]) -> str:
    first, *others = new
    if others:
        msg = (
            f"which of {', '.join(new)} is the variable? Write x for it; "
            f"the other names are then parameters, as in `{others[-1]}*x`"
        )
        raise source.error(msg, new[others[0]])
    return first


def _with_evaluated_moduli(expr: Expr) -> Expr:
    """Write `Abs(Abs(u))` and `Abs(1/u)` as SymPy does: it leaves them where it takes products apart."""
    moduli = ((node, Abs(*node.args)) for node in expr.atoms(Abs))
    left = {node: evaluated for node, evaluated in moduli if node != evaluated}
    return expr.xreplace(left) if left else expr


def _not_finite(result: Expr) -> str:
    return "the expression is not real and finite" if result.has(I, nan, zoo) else ""


def too_large(expr: Expr, limits: Limits = LIMITS) -> str:
    """Return what about an expression is over the limits, or the empty string."""
    if tree_size(expr, limits.nodes) > limits.nodes:
        return f"the expression has more than {limits.nodes} parts when it is written out"
    if rational_bits(expr) > limits.bits:
        return f"the expression has a number of more than {limits.digits} digits"
    powers = (p for p in expr.atoms(Pow) if p.exp.is_Rational and p.base.free_symbols)
    if any(abs(p.exp) > limits.exponent for p in powers):
        return f"exponents may be at most {limits.exponent}"
    return ""
