r"""Gaussian means of functions that are periodic along the imaginary axis: trapezoidal rule and residues.

Let `F` be even, real on the line and on the imaginary axis, and `F(x + pi*i) = +-F(x)`, with poles at
`i*b`, `b = pi/2 + pi*n`. The trapezoidal rule with the step `h` is an integral around the line with the
factor `1/(exp(-2*pi*i*x/h) - 1)`; its contour is moved to `Im x = +-pi*m`, where `|F|` is what it is on
the line. With `kappa = 2*pi/h` and `psi(v) = exp((b + v)**2/(2*q))/(exp(kappa*(b + v)) - 1)` this is

    E[F] = h*sum(F(k*h)*density(k*h)) + 4*pi*density(0)*sum(residue of F(i*(b + v))*psi(v) at v = 0) + error,
    |error| <= 2*E[|F|]*exp((pi*m)**2/(2*q))/(exp(kappa*pi*m) - 1),

the second sum over the `m` poles below the contour. The best `h` is about `2*q/m`: a result of d digits
takes about `0.75*d` nodes and poles, whatever the width of the strip without poles.

References:
    D. B. Hunter, The evaluation of integrals of periodic analytic functions, BIT 11 (1971).
    L. N. Trefethen and J. A. C. Weideman, The exponentially convergent trapezoidal rule,
    SIAM Review 56 (2014), sections 4 and 5.
"""

import math
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

__all__ = ["Theta", "principal_part", "residue_sum", "theta_plan"]


class Theta(NamedTuple):
    """How to sum: `step` and `nodes` on either side in units of the standard deviation, and `poles`."""

    step: float
    nodes: int
    poles: int


def theta_plan(variance: float, goal: float, rate: int) -> Theta | None:
    """Return nodes and poles for an error of about `exp(-goal)`, or `None` where no pole need be passed.

    Args:
        variance: Positive number.
        goal: What to aim at, relative to the mean of the modulus.
        rate: The function falls as `exp(-rate*|x|)`.

    Examples:
        >>> plan = theta_plan(1.0, 100.0, 2)
        >>> round(plan.step, 3), plan.nodes, plan.poles
        (0.442, 28, 5)
    """
    deviation = math.sqrt(variance)
    best = deviation * math.sqrt(2 * goal) / math.pi
    if best < 1:
        return None
    step, poles = max(_step(m, variance, goal) for m in (math.floor(best), math.ceil(best)))
    widest = math.sqrt(2 * goal)
    reach = 2 * goal / (math.hypot(rate * deviation, widest) + rate * deviation)
    return Theta(step, math.ceil(reach / step), poles)


def _step(poles: int, variance: float, goal: float) -> tuple[float, int]:
    """The largest step that meets the goal with so many poles."""
    height = math.pi * poles
    return 2 * math.pi * height / (math.sqrt(variance) * (goal + height**2 / (2 * variance))), poles


@lru_cache(maxsize=256)
def principal_part(secants: int, coefficients: tuple[int, ...]) -> tuple[tuple[int, Fraction], ...]:
    """Return the principal part of `sech(x)**secants*sum(c[a]*tanh(x)**(2*a))` at `x = i*(pi/2 + v)`.

    Returns:
        Pairs of the order of the pole in `v` and the coefficient. At the next pole the signs of all of
        them are those here times `(-1)**secants`.

    Examples:
        >>> principal_part(2, (1,))
        ((2, Fraction(1, 1)),)
        >>> principal_part(3, (1,))
        ((1, Fraction(-1, 2)), (3, Fraction(-1, 1)))
    """
    # There sech is -1/sin(v) and tanh**2 is -cot(v)**2 = 1 - 1/sin(v)**2.
    highest = secants + 2 * (len(coefficients) - 1)
    powers = [0] * len(coefficients)
    for a, c in enumerate(coefficients):
        for k in range(a + 1):
            powers[k] += c * math.comb(a, k) * (-1) ** k
    found: dict[int, Fraction] = {}
    for k, c in enumerate(powers):
        pole = secants + 2 * k
        for i, u in enumerate(_inverse_sine(pole, highest // 2)):
            if pole - 2 * i > 0:
                found[pole - 2 * i] = found.get(pole - 2 * i, Fraction(0)) + c * u * (-1) ** secants
    return tuple(sorted((j, c) for j, c in found.items() if c))


def _inverse_sine(power: int, length: int) -> list[Fraction]:
    """Coefficients of `(v/sin(v))**power` in powers of `v**2`."""
    sine = [Fraction((-1) ** k, math.factorial(2 * k + 1)) for k in range(length + 1)]
    total = [Fraction(1)] + [Fraction(0)] * length
    # The power of a series by the recursion of its logarithmic derivative.
    for n in range(1, length + 1):
        total[n] = (
            sum(((-power * k - (n - k)) * sine[k] * total[n - k] for k in range(1, n + 1)), Fraction(0)) / n
        )
    return total


def residue_sum(
    part: tuple[tuple[int, Fraction], ...],
    sign: int,
    variance: Any,
    width: Any,
    poles: int,
    *,
    exp: Callable[[Any], Any],
    pi: Any,
) -> Any:
    """Return the sum over the poles, without the factor `4*pi*density(0)`.

    Args:
        part: The principal part at the first pole.
        sign: What changes from a pole to the next.
        variance: Positive number.
        width: The step in x.
        poles: How many of them.
        exp: The exponential of this kind of numbers.
        pi: The constant.
    """
    rate, order = 2 * pi / width, part[-1][0]
    place, turn = pi / 2, pi * pi / variance
    weight, growth, ratio = exp(place * place / (2 * variance)), exp(turn), exp(turn)
    wave, factor = exp(rate * place), exp(rate * pi)
    total, own = 0 * width, 1
    for _ in range(poles):
        inverse = 1 / (wave - 1)
        if order == 2 and len(part) == 1:
            term = weight * inverse * (place / variance - rate * (1 + inverse)) * part[0][1].numerator
        else:
            term = _residue(part, weight, inverse, place, rate, variance)
        total += own * term
        own *= sign
        weight, growth, wave, place = weight * growth, growth * ratio, wave * factor, place + pi
    return total


def _residue(
    part: tuple[tuple[int, Fraction], ...], weight: Any, inverse: Any, place: Any, rate: Any, variance: Any
) -> Any:
    """The residue at one pole, by the Taylor series of the two factors of `psi`."""
    order = part[-1][0]
    gauss, bose = [weight], [inverse]
    for k in range(order - 1):
        before = gauss[k - 1] if k else 0 * weight
        gauss.append((place * gauss[k] + before) / (variance * (k + 1)))
        square = sum((bose[i] * bose[k - i] for i in range(k + 1)), 0 * weight)
        bose.append(-rate * (bose[k] + square) / (k + 1))
    total = 0 * weight
    for j, c in part:
        taylor = sum((gauss[i] * bose[j - 1 - i] for i in range(j)), 0 * weight)
        total += taylor * c.numerator / c.denominator
    return total
