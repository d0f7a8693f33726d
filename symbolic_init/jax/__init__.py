"""Initializers for JAX, and functions of arrays as expressions.

Needs the extra `[jax]`; importing this without JAX says how to install it.
"""

from symbolic_init.extras import require

require("jax", "jax")

# ruff: noqa: E402  # nothing below can be imported without jax
from symbolic_init.jax.initializers import bias_init, kernel_init
from symbolic_init.jax.tracing import trace

__all__ = ["bias_init", "kernel_init", "trace"]
