"""Text to SymPy, by a whitelist over Python's syntax tree: nothing in the text is ever executed."""

from symbolic_init.parsing.adoption import adopted
from symbolic_init.parsing.expression import parse, too_large
from symbolic_init.parsing.facts import Bound, Facts, assumptions_of, parse_assumptions
from symbolic_init.parsing.functions import FUNCTIONS, HEADS, Function
from symbolic_init.parsing.limits import LIMITS, RECORD_LIMITS, Limits

__all__ = [
    "FUNCTIONS",
    "HEADS",
    "LIMITS",
    "RECORD_LIMITS",
    "Bound",
    "Facts",
    "Function",
    "Limits",
    "adopted",
    "assumptions_of",
    "parse",
    "parse_assumptions",
    "too_large",
]
