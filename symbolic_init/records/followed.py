"""Records of networks: followed layer by layer, random ones beside theory, tailored ones."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from symbolic_init.errors import RecordError
from symbolic_init.layerwise import Propagation
from symbolic_init.records.codec import Codec, Reader, Writer, read_symbols, write_symbols
from symbolic_init.records.document import check_schema, opened
from symbolic_init.records.schema import PROPAGATIONS, SIMULATIONS, TAILORED
from symbolic_init.simulated import Simulation
from symbolic_init.transformed import TailoredNetwork

__all__ = [
    "propagations_from_json",
    "propagations_to_json",
    "simulations_from_json",
    "simulations_to_json",
    "tailored_from_json",
    "tailored_to_json",
]

_DIGITS = 15
"""Digits of the decimals; the layers are in double precision."""


class _Listing(NamedTuple):
    """A record that is a list.

    Attributes:
        schema: Name and version of the schema; `docs/json-schema.md` describes it.
        key: Where the list stands.
        codec: How it is written.
    """

    schema: str
    key: str
    codec: Codec


_FOLLOWED = _Listing("symbolic_init/propagation/1", "propagations", PROPAGATIONS)
_RANDOM = _Listing("symbolic_init/simulation/1", "simulations", SIMULATIONS)
_TAILORED = _Listing("symbolic_init/tailored/1", "networks", TAILORED)


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
    return _written(found, _FOLLOWED)


def propagations_from_json(text: str) -> tuple[Propagation, ...]:
    """Return the networks that a record describes.

    Raises:
        RecordError: If the record is broken, of another version, or does not follow the schema.
    """
    return _read(text, _FOLLOWED)


def simulations_to_json(found: Sequence[Simulation]) -> str:
    """Return random networks beside theory as JSON text that `simulations_from_json` reads back.

    Raises:
        RecordError: If an expression holds something that the schema has no text for.

    Examples:
        >>> from symbolic_init import simulate
        >>> s = simulate("relu", scheme="he", width=8, depth=3, networks=2)
        >>> simulations_from_json(simulations_to_json((s,)))[0].statistics == s.statistics
        True
    """
    return _written(found, _RANDOM)


def simulations_from_json(text: str) -> tuple[Simulation, ...]:
    """Return the random networks that a record describes.

    Raises:
        RecordError: If the record is broken, of another version, or does not follow the schema.
    """
    return _read(text, _RANDOM)


def tailored_to_json(found: Sequence[TailoredNetwork]) -> str:
    """Return tailored networks as JSON text that `tailored_from_json` reads back.

    Examples:
        >>> from fractions import Fraction
        >>> from symbolic_init import plain_network, tailored_slope
        >>> from symbolic_init.transformed import TailoredNetwork
        >>> slope, eta = tailored_slope(plain_network(50)), Fraction(9, 10)
        >>> n = TailoredNetwork(title="relu", depth=50, block="C(c)", target=eta, slope=slope)
        >>> tailored_from_json(tailored_to_json((n,))) == (n,)
        True
    """
    return _written(found, _TAILORED)


def tailored_from_json(text: str) -> tuple[TailoredNetwork, ...]:
    """Return the tailored networks that a record describes.

    Raises:
        RecordError: If the record is broken, of another version, or does not follow the schema.
    """
    return _read(text, _TAILORED)


def _written(found: Sequence[Any], listing: _Listing) -> str:
    writer = Writer(digits=_DIGITS)
    body = listing.codec.write(tuple(found), writer)
    record = {"schema": listing.schema, "symbols": write_symbols(writer), listing.key: body}
    return json.dumps(record, indent=2, allow_nan=False)


def _read(text: str, listing: _Listing) -> tuple[Any, ...]:
    record = opened(text)
    check_schema(record.pop("schema", None), listing.schema)
    reader = Reader(symbols=read_symbols(record.pop("symbols", None)))
    found: tuple[Any, ...] = listing.codec.read(record.pop(listing.key, None), reader, "record")
    if record:
        msg = f"record: {str(next(iter(record)))[:60]!r} is not of this schema"
        raise RecordError(msg)
    return found
