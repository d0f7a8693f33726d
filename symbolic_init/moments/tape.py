"""A tape of steps in which equal subexpressions are computed once: what expressions are compiled to.

Nothing is printed to source text and evaluated: each step is a function that the table of heads names.
"""

import math
import operator
from collections.abc import Callable, Mapping
from functools import reduce
from types import MappingProxyType
from typing import Any

from flint import acb
from sympy import (
    Abs,
    Add,
    And,
    Expr,
    Float,
    Heaviside,
    Max,
    Min,
    Mul,
    Not,
    Or,
    Piecewise,
    Pow,
    Rational,
    S,
    Symbol,
    ceiling,
    exp,
    floor,
    log,
    sign,
)
from sympy.core.relational import Relational
from sympy.logic.boolalg import BooleanFalse, BooleanTrue
from sympy.polys.rootoftools import ComplexRootOf

from symbolic_init.callables import Sampled
from symbolic_init.errors import AssumptionError, DomainError, UnsupportedError
from symbolic_init.moments.backends import BALLS, Backend

__all__ = ["Program", "Tape", "sign_of_ball"]

Program = Callable[..., Any]
"""A function of the variable; for balls also of the flag that asks for analyticity."""

_PLAIN = False
_FLAG, _VARIABLE = 0, 1
"""Slots of a tape that are filled when it runs."""


def sign_of_ball(ball: Any) -> int:
    """Return the sign of a real ball, 0 where it cannot be told."""
    return 1 if ball > 0 else -1 if ball < 0 else 0


