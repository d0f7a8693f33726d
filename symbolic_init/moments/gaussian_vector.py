"""Gaussian vectors over the field of coefficients: tilted by exponentials, conditioned on a component."""

from typing import NamedTuple

from symbolic_init.moments.field import Element

__all__ = ["Law", "Tilt", "conditioned", "tilted"]


class Law(NamedTuple):
    """The law of a Gaussian vector, times the number `sqrt(radicand)*exp(exponent)`."""

    mean: tuple[Element, ...]
    covariance: tuple[tuple[Element, ...], ...]
    radicand: Element
    exponent: Element


class Tilt(NamedTuple):
    """The factor `exp(alpha*u**2 + beta*u)` of one component."""

    alpha: Element
    beta: Element


def tilted(law: Law, tilts: tuple[Tilt, ...]) -> Law:
    """Return the law times one exponential a component.

    The condition `1 - 2*alpha*variance > 0` of each step is left to the caller.
    """
    for place, tilt in enumerate(tilts):
        if tilt.alpha or tilt.beta:
            law = _tilted_once(law, place, tilt)
    return law


def _tilted_once(law: Law, place: int, tilt: Tilt) -> Law:
    alpha, beta = tilt
    m, row = law.mean[place], law.covariance[place]
    fall = m.field.one - alpha * row[place] * 2
    pull = (beta + alpha * m * 2) / fall
    bend = alpha * 2 / fall
    return Law(
        mean=tuple(c + s * pull for c, s in zip(law.mean, row, strict=True)),
        covariance=tuple(
            tuple(c + row[j] * row[k] * bend for k, c in enumerate(line))
            for j, line in enumerate(law.covariance)
        )
        if alpha
        else law.covariance,
        radicand=law.radicand / fall,
        exponent=law.exponent + ((alpha * m + beta) * m + beta * beta * row[place] / 2) / fall,
    )


def conditioned(law: Law, place: int, value: Element) -> Law:
    """Return the law of the other components where one has a value, times its density there."""
    row = law.covariance[place]
    variance, apart = row[place], value - law.mean[place]
    rest = tuple(k for k in range(len(row)) if k != place)
    root_pi = value.field.root_pi
    return Law(
        mean=tuple(law.mean[k] + row[k] * apart / variance for k in rest),
        covariance=tuple(
            tuple(law.covariance[j][k] - row[j] * row[k] / variance for k in rest) for j in rest
        ),
        radicand=law.radicand / (variance * root_pi * root_pi * 2),
        exponent=law.exponent - apart * apart / (variance * 2),
    )
