"""The kinds of arithmetic that expressions are compiled to: balls, mpmath, floats, numpy arrays."""

import math
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple

import flint
import mpmath
from flint import acb, fmpq
from sympy import Expr, Function, I, oo
from sympy.core.function import MPMATH_TRANSLATIONS
from sympy.polys.rootoftools import ComplexRootOf

from symbolic_init.callables import Sampled
from symbolic_init.errors import UnsupportedError
from symbolic_init.moments.heads import CODES, CONSTANTS
from symbolic_init.moments.special_arrays import ARRAYS
from symbolic_init.special.bessel_order import bessel_k_order_derivative
from symbolic_init.special.bivariate_normal import bivariate_normal
from symbolic_init.special.erfcx_integral import erfcx_integral
from symbolic_init.special.faddeeva import faddeeva
from symbolic_init.special.goodwin_staton import goodwin_staton
from symbolic_init.special.kummer import kummer_m, kummer_u
from symbolic_init.special.log_cosh_mean import log_cosh_mean
from symbolic_init.special.mordell_mean import mordell_mean
from symbolic_init.special.owens_t import owens_t
from symbolic_init.special.parabolic_cylinder import parabolic_cylinder_d
from symbolic_init.special.sech_mean import sech_mean
from symbolic_init.special.sinc import sinc

__all__ = ["BALLS", "FLOATS", "MPMATH", "Backend", "Coded", "array_backend", "is_slow_in_floats"]

Coded = tuple[Callable[..., Any], bool]
"""A function, and whether its last argument is the flag that asks for analyticity."""


class Backend(NamedTuple):
    """What one kind of arithmetic provides.

    Attributes:
        rational: Number from numerator and denominator.
        constant: Number from a constant of SymPy that is not rational.
        function: Function for a head.
        power: Function `u -> u**c` for a constant exponent, given as expression and as number.
        sampled: Function of a number for a Python function or a derivative of it.
    """

    rational: Callable[[int, int], Any]
    constant: Callable[[Any], Any]
    function: Callable[[Any], Coded]
    power: Callable[[Expr, Any], Coded]
    sampled: Callable[[Sampled], Callable[[Any], Any]]


def _unknown(what: Any) -> UnsupportedError:
    return UnsupportedError(f"{getattr(what, '__name__', what)} cannot be evaluated numerically here")


def _algebraic(root: Any, digits: int) -> tuple[int, int]:
    """A root of a polynomial as a fraction, good to so many digits."""
    value = root.eval_rational(n=digits)
    return int(value.p), int(value.q)


# Balls


def _ball_rational(p: int, q: int) -> Any:
    return acb(fmpq(int(p), int(q)))


def _ball_constant(expr: Any) -> Any:
    if expr in CONSTANTS:
        return acb(CONSTANTS[expr][0]())
    if expr is I:
        return acb(0, 1)
    if isinstance(expr, ComplexRootOf) and expr.is_real:
        digits = int(flint.ctx.prec * 0.302) + 3
        center = _ball_rational(*_algebraic(expr, digits)).real
        return acb(flint.arb(center.mid(), center.rad() + (abs(center) + 1) * flint.arb(10) ** (2 - digits)))
    if expr in (oo, -oo):
        return acb(flint.arb.pos_inf() if expr is oo else flint.arb.neg_inf())
    raise _unknown(expr)


def _ball_function(head: Any) -> Coded:
    code = CODES.get(head)
    if code is None:
        raise _unknown(head)
    return code.ball, code.has_cut


def _ball_power(exponent: Expr, value: Any) -> Coded:
    if exponent.is_Integer:
        n = int(exponent)
        return (lambda u: u**n), False
    if exponent.is_Rational and exponent.q == 2:
        root = acb.sqrt if exponent.p > 0 else acb.rsqrt
        n = abs(int(exponent.p))
        return (lambda u, analytic: root(u, analytic=analytic) ** n), True
    positive = value.real > 0

    def power(u: Any, analytic: Any) -> Any:
        if positive and u == 0:
            return u
        return u.pow(value, analytic=analytic)

    return power, True


