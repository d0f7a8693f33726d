"""derive(): the pipeline from an activation to its derivation, top to bottom."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from sympy import Expr

from symbolic_init.activation import Activation, Source
from symbolic_init.activation import activation as read
from symbolic_init.advice.named_values import Named, edge_solutions, fixed_point_solutions, headline_values
from symbolic_init.advice.recommendation import recommend
from symbolic_init.advice.remarks import outlook, warnings
from symbolic_init.advice.scheme_table import scheme_table
from symbolic_init.analysis import expansion_steps
from symbolic_init.derivation import Derivation, Figure, Scheme, Step
from symbolic_init.errors import PrecisionError, UnsupportedError, bounded
from symbolic_init.evidence import Deferred, Value
from symbolic_init.meanfield.critical_points import critical_points, edge_points
from symbolic_init.meanfield.curves import figures
from symbolic_init.meanfield.flow import Flow, flow
from symbolic_init.meanfield.setting import check_counts, exact_number, setting_of
from symbolic_init.meanfield.solving import scheme
from symbolic_init.notation import N
from symbolic_init.theories import THEORIES, Proposal, Setting, limit_steps

if TYPE_CHECKING:
    from symbolic_init.meanfield.correlation_map import Correlations

__all__ = ["derive", "exact_number", "setting_of"]

_HEADLINE = ("sigma_w2", "sigma_b2", "gain")
"""The values that a headline has."""


@bounded
def derive(
    activation: Source,
    *,
    theory: str = "auto",
    q: Any = 1,
    sigma_b2: Any = 0,
    sigma_w2: Any = None,
    digits: int = 30,
    assume: str = "",
    settings: Mapping[str, Any] | None = None,
    order: int = 5,
    depth: int = 50,
    width: int = 1024,
    input_second_moment: Any = 1,
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
            `"correlation"`, `"criticality"`, `"isometry"`, `"centered"`, `"residual"`.
        q: Pre-activation variance asked for, positive; decimals mean the rational they denote.
        sigma_b2: Bias variance, not negative. The edge of chaos has one for each `q`: given a bias
            variance, or `q=None`, all its points with that bias variance are told in `.solutions`.
        sigma_w2: Fan-in times the weight variance, where it is given: length map, backward and correlation
            then tell where these weights lead, with every fixed point in `.solutions`.
        digits: Significant digits of the values that are written out.
        assume: What is known of the parameters, as `"a>0, b<1"`.
        settings: Numbers for parameters, by name.
        order: Order of the Taylor polynomial shown.
        depth: Number of layers of the outlook.
        width: Width of the network whose scatter the outlook tells.
        input_second_moment: `E[x^2]` of the inputs of the first layer, positive.
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
    asked = exact_number(1 if q is None else q, "q", positive=True)
    bias = exact_number(sigma_b2, "sigma_b2", positive=False)
    second_moment = exact_number(input_second_moment, "input_second_moment", positive=True)
    check_counts(depth=depth, width=width)
    subject = read(activation, assume=assume, settings=settings, inputs=inputs, breakpoints=breakpoints)
    plain, shape = setting_of(subject, asked, bias, try_integrate=try_integrate)
    plain = replace(plain, second_moment=second_moment, depth=depth)
    weight = None if sigma_w2 is None else _weight(sigma_w2)
    chosen = _choice(theory, plain, weight)
    stream = None if subject.assumptions.intervals else _flow_or_none(plain)
    if stream is not None:
        plain = replace(plain, critical=Deferred(partial(_tuple, critical_points, plain, stream)))
    setting = replace(plain, sigma_w2=weight)
    if stream is not None and (q is None or bias != 0):
        setting = replace(setting, edge=Deferred(partial(_tuple, edge_points, plain, stream, bias)))
    proposal = THEORIES[chosen].propose(setting)
    sketch = stream if headline_only and _lacks_form(setting) else None
    headline = scheme(THEORIES[chosen], proposal, setting, stream, sketched=sketch is not None)
    values = headline_values(
        setting, proposal, headline, numeric=numeric, settled=not headline_only, sketch=sketch
    )
    bare = Derivation(
        title=subject.title,
        expression=subject.expression,
        assumptions=subject.assumptions,
        reference=subject.reference,
        traits=shape,
        theory=chosen,
        requested=theory,
        q=asked,
        sigma_b2=bias,
        weight_variance=proposal.sigma_w2 / N,
        moment_items=(),
        value_items=tuple((name, values[name]) for name in _HEADLINE),
        schemes=(replace(headline[0], q_star=None, V_prime=None, chi_1=None),),
        recommended_index=None,
        why="only the headline was asked for",
        outlook=None,
        warnings=tuple(warnings(plain, chosen, headline[0], values, stream, headline[:1], depth)),
        steps=(),
        digits=digits,
    )
    if headline_only:
        return bare
    advice = recommend(plain, stream)
    table = scheme_table(subject, headline, advice, plain, stream)
    found = _correlated(subject, setting, headline[-1]) if chosen == "correlation" else None
    values |= {} if found is None else found.values
    means = (("m", setting.m), ("M", setting.M), ("h", setting.h))
    whole = replace(
        bare,
        moment_items=tuple((name, moment) for name, moment in means if moment),
        value_items=tuple(values.items()),
        schemes=table,
        recommended_index=0 if advice.rows else None,
        why=advice.why,
        outlook=outlook(advice, plain, stream, depth=depth, width=width),
        warnings=(
            *warnings(plain, chosen, headline[0], values, stream, table, depth),
            *(f"Note: {note}" for note in proposal.notes),
        ),
        steps=(
            *_steps(subject, setting, proposal, chosen, order),
            *(() if found is None else found.steps),
            *(advice.steps if theory in ("auto", "criticality") else ()),
        ),
    )
    if stream is None:
        return whole
    return replace(
        whole,
        solution_items=Deferred(partial(_solutions, subject, setting, proposal, headline, stream)),
        figures=Deferred(partial(_figures, setting, stream, whole, found, depth=depth, width=width)),
    )


def _tuple(generator: Any, *arguments: Any) -> tuple[Any, ...]:
    return tuple(generator(*arguments))


def _weight(given: Any) -> Expr:
    """The weight variance that was given, exactly."""
    if isinstance(given, Expr) and not given.is_Float and given.is_positive and not given.free_symbols:
        return given
    return exact_number(given, "sigma_w2", positive=True)


def _flow_or_none(setting: Setting) -> Flow | None:
    """The length map in double precision, or `None` where that is too coarse."""
    try:
        return flow(setting)
    except PrecisionError:
        return None


def _lacks_form(setting: Setting) -> bool:
    """Whether means have to be integrated: a headline does not wait for those that it only remarks on."""
    return any(moment is not None and moment.expr is None for moment in (setting.m, setting.M, setting.h))


def _choice(theory: str, setting: Setting, weight: Expr | None) -> str:
    """The id of the theory that gives the headline."""
    if theory == "auto":
        if setting.A_2 is not None or weight is not None:
            return "length-map"
        return "linear" if setting.slope not in (None, 0) else "length-map"
    if theory not in THEORIES:
        msg = f"no theory {theory!r}; there are: auto, {', '.join(THEORIES)}"
        raise UnsupportedError(msg)
    if weight is not None and not THEORIES[theory].takes_weights:
        able = ", ".join(t.id for t in THEORIES.values() if t.takes_weights)
        msg = f"theory {theory!r} finds the weight variance: leave out sigma_w2, or take one of {able}"
        raise UnsupportedError(msg)
    return theory


def _correlated(subject: Activation, setting: Setting, row: Scheme) -> "Correlations | None":
    """What correlations do at the point that the length map settles at."""
    from symbolic_init.meanfield.correlation_map import correlations  # kernels would slow down every start

    point = Value(definition=setting.q, kind="exact") if row.fate == "any" else row.q_star
    if point is None or point.definition == 0 or setting.assumptions.intervals:
        return None
    return correlations(subject, setting, row, point)


def _solutions(
    subject: Activation, setting: Setting, proposal: Proposal, headline: tuple[Scheme, ...], stream: Flow
) -> tuple[Named, ...]:
    """All solutions of the equations of the headline's theory."""
    row = headline[0]
    if row.note:
        return ()
    if row.fate == "any":
        point = Value(definition=setting.q, kind="exact")
        named = {"q_star": point, "V_prime": row.V_prime, "chi_1": row.chi_1}
        return (tuple((name, value) for name, value in named.items() if value is not None),)
    if row.theory == "edge-of-chaos" and setting.edge is not None:
        return edge_solutions(setting, setting.edge)
    found = fixed_point_solutions(setting, proposal, stream)
    if row.theory != "correlation":
        return found
    return tuple(_with_correlation(subject, setting, row, named) for named in found)


