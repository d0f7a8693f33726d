"""The families of the catalog, and what is left out of it."""

from collections.abc import Mapping
from types import MappingProxyType

from symbolic_init.catalog.entry import Entry
from symbolic_init.catalog.rectifiers import RECTIFIERS

__all__ = ["FAMILIES", "LEFT_OUT"]

FAMILIES: tuple[tuple[str, tuple[Entry, ...]], ...] = (("Rectifiers", RECTIFIERS),)
"""Title and entries of each family, in the order of the printed list."""

LEFT_OUT: Mapping[str, str] = MappingProxyType(
    {
        "softmax": "not elementwise",
    }
)
"""Activations of the frameworks that have no entry, and why."""
