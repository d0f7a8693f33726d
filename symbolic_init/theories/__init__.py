"""The theories, one a file, and the table of them."""

from collections.abc import Mapping
from types import MappingProxyType

from symbolic_init.theories.backward import BACKWARD, EDGE_OF_CHAOS
from symbolic_init.theories.centered import CENTERED
from symbolic_init.theories.correlation import CORRELATION
from symbolic_init.theories.criticality import CRITICALITY, criticality_values
from symbolic_init.theories.length_map import LENGTH_MAP
from symbolic_init.theories.linear import LINEAR, implied_q, limit_steps
from symbolic_init.theories.theory import CriticalPoint, Proposal, Setting, Theory

__all__ = [
    "THEORIES",
    "CriticalPoint",
    "Proposal",
    "Setting",
    "Theory",
    "criticality_values",
    "implied_q",
    "limit_steps",
]

THEORIES: Mapping[str, Theory] = MappingProxyType(
    {
        theory.id: theory
        for theory in (LINEAR, LENGTH_MAP, BACKWARD, EDGE_OF_CHAOS, CORRELATION, CRITICALITY, CENTERED)
    }
)
"""Every theory by its id, in the order of the table of schemes."""