class Tape:
    """Steps under construction; every subexpression has one slot."""

    def __init__(
        self,
        backend: Backend,
        variable: Symbol,
        values: Mapping[Symbol, Any],
        at: Callable[[Expr], Any] | None,
        heads: Mapping[Any, Callable[[Expr], Any]],
        definitions: Mapping[Symbol, Expr] = MappingProxyType({}),
    ) -> None:
        self._backend = backend
        self._at = at
        self._heads = heads
        self._variable = variable
        self._constants: list[Any] = []
        self._steps: list[tuple[Callable[..., Any], tuple[int, ...]]] = []
        self._slots: dict[Any, int] = {variable: _VARIABLE}
        for symbol, value in values.items():
            self._slots[symbol] = self._constant(value)
        for symbol, meaning in definitions.items():
            self._slots[symbol] = self.slot(meaning)

    def program(self, exprs: tuple[Expr, ...], *, single: bool) -> Program:
        """Return the tape as a function."""
        results = [self.slot(e) for e in exprs]
        shift = len(self._constants)

        def final(slot: int) -> int:
            return slot if 0 <= slot <= _VARIABLE else _VARIABLE - slot if slot < 0 else slot + shift

        template = tuple(self._constants)
        steps = tuple(_laid_out(f, tuple(map(final, arguments))) for f, arguments in self._steps)
        places = tuple(map(final, results))

        def run(value: Any = None, flag: Any = False) -> Any:  # noqa: FBT002 # flint passes it by position
            slots = [flag, value, *template]
            push = slots.append
            for function, i, j, more in steps:
                if j < 0:
                    push(function(slots[i]))
                elif more:
                    push(function(slots[i], slots[j], *[slots[k] for k in more]))
                else:
                    push(function(slots[i], slots[j]))
            return slots[places[0]] if single else tuple(slots[i] for i in places)

        return run

    def _constant(self, value: Any) -> int:
        self._constants.append(value)
        return -len(self._constants)

    def _step(self, function: Callable[..., Any], arguments: tuple[int, ...], *, cut: bool = False) -> int:
        if all(i < 0 for i in arguments):
            values = [self._constants[-i - 1] for i in arguments]
            return self._constant(function(*values, _PLAIN) if cut else function(*values))
        self._steps.append((function, (*arguments, _FLAG) if cut else arguments))
        return _VARIABLE + len(self._steps)

    def slot(self, expr: Any) -> int:
        """Return the slot that holds an expression."""
        found = self._slots.get(expr)
        if found is None:
            found = self._new(expr)
            self._slots[expr] = found
        return found

    def _new(self, expr: Any) -> int:
        head = expr.func
        if head in self._heads:
            return self._constant(self._heads[head](expr))
        if expr.is_Rational:
            return self._constant(self._backend.rational(expr.p, expr.q))
        builder = _BUILDERS.get(head)
        if builder is not None:
            return builder(self, expr)
        if isinstance(expr, Relational):
            relation = tuple(self.slot(a) for a in expr.args)
            if self._backend is BALLS:
                return self._step(_RELATIONS_OF_BALLS[expr.rel_op], relation, cut=True)
            return self._step(_RELATIONS[expr.rel_op], relation)
        if not expr.args:
            return self.atom(expr)
        return self._call(expr)

    def atom(self, expr: Any) -> int:
        """A number, or a symbol without a value."""
        if expr.is_Symbol:
            msg = f"no value is given for {expr}: set it, for instance {expr}=1/2"
            raise AssumptionError(msg)
        if isinstance(expr, Float):
            exact = Rational(expr)
            return self._constant(self._backend.rational(exact.p, exact.q))
        if expr is S.NaN:
            msg = "the function is not defined everywhere on the real line"
            raise DomainError(msg)
        return self._constant(self._backend.constant(expr))

    def _call(self, expr: Any) -> int:
        function, cut = self._backend.function(expr.func)
        return self._step(function, tuple(self.slot(a) for a in expr.args), cut=cut)

    def chain(self, expr: Any) -> int:
        """A sum, product, maximum or minimum of two or more."""
        plain = _CHAINS.get(expr.func)
        function, cut = (plain, False) if plain else self._backend.function(expr.func)
        slots = [self.slot(a) for a in expr.args]
        # Constants first, so that they fold into one.
        ordered = sorted(slots, key=lambda i: i >= 0)
        return reduce(lambda i, j: self._step(function, (i, j), cut=cut), ordered)

    def power(self, expr: Any) -> int:
        """A power: of a constant exponent, or by exponential and logarithm."""
        base, exponent = expr.args
        slot = self.slot(exponent)
        if slot < 0:
            function, cut = self._backend.power(exponent, self._constants[-slot - 1])
            return self._step(function, (self.slot(base),), cut=cut)
        logarithm, cut = self._backend.function(log)
        log_base = self._step(logarithm, (self.slot(base),), cut=cut)
        return self._step(self._backend.function(exp)[0], (self._step(operator.mul, (slot, log_base)),))

    def _decides(self, expr: Any) -> bool:
        return self._at is not None and self._variable in expr.free_symbols

    def _sign(self, one: Expr, two: Expr = S.Zero) -> int:
        """The sign of a difference at the interior point."""
        assert self._at is not None
        left = self._at(one)
        found = sign_of_ball(left if two == 0 else left - self._at(two))
        return found or (0 if two == 0 else sign_of_ball(self._at(one - two)))

    def by_sign(self, expr: Any) -> int:
        """`Abs`, `sign` or `Heaviside`: by the sign of the argument at the interior point."""
        if not self._decides(expr):
            return self._call(expr)
        found = self._sign(expr.args[0])
        if expr.func is Abs:
            inside = self.slot(expr.args[0])
            return self._step(operator.neg, (inside,)) if found < 0 else inside
        level = S(found) if expr.func is sign else (S.Zero, expr.args[1], S.One)[found + 1]
        return self.slot(level)

    def extreme(self, expr: Any) -> int:
        """`Max` or `Min`: the winner at the interior point."""
        if not self._decides(expr):
            return self.chain(expr)
        wanted = 1 if expr.func is Max else -1
        return self.slot(reduce(lambda u, v: v if self._sign(v, u) == wanted else u, expr.args))

    def rounded(self, expr: Any) -> int:
        """`floor` or `ceiling`: the integer at the interior point."""
        if not self._decides(expr):
            return self._call(expr)
        assert self._at is not None
        inside = self._at(expr.args[0])
        number = (inside.floor() if expr.func is floor else inside.ceil()).mid()
        return self._constant(self._backend.rational(int(number.fmpq()), 1))

    def sampled(self, expr: Any) -> int:
        """A value of a Python function: of its arguments only the last is a number."""
        return self._step(self._backend.sampled(expr), (self.slot(expr.args[-1]),))

    def piecewise(self, expr: Any) -> int:
        """`Piecewise`: the branch at the interior point, or a choice element by element."""
        if self._at is None:
            return self._where(expr.args)
        for value, condition in expr.args:
            if self._holds(condition):
                return self.slot(value)
        return self.slot(S.NaN)

    def _where(self, cases: tuple[Any, ...]) -> int:
        if not cases:
            return self._constant(_NOWHERE if self._backend is BALLS else math.nan)
        value, condition = cases[0]
        if condition == True:  # noqa: E712 # a SymPy truth value
            return self.slot(value)
        arguments = self.slot(condition), self.slot(value), self._where(cases[1:])
        if self._backend is BALLS:
            return self._step(_choose_ball, arguments, cut=True)
        return self._step(_choose, arguments)

    def _holds(self, condition: Any) -> bool:
        if isinstance(condition, Relational):
            found = self._sign(condition.lhs, condition.rhs)
            return bool(_RELATIONS[condition.rel_op](found, 0))
        if isinstance(condition, BooleanTrue | BooleanFalse):
            return bool(condition)
        combine = _CONNECTIVES.get(condition.func)
        if combine is None:
            msg = f"the condition {condition} cannot be decided: compare with < or >, join with and, or"
            raise UnsupportedError(msg)
        return bool(combine(self._holds(c) for c in condition.args))

    def logical(self, expr: Any) -> int:
        """A connective of conditions, element by element."""
        if self._backend is BALLS:
            return self._step(_CONNECTIVES_OF_BALLS[expr.func], tuple(self.slot(a) for a in expr.args))
        if isinstance(expr, Not):
            return self._step(_negated, (self.slot(expr.args[0]),))
        function = operator.and_ if isinstance(expr, And) else operator.or_
        return reduce(lambda i, j: self._step(function, (i, j)), [self.slot(a) for a in expr.args])


