"""Expansion at 0 of an expression, on one side of 0 or on both."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, final

from sympy import (
    ITE,
    Abs,
    And,
    Dummy,
    E,
    Expr,
    Function,
    Heaviside,
    Max,
    Min,
    Not,
    Or,
    Piecewise,
    S,
    acos,
    acosh,
    acot,
    acoth,
    asin,
    asinh,
    atan,
    atanh,
    cos,
    cosh,
    cot,
    coth,
    csc,
    csch,
    erf,
    erfc,
    erfi,
    exp,
    factorial,
    log,
    pi,
    sec,
    sech,
    sign,
    sin,
    sinh,
    sqrt,
    tan,
    tanh,
)
from sympy.core.relational import Relational
from sympy.logic.boolalg import BooleanFalse, BooleanTrue

from symbolic_init.analysis.coefficients import Field, exact_constant
from symbolic_init.analysis.series import Calculus, MoreTermsError, OneSidedError, Series
from symbolic_init.errors import AssumptionError, UnsupportedError
from symbolic_init.notation import x

__all__ = ["Expansion"]

_HIGHEST_GENERIC_ORDER = 16
"""Terms of a function that is differentiated again and again, having no recurrence here."""


@final
class Expansion:
    """Expands expressions in `t > 0`, where `x = side*t`; `side` 0 means `x = t` on both sides.

    Args:
        field: The numbers to compute with.
        length: How many terms are kept.
        side: -1, 0 or 1.
        final_try: Functions that vanish to all orders kept are taken to be 0.
    """

    def __init__(self, field: Field, length: int, side: int, *, final_try: bool) -> None:
        self.field = field
        self.calculus = Calculus(field, length, is_one_sided=side != 0)
        self._side = side
        self._final_try = final_try
        self._known: dict[Expr, Series] = {}
        self._variables: set[Expr] = {x}

    def read(self, expr: Expr) -> Series:
        """Return the expansion of an expression."""
        found = self._known.get(expr)
        if found is None:
            found = self._known[expr] = self._read(expr)
        return found

    def _read(self, expr: Expr) -> Series:
        if expr == x:
            unit = -self.field.one if self._side < 0 else self.field.one
            return self.calculus.padded([self.field.zero, unit])
        if not expr.free_symbols & self._variables:
            return self._read_constant(expr)
        if expr.is_Add:
            total = self.read(expr.args[0])
            for term in expr.args[1:]:
                total = self.calculus.add(total, self.read(term))
            return total
        if expr.is_Mul:
            return self._product(expr)
        if isinstance(expr, exp):
            return self.calculus.exponential(self.read(expr.args[0]))
        if expr.is_Pow:
            return self._read_power(expr)
        rule = _RULES.get(expr.func)
        if rule is not None:
            return rule(self, expr)
        return self._by_derivatives(expr)

    def _read_constant(self, value: Expr) -> Series:
        if value.has(*_SWITCHES):
            from symbolic_init.analysis.pieces import pieces

            value = pieces(value, self.field.known).branches[0]
        return self.calculus.constant(value)

    def _placeholder(self, u: Series) -> Dummy:
        """A symbol that stands for a series."""
        w = Dummy("w", real=True)
        self._known[w] = u
        self._variables.add(w)
        return w

    def _product(self, expr: Expr) -> Series:
        numerator, denominator = S.One, S.One
        parts = []
        for factor in expr.args:
            if factor.is_Pow and factor.exp.is_Integer and factor.exp < 0 and not isinstance(factor, exp):
                denominator *= factor.base ** (-factor.exp)
            elif x not in factor.free_symbols and not factor.free_symbols & self._variables:
                numerator *= factor
            else:
                parts.append(self.read(factor))
        total = parts[0] if parts else self.calculus.constant(S.One)
        for part in parts[1:]:
            total = self.calculus.multiply(total, part)
        if numerator != 1:
            c = self.calculus.constant(numerator).terms[0]
            total = Series(total.start, [c * t for t in total.terms])
        return total if denominator == 1 else self.calculus.divide(total, self.read(denominator))

    def _read_power(self, expr: Expr) -> Series:
        base, power = expr.base, expr.exp
        if power.free_symbols & self._variables or base is E:
            return self.read(exp(power * log(base)))
        u = self.read(base)
        if power.is_Integer and 0 < power <= 3:
            total = u
            for _ in range(int(power) - 1):
                total = self.calculus.multiply(total, u)
            return total
        if power == -1:
            return self.calculus.divide(self.calculus.constant(S.One), u)
        lead = self.calculus.stripped(u)
        start = lead.start * power
        if not start.is_Integer:
            msg = f"there is no Taylor expansion at 0: {expr} is not smooth there"
            raise UnsupportedError(msg)
        if not power.is_Integer and lead.start and self._side == 0:
            raise OneSidedError
        return Series(int(start), self.calculus.power_terms(lead, power))

    def by_derivative(self, u: Series, f: Any, derivative: Callable[[Expr], Expr]) -> Series:
        """A function whose derivative is a simpler function."""
        u = self.calculus.from_zero(u)
        value = self.calculus.value(f, u)
        w = self._placeholder(u)
        slope = self.calculus.multiply(self.read(derivative(w)), self.calculus.derivative(u))
        return self.calculus.integral(self.calculus.from_zero(slope), value)

    def in_terms_of(self, u: Series, form: Callable[[Expr], Expr]) -> Series:
        """Return a function that is put together from others."""
        return self.read(form(self._placeholder(u)))

    def _by_derivatives(self, expr: Expr) -> Series:
        """Any other function of one argument, through its derivatives at a point."""
        inner = [a for a in expr.args if a.free_symbols & self._variables]
        if not isinstance(expr, Function) or len(inner) != 1:
            msg = f"there is no rule for the Taylor expansion of {expr.func}"
            raise UnsupportedError(msg)
        u = self.calculus.from_zero(self.read(inner[0]))
        if len(u.terms) > _HIGHEST_GENERIC_ORDER + 1:
            u = Series(0, u.terms[: _HIGHEST_GENERIC_ORDER + 1])
        w = Dummy("w", real=True)
        at = self.field.expression(u.terms[0])
        step = Series(0, [self.field.zero, *u.terms[1:]])
        derivative, values = expr.func(*(w if a is inner[0] else a for a in expr.args)), []
        for k in range(len(u.terms)):
            number = exact_constant(derivative.subs(w, at))
            if number.has(S.NaN, S.ComplexInfinity, S.Infinity, S.NegativeInfinity):
                msg = f"there is no Taylor expansion at 0: {expr} is not smooth there"
                raise UnsupportedError(msg)
            values.append(self.field.number(number / factorial(k)))
            derivative = derivative.diff(w)
        total = Series(0, [values[-1], *[self.field.zero] * (len(u.terms) - 1)])
        for value in reversed(values[:-1]):
            total = self.calculus.multiply(total, step)
            total.terms[0] = total.terms[0] + value
        return total

    def _sign(self, expr: Expr) -> tuple[int, Series]:
        """The sign of an expression beside 0, and its expansion."""
        if self._side == 0:
            raise OneSidedError
        series = self.read(expr)
        try:
            lead = self.calculus.stripped(series)
        except MoreTermsError:
            if expr == 0 or self._final_try:
                return 0, series
            raise
        s = self.field.sign(lead.terms[0])
        if s is None:
            from symbolic_init.analysis.order import compare

            compare(self.field.expression(lead.terms[0]), S.Zero, self.field.known)
            msg = f"the sign of {expr} beside 0 cannot be told"
            raise AssumptionError(msg)
        return s, series

    def read_abs(self, expr: Expr) -> Series:
        """Expand the absolute value."""
        s, u = self._sign(expr.args[0])
        return u if s >= 0 else Series(u.start, [-c for c in u.terms])

    def read_sign(self, expr: Expr) -> Series:
        """Expand the sign."""
        return self.calculus.constant(S(self._sign(expr.args[0])[0]))

    def read_heaviside(self, expr: Expr) -> Series:
        """Expand the step function."""
        s, _ = self._sign(expr.args[0])
        return self.calculus.constant((S.Zero, expr.args[1], S.One)[s + 1])

    def read_extreme(self, expr: Expr) -> Series:
        """Expand the larger or smaller of several."""
        wanted = 1 if expr.func is Max else -1
        best = expr.args[0]
        for other in expr.args[1:]:
            if self._sign(other - best)[0] == wanted:
                best = other
        return self.read(best)

    def read_piecewise(self, expr: Expr) -> Series:
        """Expand the case that holds beside 0."""
        for value, condition in expr.args:
            if self._holds(condition):
                return self.read(value)
        msg = f"{expr} is not defined beside 0"
        raise UnsupportedError(msg)

    def _holds(self, condition: Any) -> bool:
        if isinstance(condition, BooleanTrue | BooleanFalse):
            return bool(condition)
        if isinstance(condition, Relational):
            s = self._sign(condition.lhs - condition.rhs)[0]
            return bool(condition.func(S(s), S.Zero))
        truths = (self._holds(c) for c in condition.args)
        if isinstance(condition, And):
            return all(truths)
        if isinstance(condition, Or):
            return any(truths)
        if isinstance(condition, Not):
            return not next(truths)
        if isinstance(condition, ITE):
            test, yes, no = condition.args
            return self._holds(yes if self._holds(test) else no)
        msg = f"there is no rule for the condition {condition}"
        raise UnsupportedError(msg)


_SWITCHES = (Abs, sign, Heaviside, Max, Min, Piecewise)

_DERIVATIVES: Mapping[Any, Callable[[Expr], Expr]] = MappingProxyType(
    {
        log: lambda w: 1 / w,
        erf: lambda w: 2 / sqrt(pi) * exp(-(w**2)),
        erfc: lambda w: -2 / sqrt(pi) * exp(-(w**2)),
        erfi: lambda w: 2 / sqrt(pi) * exp(w**2),
        atan: lambda w: 1 / (1 + w**2),
        acot: lambda w: -1 / (1 + w**2),
        asinh: lambda w: (1 + w**2) ** (-S.Half),
        acosh: lambda w: (w - 1) ** (-S.Half) * (w + 1) ** (-S.Half),
        atanh: lambda w: 1 / (1 - w**2),
        acoth: lambda w: 1 / (1 - w**2),
        asin: lambda w: (1 - w**2) ** (-S.Half),
        acos: lambda w: -((1 - w**2) ** (-S.Half)),
    }
)

_FORMS: Mapping[Any, Callable[[Expr], Expr]] = MappingProxyType(
    {
        sech: lambda w: 1 / cosh(w),
        csch: lambda w: 1 / sinh(w),
        coth: lambda w: cosh(w) / sinh(w),
        sec: lambda w: 1 / cos(w),
        csc: lambda w: 1 / sin(w),
        cot: lambda w: cos(w) / sin(w),
    }
)


def _derivative_rule(f: Any, derivative: Callable[[Expr], Expr]) -> Callable[[Expansion, Expr], Series]:
    return lambda reader, expr: reader.by_derivative(reader.read(expr.args[0]), f, derivative)


def _form_rule(form: Callable[[Expr], Expr]) -> Callable[[Expansion, Expr], Series]:
    return lambda reader, expr: reader.in_terms_of(reader.read(expr.args[0]), form)


_RULES: Mapping[Any, Callable[[Expansion, Expr], Series]] = MappingProxyType(
    {
        tanh: lambda r, e: r.calculus.riccati(r.read(e.args[0]), tanh, -1),
        tan: lambda r, e: r.calculus.riccati(r.read(e.args[0]), tan, 1),
        sin: lambda r, e: r.calculus.pair(r.read(e.args[0]), sin, cos, -1)[0],
        cos: lambda r, e: r.calculus.pair(r.read(e.args[0]), sin, cos, -1)[1],
        sinh: lambda r, e: r.calculus.pair(r.read(e.args[0]), sinh, cosh, 1)[0],
        cosh: lambda r, e: r.calculus.pair(r.read(e.args[0]), sinh, cosh, 1)[1],
        Abs: Expansion.read_abs,
        sign: Expansion.read_sign,
        Heaviside: Expansion.read_heaviside,
        Max: Expansion.read_extreme,
        Min: Expansion.read_extreme,
        Piecewise: Expansion.read_piecewise,
        **{f: _derivative_rule(f, d) for f, d in _DERIVATIVES.items()},
        **{f: _form_rule(form) for f, form in _FORMS.items()},
    }
)
