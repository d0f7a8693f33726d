"""Values and Gaussian means in ball arithmetic."""

import contextlib
import math
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import flint
import mpmath
from flint import acb, arb, fmpq
from sympy import Expr, Rational, Symbol
from sympy.core.sympify import _sympify

from symbolic_init.analysis.separation import separated
from symbolic_init.callables import Sampled
from symbolic_init.errors import DomainError, PrecisionError, SymbolicInitError, UnsupportedError
from symbolic_init.moments.backends import BALLS
from symbolic_init.moments.breakpoints import float_points, singular_points, switch_points
from symbolic_init.moments.compilation import Program, compile_ball
from symbolic_init.notation import GaussianMean, PairMean, Root, abbreviated, x

__all__ = [
    "compiled_at",
    "line_points",
    "mean_ball",
    "real_function",
    "real_part",
    "value_ball",
    "working_value",
]

_GUARD, _SHORT_GUARD = 24, 8
"""Bits beyond those asked for in the first attempt; where means or roots, which take long, are combined."""
_STEP, _SHORT_STEP = 24, 8
"""Means within an expression are computed to a multiple of so many bits, means of two variables to one of
fewer: the sums behind these cost the cube of their bits."""
_MOST_BITS = 1 << 14
"""Working precision at which a value that is not told from 0 counts as 0."""
_ATTEMPTS = 4
"""Doublings of the working precision of a mean."""
_MOST_BITS_OF_MEANS = 400
"""The same where means within an expression have to be integrated."""
_FEW_BITS = 16
_BITS_OF_ESTIMATES, _DIGITS_OF_ESTIMATES = 40, 8
"""Of what is made from a Python function: bits of a zero, at most; digits of a mean that agree, at least."""
_HEADS = (GaussianMean, PairMean, Root)
_NOTHING: Mapping[Symbol, Any] = MappingProxyType({})


