"""The catalog of activations: data of the standard library only."""

from symbolic_init.catalog.entries import FAMILIES, LEFT_OUT
from symbolic_init.catalog.entry import Entry, Parameter
from symbolic_init.catalog.lookup import ENTRIES, closest, find, names, nearest, table
from symbolic_init.catalog.pairs import PAIRS

__all__ = [
    "ENTRIES",
    "FAMILIES",
    "LEFT_OUT",
    "PAIRS",
    "Entry",
    "Parameter",
    "closest",
    "find",
    "names",
    "nearest",
    "table",
]
