"""How a formula is laid out for a reader: order of terms, fractions, radicals, the normal cdf."""

from typing import NamedTuple

from sympy import Add, Expr, Function, Integer, Mul, Pow, Rational, S, Symbol, erf, erfc, multiplicity, sqrt
from sympy.core.function import UndefinedFunction
from sympy.core.sorting import default_sort_key

from symbolic_init.callables import Sampled
from symbolic_init.notation import q, x

__all__ = [
    "Fraction",
    "Phi",
    "is_negative",
    "power_of_ten",
    "readable",
    "split_product",
    "terminating",
    "terms",
]

Phi = UndefinedFunction("Phi")
"""The normal distribution function, for display."""

_HALF = Rational(1, 2)
_LONG_RATIONAL, _MOST_ZEROS = 12, 24
"""Characters of a fraction, and places of a decimal or zeros of an integer, that are read at a glance."""
_SCALES = (x, q)
"""The letters in which terms ascend."""

_DIGITS_OF_A_VALUE = 6


class Fraction(NamedTuple):
    """A product as a reader writes it; `roots` stand under one square root each."""

    negative: bool
    top: tuple[Expr, ...]
    top_roots: tuple[Expr, ...]
    bottom: tuple[Expr, ...]
    bottom_roots: tuple[Expr, ...]