def value_ball(
    expr: Expr, *, substitution: Mapping[Symbol, Any] = _NOTHING, bits: int = 64, proven: bool = False
) -> arb:
    """Return a proven enclosure of a real number, with a relative accuracy of `bits` bits.

    A number that cannot be told from 0 with thousands of bits comes back as a tiny ball around 0; one that
    loses all its digits and may be large is an error.
    Unevaluated means within the expression may be those of `mean_ball`, with its restriction, and roots are
    estimates: with either of them in it the ball is not a bound, unless it is asked for a proof.

    Args:
        expr: Expression in the symbols of `substitution`.
        substitution: A rational number (or another exact number) for every symbol.
        bits: Binary digits.
        proven: Whether means and roots within the expression must be proven enclosures.

    Raises:
        AssumptionError: If a symbol has no value.
        DomainError: If the value is not real.
        PrecisionError: If it cannot be computed, or proven, to so many bits.
        UnsupportedError: If a head is unknown.

    Examples:
        >>> from sympy import Rational, sqrt
        >>> from symbolic_init.notation import q
        >>> value_ball(sqrt(q), substitution={q: Rational(1, 4)})
        0.500000000000000
    """
    has_heads = expr.has(*_HEADS)
    precision = bits + (_GUARD if not has_heads else 0 if isinstance(expr, _HEADS) else _SHORT_GUARD)
    most = max(8 * bits, _MOST_BITS_OF_MEANS) if has_heads else _MOST_BITS
    while True:
        with flint.ctx.workprec(precision):
            ball = working_value(expr, substitution=substitution, bits=precision, proven=proven)
        finite = ball.is_finite()
        reached = ball.real.rel_accuracy_bits() if finite else 0
        if finite and reached >= bits:
            return real_part(ball, expr)
        if precision > most and finite and abs(ball).upper() < arb(2) ** -(most // 4):
            return real_part(ball, expr)
        if precision > most:
            msg = f"{abbreviated(expr)} has no finite value that could be computed"
            raise PrecisionError(msg)
        missing = bits - reached + _SHORT_GUARD if has_heads and finite else precision
        precision += min(max(missing, precision // 4), precision)


def real_part(ball: Any, what: Any) -> Any:
    """Return the real part of the value of `what`, a real number.

    Raises:
        DomainError: If the ball has no real number in it.
    """
    if not ball.imag.contains(0):
        msg = f"{what} is not real"
        raise DomainError(msg)
    return ball.real


def working_value(expr: Expr, *, substitution: Mapping[Symbol, Any], bits: int, proven: bool = False) -> Any:
    """Return the value, an `acb`, as it comes out of a computation with `bits` bits.

    The caller has set the working precision; how many of the bits are right is told by the radius.
    """
    numbers = {s: _number(v, bits) for s, v in substitution.items()}
    run = compile_ball(
        expr,
        variable=_UNUSED,
        values=numbers,
        at=lambda u: value_ball(u, substitution=substitution, bits=32),
        heads=_heads(substitution, bits, proven=proven),
    )
    return run()


def _heads(
    substitution: Mapping[Symbol, Any], bits: int, *, proven: bool = False
) -> Mapping[Any, Callable[[Expr], Any]]:
    """How the heads that stand for a number are evaluated."""
    return {
        PairMean: lambda e: acb(_pair_mean(e.xreplace(substitution), _rounded(bits, _SHORT_STEP), proven)),
        GaussianMean: lambda e: acb(_mean(e.xreplace(substitution), _rounded(bits), proven)),
        Root: lambda e: acb(_root(e.xreplace(substitution), bits, proven=proven)),
        Sampled: lambda e: acb(_sampled(e.xreplace(substitution), proven=proven)),
    }


def _rounded(bits: int, step: int = _STEP) -> int:
    """Bits in steps, so that a number asked for with some more digits is found again."""
    return -(-bits // step) * step


_UNUSED = Symbol("_unused")


def _number(value: Any, bits: int) -> Any:
    if value.is_Rational:
        return acb(fmpq(int(value.p), int(value.q)))
    return acb(value_ball(value, bits=bits))


@lru_cache(maxsize=64)
def _mean(head: GaussianMean, bits: int, proven: bool) -> Any:  # noqa: FBT001 # the key of a cache
    if head.has(Sampled):
        return _estimated(head, bits, proven=proven)
    single = _proven if proven else _found
    if len(head.inputs) == 1:
        return single(head.integrand, head.variance, bits)
    total = arb(0)
    for term in separated(head.integrand, head.inputs):
        factors = [single(f, head.variance, bits) for f in term.functions]
        total += math.prod(factors, start=value_ball(term.coefficient, bits=bits))
    return total


def _found(f: Expr, variance: Expr, bits: int) -> Any:
    """The mean as a proven enclosure where there is one: it takes less time; else as `mean_ball` has it."""
    if _is_provable(f):
        with contextlib.suppress(SymbolicInitError):
            return _proven(f, variance, bits)
    return _converged(f, variance, bits)


@lru_cache(maxsize=256)
def _is_provable(f: Expr) -> bool:
    """Whether a mean is enclosed at the variance 1."""
    from symbolic_init.moments.enclosure import enclosed_mean

    try:
        enclosed_mean(f, 1, bits=_FEW_BITS)
    except SymbolicInitError:
        return False
    return True


@lru_cache(maxsize=256)
def _proven(f: Expr, variance: Expr, bits: int) -> Any:
    """The mean as a proven enclosure."""
    from symbolic_init.moments.enclosure import enclosed_mean

    return enclosed_mean(f, value_ball(variance, bits=bits + _SHORT_GUARD, proven=True), bits=bits)


def _sampled(head: Sampled, *, proven: bool) -> Any:
    """A value of a Python function, as if it were exact."""
    if proven or head.free_symbols:
        BALLS.sampled(head)
    with mpmath.workprec(flint.ctx.prec):
        place = head.args[-1]
        return arb(head.at(mpmath.mpf(int(place.p)) / int(place.q)))


def _estimated(head: GaussianMean, bits: int, *, proven: bool) -> Any:
    """The mean of a Python function, as if it were exact."""
    from symbolic_init.moments.quadrature import estimate

    if proven:
        msg = f"the mean of {head.integrand} can only be estimated: it is made from a Python function"
        raise UnsupportedError(msg)
    return arb(
        estimate(
            head.integrand, head.variance, digits=math.floor(bits * math.log10(2)), least=_DIGITS_OF_ESTIMATES
        )
    )


def _root(head: Root, bits: int, *, proven: bool) -> Any:
    from symbolic_init.moments.root import root_ball

    if head.has(Sampled) and not proven:
        return root_ball(head, bits=min(bits, _BITS_OF_ESTIMATES)).mid()
    return root_ball(head, bits=bits, proven=proven)


@lru_cache(maxsize=64)
def _pair_mean(head: PairMean, bits: int, proven: bool) -> Any:  # noqa: FBT001 # the key of a cache
    from symbolic_init.moments.hermite_sum import pair_ball

    return pair_ball(head, bits=bits, proven=proven)


def mean_ball(
    f: Expr, variance: Expr, *, parameters: Mapping[Symbol, Rational] = _NOTHING, bits: int = 64
) -> arb:
    """Return `E[f(sqrt(variance)*z)]` as a ball, by adaptive integration between the breakpoints.

    The range ends where the Gaussian weight makes the rest negligible, as seen at a few points; what
    lies beyond is estimated (and added to the radius), not proven. Within the range the integral is
    enclosed, except where the integrand defeats this (it is then sampled ever more finely). So
    **do not call the ball a bound**.

    Args:
        f: Function of x and of the parameters.
        variance: Positive number.
        parameters: A number for every parameter.
        bits: Binary digits, relative to the mean, or to the largest values of the integrand where
            these cancel.

    Raises:
        DomainError: If `f` is not real, or not defined, on part of the line.
        NotIntegrableError: If the mean diverges.
        PrecisionError: If the integral cannot be computed to so many bits.
        UnsupportedError: If `f` has a head that ball arithmetic lacks.

    Examples:
        >>> from sympy import Max, Integer
        >>> from symbolic_init.notation import x
        >>> mean_ball(Max(0, x)**2, Integer(1))
        [0.500000000000000 +/- 3e-20]
    """
    values = dict(parameters)
    return _converged(f.xreplace(values), _sympify(variance).xreplace(values), bits)


def _converged(f: Expr, variance: Expr, bits: int) -> Any:
    """The mean at rising precision until it has the accuracy."""
    from symbolic_init.moments.line import Line

    if x not in f.free_symbols:
        return value_ball(f, bits=bits)
    goal = bits + _GUARD // 2
    failure = f"the mean of {f} cannot be computed to {bits} bits: the integrand is too rough"
    for attempt in range(_ATTEMPTS):
        with flint.ctx.workprec((bits + _GUARD + 10) * (1 << attempt)):
            line = Line(f, value_ball(variance, bits=(bits + 8) << attempt), goal)
            try:
                ball = line.mean()
            except PrecisionError as error:
                raise PrecisionError(failure) from error
            if ball is None:
                continue
            if ball.contains(0) and f.xreplace({x: -x}) == -f:
                return arb(0)
            reached = ball.rel_accuracy_bits()
            cancels = attempt > 0 and ball.rad() <= line.scale * arb(2) ** -bits
            if reached >= bits or cancels or ball == 0:
                return ball
            # Values of both signs cancel: aim at the digits that were lost.
            goal += bits - max(reached, 0)
    raise PrecisionError(failure)


def line_points(f: Expr, reach: float) -> tuple[float, ...]:
    """Return where an integral of a function without parameters over `[-reach, reach]` is to be split."""
    points, complete = switch_points(f)
    found = [float(value_ball(c, bits=60).mid()) for c in (*points, *singular_points(f))]
    if not complete:
        found += float_points(f, -reach, reach)
    return tuple(sorted(set(found)))


def compiled_at(f: Expr, point: float) -> Program:
    """Return a function without parameters as it is near one point, at the current precision."""
    place = {x: Rational(*point.as_integer_ratio())}
    return compile_ball(
        f,
        at=lambda u: value_ball(u, substitution=place, bits=32),
        heads=_heads(_NOTHING, flint.ctx.prec),
    )


def real_function(f: Expr, point: float) -> Callable[[Any], Any]:
    """Return the same as a function of an `arb`."""
    run = compiled_at(f, point)
    return lambda t: run(acb(t)).real
