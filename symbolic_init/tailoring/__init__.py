"""Activations transformed for a given network, so that it keeps two inputs apart."""

from symbolic_init.tailoring.networks import Network, block_network, plain_network
from symbolic_init.tailoring.rectifier import tailored_slope
from symbolic_init.tailoring.solution import is_rectifier, tailored

__all__ = [
    "Network",
    "block_network",
    "is_rectifier",
    "plain_network",
    "tailored",
    "tailored_slope",
]
