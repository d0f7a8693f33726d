"""Random members of the families of functions whose Gaussian means have closed forms.

A family is a row of kinds, and a kind makes one function from random choices. `member` makes the function of
a number, the same at every run; `strategies` are the same families for Hypothesis.
"""

from collections.abc import Callable, Mapping, Sequence
from random import Random
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, Protocol

from hypothesis import reject
from hypothesis import strategies as st
from sympy import (
    Abs,
    Add,
    Expr,
    Heaviside,
    Max,
    Min,
    Mul,
    Piecewise,
    Rational,
    S,
    Symbol,
    asinh,
    cos,
    cosh,
    erf,
    erfc,
    exp,
    log,
    pi,
    sech,
    sign,
    sin,
    sinh,
    sqrt,
    tanh,
)

from symbolic_init.notation import x

__all__ = ["FAMILIES", "SMOOTH", "Family", "Kind", "Member", "member", "members", "strategies"]

a, b = (Symbol(name, positive=True) for name in "ab")
c = Symbol("c", real=True)
PLACES: Mapping[str, tuple[Expr, ...]] = MappingProxyType(
    {
        "rational": (),
        "named": (-a - b, -a, S.Zero, a, a + b),
        "irrational": (-pi / 2, -sqrt(2), S.Zero, sqrt(3), pi),
    }
)
"""Breakpoints of one function come from one row, so that their order is known for all positive a and b."""


GENERIC = tuple(Rational(k, 7) for k in (6, 4, 9, 11, 16))
"""Values of letters: none of the numbers of a function, so that poles and breakpoints stay apart."""


class Choices(Protocol):
    """What is asked of a generator of random numbers."""

    def randint(self, low: int, high: int, /) -> int: ...

    def choice(self, options: Sequence[Any], /) -> Any: ...


class Draws:
    """Random choices, some of them letters: `values` holds a number for every letter drawn."""

    def __init__(self, random: Choices, *, letters: bool) -> None:
        self.random = random
        self.letters = letters
        self.row = random.choice(tuple(PLACES)) if letters else "rational"
        self.values: dict[Symbol, Rational] = {}

    def whole(self, low: int, high: int) -> int:
        return self.random.randint(low, high)

    def rational(self, size: int = 3) -> Rational:
        below = self.whole(1, 5)
        return Rational(self.whole(-size * below, size * below), below)

    def known(self) -> Rational:
        """A positive number."""
        return Rational(self.whole(1, 6), self.whole(2, 5))

    def symbol(self, letter: Symbol) -> Symbol:
        if letter not in self.values:
            side = 1 if letter.is_positive else self.random.choice((-1, 1))
            self.values[letter] = side * self.random.choice(GENERIC)
        return letter

    def has_letter(self) -> bool:
        return self.letters and self.whole(0, 1) == 1

    def number(self) -> Expr:
        return self.symbol(c) * self.known() if self.has_letter() else self.rational()

    def nonzero(self) -> Rational:
        return self.known() * self.random.choice((-1, 1))

    def positive(self, letter: Symbol = a) -> Expr:
        return self.symbol(letter) if self.has_letter() else self.known()

    def shift(self) -> Expr:
        """Mostly 0."""
        return self.random.choice((S.Zero, S.Zero, self.rational(), self.number()))

    def polynomial(self, most: int) -> Expr:
        """Not zero; a letter in one coefficient at most."""
        degree = self.random.choice((1, 0, *range(2, most + 1)))
        place = self.whole(0, most) if self.letters else -1
        terms = [self.nonzero() * x**degree]
        terms += [(self.number() if k == place else self.rational()) * x**k for k in range(degree)]
        return Add(*terms)

    def places(self, most: int) -> tuple[Expr, ...]:
        """Breakpoints from left to right."""
        count = self.whole(1, most)
        row = PLACES[self.row]
        if not row:
            return tuple(sorted({self.rational() for _ in range(count)}))
        found = [row[k] for k in sorted({self.whole(0, len(row) - 1) for _ in range(count)})]
        for place in found:
            for letter in sorted(place.free_symbols, key=str):
                self.symbol(letter)
        return tuple(found)

    def place(self) -> Expr:
        return self.places(1)[0]

    def sum(self, most: int, term: Callable[[], Expr]) -> Expr:
        return Add(*(term() for _ in range(self.whole(1, most))))

    def on_pieces(self, places: Sequence[Expr], branch: Callable[[], Expr]) -> Expr:
        branches = [branch() for _ in range(len(places) + 1)]
        return Piecewise(*((f, x < p) for f, p in zip(branches, places, strict=False)), (branches[-1], True))

    def on_half_lines(self, branch: Callable[[], Expr]) -> Expr:
        return self.on_pieces((S.Zero,), branch)


