"""Roberts, Yaida, Hanin 2022: keep both the size of the signal and of the gradient, V' = chi_1 = 1."""

from collections.abc import Mapping
from dataclasses import replace

from sympy import Expr, S

from symbolic_init.derivation import Step
from symbolic_init.errors import UnsupportedError
from symbolic_init.evidence import Value
from symbolic_init.notation import N, q, sigma_b2, v2
from symbolic_init.theories.theory import CriticalPoint, Proposal, Sampler, Setting, Theory

__all__ = ["CRITICALITY"]

_EVERYWHERE = (
    "M' = h, so V' = chi_1 = 1 at every point of the edge of chaos: this is the one at the q asked for"
)


def _values(_: Setting, proposal: Proposal, __: Sampler | None) -> Mapping[str, Value]:
    """`K_star`, `C_W` and `C_b`."""
    named = {
        "C_W": Value(definition=proposal.sigma_w2, kind=proposal.kind),
        "C_b": Value(definition=proposal.sigma_b2, kind="exact" if proposal.sigma_b2 == 0 else proposal.kind),
    }
    if not proposal.every_q:
        point = S.Zero if proposal.q is None else proposal.q
        named = {"K_star": Value(definition=point, kind="exact" if point == 0 else proposal.kind), **named}
    return named


def _line(name: str, lhs: Expr, rhs: Expr, reason: str, point: CriticalPoint) -> Step:
    """One line: both sides hold for the weights and biases of the critical point."""
    return Step(
        id=f"criticality.{name}",
        chain=f"criticality.{name}",
        lhs=lhs,
        rhs=rhs,
        reason=reason,
        rule=f"criticality.{name}",
        reference="roberts2022",
        assumptions=("wide layers, independent weights of mean 0",),
        given=((v2, point.C_W / N), (sigma_b2, point.C_b)),
        kind=point.kind,
    )


def _scale_invariant(setting: Setting) -> Proposal:
    assert setting.A_2 is not None
    point = CriticalPoint(K_star=q, C_W=2 / (2 * setting.A_2), C_b=S.Zero, kind="exact")
    steps = (
        _line("map", q, N * v2 * setting.M.head(q), "every q is fixed by C_W = q/M(q), C_b = 0", point),
        _line("weight", v2, point.C_W / N, "M(q)/q is constant: class of scale invariance", point),
    )
    return Proposal(
        sigma_w2=point.C_W,
        sigma_b2=S.Zero,
        kind="exact",
        q=None,
        every_q=True,
        steps=steps,
        rules=("criticality.weight",),
        label="critical, scale-invariant",
    )


def _at_zero(setting: Setting, point: CriticalPoint) -> Proposal:
    reason = "both V' and chi_1 tend to N v^2 g'(0)^2 = 1: class K* = 0"
    if setting.slope is None:
        reason = "both V' and chi_1 tend to N v^2 (g'(0-)^2 + g'(0+)^2)/2 = 1: class K* = 0"
    if setting.a_1 is not None:
        reason += f"; V(q) = q + a_1 q^2 + ..., a_1 = {setting.a_1}"
    return Proposal(
        sigma_w2=point.C_W,
        sigma_b2=S.Zero,
        kind="exact",
        q=None,
        steps=(_line("weight", v2, point.C_W / N, reason, point),),
        rules=("criticality.weight",),
        label="critical, K* = 0",
    )


def _half_stable(setting: Setting, point: CriticalPoint) -> Proposal:
    assert setting.h is not None
    slope, mean = setting.h.head(q), setting.M.head(q)
    at_point = ((v2, 1 / (N * slope)), (sigma_b2, q - mean / slope), (q, point.K_star))
    gradient = _line(
        "gradient", S.One, N * v2 * slope, "chi_1 = 1 at K*, where M' = h: V' = 1 as well", point
    )
    fixed = _line(
        "map", q, sigma_b2 + N * v2 * mean, "K* is a fixed point: class of half-stable points", point
    )
    return Proposal(
        sigma_w2=point.C_W,
        sigma_b2=point.C_b,
        kind=point.kind,
        q=point.K_star,
        steps=tuple(replace(step, given=at_point) for step in (gradient, fixed)),
        rules=("criticality.gradient", "criticality.map"),
        label="critical, half-stable",
        slope=S.One,
        notes=(_EVERYWHERE,) if point.everywhere else (),
    )


def _propose(setting: Setting) -> Proposal:
    if setting.is_scale_invariant and not setting.has_jump:
        return _scale_invariant(setting)
    if setting.assumptions.intervals:
        msg = "criticality is searched for in numbers: give the parameters values (--set a=1/100)"
        raise UnsupportedError(msg)
    point = next(iter(setting.critical), None)
    if point is None and setting.has_jump:
        msg = f"no criticality: {setting.rupture}, which the gradient does not see; try theory 'length-map'"
        raise UnsupportedError(msg)
    if point is None:
        msg = (
            "no criticality: V' = chi_1 = 1 holds at no single variance with a bias variance that is not "
            "negative; try theory 'edge-of-chaos', where chi_1 = 1 alone holds"
        )
        raise UnsupportedError(msg)
    return _at_zero(setting, point) if point.K_star == 0 else _half_stable(setting, point)


CRITICALITY = Theory(
    id="criticality",
    title="Criticality",
    label="critical",
    claim="Signal and squared gradient keep their size, also after small perturbations.",
    validity="Exact for wide layers; found by changes of sign of M' - h between q = 1e-4 and 1e4.",
    reference="roberts2022",
    propose=_propose,
    values=_values,
)
