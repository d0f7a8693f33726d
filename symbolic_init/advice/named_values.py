"""The values of a derivation by their names: those of the headline, and of every fixed point."""

import math
from collections.abc import Sequence
from functools import partial

from sympy import Expr, S, oo, sqrt

from symbolic_init.derivation import Scheme
from symbolic_init.evidence import Value, estimated, weakest
from symbolic_init.meanfield.depth import depth_scale
from symbolic_init.meanfield.flow import GRID, Flow, sampled
from symbolic_init.meanfield.orbits import rests
from symbolic_init.meanfield.solving import fixed_point, own_point, slope_at, slopes_at
from symbolic_init.moments.root import changes_sign
from symbolic_init.notation import Root
from symbolic_init.theories import THEORIES, CriticalPoint, Proposal, Setting, implied_q

__all__ = ["edge_solutions", "fixed_point_solutions", "headline_values"]

_SAMPLE = tuple(10 ** (k / 4) for k in range(-20, 25))
"""Variances at which the length map is looked at: does it rise?"""
_MARGIN = 1e-9
_CANCELLED = 1e-4
"""Part of E[g^2] below which a variance in double precision has lost some of the digits that are told."""

Named = tuple[tuple[str, Value], ...]


def headline_values(
    setting: Setting,
    proposal: Proposal,
    headline: tuple[Scheme, ...],
    *,
    numeric: bool,
    settled: bool = True,
    sketch: Flow | None = None,
) -> dict[str, Value]:
    """Return the named values of the headline.

    Args:
        setting: The activation.
        proposal: What the theory says.
        headline: The rows of its scheme.
        numeric: Whether to evaluate the means by quadrature too.
        settled: Whether to tell where the signal settles.
        sketch: The length map, if its double precision will do for what the linearization implies.
    """
    row = headline[0]
    values = {"sigma_w2": row.sigma_w2, "sigma_b2": row.sigma_b2, "gain": row.gain}
    if settled:
        values |= _where_it_settles(setting, headline)
    means = (("m", setting.m), ("M", setting.M), ("h", setting.h))
    for name, moment in means:
        if moment is not None and (setting.q < moment.limit) != False:  # noqa: E712  a SymPy relation
            values[name] = moment.at(setting.q)
            if numeric:
                head = moment.head(setting.q)
                values[f"{name}_quadrature"] = Value(definition=head, kind="estimated")
    for name, coefficient in (("a_1", setting.a_1), ("b_1", setting.b_1)):
        if coefficient is not None:
            values[name] = Value(definition=coefficient, kind="exact")
    if row.theory == "linear" and setting.slope is not None:
        point = implied_q(setting.slope)
        values["q_implied"] = Value(definition=point, kind="exact")
        true = None if sketch is None else _sketched_variance(sketch, float(values["q_implied"]))
        values |= _implied(setting, proposal, point) if true is None else {"variance_true": true}
    if settled:
        sampler = None if setting.assumptions.intervals else partial(sampled, inputs=setting.M.inputs)
        values |= THEORIES[row.theory].values(setting, proposal, sampler)
    return values


def _where_it_settles(setting: Setting, headline: tuple[Scheme, ...]) -> dict[str, Value]:
    row, last = headline[0], headline[-1]
    point: Value | None
    if row.fate == "any":
        point = Value(definition=setting.q, kind="exact")
    elif row.q_star is None and row.fate == "diverges":
        point = Value(definition=oo, kind="estimated")
    else:
        point = row.q_star
    named = {"q_star": point, "V_prime": row.V_prime, "chi_1": row.chi_1}
    if row.fate == "diverges":
        named["q_settled"] = Value(definition=oo, kind="estimated")
    elif row.fate in ("fixed", "decays"):
        named["q_settled"] = last.q_star
    named |= {"xi_q": depth_scale(row.V_prime), "xi_grad": depth_scale(row.chi_1)}
    return {name: value for name, value in named.items() if value is not None}


def _sketched_variance(flow: Flow, variance: float) -> Value | None:
    """The variance of g at one variance, unless most of its digits cancel or it is infinite."""
    if not variance < flow.limit:
        return None
    second, first = flow.second(variance), flow.first(variance)[0]
    found = second - first**2
    return estimated(found) if _CANCELLED * second < found < math.inf else None


