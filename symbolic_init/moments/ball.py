"""Values and Gaussian means in ball arithmetic."""

import math
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType
from typing import Any, NamedTuple

import flint
from flint import acb, arb, fmpq
from sympy import Expr, Rational, Symbol
from sympy.core.sympify import _sympify

from symbolic_init.errors import DomainError, NotIntegrableError, PrecisionError
from symbolic_init.moments.breakpoints import numeric_points, singular_points, switch_points
from symbolic_init.moments.compilation import Program, compile_ball
from symbolic_init.notation import GaussianMean, Root, x

__all__ = ["line_points", "mean_ball", "point_values", "value_ball"]

_GUARD = 24
"""Bits beyond those asked for in the first attempt."""
_MOST_BITS = 1 << 14
"""Working precision at which a value that is not told from 0 counts as 0."""
_MOST_WIDENINGS = 90
"""Widenings of the range (the last ones by 2) before a mean counts as divergent."""
_EVALUATIONS = 4000
"""Evaluations of the integrand on one piece before it is looked at for singular points."""
_NOTHING: Mapping[Symbol, Any] = MappingProxyType({})
_LOG2_E = math.log2(math.e)


def value_ball(expr: Expr, *, substitution: Mapping[Symbol, Any] = _NOTHING, bits: int = 64) -> arb:
    """Return a proven enclosure of a real number, with a relative accuracy of `bits` bits.

    A number that cannot be told from 0 with thousands of bits comes back as a tiny ball around 0.
    Unevaluated means within the expression are those of `mean_ball`, with its restriction.

    Args:
        expr: Expression in the symbols of `substitution`.
        substitution: A rational number (or another exact number) for every symbol.
        bits: Binary digits.

    Raises:
        AssumptionError: If a symbol has no value.
        DomainError: If the value is not real.
        UnsupportedError: If a head is unknown.

    Examples:
        >>> from sympy import Rational, sqrt
        >>> from symbolic_init.notation import q
        >>> value_ball(sqrt(q), substitution={q: Rational(1, 4)})
        0.500000000000000
    """
    precision = bits + _GUARD
    while True:
        with flint.ctx.workprec(precision):
            ball = _value(expr, substitution, precision)
        finite = ball.is_finite()
        if finite and (ball.real.rel_accuracy_bits() >= bits or precision > _MOST_BITS):
            return _real_part(ball, expr)
        if precision > _MOST_BITS:
            msg = f"{expr} has no finite value that could be computed"
            raise PrecisionError(msg)
        precision *= 2


def _real_part(ball: Any, what: Any) -> Any:
    if not ball.imag.contains(0):
        msg = f"{what} is not real"
        raise DomainError(msg)
    return ball.real


def _value(expr: Expr, substitution: Mapping[Symbol, Any], bits: int) -> Any:
    """The value at the current precision."""
    numbers = {s: _number(v, bits) for s, v in substitution.items()}
    run = compile_ball(
        expr,
        variable=_UNUSED,
        values=numbers,
        at=lambda u: value_ball(u, substitution=substitution, bits=32),
        heads=_heads(substitution, bits),
    )
    return run()


def _heads(substitution: Mapping[Symbol, Any], bits: int) -> Mapping[Any, Callable[[Expr], Any]]:
    """How the heads that stand for a number are evaluated."""
    return {
        GaussianMean: lambda e: acb(_mean(e.xreplace(substitution), bits)),
        Root: lambda e: acb(_root(e.xreplace(substitution), bits)),
    }


_UNUSED = Symbol("_unused")


def _number(value: Any, bits: int) -> Any:
    if value.is_Rational:
        return acb(fmpq(int(value.p), int(value.q)))
    return acb(value_ball(value, bits=bits))


@lru_cache(maxsize=64)
def _mean(head: GaussianMean, bits: int) -> Any:
    return _converged(head.integrand, head.variance, bits)


@lru_cache(maxsize=64)
def _root(head: Root, bits: int) -> Any:
    from symbolic_init.moments.root import root_ball

    return root_ball(head, bits=bits)


def mean_ball(
    f: Expr, variance: Expr, *, parameters: Mapping[Symbol, Rational] = _NOTHING, bits: int = 64
) -> arb:
    """Return `E[f(sqrt(variance)*z)]` as a ball, by adaptive integration between the breakpoints.

    The integral over a finite range is enclosed. The range ends where the Gaussian weight makes
    the rest negligible, as seen at a few points; what lies beyond is estimated (and added to the
    radius), not proven: **do not call the ball a bound**.

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
        [0.500000000000000 +/- 4.47e-20]
    """
    values = dict(parameters)
    return _converged(f.xreplace(values), _sympify(variance).xreplace(values), bits)


