"""Python functions as activations: everything that is known of them comes from values."""

from symbolic_init.callables.detection import detected_breakpoints
from symbolic_init.callables.function import ArrayFunction, PythonFunction, python_function
from symbolic_init.callables.head import Sampled, sampled
from symbolic_init.callables.loading import loaded

__all__ = [
    "ArrayFunction",
    "PythonFunction",
    "Sampled",
    "detected_breakpoints",
    "loaded",
    "python_function",
    "sampled",
]
