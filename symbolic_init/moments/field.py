"""The field of coefficients: quotients of polynomials in x, q, pi, the parameters and roots of them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import isqrt
from typing import Any, final

import flint
from sympy import Add, Expr, I, Integer, Mul, Pow, Rational, S, Symbol, factorint, pi, sqrt

from symbolic_init.assumptions import Assumptions, Sign
from symbolic_init.notation import q, x

__all__ = ["X", "Element", "Field", "MissingError", "Unreadable", "field_of"]

X, Q, ROOT_PI = 0, 1, 2
_SMALL_PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47)


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
        return _rational(c)

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


def _rational(c: Any) -> Rational:
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
        positive: Positions of the generators known to be positive.
        imaginary: Position of `I`, if there is trigonometry.
        known: What is known of the parameters.
    """

    generators: tuple[Expr, ...]
    index: Mapping[Expr, int]
    context: Any
    squares: tuple[tuple[int, Any], ...]
    positive: frozenset[int]
    imaginary: int | None
    known: Assumptions

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
        return Element(self, self.context.gen(index), self.context.constant(1))

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
            for k, _ in self.squares:
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
        factors = [_rational(c)]
        factors += [_power(g, k) for g, k in zip(self.generators, powers, strict=True) if k]
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
        if _is_half_power(expr):
            root = self.one
            for part in _roots_of(expr.base):
                if part not in self.index:
                    raise MissingError(part)
                root = root * self.gen(self.index[part])
            if expr.base.is_Rational:
                root = root / int(expr.base.q) * _integer_root(expr.base)
            return root ** int(2 * expr.exp)
        if expr.has(x) or expr.is_extended_real is False:
            raise Unreadable(str(expr))
        raise MissingError(expr)

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
        direct = self._termwise_sign(p)
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

    def _termwise_sign(self, p: Any) -> Sign | None:
        found = 0
        for m, c in p.to_dict().items():
            if any(k % 2 and j not in self.positive for j, k in enumerate(m)):
                return None
            s = 1 if c > 0 else -1
            if found and s != found:
                return None
            found = s
        certain = any(all(not k or j in self.positive for j, k in enumerate(m)) for m in p.monoms())
        return (1 if found > 0 else -1) if found and certain else None

    def _factor_sign(self, p: Any) -> Sign | None:
        direct = self._termwise_sign(p)
        if (
            direct is not None
            or (self.imaginary is not None and p.degrees()[self.imaginary])
            or p.degrees()[X]
        ):
            return direct
        return self.known.sign(self.poly_expr(p))

    def root(self, e: Element) -> tuple[Element, Element]:
        """Write the root of a positive element as `c*sqrt(r)`, `r` a polynomial without squares."""
        content, factors = (e.n * e.d).factor()
        below = self.poly_sign(e.d) or self.poly_sign(e.n)
        if below is None:
            raise Unreadable("root of an expression of unknown sign")
        outer, inner = self.constant(below) / Element(self, e.d, self.one.n), self.one
        for f, m in factors:
            sign = self.poly_sign(f)
            if sign == -1 and m % 2:
                content = -content
            oriented = Element(self, -f if sign == -1 else f, self.one.n)
            whole = m // 2
            if sign is None and whole % 2:
                inner = inner * oriented**2
                whole -= 1
            outer = outer * oriented**whole
            if m % 2:
                if sign is None and content < 0 and oriented.n.leading_coefficient() < 0:
                    oriented, content = -oriented, -content
                inner = inner * oriented
        if content < 0:
            flippable = next((f for f, m in factors if m % 2 and self.poly_sign(f) is None), None)
            if flippable is None:
                raise Unreadable("root of a negative number")
            content, inner = -content, -inner
        top, base = _rational(content).as_numer_denom()
        pulled, rest = _square_part(int(top) * int(base))
        return outer * self.constant(pulled, int(base)), inner * rest

    def root_parity(self, e: Element) -> Iterator[tuple[Element, Element]]:
        """Split an element by roots: pairs `(c, r)` that add up to it as `c*sqrt(r)`."""
        d = Element(self, e.d, self.one.n)
        extra = self.one
        if e.d.degrees()[ROOT_PI] % 2 and len(e.d) == 1:
            d, extra = d * self.root_pi, self.root_pi
        groups: dict[tuple[int, ...], dict[tuple[int, ...], Any]] = {}
        roots = (ROOT_PI, *(k for k, _ in self.squares if k != self.imaginary))
        for m, c in (e.n * extra.n).to_dict().items():
            odd = tuple(k for k in roots if m[k] % 2)
            groups.setdefault(odd, {})[tuple(p - (k in odd) for k, p in enumerate(m))] = c
        squares = dict(self.squares)
        for odd, terms in groups.items():
            radicand = self.one
            for k in odd:
                squared = squares.get(k)
                radicand = radicand * (
                    self.root_pi**2 if squared is None else Element(self, squared, self.one.n)
                )
            yield self.quotient(self.context.from_dict(terms), self.one.n) / d, radicand


