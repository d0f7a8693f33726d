"""simulate(): random networks beside what theory says of them."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from sympy import Expr

from symbolic_init.activation import Activation
from symbolic_init.activation import activation as read
from symbolic_init.engine import exact_number
from symbolic_init.errors import AssumptionError, UnsupportedError
from symbolic_init.layers.distributions import Distribution, distribution
from symbolic_init.propagation import propagate
from symbolic_init.simulated import SimulatedLayer, Simulation, Spectrum
from symbolic_init.simulation.networks import Records, jacobians, run
from symbolic_init.simulation.statistics import jacobian_variance, statistics
from symbolic_init.simulation.subject import Subject, subject

__all__ = ["simulate", "simulate_together", "subject_of"]

_SPECTRA = 2
"""Networks whose singular values are computed: one has as many of them as neurons."""


def simulate(
    activation: Expr | str | Activation,
    *,
    sigma_w2: Any = None,
    sigma_b2: Any = 0,
    scheme: str | None = None,
    depth: int = 50,
    width: int = 1024,
    networks: int = 20,
    seed: int = 0,
    drawn_from: Distribution | str = "normal",
    branch: Any = None,
    input_second_moment: Any = 1,
    input_correlation: Any = "1/2",
    inputs: Sequence[str] = (),
    assume: str = "",
    settings: Mapping[str, Any] | None = None,
    spectrum: bool = False,
    tick: Callable[[], None] = lambda: None,
) -> Simulation:
    r"""Return what random networks of finite width do, beside what theory says of them.

    Dense networks are `y' = W g(y) + b`. Residual ones, with a `branch` scale a, are
    `x' = x + a (W_2 g(W_1 x) + b)` with fan-in times variance 1 for `W_1` and `sigma_w2` for `W_2`.

    Args:
        activation: A catalog name, text in `x`, or a SymPy expression.
        sigma_w2: Fan-in times the variance of one weight; either this or `scheme`.
        sigma_b2: Variance of a bias. Not with the scheme "recommended", which has its own.
        scheme: Id of a scheme in `symbolic_init.schemes.SCHEMES`.
        depth: Number of layers, or of blocks; at least 1.
        width: Neurons of each layer, at least 2.
        networks: Number of networks, at least 1.
        seed: What the random numbers begin with, not negative.
        drawn_from: A distribution, or its id in `symbolic_init.layers.distributions.DISTRIBUTIONS`.
        branch: What multiplies the branches of a residual network (an output multiplier, not a variance),
            or `None` for a dense network.
        input_second_moment: `E[x^2]` of the inputs.
        input_correlation: Correlation of two inputs, from 0 to 1.
        inputs: Names of the inputs of a gated unit.
        assume: What is known of the parameters.
        settings: Numbers for parameters, by name.
        spectrum: Whether to compute singular values of the input-output Jacobian, for dense networks.
        tick: Called after every layer of every network: `depth * networks` times, and for the spectrum
            another `2 * depth` times.

    Raises:
        AssumptionError: If an argument is no such number, or a parameter has no value.
        UnsupportedError: If the scheme does not apply to this activation, or orthogonal matrices are asked
            for with a unit of several inputs.

    References:
        poole2016; hanin2018 for the scatter; pennington2017 for the spectrum.

    Examples:
        >>> s = simulate("relu", scheme="he", depth=5, width=64, networks=4)
        >>> s.agrees, [t.id for t in s.statistics]
        (True, ['scale', 'signal', 'gradient'])
    """
    own = subject_of(
        activation,
        branch=branch,
        sigma_w2=sigma_w2,
        sigma_b2=sigma_b2,
        scheme=scheme,
        depth=depth,
        input_second_moment=input_second_moment,
        input_correlation=input_correlation,
        inputs=inputs,
        assume=assume,
        settings=settings,
    )
    found = simulate_together(
        (own,),
        depth=depth,
        width=width,
        networks=networks,
        seed=seed,
        drawn_from=drawn_from,
        spectrum=spectrum,
        tick=tick,
    )
    return found[0]


def subject_of(
    activation: Expr | str | Activation,
    *,
    branch: Any = None,
    inputs: Sequence[str] = (),
    assume: str = "",
    settings: Mapping[str, Any] | None = None,
    **weights: Any,
) -> Subject:
    """Return a network for `simulate_together`; arguments and errors are those of `simulate`."""
    scale = None if branch is None else float(exact_number(branch, "branch", positive=True))
    own = read(activation, assume=assume, settings=settings, inputs=inputs)
    return subject(own, propagate(own, **weights), scale)


def simulate_together(
    subjects: Sequence[Subject],
    *,
    depth: int = 50,
    width: int = 1024,
    networks: int = 20,
    seed: int = 0,
    drawn_from: Distribution | str = "normal",
    spectrum: bool = False,
    tick: Callable[[], None] = lambda: None,
) -> tuple[Simulation, ...]:
    """Return simulations of several networks, all with the same random matrices; see `simulate`.

    Args:
        subjects: What to simulate, as `subject_of` returns it: all dense, or all residual.
        depth: Number of layers, as for the subjects.
        width: Neurons of each layer.
        networks: Number of networks.
        seed: What the random numbers begin with.
        drawn_from: What the weights are drawn from.
        spectrum: Whether to compute singular values.
        tick: Called after every layer of every network.
    """
    source = distribution(drawn_from) if isinstance(drawn_from, str) else drawn_from
    _check(subjects, source, width=width, depth=depth, networks=networks, seed=seed)
    size: Mapping[str, Any] = {"width": width, "depth": depth, "seed": seed, "tick": tick}
    seen = run(subjects, source, networks=networks, **size)
    orthogonal = source.id == "orthogonal"
    found = []
    for own, records in zip(subjects, seen, strict=True):
        spectra = None
        if spectrum and own.branch is None:
            made = jacobians(own, source, networks=min(networks, _SPECTRA), **size)
            spectra = _spectrum(own, made, depth=depth, orthogonal=orthogonal)
        found.append(
            Simulation(
                propagation=own.propagation,
                width=width,
                networks=networks,
                seed=seed,
                distribution=source.title,
                branch=own.branch,
                layers=tuple(_layers(own, records, width, orthogonal=orthogonal)),
                statistics=statistics(own, records, width=width, orthogonal=orthogonal),
                spectrum=spectra,
            )
        )
    return tuple(found)


def _check(
    subjects: Sequence[Subject], source: Distribution, *, width: int, depth: int, networks: int, seed: int
) -> None:
    for name, number, least in (
        ("width", width, 2),
        ("depth", depth, 1),
        ("networks", networks, 1),
        ("seed", seed, 0),
    ):
        if number < least:
            msg = f"{name} = {number} must be at least {least}"
            raise AssumptionError(msg)
    if len({s.branch is None for s in subjects}) > 1:
        msg = "dense and residual networks do not share matrices: simulate them apart"
        raise UnsupportedError(msg)
    if source.id == "orthogonal" and any(len(s.slopes) > 1 for s in subjects):
        msg = "orthogonal matrices are simulated for activations of one input; use the distribution 'normal'"
        raise UnsupportedError(msg)


class _Expected(NamedTuple):
    """One layer of an infinitely wide network."""

    q: float
    gradient2: float
    correlation: float
    deviation: float


def _expected(s: Subject, width: int, *, orthogonal: bool) -> Iterator[_Expected]:
    """The layers that theory says; those of dense networks end where they overflow."""
    for layer in s.propagation.layers:
        deviation = math.nan if orthogonal else layer.deviation(width)
        yield _Expected(layer.q, layer.gradient2, layer.correlation, deviation)


def _layers(s: Subject, seen: Records, width: int, *, orthogonal: bool) -> Iterator[SimulatedLayer]:
    """Observed beside expected, layer by layer."""
    ahead = list(
        _expected(s, width, orthogonal=orthogonal) if s.branch is None else _stream(s, seen.growth.shape[1])
    )
    unknown = _Expected(*([math.nan] * len(_Expected._fields)))
    with np.errstate(all="ignore"):
        gradients = np.exp(np.cumsum(np.log(seen.growth), axis=1))
        deviations = seen.q.std(axis=0) / seen.q.mean(axis=0)
    for k in range(seen.growth.shape[1]):
        at = ahead[k] if k < len(ahead) else unknown
        yield SimulatedLayer(
            number=k + 1,
            q=float(seen.q[:, k].mean()),
            q_expected=at.q,
            deviation=float(deviations[k]),
            deviation_expected=at.deviation,
            gradient2=float(np.median(gradients[:, k])),
            gradient2_expected=at.gradient2,
            correlation=float(seen.pair[:, k].mean()),
            correlation_expected=at.correlation,
        )


def _stream(s: Subject, depth: int) -> Iterator[_Expected]:
    """The blocks of an infinitely wide residual network, each before its branch is added."""
    assert s.branch is not None
    assert s.apart is not None
    p = s.propagation
    q, c, gradient, factor = float(p.input_second_moment), float(p.input_correlation), 1.0, s.branch**2
    for _ in range(depth):
        at = s.means(q)
        gradient *= 1 + factor * s.weight * at.h
        yield _Expected(q, gradient, c, math.nan)
        both = at.M - s.apart(q, 1 - c)
        q, c = q + factor * (s.bias + s.weight * at.M), q * c + factor * (s.bias + s.weight * both)
        c /= q


def _spectrum(s: Subject, made: Iterator[Any], *, depth: int, orthogonal: bool) -> Spectrum:
    """Squared singular values in units of their mean."""
    squares = [np.square(np.linalg.svd(J, compute_uv=False)) for J in made]
    units = [t / t.mean() for t in squares]
    orbit = [layer.q for layer in s.propagation.layers]
    expected = jacobian_variance(s, orbit, orthogonal=orthogonal) if len(orbit) == depth else math.nan
    return Spectrum(
        networks=len(units),
        variance=float(np.mean([u.var() for u in units])),
        variance_expected=expected,
        largest=float(np.mean([u[0] for u in units])),
        values=tuple(units[0].tolist()),
    )