class Kind(NamedTuple):
    """How one sort of function is made.

    `squares`: its square has a form as well; `joins`: so have its sums (and products) with other kinds.
    """

    make: Callable[[Draws], Expr]
    squares: bool = True
    joins: bool = True


Join = Literal["nothing", "sum", "any"]


class Family(NamedTuple):
    """The kinds of a family, and what joins two of them to another member: a sum, or any operation."""

    kinds: Mapping[str, Kind]
    join: Join


class Member(NamedTuple):
    """A function of the family, numbers for its letters, and whether its square has a form as well."""

    family: str
    kind: str
    g: Expr
    values: Mapping[Symbol, Rational]
    squares: bool


# A: piecewise polynomials


def polynomial_pieces(d: Draws) -> Expr:
    return d.on_pieces(d.places(5), lambda: d.polynomial(4))


def hinges(d: Draws) -> Expr:
    def hinge() -> Expr:
        return d.number() * Max(0, d.random.choice((-1, 1)) * (x - d.place())) ** d.whole(1, 3)

    return d.sum(4, hinge) + d.polynomial(1)


def clipped(d: Draws) -> Expr:
    low, high = d.place(), d.place()
    inner = x if d.row == "named" else d.nonzero() * x + d.rational()
    return Max(low, Min(high, inner)) * d.polynomial(2) + d.rational() * x


def folded(d: Draws) -> Expr:
    inner, outer = (S.Zero, d.symbol(a)) if d.row == "named" else (d.rational(), d.known())
    return d.nonzero() * Abs(Abs(x - inner) - outer) + d.polynomial(2)


def steps(d: Draws) -> Expr:
    def step() -> Expr:
        jump = d.random.choice((sign, Heaviside))
        return d.polynomial(2) * jump(x - d.place())

    return d.sum(3, step)


def symbolic_slopes(d: Draws) -> Expr:
    left, right, slope = d.symbol(a), d.symbol(b), d.symbol(c)
    return Piecewise((slope * (x + right), x < -right), (0, x < left), (d.polynomial(2), True))


# B: polynomials times exponentials of linear functions


def exponential(d: Draws) -> Expr:
    rate = d.random.choice((d.nonzero(), d.number(), d.positive()))
    return d.polynomial(2) * exp(rate * x / 2) + d.rational()


def exponential_pieces(d: Draws) -> Expr:
    return d.on_pieces(d.places(3), lambda: d.random.choice((exponential, lambda d: d.polynomial(3)))(d))


def exponential_unit(d: Draws) -> Expr:
    scale = d.positive()
    return Piecewise((d.positive(b) * (exp(x / scale) - 1), x < 0), (d.nonzero() * x, True))


def two_sided(d: Draws) -> Expr:
    return d.polynomial(2) * exp(-d.positive() * Abs(x - d.place())) + d.rational()


def decaying_rectifier(d: Draws) -> Expr:
    return Max(0, x - d.place()) ** d.whole(1, 2) * exp(-d.positive() * x)


def hyperbolic_pieces(d: Draws) -> Expr:
    head = d.random.choice((sinh, cosh))
    return d.on_pieces(d.places(2), lambda: d.polynomial(1) * head(d.known() * x / 2))


# C: exponentials of quadratics times polynomials times waves


def bell(d: Draws) -> Expr:
    return exp(-d.positive() * x**2 + d.shift() * x)


def bell_polynomial(d: Draws) -> Expr:
    return d.polynomial(3) * bell(d)


def bell_wave(d: Draws) -> Expr:
    head = d.random.choice((sin, cos))
    return d.polynomial(2) * bell(d) * head(d.positive(b) * x + d.rational())


def bell_on_pieces(d: Draws) -> Expr:
    return d.on_pieces(d.places(2), lambda: d.random.choice((bell_polynomial, bell_wave))(d))


def growing_bell(d: Draws) -> Expr:
    return d.polynomial(2) * exp(d.known() * x**2 / 10)


# D: trigonometric functions times polynomials


def wave(d: Draws) -> Expr:
    head = d.random.choice((sin, cos))
    return head(d.positive() * x + d.shift())


def wave_polynomial(d: Draws) -> Expr:
    return d.polynomial(2) * wave(d) + d.polynomial(2)


def wave_product(d: Draws) -> Expr:
    return wave(d) * cos(d.known() * x) * d.polynomial(1)


