"""Numbers out of expressions: values, moments, and the heads that stand for a number."""

import math
from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import flint
import mpmath
from sympy import Expr, Float, Rational, S, Symbol, nan, oo, zoo
from sympy.core.sympify import _sympify

from symbolic_init.errors import AssumptionError, DomainError, NotIntegrableError, UnsupportedError
from symbolic_init.evidence import Estimate, Moment
from symbolic_init.moments.ball import value_ball
from symbolic_init.notation import GaussianMean, q

__all__ = [
    "as_rational",
    "enclosure",
    "evalf_head",
    "moment_enclosure",
    "moment_estimate",
    "moment_value",
    "number",
    "to_mpf",
]

_NO_PARAMETERS: Mapping[Symbol | str, Any] = MappingProxyType({})
_BITS_PER_DIGIT = math.log2(10)
_DIGITS_OF_FLOATS = 17
"""What is shown with fewer digits is used as a float elsewhere: it is computed once, for both."""


def number(
    definition: Expr,
    *,
    digits: int = 15,
    parameters: Mapping[Symbol | str, Any] | None = None,
    proven: bool = False,
) -> Any:
    """Return an expression without free symbols as an mpmath number with `digits` correct digits.

    Balls of rising precision see to it that cancellation loses no digits.

    Args:
        definition: Expression that may hold `GaussianMean` and `Root`; `oo` gives `inf`.
        digits: Significant decimal digits, at least 1.
        parameters: A number for every symbol, by symbol or by name.
        proven: Whether the digits of means and roots must be proven.

    Raises:
        AssumptionError: If a symbol has no value.
        DomainError: If the value is not a real number.
        PrecisionError: If the digits cannot be reached.

    Examples:
        >>> from sympy import sqrt
        >>> from symbolic_init.notation import q
        >>> print(number(sqrt(q), parameters={"q": "1/4"}))
        0.5
    """
    if digits < 1:
        msg = f"digits must be at least 1, not {digits}"
        raise ValueError(msg)
    definition = _sympify(definition)
    values = _values(definition, parameters or _NO_PARAMETERS)
    if definition.has(oo, -oo, zoo, nan):
        definition = definition.xreplace(values)
        if definition in (oo, -oo):
            return mpmath.inf if definition is oo else -mpmath.inf
        if definition.has(zoo, nan):
            msg = f"{definition} is not a number"
            raise DomainError(msg)
    bits = math.ceil(max(digits, _DIGITS_OF_FLOATS) * _BITS_PER_DIGIT) + 6
    return to_mpf(value_ball(definition, substitution=values, bits=bits, proven=proven), bits)


def enclosure(
    definition: Expr, *, digits: int = 15, parameters: Mapping[Symbol | str, Any] | None = None
) -> tuple[Any, Any]:
    """Return proven lower and upper bounds that agree to `digits` digits, as mpmath numbers.

    Args:
        definition: As for `number`.
        digits: Significant decimal digits to which the bounds agree, at least 1.
        parameters: As for `number`.

    Raises:
        PrecisionError: If so many digits cannot be proven.
        UnsupportedError: If nothing can be proven: a bound of a tail was not found, or a function is
            not available in ball arithmetic.

    Examples:
        >>> from sympy import sqrt, Integer
        >>> low, high = enclosure(sqrt(Integer(2)), digits=20)
        >>> low**2 <= 2 <= high**2
        True
    """
    values = _values(_sympify(definition), parameters or _NO_PARAMETERS)
    bits = math.ceil(digits * _BITS_PER_DIGIT) + 2
    ball = value_ball(_sympify(definition), substitution=values, bits=bits, proven=True)
    with flint.ctx.workprec(2 * bits + 64):
        return _end(ball.lower()), _end(ball.upper())


def moment_enclosure(
    moment: Moment,
    *,
    variance: Any = 1,
    digits: int = 15,
    parameters: Mapping[Symbol | str, Any] | None = None,
) -> tuple[Any, Any]:
    """Return proven bounds of a Gaussian mean at one variance; arguments as for `moment_value`.

    Raises:
        NotIntegrableError: If the mean diverges at this variance.
        PrecisionError: If so many digits cannot be proven.
        UnsupportedError: If nothing can be proven.
    """
    at, given = _admissible(moment, variance, parameters)
    return enclosure(moment.definition, digits=digits, parameters={**given, q.name: at})


def _end(point: Any) -> Any:
    """One end of a ball, exactly."""
    mantissa, exponent = point.man_exp()
    return mpmath.mp.make_mpf(mpmath.libmp.from_man_exp(int(mantissa), int(exponent)))


