"""What is said of a publication."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

__all__ = ["PROGRAM", "Reference"]


class Reference(NamedTuple):
    """One publication."""

    authors: str
    title: str
    year: int
    where: str


PROGRAM: Mapping[str, str] = MappingProxyType(
    {
        "author": "{The symbolic_init authors}",
        "title": "symbolic_init: exact initialization of neural networks for any activation",
    }
)
"""This program, as in `CITATION.cff`."""