def _with_correlation(subject: Activation, setting: Setting, row: Scheme, named: Named) -> Named:
    """The same with the fixed point of the correlation map."""
    values = dict(named)
    at_point = replace(row, q_star=values["q_star"], chi_1=values.get("chi_1"), fate="fixed")
    found = _correlated(subject, setting, at_point)
    return named if found is None else (*named, *found.values.items())


def _figures(
    setting: Setting,
    stream: Flow,
    whole: Derivation,
    found: "Correlations | None",
    *,
    depth: int,
    width: int,
) -> tuple[Figure, ...]:
    drawn = figures(setting, stream, whole.schemes, whole.recommended_index, depth=depth, width=width)
    return drawn if found is None else (*drawn, *found.figures)


def _steps(
    subject: Activation, setting: Setting, proposal: Proposal, chosen: str, order: int
) -> tuple[Step, ...]:
    """The derivation: Taylor expansion, closed forms of the means, the theory."""
    means = [setting.M] if setting.h is None else [setting.M, setting.h]
    if chosen == "centered":
        means.insert(0, setting.m)
    shown = tuple(step for moment in means for step in moment.steps)
    first = expansion_steps(subject, order=order) if len(subject.inputs) == 1 else ()
    if chosen == "linear":
        return (*first, *proposal.steps, *shown, *limit_steps(setting))
    return (*first, *shown, *proposal.steps)
