"""Poole et al. 2016: keep the pre-activation variance q exactly."""

from sympy import S

from symbolic_init.derivation import Step
from symbolic_init.errors import UnsupportedError
from symbolic_init.evidence import Deferred
from symbolic_init.notation import N, q, sigma_b2, v2
from symbolic_init.theories.counting import fixed_point_notes
from symbolic_init.theories.theory import Proposal, Setting, Theory

__all__ = ["LENGTH_MAP", "given_weights"]


def given_weights(setting: Setting) -> Proposal:
    """The weights that were given, whose fixed points are asked for."""
    assert setting.sigma_w2 is not None
    weight, bias = setting.sigma_w2, setting.sigma_b2
    step = Step(
        id="length-map.map",
        chain="length-map",
        lhs=N * v2 * setting.M.head(q) + sigma_b2,
        rhs=weight * setting.M.definition + bias,
        reason="V(q), the variance one layer on: its fixed points are the solutions",
        rule="length-map.map",
        reference="poole2016",
        assumptions=("wide layers, independent weights of mean 0",),
        given=((v2, weight / N), (sigma_b2, bias)),
        kind=setting.M.kind,
    )
    return Proposal(
        sigma_w2=weight,
        sigma_b2=bias,
        kind="exact",
        q=None,
        steps=(step,),
        rules=("length-map.map",),
        label="given weights",
        notes=Deferred(lambda: tuple(fixed_point_notes(setting, weight, bias))),
    )


def _homogeneous(setting: Setting) -> Proposal:
    """For `M(q) = A_2 q` every q is fixed by the same weights."""
    assert setting.A_2 is not None
    solution = 2 / (2 * setting.A_2)  # SymPy would leave halves in the denominator
    mean = setting.M.head(q)
    given = ((v2, solution / N),)
    steps = (
        Step(
            id="length-map.fixed-point",
            chain="length-map",
            lhs=q,
            rhs=N * v2 * mean,
            reason="q is a fixed point of the length map",
            rule="length-map.fixed-point",
            reference="poole2016",
            assumptions=("wide layers, independent weights of mean 0",),
            given=given,
        ),
        Step(
            id="length-map.homogeneous",
            chain="length-map",
            lhs=N * v2 * mean,
            rhs=N * v2 * setting.A_2 * q,
            reason="g(c x) = c g(x) for c > 0: M(q) = q M(1)",
            rule="length-map.homogeneous",
            reference="he2015",
            given=given,
        ),
        Step(
            id="length-map.solution",
            chain="length-map.solution",
            lhs=v2,
            rhs=solution / N,
            reason="solved for v^2; q cancels: every q is fixed",
            rule="length-map.solution",
            reference="he2015",
            given=given,
        ),
    )
    return Proposal(
        sigma_w2=solution,
        sigma_b2=S.Zero,
        kind="exact",
        q=None,
        every_q=True,
        steps=steps,
        rules=("length-map.homogeneous",),
    )


def _propose(setting: Setting) -> Proposal:
    if setting.sigma_w2 is not None:
        return given_weights(setting)
    if setting.A_2 is not None and setting.sigma_b2 == 0:
        return _homogeneous(setting)
    at, bias = setting.q, setting.sigma_b2
    if not (at - bias).is_positive:
        msg = f"no weights keep q = {at}: the bias variance {bias} is not below it; try a larger --q"
        raise UnsupportedError(msg)
    mean = setting.M.head(at)
    value = setting.M.at(at)
    solution = (at - bias) / value.definition
    given = ((v2, solution / N),)
    steps = [
        Step(
            id="length-map.fixed-point",
            chain="length-map",
            lhs=at,
            rhs=bias + N * v2 * mean,
            reason=f"q = {at} is a fixed point of the length map",
            rule="length-map.fixed-point",
            reference="poole2016",
            assumptions=("wide layers, independent weights of mean 0",),
            given=given,
        ),
        Step(
            id="length-map.solution",
            chain="length-map.solution",
            lhs=v2,
            rhs=(at - bias) / (N * mean),
            reason="solved for v^2",
            rule="length-map.solution",
            reference="poole2016",
            given=given,
        ),
    ]
    if value.expr is not None:
        steps.append(
            Step(
                id="length-map.inserted",
                chain="length-map.solution",
                lhs=(at - bias) / (N * mean),
                rhs=solution / N,
                reason=f"the closed form of M at q = {at}",
                rule="length-map.inserted",
                kind=value.kind,
            )
        )
    return Proposal(
        sigma_w2=solution,
        sigma_b2=bias,
        kind=value.kind,
        q=at,
        steps=tuple(steps),
        rules=("length-map.solution", *value.rules),
        notes=Deferred(lambda: tuple(fixed_point_notes(setting, solution, bias, own=True))),
    )


LENGTH_MAP = Theory(
    id="length-map",
    title="Fixed point of the length map",
    label="length map q = {q}",
    claim="The pre-activation variance q is the same in every layer.",
    validity="Exact for wide layers with independent weights of mean 0 and finite variance.",
    reference="poole2016",
    takes_weights=True,
    propose=_propose,
)
