"""What happens to signal, gradient and correlation, layer by layer, with given weights and biases."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf, isfinite, nan
from typing import Any, final

from sympy import Expr, Rational, S

from symbolic_init.activation import Activation
from symbolic_init.activation import activation as read
from symbolic_init.advice.recommendation import recommend
from symbolic_init.engine import exact_number, setting_of
from symbolic_init.errors import AssumptionError, UnsupportedError
from symbolic_init.layerwise import Layer, Propagation, Spread
from symbolic_init.meanfield.correlation_gaps import gaps, separation
from symbolic_init.meanfield.depth import depth_scale
from symbolic_init.meanfield.finite_width import growth, spreads
from symbolic_init.meanfield.flow import Flow, flow
from symbolic_init.meanfield.orbits import orbit
from symbolic_init.meanfield.setting import check_counts
from symbolic_init.meanfield.solving import scheme
from symbolic_init.meanfield.verdict import verdict
from symbolic_init.schemes import SCHEMES
from symbolic_init.theories import THEORIES, Proposal, Setting

__all__ = ["Propagation", "compare_schemes", "propagate"]

_LARGEST = 1e300
"""Growth of q up to which it is followed in double precision."""
_FAN = 1
"""Fans of a square layer; every scheme scales as 1/fan."""
_DETAILED = 1000
"""Layers whose correlation and scatter are computed: they cost some milliseconds each."""
_UNKNOWN = Spread(variance=nan, shift=nan, gradient2=nan)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class _Subject:
    """An activation ready to be followed."""

    title: str
    setting: Setting
    stream: Flow
    second_moment: Rational
    correlation: Rational
    depth: int
    detailed: bool = True


def propagate(
    activation: Expr | str | Activation,
    *,
    sigma_w2: Any = None,
    sigma_b2: Any = 0,
    scheme: str | None = None,
    depth: int = 50,
    input_second_moment: Any = 1,
    input_correlation: Any = "1/2",
    inputs: Sequence[str] = (),
    assume: str = "",
    settings: Mapping[str, Any] | None = None,
) -> Propagation:
    r"""Return what happens to signal, gradient and correlation in a wide, deep network, layer by layer.

    Args:
        activation: A catalog name, text in `x`, or a SymPy expression.
        sigma_w2: Fan-in times the variance of one weight: the square of the gain; a number or an
            exact expression. Either this or `scheme`.
        sigma_b2: Variance of a bias. Not with the scheme "recommended", which has its own.
        scheme: Id of a scheme in `symbolic_init.schemes.SCHEMES`, for layers with fan-in = fan-out.
        depth: Number of layers, at least 1.
        input_second_moment: `E[x^2]` of the inputs of the first layer, positive.
        input_correlation: Correlation of two inputs that are followed, from 0 to 1: `E[x x']/E[x^2]`.
        inputs: Names of the inputs of a gated unit.
        assume: What is known of the parameters.
        settings: Numbers for parameters, by name.

    Raises:
        AssumptionError: If parameters are left without a value, or an argument is no such number.
        UnsupportedError: If the scheme does not exist, or does not apply to this activation.
        PrecisionError: If the activation has features too narrow for double precision.

    References:
        poole2016; schoenholz2017; for `width_scatter` hanin2018, roberts2022.

    Examples:
        >>> p = propagate("relu(x)", sigma_w2=1, depth=3)
        >>> [round(t, 9) for t in p.q], p.fate
        ([1.0, 0.5, 0.25], 'decays')
        >>> propagate("tanh(x)", sigma_w2="25/9").sentence
        "stable: q settles at 1.17848 (V' = 0.430899); gradient^2 explodes, x 1.20983 a layer"
    """
    if (sigma_w2 is None) == (scheme is None):
        msg = "give either sigma_w2 or a scheme"
        raise AssumptionError(msg)
    subject = _subject(activation, input_second_moment, input_correlation, depth, inputs, assume, settings)
    bias = exact_number(sigma_b2, "sigma_b2", positive=False)
    if scheme is None:
        weight = sigma_w2 if isinstance(sigma_w2, Expr) else exact_number(sigma_w2, "sigma_w2", positive=True)
        return _followed(subject, _proposal(subject.setting, weight, bias), "given")
    if scheme not in SCHEMES:
        msg = f"no scheme {scheme!r}; there are: {', '.join(SCHEMES)}"
        raise UnsupportedError(msg)
    return _by_scheme(subject, scheme, bias)


def compare_schemes(
    activation: Expr | str | Activation,
    *,
    depth: int = 50,
    input_second_moment: Any = 1,
    sigma_b2: Any = 0,
    inputs: Sequence[str] = (),
    assume: str = "",
    settings: Mapping[str, Any] | None = None,
) -> tuple[Propagation, ...]:
    """Return what every scheme of `symbolic_init.schemes.SCHEMES` that applies does, side by side.

    Args and errors are those of `propagate`; the recommended scheme has its own bias variance. The layers
    are without correlation and spread.

    Examples:
        >>> [p.label for p in compare_schemes("relu(x)", depth=1) if p.fate == "any"]
        ['recommended', 'He', 'torch gain relu']
    """
    subject = replace(
        _subject(activation, input_second_moment, 1, depth, inputs, assume, settings), detailed=False
    )
    bias = exact_number(sigma_b2, "sigma_b2", positive=False)
    return tuple(_applicable(subject, bias))


def _applicable(subject: _Subject, bias: Expr) -> Iterator[Propagation]:
    for name in SCHEMES:
        own = S.Zero if name == "recommended" else bias
        try:
            found = _by_scheme(subject, name, own)
        except UnsupportedError:
            continue  # it does not apply
        yield found


def _subject(
    activation: Expr | str | Activation,
    second_moment: Any,
    correlation: Any,
    depth: int,
    inputs: Sequence[str],
    assume: str,
    settings: Mapping[str, Any] | None,
) -> _Subject:
    check_counts(depth=depth)
    moment = exact_number(second_moment, "input_second_moment", positive=True)
    between = exact_number(correlation, "input_correlation", positive=False)
    if between > 1:
        msg = f"input_correlation = {correlation} must be between 0 and 1"
        raise AssumptionError(msg)
    subject = read(activation, assume=assume, settings=settings, inputs=inputs)
    if subject.assumptions.symbols:
        names = ", ".join(s.name for s in subject.assumptions.symbols)
        msg = f"give the parameters values: {names}"
        raise AssumptionError(msg)
    setting, _ = setting_of(subject, S.One, S.Zero)
    return _Subject(
        title=subject.title,
        setting=setting,
        stream=flow(setting),
        second_moment=moment,
        correlation=between,
        depth=depth,
    )


def _by_scheme(subject: _Subject, name: str, bias: Expr) -> Propagation:
    """The weights of one row of the table of schemes."""
    row, setting = SCHEMES[name], subject.setting
    if row.variance is not None:
        weight = Rational(row.variance(_FAN, _FAN)) * _FAN
        return _followed(subject, _proposal(setting, weight, bias), row.title)
    if row.theory != "recommended":
        proposal = THEORIES[row.theory].propose(setting)
        return _followed(subject, replace(proposal, sigma_b2=bias), row.title)
    advice = recommend(setting, subject.stream)
    if not advice.rows:
        msg = f"nothing can be recommended for {subject.title}"
        raise UnsupportedError(msg)
    if bias != 0:
        msg = "the scheme 'recommended' has its own bias variance: leave that out"
        raise UnsupportedError(msg)
    best = advice.rows[0]
    own = advice.first_layer is not None and best.q_star is not None
    proposal = Proposal(
        sigma_w2=best.sigma_w2.definition,
        sigma_b2=best.sigma_b2.definition,
        kind=best.sigma_w2.kind,
        q=best.q_star.definition if own and best.q_star is not None else None,
        every_q=best.fate == "any",
        steps=(),
        rules=(),
    )
    first = None if not own or best.q_star is None else float(best.q_star)
    return replace(_followed(subject, proposal, row.title, first=first), first_layer=advice.first_layer)


def _proposal(setting: Setting, weight: Expr, bias: Expr) -> Proposal:
    """Given numbers as a proposal."""
    every_q = setting.A_2 is not None and weight * setting.A_2 == 1 and bias == 0
    return Proposal(
        sigma_w2=weight,
        sigma_b2=bias,
        kind="exact",
        q=None,
        every_q=every_q,
        steps=(),
        rules=(),
    )


def _followed(
    subject: _Subject, proposal: Proposal, label: str, *, first: float | None = None
) -> Propagation:
    """Where the map goes with a proposal; `first` is the variance that a first layer of its own gives."""
    setting, moment = subject.setting, float(subject.second_moment)
    rows = scheme(THEORIES["length-map"], proposal, setting, subject.stream, second_moment=moment)
    end = rows[-1] if first is None else rows[0]
    weight, bias = float(end.sigma_w2), float(end.sigma_b2)
    start = weight * moment + bias if first is None else first
    layers = tuple(_layers(subject, weight, bias, start))
    return Propagation(
        title=subject.title,
        label=label,
        sigma_w2=end.sigma_w2,
        sigma_b2=end.sigma_b2,
        input_second_moment=subject.second_moment,
        input_correlation=subject.correlation,
        layers=layers,
        fate=end.fate,
        q_star=end.q_star,
        V_prime=end.V_prime,
        chi_1=end.chi_1,
        xi_q=depth_scale(end.V_prime),
        xi_grad=depth_scale(end.chi_1),
        width_scatter=growth(setting, proposal),
        sentence=verdict(end, layers),
    )


def _layers(subject: _Subject, weight: float, bias: float, first: float) -> Iterator[Layer]:
    """The orbit; the last layer of one that overflows has `q = inf`."""
    passed = tuple(orbit(subject.stream, weight, bias, start=first, depth=subject.depth, growth=_LARGEST))
    details = tuple(_details(subject, weight, bias, [p.q for p in passed[: _DETAILED * subject.detailed]]))
    unknown = ((nan, _UNKNOWN),) * (len(passed) - len(details))
    for p, (gap, spread) in zip(passed, (*details, *unknown), strict=True):
        yield Layer(
            number=p.number,
            q=p.q if p.q < _LARGEST else inf,
            chi=_finite(p.chi),
            gradient2=_finite(p.gradient2),
            gap=gap,
            spread=spread,
        )


def _finite(number: float) -> float:
    """The number, or `nan` where samples have overflowed."""
    return number if isfinite(number) else nan


def _details(
    subject: _Subject, weight: float, bias: float, orbit: Sequence[float]
) -> Iterator[tuple[float, Spread]]:
    """Gap and spread, layer by layer."""
    around = spreads(subject.setting, weight, orbit)
    if around:
        first = 1 - float(subject.correlation)
        followed = orbit[: len(around)]
        apart = gaps(separation(subject.setting), followed, sigma_w2=weight, sigma_b2=bias, first=first)
        yield from zip(apart, around, strict=True)
