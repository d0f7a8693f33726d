"""Schoenholz et al. 2017: keep the size of the gradient, chi_1 = 1."""

from collections.abc import Sequence

from sympy import S

from symbolic_init.derivation import Step
from symbolic_init.errors import UnsupportedError
from symbolic_init.evidence import Value, weakest
from symbolic_init.notation import N, q, sigma_b2, v2
from symbolic_init.theories.curve import shortest
from symbolic_init.theories.length_map import given_weights
from symbolic_init.theories.theory import CriticalPoint, Proposal, Setting, Theory

__all__ = ["BACKWARD", "EDGE_OF_CHAOS"]

_ROUNDING = 1e-12
"""How far below 0 a bias variance that is 0 may come out, relative to q."""


def _mean_square_slope(setting: Setting) -> Value:
    """`h(q)`, or the reason why the gradient cannot be kept."""
    if setting.h is None:
        msg = "E[g'^2] is infinite: no weights keep the gradient; try theory 'length-map'"
        raise UnsupportedError(msg)
    value = setting.h.at(setting.q)
    if value.definition == 0:
        msg = "g' = 0 almost everywhere: no gradient passes; try theory 'length-map'"
        raise UnsupportedError(msg)
    return value


def _steps(setting: Setting, value: Value) -> tuple[Step, ...]:
    """The lines from `chi_1 = 1` to the weight variance."""
    assert setting.h is not None
    mean = setting.h.head(setting.q)
    given = ((v2, 1 / (N * value.definition)),)
    steps = [
        Step(
            id="backward.chi",
            chain="backward",
            lhs=S.One,
            rhs=N * v2 * mean,
            reason="chi_1 = N v^2 E[g'^2] = 1: the gradient keeps its size",
            rule="backward.chi",
            reference="schoenholz2017",
            assumptions=("wide layers; forward and backward weights independent",),
            given=given,
        ),
        Step(
            id="backward.solution",
            chain="backward.solution",
            lhs=v2,
            rhs=1 / (N * mean),
            reason="solved for v^2",
            rule="backward.solution",
            reference="schoenholz2017",
            given=given,
        ),
    ]
    if value.expr is not None:
        steps.append(
            Step(
                id="backward.inserted",
                chain="backward.solution",
                lhs=1 / (N * mean),
                rhs=1 / (N * value.definition),
                reason=f"the closed form of h at q = {setting.q}",
                rule="backward.inserted",
                kind=value.kind,
            )
        )
    return tuple(steps)


def _backward(setting: Setting) -> Proposal:
    if setting.sigma_w2 is not None:
        return given_weights(setting)
    value = _mean_square_slope(setting)
    return Proposal(
        sigma_w2=1 / value.definition,
        sigma_b2=setting.sigma_b2,
        kind=value.kind,
        q=None,
        every_q=setting.is_scale_invariant and setting.sigma_b2 == 0,
        steps=_steps(setting, value),
        rules=("backward.solution", *value.rules),
    )


def _check_bias(bias: Value, setting: Setting) -> None:
    """Refuse a negative variance of the biases.

    Raises:
        UnsupportedError: If it is negative beyond rounding.
    """
    if bias.definition.free_symbols or float(bias) >= -_ROUNDING * float(setting.q):
        return
    msg = (
        f"no edge of chaos at q = {setting.q}: the bias variance q - M(q)/h(q) would be {float(bias):.6g}; "
        "try another --q, or theory 'length-map'"
    )
    raise UnsupportedError(msg)


def _curve(setting: Setting) -> tuple[Step, ...]:
    """The edge of chaos as a curve with parameter q, where both means have a closed form."""
    assert setting.h is not None
    second, first = setting.M.expr, setting.h.expr
    if second is None or first is None:
        return ()
    weight, bias = shortest(1 / first), shortest(q - second / first)
    given = ((v2, 1 / (N * setting.h.head(q))),)
    return (
        Step(
            id="edge-of-chaos.curve.weight",
            chain="edge-of-chaos.curve.weight",
            lhs=N * v2,
            rhs=weight,
            reason="the whole edge, with parameter q: N v^2 = 1/h(q)",
            rule="edge-of-chaos.curve",
            reference="schoenholz2017",
            given=given,
        ),
        Step(
            id="edge-of-chaos.curve.bias",
            chain="edge-of-chaos.curve.bias",
            lhs=sigma_b2,
            rhs=bias,
            reason="sigma_b2 = q - M(q)/h(q), where that is not negative",
            rule="edge-of-chaos.curve",
            reference="schoenholz2017",
            given=((sigma_b2, q - setting.M.head(q) / setting.h.head(q)),),
        ),
    )


