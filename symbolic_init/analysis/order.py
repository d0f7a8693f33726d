"""Order and sign of numbers that may hold parameters, and points between two of them."""

from collections.abc import Mapping
from fractions import Fraction
from functools import cmp_to_key
from itertools import pairwise
from math import isfinite
from types import MappingProxyType

from sympy import Expr, Integer, Rational, S, nan, oo

from symbolic_init.assumptions import Assumptions
from symbolic_init.decimals import evaluated
from symbolic_init.errors import AssumptionError, DomainError
from symbolic_init.notation import x

__all__ = ["compare", "increasing", "inside", "number_sign", "question", "sign_at", "value_at"]

_NONE: Mapping[Expr, Expr] = MappingProxyType({})
_FAR = 1e9
"""Double precision tells points apart up to there."""


def number_sign(value: Expr, known: Assumptions) -> int | None:
    """Return the sign of a number that may hold parameters, or `None` when it cannot be told."""
    if value.is_Rational:
        return int(value.p > 0) - int(value.p < 0)
    try:
        if value.is_infinite:
            return 1 if value.is_extended_positive else -1 if value.is_extended_negative else None
    except (ArithmeticError, TypeError):  # too large, or not a number
        return None
    found: int | None = known.sign(value)
    return found


def compare(one: Expr, two: Expr, known: Assumptions) -> int:
    """Return the sign of `one - two`.

    Raises:
        AssumptionError: If it depends on the parameters; the message names what to assume.
    """
    if one == two:
        return 0
    if one in (oo, -oo) or two in (oo, -oo):
        return 1 if one == oo or two == -oo else -1
    sign = number_sign(one - two, known)
    if sign is None:
        raise AssumptionError(question(one - two, known))
    return sign


def increasing(points: tuple[Expr, ...], known: Assumptions) -> tuple[Expr, ...]:
    """Return the points in increasing order, each once."""
    if len(points) < 2:
        return points
    ordered = sorted(points, key=cmp_to_key(lambda a, b: compare(a, b, known)))
    kept = ordered[:1]
    kept += [b for a, b in pairwise(ordered) if compare(a, b, known) != 0]
    return tuple(kept)


def inside(low: Expr, high: Expr) -> Expr:
    """Return a point between two others, a rational one between numbers."""
    if low == -oo:
        return S.Zero if high == oo else _rational_near(high) - 1
    if high == oo:
        return _rational_near(low) + 1
    if (low.is_Rational and high.is_Rational) or low.free_symbols or high.free_symbols:
        return (low + high) / 2
    left, right = float(low), float(high)
    if not (isfinite(left) and isfinite(right)) or right - left < 1e-9 * max(1.0, abs(left)):
        return (low + high) / 2
    middle = Fraction((left + right) / 2).limit_denominator(int(8 / (right - left)) + 2)
    return Rational(middle.numerator, middle.denominator)


def _rational_near(point: Expr) -> Expr:
    """A rational within 1/2 of a number; a point with parameters as it is."""
    if point.is_Rational or point.free_symbols:
        return point
    size = abs(evaluated(point, 5))
    if size > _FAR:
        return Integer(evaluated(point, len(str(int(size))) + 5))
    near = Fraction(float(point)).limit_denominator(2)
    return Rational(near.numerator, near.denominator)


def value_at(function: Expr, point: Expr, parameters: Mapping[Expr, Expr] = _NONE) -> Expr:
    """Return the value that the formula of a function of `x` has at a point, `nan` where it has none."""
    try:
        return function.xreplace({**parameters, x: point})
    except (TypeError, ValueError):  # Max and Min do not compare what is no number
        return nan


def sign_at(function: Expr, low: Expr, high: Expr, known: Assumptions) -> int:
    """Return the sign of a function of `x` that has one sign in the interval `(low, high)`.

    Raises:
        AssumptionError: If it depends on the parameters; the message names what to assume.
        DomainError: If it has no value there.
    """
    from symbolic_init.analysis.ranges import box, range_of, sign_from

    point = inside(low, high)
    value = value_at(function, point)
    if value is nan:
        msg = f"{function} has no value at x = {point}"
        raise DomainError(msg)
    sign = number_sign(value, known)
    if sign is None:
        sign = sign_from(range_of(function, box(known, low, high)))
    if sign is None:
        raise AssumptionError(question(value, known))
    return sign


def question(value: Expr, known: Assumptions, *, what: str = "the pieces depend") -> str:
    """Say which sign is missing, and which assumption would give it."""
    symbols = sorted(value.free_symbols, key=str)
    if not symbols:
        reason = "it is too close to 0" if _is_real_number(value) else "it has no real value"
        return f"cannot tell the sign of {value}: {reason}"
    one, two = _sides(value, known)
    return (
        f"{what} on whether {one} is below or above {two}: "
        f'add --assume "{one}<{two}" or --assume "{one}>{two}"'
    )


def _is_real_number(value: Expr) -> bool:
    return bool(evaluated(value).is_extended_real)


def _sides(value: Expr, known: Assumptions) -> tuple[Expr, Expr]:
    """Write `value < 0` with one parameter alone on the left where it is linear."""
    value = value.expand()
    for factor in _factors(value):
        if number_sign(factor, known) is not None:
            continue
        for symbol in sorted(factor.free_symbols, key=str):
            slope = factor.diff(symbol)
            if slope.is_number and slope != 0:
                return symbol, -factor.xreplace({symbol: S.Zero}) / slope
        value = factor
        break
    constant, rest = value.as_coeff_Add()
    return rest, -constant


def _factors(value: Expr) -> tuple[Expr, ...]:
    from sympy import Mul, factor

    factors = Mul.make_args(factor(value) if value.is_polynomial() else value)
    return tuple(f.base if f.is_Pow and f.exp.is_Integer else f for f in factors)
