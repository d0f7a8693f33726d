"""How large a text and its expression may be: over a limit is an error, never a hang."""

import math
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from sympy import Add, Expr, Mul, Pow, exp, log

__all__ = [
    "BITS_PER_DIGIT",
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
        magnitude: The same of a constant such as `exp(1000)`, whose digits are not written out.
        exponent: Size of a power of anything but a number.
        order: Size of a number given to a function that grows like a factorial.
    """

    length: int = 10_000
    depth: int = 100
    nodes: int = 4_000
    digits: int = 1_000
    magnitude: int = 1_000
    exponent: int = 256
    order: int = 200

    @property
    def bits(self) -> float:
        """Binary digits of the largest number."""
        return self.digits * BITS_PER_DIGIT


LIMITS = Limits()
"""For what a user writes."""

RECORD_LIMITS = Limits(
    length=1_000_000, depth=180, nodes=200_000, digits=4_000, magnitude=10**9, exponent=10_000
)
"""For closed forms that the library printed itself. Python refuses integers of over 4300 digits."""


def rational_bits(expr: Expr) -> float:
    """Return the binary digits of the longest number inside `expr`."""
    sizes = (max(abs(r.p).bit_length(), r.q.bit_length()) for r in expr.atoms() if r.is_Rational)
    return max(sizes, default=1)


def has_large_log_multiple(exponent: Expr, limits: Limits) -> bool:
    """Whether SymPy would write `exp(exponent)` out as a huge power: `exp(10**9*log(2))`."""
    if not exponent.has(log):
        return False
    return any(r.is_Rational and abs(r) > limits.bits for r in _outside_logarithms(exponent))


def _outside_logarithms(expr: Expr) -> Iterator[Expr]:
    """The atoms of an expression that stand in no logarithm."""
    stack = [expr]
    while stack:
        node = stack.pop()
        if not node.args:
            yield node
        elif not isinstance(node, log):
            stack.extend(node.args)


def log2_size(expr: Expr) -> float:
    """Return about how large `|log2|expr||` can be for a constant, from its structure alone.

    It is meant to tell `exp(exp(exp(1000)))` without evaluating it; cancellation is not seen.
    """
    return max(map(abs, _log2_range(expr)))


def _log2_range(expr: Expr) -> tuple[float, float]:
    """About the least and the largest `log2|expr|` that the structure allows."""
    if expr.is_Rational:
        estimate = abs(expr.p).bit_length() - expr.q.bit_length()
        return (estimate - 1.0, estimate + 1.0) if expr.p else (0.0, 0.0)
    if not expr.args:
        return -2.0, 2.0
    if expr.free_symbols != set().union(*(a.free_symbols for a in expr.args)):
        return -_MODERATE, _MODERATE  # a mean or a zero: what it binds has no size
    ranges = tuple(_log2_range(a) for a in expr.args)
    if isinstance(expr, Add):
        return min(low for low, _ in ranges), max(high for _, high in ranges) + math.log2(len(ranges))
    if isinstance(expr, Mul):
        return sum(low for low, _ in ranges), sum(high for _, high in ranges)
    if isinstance(expr, Pow) and not isinstance(expr, exp):
        return _range_of_power(expr.exp, *ranges)
    largest = max(high for _, high in ranges)
    head = type(expr).__name__
    if head == "log":
        return -10.0, math.log2(max(1.0, *map(abs, ranges[0])))
    if head == "exp":
        value = _float(expr.args[0]) if largest < _ROUNDED else None
        if value is not None:
            return value / math.log(2) - 1.0, value / math.log(2) + 1.0
        size = _raised(largest)
        sign = _sign(expr.args[0])
        return (0.0 if sign > 0 else -size), (0.0 if sign < 0 else size)
    degree = _GROWING.get(head)
    if degree is not None:
        size = _raised(degree * largest)
        return -size, size
    if head in _BOUNDED:
        return -10.0, 1.0
    return -10.0, max(0.0, largest) + (0.0 if head in _NOT_LARGER else 10.0)


_BOUNDED = frozenset({"tanh", "erf", "sin", "cos", "atan", "acot", "sign", "Heaviside", "Si", "erfc"})
_NOT_LARGER = frozenset({"Abs", "Max", "Min", "asinh", "LambertW"})
_MODERATE = 40.0
_ROUNDED = 40.0
"""Binary digits of an exponent up to which rounding in double precision makes no difference to a size."""

_GROWING = {"sinh": 1, "cosh": 1, "sech": 1, "csch": 1, "Ei": 1, "erfi": 2, "gamma": 1.2}
"""Functions that grow or vanish like `exp(u**degree)`."""


def _float(expr: Expr) -> float | None:
    """A constant in double precision, if it is put together from what floats have."""
    try:
        if expr.is_number and not expr.args:
            return float(expr)
        values = [_float(a) for a in expr.args]
        known = [v for v in values if v is not None]
        function = _FLOATS.get(type(expr).__name__)
        found = math.nan if function is None or len(known) < len(values) else float(function(*known))
    except (ArithmeticError, TypeError, ValueError):
        return None
    return found if math.isfinite(found) else None


_FLOATS: Mapping[str, Callable[..., float]] = MappingProxyType(
    {
        name: getattr(math, name)
        for name in ("exp", "log", "sin", "cos", "tanh", "sinh", "cosh", "atan", "erf")
    }
    | {"asinh": math.asinh, "Abs": abs, "Max": max, "Min": min, "Pow": pow}
    | {"Add": lambda *terms: math.fsum(terms), "Mul": lambda *factors: math.prod(factors)}
)


def _sign(expr: Expr) -> int:
    """The sign of a constant where its structure shows it, else 0."""
    if not expr.args:
        return int(bool(expr.is_positive)) - int(bool(expr.is_negative))
    if isinstance(expr, exp):
        return 1
    signs = {_sign(a) for a in expr.args}
    if isinstance(expr, Mul):
        return math.prod(_sign(a) for a in expr.args)
    if isinstance(expr, Add):
        return signs.pop() if len(signs) == 1 else 0
    if isinstance(expr, Pow):
        is_even = expr.exp.is_Integer and expr.exp.is_even
        return 1 if _sign(expr.base) > 0 or is_even else 0
    return 0


def _range_of_power(
    exponent: Expr, base: tuple[float, float], power: tuple[float, float]
) -> tuple[float, float]:
    if exponent.is_Rational:
        ends = sorted(float(exponent) * end if abs(end) < math.inf else end for end in base)
        return ends[0], ends[1]
    size = max(map(abs, base)) * _raised(power[1])
    return -size, size


def _raised(high: float) -> float:
    """`log2(exp(u))` for `log2(u) = high`; infinite where that is more than we count with."""
    return 1.5 * 2.0**high if high < 50 else math.inf


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
