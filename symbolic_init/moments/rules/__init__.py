"""The table of rules, in the order in which they are tried."""

from symbolic_init.moments.rule import Rule
from symbolic_init.moments.rules.inverse_sine import INVERSE_SINE_MEANS, INVERSE_SINE_REDUCTIONS
from symbolic_init.moments.rules.logarithms import LOGARITHM_MEANS, LOGARITHM_REDUCTIONS
from symbolic_init.moments.rules.logistic import LOGISTIC_MEANS, LOGISTIC_REDUCTIONS
from symbolic_init.moments.rules.powers import POWER_MEANS
from symbolic_init.moments.rules.rational import RATIONAL_REDUCTIONS
from symbolic_init.moments.rules.removable import POLE_MEANS, POLE_REDUCTIONS, POLE_SPLITTING
from symbolic_init.moments.rules.roots import ROOT_MEANS, ROOT_REDUCTIONS
from symbolic_init.moments.rules.signs import SIGN_MEANS, SIGN_REDUCTIONS
from symbolic_init.moments.rules.simple_poles import RATIONAL_MEANS

__all__ = ["MEANS", "REDUCTIONS", "RULES", "SPLITTING"]

RULES: tuple[Rule, ...] = (
    *SIGN_REDUCTIONS,
    *POLE_SPLITTING,
    *POLE_REDUCTIONS,
    *RATIONAL_REDUCTIONS,
    *ROOT_REDUCTIONS,
    *INVERSE_SINE_REDUCTIONS,
    *LOGARITHM_REDUCTIONS,
    *LOGISTIC_REDUCTIONS,
    *SIGN_MEANS,
    *POLE_MEANS,
    *RATIONAL_MEANS,
    *ROOT_MEANS,
    *POWER_MEANS,
    *INVERSE_SINE_MEANS,
    *LOGARITHM_MEANS,
    *LOGISTIC_MEANS,
)

SPLITTING = tuple(r for r in RULES if r.stage == "splitting")
REDUCTIONS = tuple(r for r in RULES if r.stage in ("splitting", "reduction"))
MEANS = tuple(r for r in RULES if r.stage == "mean")
