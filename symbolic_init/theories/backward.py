"""Schoenholz et al. 2017: keep the size of the gradient, chi_1 = 1."""

from sympy import S

from symbolic_init.derivation import Step
from symbolic_init.errors import UnsupportedError
from symbolic_init.evidence import Value, weakest
from symbolic_init.notation import N, sigma_b2, v2
from symbolic_init.theories.theory import Proposal, Setting, Theory

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


def _edge_of_chaos(setting: Setting) -> Proposal:
    value = _mean_square_slope(setting)
    second = setting.M.at(setting.q)
    homogeneous = setting.is_scale_invariant
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
        steps=(*_steps(setting, value), bias_step),
        rules=("backward.solution", "edge-of-chaos.bias", *value.rules),
    )


BACKWARD = Theory(
    id="backward",
    title="Size of the gradient",
    label="backward q = {q}",
    claim="The squared gradient is the same in every layer where the pre-activation variance is q.",
    validity="Exact for wide layers; with the almost-everywhere derivative, as in backpropagation.",
    reference="schoenholz2017",
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
