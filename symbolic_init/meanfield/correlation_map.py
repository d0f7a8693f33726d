r"""The correlation map `C(c) = (sigma_b2 + sigma_w2*E[g(u) g(v)])/q` at a fixed point q, and where it leads.

All Hermite coefficients of C are squares, so C is increasing and convex on [0, 1], with `C(1) = 1`: for
`C'(1) <= 1` the only fixed point there is 1, for `C'(1) > 1` there is exactly one other, and it attracts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import final

from sympy import Add, Expr, Rational, S, exp, oo, pi, sqrt

from symbolic_init.activation import Activation
from symbolic_init.analysis.pieces import as_expression, differentiated, pieces
from symbolic_init.derivation import Axis, Curve, Figure, Scheme, Step
from symbolic_init.errors import NotIntegrableError, PrecisionError
from symbolic_init.evidence import Deferred, Kind, Value, estimated, weakest
from symbolic_init.meanfield.depth import depth_scale
from symbolic_init.meanfield.flow import bisect, decimal_bracket
from symbolic_init.meanfield.solving import mean_at, root_value
from symbolic_init.moments.kernel import Kernel, dual_kernel
from symbolic_init.moments.mean import mean_of
from symbolic_init.moments.root import changes_sign
from symbolic_init.notation import N, PairMean, Root, q, rho, sigma_b2, v2
from symbolic_init.theories import Setting

__all__ = ["Correlations", "correlations"]

_CRITICAL = 1e-10
"""How far `C'(1)` may be from 1 and still count as 1."""
_CLOSEST = 4
"""The other fixed point is looked for up to `1 - 10^-4`."""
_DIGITS = 15
_POINTS = 41


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where the correlation map is looked at.

    Attributes:
        setting: The activation.
        kernel: Its dual kernel.
        sigma_w2: Fan-in times the weight variance.
        sigma_b2: Bias variance.
        q: Fixed point of the length map with these, positive.
        chi_1: Growth of the squared gradient per layer there.
    """

    setting: Setting
    kernel: Kernel
    sigma_w2: Value
    sigma_b2: Value
    q: Value
    chi_1: Value | None

    @property
    def kind(self) -> Kind:
        """How weights, bias and q are known."""
        return weakest(self.sigma_w2.kind, self.sigma_b2.kind, self.q.kind)

    def mean(self) -> Expr:
        """`E[g(u) g(v)]` at q, a function of `rho`."""
        at = self.q.definition
        if self.kernel.expr is None:
            return PairMean(self.kernel.function, self.kernel.function, at, at, rho)
        return self.kernel.expr.subs(q, at)

    def map(self, *, reach: float) -> Callable[[float], float]:
        """`C(c)` in double precision, for c up to `reach` below 1."""
        weight, bias, at = (float(v) for v in (self.sigma_w2, self.sigma_b2, self.q))
        if self.kernel.expr is not None:
            variance = self.q.definition if self.q.definition.is_Rational else Rational(repr(at))
            return lambda c: (
                (bias + weight * float(self.kernel.value(q=variance, rho=Rational(repr(c)), digits=_DIGITS)))
                / at
            )
        squares = self._squares(reach)
        return lambda c: (bias + weight * sum(t * c**n for n, t in enumerate(squares))) / at

    def rise(self, c: float) -> float:
        """`C'(c)` in double precision, of a kernel without a closed form."""
        weight, at = float(self.sigma_w2), float(self.q)
        return weight / at * sum(n * t * c ** (n - 1) for n, t in enumerate(self._squares(c)) if n)

    def _squares(self, reach: float) -> list[float]:
        """The terms of the kernel at q without the powers of rho, as many as matter up to a correlation."""
        variance = self.q.definition if self.q.definition.is_Rational else Rational(repr(float(self.q)))
        terms = self.kernel.terms(q=variance, rho=Rational(repr(reach)), digits=_DIGITS).products
        return [float(t) for t in terms]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Correlations:
    """What the correlation of two inputs does in a deep network.

    Attributes:
        values: `c_star`, the slope `C_prime` there and `xi_c`; where the slope at 1 is 1, `beta` (smooth g:
            `1 - c_l ~ beta/l`) or `kappa` (kinks: `1 - c_l ~ 4/(kappa l)^2`). At a jump of g, `C_prime_1` is
            infinite, and `1 - C(1 - u) ~ jump_rate*sqrt(u)`.
        steps: The lines that show it.
        figures: The map on [0, 1].
    """

    values: dict[str, Value]
    steps: tuple[Step, ...]
    figures: Sequence[Figure]


