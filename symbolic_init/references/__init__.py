"""The literature that formulas and activations come from, as data."""

from collections.abc import Mapping
from types import MappingProxyType

from symbolic_init.references.activations import ACTIVATIONS
from symbolic_init.references.reference import PROGRAM, Reference
from symbolic_init.references.theories import THEORIES

__all__ = ["PROGRAM", "REFERENCES", "Reference"]

REFERENCES: Mapping[str, Reference] = MappingProxyType({**THEORIES, **ACTIVATIONS})
"""Every publication by its key."""
