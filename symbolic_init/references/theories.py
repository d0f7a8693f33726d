"""The literature of theories and schemes."""

from collections.abc import Mapping
from types import MappingProxyType

from symbolic_init.references.reference import Reference

__all__ = ["THEORIES"]

THEORIES: Mapping[str, Reference] = MappingProxyType(
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
        "glorot2010": Reference(
            "X. Glorot, Y. Bengio",
            "Understanding the difficulty of training deep feedforward neural networks",
            2010,
            "AISTATS",
        ),
        "humbird2019": Reference(
            "K. D. Humbird, J. L. Peterson, R. G. McClarren",
            "Deep neural network initialization with decision trees",
            2019,
            "IEEE Transactions on Neural Networks and Learning Systems 30(5), arXiv:1707.00784",
        ),
        "pennington2017": Reference(
            "J. Pennington, S. S. Schoenholz, S. Ganguli",
            "Resurrecting the sigmoid in deep learning through dynamical isometry: theory and practice",
            2017,
            "NeurIPS 30, arXiv:1711.04735",
        ),
        "taki2017": Reference(
            "M. Taki", "Deep residual networks and weight initialization", 2017, "arXiv:1709.02956"
        ),
        "zhang2019": Reference(
            "H. Zhang, Y. N. Dauphin, T. Ma",
            "Fixup initialization: residual learning without normalization",
            2019,
            "ICLR, arXiv:1901.09321",
        ),
        "de2020": Reference(
            "S. De, S. L. Smith",
            "Batch normalization biases residual blocks towards the identity function in deep networks",
            2020,
            "NeurIPS 33, arXiv:2002.10444",
        ),
        "yang2017": Reference(
            "G. Yang, S. S. Schoenholz",
            "Mean field residual networks: on the edge of chaos",
            2017,
            "NeurIPS 30, arXiv:1712.08969",
        ),
        "martens2021": Reference(
            "J. Martens, A. Ballard, G. Desjardins, G. Swirszcz, V. Dalibard, J. Sohl-Dickstein, "
            "S. S. Schoenholz",
            "Rapid training of deep neural networks without skip connections or normalization layers "
            "using deep kernel shaping",
            2021,
            "arXiv:2110.01765",
        ),
        "zhang2022": Reference(
            "G. Zhang, A. Botev, J. Martens",
            "Deep learning without shortcuts: shaping the kernel with tailored rectifiers",
            2022,
            "ICLR, arXiv:2203.08120",
        ),
        "roberts2022": Reference(
            "D. A. Roberts, S. Yaida, B. Hanin",
            "The principles of deep learning theory",
            2022,
            "Cambridge University Press, arXiv:2106.10165",
        ),
        "hanin2018": Reference(
            "B. Hanin",
            "Which neural net architectures give rise to exploding and vanishing gradients?",
            2018,
            "NeurIPS 31, arXiv:1801.03744",
        ),
        "hayou2019": Reference(
            "S. Hayou, A. Doucet, J. Rousseau",
            "On the impact of the activation function on deep neural networks training",
            2019,
            "ICML, arXiv:1902.06853",
        ),
        "brock2021": Reference(
            "A. Brock, S. De, S. L. Smith, K. Simonyan",
            "High-performance large-scale image recognition without normalization",
            2021,
            "ICML, arXiv:2102.06171",
        ),
    }
)
"""By key."""
