"""Arithmetic of truncated power series with exact coefficients."""

from collections.abc import Callable
from typing import Any, NamedTuple, final

from sympy import Expr, S, exp

from symbolic_init.analysis.coefficients import Field, exact_constant
from symbolic_init.errors import UnsupportedError

__all__ = ["Calculus", "MoreTermsError", "OneSidedError", "Series"]


class MoreTermsError(Exception):
    """Leading terms cancel: more of them are needed for the order asked for."""


class OneSidedError(Exception):
    """The expansion differs from side to side."""


class Series(NamedTuple):
    """`x**start * (c[0] + c[1]*x + ...)`, known up to the last coefficient given."""

    start: int
    terms: list[Any]

    @property
    def end(self) -> int:
        """The first power that is not known."""
        return self.start + len(self.terms)


@final
class Calculus:
    """Sums, products, quotients and elementary functions of series in `t > 0`.

    Args:
        field: The numbers to compute with.
        length: How many terms are kept.
        is_one_sided: `t > 0` may be used; else the result must hold for both signs of `t`.
    """

    def __init__(self, field: Field, length: int, *, is_one_sided: bool) -> None:
        self.field = field
        self.length = length
        self.is_one_sided = is_one_sided

    def padded(self, terms: list[Any]) -> Series:
        """Return a series from its first terms."""
        return Series(0, (terms + [self.field.zero] * self.length)[: self.length])

    def constant(self, value: Expr) -> Series:
        """Return a constant as a series."""
        return self.padded([self.field.number(exact_constant(value))])

    def add(self, one: Series, two: Series) -> Series:
        """Return the sum."""
        if one.start == two.start:
            return Series(one.start, [a + b for a, b in zip(one.terms, two.terms, strict=False)])
        low, high = (one, two) if one.start < two.start else (two, one)
        shift = high.start - low.start
        end = min(low.end, high.end) - low.start
        terms = list(low.terms[:end])
        for k in range(shift, end):
            terms[k] = terms[k] + high.terms[k - shift]
        return Series(low.start, terms)

    def multiply(self, one: Series, two: Series) -> Series:
        """Return the product."""
        a, b = one.terms, two.terms
        size = min(len(a), len(b))
        zero = self.field.zero
        sparse = [(i, c) for i, c in enumerate(a[:size]) if c]
        out = [zero] * size
        for i, c in sparse:
            for j in range(size - i):
                if b[j]:
                    out[i + j] = out[i + j] + c * b[j]
        return Series(one.start + two.start, out)

    def stripped(self, series: Series) -> Series:
        """The same series, its first term not 0."""
        for k, term in enumerate(series.terms):
            if not self.field.is_zero(term):
                return Series(series.start + k, series.terms[k:])
        raise MoreTermsError

    def divide(self, one: Series, two: Series) -> Series:
        """Return the quotient."""
        below = self.stripped(two)
        size = min(len(one.terms), len(below.terms))
        inverse = self.field.inverse(below.terms[0])
        out: list[Any] = []
        divisor = [(j, c) for j, c in enumerate(below.terms[:size]) if j and c]
        for k in range(size):
            rest = one.terms[k]
            for j, c in divisor:
                if j > k:
                    break
                rest = rest - c * out[k - j]
            out.append(rest * inverse)
        return Series(one.start - below.start, out)

    def derivative(self, u: Series) -> Series:
        """The derivative of a series that starts at 0 or above."""
        full = self.from_zero(u)
        return Series(0, [*[k * c for k, c in enumerate(full.terms)][1:], self.field.zero])

    def integral(self, u: Series, value: Any) -> Series:
        """Return the integral that starts with `value`."""
        half = [self.field.divided(c, k) for k, c in enumerate(u.terms, start=1)]
        return Series(0, [value, *half][: len(u.terms)])

    def from_zero(self, u: Series) -> Series:
        """The same series with `start` 0; poles are refused."""
        if u.start == 0:
            return u
        if u.start > 0:
            return Series(0, [self.field.zero] * u.start + u.terms)
        lead = self.stripped(u)
        if lead.start < 0:
            msg = "there is no Taylor expansion at 0: something has a pole there"
            raise UnsupportedError(msg)
        return self.from_zero(lead)

    def value(self, f: Callable[[Expr], Expr], u: Series) -> Any:
        """`f` at the constant term of `u`."""
        value = exact_constant(f(self.field.expression(u.terms[0])))
        if value.has(S.ComplexInfinity, S.Infinity, S.NegativeInfinity, S.NaN):
            msg = f"there is no Taylor expansion at 0: {f} is not finite there"
            raise UnsupportedError(msg)
        return self.field.number(value)

    def exponential(self, u: Series) -> Series:
        """Return the exponential."""
        lead = self.stripped(u) if u.start < 0 else u
        if lead.start < 0:
            return self._flat_exp(lead)
        u = self.from_zero(u)
        out = [self.value(exp, u)]
        weights = [(k, k * c) for k, c in enumerate(u.terms) if k and c]
        for n in range(1, len(u.terms)):
            total = self.field.zero
            for k, c in weights:
                if k > n:
                    break
                total = total + c * out[n - k]
            out.append(self.field.divided(total, n))
        return Series(0, out)

    def _flat_exp(self, lead: Series) -> Series:
        """`exp` of something that goes to minus infinity: 0 to all orders."""
        if not self.is_one_sided:
            raise OneSidedError
        if self.field.sign(lead.terms[0]) == -1:
            return self.padded([])
        msg = "there is no Taylor expansion at 0: an exponential is unbounded there"
        raise UnsupportedError(msg)

    def power_terms(self, u: Series, power: Expr) -> list[Any]:
        """Return the terms of a constant power of a series whose first term is not 0."""
        p = self.field.number(power)
        out = [self.value(lambda c: c**power, u)]
        inverse = self.field.inverse(u.terms[0])
        weights = [(k, c) for k, c in enumerate(u.terms) if k and c]
        for n in range(1, len(u.terms)):
            total = self.field.zero
            for k, c in weights:
                if k > n:
                    break
                total = total + (p * k - (n - k)) * c * out[n - k]
            out.append(self.field.divided(total * inverse, n))
        return out

    def riccati(self, u: Series, f: Any, square: int) -> Series:
        """`tan` and `tanh`: `y' = (1 + square*y**2)*u'`."""
        u = self.from_zero(u)
        slope = [k * c for k, c in enumerate(u.terms)][1:]
        y, squares = [self.value(f, u)], [self.field.zero]
        for n in range(1, len(u.terms)):
            squares.append(sum((y[i] * y[n - 1 - i] for i in range(n)), self.field.zero))
            total = slope[n - 1] if n <= len(slope) else self.field.zero
            for j in range(n):
                total = total + square * squares[j + 1] * slope[n - 1 - j]
            y.append(self.field.divided(total, n))
        return Series(0, y)

    def pair(self, u: Series, odd: Any, even: Any, square: int) -> tuple[Series, Series]:
        """`(sin, cos)` or `(sinh, cosh)`: `s' = c*u'`, `c' = square*s*u'`."""
        u = self.from_zero(u)
        s, c = [self.value(odd, u)], [self.value(even, u)]
        weights = [(k, k * a) for k, a in enumerate(u.terms) if k and a]
        for n in range(1, len(u.terms)):
            ds = dc = self.field.zero
            for k, a in weights:
                if k > n:
                    break
                ds, dc = ds + a * c[n - k], dc + a * s[n - k]
            s.append(self.field.divided(ds, n))
            c.append(self.field.divided(square * dc, n))
        return Series(0, s), Series(0, c)
