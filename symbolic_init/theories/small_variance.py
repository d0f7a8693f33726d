"""What the means of an activation do as q -> 0, from its expansions at 0 on both sides.

With `g^2 = c_0 + c_1 |x| + ...` on each side, Watson's lemma gives `E[g(sqrt(q) z)^2]` as the sum of
`c_k E[|z|^k] q^(k/2)`, `c_k` averaged over both sides: an asymptotic series, whatever g does elsewhere.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sympy import Expr, Rational, S, cancel, factorial, factorial2, pi, sqrt

__all__ = ["Laws", "Series", "inverted", "laws", "mean_square"]


class Series(NamedTuple):
    """Terms `coefficient*q^power` by increasing power, none of them 0, and the power that is not known."""

    terms: tuple[tuple[Rational, Expr], ...]
    order: Rational


def mean_square(left: Sequence[Expr], right: Sequence[Expr], *, smooth: bool = False) -> Series:
    """Return the mean square of a function with expansions `sum left[k]*x^k` and `sum right[k]*x^k`.

    Args:
        left: Coefficients on the left of 0.
        right: As many on the right.
        smooth: Whether both sides are one smooth function: then no half powers occur, known or not.

    Examples:
        >>> from sympy import Integer
        >>> tanh = [Integer(0), Integer(1), Integer(0), Rational(-1, 3), Integer(0), Rational(2, 15)]
        >>> mean_square(tanh, tanh).terms
        ((1, 1), (2, -2), (3, 17/3))
    """
    first = min(next((k for k, c in enumerate(side) if c != 0), len(side)) for side in (left, right))
    known = len(right) + first
    terms = []
    for k in range(known):
        sides = [_square_coefficient(side, k) for side in (left, right)]
        coefficient = cancel((sides[1] + (-1) ** k * sides[0]) / 2) * _absolute_moment(k)
        if coefficient != 0:
            terms.append((Rational(k, 2), coefficient))
    return Series(tuple(terms), Rational(known + known % 2 if smooth else known, 2))


def _square_coefficient(side: Sequence[Expr], k: int) -> Expr:
    inside = range(max(0, k - len(side) + 1), min(k, len(side) - 1) + 1)
    return sum((side[i] * side[k - i] for i in inside), S.Zero)


def _absolute_moment(k: int) -> Expr:
    """`E[|z|^k]`."""
    if k % 2 == 0:
        return factorial2(k - 1)
    return sqrt(2 / pi) * 2 ** ((k - 1) // 2) * factorial((k - 1) // 2)


def inverted(series: Series) -> Series:
    """Return `q` over a series that starts with the power 1, as a series.

    Examples:
        >>> from sympy import Integer
        >>> one, two = Integer(1), Integer(2)
        >>> inverted(Series(((one, one), (two, -two), (Integer(3), Rational(17, 3))), Rational(7, 2))).terms
        ((0, 1), (1, 2), (2, -5/3))
    """
    lead = series.terms[0][1]
    relative = {power - 1: coefficient / lead for power, coefficient in series.terms[1:]}
    order = series.order - 1
    steps = int(2 * order)
    found: list[Expr] = [S.One]
    for k in range(1, steps):
        found.append(
            -sum((relative.get(Rational(j, 2), S.Zero) * found[k - j] for j in range(1, k + 1)), S.Zero)
        )
    terms = tuple((Rational(k, 2), cancel(c) / lead) for k, c in enumerate(found) if c != 0)
    return Series(terms, order)


class Laws(NamedTuple):
    """How signal and gradient fall with the layer `l` at a critical point `q -> 0`.

    Attributes:
        coefficient: `A` of `q_l ~ A*l^(-power)`.
        power: How fast the signal falls.
        gradient: The squared gradient falls as `l^(-gradient)`; `None` where it obeys no such law.
    """

    coefficient: Expr
    power: Rational
    gradient: Expr | None


def laws(second: Series, square_slope: Series) -> Laws | None:
    """Return the laws of `q_(l+1) = q_l + c q_l^p + ...` with the weights `1/M'(0)`, `c < 0`.

    Args:
        second: `M` for small q, starting with q.
        square_slope: `h` for small q, starting with a constant.

    Returns:
        The laws, or `None` where the series does not tell them: no correction is known, or it is positive.

    References:
        roberts2022, section 5.3, for `p = 2`.

    Examples:
        >>> from sympy import Integer
        >>> one, two = Integer(1), Integer(2)
        >>> laws(Series(((one, one), (two, -two)), two + 1), Series(((S.Zero, one), (one, -two)), two))
        Laws(coefficient=1/2, power=1, gradient=1)
    """
    if len(second.terms) < 2 or second.terms[0][0] != 1:
        return None
    power, correction = second.terms[1]
    falling = -correction / second.terms[0][1]
    if not (falling.is_positive or (falling.is_number and falling.evalf() > 0)):
        return None
    speed = 1 / (power - 1)
    coefficient = (falling / speed) ** -speed
    gradient: Expr | None = None
    if len(square_slope.terms) > 1 and square_slope.terms[0][0] == 0:
        rise, slope = square_slope.terms[1]
        share = rise * speed
        gradient = S.Zero if share > 1 else None
        if share == 1:
            gradient = cancel(-slope / square_slope.terms[0][1] * coefficient**rise)
    return Laws(coefficient, speed, gradient)
