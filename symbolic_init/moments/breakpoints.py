"""Where on the line an integral has to be split, also where no formula for the place exists."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import combinations
from typing import Any

from flint import arb
from sympy import Abs, Expr, Heaviside, Max, Min, Piecewise, acos, asin, ceiling, floor, log, pi, sign, sin
from sympy.core.relational import Relational

from symbolic_init.analysis.order import value_at
from symbolic_init.analysis.pieces import pieces
from symbolic_init.analysis.zeros import sign_changes
from symbolic_init.assumptions import Assumptions
from symbolic_init.errors import SymbolicInitError
from symbolic_init.moments.compilation import compile_array, sign_of_ball
from symbolic_init.notation import x

__all__ = ["float_points", "numeric_points", "singular_points", "switch_points", "switching_functions"]

_SAMPLES = 8192
"""Points in which switching functions without a formula are looked at for a change of sign."""
_RESOLVED = 4
"""Samples on average from one change to the next: with fewer, what looks like changes need not be any."""
_HALVINGS = 60
"""Of the distance between two of them, for a change of sign in floats."""
_UNTOLD = (floor, ceiling, asin, acos)
"""Functions with jumps or kinks that are no switches: `asin(sin(x))` has a kink at each peak."""
_ZERO = 1e-15
_SWITCHES = (Abs, sign, Heaviside, Max, Min, Piecewise)


@lru_cache(maxsize=256)
def switch_points(f: Expr) -> tuple[tuple[Expr, ...], bool]:
    """Return where a function without parameters switches, and whether these are all such points."""
    if not f.has(*_SWITCHES, *_UNTOLD):
        return (), True
    found = pieces(f, Assumptions())
    return found.breakpoints, found.complete and not f.has(*_UNTOLD)


@lru_cache(maxsize=256)
def singular_points(f: Expr) -> tuple[Expr, ...]:
    """Return real zeros of denominators, of bases of roots, and of arguments of logarithms."""
    found: list[Expr] = []
    for low, high, branch in pieces(f, Assumptions()).intervals():
        for base in _bases(branch):
            found += [c for c in (low, high) if c.is_finite and _vanishes(base, c)]
            try:
                found += sign_changes(base, low, high, Assumptions()) or ()
            except SymbolicInitError:
                continue
    return tuple(dict.fromkeys(found))


def _vanishes(base: Expr, point: Expr) -> bool:
    """Whether a function seems to be 0 at a point."""
    value = value_at(base, point)
    digits = value.evalf(20, maxn=40)
    return bool(value.is_zero or (digits.is_comparable and abs(digits) < _ZERO))


def _bases(branch: Expr) -> Iterator[Expr]:
    for power in branch.find(_is_singular):
        yield power.args[0]


def _is_singular(e: Any) -> bool:
    if isinstance(e, log):
        return x in e.free_symbols
    return bool(e.is_Pow and x in e.base.free_symbols and not (e.exp.is_Integer and e.exp > 0))


def switching_functions(f: Expr) -> tuple[Expr, ...]:
    """Return the functions of x whose changes of sign are the switches of `f`."""
    found: list[Expr] = []
    for e in f.find(lambda e: isinstance(e, (*_SWITCHES, *_UNTOLD))):
        if isinstance(e, Abs | sign | Heaviside):
            found.append(e.args[0])
        elif isinstance(e, asin | acos):
            found.append(e.args[0].diff(x))
        elif isinstance(e, floor | ceiling):
            found.append(sin(pi * e.args[0]))
        elif isinstance(e, Piecewise):
            found += [r.lhs - r.rhs for r in e.atoms(Relational)]
        else:
            found += [u - v for u, v in combinations(e.args, 2)]
    return tuple(dict.fromkeys(u for u in found if x in u.free_symbols))


def numeric_points(
    f: Expr, low: float, high: float, *, compiled: Callable[[Expr, float], Callable[[Any], Any]], bits: int
) -> tuple[Any, ...]:
    """Return the changes of sign of the switching functions between two floats, as exact `arb`.

    They are looked for at many points; two changes closer to each other than these are missed.

    Args:
        f: Function of x without parameters.
        low: Lower end.
        high: Upper end.
        compiled: Returns a function of an `arb` that is `f` near a float.
        bits: Binary digits wanted, relative to the length of the interval.
    """
    return tuple(
        _narrowed(compiled(u, (a + b) / 2), a, b, bits)
        for u, _, lows, highs in _brackets(f, low, high)
        for a, b in zip(lows.tolist(), highs.tolist(), strict=True)
    )


def float_points(f: Expr, low: float, high: float) -> tuple[float, ...]:
    """Return the changes of sign of the switching functions between two floats, as they are in floats.

    They are looked for as by `numeric_points`.
    """
    import numpy as np

    found: list[float] = []
    for _, run, a, b in _brackets(f, low, high):
        with np.errstate(all="ignore"):
            left = np.sign(run(a))
            for _ in range(_HALVINGS):
                middle = (a + b) / 2
                stays = np.sign(run(middle)) == left
                a, b = np.where(stays, middle, a), np.where(stays, b, middle)
        found += ((a + b) / 2).tolist()
    return tuple(found)


def _brackets(f: Expr, low: float, high: float) -> Iterator[tuple[Expr, Callable[[Any], Any], Any, Any]]:
    """Each switching function, also for arrays, and the ends of intervals in which its sign changes.

    A wave that is too fast for the samples is left out.
    """
    import numpy as np

    # An odd ratio keeps the samples off the round numbers at which the zeros like to be.
    nodes = np.linspace(low, high, _SAMPLES + 1) + (high - low) / (_SAMPLES * 7.3)
    for u in switching_functions(f):
        run = _in_floats(u)
        with np.errstate(all="ignore"):
            signs = np.sign(run(nodes)) * np.ones_like(nodes)
        at = np.flatnonzero(signs[:-1] * signs[1:] < 0)
        if len(at) <= _SAMPLES // _RESOLVED:
            yield u, run, nodes[at], nodes[at + 1]


def _in_floats(u: Expr) -> Callable[[Any], Any]:
    """A function of an array."""
    run = compile_array((u,))
    return lambda places: run(places)[0]


def _narrowed(function: Callable[[Any], Any], low: float, high: float, bits: int) -> Any:
    """A change of sign between two floats, by the Illinois rule with a bisection now and then."""
    a, b = arb(low), arb(high)
    at_a, at_b = function(a), function(b)
    width = abs(b - a)
    for step in range(4 * bits):
        if abs(b - a) < width * arb(2) ** -bits:
            break
        c = (a + b) / 2 if step % 3 == 2 else (a * at_b - b * at_a) / (at_b - at_a)
        c = c.mid() if c.is_finite() and a < c < b else ((a + b) / 2).mid()
        if not a < c < b:
            break  # the working precision is used up
        at_c = function(c)
        found = sign_of_ball(at_c)
        if found == 0:
            return c
        if found == sign_of_ball(at_a):
            a, at_a, at_b = c, at_c, at_b / 2
        else:
            b, at_b, at_a = c, at_c, at_a / 2
    return ((a + b) / 2).mid()
