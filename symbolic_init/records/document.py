"""The record as a whole: its version, its symbols, and what is refused before it is read."""

import json
from typing import Any

from symbolic_init import strict_json
from symbolic_init.derivation import Derivation
from symbolic_init.errors import RecordError, bounded
from symbolic_init.records.codec import Reader, Writer, read_symbols, write_symbols
from symbolic_init.records.schema import DERIVATION

__all__ = [
    "LINE_FIELDS",
    "MAX_CHARACTERS",
    "SCHEMA",
    "check_schema",
    "from_json",
    "opened",
    "record_of",
    "to_json",
]

SCHEMA = "symbolic_init/derivation/1"
"""Name and version of the schema; `docs/json-schema.md` describes it."""

LINE_FIELDS = ("request", "version", "error")
"""What the line of a batch holds besides: what was asked for, of which release, and no error."""

MAX_CHARACTERS = 10_000_000
"""The longest record that is read."""


def to_json(derivation: Derivation) -> str:
    """Return a derivation as JSON text that `from_json` reads back to an equal derivation.

    A Python function is written by its name; such a record is not read back.

    Raises:
        RecordError: If an expression holds something that the schema has no text for.
    """
    members = (f"{json.dumps(name)}: {_laid_out(value)}" for name, value in record_of(derivation).items())
    return "{\n" + ",\n".join(members) + "\n}"


@bounded
def record_of(derivation: Derivation) -> dict[str, Any]:
    """Return the same as an object of strings, whole numbers, lists and objects.

    Raises:
        RecordError: If an expression holds something that the schema has no text for.
    """
    writer = Writer(digits=derivation.digits)
    body = DERIVATION.write(derivation, writer)
    return {"schema": SCHEMA, "symbols": write_symbols(writer), **body}


def _laid_out(value: Any) -> str:
    """JSON of one member: a line for each element of a list or object of objects, else one line."""
    if isinstance(value, list) and any(isinstance(v, dict) for v in value):
        return "[\n" + ",\n".join(f"  {_text(v)}" for v in value) + "\n]"
    if isinstance(value, dict) and any(isinstance(v, dict) for v in value.values()):
        return "{\n" + ",\n".join(f"  {json.dumps(k)}: {_text(v)}" for k, v in value.items()) + "\n}"
    return _text(value)


def _text(value: Any) -> str:
    return json.dumps(value, allow_nan=False)


def from_json(text: str) -> Derivation:
    """Return the derivation that a record, or an answer among the lines of a batch, describes.

    Expressions are read by the whitelist parser; nothing in the record is executed.

    Raises:
        RecordError: If the record is broken, of another version, or does not follow the schema.
    """
    record = opened(text)
    version = record.pop("schema", None)
    beside = {name: record.pop(name, None) for name in LINE_FIELDS}
    if beside["error"]:
        msg = f"the record holds no derivation but an error: {str(beside['error'])[:500]}"
        raise RecordError(msg)
    check_schema(version, SCHEMA)
    reader = Reader(symbols=read_symbols(record.pop("symbols", None)))
    result = DERIVATION.read(record, reader, "record")
    assert isinstance(result, Derivation)
    _check(result)
    return result


def check_schema(found: Any, wanted: str) -> None:
    """Refuse a record of another schema, or of another version of it.

    Raises:
        RecordError: If it is not the schema that is wanted.
    """
    if found != wanted:
        msg = f"the record has schema {str(found)[:80]!r}; this release reads {wanted!r}"
        raise RecordError(msg)


def opened(text: str) -> dict[str, Any]:
    """Return the object that the text of a record is.

    Raises:
        RecordError: If it is none, or too long.
    """
    if not isinstance(text, str):
        msg = f"a record is text, not {type(text).__name__}"
        raise RecordError(msg)
    if len(text) > MAX_CHARACTERS:
        msg = f"the record has {len(text)} characters; at most {MAX_CHARACTERS} are read"
        raise RecordError(msg)
    try:
        record = strict_json.loads(text, decimal=_no_float)
    except ValueError as err:
        msg = f"the record is not JSON of this schema: {str(err)[:200]}"
        raise RecordError(msg) from err
    if not isinstance(record, dict):
        msg = f"a record is a JSON object, not {type(record).__name__}"
        raise RecordError(msg)
    return record


def _no_float(digits: str) -> Any:
    msg = f"the number {digits[:40]} should be text: numbers here are whole or exact"
    raise ValueError(msg)


def _check(d: Derivation) -> None:
    """What fields must satisfy together."""
    if d.recommended_index is not None and not 0 <= d.recommended_index < len(d.schemes):
        msg = f"record.recommended_index: {d.recommended_index} is not the place of a scheme"
        raise RecordError(msg)
    if d.digits < 1:
        msg = f"record.digits: {d.digits} is not positive"
        raise RecordError(msg)
