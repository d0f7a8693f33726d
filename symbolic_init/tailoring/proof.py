r"""A solution of the conditions between proven bounds: Krawczyk's test in ball arithmetic.

With C the inverse of the Jacobian J at the middle p of a box, there is exactly one zero of f in the box if
`p - C f(p) + (1 - C J(box)) (box - p)` lies inside it. Means on the box differ from those at its middle by
at most its size times their derivatives, and these are means of functions of moderate growth: for a box of
size `r <= 1/1000` in units of alpha, `|z|` on it is below `1.01 |z| + 0.01`, and its densities are
below 1.02 times that of standard deviation `1.01 alpha`. So no mean `E[F z^j]`, `j <= 4`, changes by more
than `40 r E[|F| (1 + z^2)^3]` with that density.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, NamedTuple

import flint
from flint import acb, arb
from sympy import Expr, Rational, Symbol

from symbolic_init.errors import PrecisionError
from symbolic_init.moments.ball import value_ball
from symbolic_init.moments.compilation import compile_ball
from symbolic_init.notation import GaussianMean, x
from symbolic_init.tailoring.conditions import ALPHA, TARGET, Conditions, means_in, rate

__all__ = ["Box", "proven_solution"]

_WIDER = Rational(101, 100)
_CHANGE = 40
_ROUNDS = 8
_GUARD, _LOST = 100, 8
"""Bits beyond those asked for, and those that each halving of alpha costs: conditions cancel to alpha^8."""
_FEW_BITS = 24
_SPARE_DIGITS = 8
_ROUNDED = 24
"""Digits of the middle of a box beyond those asked for."""
_SIZES = (12, 8, 4, 2)
"""Digits beyond those asked for, of the sizes of boxes that are tried."""


class Box(NamedTuple):
    """Balls that hold the parameters."""

    alpha: Any
    beta: Any
    gamma: Any
    delta: Any


class _Place(NamedTuple):
    """Exact alpha and beta."""

    alpha: Rational
    beta: Rational


def proven_solution(
    functions: Mapping[str, Expr],
    conditions: Conditions,
    target: Any,
    *,
    start: tuple[float, float],
    scale: float,
    digits: int,
) -> Box:
    """Return balls around the one solution near a place.

    Args:
        functions: g, its square, and the squares of its first two derivatives, by name.
        conditions: What is to be fulfilled.
        target: The target of a layer, a ball.
        start: alpha and beta, near the solution.
        scale: The scale on which g bends.
        digits: Digits of alpha and beta, in units of alpha.

    Raises:
        PrecisionError: If nothing is proven.
    """
    bits = int(3.33 * digits) + _GUARD + _LOST * int(scale / start[0]).bit_length()
    with flint.ctx.workprec(bits + _GUARD):
        system = _System(functions, conditions, target, bits)
        place = _refined(system, _Place(*(_short(arb(v), digits + _ROUNDED) for v in start)), digits)
        for more in _SIZES:
            box = system.box(place, arb(10) ** -(digits + more))
            if box is not None:
                return box
    msg = "no solution could be proven: try another number of digits, or another target"
    raise PrecisionError(msg)


def _short(ball: Any, digits: int) -> Rational:
    """A short number near the middle of a ball."""
    man, exp = ball.mid().man_exp()
    exact = Rational(int(man)) * Rational(2) ** int(exp)
    unit = 10**digits
    return Rational(round(Fraction(int(exact.p), int(exact.q)) * unit), unit)


def _refined(system: "_System", place: _Place, digits: int) -> _Place:
    """The place after as many steps of Newton's method as change it."""
    for _ in range(_ROUNDS):
        step = system.step(place)
        alpha, beta = (_ball(p) - s for p, s in zip(place, step, strict=True))
        if not alpha > 0:
            break
        size = max(abs(s.mid()) for s in step) / _ball(place.alpha)
        place = _Place(*(_short(v, digits + _ROUNDED) for v in (alpha, beta)))
        if size < arb(10) ** -(digits + _SPARE_DIGITS):
            return place
    msg = "Newton's method does not settle: the solution may be a double one"
    raise PrecisionError(msg)


def _ball(exact: Rational) -> Any:
    return arb(int(exact.p)) / int(exact.q)


