"""Expansion of an expression for large positive x in powers, logarithms and exponentials.

A term is `c * exp(E(x)) * x**p * log(x)**l`, where `E` is a sum of positive powers of `x`. Of waves only
their size is told; what cannot be decided raises; nothing is guessed.
"""

from collections.abc import Callable, Mapping
from functools import cmp_to_key
from types import MappingProxyType
from typing import Any, final

from sympy import (
    Add,
    Expr,
    Mul,
    S,
    acosh,
    acoth,
    asinh,
    atan,
    binomial,
    cos,
    cosh,
    coth,
    csch,
    erf,
    erfc,
    exp,
    expand,
    factorial,
    log,
    nan,
    oo,
    pi,
    sech,
    sin,
    sinh,
    sqrt,
    tanh,
    zoo,
)

from symbolic_init.analysis.growth import ONE, TINY, Key, Sum, TooFastError, UndecidedError, product, raised
from symbolic_init.analysis.order import number_sign
from symbolic_init.assumptions import Assumptions
from symbolic_init.notation import x
from symbolic_init.special.sinc import Sinc

__all__ = ["Asymptotics"]

_MOST_TERMS = 4
_MOST_POWERS = 2


@final
class Asymptotics:
    """Expands expressions for `x -> oo`."""

    def __init__(self, known: Assumptions) -> None:
        self._known = known
        self._found: dict[Expr, Sum] = {}

    def read(self, expr: Expr) -> Sum:
        """Return the leading terms of an expression."""
        found = self._found.get(expr)
        if found is None:
            found = self._found[expr] = self._read(expr)
        return found

    def leading(self, total: Sum) -> tuple[Key, Expr]:
        """Return the first term of a sum that is not 0."""
        if not total.terms:
            raise UndecidedError
        return total.terms[0]

    def limit(self, expr: Expr) -> Expr:
        """Return the limit of an expression, which may be infinite."""
        total = self.read(expr)
        if not total.terms:
            if total.rest is not None and self.compare(total.rest, ONE) >= 0:
                raise UndecidedError
            return S.Zero
        key, c = total.terms[0]
        size = self.compare(key, ONE)
        return c if size == 0 else S.Zero if size < 0 else oo * self.sign(c)

    def sign(self, value: Expr) -> int:
        """Return the sign of a coefficient."""
        sign = number_sign(value, self._known)
        if sign is None:
            raise UndecidedError
        return sign

    def compare(self, one: Key, two: Key) -> int:
        """Return 1 where `one` outgrows `two`, -1 where it is outgrown, 0 where they are equal."""
        if one == two:
            return 0
        powers = dict(one.exponent)
        for r, c in two.exponent:
            powers[r] = powers.get(r, S.Zero) - c
        for r in sorted(powers, reverse=True):
            sign = self.sign(powers[r])
            if sign:
                return sign
        return self.sign(one.power - two.power) or self.sign(one.logs - two.logs)

    def _read(self, expr: Expr) -> Sum:
        if expr == x:
            return Sum(((Key(power=S.One), S.One),))
        if x not in expr.free_symbols:
            return Sum(((ONE, expr),)) if expr != 0 else Sum(())
        if expr.is_Add:
            return self._collected([t for a in expr.args for t in self.read(a).terms], self._rests(expr.args))
        if expr.is_Mul:
            total = self.read(expr.args[0])
            for factor in expr.args[1:]:
                total = self._multiply(total, self.read(factor))
            return total
        if isinstance(expr, exp):
            return self._exp(self.read(expr.args[0]))
        if expr.is_Pow:
            if x in expr.exp.free_symbols:
                return self.read(exp(expr.exp * log(expr.base)))
            return self._power(self.read(expr.base), expr.exp)
        if isinstance(expr, log):
            return self._log(self.read(expr.args[0]))
        form = _FORMS.get(expr.func)
        if form is not None:
            return self.read(form(expr.args[0]))
        return self._function(expr)

    def _rests(self, args: tuple[Expr, ...]) -> list[Key]:
        return [rest for a in args if (rest := self.read(a).rest) is not None]

    def _collected(self, terms: list[tuple[Key, Expr]], rests: list[Key]) -> Sum:
        """Join equal terms, drop what is left out anyway, and order the others."""
        rest = max(rests, key=cmp_to_key(self.compare)) if rests else None
        coefficients: dict[Key, list[Expr]] = {}
        for key, c in terms:
            coefficients.setdefault(key, []).append(c)
        joined = []
        for key, cs in coefficients.items():
            total = cs[0] if len(cs) == 1 else _short(Add(*cs))
            if total != 0 and (rest is None or self.compare(key, rest) > 0):
                joined.append((key, total))
        joined.sort(key=cmp_to_key(self._falling))
        if len(joined) > _MOST_TERMS:
            rest, joined = joined[_MOST_TERMS][0], joined[:_MOST_TERMS]
        return Sum(tuple(joined), rest)

    def _falling(self, one: tuple[Key, Expr], two: tuple[Key, Expr]) -> int:
        return self.compare(two[0], one[0])

    def _multiply(self, one: Sum, two: Sum) -> Sum:
        rests = []
        for a, b in ((one, two), (two, one)):
            if a.rest is not None:
                if b.terms:
                    rests.append(product(a.rest, b.terms[0][0]))
                elif b.rest is not None:
                    rests.append(product(a.rest, b.rest))
                else:
                    return Sum(())
        terms = [(product(k, m), Mul(c, d)) for k, c in one.terms for m, d in two.terms]
        return self._collected(terms, rests)

    def _split(self, total: Sum) -> tuple[Key, Expr, Sum]:
        """Write a sum as `c * key * (1 + small)`."""
        key, c = self.leading(total)
        inverse = raised(key, S.NegativeOne)
        small = [(product(k, inverse), d / c) for k, d in total.terms[1:]]
        rests = [] if total.rest is None else [product(total.rest, inverse)]
        return key, c, self._collected(small, rests)

    def _of_small(self, small: Sum, terms: Callable[[int], Expr]) -> Sum:
        """`sum(terms(k) * small**k)`."""
        total, power = [(ONE, terms(0))], Sum(((ONE, S.One),))
        rests: list[Key] = []
        if not small.terms and small.rest is None:
            return Sum(tuple(total))
        for k in range(1, _MOST_POWERS + 1):
            power = self._multiply(power, small)
            total += [(key, terms(k) * c) for key, c in power.terms]
            if power.rest is not None:
                rests.append(power.rest)
        beyond = self._multiply(power, small)
        rests += [beyond.terms[0][0]] if beyond.terms else [beyond.rest] if beyond.rest is not None else []
        return self._collected(total, rests)

    def _power(self, base: Sum, exponent: Expr) -> Sum:
        if not base.terms and base.rest is not None and exponent.is_positive:
            return Sum((), raised(base.rest, exponent))
        key, c, small = self._split(base)
        if not exponent.is_integer and self.sign(c) < 0:
            raise UndecidedError
        series = self._of_small(small, lambda k: binomial(exponent, k))
        return self._multiply(Sum(((raised(key, exponent), c**exponent),)), series)

    def _exp(self, u: Sum) -> Sum:
        exponent: list[tuple[Expr, Expr]] = []
        power, factor = S.Zero, S.One
        small: list[tuple[Key, Expr]] = []
        if u.rest is not None and self.compare(u.rest, ONE) >= 0:
            raise UndecidedError
        for key, c in u.terms:
            size = self.compare(key, ONE)
            if size < 0:
                small.append((key, c))
            elif size == 0:
                factor = exp(c)
            elif key.exponent or (key.logs != 0 and key.power != 0):
                if not key.exponent or key != u.terms[0][0]:
                    raise UndecidedError
                if self.sign(c) > 0:
                    raise TooFastError
                return Sum((), TINY)
            elif key.power != 0:
                exponent.append((key.power, c))
            elif key.logs == 1:
                power = c
            else:
                raise UndecidedError
        series = self._of_small(Sum(tuple(small), u.rest), lambda k: 1 / factorial(k))
        front = Key(exponent=tuple(exponent), power=power)
        return self._multiply(Sum(((front, factor),)), series)

    def _log(self, u: Sum) -> Sum:
        key, c, small = self._split(u)
        if self.sign(c) < 0 or (key.logs != 0):
            raise UndecidedError
        terms = [(Key(power=r), e) for r, e in key.exponent if r != oo]
        if len(terms) < len(key.exponent):
            raise UndecidedError
        terms.append((Key(logs=S.One), key.power))
        series = self._of_small(small, lambda k: log(c) if k == 0 else S.NegativeOne ** (k + 1) / k)
        rests = [] if series.rest is None else [series.rest]
        return self._collected([t for t in (*terms, *series.terms) if t[1] != 0], rests)

    def _function(self, expr: Expr) -> Sum:
        if expr.func in (sin, cos):
            return self._wave(expr)
        if len(expr.args) != 1:
            raise UndecidedError
        try:
            argument = self.read(expr.args[0])
        except TooFastError:
            if expr.func not in _FLAT:
                raise
            raise UndecidedError from None
        if self._is_finite(argument):
            return self._at_finite(expr)
        rule = _AT_INFINITY.get(expr.func)
        if rule is None:
            raise UndecidedError
        _key, c = self.leading(argument)
        sign = self.sign(c)
        u = Sum(tuple((k, sign * d) for k, d in argument.terms), argument.rest)
        value = rule(self, u)
        return Sum(tuple((k, sign * d) for k, d in value.terms), value.rest)

    def _wave(self, expr: Expr) -> Sum:
        """A sine or cosine of something real: without a limit of that, nothing is told but its size."""
        try:
            if self._is_finite(self.read(expr.args[0])):
                return self._at_finite(expr)
        except (UndecidedError, TooFastError):
            pass
        return Sum((), ONE)

    def _is_finite(self, u: Sum) -> bool:
        """Whether a sum has a finite limit."""
        if u.rest is not None and self.compare(u.rest, ONE) >= 0:
            return False
        return u.largest is None or self.compare(u.largest, ONE) <= 0

    def _at_finite(self, expr: Expr) -> Sum:
        """A smooth function of something with a finite limit."""
        u = self.read(expr.args[0])
        at = u.terms[0][1] if u.terms and u.terms[0][0] == ONE else S.Zero
        small = Sum(tuple(t for t in u.terms if t[0] != ONE), u.rest)
        derivatives, derivative = [], expr.func(x)
        for k in range(_MOST_POWERS + 1):
            value = derivative.xreplace({x: at})
            if value.has(nan, zoo, oo, -oo):
                raise UndecidedError
            derivatives.append(value / factorial(k))
            derivative = derivative.diff(x)
        return self._of_small(small, lambda k: derivatives[k])

    def scaled_exp(self, u: Sum, factor: Expr, power: Expr) -> Sum:
        """Return `factor * u**power * exp(-u**2)`."""
        square = self._multiply(u, u)
        down = self._exp(Sum(tuple((k, -c) for k, c in square.terms), square.rest))
        front = self._multiply(Sum(((ONE, factor),)), self._power(u, power))
        return self._multiply(front, down)

    def tanh_like(self, u: Sum) -> Sum:
        """Return `1 - 2*exp(-2*u)` up to the square of the exponential."""
        down = self._exp(Sum(tuple((k, -2 * c) for k, c in u.terms), u.rest))
        rest = down.terms[0][0] if down.terms else down.rest
        rests = [] if rest is None else [product(rest, rest)]
        rests += [] if down.rest is None else [down.rest]
        return self._collected([(ONE, S.One), *((k, -2 * c) for k, c in down.terms)], rests)

    def erf_like(self, u: Sum) -> Sum:
        """Return `1 - exp(-u**2)/(sqrt(pi)*u)` with its error."""
        down = self.scaled_exp(u, -1 / sqrt(pi), S.NegativeOne)
        beyond = self.scaled_exp(u, S.One, S(-3))
        first = beyond.terms[0][0] if beyond.terms else beyond.rest
        rests = [r for r in (down.rest, first) if r is not None]
        return self._collected([(ONE, S.One), *down.terms], rests)

    def atan_like(self, u: Sum) -> Sum:
        """Return `pi/2 - 1/u` with its error."""
        inverse = self._power(u, S.NegativeOne)
        cube = self._power(u, S(-3))
        rests = [cube.terms[0][0]] if cube.terms else []
        rests += [] if inverse.rest is None else [inverse.rest]
        return self._collected([(ONE, pi / 2), *((k, -c) for k, c in inverse.terms)], rests)

    def asinh_like(self, u: Sum) -> Sum:
        """Return `log(2*u) + 1/(4*u**2)` with its error."""
        doubled = self._log(Sum(tuple((k, 2 * c) for k, c in u.terms), u.rest))
        square = self._power(u, S(-2))
        rests = [square.terms[0][0]] + ([] if doubled.rest is None else [doubled.rest])
        return self._collected(list(doubled.terms), rests)

    def sinc_like(self, u: Sum) -> Sum:
        """Return 0, with an error of the size of `1/u`."""
        return Sum((), self.leading(self._power(u, S.NegativeOne))[0])


