"""Quotients of exponentials that are polynomials in one tanh and sech, and their logarithms."""

from collections.abc import Iterator, Mapping, Sequence
from math import comb, gcd, lcm
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, final

import flint
import sympy
from sympy import Expr, Rational, factorrat

from symbolic_init.moments.field import Element, Field, Unreadable, X
from symbolic_init.moments.normal_form import Form, Kernel, Key, accumulate, scaled, unit_key
from symbolic_init.notation import x

if TYPE_CHECKING:
    from symbolic_init.moments.reading import Reader

__all__ = [
    "WAVES",
    "has_exponential",
    "is_quotient",
    "log_form",
    "logistic_form",
    "oriented_wave",
    "tanh_form",
    "wave_kernels",
    "wave_power",
]

WAVES = ("logcosh", "sech", "tanh")
"""Kinds of kernels that are even or odd, smooth, and take a positive multiple of x."""

_MOST_POWER = 24
_LARGEST_PRIME = 10**6
"""Prime factors beyond it are left together."""

# Coefficients of the numerator and of the denominator in E = exp(a*x), by degree.
_HYPERBOLIC: Mapping[Any, tuple[Mapping[int, int], Mapping[int, int]]] = MappingProxyType(
    {
        sympy.tanh: ({2: 1, 0: -1}, {2: 1, 0: 1}),
        sympy.coth: ({2: 1, 0: 1}, {2: 1, 0: -1}),
        sympy.sech: ({1: 2}, {2: 1, 0: 1}),
        sympy.csch: ({1: 2}, {2: 1, 0: -1}),
        sympy.cosh: ({2: 1, 0: 1}, {1: 2}),
        sympy.sinh: ({2: 1, 0: -1}, {1: 2}),
    }
)
_WHOLE = (sympy.tanh, sympy.coth)
"""These are functions of exp(2*a*x)."""

_RECIPROCAL = (sympy.sech, sympy.csch, sympy.coth)


def is_quotient(expr: Expr) -> bool:
    """Whether a factor is a reciprocal of a sum of exponentials, or a hyperbolic function that is one."""
    if isinstance(expr, _RECIPROCAL):
        return True
    if not expr.is_Pow or not expr.exp.is_Integer:
        return False
    base = expr.base
    return isinstance(base, _RECIPROCAL) or (expr.exp < 0 and has_exponential(base))


def has_exponential(expr: Expr) -> bool:
    """Whether an exponential or a hyperbolic function occurs."""
    return any(True for _ in _exponents(expr))


def _exponents(expr: Expr) -> Iterator[tuple[Expr, bool]]:
    """The arguments of exponentials; whether only those of twice the argument matter."""
    if isinstance(expr, sympy.exp):
        yield expr.args[0], False
    elif expr.is_Pow and expr.exp.has(x) and not expr.base.has(x):
        yield expr.exp * sympy.log(expr.base), False
    elif type(expr) in _HYPERBOLIC:
        yield expr.args[0], isinstance(expr, _WHOLE)
    else:
        for a in expr.args:
            yield from _exponents(a)


def oriented_wave(a: Element) -> tuple[Element, int]:
    """The scale of `tanh(a*x)` with the sign that is positive, or else canonical, and its sign."""
    sign = a.field.sign(a) or (-1 if a.n.leading_coefficient() < 0 else 1)
    return (-a, -1) if sign == -1 else (a, 1)


def logistic_form(args: Sequence[Expr], reader: "Reader") -> tuple[Form, tuple[Expr, ...]]:
    """Read the factors of a product that are quotients of exponentials.

    Returns:
        Their product as a sum of powers of one tanh, times one sech or none, and the factors left.

    Raises:
        Unreadable: If the product of the quotients has other poles than one tanh.
    """
    ring = _ring(args, reader)
    top, below, rest = ring.one, ring.one, []
    for a in args:
        try:
            n, d = ring.read(a)
        except Unreadable:
            if is_quotient(a):
                raise
            rest.append(a)
        else:
            top, below = top * n, below * d
    common = top.gcd(below)
    return _form(ring.coefficients(top / common), ring.coefficients(below / common), ring), tuple(rest)


def _ring(args: Sequence[Expr], reader: "Reader") -> "_Ring":
    """The ring with the longest exponential of which all are whole powers."""
    places = [p for a in args if is_quotient(a) for p in _exponents(a)]
    first: Element | None = None
    ratios: list[Rational] = []
    for argument, doubled in (*places, *(p for a in args for p in _exponents(a))):
        rate = _rate(argument, reader)
        if rate is None:
            continue
        first = rate if first is None else first
        ratio = (rate / first).number()
        if ratio is not None:
            ratios.append(ratio * 2 if doubled else ratio)
    if first is None:
        raise Unreadable("no exponential")
    size = Rational(gcd(*(int(r.p) for r in ratios)), lcm(*(int(r.q) for r in ratios)))
    field = reader.field
    context = flint.fmpq_mpoly_ctx.get((*(f"g{k}" for k in range(len(field.generators))), "e"), "lex")
    return _Ring(reader, context, first * field.constant(int(size.p), int(size.q)))


