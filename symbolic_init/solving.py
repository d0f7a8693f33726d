"""Where the exact length map goes: fixed points, their stability, and the fate of a scheme.

The map is iterated in double precision (`Flow`); a fixed point that is found this way is handed on
as a `Root` head with a bracket in which the sign change was seen, so that it can be evaluated to
any number of digits. It is `enclosed` where ball arithmetic proves the change of sign, else `estimated`.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import final

from sympy import Add, Expr, Integer, Mul, Rational, S, Symbol, cancel, degree, oo, roots

from symbolic_init.derivation import Fate, Scheme
from symbolic_init.errors import PrecisionError
from symbolic_init.evidence import Kind, Moment, Value, weakest
from symbolic_init.notation import GaussianMean, Root, q
from symbolic_init.theories import Proposal, Setting, Theory

__all__ = [
    "Flow",
    "Landing",
    "decimal_bracket",
    "exact_zero",
    "flow",
    "land",
    "mean_at",
    "orbit",
    "root_value",
    "scheme",
    "slope_at",
    "tilt",
]

_ITERATIONS = 400
"""Steps of plain iteration before the fixed point is searched for along the drift."""
_SETTLED = 1e-12
"""Relative change of q below which an orbit counts as settled; the means are good to 1e-12."""
_DIVERGED = 1e6
"""Growth from the first layer on beyond which an orbit counts as divergent."""
_VANISHED = 1e-7
"""Below this q the slow decay of a critical map drowns in rounding: it counts as a decay to 0."""
_NOISE = 1e-13
"""Part of q below which `V(q) - q` cannot be told from 0."""
_TINY = 1e-300
_SAMPLED = 1e-9
"""Relative error of a sampled mean above which the samples are said to miss something."""
_MARGINAL = 1e-9
"""How far a slope may exceed 1 and still count as marginal."""
_MOST_DEGREE = 2
"""Degree of a polynomial whose zeros are short."""
_GRID = 1.02
"""Ratio of the search grid along the drift: two roots closer than 2 % are told as one."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """The length map of one activation in double precision.

    Attributes:
        means: `q -> (M, h, M')`; `inf` where a mean diverges, `nan` for an infinite `h`.
        limit: The means are finite for `q < limit`.
    """

    means: Callable[[float], tuple[float, float, float]]
    limit: float

    def second(self, variance: float) -> float:
        """`M(q)`; infinite beyond the limit."""
        if variance <= 0:
            return self.means(_TINY)[0]
        return self.means(variance)[0] if variance < self.limit else math.inf


def flow(setting: Setting) -> Flow:
    """Return the length map of an activation without free parameters in double precision."""
    from symbolic_init.moments.grid import means_function
    from symbolic_init.moments.several import products_function

    f, inputs = setting.M.integrand, setting.M.inputs
    limit = math.inf if setting.M.limit == oo else float(setting.M.limit)
    squares = Add(*(u**2 for u in inputs))
    functions = (f, squares * f) if setting.h is None else (f, squares * f, setting.h.integrand)
    sample = means_function(functions) if len(inputs) == 1 else products_function(functions, inputs)
    at = Rational(1) if limit > 1 else Rational(limit / 2).limit_denominator(1000)
    if not math.isclose(sample(float(at))[0], float(setting.M.at(at)), rel_tol=_SAMPLED, abs_tol=_TINY):
        msg = f"{setting.g} has features too narrow for double precision: its length map cannot be followed"
        raise PrecisionError(msg)

    def means(variance: float) -> tuple[float, float, float]:
        values = sample(variance)
        second, tilted = values[0], values[1]
        slope = (
            math.inf if math.isinf(second) else (tilted / variance - len(inputs) * second) / (2 * variance)
        )
        return second, (values[2] if len(values) > 2 else math.nan), slope

    return Flow(means=means, limit=limit)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Landing:
    """Where an orbit of the length map goes.

    Attributes:
        fate: How it ends.
        q: The fixed point reached (0.0 for "decays"), or `None`.
        V_prime: Slope of the map there, or `None`.
    """

    fate: Fate
    q: float | None = None
    V_prime: float | None = None


def land(flow: Flow, sigma_w2: float, sigma_b2: float, *, start: float) -> Landing:
    """Return where `q -> sigma_b2 + sigma_w2 M(q)` goes from `start`."""

    def step(variance: float) -> float:
        return sigma_b2 + sigma_w2 * flow.second(variance)

    def at(variance: float) -> Landing:
        return Landing(fate="fixed", q=variance, V_prime=sigma_w2 * flow.means(variance)[2])

    def excess(variance: float) -> float:
        return step(variance) - variance

    current, moves, top = start, [0.0, 0.0], _DIVERGED * max(start, 1.0)
    for _ in range(_ITERATIONS):
        following = step(current)
        if not following < top:
            return Landing(fate="diverges")
        if following < _VANISHED:
            return Landing(fate="decays", q=0.0)
        moves = [moves[1], following - current]
        current = following
        if abs(moves[1]) <= _SETTLED * current:
            break
    if moves[0] * moves[1] < 0 and abs(moves[1]) > _SETTLED * current:
        return _alternating(excess, current, step(current), at)
    if _crosses(excess, current):
        return at(current)
    return _along(excess, current, top=top if moves[1] > 0 else None, at=at, may_vanish=sigma_b2 == 0)


def _crosses(excess: Callable[[float], float], root: float) -> bool:
    """Whether `V(q) - q` is seen to change its sign around a point, not only to be small there."""
    return any(_changes(excess, root * (1 - d), root * (1 + d)) for d in (1e-9, 1e-6, 1e-3, 1e-2))


def _changes(function: Callable[[float], float], low: float, high: float) -> bool:
    """Whether a sign change is seen between two variances, beyond rounding."""
    ends = function(low), function(high)
    return ends[0] * ends[1] < 0 and min(map(abs, ends)) > _NOISE * high


def _alternating(
    excess: Callable[[float], float], one: float, other: float, at: Callable[[float], Landing]
) -> Landing:
    """An orbit that still jumps to and fro: a slow spiral, or a cycle."""
    root = _bisect(excess, min(one, other), max(one, other))
    landing = at(root) if root is not None else Landing(fate="cycles")
    return landing if landing.V_prime is not None and landing.V_prime > -1 else Landing(fate="cycles")


def _along(
    excess: Callable[[float], float],
    current: float,
    *,
    top: float | None,
    at: Callable[[float], Landing],
    may_vanish: bool,
) -> Landing:
    """An orbit that drifts slowly, upward if there is a `top`: the next fixed point on its way.

    Where `V(q) - q` drowns in rounding the drift is taken to go on: no sign change is seen there.
    """
    ratio, sign = (1 / _GRID, -1) if top is None else (_GRID, 1)
    here, before = current, current
    while _VANISHED < here < (math.inf if top is None else top):
        there = here * ratio
        drift = sign * excess(there)
        if drift < -_SETTLED * there:
            root = _bisect(excess, min(before, there), max(before, there))
            return at(there if root is None else root)
        before = there if drift > _SETTLED * there else before
        here = there
    if top is not None:
        return Landing(fate="diverges")
    return Landing(fate="decays", q=0.0) if may_vanish else at(here)


def _bisect(function: Callable[[float], float], low: float, high: float) -> float | None:
    """A sign change of `function` between two floats, to the last digit, or `None`."""
    at_low, at_high = function(low), function(high)
    if at_low == 0:
        return low
    if at_high == 0:
        return high
    if not at_low * at_high < 0:
        return None
    for _ in range(200):
        middle = (low + high) / 2
        if not low < middle < high:
            break
        if (function(middle) < 0) == (at_low < 0):
            low = middle
        else:
            high = middle
    return (low + high) / 2


def decimal_bracket(function: Callable[[float], float], root: float) -> tuple[Rational, Rational]:
    """Return short decimals around `root` between which `function` changes its sign.

    Raises:
        PrecisionError: If no sign change is seen: a double root.
    """
    for digits in (6, 5, 4, 3, 2):
        unit = Rational(10) ** (math.floor(math.log10(root)) + 1 - digits)
        low = Integer(math.floor(root / float(unit))) * unit
        bounds = (low - unit if function(float(low)) == 0 and low > unit else low, low + unit)
        if bounds[0] > 0 and _changes(function, *map(float, bounds)):
            return bounds
    msg = f"no sign change is seen around the fixed point {root:.6g}: it may be a double root"
    raise PrecisionError(msg)


def exact_zero(function: Expr, low: Expr, high: Expr) -> Expr | None:
    """Return the only zero between two bounds of a product, where it is that of a short polynomial.

    Examples:
        >>> exact_zero(q*(2 + 3*q - q**2)/(1 + 2*q), Integer(3), Integer(4))
        3/2 + sqrt(17)/2
    """
    zeros: list[Expr] = []
    for factor in Mul.make_args(function.as_numer_denom()[0]):
        base = factor.base if factor.is_Pow and factor.exp.is_positive else factor
        if base.is_positive or base.is_negative or q not in base.free_symbols:
            continue
        if not base.is_polynomial(q) or (base.free_symbols != {q}) or degree(base, q) > _MOST_DEGREE:
            return None
        zeros += [r for r in roots(base, q, multiple=True) if r.is_real and low < r < high]
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
        return second.definition.diff(q).subs(q, point)
    squares = Add(*(u**2 for u in second.inputs))
    tilted = replace(second, integrand=squares * second.integrand).head(point)
    return (tilted / point - len(second.inputs) * second.head(point)) / (2 * point)


def _at_fixed_point(setting: Setting, proposal: Proposal, point: Value) -> tuple[Value, Value | None]:
    """`V'` and `chi_1` of a proposal at one point."""
    weight, place = proposal.sigma_w2, point.definition
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
    setting: Setting, proposal: Proposal, flow: Flow, second_moment: float
) -> tuple[Landing, Value | None]:
    """Return where the map goes from some `E[x^2]`, and the fixed point as a value."""
    weight, bias = _floats(proposal)
    landing = land(flow, weight, bias, start=weight * second_moment + bias)
    if landing.fate == "decays":
        return landing, Value(definition=S.Zero, kind="estimated")
    if landing.q is None:
        return landing, None

    def excess(variance: float) -> float:
        return bias + weight * flow.second(variance) - variance

    if proposal.q is not None and math.isclose(landing.q, float(_point(proposal)), rel_tol=_GRID - 1):
        between = (landing.q + float(_point(proposal))) / 2
        if abs(excess(between)) <= _SETTLED * between or math.isclose(landing.q, between, rel_tol=1e-6):
            return landing, _point(proposal)
    try:
        bounds = decimal_bracket(excess, landing.q)
    except PrecisionError:
        return landing, Value(definition=Rational(f"{landing.q:.6g}"), kind="estimated")
    equation = proposal.sigma_b2 + proposal.sigma_w2 * setting.M.definition - q
    exact = exact_zero(equation, *bounds) if equation.is_polynomial(q) else None
    if exact is not None:
        return landing, Value(definition=exact, kind=weakest(proposal.kind, setting.M.kind))
    return landing, root_value(Root(equation, q, *bounds), proposal.kind, setting.M.kind)


def root_value(root: Root, *kinds: Kind) -> Value:
    """Return a zero as a value: enclosed where the change of sign is proven, else estimated.

    Args:
        root: The zero.
        kinds: How what the function holds is known.
    """
    from symbolic_init.moments.root import changes_sign

    proven = weakest("enclosed", *kinds) == "enclosed" and changes_sign(root, proven=True)
    return Value(definition=root, kind="enclosed" if proven else "estimated")


def _point(proposal: Proposal) -> Value:
    """The fixed point that a proposal is made for."""
    assert proposal.q is not None
    return Value(definition=proposal.q, kind="exact" if proposal.q.is_Rational else proposal.kind)


def _floats(proposal: Proposal) -> tuple[float, float]:
    """`sigma_w2` and `sigma_b2` in double precision."""
    weight = Value(definition=proposal.sigma_w2, kind=proposal.kind)
    bias = Value(definition=proposal.sigma_b2, kind=proposal.kind)
    return float(weight), float(bias)


def _at(setting: Setting, proposal: Proposal, point: Value) -> tuple[Value | None, Value | None]:
    """`V'` and `chi_1` of a proposal at a fixed point, which may be 0."""
    if point.definition != 0:
        return _at_fixed_point(setting, proposal, point)
    if setting.slopes is None:
        return None, None
    growth = proposal.sigma_w2 * (setting.slopes[0] ** 2 + setting.slopes[1] ** 2) / 2
    value = Value(definition=growth, kind=proposal.kind)
    return value, value


def scheme(
    theory: Theory, proposal: Proposal, setting: Setting, flow: Flow | None, *, second_moment: float = 1.0
) -> tuple[Scheme, ...]:
    """Return the rows of the table for one proposal: at its own point, and where the map settles.

    Args:
        theory: The theory that made the proposal.
        proposal: Weight and bias variance.
        setting: The activation.
        flow: The length map, or `None` while parameters are free.
        second_moment: `E[x^2]` of the inputs of the first layer.
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
        return (row("unknown"),)
    if proposal.every_q:
        one = Value(definition=S.One, kind="exact")
        chi = _at_fixed_point(setting, proposal, Value(definition=setting.q, kind="exact"))[1]
        if chi is not None and chi.definition.free_symbols:
            chi = replace(chi, definition=cancel(chi.definition))
        return (row("any", slopes=(one, chi)),)
    own = None if proposal.q is None else _point(proposal)
    if flow is None:
        return (
            row("unknown", point=own, slopes=(None, None) if own is None else _at(setting, proposal, own)),
        )
    landing, point = _settled(setting, proposal, flow, second_moment)
    lands = landing.fate in ("fixed", "decays")
    if own is None:
        slopes = (None, None) if point is None else _at(setting, proposal, point)
        return (row(landing.fate, point=point, slopes=slopes, stable=lands),)
    slopes = _at(setting, proposal, own)
    steep = slopes[0] is not None and abs(float(slopes[0])) > 1 + _MARGINAL
    first = row(landing.fate, point=own, slopes=slopes, stable=lands and not steep)
    if point is None or point.definition == own.definition:
        return (first,)
    other = row(landing.fate, point=point, slopes=_at(setting, proposal, point), name="  settles at")
    return (first, other)


def orbit(
    flow: Flow, sigma_w2: float, sigma_b2: float, *, start: float, depth: int
) -> tuple[int, float, float]:
    """Return how far an orbit was followed from `q_1 = start`: layer, q, factor on the squared gradient.

    It is followed for `depth` layers, or until it has grown so much that it counts as divergent.
    """
    current, gradient, top = start, 1.0, min(flow.limit, _DIVERGED * max(start, 1.0))
    for layer in range(1, depth + 1):
        if layer > 1:
            current = sigma_b2 + sigma_w2 * flow.second(current)
        if not current < top:
            return layer, current, math.nan
        if current < _TINY:
            return layer, 0.0, 0.0
        gradient *= sigma_w2 * flow.means(current)[1]
    return depth, current, gradient