def _short(value: Expr) -> Expr:
    """A coefficient, 0 where its terms cancel."""
    return value if value.is_Rational else expand(value)


_FORMS: Mapping[Any, Callable[[Expr], Expr]] = MappingProxyType(
    {
        sinh: lambda u: (exp(u) - exp(-u)) / 2,
        cosh: lambda u: (exp(u) + exp(-u)) / 2,
        sech: lambda u: 2 / (exp(u) + exp(-u)),
        csch: lambda u: 2 / (exp(u) - exp(-u)),
        coth: lambda u: 1 / tanh(u),
        acoth: lambda u: log((u + 1) / (u - 1)) / 2,
        acosh: lambda u: log(u + sqrt(u**2 - 1)),
        erfc: lambda u: 1 - erf(u),
    }
)

_AT_INFINITY: Mapping[Any, Callable[[Asymptotics, Sum], Sum]] = MappingProxyType(
    {
        tanh: Asymptotics.tanh_like,
        erf: Asymptotics.erf_like,
        atan: Asymptotics.atan_like,
        asinh: Asymptotics.asinh_like,
        Sinc: Asymptotics.sinc_like,
    }
)
"""Odd functions of something that goes to plus infinity, and one that vanishes there."""

_FLAT = frozenset({tanh, erf, atan})