def _converged(f: Expr, variance: Expr, bits: int) -> Any:
    """The mean at rising precision until it has the accuracy."""
    if x not in f.free_symbols:
        return value_ball(f, bits=bits)
    reached: Any = None
    for attempt in range(5):
        precision = (bits + _GUARD) * (1 << attempt) if attempt else bits + _GUARD
        goal = precision - _GUARD // 2
        with flint.ctx.workprec(precision + 10):
            line = _Line(f, value_ball(variance, bits=precision), goal)
            ball = line.mean()
        if ball is not None:
            reached = ball
            if ball.rel_accuracy_bits() >= bits or (attempt and ball.contains(0)):
                return ball
    if reached is None:
        msg = f"the mean of {f} cannot be computed to {bits} bits: the integrand is too rough"
        raise PrecisionError(msg)
    return reached


def line_points(f: Expr, reach: float) -> tuple[float, ...]:
    """Return where an integral of a function without parameters over `[-reach, reach]` is to be split."""
    points, complete = switch_points(f)
    found = [float(value_ball(c, bits=60).mid()) for c in (*points, *singular_points(f))]
    if not complete:
        inner = numeric_points(f, -reach, reach, compiled=_compiled, bits=60)
        found += [float(c.mid()) for c in inner]
    return tuple(sorted(set(found)))


def point_values(f: Expr, places: Sequence[float]) -> list[float]:
    """Return a function without parameters at some floats, correctly to nearly the last bit."""
    cuts = line_points(f, max(map(abs, places), default=1.0))
    programs: dict[tuple[int, int], Program] = {}
    found = []
    for place in places:
        side = bisect_left(cuts, place)
        precision = 80
        while True:
            with flint.ctx.workprec(precision):
                run = programs.get((side, precision))
                if run is None:
                    run = compile_ball(f, at=_at(place), heads=_heads(_NOTHING, precision))
                    programs[side, precision] = run
                ball = run(acb(place)).real
            if ball.rel_accuracy_bits() >= 53 or precision > 4000:
                break
            precision *= 2
        found.append(float(ball.mid()))
    return found


def _at(point: float) -> Callable[[Expr], Any]:
    """Values at one rational point."""
    place = {x: Rational(*point.as_integer_ratio())}
    return lambda u: value_ball(u, substitution=place, bits=32)


def _compiled(u: Expr, point: float) -> Callable[[Any], Any]:
    """A real function near one point."""
    run = compile_ball(u, at=_at(point), heads=_heads(_NOTHING, flint.ctx.prec))
    return lambda t: run(acb(t)).real


class _Piece(NamedTuple):
    """A stretch of the line: its ends, and the function on it."""

    low: Any
    high: Any
    run: Program


