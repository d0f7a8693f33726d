"""Parameters of an activation from equations between its means: zero mean, unit variance, and the like."""

from symbolic_init.fitting.solutions import Solution, Solutions, solve_for, standardize

__all__ = ["Solution", "Solutions", "solve_for", "standardize"]
