r"""How much of a signal is lost to zeros around images.

A convolution whose window reaches over the border sums over zeros there. With independent weights of mean 0
the variance of the output at a place is the mean of the variances under the window, times what the layer
does inside: a linear map of the image of variances that is the product of one map an axis. All of it is
exact for activations with constant `M(q)/q`; for others it is the loss before the length map pulls the
variance back (by the factor `V'` a layer) to its fixed point.
"""

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import accumulate

from symbolic_init.errors import AssumptionError

__all__ = ["border_factor", "padding_factors"]


def border_factor(length: int, kernel: int) -> Fraction:
    """Return the part of the mean variance that one layer with "same" padding keeps, along one axis.

    For an odd kernel of size `k = 2 p + 1` on `n >= p` places it is `1 - p (p + 1)/(k n)`. It is the factor
    of the first layer; later ones lose more, as `padding_factors` tells, since the border is dim already.
    With `k = 3` the factor of a layer tends to `(1 + 2 cos(pi/(n + 1)))/3`.

    Args:
        length: Number of places along the axis, positive.
        kernel: Size of the kernel along the axis, positive.

    Raises:
        AssumptionError: If a number is not positive.

    Examples:
        >>> border_factor(32, 3), border_factor(32, 1)
        (Fraction(47, 48), Fraction(1, 1))
    """
    (factor,) = padding_factors((length,), kernel=(kernel,), depth=1)
    return factor


def padding_factors(
    size: Sequence[int], *, kernel: Sequence[int], depth: int, padding: Sequence[int] | None = None
) -> tuple[Fraction, ...]:
    """Return what zero padding leaves of the mean variance after 1, 2 ... `depth` layers of stride 1.

    Args:
        size: Size of the image along each axis, positive.
        kernel: Size of the kernel along each axis.
        depth: Number of layers, at least 1.
        padding: Zeros on both sides along each axis; as many as keep the size ("same"), unless given.

    Returns:
        Mean of the variance over the image after each layer, relative to a net without borders: exact.

    Raises:
        AssumptionError: If the numbers do not fit together, or nothing is left of the image.

    Examples:
        >>> kept = padding_factors((32, 32), kernel=(3, 3), depth=20)
        >>> round(float(kept[-1]), 4)
        0.7163
        >>> padding_factors((8,), kernel=(3,), depth=2)
        (Fraction(11, 12), Fraction(31, 36))
    """
    pads = (None,) * len(kernel) if padding is None else tuple(padding)
    if not len(size) == len(kernel) == len(pads):
        msg = f"size = {tuple(size)}, kernel = {tuple(kernel)} and padding must have as many axes"
        raise AssumptionError(msg)
    if min((depth, *size, *kernel)) < 1:
        msg = "depth, sizes and kernels must be positive"
        raise AssumptionError(msg)
    axes = (_along_axis(*axis, depth=depth) for axis in zip(size, kernel, pads, strict=True))
    return tuple(math.prod(factors) for factors in zip(*axes, strict=True))


def _along_axis(length: int, kernel: int, padding: int | None, *, depth: int) -> Iterator[Fraction]:
    """The mean after each layer along one axis, counted in whole numbers: paths that stay inside."""
    before, after = ((kernel - 1) // 2, kernel // 2) if padding is None else (padding, padding)
    paths = [1] * length
    for layer in range(1, depth + 1):
        sums = [0, *accumulate(paths)]
        outputs = len(paths) + before + after - kernel + 1
        if outputs < 1:
            msg = f"after {layer - 1} layers nothing is left of {length} places: kernel {kernel}, no padding"
            raise AssumptionError(msg)
        starts = (place - before for place in range(outputs))
        paths = [sums[min(max(s + kernel, 0), len(paths))] - sums[min(max(s, 0), len(paths))] for s in starts]
        yield Fraction(sum(paths), len(paths) * kernel**layer)