class _Line:
    """The integrand times the weight on an effective range, at the current precision."""

    def __init__(self, f: Expr, variance: Any, bits: int) -> None:
        self._f = f
        self._bits = bits
        self._heads = _heads(_NOTHING, bits)
        self._rate = -1 / (2 * variance)
        self._norm = (2 * arb.pi() * variance).rsqrt()
        self._deviation = math.sqrt(float(variance.mid()))
        self._log_rate = float(self._rate.mid()) * _LOG2_E
        points, self._complete = switch_points(f)
        self._points = tuple(value_ball(c, bits=bits + 8) for c in points)
        self.reach = self._deviation * math.sqrt(2 * math.log(2) * (bits + 12))
        self.pieces = self._cut()
        self.peak = self._widen()

    def _cut(self) -> tuple[_Piece, ...]:
        """The pieces of the effective range."""
        inner = [c for c in self._points if abs(c) < self.reach]
        if not self._complete:
            inner += numeric_points(self._f, -self.reach, self.reach, compiled=_compiled, bits=self._bits)
        return self._pieces(inner)

    def _pieces(self, points: Sequence[Any]) -> tuple[_Piece, ...]:
        inner = sorted(points, key=lambda c: float(c.mid()))
        ends = [arb(-self.reach), *inner, arb(self.reach)]
        found = []
        for low, high in pairwise(ends):
            if high > low:
                middle = float((low + (high - low) * _INSIDE).mid())
                found.append(_Piece(low, high, compile_ball(self._f, at=_at(middle), heads=self._heads)))
        return tuple(found)

    def _log_size(self, piece: _Piece, place: Any) -> float:
        """Binary logarithm of |f| times the weight, without its constant factor."""
        ball = piece.run(acb(place))
        if ball.imag.is_finite() and not ball.imag.contains(0):
            msg = f"{self._f} is not real at x = {float(place):.6g}"
            raise DomainError(msg)
        size = abs(ball.real).upper()
        if not size.is_finite():
            return math.inf
        mantissa, exponent = size.man_exp()
        if mantissa == 0:
            return -math.inf
        weight = self._log_rate * float(place) ** 2
        return math.log2(int(mantissa)) + int(exponent) + weight

    def _widen(self) -> float:
        """Extend the range until its ends are negligible; return the logarithm of the peak."""
        slope = 0.0
        for attempt in range(_MOST_WIDENINGS):
            peak = max(self._samples())
            last = [self._ends(r) for r in (1.0, 1.07)]
            if max(last) <= peak - self._bits - 8 or (peak == max(last) == -math.inf and attempt > 70):
                return peak
            slope = self._ends(2.0) - last[0]
            self.reach *= 1.25 if attempt < 8 else 2
            self.pieces = self._cut()
        if slope < -1 and math.isfinite(slope):
            msg = f"the integrand of the mean of {self._f} decays too slowly to be integrated numerically"
            raise PrecisionError(msg)
        raise _diverges(self._f, self._deviation)

    def _ends(self, factor: float) -> float:
        place = self.reach * factor
        return max(self._log_size(self.pieces[0], arb(-place)), self._log_size(self.pieces[-1], arb(place)))

    def _samples(self) -> list[float]:
        found = [-math.inf]
        for piece in self.pieces:
            width = piece.high - piece.low
            places = [(piece.low + width * t).mid() for t in _FRACTIONS]
            own = [arb(self._deviation * t) for t in _SCALES]
            places += [p for p in own if piece.low < p < piece.high]
            found += [s for s in (self._log_size(piece, p) for p in places) if s < math.inf]
        return found

    def mean(self) -> Any:
        """Return the mean as a ball, or `None` where this precision does not suffice."""
        if self.peak == -math.inf:
            return arb(0)
        goal = arb(2) ** math.floor(self.peak + math.log2(self.reach) - self._bits - 6)
        total = arb(0)
        for piece in self.pieces:
            part = self._integral(piece.run, piece.low, piece.high, goal, limit=_EVALUATIONS)
            if part is None or part.rad() > 64 * goal:
                part = self._split(piece, goal)
            if part is None:
                return None
            total += part
        rest = arb(0, arb(2) ** math.ceil(self._ends(1.0) + math.log2(self.reach))) if self._tail() else 0
        return (total + rest) * self._norm

    def _tail(self) -> bool:
        return self._ends(1.0) > -math.inf

    def _integral(self, run: Program, low: Any, high: Any, goal: Any, *, limit: int) -> Any:
        """The integral over one stretch, or `None`."""
        rate = self._rate

        def integrand(u: Any, analytic: Any) -> Any:
            return run(u, analytic) * (u * u * rate).exp()

        found = acb.integral(
            integrand, acb(low), acb(high), abs_tol=goal, rel_tol=arb(2) ** -self._bits, eval_limit=limit
        )
        return _real_part(found, self._f) if found.is_finite() else None

    def _split(self, piece: _Piece, goal: Any) -> Any:
        """The integral over a stretch with singular points within or at the ends."""
        points = (value_ball(c, bits=self._bits * 2) for c in singular_points(self._f))
        inner = sorted((c for c in points if piece.low < c < piece.high), key=lambda c: float(c.mid()))
        ends = [piece.low, *inner, piece.high]
        total = arb(0)
        for low, high in pairwise(ends):
            middle = (low + high) / 2
            for end in (low, high):
                part = self._toward(piece.run, end, middle, goal)
                if part is None:
                    return None
                total += part
        return total

    def _toward(self, run: Program, end: Any, middle: Any, goal: Any) -> Any:
        """The integral between a point and an end that may be singular, by `x = end + d*exp(-t)`."""
        distance = middle - end
        sizes = []
        for k in (self._bits // 2, self._bits):
            ball = run(acb(end + distance * arb(2) ** -k))
            mantissa, exponent = abs(ball.real).upper().man_exp() if ball.real.is_finite() else (0, 0)
            if not ball.real.is_finite():
                return None
            sizes.append(math.log2(int(mantissa)) + int(exponent) if mantissa else -math.inf)
        slope = 0.0 if -math.inf in sizes else (sizes[1] - sizes[0]) / (self._bits - self._bits // 2)
        if slope >= 0.99:
            raise _diverges(self._f, self._deviation, near=end)
        length = (self._bits + 20) * math.log(2) / (1 - max(slope, 0.0))
        rate = self._rate

        def integrand(t: Any, analytic: Any) -> Any:
            step = distance * (-t).exp()
            u = end + step
            return run(u, analytic) * (u * u * rate).exp() * step

        found = acb.integral(
            integrand,
            acb(0),
            acb(length),
            abs_tol=goal,
            rel_tol=arb(2) ** -self._bits,
            eval_limit=20 * _EVALUATIONS,
        )
        if not found.is_finite():
            return None
        return found.real * (1 if distance > 0 else -1)


_INSIDE = 0.487
"""Where between its ends a piece is looked at: not in the middle, where merged pieces may have met."""
_FRACTIONS = (0.003, 0.05, 0.23, 0.52, 0.77, 0.95, 0.997)
_SCALES = (-5.0, -3.0, -2.0, -1.0, -0.3, -0.03, 0.03, 0.3, 1.0, 2.0, 3.0, 5.0)


def _diverges(f: Expr, deviation: float, *, near: Any = None) -> NotIntegrableError:
    where = "" if near is None else f", because of x = {float(near.mid()):.6g}"
    return NotIntegrableError(
        f"the mean of {f} over a Gaussian of variance {deviation**2:.6g} diverges{where}"
    )
