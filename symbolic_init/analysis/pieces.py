"""An expression split into smooth pieces: breakpoints, and one smooth branch between each two."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from types import MappingProxyType
from typing import Any, final

from sympy import (
    ITE,
    Abs,
    Add,
    And,
    Derivative,
    Eq,
    Expr,
    Heaviside,
    Max,
    Min,
    Ne,
    Not,
    Or,
    Piecewise,
    S,
    Xor,
    expand,
    oo,
    sign,
)
from sympy.core.relational import Relational
from sympy.logic.boolalg import BooleanFalse, BooleanTrue

from symbolic_init.analysis.order import compare, sign_at
from symbolic_init.analysis.zeros import sign_changes
from symbolic_init.assumptions import Assumptions
from symbolic_init.errors import UnsupportedError
from symbolic_init.notation import x

__all__ = ["Pieces", "as_expression", "differentiated", "pieces"]

_SWITCHES = (Abs, sign, Heaviside, Max, Min, Piecewise)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """A function of `x`, smooth between breakpoints.

    Attributes:
        breakpoints: Strictly increasing; numbers that may hold parameters.
        branches: One more than breakpoints, from left to right: expressions in `x` without
            `Abs`, `sign`, `Heaviside`, `Max`, `Min` and `Piecewise` (unless not `complete`).
        complete: False where a switch was left inside a branch, because the zeros of what it
            switches on cannot be found, or are infinitely many.
    """

    breakpoints: tuple[Expr, ...]
    branches: tuple[Expr, ...]
    complete: bool = True

    def __post_init__(self) -> None:
        assert len(self.branches) == len(self.breakpoints) + 1

    def intervals(self) -> tuple[tuple[Expr, Expr, Expr], ...]:
        """Return `(low, high, branch)` for every piece, from `-oo` to `oo`."""
        return tuple(zip((-oo, *self.breakpoints), (*self.breakpoints, oo), self.branches, strict=True))


def pieces(expr: Expr, known: Assumptions = Assumptions()) -> Pieces:  # noqa: B008  # frozen
    """Return the breakpoints of `expr` and the smooth expressions between them.

    Raises:
        AssumptionError: If the order of breakpoints, or which branch applies, depends on the
            parameters; the message names what to assume.

    Examples:
        >>> from sympy import Max
        >>> from symbolic_init.notation import x
        >>> pieces(Max(0, x))
        Pieces(breakpoints=(0,), branches=(0, x), complete=True)
    """
    runs = _merged(_read(expr, -oo, oo, known))
    return Pieces(
        breakpoints=tuple(low for low, _, _ in runs[1:]),
        branches=tuple(branch for _, _, branch in runs),
        complete=not any(branch.has(*_SWITCHES) for _, _, branch in runs),
    )


def as_expression(parts: Pieces) -> Expr:
    """Return the pieces as one `Piecewise`, or the single branch as it is.

    Examples:
        >>> from sympy import Abs
        >>> from symbolic_init.notation import x
        >>> as_expression(pieces(Abs(x)))
        Piecewise((-x, x < 0), (x, True))
    """
    if not parts.breakpoints:
        return parts.branches[0]
    conditions = [x < c for c in parts.breakpoints]
    return Piecewise(*zip(parts.branches, [*conditions, S.true], strict=True), evaluate=False)


def differentiated(parts: Pieces) -> Pieces:
    """Return the derivative almost everywhere, on the same pieces.

    Examples:
        >>> from sympy import Abs
        >>> from symbolic_init.notation import x
        >>> differentiated(pieces(Abs(x))).branches
        (-1, 1)

    Raises:
        UnsupportedError: If a step is left in a piece whose place was not found.
    """
    return Pieces(
        breakpoints=parts.breakpoints,
        branches=tuple(_slope(b) for b in parts.branches),
        complete=parts.complete,
    )


def _slope(branch: Expr) -> Expr:
    slope = branch.diff(x)
    steps = [str(d.expr) for d in slope.atoms(Derivative) if isinstance(d.expr, sign | Heaviside)]
    if steps:
        msg = f"where {min(steps)} changes was not found, so that nothing is known of its slope"
        raise UnsupportedError(msg)
    return slope


Run = tuple[Expr, Expr, Any]
"""Lower end, upper end, and what holds between them: a branch, a truth value, or a sign."""
Runs = tuple[Run, ...]


def _read(expr: Expr, low: Expr, high: Expr, known: Assumptions) -> Runs:
    """The pieces of `expr` within `(low, high)`."""
    if not expr.has(*_SWITCHES):
        return ((low, high, expr),)
    switch = _READERS.get(expr.func)
    if switch is not None:
        return switch(expr, low, high, known)
    if len(expr.args) == 1:
        return tuple((a, b, expr.func(f)) for a, b, f in _read(expr.args[0], low, high, known))
    runs = _merged(_together([_read(a, low, high, known) for a in expr.args], known))
    rebuilt = _sums if expr.is_Add else _rebuilt
    return tuple((a, b, f) for (a, b, _), f in zip(runs, rebuilt(expr, [f for _, _, f in runs]), strict=True))


def _rebuilt(expr: Expr, rows: Sequence[tuple[Expr, ...]]) -> Iterator[Expr]:
    """An expression with other arguments, one row of them after the other."""
    return (expr if row == expr.args else expr.func(*row) for row in rows)


def _sums(_: Expr, rows: Sequence[tuple[Expr, ...]]) -> Iterator[Expr]:
    """Sums of rows, each from the one before it by the few terms in which they differ."""
    total: Expr = S.NaN
    for before, row in pairwise((rows[0], *rows)):
        if total is S.NaN:
            total = Add(*row)
        else:
            changes = [(-old, new) for old, new in zip(before, row, strict=True) if old is not new]
            total = Add(total, *chain.from_iterable(changes))
        yield total


def _together(columns: Sequence[Runs], known: Assumptions) -> Runs:
    """Refine several rows of pieces to common ones; what holds is a tuple, one of each row."""
    if len(columns) == 1:
        return tuple((a, b, (f,)) for a, b, f in columns[0])
    middle = len(columns) // 2
    return _refined(_together(columns[:middle], known), _together(columns[middle:], known), known)


def _refined(one: Runs, two: Runs, known: Assumptions) -> Runs:
    """Two rows of pieces over their common breakpoints; the tuples that hold stand behind each other."""
    if len(two) == 1:
        return tuple((a, b, fs + two[0][2]) for a, b, fs in one)
    merged, i, j = [], 0, 0
    low = one[0][0]
    while i < len(one) and j < len(two):
        (_, one_end, first), (_, two_end, second) = one[i], two[j]
        order = compare(one_end, two_end, known)
        end = one_end if order <= 0 else two_end
        merged.append((low, end, first + second))
        low = end
        i += order <= 0
        j += order >= 0
    return tuple(merged)


def _merged(runs: Runs) -> Runs:
    """Join neighbors that hold the same."""
    kept = [runs[0]]
    for low, high, branch in runs[1:]:
        if _is_same(kept[-1][2], branch):
            kept[-1] = (kept[-1][0], high, kept[-1][2])
        else:
            kept.append((low, high, branch))
    return tuple(kept)


def _is_same(one: Any, two: Any) -> bool:
    if one == two:
        return True
    if not (isinstance(one, Expr) and isinstance(two, Expr)):
        return False
    if one.is_Add or two.is_Add or one.is_Mul or two.is_Mul:
        return bool(one.is_polynomial(x) and two.is_polynomial(x) and expand(one - two) == 0)
    return False


def _signs(function: Expr, low: Expr, high: Expr, known: Assumptions) -> Runs:
    """Where a function is negative and positive: runs of `(sign or None, branch)`."""
    found: list[Run] = []
    for a, b, u in _read(function, low, high, known):
        changes = None if u.has(*_SWITCHES) else sign_changes(u, a, b, known)
        if changes is None:
            found.append((a, b, (None, u)))
            continue
        ends = (a, *changes, b)
        found += [(c, d, (sign_at(u, c, d, known), u)) for c, d in pairwise(ends)]
    return tuple(found)


def _read_switch(expr: Expr, low: Expr, high: Expr, known: Assumptions) -> Runs:
    """`Abs`, `sign` and `Heaviside`: by the sign of their argument."""
    choose = _BY_SIGN[expr.func]
    return tuple(
        (a, b, expr.func(u, *expr.args[1:]) if s is None else choose(s, u, expr))
        for a, b, (s, u) in _signs(expr.args[0], low, high, known)
    )


_BY_SIGN: Mapping[Any, Callable[[int, Expr, Expr], Expr]] = MappingProxyType(
    {
        Abs: lambda s, u, _: s * u,
        sign: lambda s, _u, _: S(s),
        Heaviside: lambda s, _u, expr: (S.Zero, expr.args[1], S.One)[s + 1],
    }
)


def _read_extreme(expr: Expr, low: Expr, high: Expr, known: Assumptions) -> Runs:
    """`Max` and `Min`: the arguments two by two, by the sign of their difference."""
    wanted = 1 if expr.func is Max else -1
    runs = _read(expr.args[0], low, high, known)
    for argument in expr.args[1:]:
        winners: list[Run] = []
        pairs = _together([runs, _read(argument, low, high, known)], known)
        for a, b, (one, two) in pairs:
            for c, d, (s, _) in _signs(one - two, a, b, known):
                winner = expr.func(one, two) if s is None else one if s == wanted else two
                winners.append((c, d, winner))
        runs = _merged(tuple(winners))
    return runs


def _read_piecewise(expr: Expr, low: Expr, high: Expr, known: Assumptions) -> Runs:
    """`Piecewise`: the first condition that holds wins."""
    return _first_match(expr.args, low, high, known)


def _first_match(cases: tuple[Any, ...], low: Expr, high: Expr, known: Assumptions) -> Runs:
    if not cases:
        return ((low, high, S.NaN),)
    value, condition = cases[0]
    found: list[Run] = []
    for a, b, truth in _truth(condition, low, high, known):
        if truth is None:
            found.append((a, b, Piecewise(*cases)))
        else:
            found += _read(value, a, b, known) if truth else _first_match(cases[1:], a, b, known)
    return tuple(found)


def _truth(condition: Any, low: Expr, high: Expr, known: Assumptions) -> Runs:
    """Where a condition holds: runs of True, False, or None where that cannot be told."""
    if isinstance(condition, BooleanTrue | BooleanFalse):
        return ((low, high, bool(condition)),)
    if isinstance(condition, Relational):
        by_sign = _RELATIONS[condition.rel_op]
        runs = _signs(condition.lhs - condition.rhs, low, high, known)
        return _merged(tuple((a, b, None if s is None else by_sign(s)) for a, b, (s, _) in runs))
    combine = _CONNECTIVES.get(condition.func)
    if combine is None:
        return ((low, high, None),)
    rows = _together([_truth(c, low, high, known) for c in condition.args], known)
    return _merged(tuple((a, b, combine(values)) for a, b, values in rows))


_RELATIONS: Mapping[str, Callable[[int], bool]] = MappingProxyType(
    {
        "<": lambda s: s < 0,
        "<=": lambda s: s <= 0,
        ">": lambda s: s > 0,
        ">=": lambda s: s >= 0,
        Eq.rel_op: lambda s: s == 0,
        Ne.rel_op: lambda s: s != 0,
    }
)


def _all_of(values: tuple[bool | None, ...]) -> bool | None:
    return False if False in values else None if None in values else True


def _any_of(values: tuple[bool | None, ...]) -> bool | None:
    return True if True in values else None if None in values else False


def _if_else(values: tuple[bool | None, ...]) -> bool | None:
    test, yes, no = values
    return None if test is None else yes if test else no


_CONNECTIVES: Mapping[Any, Callable[[tuple[bool | None, ...]], bool | None]] = MappingProxyType(
    {
        And: _all_of,
        Or: _any_of,
        Not: lambda values: None if values[0] is None else not values[0],
        Xor: lambda values: None if None in values else sum(map(bool, values)) % 2 == 1,
        ITE: _if_else,
    }
)

_READERS: Mapping[Any, Callable[[Expr, Expr, Expr, Assumptions], Runs]] = MappingProxyType(
    {
        Abs: _read_switch,
        sign: _read_switch,
        Heaviside: _read_switch,
        Max: _read_extreme,
        Min: _read_extreme,
        Piecewise: _read_piecewise,
    }
)
