"""What one line asks for: an expression and options, read from text or JSON without executing anything."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, final

from symbolic_init import strict_json
from symbolic_init.errors import RecordError, SymbolicInitError
from symbolic_init.rationals import rational

if TYPE_CHECKING:
    from sympy import Expr

    from symbolic_init.assumptions import Interval

__all__ = ["MAX_LINE", "Request", "read_options", "request_of"]

MAX_LINE = 100_000
"""Characters of the longest line that is read."""

_SHOWN = 80
"""Characters of a faulty value that a message repeats."""
_SHOWN_LINE = 1000
"""Characters of a faulty line that its record repeats."""


@final
@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for.

    Attributes:
        asked: `expression`, and the options that were given, in their one form.
        fault: Why it cannot be asked, or `None`.
    """

    asked: Mapping[str, Any]
    fault: SymbolicInitError | None = None

    @property
    def text(self) -> str:
        """The request as JSON."""
        return json.dumps(self.asked)


def request_of(item: "str | Expr | Mapping[str, Any]", common: Mapping[str, Any]) -> Request:
    """Return the request for a line of text, a mapping or a SymPy expression.

    Args:
        item: An expression, a catalog name, a JSON object with options as text, the same as a mapping,
            or a SymPy expression.
        common: Options of all requests; those of the item win.

    Examples:
        >>> request_of("tanh(x)", {}).text
        '{"expression": "tanh(x)"}'
        >>> request_of('{"expression": "elu(x, a)", "assume": "a > 0", "q": 0.5}', {}).text
        '{"expression": "elu(x, a)", "assume": "a > 0", "q": "1/2"}'
    """
    try:
        return Request(_asked(item, common))
    except SymbolicInitError as fault:
        return Request({"expression": str(item)[:_SHOWN_LINE], **common}, fault)


def _asked(item: "str | Expr | Mapping[str, Any]", common: Mapping[str, Any]) -> Mapping[str, Any]:
    if isinstance(item, str):
        return _from_line(item, common)
    if isinstance(item, Mapping):
        return _from_object(item, common)
    from symbolic_init.activation import activation

    found = activation(item)
    facts = [fact for interval in found.assumptions.intervals for fact in _facts(interval)]
    facts += [f"{e} > 0" for e in found.assumptions.positive]
    assume = ", ".join(filter(None, [common.get("assume", ""), *facts]))
    return {"expression": str(found.expression), **common} | ({"assume": assume} if assume else {})


def _facts(interval: "Interval") -> Iterator[str]:
    name, low, high = interval.symbol.name, interval.lower, interval.upper
    if low.is_finite:
        yield f"{name} {'>' if interval.lower_open else '>='} {low}"
    if high.is_finite:
        yield f"{name} {'<' if interval.upper_open else '<='} {high}"


def _from_line(line: str, common: Mapping[str, Any]) -> Mapping[str, Any]:
    if len(line) > MAX_LINE:
        msg = f"the line has more than {MAX_LINE} characters"
        raise RecordError(msg)
    text = line.strip()
    if not text.startswith("{"):
        return {"expression": text, **common}
    try:
        return _from_object(strict_json.loads(text, decimal=str), common)
    except ValueError as err:
        msg = f"this line is not a JSON object with an expression and options: {str(err)[:200]}"
        raise RecordError(msg) from err


def _from_object(found: Mapping[str, Any], common: Mapping[str, Any]) -> Mapping[str, Any]:
    options = read_options(found)
    if "expression" not in options:
        msg = 'the object names no expression; write {"expression": "tanh(x)"}'
        raise RecordError(msg)
    return {"expression": options.pop("expression"), **common, **options}


def read_options(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return options in the one form in which they are compared, sent and written down.

    Raises:
        RecordError: If an option is unknown, or has a value of the wrong kind.
    """
    found = {}
    for name, value in given.items():
        if name not in _OPTIONS:
            msg = f"there is no option {str(name)[:_SHOWN]!r}; there are: {', '.join(_OPTIONS)}"
            raise RecordError(msg)
        found[name] = _OPTIONS[name](name, value)
    return found


def _wrong(name: str, wanted: str, value: Any) -> RecordError:
    return RecordError(f"{name}: {wanted} is expected, not {str(value)[:_SHOWN]!r}")


def _text(name: str, value: Any) -> str:
    if type(value) is not str:
        raise _wrong(name, "text", value)
    return value


def _number(name: str, value: Any) -> str:
    """A number as an exact fraction."""
    if type(value) not in (str, int, float, Fraction):
        raise _wrong(name, "a number", value)
    try:
        return str(rational(str(value)))
    except ValueError as err:
        msg = f"{name}: {err}"
        raise RecordError(msg) from err


def _whole(least: int, most: int) -> Callable[[str, Any], int]:
    def read(name: str, value: Any) -> int:
        if type(value) is not int or not least <= value <= most:
            raise _wrong(name, f"a whole number from {least} to {most}", value)
        return value

    return read


def _flag(name: str, value: Any) -> bool:
    if type(value) is not bool:
        raise _wrong(name, "true or false", value)
    return value


def _settings(name: str, value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise _wrong(name, "an object of names and values", value)
    return {_text(name, key): str(v) if type(v) is int else _text(name, v) for key, v in value.items()}


def _names(name: str, value: Any) -> list[str]:
    if not isinstance(value, list | tuple):
        raise _wrong(name, "a list of names", value)
    return [_text(name, item) for item in value]


_OPTIONS: Mapping[str, Callable[[str, Any], Any]] = MappingProxyType(
    {
        "expression": _text,
        "theory": _text,
        "q": _number,
        "sigma_b2": _number,
        "digits": _whole(1, 1000),
        "assume": _text,
        "settings": _settings,
        "inputs": _names,
        "order": _whole(0, 100),
        "depth": _whole(1, 10_000),
        "numeric": _flag,
        "full": _flag,
    }
)
"""What may be asked for, and how it is read. All but `full` are arguments of `derive`."""
