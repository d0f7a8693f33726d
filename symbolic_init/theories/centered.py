"""NFNets: keep the variance of the activations, for weights whose rows sum to zero."""

from sympy import S

from symbolic_init.derivation import Step
from symbolic_init.errors import UnsupportedError
from symbolic_init.evidence import weakest
from symbolic_init.notation import N, v2
from symbolic_init.theories.theory import Proposal, Setting, Theory

__all__ = ["CENTERED"]


def _propose(setting: Setting) -> Proposal:
    second, first = setting.M.at(setting.q), setting.m.at(setting.q)
    variance = second.definition - first.definition**2
    if variance == 0:
        msg = "Var g = 0: the activation is constant"
        raise UnsupportedError(msg)
    heads = setting.M.head(setting.q) - setting.m.head(setting.q) ** 2
    kind = weakest(second.kind, first.kind)
    solution = setting.q / variance
    given = ((v2, solution / N),)
    steps = [
        Step(
            id="centered.fixed-point",
            chain="centered",
            lhs=setting.q,
            rhs=N * v2 * heads,
            reason="rows that sum to zero remove the mean: q = N v^2 Var g",
            rule="centered.fixed-point",
            reference="brock2021",
            assumptions=("every row of weights sums to zero",),
            given=given,
        ),
        Step(
            id="centered.solution",
            chain="centered.solution",
            lhs=v2,
            rhs=setting.q / (N * heads),
            reason="solved for v^2",
            rule="centered.solution",
            reference="brock2021",
            given=given,
        ),
    ]
    if kind == "exact":
        steps.append(
            Step(
                id="centered.inserted",
                chain="centered.solution",
                lhs=setting.q / (N * heads),
                rhs=solution / N,
                reason=f"the closed forms of M and m at q = {setting.q}",
                rule="centered.inserted",
            )
        )
    return Proposal(
        sigma_w2=solution,
        sigma_b2=S.Zero,
        kind=kind,
        q=None,
        steps=tuple(steps),
        rules=("centered.solution", *second.rules, *first.rules),
    )


CENTERED = Theory(
    id="centered",
    title="Centered gain",
    label="centered (NFNets)",
    claim="The variance of the activations is the same in every layer.",
    validity="For weights whose rows sum to zero (scaled weight standardization).",
    reference="brock2021",
    note="for weights with zero row sums only",
    propose=_propose,
)
