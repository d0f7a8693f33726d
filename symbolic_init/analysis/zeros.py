"""Where a smooth function of x can change its sign: its zeros and poles in an interval."""

from collections.abc import Callable, Mapping
from functools import reduce
from math import lcm
from types import MappingProxyType
from typing import Any

from sympy import (
    Dummy,
    Expr,
    Poly,
    PolynomialError,
    Pow,
    S,
    acosh,
    asinh,
    atan,
    cos,
    cosh,
    erf,
    erfc,
    erfinv,
    exp,
    factor_list,
    floor,
    fraction,
    gcd_terms,
    log,
    nan,
    oo,
    pi,
    sin,
    sinh,
    sqrt,
    tan,
    tanh,
    together,
)

from symbolic_init.analysis.order import compare, increasing, number_sign
from symbolic_init.analysis.ranges import box, range_of, sign_from
from symbolic_init.assumptions import Assumptions
from symbolic_init.decimals import evaluated
from symbolic_init.errors import AssumptionError
from symbolic_init.notation import x

__all__ = ["sign_changes"]

_DEEPEST = 12
"""Rewritings of a switching function before it is given up."""
_MOST_PERIODS = 200
"""Zeros of a sine or cosine in one interval before it is given up."""
_MOST_PERIODS_AWAY = 10**15
"""Periods from 0 before they are not counted: their numbers have too many digits."""
_HIGHEST_ROOT = 12
"""Denominator of the powers of x in a sum before its zeros are not looked for."""
_HIGHEST_DEGREE = 60
"""Degree of a polynomial with numeric coefficients before it is given up."""

Points = tuple[Expr, ...]
_Inverse = Callable[[Expr, Assumptions], Points | None]


def sign_changes(
    function: Expr, low: Expr, high: Expr, known: Assumptions, *, depth: int = _DEEPEST
) -> Points | None:
    """Return all points of `(low, high)` where `function` may change its sign, increasing.

    Points where it does not change its sign may be among them. `None`: they cannot be found, or
    there are infinitely many.
    """
    try:
        found = _candidates(function, low, high, known, depth)
    except (TypeError, ValueError):  # there is no minimum of complex numbers
        return None
    if found is None or any(evaluated(c) is nan for c in found if not c.free_symbols):
        return None
    within = tuple(
        c
        for c in dict.fromkeys(found)
        if not _is_complex(c)
        and (low == -oo or compare(low, c, known) < 0)
        and (high == oo or compare(c, high, known) < 0)
    )
    return increasing(within, known)


def _is_complex(point: Expr) -> bool:
    """Whether a zero is none on the line, as the root of a negative number is."""
    if point.is_real or point.free_symbols:
        return False
    real, imaginary = evaluated(point).as_real_imag()
    return bool(imaginary.is_comparable and real.is_comparable and abs(imaginary) > abs(real) / 10**9)


def _candidates(u: Expr, low: Expr, high: Expr, known: Assumptions, depth: int) -> Points | None:
    if x not in u.free_symbols:
        return ()
    if depth <= 0:
        return None
    slope = u.diff(x) if u.is_Symbol or u.is_Add or u.is_Mul else None
    if slope is not None and x not in slope.free_symbols:
        return () if slope == 0 else (_shorter(-u.xreplace({x: S.Zero}) / slope),)
    if u.is_Mul:
        return _union(u.args, low, high, known, depth)
    if isinstance(u, exp):
        return ()
    if u.is_Pow:
        return _candidates(u.base, low, high, known, depth - 1)
    if u.is_polynomial(x):
        return _polynomial_zeros(u, known)
    if sign_from(range_of(u, box(known, low, high))) is not None:
        return ()
    if u.is_Add:
        return _sum_zeros(u, low, high, known, depth - 1)
    return _level(u, S.Zero, low, high, known, depth - 1)


def _shorter(value: Expr) -> Expr:
    return value if value.is_Rational or value.is_Symbol else value.cancel() if value.free_symbols else value


def _union(parts: Any, low: Expr, high: Expr, known: Assumptions, depth: int) -> Points | None:
    points: Points = ()
    for part in parts:
        found = _candidates(part, low, high, known, depth)
        if found is None:
            return None
        points += found
    return points


def _polynomial_zeros(u: Expr, known: Assumptions) -> Points | None:
    try:
        poly = Poly(u, x)
    except PolynomialError:
        return None
    if poly.is_zero:
        return ()
    if poly.degree() <= 2:
        return _quadratic_zeros(poly, known)
    if poly.degree() > _HIGHEST_DEGREE:
        return None
    points: Points = ()
    for factor, _ in factor_list(u, x)[1] if not poly.get_domain().is_EX else [(poly.as_expr(), 1)]:
        part = Poly(factor, x)
        if part.degree() <= 2:
            points += _quadratic_zeros(part, known)
        elif all(c.is_Rational for c in part.coeffs()):
            points += tuple(part.real_roots())
        else:
            return None
    return points


