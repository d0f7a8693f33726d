"""Text to a Python syntax tree of bounded depth and size. The tree is only looked at, never compiled."""

import ast
import re

from symbolic_init.errors import ParseError
from symbolic_init.parsing.lexical import checked
from symbolic_init.parsing.limits import Limits

__all__ = ["Source", "syntax_tree"]

_SUMS = (ast.Add, ast.Sub)
_PRODUCTS = (ast.Mult, ast.Div)
_ENDS_EARLY = re.compile(r"(?:[-+*/,<>=!&|~]|\b(?:and|or|not|if|else))\s*$")
_CHAINS = (_SUMS, _PRODUCTS, (ast.BitAnd,), (ast.BitOr,))


class Source:
    """A text as it was given, and its syntax tree; it makes the errors that point into the text."""

    __slots__ = ("_start", "text", "tree")

    def __init__(self, text: str, tree: ast.expr, start: int) -> None:
        self.text = text
        self.tree = tree
        self._start = start

    def position(self, node: ast.AST) -> int:
        """Column of a node in the text."""
        return self._start + int(getattr(node, "col_offset", 0))

    def segment(self, node: ast.expr) -> str:
        """The characters that a node was read from."""
        end = node.end_col_offset
        return self.text[self.position(node) : None if end is None else self._start + end]

    def error(self, message: str, node: ast.AST) -> ParseError:
        """An error that points at a node."""
        return ParseError(message, text=self.text, position=self.position(node))


def syntax_tree(text: str, limits: Limits) -> Source:
    """Return the syntax tree of `text`, within the limits.

    Raises:
        ParseError: If the text is no expression of Python, or too large.
    """
    blank = checked(text, limits)
    stripped = blank.lstrip()
    start = len(blank) - len(stripped)
    try:
        tree = ast.parse(stripped.rstrip(), mode="eval").body
    except SyntaxError as err:
        end = len(blank.rstrip()) - 1
        position = end if _ENDS_EARLY.search(blank) else min(start + max(0, (err.offset or 1) - 1), end)
        raise ParseError(_what_is_wrong(blank, position), text=text, position=position) from None
    except (RecursionError, MemoryError, ValueError):
        msg = "the expression is nested too deeply"
        raise ParseError(msg) from None
    source = Source(text, tree, start)
    _check_size(source, limits)
    return source


def _what_is_wrong(text: str, position: int) -> str:
    around = text[:position].rstrip()[-1:] + text[position:][:2]
    if "=" in around and not any(two in around for two in ("==", "<=", ">=", "!=")):
        return "`=` has no meaning here; compare with `==`, and set a parameter with a setting `a=1/100`"
    if _ENDS_EARLY.search(text):
        return "the expression ends too early: something must follow here"
    return "this cannot be read as an expression"


def _check_size(source: Source, limits: Limits) -> None:
    """Count nodes and depth without recursion; long sums and products count as one level."""
    stack: list[tuple[ast.AST, int]] = [(source.tree, 1)]
    count = 0
    while stack:
        node, depth = stack.pop()
        count += 1
        if count > limits.nodes:
            msg = f"the expression has more than {limits.nodes} parts"
            raise ParseError(msg)
        if depth > limits.depth:
            msg = f"the expression is nested more than {limits.depth} deep"
            raise source.error(msg, node)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                stack.append((child, depth if _same_chain(node, child) else depth + 1))
            elif isinstance(child, ast.keyword):
                stack.append((child.value, depth + 1))


def _same_chain(parent: ast.AST, child: ast.AST) -> bool:
    if not (isinstance(parent, ast.BinOp) and isinstance(child, ast.BinOp) and parent.left is child):
        return False
    return any(isinstance(parent.op, ops) and isinstance(child.op, ops) for ops in _CHAINS)
