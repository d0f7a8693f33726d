"""Special functions that SymPy lacks: values, derivatives, LaTeX."""

from symbolic_init.special.bessel_order import BesselKOrderDerivative
from symbolic_init.special.bivariate_normal import BivariateNormal
from symbolic_init.special.complex_erf import ErfImaginary, ErfReal
from symbolic_init.special.erfcx_integral import ErfcxIntegral
from symbolic_init.special.faddeeva import FaddeevaImaginary, FaddeevaReal
from symbolic_init.special.goodwin_staton import GoodwinStatonImaginary, GoodwinStatonReal
from symbolic_init.special.kummer import KummerM, KummerU
from symbolic_init.special.log_cosh_mean import LogCoshMean
from symbolic_init.special.mordell_mean import MordellMean
from symbolic_init.special.owens_t import OwensT
from symbolic_init.special.parabolic_cylinder import ParabolicCylinderD
from symbolic_init.special.sech_mean import SechMean
from symbolic_init.special.sinc import Sinc

__all__ = [
    "BesselKOrderDerivative",
    "BivariateNormal",
    "ErfImaginary",
    "ErfReal",
    "ErfcxIntegral",
    "FaddeevaImaginary",
    "FaddeevaReal",
    "GoodwinStatonImaginary",
    "GoodwinStatonReal",
    "KummerM",
    "KummerU",
    "LogCoshMean",
    "MordellMean",
    "OwensT",
    "ParabolicCylinderD",
    "SechMean",
    "Sinc",
]
