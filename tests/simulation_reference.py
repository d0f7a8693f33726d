"""A slow, plain random network: one matrix, one loop, backpropagation; independent of the package."""

import math

import numpy as np


def nets(g, slope, *, weight, bias, second_moment, width, depth, count, seed):
    """Logarithms of the squared gradient, and q of the last layer, of dense random networks."""
    rng = np.random.default_rng(seed)
    gradients, lengths = [], []
    for _ in range(count):
        h = rng.normal(0, 1, width)
        h *= math.sqrt(second_moment / (h @ h / width))
        matrices, slopes = [], []
        for _ in range(depth):
            W = rng.normal(0, math.sqrt(weight / width), (width, width))
            y = W @ h + rng.normal(0, math.sqrt(bias), width)
            lengths_now = weight * (h @ h) / width + bias
            h = g(y)
            matrices.append(W)
            slopes.append(slope(y))
        delta = rng.normal(0, 1, width)  # the gradient at the next pre-activations, up to the next matrix
        delta = slopes[-1] * (rng.normal(0, math.sqrt(weight / width), (width, width)).T @ delta)
        for W, s in zip(matrices[:0:-1], slopes[-2::-1], strict=True):
            delta = s * (W.T @ delta)
        gradients.append(math.log(delta @ delta / width))
        lengths.append(lengths_now)
    return np.array(gradients), np.array(lengths)