def _ball_sampled(head: Sampled) -> Callable[[Any], Any]:
    msg = f"{head.args[0]} is a Python function: of its values nothing can be proven, only estimated"
    raise UnsupportedError(msg)


BALLS = Backend(_ball_rational, _ball_constant, _ball_function, _ball_power, _ball_sampled)

# mpmath


def _mp_constant(expr: Any) -> Any:
    if expr in CONSTANTS:
        return +getattr(mpmath, CONSTANTS[expr][1])
    if expr in (oo, -oo):
        return mpmath.inf if expr is oo else -mpmath.inf
    if isinstance(expr, ComplexRootOf) and expr.is_real:
        p, q = _algebraic(expr, mpmath.mp.dps + 3)
        return mpmath.mpf(p) / q
    raise _unknown(expr)


def _mp_heaviside(u: Any, middle: Any) -> Any:
    return mpmath.mpf(1) if u > 0 else mpmath.mpf(0) if u < 0 else middle


_MP_OWN: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "_heaviside": _mp_heaviside,
        "_max": max,
        "_min": min,
        "_erfcinv": lambda y: mpmath.erfinv(1 - y),
        "_erf_real": lambda u, v: mpmath.erf(mpmath.mpc(u, v)).real,
        "_erf_imaginary": lambda u, v: mpmath.erf(mpmath.mpc(u, v)).imag,
        "_bessel_k_order": bessel_k_order_derivative,
        "_erfcx_integral": erfcx_integral,
        "_kummer_m": kummer_m,
        "_kummer_u": kummer_u,
        "_faddeeva_real": lambda u, v: faddeeva(mpmath.mpc(u, v)).real,
        "_faddeeva_imaginary": lambda u, v: faddeeva(mpmath.mpc(u, v)).imag,
        "_goodwin_staton_real": lambda u, v: goodwin_staton(mpmath.mpc(u, v)).real,
        "_goodwin_staton_imaginary": lambda u, v: goodwin_staton(mpmath.mpc(u, v)).imag,
        "_bivariate_normal": bivariate_normal,
        "_log_cosh_mean": lambda u, *more: log_cosh_mean(mpmath.mpf(u), *map(int, more)),
        "_mordell_mean": lambda u, *order: mordell_mean(mpmath.mpf(u), *map(int, order)),
        "_owens_t": owens_t,
        "_parabolic_cylinder_d": parabolic_cylinder_d,
        "_sinc": sinc,
        "_sech_mean": lambda u, *order: sech_mean(mpmath.mpf(u), *map(int, order)),
    }
)


def _mp_function(head: Any) -> Coded:
    name = CODES[head].mp if head in CODES else _name_in_mpmath(head)
    return _MP_OWN.get(name) or getattr(mpmath, name), False


def _name_in_mpmath(head: Any) -> str:
    """The name of a function that only mpmath knows."""
    name = MPMATH_TRANSLATIONS.get(head.__name__, head.__name__)
    if not (issubclass(head, Function) and hasattr(mpmath, name)):
        raise _unknown(head)
    return str(name)


def _plain_power(
    root: Callable[[Any], Any], power: Callable[[Any, Any], Any], exponent: Expr, value: Any
) -> Coded:
    """Powers of real numbers: whole ones and square roots are exacter and faster by themselves."""
    if exponent.is_Integer:
        n = int(exponent)
        return (lambda u: u**n), False
    if exponent.is_Rational and abs(exponent) * 2 == 1:
        return (root if exponent > 0 else lambda u: 1 / root(u)), False
    return (lambda u: power(u, value)), False


MPMATH = Backend(
    lambda p, q: mpmath.mpf(int(p)) / int(q),
    _mp_constant,
    _mp_function,
    partial(_plain_power, mpmath.sqrt, mpmath.power),
    lambda head: head.at,
)

# Floats

