"""What a theory is: equations over unevaluated means, with their assumptions and reference."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import final

from sympy import Expr, S, expand

from symbolic_init.assumptions import Assumptions
from symbolic_init.derivation import Curvature, Singularity, Step
from symbolic_init.evidence import Kind, Moment, Value
from symbolic_init.theories.small_variance import Laws, Series, laws, mean_square

__all__ = ["CriticalPoint", "Proposal", "Sampler", "Setting", "Theory"]

Sampler = Callable[[Sequence[Expr]], Callable[[float], tuple[float, ...]]]
"""From functions of the inputs to their means in double precision, as a function of the variance."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class CriticalPoint:
    """Weights and biases with which signal and squared gradient keep their size at one variance.

    Attributes:
        K_star: The pre-activation variance; 0 for the limit `q -> 0`.
        C_W: Fan-in times the variance of one weight.
        C_b: Variance of a bias.
        kind: How they are known.
        everywhere: Whether every other variance has such weights and biases as well.
    """

    K_star: Expr
    C_W: Expr
    C_b: Expr
    kind: Kind
    everywhere: bool = False


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a theory may look at: the activation at 0, its means, and what was asked for.

    Attributes:
        name: The activation in a sentence, `tanh(x)`.
        g: The activation, an expression in `x`.
        assumptions: What is known of its parameters.
        at_zero: `g(0)`, or `None` where g jumps or is unbounded at 0.
        slopes: One-sided slopes at 0, left and right, or `None` where one does not exist.
        A_2: `M(q)/q` where that is the same for every q, else `None`.
        is_homogeneous: Whether `g(t x) = t g(x)` for `t > 0`.
        tail_slope2: Limit of `M(q)/q` for large q, from the slopes of the tails, or `None` if not known.
        singularities: Jumps and kinks, from left to right.
        m: `E[g]`.
        M: `E[g^2]`.
        h: `E[g'^2]` with the almost-everywhere derivative, or `None` where it is infinite.
        q: The pre-activation variance asked for.
        sigma_b2: The bias variance asked for.
        bounds: Infimum and supremum of g, where both are known.
        is_smooth: Whether one smooth formula holds on the whole line.
        germ: Coefficients of the expansions at 0 from the left and from the right, or `None`.
        second_moment: `E[x^2]` of the inputs of the first layer.
        sigma_w2: Fan-in times the weight variance, where the weights are given, else `None`.
        edge: Where the gradient keeps its size with the bias variance asked for, by increasing variance;
            `None` where a variance was asked for.
        critical: Where both signal and gradient keep their size, by increasing variance.
        slope_fourth: `E[g'^4]` as the only item, or nothing where it is infinite.
        depth: Number of layers, or blocks, that are asked about.
        curvature: How the length map bends, as the only item; nothing where parameters are free, and for
            several inputs.
    """

    name: str
    g: Expr
    assumptions: Assumptions
    at_zero: Expr | None
    slopes: tuple[Expr, Expr] | None
    A_2: Expr | None
    is_homogeneous: bool
    tail_slope2: Expr | None
    singularities: tuple[Singularity, ...]
    m: Moment
    M: Moment
    h: Moment | None
    q: Expr
    sigma_b2: Expr
    bounds: tuple[Expr, Expr] | None = None
    is_smooth: bool = False
    germ: tuple[tuple[Expr, ...], tuple[Expr, ...]] | None = None
    second_moment: Expr = S.One
    sigma_w2: Expr | None = None
    edge: Sequence[CriticalPoint] | None = None
    critical: Sequence[CriticalPoint] = ()
    slope_fourth: Sequence[Moment] = ()
    depth: int = 50
    curvature: Sequence[Curvature] = ()

    @property
    def has_jump(self) -> bool:
        """Whether g jumps somewhere (backpropagation does not see jumps)."""
        return any(s.jump != 0 for s in self.singularities)

    @property
    def rupture(self) -> str:
        """Why backpropagation does not see all of g, in words, where it jumps or is unbounded."""
        poles = [str(s.at) for s in self.singularities if s.jump.is_infinite]
        return f"g is unbounded at x = {', '.join(poles)}" if poles else "g jumps"

    @property
    def is_scale_invariant(self) -> bool:
        """Whether `M(q)/q` and `h(q)` are both `A_2`: signal and gradient keep their size at every q."""
        if self.A_2 is None or self.h is None or self.h.expr is None:
            return False
        return bool(expand(self.h.expr - self.A_2) == 0)

    @property
    def a_1(self) -> Expr | None:
        """`M(q) = g'(0)^2 (q + a_1 q^2 + ...)`: first correction of the length map, for `g(0) = 0`."""
        return None if (ratios := self._ratios) is None else ratios[1] + 3 * ratios[0] ** 2 / 4

    @property
    def b_1(self) -> Expr | None:
        """`h(q) = g'(0)^2 (1 + b_1 q + ...)`: first correction of the backward map."""
        return None if (ratios := self._ratios) is None else ratios[1] + ratios[0] ** 2

    @property
    def _ratios(self) -> tuple[Expr, Expr] | None:
        """`g''/g'` and `g'''/g'` at 0."""
        if self.at_zero != 0 or self.slope in (None, 0) or self.germ is None:
            return None
        left, right = self.germ
        if left[1:4] != right[1:4]:
            return None
        return 2 * right[2] / self.slope, 6 * right[3] / self.slope

    @property
    def second_series(self) -> Series | None:
        """`M(q)` for small q, where g has expansions at 0."""
        return (
            None
            if self.germ is None or self.at_zero is None
            else mean_square(*self.germ, smooth=self.is_smooth)
        )

    @property
    def slope_series(self) -> Series | None:
        """`h(q)` for small q."""
        if self.germ is None:
            return None
        left, right = ([k * c for k, c in enumerate(side)][1:] for side in self.germ)
        return mean_square(left, right, smooth=self.is_smooth)

    @property
    def laws(self) -> Laws | None:
        """How signal and gradient fall at a critical point `q -> 0`."""
        if self.at_zero != 0 or self.second_series is None or self.slope_series is None:
            return None
        return laws(self.second_series, self.slope_series)

    @property
    def growth(self) -> Expr | None:
        """`M(q)/q` for `q -> 0` where `g(0) = 0`: mean square of the slopes at 0, if there are any."""
        return None if self.slopes is None else (self.slopes[0] ** 2 + self.slopes[1] ** 2) / 2

    @property
    def slope(self) -> Expr | None:
        """`g'(0)`, or `None` where g has a kink at 0 or no slope there."""
        if self.slopes is None or self.slopes[0] != self.slopes[1]:
            return None
        return self.slopes[0]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What a theory says: weight and bias variance, and the steps that show it.

    Attributes:
        sigma_w2: Fan-in times the variance of one weight; may hold unevaluated means.
        sigma_b2: Variance of a bias.
        kind: How `sigma_w2` is known.
        q: The fixed point it is made for, or `None` when it has none.
        every_q: Every `q` is fixed.
        steps: The derivation.
        rules: Ids of the equations used.
        label: A few words for the table instead of the theory's own, or "".
        slope: `V'` at `q`, where the equations themselves say it, or `None`.
        notes: What else to know, a sentence each.
    """

    sigma_w2: Expr
    sigma_b2: Expr
    kind: Kind
    q: Expr | None
    every_q: bool = False
    steps: tuple[Step, ...]
    rules: tuple[str, ...]
    label: str = ""
    slope: Expr | None = None
    notes: Sequence[str] = ()


def _nothing(_: Setting, __: Proposal, ___: Sampler | None) -> Mapping[str, Value]:
    return MappingProxyType({})


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Theory:
    """One way to answer how large the weights must be.

    Attributes:
        id: Permanent id, as given to `derive(theory=...)`.
        title: Its name in the literature.
        label: A few words for a table; `{q}` is replaced by the variance asked for.
        claim: What it keeps constant, in one sentence.
        validity: When it holds, in one sentence.
        reference: Key in `references.REFERENCES`.
        note: A restriction for the table of schemes, or the empty string.
        takes_weights: Whether it says something of weights that are given.
        propose: The theory itself. Raises `UnsupportedError` where it does not apply.
        values: Further named values of a proposal; without a sampler, those that parameters do not hinder.
    """

    id: str
    title: str
    label: str
    claim: str
    validity: str
    reference: str
    note: str = ""
    takes_weights: bool = False
    propose: Callable[[Setting], Proposal]
    values: Callable[[Setting, Proposal, Sampler | None], Mapping[str, Value]] = _nothing
