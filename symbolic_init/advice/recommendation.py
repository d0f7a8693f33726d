"""Which weights and biases to use: a table of computed facts, first row that applies.

| fact                                                         | recommended                             |
|--------------------------------------------------------------|-----------------------------------------|
| `M(q)/q` is constant                                         | `1/A_2`, no bias                        |
| g jumps                                                      | length map at q = 1 (forward only)      |
| `m(1) = 0`, `M(1) = 1`, `V'(1) < 1`                          | `1/N`, no bias                          |
| the edge of chaos starts at q -> 0 and the signal stays      | `2/(g'(0-)^2 + g'(0+)^2)`, no bias      |
| it has a point with `sigma_b2 >= 0`, `V' <= 1`, no divergence| that point of smallest q, with its bias |
| the same holds at q = 1, and the signal gets there           | edge of chaos at q = 1, with its bias   |
| `V'(1) <= 1` with the length map at q = 1                    | length map at q = 1                     |
| otherwise                                                    | none, why, and what would help          |

No row is taken unless the exact length map, started at the `E[x^2]` of the inputs, neither diverges nor
sits at an unstable fixed point.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import final

from sympy import Expr, S

from symbolic_init.advice.edge_steps import edge_steps
from symbolic_init.advice.transformation import normalized, shifted
from symbolic_init.derivation import Scheme, Step
from symbolic_init.errors import NotIntegrableError, PrecisionError, UnsupportedError
from symbolic_init.evidence import Value
from symbolic_init.meanfield.critical_points import HALF_STABLE, Balance, boundary_point, edge_point
from symbolic_init.meanfield.flow import Flow, decimal_bracket, land
from symbolic_init.meanfield.solving import scheme
from symbolic_init.moments.root import changes_sign
from symbolic_init.notation import Root, q
from symbolic_init.theories import THEORIES, Proposal, Setting

__all__ = ["Recommendation", "recommend"]

_NORMALIZED = 1e-9
"""How far `m(1)` and `M(1)` may be from 0 and 1 when constants are given to double precision."""
_GRID = tuple(10 ** (k / 20) for k in range(-80, 81))
"""Variances at which the edge of chaos is looked at."""
_MARGIN = 1e-9
_VANISHING = 0.9
"""A gradient that shrinks faster than this per layer is worth a remark."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """What to use, or why nothing can be recommended.

    Attributes:
        rows: Rows for the table of schemes; the first is the recommendation. Empty for "none".
        why: One sentence.
        steps: Further steps that show it.
    """

    rows: tuple[Scheme, ...]
    why: str
    steps: tuple[Step, ...] = ()

    @property
    def first_layer(self) -> Value | None:
        """`sigma_w2` of the first layer where it differs, for `E[x^2] = 1`, or `None`."""
        return self.rows[0].first_layer if self.rows else None


def recommend(setting: Setting, flow: Flow | None) -> Recommendation:
    """Return what to use for an activation, by the table of this module."""
    if setting.A_2 is not None:
        return _every_q(replace(setting, sigma_b2=S.Zero), flow)
    if flow is None:
        why = "its length map cannot be followed in double precision (too small, or features too narrow)."
        if setting.assumptions.intervals:
            why = "it depends on the parameters: give them values (--set a=1/100)."
        return Recommendation(rows=(), why=why)
    setting = replace(setting, q=S.One if flow.limit > 1 else setting.q, sigma_b2=S.Zero)
    for row in (_jump, _normalized, _critical, _edge, _edge_at_q, _length_map):
        found = row(setting, flow)
        if found is not None:
            return found
    return Recommendation(rows=(), why=_reason(setting, flow))


def _every_q(setting: Setting, flow: Flow | None) -> Recommendation:
    theory = THEORIES["length-map"]
    rows = scheme(theory, theory.propose(setting), setting, flow)
    why = "M(q)/q is constant, so every q is fixed and chi_1 is constant."
    if setting.has_jump:
        why = (
            f"M(q)/q is constant, so every q is fixed; {setting.rupture}, so backpropagation says nothing: "
            "forward only."
        )
    elif not setting.is_scale_invariant:
        why = "M(q)/q is constant, so every q is fixed; chi_1 depends on it."
    return Recommendation(rows=rows, why=why)


def _reason(setting: Setting, flow: Flow) -> str:
    """Why nothing is recommended, and which transformation would help."""
    at = float(setting.q)
    second, square_slope, slope = flow.means(at)
    steep = at * slope / second
    facts = [f"the length map at q = {setting.q} repels (V' = {steep:.4g})"]
    if steep <= 1:
        facts = [f"from E[x^2] = {setting.second_moment} the length map at q = {setting.q} is not reached"]
    if setting.has_jump:
        facts.append(f"{setting.rupture}, so there is no edge of chaos")
    elif setting.h is None or not math.isfinite(square_slope):
        facts.append("E[g'^2] is infinite, so there is no edge of chaos")
    else:
        facts.append(
            "no point of the edge of chaos up to q = 1e4 has Var(b) >= 0, V' <= 1 and N Var(w) A_2 <= 1"
        )
    helped = shifted(setting, flow) or normalized(setting, flow)
    advice = f"use {helped}" if helped else "normalize between layers"
    return f"{'; '.join(facts)}. What would help: {advice}."


def _forward(setting: Setting, flow: Flow, why: str) -> Recommendation | None:
    """The length map at q = 1 (or the q asked for, where means end before 1), if it is stable there."""
    theory = THEORIES["length-map"]
    if not flow.limit > float(setting.q):
        return None
    rows = scheme(theory, theory.propose(setting), setting, flow)
    if not rows[0].stable or len(rows) > 1:
        return None
    chi = rows[0].chi_1
    if chi is not None and not setting.has_jump and float(chi) < _VANISHING:
        why = f"{why[:-1]}; gradient^2 x {float(chi):.3g} a layer."
    return Recommendation(rows=rows, why=why)


def _jump(setting: Setting, flow: Flow) -> Recommendation | None:
    if not setting.has_jump:
        return None
    slope = float(setting.q) * flow.means(float(setting.q))[2] / flow.second(float(setting.q))
    shown = f"{round(slope, 9) + 0:.4g}"  # rounding may leave a tiny number of either sign
    why = (
        f"{setting.rupture}, so backpropagation says nothing: forward only, q = {setting.q} is kept "
        f"(V' = {shown})."
    )
    return _forward(setting, flow, why)


def _normalized(setting: Setting, flow: Flow) -> Recommendation | None:
    if not flow.limit > 1:
        return None
    second, _, slope = flow.means(1.0)
    if abs(second - 1) > _NORMALIZED or slope >= 1 or abs(float(setting.m.at(S.One))) > _NORMALIZED:
        return None
    return _forward(setting, flow, "E g = 0 and E g^2 = 1 at q = 1, a stable fixed point: self-normalizing.")


def _critical(setting: Setting, flow: Flow) -> Recommendation | None:
    """The start of the edge of chaos at q -> 0."""
    growth = setting.growth
    if setting.at_zero != 0 or growth in (None, 0) or setting.h is None:
        return None
    proposal = Proposal(sigma_w2=1 / growth, sigma_b2=S.Zero, kind="exact", q=None, steps=(), rules=())
    weight = float(Value(definition=1 / growth, kind="exact"))
    below = [t for t in _GRID if t <= max(weight, _GRID[0])]
    if any(weight * flow.second(t) > t * (1 + _MARGIN) for t in below):
        return None
    start = weight * float(setting.second_moment)
    if land(flow, weight, 0.0, start=start).fate not in ("decays", "fixed"):
        return None
    theory = replace(THEORIES["edge-of-chaos"], label="critical")
    rows = scheme(theory, proposal, setting, flow)
    weights = "1/g'(0)^2" if setting.slope is not None else "2/(g'(0-)^2 + g'(0+)^2)"
    why = f"g(0) = 0 and V(q) <= q, so N Var(w) = {weights} is critical, class K* = 0."
    return Recommendation(rows=rows, why=why)


def _edge(setting: Setting, flow: Flow) -> Recommendation | None:
    """The point of smallest q on the edge of chaos that is stable and needs no negative variance."""
    if setting.h is None or setting.has_jump or setting.tail_slope2 is None:
        return None
    tail = float(setting.tail_slope2)

    def bias(t: float) -> float:
        second, square_slope, _ = flow.means(t)
        return t * square_slope - second

    def excess(t: float) -> float:
        _, square_slope, slope = flow.means(t)
        return slope - square_slope

    def divergence(t: float) -> float:
        return tail - flow.means(t)[1]

    def allowed(t: float) -> bool:
        if not t < flow.limit:
            return False
        second, square_slope, slope = flow.means(t)
        if not 0 < square_slope < math.inf:
            return False
        room = _MARGIN * square_slope
        return (
            t * square_slope - second >= -room * t
            and slope <= square_slope + room
            and tail <= square_slope + room
        )

    previous = None
    for t in _GRID:
        if allowed(t):
            if previous is None:
                return None
            return _at_boundary(setting, flow, (bias, excess, divergence), allowed, previous, t)
        previous = t
    return None


def _edge_at_q(setting: Setting, flow: Flow) -> Recommendation | None:
    """The point of the edge of chaos at q = 1, where the one of smallest q is not found or not reached."""
    theory = THEORIES["edge-of-chaos"]
    try:
        proposal = theory.propose(replace(setting, edge=None))
    except (NotIntegrableError, PrecisionError, UnsupportedError):
        return None
    rows = scheme(theory, proposal, setting, flow)
    tail = setting.tail_slope2
    if len(rows) > 1 or rows[0].fate != "fixed" or not rows[0].stable or tail is None:
        return None
    if not float(tail) * float(rows[0].sigma_w2) <= 1:
        return None
    first = Value(definition=setting.q - proposal.sigma_b2, kind=proposal.kind)
    why = (
        f"No stable point of smallest q was found on the edge of chaos; the one at q = {setting.q} is stable."
    )
    return Recommendation(rows=(replace(rows[0], first_layer=first),), why=why, steps=proposal.steps)


def _at_boundary(
    setting: Setting,
    flow: Flow,
    bounds: Sequence[Callable[[float], float]],
    allowed: Callable[[float], bool],
    low: float,
    high: float,
) -> Recommendation | None:
    """The point between a forbidden and an allowed variance, named by the bound that is active there."""
    assert setting.tail_slope2 is not None
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if allowed(middle) else (middle, high)
    names = (
        (Balance(h=q, M=S.NegativeOne), "zero bias: q = M(q)/h(q)", "edge, no bias"),
        (HALF_STABLE, "V' = chi_1 = 1", "half-stable"),
        (Balance(h=S.One, constant=-setting.tail_slope2), "N Var(w) A_2 = 1", "edge, 1/A_2"),
    )
    for function, (balance, what, label) in zip(bounds, names, strict=True):
        try:
            bracket = decimal_bracket(function, high)
        except PrecisionError:
            continue
        point = boundary_point(setting, balance, bracket)
        return _edge_point(setting, flow, point, what, label)
    return None


def _edge_point(setting: Setting, flow: Flow, point: Expr, what: str, label: str) -> Recommendation | None:
    if isinstance(point, Root) and not changes_sign(point):
        return None  # floats have seen it where there is none
    edge = edge_point(setting, point, has_bias=not label.endswith("no bias"))
    if label.endswith("1/A_2"):
        assert setting.tail_slope2 is not None
        edge = replace(edge, C_W=1 / setting.tail_slope2)
    bias, kind = edge.C_b, edge.kind
    half_stable = label == "half-stable"
    proposal = Proposal(
        sigma_w2=edge.C_W,
        sigma_b2=bias,
        kind=kind,
        q=point,
        steps=(),
        rules=(),
        slope=S.One if half_stable else None,
    )
    theory = replace(THEORIES["edge-of-chaos"], label=label)
    rows = scheme(theory, proposal, setting, flow)
    if not rows[0].stable:
        return None
    first = Value(definition=point - bias, kind=kind)
    why = f"the stable point of smallest q on the edge of chaos ({what})."
    if bias != 0:
        at_zero = setting.at_zero == 0 and setting.growth not in (None, 0)
        reason = "at critical weights V(q) > q" if at_zero else "no point of the edge is stable"
        why = f"without biases {reason}; {why}"
    else:
        helped = shifted(setting, flow)
        why += f" Better: {helped}." if helped else ""
    rows = (replace(rows[0], first_layer=first), *rows[1:])
    return Recommendation(
        rows=rows, why=why[0].upper() + why[1:], steps=edge_steps(setting, edge, half_stable=half_stable)
    )


def _length_map(setting: Setting, flow: Flow) -> Recommendation | None:
    why = f"no stable edge of chaos was found; the length map at q = {setting.q} is stable."
    return _forward(setting, flow, why)
