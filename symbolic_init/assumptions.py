"""What is known of an activation's parameters, and the signs that follow from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, final

from sympy import Expr, Poly, PolynomialError, Rational, Symbol, fraction, oo, together

from symbolic_init.decimals import evaluated

__all__ = ["NOTHING_KNOWN", "Assumptions", "Interval", "Sign", "sign_of"]

Sign = Literal[-1, 0, 1]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Where one parameter lies; bounds are rational numbers or `±oo`."""

    symbol: Symbol
    lower: Expr = -oo
    upper: Expr = oo
    lower_open: bool = True
    upper_open: bool = True


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """The parameters of an activation and what is known of them.

    Attributes:
        intervals: One interval for every parameter, in the order of their names.
        positive: Further expressions in the parameters that are known to be positive
            (`a < b` is kept as `b - a`).
    """

    intervals: tuple[Interval, ...] = ()
    positive: tuple[Expr, ...] = ()

    @property
    def symbols(self) -> tuple[Symbol, ...]:
        """The parameters, in the order of their names."""
        return tuple(i.symbol for i in self.intervals)

    def sign(self, expr: Expr) -> Sign | None:
        """Return the sign that `expr` has for all admissible parameters, or `None`.

        `expr` may contain the parameters and `q > 0`. `None` means that the sign cannot be told.
        """
        return sign_of(expr, self)

    def sample(self, index: int = 0) -> Mapping[Symbol, Rational]:
        """Return one admissible rational value per parameter; other `index`, other values.

        Raises:
            AssumptionError: If no admissible point is found.
        """
        from symbolic_init.errors import AssumptionError

        for attempt in range(400):
            point = {
                i.symbol: _inside(i, 7 * index + (2 * k + 3) * attempt + k, _scale(attempt, k))
                for k, i in enumerate(self.intervals)
            }
            if all(fact.xreplace(point).is_positive for fact in self.positive):
                return point
        msg = f"the assumptions on {', '.join(map(str, self.symbols))} seem to contradict each other"
        raise AssumptionError(msg)


NOTHING_KNOWN = Assumptions()
"""No parameters, nothing known."""


_SCALES = (Rational(1), Rational(1, 4), Rational(5), Rational(1, 30), Rational(40))


def _scale(attempt: int, place: int) -> Rational:
    """How far to go on an unbounded interval: all combinations for neighbors, the first at scale 1."""
    return _SCALES[attempt // len(_SCALES) ** (place % 3) % len(_SCALES)]


def _inside(interval: Interval, index: int, scale: Rational) -> Rational:
    """A rational inside the interval, from a fixed low-discrepancy sequence."""
    u = Fraction((index * 618034 + 381966) % 1000000, 1000000) * Fraction(8, 10) + Fraction(1, 10)
    t = Rational(u.numerator, u.denominator).limit_denominator(97)
    low, high = interval.lower, interval.upper
    if low == high:
        return low
    if low.is_finite and high.is_finite:
        return low + (high - low) * t
    if low.is_finite:
        return low + 3 * scale * t
    if high.is_finite:
        return high - 3 * scale * t
    return scale * (4 * t - 2).limit_denominator(97)


def sign_of(expr: Expr, known: Assumptions) -> Sign | None:
    """Return the sign of `expr` under `known`, or `None` when it cannot be told.

    Polynomials (and quotients of them) are shifted so that every parameter is positive; if all
    coefficients then agree in sign, so does the polynomial.
    """
    try:
        if expr.is_zero:
            return 0
        if expr.is_positive:
            return 1
        if expr.is_negative:
            return -1
    except (ArithmeticError, TypeError):  # too large, or not a number
        return None
    if not expr.free_symbols:
        number = evaluated(expr, 30)
        return (
            None
            if not number.is_comparable or abs(number) < Rational(1, 10**25)
            else (1 if number > 0 else -1)
        )
    expanded = expr.expand()
    if expanded.is_positive or expanded.is_negative:
        return 1 if expanded.is_positive else -1
    for fact in known.positive:
        ratio = (expr / fact).cancel()
        if not ratio.free_symbols and ratio.is_comparable and ratio != 0:
            return 1 if ratio > 0 else -1
    numerator, denominator = fraction(together(expr))
    product: Sign = 1
    for part in (numerator, denominator):
        one = _polynomial_sign(part, known)
        if one is None:
            return None
        if one < 0:
            product = 1 if product < 0 else -1
    return product


def _polynomial_sign(expr: Expr, known: Assumptions) -> Literal[-1, 1] | None:
    """Sign of a polynomial without zeros: by its coefficients after shifting the intervals."""
    shifted = expr
    weak = set()
    for interval in known.intervals:
        symbol, low, high = interval.symbol, interval.lower, interval.upper
        if symbol not in expr.free_symbols:
            continue
        if low.is_finite and high.is_finite:
            shifted = shifted.subs(symbol, (low + high * symbol) / (1 + symbol))
        elif low.is_finite:
            shifted = shifted.subs(symbol, low + symbol)
        elif high.is_finite:
            shifted = shifted.subs(symbol, high - symbol)
        else:
            return _definite_quadratic(expr, symbol)
        if not (interval.lower_open and interval.upper_open):
            weak.add(symbol)
    numerator, denominator = fraction(together(shifted))
    if not (denominator.is_number or all(c > 0 for c in _coefficients(denominator) or (-1,))):
        return None
    coefficients = _coefficients(numerator)
    if not coefficients:
        return None
    constant_term = numerator.subs(dict.fromkeys(weak, 0)) if weak else numerator
    if constant_term == 0:
        return None
    if all(c > 0 for c in coefficients):
        return 1
    if all(c < 0 for c in coefficients):
        return -1
    return None


def _coefficients(expr: Expr) -> tuple[Expr, ...]:
    try:
        values = Poly(expr, *sorted(expr.free_symbols, key=str)).coeffs() if expr.free_symbols else [expr]
    except PolynomialError:
        return ()
    return tuple(values) if all(v.is_comparable for v in values) else ()


def _definite_quadratic(expr: Expr, symbol: Symbol) -> Literal[-1, 1] | None:
    """Sign of a quadratic with negative discriminant in one unbounded symbol."""
    if expr.free_symbols != {symbol} or not expr.is_polynomial(symbol):
        return None
    poly = Poly(expr, symbol)
    if poly.degree() == 0 or poly.degree() % 2 or poly.count_roots() > 0:
        return None
    return 1 if poly.LC() > 0 else -1
