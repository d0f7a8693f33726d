"""The field of coefficients: quotients of polynomials in x, q, pi, the parameters and roots of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, final

import flint
from sympy import Add, Expr, Mul, Pow, Rational, pi, sqrt

from symbolic_init.assumptions import Assumptions, Sign
from symbolic_init.moments.intervals import opened, termwise_sign
from symbolic_init.moments.nested_roots import integer_root, is_nested_root, roots_of
from symbolic_init.notation import x

__all__ = ["Element", "Field", "MissingError", "Unreadable", "X", "rational"]

X, Q, ROOT_PI = 0, 1, 2

_MOST_TERMS_WITH_ROOTS = 8
"""Longer sums with roots in them are not compared with what is known to be positive."""


@final
class Unreadable(Exception):  # noqa: N818 - a signal inside this package, never shown
    """The expression has no normal form: another method must answer."""


@final
class MissingError(Exception):
    """A constant that the field lacks: it must be built again with it."""

    def __init__(self, constant: Expr) -> None:
        self.constant = constant
        super().__init__(str(constant))


@final
class Element:
    """One element of a `Field`: a quotient in lowest terms, with a monic denominator."""

    __slots__ = ("_key", "d", "field", "n")

    def __init__(self, field: "Field", n: Any, d: Any) -> None:
        self.field = field
        self.n = n
        self.d = d
        self._key = ""

    @property
    def key(self) -> str:
        """Canonical text: equal elements of one field have equal keys."""
        if not self._key:
            self._key = f"{self.n}" if self.d.is_one() else f"({self.n})/({self.d})"
        return self._key

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Element) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __repr__(self) -> str:
        return self.key

    def __bool__(self) -> bool:
        return not self.n.is_zero()

    def __neg__(self) -> "Element":
        return Element(self.field, -self.n, self.d)

    def __add__(self, other: "Element | int") -> "Element":
        b = self.field.coerce(other)
        if not self:
            return b
        if not b:
            return self
        if self.d == b.d:
            return self.field.quotient(self.n + b.n, self.d)
        return self.field.quotient(self.n * b.d + b.n * self.d, self.d * b.d)

    def __sub__(self, other: "Element | int") -> "Element":
        return self + (-self.field.coerce(other))

    def __mul__(self, other: "Element | int") -> "Element":
        b = self.field.coerce(other)
        return self.field.quotient(self.n * b.n, self.d * b.d)

    def __truediv__(self, other: "Element | int") -> "Element":
        b = self.field.coerce(other)
        if not b:
            raise Unreadable("division by zero")
        return self.field.quotient(self.n * b.d, self.d * b.n)

    def __pow__(self, exponent: int) -> "Element":
        if exponent < 0:
            return self.field.one / self ** (-exponent)
        return self.field.quotient(self.n**exponent, self.d**exponent)

    def __rmul__(self, other: int) -> "Element":
        return self * other

    def degree(self, index: int = X) -> int:
        """Degree of the numerator in one generator."""
        return int(self.n.degrees()[index]) if self else 0

    def has(self, index: int) -> bool:
        """Whether a generator occurs."""
        return bool(self) and (self.n.degrees()[index] > 0 or self.d.degrees()[index] > 0)

    def is_polynomial(self, index: int = X) -> bool:
        """Whether the denominator is free of one generator."""
        return bool(self.d.degrees()[index] == 0)

    def coefficients(self, index: int = X) -> dict[int, "Element"]:
        """Coefficients of the numerator over the denominator, by degree in one generator."""
        groups: dict[int, dict[tuple[int, ...], Any]] = {}
        for powers, c in self.n.to_dict().items():
            k = powers[index]
            groups.setdefault(k, {})[(*powers[:index], 0, *powers[index + 1 :])] = c
        context = self.field.context
        return {k: self.field.quotient(context.from_dict(t), self.d) for k, t in groups.items()}

    def at(self, value: "Element", index: int = X) -> "Element":
        """Value with one generator replaced (Horner's scheme, numerator and denominator)."""
        top = _horner(Element(self.field, self.n, self.field.one.n), value, index)
        if self.is_polynomial(index):
            return top / Element(self.field, self.d, self.field.one.n)
        return top / _horner(Element(self.field, self.d, self.field.one.n), value, index)

    def diff(self) -> "Element":
        """Derivative with respect to x."""
        n, d = self.n, self.d
        if self.is_polynomial():
            return self.field.quotient(n.derivative(X), d)
        return self.field.quotient(n.derivative(X) * d - n * d.derivative(X), d * d)

    def parts(self) -> tuple["Element", "Element"]:
        """Real and imaginary part."""
        k = self.field.imaginary
        if k is None or not self.has(k):
            return self, self.field.zero
        c = self.coefficients(k)
        return c.get(0, self.field.zero), c.get(1, self.field.zero)

    def number(self) -> Rational | None:
        """The rational number it is, or `None`."""
        if not (self.n.is_constant() and self.d.is_constant()):
            return None
        c = self.n.leading_coefficient() if self else 0
        return rational(c)

    def expr(self) -> Expr:
        """The element as a SymPy expression, expanded over its denominator."""
        field = self.field
        return Mul(field.poly_expr(self.n), Pow(field.poly_expr(self.d), -1))


def _horner(e: Element, value: Element, index: int) -> Element:
    c = e.coefficients(index)
    total = e.field.zero
    for k in range(max(c, default=0), -1, -1):
        total = total * value + c.get(k, e.field.zero)
    return total


def rational(c: Any) -> Rational:
    """A number of python-flint as a SymPy number."""
    c = flint.fmpq(c)
    return Rational(int(c.p), int(c.q))


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Field:
    """The field over the rationals that one mean lives in.

    Attributes:
        generators: SymPy value of each generator; the first are x, q and sqrt(pi).
        index: Position of each generator.
        context: Polynomial ring of python-flint.
        squares: Pairs (position, polynomial): that generator is the root of that polynomial.
        equal: Numerator and denominator of the generators that the ones before them can express.
        positive: Positions of the generators known to be positive.
        imaginary: Position of `I`, if there is trigonometry.
        known: What is known of the parameters.
        bounded: Positions of the generators that lie in an open interval, with its ends.
    """

    generators: tuple[Expr, ...]
    index: Mapping[Expr, int]
    context: Any
    squares: tuple[tuple[int, Any], ...]
    equal: Mapping[int, tuple[Any, Any]]
    positive: frozenset[int]
    imaginary: int | None
    known: Assumptions
    bounded: tuple[tuple[int, Any, Any], ...] = ()

    @property
    def zero(self) -> Element:
        """The element 0."""
        return Element(self, self.context.constant(0), self.context.constant(1))

    @property
    def one(self) -> Element:
        """The element 1."""
        return Element(self, self.context.constant(1), self.context.constant(1))

    def gen(self, index: int) -> Element:
        """One generator as an element."""
        return Element(self, *self.equal.get(index, (self.context.gen(index), self.context.constant(1))))

    @property
    def x(self) -> Element:
        """The argument of the function."""
        return self.gen(X)

    @property
    def q(self) -> Element:
        """The variance."""
        return self.gen(Q)

    @property
    def root_pi(self) -> Element:
        """The square root of pi."""
        return self.gen(ROOT_PI)

    @property
    def i(self) -> Element:
        """The imaginary unit."""
        if self.imaginary is None:
            raise Unreadable("no imaginary unit here")
        return self.gen(self.imaginary)

    def constant(self, numerator: Any, denominator: Any = 1) -> Element:
        """A rational number as an element."""
        return self.quotient(
            self.context.constant(flint.fmpq(numerator, denominator)), self.context.constant(1)
        )

    def coerce(self, value: Element | int) -> Element:
        """An integer as an element."""
        return value if isinstance(value, Element) else self.constant(value)

    def quotient(self, n: Any, d: Any) -> Element:
        """The quotient of two polynomials in canonical form."""
        if self.squares:
            n, d = self._reduced(n), self._reduced(d)
            for k, _ in reversed(self.squares):
                if d.degrees()[k]:
                    conjugate = self._conjugate(d, k)
                    n, d = self._reduced(n * conjugate), self._reduced(d * conjugate)
        if n.is_zero():
            return self.zero
        if not d.is_constant():
            common = n.gcd(d)
            if not common.is_one():
                n, d = n / common, d / common
        lead = d.leading_coefficient()
        if lead != 1:
            n, d = n / lead, d / lead
        return Element(self, n, d)

    def _conjugate(self, p: Any, k: int) -> Any:
        return self.context.from_dict({m: (-c if m[k] % 2 else c) for m, c in p.to_dict().items()})

    def _reduced(self, p: Any) -> Any:
        for k, square in reversed(self.squares):
            if p.is_zero() or p.degrees()[k] < 2:
                continue
            groups: dict[int, dict[tuple[int, ...], Any]] = {}
            for m, c in p.to_dict().items():
                half, rest = divmod(m[k], 2)
                groups.setdefault(half, {})[(*m[:k], rest, *m[k + 1 :])] = c
            p = sum(
                (self.context.from_dict(t) * square**h for h, t in groups.items()), self.context.constant(0)
            )
        return p

    def poly_expr(self, p: Any) -> Expr:
        """A polynomial as a SymPy expression."""
        return Add(*(self._monomial_expr(m, c) for m, c in p.to_dict().items()))

    def _monomial_expr(self, powers: tuple[int, ...], c: Any) -> Expr:
        factors = [rational(c)]
        factors += [_power(g, int(k)) for g, k in zip(self.generators, powers, strict=True) if k]
        return Mul(*factors)

    def element(self, expr: Expr) -> Element:
        """Read an expression made of the generators; raise `Unreadable` otherwise."""
        if expr.is_Rational:
            return self.constant(int(expr.p), int(expr.q))
        if expr in self.index:
            return self.gen(self.index[expr])
        if expr is pi:
            return self.root_pi * self.root_pi
        if expr.is_Add:
            return self._folded(expr.args, product=False)
        if expr.is_Mul:
            return self._folded(expr.args, product=True)
        if expr.is_Pow and expr.exp.is_Integer and abs(expr.exp) <= 200:
            return self.element(expr.base) ** int(expr.exp)
        if is_nested_root(expr):
            return self._nested_root(expr)
        if expr.has(x) or expr.is_extended_real is False:
            raise Unreadable(str(expr))
        raise MissingError(expr)

    def _nested_root(self, expr: Expr) -> Element:
        """A power whose exponent has a power of 2 below, by the generators for its base."""
        order, total = int(expr.exp.q), self.one
        for root, power in roots_of(expr.base, order).items():
            if root not in self.index:
                raise MissingError(root)
            total = total * self.gen(self.index[root]) ** power
        if order == 2 and expr.base.is_Rational:
            total = total / int(expr.base.q) * integer_root(expr.base)
        return total ** int(expr.exp.p)

    def _folded(self, args: Iterable[Expr], *, product: bool) -> Element:
        total = self.one if product else self.zero
        for a in args:
            total = total * self.element(a) if product else total + self.element(a)
        return total

    def sign(self, e: Element) -> Sign | None:
        """Sign of a real element for all admissible parameters and q > 0, or `None`."""
        if not e:
            return 0
        top, below = self.poly_sign(e.n), self.poly_sign(e.d)
        if top is None or below is None:
            return None
        return 1 if top == below else -1

    def poly_sign(self, p: Any) -> Sign | None:
        """Sign of a polynomial: by its coefficients, then by its factors."""
        direct = termwise_sign(p, self.positive)
        if direct is not None:
            return direct
        content, factors = p.factor()
        total = 1 if content > 0 else -1
        for f, m in factors:
            one = self._factor_sign(f)
            if one is None or one == 0:
                return None
            if one < 0 and m % 2:
                total = -total
        return 1 if total > 0 else -1

    def _factor_sign(self, p: Any) -> Sign | None:
        inside = self.positive.union(k for k, _, _ in self.bounded)
        direct = termwise_sign(opened(p, self.bounded, self.context), inside)
        settled = self.bounded and not self.known.positive
        if (
            direct is not None
            or (self.imaginary is not None and p.degrees()[self.imaginary])
            or p.degrees()[X]
            or (settled and all(not k or j in inside for j, k in enumerate(p.degrees())))
        ):
            return direct
        if any(p.degrees()[k] for k, _ in self.squares):
            by_parts = self._rooted_sign(p)
            if by_parts is not None or not self.known.positive or len(p) > _MOST_TERMS_WITH_ROOTS:
                return by_parts
        return self.known.sign(self.poly_expr(p))

    def _rooted_sign(self, p: Any) -> Sign | None:
        """Sign of `a + b*sqrt(s)`: where a and b differ in it, that of `a*(a**2 - b**2*s)`."""
        k, square = max((k, s) for k, s in self.squares if p.degrees()[k])
        parts = Element(self, p, self.one.n).coefficients(k)
        a, b = parts.get(0, self.zero).n, parts[1].n
        signs = [self.poly_sign(c) if c else 0 for c in (a, b)]
        if None in signs:
            return None
        if signs[0] == signs[1] or 0 in signs:
            return signs[0] or signs[1]
        norm = self._reduced(a**2 - b**2 * square)
        larger = self.poly_sign(norm) if norm else 0
        return None if larger is None else (signs[0] if larger == 1 else signs[1] if larger == -1 else 0)


def _power(generator: Expr, exponent: int) -> Expr:
    return Pow(pi, Rational(exponent, 2)) if generator == sqrt(pi) else Pow(generator, exponent)
