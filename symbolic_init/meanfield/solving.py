"""Where the exact length map goes: fixed points, their stability, and the rows of a scheme.

A fixed point that the map in double precision (`Flow`) leads to is handed on as a `Root` head with a
bracket in which the sign change was seen, so that it can be evaluated to any number of digits. It is
`enclosed` where ball arithmetic proves the change of sign, else `estimated`.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

from sympy import Add, Expr, Mul, Poly, Rational, S, Symbol, cancel, degree, expand, oo, roots

from symbolic_init.analysis.derivative import derivative
from symbolic_init.derivation import Fate, Scheme
from symbolic_init.errors import PrecisionError
from symbolic_init.evidence import Kind, Moment, Value, estimated, weakest
from symbolic_init.meanfield.flow import GRID, SETTLED, Flow, Landing, decimal_bracket, land
from symbolic_init.notation import GaussianMean, Root, q
from symbolic_init.theories import Proposal, Setting, Theory

__all__ = [
    "exact_zero",
    "fixed_point",
    "mean_at",
    "own_point",
    "root_value",
    "scheme",
    "slope_at",
    "slopes_at",
    "tilt",
    "vanishing_factor",
]

_MARGINAL = 1e-9
"""How far a slope may exceed 1 and still count as marginal."""
_WAYPOINTS = 16
"""Variances on the way to a fixed point at which the map is seen to rise."""
_MOST_DEGREE = 2
"""Degree of a polynomial whose zeros are short."""


def exact_zero(function: Expr, low: Expr, high: Expr) -> Expr | None:
    """Return the only zero between two bounds of a product, where it is that of a short polynomial.

    Examples:
        >>> exact_zero(q*(2 + 3*q - q**2)/(1 + 2*q), S(3), S(4))
        3/2 + sqrt(17)/2
    """
    found = vanishing_factor(function, low, high)
    return None if found is None else found[1]


def vanishing_factor(function: Expr, low: Expr, high: Expr) -> tuple[Expr, Expr] | None:
    """Return the short polynomial that makes a product 0 between two bounds, and its only zero there.

    Examples:
        >>> vanishing_factor(q*(2 + 3*q - q**2)/(1 + 2*q), S(3), S(4))
        (q**2 - 3*q - 2, 3/2 + sqrt(17)/2)
    """
    zeros: list[tuple[Expr, Expr]] = []
    for factor in Mul.make_args(function.as_numer_denom()[0]):
        base = factor.base if factor.is_Pow and factor.exp.is_positive else factor
        if base.is_positive or base.is_negative or q not in base.free_symbols:
            continue
        if not base.is_polynomial(q) or (base.free_symbols != {q}) or degree(base, q) > _MOST_DEGREE:
            return None
        monic = expand(base / Poly(base, q).LC())
        zeros += [(monic, r) for r in roots(base, q, multiple=True) if r.is_real and low < r < high]
    return zeros[0] if len(zeros) == 1 else None


def tilt(inputs: Sequence[Symbol]) -> Expr:
    """Return the factor with which the integrand of a mean gives the integrand of its derivative by q."""
    return (Add(*(u**2 for u in inputs)) / q - len(inputs)) / (2 * q)


def mean_at(moment: Moment, point: Expr) -> Expr:
    """The mean at a variance: the closed form, or the unevaluated head at a variance that is a root.

    A root that stood many times in a closed form would make every look at it slow.
    """
    if not point.has(Root):
        return moment.definition.subs(q, point)
    return moment.head(point)


def slope_at(second: Moment, point: Expr) -> Expr:
    """`M' = (E[x^2 g^2]/q - M)/(2 q)` at a variance, in the same way: a root stands outside of integrands."""
    if not point.has(Root):
        return derivative(second.definition, q).subs(q, point)
    squares = Add(*(u**2 for u in second.inputs))
    tilted = replace(second, integrand=squares * second.integrand).head(point)
    return (tilted / point - len(second.inputs) * second.head(point)) / (2 * point)


def _at_fixed_point(setting: Setting, proposal: Proposal, point: Value) -> tuple[Value, Value | None]:
    """`V'` and `chi_1` of a proposal at one point; the former is known where the equations say it."""
    weight, place = proposal.sigma_w2, point.definition
    if proposal.slope is not None and place == proposal.q:
        slope = Value(definition=proposal.slope, kind="exact")
    else:
        kind = weakest(proposal.kind, point.kind, setting.M.kind)
        slope = _known(weight * slope_at(setting.M, place), kind)
    if setting.h is None:
        return slope, Value(definition=oo, kind="exact")
    kind = weakest(proposal.kind, point.kind, setting.h.kind)
    return slope, _known(weight * mean_at(setting.h, place), kind)


def _kind(definition: Expr, proposal: Proposal) -> Kind:
    """What is made of closed forms only is exact, whatever else the proposal needs."""
    return proposal.kind if definition.has(GaussianMean, Root) else "exact"


def _known(definition: Expr, kind: Kind) -> Value:
    """A value of some kind; a number that is left when everything else has cancelled is exact."""
    return Value(definition=definition, kind="exact" if definition.is_Rational else kind)


def _settled(
    setting: Setting, proposal: Proposal, flow: Flow, second_moment: float, *, sketched: bool
) -> tuple[Landing, Value | None]:
    """Return where the map goes from some `E[x^2]`, and the fixed point as a value."""
    weight, bias = _floats(proposal)
    start = weight * second_moment + bias
    landing = land(flow, weight, bias, start=start)
    if proposal.q is not None and _is_on_the_way(flow, start, float(own_point(proposal)), landing):
        return Landing(fate="fixed", q=float(own_point(proposal))), own_point(proposal)
    if landing.fate == "decays":
        return landing, Value(definition=S.Zero, kind="exact")
    if landing.q is None:
        return landing, None

    def excess(variance: float) -> float:
        return bias + weight * flow.second(variance) - variance

    if proposal.q is not None and math.isclose(landing.q, float(own_point(proposal)), rel_tol=GRID - 1):
        between = (landing.q + float(own_point(proposal))) / 2
        if abs(excess(between)) <= SETTLED * between or math.isclose(landing.q, between, rel_tol=1e-6):
            return landing, own_point(proposal)
    if sketched:
        return landing, estimated(landing.q)
    return landing, fixed_point(setting, proposal, flow, landing.q)


def _is_on_the_way(flow: Flow, start: float, own: float, landing: Landing) -> bool:
    """Whether an orbit must have met the proposal's own fixed point, where the map rises and merely touches.

    An orbit of a rising map never crosses a fixed point: where it seems to, it has drifted in rounding.
    """
    end = math.inf if landing.fate == "diverges" else landing.q
    if end is None or start == 0 or not min(start, end) < own < max(start, end):
        return False
    way = (start * (own / start) ** (k / _WAYPOINTS) for k in range(_WAYPOINTS + 1))
    return all(flow.means(t)[2] >= 0 for t in way)


def fixed_point(setting: Setting, proposal: Proposal, flow: Flow, place: float) -> Value:
    """Return the fixed point of a proposal's length map near a float, as an exact number or a root.

    Args:
        setting: The activation.
        proposal: Weight and bias variance.
        flow: The length map.
        place: The fixed point in double precision, positive.
    """
    weight, bias = _floats(proposal)
    try:
        bounds = decimal_bracket(lambda t: bias + weight * flow.second(t) - t, place)
    except PrecisionError:
        return Value(definition=Rational(f"{place:.6g}"), kind="estimated")
    equation = proposal.sigma_b2 + proposal.sigma_w2 * setting.M.definition - q
    exact = exact_zero(equation, *bounds) if equation.is_polynomial(q) else None
    if exact is not None:
        return Value(definition=exact, kind=weakest(proposal.kind, setting.M.kind))
    return root_value(Root(equation, q, *bounds), proposal.kind, setting.M.kind)


def root_value(root: Root, *kinds: Kind) -> Value:
    """Return a zero as a value: enclosed where the change of sign is proven, else estimated.

    Args:
        root: The zero.
        kinds: How what the function holds is known.
    """
    from symbolic_init.moments.root import changes_sign

    proven = weakest("enclosed", *kinds) == "enclosed" and changes_sign(root, proven=True)
    return Value(definition=root, kind="enclosed" if proven else "estimated")


def own_point(proposal: Proposal) -> Value:
    """Return the fixed point that a proposal is made for."""
    assert proposal.q is not None
    return Value(definition=proposal.q, kind="exact" if proposal.q.is_Rational else proposal.kind)


def _keeps_every_q(setting: Setting, proposal: Proposal) -> bool:
    """Whether `sigma_b2 + sigma_w2 M(q) = q` holds as an identity."""
    return setting.A_2 is not None and proposal.sigma_b2 == 0 and proposal.sigma_w2 * setting.A_2 == 1


def _floats(proposal: Proposal) -> tuple[float, float]:
    """`sigma_w2` and `sigma_b2` in double precision."""
    weight = Value(definition=proposal.sigma_w2, kind=proposal.kind)
    bias = Value(definition=proposal.sigma_b2, kind=proposal.kind)
    return float(weight), float(bias)


def slopes_at(
    setting: Setting, proposal: Proposal, point: Value, sketch: Flow | None = None
) -> tuple[Value | None, Value | None]:
    """Return `V'` and `chi_1` of a proposal at a fixed point, which may be 0.

    Args:
        setting: The activation.
        proposal: Weight and bias variance.
        point: The fixed point.
        sketch: The length map, if its double precision will do.
    """
    if point.definition != 0:
        if sketch is None:
            return _at_fixed_point(setting, proposal, point)
        weight, (_, square, slope) = _floats(proposal)[0], sketch.means(float(point))
        return estimated(weight * slope), estimated(weight * square)
    if setting.growth is None:
        return None, None
    value = Value(definition=proposal.sigma_w2 * setting.growth, kind=proposal.kind)
    return value, value


def scheme(
    theory: Theory,
    proposal: Proposal,
    setting: Setting,
    flow: Flow | None,
    *,
    second_moment: float | None = None,
    sketched: bool = False,
) -> tuple[Scheme, ...]:
    """Return the rows of the table for one proposal: at its own point, and where the map settles.

    Args:
        theory: The theory that made the proposal.
        proposal: Weight and bias variance.
        setting: The activation.
        flow: The length map, or `None` while parameters are free.
        second_moment: `E[x^2]` of the inputs of the first layer, if not that of the setting.
        sketched: Whether double precision will do for where the map settles; nothing is proven of it then.

    Raises:
        PrecisionError: If weights of which nothing else is told are too large for double precision.
    """
    place = "any q" if proposal.every_q else f"q = {setting.q}"
    label = (proposal.label or theory.label).replace("q = {q}", place)
    sigma_w2 = Value(
        definition=proposal.sigma_w2, kind=_kind(proposal.sigma_w2, proposal), rules=proposal.rules
    )
    sigma_b2 = Value(definition=proposal.sigma_b2, kind=_kind(proposal.sigma_b2, proposal))

    def row(
        fate: Fate,
        *,
        point: Value | None = None,
        slopes: tuple[Value | None, Value | None] = (None, None),
        stable: bool = True,
        name: str = label,
    ) -> Scheme:
        return Scheme(
            theory=theory.id,
            label=name,
            sigma_w2=sigma_w2,
            sigma_b2=sigma_b2,
            fate=fate,
            q_star=point,
            V_prime=slopes[0],
            chi_1=slopes[1],
            stable=stable,
            note=theory.note,
        )

    if theory.note:
        if flow is not None and math.isinf(_floats(proposal)[0]):
            msg = f"the weights of theory {theory.id} are too large for double precision; try another theory"
            raise PrecisionError(msg)
        return (row("unknown"),)
    if proposal.every_q or _keeps_every_q(setting, proposal):
        one = Value(definition=S.One, kind="exact")
        chi = _at_fixed_point(setting, proposal, Value(definition=setting.q, kind="exact"))[1]
        if chi is not None and chi.definition.free_symbols:
            chi = replace(chi, definition=cancel(chi.definition))
        return (row("any", slopes=(one, chi)),)
    own = None if proposal.q is None else own_point(proposal)
    if flow is None:
        return (
            row(
                "unknown",
                point=own,
                slopes=(None, None) if own is None else slopes_at(setting, proposal, own),
            ),
        )
    moment = float(setting.second_moment) if second_moment is None else second_moment
    landing, point = _settled(setting, proposal, flow, moment, sketched=sketched)
    sketch = flow if sketched else None
    lands = landing.fate in ("fixed", "decays")
    if own is None:
        slopes = (None, None) if point is None else slopes_at(setting, proposal, point, sketch)
        return (row(landing.fate, point=point, slopes=slopes, stable=lands),)
    slopes = slopes_at(setting, proposal, own, sketch)
    steep = slopes[0] is not None and abs(float(slopes[0])) > 1 + _MARGINAL
    first = row(landing.fate, point=own, slopes=slopes, stable=lands and not steep)
    if point is None or point.definition == own.definition:
        return (first,)
    slopes = slopes_at(setting, proposal, point, sketch)
    return (first, row(landing.fate, point=point, slopes=slopes, name="  its other root"))
