"""The record as a whole: its version, its symbols, and what is refused before it is read."""

import json
from typing import Any

from symbolic_init.derivation import Derivation
from symbolic_init.errors import RecordError
from symbolic_init.records.codec import Reader, Writer, read_symbols, write_symbols
from symbolic_init.records.schema import DERIVATION

__all__ = ["MAX_CHARACTERS", "SCHEMA", "from_json", "to_json"]

SCHEMA = "symbolic_init/derivation/1"
"""Name and version of the schema; `docs/json-schema.md` describes it."""

MAX_CHARACTERS = 10_000_000
"""The longest record that is read."""


def to_json(derivation: Derivation) -> str:
    """Return a derivation as JSON text that `from_json` reads back to an equal derivation.

    Raises:
        RecordError: If an expression holds something that the schema has no text for.
    """
    writer = Writer(digits=derivation.digits)
    body = DERIVATION.write(derivation, writer)
    record = {"schema": SCHEMA, "symbols": write_symbols(writer), **body}
    return json.dumps(record, indent=2, allow_nan=False)


def from_json(text: str) -> Derivation:
    """Return the derivation that a record describes.

    Expressions are read by the whitelist parser; nothing in the record is executed.

    Raises:
        RecordError: If the record is broken, of another version, or does not follow the schema.
    """
    record = _load(text)
    if not isinstance(record, dict):
        msg = f"a record is a JSON object, not {type(record).__name__}"
        raise RecordError(msg)
    version = record.pop("schema", None)
    if version != SCHEMA:
        msg = f"the record has schema {str(version)[:80]!r}; this release reads {SCHEMA!r}"
        raise RecordError(msg)
    reader = Reader(symbols=read_symbols(record.pop("symbols", None)))
    result = DERIVATION.read(record, reader, "record")
    assert isinstance(result, Derivation)
    _check(result)
    return result


def _load(text: str) -> Any:
    if not isinstance(text, str):
        msg = f"a record is text, not {type(text).__name__}"
        raise RecordError(msg)
    if len(text) > MAX_CHARACTERS:
        msg = f"the record has {len(text)} characters; at most {MAX_CHARACTERS} are read"
        raise RecordError(msg)
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant, parse_float=_no_float)
    except (ValueError, RecursionError) as err:
        msg = f"the record is not JSON of this schema: {str(err)[:200]}"
        raise RecordError(msg) from err


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        msg = "a name occurs twice in one object"
        raise ValueError(msg)
    return found


def _no_constant(name: str) -> Any:
    msg = f"{name} is not a number of this schema"
    raise ValueError(msg)


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
