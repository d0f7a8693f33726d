"""Solutions of equations between means, and the call that finds them."""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, final, overload

from sympy import Expr, S, Symbol

from symbolic_init.activation import Activation
from symbolic_init.activation import activation as read
from symbolic_init.assumptions import Assumptions, Interval
from symbolic_init.errors import AssumptionError, DomainError, ParseError, PrecisionError, UnsupportedError
from symbolic_init.evidence import Kind, Value, weakest
from symbolic_init.fitting.elimination import Branch, Branches, closed_branches, searched_branches
from symbolic_init.fitting.system import System
from symbolic_init.moments.evaluation import as_rational

__all__ = ["Solution", "Solutions", "solve_for", "standardize"]

_MOST_UNKNOWNS = 4
_CHECK_DIGITS = 25
_SPLITS = (S.Zero, S.One, S.NegativeOne)
"""Where the order of pieces changes, as a rule."""


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


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Solutions(Sequence[Solution]):
    """All solutions that were found, largest first unknown first, and what is known of others.

    Attributes:
        found: The solutions.
        searched: The unknown that does not enter as a polynomial, and the interval in which it was looked
            for; `None` where the equations were solved as polynomials, whatever the size of the unknowns.
        unresolved: Intervals of that unknown in which more solutions may be.
        is_complete: Whether there are proven to be no others, but in the unresolved intervals.
    """

    found: tuple[Solution, ...]
    searched: tuple[str, Expr, Expr] | None = None
    unresolved: tuple[tuple[Expr, Expr], ...] = ()
    is_complete: bool = True

    @overload
    def __getitem__(self, index: int) -> Solution: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Solution, ...]: ...
    def __getitem__(self, index: int | slice) -> Solution | tuple[Solution, ...]:
        return self.found[index]

    def __len__(self) -> int:
        return len(self.found)

    def __iter__(self) -> Iterator[Solution]:
        return iter(self.found)


