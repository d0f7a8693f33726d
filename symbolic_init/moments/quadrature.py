"""Numerical estimates of Gaussian means: the digits on which two different quadratures agree."""

import math
from bisect import bisect
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import mpmath
from sympy import Expr, Symbol

from symbolic_init.analysis.pieces import pieces
from symbolic_init.callables import Sampled
from symbolic_init.errors import DomainError, NotIntegrableError, PrecisionError, UnsupportedError
from symbolic_init.evidence import Estimate
from symbolic_init.moments.ball import mean_ball, value_ball
from symbolic_init.moments.breakpoints import switch_points
from symbolic_init.moments.compilation import compile_float, compile_mp
from symbolic_init.moments.evaluation import as_rational, to_mpf

__all__ = ["agreement", "estimate"]

_BITS_PER_DIGIT = math.log2(10)
_SECOND_BITS = 23
"""Bits by which the second quadrature is finer; its range is wider, its subdivision another."""
_GUARD_DIGITS = 10
_DIGITS_OF_FLOATS, _LEAST_DIGITS = 16, 8
"""Digits of double precision, and how many of them must be seen to be right."""
_BESIDE = (1e-5, 1e-10)
"""Distances from a breakpoint, relative to the shortest interval, at which a pole is looked for."""
_POLE = 0.3
"""Ratio of value times distance there that tells a pole: without one it is small."""
_STARTS = (0.5, 0.37)
"""Length of the shortest intervals of the two quadratures, in units of 1 or of a small deviation."""
_GROWTH, _ROOM = 2, 0.6
"""How much longer each interval is than the one before, and how far to the next breakpoint they go."""
_MOST_WIDENINGS = 40
_NO_PARAMETERS: Mapping[Symbol, Any] = MappingProxyType({})


def estimate(
    f: Expr,
    variance: Any,
    *,
    digits: int = 15,
    parameters: Mapping[Symbol, Any] = _NO_PARAMETERS,
    least: int | None = None,
) -> Any:
    """Return `E[f(sqrt(variance)*z)]` as an mpmath number on whose digits two quadratures agree.

    It is an estimate: nothing is proven, least of all what lies beyond the range of integration.

    Args:
        f: Function of x and of the parameters.
        variance: Positive number, or its text.
        digits: Significant decimal digits. A Python function of floats has no more than 15: it is enough
            that 8 agree.
        parameters: A number for every parameter.
        least: Digits that must agree, if that may be fewer.

    Raises:
        DomainError: If `f` is not real, or not defined, on part of the line.
        NotIntegrableError: If the mean diverges.
        PrecisionError: If the two agree on fewer digits; the message tells on how many.
        UnsupportedError: If the switches of `f` cannot be located, or a Python function in it fails.

    Examples:
        >>> from sympy import tanh
        >>> from symbolic_init.notation import x
        >>> print(estimate(tanh(x)**2, 1))
        0.394294490397841
    """
    closed = f.xreplace({s: as_rational(v) for s, v in parameters.items()})
    needed = min(digits, least or (_LEAST_DIGITS if _is_floating(closed) else digits))
    found = agreement(closed, variance, digits=digits)
    if found.digits < needed:
        msg = f"two quadratures of the mean of {f} agree on {found.digits} digits only, not on {needed}"
        raise PrecisionError(msg)
    return found.value


def agreement(f: Expr, variance: Any, *, digits: int = 15) -> Estimate:
    """Return a Gaussian mean by two quadratures, and the number of digits on which they agree.

    Args:
        f: Function of x without parameters.
        variance: Positive number, or its text.
        digits: Significant decimal digits aimed at, and the most that are told.

    Raises:
        SymbolicInitError: As for `estimate`, but for digits that do not agree.

    Examples:
        >>> from sympy import tanh
        >>> from symbolic_init.notation import x
        >>> agreement(tanh(x)**2, 1, digits=20).digits
        20
    """
    at = as_rational(variance)
    bits = math.ceil(digits * _BITS_PER_DIGIT) + 6
    if not f.has(Sampled):
        try:
            balls = [mean_ball(f, at, bits=b) for b in (bits, bits + _SECOND_BITS)]
        except UnsupportedError:
            pass
        else:
            one, two = (to_mpf(b, bits + 2 * _SECOND_BITS) for b in balls)
            return _agreed(one, two, digits, is_zero=all(b.contains(0) for b in balls))
    with mpmath.workdps(digits + _GUARD_DIGITS):
        return _by_mpmath(f, at, digits)


def _agreed(one: Any, two: Any, digits: int, *, is_zero: bool) -> Estimate:
    """The finer of two numbers, and how many digits they share."""
    if is_zero:
        return Estimate(mpmath.mpf(0), digits)
    with mpmath.workdps(digits + 2 * _GUARD_DIGITS):
        apart = abs(one - two) / max(abs(one), abs(two))
        common = digits if apart == 0 else math.floor(float(-mpmath.log10(apart)))
        return Estimate(mpmath.mpf(two), max(0, min(common, digits)))


def _is_floating(f: Expr) -> bool:
    """Whether a Python function in it computes in double precision."""
    return any(head.args[0].is_floating for head in f.atoms(Sampled))


