"""How single values are written to JSON and read back: text, choices, lists, expressions, fields."""

import math
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Any, NamedTuple

from sympy import Add, CRootOf, Derivative, Expr, Mul, Order, Poly, Pow, Subs, Symbol, oo
from sympy.polys.polyerrors import BasePolynomialError
from sympy.printing.str import StrPrinter

from symbolic_init import notation, special
from symbolic_init.callables import Sampled
from symbolic_init.errors import ParseError, RecordError, SymbolicInitError
from symbolic_init.parsing import RECORD_LIMITS, parse
from symbolic_init.rationals import rational

__all__ = [
    "EXPRESSION",
    "FLAG",
    "INTEGER",
    "NUMBER",
    "NUMBERS",
    "RATIONAL",
    "SYMBOL",
    "TEXT",
    "Codec",
    "Reader",
    "Writer",
    "choice",
    "fields",
    "listing",
    "named",
    "optional",
    "paired",
    "read_symbols",
    "write_symbols",
]

_OWN: Mapping[str, Symbol] = MappingProxyType(
    {s.name: s for s in (notation.x, notation.z, notation.q, notation.N, notation.rho)}
    | {s.name: s for s in (notation.sigma_w2, notation.sigma_b2, notation.v2)}
)
"""Symbols of the notation: every record has them."""

_FACTS = ("integer", "positive", "negative", "nonnegative", "nonpositive", "nonzero", "real", "finite")
"""What a record may say of a symbol, the strongest first."""


def _plain(head: Callable[..., Expr]) -> Callable[..., Expr]:
    """A head that keeps its arguments as they stand."""
    return lambda *args: head(*args, evaluate=False)


_HIGHEST_DEGREE = 60
"""Of a polynomial of which one root is written: finding those of larger ones could take long."""


def _polynomial_root(polynomial: Expr, index: Expr) -> Expr:
    """A root of a polynomial in x with rational coefficients, by its number."""
    try:
        if Poly(polynomial, notation.x, domain="QQ").degree() <= _HIGHEST_DEGREE:
            return CRootOf(polynomial, index)
    except (BasePolynomialError, IndexError) as err:
        msg = "there is no such root of a polynomial"
        raise ValueError(msg) from err
    msg = f"the polynomial has a degree over {_HIGHEST_DEGREE}"
    raise ValueError(msg)


_FUNCTIONS: Mapping[str, Callable[..., Expr]] = MappingProxyType(
    {
        **{name: getattr(special, name) for name in getattr(special, "__all__", ())},
        "Add": _plain(Add),
        "CRootOf": _polynomial_root,
        "Derivative": Derivative,
        "GaussianMean": notation.GaussianMean,
        "Mul": _plain(Mul),
        "O": Order,
        "PairMean": notation.PairMean,
        "Pow": _plain(Pow),
        "Root": notation.Root,
        "Subs": Subs,
        "g": notation.g,
    }
)
"""Heads that records hold besides those a user may write."""


class _HeadPrinter(StrPrinter):  # type: ignore[misc]  # SymPy is untyped
    """Every sum, product and power by its head, so that it is read back as it stands."""

    def _print_Add(self, expr: Any, order: Any = None) -> str:  # noqa: ARG002, N802  # SymPy's signature
        return self._head("Add", expr)

    def _print_Mul(self, expr: Any) -> str:  # noqa: N802  # SymPy's signature
        return self._head("Mul", expr)

    def _print_Pow(self, expr: Any, rational: bool = False) -> str:  # noqa: ARG002, FBT001, FBT002, N802  # SymPy's
        return self._head("Pow", expr)

    def _print_exp(self, expr: Any) -> str:
        return f"exp({self._print(expr.args[0])})"

    def _head(self, name: str, expr: Any) -> str:
        return f"{name}({', '.join(self._print(a) for a in expr.args)})"


class Writer:
    """What one record has been asked to hold so far."""

    def __init__(self, *, digits: int) -> None:
        self.digits = digits
        self.symbols: dict[str, Symbol] = {}
        self._texts: dict[Expr, str] = {}

    def text(self, expr: Expr) -> str:
        """Return text that reads back to exactly this tree."""
        if expr not in self._texts:
            self._collect(expr)
            self._texts[expr] = self._read_back(expr)
        return self._texts[expr]

    def _collect(self, expr: Expr) -> None:
        bound = {s for root in expr.atoms(CRootOf) for s in root.atoms(Symbol)}
        for symbol in sorted(expr.atoms(Symbol) - bound, key=str):
            if self.symbols.setdefault(symbol.name, symbol) != symbol or (
                symbol.name in _OWN and _OWN[symbol.name] != symbol
            ):
                msg = f"two different symbols are called {symbol.name!r}; a record needs one name for each"
                raise RecordError(msg)

    def _read_back(self, expr: Expr) -> str:
        if expr.has(Sampled):
            return str(expr)  # a record of a Python function is for reading: it never becomes one again
        reader = Reader(symbols=self.symbols)
        reason = "it is read back differently"
        for printer in (StrPrinter(), _HeadPrinter()):
            text = str(printer.doprint(expr))
            try:
                if reader.expression(text) == expr:
                    return text
            except SymbolicInitError as err:
                reason = str(err).partition("\n")[0]
        msg = f"the record has no text for {str(expr)[:200]}: {reason}"
        raise RecordError(msg)


