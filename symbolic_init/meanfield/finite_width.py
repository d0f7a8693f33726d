r"""How one network of finite width scatters around the infinitely wide one, to first order in 1/width.

Given the activations of a layer, the next pre-activations are Gaussian, with a variance Q that depends on
the network: `Q' = sigma_b2 + sigma_w2 * mean of g(y_i)^2` over the n activations of the layer. So Q is a
Markov chain with mean `V(Q)` and conditional variance `sigma_w2^2 Var(g^2)/n`. To first order in 1/n its
deviation from the wide network's q has the variance `s/n` and the mean `m/n` with

    s' = V'(q)^2 s + sigma_w2^2 (E[g^4] - M^2),        m' = V'(q) m + V''(q) s/2,

both 0 in the first layer, whose inputs are given. A squared gradient gains in each layer the factor
`chi(Q) (1 + noise)` with a noise of variance `(3 E[g'^4]/h^2 - 1)/n`, whose covariance with the noise
of the next Q is `sigma_w2 (E[g^2 g'^2]/h - M)/n`.

Where `V' = 1` the variance grows without end: `c l/n` after l layers. That is the price of criticality.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import takewhile
from typing import NamedTuple

from sympy import Add, Expr, Rational, oo

from symbolic_init.evidence import Value
from symbolic_init.layerwise import Spread
from symbolic_init.meanfield.flow import sampled
from symbolic_init.theories import Proposal, Setting

__all__ = ["growth", "spreads"]

_MODERATE = (1e-70, 1e70)
"""Variances whose fourth power is still a double."""


def spreads(setting: Setting, sigma_w2: float, orbit: Sequence[float]) -> tuple[Spread, ...]:
    """Return the scatter in each layer of an orbit of the length map.

    It ends before the first layer whose variance is so large or small that its powers are no doubles.

    Args:
        setting: The activation, without parameters.
        sigma_w2: Fan-in times the variance of one weight.
        orbit: q of the layers, from the first on.

    References:
        hanin2018; roberts2022, chapter 4.
    """
    low, high = _MODERATE
    top = high if setting.M.limit == oo else min(high, float(setting.M.limit))
    inside = takewhile(lambda q: low < q < top, orbit)
    return tuple(_spreads(_local(setting), sigma_w2, inside))


class _Local(NamedTuple):
    """Means at one variance: of `g^2`, `g^4`, `g'^2`, `g'^4` and `g^2 g'^2`; derivatives by q."""

    M: float
    M_1: float
    M_2: float
    M_4: float
    h: float
    h_1: float
    h_4: float
    both: float


def _local(setting: Setting) -> Callable[[float], _Local]:
    """The means in double precision; those of the slope are `nan` where there is no single one."""
    return _straight(setting.slopes) if setting.is_homogeneous and setting.slopes else _sampled(setting)


def _straight(slopes: tuple[Expr, Expr]) -> Callable[[float], _Local]:
    """Those of a homogeneous function: on either side of 0 its powers are those of a slope times x."""
    left, right = (float(Value(definition=s, kind="exact")) for s in slopes)
    square, fourth = (left**2 + right**2) / 2, (left**4 + right**4) / 2
    return lambda q: _Local(
        M=square * q,
        M_1=square,
        M_2=0.0,
        M_4=3 * fourth * q * q,
        h=square,
        h_1=0.0,
        h_4=fourth,
        both=fourth * q,
    )


def _sampled(setting: Setting) -> Callable[[float], _Local]:
    """Those of any other function, by sums over nodes."""
    inputs, f = setting.M.inputs, setting.M.integrand
    r = Add(*(u**2 for u in inputs))
    functions = [f, r * f, r**2 * f, f**2]
    if setting.h is not None and len(inputs) == 1:
        f_1 = setting.h.integrand
        functions += [f_1, r * f_1, f_1**2, f * f_1]
    sample, d = sampled(functions, inputs), len(inputs)

    def means(q: float) -> _Local:
        second, tilted, twice, fourth, *rest = sample(q)
        h, h_tilted, h_fourth, both = rest or (math.nan,) * 4
        return _Local(
            M=second,
            M_1=(tilted / q - d * second) / (2 * q),
            M_2=(twice / q**2 - (2 * d + 4) * tilted / q + (d * d + 2 * d) * second) / (4 * q**2),
            M_4=fourth,
            h=h,
            h_1=(h_tilted / q - h) / (2 * q),
            h_4=h_fourth,
            both=both,
        )

    return means


def _spreads(means: Callable[[float], _Local], weight: float, orbit: Iterable[float]) -> Iterator[Spread]:
    variance = shift = gradient = common = 0.0
    for q in orbit:
        at = means(q)
        slope, rate = weight * at.M_1, at.h_1 / at.h if at.h else math.nan
        noise = 3 * at.h_4 / at.h / at.h - 1 if at.h else math.nan
        gradient += rate * rate * variance + 2 * rate * common + noise
        yield Spread(variance=variance / (q * q), shift=shift / q, gradient2=gradient)
        common = slope * (common + rate * variance) + weight * ((at.both / at.h if at.h else math.nan) - at.M)
        shift = slope * shift + weight * at.M_2 * variance / 2
        deviation = at.M_4 - at.M * at.M
        variance = slope * slope * variance + weight * weight * (0.0 if deviation < 0 else deviation)


def growth(setting: Setting, proposal: Proposal) -> Value | None:
    """Return `c` of the relative variance `c*l/n` of q after many layers l, or `None` if there is no law.

    For zero biases. Homogeneous: `3 A_4/A_2^2 - 1` (Hanin 2018); at the critical point `q -> 0` of a smooth
    function with `a_1 < 0`: 2/3 (Roberts, Yaida, Hanin 2022).
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
