r"""All fixed points of the length map in an interval of variances, with a proof that there are no others.

With `F(q) = sigma_b2 + sigma_w2*M(q) - q`, `M' = (T_1/q - M)/(2*q)` and
`M'' = (T_2/q**2 - 6*T_1/q + 3*M)/(4*q**2)`, where `T_k = E[x**(2*k)*g**2]`. The density of variance q is
at most `sqrt(b/a)` times that of variance b for all q in `[a, b]`, so means at b bound `|M''|` on all of it.
`M''` is the same for `k = g**2 - s**2*x**2` instead of g**2, with the slopes s of the tails of g on either
side: their part of M is linear in q. Far out k is small, and `T_k = E[x**(2*k)*abs(k)]` bounds `|M''|` well.
An interval has no zero where `|F| > |F'|*r + B*r**2/2` at its middle, and at most one where `|F'| > B*r`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any, NamedTuple, final

from flint import arb
from sympy import Abs, Expr, Piecewise, Rational, S, cancel

from symbolic_init.activation import Activation
from symbolic_init.activation import activation as read
from symbolic_init.analysis.pieces import as_expression, pieces
from symbolic_init.analysis.tails import tails
from symbolic_init.errors import AssumptionError, NotIntegrableError, PrecisionError, UnsupportedError
from symbolic_init.evidence import Moment, Value
from symbolic_init.meanfield.solving import root_value, slope_at
from symbolic_init.moments.ball import value_ball
from symbolic_init.moments.evaluation import as_rational
from symbolic_init.moments.mean import mean_of
from symbolic_init.moments.zero_search import joined
from symbolic_init.notation import GaussianMean, Root, q, x

__all__ = ["FixedPoint", "FixedPoints", "fixed_points"]

_BITS = 36
"""Accuracy of the means in the search."""
_FEW_BITS = 8
"""The same where a bound is enough."""
_FIRST_RATIO = Fraction(5, 4)
"""Ratio of the ends of the first intervals."""
_LEAST_RATIO = Fraction(1, 10**7)
"""Relative width at which an interval that resists is called unresolved."""
_MOST_INTERVALS = 20_000


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class FixedPoint:
    """One fixed point.

    Attributes:
        q: The variance there.
        V_prime: Slope of the length map there.
        stable: Whether the slope is proven to be between -1 and 1 (outside: False; `None`: not decided).
    """

    q: Value
    V_prime: Value
    stable: bool | None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class FixedPoints:
    """What is known of the fixed points in an interval.

    Attributes:
        interval: The interval of variances that was searched.
        points: The fixed points, each proven to be the only one in its bracket, in increasing order.
        unresolved: Brackets in which zero, one or more fixed points lie too close together to be told
            apart. Everywhere else in the interval it is proven that there is none.
        every_q: Every variance is fixed: `V(q) = q` holds as an identity.
    """

    interval: tuple[Expr, Expr]
    points: tuple[FixedPoint, ...]
    unresolved: tuple[tuple[Expr, Expr], ...]
    every_q: bool = False


def fixed_points(
    activation: Expr | str | Activation,
    *,
    sigma_w2: Any,
    sigma_b2: Any = 0,
    low: Any = "1/1000",
    high: Any = 1000,
    settings: Mapping[str, Any] | None = None,
) -> FixedPoints:
    """Return all fixed points `q = sigma_b2 + sigma_w2*E[g(sqrt(q)*z)**2]` in `[low, high]`.

    Args:
        activation: A catalog name, text in `x`, or a SymPy expression, without free parameters.
        sigma_w2: Fan-in times the weight variance; a number, or an exact expression.
        sigma_b2: Bias variance.
        low: Lower end of the interval, positive.
        high: Upper end.
        settings: Numbers for parameters, by name.

    Raises:
        AssumptionError: If parameters are left, or the interval is empty.
        NotIntegrableError: If the means diverge in the interval.
        UnsupportedError: If nothing can be proven of the means.

    Examples:
        >>> found = fixed_points("tanh(x)", sigma_w2="3/2", sigma_b2="1/20")
        >>> [round(float(p.q), 6) for p in found.points], found.unresolved
        ([0.418037], ())
    """
    subject = read(activation, settings=settings)
    if subject.assumptions.symbols:
        names = ", ".join(s.name for s in subject.assumptions.symbols)
        msg = f"give the parameters values: {names}"
        raise AssumptionError(msg)
    weight, bias, ends = as_rational(sigma_w2), as_rational(sigma_b2), (as_rational(low), as_rational(high))
    if not 0 < ends[0] < ends[1]:
        msg = f"the interval from {ends[0]} to {ends[1]} must be one of positive variances"
        raise AssumptionError(msg)
    square = subject.expression**2
    means = tuple(mean_of(x ** (2 * k) * square, subject.assumptions) for k in range(3))
    if (ends[1] < means[0].limit) == False:  # noqa: E712  # a SymPy relation
        msg = f"the mean of g^2 is finite only for q < {means[0].limit}: choose a smaller upper end"
        raise NotIntegrableError(msg)
    second = means[0].expr
    if second is not None and cancel(weight * second + bias - q) == 0:
        return FixedPoints(interval=ends, points=(), unresolved=(), every_q=True)
    map_ = _Map(weight, bias, means, _without_tails(subject))
    found = list(_searched(map_, *(Fraction(int(e.p), int(e.q)) for e in ends)))
    unresolved = (part for part in found if not part.is_root)
    return FixedPoints(
        interval=ends,
        points=tuple(_point(map_, part) for part in found if part.is_root),
        unresolved=tuple((_exact(p.low), _exact(p.high)) for p in joined(unresolved, belong=_are_one)),
    )


class _Part(NamedTuple):
    """A bracket of the interval; `is_root` where it holds exactly one zero."""

    low: Fraction
    high: Fraction
    is_root: bool


def _without_tails(subject: Activation) -> Expr | None:
    """The size of `g**2` less the parabolas that it approaches, or `None` where it does not or they are 0."""
    slopes = tails(pieces(subject.expression), subject.assumptions).slopes
    if slopes is None or not all(s.is_finite for s in slopes) or slopes == (0, 0):
        return None
    parabolas = Piecewise((slopes[0] ** 2 * x**2, x < 0), (slopes[1] ** 2 * x**2, True))
    rest = pieces(subject.expression**2 - parabolas)
    return Abs(as_expression(rest)) if any(b.expand() != 0 for b in rest.branches) else S.Zero


class _Map:
    """The length map with its means, evaluated with proof; `rest` as of `_without_tails`."""

    def __init__(self, weight: Expr, bias: Expr, means: tuple[Moment, ...], rest: Expr | None) -> None:
        self.weight, self.bias, self.means, self.rest = weight, bias, means, rest
        self._weight, self._bias = (value_ball(e, bits=2 * _BITS) for e in (weight, bias))
        self._values: dict[tuple[int, Fraction], Any] = {}

    def mean(self, order: int, place: Fraction) -> Any:
        """`E[x**(2*order)*g**2]` as a proven ball."""
        key = order, place
        if key not in self._values:
            definition = self.means[order].definition
            self._values[key] = value_ball(
                definition, substitution={q: _exact(place)}, bits=_BITS, proven=True
            )
        return self._values[key]

    def excess(self, place: Fraction) -> Any:
        """`V(q) - q`."""
        return self._bias + self._weight * self.mean(0, place) - _ball(place)

    def slope(self, place: Fraction) -> Any:
        """`V'(q) - 1`."""
        at = _ball(place)
        return self._weight * (self.mean(1, place) / at - self.mean(0, place)) / (2 * at) - 1

    def curvature(self, low: Fraction, high: Fraction) -> Any:
        """A bound of `|V''|` on an interval."""
        a, b = _ball(low), _ball(high)
        sizes = self._sizes(high)
        upper, lower = sizes[2] / a**2 + 3 * sizes[0], 6 * sizes[1] / a
        return self._weight * upper.max(lower) * (b / a).sqrt() / (4 * a**2)

    def _sizes(self, place: Fraction) -> tuple[Any, ...]:
        """Upper bounds of `E[x**(2*k)*abs(r)]` for a function r whose mean has the same curvature as M."""
        if self.rest == 0:
            return (arb(0),) * 3
        if self.rest is not None:
            heads = (GaussianMean(x ** (2 * k) * self.rest, q) for k in range(3))
            at = {q: _exact(place)}
            try:
                return tuple(value_ball(e, substitution=at, bits=_FEW_BITS, proven=True) for e in heads)
            except (PrecisionError, UnsupportedError):
                self.rest = None
        return tuple(self.mean(k, place) for k in range(3))


def _exact(place: Fraction) -> Expr:
    return Rational(place.numerator, place.denominator)


def _ball(place: Fraction) -> Any:
    return arb(place.numerator) / place.denominator


def _searched(map_: _Map, low: Fraction, high: Fraction) -> Iterator[_Part]:
    """The brackets of zeros and what could not be decided, from left to right."""
    edges = [low]
    while edges[-1] * _FIRST_RATIO < high:
        edges.append(edges[-1] * _FIRST_RATIO)
    edges.append(high)
    pending = list(pairwise(edges))[::-1]
    count = 0
    while pending:
        a, b = pending.pop()
        count += 1
        if count > _MOST_INTERVALS:
            msg = f"more than {_MOST_INTERVALS} intervals would be needed: choose a shorter interval of q"
            raise PrecisionError(msg)
        found = _decided(map_, a, b)
        if found is not None:
            yield from found
        elif b - a < _LEAST_RATIO * b:
            yield _Part(a, b, is_root=False)
        else:
            middle = (a + b) / 2
            pending += [(middle, b), (a, middle)]


def _decided(map_: _Map, a: Fraction, b: Fraction) -> tuple[_Part, ...] | None:
    """No zero, exactly one, or `None`."""
    middle, half = (a + b) / 2, _ball((b - a) / 2)
    value, slope, bound = map_.excess(middle), map_.slope(middle), map_.curvature(a, b)
    if abs(value).lower() > (abs(slope) * half + bound * half**2 / 2).upper():
        return ()
    if not abs(slope).lower() > (bound * half).upper():
        return None
    ends = map_.excess(a), map_.excess(b)
    if (ends[0] > 0 and ends[1] > 0) or (ends[0] < 0 and ends[1] < 0):
        return ()
    if (ends[0] > 0 and ends[1] < 0) or (ends[0] < 0 and ends[1] > 0):
        return (_Part(a, b, is_root=True),)
    return None


def _are_one(left: _Part, right: _Part) -> bool:
    """Whether two unresolved brackets are closer to each other than they are wide."""
    return right.low - left.high <= max(right.high - right.low, left.high - left.low)


def _point(map_: _Map, part: _Part) -> FixedPoint:
    second = map_.means[0]
    equation = map_.bias + map_.weight * second.definition - q
    root = Root(equation, q, _exact(part.low), _exact(part.high))
    value = root_value(root, second.kind)
    slope = Value(definition=map_.weight * slope_at(second, root), kind=value.kind)
    inner = _stability(map_, part)
    return FixedPoint(q=value, V_prime=slope, stable=inner)


def _stability(map_: _Map, part: _Part) -> bool | None:
    """Whether the slope is between -1 and 1 on the whole bracket, halved until that is decided."""
    low, high = part.low, part.high
    sign = map_.excess(low) > 0
    for _ in range(40):
        middle = (low + high) / 2
        spread = map_.curvature(low, high) * _ball((high - low) / 2)
        slope = map_.slope(middle) + 1 + arb(0, 1) * spread
        if abs(slope) < 1:
            return True
        if abs(slope) > 1:
            return False
        at = map_.excess(middle)
        if not (at > 0 or at < 0):
            return None
        low, high = (middle, high) if (at > 0) == sign else (low, middle)
    return None
