r"""Pennington, Schoenholz, Ganguli 2017: singular values of the input-output Jacobian.

At a point where the mean squared singular value is kept, `chi_1 = 1`, each layer adds to the variance of the
squared singular values `mu_2/mu_1^2 - 1` from the slopes, `mu_k = E[g'^(2k)]`, and 1 more where the weights
are normal, 0 where they are orthogonal. With weights of its own a network is followed layer by layer.
"""

import math
from collections.abc import Iterator, Mapping

from sympy import Expr, Integer, Piecewise, S, sqrt

from symbolic_init.derivation import Step
from symbolic_init.errors import UnsupportedError
from symbolic_init.evidence import Moment, Value, estimated, weakest
from symbolic_init.notation import q as q_symbol
from symbolic_init.theories.backward import EDGE_OF_CHAOS
from symbolic_init.theories.length_map import given_weights
from symbolic_init.theories.theory import Proposal, Sampler, Setting, Theory

__all__ = ["ISOMETRY"]


def _propose(setting: Setting) -> Proposal:
    """The weights that were given, or those of the edge of chaos, with what the slopes add."""
    if setting.sigma_w2 is not None:
        return given_weights(setting)
    if setting.h is None or not setting.slope_fourth:
        msg = "E[g'^2] or E[g'^4] is infinite: the squared singular values have no finite variance"
        raise UnsupportedError(msg)
    edge = EDGE_OF_CHAOS.propose(setting)
    point = _point(setting, edge)
    return Proposal(
        sigma_w2=edge.sigma_w2,
        sigma_b2=edge.sigma_b2,
        kind=edge.kind,
        q=edge.q,
        every_q=edge.every_q,
        steps=(*edge.steps, *(() if point is None else _steps(setting, setting.h, point))),
        rules=edge.rules,
        label="edge of chaos",
    )


def _point(setting: Setting, proposal: Proposal) -> Expr | None:
    """The variance at which the slopes are looked at."""
    return setting.q if proposal.every_q else proposal.q


def _ratio(setting: Setting, slope: Moment, point: Expr) -> Value:
    """`mu_2/mu_1^2`."""
    fourth, second = setting.slope_fourth[0].at(point), slope.at(point)
    return Value(definition=fourth.definition / second.definition**2, kind=weakest(fourth.kind, second.kind))


def _steps(setting: Setting, slope: Moment, point: Expr) -> Iterator[Step]:
    """What a layer adds, and what all of them do with orthogonal weights."""
    heads = setting.slope_fourth[0].head(point) / slope.head(point) ** 2
    found = _ratio(setting, slope, point)
    if heads != found.definition:
        yield Step(
            id="isometry.slopes",
            chain="isometry",
            lhs=heads,
            rhs=found.definition,
            reason="a layer adds this to the variance of the squared singular values of the Jacobian with "
            "normal weights, and 1 less with orthogonal ones",
            rule="isometry.slopes",
            reference="pennington2017",
            assumptions=("weights independent of the signal",),
            given=((q_symbol, point),),
            kind=found.kind,
        )


def _values(setting: Setting, proposal: Proposal, sampler: Sampler | None) -> Mapping[str, Value]:
    """Variance of the squared singular values after all layers, and the largest where a form is known."""
    point = _point(setting, proposal)
    if setting.h is None or not setting.slope_fourth:
        return {}
    if point is None:
        return {} if sampler is None else dict(_followed(setting, proposal, sampler))
    ratio, depth = _ratio(setting, setting.h, point), Integer(setting.depth)
    lost = S.Infinity if ratio.definition == 1 else 1 / (ratio.definition - 1)
    values = {
        "mu_ratio": ratio,
        "jacobian_normal": Value(definition=depth * ratio.definition, kind=ratio.kind),
        "jacobian_orthogonal": Value(definition=depth * (ratio.definition - 1), kind=ratio.kind),
        "isometry_depth": Value(definition=lost, kind=ratio.kind),
    }
    if _has_two_slopes(setting.h.integrand) and not ratio.definition.free_symbols:
        part = 1 / ratio.definition
        normal, orthogonal = _largest_normal(part, depth), _largest_orthogonal(part, depth)
        values["s_max2_normal"] = Value(definition=normal, kind=ratio.kind)
        values["s_max2_orthogonal"] = Value(definition=orthogonal, kind=ratio.kind)
    return values


def _has_two_slopes(squared: Expr) -> bool:
    """Whether a squared slope takes the value 0 and one other number, or this alone."""
    branches = [piece for piece, _ in squared.args] if isinstance(squared, Piecewise) else [squared]
    return all(b.is_number for b in branches) and len({b for b in branches if b != 0}) == 1


def _largest_normal(part: Expr, depth: Integer) -> Expr:
    """Largest squared singular value where a slope is not 0 with probability `part`, normal weights."""
    z = (1 - depth + sqrt((depth - 1) ** 2 + 4 * depth * part)) / (2 * depth)
    return (1 + z) / z * ((z + part) / part) ** depth


def _largest_orthogonal(part: Expr, depth: Integer) -> Expr:
    """The same with orthogonal weights; in few layers an atom lies beyond the continuous part."""
    if float(depth * (1 - part)) > 1:
        return (1 - part) / part * depth**depth / (depth - 1) ** (depth - 1)
    return part**-depth


def _followed(setting: Setting, proposal: Proposal, sampler: Sampler) -> Iterator[tuple[str, Value]]:
    """The sums over the layers of the weights that were given, in double precision."""
    assert setting.h is not None
    slope = setting.h.integrand
    means = sampler((setting.M.integrand, slope, slope**2))
    weight, bias = (float(Value(definition=e, kind="exact")) for e in (proposal.sigma_w2, proposal.sigma_b2))
    q, total, lost = weight * float(setting.second_moment) + bias, 0.0, None
    for layer in range(1, setting.depth + 1):
        second, first, fourth = means(q) if 0 < q < math.inf else (math.nan,) * 3
        total += fourth / first**2 - 1 if first else math.nan
        if not math.isfinite(total):
            return
        if lost is None and total > 1:
            lost = layer
        q = bias + weight * second
    yield "jacobian_normal", estimated(total + setting.depth)
    yield "jacobian_orthogonal", estimated(total)
    if lost is not None:
        yield "isometry_depth", Value(definition=Integer(lost), kind="estimated")


ISOMETRY = Theory(
    id="isometry",
    title="Dynamical isometry",
    label="isometry q = {q}",
    claim="The squared singular values of the input-output Jacobian keep their mean; how far they spread.",
    validity="Exact for wide layers; orthogonal weights and small q keep isometry longest.",
    reference="pennington2017",
    takes_weights=True,
    propose=_propose,
    values=_values,
)