def wave_power(d: Draws) -> Expr:
    return d.polynomial(1) + wave(d) ** d.whole(2, 3) / d.known()


def wave_on_pieces(d: Draws) -> Expr:
    return d.on_pieces(d.places(2), lambda: d.random.choice((wave_polynomial, lambda d: d.polynomial(2)))(d))


def sinc_like(d: Draws) -> Expr:
    rate = d.positive()
    forms = (sin(rate * x) / x, (1 - cos(rate * x)) / x, (1 - cos(rate * x)) / x**2, sin(rate * x) ** 2 / x)
    return d.random.choice(forms) * d.random.choice((d.nonzero(), cos(d.known() * x)))


def shifted_sinc(d: Draws) -> Expr:
    u = x - d.rational()
    return d.polynomial(1) * sin(d.positive() * u) / u


# E: error functions and normal distribution functions


def error_function(d: Draws) -> Expr:
    inner = d.positive() * x + d.shift()
    return d.random.choice((erf(inner), erfc(inner), (1 + erf(inner / sqrt(2))) / 2))


def central_error_function(d: Draws) -> Expr:
    return d.polynomial(1) * erf(d.positive() * x) + d.rational()


def gated(d: Draws) -> Expr:
    return d.polynomial(2) * error_function(d) + d.polynomial(1)


def gated_exponential(d: Draws) -> Expr:
    return d.polynomial(1) * error_function(d) * exp(d.rational() * x / 2)


def gated_bell(d: Draws) -> Expr:
    return d.polynomial(2) * error_function(d) * exp(-d.known() * x**2)


def two_error_functions(d: Draws) -> Expr:
    weight = d.random.choice((S.One, exp(d.rational() * x / 2), bell(d)))
    pair = error_function(d) * error_function(d) * weight
    return d.polynomial(2) * pair + d.polynomial(1) * error_function(d)


def window(d: Draws) -> Expr:
    """Error functions of one scale about two places, as the probability of an interval."""
    scale = d.positive()
    first, second = (erf(scale * x + shift) for shift in (d.shift(), d.shift()))
    return d.polynomial(1) * first * second + d.polynomial(1) * (first - second)


def gated_half_line(d: Draws) -> Expr:
    """Two error functions after squaring, so both centered."""
    return d.on_half_lines(lambda: central_error_function(d))


def gated_on_pieces(d: Draws) -> Expr:
    return d.on_pieces(d.places(2), lambda: d.random.choice((gated, gated_exponential))(d))


# F: rational functions


def quadratic(d: Draws) -> Expr:
    center = d.rational(1) if d.whole(0, 1) else S.Zero
    return (x - center) ** 2 + d.positive()


def fraction(d: Draws) -> Expr:
    return d.polynomial(2) / quadratic(d) ** d.whole(1, 2)


def fraction_of_two(d: Draws) -> Expr:
    return d.polynomial(2) / (quadratic(d) * (x**2 + d.known()))


def softened(d: Draws) -> Expr:
    return d.polynomial(2) / (d.positive() + d.known() * Abs(x)) ** d.whole(1, 2)


def softened_quadratic(d: Draws) -> Expr:
    return d.polynomial(1) / ((Abs(x) + d.known()) ** 2 + d.positive())


def quartic_fraction(d: Draws) -> Expr:
    return d.polynomial(2) / ((x**2 + d.rational(1)) ** 2 + d.positive())


def central_half_line_fraction(d: Draws) -> Expr:
    return d.on_half_lines(lambda: d.polynomial(2) / (x**2 + d.positive()))


def fraction_on_pieces(d: Draws) -> Expr:
    """Poles at one height, centered; powers of 1/x away from 0."""
    height, places = d.positive(), sorted({d.known(), d.known() + 1})
    tail = d.polynomial(2) / (x**2 + height) ** d.whole(1, 2)
    middle = d.random.choice((d.polynomial(2), tail))
    outer = d.random.choice((tail, d.rational() / x + d.rational() / x**2))
    return Piecewise((middle, x < places[0]), (outer, x < places[-1]), (d.polynomial(1), True))


def half_line_fraction(d: Draws) -> Expr:
    right = d.random.choice((quadratic(d), x + d.known()))
    return Piecewise((d.polynomial(1), x < 0), (d.polynomial(1) / right, True))


# G: square roots of quadratics


def root(d: Draws) -> Expr:
    return (d.positive(b) * x**2 + d.positive()) ** Rational(d.random.choice((-3, -1, 1, 1, 3)), 2)


def root_polynomial(d: Draws) -> Expr:
    return d.polynomial(2) * root(d) + d.polynomial(2)


