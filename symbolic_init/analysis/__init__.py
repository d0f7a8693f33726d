"""What an activation looks like, before any mean is taken."""

from symbolic_init.analysis.analysis import Analysis, analyze
from symbolic_init.analysis.describe import expansion_steps, gate_traits, traits

__all__ = ["Analysis", "analyze", "expansion_steps", "gate_traits", "traits"]