def _quadratic_zeros(poly: Poly, known: Assumptions) -> Points:
    if poly.degree() == 0:
        return ()
    if poly.degree() == 1:
        a, b = poly.all_coeffs()
        return (_shorter(-b / a),)
    a, b, c = poly.all_coeffs()
    discriminant = (b**2 - 4 * a * c).expand()
    if compare(discriminant, S.Zero, known) < 0:
        return ()
    root = sqrt(discriminant)
    return tuple((sign * root - b) / (2 * a) for sign in (-1, 1))


def _sum_zeros(u: Expr, low: Expr, high: Expr, known: Assumptions, depth: int) -> Points | None:
    if any(t.is_Pow or (t.is_Mul and t.has(Pow)) for t in u.args):
        numerator, denominator = fraction(together(u))
        if x in denominator.free_symbols and numerator != u:
            return _union((numerator, denominator), low, high, known, depth)
    common = gcd_terms(u)
    if common.is_Mul and any(x in f.free_symbols and not f.is_Add for f in common.args):
        return _union(common.args, low, high, known, depth)
    in_one = _one_generator(u)
    if in_one is not None:
        return _generator_zeros(*in_one, low, high, known, depth)
    if low.is_nonnegative:
        return _root_zeros(u, low, high, known)
    if high.is_nonpositive:
        points = _root_zeros(u.xreplace({x: -x}), -high, -low, known)
        return None if points is None else tuple(-c for c in points)
    return _monotone_zeros(u, low, high, known)


def _root_zeros(u: Expr, low: Expr, high: Expr, known: Assumptions) -> Points | None:
    """Zeros for positive x of a sum of rational powers of it: of a polynomial in one of its roots."""
    exponents = [e.exp for e in u.find(lambda e: e.is_Pow and e.base == x and e.exp.is_Rational)]
    n = lcm(*(int(e.q) for e in exponents))
    t = Dummy("t", positive=True)
    in_root = u.xreplace({x: t**n})
    if n == 1 or n > _HIGHEST_ROOT or not in_root.is_polynomial(t):
        return _monotone_zeros(u, low, high, known)
    roots = _polynomial_zeros(in_root.xreplace({t: x}), known)
    if roots is None:
        return None
    return tuple(c**n for c in roots if number_sign(c, known) in (1, None))


def _one_generator(u: Expr) -> tuple[Expr, Expr, Dummy] | None:
    """Write `u` as a polynomial in a dummy that stands for one function of x, if it is one."""
    generators = tuple(dict.fromkeys(_generators(u)))
    if not generators or x in generators:
        return None
    t = Dummy("t", real=True)
    if all(isinstance(g, exp) for g in generators):
        first = generators[0].args[0]
        powers = [(g.args[0] / first).cancel() for g in generators]
        if not all(p.is_Rational for p in powers):
            return None
        step = reduce(lambda p, q: p.gcd(q), powers) if len(powers) > 1 else S.One
        rewritten = u.xreplace({g: t ** (p / step) for g, p in zip(generators, powers, strict=True)})
        return rewritten, exp((first * step).expand()), t
    if len(generators) > 1:
        return None
    return u.xreplace({generators[0]: t}), generators[0], t


def _generators(u: Expr) -> list[Expr]:
    """The functions of x that `u` is put together from by sums, products and integer powers."""
    if x not in u.free_symbols:
        return []
    if u.is_Add or u.is_Mul:
        return [g for a in u.args for g in _generators(a)]
    if u.is_Pow and not isinstance(u, exp) and u.exp.is_Integer:
        return _generators(u.base)
    return [u]


def _generator_zeros(
    u: Expr, generator: Expr, t: Dummy, low: Expr, high: Expr, known: Assumptions, depth: int
) -> Points | None:
    numerator, denominator = fraction(together(u))
    points: Points = ()
    for part in (numerator, denominator):
        if t not in part.free_symbols:
            continue
        try:
            levels = _polynomial_zeros(part.xreplace({t: x}), known)
        except AssumptionError:
            return None
        if levels is None:
            return None
        for level in levels:
            found = _level(generator, level, low, high, known, depth)
            if found is None:
                return None
            points += found
    return points


