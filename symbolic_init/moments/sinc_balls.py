"""Sine over its argument and its derivatives in ball arithmetic, tight on wide balls."""

from typing import Any

from flint import acb, arb, fmpq

__all__ = ["sinc"]

_NARROW = arb(2) ** -10
"""Radius up to which formulas are evaluated on the ball itself."""


def sinc(z: Any, *order: Any) -> Any:
    """`Sinc(z, n)`, entire in `z`: by its formula, near 0 by its series, on a wide ball by its slope.

    It is the integral of `cos(z*t)*(1 - t**2)**n/(2**n*n!)` for t from 0 to 1 (DLMF 10.54.1). So it is at
    most `cosh(Im z)/(2*n + 1)!!`, its slope at most `cosh(Im z)/(2**(n + 1)*(n + 1)!)`.
    """
    n = int(order[0].real.unique_fmpz()) if order else 0
    if z.real.rad() < _NARROW and z.imag.rad() < _NARROW:
        return _direct(z, n)
    return _wide(z, n) if z.is_finite() else z


def _direct(z: Any, n: int) -> Any:
    """By the sine and the recurrence of spherical Bessel functions, or the hypergeometric series."""
    if n == 0:
        return z.sinc()
    if not abs(z) > n:
        return (-(z * z) / 4).hypgeom_0f1(acb(fmpq(2 * n + 3, 2))) / _odd_factorial(n)
    square = z * z
    before, found = z.cos(), z.sin() / z
    for k in range(n):
        before, found = found, ((2 * k + 1) * found - before) / square
    return found


def _wide(z: Any, n: int) -> Any:
    """By the value at the middle."""
    largest = z.imag.cosh().upper() / _odd_factorial(n)
    away = (z.real.rad() ** 2 + z.imag.rad() ** 2).sqrt()
    slope = z.imag.cosh() / (arb(2) ** (n + 1) * arb.fac_ui(n + 1))
    found, error = _direct(acb(z.real.mid(), z.imag.mid()), n), (away * slope).upper()
    whole = z.sinc() if n == 0 else None
    if whole is not None and whole.real.rad() < error:
        return whole
    if error > largest:
        found, error = acb(0), largest.upper()
    is_real = z.imag == 0
    return acb(found.real + arb(0, error), arb(0) if is_real else found.imag + arb(0, error))


def _odd_factorial(n: int) -> int:
    """`(2*n + 1)!!`."""
    product = 1
    for k in range(3, 2 * n + 2, 2):
        product *= k
    return product
