"""The table of rules, in the order in which they are tried."""

from symbolic_init.moments.rule import Rule
from symbolic_init.moments.rules.signs import SIGN_MEANS, SIGN_REDUCTIONS

__all__ = ["MEANS", "REDUCTIONS", "RULES", "SPLITTING"]

RULES: tuple[Rule, ...] = (*SIGN_REDUCTIONS, *SIGN_MEANS)

SPLITTING = tuple(r for r in RULES if r.stage == "splitting")
REDUCTIONS = tuple(r for r in RULES if r.stage in ("splitting", "reduction"))
MEANS = tuple(r for r in RULES if r.stage == "mean")