class _System:
    """The conditions in ball arithmetic, at the working precision."""

    def __init__(self, functions: Mapping[str, Expr], conditions: Conditions, target: Any, bits: int) -> None:
        self._functions, self._conditions, self._target, self._bits = functions, conditions, target, bits
        self._equations = conditions.equations
        self._rates = tuple(rate(e, by_alpha=a) for e in self._equations for a in (True, False))
        self._letters = means_in(*self._equations, *self._rates, conditions.gamma, conditions.delta)

    def _mean(self, place: _Place, name: str, order: int) -> Any:
        shifted = self._functions[name].xreplace({x: x + place.beta})
        head = GaussianMean(shifted * x**order, place.alpha**2)
        return value_ball(head, bits=self._bits, proven=True) / _ball(place.alpha) ** order

    def _means(self, place: _Place) -> dict[Symbol, Any]:
        return {s: self._mean(place, *letter) for s, letter in self._letters.items()}

    def _changes(self, place: _Place) -> Mapping[str, Any]:
        """By how much means of each function change on a box of size 1, in units of alpha."""
        weight = (1 + (x / place.alpha) ** 2) ** 3
        variance = (_WIDER * place.alpha) ** 2
        found = {
            name: value_ball(
                GaussianMean(self._functions[name].xreplace({x: x + place.beta}) * weight, variance),
                bits=_FEW_BITS,
                proven=True,
            )
            for name in {name for name, _ in self._letters.values()} - {"g"}
        }
        found["g"] = found["g2"] + value_ball(GaussianMean(weight, variance), bits=_FEW_BITS)
        return {name: _CHANGE * value.upper() for name, value in found.items()}

    def _evaluated(self, expr: Expr, alpha: Any, means: Mapping[Symbol, Any]) -> Any:
        values = {s: acb(v) for s, v in {**means, TARGET: self._target}.items()}
        return compile_ball(expr, variable=ALPHA, values=values)(acb(alpha), False).real  # noqa: FBT003  # flint's flag

    def _inverse(self, jacobian: list[Any]) -> Any:
        """The middle of the inverse."""
        try:
            inverse = flint.arb_mat(2, 2, jacobian).inv()
        except ZeroDivisionError as err:
            msg = "the conditions do not determine alpha and beta"
            raise PrecisionError(msg) from err
        return flint.arb_mat(2, 2, [e.mid() for e in inverse.entries()])

    def step(self, place: _Place) -> tuple[Any, Any]:
        """Newton's step, to be taken off."""
        means, alpha = self._means(place), _ball(place.alpha)
        values, rates = (
            [self._evaluated(e, alpha, means) for e in exprs] for exprs in (self._equations, self._rates)
        )
        by_alpha, by_beta = (self._inverse(rates) * flint.arb_mat(2, 1, values)).entries()
        return by_alpha, by_beta

    def box(self, place: _Place, size: Any) -> Box | None:
        """The parameters on the box of a size around a place, if a solution in it is proven."""
        middle, changes, alpha = self._means(place), self._changes(place), _ball(place.alpha)
        spread = {s: v + size * changes[self._letters[s][0]] * arb(0, 1) for s, v in middle.items()}
        sides = alpha * (1 + size * arb(0, 1)), _ball(place.beta) + alpha * size * arb(0, 1)
        at = [self._evaluated(e, alpha, middle) for e in self._equations]
        inverse = self._inverse([self._evaluated(e, alpha, middle) for e in self._rates])
        rates = flint.arb_mat(2, 2, [self._evaluated(e, sides[0], spread) for e in self._rates])
        identity = flint.arb_mat(2, 2, [1, 0, 0, 1])
        box = flint.arb_mat(2, 1, [alpha * size * arb(0, 1)] * 2)
        moved = (identity - inverse * rates) * box - inverse * flint.arb_mat(2, 1, at)
        if not all(abs(entry).upper() < alpha * size for entry in moved.entries()):
            return None
        by_alpha, by_beta = moved.entries()
        inner = alpha + by_alpha, _ball(place.beta) + by_beta
        gamma, delta = (
            self._evaluated(e, inner[0], spread) for e in (self._conditions.gamma, self._conditions.delta)
        )
        return Box(*inner, gamma, delta)
