"""The table of schemes: what is recommended, what the headline says, the other theories, conventions."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from sympy import Rational, S, sqrt

from symbolic_init.activation import Activation
from symbolic_init.activation import activation as read
from symbolic_init.advice.recommendation import Recommendation
from symbolic_init.derivation import Scheme
from symbolic_init.errors import NotIntegrableError, PrecisionError, UnsupportedError
from symbolic_init.meanfield.flow import Flow
from symbolic_init.meanfield.solving import scheme
from symbolic_init.schemes import SCHEMES
from symbolic_init.theories import THEORIES, Proposal, Setting

__all__ = ["scheme_table"]

_GAINS: Mapping[str, str] = MappingProxyType(
    {"tanh": "gain-tanh", "selu": "gain-selu", "sigmoid": "gain-linear"}
)
"""Activations that PyTorch has a gain of its own for, and its name in `SCHEMES`; that of ReLU is 1/A_2."""
_ONLY_IF_ASKED = ("criticality", "correlation", "isometry", "residual")
"""Theories whose row is a copy of another one, or searched for at a cost, or for other networks."""


def scheme_table(
    subject: Activation,
    headline: tuple[Scheme, ...],
    advice: Recommendation,
    setting: Setting,
    stream: Flow | None,
) -> tuple[Scheme, ...]:
    """Return the recommended row first, then the headline, the other theories, conventions; no row twice.

    Args:
        subject: The activation.
        headline: The rows of the theory that was asked for.
        advice: What is recommended.
        setting: The activation as theories see it, without given weights.
        stream: Its length map, or `None` while parameters are free.
    """
    rows = [*advice.rows]
    for group in (headline, *_others(headline, setting, stream), *_conventions(subject, setting, stream)):
        same = next((k for k, row in enumerate(rows) if _same(group[0], row)), None)
        if same is None:
            rows.extend(group)
        elif same == 0 and advice.rows and group[0].theory == "linear" and group is not headline:
            rows[0] = replace(rows[0], label=f"linear = {rows[0].label}")
    return tuple(rows)


def _others(
    headline: tuple[Scheme, ...], setting: Setting, stream: Flow | None
) -> Iterator[tuple[Scheme, ...]]:
    """The rows of the other theories that apply."""
    asked = headline[0].theory
    for theory in THEORIES.values():
        if theory.id in _ONLY_IF_ASKED and asked != theory.id:
            continue
        if theory.id == "backward" and not setting.is_scale_invariant and asked != "backward":
            continue  # the edge of chaos is the same weight with its bias
        try:
            rows = scheme(theory, theory.propose(setting), setting, stream)
        except (NotIntegrableError, PrecisionError, UnsupportedError):
            continue
        yield rows


def _conventions(subject: Activation, setting: Setting, stream: Flow | None) -> Iterator[tuple[Scheme, ...]]:
    """The gain that PyTorch has for this very function."""
    for name, gain in _GAINS.items():
        variance = SCHEMES[gain].variance
        if variance is None or read(name).expression != subject.expression:
            continue
        weight = Rational(variance(1, 1))
        proposal = Proposal(
            sigma_w2=weight,
            sigma_b2=S.Zero,
            kind="exact",
            q=None,
            steps=(),
            rules=(),
            label=f"torch gain {sqrt(weight)}",
        )
        rows = scheme(THEORIES["length-map"], proposal, setting, stream)
        yield tuple(replace(row, theory="convention") for row in rows)


def _same(a: Scheme, b: Scheme) -> bool:
    """Whether two rows say the same of the same kind of weights."""
    return (
        a.sigma_w2.definition == b.sigma_w2.definition
        and a.sigma_b2.definition == b.sigma_b2.definition
        and a.note == b.note
    )
