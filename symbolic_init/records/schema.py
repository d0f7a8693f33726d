"""The schema of a record: which field is written how, one table for each class."""

from typing import Any

from symbolic_init.assumptions import Assumptions, Interval
from symbolic_init.derivation import (
    Axis,
    Curve,
    Derivation,
    Figure,
    Outlook,
    Scheme,
    Singularity,
    Step,
    Traits,
)
from symbolic_init.errors import RecordError
from symbolic_init.evidence import Moment, Value
from symbolic_init.layerwise import Layer, Propagation, Spread
from symbolic_init.records.codec import (
    EXPRESSION,
    FLAG,
    INTEGER,
    NUMBER,
    NUMBERS,
    RATIONAL,
    SYMBOL,
    TEXT,
    Writer,
    choice,
    fields,
    listing,
    named,
    optional,
    paired,
)
from symbolic_init.simulated import SimulatedLayer, Simulation, Spectrum, Statistic
from symbolic_init.transformed import Bounds, Tailored, TailoredNetwork, TailoredSlope, Transformation

__all__ = ["DERIVATION", "PROPAGATIONS", "SIMULATIONS", "TAILORED"]

_KIND = choice("exact", "enclosed", "series", "estimated")


def _decimal(value: Value, writer: Writer) -> str | None:
    """The value in digits, or `None` where it has parameters."""
    import mpmath

    if value.definition.free_symbols:
        return None
    if value.is_infinite:
        return str(value.definition)
    digits = value.shown_digits(writer.digits)
    return str(mpmath.nstr(value.value(digits=digits), digits))


def _closed_form(value: Any, writer: Writer) -> str | None:
    return None if value.expr is None else writer.text(value.expr)


_VALUE = fields(
    Value,
    {"definition": EXPRESSION, "kind": _KIND, "rules": listing(TEXT), "note": TEXT},
    {"expr": _closed_form, "decimal": _decimal},
)
_STEP = fields(
    Step,
    {
        "id": TEXT,
        "chain": TEXT,
        "lhs": EXPRESSION,
        "rhs": EXPRESSION,
        "relation": choice("=", "~", "->"),
        "reason": TEXT,
        "rule": TEXT,
        "reference": TEXT,
        "assumptions": listing(TEXT),
        "given": listing(paired(SYMBOL, EXPRESSION)),
        "kind": _KIND,
    },
)
_INTERVAL = fields(
    Interval,
    {"symbol": SYMBOL, "lower": EXPRESSION, "upper": EXPRESSION, "lower_open": FLAG, "upper_open": FLAG},
)
_ASSUMPTIONS = fields(Assumptions, {"intervals": listing(_INTERVAL), "positive": listing(EXPRESSION)})
_MOMENT = fields(
    Moment,
    {
        "integrand": EXPRESSION,
        "kind": _KIND,
        "expr": optional(EXPRESSION),
        "limit": EXPRESSION,
        "rules": listing(TEXT),
        "steps": listing(_STEP),
        "assumptions": _ASSUMPTIONS,
        "note": TEXT,
        "inputs": listing(SYMBOL),
    },
)
_SINGULARITY = fields(Singularity, {"at": EXPRESSION, "jump": EXPRESSION, "kink": EXPRESSION})
_TRAITS = fields(
    Traits, {"words": listing(TEXT), "germ": named(EXPRESSION), "singularities": listing(_SINGULARITY)}
)
_FATE = choice("fixed", "any", "decays", "diverges", "cycles", "unknown")
_SCHEME = fields(
    Scheme,
    {
        "theory": TEXT,
        "label": TEXT,
        "sigma_w2": _VALUE,
        "sigma_b2": _VALUE,
        "fate": _FATE,
        "q_star": optional(_VALUE),
        "V_prime": optional(_VALUE),
        "chi_1": optional(_VALUE),
        "stable": FLAG,
        "note": TEXT,
        "first_layer": optional(_VALUE),
    },
    {"gain": lambda scheme, writer: _VALUE.write(scheme.gain, writer)},
)
_OUTLOOK = fields(
    Outlook,
    {
        "depth": INTEGER,
        "q": _VALUE,
        "gradient2": _VALUE,
        "text": TEXT,
        "second_moment": EXPRESSION,
        "q_law": optional(EXPRESSION),
        "gradient_law": optional(EXPRESSION),
        "first_layer": optional(_VALUE),
        "width": INTEGER,
        "scatter": optional(_VALUE),
    },
)


def _curve(**given: Any) -> Curve:
    """A curve with as many heights as places."""
    band = given["style"] == "band"
    if len(given["y"]) != len(given["x"]) or len(given["upper"]) != (len(given["x"]) if band else 0):
        msg = f"curve {given['label'][:60]!r}: x, y and upper do not have the same length"
        raise RecordError(msg)
    return Curve(**given)


_CURVE = fields(
    _curve,
    {
        "label": TEXT,
        "style": choice("line", "dashed", "points", "band"),
        "x": NUMBERS,
        "y": NUMBERS,
        "upper": NUMBERS,
    },
)
_AXIS = fields(Axis, {"label": TEXT, "scale": choice("linear", "log")})
_FIGURE = fields(
    Figure, {"id": TEXT, "title": TEXT, "x": _AXIS, "y": _AXIS, "curves": listing(_CURVE), "remark": TEXT}
)