def terminating(number: Expr) -> str:
    """Return a long rational that terminates as its exact decimal, and any other as "".

    Examples:
        >>> terminating(Rational(10507, 10000)), terminating(Rational(21014019747109, 20000000000000))
        ('', '1.05070098735545')
        >>> terminating(Integer(-25) * 10**40), terminating(Integer(10) ** -400)
        ('-2.5e41', '1e-400')
    """
    sign = "-" if number < 0 else ""
    power = power_of_ten(number)
    if power is not None:
        return f"{sign}{power[0]}e{power[1]}"
    places = _places(int(number.q))
    if not places or len(f"{number.p}/{number.q}") <= _LONG_RATIONAL:
        return ""
    digits = str(abs(int(number.p)) * 10**places // int(number.q)).rjust(places + 1, "0")
    return f"{sign}{digits[:-places]}.{digits[-places:].rstrip('0')}"


def power_of_ten(number: Expr) -> tuple[str, int] | None:
    """Return digits and exponent of a rational that is long, but short with a power of ten; else `None`.

    Examples:
        >>> power_of_ten(Integer(-25) * 10**40), power_of_ten(Integer(1000)), power_of_ten(Rational(1, 3))
        (('2.5', 41), None, None)
    """
    places = _places(int(number.q))
    if places is None or number == 0:
        return None
    digits = abs(int(number.p)) * 10**places // int(number.q)
    zeros = int(multiplicity(10, digits))
    digits //= 10**zeros
    if digits >= 10**_LONG_RATIONAL or abs(zeros - places) <= _MOST_ZEROS:
        return None
    text = str(digits)
    shown = f"{text[0]}.{text[1:]}" if len(text) > 1 else text
    return shown, len(text) - 1 + zeros - places


def _places(divisor: int) -> int | None:
    """How many places a decimal with a divisor needs, or `None` where it does not terminate."""
    places = 0
    while divisor % 10 == 0 or divisor % 5 == 0 or divisor % 2 == 0:
        divisor //= 10 if divisor % 10 == 0 else (5 if divisor % 5 == 0 else 2)
        places += 1
    return places if divisor == 1 else None


def readable(expr: Expr) -> Expr:
    """Return `expr` with `c + c*erf(u/sqrt(2))` written as `2*c*Phi(u)`, otherwise the same tree.

    A Python function is written without its pieces.

    Examples:
        >>> from sympy import erf, sqrt
        >>> from symbolic_init.notation import x
        >>> readable(x*(1 + erf(x/sqrt(2)))/2)
        x*Phi(x)
    """
    if expr.has(Sampled):
        expr = _without_pieces(expr)
    if not expr.args or not (expr.has(erf) or expr.has(erfc)):
        return expr
    parts = [readable(a) if isinstance(a, Expr) else a for a in expr.args]
    rebuilt = expr if all(a is b for a, b in zip(parts, expr.args, strict=True)) else expr.func(*parts)
    return _as_phi(rebuilt)


def _without_pieces(expr: Expr) -> Expr:
    """A Python function as one function whatever its pieces; a value of it that stands alone in digits."""
    if isinstance(expr, Sampled) and not expr.free_symbols:
        return expr.evalf(_DIGITS_OF_A_VALUE)
    return expr.xreplace({head: head.of_first_piece() for head in expr.atoms(Sampled) if head.free_symbols})


def _as_phi(expr: Expr) -> Expr:
    """A sum of two terms `c` and `±c*erf(u)`, or an `erfc(u)`, by the normal cdf."""
    if isinstance(expr, erfc):
        return _phi_or(expr, Integer(2), -expr.args[0])
    if not (expr.is_Add and len(expr.args) == 2):
        return expr
    for constant, other in (expr.args, expr.args[::-1]):
        errors = [f for f in Mul.make_args(other) if isinstance(f, erf)]
        if len(errors) != 1 or constant.has(erf):
            continue
        ratio = other / (constant * errors[0])
        if ratio in (S.One, S.NegativeOne):
            return _phi_or(expr, 2 * constant, ratio * errors[0].args[0])
    return expr


def _phi_or(expr: Expr, factor: Expr, argument: Expr) -> Expr:
    """`factor*Phi(sqrt(2)*argument)` where the root goes away, else `expr`."""
    inside = sqrt(2) * argument
    return expr if inside.has(sqrt(2)) else factor * Phi(inside)


def is_negative(term: Expr) -> bool:
    """Tell whether a term is written with a leading minus sign."""
    return bool(term.as_coeff_Mul()[0].is_extended_negative)


def terms(expr: Expr) -> tuple[Expr, ...]:
    """Return the terms of a sum in reading order: ascending powers, `O` last.

    Where there is no `O` and the order would start with a minus, a descending order that does not
    is taken instead.

    Examples:
        >>> from symbolic_init.notation import q
        >>> terms(q + 1), terms(q**2 - 3*q - 2)
        ((1, q), (q**2, -3*q, -2))
    """
    ordered = sorted(Add.make_args(expr), key=_reading_key)
    if is_negative(ordered[0]) and not is_negative(ordered[-1]) and not ordered[-1].is_Order:
        ordered.reverse()
    return tuple(ordered)


def _reading_key(term: Expr) -> tuple[object, ...]:
    degree = Integer(0)
    plain = True
    for factor in Mul.make_args(term):
        base, exponent = factor.as_base_exp()
        if base in _SCALES and exponent.is_Rational:
            degree += exponent
        elif not factor.is_number:
            plain = False
    return (bool(term.is_Order), degree, not plain, default_sort_key(term))


def split_product(expr: Expr) -> Fraction:
    """Return a product as sign, numerator and denominator, square roots gathered.

    Examples:
        >>> from sympy import pi, sqrt
        >>> from symbolic_init.notation import x
        >>> f = split_product(sqrt(2)*x**2/(2*sqrt(pi)))
        >>> f.top, f.bottom_roots
        ((x**2,), (2, pi))
    """
    coefficient = Integer(1)
    top: list[Expr] = []
    bottom: list[Expr] = []
    roots: tuple[list[Expr], list[Expr]] = ([], [])
    for factor in Mul.make_args(expr):
        base, exponent = factor.as_base_exp() if factor.is_Pow else (factor, S.One)
        if factor.is_Rational:
            coefficient *= factor
        elif exponent in (_HALF, -_HALF) and base.is_Rational and base > 0:
            _rational_root(base, roots, below=bool(exponent < 0))
        elif exponent in (_HALF, -_HALF) and base.is_Atom and base.is_nonnegative:
            roots[bool(exponent < 0)].append(base)
        elif factor.is_Pow and exponent.as_coeff_Mul()[0].is_negative:
            bottom.append(Pow(base, -exponent))
        else:
            top.append(factor)
    decimal = terminating(abs(coefficient))
    above, below = (1, 1) if decimal else _gather(abs(coefficient), roots)
    lead = (Symbol(decimal, positive=True),) if decimal else ()
    return Fraction(
        bool(coefficient < 0),
        lead + _with_number(above, top),
        _ordered(roots[0]),
        _with_number(below, bottom),
        _ordered(roots[1]),
    )


def _rational_root(base: Rational, roots: tuple[list[Expr], list[Expr]], *, below: bool) -> None:
    if base.p != 1:
        roots[below].append(Integer(base.p))
    if base.q != 1:
        roots[not below].append(Integer(base.q))


def _gather(coefficient: Rational, roots: tuple[list[Expr], list[Expr]]) -> tuple[int, int]:
    """Numerator and denominator; `sqrt(n)/(k*n)` becomes `1/(k*sqrt(n))`."""
    above, below = int(coefficient.p), int(coefficient.q)
    for number in [r for r in roots[0] if r.is_Integer]:
        if below % int(number) == 0:
            below //= int(number)
            roots[0].remove(number)
            roots[1].append(number)
    return above, below


def _with_number(number: int, factors: list[Expr]) -> tuple[Expr, ...]:
    ordered = tuple(sorted(factors, key=_factor_key))
    return ordered if number == 1 else (Integer(number), *ordered)


def _ordered(factors: list[Expr]) -> tuple[Expr, ...]:
    return tuple(sorted(factors, key=_factor_key))


def _factor_key(factor: Expr) -> tuple[object, ...]:
    """Constants, letters, functions, sums."""
    base = factor.as_base_exp()[0]
    if base.is_number and not base.is_Add:
        rank = 0
    elif base.is_Symbol:
        rank = 1
    elif isinstance(base, Function):
        rank = 2
    else:
        rank = 3 if base.is_Add else 2
    return (rank, default_sort_key(factor))
