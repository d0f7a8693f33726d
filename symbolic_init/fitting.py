"""Parameters of an activation from equations between its means: zero mean, unit variance, and the like.

Where the unknowns enter as a polynomial on every piece, each mean is a polynomial in them whose
coefficients are means of known functions. These are kept as letters while the system is solved, so a
solution is as exact as they are.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, final

from sympy import Add, Expr, Mul, Poly, PolynomialError, Pow, S, Symbol, factor_terms, solve

from symbolic_init.activation import Activation
from symbolic_init.activation import activation as read
from symbolic_init.analysis.pieces import Pieces, as_expression, differentiated, pieces
from symbolic_init.assumptions import Assumptions
from symbolic_init.errors import AssumptionError, DomainError, ParseError, PrecisionError, UnsupportedError
from symbolic_init.evidence import Kind, Value, weakest
from symbolic_init.moments.evaluation import as_rational
from symbolic_init.moments.mean import mean_of
from symbolic_init.notation import x
from symbolic_init.parsing import parse

__all__ = ["Solution", "solve_for"]

_MOST_UNKNOWNS = 4
_MOST_DEGREE = 8
_CHECK_DIGITS = 25


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """One solution of the equations.

    Attributes:
        values: Each unknown and its value, in the order asked for.
        equations: The equations, as text.
        q: Variance of the pre-activation.
        mean: Mean of the pre-activation.
    """

    values: tuple[tuple[str, Value], ...]
    equations: tuple[str, ...]
    q: Expr
    mean: Expr

    def __getitem__(self, name: str) -> Value:
        """The value of one unknown."""
        return dict(self.values)[name]

    @property
    def kind(self) -> Kind:
        """How the values are known."""
        return weakest(*(value.kind for _, value in self.values))


def solve_for(
    activation: Expr | str | Activation,
    equations: str,
    unknowns: str,
    *,
    q: Any = 1,
    mean: Any = 0,
    assume: str = "",
    settings: Mapping[str, Any] | None = None,
) -> tuple[Solution, ...]:
    r"""Return all real parameters for which means of an activation fulfill equations.

    The argument is normal with the given mean and variance. In the equations stand `m` (`E[g]`),
    `M` (`E[g^2]`), `var` (`M - m^2`), `h` (`E[g'^2]`), and `q` and `mean` for the numbers given.

    Args:
        activation: Text or SymPy expression in `x` and the unknowns, which it must hold as a polynomial
            on each piece (with breakpoints free of them).
        equations: As `"m = 0, M = 1"`.
        unknowns: Their names, as `"lam, a"`.
        q: Variance of the argument, positive.
        mean: Mean of the argument.
        assume: What is known of unknowns and other parameters; solutions that contradict it are left out.
        settings: Numbers for other parameters.

    Returns:
        Every branch, largest first unknown first. Empty: the equations have no real solution.

    Raises:
        ParseError: If an equation cannot be read, or a name is no parameter of the activation.
        UnsupportedError: If an unknown does not enter as a polynomial, or the system cannot be solved.

    References:
        klambauer2017, equation 14, for SELU.

    Examples:
        >>> first, *_ = solve_for("lam*Max(x, 0) + b", "m = 0, var = 1", "lam, b")
        >>> print(round(float(first["b"]), 6), first.kind)
        -0.683332 exact
    """
    variance, center = as_rational(q), as_rational(mean)
    if not variance.is_positive:
        msg = f"the variance q = {q} must be positive"
        raise AssumptionError(msg)
    names = tuple(name.strip() for name in unknowns.split(",") if name.strip())
    subject = read(activation, assume=assume, settings=settings)
    symbols = _unknown_symbols(subject, names)
    texts = tuple(part.strip() for part in equations.split(",") if part.strip())
    if len(texts) != len(names):
        msg = f"{len(texts)} equations for {len(names)} unknowns; give as many"
        raise ParseError(msg)
    shift = {x: x + center}
    parts = pieces(subject.expression.xreplace(shift) if center else subject.expression, subject.assumptions)
    system = _System(parts, symbols, subject.assumptions, variance, center)
    solved = [system.solution(branch, texts) for branch in system.branches(texts)]
    return tuple(sorted((s for s in solved if s is not None), key=_largest_first))


def _tidied(expr: Expr) -> Expr:
    """The same with `sqrt(-1/(-a - b))` written as `1/sqrt(a + b)`."""

    def turned(power: Expr) -> Expr:
        base, exponent = power.args
        below = -base if base.is_Mul and base.as_coeff_Mul()[0] == -1 else None
        if below is None or not (below.is_Pow and below.exp == -1 and below.base.is_Add):
            return power
        return Pow(Add(*(-a for a in below.base.args)), -exponent)

    return expr.replace(lambda e: e.is_Pow and e.exp.is_Rational and e.exp.q == 2, turned)


def _largest_first(solution: Solution) -> tuple[float, ...]:
    """Numbers before what still holds parameters, in falling order."""
    return tuple(math.inf if value.definition.free_symbols else -float(value) for _, value in solution.values)


def _unknown_symbols(subject: Activation, names: Sequence[str]) -> tuple[Symbol, ...]:
    """The symbols of the unknowns, which must be parameters."""
    there = {s.name: s for s in subject.assumptions.symbols}
    missing = [name for name in names if name not in there]
    if missing or not names or len(set(names)) < len(names):
        known = f"its parameters: {', '.join(sorted(there))}" if there else "it has no parameters"
        what = (
            f"{', '.join(missing)} does not occur in {subject.title}" if missing else "name each unknown once"
        )
        raise ParseError(f"{what}; {known}")
    if len(names) > _MOST_UNKNOWNS:
        msg = f"at most {_MOST_UNKNOWNS} unknowns can be solved for"
        raise UnsupportedError(msg)
    return tuple(there[name] for name in names)


class _System:
    """The means as polynomials in the unknowns; letters stand for the means of known functions."""

    def __init__(
        self,
        parts: Pieces,
        unknowns: tuple[Symbol, ...],
        known: Assumptions,
        variance: Expr,
        center: Expr,
    ) -> None:
        if any(set(unknowns) & c.free_symbols for c in parts.breakpoints) or not parts.complete:
            msg = "an unknown moves a breakpoint: only polynomials in the unknowns on fixed pieces are solved"
            raise UnsupportedError(msg)
        self._parts, self._unknowns, self._known = parts, unknowns, known
        self._variance, self._center = variance, center
        self._letters: dict[Expr, Symbol] = {}
        self._values: dict[Symbol, Value] = {}

    def branches(self, texts: Sequence[str]) -> list[Mapping[Symbol, Expr]]:
        """The solutions in letters."""
        polynomials = [self._equation(text) for text in texts]
        try:
            return list(solve(polynomials, list(self._unknowns), dict=True))
        except NotImplementedError as err:
            msg = "the equations cannot be solved in closed form"
            raise UnsupportedError(msg) from err

    def _equation(self, text: str) -> Expr:
        left, equals, right = text.partition("=")
        if not equals:
            msg = f"`{text}` is no equation; write them as m = 0, M = 1"
            raise ParseError(msg)
        names = {"q": self._variance, "mean": self._center, **self._means(text)}
        others = {s.name: s for s in self._known.symbols}
        sides = [parse(side, symbols={**others, **names}, unknowns=False) for side in (left, right)]
        return sides[0] - sides[1]

    def _means(self, text: str) -> dict[str, Expr]:
        """The means that a text may speak of, as polynomials."""
        found = {}
        squares = {"m": 1, "M": 2, "var": 2}
        branches = self._parts
        for name, power in squares.items():
            if name in text:
                found[name] = self._mean(branches, power)
        if "var" in found:
            found["var"] -= self._mean(branches, 1) ** 2
        if "h" in text:
            found["h"] = self._mean(differentiated(branches), 2)
        return found

    def _mean(self, parts: Pieces, power: int) -> Expr:
        """The mean of a power of the function as a polynomial in the unknowns."""
        columns = [self._polynomial(branch**power) for branch in parts.branches]
        total = S.Zero
        for monomial in dict.fromkeys(m for column in columns for m in column):
            functions = tuple(column.get(monomial, S.Zero) for column in columns)
            scale = next(f.as_coeff_Mul()[0] for f in functions if f != 0)
            branches = tuple(f / scale for f in functions)
            coefficient = as_expression(Pieces(breakpoints=parts.breakpoints, branches=branches))
            powers = (u**k for u, k in zip(self._unknowns, monomial, strict=True))
            total += Mul(scale, self._letter(coefficient), *powers)
        return total

    def _polynomial(self, branch: Expr) -> dict[tuple[int, ...], Expr]:
        """The coefficients of one piece, by exponents of the unknowns."""
        try:
            poly = Poly(branch, *self._unknowns)
        except PolynomialError:
            poly = None
        free = set(self._unknowns)
        if (
            poly is None
            or any(c.free_symbols & free for c in poly.coeffs())
            or poly.total_degree() > _MOST_DEGREE
        ):
            msg = f"{branch} is no polynomial in {', '.join(s.name for s in self._unknowns)}"
            raise UnsupportedError(msg)
        return {m: c for m, c in poly.terms() if c != 0}

    def _letter(self, function: Expr) -> Expr:
        """What stands for the mean of a known function: a number, or a number times a letter."""
        value = mean_of(function, self._known).at(self._variance)
        number, rest = factor_terms(value.definition).as_coeff_Mul()
        if rest == 1 or number == 0:
            return number
        if rest not in self._letters:
            letter = Symbol(f"c_{len(self._letters)}", real=True)
            self._letters[rest] = letter
            self._values[letter] = replace(value, definition=rest)
        return number * self._letters[rest]

    def solution(self, branch: Mapping[Symbol, Expr], texts: Sequence[str]) -> Solution | None:
        """A branch with the letters replaced, or `None` where it is not real or not allowed."""
        if set(branch) != set(self._unknowns):
            msg = "the equations do not determine the unknowns"
            raise UnsupportedError(msg)
        letters = {letter: value.definition for letter, value in self._values.items()}
        found = []
        for unknown in self._unknowns:
            form = _tidied(factor_terms(branch[unknown]))
            used = [self._values[s] for s in form.free_symbols if s in self._values]
            kind = weakest(*(v.kind for v in used)) if used else "exact"
            value = Value(definition=form.xreplace(letters), kind=kind)
            if not value.definition.free_symbols and not self._is_allowed(unknown, value):
                return None
            found.append((unknown.name, value))
        return Solution(values=tuple(found), equations=tuple(texts), q=self._variance, mean=self._center)

    def _is_allowed(self, unknown: Symbol, value: Value) -> bool:
        """Whether a value is real and within what is assumed of the unknown."""
        try:
            number = value.value(digits=_CHECK_DIGITS)
        except (DomainError, PrecisionError):
            return False
        for interval in self._known.intervals:
            if interval.symbol == unknown:
                low, high = float(interval.lower), float(interval.upper)
                return bool(low <= number <= high)
        return True
