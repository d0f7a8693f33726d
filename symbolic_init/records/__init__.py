"""Derivations as JSON and back: documented, versioned, read without executing anything."""

from symbolic_init.records.document import MAX_CHARACTERS, SCHEMA, from_json, record_of, to_json
from symbolic_init.records.followed import (
    propagations_from_json,
    propagations_to_json,
    simulations_from_json,
    simulations_to_json,
    tailored_from_json,
    tailored_to_json,
)

__all__ = [
    "MAX_CHARACTERS",
    "SCHEMA",
    "from_json",
    "propagations_from_json",
    "propagations_to_json",
    "record_of",
    "simulations_from_json",
    "simulations_to_json",
    "tailored_from_json",
    "tailored_to_json",
    "to_json",
]