def to_mpf(ball: Any, bits: int) -> Any:
    """Return the center of a ball as an mpmath number of `bits` bits; 0 where the ball holds 0."""
    if ball.contains(0):
        return mpmath.mpf(0)
    mantissa, exponent = ball.mid().man_exp()
    return mpmath.mp.make_mpf(mpmath.libmp.from_man_exp(int(mantissa), int(exponent), bits, "n"))


def _values(definition: Expr, parameters: Mapping[Symbol | str, Any]) -> Mapping[Symbol, Expr]:
    """A number for every free symbol."""
    by_name = {str(k): v for k, v in parameters.items()}
    symbols = sorted(definition.free_symbols, key=str)
    missing = [s.name for s in symbols if s.name not in by_name]
    if missing:
        msg = f"a value is needed for {', '.join(missing)}: set it, for instance {missing[0]}=1/2"
        raise AssumptionError(msg)
    return {s: as_rational(by_name[s.name]) for s in symbols}


def as_rational(value: Any) -> Expr:
    """Return the rational number that a number or its text denotes; exact constants stay as they are.

    Raises:
        UnsupportedError: If it is not a finite real number.

    Examples:
        >>> as_rational("0.25"), as_rational(0.1), as_rational("1/3")
        (1/4, 1/10, 1/3)
    """
    if isinstance(value, Expr) and not isinstance(value, Float):
        if value.is_extended_real and value.is_finite is not False and not value.free_symbols:
            return value
    else:
        try:
            return _from_plain(value)
        except (TypeError, ValueError, OverflowError, ZeroDivisionError):
            pass
    msg = f"{value} is not a finite real number: give an integer, a decimal or a fraction such as 1/3"
    raise UnsupportedError(msg)


def _from_plain(value: Any) -> Rational:
    if isinstance(value, mpmath.mpf):
        sign, mantissa, exponent, _ = value._mpf_  # the documented format of mpmath
        if not mantissa and exponent:
            raise ValueError
        return Rational((-1) ** sign * int(mantissa)) * Rational(2) ** int(exponent)
    if isinstance(value, Float):
        return Rational(value)
    exact = Fraction(repr(float(value)) if isinstance(value, float) else value)
    return Rational(exact.numerator, exact.denominator)


def moment_value(
    moment: Moment,
    *,
    variance: Any = 1,
    digits: int = 15,
    parameters: Mapping[Symbol | str, Any] | None = None,
) -> Any:
    """Return a Gaussian mean at one variance as an mpmath number with `digits` digits.

    Args:
        moment: The mean as a function of the variance.
        variance: Positive number, or its text.
        digits: Significant decimal digits.
        parameters: A number for every parameter of the integrand.

    Raises:
        AssumptionError: If a parameter has no value, or the variance is not positive.
        NotIntegrableError: If the mean diverges at this variance.
        PrecisionError: If the digits cannot be reached.
    """
    at, given = _admissible(moment, variance, parameters)
    if moment.expr is not None or moment.kind == "enclosed" or len(moment.inputs) > 1:
        proven = moment.kind == "enclosed"
        return number(moment.definition, digits=digits, parameters={**given, q.name: at}, proven=proven)
    from symbolic_init.moments.quadrature import estimate

    integrand = moment.integrand.xreplace({q: at})
    return estimate(integrand, at, digits=digits, parameters=_values(_bound(integrand), given))


def moment_estimate(moment: Moment, *, variance: Any = 1, digits: int = 15) -> Estimate:
    """Return a Gaussian mean without parameters by two quadratures; arguments as for `moment_value`."""
    from symbolic_init.moments.quadrature import agreement

    at, _ = _admissible(moment, variance, None)
    return agreement(moment.integrand.xreplace({q: at}), at, digits=digits)


def _admissible(
    moment: Moment, variance: Any, parameters: Mapping[Symbol | str, Any] | None
) -> tuple[Expr, dict[Symbol | str, Any]]:
    """The variance as an exact number, and the parameters, where the mean is finite."""
    at = as_rational(variance)
    if not at.is_positive:
        msg = f"the variance must be positive, not {variance}"
        raise AssumptionError(msg)
    given = dict(parameters or _NO_PARAMETERS)
    if moment.limit != oo and number(moment.limit - at, digits=9, parameters=given) <= 0:
        msg = (
            f"the mean of {moment.integrand} is finite only for a variance below {moment.limit}, not at {at}"
        )
        raise NotIntegrableError(msg)
    return at, given


def _bound(integrand: Expr) -> Expr:
    """The integrand under its mean, so that x is not free."""
    return GaussianMean(integrand, S.One)


def evalf_head(head: Expr, prec: int) -> Expr | None:
    """Return an unevaluated head as a SymPy `Float` of `prec` bits; `None` while it has free symbols."""
    if head.free_symbols:
        return None
    ball = value_ball(head, bits=prec + 4)
    return Float._new(to_mpf(ball, prec)._mpf_, prec)  # noqa: SLF001 # the way SymPy's evalf makes them
