"""Parity and homogeneity of an activation, shown on its pieces."""

from dataclasses import dataclass
from typing import Literal, final

from sympy import Add, Expr, S, exp, expand, fraction, together

from symbolic_init.analysis.order import value_at
from symbolic_init.analysis.pieces import Pieces
from symbolic_init.assumptions import Assumptions
from symbolic_init.decimals import evaluated
from symbolic_init.notation import x

__all__ = ["Homogeneity", "Parity", "homogeneity", "is_zero", "parity"]

Parity = Literal["even", "odd"]

_TRIED = S(7) / 5
"""Where a symmetry is tried before it is proven."""
_CLOSE = 1e-9
_LONGEST = 120
"""Operations in a difference before its exponential form is not tried."""
_DIGITS, _LOST = 30, 5
"""Digits of a number that is looked at, and how many of them may be wrong."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Homogeneity:
    """`g(x) = a_plus*x**degree` for `x > 0` and `-a_minus*(-x)**degree` for `x < 0`.

    For degree 1 these are the two slopes.
    """

    degree: Expr
    a_plus: Expr
    a_minus: Expr


def is_zero(expr: Expr) -> bool:
    """Tell whether an expression is shown to be 0: by expansion, or in exponential form."""
    if expr == 0:
        return True
    if expr.is_number:
        return _cancels(expr)
    if expand(expr) == 0:
        return True
    if expr.count_ops() > _LONGEST:
        return False
    numerator, _ = fraction(together(expr.rewrite(exp)))
    return bool(expand(numerator) == 0 or expand(expand(numerator, power_exp=True)) == 0)


def _cancels(number: Expr) -> bool:
    """Whether the digits of the terms of a number cancel."""
    whole = evaluated(number, _DIGITS)
    sizes = [abs(evaluated(term, _DIGITS)) for term in Add.make_args(expand(number))]
    if not all(size.is_comparable for size in (whole, *sizes)):
        return False
    return bool(abs(whole) < max(sizes) * 10 ** (_LOST - _DIGITS))


def parity(parts: Pieces, known: Assumptions) -> Parity | None:
    """Return `"even"` or `"odd"` where it is shown, else `None`."""
    mirrored = tuple(-c for c in reversed(parts.breakpoints))
    if not all(is_zero(a - b) for a, b in zip(mirrored, parts.breakpoints, strict=True)):
        return None
    pairs = tuple(zip(parts.branches, reversed(parts.branches), strict=True))[: len(parts.branches) // 2 + 1]
    wanted = _guess(parts, known)
    if wanted is None:
        return None
    sign = 1 if wanted == "even" else -1
    shown = all(is_zero(one - sign * two.xreplace({x: -x})) for one, two in pairs)
    return wanted if shown else None


def _guess(parts: Pieces, known: Assumptions) -> Parity | None:
    numbers = dict(known.sample())
    values = [_value(parts, point, numbers) for point in (_TRIED, -_TRIED)]
    if None in values:
        return None
    right, left = values
    size = max(abs(left), abs(right), 1e-30)  # type: ignore[arg-type]
    if abs(right - left) < _CLOSE * size:  # type: ignore[operator]
        return "even"
    return "odd" if abs(right + left) < _CLOSE * size else None  # type: ignore[operator]


def _value(parts: Pieces, point: Expr, numbers: dict[Expr, Expr]) -> float | None:
    for low, high, branch in parts.intervals():
        if low.xreplace(numbers) < point and point <= high.xreplace(numbers):
            value = evaluated(value_at(branch, point, numbers))
            return float(value) if value.is_comparable else None
    return None


def homogeneity(parts: Pieces) -> Homogeneity | None:
    """Return degree and sizes of an activation with `g(t*x) = t**degree * g(x)` for `t > 0`."""
    if parts.breakpoints not in ((), (S.Zero,)):
        return None
    left, right = _power(parts.branches[0], -x), _power(parts.branches[-1], x)
    if left is None or right is None or left[0] == right[0] == 0:
        return None
    degrees = {degree for size, degree in (left, right) if size != 0}
    if len(degrees) != 1:
        return None
    return Homogeneity(degree=degrees.pop(), a_plus=right[0], a_minus=-left[0])


def _power(branch: Expr, positive: Expr) -> tuple[Expr, Expr] | None:
    """Write a branch as `size * positive**degree`."""
    if branch == 0:
        return S.Zero, S.Zero
    if branch.is_polynomial(x) and (branch.is_Add or branch.is_Mul):
        branch = expand(branch)
        if branch.is_Add:
            slope = branch.coeff(x)
            branch = slope * x if expand(branch - slope * x) == 0 else branch
    size, rest = branch.as_independent(x, as_Add=False)
    if rest == 1:
        return size, S.Zero
    base, degree = rest.as_base_exp()
    if x in degree.free_symbols:
        return None
    if base == positive:
        return size, degree
    if base == -positive and degree.is_Integer:
        return size * S.NegativeOne**degree, degree
    return None
