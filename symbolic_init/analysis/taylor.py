"""Taylor polynomials at 0 with exact coefficients, of any order, one-sided where they must be."""

from functools import cmp_to_key
from typing import Literal

from sympy import Add, Basic, Expr, Order, Piecewise, S, Tuple

from symbolic_init.analysis.coefficients import Field, IrrationalError
from symbolic_init.analysis.expansion import Expansion
from symbolic_init.analysis.series import MoreTermsError, OneSidedError
from symbolic_init.assumptions import Assumptions
from symbolic_init.errors import UnsupportedError
from symbolic_init.notation import x

__all__ = ["Side", "coefficients", "taylor", "taylor_sided"]

Side = Literal[-1, 0, 1]
"""-1: left of 0. 1: right of 0. 0: both, which must agree."""

_EXTRA_TERMS = (1, 6, 24, 80)
"""Terms kept beyond the order asked for: leading terms may cancel."""


def coefficients(
    expr: Expr,
    *,
    order: int,
    side: Side = 0,
    known: Assumptions = Assumptions(),  # noqa: B008  # frozen
) -> tuple[Expr, ...]:
    """Return the coefficients of `x**0 ... x**order` of the Taylor expansion of `expr` at 0.

    Args:
        expr: Expression in `x` and parameters.
        order: Highest power, at least 0.
        side: On which side of 0; with 0 both sides must have the same expansion.
        known: What is known of the parameters.

    Raises:
        UnsupportedError: If there is no such expansion.
        AssumptionError: If it depends on parameters of which too little is known.

    Examples:
        >>> from sympy import tanh
        >>> from symbolic_init.notation import x
        >>> coefficients(tanh(x), order=3)
        (0, 1, 0, -1/3)
    """
    try:
        return _coefficients(expr, order, side, known)
    except OneSidedError:
        left, right = (_coefficients(expr, order, s, known) for s in (-1, 1))
    if left != right and any((a - b).expand() != 0 for a, b in zip(left, right, strict=True)):
        msg = "there is no Taylor expansion at 0, but one on each side: there is a kink or a jump"
        raise UnsupportedError(msg)
    return right


def taylor_sided(
    expr: Expr,
    *,
    order: int = 5,
    side: Side,
    known: Assumptions = Assumptions(),  # noqa: B008  # frozen
) -> Expr:
    """Return the Taylor polynomial of `expr` on one side of 0, with its `O` term.

    Examples:
        >>> from sympy import Abs
        >>> from symbolic_init.notation import x
        >>> taylor_sided(Abs(x), order=3, side=-1)
        -x + O(x**4)
    """
    return _polynomial(coefficients(expr, order=order, side=side, known=known))


def taylor(expr: Expr, *, order: int = 5, known: Assumptions = Assumptions()) -> Expr:  # noqa: B008  # frozen
    """Return the Taylor polynomial of `expr` at 0 with exact coefficients and its `O` term.

    Where the two sides of 0 differ (a kink or a jump there), the answer is a `Piecewise` of the two
    one-sided polynomials.

    Args:
        expr: Expression in `x` and parameters.
        order: Highest power kept, at least 0.
        known: What is known of the parameters.

    Raises:
        UnsupportedError: If there is no expansion in integer powers of `x`.
        AssumptionError: If it depends on parameters of which too little is known.

    Examples:
        >>> from sympy import Abs, sin
        >>> from symbolic_init.notation import x
        >>> taylor(sin(x) / x, order=4)
        1 - x**2/6 + x**4/120 + O(x**5)
        >>> taylor(Abs(x), order=2)
        Piecewise((-x + O(x**3), x < 0), (x + O(x**3), True))
    """
    try:
        return _polynomial(_coefficients(expr, order, 0, known))
    except OneSidedError:
        left, right = (_polynomial(_coefficients(expr, order, s, known)) for s in (-1, 1))
    return right if left == right else Piecewise((left, x < 0), (right, S.true), evaluate=False)


def _polynomial(terms: tuple[Expr, ...]) -> Expr:
    """The sum and its `O` term, built as SymPy would, without its search for terms that `O` absorbs.

    That search imports SymPy's tensor and combinatorics packages, a tenth of a second.
    """
    order = Expr.__new__(Order, x ** len(terms), Tuple(x, S.Zero))
    constant, rest = Add(*(c * x**k for k, c in enumerate(terms))).as_coeff_Add()
    parts = [order, *(() if rest == 0 else Add.make_args(rest))]
    parts.sort(key=cmp_to_key(Basic.compare))
    if constant != 0:
        parts.insert(0, constant)
    return order if len(parts) == 1 else Add._from_args(tuple(parts))  # noqa: SLF001  # see above


def _coefficients(expr: Expr, order: int, side: Side, known: Assumptions) -> tuple[Expr, ...]:
    """The same as `coefficients`; raises `OneSidedError` for `side` 0 where the sides may differ."""
    if order < 0:
        msg = f"the order of a Taylor polynomial is at least 0, not {order}"
        raise UnsupportedError(msg)
    rational = True
    for attempt, extra in enumerate(_EXTRA_TERMS):
        final_try = attempt == len(_EXTRA_TERMS) - 1
        for field_is_rational in (True, False) if rational else (False,):
            field = Field(known, rational=field_is_rational)
            reader = Expansion(field, order + extra, side, final_try=final_try)
            try:
                series = reader.read(expr)
                full = reader.calculus.from_zero(series).terms
            except IrrationalError:
                rational = False
                continue
            except MoreTermsError:
                break
            if len(full) > order:
                sign = -1 if side < 0 else 1
                return tuple(sign**k * field.expression(c) for k, c in enumerate(full[: order + 1]))
            break
    msg = f"the Taylor expansion of {expr} at 0 to order {order} could not be found"
    raise UnsupportedError(msg)
