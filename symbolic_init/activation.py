"""An activation: an expression in x, its parameters, and where it comes from."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, TypeAlias, final

from sympy import (
    Expr,
    FunctionClass,
    I,
    Max,
    Min,
    Piecewise,
    Symbol,
    nan,
    oo,
    preorder_traversal,
    zoo,
)

from symbolic_init import catalog, notation
from symbolic_init.assumptions import NOTHING_KNOWN, Assumptions, Interval
from symbolic_init.callables import PythonFunction, python_function, sampled
from symbolic_init.catalog import Entry
from symbolic_init.errors import AssumptionError, DomainError, ParseError, UnsupportedError
from symbolic_init.parsing import (
    FUNCTIONS,
    Bound,
    Facts,
    Function,
    adopted,
    assumptions_of,
    parse,
    parse_assumptions,
)
from symbolic_init.parsing.pieces import completed

__all__ = ["Activation", "PythonCall", "Source", "activation", "integrand"]

PythonCall: TypeAlias = Callable[[Any], Any]
"""A Python function of one number: a float, or an mpmath number if it can."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Activation:
    """One activation, ready to be analyzed.

    Attributes:
        title: The text or the catalog name that was asked for.
        expression: Real expression in the inputs and the parameters.
        assumptions: The parameters and what is known of them.
        reference: Key in `references.REFERENCES`, or the empty string.
        inputs: `notation.x`, and for a gated unit its further, independent inputs.
    """

    title: str
    expression: Expr
    assumptions: Assumptions = NOTHING_KNOWN
    reference: str = ""
    inputs: tuple[Symbol, ...] = (notation.x,)


Source: TypeAlias = Expr | str | Activation | PythonCall
"""What an activation may be given as."""


def activation(
    source: Source,
    *,
    assume: str = "",
    settings: Mapping[str, Any] | None = None,
    constants: bool = False,
    inputs: Sequence[str] = (),
    breakpoints: Sequence[Any] | None = None,
) -> Activation:
    """Return the activation that a catalog name, a text, a SymPy expression or a Python function stands for.

    The variable is `x`, or the only symbol where there is no `x`; the others are real parameters.
    A decimal or a float is the rational number of its shortest decimal.

    Args:
        source: `"gelu"`, `"leaky_relu(x, a)"`, `"tanh(x)"`, a SymPy expression, or a Python function of
            one number, of which everything is estimated.
        assume: What is known of the parameters: `"a > 0, b < 1, 0 < c < d"`.
        settings: Values of parameters: numbers, or text such as `"1/100"`.
        constants: Also take what does not depend on `x`.
        inputs: Names of the inputs where there are several: `("x", "y")` for `x*silu(y)`. A catalog
            entry knows its own.
        breakpoints: Where a Python function, or its slope, jumps; `None`: they are looked for.

    Raises:
        UnknownNameError: If a name means nothing here; the message says what looks like it.
        ParseError: If the text cannot be read, or does not depend on `x`.
        AssumptionError: If what is assumed is contradictory, or of parameters that do not occur.
        DomainError: If the expression is not real, or has no value somewhere on the line.
        UnsupportedError: If a SymPy expression is built of functions that are not known here.

    Examples:
        >>> activation("leaky_relu(x, a)", assume="a > 0").expression
        Piecewise((a*x, x < 0), (x, True))
        >>> activation("leaky_relu").expression
        Piecewise((x/100, x < 0), (x, True))
    """
    facts = parse_assumptions(assume).join(_settings(settings or {}))
    if isinstance(source, Activation) and not facts.names:
        return source
    found = _found(source, facts, _input_symbols(inputs), breakpoints)
    expression, known = _finished(found, facts)
    title = found.title or str(source)
    for symbol, name in zip(found.inputs, inputs or [s.name for s in found.inputs], strict=False):
        if symbol not in expression.free_symbols and not constants:
            msg = f"`{title}` does not depend on {name}: a constant has no use as an activation"
            if len(found.inputs) > 1:
                msg = f"`{title}` does not depend on its input {name}"
            raise ParseError(msg)
    return Activation(
        title=title,
        expression=expression,
        assumptions=known,
        reference=found.reference,
        inputs=found.inputs,
    )


