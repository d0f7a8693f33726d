"""Derive the initialization of neural networks exactly, for any activation.

Names are loaded on first use, so that `import symbolic_init` costs next to nothing.
"""

import sys

TYPE_CHECKING = False  # as in `typing`, whose import would cost more than all the rest here
if TYPE_CHECKING:
    from typing import Any

    from symbolic_init.activation import Activation
    from symbolic_init.assumptions import Assumptions
    from symbolic_init.batch import Answer, derive_many
    from symbolic_init.cache import Cache
    from symbolic_init.derivation import Derivation, Scheme, Step
    from symbolic_init.engine import derive
    from symbolic_init.errors import (
        AssumptionError,
        DomainError,
        EstimateWarning,
        InternalError,
        LimitError,
        MissingProgramError,
        NotIntegrableError,
        ParseError,
        PrecisionError,
        RecordError,
        StabilityWarning,
        SymbolicInitError,
        SymbolicInitWarning,
        UnknownNameError,
        UnsupportedError,
    )
    from symbolic_init.evidence import Moment, Value
    from symbolic_init.fitting import Solution, Solutions, solve_for, standardize
    from symbolic_init.layers.distributions import Distribution, distribution
    from symbolic_init.layers.fans import Fans, convolution, dense, weight_variance
    from symbolic_init.layers.padding import padding_factors
    from symbolic_init.layerwise import Propagation
    from symbolic_init.meanfield.fixed_point_search import FixedPoint, FixedPoints, fixed_points
    from symbolic_init.moments.grid import mean_grid, moment_grid, second_moment_grid
    from symbolic_init.moments.hermite import hermite_coefficient
    from symbolic_init.moments.hermite_decay import hermite_decay
    from symbolic_init.moments.hermite_formula import hermite_formula
    from symbolic_init.moments.kernel import Kernel, dual_kernel
    from symbolic_init.moments.mean import gaussian_mean
    from symbolic_init.moments.mean_and_variance import MeanAndVariance, mean_and_variance
    from symbolic_init.moments.named import moment
    from symbolic_init.moments.shifted import shifted_mean
    from symbolic_init.network import NetworkLayer, network_weights
    from symbolic_init.propagation import compare_schemes, propagate
    from symbolic_init.records import from_json
    from symbolic_init.simulated import Simulation
    from symbolic_init.simulation import simulate
    from symbolic_init.tailoring import (
        block_network,
        plain_network,
        tailored,
        tailored_slope,
    )
    from symbolic_init.transformed import Tailored, TailoredSlope, Transformation

    __version__: str

__all__ = [
    "Activation",
    "Answer",
    "AssumptionError",
    "Assumptions",
    "Cache",
    "Derivation",
    "Distribution",
    "DomainError",
    "EstimateWarning",
    "Fans",
    "FixedPoint",
    "FixedPoints",
    "InternalError",
    "Kernel",
    "LimitError",
    "MeanAndVariance",
    "MissingProgramError",
    "Moment",
    "NetworkLayer",
    "NotIntegrableError",
    "ParseError",
    "PrecisionError",
    "Propagation",
    "RecordError",
    "Scheme",
    "Simulation",
    "Solution",
    "Solutions",
    "StabilityWarning",
    "Step",
    "SymbolicInitError",
    "SymbolicInitWarning",
    "Tailored",
    "TailoredSlope",
    "Transformation",
    "UnknownNameError",
    "UnsupportedError",
    "Value",
    "__version__",
    "block_network",
    "compare_schemes",
    "convolution",
    "dense",
    "derive",
    "derive_many",
    "distribution",
    "dual_kernel",
    "fixed_points",
    "from_json",
    "gaussian_mean",
    "hermite_coefficient",
    "hermite_decay",
    "hermite_formula",
    "mean_and_variance",
    "mean_grid",
    "moment",
    "moment_grid",
    "network_weights",
    "padding_factors",
    "plain_network",
    "propagate",
    "second_moment_grid",
    "shifted_mean",
    "simulate",
    "solve_for",
    "standardize",
    "tailored",
    "tailored_slope",
    "weight_variance",
]

_HOMES = (
    ("activation", ("Activation",)),
    ("assumptions", ("Assumptions",)),
    ("batch", ("Answer", "derive_many")),
    ("cache", ("Cache",)),
    ("derivation", ("Derivation", "Scheme", "Step")),
    ("engine", ("derive",)),
    ("errors", tuple(name for name in __all__ if name.endswith(("Error", "Warning")))),
    ("evidence", ("Moment", "Value")),
    ("fitting", ("Solution", "Solutions", "solve_for", "standardize")),
    ("layers.distributions", ("Distribution", "distribution")),
    ("layers.fans", ("Fans", "convolution", "dense", "weight_variance")),
    ("layers.padding", ("padding_factors",)),
    ("layerwise", ("Propagation",)),
    ("meanfield.fixed_point_search", ("FixedPoint", "FixedPoints", "fixed_points")),
    ("moments.grid", ("mean_grid", "moment_grid", "second_moment_grid")),
    ("moments.hermite", ("hermite_coefficient",)),
    ("moments.hermite_decay", ("hermite_decay",)),
    ("moments.hermite_formula", ("hermite_formula",)),
    ("moments.kernel", ("Kernel", "dual_kernel")),
    ("moments.mean", ("gaussian_mean",)),
    ("moments.mean_and_variance", ("MeanAndVariance", "mean_and_variance")),
    ("moments.named", ("moment",)),
    ("moments.shifted", ("shifted_mean",)),
    ("network", ("NetworkLayer", "network_weights")),
    ("propagation", ("compare_schemes", "propagate")),
    ("records", ("from_json",)),
    ("simulated", ("Simulation",)),
    ("simulation", ("simulate",)),
    ("tailoring", ("block_network", "plain_network", "tailored", "tailored_slope")),
    ("transformed", ("Tailored", "TailoredSlope", "Transformation")),
)
"""Which module each public name comes from."""


def __getattr__(name: str) -> "Any":
    """Load a public name on its first use (PEP 562)."""
    if name == "__version__":
        value = _version()
    else:
        home = next((module for module, names in _HOMES if name in names), None)
        if home is None:
            msg = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(msg)
        path = f"{__name__}.{home}"
        __import__(path)
        value = getattr(sys.modules[path], name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _version() -> str:
    """The version of the installed package; it is stated once, in `pyproject.toml`."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("symbolic-init")
    except PackageNotFoundError:
        return "0+not-installed"
