r"""All zeros of an expression with Gaussian means in an interval, with a proof that there are no others.

An interval has no zero where the values on all of it, enclosed at once, do not hold 0; it has at most one
where those of the slope do not. What neither settles is halved.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from heapq import heapify, heappop, heappush
from itertools import pairwise
from types import MappingProxyType
from typing import Any, NamedTuple

import flint
from flint import acb, arb
from sympy import Dummy, Expr, Rational, Symbol

from symbolic_init.errors import SymbolicInitError
from symbolic_init.moments.ball import value_ball
from symbolic_init.moments.compilation import Program, compile_ball
from symbolic_init.moments.enclosure import mean_range
from symbolic_init.moments.proven import value
from symbolic_init.notation import GaussianMean, Within

__all__ = ["Bracket", "all_zeros", "joined"]

_BITS = 40
_FINE, _COARSE = Fraction(1, 1 << 16), Fraction(1, 1 << 9)
"""Width, relative to the place, at which an interval that resists is given up: with a slope, without."""
_NEAR = Fraction(1, 1 << 9)
"""What is nearer to 0 counts as of this size."""
_RATIO = Fraction(31, 20)
"""Ratio of the ends of the first intervals."""
_SHARE = Fraction(463, 1000)
"""Where an interval is cut: the cuts stay off the round numbers, where zeros are."""
_NARROW = Fraction(1, 32)
"""Relative width of the intervals that are worth an integral where there is a closed form."""
_MOST_INTERVALS = 4000


class Bracket(NamedTuple):
    """An interval in which zeros are, or may be.

    Attributes:
        low: Lower end, a rational number.
        high: Upper end.
        changes: Whether the function is proven to have different signs at the ends: there is a zero.
        is_only: Whether there is proven to be no other one within.
    """

    low: Expr
    high: Expr
    changes: bool
    is_only: bool


def all_zeros(
    function: Expr,
    variable: Symbol,
    low: Expr,
    high: Expr,
    *,
    slope: Expr | None = None,
    closed: Expr | None = None,
) -> tuple[Bracket, ...]:
    """Return brackets outside of which a function is proven to have no zero between two bounds.

    Args:
        function: Continuous function of the variable; it may hold means.
        variable: The symbol that varies.
        low: Lower bound, rational.
        high: Upper bound.
        slope: Its derivative, if that is known: without it, or a closed form, no zero can be proven to be
            the only one.
        closed: The same function in closed form as far as that is known; it is looked at first.

    Returns:
        The brackets, from left to right. What is neither a change of sign nor proven to hold no zero has
        `changes` and `is_only` false.

    Examples:
        >>> from sympy import Integer, tanh
        >>> from symbolic_init.notation import GaussianMean, x
        >>> a = Symbol("a", real=True)
        >>> f = GaussianMean(tanh(a * x) ** 2, Integer(1)) - Rational(1, 2)
        >>> found = all_zeros(f, a, Integer(-9), Integer(9), slope=f.diff(a))
        >>> [(b.changes, b.is_only, round(float(b.low), 2), round(float(b.high), 2)) for b in found]
        [(True, True, -1.4, -0.9), (True, True, 0.9, 1.4)]
    """
    is_closed = closed is not None and not closed.has(GaussianMean)
    forms = (function,) if closed is None else (closed, function)
    slopes = (forms[0].diff(variable) if is_closed else None, slope)
    search = _Search(
        [_Form(f, variable) for f in forms],
        [_Form(f, variable) for f in slopes if f is not None],
        forms[0],
        variable,
    )
    parts = search.undecided(*(Fraction(int(e.p), int(e.q)) for e in (low, high)))
    return tuple(search.bracket(part) for part in joined(parts, belong=_are_one))


class _Form:
    """An expression in the variable whose values on an interval are enclosed at once."""

    def __init__(self, expr: Expr, variable: Symbol) -> None:
        self._expr, self._variable = expr, variable
        self._program: Program | None = None
        self._signed: dict[int, bool] = {}

    def over(self, low: Fraction, high: Fraction) -> Any:
        """A ball that holds the values on an interval; not finite where nothing is known."""
        with flint.ctx.workprec(_BITS):
            try:
                found = self._found(low, high)
            except (SymbolicInitError, ZeroDivisionError):
                return arb.nan()
        return found.real if found.imag == 0 else arb.nan()

    def _found(self, low: Fraction, high: Fraction) -> Any:
        span = Within(self._variable, _exact(low), _exact(high))
        if self._expr.has(GaussianMean):
            return compile_ball(self._expr.xreplace({self._variable: span}), heads=_HEADS)()
        if self._program is None:
            self._program = compile_ball(self._expr, variable=self._variable)
        return self._program(acb(value(span)))

    def is_signed(self, side: int) -> bool:
        """Whether the signs of its factors show that it vanishes nowhere on one side of 0."""
        if side not in self._signed:
            place = Dummy(positive=True) if side > 0 else Dummy(negative=True)
            there = self._expr.xreplace({self._variable: place})
            self._signed[side] = not there.has(GaussianMean) and bool(there.is_positive or there.is_negative)
        return self._signed[side]


_HEADS: Mapping[Any, Callable[[Expr], Any]] = MappingProxyType(
    {
        GaussianMean: lambda head: acb(mean_range(head.integrand, head.variance)),
        Within: lambda span: acb(value(span)),
    }
)


class _Part(NamedTuple):
    """An interval, and whether it is proven to hold at most one zero."""

    low: Fraction
    high: Fraction
    is_only: bool

    @property
    def width(self) -> Fraction:
        """Relative to the distance from 0, unless that is tiny."""
        return (self.high - self.low) / max(abs(self.low), abs(self.high), _NEAR)


class _Search:
    """A function and its slope, each in one form or more, and their values."""

    def __init__(
        self, forms: Sequence[_Form], slopes: Sequence[_Form], function: Expr, variable: Symbol
    ) -> None:
        self._forms, self._slopes = forms, slopes
        self._function, self._variable = function, variable
        self._least = _FINE if slopes else _COARSE
        self._known: dict[Fraction, Any] = {}

    def undecided(self, low: Fraction, high: Fraction) -> list[_Part]:
        """The intervals that may hold a zero, from left to right; the widest are looked at first."""
        pending = [_Part(a, b, is_only=False) for a, b in _first_intervals(low, high)]
        found: list[_Part] = []
        queue = [(-part.width, part) for part in pending]
        heapify(queue)
        for _ in range(_MOST_INTERVALS):
            if not queue:
                break
            _, wide = heappop(queue)
            part = self._looked_at(wide)
            if part is None:
                continue
            if part.is_only or part.width <= self._least:
                found.append(part)
                continue
            cut = part.low + (part.high - part.low) * _SHARE
            for half in (_Part(part.low, cut, is_only=False), _Part(cut, part.high, is_only=False)):
                heappush(queue, (-half.width, half))
        return sorted((*found, *(part for _, part in queue)))

    def _looked_at(self, part: _Part) -> _Part | None:
        """`None` where there is no zero."""
        if _is_nonzero(self._forms, part):
            return None
        if _is_signed(self._slopes, part) or _is_nonzero(self._slopes, part):
            signs = [_sign(self.at(end)) for end in part[:2]]
            return None if signs[0] * signs[1] > 0 else part._replace(is_only=True)
        return part

    def bracket(self, part: _Part) -> Bracket:
        """What is known of an interval in the end."""
        signs = [_sign(self.at(end)) for end in part[:2]]
        return Bracket(_exact(part.low), _exact(part.high), signs[0] * signs[1] < 0, part.is_only)

    def at(self, place: Fraction) -> Any:
        """The value at a place, proven."""
        if place not in self._known:
            at = {self._variable: _exact(place)}
            try:
                self._known[place] = value_ball(self._function, substitution=at, bits=_BITS // 2, proven=True)
            except SymbolicInitError:
                self._known[place] = arb.nan()
        return self._known[place]


def joined(parts: Iterable[Any], *, belong: Callable[[Any, Any], bool]) -> list[Any]:
    """Return intervals, from left to right, with those that belong to the one before as one with it.

    Args:
        parts: Named tuples with a `low` and a `high`, in increasing order.
        belong: Whether an interval belongs to the one before.
    """
    whole: list[Any] = []
    for part in parts:
        if whole and belong(whole[-1], part):
            whole[-1] = whole[-1]._replace(high=part.high)
        else:
            whole.append(part)
    return whole


def _are_one(left: _Part, right: _Part) -> bool:
    """Whether two intervals that resisted touch; what is proven to hold at most one zero stays apart."""
    return left.high == right.low and not (left.is_only or right.is_only)


def _first_intervals(low: Fraction, high: Fraction) -> Iterator[tuple[Fraction, Fraction]]:
    """Intervals that grow with the distance from 0."""
    marks, size = [], _NEAR
    while size < max(abs(low), abs(high)):
        marks += [size, -size]
        size *= _RATIO
    edges = [low, *sorted(m for m in marks if low < m < high), high]
    yield from pairwise(edges)


def _excludes_0(ball: Any) -> bool:
    return bool(ball.is_finite() and not ball.contains(0))


def _is_nonzero(forms: Sequence[_Form], part: _Part) -> bool:
    """Whether the values of a form exclude 0; a slow one is for narrow intervals."""
    for form in forms:
        values = form.over(part.low, part.high)
        if _excludes_0(values):
            return True
        if values.is_finite() and part.width > _NARROW:
            return False
    return False


def _is_signed(forms: Sequence[_Form], part: _Part) -> bool:
    """Whether a form is shown not to vanish on an interval by signs alone."""
    side = 1 if part.low > 0 else -1 if part.high < 0 else 0
    return side != 0 and any(form.is_signed(side) for form in forms)


def _sign(ball: Any) -> int:
    return 0 if not _excludes_0(ball) else 1 if ball > 0 else -1


def _exact(place: Fraction) -> Expr:
    return Rational(place.numerator, place.denominator)