class Reader:
    """The symbols of one record, and how its expressions are read."""

    def __init__(self, *, symbols: Mapping[str, Symbol]) -> None:
        self.symbols: Mapping[str, Expr] = {**_OWN, **symbols, "oo": oo}

    def expression(self, text: str) -> Expr:
        """Return the expression that a text of the record denotes."""
        return parse(text, functions=_FUNCTIONS, symbols=self.symbols, unknowns=False, limits=RECORD_LIMITS)


class Codec(NamedTuple):
    """How one kind of value is written and read; `read` gets the place in the record for its message.

    `shape` says the same as data: a word, a list of words to choose from, or an object of fields.
    """

    write: Callable[[Any, Writer], Any]
    read: Callable[[Any, Reader, str], Any]
    shape: Any


def _wrong(place: str, wanted: str, found: Any) -> RecordError:
    return RecordError(f"{place}: {wanted} is expected, not {str(found)[:60]!r}")


def _typed(kind: type, words: str) -> Codec:
    def read(data: Any, reader: Reader, place: str) -> Any:  # noqa: ARG001  # one signature for all
        if type(data) is not kind:
            raise _wrong(place, words, data)
        return data

    return Codec(lambda value, writer: value, read, words)  # noqa: ARG005  # one signature for all


TEXT = _typed(str, "text")
INTEGER = _typed(int, "a whole number")
FLAG = _typed(bool, "true or false")


_DECIMAL = re.compile(r"-?\d{1,20}(\.\d{1,30})?(e[+-]\d{1,3})?")


def _read_numbers(data: Any, reader: Reader, place: str) -> tuple[float, ...]:  # noqa: ARG001  # one signature for all
    words = data.split() if type(data) is str else [""]
    for word in words:
        if not _DECIMAL.fullmatch(word):
            raise _wrong(place, "text of decimal numbers with spaces between", word or data)
    return tuple(map(float, words))


def _read_number(data: Any, reader: Reader, place: str) -> float:  # noqa: ARG001  # one signature for all
    if data is None:
        return math.nan
    if type(data) is not str or not (data == "inf" or _DECIMAL.fullmatch(data)):
        raise _wrong(place, "a decimal number as text, or null", data)
    return float(data)


NUMBER = Codec(lambda value, writer: None if math.isnan(value) else repr(value), _read_number, "number")  # noqa: ARG005  # the same
"""A float that carries no evidence, as text; `null` where it is not known."""
NUMBERS = Codec(lambda value, writer: " ".join(map(repr, value)), _read_numbers, "numbers")  # noqa: ARG005  # the same
"""Floats as one text: they are what a plot shows, and no evidence."""


def _read_rational(data: Any, reader: Reader, place: str) -> Fraction:  # noqa: ARG001  # one signature for all
    try:
        return rational(data if type(data) is str else "")
    except ValueError as err:
        raise _wrong(place, "a fraction as text", data) from err


RATIONAL = Codec(lambda value, writer: str(value), _read_rational, "fraction")  # noqa: ARG005  # the same
"""A `Fraction`, exactly."""


def _read_expression(data: Any, reader: Reader, place: str) -> Expr:
    if type(data) is not str:
        raise _wrong(place, "an expression as text", data)
    try:
        return reader.expression(data)
    except ParseError as err:
        msg = f"{place}: {err.message}"
        raise RecordError(msg) from err
    except (ArithmeticError, AttributeError, RecursionError, TypeError, ValueError) as err:
        msg = f"{place}: {data[:60]!r} cannot be read: {str(err)[:100]}"
        raise RecordError(msg) from err


def _read_symbol(data: Any, reader: Reader, place: str) -> Symbol:
    symbol = reader.symbols.get(data) if type(data) is str else None
    if not isinstance(symbol, Symbol):
        raise _wrong(place, "the name of a symbol of the record", data)
    return symbol


EXPRESSION = Codec(lambda value, writer: writer.text(value), _read_expression, "expression")
SYMBOL = Codec(lambda value, writer: writer.text(value), _read_symbol, "symbol")


def choice(*allowed: str) -> Codec:
    """Return a codec for one of some words."""

    def read(data: Any, reader: Reader, place: str) -> str:  # noqa: ARG001  # one signature for all
        if data not in allowed or type(data) is not str:
            raise _wrong(place, f"one of {', '.join(allowed)}", data)
        return data

    return Codec(lambda value, writer: value, read, list(allowed))  # noqa: ARG005  # one signature for all