def correlations(subject: Activation, setting: Setting, row: Scheme, point: Value) -> Correlations:
    """Return what correlations do at a fixed point of the length map.

    Args:
        subject: The activation.
        setting: The same, as theories see it.
        row: Weight and bias variance, and the growth of the gradient.
        point: The fixed point, positive.

    References:
        schoenholz2017, section 3; hayou2019, section 3, for `beta`.
    """
    place = _Place(
        setting=setting,
        kernel=dual_kernel(subject),
        sigma_w2=row.sigma_w2,
        sigma_b2=row.sigma_b2,
        q=point,
        chi_1=row.chi_1,
    )
    values = _values(place)
    return Correlations(
        values=values,
        steps=_steps(place, values),
        figures=Deferred(lambda: (_figure(place, values),)),
    )


def _values(place: _Place) -> dict[str, Value]:
    star = _fixed(place)
    values = {"C_prime_1": _slope_at_one(place)} if place.setting.has_jump or place.chi_1 is not None else {}
    if star is None:
        return values
    slope = place.chi_1 if star.definition == 1 else _slope(place, star)
    values = {"c_star": star, **values}
    if slope is not None:
        values["C_prime"] = slope
        scale = depth_scale(slope)
        if scale is not None:
            values["xi_c"] = scale
    return values | _laws(place)


def _slope_at_one(place: _Place) -> Value:
    """`C'(1)` of the map itself: infinite at jumps, which backpropagation does not see."""
    if place.setting.has_jump or place.chi_1 is None:
        return Value(definition=oo, kind="exact")
    return place.chi_1


def _fixed(place: _Place) -> Value | None:
    """The attracting fixed point in [0, 1], or `None` where it cannot be told from 1."""
    if not place.setting.has_jump and place.chi_1 is not None and float(place.chi_1) <= 1 + _CRITICAL:
        return Value(definition=S.One, kind="exact" if place.chi_1.kind == "exact" else place.chi_1.kind)
    if place.sigma_b2.definition == 0 and float(place.setting.m.at(place.q.definition)) == 0:
        return Value(definition=S.Zero, kind="exact")

    for k in range(1, _CLOSEST + 1):
        found = _below(place.map(reach=1 - 10.0**-k), 1 - 10.0**-k)
        if found is not None:
            break
    else:
        return None
    middle, bracket = found
    if bracket is None:
        return estimated(middle)
    low, high = bracket
    equation = place.sigma_b2.definition + place.sigma_w2.definition * place.mean() - place.q.definition * rho
    star = _root(Root(equation, rho, low, high), place)
    return star if _is_reached(star) else estimated(middle)


def _below(mapped: Callable[[float], float], end: float) -> tuple[float, tuple[Expr, Expr] | None] | None:
    """The fixed point below `end` with a bracket, or `None` where there is none."""

    def excess(c: float) -> float:
        return mapped(c) - c

    middle = bisect(excess, 0.0, end) if excess(end) < 0 else None
    if middle is None:
        return None
    try:
        if middle <= 1 / 2:
            return middle, decimal_bracket(excess, middle)
        low, high = decimal_bracket(lambda u: excess(1 - u), 1 - middle)
    except PrecisionError:
        return middle, None
    return middle, (1 - high, 1 - low)


def _root(root: Root, place: _Place) -> Value:
    """The zero with its evidence: that of the kernel where it is a series."""
    if place.kernel.kind == "exact":
        return root_value(root, place.kind)
    return Value(definition=root, kind=weakest("series", place.kind) if changes_sign(root) else "estimated")


def _is_reached(value: Value) -> bool:
    """Whether a value has digits: the expansion of a kernel near 1 may be too long for them."""
    try:
        float(value)
    except PrecisionError:
        return False
    return True


def _slope(place: _Place, star: Value) -> Value:
    """`C'(c*)`, jumps of g included; in double precision where no more can be had."""
    at, weight = place.q.definition, place.sigma_w2.definition
    if place.kernel.expr is not None or place.setting.has_jump:
        rise = weight * place.mean().diff(rho) / at
    else:
        slope = place.kernel.derivative().function
        rise = weight * PairMean(slope, slope, at, at, rho)
    found = Value(definition=rise.subs(rho, star.definition), kind=weakest(star.kind, place.kernel.kind))
    if star.kind == "estimated" and place.kernel.expr is None and not _is_reached(found):
        return estimated(place.rise(float(star)))
    return found