def solve_for(
    activation: Expr | str | Activation,
    equations: str,
    unknowns: str,
    *,
    q: Any = 1,
    mean: Any = 0,
    assume: str = "",
    settings: Mapping[str, Any] | None = None,
) -> Solutions:
    r"""Return all real parameters for which means of an activation fulfill equations.

    The argument is normal with the given mean and variance. In the equations stand `m` (`E[g]`),
    `M` (`E[g^2]`), `var` (`M - m^2`), `h` (`E[g'^2]`), and `q` and `mean` for the numbers given.

    Unknowns that enter as polynomials on every piece are solved for in closed form. One unknown may enter
    in another way, as in `b*tanh(a*x)`: its values are searched between -10 and 10, or where `assume` puts
    it, with enclosures of the means over whole intervals, so that no solution is missed.

    Args:
        activation: Text or SymPy expression in `x` and the unknowns.
        equations: As `"m = 0, M = 1"`.
        unknowns: Their names, as `"lam, a"`.
        q: Variance of the argument, positive.
        mean: Mean of the argument.
        assume: What is known of unknowns and other parameters; solutions that contradict it are left out.
        settings: Numbers for other parameters.

    Returns:
        Every branch, largest first unknown first. Empty: the equations have no real solution there.

    Raises:
        AssumptionError: If a parameter that stays has no value, but a search needs one.
        ParseError: If an equation cannot be read, or a name is no parameter of the activation.
        UnsupportedError: If several unknowns do not enter as polynomials, or the system cannot be solved.

    References:
        klambauer2017, equation 14, for SELU.

    Examples:
        >>> first, *_ = solve_for("lam*Max(x, 0) + b", "m = 0, var = 1", "lam, b")
        >>> print(round(float(first["b"]), 6), first.kind)
        -0.683332 exact
        >>> steep, _ = solve_for("tanh(a*x)", "M = 1/2", "a")
        >>> print(round(float(steep["a"]), 6), steep.kind)
        1.337109 enclosed
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
    found = [_found(system, texts) for system in _systems(subject, symbols, variance, center)]
    branches = [b for each, known in found for b in each.found if _is_allowed(b, known)]
    solved = [
        Solution(values=tuple((s.name, b[s]) for s in symbols), equations=texts, q=variance, mean=center)
        for b in branches
    ]
    return Solutions(
        found=tuple(_different(sorted(solved, key=_largest_first))),
        searched=_joined([(each.inner, each.interval) for each, _ in found]),
        unresolved=tuple(u for each, _ in found for u in each.unresolved),
        is_complete=all(each.is_complete for each, _ in found),
    )


def standardize(
    activation: Expr | str | Activation,
    *,
    q: Any = 1,
    mean: Any = 0,
    assume: str = "",
    settings: Mapping[str, Any] | None = None,
) -> Solutions:
    r"""Return `scale` and `shift` for which `scale*g(x) + shift` has mean 0 and variance 1.

    Args:
        activation: A catalog name, text or SymPy expression in `x`.
        q: Variance of the argument, positive.
        mean: Mean of the argument.
        assume: What is known of the parameters.
        settings: Numbers for parameters.

    Returns:
        Both branches, the positive scale first: exact where the means of g and of its square are. Empty
        for a constant.

    Raises:
        SymbolicInitError: As for `solve_for`.

    References:
        klambauer2017; brock2021 for the scale alone.

    Examples:
        >>> up, down = standardize("relu")
        >>> up["scale"].expr, up["shift"].expr
        (2/sqrt(2 - 2/pi), -sqrt(2)/(sqrt(pi)*sqrt(2 - 2/pi)))
    """
    subject = read(activation, assume=assume, settings=settings)
    if len(subject.inputs) > 1:
        msg = f"{subject.title} has several inputs: it must be a function of x alone"
        raise UnsupportedError(msg)
    names = ("scale", "shift")
    taken = [s.name for s in subject.assumptions.symbols if s.name in names]
    if taken:
        msg = f"{', '.join(taken)} is solved for here: give the parameter of {subject.title} another name"
        raise ParseError(msg)
    scale, shift = (Symbol(name, real=True) for name in names)
    more = (Interval(symbol=scale), Interval(symbol=shift))
    known = replace(subject.assumptions, intervals=(*subject.assumptions.intervals, *more))
    whole = replace(subject, expression=scale * subject.expression + shift, assumptions=known)
    return solve_for(whole, "m = 0, var = 1", "scale, shift", q=q, mean=mean)


def _systems(
    subject: Activation, unknowns: Sequence[Symbol], variance: Expr, center: Expr, *, splits: int = 2
) -> list[System]:
    """The equations; apart for unknowns on either side of a number, where their pieces depend on that.

    Raises:
        AssumptionError: If they depend on more than that.
    """
    try:
        return [System(subject, unknowns, variance, center)]
    except AssumptionError as error:
        for unknown, point in product(unknowns, _SPLITS) if splits else ():
            with suppress(AssumptionError):
                return [
                    system
                    for side in _sides(subject, unknown, point)
                    for system in _systems(side, unknowns, variance, center, splits=splits - 1)
                ]
        raise error


def _sides(subject: Activation, unknown: Symbol, point: Expr) -> Iterator[Activation]:
    """The activation with an unknown below and above a number.

    Raises:
        AssumptionError: If it is on one side anyway.
    """
    intervals = subject.assumptions.intervals
    index = next(k for k, i in enumerate(intervals) if i.symbol == unknown)
    if not intervals[index].lower < point < intervals[index].upper:
        raise AssumptionError(str(point))
    for end in ({"upper": point}, {"lower": point}):
        parts = list(intervals)
        parts[index] = replace(parts[index], **end)
        yield replace(subject, assumptions=replace(subject.assumptions, intervals=tuple(parts)))


def _found(system: System, texts: Sequence[str]) -> tuple[Branches, Assumptions]:
    """The solutions, and what they have to obey."""
    polynomials = [system.equation(text) for text in texts]
    solve = closed_branches if system.inner is None else searched_branches
    return solve(system, polynomials), system.known


def _joined(
    searched: Sequence[tuple[Symbol | None, tuple[Expr, Expr] | None]],
) -> tuple[str, Expr, Expr] | None:
    """The range of all searches."""
    found = [(inner, ends) for inner, ends in searched if inner is not None and ends is not None]
    if not found:
        return None
    return found[0][0].name, min(low for _, (low, _) in found), max(high for _, (_, high) in found)


def _different(solutions: Sequence[Solution]) -> Iterator[Solution]:
    """Each solution once: one that lies where two cases meet belongs to both."""
    last: tuple[str, ...] | None = None
    for solution in solutions:
        now = tuple(
            str(v.definition if v.definition.free_symbols else v.value(digits=_CHECK_DIGITS))
            for _, v in solution.values
        )
        if now != last:
            yield solution
        last = now


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


def _is_allowed(branch: Branch, known: Assumptions) -> bool:
    """Whether the values are real, and within what is assumed of the unknowns."""
    intervals = {i.symbol: i for i in known.intervals}
    for unknown, value in branch.items():
        if value.definition.free_symbols:
            continue
        try:
            number = value.value(digits=_CHECK_DIGITS)
        except (DomainError, PrecisionError):
            return False
        interval = intervals.get(unknown)
        if interval is not None and not float(interval.lower) <= number <= float(interval.upper):
            return False
    return True