def root_on_half_lines(d: Draws) -> Expr:
    return d.on_half_lines(lambda: d.random.choice((root_polynomial, lambda d: d.polynomial(2)))(d))


def root_below(d: Draws) -> Expr:
    """A root in the denominator that can be made rational: what is left there has no zero but 0."""
    scale = d.known()
    length = sqrt(x**2 + scale**2)
    return d.polynomial(1) / (length + d.random.choice((scale, x, -x)))


def root_bell(d: Draws) -> Expr:
    return d.polynomial(1) * root(d) * exp(-d.known() * x**2)


def third_root(d: Draws) -> Expr:
    exponent = Rational(d.random.choice((-2, -1, 1, 2, 4)), 3)
    return d.polynomial(1) * (d.known() * x**2 + d.positive()) ** exponent


# H: powers, logarithms, inverse hyperbolic sines


def size_power(d: Draws) -> Expr:
    return Abs(x) ** d.positive()


def power_polynomial(d: Draws) -> Expr:
    odd = sign(x) if d.whole(0, 1) else S.One
    return d.nonzero() * odd * size_power(d) + d.rational() + d.rational() * x


def power_on_half_line(d: Draws) -> Expr:
    return d.nonzero() * Max(0, x) ** d.positive() + d.rational() * Max(0, -x) ** d.known()


def shifted_power(d: Draws) -> Expr:
    u = x - d.place()
    return d.random.choice((Abs(u), Max(0, u))) ** d.known() * d.random.choice((d.nonzero(), x))


def power_wave(d: Draws) -> Expr:
    return Abs(x) ** d.positive() * d.random.choice((sin, cos))(d.positive(b) * x) * d.polynomial(1)


def power_exponential(d: Draws) -> Expr:
    return Abs(x) ** d.known() * exp(d.rational(1) * x)


def logarithm_of_quadratic(d: Draws) -> Expr:
    """Its square is not known."""
    return d.polynomial(2) * log(d.known() * x**2 + d.positive()) + d.polynomial(1)


def logarithm(d: Draws) -> Expr:
    return d.polynomial(2) * log(d.positive() * Abs(x)) + d.rational()


def inverse_sine(d: Draws) -> Expr:
    return d.polynomial(2) * asinh(d.positive() * x) + d.polynomial(1)


# L: polynomials in x and tanh


def tanh_polynomial(d: Draws) -> Expr:
    u = tanh(d.positive() * x)
    return Add(*(d.rational() * x ** d.whole(0, 2) * u ** d.whole(0, 2) for _ in range(d.whole(1, 3)))) + u


def logistic(d: Draws) -> Expr:
    return d.polynomial(1) / (1 + exp(-d.positive() * x)) + d.rational()


def tanh_gated(d: Draws) -> Expr:
    rate = d.known()
    return x * (1 + tanh(rate * x)) * d.nonzero() - d.rational() * tanh(rate * x) ** 2


def secant(d: Draws) -> Expr:
    u = d.positive() * x
    return d.polynomial(1) * sech(u) ** d.whole(1, 2) + d.rational() * tanh(u)


def soft_rectifier(d: Draws) -> Expr:
    rate = d.positive()
    return d.random.choice((log(1 + exp(rate * x)) / rate, log(cosh(rate * x)))) * d.nonzero() + d.polynomial(
        1
    )


# Across families


def bell_and_pieces(d: Draws) -> Expr:
    return d.on_pieces((d.place(),), lambda: d.polynomial(1)) * bell(d)


def wave_on_pieces_with_bell(d: Draws) -> Expr:
    return d.on_pieces((d.place(),), lambda: d.polynomial(1)) * wave(d) + bell(d)


def gated_pieces(d: Draws) -> Expr:
    return d.on_pieces((d.place(),), lambda: d.polynomial(1)) * error_function(d)


def decaying_wave(d: Draws) -> Expr:
    return exponential(d) * wave(d)


def gated_wave(d: Draws) -> Expr:
    return error_function(d) * wave(d) * d.polynomial(1)


def bell_fraction(d: Draws) -> Expr:
    return exp(-d.known() * x**2) * d.polynomial(1) / (x**2 + d.positive())


def of_two_families(d: Draws) -> Expr:
    """The sum of a function made of signs and exponentials and any other."""
    first = d.random.choice((polynomial_pieces, exponential_pieces, bell_polynomial, wave_polynomial, gated))
    second = d.random.choice(
        (
            fraction,
            softened,
            root_polynomial,
            power_polynomial,
            logarithm,
            inverse_sine,
            logistic,
            soft_rectifier,
            gated,
        )
    )
    return first(d) + second(d)


