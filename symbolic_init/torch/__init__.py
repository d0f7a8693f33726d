"""Initialization for PyTorch: gains, weights, whole models.

Needs the extra `[torch]`; importing this without PyTorch says how to install it.
"""

from symbolic_init.extras import require

require("torch", "torch")

# ruff: noqa: E402  # nothing below can be imported without torch
from symbolic_init.torch.gains import calculate_gain
from symbolic_init.torch.model import initialize
from symbolic_init.torch.tracing import trace
from symbolic_init.torch.weights import init_

__all__ = ["calculate_gain", "init_", "initialize", "trace"]