def integrand(
    source: Expr | str | PythonCall, *, assume: str = "", breakpoints: Sequence[Any] | None = None
) -> tuple[Expr, Assumptions]:
    """Return a function of `x` as an expression, and what is known of its parameters.

    It is read as an activation is, but may be constant, and gets no title.

    Args:
        source: Text, a SymPy expression, or a Python function of one number.
        assume: What is known of the parameters.
        breakpoints: As for `activation`.

    Raises:
        SymbolicInitError: As for `activation`.
    """
    facts = parse_assumptions(assume)
    return _finished(_found(source, facts, {}, breakpoints), facts)


def _input_symbols(names: Sequence[str]) -> dict[str, Symbol]:
    """The symbol of each input: `x` for the first."""
    for name in names:
        if not name.isidentifier() or (name in notation.RESERVED and name != "x"):
            msg = f"`{name}` cannot be the name of an input; use letters such as x, y"
            raise ParseError(msg)
    if len(set(names)) < len(names) or "x" in names[1:]:
        msg = f"the inputs {', '.join(names)} must be different, and x can only be the first"
        raise ParseError(msg)
    return {n: Symbol(n, real=True) if k else notation.x for k, n in enumerate(names)}


def _found(
    source: Source, facts: Facts, inputs: Mapping[str, Symbol], breakpoints: Sequence[Any] | None
) -> "_Found":
    """What a source stands for, whatever it is."""
    if breakpoints is not None and (isinstance(source, Activation | str | Expr) or not callable(source)):
        msg = "breakpoints are for Python functions: those of an expression are found exactly"
        raise UnsupportedError(msg)
    if isinstance(source, Activation):
        return _set(_from_activation(source), facts)
    if isinstance(source, str):
        return _from_text(source, facts, inputs)
    if isinstance(source, PythonFunction):
        return _sampled(source)
    if isinstance(source, Expr):
        expression, names, bounds = adopted(source, inputs)
        symbols = tuple(inputs.values()) or (notation.x,)
        return _set(_Found("", expression, names, bounds=bounds, inputs=symbols), facts)
    if isinstance(source, FunctionClass):
        source = source(notation.x)
        return _found(source, facts, inputs, breakpoints)
    if callable(source):
        return _sampled(python_function(source, breakpoints=breakpoints))
    msg = (
        f"an activation is text, a SymPy expression or a function of one number, not {type(source).__name__}"
    )
    raise UnsupportedError(msg)


def _sampled(function: PythonFunction) -> "_Found":
    """What a Python function stands for: a head for each of its pieces."""
    return _Found(f"{function.name}(x)", sampled(function, notation.x), frozenset())


class _Found(NamedTuple):
    """What was read: an expression in `x` and plain real symbols, and the bounds that come with it.

    `names` are the parameters as they were given, whether settings have replaced them or not; an
    expression of a caller has no `title`.
    """

    title: str
    expression: Expr
    names: frozenset[str]
    reference: str = ""
    bounds: tuple[Bound, ...] = ()
    inputs: tuple[Symbol, ...] = (notation.x,)


def _settings(values: Mapping[str, Any]) -> Facts:
    """The facts of a mapping from names to numbers or text."""
    parts = (
        f"{name} = {float(v)!r}" if isinstance(v, float) else f"{name} = {v}" for name, v in values.items()
    )
    return parse_assumptions("; ".join(parts))


def _finished(found: _Found, facts: Facts) -> tuple[Expr, Assumptions]:
    """Give the parameters their signs, and look at the whole line."""
    _check_names(facts, found)
    expression = found.expression
    parameters = {s.name for s in expression.free_symbols - {*found.inputs}}
    bounds = facts.join(Facts(found.bounds)).bounds
    known = assumptions_of(bounds, parameters)
    signed = {Symbol(s.name, real=True): s for s in known.symbols}
    expression = expression.xreplace(signed) if signed else expression
    _check_real(expression)
    return completed(expression), known