def _rate(argument: Expr, reader: "Reader") -> Element | None:
    """The factor of x in an exponent without a constant term."""
    try:
        a, b = reader.linear(argument)
    except Unreadable:
        return None
    return None if b or not a else a


@final
class _Ring(NamedTuple):
    """Polynomials in x, the constants, and `exp(rate*x)`, the last generator."""

    reader: "Reader"
    context: Any
    rate: Element

    @property
    def one(self) -> Any:
        """The polynomial 1."""
        return self.context.constant(1)

    @property
    def field(self) -> Field:
        """Where the coefficients live."""
        return self.reader.field

    def _lifted(self, polynomial: Any, power: int = 0) -> Any:
        return self.context.from_dict({(*m, power): c for m, c in polynomial.to_dict().items()})

    def _of_wave(self, c: Mapping[int, int], power: int) -> Any:
        names = len(self.field.generators)
        return self.context.from_dict({(*(0,) * names, k * power): v for k, v in c.items()})

    def coefficients(self, p: Any) -> dict[int, Element]:
        """The coefficients by power of the exponential."""
        groups: dict[int, dict[tuple[int, ...], Any]] = {}
        for m, c in p.to_dict().items():
            groups.setdefault(m[-1], {})[m[:-1]] = c
        field = self.field
        found = {k: field.quotient(field.context.from_dict(g), field.one.n) for k, g in groups.items()}
        return {k: e for k, e in found.items() if e}

    def read(self, expr: Expr) -> tuple[Any, Any]:
        """Return an expression as a numerator and a denominator."""
        if not expr.has(x):
            if expr.has(sympy.exp):
                raise Unreadable("constant exponential")
            e = self.field.element(expr)
            return self._lifted(e.n), self._lifted(e.d)
        if expr == x:
            return self._lifted(self.field.x.n), self.one
        if expr.is_Add or expr.is_Mul:
            return self._folded(expr)
        if expr.is_Pow and expr.exp.is_Integer:
            return self._power(*self.read(expr.base), int(expr.exp))
        for head, (top, below) in _HYPERBOLIC.items():
            if isinstance(expr, head):
                power = self._whole(expr.args[0], 2 if head in _WHOLE else 1)
                half = 2 if head in _WHOLE else 1
                return self._quotient(
                    {k // half: c for k, c in top.items()}, {k // half: c for k, c in below.items()}, power
                )
        if isinstance(expr, sympy.exp):
            return self._quotient({1: 1}, {0: 1}, self._whole(expr.args[0], 1))
        if expr.is_Pow and not expr.base.has(x):
            return self._quotient({1: 1}, {0: 1}, self._whole(expr.exp * sympy.log(expr.base), 1))
        raise Unreadable(str(type(expr)))

    def _whole(self, argument: Expr, factor: int) -> int:
        rate = _rate(argument, self.reader)
        ratio = None if rate is None else (rate * factor / self.rate).number()
        if ratio is None or not ratio.is_Integer or abs(ratio) > _MOST_POWER:
            raise Unreadable("no whole power of the exponential")
        return int(ratio)

    def _quotient(self, top: Mapping[int, int], below: Mapping[int, int], power: int) -> tuple[Any, Any]:
        if power >= 0:
            return self._of_wave(top, power), self._of_wave(below, power)
        highest = max(*top, *below)
        return (
            self._of_wave({highest - k: c for k, c in top.items()}, -power),
            self._of_wave({highest - k: c for k, c in below.items()}, -power),
        )

    def _folded(self, expr: Expr) -> tuple[Any, Any]:
        n, d = self.read(expr.args[0])
        for a in expr.args[1:]:
            top, below = self.read(a)
            if expr.is_Mul:
                n, d = n * top, d * below
            elif d == below:
                n = n + top
            else:
                n, d = n * below + top * d, d * below
        return n, d

    def _power(self, n: Any, d: Any, exponent: int) -> tuple[Any, Any]:
        if abs(exponent) > _MOST_POWER:
            raise Unreadable("power")
        if exponent < 0:
            n, d = d, n
        if d.is_zero():
            raise Unreadable("division by zero")
        return n ** abs(exponent), d ** abs(exponent)


def _form(top: Mapping[int, Element], below: Mapping[int, Element], ring: _Ring) -> Form:
    """The quotient of two polynomials in E whose only poles are those of one tanh."""
    if not top:
        return {}
    field = ring.field
    lowest, highest = min(below), max(below)
    k = gcd(*(j - lowest for j in below)) or 1
    order = (highest - lowest) // k
    lead = below[highest]
    if order > _MOST_POWER or any(
        below.get(lowest + j * k, field.zero) != lead * comb(order, j) for j in range(order + 1)
    ):
        raise Unreadable("poles other than those of one tanh")
    if order and any(2 * (j - lowest) % k for j in top):
        raise Unreadable("part of a period of tanh")
    scale, sign = oriented_wave(ring.rate * k / 2)
    total: dict[Key, Element] = {}
    for j, c in top.items():
        power, half = divmod(j - lowest, k)
        secant = int(half > 0)
        inside = min(max(power, 0), order - secant)
        beta = ring.rate * ((power - inside) * k)
        for n, number in enumerate(_half_waves(inside, order - secant - inside)):
            if number:
                key = Key(field.zero, beta, field.zero, (), wave_kernels(scale * field.x, n, secant))
                accumulate(total, key, c / lead * field.constant(number * sign**n, 2**order))
    return total


def wave_kernels(argument: Element, tanh: int, sech: int = 0, logs: int = 0) -> tuple[Kernel, ...]:
    """Return powers of `tanh`, `sech` and `log(cosh)` of an argument as kernels, in their order."""
    powers = zip(WAVES, (logs, sech, tanh), strict=True)
    return tuple(Kernel(kind, argument, argument.field.constant(n)) for kind, n in powers if n)


def _half_waves(plus: int, minus: int) -> list[int]:
    """The coefficients of `(1 + u)**plus*(1 - u)**minus`."""
    total = [1]
    for sign in (1,) * plus + (-1,) * minus:
        total = [a + sign * b for a, b in zip((*total, 0), (0, *total), strict=True)]
    return total


_Binomials = tuple[Element, int, Mapping[int, int]]


def log_form(argument: Expr, reader: "Reader") -> Form:
    """Read the logarithm of a quotient of exponentials, by `log(1 + exp(t)) = t/2 + log(2) + log(cosh(t/2))`.

    Raises:
        Unreadable: If the quotient is no product of `c*exp(a*x)` and powers of `1 + exp(b*x)`, with `c > 0`.
    """
    field, unit = reader.field, unit_key(reader.field)
    if argument.is_Pow and argument.exp.is_Rational:
        exponent = field.constant(int(argument.exp.p), int(argument.exp.q))
        return scaled(log_form(argument.base, reader), exponent)
    ring = _ring((argument,), reader)
    constant, slope = field.one, field.zero
    total: dict[Key, Element] = {}
    for (lead, shift, powers), sign in zip(_both_sides(*ring.read(argument), ring), (1, -1), strict=True):
        constant = constant * lead**sign
        slope = slope + ring.rate * (shift * sign)
        for k, m in powers.items():
            half = ring.rate * k / 2
            constant = constant * field.constant(2) ** (m * sign)
            slope = slope + half * (m * sign)
            kernel = wave_kernels(oriented_wave(half)[0] * field.x, 0, logs=1)
            accumulate(total, unit._replace(kernel=kernel), field.constant(m * sign))
    if field.sign(constant) != 1:
        raise Unreadable("logarithm of what may be negative")
    accumulate(total, unit, slope * field.x + _log_of(constant))
    return total


def _log_of(constant: Element) -> Element:
    """The logarithm of a positive constant, by the primes of its rational factor."""
    field = constant.field
    number, rest = constant.expr().as_coeff_Mul()
    if number < 0:
        number, rest = -number, -rest
    parts = {**factorrat(number, limit=_LARGEST_PRIME), **({} if rest == 1 else {rest: 1})}
    return sum((field.element(sympy.log(p)) * int(m) for p, m in parts.items() if p != 1), field.zero)


def _both_sides(n: Any, d: Any, ring: "_Ring") -> tuple["_Binomials", "_Binomials"]:
    """Numerator and denominator as products: as they were written, or else in lowest terms."""
    try:
        return _binomials(ring.coefficients(n)), _binomials(ring.coefficients(d))
    except Unreadable:
        common = n.gcd(d)
        return _binomials(ring.coefficients(n / common)), _binomials(ring.coefficients(d / common))


def _binomials(p: Mapping[int, Element]) -> "_Binomials":
    """Return c, a and the powers m by k of `c*E**a*product((E**k + 1)**m)`."""
    if not p:
        raise Unreadable("logarithm of 0")
    lowest, highest = min(p), max(p)
    rest = [p.get(j, p[lowest].field.zero) for j in range(lowest, highest + 1)]
    powers: dict[int, int] = {}
    k = len(rest) - 1
    while k:
        quotient = _divided(rest, k)
        if quotient is None:
            k -= 1
        else:
            rest, powers[k] = quotient, powers.get(k, 0) + 1
            k = min(k, len(rest) - 1)
    if len(rest) > 1 or rest[0].has(X):
        raise Unreadable("logarithm of other factors than 1 + exp(t)")
    return rest[0], lowest, powers


def _divided(p: Sequence[Element], k: int) -> list[Element] | None:
    """The quotient by `E**k + 1`, with the coefficients from the constant up, if there is no rest."""
    rest = list(p)
    for j in range(len(rest) - 1, k - 1, -1):
        rest[j - k] = rest[j - k] - rest[j]
    return None if any(rest[:k]) else rest[k:]


def wave_power(kernel: Kernel) -> int:
    """The power of tanh that a kernel is; 0 where it is something else."""
    number = kernel.exponent.number()
    return 0 if kernel.kind != "tanh" or number is None else int(number)


def tanh_form(a: Element) -> Form:
    """`tanh(a*x)`."""
    field = a.field
    if not a:
        return {}
    scale, sign = oriented_wave(a)
    key = unit_key(field)._replace(kernel=wave_kernels(scale * field.x, 1))
    return {key: field.constant(sign)}
