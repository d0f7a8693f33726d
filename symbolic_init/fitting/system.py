"""The means of an activation as polynomials in unknown parameters.

Where unknowns enter as a polynomial on every piece, each mean is a polynomial in them whose coefficients
are means of other functions. These are kept as letters while the system is solved, so a solution is as
exact as they are. One more unknown may be inside these functions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from sympy import Expr, Mul, Poly, PolynomialError, S, Symbol, factor_terms, factorial

from symbolic_init.activation import Activation
from symbolic_init.analysis.pieces import Pieces, as_expression, differentiated, pieces
from symbolic_init.analysis.symmetry import is_zero
from symbolic_init.errors import ParseError, SymbolicInitError, UnsupportedError
from symbolic_init.evidence import Value
from symbolic_init.moments.mean import mean_of
from symbolic_init.notation import GaussianMean, x
from symbolic_init.parsing import parse

__all__ = ["Letter", "System"]

_MOST_DEGREE = 8
_POWERS = {"m": 1, "M": 2, "var": 2}
"""Which power of the function a mean is of."""


class Letter(NamedTuple):
    """What a letter stands for.

    Attributes:
        value: The mean, in closed form where there is one.
        head: The mean as an integral.
        is_smooth: Whether the mean has the derivative of the head by the unknown inside it.
    """

    value: Value
    head: Expr
    is_smooth: bool = True


class System:
    """The equations of an activation, as polynomials in unknowns and letters.

    Attributes:
        outer: The unknowns that enter as polynomials.
        inner: The other one, or `None`.
        known: What is known of all parameters.
        letters: What the letters stand for, as far as equations were asked for.
    """

    def __init__(self, subject: Activation, unknowns: Sequence[Symbol], variance: Expr, center: Expr) -> None:
        self.known = subject.assumptions
        function = subject.expression.xreplace({x: x + center}) if center else subject.expression
        self._parts = pieces(function, self.known)
        if not self._parts.complete:
            msg = (
                f"the places where {subject.title} switches are not known: it cannot be solved for parameters"
            )
            raise UnsupportedError(msg)
        self.outer = tuple(u for u in unknowns if _is_polynomial(self._parts, u))
        others = [u for u in unknowns if u not in self.outer]
        if len(others) > 1:
            names = " and ".join(s.name for s in others)
            msg = (
                f"{names} do not enter as polynomials on fixed pieces: one such unknown can be solved for; "
                f"give the others values, as in --set {others[-1].name}=1"
            )
            raise UnsupportedError(msg)
        self.inner = others[0] if others else None
        self._variance, self._center = variance, center
        self.letters: dict[Symbol, Letter] = {}
        self._names: dict[Expr, Symbol] = {}

    def equation(self, text: str) -> Expr:
        """Return the difference of both sides of an equation."""
        left, equals, right = text.partition("=")
        if not equals:
            msg = f"`{text}` is no equation; write them as m = 0, M = 1"
            raise ParseError(msg)
        names = {"q": self._variance, "mean": self._center, **self._means(text)}
        others = {s.name: s for s in self.known.symbols}
        sides = [parse(side, symbols={**others, **names}, unknowns=False) for side in (left, right)]
        return sides[0] - sides[1]

    def _means(self, text: str) -> dict[str, Expr]:
        """The means that a text may speak of, as polynomials."""
        found = {name: self._mean(self._parts, power) for name, power in _POWERS.items() if name in text}
        if "var" in found:
            found["var"] -= self._mean(self._parts, 1) ** 2
        if "h" in text:
            found["h"] = self._mean(differentiated(self._parts), 2)
        return found

    def _mean(self, parts: Pieces, power: int) -> Expr:
        """The mean of a power of the function as a polynomial in the unknowns."""
        columns = [self._polynomial(branch**power) for branch in parts.branches]
        total = S.Zero
        for monomial in dict.fromkeys(m for column in columns for m in column):
            functions = tuple(column.get(monomial, S.Zero) for column in columns)
            scale = next(f.as_coeff_Mul()[0] for f in functions if f != 0)
            branches = tuple(f / scale for f in functions)
            coefficient = Pieces(breakpoints=parts.breakpoints, branches=branches)
            powers = (u**k for u, k in zip(self.outer, monomial, strict=True))
            total += Mul(scale, self._letter(coefficient), *powers)
        return total

    def _polynomial(self, branch: Expr) -> dict[tuple[int, ...], Expr]:
        """The coefficients of one piece, by exponents of the unknowns."""
        if not self.outer:
            return {(): branch}
        try:
            poly = Poly(branch, *self.outer)
        except PolynomialError:
            poly = None
        free = set(self.outer)
        if (
            poly is None
            or any(c.free_symbols & free for c in poly.coeffs())
            or poly.total_degree() > _MOST_DEGREE
        ):
            msg = f"{branch} is no polynomial in {', '.join(s.name for s in self.outer)}"
            raise UnsupportedError(msg)
        return {m: _coefficient(branch, self.outer, m) for m, c in poly.terms() if c != 0}

    def _letter(self, parts: Pieces) -> Expr:
        """What stands for the mean of a function: a number, or a number times a letter."""
        function = as_expression(parts)
        if self.inner is not None and self.inner in function.free_symbols:
            return self._letter_inside(function, parts, self.inner)
        value = mean_of(function, self.known).at(self._variance)
        number, rest = factor_terms(value.definition).as_coeff_Mul()
        if rest == 1 or number == 0:
            return number
        return number * self._named(rest, Letter(replace(value, definition=rest), rest))

    def _letter_inside(self, function: Expr, parts: Pieces, inner: Symbol) -> Expr:
        """The same for a function that holds the unknown inside."""
        head = GaussianMean(function, self._variance)
        try:
            value = mean_of(function, self.known).at(self._variance)
        except SymbolicInitError:
            value = Value(definition=head, kind="enclosed")
        if inner not in value.definition.free_symbols:
            return value.definition
        sides = zip(parts.branches, parts.branches[1:], parts.breakpoints, strict=False)
        is_smooth = all(
            is_zero((right - left).xreplace({x: c})) for left, right, c in sides if inner in c.free_symbols
        )
        return self._named(head, Letter(value, head, is_smooth))

    def _named(self, key: Expr, letter: Letter) -> Symbol:
        if key not in self._names:
            name = Symbol(f"c_{len(self._names)}", real=True)
            self._names[key] = name
            self.letters[name] = letter
        return self._names[key]

    def in_closed_form(self, expr: Expr) -> Expr:
        """Return an expression with the values in place of the letters."""
        return expr.xreplace({s: letter.value.definition for s, letter in self.letters.items()})

    def in_integrals(self, expr: Expr) -> Expr:
        """Return an expression with the integrals in place of the letters."""
        return expr.xreplace({s: letter.head for s, letter in self.letters.items()})

    def used(self, expr: Expr) -> Mapping[Symbol, Letter]:
        """Return the letters that an expression holds."""
        return {s: self.letters[s] for s in expr.free_symbols if s in self.letters}


def _coefficient(branch: Expr, unknowns: Sequence[Symbol], powers: Sequence[int]) -> Expr:
    """The coefficient of a monomial, as it is written: `Poly` would put it over one denominator."""
    for unknown, power in zip(unknowns, powers, strict=True):
        branch = branch.diff(unknown, power).xreplace({unknown: S.Zero}) / factorial(power)
    return branch


def _is_polynomial(parts: Pieces, unknown: Symbol) -> bool:
    """Whether an unknown is a polynomial on every piece, and does not move the pieces."""
    moves = any(unknown in c.free_symbols for c in parts.breakpoints)
    return not moves and all(branch.is_polynomial(unknown) for branch in parts.branches)
