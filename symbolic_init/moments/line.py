"""The integral of a function times a Gaussian weight, piece by piece, in ball arithmetic."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from flint import acb, arb, ctx
from sympy import Expr

from symbolic_init.errors import DomainError, NotIntegrableError, PrecisionError
from symbolic_init.moments.ball import compiled_at, real_function, real_part, value_ball
from symbolic_init.moments.breakpoints import numeric_points, singular_points, switch_points
from symbolic_init.moments.compilation import Program
from symbolic_init.moments.detour import detour
from symbolic_init.moments.panels import sampled_integral

__all__ = ["Line"]

_MOST_WIDENINGS = 90
"""Widenings of the range (all but the first by 2) before a mean counts as divergent."""
_FIRST_NONZERO = 72
"""Widenings before a function that was 0 wherever it was looked at counts as 0."""
_EVALUATIONS_PER_BIT = 50
"""Evaluations of an analytic integrand on one piece before it is taken for a difficult one."""
_INSIDE = 0.487
"""Where between its ends a piece is looked at: not in the middle, where merged pieces may have met."""
_FRACTIONS = (0.003, 0.05, 0.23, 0.52, 0.77, 0.95, 0.997)
_DEVIATIONS = (0.03, 0.3, 1.0, 2.0, 3.0, 5.0)
_PLACES = (0.01, 0.1, 0.3, 1.0, 3.0, 10.0, 100.0)
_CLIMBS = 24
_GROWTH = 28
"""Bits that a function may grow by toward the first range: x**4 does, so that it need not be widened."""
_BOUNDED = 0.02
"""Growth like a smaller power of 1/distance than this is taken for none."""
_CLIMB = 10
"""Bits by which the integrand on a path beside the line may exceed its peak on the line."""
_PRECISIONS = (2, 5, 12, 30)
"""Multiples of the precision with which a function is looked at near a point where terms may cancel."""
_LEGIBLE = 4
"""Right bits of a value whose size counts."""
_MOST_EXPONENT = 1e30
"""Binary exponents beyond belong to no values: they are where balls give up."""
_LEAST_DECAY = -1.0
"""Slower than this (a binary logarithm per doubling of x), an integrand does not decay."""


class _Piece(NamedTuple):
    """A stretch of the line: its ends, and the function on it."""

    low: Any
    high: Any
    run: Program


class Line:
    """The integrand times the weight on an effective range, at the current precision of flint.

    Args:
        f: Function of x without parameters.
        variance: Variance of the weight, a ball.
        bits: Accuracy aimed at, relative to the largest values of the integrand.

    Attributes:
        scale: Size of the mean of |f|, roughly: the accuracy aimed at is relative to it.
    """

    def __init__(self, f: Expr, variance: Any, bits: int) -> None:
        self._f = f
        self._bits = bits
        self._rate = -1 / (2 * variance)
        self._norm = (2 * arb.pi() * variance).rsqrt()
        self._deviation = math.sqrt(float(variance.mid()))
        points, self._complete = switch_points(f)
        self._points = tuple(value_ball(c, bits=bits + 8) for c in points)
        self._exact_points = points
        self._reach = self._deviation * math.sqrt(2 * math.log(2) * (bits + _GROWTH))
        self._pieces = self._cut()
        self._peak = self._widen()
        self.scale = arb(0) if self._peak == -math.inf else self._size(self._peak) * self._norm

    def _size(self, peak: float) -> Any:
        width = min(self._deviation, self._reach)
        return arb(2) ** math.floor(peak + math.log2(width))

    def _cut(self) -> tuple[_Piece, ...]:
        """The pieces of the effective range."""
        inner = [c for c in self._points if abs(c) < self._reach]
        if not self._complete:
            inner += numeric_points(
                self._f, -self._reach, self._reach, compiled=real_function, bits=self._bits
            )
        return self._between(sorted(inner, key=lambda c: float(c.mid())))

    def _between(self, inner: Sequence[Any]) -> tuple[_Piece, ...]:
        found = []
        for low, high in pairwise((arb(-self._reach), *inner, arb(self._reach))):
            if high > low:
                inside = float((low + (high - low) * _INSIDE).mid())
                found.append(_Piece(low, high, compiled_at(self._f, inside)))
        return tuple(found)

    def _log_size(self, run: Program, place: Any) -> float:
        """Binary logarithm of |f| times the weight, without its constant factor."""
        ball = run(acb(place))
        if ball.imag.is_finite() and not ball.imag.contains(0):
            msg = f"{self._f} is not real at x = {float(place):.6g}"
            raise DomainError(msg)
        return _log2(ball.real * (place * place * self._rate).exp())

    def _widen(self) -> float:
        """Extend the range until its ends are negligible; return the logarithm of the peak."""
        slope = first = 0.0
        for attempt in range(_MOST_WIDENINGS):
            peak = max(map(self._summit, self._pieces), default=-math.inf)
            last = max(self._ends(r) for r in (1.0, 1.07))
            first = max(peak, last) if attempt == 0 else first
            if last < peak - self._bits - 8 or (peak == last == -math.inf and attempt > _FIRST_NONZERO):
                return peak
            slope = self._ends(2.0) - last
            self._reach *= 1.25 if attempt < 8 else 2
            self._pieces = self._cut()
        if slope < _LEAST_DECAY and math.isfinite(slope):
            msg = f"the integrand of the mean of {self._f} decays too slowly to be integrated numerically"
            raise PrecisionError(msg)
        if abs(first) > _MOST_EXPONENT and first != -math.inf:
            msg = f"no value of {self._f} could be computed: the numbers in it are too large"
            raise PrecisionError(msg)
        raise self._diverges()

    def _ends(self, factor: float) -> float:
        """Largest size of the integrand at both ends of the range, or beyond them."""
        place = self._reach * factor
        if factor > 1 and not (self._complete and all(abs(c) < self._reach for c in self._points)):
            runs = compiled_at(self._f, -place), compiled_at(self._f, place)
        else:
            runs = self._pieces[0].run, self._pieces[-1].run
        return max(self._log_size(runs[0], arb(-place)), self._log_size(runs[1], arb(place)))

    def _summit(self, piece: _Piece) -> float:
        """The largest size that is found on a piece: at many places, and uphill from the best."""
        width = piece.high - piece.low
        low, high = float(piece.low.mid()), float(piece.high.mid())
        places = [float((piece.low + width * t).mid()) for t in _FRACTIONS]
        places += [s * t * self._deviation for t in _DEVIATIONS for s in (-1, 1)]
        places += [s * t for t in _PLACES for s in (-1, 1)]
        for end, side in ((low, 1), (high, -1)):
            places += [
                end + side * self._deviation**2 / max(abs(end), self._deviation) * t for t in (0.3, 1.0)
            ]
        sizes = {p: self._log_size(piece.run, arb(p)) for p in places if low < p < high}
        ordered = sorted(p for p, s in sizes.items() if s < math.inf)
        if not ordered:
            return -math.inf
        best = max(range(len(ordered)), key=lambda i: sizes[ordered[i]])
        left = ordered[best - 1] if best else low
        right = ordered[best + 1] if best + 1 < len(ordered) else high
        return self._climbed(piece, ordered[best], sizes[ordered[best]], left, right)

    def _climbed(self, piece: _Piece, place: float, size: float, left: float, right: float) -> float:
        """Uphill from a place between two others."""
        for step in range(_CLIMBS):
            new = (place + (left if step % 2 else right)) / 2
            found = self._log_size(piece.run, arb(new)) if left < new < right else -math.inf
            if size < found < math.inf:
                left, right = (left, place) if new < place else (place, right)
                place, size = new, found
            elif new < place:
                left = max(left, new)
            else:
                right = min(right, new)
            if step > 3 and right - left < 0.2 * self._deviation and found > size - 4:
                break
        return size

    def mean(self) -> Any:
        """Return the mean as a ball, or `None` where this precision does not suffice."""
        if self._peak == -math.inf:
            return arb(0)
        goal = self._size(self._peak) * arb(2) ** -(self._bits + 2)
        singular = [value_ball(c, bits=2 * self._bits) for c in singular_points(self._f)]
        total = arb(0)
        for piece in self._pieces:
            inside = [c for c in singular if not (c < piece.low or c > piece.high)]
            part = self._regular(piece, goal, inside)
            if part is None:
                return None
            total += part
        rest = self._ends(1.0)
        if rest > -math.inf:
            total += arb(0, arb(2) ** math.ceil(rest + math.log2(self._reach)))
        return total * self._norm

    def _regular(self, piece: _Piece, goal: Any, singular: Sequence[Any]) -> Any:
        """The integral over one piece: enclosed, or else toward singular points, or else sampled."""
        if singular:
            return self._split(piece, goal, singular)
        limit = _EVALUATIONS_PER_BIT * (self._bits + 20)
        part = self._enclosed(piece, goal, limit)
        if part is not None and part.rad() < 64 * goal:
            return part
        rate = self._rate

        def integrand(t: Any) -> Any:
            return real_part(piece.run(acb(t)), self._f) * (t * t * rate).exp()

        anchors = [arb(0)] if piece.low < 0 < piece.high else []
        return sampled_integral(
            integrand, piece.low.mid(), piece.high.mid(), anchors=anchors, goal=goal, bits=self._bits
        )

    def _enclosed(self, piece: _Piece, goal: Any, limit: int) -> Any:
        """The integral over one piece by acb.integral, or `None`."""
        found = self._along(piece.run, (piece.low, piece.high), goal, limit)
        return real_part(found, self._f) if found.is_finite() else None

    def _along(
        self, run: Program, path: Sequence[Any], goal: Any, limit: int, factor: Program | None = None
    ) -> Any:
        """The integral along a polygon in the complex plane, perhaps times a factor."""
        rate = self._rate

        def integrand(u: Any, analytic: Any) -> Any:
            value = run(u, analytic) * (u * u * rate).exp()
            return value if factor is None else value * factor(u, analytic)

        tolerance = arb(2) ** -self._bits
        total = acb(0)
        for start, end in pairwise(map(acb, path)):
            total += acb.integral(integrand, start, end, abs_tol=goal, rel_tol=tolerance, eval_limit=limit)
        return total

    def _split(self, piece: _Piece, goal: Any, singular: Sequence[Any]) -> Any:
        """The integral over a piece with singular points in it or at its ends."""
        inner = sorted((c for c in singular if piece.low < c < piece.high), key=lambda c: float(c.mid()))
        points = (piece.low, *inner, piece.high)
        total = arb(0)
        ends: list[tuple[Any, bool]] = []
        for low, point, high in zip((None, *points), points, (*points[1:], None), strict=False):
            is_singular = any(c.overlaps(point) for c in singular)
            around = self._around(piece.run, low, point, high, goal) if is_singular else None
            reach, part = (arb(0), arb(0)) if around is None else around
            ends += [
                (point + side * reach, is_singular and around is None)
                for side, other in ((-1, low), (1, high))
                if other is not None
            ]
            total += part
        pairs = iter(ends)
        for (low, singular_low), (high, singular_high) in zip(pairs, pairs, strict=True):
            if singular_low or singular_high:
                middle = (low + high) / 2
                parts = [self._toward(piece.run, end, middle, goal) for end in (low, high)]
            else:
                parts = [self._regular(_Piece(low, high, piece.run), goal, ())]
            if None in parts:
                return None
            total += sum(parts, arb(0))
        return total

    def _around(self, run: Program, low: Any, point: Any, high: Any, goal: Any) -> tuple[Any, Any] | None:
        """A distance from a point, and the integral over so much of the line beside it.

        Where the function is bounded at the point and otherwise analytic near it, the path leads past
        an inner point. At an end (`low` or `high` is `None`) the integral from u to v is that of
        `log((z - u)/(z - v))/(2*pi*i)` times the function around both (Cauchy's formula, integrated).
        """
        others = [c for c in (low, high) if c is not None]
        if any(self._order(point, c) > _BOUNDED for c in others):
            return None
        inside = float((point + (others[-1] - point) * (_INSIDE / 2)).mid())
        room = arb(min(self._deviation, *(float(abs(c - point).lower()) for c in others)) / 2)
        radius = detour(self._f, point, room, lambda e: compiled_at(e, inside))
        if radius is None:
            return None
        radius = radius.mid()
        while True:
            top = acb(point.mid(), radius)
            if _log2(run(top) * (top * top * self._rate).exp()) < self._peak + _CLIMB:
                break
            radius /= 2
            if radius < room * arb(2) ** -_GROWTH:
                return None
        path = (point - radius, top, point + radius)
        limit = _EVALUATIONS_PER_BIT * (self._bits + 20)
        if len(others) == 2:
            part = self._along(run, path, goal, limit).real
        else:
            radius /= 2
            u, v = (point, point + radius) if low is None else (point - radius, point)

            def spread(z: Any, analytic: Any) -> Any:
                return ((z - u) / (z - v)).log(analytic=analytic)

            part = -self._along(run, path, goal, limit, spread).imag / arb.pi()
        return (radius, part) if part.is_finite() and part.rad() < 64 * goal else None

    def _order(self, end: Any, other: Any) -> float:
        """The power of 1/distance by which the function grows toward a point, from one side."""
        near, nearer = self._bits // 2, self._bits
        distance = other - end
        inside = float((end + distance * _INSIDE).mid())
        values: list[Any] = []
        for factor in _PRECISIONS:  # at a removable point most digits cancel
            with ctx.workprec(factor * ctx.prec):
                run = compiled_at(self._f, inside)
                values = [run(acb((end + distance * arb(2) ** -k).mid())).real for k in (near, nearer)]
            if all(v.is_finite() and v.rel_accuracy_bits() > _LEGIBLE for v in values):
                break
        else:
            return 0.0 if max(map(_log2, values)) < self._peak else math.inf
        sizes = [_log2(v) for v in values]
        return 0.0 if -math.inf in sizes else (sizes[1] - sizes[0]) / (nearer - near)

    def _toward(self, run: Program, end: Any, middle: Any, goal: Any) -> Any:
        """The integral between a point and an end that may be singular, by `x = end + d*exp(-t)`."""
        distance = middle - end
        slope = self._order(end, middle)
        if slope == math.inf:
            return None
        if slope > 0.99:
            raise self._diverges(near=end)
        length = arb((self._bits + 20) * math.log(2) / (1 - max(slope, 0.0)))
        rate = self._rate

        def integrand(t: Any, analytic: Any = False) -> Any:  # noqa: FBT002 # flint passes it by position
            step = distance * (-t).exp()
            u = end + step
            return run(u, analytic) * (u * u * rate).exp() * step

        found = acb.integral(
            integrand,
            acb(0),
            acb(length),
            abs_tol=goal,
            rel_tol=arb(2) ** -self._bits,
            eval_limit=4 * _EVALUATIONS_PER_BIT * self._bits,
        )
        part = real_part(found, self._f) if found.is_finite() else None
        if part is None or part.rad() > 64 * goal:
            part = sampled_integral(
                lambda t: real_part(integrand(acb(t)), self._f),
                arb(0),
                length,
                anchors=(),
                goal=goal,
                bits=self._bits,
            )
        return part if part is None or distance > 0 else -part

    def _diverges(self, *, near: Any = None) -> NotIntegrableError:
        where = "" if near is None else f", because of x = {float(near.mid()):.6g}"
        return NotIntegrableError(
            f"the mean of {self._f} over a Gaussian of variance {self._deviation**2:.6g} diverges{where}"
        )


def _log2(ball: Any) -> float:
    """Binary logarithm of the largest absolute value of a ball."""
    size = abs(ball).upper()
    if not size.is_finite():
        return math.inf
    mantissa, exponent = size.man_exp()
    return math.log2(int(mantissa)) + int(exponent) if mantissa else -math.inf