_HOMES: Mapping[str, Any] = MappingProxyType({"math": math, "fp": mpmath.fp, "mp": mpmath})
_FLOAT_OWN: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "abs": abs,
        "arcsin": math.asin,
        "arccos": math.acos,
        "arctan": math.atan,
        "arcsinh": math.asinh,
        "arccosh": math.acosh,
        "arctanh": math.atanh,
        "heaviside": lambda u, middle: 1.0 if u > 0 else 0.0 if u < 0 else middle,
        "maximum": max,
        "minimum": min,
        "sign": lambda u: float((u > 0) - (u < 0)),
    }
)
"""Where the names of numpy are not those of `math`."""


def _float_constant(expr: Any) -> float:
    with mpmath.workdps(20):
        return float(_mp_constant(expr))


def _float_function(head: Any) -> Coded:
    place = CODES[head].array if head in CODES else f"mp.{_name_in_mpmath(head)}"
    if place in _FLOAT_OWN:
        return _FLOAT_OWN[place], False
    if place in _MP_OWN:
        return (lambda *u: float(_MP_OWN[place](*u))), False
    module, _, name = place.rpartition(".")
    function = getattr(_HOMES[module or "math"], name)
    return ((lambda *u: float(function(*u))) if module == "mp" else function), False


FLOATS = Backend(
    lambda p, q: int(p) / int(q),
    _float_constant,
    _float_function,
    partial(_plain_power, math.sqrt, math.pow),
    Sampled.of_floats,
)
"""Single floats; what overflows or is not defined raises, as in `math`."""

# numpy


def _each(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of floats applied to each element; `inf` on overflow, NaN outside its domain."""
    import numpy as np

    def scalar(*arguments: float) -> float:
        try:
            value = function(*arguments)
        except OverflowError:
            return math.inf
        except (ValueError, ZeroDivisionError):
            return math.nan
        return math.nan if isinstance(value, complex | mpmath.mpc) else float(value)

    def apply(*arguments: Any) -> Any:
        cells = np.broadcast_arrays(*arguments)
        flat = [c.ravel().tolist() for c in cells]
        try:  # most functions have a value everywhere
            values = np.fromiter(map(function, *flat), float, cells[0].size)
        except (ArithmeticError, TypeError, ValueError):
            values = np.fromiter(map(scalar, *flat), float, cells[0].size)
        return values.reshape(cells[0].shape)

    return apply


def is_slow_in_floats(head: Any) -> bool:
    """Whether a head has no function of floats: mpmath works out each number, in tens of microseconds."""
    if head not in CODES:
        return hasattr(mpmath, MPMATH_TRANSLATIONS.get(head.__name__, head.__name__))
    place = CODES[head].array
    return place not in ARRAYS and (place in _MP_OWN or place.startswith("mp."))


def array_backend() -> Backend:
    """Return the arithmetic of numpy arrays; numpy is imported here."""
    import numpy as np

    def rational(p: int, q: int) -> Any:
        try:
            return np.float64(int(p) / int(q))
        except OverflowError:
            return np.float64(math.copysign(math.inf, p))

    def constant(expr: Any) -> Any:
        with mpmath.workdps(20):
            return np.float64(float(_mp_constant(expr)))

    def function(head: Any) -> Coded:
        place = CODES[head].array if head in CODES else f"mp.{_name_in_mpmath(head)}"
        if place in ARRAYS:
            return ARRAYS[place], False
        if place in _MP_OWN:
            return _each(lambda *u: float(_MP_OWN[place](*u))), False
        module, _, name = place.rpartition(".")
        return (_each(getattr(_HOMES[module], name)) if module else getattr(np, name)), False

    def power(exponent: Expr, value: Any) -> Coded:
        if exponent.is_Integer and abs(exponent) < 2**31:
            n = int(exponent)
            return (lambda u: u**n if n > 0 else 1 / u**-n), False
        if exponent.is_Rational and abs(exponent) * 2 == 1:
            return (np.sqrt if exponent > 0 else lambda u: 1 / np.sqrt(u)), False
        return (lambda u: np.power(u, value)), False

    def sampled(head: Sampled) -> Callable[[Any], Any]:
        run = head.of_arrays()
        return lambda u: run(np.asarray(u, dtype=float))

    return Backend(rational, constant, function, power, sampled)
