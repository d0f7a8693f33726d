"""Proven bounds of an expression far out on the line, or beside a point, by those of its parts."""

import operator
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from types import MappingProxyType
from typing import Any

import sympy as sp
from flint import acb, arb, fmpq
from sympy import Abs, Expr, Heaviside, Max, Min, Piecewise, ceiling, cosh, exp, floor, log, sign, sinh
from sympy.core.relational import Relational

from symbolic_init.moments.bound_rules import RULES
from symbolic_init.moments.bounds import (
    UNKNOWN,
    Bound,
    Place,
    exponential,
    high_end,
    log_bound,
    low_end,
    number_bound,
    power,
    product,
    signed,
    sum_of,
    sum_of_large,
    tidy,
)
from symbolic_init.moments.growth import Growth, logarithm, total
from symbolic_init.moments.heads import CODES
from symbolic_init.moments.proven import program, value
from symbolic_init.notation import x

__all__ = ["BoundReader", "bound", "culprit", "is_zero"]

_HIGHEST_ORDER = 8
"""Order of a zero beyond which its order is not found."""


def bound(expr: Expr, place: Place) -> Bound:
    """Return what is proven of the values of an expression in x.

    Examples:
        >>> from sympy import exp, log
        >>> bound(log(1 + exp(x)), Place(arb(20))).large.power
        1
    """
    return BoundReader(place).bound(expr)


def culprit(expr: Expr, place: Place) -> Expr:
    """Return an innermost part of an expression that has no upper bound."""
    reader = BoundReader(place)
    part = expr
    while True:
        bad = [a for a in part.args if isinstance(a, Expr) and reader.bound(a).large is None]
        if not bad:
            return part
        part = bad[0]