DERIVATION = fields(
    Derivation,
    {
        "title": TEXT,
        "expression": EXPRESSION,
        "assumptions": _ASSUMPTIONS,
        "reference": TEXT,
        "traits": _TRAITS,
        "theory": TEXT,
        "requested": TEXT,
        "q": EXPRESSION,
        "sigma_b2": EXPRESSION,
        "weight_variance": EXPRESSION,
        "value_items": named(_VALUE),
        "recommended_index": optional(INTEGER),
        "schemes": listing(_SCHEME),
        "why": TEXT,
        "outlook": optional(_OUTLOOK),
        "warnings": listing(TEXT),
        "steps": listing(_STEP),
        "moment_items": named(_MOMENT),
        "digits": INTEGER,
        "figures": listing(_FIGURE),
        "solution_items": listing(named(_VALUE)),
    },
)
"""The whole record, without `schema` and `symbols`."""

_SPREAD = fields(Spread, {"variance": NUMBER, "shift": NUMBER, "gradient2": NUMBER})
_LAYER = fields(
    Layer,
    {
        "number": INTEGER,
        "q": NUMBER,
        "chi": NUMBER,
        "gradient2": NUMBER,
        "gap": NUMBER,
        "spread": _SPREAD,
    },
)
_PROPAGATION = fields(
    Propagation,
    {
        "title": TEXT,
        "label": TEXT,
        "sigma_w2": _VALUE,
        "sigma_b2": _VALUE,
        "input_second_moment": EXPRESSION,
        "input_correlation": EXPRESSION,
        "sentence": TEXT,
        "fate": _FATE,
        "q_star": optional(_VALUE),
        "V_prime": optional(_VALUE),
        "chi_1": optional(_VALUE),
        "xi_q": optional(_VALUE),
        "xi_grad": optional(_VALUE),
        "width_scatter": optional(_VALUE),
        "first_layer": optional(_VALUE),
        "layers": listing(_LAYER),
    },
)
PROPAGATIONS = listing(_PROPAGATION)
"""The networks of a record that were followed."""

_SIMULATED_LAYER = fields(
    SimulatedLayer,
    {
        "number": INTEGER,
        "q": NUMBER,
        "q_expected": NUMBER,
        "deviation": NUMBER,
        "deviation_expected": NUMBER,
        "gradient2": NUMBER,
        "gradient2_expected": NUMBER,
        "correlation": NUMBER,
        "correlation_expected": NUMBER,
    },
)
_STATISTIC = fields(
    Statistic,
    {
        "id": TEXT,
        "what": TEXT,
        "count": INTEGER,
        "mean": NUMBER,
        "error": NUMBER,
        "spread": NUMBER,
        "spread_error": NUMBER,
    },
    {
        "z": lambda s, writer: NUMBER.write(s.z, writer),
        "z_spread": lambda s, writer: NUMBER.write(s.z_spread, writer),
    },
)
_SPECTRUM = fields(
    Spectrum,
    {
        "networks": INTEGER,
        "variance": NUMBER,
        "variance_expected": NUMBER,
        "largest": NUMBER,
        "values": NUMBERS,
    },
)
_SIMULATION = fields(
    Simulation,
    {
        "propagation": _PROPAGATION,
        "width": INTEGER,
        "networks": INTEGER,
        "seed": INTEGER,
        "distribution": TEXT,
        "branch": optional(NUMBER),
        "layers": listing(_SIMULATED_LAYER),
        "statistics": listing(_STATISTIC),
        "spectrum": optional(_SPECTRUM),
    },
    {"agrees": lambda s, writer: FLAG.write(s.agrees, writer)},
)
SIMULATIONS = listing(_SIMULATION)
"""The random networks of a record."""

_BOUNDS = fields(
    Bounds,
    {"low": RATIONAL, "high": RATIONAL},
    {"decimal": lambda bounds, writer: NUMBER.write(float(bounds), writer)},
)
_TRANSFORMATION = fields(
    Transformation,
    {
        "alpha": _BOUNDS,
        "beta": _BOUNDS,
        "gamma": _BOUNDS,
        "delta": _BOUNDS,
        "bend": NUMBER,
        "kinks": listing(NUMBER),
    },
)
_TRANSFORMED = fields(
    Tailored,
    {
        "title": TEXT,
        "method": choice("dks", "tat"),
        "target": RATIONAL,
        "layer": _BOUNDS,
        "branches": listing(_TRANSFORMATION),
        "unproven": listing(paired(NUMBER, NUMBER)),
        "parity": optional(choice("odd", "even")),
        "searched": listing(NUMBER),
    },
)
_SLOPE = fields(
    TailoredSlope,
    {"low": RATIONAL, "high": RATIONAL},
    {
        "decimal": lambda slope, writer: NUMBER.write(slope.slope, writer),
        "gain": lambda slope, writer: NUMBER.write(slope.gain, writer),
    },
)


def _tailored_network(**given: Any) -> TailoredNetwork:
    """A network with transformations or with a slope."""
    try:
        return TailoredNetwork(**given)
    except ValueError as err:
        raise RecordError(str(err)) from err


TAILORED = listing(
    fields(
        _tailored_network,
        {
            "title": TEXT,
            "depth": INTEGER,
            "block": TEXT,
            "target": RATIONAL,
            "transformed": optional(_TRANSFORMED),
            "slope": optional(_SLOPE),
        },
    )
)
"""The tailored networks of a record."""