def _level(f: Expr, level: Expr, low: Expr, high: Expr, known: Assumptions, depth: int) -> Points | None:
    """Where `f = level`, for one function `f` applied to something."""
    if f.is_Symbol or f.is_Add or f.is_Mul:
        return _candidates(f - level, low, high, known, depth)
    values = range_of(f, box(known, low, high))
    margin = range_of(level, box(known, low, high))
    if values.high < margin.low or values.low > margin.high:
        return ()
    if (values.high_open and values.high <= margin.low) or (values.low_open and values.low >= margin.high):
        return ()
    if f.is_Pow and not isinstance(f, exp):
        inner, arguments = f.base, _roots_of_level(f.exp, level, known)
    else:
        rule = _INVERSES.get(f.func)
        inner, arguments = f.args[0], rule(level, known) if rule else None
        if rule is None and isinstance(f, sin | cos):
            return _periodic(f, level, low, high, known)
    if arguments is None:
        return None
    return _union([inner - a for a in arguments], low, high, known, depth - 1)


def _roots_of_level(exponent: Expr, level: Expr, known: Assumptions) -> Points | None:
    if level == 0:
        return (S.Zero,)
    if not exponent.is_Rational:
        return (level ** (1 / exponent),)
    sign = number_sign(level, known)
    if sign is None:
        return None
    if exponent.is_Integer and exponent % 2:
        return (sign * (sign * level) ** (1 / exponent),)
    if sign < 0:
        return ()
    root = level ** (1 / exponent)
    return (-root, root) if exponent.is_Integer else (root,)


def _within(
    low: Expr, high: Expr, inverse: Callable[[Expr], Expr]
) -> Callable[[Expr, Assumptions], Points | None]:
    """The inverse of an increasing or decreasing function with values in `(low, high)`."""

    def rule(level: Expr, known: Assumptions) -> Points | None:
        above = 1 if low == -oo else number_sign(level - low, known)
        below = 1 if high == oo else number_sign(high - level, known)
        if above is None or below is None:
            return None
        return (inverse(level),) if above > 0 and below > 0 else ()

    return rule


def _cosh_level(level: Expr, known: Assumptions) -> Points | None:
    sign = number_sign(level - 1, known)
    if sign is None:
        return None
    return () if sign < 0 else (S.Zero,) if sign == 0 else (-acosh(level), acosh(level))


_INVERSES: Mapping[Any, _Inverse] = MappingProxyType(
    {
        exp: _within(S.Zero, oo, log),
        log: _within(-oo, oo, exp),
        tanh: _within(S.NegativeOne, S.One, lambda c: log((1 + c) / (1 - c)) / 2),
        sinh: _within(-oo, oo, asinh),
        asinh: _within(-oo, oo, sinh),
        atan: _within(-pi / 2, pi / 2, tan),
        erf: _within(S.NegativeOne, S.One, erfinv),
        erfc: _within(S.Zero, S(2), lambda c: erfinv(1 - c)),  # SymPy has no digits of erfcinv
        cosh: _cosh_level,
    }
)


def _periodic(f: Expr, level: Expr, low: Expr, high: Expr, known: Assumptions) -> Points | None:
    """Zeros of `sin(v) - c` or `cos(v) - c` for linear `v` in a finite interval of numbers."""
    from sympy import acos, asin

    inner = f.args[0]
    slope = inner.diff(x)
    if low == -oo or high == oo or not slope.is_number or (low + high + level).free_symbols:
        return None
    offset = inner.xreplace({x: S.Zero})
    if number_sign(abs(level) - 1, known) == 1:
        return ()
    first = asin(level) if isinstance(f, sin) else acos(level)
    starts = (first, pi - first) if isinstance(f, sin) else (first, -first)
    points: list[Expr] = []
    for start in starts:
        ends = sorted(((inner.xreplace({x: c}) - start) / (2 * pi) for c in (low, high)), key=float)
        if any(number_sign(abs(end) - _MOST_PERIODS_AWAY, known) != -1 for end in ends):
            return None
        k_low, k_high = int(floor(ends[0])), int(floor(ends[1])) + 1
        if k_high - k_low > _MOST_PERIODS:
            return None
        points += [(start + 2 * pi * k - offset) / slope for k in range(k_low, k_high + 1)]
    return tuple(points)


def _monotone_zeros(u: Expr, low: Expr, high: Expr, known: Assumptions) -> Points | None:
    """The only change of sign of a function that never falls or never rises, if it is a short rational.

    Beyond the interval it may do otherwise, or not be real.
    """
    slopes = range_of(u.diff(x), box(known, low, high))
    if slopes.low < 0 < slopes.high:
        return None
    for guess in (S.Zero, S.One, S.NegativeOne, low, high):
        if guess in (oo, -oo) or not _is_within(guess, low, high, known):
            continue
        if u.xreplace({x: guess}).expand() == 0:
            return (guess,)
    return None


def _is_within(point: Expr, low: Expr, high: Expr, known: Assumptions) -> bool:
    """Whether a point is shown to lie in an interval or at its ends."""
    try:
        return compare(low, point, known) <= 0 and compare(point, high, known) <= 0
    except AssumptionError:
        return False
