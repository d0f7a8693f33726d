"""derive(): the pipeline from an activation to its derivation, top to bottom."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import Any

from sympy import Add, Expr, Rational, S, cancel, oo

from symbolic_init.activation import Activation, Source
from symbolic_init.activation import activation as read
from symbolic_init.analysis import Analysis, analyze, expansion_steps, gate_traits, traits
from symbolic_init.analysis.separation import separated
from symbolic_init.critical_points import critical_points
from symbolic_init.curves import figures
from symbolic_init.depth import depth_scale
from symbolic_init.derivation import Derivation, Scheme, Step, Traits
from symbolic_init.errors import (
    AssumptionError,
    NotIntegrableError,
    PrecisionError,
    UnsupportedError,
    bounded,
)
from symbolic_init.evidence import Deferred, Moment, Value, weakest
from symbolic_init.flow import Flow, flow
from symbolic_init.moments.mean import mean_of
from symbolic_init.moments.several import independent_mean, partial_slopes
from symbolic_init.notation import N, x
from symbolic_init.notation import q as q_symbol
from symbolic_init.rationals import rational
from symbolic_init.recommendation import Recommendation, recommend
from symbolic_init.remarks import outlook, warnings
from symbolic_init.solving import scheme
from symbolic_init.theories import (
    THEORIES,
    CriticalPoint,
    Proposal,
    Setting,
    criticality_values,
    implied_q,
)

__all__ = ["derive", "exact_number", "setting_of"]

_HEADLINE = ("sigma_w2", "sigma_b2", "gain")
"""The values that a headline has."""
_NOT_ASKED = Recommendation(rows=(), why="only the headline was asked for")


@bounded
def derive(
    activation: Source,
    *,
    theory: str = "auto",
    q: Any = 1,
    sigma_b2: Any = 0,
    digits: int = 30,
    assume: str = "",
    settings: Mapping[str, Any] | None = None,
    order: int = 5,
    depth: int = 50,
    numeric: bool = False,
    try_integrate: bool = False,
    inputs: Sequence[str] = (),
    headline_only: bool = False,
    breakpoints: Sequence[Any] | None = None,
) -> Derivation:
    r"""Return the weight variance that keeps the signal's size through depth, and its derivation.

    Args:
        activation: A catalog name, text in `x`, a SymPy expression, or an `Activation`; or a Python function
            of one number, of which every number is an estimate.
        theory: `"auto"` (homogeneous: `1/A_2`; else `g'(0) != 0`: linear; else the length map), or
            the id of a theory: `"linear"`, `"length-map"`, `"backward"`, `"edge-of-chaos"`,
            `"criticality"`, `"centered"`.
        q: Pre-activation variance asked for, positive; decimals mean the rational they denote.
        sigma_b2: Bias variance, not negative.
        digits: Significant digits of the values that are written out.
        assume: What is known of the parameters, as `"a>0, b<1"`.
        settings: Numbers for parameters, by name.
        order: Order of the Taylor polynomial shown.
        depth: Number of layers of the outlook.
        numeric: Also evaluate the means by quadrature and show both.
        try_integrate: Where no rule gives a mean, let SymPy's integrator try (for up to 20 seconds a
            mean); its answer counts only if it passes the numerical check.
        inputs: Names of the inputs of a gated unit, such as `("x", "y")` for `x*silu(y)`: independent,
            each of variance `q`. Catalog entries know theirs.
        headline_only: Leave out what the headline does not need: the recommendation, the other schemes,
            the outlook and the steps. That is several times faster.
        breakpoints: Where a Python function, or its slope, jumps; `None`: they are looked for.

    Returns:
        The derivation: values, schemes, steps, and renderings.

    Raises:
        ParseError: If the text is not an activation.
        DomainError: If the activation is not real on the whole line.
        NotIntegrableError: If a mean that the theory needs does not exist.
        UnsupportedError: If the theory does not apply.

    References:
        kumar2017; poole2016; schoenholz2017.

    Examples:
        >>> derive("tanh(x)").weight_variance
        1/N
        >>> derive("leaky_relu(x, a)").weight_variance
        2/(N*(a**2 + 1))
    """
    variance, bias = exact_number(q, "q", positive=True), exact_number(sigma_b2, "sigma_b2", positive=False)
    subject = read(activation, assume=assume, settings=settings, inputs=inputs, breakpoints=breakpoints)
    setting, shape = setting_of(subject, variance, bias, try_integrate=try_integrate)
    chosen = _choice(theory, setting)
    free = bool(subject.assumptions.intervals)
    stream = None if free else _flow_or_none(setting)
    if stream is not None:
        setting = replace(setting, critical=Deferred(partial(_critical, setting, stream)))
    proposal = THEORIES[chosen].propose(setting)
    headline = scheme(THEORIES[chosen], proposal, setting, stream)
    advice = _NOT_ASKED if headline_only else recommend(setting, stream)
    table = _rows_alone(headline) if headline_only else _table(headline, advice, setting, stream)
    values = _values(setting, proposal, headline, numeric=numeric, headline_only=headline_only)
    means = {} if headline_only else {"m": setting.m, "M": setting.M, "h": setting.h}
    return Derivation(
        title=subject.title,
        expression=subject.expression,
        assumptions=subject.assumptions,
        reference=subject.reference,
        traits=shape,
        theory=chosen,
        requested=theory,
        q=variance,
        sigma_b2=bias,
        weight_variance=proposal.sigma_w2 / N,
        moment_items=tuple((name, moment) for name, moment in means.items() if moment),
        value_items=tuple((name, v) for name, v in values.items() if name in _HEADLINE or not headline_only),
        schemes=table,
        recommended_index=0 if advice.rows else None,
        why=advice.why,
        outlook=outlook(advice, stream, depth),
        warnings=tuple(warnings(setting, chosen, headline[0], values, stream, depth)),
        steps=() if headline_only else _steps(subject, setting, proposal, chosen, order),
        digits=digits,
        figures=()
        if stream is None or headline_only
        else Deferred(partial(figures, setting, stream, table, 0 if advice.rows else None, depth=depth)),
    )


def setting_of(
    subject: Activation, variance: Expr, bias: Expr, *, try_integrate: bool = False
) -> tuple[Setting, Traits]:
    """Return what the theories may look at, and what the activation looks like.

    Args:
        subject: The activation.
        variance: Pre-activation variance asked for.
        bias: Bias variance asked for.
        try_integrate: As for `derive`.
    """
    if len(subject.inputs) > 1:
        return _gate_setting(subject, variance, bias, try_integrate=try_integrate), gate_traits(subject)
    analysis = analyze(subject)
    mean = partial(mean_of, known=subject.assumptions, try_integrate=try_integrate)
    return _setting(subject, analysis, variance, bias, mean), traits(analysis)


def exact_number(value: Any, name: str, *, positive: bool) -> Rational:
    """Return the exact rational that a caller gave for a variance.

    Raises:
        AssumptionError: If it is no number, or of the wrong sign.
    """
    try:
        if isinstance(value, Expr):
            exact = value if value.is_Rational else Rational(repr(float(value)))
        else:
            exact = Rational(rational(str(value)) if isinstance(value, str | float) else Fraction(value))
    except (OverflowError, TypeError, ValueError) as err:
        msg = f"{name} = {value!r} is not a number; give a decimal or a fraction such as 1/8"
        raise AssumptionError(msg) from err
    if exact < 0 or (positive and exact == 0):
        msg = f"{name} = {exact} must be {'positive' if positive else 'at least 0'}"
        raise AssumptionError(msg)
    return exact


def _setting(
    subject: Activation, analysis: Analysis, variance: Expr, bias: Expr, mean: Callable[..., Moment]
) -> Setting:
    """What the theories may look at."""
    g, known = subject.expression, subject.assumptions
    homogeneity, second = analysis.homogeneity, mean(g**2, chain="M")
    homogeneous = None
    if homogeneity is not None and homogeneity.degree == 1:
        homogeneous = (homogeneity.a_plus**2 + homogeneity.a_minus**2) / 2
    slope, ends = analysis.derivative_expression, analysis.tails.slopes
    return Setting(
        g=g,
        assumptions=known,
        at_zero=analysis.at_zero,
        slopes=analysis.slopes,
        A_2=_ratio(second) if homogeneous is None else homogeneous,
        is_homogeneous=homogeneous is not None,
        tail_slope2=None if ends is None else (ends[0] ** 2 + ends[1] ** 2) / 2,
        has_jump=any(s.jump != 0 for s in analysis.singularities),
        m=mean(g, chain="m"),
        M=second,
        h=_finite_or_none(partial(mean, slope**2, chain="h")),
        q=variance,
        sigma_b2=bias,
        curvature=_curvature(analysis),
    )


def _ratio(second: Moment) -> Expr | None:
    """`M(q)/q` where that is the same for every q, else `None`."""
    if second.expr is None:
        return None
    ratio = cancel(second.expr / q_symbol) if second.expr.is_polynomial(q_symbol) else second.expr / q_symbol
    return None if q_symbol in ratio.free_symbols else ratio


def _curvature(analysis: Analysis) -> tuple[Expr, Expr] | None:
    """Second and third derivative at 0, where both sides agree."""
    if analysis.germ is None or any(a != b for a, b in list(zip(*analysis.germ, strict=True))[1:4]):
        return None
    return 2 * analysis.germ[1][2], 6 * analysis.germ[1][3]


def _critical(setting: Setting, stream: Flow) -> tuple[CriticalPoint, ...]:
    return tuple(critical_points(setting, stream))


def _gate_setting(subject: Activation, variance: Expr, bias: Expr, *, try_integrate: bool) -> Setting:
    """The same for a unit of several independent inputs."""
    g, inputs, known = subject.expression, subject.inputs, subject.assumptions
    factors = {f for term in separated(g, inputs) for f in term.functions if x in f.free_symbols}
    shapes = [analyze(Activation(title=str(f), expression=f, assumptions=known)) for f in factors]
    slopes = partial_slopes(g, inputs, known)
    mean = partial(independent_mean, inputs=inputs, known=known, try_integrate=try_integrate)
    second = mean(g**2, chain="M")
    return Setting(
        g=g,
        assumptions=known,
        at_zero=g.subs(dict.fromkeys(inputs, S.Zero)),
        slopes=None,
        A_2=_ratio(second),
        is_homogeneous=False,
        tail_slope2=None,
        has_jump=any(s.jump != 0 for shape in shapes for s in shape.singularities),
        m=mean(g, chain="m"),
        M=second,
        h=_finite_or_none(partial(mean, Add(*(s**2 for s in slopes)), chain="h")),
        q=variance,
        sigma_b2=bias,
    )


def _finite_or_none(mean: Callable[[], Moment]) -> Moment | None:
    """A mean, or `None` where it is infinite."""
    try:
        return mean()
    except NotIntegrableError:
        return None


def _flow_or_none(setting: Setting) -> Flow | None:
    """The length map in double precision, or `None` where that is too coarse."""
    try:
        return flow(setting)
    except PrecisionError:
        return None


def _choice(theory: str, setting: Setting) -> str:
    """The id of the theory that gives the headline."""
    if theory == "auto":
        if setting.A_2 is not None:
            return "length-map"
        return "linear" if setting.slope not in (None, 0) else "length-map"
    if theory not in THEORIES:
        msg = f"no theory {theory!r}; there are: auto, {', '.join(THEORIES)}"
        raise UnsupportedError(msg)
    return theory


def _table(
    headline: tuple[Scheme, ...], advice: Recommendation, setting: Setting, stream: Flow | None
) -> tuple[Scheme, ...]:
    """The recommended row first, then the headline, then the other theories; no row twice."""
    rows = [*advice.rows]
    others = [headline]
    for theory in THEORIES.values():
        if theory.id == "backward" and not setting.is_scale_invariant and headline[0].theory != "backward":
            continue  # the edge of chaos is the same weight with its bias
        if theory.id == "criticality" and headline[0].theory != "criticality":
            continue  # searched for only when asked for
        try:
            proposal = theory.propose(setting)
        except (NotIntegrableError, PrecisionError, UnsupportedError):
            continue
        others.append(scheme(theory, proposal, setting, stream))
    for group in others:
        if not any(_same(group[0], row) for row in rows):
            rows.extend(group)
    return tuple(rows)


def _rows_alone(headline: tuple[Scheme, ...]) -> tuple[Scheme, ...]:
    """The headline without what holds at its fixed point: weights, biases and where the signal goes."""
    return (replace(headline[0], q_star=None, V_prime=None, chi_1=None),)


def _same(a: Scheme, b: Scheme) -> bool:
    """Whether two rows say the same of the same kind of weights."""
    return (
        a.sigma_w2.definition == b.sigma_w2.definition
        and a.sigma_b2.definition == b.sigma_b2.definition
        and a.note == b.note
    )


def _values(
    setting: Setting,
    proposal: Proposal,
    headline: tuple[Scheme, ...],
    *,
    numeric: bool,
    headline_only: bool,
) -> dict[str, Value]:
    """The named values of the headline."""
    row = headline[0]
    values = {"sigma_w2": row.sigma_w2, "sigma_b2": row.sigma_b2, "gain": row.gain}
    if not headline_only:
        values |= _where_it_settles(setting, headline)
    means = (("m", setting.m), ("M", setting.M), ("h", setting.h))
    for name, moment in means:
        if moment is not None and (setting.q < moment.limit) != False:  # noqa: E712  a SymPy relation
            values[name] = moment.at(setting.q)
            if numeric:
                head = moment.head(setting.q)
                values[f"{name}_quadrature"] = Value(definition=head, kind="estimated")
    if row.theory == "linear" and setting.slope is not None:
        values |= _implied(setting, proposal, implied_q(setting.slope))
    if row.theory == "criticality":
        values |= criticality_values(setting, proposal)
    return values


def _where_it_settles(setting: Setting, headline: tuple[Scheme, ...]) -> dict[str, Value]:
    row, last = headline[0], headline[-1]
    point: Value | None
    if row.fate == "any":
        point = Value(definition=setting.q, kind="exact")
    elif row.q_star is None and row.fate == "diverges":
        point = Value(definition=oo, kind="estimated")
    else:
        point = row.q_star
    named = {"q_star": point, "V_prime": row.V_prime, "chi_1": row.chi_1}
    if row.fate == "diverges":
        named["q_settled"] = Value(definition=oo, kind="estimated")
    elif row.fate in ("fixed", "decays"):
        named["q_settled"] = last.q_star
    named |= {"xi_q": depth_scale(row.V_prime), "xi_grad": depth_scale(row.chi_1)}
    return {name: value for name, value in named.items() if value is not None}


def _implied(setting: Setting, proposal: Proposal, point: Expr) -> dict[str, Value]:
    """What the exact theory says at the q that the linearization implies."""
    values = {"q_implied": Value(definition=point, kind="exact")}
    if (point < setting.M.limit) == False:  # noqa: E712  a SymPy relation, perhaps undecided
        return values
    second, first = setting.M.at(point), setting.m.at(point)
    kind = weakest(second.kind, first.kind)
    weight = proposal.sigma_w2
    values["variance_true"] = Value(definition=second.definition - first.definition**2, kind=kind)
    slope = setting.M.definition.diff(q_symbol).subs(q_symbol, point)
    values["V_prime_implied"] = Value(definition=weight * slope, kind=second.kind)
    if setting.h is not None:
        h = setting.h.at(point)
        values["chi_1_implied"] = Value(definition=weight * h.definition, kind=h.kind)
    return values


def _steps(
    subject: Activation, setting: Setting, proposal: Proposal, chosen: str, order: int
) -> tuple[Step, ...]:
    """The derivation: Taylor expansion, closed forms of the means, the theory."""
    means = [setting.M] if setting.h is None else [setting.M, setting.h]
    if chosen == "centered":
        means.insert(0, setting.m)
    shown = tuple(step for moment in means for step in moment.steps)
    first = expansion_steps(subject, order=order) if len(subject.inputs) == 1 else ()
    return (*first, *shown, *proposal.steps)
