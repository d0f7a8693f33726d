"""The smooth expression that a function with switches is near a point, with every switch decided by proof."""

import operator
from collections.abc import Callable, Mapping
from functools import reduce
from types import MappingProxyType
from typing import Any

from flint import acb, ctx
from sympy import (
    Abs,
    And,
    Expr,
    Heaviside,
    Integer,
    Max,
    Min,
    Not,
    Or,
    Piecewise,
    S,
    Symbol,
    acos,
    asin,
    ceiling,
    cos,
    floor,
    pi,
    sign,
    sin,
)
from sympy.core.relational import Relational
from sympy.logic.boolalg import BooleanFalse, BooleanTrue

from symbolic_init.errors import DomainError, PrecisionError, UnsupportedError
from symbolic_init.moments.breakpoints import switching_functions
from symbolic_init.moments.compilation import Program
from symbolic_init.moments.entire import entire
from symbolic_init.moments.proven import masked, program

__all__ = ["SWITCHES", "branch", "branches_over", "is_decided", "switching", "unfolded"]

_MOST_BITS = 2**14
"""Precision at which a difference that has died out is given up."""

SWITCHES = (Abs, sign, Heaviside, Max, Min, Piecewise, floor, ceiling)


def is_decided(ball: Any) -> bool:
    """Return whether the sign of a real ball is known."""
    return bool(ball == 0 or not ball.contains(0))


def unfolded(f: Expr) -> Expr:
    """Return a function, the same almost everywhere, that is easier to integrate.

    `asin(sin(u))` and `acos(cos(u))` are written as the triangle waves that they are, `sign(u)**2` as 1, and
    waves over their argument by `Sinc`, which has no singular points.

    Examples:
        >>> from symbolic_init.notation import x
        >>> unfolded(asin(sin(x)))
        Abs(x - 2*pi*floor((x + pi/2)/(2*pi) + 1/2) + pi/2) - pi/2
    """
    found = f.replace(lambda e: e.is_Pow and isinstance(e.base, sign) and e.exp.is_even, lambda _: S.One)
    found = entire(found)
    if not found.has(asin, acos):
        return found
    found = found.replace(
        lambda e: isinstance(e, asin) and isinstance(e.args[0], sin),
        lambda e: Abs(_rest(e.args[0].args[0] + pi / 2, 2 * pi)) - pi / 2,
    )
    return found.replace(
        lambda e: isinstance(e, acos) and isinstance(e.args[0], cos),
        lambda e: Abs(_rest(e.args[0].args[0], 2 * pi)),
    )


def _rest(u: Expr, period: Expr) -> Expr:
    """The difference to the nearest multiple of a number."""
    return u - period * floor(u / period + S.Half)


def branch(f: Expr, point: Any, programs: dict[Expr, Program] | None = None) -> Expr:
    """Return an expression without switches that equals the function near a point.

    Args:
        f: Function of x without parameters.
        point: Exact number.
        programs: Where compiled parts are kept for another point.

    Raises:
        DomainError: If no case of a `Piecewise` holds there.
        PrecisionError: If a switch cannot be decided there.
        UnsupportedError: If a condition is not understood.
    """
    if not f.has(*SWITCHES):
        return f
    plain, numbers = masked(f)
    return _Chooser(point, numbers, {} if programs is None else programs).read(plain).xreplace(numbers)


def branches_over(f: Expr, place: Any, programs: dict[Expr, Program]) -> tuple[Expr, Expr] | None:
    """Return what a function is on an interval where one of its switches is open: one of two expressions.

    Args:
        f: Function of x without parameters.
        place: The interval, a real ball.
        programs: Where compiled parts are kept for another interval.

    Returns:
        The expressions for the one and the other sign of what the switch depends on, or `None` where more
        than one switch is open.
    """
    plain, numbers = masked(f)
    choosers = [_Chooser(place, numbers, programs, supposed) for supposed in (1, -1)]
    try:
        one, two = (chooser.read(plain).xreplace(numbers) for chooser in choosers)
    except PrecisionError:
        return None
    return one, two


def switching(f: Expr) -> tuple[Expr, ...]:
    """Return the functions of x by whose signs the branch of a function is decided."""
    plain, numbers = masked(f)
    return tuple(u.xreplace(numbers) for u in switching_functions(plain))


