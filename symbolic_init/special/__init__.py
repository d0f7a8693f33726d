"""Special functions that SymPy lacks: values, derivatives, LaTeX."""

from symbolic_init.special.complex_erf import ErfImaginary, ErfReal
from symbolic_init.special.owens_t import OwensT
from symbolic_init.special.sech_mean import SechMean

__all__ = ["ErfImaginary", "ErfReal", "OwensT", "SechMean"]
