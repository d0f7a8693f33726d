"""Activations that are in no catalog: the means that a derivation rests on, against plain quadrature."""

from itertools import pairwise

import numpy as np
import pytest

from symbolic_init.activation import activation
from symbolic_init.analysis import analyze
from symbolic_init.moments.compilation import compile_array
from symbolic_init.moments.mean import mean_of

ACTIVATIONS = {
    "x*erf(softplus(x))": (),  # ErfAct and Serf
    "x*tanh(log(1 + sigmoid(x)))": (),  # Smish
    "x*log(1 + sigmoid(x))": (),  # Logish
    "(x + sin(2*x)/2)*sigmoid(x)": (),  # SinLU
    "Piecewise((x, x >= 0), ((exp(x) - 1)/(1 + exp(-x)), True))": (0,),  # ELiSH, one half
    "Min(Max(tanh(x), -1/2), x + 1)": (-1.5, -0.5493061443340549),
    "sinc(sinc(x))": (),
    "sinc(Max(x, 0)) + x": (0,),
    "sigmoid(sinc(x) + x/(1 + abs(x)))": (0,),
    "Min(exp(x), softplus(x))": (),
    "exp(-abs(erf(x) - sin(x)))": (-1.0088, 0, 1.0088),
    "Max(abs(x), sqrt(abs(x)))*tanh(x)": (-1, 0, 1),
    "x*sin(Min(sin(x), sigmoid(x)))": (
        -9.424858647,
        -6.281317867,
        -3.181472165,
        0.745225336,
        2.052512282,
        7.82572581,
        7.881461153,
    ),
}
"""Text, and where the function or its slope is not smooth or is written as 0/0, roughly."""

NODES, WEIGHTS = np.polynomial.legendre.leggauss(40)
SMALLEST = 1e-6


def _mean(f, variance, places):
    """The Gaussian mean of a function by panels between places, each finer at its ends."""
    reach = 12 * variance**0.5
    inner = [c for c in places if abs(c) < reach]
    ends = sorted({-reach, reach, *inner, *(c + s for c in inner for s in (-SMALLEST, SMALLEST))})
    ends = np.unique(np.concatenate([np.linspace(a, b, 60) for a, b in pairwise(ends)]))
    half = np.diff(ends)[:, None] / 2
    points = ends[:-1, None] + half * (NODES + 1)
    weight = np.exp(-(points**2) / (2 * variance)) / np.sqrt(2 * np.pi * variance)
    with np.errstate(all="ignore"):
        (values,) = compile_array((f,))(points)
    return float((np.nan_to_num(values) * weight * WEIGHTS * half).sum())


@pytest.mark.parametrize("text", ACTIVATIONS)
def test_means_of_unlisted_activations_agree_with_plain_quadrature(text):
    subject = activation(text)
    g, known = subject.expression, subject.assumptions
    slope = analyze(subject).derivative_expression
    for f, tolerance in ((g**2, 1e-6), (slope**2, 1e-4)):
        moment = mean_of(f, known)

        assert moment.kind != "estimated"
        for variance in (0.5, 1.0):
            expected = _mean(f, variance, ACTIVATIONS[text])
            assert float(moment.value(q=variance, digits=9)) == pytest.approx(expected, rel=tolerance)
