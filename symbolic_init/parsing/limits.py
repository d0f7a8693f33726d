"""How large a text and its expression may be: over a limit is an error, never a hang."""

import math
from typing import NamedTuple

from sympy import Add, Expr, Mul, Pow, exp, log

__all__ = [
    "LIMITS",
    "RECORD_LIMITS",
    "Limits",
    "has_large_log_multiple",
    "log2_size",
    "rational_bits",
    "tree_size",
]

BITS_PER_DIGIT = math.log2(10)


class Limits(NamedTuple):
    """The largest text and expression that are read.

    Attributes:
        length: Characters of the text.
        depth: Brackets, signs and powers inside each other.
        nodes: Nodes of the syntax tree, and of the expression counted as a tree.
        digits: Decimal digits of a number, written or computed.
        exponent: Size of a power of anything but a number.
        order: Size of a number given to a function that grows like a factorial.
    """

    length: int = 10_000
    depth: int = 100
    nodes: int = 4_000
    digits: int = 1_000
    exponent: int = 256
    order: int = 200

    @property
    def bits(self) -> float:
        """Binary digits of the largest number."""
        return self.digits * BITS_PER_DIGIT


LIMITS = Limits()
"""For what a user writes."""

RECORD_LIMITS = Limits(length=1_000_000, depth=180, nodes=200_000, digits=4_000, exponent=10_000)
"""For closed forms that the library printed itself. Python refuses integers of over 4300 digits."""


def rational_bits(expr: Expr) -> float:
    """Return the binary digits of the longest number inside `expr`."""
    sizes = (max(abs(r.p).bit_length(), r.q.bit_length()) for r in expr.atoms() if r.is_Rational)
    return max(sizes, default=1)


def has_large_log_multiple(exponent: Expr, limits: Limits) -> bool:
    """Whether SymPy would write `exp(exponent)` out as a huge power: `exp(10**9*log(2))`."""
    if not exponent.has(log):
        return False
    return any(r.is_Rational and abs(r) > limits.bits for r in exponent.atoms())


def log2_size(expr: Expr) -> float:
    """Return about `|log2|expr||` for a constant, from its structure alone; `inf` over 1e15.

    It is meant to tell `exp(exp(exp(1000)))` without evaluating it.
    """
    size = _log2_size(expr)
    return size if size < 1e15 else math.inf


def _log2_size(expr: Expr) -> float:
    if expr.is_Rational:
        return float(max(abs(expr.p).bit_length(), expr.q.bit_length()))
    sizes = tuple(log2_size(a) for a in expr.args)
    if isinstance(expr, Add):
        return max(sizes) + math.log2(len(sizes))
    if isinstance(expr, Mul):
        return math.fsum(sizes)
    if isinstance(expr, Pow) and not isinstance(expr, exp):
        exponent = expr.exp
        factor = abs(float(exponent)) if exponent.is_Rational and sizes[1] < 64 else _power_of_two(sizes[1])
        return max(1.0, sizes[0] * factor)
    if type(expr).__name__ in _GROWING:
        return _GROWING[type(expr).__name__] * _power_of_two(max(sizes))
    return 10.0 + max(sizes, default=0.0)


_GROWING = {"exp": 2, "sinh": 2, "cosh": 2, "sech": 2, "csch": 2, "erfi": 4, "erfc": 4, "gamma": 64, "Ei": 2}
"""Functions that raise the size of their argument to an exponent, with a factor to be safe."""


def _power_of_two(bits: float) -> float:
    return 2.0**bits if bits < 60 else math.inf


def tree_size(expr: Expr, limit: int) -> int:
    """Return the number of nodes of `expr` as a tree (shared parts count each time), or over `limit`."""
    sizes: dict[Expr, int] = {}
    stack = [expr]
    while stack:
        node = stack[-1]
        missing = [a for a in node.args if a not in sizes]
        if missing:
            stack.extend(missing)
            continue
        stack.pop()
        sizes[node] = min(limit + 1, 1 + sum(sizes[a] for a in node.args))
    return sizes[expr]