def _on_edge(setting: Setting, points: Sequence[CriticalPoint]) -> Proposal:
    """The point of smallest variance on the edge with the bias variance asked for."""
    if not points:
        msg = (
            f"no edge of chaos with a bias variance of {setting.sigma_b2}: chi_1 = 1 holds at no fixed point "
            "between q = 1e-4 and 1e4; try theory 'length-map'"
        )
        raise UnsupportedError(msg)
    assert setting.h is not None
    point = points[0]
    place, bias, weight = point.K_star, point.C_b, point.C_W
    steps = _curve(setting)
    if place != 0:
        slope, mean = setting.h.head(q), setting.M.head(q)
        given = ((v2, 1 / (N * slope)), (sigma_b2, bias), (q, place))
        steps += (
            Step(
                id="edge-of-chaos.point",
                chain="edge-of-chaos.point",
                lhs=q,
                rhs=sigma_b2 + N * v2 * mean,
                reason="a fixed point of the length map where N v^2 h(q) = 1",
                rule="edge-of-chaos.point",
                reference="schoenholz2017",
                given=given,
                kind=point.kind,
            ),
        )
    return Proposal(
        sigma_w2=weight,
        sigma_b2=bias,
        kind=point.kind,
        q=place if place != 0 else None,
        steps=steps,
        rules=("edge-of-chaos.point",),
        label="edge of chaos",
    )


def _edge_of_chaos(setting: Setting) -> Proposal:
    if setting.sigma_w2 is not None:
        msg = "the edge of chaos is a curve: give q or sigma_b2, not the weight variance"
        raise UnsupportedError(msg)
    if setting.edge is not None and not setting.is_scale_invariant:
        return _on_edge(setting, setting.edge)
    value = _mean_square_slope(setting)
    second = setting.M.at(setting.q)
    homogeneous = setting.is_scale_invariant
    if homogeneous and setting.edge is not None and setting.sigma_b2 != 0:
        msg = "M(q)/q is constant: the edge of chaos is the single point without biases, at every q"
        raise UnsupportedError(msg)
    bias = S.Zero if homogeneous else setting.q - second.definition / value.definition
    _check_bias(Value(definition=bias, kind=weakest(value.kind, second.kind)), setting)
    mean = setting.M.head(setting.q)
    given = ((v2, 1 / (N * value.definition)), (sigma_b2, bias))
    bias_step = Step(
        id="edge-of-chaos.bias",
        chain="edge-of-chaos",
        lhs=sigma_b2,
        rhs=setting.q - N * v2 * mean,
        reason=f"q = {setting.q} is a fixed point of the length map",
        rule="edge-of-chaos.bias",
        reference="schoenholz2017",
        given=given,
    )
    return Proposal(
        sigma_w2=1 / value.definition,
        sigma_b2=bias,
        kind=weakest(value.kind, second.kind),
        q=None if homogeneous else setting.q,
        every_q=homogeneous,
        steps=(*_curve(setting), *_steps(setting, value), bias_step),
        rules=("backward.solution", "edge-of-chaos.bias", *value.rules),
    )


BACKWARD = Theory(
    id="backward",
    title="Size of the gradient",
    label="backward q = {q}",
    claim="The squared gradient is the same in every layer where the pre-activation variance is q.",
    validity="Exact for wide layers; with the almost-everywhere derivative, as in backpropagation.",
    reference="schoenholz2017",
    takes_weights=True,
    propose=_backward,
)

EDGE_OF_CHAOS = Theory(
    id="edge-of-chaos",
    title="Edge of chaos",
    label="edge of chaos q = {q}",
    claim="The signal and the squared gradient are both the same in every layer.",
    validity="Needs a bias variance q - M(q)/h(q) that is not negative.",
    reference="schoenholz2017",
    propose=_edge_of_chaos,
)
