r"""Residual networks: how large branches may be so that L blocks stay bounded.

The headline is for blocks `x + W g(x)` with independent weights of mean 0: `p' = p + N v^2 M(p)` for the mean
square p of the stream, and the squared gradient grows by `1 + N v^2 h(p)`. Each block adds 1/L of the
variance: homogeneous activations then grow by `(1 + 1/L)^L < e`, whatever L (Taki 2017). With branches at
full size the stream of homogeneous activations grows exponentially, that of bounded ones in proportion to L
(Yang, Schoenholz 2017).
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, final

from sympy import Expr, Integer, Rational, S, sqrt

from symbolic_init.derivation import Step
from symbolic_init.errors import UnsupportedError
from symbolic_init.evidence import Value, estimated
from symbolic_init.notation import N, v2
from symbolic_init.theories.theory import Proposal, Sampler, Setting, Theory

__all__ = ["BRANCHES", "RESIDUAL", "Branch"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """One way to scale the branches of a residual network.

    Attributes:
        id: Permanent id.
        title: Its name.
        form: What a block is.
        scales: What the number multiplies: the variance of weights, their standard deviation, or an output.
        of: Whose variance, deviation or output that is.
        value: The number, from the number of blocks.
        reference: Key in `references.REFERENCES`.
    """

    id: str
    title: str
    form: str
    scales: Literal["variance", "std", "output"]
    of: str
    value: Callable[[Integer], Expr]
    reference: str

    @property
    def note(self) -> str:
        """What it scales, in one line."""
        return f"{self.title}: {self.form}; multiplies the {self.scales} of {self.of}"


BRANCHES: tuple[Branch, ...] = (
    Branch(
        id="taki",
        title="Taki",
        form="x + W g(x)",
        scales="variance",
        of="the weights that keep q",
        value=lambda L: 1 / L,
        reference="taki2017",
    ),
    Branch(
        id="root",
        title="1/sqrt(L)",
        form="x + alpha f(x), f with weights that keep q",
        scales="output",
        of="every branch",
        value=lambda L: 1 / sqrt(L),
        reference="hanin2018",
    ),
    Branch(
        id="fixup",
        title="Fixup",
        form="x + W_2 g(W_1 x), W_2 = 0 at first",
        scales="std",
        of="all weights of a branch but the last, for branches of 2 layers (m layers: L^(-1/(2m-2)))",
        value=lambda L: L ** Rational(-1, 2),
        reference="zhang2019",
    ),
    Branch(
        id="skipinit",
        title="SkipInit",
        form="x + alpha f(x), alpha learned",
        scales="output",
        of="every branch, at first",
        value=lambda L: S.Zero,  # noqa: ARG005  for any number of blocks
        reference="de2020",
    ),
)
"""Every scheme that scales branches by a number."""

_NFNETS_SCALE = Rational(1, 5)
"""alpha of NFNets: `x + alpha f(x/beta)`, beta^2 the variance of x, which each block raises by alpha^2. The
first block of a stage has its shortcut from x/beta: the variance begins again at 1 (brock2021)."""


def _propose(setting: Setting) -> Proposal:
    second, blocks = setting.M.at(setting.q), Integer(setting.depth)
    if second.definition == 0:
        msg = "E[g^2] = 0: the branches are 0"
        raise UnsupportedError(msg)
    solution = setting.q / (blocks * second.definition)
    heads = setting.M.head(setting.q)
    given = ((v2, solution / N),)
    share = Step(
        id="residual.share",
        chain="residual",
        lhs=N * v2 * heads,
        rhs=setting.q / blocks,
        reason=f"each of {blocks} blocks x + W g(x) adds q/{blocks} to the variance q of the stream",
        rule="residual.share",
        reference="taki2017",
        assumptions=("wide layers, independent weights of mean 0",),
        given=given,
    )
    solved = Step(
        id="residual.solution",
        chain="residual.solution",
        lhs=v2,
        rhs=solution / N,
        reason="solved for v^2, which scales the variance of the weights, as 1/L",
        rule="residual.solution",
        reference="taki2017",
        given=given,
        kind=second.kind,
    )
    return Proposal(
        sigma_w2=solution,
        sigma_b2=S.Zero,
        kind=second.kind,
        q=None,
        steps=(share, solved),
        rules=("residual.solution", *second.rules),
        notes=tuple(branch.note for branch in BRANCHES),
    )


def _values(setting: Setting, proposal: Proposal, sampler: Sampler | None) -> Mapping[str, Value]:
    """The numbers of every scheme, and how far the stream grows."""
    blocks = Integer(setting.depth)
    values = {f"branch_{b.id}": Value(definition=b.value(blocks), kind="exact") for b in BRANCHES}
    nfnets = 1 + blocks * _NFNETS_SCALE**2
    values["nfnets_variance"] = Value(definition=nfnets, kind="exact")
    if sampler is None:
        return values
    return values | dict(_growth(setting, proposal, sampler))


def _growth(setting: Setting, proposal: Proposal, sampler: Sampler) -> Iterator[tuple[str, Value]]:
    """What all blocks do to the stream, and to the gradient: scaled, and with branches at full size."""
    slope = S.Zero if setting.h is None else setting.h.integrand
    means = sampler((setting.M.integrand, slope))
    scaled = float(Value(definition=proposal.sigma_w2, kind=proposal.kind))
    for name, weight in (("", scaled), ("_unscaled", scaled * setting.depth)):
        p = start = float(setting.q)
        gradient = 1.0 if setting.h is not None else math.nan
        for _ in range(setting.depth):
            second, square = means(p)
            gradient *= 1 + weight * square
            p += weight * second
            if not math.isfinite(p):
                return
        yield f"stream_growth{name}", estimated(p / start)
        if math.isfinite(gradient):
            yield f"gradient_growth{name}", estimated(gradient)


RESIDUAL = Theory(
    id="residual",
    title="Residual branches",
    label="residual, x + W g(x)",
    claim="The variance of the stream stays bounded, however many blocks there are.",
    validity="Wide layers with independent weights of mean 0; the number holds for one depth.",
    reference="taki2017",
    note="for blocks x + W g(x) only",
    propose=_propose,
    values=_values,
)