def optional(inner: Codec) -> Codec:
    """Return a codec for a value or `None`."""
    return Codec(
        lambda value, writer: None if value is None else inner.write(value, writer),
        lambda data, reader, place: None if data is None else inner.read(data, reader, place),
        {"null or": inner.shape},
    )


def listing(inner: Codec) -> Codec:
    """Return a codec for a tuple, as a JSON array."""

    def read(data: Any, reader: Reader, place: str) -> tuple[Any, ...]:
        if type(data) is not list:
            raise _wrong(place, "a list", data)
        return tuple(inner.read(item, reader, f"{place}[{i}]") for i, item in enumerate(data))

    return Codec(
        lambda value, writer: [inner.write(item, writer) for item in value], read, {"list of": inner.shape}
    )


def named(inner: Codec) -> Codec:
    """Return a codec for a tuple of pairs of a name and a value, as a JSON object."""

    def write(value: Any, writer: Writer) -> dict[str, Any]:
        return {name: inner.write(item, writer) for name, item in value}

    def read(data: Any, reader: Reader, place: str) -> tuple[tuple[str, Any], ...]:
        if type(data) is not dict:
            raise _wrong(place, "an object", data)
        return tuple((name, inner.read(item, reader, f"{place}.{name[:60]}")) for name, item in data.items())

    return Codec(write, read, {"by name": inner.shape})


def paired(first: Codec, second: Codec) -> Codec:
    """Return a codec for a pair, as a JSON array of two."""

    def read(data: Any, reader: Reader, place: str) -> tuple[Any, Any]:
        if type(data) is not list or len(data) != 2:  # a pair
            raise _wrong(place, "a list of two", data)
        return first.read(data[0], reader, f"{place}[0]"), second.read(data[1], reader, f"{place}[1]")

    def write(value: Any, writer: Writer) -> list[Any]:
        return [first.write(value[0], writer), second.write(value[1], writer)]

    return Codec(write, read, {"pair of": [first.shape, second.shape]})


def fields(
    build: Callable[..., Any],
    codecs: Mapping[str, Codec],
    shown: Mapping[str, Callable[[Any, Writer], Any]] | None = None,
) -> Codec:
    """Return a codec for a dataclass, as a JSON object with its fields.

    `shown` names further entries, written for the reader of the record and not read back.
    """
    extra = shown or {}

    def write(value: Any, writer: Writer) -> dict[str, Any]:
        data = {name: codec.write(getattr(value, name), writer) for name, codec in codecs.items()}
        return data | {name: compute(value, writer) for name, compute in extra.items()}

    def read(data: Any, reader: Reader, place: str) -> Any:
        if type(data) is not dict:
            raise _wrong(place, "an object", data)
        missing = [name for name in codecs if name not in data]
        unknown = [name for name in data if name not in codecs and name not in extra]
        for name in (*missing, *unknown):
            problem = "is missing" if name in missing else "is not of this schema"
            msg = f"{place}: {name[:60]!r} {problem}"
            raise RecordError(msg)
        return build(
            **{name: codec.read(data[name], reader, f"{place}.{name}") for name, codec in codecs.items()}
        )

    shape = {name: codec.shape for name, codec in codecs.items()} | dict.fromkeys(extra, "written only")
    return Codec(write, read, shape)


def write_symbols(writer: Writer) -> dict[str, list[str]]:
    """Return what is known of every symbol outside the notation, by name."""
    return {name: _facts(s) for name, s in sorted(writer.symbols.items()) if name not in _OWN}


def _facts(symbol: Symbol) -> list[str]:
    """The fewest facts that make a symbol equal to this one."""
    facts: list[str] = []
    for fact in _FACTS:
        current = Symbol(symbol.name, **dict.fromkeys(facts, True))
        if current == symbol:
            return facts
        if symbol.assumptions0.get(fact) and not current.assumptions0.get(fact):
            facts.append(fact)
    if Symbol(symbol.name, **dict.fromkeys(facts, True)) == symbol and _is_name(symbol.name):
        return facts
    msg = f"the record has no words for what is assumed of the symbol {symbol.name!r}"
    raise RecordError(msg)


def _is_name(name: str) -> bool:
    return name.isidentifier() and name.isascii() and len(name) <= notation.LONGEST_NAME and name != "oo"


def read_symbols(data: Any) -> Mapping[str, Symbol]:
    """Return the symbols that a record declares."""
    if type(data) is not dict:
        raise _wrong("record.symbols", "an object", data)
    found = {}
    for name, facts in data.items():
        if not _is_name(name) or name in _OWN:
            raise _wrong("record.symbols", "a free name", name)
        if type(facts) is not list or any(type(f) is not str or f not in _FACTS for f in facts):
            raise _wrong(f"record.symbols.{name}", f"a list of {', '.join(_FACTS)}", facts)
        try:
            found[name] = Symbol(name, **dict.fromkeys(facts, True))
        except ValueError as err:
            msg = f"record.symbols.{name}: the facts contradict each other"
            raise RecordError(msg) from err
    return found
