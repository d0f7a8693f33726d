"""A function of the line as one of the half line, its two sides added, at many places."""

from bisect import bisect
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import flint
from flint import acb
from sympy import Expr

from symbolic_init.moments.ball import compiled_at, real_part
from symbolic_init.moments.compilation import Program, compile_array
from symbolic_init.moments.scaled import scaled_ball
from symbolic_init.notation import x

__all__ = ["folded"]

_FIRST_BITS = 88
"""Working precision of values."""
_MOST_BITS = 2816
"""The same where they cancel; what is not told from 0 then counts as 0."""
_ROUNDED = 1e-15
"""Relative distance of places that rounding may have put on the wrong side of a point; they count as 0."""
_ENOUGH_BITS = 60
"""Accuracy of a value."""


def folded(f: Expr, points: Sequence[float], *, complete: bool) -> Callable[[Any], tuple[Any, Any]]:
    """Return `f(x) + f(-x)` as a function from positive places to arrays of mantissas and exponents.

    Args:
        f: Function of x without parameters.
        points: Where it is split.
        complete: Whether it switches nowhere else. If it may, floats are computed, and the digits lost
            to cancellation are lost.

    Examples:
        >>> import numpy as np
        >>> mantissas, exponents = folded(x**2 + x, (), complete=True)(np.array([3.0]))
        >>> np.ldexp(mantissas, exponents).tolist()
        [18.0]
    """
    sides = (1,) if f.xreplace({x: -x}) == f else (1, -1)
    return _by_balls(f, tuple(points), sides) if complete else _by_floats(f, sides)


def _by_floats(f: Expr, sides: Sequence[int]) -> Callable[[Any], tuple[Any, Any]]:
    import numpy as np

    run = compile_array((f,))

    def sample(places: Any) -> tuple[Any, Any]:
        with np.errstate(all="ignore"):
            total = sum(np.broadcast_to(run(s * places)[0], places.shape) for s in sides) * (2 // len(sides))
            mantissas, exponents = np.frexp(total)
        return mantissas, exponents.astype(np.int64)

    return sample


def _by_balls(f: Expr, points: tuple[float, ...], sides: Sequence[int]) -> Callable[[Any], tuple[Any, Any]]:
    import numpy as np

    @cache
    def program(index: int, bits: int) -> Program:
        with flint.ctx.workprec(bits):
            return compiled_at(f, _inner(points, index))

    def value(place: float, bits: int) -> Any:
        total = acb(0)
        for side in sides:
            total += program(bisect(points, side * place), bits)(acb(side * place))
        return total if len(sides) == 2 else 2 * total

    def sample(places: Any) -> tuple[Any, Any]:
        mantissas, exponents = np.zeros(places.shape), np.zeros(places.shape, dtype=np.int64)
        pending, bits = list(enumerate(places.tolist())), _FIRST_BITS
        while pending:
            left = []
            with flint.ctx.workprec(bits):
                for k, place in pending:
                    total = value(place, bits)
                    if not total.imag.contains(0) and _is_beside(place, points):
                        continue
                    ball = real_part(total, f)
                    if ball.is_finite() and (ball.rel_accuracy_bits() >= _ENOUGH_BITS or ball.is_zero()):
                        mantissas[k], exponents[k] = scaled_ball(ball)
                    elif bits < _MOST_BITS:
                        left.append((k, place))
                    elif not (ball.is_finite() and ball.contains(0)):
                        mantissas[k] = np.nan
            pending, bits = left, 2 * bits
        return mantissas, exponents

    return sample


def _is_beside(place: float, points: tuple[float, ...]) -> bool:
    """Whether rounding may have put a place on the wrong side of a point."""
    return any(abs(place - abs(c)) <= _ROUNDED * place for c in points)


def _inner(points: tuple[float, ...], index: int) -> float:
    """A place on one piece."""
    if not points:
        return 1.0
    if index == 0:
        return points[0] - 1.0
    if index == len(points):
        return points[-1] + 1.0
    return (points[index - 1] + points[index]) / 2