class _Chooser:
    """Decisions at one point, or on an interval where one switch may be open, with its sign supposed."""

    def __init__(
        self,
        point: Any,
        numbers: Mapping[Symbol, Expr],
        programs: dict[Expr, Program],
        supposed: int | None = None,
    ) -> None:
        self._point = point
        self._supposed = supposed
        self._open: Expr | None = None
        self._numbers = numbers
        self._programs = programs

    def _value(self, part: Expr) -> Any:
        u = part.xreplace(self._numbers)
        run = self._programs.get(u)
        if run is None:
            run = self._programs[u] = program(u)
        return run(acb(self._point)).real

    def sign(self, u: Expr) -> int:
        """The sign of a function at the point; far out it may need many digits."""
        ball, precision = self._value(u), ctx.prec
        if self._supposed is not None and not is_decided(ball):
            return self._supposed_sign(u, self._supposed)
        while not is_decided(ball) and precision < _MOST_BITS:
            precision *= 8
            with ctx.workprec(precision):
                ball = program(u.xreplace(self._numbers))(acb(self._point)).real
        if not is_decided(ball):
            msg = f"the sign of {u} at x = {float(self._point):.6g} cannot be told"
            raise PrecisionError(msg)
        return int(ball > 0) - int(ball < 0)

    def _supposed_sign(self, u: Expr, supposed: int) -> int:
        """The sign of the only function whose sign is open."""
        if self._open is None:
            self._open = u
        if u in (self._open, -self._open):
            return supposed if u == self._open else -supposed
        msg = f"the signs of {u} and {self._open} are both open"
        raise PrecisionError(msg)

    def integer(self, e: Expr) -> Expr:
        """The value of `floor` or `ceiling` at the point."""
        inside = self._value(e.args[0])
        low, high = (
            (end.floor() if isinstance(e, floor) else end.ceil()) for end in (inside.lower(), inside.upper())
        )
        if low != high:
            msg = f"the value of {e} at x = {float(self._point):.6g} cannot be told"
            raise PrecisionError(msg)
        return Integer(int(low.unique_fmpz()))

    def read(self, e: Expr) -> Expr:
        """The branch of a part of the function."""
        if not e.has(*SWITCHES):
            return e
        choose = _CHOICES.get(e.func)
        return e.func(*map(self.read, e.args)) if choose is None else choose(self, e)

    def of_cases(self, e: Expr) -> Expr:
        """The first case of a `Piecewise` that holds."""
        for result, condition in e.args:
            if self._holds(condition):
                return self.read(result)
        msg = f"the function has no value at x = {float(self._point):.6g}: give a case that holds there"
        raise DomainError(msg)

    def _holds(self, condition: Any) -> bool:
        if isinstance(condition, Relational):
            return bool(_RELATIONS[condition.rel_op](self.sign(condition.lhs - condition.rhs), 0))
        if isinstance(condition, BooleanTrue | BooleanFalse):
            return bool(condition)
        combine = _CONNECTIVES.get(condition.func)
        if combine is None:
            msg = f"the condition {condition} cannot be decided: compare with < or >, join with and, or"
            raise UnsupportedError(msg)
        return bool(combine([self._holds(c) for c in condition.args]))

    def extreme(self, e: Expr) -> Expr:
        """The winner of a `Max` or `Min`."""
        wanted = 1 if isinstance(e, Max) else -1
        return self.read(reduce(lambda u, v: v if self.sign(v - u) == wanted else u, e.args))


def _step(chooser: _Chooser, e: Expr) -> Expr:
    return (S.Zero, e.args[1], S.One)[chooser.sign(e.args[0]) + 1]


_CHOICES: Mapping[Any, Callable[[_Chooser, Expr], Expr]] = MappingProxyType(
    {
        Abs: lambda chooser, e: chooser.read(e.args[0]) * (-1 if chooser.sign(e.args[0]) < 0 else 1),
        sign: lambda chooser, e: Integer(chooser.sign(e.args[0])),
        Heaviside: _step,
        Max: _Chooser.extreme,
        Min: _Chooser.extreme,
        Piecewise: _Chooser.of_cases,
        floor: _Chooser.integer,
        ceiling: _Chooser.integer,
    }
)
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
_CONNECTIVES: Mapping[Any, Callable[[list[bool]], bool]] = MappingProxyType(
    {And: all, Or: any, Not: lambda truths: not truths[0]}
)
