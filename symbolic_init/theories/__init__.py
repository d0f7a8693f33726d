"""The theories, one a file, and the table of them."""

from collections.abc import Mapping
from types import MappingProxyType

from symbolic_init.theories.backward import BACKWARD, EDGE_OF_CHAOS
from symbolic_init.theories.centered import CENTERED
from symbolic_init.theories.correlation import CORRELATION
from symbolic_init.theories.criticality import CRITICALITY
from symbolic_init.theories.isometry import ISOMETRY
from symbolic_init.theories.length_map import LENGTH_MAP
from symbolic_init.theories.linear import LINEAR, implied_q, limit_steps
from symbolic_init.theories.residual import BRANCHES, RESIDUAL, Branch
from symbolic_init.theories.theory import CriticalPoint, Proposal, Setting, Theory

__all__ = [
    "BRANCHES",
    "THEORIES",
    "Branch",
    "CriticalPoint",
    "Proposal",
    "Setting",
    "Theory",
    "implied_q",
    "limit_steps",
]

THEORIES: Mapping[str, Theory] = MappingProxyType(
    {
        theory.id: theory
        for theory in (
            LINEAR,
            LENGTH_MAP,
            BACKWARD,
            EDGE_OF_CHAOS,
            CORRELATION,
            CRITICALITY,
            ISOMETRY,
            CENTERED,
            RESIDUAL,
        )
    }
)
"""Every theory by its id, in the order of the table of schemes."""
