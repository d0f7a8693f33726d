"""Exact coefficients of power series: rationals, or polynomials in the constants that occur."""

from typing import Any, final

from sympy import QQ, Add, Dummy, E, Expr, Mul, Rational, S, cancel, exp, log, ring
from sympy.functions.elementary.hyperbolic import HyperbolicFunction

from symbolic_init.analysis.order import number_sign
from symbolic_init.assumptions import Assumptions
from symbolic_init.decimals import evaluated
from symbolic_init.errors import UnsupportedError

__all__ = ["Field", "IrrationalError", "exact_constant"]

_ROOM = 24
"""How many different irrational constants and parameters one series may hold."""


class IrrationalError(Exception):
    """A constant that is not rational turned up where only rationals are kept."""


def exact_constant(value: Expr) -> Expr:
    """Return a constant in a shorter exact form: hyperbolic functions of logarithms become algebraic.

    Examples:
        >>> from sympy import log, tanh
        >>> exact_constant(tanh(log(2)))
        3/5
    """
    if value.is_Rational or not value.has(HyperbolicFunction) or not value.has(log):
        return value
    algebraic = value.rewrite(exp)
    if algebraic.has(exp, log):
        return value
    return cancel(algebraic)


@final
class Field:
    """Numbers to compute with: `QQ`, or a polynomial ring whose generators stand for constants.

    Every irrational constant and every parameter becomes a generator when it first occurs, and so
    does the reciprocal of whatever is divided by; relations between them (`sqrt(2)**2 = 2`) are
    applied when a coefficient is turned back into an expression.
    """

    def __init__(self, known: Assumptions, *, rational: bool) -> None:
        self.known = known
        self.rational = rational
        self._constants: dict[Expr, Any] = {}
        self._meaning: list[Expr] = []
        self._reciprocals: dict[Any, Any] = {}
        self._divisors: dict[int, Any] = {}
        if rational:
            self.zero, self.one = QQ.zero, QQ.one
            self._free: list[Any] = []
        else:
            domain, *generators = ring([Dummy(f"c{k}") for k in range(_ROOM)], QQ)
            self._ring = domain
            self.zero, self.one = domain.zero, domain.one
            self._free = generators[::-1]

    def number(self, value: Expr) -> Any:
        """Return the element that stands for a constant expression."""
        if value.is_Rational:
            element = QQ(value.p, value.q)
            return element if self.rational else self._ring.ground_new(element)
        if self.rational:
            raise IrrationalError
        if value.is_Add:
            return sum((self.number(a) for a in value.args), self.zero)
        if value.is_Mul:
            product = self.one
            for factor in value.args:
                product *= self.number(factor)
            return product
        if value.is_Pow and not isinstance(value, exp) and value.base is not E:
            return self._power(value.base, value.exp)
        return self._generator(value)

    def _power(self, base: Expr, power: Expr) -> Any:
        """An integer power of a generator or of a sum."""
        size = abs(power.p) if power.is_Rational else 1
        if power.is_Integer and power < 0 and base.is_Add:
            return self.inverse(self.number(base)) ** size
        if size == 1 and not (power == 1 and base.is_Add):
            return self._generator(base**power)
        return self.number(base ** (power / size)) ** size

    def _generator(self, value: Expr) -> Any:
        if value not in self._constants:
            self._constants[value] = self._fresh(value)
        return self._constants[value]

    def _fresh(self, value: Expr) -> Any:
        if not self._free:
            msg = f"more than {_ROOM} irrational constants and parameters in one Taylor expansion"
            raise UnsupportedError(msg)
        generator = self._free.pop()
        self._meaning.append(value)
        return generator

    def expression(self, element: Any) -> Expr:
        """Return the expression that an element stands for, in a short form."""
        if self.rational:
            return Rational(int(element.numerator), int(element.denominator))
        below = S.One
        for index, divisor in reversed(self._divisors.items()):
            element, power = _over_common(element, index, divisor)
            below *= self._plain(divisor) ** -power
        return self._plain(element) * below

    def _plain(self, element: Any) -> Expr:
        terms = []
        for powers, c in element.terms():
            factors = (self._meaning[k] ** e for k, e in enumerate(powers) if e)
            terms.append(Mul(Rational(int(c.numerator), int(c.denominator)), *factors))
        return Add(*terms)

    def is_zero(self, element: Any) -> bool:
        """Tell whether an element is 0, relations between its constants applied."""
        if self.rational or not element:
            return not element
        if element.is_ground:
            return False
        value = self.expression(element)
        if value.is_number:
            return bool(value.expand() == 0 or evaluated(value, 40) == 0)
        return bool(value == 0 or value.expand() == 0 or cancel(value) == 0)

    def sign(self, element: Any) -> int | None:
        """Return the sign of an element, or `None` when it cannot be told."""
        if self.rational:
            return int(element > 0) - int(element < 0)
        return number_sign(self.expression(element), self.known)

    def inverse(self, element: Any) -> Any:
        """Return the reciprocal of an element that is not 0."""
        if self.rational:
            return 1 / element
        if element.is_ground:
            return self._ring.ground_new(1 / element.LC)
        if len(element) == 1:
            return self.number(1 / self.expression(element))
        content, divisor = element.primitive()
        if divisor not in self._reciprocals:
            self._divisors[len(self._meaning)] = divisor
            self._reciprocals[divisor] = self._fresh(1 / self._plain(divisor))
        return self._reciprocals[divisor].quo_ground(content)

    def divided(self, element: Any, n: int) -> Any:
        """Return an element divided by a positive integer."""
        return element / n if self.rational else element.quo_ground(QQ(n))


def _over_common(element: Any, index: int, divisor: Any) -> tuple[Any, int]:
    """Write a polynomial in `1/divisor` as `numerator/divisor**power`, shortened."""
    power = max((monomial[index] for monomial in element.monoms()), default=0)
    if not power:
        return element, 0
    parts: dict[int, Any] = {}
    for monomial, c in element.terms():
        e = monomial[index]
        rest = element.ring.term_new((*monomial[:index], 0, *monomial[index + 1 :]), c)
        parts[e] = parts.get(e, element.ring.zero) + rest
    numerator = sum((part * divisor ** (power - e) for e, part in parts.items()), element.ring.zero)
    while power and numerator:
        quotient, remainder = divmod(numerator, divisor)
        if remainder:
            break
        numerator, power = quotient, power - 1
    return numerator, power