def _set(found: _Found, facts: Facts) -> _Found:
    """Put the values of settings into an expression; the reader of text refuses what grows too large."""
    if not facts.settings:
        return found
    names = {s.name: s for s in found.expression.free_symbols} | dict(facts.settings)
    expression = parse(str(found.expression), symbols=names, unknowns=False)
    return found._replace(expression=expression)


def _given(facts: Facts) -> dict[str, Expr]:
    """What the parameters spoken of stand for in a text: a symbol, or the value that is set."""
    return {name: Symbol(name, real=True) for name in sorted(facts.names)} | dict(facts.settings)


def _check_names(facts: Facts, found: _Found) -> None:
    unknown = sorted(facts.names - found.names)
    if unknown:
        there = f"its parameters: {', '.join(sorted(found.names))}" if found.names else "it has no parameters"
        title = found.title or found.expression
        msg = f"something is said of {', '.join(unknown)}, which `{title}` does not have; {there}"
        raise AssumptionError(msg)


def _check_real(expression: Expr) -> None:
    if expression.has(I) or any(map(_is_not_real, preorder_traversal(expression))):
        msg = f"`{expression}` is not real; an activation is real for every real x"
        raise DomainError(msg)
    if expression.has(nan, zoo, oo, -oo):
        msg = f"`{expression}` has a part that is undefined or infinite"
        raise DomainError(msg)


def _is_not_real(node: Any) -> bool:
    """Whether a power or a function is seen to leave the real line; what is built of it does so with it."""
    is_power = node.is_Pow and not node.exp.is_Integer
    is_function = node.is_Function and not isinstance(node, Piecewise | Max | Min)
    return (is_power or is_function) and node.is_extended_real is False


def _plain(symbols: Iterable[Symbol]) -> dict[Symbol, Symbol]:
    return {s: Symbol(s.name, real=True) for s in symbols}


def _from_activation(given: Activation) -> _Found:
    known = given.assumptions
    plain = _plain(known.symbols)
    bounds = [b for i in known.intervals for b in _interval_bounds(i)]
    bounds += [Bound(e.xreplace(plain), strict=True, shown=f"{e} > 0") for e in known.positive]
    names = frozenset(s.name for s in known.symbols)
    return _Found(
        given.title, given.expression.xreplace(plain), names, given.reference, tuple(bounds), given.inputs
    )


def _interval_bounds(interval: Interval) -> Iterator[Bound]:
    real = Symbol(interval.symbol.name, real=True)
    if interval.lower.is_finite:
        yield Bound(real - interval.lower, interval.lower_open, f"{real} > {interval.lower}")
    if interval.upper.is_finite:
        yield Bound(interval.upper - real, interval.upper_open, f"{real} < {interval.upper}")


# Text and catalog names


def _from_text(text: str, facts: Facts, inputs: Mapping[str, Symbol]) -> _Found:
    entry = catalog.find(text.strip())
    if entry is not None and (not inputs or len(inputs) == len(entry.inputs)):
        return _from_entry(entry, facts)
    functions = _CatalogFunctions()
    expression = parse(text, functions=functions, symbols={**_given(facts), **inputs})
    gated = next((e for e in functions.entries if len(e.inputs) > 1), None)
    if gated is not None and not inputs:
        msg = f"`{gated.name}` has {len(gated.inputs)} inputs: name them (--inputs {','.join(gated.inputs)})"
        raise ParseError(msg)
    symbols = {s.name for s in expression.free_symbols - {*inputs.values()}}
    names = symbols | (facts.names & set(re.findall(r"[A-Za-z]\w*", text)))
    reference = next((e.reference for e, r in functions.results if r is expression), "")
    bounds = tuple(functions.bounds)
    return _Found(
        " ".join(text.split()),
        expression,
        frozenset(names - {"x"}),
        reference,
        bounds,
        tuple(inputs.values()) or (notation.x,),
    )


