"""Random networks of finite width, to see whether they do what theory says."""

from symbolic_init.simulation.comparison import simulate, simulate_together, subject_of

__all__ = ["simulate", "simulate_together", "subject_of"]
