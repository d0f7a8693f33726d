"""A derivation as data: steps, schemes, values, and what follows for a deep network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, final

from sympy import Expr, S, Symbol, sqrt

from symbolic_init.assumptions import Assumptions
from symbolic_init.evidence import Kind, Moment, Value
from symbolic_init.figure import Axis, Curve, Figure
from symbolic_init.notation import N

__all__ = [
    "Axis",
    "Curvature",
    "Curve",
    "Derivation",
    "Figure",
    "Outlook",
    "Relation",
    "Scheme",
    "Singularity",
    "Step",
    "Traits",
]

Relation = Literal["=", "~", "->"]
"""How the two sides of a step relate: equal, equal to first order at 0, or in the limit q -> 0."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of a derivation: `lhs = rhs`, and why.

    Steps with the same `chain` follow each other: each starts (`lhs`) where the last ended (`rhs`).

    Attributes:
        id: Permanent id, lower-case, dotted by family (`linear.variance`).
        chain: What the line belongs to: `taylor`, `M`, `h`, `m`, or the id of a theory.
        lhs: Left side.
        rhs: Right side.
        relation: `=`, `~` (Taylor: up to the order of the `O` term) or `->` (limit `q -> 0`).
        reason: Why it holds, in plain words.
        rule: Id of the rule or equation applied.
        reference: Key in `references.REFERENCES`, or the empty string.
        assumptions: What the line needs, in plain words.
        given: Values of the symbols at which the line holds (`q = 16`); the other symbols are free.
        kind: How the right side is known.
    """

    id: str
    chain: str
    lhs: Expr
    rhs: Expr
    relation: Relation = "="
    reason: str
    rule: str
    reference: str = ""
    assumptions: tuple[str, ...] = ()
    given: tuple[tuple[Symbol, Expr], ...] = ()
    kind: Kind = "exact"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Singularity:
    """A point where the activation is not smooth.

    Attributes:
        at: Its place on the x axis.
        jump: Size of the jump of g there, right limit minus left limit (0: continuous).
        kink: Size of the jump of g' there.
    """

    at: Expr
    jump: Expr
    kink: Expr


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What the activation looks like, for the head of a derivation.

    Attributes:
        words: Short remarks in a fixed order ("odd", "smooth", "bounded by 1").
        germ: Values at 0 by name (`g(0)`, `g'(0)`; `g'(0-)` and `g'(0+)` at a kink).
        singularities: Jumps and kinks from left to right.
    """

    words: tuple[str, ...]
    germ: tuple[tuple[str, Expr], ...]
    singularities: tuple[Singularity, ...] = ()


Curvature = Literal["linear", "concave", "convex", "neither", "unknown"]
"""How the length map bends, as far as that is proven."""

