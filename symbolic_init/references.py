"""The literature that formulas and activations come from, as data."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

__all__ = ["REFERENCES", "Reference"]


class Reference(NamedTuple):
    """One publication."""

    authors: str
    title: str
    year: int
    where: str


REFERENCES: Mapping[str, Reference] = MappingProxyType(
    {
        "kumar2017": Reference(
            "S. K. Kumar", "On weight initialization in deep neural networks", 2017, "arXiv:1704.08863"
        ),
        "poole2016": Reference(
            "B. Poole, S. Lahiri, M. Raghu, J. Sohl-Dickstein, S. Ganguli",
            "Exponential expressivity in deep neural networks through transient chaos",
            2016,
            "NeurIPS 29, arXiv:1606.05340",
        ),
        "schoenholz2017": Reference(
            "S. S. Schoenholz, J. Gilmer, S. Ganguli, J. Sohl-Dickstein",
            "Deep information propagation",
            2017,
            "ICLR, arXiv:1611.01232",
        ),
        "he2015": Reference(
            "K. He, X. Zhang, S. Ren, J. Sun",
            "Delving deep into rectifiers: surpassing human-level performance on ImageNet classification",
            2015,
            "ICCV, arXiv:1502.01852",
        ),
        "brock2021": Reference(
            "A. Brock, S. De, S. L. Smith, K. Simonyan",
            "High-performance large-scale image recognition without normalization",
            2021,
            "ICML, arXiv:2102.06171",
        ),
    }
)
