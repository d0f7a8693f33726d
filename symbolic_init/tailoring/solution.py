"""Parameters of `gamma (g(alpha x + beta) + delta)` for a given network: DKS and TAT."""

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cmp_to_key
from types import MappingProxyType
from typing import Any

import flint
from flint import arb

from symbolic_init.activation import Activation
from symbolic_init.activation import activation as read
from symbolic_init.analysis.analysis import Analysis, analyze
from symbolic_init.analysis.pieces import as_expression, differentiated
from symbolic_init.errors import AssumptionError, SymbolicInitError, UnsupportedError
from symbolic_init.evidence import Value
from symbolic_init.rationals import rational
from symbolic_init.tailoring.conditions import METHODS
from symbolic_init.tailoring.impossible import why_dks_is_impossible
from symbolic_init.tailoring.networks import Network
from symbolic_init.tailoring.proof import Box, proven_solution
from symbolic_init.tailoring.search import Approximation, Search, search
from symbolic_init.tailoring.subnetworks import layer_curvature, layer_slope
from symbolic_init.transformed import Bounds, MethodName, Tailored, Transformation

__all__ = ["is_rectifier", "tailored"]

_LAYER: Mapping[MethodName, Callable[..., Any]] = MappingProxyType(
    {"dks": layer_slope, "tat": layer_curvature}
)
_SPARE_BITS = 200
_MOST_DIGITS = 100
_MOST_BRANCHES = 8
_ALIKE = 1e-6
"""Relative distance of numbers that count as equal in the choice of a branch."""


def tailored(
    activation: Any,
    network: Network | None = None,
    *,
    method: MethodName = "dks",
    target: Any = None,
    layer: Any = None,
    settings: Mapping[str, Any] | None = None,
    digits: int = 15,
) -> Tailored:
    """Return how to transform an activation so that a deep network keeps two inputs apart.

    Both methods ask for `gamma (g(alpha x + beta) + delta)` with `Q(1) = Q'(1) = 1`: the variance 1 is kept.
    DKS asks for `C(0) = 0` and gives `C'(1)` the value at which no part of the network is steeper than
    `target`; TAT asks for `C'(1) = 1` and gives `C''(1)` the value at which none is more curved. A part
    may begin and end at any signal. Slopes are those almost everywhere: a kink makes the true `C''(1)`
    infinite, by as much as its distance in `kinks` leaves of it.

    Args:
        activation: A catalog name, text in `x`, a SymPy expression, or an `Activation`.
        network: Network function: from a correlation and the map of one layer to the correlation at the end,
            such as `plain_network(50)`.
        method: "dks", or "tat" for smooth activations; for rectifiers see `tailored_slope`.
        target: Largest slope, above 1, or curvature, positive; 3/2 and 3/10 unless given.
        layer: What one layer is to have, instead of `network` and `target`.
        settings: Numbers for parameters, by name.
        digits: Digits of alpha and beta, relative to alpha.

    Raises:
        AssumptionError: If a parameter has no value, or a target none that is possible.
        UnsupportedError: If the activation jumps, is a rectifier, or no solution is found.

    References:
        martens2021; zhang2022.

    Examples:
        >>> from symbolic_init import plain_network
        >>> first = tailored("softplus", plain_network(50)).branches[0]
        >>> round(float(first.alpha), 12), round(float(first.gamma), 12)
        (0.326625172978, 5.094842893492)
    """
    subject = read(activation, settings=settings)
    shape = analyze(_readable(subject))
    if not 1 <= digits <= _MOST_DIGITS:
        msg = f"digits must be from 1 to {_MOST_DIGITS}"
        raise AssumptionError(msg)
    goal, ball = _targets(network, method, target, layer, bits=4 * digits + _SPARE_BITS)
    _check(shape, method, ball)
    slope = differentiated(shape.pieces)
    jet = tuple(as_expression(p) for p in (shape.pieces, slope, differentiated(slope)))
    functions = {"g": jet[0], "g2": jet[0] ** 2, "slope2": jet[1] ** 2, "bend2": jet[2] ** 2}
    conditions = METHODS[method]
    cuts = [_float(c) for c in shape.pieces.breakpoints]
    looked = search(
        (jet[0], jet[1], jet[2]), cuts, conditions, float(ball.mid()), is_straight=_is_straight(shape)
    )
    ordered = sorted(
        (a for a in looked.found if shape.parity is None or a.beta > 0), key=cmp_to_key(_preferred)
    )
    branches, unproven = [], list(ordered[_MOST_BRANCHES:])
    kinks = [_float(s.at) for s in shape.singularities]
    for one in ordered[:_MOST_BRANCHES]:
        try:
            box = proven_solution(
                functions, conditions, ball, start=one[:2], scale=looked.scale, digits=digits
            )
        except SymbolicInitError:
            unproven.append(one)
        else:
            branches.append(_branch(box, one, kinks))
    if not branches:
        raise UnsupportedError(_nothing_found(subject.title, conditions.title, looked, unproven))
    return Tailored(
        title=subject.title,
        method=method,
        target=goal,
        layer=_bounds(ball),
        branches=tuple(branches),
        unproven=tuple((a.alpha, a.beta) for a in unproven),
        parity=shape.parity,
        searched=(*looked.alphas, looked.beta),
    )