class BoundReader:
    """Bounds of the parts of an expression at one place, each found once."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._start = place.start
        self._found: dict[Expr, Bound] = {x: place.x()}

    def bound(self, expr: Expr) -> Bound:
        """The bound of one part."""
        found = self._found.get(expr)
        if found is None:
            found = self._new(expr)
            self._found[expr] = found
        return found

    def _new(self, expr: Expr) -> Bound:
        if x not in expr.free_symbols:
            return number_bound(expr)
        natural = tidy(self._natural(expr), self._start)
        if natural.small is None and self._place.center is not None:
            by_order = self._zero(expr)
            if by_order is not None:
                return by_order
        return natural

    def _natural(self, expr: Expr) -> Bound:
        """The bound that follows from those of the arguments, which must be real."""
        if isinstance(expr, Piecewise):
            return self._piecewise(expr)
        if not all(self.bound(a).is_real for a in expr.args):
            return UNKNOWN
        if expr.is_Add:
            return self._sum(expr)
        if expr.is_Mul:
            return reduce(lambda u, v: product(u, v, self._start), map(self.bound, expr.args))
        if isinstance(expr, exp) and expr.args[0].is_Add:
            return self._exponential_of_sum(expr)
        if expr.is_Pow and not isinstance(expr, exp):
            base, exponent = expr.args
            if exponent.is_Rational:
                return power(self.bound(base), exponent, self._start)
            return self.bound(exp(exponent * log(base), evaluate=False))
        if isinstance(expr, log):
            return log_bound(self.bound(expr.args[0]), self._log_above(expr.args[0]), self._start)
        if expr.func in QUOTIENTS:
            return self.bound(QUOTIENTS[expr.func](expr.args[0]))
        rule = RULES.get(expr.func)
        arguments = [self.bound(a) for a in expr.args]
        if rule is None:
            return self._direct(expr, arguments)
        found = rule(self._start, *arguments)
        if self._place.center is None or found.sign is not None or expr.func in _NOT_SMOOTH:
            return found
        narrow = self._direct(expr, arguments)
        return narrow if narrow.is_real else found

    def _sum(self, expr: Expr) -> Bound:
        """A sum; beside a point, poles of its terms may cancel when it is written as one fraction."""
        parts = sorted((self.bound(a) for a in expr.args), key=_order, reverse=True)
        found = reduce(lambda u, v: sum_of(u, v, self._start), parts)
        if self._place.center is None or (found.large is not None and found.large.rate <= 0):
            return found
        joined = sp.together(
            expr.replace(lambda e: e.func in QUOTIENTS, lambda e: QUOTIENTS[e.func](e.args[0]))
        )
        return found if joined.is_Add or joined == expr else self.bound(joined)

    def _exponential_of_sum(self, expr: Expr) -> Bound:
        """The exponential of a sum: as a whole, and as the product of the exponentials of its terms."""
        whole = tidy(exponential(self.bound(expr.args[0]), self._start), self._start)
        terms = [tidy(exponential(self.bound(a), self._start), self._start) for a in expr.args[0].args]
        split = reduce(lambda u, v: product(u, v, self._start), terms)
        small = max((b.small for b in (whole, split) if b.small), key=lambda g: g.order, default=None)
        large = min((b.large for b in (whole, split) if b.large), key=lambda g: g.order, default=None)
        return Bound(whole.low.max(split.low), whole.high.min(split.high), small, large)

    def _log_above(self, expr: Expr) -> Growth | None:
        """An upper bound of `max(0, log(abs(u)))`, also of functions that outgrow every Gaussian."""
        if isinstance(expr, exp):
            return self.bound(expr.args[0]).large
        if isinstance(expr, cosh | sinh):
            return self.bound(expr.args[0]).large
        found = self.bound(expr).large
        if found is not None:
            return logarithm(found, self._start)
        if expr.is_Pow and expr.exp.is_Rational and expr.exp > 0:
            inner = self._log_above(expr.base)
            return None if inner is None else inner.scaled(value(expr.exp))
        if not (expr.is_Add or expr.is_Mul):
            return None
        parts = [self._log_above(a) for a in expr.args]
        if None in parts:
            return None
        if expr.is_Add:
            parts.append(Growth(arb(len(expr.args)).log()))
        return reduce(lambda u, v: total(u, v, self._start), parts)  # type: ignore[arg-type]

    def _piecewise(self, expr: Expr) -> Bound:
        """The first case that holds, or all those that may hold."""
        possible: list[Bound] = []
        for result, condition in expr.args:
            truth = self._truth(condition)
            if truth is False:
                continue
            possible.append(self.bound(result))
            if truth:
                break
        else:
            return UNKNOWN
        if len(possible) == 1:
            return possible[0]
        if not all(b.is_real for b in possible):
            return UNKNOWN
        low = reduce(arb.min, (b.low for b in possible))
        high = reduce(arb.max, (b.high for b in possible))
        return Bound(low, high, None, sum_of_large(possible, self._start))

    def _truth(self, condition: Any) -> bool | None:
        if isinstance(condition, Relational):
            found = self.bound(condition.lhs - condition.rhs).sign
            return None if found is None else bool(_RELATIONS[condition.rel_op](found, 0))
        if condition in (sp.true, sp.false):
            return bool(condition)
        truths = [self._truth(c) for c in condition.args]
        if isinstance(condition, sp.Not):
            return None if truths[0] is None else not truths[0]
        if isinstance(condition, sp.And):
            return False if False in truths else None if None in truths else True
        if isinstance(condition, sp.Or):
            return True if True in truths else None if None in truths else False
        return None

    def _direct(self, expr: Expr, arguments: Sequence[Bound]) -> Bound:
        """A function without a rule, evaluated on all its arguments at once where they are bounded."""
        code = CODES.get(expr.func)
        if code is None or not all(a.low.is_finite() and a.high.is_finite() for a in arguments):
            return UNKNOWN
        balls = [acb(a.low.union(a.high)) for a in arguments]
        found = code.ball(*balls, False) if code.has_cut else code.ball(*balls)  # noqa: FBT003
        if not found.is_finite() or not found.imag.contains(0):
            return UNKNOWN
        return Bound(low_end(found.real), high_end(found.real))

    def _zero(self, expr: Expr) -> Bound | None:
        """By Taylor's theorem, beside a zero of known order of a smooth function."""
        center, order = self._place.center, 0
        slope, place = expr, acb(self._place.interval())
        if expr.has(*_NOT_SMOOTH):
            return None
        while order < _HIGHEST_ORDER and is_zero(slope.xreplace({x: center})):
            slope, order = slope.diff(x), order + 1
            if slope.has(sp.Derivative, sp.Subs):
                return None
        if order in (0, _HIGHEST_ORDER):
            return None
        if not program(expr)(place, True).is_finite():  # noqa: FBT003
            return None
        last = program(slope)(place, True)  # noqa: FBT003
        if not last.is_finite() or not last.imag.contains(0) or last.real.contains(0):
            return None
        size = Growth(abs(last.real) / arb.fac_ui(order), rate=fmpq(-order))
        side = (1 if last.real > 0 else -1) * self._place.side**order
        return signed(size, self._place._replace(side=side))


QUOTIENTS: Mapping[Any, Callable[[Expr], Expr]] = MappingProxyType(
    {
        sp.coth: lambda u: cosh(u) / sinh(u),
        sp.sech: lambda u: 1 / cosh(u),
        sp.csch: lambda u: 1 / sinh(u),
        sp.tan: lambda u: sp.sin(u) / sp.cos(u),
        sp.cot: lambda u: sp.cos(u) / sp.sin(u),
        sp.sec: lambda u: 1 / sp.cos(u),
        sp.csc: lambda u: 1 / sp.sin(u),
    }
)
"""Functions that are quotients of others."""
_NOT_SMOOTH = (Abs, sign, Heaviside, Max, Min, Piecewise, floor, ceiling)
_RELATIONS: Mapping[str, Callable[[int, int], bool]] = MappingProxyType(
    {
        "<": operator.lt,
        "<=": operator.le,
        ">": operator.gt,
        ">=": operator.ge,
        "==": operator.eq,
        "!=": operator.ne,
    }
)


def _order(one: Bound) -> tuple[bool, Any]:
    return (True, ()) if one.large is None else (False, one.large.order)


def is_zero(value: Expr) -> bool:
    """Whether a number is exactly 0, as far as that is plain."""
    return bool(value == 0 or (value.is_Add and value.expand() == 0))
