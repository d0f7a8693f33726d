"""Floats beyond the range of floats: mantissas and binary exponents, and Gaussian weights in them."""

import math
from typing import Any

from symbolic_init.moments.interpolation import OVERFLOWS, REACHED, ROUGH, UNDERFLOWS, Found

__all__ = ["gaussian_weights", "powers_of_two", "scaled_ball", "square_parts", "unscaled"]

_LARGEST_EXPONENT = 1 << 40
_KEPT_BITS = 80
"""Bits of a mantissa that are rounded to a float; those after them are cut off."""
_SPLITTER = 134217729.0
"""`2**27 + 1`, which splits a float into two halves whose products are exact (Dekker 1971)."""
_LOG2_HIGH, _LOG2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
"""`log(2)` in two parts; a whole number below `2**20` times the first is a float (fdlibm, e_exp.c).

Weights that are halved more often are right in size only.
"""
_MOST_HALVINGS = float(1 << 40)


def scaled_ball(ball: Any) -> tuple[float, int]:
    """Return mantissa (0, or of modulus in `[1/2, 1)`) and exponent of the center of a finite ball."""
    mantissa, exponent = map(int, ball.mid().man_exp())
    extra = max(0, mantissa.bit_length() - _KEPT_BITS)
    m, e = math.frexp(float(mantissa >> extra))
    total = e + extra + exponent
    return m, max(-_LARGEST_EXPONENT, min(total, _LARGEST_EXPONENT)) if m else 0


def unscaled(mantissas: Any, exponents: Any) -> Found:
    """Return the floats, told apart from what is too large or too small for one."""
    import numpy as np

    parts, more = np.frexp(mantissas)
    total = exponents + more
    status = np.full(parts.shape, REACHED, dtype=np.int8)
    status[(parts != 0) & (total < -1021)] = UNDERFLOWS
    status[(parts != 0) & (total > 1024)] = OVERFLOWS
    status[~np.isfinite(mantissas)] = ROUGH
    fits = status == REACHED
    values = np.full(parts.shape, math.nan)
    values[fits] = np.ldexp(parts[fits], total[fits])
    return Found(values, status)


def powers_of_two(exponents: Any) -> Any:
    """Return `2**exponents` as floats, within their normal range."""
    import numpy as np

    return ((np.clip(exponents, -1022, 1023) + 1023) << 52).view(np.float64)


def square_parts(places: Any) -> tuple[Any, Any]:
    """Return the squares of floats and what their rounding has left out."""
    squares = places * places
    return squares, _product_error(places, places, squares)


def gaussian_weights(squares: Any, rests: Any, variances: Any) -> tuple[Any, Any]:
    """Return `exp(-(squares + rests)/(2*variances))` as mantissas and exponents, right to an ulp or two.

    Args:
        squares: Squares of places, as floats.
        rests: What their rounding has left out.
        variances: Positive floats that broadcast with them.
    """
    import numpy as np

    twice = 2 * variances
    quotient = squares / twice
    product = quotient * twice
    rest = ((squares - product) - _product_error(quotient, twice, product) + rests) / twice
    halvings = np.minimum(np.rint(quotient * (1 / math.log(2))), _MOST_HALVINGS)
    near = (quotient - halvings * _LOG2_HIGH) - halvings * _LOG2_LOW + rest
    return np.exp(-np.minimum(near, 1.0)), -halvings.astype(np.int64)


def _product_error(one: Any, two: Any, product: Any) -> Any:
    """What is left out of a rounded product, exactly."""
    one_high, one_low = _split(one)
    two_high, two_low = _split(two)
    return ((one_high * two_high - product) + one_high * two_low + one_low * two_high) + one_low * two_low


def _split(number: Any) -> tuple[Any, Any]:
    scaled = _SPLITTER * number
    high = scaled - (scaled - number)
    return high, number - high