def _by_mpmath(f: Expr, variance: Expr, digits: int) -> Estimate:
    """The same with mpmath's quadrature, for functions that ball arithmetic lacks."""
    parts = pieces(f)
    if not (parts.complete and switch_points(f)[1]):
        msg = f"the switches of {f} cannot be located, so that its mean cannot be integrated"
        raise UnsupportedError(msg)
    floating = _is_floating(f)
    ctx, compiled = (mpmath.fp, compile_float) if floating else (mpmath.mp, compile_mp)
    q = ctx.mpf(to_mpf(value_ball(variance, bits=mpmath.mp.prec), mpmath.mp.prec))
    cuts = [ctx.mpf(to_mpf(value_ball(c, bits=mpmath.mp.prec), mpmath.mp.prec)) for c in parts.breakpoints]
    runs = [_weighted(compiled(branch), f, q, ctx) for branch in parts.branches]

    def integrand(t: Any) -> Any:
        return runs[bisect(cuts, t)](t)

    reach = _reach(integrand, ctx.sqrt(q), f, _DIGITS_OF_FLOATS if floating else mpmath.mp.dps)
    inner = [c for c in cuts if abs(c) < reach]
    _check_poles(integrand, {q * 0, *inner}, min(ctx.mpf(1), ctx.sqrt(q)), f)
    norm = 1 / ctx.sqrt(2 * ctx.pi * q)
    totals, sizes = [], []
    for start in _STARTS:
        edges = _graded(inner, reach, start * min(ctx.mpf(1), ctx.sqrt(q)))
        values = [ctx.quad(runs[bisect(cuts, (a + b) / 2)], [a, b]) for a, b in pairwise(edges)]
        totals.append(ctx.fsum(values) * norm)
        sizes.append(ctx.fsum(map(abs, values)) * norm)
    negligible = sizes[0] * ctx.mpf(10) ** -min(digits, _DIGITS_OF_FLOATS - 1 if floating else digits)
    one, two = map(mpmath.mpf, totals)
    return _agreed(one, two, digits, is_zero=bool(max(map(abs, totals)) <= negligible))


def _check_poles(integrand: Any, points: Iterable[Any], unit: Any, f: Expr) -> None:
    """Refuse a function that grows beside a point like the reciprocal of the distance, or faster.

    Raises:
        NotIntegrableError: If it does.
    """
    for point in points:
        for side in (-1, 1):
            far, near = (abs(integrand(point + side * d * unit)) * d for d in _BESIDE)
            if near > 0 and near > _POLE * far:
                msg = f"the mean of {f} diverges: it has a pole at x = {mpmath.nstr(mpmath.mpf(point), 6)}"
                raise NotIntegrableError(msg)


def _weighted(run: Any, f: Expr, variance: Any, ctx: Any) -> Any:
    """A branch of a function times the Gaussian weight, refused where it is no number."""

    def integrand(t: Any) -> Any:
        try:
            value = run(t)
        except (ArithmeticError, ValueError) as err:
            msg = f"{f} has no value at x = {mpmath.nstr(mpmath.mpf(t), 6)}: {err}"
            raise DomainError(msg) from err
        if isinstance(value, mpmath.mpc):
            if abs(value.imag) > mpmath.mpf(10) ** (3 - mpmath.mp.dps) * (1 + abs(value)):
                msg = f"{f} is not real at x = {mpmath.nstr(t, 6)}"
                raise DomainError(msg)
            value = value.real
        if ctx.isnan(value):
            msg = f"{f} is not defined at x = {mpmath.nstr(mpmath.mpf(t), 6)}"
            raise DomainError(msg)
        return value * ctx.exp(-t * t / (2 * variance))

    return integrand


def _graded(cuts: Sequence[Any], reach: Any, first: Any) -> list[Any]:
    """Ends of intervals that grow with the distance from 0 and from the breakpoints."""
    anchors = sorted({reach * 0, *cuts})
    ends = {-reach, reach, *anchors}
    for left, c, right in zip([-reach, *anchors], anchors, [*anchors[1:], reach], strict=False):
        step = first
        while step < max(right - c, c - left) * _ROOM:
            ends.update(t for t in (c - step, c + step) if (left - c) * _ROOM < t - c < (right - c) * _ROOM)
            step *= _GROWTH
    return sorted(ends)


def _reach(integrand: Any, deviation: Any, f: Expr, digits: int) -> Any:
    """Half the length of a range at whose ends the integrand is negligible."""
    reach = deviation * math.sqrt(2 * math.log(10) * (digits + 3))
    for _ in range(_MOST_WIDENINGS):
        peak = max(abs(integrand(reach * k / 23)) for k in range(-22, 23) if k)
        last = max(abs(integrand(s * reach * t)) for s in (-1, 1) for t in (1, 1.07))
        if last <= peak * mpmath.mpf(10) ** -digits:
            return reach
        reach *= 1.4
    msg = f"the mean of {f} over a Gaussian of variance {mpmath.nstr(mpmath.mpf(deviation**2), 6)} diverges"
    raise NotIntegrableError(msg)
