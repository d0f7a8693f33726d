"""What happens to the signal and the gradient, layer by layer, with given weights and biases."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, final

from sympy import Expr, Rational, S

from symbolic_init.activation import Activation
from symbolic_init.activation import activation as read
from symbolic_init.depth import depth_scale
from symbolic_init.derivation import Fate, Scheme
from symbolic_init.engine import exact_number, setting_of
from symbolic_init.errors import AssumptionError, UnsupportedError
from symbolic_init.evidence import Value
from symbolic_init.flow import Flow, flow
from symbolic_init.recommendation import recommend
from symbolic_init.schemes import SCHEMES
from symbolic_init.solving import scheme
from symbolic_init.theories import THEORIES, Proposal, Setting

__all__ = ["Layer", "Propagation", "compare_schemes", "propagate"]

_MARGINAL = 1e-9
"""How far from 1 a factor may be and still count as 1."""
_LEAST, _LARGEST = 1e-300, 1e300
"""Variances that doubles can be trusted with."""
_FAN = 1
"""Fans of a square layer; every scheme scales as 1/fan."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One layer, in double precision.

    Attributes:
        number: 1 for the first layer.
        q: Variance of its pre-activations; `inf` where it has overflowed.
        chi: Factor on the squared gradient of this layer, `sigma_w2*E[g'^2]` at `q`.
        gradient2: Product of the factors up to this layer; `nan` where the slope's samples overflow.
    """

    number: int
    q: float
    chi: float
    gradient2: float


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Propagation:
    """Where the exact length map takes signal and gradient with given weights and biases.

    Attributes:
        title: The activation as it was asked for.
        label: What gave the weights.
        sigma_w2: Fan-in times the variance of one weight.
        sigma_b2: Variance of a bias.
        input_second_moment: `E[x^2]` of the inputs: the first layer has
            `q = sigma_w2*E[x^2] + sigma_b2`.
        layers: Layer by layer; it ends early where q overflows or a mean diverges.
        fate: Where the map goes.
        q_star: The fixed point that it reaches (0 for "decays"), or `None`.
        V_prime: Slope of the length map there.
        chi_1: Growth of the squared gradient per layer there.
        xi_q: Layers in which a deviation of q falls to 1/e there, or `None`.
        xi_grad: Layers in which the squared gradient falls to 1/e there; negative where it grows.
        width_scatter: `c`: in networks of width n, the relative variance of the squared length of
            layer l is about `c*l/n`; `None` where no such law is known.
        first_layer: `sigma_w2*E[x^2]` of the first layer where that has weights of its own, or `None`.
        sentence: All of it in one line.
    """

    title: str
    label: str
    sigma_w2: Value
    sigma_b2: Value
    input_second_moment: Expr
    layers: tuple[Layer, ...]
    fate: Fate
    q_star: Value | None
    V_prime: Value | None
    chi_1: Value | None
    xi_q: Value | None
    xi_grad: Value | None
    width_scatter: Value | None
    first_layer: Value | None = None
    sentence: str

    @property
    def q(self) -> tuple[float, ...]:
        """Variance of the pre-activations, layer by layer."""
        return tuple(layer.q for layer in self.layers)

    @property
    def gradient2(self) -> tuple[float, ...]:
        """Factor on the squared gradient from the first layer to each layer."""
        return tuple(layer.gradient2 for layer in self.layers)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class _Subject:
    """An activation ready to be followed."""

    title: str
    setting: Setting
    stream: Flow
    second_moment: Rational
    depth: int


def propagate(
    activation: Expr | str | Activation,
    *,
    sigma_w2: Any = None,
    sigma_b2: Any = 0,
    scheme: str | None = None,
    depth: int = 50,
    input_second_moment: Any = 1,
    inputs: Sequence[str] = (),
    assume: str = "",
    settings: Mapping[str, Any] | None = None,
) -> Propagation:
    r"""Return what happens to signal and gradient in a wide, deep network, layer by layer.

    Args:
        activation: A catalog name, text in `x`, or a SymPy expression.
        sigma_w2: Fan-in times the variance of one weight: the square of the gain; a number or an
            exact expression. Either this or `scheme`.
        sigma_b2: Variance of a bias. Not with the scheme "recommended", which has its own.
        scheme: Id of a scheme in `symbolic_init.schemes.SCHEMES`, for layers with fan-in = fan-out.
        depth: Number of layers, at least 1.
        input_second_moment: `E[x^2]` of the inputs of the first layer, positive.
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
    subject = _subject(activation, input_second_moment, depth, inputs, assume, settings)
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

    Args and errors are those of `propagate`; the recommended scheme has its own bias variance.

    Examples:
        >>> [p.label for p in compare_schemes("relu(x)", depth=1) if p.fate == "any"]
        ['recommended', 'He', "PyTorch's gain for relu"]
    """
    subject = _subject(activation, input_second_moment, depth, inputs, assume, settings)
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
    depth: int,
    inputs: Sequence[str],
    assume: str,
    settings: Mapping[str, Any] | None,
) -> _Subject:
    if depth < 1:
        msg = f"depth = {depth} must be at least 1"
        raise AssumptionError(msg)
    moment = exact_number(second_moment, "input_second_moment", positive=True)
    subject = read(activation, assume=assume, settings=settings, inputs=inputs)
    if subject.assumptions.symbols:
        names = ", ".join(s.name for s in subject.assumptions.symbols)
        msg = f"give the parameters values: {names}"
        raise AssumptionError(msg)
    setting, _ = setting_of(subject, S.One, S.Zero)
    return _Subject(
        title=subject.title, setting=setting, stream=flow(setting), second_moment=moment, depth=depth
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
    scatter = _width_scatter(setting, proposal)
    return Propagation(
        title=subject.title,
        label=label,
        sigma_w2=end.sigma_w2,
        sigma_b2=end.sigma_b2,
        input_second_moment=subject.second_moment,
        layers=layers,
        fate=end.fate,
        q_star=end.q_star,
        V_prime=end.V_prime,
        chi_1=end.chi_1,
        xi_q=depth_scale(end.V_prime),
        xi_grad=depth_scale(end.chi_1),
        width_scatter=scatter,
        sentence=_sentence(end, layers),
    )


def _layers(subject: _Subject, weight: float, bias: float, first: float) -> Iterator[Layer]:
    """The orbit; the last layer of one that overflows has `q = inf`."""
    stream, current, product = subject.stream, first, 1.0
    for number in range(1, subject.depth + 1):
        if not current < min(_LARGEST, stream.limit):
            yield Layer(number=number, q=math.inf, chi=math.nan, gradient2=math.nan)
            return
        second, slope, _ = stream.means(max(current, _LEAST))
        if math.isinf(slope):
            slope = math.nan  # samples have overflowed
        product *= weight * slope
        yield Layer(number=number, q=current, chi=weight * slope, gradient2=product)
        current = bias + weight * second


def _width_scatter(setting: Setting, proposal: Proposal) -> Value | None:
    """`c` of the relative variance `c*l/n` of squared lengths, for zero biases.

    Homogeneous: `3 A_4/A_2^2 - 1` (Hanin 2018); at the critical point `q -> 0` of a smooth function with
    `a_1 < 0`: 2/3 (Roberts, Yaida, Hanin 2022).
    """
    if proposal.sigma_b2 != 0 or setting.slopes is None:
        return None
    if setting.A_2 is not None:
        fourth = (setting.slopes[0] ** 4 + setting.slopes[1] ** 4) / 2
        return Value(definition=3 * fourth / setting.A_2**2 - 1, kind="exact")
    slope, a_1 = setting.slope, setting.a_1
    if slope is None or a_1 is None or proposal.sigma_w2 * slope**2 != 1 or not a_1.is_negative:
        return None
    return Value(definition=Rational(2, 3), kind="exact")


def _sentence(end: Scheme, layers: tuple[Layer, ...]) -> str:
    """What happens, in one line."""
    signal = _of_signal(end, layers)
    gradient = _of_gradient(end, layers)
    return f"{signal}; {gradient}" if gradient else signal


def _of_signal(end: Scheme, layers: tuple[Layer, ...]) -> str:
    last = layers[-1]
    match end.fate:
        case "any":
            return "stable: every q is kept"
        case "fixed":
            word = "stable" if end.V_prime is None or abs(float(end.V_prime)) < 1 - _MARGINAL else "marginal"
            return f"{word}: q settles at {_short(end.q_star)} (V' = {_short(end.V_prime)})"
        case "decays":
            if end.V_prime is None:
                return f"decaying: q -> 0, {last.q:.3g} in layer {last.number}"
            slow = float(end.V_prime) >= 1 - _MARGINAL
            return f"decaying {'slower than exponentially' if slow else 'exponentially'}: q -> 0"
        case "diverges":
            if math.isinf(last.q) and len(layers) > 1:
                last = layers[-2]
            return f"exploding: q -> infinity, {last.q:.3g} in layer {last.number}"
        case "cycles":
            return f"oscillating: q does not settle, {last.q:.3g} in layer {last.number}"
        case _:
            return f"not followed to its end: q = {last.q:.3g} in layer {last.number}"


def _of_gradient(end: Scheme, layers: tuple[Layer, ...]) -> str:
    if end.chi_1 is not None and end.chi_1.definition.is_infinite:
        return "E[g'^2] is infinite: the gradient has no finite mean square"
    if end.chi_1 is None:
        whole = [layer for layer in layers if not math.isnan(layer.gradient2)]
        return f"gradient^2 x {whole[-1].gradient2:.3g} over {len(whole)} layers" if whole else ""
    factor = float(end.chi_1)
    if factor == 0:
        return "no gradient passes: g' = 0 almost everywhere"
    if abs(factor - 1) < _MARGINAL:
        if end.fate != "decays":
            return "gradient^2 is kept"
        return f"gradient^2 x {layers[-1].gradient2:.3g} over {len(layers)} layers"
    verb = "vanishes" if factor < 1 else "explodes"
    return f"gradient^2 {verb}, x {factor:.6g} a layer"


def _short(value: Value | None) -> str:
    """Six significant digits."""
    if value is None:
        return "?"
    return str(value.definition) if value.definition.is_Integer else f"{float(value):.6g}"