def _power(generator: Expr, exponent: int) -> Expr:
    return Pow(pi, Rational(exponent, 2)) if generator == sqrt(pi) else Pow(generator, exponent)


def _square_part(n: int) -> tuple[int, int]:
    """`(s, t)` with `n = s**2*t`; only small primes and perfect squares are looked for."""
    pulled = 1
    for p in _SMALL_PRIMES:
        while n % (p * p) == 0:
            n //= p * p
            pulled *= p
    whole = isqrt(n)
    return (pulled * whole, 1) if whole * whole == n else (pulled, n)


def _is_half_power(expr: Expr) -> bool:
    return bool(expr.is_Pow and expr.exp.is_Rational and expr.exp.q == 2 and not expr.base.has(x))


def _odd_primes(n: Rational) -> tuple[int, ...]:
    powers = factorint(int(n.p) * int(n.q), limit=10**6)
    return tuple(sorted(p for p, k in powers.items() if k % 2))


def _integer_root(n: Rational) -> int:
    powers = factorint(int(n.p) * int(n.q), limit=10**6)
    total = 1
    for p, k in powers.items():
        total *= p ** (k // 2)
    return total


def _roots_of(base: Expr) -> tuple[Expr, ...]:
    """The generators whose product is the root of `base`, up to an integer."""
    if base.is_Rational:
        return tuple(sqrt(Integer(p)) for p in _odd_primes(base))
    return (sqrt(pi),) if base is pi else (Pow(base, S.Half),)


def _constants(expr: Expr) -> Iterator[tuple[Expr, Expr | None]]:
    """Generators needed for an expression without x, each with its square if it is a root."""
    if expr.is_Rational or expr is pi or expr == q:
        return
    if expr.is_Symbol:
        yield expr, None
    elif expr.is_Add or expr.is_Mul or (expr.is_Pow and expr.exp.is_Integer):
        for a in expr.args[:1] if expr.is_Pow else expr.args:
            yield from _constants(a)
    elif _is_half_power(expr):
        if not expr.base.is_Rational:
            yield from _constants(expr.base)
        elif expr.base < 0:
            raise Unreadable(str(expr))
        for root in _roots_of(expr.base):
            if root != sqrt(pi):
                yield root, root.base
    elif expr.has(I):
        raise Unreadable(str(expr))
    else:
        yield expr, None


def _needed(expr: Expr) -> Iterator[tuple[Expr, Expr | None]]:
    if not expr.has(x):
        yield from _constants(expr)
        return
    for a in expr.args:
        if expr.is_Pow and a.is_Rational:
            continue
        yield from _needed(a)
    if expr.is_Pow and not expr.base.has(x):
        from sympy import log

        yield log(expr.base), None


def field_of(expressions: Iterable[Expr], known: Assumptions, *, trigonometric: bool = False) -> Field:
    """Return the smallest field that holds the coefficients of some expressions in x."""
    needed: dict[Expr, Expr | None] = {}
    for e in expressions:
        for generator, square in _needed(e):
            if generator not in (x, q):
                needed[generator] = square
    plain = sorted((g for g, s in needed.items() if s is None), key=str)
    rooted = sorted((g for g, s in needed.items() if s is not None), key=lambda g: (g.count_ops(), str(g)))
    generators = (x, q, sqrt(pi), *plain, *rooted, *((I,) if trigonometric else ()))
    names = tuple(f"g{k}" for k in range(len(generators)))
    context = flint.fmpq_mpoly_ctx.get(names, "lex")
    positive = {
        Q,
        ROOT_PI,
        *(k for k, g in enumerate(generators) if k > 2 and _is_positive(g, needed, known)),
    }
    field = Field(
        generators=generators,
        index={g: k for k, g in enumerate(generators)},
        context=context,
        squares=(),
        positive=frozenset(positive),
        imaginary=len(generators) - 1 if trigonometric else None,
        known=known,
    )
    return _with_squares(
        field, {g: needed[g] for g in rooted} | ({I: S.NegativeOne} if trigonometric else {})
    )


def _with_squares(field: Field, squares: Mapping[Expr, Expr | None]) -> Field:
    from dataclasses import replace

    for generator, value in squares.items():
        square = field.element(value)
        if not square.d.is_constant():
            raise Unreadable(str(value))
        field = replace(field, squares=(*field.squares, (field.index[generator], square.n)))
    return field


def _is_positive(generator: Expr, needed: Mapping[Expr, Expr | None], known: Assumptions) -> bool:
    if generator is I:
        return False
    if needed[generator] is not None:
        return True
    return (
        known.sign(generator) == 1
        if isinstance(generator, Symbol) or generator.free_symbols
        else bool(generator.is_positive)
    )