def _from_entry(entry: Entry, facts: Facts) -> _Found:
    """The activation of a bare name: parameters spoken of are symbols, the others at their defaults."""
    functions = _CatalogFunctions()
    names = frozenset(p.name for p in entry.parameters)
    chosen = {name: value for name, value in _given(facts).items() if name in names}
    inputs = tuple(_input_symbols(entry.inputs).values())
    expression = functions.apply(entry, *inputs, **chosen)
    title = f"{entry.name}({', '.join(entry.inputs)})"
    return _Found(title, expression, names, entry.reference, tuple(functions.bounds), inputs)


class _CatalogFunctions(Mapping[str, Function]):
    """The catalog as functions for one text; it notes what was applied and what that needs."""

    def __init__(self) -> None:
        self.results: list[tuple[Entry, Expr]] = []
        self.entries: list[Entry] = []
        self.bounds: list[Bound] = []

    def __getitem__(self, name: str) -> Function:
        entry = None if name in FUNCTIONS else catalog.find(name)
        if entry is None:
            raise KeyError(name)
        return partial(self.apply, entry)

    def __iter__(self) -> Iterator[str]:
        return (n for n in catalog.names() if n not in FUNCTIONS)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def apply(self, entry: Entry, *arguments: Expr, **named: Expr) -> Expr:
        """The expression of an entry at an argument, with its parameters bound."""
        self.entries.append(entry)
        values = _bound_arguments(entry, arguments, named)
        self.bounds += _domain_bounds(entry, values)
        try:
            result = parse(entry.expression, functions=self, symbols=values, unknowns=False)
        except ParseError as err:
            msg = f"in `{entry.name}`: {err.message}"
            raise ParseError(msg) from err
        if values["x"] == notation.x:
            self.results.append((entry, result))
        return result


def _bound_arguments(entry: Entry, arguments: tuple[Expr, ...], named: Mapping[str, Expr]) -> dict[str, Expr]:
    """The value of `x` and of every parameter."""
    names = (*entry.inputs, *(p.name for p in entry.parameters))
    usage = f"{entry.name}({', '.join(names)})"
    if not all(isinstance(value, Expr) for value in (*arguments, *named.values())):
        msg = f"an argument is one number or expression; write {usage}"
        raise ParseError(msg)
    if len(arguments) > len(names):
        msg = f"`{entry.name}` takes at most {len(names)} argument{'s' * (len(names) > 1)}; write {usage}"
        raise ParseError(msg)
    values = dict(zip(names, arguments, strict=False))
    for name, value in named.items():
        if name not in names or name in values:
            what = "is given twice" if name in values else "is not one of its parameters"
            msg = f"`{name}` {what}; write {usage}"
            raise ParseError(msg)
        values[name] = value
    defaults = (*((name, "") for name in entry.inputs), *((p.name, p.default) for p in entry.parameters))
    for name, default in defaults:
        if name not in values and not default:
            msg = f"`{entry.name}` needs `{name}`; write {usage}"
            raise ParseError(msg)
        if name not in values:
            values[name] = parse(default, unknowns=False)
    return values


def _domain_bounds(entry: Entry, values: Mapping[str, Expr]) -> Iterator[Bound]:
    """What the parameters of an entry must fulfill, in the values they have."""
    place = {Symbol(n, real=True): v for n, v in values.items() if n not in entry.inputs}
    for bound in (b for p in entry.parameters if p.domain for b in parse_assumptions(p.domain).bounds):
        difference = bound.difference.subs(place, simultaneous=True)
        if difference.is_negative or (bound.strict and difference.is_zero):
            msg = f"`{entry.name}` needs {bound.shown}"
            raise ParseError(msg)
        if difference.free_symbols and notation.x not in difference.free_symbols:
            yield Bound(difference, bound.strict, bound.shown)
