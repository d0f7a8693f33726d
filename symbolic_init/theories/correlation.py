"""Poole et al. 2016, Schoenholz et al. 2017: the correlation of two inputs from layer to layer."""

from symbolic_init.theories.length_map import LENGTH_MAP
from symbolic_init.theories.theory import Proposal, Setting, Theory

__all__ = ["CORRELATION"]


def _propose(setting: Setting) -> Proposal:
    """The weights of the length map: given ones, or those that keep q."""
    return LENGTH_MAP.propose(setting)


CORRELATION = Theory(
    id="correlation",
    title="Correlation map",
    label="length map q = {q}",
    claim="Two inputs of the same length approach the correlation c*, whatever correlation they begin with.",
    validity="Exact for wide layers, at a fixed point of the length map; C(c) is convex on [0, 1].",
    reference="schoenholz2017",
    takes_weights=True,
    propose=_propose,
)