def _preferred(one: Approximation, other: Approximation) -> int:
    """-1 if the first is to be preferred: by what the length map does, then by the size of beta."""
    for a, b in ((abs(one.bend), abs(other.bend)), (abs(one.beta), abs(other.beta))):
        if not math.isclose(a, b, rel_tol=_ALIKE):
            return -1 if a < b else 1
    return -1 if one.beta > other.beta else 1


def is_rectifier(activation: Any, *, settings: Mapping[str, Any] | None = None) -> bool:
    """Whether an activation is a straight line on either side of 0, with a kink there."""
    subject = read(activation, settings=settings)
    if len(subject.inputs) > 1:
        return False
    shape = analyze(subject)
    return shape.homogeneity is not None and shape.homogeneity.degree == 1 and bool(shape.singularities)


def _readable(subject: Activation) -> Activation:
    """The activation, if it is one of x alone, without parameters."""
    if len(subject.inputs) > 1:
        msg = f"{subject.title} has several inputs: only a function of x alone is transformed"
        raise UnsupportedError(msg)
    if subject.assumptions.symbols:
        names = ", ".join(s.name for s in subject.assumptions.symbols)
        msg = f"give the parameters values: {names}"
        raise AssumptionError(msg)
    return subject


def _check(shape: Analysis, method: MethodName, target: Any) -> None:
    """Refuse what cannot be transformed."""
    title = shape.activation.title
    why = why_dks_is_impossible(shape.pieces, target) if method == "dks" else None
    if why is not None:
        msg = f"DKS: no parameters exist for {title}, whatever the ranges (proven): {why}"
        raise UnsupportedError(msg)
    if not shape.pieces.complete:
        msg = f"the places where {title} switches are not known: it cannot be transformed"
        raise UnsupportedError(msg)
    for s in shape.singularities:
        if s.jump != 0 or s.kink.is_infinite:
            what = "jumps" if s.jump != 0 else "has no bounded slope"
            msg = f"{title} {what} at x = {s.at}: its correlation map has no slope at 1 that could be set"
            raise UnsupportedError(msg)
    is_straight = _is_straight(shape)
    if shape.homogeneity is not None or (is_straight and len(shape.singularities) < 2):
        msg = (
            f"{title} looks the same on every scale: alpha does nothing that gamma does not; of rectifiers "
            "the slope is tailored, by TAT: derive tailor leaky_relu, or tailored_slope()"
        )
        raise UnsupportedError(msg)
    if is_straight and method == "tat":
        msg = f"{title} bends nowhere but in its kinks, where C''(1) is infinite: take the method dks"
        raise UnsupportedError(msg)


def _is_straight(shape: Analysis) -> bool:
    """Whether an activation is made of straight lines."""
    return all(b.expand() == 0 for b in differentiated(shape.derivative).branches)


def _targets(
    network: Network | None, method: MethodName, target: Any, layer: Any, *, bits: int
) -> tuple[Fraction, Any]:
    """What the network is to have, and a layer, as a ball."""
    if (network is None) == (layer is None):
        msg = "give either a network, or the target of a layer"
        raise AssumptionError(msg)
    given = layer if layer is not None else METHODS[method].target if target is None else target
    try:
        goal = Fraction(rational(str(given)))
    except ValueError as err:
        raise AssumptionError(str(err)) from err
    least = 1 if method == "dks" else 0
    if not goal > least:
        msg = f"the target {METHODS[method].what} = {goal} must be above {least}"
        raise AssumptionError(msg)
    if network is not None:
        return goal, _LAYER[method](network, goal, bits=bits)
    with flint.ctx.workprec(bits):
        return goal, arb(goal.numerator) / goal.denominator


def _branch(box: Box, near: Approximation, kinks: list[float]) -> Transformation:
    return Transformation(
        alpha=_bounds(box.alpha),
        beta=_bounds(box.beta),
        gamma=_bounds(box.gamma),
        delta=_bounds(box.delta),
        bend=near.bend,
        kinks=tuple((c - near.beta) / near.alpha for c in kinks),
    )


def _bounds(ball: Any) -> Bounds:
    """The ends of a ball, exactly: those that it tells itself are rounded."""
    middle, radius = _exact(ball.mid()), _exact(ball.rad())
    return Bounds(low=middle - radius, high=middle + radius)


def _exact(number: Any) -> Fraction:
    man, exp = number.man_exp()
    return Fraction(int(man)) * Fraction(2) ** int(exp)


def _float(exact: Any) -> float:
    return float(Value(definition=exact, kind="exact"))


def _nothing_found(title: str, method: str, looked: Search, unproven: list[Approximation]) -> str:
    """Why there is no answer."""
    if unproven:
        near = ", ".join(f"alpha = {a.alpha:.6g}, beta = {a.beta:.6g}" for a in unproven[:3])
        return f"{method}: what looks like a solution for {title} could not be proven: {near}"
    low, high = looked.alphas
    where = f"{low:.3g} <= alpha <= {high:.3g} and |beta| <= {looked.beta:.3g}"
    what = f"{method}: no parameters were found for {title} on a grid of {where}"
    return f"{what}; that there are none is not proven: try another target or depth"