Fate = Literal["fixed", "any", "decays", "diverges", "cycles", "unknown"]
"""Where the length map goes from its first layer.

`fixed`: to a positive fixed point. `any`: every q is fixed. `decays`: to 0. `diverges`: to
infinity. `cycles`: it does not settle. `unknown`: not computed.
"""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """One way to choose the weights, and where the exact length map takes the signal with it.

    Attributes:
        theory: Id of the theory.
        label: A few words for the table.
        sigma_w2: Fan-in times the variance of one weight.
        sigma_b2: Variance of a bias.
        fate: Where the map goes from E[x^2] = 1, that is from q = sigma_w2 + sigma_b2.
        q_star: The fixed point that the scheme was made for (length map, edge of chaos), else where
            the map settles (`None` where it does not; 0 for "decays").
        V_prime: Slope of the length map at `q_star`.
        chi_1: Growth of the squared gradient per layer at `q_star`.
        stable: Neither divergent, nor at an unstable fixed point.
        note: A remark for the table, or the empty string.
        first_layer: `N Var(w) E[x^2]` of a first layer that starts at `q_star` at once, where the weights
            of the other layers would not do that; else `None`.
    """

    theory: str
    label: str
    sigma_w2: Value
    sigma_b2: Value
    fate: Fate
    q_star: Value | None = None
    V_prime: Value | None = None
    chi_1: Value | None = None
    stable: bool = True
    note: str = ""
    first_layer: Value | None = None

    @property
    def gain(self) -> Value:
        """Square root of `sigma_w2`: the standard deviation of a weight times sqrt(N)."""
        s = self.sigma_w2
        return Value(definition=sqrt(s.definition), kind=s.kind, rules=s.rules, note=s.note)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What to expect of a deep network with the recommended weights.

    Attributes:
        depth: Number of layers.
        q: Pre-activation variance in the last layer.
        gradient2: Factor on the squared gradient from the last layer to the first.
        text: The same in one line.
        second_moment: `E[x^2]` of the inputs.
        q_law: What q tends to in layer `l`, where it falls by a power, or `None`.
        gradient_law: The same of the squared gradient.
        first_layer: `N Var(w) E[x^2]` of the first layer where that differs, or `None`.
        width: Width of the network that `scatter` is told for.
        scatter: Relative standard deviation of q in the last layer between networks, to first order in
            1/width, or `None`.
    """

    depth: int
    q: Value
    gradient2: Value
    text: str
    second_moment: Expr = S.One
    q_law: Expr | None = None
    gradient_law: Expr | None = None
    first_layer: Value | None = None
    width: int = 1024
    scatter: Value | None = None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """The answer for one activation: values, schemes, and the steps that show them.

    Attributes:
        title: The text or the catalog name that was asked for.
        expression: The activation, an expression in `x` and the parameters.
        assumptions: What is known of the parameters.
        reference: Where the activation comes from (key in `references.REFERENCES`), or "".
        traits: Shape of the activation.
        theory: Id of the theory that gave the headline; `auto` is resolved.
        requested: The theory as asked for.
        q: Variance the headline was asked for.
        sigma_b2: Bias variance the headline was asked for.
        weight_variance: Variance of one weight, in the positive integer `N`.
        moment_items: `m`, `M`, `h` as functions of q, by name.
        value_items: Values of the headline scheme, by their names in the notation.
        solution_items: All solutions of the headline's equations, each as values by name.
        schemes: All schemes for the table; `schemes[recommended]` is recommended.
        recommended_index: Index into `schemes`, or `None` when none can be recommended.
        why: One sentence: why this is recommended, or why nothing is.
        outlook: What to expect at depth, or `None`.
        warnings: What the reader must know before using the headline.
        steps: The derivation, line by line.
        digits: Significant digits shown.
        figures: Curves to plot, put together when they are first looked at; none with free parameters.
    """

    title: str
    expression: Expr
    assumptions: Assumptions
    reference: str
    traits: Traits
    theory: str
    requested: str
    q: Expr
    sigma_b2: Expr
    weight_variance: Expr
    moment_items: tuple[tuple[str, Moment], ...]
    value_items: tuple[tuple[str, Value], ...]
    schemes: tuple[Scheme, ...]
    recommended_index: int | None
    why: str
    outlook: Outlook | None
    warnings: tuple[str, ...]
    steps: tuple[Step, ...]
    digits: int
    figures: Sequence[Figure] = ()
    solution_items: Sequence[tuple[tuple[str, Value], ...]] = ()

    @property
    def moments(self) -> Mapping[str, Moment]:
        """The moments `m`, `M` and `h` as functions of q."""
        return MappingProxyType(dict(self.moment_items))

    @property
    def values(self) -> Mapping[str, Value]:
        """The values of the headline scheme, by their names in the notation."""
        return MappingProxyType(dict(self.value_items))

    @property
    def solutions(self) -> tuple[Mapping[str, Value], ...]:
        """Every fixed point of the length map with the headline's weights, by increasing variance.

        For the edge of chaos with a given bias variance: every point of the edge with that.

        Examples:
            >>> from symbolic_init import derive
            >>> d = derive("gelu", theory="length-map", sigma_w2=4)
            >>> [round(float(s["q_star"]), 6) for s in d.solutions]
            [0.0]
        """
        return tuple(MappingProxyType(dict(named)) for named in self.solution_items)

    @property
    def recommended(self) -> Scheme | None:
        """The scheme to use: weight and bias variance. Never unstable, never divergent."""
        return None if self.recommended_index is None else self.schemes[self.recommended_index]

    @property
    def sigma_w2(self) -> Expr:
        """`N` times the weight variance of the headline."""
        return self.weight_variance * N

    @property
    def gain(self) -> Expr:
        """`sqrt(sigma_w2)`: the standard deviation of a weight times sqrt(N)."""
        return sqrt(self.sigma_w2)

    def std(self, *, fan_in: int, parameters: Mapping[Any, Any] | None = None) -> float:
        """Return the standard deviation of one weight of the headline, for a given fan-in.

        Examples:
            >>> from symbolic_init import derive
            >>> derive("relu(x)").std(fan_in=512)
            0.0625
        """
        from symbolic_init.moments.evaluation import number

        return float(number(sqrt(self.sigma_w2 / fan_in), digits=17, parameters=parameters))

    def taylor(self, order: int = 5) -> Expr:
        """Return the Taylor polynomial at 0 with exact coefficients and its `O` term.

        Examples:
            >>> from symbolic_init import derive
            >>> derive("tanh(x)").taylor(5)
            x - x**3/3 + 2*x**5/15 + O(x**6)
        """
        from symbolic_init.analysis.taylor import taylor

        return taylor(self.expression, order=order, known=self.assumptions)

    def to_text(self, *, width: int = 80, steps: bool = True) -> str:
        """Return the derivation as plain text of at most `width` columns."""
        from symbolic_init.render.text import to_text

        return to_text(self, width=width, steps=steps)

    def to_latex(self, *, fragment: bool = False, steps: bool = True) -> str:
        """Return a LaTeX article, or with `fragment=True` its body for inclusion."""
        from symbolic_init.render.latex import to_latex

        return to_latex(self, fragment=fragment, steps=steps)

    def to_markdown(self, *, steps: bool = True) -> str:
        """Return the derivation as Markdown with LaTeX formulas."""
        from symbolic_init.render.markdown import to_markdown

        return to_markdown(self, steps=steps)

    def to_html(self, *, steps: bool = True) -> str:
        """Return the derivation as one page of HTML; needs `pip install 'symbolic-init[html]'`."""
        from symbolic_init.render.html_page import to_html

        return to_html(self, steps=steps)

    def to_python(self, *, framework: str = "numpy", steps: bool = True) -> str:
        """Return a function that draws the recommended weights and biases, with `numpy`, `torch` or `jax`."""
        from symbolic_init.render.python_code import to_python

        return to_python(self, framework=framework, steps=steps)

    def to_json(self) -> str:
        """Return the derivation as JSON in the documented schema."""
        from symbolic_init.records import to_json

        return to_json(self)

    def __str__(self) -> str:
        return self.to_text()

    def _repr_latex_(self) -> str:
        from symbolic_init.render.latex import headline

        return headline(self)

    def _repr_html_(self) -> str | None:
        from symbolic_init.errors import MissingPackageError
        from symbolic_init.render.html_page import to_fragment

        try:
            return to_fragment(self)
        except MissingPackageError:  # the notebook takes LaTeX instead
            return None

    def plot(self, only: str = "") -> Any:
        """Return the figures, or the one with the id `only`, as a `matplotlib.figure.Figure`.

        Its ids are `activation`, `length-map`, `signal`, `gradient` and `phases`, those that there are.
        Needs `pip install 'symbolic-init[plot]'`.
        """
        from symbolic_init.plots import draw

        return draw(self, only=only)
