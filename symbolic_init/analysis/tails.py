"""Behavior of an activation for large arguments: limits, slopes, bounds, growth."""

from dataclasses import dataclass
from typing import final

from sympy import (
    Abs,
    Add,
    Expr,
    Max,
    Min,
    Mul,
    S,
    cos,
    cosh,
    erfi,
    exp,
    fraction,
    log,
    nan,
    oo,
    sin,
    sinh,
    together,
    zoo,
)

from symbolic_init.analysis.asymptotics import Asymptotics
from symbolic_init.analysis.growth import Key, Sum, TooFastError, UndecidedError
from symbolic_init.analysis.order import compare, number_sign
from symbolic_init.analysis.pieces import Pieces
from symbolic_init.analysis.ranges import box, range_of
from symbolic_init.analysis.zeros import sign_changes
from symbolic_init.assumptions import Assumptions
from symbolic_init.errors import AssumptionError
from symbolic_init.notation import x

__all__ = ["Tails", "tails", "variance_limit"]

_LONGEST = 80
"""Operations of a derivative before its zeros are not looked for."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Tails:
    """What an activation does for large arguments.

    Attributes:
        left: What it approaches for `x -> -oo`, up to terms that vanish (`0`, `x`, `-1`), or `None`
            where that is not of a simple form (it oscillates, or was not found).
        right: The same for `x -> oo`.
        slopes: Limits of `g(x)/x` for `x -> -oo` and `x -> oo`, the slopes of asymptotes (may be infinite),
            or `None`.
        q_limit: `E[g(sqrt(q)*z)**2]` is finite for `0 < q < q_limit` and infinite above it; 0 where it is
            never finite, `None` where that was not found.
        infimum: Largest lower bound, where it is shown, else `None`.
        supremum: Smallest upper bound, where it is shown, else `None`.
        is_bounded: Whether bounds are shown; `False` where none were found.
    """

    left: Expr | None
    right: Expr | None
    slopes: tuple[Expr, Expr] | None
    q_limit: Expr | None
    infimum: Expr | None
    supremum: Expr | None
    is_bounded: bool


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class _End:
    """One end of the line, with `x -> -x` at the left end."""

    asymptote: Expr | None
    slope: Expr | None
    exponent: Expr | None


def tails(parts: Pieces, known: Assumptions) -> Tails:
    """Return what the outermost pieces do for large arguments."""
    left, right = _ends(parts, known)
    left_tail = None if left.asymptote is None else left.asymptote.xreplace({x: -x})
    low, high = _extremes(parts, left_tail, right.asymptote, known)
    ranges = [range_of(b, box(known, a, c)) for a, c, b in parts.intervals()]
    enclosed = all(abs(r.low) != float("inf") and abs(r.high) != float("inf") for r in ranges)
    slopes = None if left.slope is None or right.slope is None else (-left.slope, right.slope)
    return Tails(
        left=left_tail,
        right=right.asymptote,
        slopes=slopes,
        q_limit=_q_limit((left.exponent, right.exponent), known),
        infimum=low,
        supremum=high,
        is_bounded=enclosed or (low is not None and high is not None),
    )


def variance_limit(parts: Pieces, known: Assumptions) -> Expr | None:
    """Return the `q_limit` of the tails alone: nothing else has to be looked for."""
    left, right = _ends(parts, known)
    return _q_limit((left.exponent, right.exponent), known)


def _ends(parts: Pieces, known: Assumptions) -> tuple[_End, _End]:
    return _end(parts.branches[0].xreplace({x: -x}), known), _end(parts.branches[-1], known)


def _q_limit(exponents: tuple[Expr | None, Expr | None], known: Assumptions) -> Expr | None:
    limit: Expr = oo
    for alpha in exponents:
        if alpha is None:
            return None
        if alpha == oo:
            return S.Zero
        if alpha != 0:
            one = 1 / (4 * alpha)
            try:
                limit = one if limit == oo or compare(one, limit, known) < 0 else limit
            except AssumptionError:
                return None
    return limit


def _end(branch: Expr, known: Assumptions) -> _End:
    reader = Asymptotics(known)
    try:
        total = reader.read(branch)
        largest = total.largest
        alpha = S.Zero if largest is None else _gaussian_exponent(largest, reader)
        return _End(asymptote=_asymptote(total, reader), slope=_slope(total, reader), exponent=alpha)
    except (UndecidedError, TooFastError):
        return _End(asymptote=None, slope=None, exponent=_bound(branch, known))


def _gaussian_exponent(key: Key, reader: Asymptotics) -> Expr:
    """`alpha` where the term grows like `exp(alpha*x**2)`; `oo` where it grows faster."""
    if not key.exponent:
        return S.Zero
    r, c = key.exponent[0]
    sign = reader.sign(c)
    if sign < 0 or r < 2:
        return S.Zero
    return c if r == 2 else oo


def _expression(key: Key, c: Expr) -> Expr:
    power = exp(Add(*(e * x**r for r, e in key.exponent)))
    return Mul(c, power, x**key.power, log(x) ** key.logs)


def _asymptote(total: Sum, reader: Asymptotics) -> Expr | None:
    """The terms that do not vanish."""
    one = Key()
    if total.rest is not None and reader.compare(total.rest, one) >= 0:
        return None
    return Add(*(_expression(key, c) for key, c in total.terms if reader.compare(key, one) >= 0))


def _slope(total: Sum, reader: Asymptotics) -> Expr | None:
    """The limit of `g(x)/x`."""
    largest = total.largest
    size = -1 if largest is None else reader.compare(largest, Key(power=S.One))
    if size < 0:
        return S.Zero
    if not total.terms:
        return None
    _key, c = total.terms[0]
    return c if size == 0 else oo * reader.sign(c)


_GROWING = (sinh, cosh)


def _bound(expr: Expr, known: Assumptions) -> Expr | None:
    """An upper bound of the exponent of `x**2` for `x -> oo`: `oo` where it grows faster, or `None`."""
    values = range_of(expr, box(known, S.One, oo))
    if x not in expr.free_symbols or max(abs(values.low), abs(values.high)) < float("inf"):
        return S.Zero
    if expr == x or isinstance(expr, log):
        return S.Zero
    if expr.is_Add or expr.is_Mul:
        return _combined(expr, known)
    if isinstance(expr, Abs | Max | Min):
        return _larger([_bound(a, known) for a in expr.args], known)
    if isinstance(expr, exp):
        return _exp_bound(expr.args[0], known)
    if expr.is_Pow and x not in expr.exp.free_symbols:
        return _power_bound(expr, known)
    if expr.func in _GROWING:
        return _larger([_exp_bound(s * expr.args[0], known) for s in (1, -1)], known)
    if isinstance(expr, sin | cos):
        return S.Zero
    if isinstance(expr, erfi):
        return _exp_bound(expr.args[0] ** 2, known)
    return None


def _combined(expr: Expr, known: Assumptions) -> Expr | None:
    """Of a sum or product; what grows too fast may cancel, or be tamed by a factor that decays."""
    parts = [_bound(a, known) for a in expr.args]
    if expr.is_Add:
        return None if parts.count(oo) > 1 else _larger(parts, known)
    if None in parts:
        return None
    if oo not in parts:
        return Add(*parts)
    others = [range_of(a, box(known, S.One, oo)) for a, p in zip(expr.args, parts, strict=True) if p != oo]
    if all(r.low > 0 or r.high < 0 for r in others):
        return oo
    expanded = expr.expand()
    return None if expanded == expr else _bound(expanded, known)


def _larger(parts: list[Expr | None], known: Assumptions) -> Expr | None:
    if None in parts:
        return None
    best = parts[0]
    for part in parts[1:]:
        try:
            best = part if compare(part, best, known) > 0 else best
        except AssumptionError:
            return None
    return best


def _power_bound(expr: Expr, known: Assumptions) -> Expr | None:
    sign = number_sign(expr.exp, known)
    if sign is not None and sign >= 0:
        inner = _bound(expr.base, known)
        return None if inner is None else inner * expr.exp
    try:
        reader = Asymptotics(known)
        total = reader.read(expr)
        return _gaussian_exponent(reader.leading(total)[0], reader)
    except (UndecidedError, TooFastError):
        return None


def _exp_bound(inner: Expr, known: Assumptions) -> Expr | None:
    values = range_of(inner, box(known, S.One, oo))
    if values.high < float("inf"):
        return S.Zero
    reader = Asymptotics(known)
    try:
        total = reader.read(inner)
        key, c = reader.leading(total)
        if reader.sign(c) < 0 or reader.compare(key, Key(power=S(2))) < 0:
            return S.Zero
        return c if reader.compare(key, Key(power=S(2))) == 0 else oo
    except TooFastError:
        return oo if values.low > -float("inf") else None
    except UndecidedError:
        return None


def _extremes(
    parts: Pieces, left: Expr | None, right: Expr | None, known: Assumptions
) -> tuple[Expr | None, Expr | None]:
    """The exact bounds of a bounded activation: the largest of all values at ends and extrema."""
    if left is None or right is None or x in left.free_symbols | right.free_symbols or not parts.complete:
        return None, None
    values = [left, right]
    for low, high, branch in parts.intervals():
        turning = _turning_points(branch, low, high, known)
        if turning is None:
            return None, None
        values += [branch.xreplace({x: c}) for c in (*turning, low, high) if c not in (oo, -oo)]
    if any(v.has(nan, zoo, oo, -oo) for v in values):
        return None, None
    try:
        lowest = highest = values[0]
        for value in values[1:]:
            lowest = value if compare(value, lowest, known) < 0 else lowest
            highest = value if compare(value, highest, known) > 0 else highest
    except AssumptionError:
        return None, None
    return lowest, highest


def _turning_points(branch: Expr, low: Expr, high: Expr, known: Assumptions) -> tuple[Expr, ...] | None:
    slope = branch.diff(x)
    if x not in slope.free_symbols:
        return ()
    if slope.count_ops() > _LONGEST:
        return None
    try:
        found = sign_changes(slope, low, high, known)
        if found is None:
            numerator, denominator = fraction(together(slope))
            found = sign_changes(numerator.expand(), low, high, known) if denominator != 1 else None
    except AssumptionError:
        return None
    return found