def _family(*kinds: Callable[[Draws], Expr] | Kind, join: Join = "sum") -> Family:
    found = tuple(k if isinstance(k, Kind) else Kind(k) for k in kinds)
    return Family(MappingProxyType({k.make.__name__: k for k in found}), join)


FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "A": _family(
            polynomial_pieces, hinges, clipped, folded, steps, Kind(symbolic_slopes, joins=False), join="any"
        ),
        "B": _family(
            exponential,
            exponential_pieces,
            exponential_unit,
            two_sided,
            decaying_rectifier,
            hyperbolic_pieces,
            join="any",
        ),
        "C": _family(bell_polynomial, bell_wave, bell_on_pieces, Kind(growing_bell, joins=False), join="any"),
        "D": _family(wave_polynomial, wave_product, wave_power, wave_on_pieces, sinc_like, shifted_sinc),
        "E": _family(
            central_error_function,
            gated,
            gated_exponential,
            gated_bell,
            Kind(two_error_functions, squares=False),
            Kind(window, squares=False),
            Kind(gated_half_line, joins=False),
            Kind(gated_on_pieces, squares=False),
        ),
        "F": _family(
            fraction,
            fraction_of_two,
            softened,
            softened_quadratic,
            central_half_line_fraction,
            half_line_fraction,
            Kind(fraction_on_pieces, joins=False),
            Kind(quartic_fraction, joins=False),
        ),
        "G": _family(root_polynomial, root_on_half_lines, root_below, root_bell, third_root, join="nothing"),
        "H": _family(
            power_polynomial,
            power_on_half_line,
            shifted_power,
            power_exponential,
            power_wave,
            logarithm,
            Kind(logarithm_of_quadratic, squares=False),
            inverse_sine,
            join="nothing",
        ),
        "L": _family(tanh_polynomial, logistic, tanh_gated, secant, soft_rectifier, join="nothing"),
        "mixed": _family(
            wave_on_pieces_with_bell,
            bell_and_pieces,
            decaying_wave,
            Kind(gated_pieces, squares=False),
            Kind(gated_wave, squares=False),
            bell_fraction,
            Kind(of_two_families, squares=False),
            join="nothing",
        ),
    }
)
"""The families by their letters in the order of the catalog of rules, and products and sums across them."""

SMOOTH = ("A", "B", "C", "D", "E")
"""The families of signs and exponentials: here every member has a form."""


def drawn(family: str, random: Choices, *, kind: str = "") -> Member | None:
    """Make a member from random choices; `None` where they give a constant."""
    kinds, join = FAMILIES[family]
    d = Draws(random, letters=chance(random, 3))
    name = kind or random.choice(tuple(kinds))
    first = kinds[name]
    g, squares = first.make(d), first.squares
    if join != "nothing" and first.joins and chance(random, 6):
        other = random.choice(tuple(k for k, v in kinds.items() if v.joins))
        is_product = join == "any" and chance(random, 2)
        g = (Mul if is_product else Add)(g, kinds[other].make(d))
        name, squares = f"{name} {'*' if is_product else '+'} {other}", squares and kinds[other].squares
    if x not in g.free_symbols:
        return None
    values = {s: v for s, v in d.values.items() if s in g.free_symbols}
    return Member(family, name, g, MappingProxyType(values), squares)


def chance(random: Choices, one_in: int) -> bool:
    """True once in so many times."""
    return random.randint(1, one_in) == one_in


def member(family: str, index: int) -> Member:
    """The member with a number; all kinds of the family take turns."""
    kinds = tuple(FAMILIES[family].kinds)
    random = Random(f"{family} {index}")  # noqa: S311 - not for secrets
    while True:
        found = drawn(family, random, kind=kinds[index % len(kinds)])
        if found is not None:
            return found


def members(family: str, count: int) -> tuple[Member, ...]:
    """The first members of a family."""
    return tuple(member(family, index) for index in range(count))


class _HypothesisChoices:
    """The choices of Hypothesis in the place of a generator of random numbers."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def randint(self, low: int, high: int) -> int:
        return self._draw(st.integers(low, high))

    def choice(self, options: Sequence[Any]) -> Any:
        return self._draw(st.sampled_from(options))


@st.composite
def _drawn_by_hypothesis(draw: st.DrawFn, family: str) -> Member:
    found = drawn(family, _HypothesisChoices(draw))
    return reject() if found is None else found


strategies = {family: _drawn_by_hypothesis(family) for family in FAMILIES}
"""The same families for Hypothesis."""