def _implied(setting: Setting, proposal: Proposal, point: Expr) -> dict[str, Value]:
    """What the exact theory says at the q that the linearization implies."""
    if (point < setting.M.limit) == False:  # noqa: E712  a SymPy relation, perhaps undecided
        return {}
    second, first = setting.M.at(point), setting.m.at(point)
    kind = weakest(second.kind, first.kind)
    weight = proposal.sigma_w2
    values = {"variance_true": Value(definition=second.definition - first.definition**2, kind=kind)}
    values["V_prime_implied"] = Value(definition=weight * slope_at(setting.M, point), kind=second.kind)
    if setting.h is not None:
        h = setting.h.at(point)
        values["chi_1_implied"] = Value(definition=weight * h.definition, kind=h.kind)
    return values


def fixed_point_solutions(setting: Setting, proposal: Proposal, stream: Flow) -> tuple[Named, ...]:
    """Return what is known at every fixed point of the length map with the weights of a proposal.

    They are found where `V(q) - q` changes its sign between 1e-5 and 1e6; the point that the proposal was
    made for and `q = 0` count as well. Where V rises everywhere in between, each attracting point has its
    `basin_low` and `basin_high`.

    Args:
        setting: The activation.
        proposal: Weight and bias variance.
        stream: The length map.
    """
    points = _points(setting, proposal, stream)
    rows = [_named(setting, proposal, point) for point in points]
    if all(stream.means(t)[2] >= 0 for t in _SAMPLE if t < stream.limit):
        top = Value(definition=setting.M.limit, kind="exact")
        ends = [Value(definition=S.Zero, kind="exact"), *points, top]
        rows = [
            row | ({"basin_low": ends[k], "basin_high": ends[k + 2]} if _attracts(row) else {})
            for k, row in enumerate(rows)
        ]
    return tuple(tuple(row.items()) for row in rows)


def _attracts(row: dict[str, Value]) -> bool:
    return "V_prime" in row and abs(float(row["V_prime"])) < 1 - _MARGIN


def _points(setting: Setting, proposal: Proposal, stream: Flow) -> list[Value]:
    """All fixed points by increasing variance."""
    weight, bias = (
        float(Value(definition=e, kind=proposal.kind)) for e in (proposal.sigma_w2, proposal.sigma_b2)
    )
    own = None if proposal.q is None else own_point(proposal)
    found = [] if own is None else [own]
    if proposal.sigma_b2 == 0 and setting.at_zero == 0 and setting.growth is not None:
        found.append(Value(definition=S.Zero, kind="exact"))
    for rest in rests(stream, weight, bias):
        if own is None or not 1 / GRID < rest.q / float(own) < GRID:
            point = fixed_point(setting, proposal, stream, rest.q)
            if not isinstance(point.definition, Root) or changes_sign(point.definition):
                found.append(point)  # else floats have seen it where there is none
    return sorted(found, key=float)


def _named(setting: Setting, proposal: Proposal, point: Value) -> dict[str, Value]:
    """The values at one fixed point."""
    slope, chi = slopes_at(setting, proposal, point)
    scales = {"xi_q": depth_scale(slope), "xi_grad": depth_scale(chi)}
    named = {"q_star": point, "V_prime": slope, "chi_1": chi, **scales}
    return {name: value for name, value in named.items() if value is not None}


def edge_solutions(setting: Setting, points: Sequence[CriticalPoint]) -> tuple[Named, ...]:
    """Return what is known at every point of the edge of chaos with one bias variance."""
    return tuple(tuple(_on_edge(setting, point).items()) for point in points)


def _on_edge(setting: Setting, point: CriticalPoint) -> dict[str, Value]:
    proposal = Proposal(
        sigma_w2=point.C_W, sigma_b2=point.C_b, kind=point.kind, q=point.K_star, steps=(), rules=()
    )
    weight = Value(definition=point.C_W, kind=point.kind)
    return {
        "sigma_w2": weight,
        "sigma_b2": Value(definition=point.C_b, kind="exact" if point.C_b.is_Rational else point.kind),
        "gain": Value(definition=sqrt(point.C_W), kind=point.kind),
        **_named(setting, proposal, own_point(proposal)),
    }
