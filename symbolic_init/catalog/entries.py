"""The families of the catalog, and what is left out of it."""

from collections.abc import Mapping
from types import MappingProxyType

from symbolic_init.catalog.entry import Entry
from symbolic_init.catalog.gated import GATED
from symbolic_init.catalog.rectifiers import RECTIFIERS
from symbolic_init.catalog.sigmoids import SIGMOIDS
from symbolic_init.catalog.units import UNITS
from symbolic_init.catalog.waves import WAVES

__all__ = ["FAMILIES", "LEFT_OUT"]

FAMILIES: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    ("Rectifiers and polynomials", RECTIFIERS),
    ("Smooth and exponential units", UNITS),
    ("Gated units", GATED),
    ("Sigmoids and other monotone functions", SIGMOIDS),
    ("Waves and bumps", WAVES),
)
"""Title and entries of each family, in the order of the printed list."""

_VECTOR = "not elementwise: each output depends on all inputs"

LEFT_OUT: Mapping[str, str] = MappingProxyType(
    {
        "torch.nn.Softmax": _VECTOR,
        "torch.nn.Softmax2d": _VECTOR,
        "torch.nn.Softmin": _VECTOR,
        "torch.nn.LogSoftmax": _VECTOR,
        "torch.nn.MultiheadAttention": _VECTOR,
        "torch.nn.RReLU": "random: its slope is drawn anew for each input",
        "jax.nn.softmax": _VECTOR,
        "jax.nn.log_softmax": _VECTOR,
        "jax.nn.logsumexp": _VECTOR,
        "jax.nn.logmeanexp": _VECTOR,
        "jax.nn.standardize": _VECTOR,
        "jax.nn.log1mexp": "log(1 - exp(-x)) is not real for x < 0",
        "keras.activations.softmax": _VECTOR,
        "keras.activations.log_softmax": _VECTOR,
        "keras.activations.sparsemax": _VECTOR,
        "maxout, crelu": "not elementwise: they change the number of units",
    }
)
"""Activations of torch.nn, jax.nn and keras.activations that have no entry, and why."""
