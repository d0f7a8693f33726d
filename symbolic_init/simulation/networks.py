"""Random networks, layer by layer: the signal of two inputs, and a tangent.

Every network of one run has the same matrices: the activations are told apart on the same weights.

A tangent t is what a small change of the input becomes. Given a layer, the next matrix is independent
of it, so theory knows the mean of each squared length exactly; and for a random direction |J t| has the
distribution of |J^T t|, the gradient with a random direction at the output.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from symbolic_init.layers.distributions import Distribution
from symbolic_init.simulation.subject import Subject
from symbolic_init.simulation.weights import matrix

__all__ = ["Records", "jacobians", "run"]

Tick = Callable[[], None]
"""Called after every layer of every network."""


class Records(NamedTuple):
    """What was seen, `(networks, layers)`; q and the correlation know one layer more.

    Attributes:
        q: Variance of the pre-activations, given the layers before.
        pair: Correlation of those of the two inputs, given the layers before.
        scale: Mean square of the pre-activations over q.
        growth: Factor of the squared tangent.
        rho: Correlation of pre-activations and tangent, given the layers before.
    """

    q: Any
    pair: Any
    scale: Any
    growth: Any
    rho: Any


class _Columns(NamedTuple):
    """What a matrix is multiplied with: two signals `(width, 2)` and tangents `(width, count)`."""

    signals: Any
    tangents: Any
    factor: float
    noise: float


def run(
    subjects: Sequence[Subject],
    source: Distribution,
    *,
    width: int,
    depth: int,
    networks: int,
    seed: int,
    tick: Tick,
) -> tuple[Records, ...]:
    """Return what random networks do, for each subject; all are dense, or all are residual.

    Args:
        subjects: What to simulate.
        source: What the weights are drawn from.
        width: Neurons of each layer.
        depth: Number of layers, or blocks.
        networks: Number of networks.
        seed: What the random numbers begin with.
        tick: Called after every layer of every network.
    """
    kept = tuple(
        Records(*(np.full((networks, depth + more), math.nan) for more in (1, 1, 0, 0, 0))) for _ in subjects
    )
    with np.errstate(all="ignore"):
        for net in range(networks):
            rng = np.random.default_rng((seed, net))
            tangents = rng.standard_normal((width, 1))
            for layer, states in enumerate(_layers(subjects, source, rng, tangents, depth)):
                for record, state in zip(kept, states, strict=True):
                    _note(record, state, net, layer, depth)
                if layer < depth:
                    tick()
    return kept


def jacobians(
    subject: Subject,
    source: Distribution,
    *,
    width: int,
    depth: int,
    networks: int,
    seed: int,
    tick: Tick,
) -> Iterator[Any]:
    """Yield the matrix `d output/d input` of some networks, each up to a factor."""
    for net in range(networks):
        rng = np.random.default_rng((seed, net))
        with np.errstate(all="ignore"):
            *_, (last,) = _ticking(_layers((subject,), source, rng, np.eye(width), depth), tick)
        yield last.columns.tangents


def _ticking(layers: Iterator[list["_State"]], tick: Tick) -> Iterator[list["_State"]]:
    """The same, telling of every layer."""
    yield next(layers)
    for states in layers:
        tick()
        yield states


class _State(NamedTuple):
    """Where one subject is: what the next layer sees, and what the one before has shown."""

    columns: _Columns
    scale: float
    growth: float


def _note(record: Records, state: _State, net: int, layer: int, depth: int) -> None:
    """Keep what is known before a layer, and how the layer before has scaled."""
    own = state.columns
    second, mixed = _variances(own)
    record.q[net, layer] = second[0]
    record.pair[net, layer] = mixed / np.sqrt(second).prod()
    if layer < depth:
        along = own.factor * (own.signals[:, 0] * own.tangents[:, 0]).mean()
        size = own.factor * np.square(own.tangents[:, 0]).mean()
        record.rho[net, layer] = along / np.sqrt(second[0] * size)
    if layer:
        record.scale[net, layer - 1], record.growth[net, layer - 1] = state.scale, state.growth


def _variances(own: _Columns) -> tuple[Any, float]:
    """Variance of both next pre-activations, and their covariance."""
    second = own.noise + own.factor * np.square(own.signals).mean(axis=0)
    return second, float(own.noise + own.factor * own.signals.prod(axis=1).mean())


def _layers(
    subjects: Sequence[Subject], source: Distribution, rng: Any, tangents: Any, depth: int
) -> Iterator[list[_State]]:
    """Yield where every subject is before the first layer, and after each one."""
    width = len(tangents)
    inputs = rng.standard_normal((width, 2))
    states = [_State(_first(s, inputs, tangents), math.nan, math.nan) for s in subjects]
    yield states
    channels = max(len(s.slopes) for s in subjects)
    for _ in range(depth):
        weights = [matrix(rng, source, width) for _ in range(channels)]
        biases = rng.standard_normal((channels, width, 1))
        products = _products(weights, [s.columns for s in states])
        passed = [
            _passed(s, state, y, biases) for s, state, y in zip(subjects, states, products, strict=True)
        ]
        if subjects[0].branch is not None:
            weights, biases = [matrix(rng, source, width)], rng.standard_normal((width, 1))
            added = _products(weights, [state.columns for state in passed])
            passed = [
                _added(s, before, after, y[0], biases)
                for s, before, after, y in zip(subjects, states, passed, added, strict=True)
            ]
        states = [_rescaled(state) for state in passed]
        yield states


def _rescaled(state: _State) -> _State:
    """The same with tangents of mean square 1: neither overflow nor underflow ends a deep network."""
    own = state.columns
    return state._replace(
        columns=own._replace(tangents=own.tangents / np.sqrt(np.square(own.tangents).mean()))
    )


def _first(s: Subject, inputs: Any, tangents: Any) -> _Columns:
    """Two inputs of the right length and correlation, exactly."""
    x = inputs[:, 0] / math.sqrt(np.square(inputs[:, 0]).mean())
    other = inputs[:, 1] - (x * inputs[:, 1]).mean() * x
    other /= math.sqrt(np.square(other).mean())
    c = float(s.propagation.input_correlation)
    signals = np.stack((x, c * x + math.sqrt(1 - c * c) * other), axis=1)
    if s.branch is not None:
        size = math.sqrt(float(s.propagation.input_second_moment))
        return _Columns(size * signals, tangents, 1.0, 0.0)
    return _Columns(signals, tangents, s.propagation.layers[0].q - s.bias, s.bias)


def _products(weights: Sequence[Any], columns: Sequence[_Columns]) -> list[Any]:
    """Products of the matrices with all columns at once, `(channels, width, columns)` for each subject.

    Columns are brought to length 1 before, so that single precision suffices whatever their size.
    """
    both = [np.concatenate((own.signals, own.tangents), axis=1) for own in columns]
    sizes = [np.sqrt(np.square(b).mean(axis=0)) for b in both]
    unit = np.concatenate([b / size for b, size in zip(both, sizes, strict=True)], axis=1).astype(np.float32)
    found = np.stack([w @ unit for w in weights]).astype(np.float64)
    ends = np.cumsum([b.shape[1] for b in both])[:-1]
    parts = np.split(found, ends, axis=2)
    return [
        part * (size * math.sqrt(own.factor)) for part, size, own in zip(parts, sizes, columns, strict=True)
    ]


def _passed(s: Subject, state: _State, products: Any, biases: Any) -> _State:
    """Through the activation."""
    y = products[: len(s.slopes)]
    signals = y[..., :2] + math.sqrt(state.columns.noise) * biases[: len(y)]
    tangents = sum(slope(signals[..., 0])[:, None] * t for slope, t in zip(s.slopes, y[..., 2:], strict=True))
    size = state.columns.factor * np.square(state.columns.tangents).mean()
    growth = s.weight * np.square(tangents).mean() / size
    second = _variances(state.columns)[0][0]
    scale = np.square(signals[..., 0]).mean() / second
    return _State(_Columns(s.g(signals), tangents, s.weight, s.bias), scale, growth)


def _added(s: Subject, before: _State, after: _State, products: Any, biases: Any) -> _State:
    """A branch added to the stream."""
    assert s.branch is not None
    stream = before.columns
    signals = stream.signals + s.branch * (products[:, :2] + math.sqrt(s.bias) * biases)
    tangents = stream.tangents + s.branch * products[:, 2:]
    growth = np.square(tangents).mean() / np.square(stream.tangents).mean()
    return _State(_Columns(signals, tangents, 1.0, 0.0), after.scale, growth)