def _laid_out(
    function: Callable[..., Any], arguments: tuple[int, ...]
) -> tuple[Callable[..., Any], int, int, tuple[int, ...]]:
    """A step with its first two arguments apart, so that it is called without a list; -1 for no second."""
    first, *more = arguments
    return function, first, more[0] if more else -1, tuple(more[1:])


def _choose(condition: Any, one: Any, two: Any) -> Any:
    if isinstance(condition, bool):
        return one if condition else two
    import numpy as np

    return np.where(condition, one, two)


def _negated(condition: Any) -> Any:
    return not condition if isinstance(condition, bool) else ~condition


def _choose_ball(condition: Any, one: Any, two: Any, analytic: Any) -> Any:
    """One of two balls, or both of them where the condition is not decided."""
    if condition is None:
        return _NOWHERE if analytic else one.union(two)
    return one if condition else two


def _decided(if_negative: bool, if_zero: bool, if_positive: bool) -> Callable[..., bool | None]:  # noqa: FBT001
    """A relation of two balls by the sign of the real part of their difference; `None` where it is open."""

    def relation(left: Any, right: Any, analytic: Any) -> bool | None:
        apart = (left - right).real
        if not apart.contains(0):
            return if_positive if apart > 0 else if_negative if apart < 0 else None
        possible = {if_zero}
        possible |= {if_positive} if analytic or not apart <= 0 else set()
        possible |= {if_negative} if analytic or not apart >= 0 else set()
        return if_zero if len(possible) == 1 else None

    return relation


def _all_hold(*truths: bool | None) -> bool | None:
    return False if False in truths else None if None in truths else True


def _any_holds(*truths: bool | None) -> bool | None:
    return True if True in truths else None if None in truths else False


_NOWHERE = acb("nan", "nan")
_CHAINS: Mapping[Any, Callable[..., Any]] = MappingProxyType({Add: operator.add, Mul: operator.mul})
_RELATIONS: Mapping[str, Callable[[Any, Any], Any]] = MappingProxyType(
    {
        "<": operator.lt,
        "<=": operator.le,
        ">": operator.gt,
        ">=": operator.ge,
        "==": operator.eq,
        "!=": operator.ne,
    }
)
_CONNECTIVES: Mapping[Any, Callable[..., bool]] = MappingProxyType(
    {And: all, Or: any, Not: lambda truths: not next(iter(truths))}
)
_RELATIONS_OF_BALLS: Mapping[str, Callable[..., bool | None]] = MappingProxyType(
    {
        "<": _decided(True, False, False),  # noqa: FBT003 # a table of truths
        "<=": _decided(True, True, False),  # noqa: FBT003
        ">": _decided(False, False, True),  # noqa: FBT003
        ">=": _decided(False, True, True),  # noqa: FBT003
        "==": _decided(False, True, False),  # noqa: FBT003
        "!=": _decided(True, False, True),  # noqa: FBT003
    }
)
_CONNECTIVES_OF_BALLS: Mapping[Any, Callable[..., bool | None]] = MappingProxyType(
    {And: _all_hold, Or: _any_holds, Not: lambda truth: None if truth is None else not truth}
)
_BUILDERS: Mapping[Any, Callable[[Tape, Any], int]] = MappingProxyType(
    {
        **dict.fromkeys(_CHAINS, Tape.chain),
        **dict.fromkeys((Max, Min), Tape.extreme),
        **dict.fromkeys((Abs, sign, Heaviside), Tape.by_sign),
        **dict.fromkeys((floor, ceiling), Tape.rounded),
        **dict.fromkeys((And, Or, Not), Tape.logical),
        ComplexRootOf: Tape.atom,
        Pow: Tape.power,
        Piecewise: Tape.piecewise,
        Sampled: Tape.sampled,
    }
)
