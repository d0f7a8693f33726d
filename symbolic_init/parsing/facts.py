"""Assumptions and settings of parameters, from text such as `a > 0, b < 1, 0 < c < d`."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from sympy import Expr, Integer, Symbol, ceiling, floor, oo

from symbolic_init.assumptions import Assumptions, Interval
from symbolic_init.errors import AssumptionError, ParseError
from symbolic_init.notation import RESERVED
from symbolic_init.parsing.checks import Context
from symbolic_init.parsing.functions import CONSTANTS
from symbolic_init.parsing.limits import LIMITS
from symbolic_init.parsing.reader import value_of
from symbolic_init.parsing.syntax import Source, syntax_tree

__all__ = ["Bound", "Facts", "assumptions_of", "parse_assumptions"]

_EXAMPLE = "write them as a > 0, b < 1, 0 < c < d"
_STRICT = {ast.Lt: True, ast.Gt: True, ast.LtE: False, ast.GtE: False}


class Bound(NamedTuple):
    """What is known of an expression in the parameters: `difference > 0`, or `>= 0`.

    `shown` is how it was written, for messages.
    """

    difference: Expr
    strict: bool
    shown: str


class Facts(NamedTuple):
    """What a text says of parameters.

    Attributes:
        bounds: The comparisons, in plain real symbols.
        settings: Values given by `a = 1/100`, by name.
    """

    bounds: tuple[Bound, ...] = ()
    settings: tuple[tuple[str, Expr], ...] = ()

    @property
    def assumptions(self) -> Assumptions:
        """The intervals of the parameters named, on symbols that know their signs."""
        return assumptions_of(self.bounds)

    @property
    def names(self) -> frozenset[str]:
        """Every parameter named."""
        return frozenset(
            {s.name for b in self.bounds for s in b.difference.free_symbols} | dict(self.settings).keys()
        )

    def join(self, other: "Facts") -> "Facts":
        """Return these facts and the others together, checked against each other.

        Raises:
            AssumptionError: If they contradict each other.
        """
        values: dict[str, Expr] = {}
        for name, value in (*self.settings, *other.settings):
            if values.setdefault(name, value) != value:
                msg = f"{name} is set to {values[name]} and to {value}"
                raise AssumptionError(msg)
        substituted = {Symbol(n, real=True): v for n, v in values.items()}
        bounds = tuple(
            b._replace(difference=b.difference.xreplace(substituted)) for b in (*self.bounds, *other.bounds)
        )
        joined = Facts(bounds, tuple(values.items()))
        assumptions_of(bounds)
        return joined


def parse_assumptions(text: str) -> Facts:
    """Return the facts of a text: comparisons separated by commas, and settings `a = 1/100`.

    Raises:
        ParseError: If a part is no comparison of parameters and numbers.
        AssumptionError: If the facts contradict each other, or cannot be used.

    Examples:
        >>> parse_assumptions("0 < a < 1").assumptions.intervals
        (Interval(symbol=a, lower=0, upper=1, lower_open=True, upper_open=True),)
    """
    bounds: list[Bound] = []
    settings: list[tuple[str, Expr]] = []
    for part in _parts(text):
        source = syntax_tree(part, LIMITS)
        for left, operator, right in _comparisons(source):
            if operator is ast.Eq:
                settings.append(_setting(source, left, right))
            else:
                bounds.append(_bound(source, left, operator, right))
    return Facts(tuple(bounds)).join(Facts((), tuple(settings)))


def _parts(text: str) -> Iterator[str]:
    """The parts of a list, with a single `=` written as `==`."""
    if not isinstance(text, str):
        msg = f"assumptions are text; {_EXAMPLE}"
        raise ParseError(msg)
    start = depth = 0
    for position, character in enumerate(f"{text},"):
        depth += (character == "(") - (character == ")")
        if character in ",;" and (depth <= 0 or position == len(text)):
            part = text[start:position]
            start = position + 1
            if part.strip():
                yield re.sub(r"(?<![<>=!])=(?!=)", "==", part)


def _comparisons(source: Source) -> Iterator[tuple[ast.expr, type[ast.cmpop], ast.expr]]:
    """Each comparison of one part, chains and `and` taken apart."""
    stack: list[ast.expr] = [source.tree]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
            stack.extend(reversed(node.values))
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd):
            stack.extend((node.right, node.left))
        elif isinstance(node, ast.Compare):
            operands = (node.left, *node.comparators)
            for left, operator, right in zip(operands, node.ops, operands[1:], strict=False):
                if type(operator) not in _STRICT and type(operator) is not ast.Eq:
                    msg = "assumptions compare with < <= > >="
                    raise source.error(msg, right)
                yield left, type(operator), right
        else:
            msg = f"assumptions compare parameters with numbers; {_EXAMPLE}"
            raise source.error(msg, node)


def _side(source: Source, node: ast.expr) -> Expr:
    """One side of a comparison: an expression in parameters."""
    names: dict[str, Expr] = {**CONSTANTS, "oo": oo}
    called = {id(n.func) for n in ast.walk(node) if isinstance(n, ast.Call)}
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and id(inner) not in called and inner.id not in names:
            if inner.id in RESERVED:
                msg = f"`{inner.id}` is no parameter; nothing can be assumed of it or set"
                raise source.error(msg, inner)
            names[inner.id] = Symbol(inner.id, real=True)
    return value_of(Context(source, {}, names, LIMITS, infinite=True), node)


def _setting(source: Source, left: ast.expr, right: ast.expr) -> tuple[str, Expr]:
    name, value = _side(source, left), _side(source, right)
    if not name.is_Symbol:
        name, value = value, name
    if not name.is_Symbol or value.free_symbols or value.is_finite is False:
        msg = "a setting gives one parameter a number: a = 1/100"
        raise source.error(msg, left)
    return name.name, value


def _bound(source: Source, left: ast.expr, operator: type[ast.cmpop], right: ast.expr) -> Bound:
    low, high = _side(source, left), _side(source, right)
    if operator in (ast.Gt, ast.GtE):
        low, high = high, low
    return Bound(high - low, _STRICT[operator], source.text.strip().replace("==", "="))


def assumptions_of(bounds: Iterable[Bound], names: Iterable[str] = ()) -> Assumptions:
    """Return the assumptions that some bounds amount to, on symbols that know their signs.

    Args:
        bounds: Comparisons in plain real symbols.
        names: Parameters of which nothing need be known.

    Raises:
        AssumptionError: If the bounds contradict each other.
    """
    bounds = tuple(bounds)
    named = {s.name for b in bounds for s in b.difference.free_symbols}
    ranges = {name: Interval(symbol=Symbol(name, real=True)) for name in sorted({*named, *names})}
    relations = [bound for bound in bounds if not _narrow(ranges, bound)]
    _spread(ranges, relations)
    _check(ranges, bounds)
    symbols = {i.symbol: _signed_symbol(i) for i in ranges.values()}
    known = Assumptions(
        intervals=tuple(replace(i, symbol=symbols[i.symbol]) for i in ranges.values()),
        positive=tuple(dict.fromkeys(b.difference.xreplace(symbols) for b in relations)),
    )
    if known.positive:
        known.sample()
    return known


def _narrow(ranges: dict[str, Interval], bound: Bound) -> bool:
    """Narrow an interval by `c*symbol + d > 0`; False where the bound is of another form."""
    symbols = bound.difference.free_symbols
    if not symbols:
        sign = bound.difference
        if sign.is_negative or (bound.strict and sign.is_zero):
            msg = f"`{bound.shown}` is never true"
            raise AssumptionError(msg)
        return True
    if bound.difference.has(oo, -oo):
        return True
    (symbol, *others) = symbols
    slope = bound.difference.coeff(symbol)
    rest = bound.difference - slope * symbol
    if others or not slope.is_Rational or slope == 0 or rest.free_symbols:
        if not bound.strict:
            msg = f"`{bound.shown}`: between expressions only < and > can be used"
            raise AssumptionError(msg)
        return False
    at = -rest / slope
    if not at.is_Rational:
        outside = _rational_outside(at, below=bool(slope > 0))
        ranges[symbol.name] = _cut(ranges[symbol.name], outside, from_below=bool(slope > 0), is_open=True)
        return False
    ranges[symbol.name] = _cut(ranges[symbol.name], at, from_below=bool(slope > 0), is_open=bound.strict)
    return True


def _rational_outside(at: Expr, *, below: bool) -> Expr:
    """A rational number just below or above an irrational one, for the interval."""
    places = Integer(10) ** 6
    return (floor(at * places) if below else ceiling(at * places)) / places


def _cut(interval: Interval, at: Expr, *, from_below: bool, is_open: bool) -> Interval:
    """The part of an interval above or below a number."""
    low, high = (interval.lower, interval.lower_open), (interval.upper, interval.upper_open)
    if from_below and (at > low[0] or (at == low[0] and is_open)):
        low = (at, is_open)
    if not from_below and (at < high[0] or (at == high[0] and is_open)):
        high = (at, is_open)
    return replace(interval, lower=low[0], upper=high[0], lower_open=low[1], upper_open=high[1])


def _spread(ranges: dict[str, Interval], relations: list[Bound]) -> None:
    """Let `a < b` carry the lower bound of a to b, and the upper bound of b to a."""
    pairs = []
    for relation in relations:
        terms = relation.difference.as_coefficients_dict()
        if sorted(terms.values()) == [-1, 1] and all(t.is_Symbol for t in terms):
            small, large = sorted(terms, key=terms.get)
            pairs.append((small.name, large.name))
    for _ in pairs:
        for small, large in pairs:
            low, high = ranges[small].lower, ranges[large].upper
            if low.is_finite:
                ranges[large] = _cut(ranges[large], low, from_below=True, is_open=True)
            if high.is_finite:
                ranges[small] = _cut(ranges[small], high, from_below=False, is_open=True)


def _check(ranges: Mapping[str, Interval], bounds: tuple[Bound, ...]) -> None:
    for name, i in ranges.items():
        if i.lower > i.upper or (i.lower == i.upper and (i.lower_open or i.upper_open)):
            said = dict.fromkeys(
                b.shown for b in bounds if name in {s.name for s in b.difference.free_symbols}
            )
            msg = f"the assumptions on {name} contradict each other: {', '.join(said)}"
            raise AssumptionError(msg)


def _signed_symbol(interval: Interval) -> Symbol:
    """Return the symbol of an interval with the sign that follows from it."""
    name, low, high = interval.symbol.name, interval.lower, interval.upper
    if low > 0 or (low == 0 and interval.lower_open):
        return Symbol(name, positive=True)
    if high < 0 or (high == 0 and interval.upper_open):
        return Symbol(name, negative=True)
    if low == 0:
        return Symbol(name, nonnegative=True)
    if high == 0:
        return Symbol(name, nonpositive=True)
    return Symbol(name, real=True)
