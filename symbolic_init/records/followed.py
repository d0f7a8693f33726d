"""Records of networks that were followed layer by layer."""

import json
from collections.abc import Sequence

from symbolic_init.errors import RecordError
from symbolic_init.layerwise import Propagation
from symbolic_init.records.codec import Reader, Writer, read_symbols, write_symbols
from symbolic_init.records.document import check_schema, opened
from symbolic_init.records.schema import PROPAGATIONS

__all__ = ["propagations_from_json", "propagations_to_json"]

_SCHEMA = "symbolic_init/propagation/1"
"""Name and version of the schema; `docs/json-schema.md` describes it."""
_DIGITS = 15
"""Digits of the decimals; the layers are in double precision."""


def propagations_to_json(found: Sequence[Propagation]) -> str:
    """Return networks that were followed as JSON text that `propagations_from_json` reads back.

    Raises:
        RecordError: If an expression holds something that the schema has no text for.

    Examples:
        >>> from symbolic_init import propagate
        >>> p = propagate("relu", sigma_w2=2, depth=3)
        >>> propagations_from_json(propagations_to_json((p,))) == (p,)
        True
    """
    writer = Writer(digits=_DIGITS)
    body = PROPAGATIONS.write(tuple(found), writer)
    record = {"schema": _SCHEMA, "symbols": write_symbols(writer), "propagations": body}
    return json.dumps(record, indent=2, allow_nan=False)


def propagations_from_json(text: str) -> tuple[Propagation, ...]:
    """Return the networks that a record describes.

    Raises:
        RecordError: If the record is broken, of another version, or does not follow the schema.
    """
    record = opened(text)
    check_schema(record.pop("schema", None), _SCHEMA)
    reader = Reader(symbols=read_symbols(record.pop("symbols", None)))
    found: tuple[Propagation, ...] = PROPAGATIONS.read(record.pop("propagations", None), reader, "record")
    if record:
        msg = f"record: {str(next(iter(record)))[:60]!r} is not of this schema"
        raise RecordError(msg)
    return found