def _laws(place: _Place) -> dict[str, Value]:
    """How fast correlations approach 1 where the slope there is 1 or infinite."""
    at, weight = place.q.definition, place.sigma_w2.definition
    density = {s: exp(-(s.at**2) / (2 * at)) / sqrt(2 * pi * at) for s in place.setting.singularities}
    if any(s.jump.is_infinite for s in density):
        return {}
    if place.setting.has_jump:
        jumps = Add(*(s.jump**2 * density[s] for s in density))
        return {"jump_rate": Value(definition=weight / at * jumps * sqrt(at / pi), kind=place.kind)}
    if place.chi_1 is None or abs(float(place.chi_1) - 1) > _CRITICAL or place.setting.h is None:
        return {}
    if any(s.kink.is_infinite for s in density):
        return {}
    kinks = Add(*(s.kink**2 * density[s] for s in density))
    if kinks != 0:
        kappa = Rational(2, 3) * weight * kinks * sqrt(at / pi)
        return {"kappa": Value(definition=kappa, kind=place.kind)}
    bend = as_expression(differentiated(differentiated(pieces(place.setting.g, place.setting.assumptions))))
    try:
        second = mean_of(bend**2, place.setting.assumptions)
    except NotIntegrableError:
        return {}
    if second.expr == 0:
        return {}  # the correlation does not change
    beta = 2 * mean_at(place.setting.h, at) / (at * mean_at(second, at))
    return {"beta": Value(definition=beta, kind=weakest(place.kind, second.kind, place.setting.h.kind))}


def _steps(place: _Place, values: dict[str, Value]) -> tuple[Step, ...]:
    """The lines: the map, its slope at 1, and the fixed point that attracts."""
    g = place.kernel.function
    given = (
        (v2, place.sigma_w2.definition / N),
        (sigma_b2, place.sigma_b2.definition),
        (q, place.q.definition),
    )
    mapped = (sigma_b2 + N * v2 * PairMean(g, g, q, q, rho)) / q
    steps = list(place.kernel.steps) if place.kernel.expr is not None else []
    if place.kernel.expr is not None:
        steps.append(
            Step(
                id="correlation.map",
                chain="correlation.map",
                lhs=mapped,
                rhs=(sigma_b2 + N * v2 * place.kernel.expr) / q,
                reason="the correlation one layer on, C(rho)",
                rule="correlation.map",
                reference="poole2016",
                given=given,
            )
        )
    star = values.get("c_star")
    if star is not None:
        steps.append(
            Step(
                id="correlation.fixed-point",
                chain="correlation.fixed-point",
                lhs=rho,
                rhs=mapped,
                reason=_reason(values),
                rule="correlation.fixed-point",
                reference="schoenholz2017",
                assumptions=("wide layers, independent weights of mean 0",),
                given=((rho, star.definition), *given),
                kind=star.kind,
            )
        )
    return tuple(steps)


def _reason(values: dict[str, Value]) -> str:
    """Why this fixed point attracts, and how fast."""
    if values["c_star"].definition != 1:
        steep = "infinite at a jump" if "jump_rate" in values else "C'(1) > 1"
        return f"1 repels ({steep}), so exactly one other fixed point attracts: C is convex on [0, 1]"
    if "beta" in values:
        return "C'(1) = 1 and C is convex: c* = 1, approached as 1 - c_l ~ beta/l"
    if "kappa" in values:
        return "C'(1) = 1 and C is convex: c* = 1, approached as 1 - c_l ~ 4/(kappa^2 l^2)"
    return "C'(1) <= 1 and C is convex on [0, 1]: c* = 1 is its only fixed point there"


def _figure(place: _Place, values: dict[str, Value]) -> Figure:
    """The map on [0, 1] with its fixed points."""
    mapped = place.map(reach=1 - 1 / _POINTS)
    places = [k / (_POINTS - 1) for k in range(_POINTS)]
    heights = (*(float(f"{mapped(c):.6g}") for c in places[:-1]), 1.0)
    curves = [
        Curve(label="C(c)", style="line", x=tuple(float(f"{c:.6g}") for c in places), y=heights),
        Curve(label="C(c) = c", style="dashed", x=(0.0, 1.0), y=(0.0, 1.0)),
    ]
    if "c_star" in values:
        star = float(f"{float(values['c_star']):.6g}")
        curves.append(Curve(label="c*", style="points", x=(star,), y=(star,)))
    return Figure(
        id="correlation",
        title="Correlation map",
        x=Axis(label="c"),
        y=Axis(label="C(c)"),
        curves=tuple(curves),
    )
