r"""Hermite coefficients as formulas in their number n.

With `C_n(F) = E[F(x) He_n(x/s)]`, `s = sqrt(q)`, multiplication by x gives
`C_n(x F) = s (C_(n+1)(F) + n C_(n-1)(F))`. For F = exp(b x), exp(a x^2), erf(a x) and sign(x) the quotient of
`C_(n+2)(F)` and `C_n(F)` is rational in n, so that a polynomial times F has a `C_n` that is rational in n
times the one of F.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, final

from sympy import (
    Add,
    Expr,
    I,
    Integer,
    Mul,
    Pow,
    Rational,
    S,
    Symbol,
    cos,
    exp,
    expand,
    factor,
    factorial,
    factorial2,
    pi,
    sin,
    sqrt,
    together,
)

from symbolic_init.activation import Activation
from symbolic_init.activation import activation as read
from symbolic_init.analysis.pieces import Pieces, pieces
from symbolic_init.assumptions import Assumptions
from symbolic_init.errors import InternalError
from symbolic_init.moments.ball import value_ball
from symbolic_init.moments.closed_form import read_over
from symbolic_init.moments.field import Element, MissingError, Unreadable
from symbolic_init.moments.hermite import hermite_polynomial
from symbolic_init.moments.mean import mean_of
from symbolic_init.moments.normal_form import Form, Key
from symbolic_init.moments.splitting import terms_of
from symbolic_init.notation import q

__all__ = ["HermiteFormula", "hermite_formula"]

NUMBER = Symbol("n", integer=True, nonnegative=True)
"""The number of a coefficient."""

_MAX_CONSTANTS = 8
_CHECKED = 6
"""Coefficients that are compared one by one."""
_VARIANCE = Rational(7, 5)
_BITS = 50


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class HermiteFormula:
    """The Hermite coefficients `a_n(q)` of a function for every n from some number on.

    Attributes:
        even: The coefficient for even n, in `q` and the integer symbol `n`.
        odd: The same for odd n.
        start: The formulas hold for `n >= start`.
    """

    even: Expr
    odd: Expr
    start: int

    def at(self, number: int) -> Expr:
        """Return one coefficient.

        Raises:
            ValueError: If the formula does not hold for it.
        """
        if number < self.start:
            msg = f"the formula holds for n >= {self.start}, not for n = {number}"
            raise ValueError(msg)
        return (self.odd if number % 2 else self.even).xreplace({NUMBER: Integer(number)})


def hermite_formula(g: Expr | str | Activation, *, assume: str = "") -> HermiteFormula | None:
    r"""Return `a_n(q) = E[g(sqrt(q)*z)*He_n(z)]/sqrt(n!)` as a formula in n, or `None`.

    There is one for sums of polynomials times `exp(b*x)`, `exp(a*x**2)`, `erf(a*x)`, `sign(x)`, `sin` or
    `cos`. It is compared with single coefficients before it is returned.

    Args:
        g: A catalog name, text in `x`, a SymPy expression, or an `Activation`.
        assume: What is known of the parameters.

    Raises:
        InternalError: If the comparison fails: a bug.

    References:
        daniely2016, section 4.

    Examples:
        >>> hermite_formula("exp(x)").even
        q**(n/2)*exp(q/2)/sqrt(factorial(n))
        >>> hermite_formula("sign(x)").odd
        (-1)**(n/2 - 1/2)*sqrt(2)*factorial2(n - 2)/(sqrt(pi)*sqrt(factorial(n)))
        >>> hermite_formula("tanh(x)") is None
        True
    """
    subject = read(g, assume=assume, constants=True)
    function, known = subject.expression, subject.assumptions
    try:
        found = _over_larger_fields(pieces(function, known), known)
    except Unreadable:
        return None
    _check(found, function, known)
    return found


class _Sequence(NamedTuple):
    """What `C_n` of one of the functions F is, as far as it is not rational in n.

    Attributes:
        kind: `wave` for exp(b x) and its real and imaginary parts, `bell` for exp(a x^2), `signs`.
        rate: What stands to the power n (for a wave, without the root of q) or n/2.
        level: Exponent free of n.
        turns: Whether a power of -1 alternates.
    """

    kind: str
    rate: Expr
    level: Expr
    turns: bool

    @property
    def parity(self) -> int:
        """The parity of the n at which `C_n(F)` is not 0."""
        return 1 if self.kind == "signs" else 0

    def ratio(self, m: Expr) -> Expr:
        """`C_(m+2)(F)/C_m(F)`."""
        growth = m if self.kind == "signs" else 2 * (m + 1)
        return growth * self.rate * (-1 if self.turns else 1)

    def value(self, odd: int) -> list[Expr]:
        """The factors of `C_n(F)`, or of `C_(n-1)(F)` where that is not 0."""
        m = NUMBER if self.kind == "wave" or odd == self.parity else NUMBER - 1
        first = odd if self.kind == "wave" else self.parity
        sign = Pow(-1, (m - first) / 2) if self.turns else S.One
        if self.kind == "wave":
            return [sign, Pow(self.rate, m), Pow(q, m / 2), exp(self.level)]
        if self.kind == "bell":
            return [sign, factorial(m) / factorial(m / 2), Pow(self.rate, m / 2), exp(self.level)]
        return [sqrt(2 / pi), sign, factorial2(m - 2), Pow(self.rate, m / 2), exp(self.level)]


_Sums = dict[tuple[_Sequence, int], Expr]
"""For each sequence and parity of n, what is rational in n."""


def _over_larger_fields(f: Pieces, known: Assumptions) -> HermiteFormula:
    """The formula over a field that grows with the constants that are missing."""
    if not f.complete:
        raise Unreadable("pieces")
    constants: tuple[Expr, ...] = ()
    for _ in range(_MAX_CONSTANTS):
        try:
            field, points, forms = read_over(constants, f, known)
        except MissingError as missing:
            constants = (*constants, missing.constant)
            continue
        if any(key.kernel or not r.is_polynomial() for form in forms for key, r in form.items()):
            raise Unreadable("more than polynomials, exponentials and signs")
        return _formula(terms_of(points, forms, field))
    raise Unreadable("too many constants")


def _formula(terms: Form) -> HermiteFormula:
    """The sum of the formulas of all terms."""
    sums: _Sums = {}
    start = 0
    for key, r in terms.items():
        if not (key.alpha or key.beta or key.soft or key.hard is not None):
            start = r.degree() + 1
            continue
        for place, value in _term(key, r):
            sums[place] = sums.get(place, S.Zero) + value
    even, odd = (
        Add(*(_product(sequence, parity, value) for (sequence, parity), value in sums.items() if parity == p))
        for p in (0, 1)
    )
    return HermiteFormula(even=even, odd=odd, start=start)


def _product(sequence: _Sequence, parity: int, value: Expr) -> Expr:
    rational = factor(together(expand(value)))
    return Mul(rational, *sequence.value(parity), Pow(factorial(NUMBER), -S.Half)) if rational else S.Zero


def _term(key: Key, r: Element) -> Iterator[tuple[tuple[_Sequence, int], Expr]]:
    """The contributions of a polynomial times one function."""
    sequence, scale, wave = _sequence(key)
    parts: Mapping[int, Expr] = {0: S.One, 1: S.One if sequence.kind == "wave" else S.Zero}
    if sequence.kind == "signs":
        parts = {0: S.Zero, 1: S.One}
    total = {0: S.Zero, 1: S.Zero}
    coefficients = r.coefficients()
    for k in range(max(coefficients) + 1):
        if k in coefficients:
            c = coefficients[k].expr()
            total = {p: total[p] + c * parts[p] for p in total}
        parts = _times_x(parts, sequence, wave)
    for p, value in total.items():
        phase = Pow(wave / (sequence.rate * sqrt(q)), p) if sequence.kind == "wave" else S.One
        yield (sequence, p), value * scale * phase


def _times_x(parts: Mapping[int, Expr], sequence: _Sequence, wave: Expr) -> Mapping[int, Expr]:
    """What is rational in n, after a multiplication by x."""

    def at(p: int, shift: int) -> Expr:
        return parts[p].xreplace({NUMBER: NUMBER + shift})

    if sequence.kind == "wave":
        new = {p: wave * at(1 - p, 1) + NUMBER * at(1 - p, -1) / wave for p in (0, 1)}
    else:
        own = sequence.parity
        other = 1 - own
        new = {
            own: at(other, 1) + NUMBER * at(other, -1) / sequence.ratio(NUMBER - 2),
            other: at(own, 1) * sequence.ratio(NUMBER - 1) + NUMBER * at(own, -1),
        }
    return {p: together(sqrt(q) * value) for p, value in new.items()}


def _sequence(key: Key) -> tuple[_Sequence, Expr, Expr]:
    """The sequence of a function, a factor, and for `exp(b*x)` the value of `b*sqrt(q)`."""
    signs = len(key.soft) + (key.hard is not None)
    if signs > 1 or (key.alpha and (key.beta or signs)) or (key.beta and signs):
        raise Unreadable("no sequence with rational quotients")
    real, turn = (part.expr() for part in key.gamma.parts())
    scale = cos(turn) + I * sin(turn) if turn else S.One
    if key.alpha:
        turns = key.alpha.field.sign(key.alpha) == -1
        size = (-key.alpha if turns else key.alpha).expr()
        fall = 1 - 2 * key.alpha.expr() * q
        return _Sequence("bell", size * q / fall, real, turns), scale / sqrt(fall), S.One
    if not signs:
        return _wave(key, scale)
    if key.hard is not None:
        a2: Expr | None = None
        center = key.hard
    else:
        ((a, center),) = key.soft
        a2 = (a * a).expr()
    if center:
        raise Unreadable("a sign that is not centered")
    rate = S.One if a2 is None else 2 * a2 * q / (1 + 2 * a2 * q)
    return _Sequence("signs", rate, real, turns=True), scale, S.One


def _wave(key: Key, scale: Expr) -> tuple[_Sequence, Expr, Expr]:
    """The same for `exp(b*x)` with b real or imaginary."""
    real, imaginary = key.beta.parts()
    if real and imaginary:
        raise Unreadable("a wave that grows")
    b, unit = (imaginary, I) if imaginary else (real, S.One)
    size = -b if b.field.sign(b) == -1 else b
    level = key.gamma.parts()[0].expr() + (unit * b.expr()) ** 2 * q / 2
    return _Sequence("wave", size.expr(), level, bool(imaginary)), scale, unit * b.expr() * sqrt(q)


def _check(found: HermiteFormula, function: Expr, known: Assumptions) -> None:
    """Compare with single coefficients.

    Raises:
        InternalError: If one differs.
    """
    given = {q: _VARIANCE, **known.sample(0)}
    for k in range(found.start, found.start + _CHECKED):
        polynomial, scale = hermite_polynomial(k)
        exact = Mul(scale, mean_of(function * polynomial, known).definition)
        one, two = (value_ball(e, substitution=given, bits=_BITS) for e in (found.at(k), exact))
        if not abs(one - two).lower() <= 1e-12 * max(abs(one).upper(), 1e-3):
            msg = f"the formula of the Hermite coefficients of {function} gives {one} for n = {k}, not {two}"
            raise InternalError(msg)
