"""Where a function may change on a small scale: what a coarse look at the line would miss."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from sympy import Expr, Function, Pow, log, oo

from symbolic_init.analysis.pieces import pieces
from symbolic_init.analysis.zeros import sign_changes
from symbolic_init.assumptions import Assumptions
from symbolic_init.errors import SymbolicInitError
from symbolic_init.moments.ball import value_ball
from symbolic_init.moments.compilation import compile_float
from symbolic_init.notation import x

__all__ = ["features"]

_FINEST = -60
_COARSEST = 20
"""Scales that are looked at, as powers of 2."""
_CHANGE = 0.5
"""How much an argument changes on its scale: by a half, or by half of itself under a power or logarithm."""


@lru_cache(maxsize=256)
def features(f: Expr) -> tuple[tuple[float, float], ...]:
    """Return places and widths of what functions and powers do where their arguments are 0 or turn.

    Args:
        f: Function of x without parameters.

    Examples:
        >>> from sympy import tanh
        >>> features(tanh(1024 * x - 2048))
        ((2.0, 0.00048828125),)
    """
    found: dict[tuple[float, float], None] = {}
    for branch in pieces(f, Assumptions()).branches:
        for argument, relative in _arguments(branch):
            for place in _places(argument):
                width = _width(argument, place, relative=relative)
                if width is not None:
                    found[place, width] = None
    return tuple(found)


def _arguments(branch: Expr) -> Iterator[tuple[Expr, bool]]:
    """Arguments of functions and bases of powers, and whether they count relative to themselves."""
    for e in branch.find(lambda e: isinstance(e, Function | Pow) and x in e.free_symbols):
        if isinstance(e, Function):
            yield e.args[-1], isinstance(e, log)
        elif x in e.base.free_symbols and not (e.exp.is_Integer and e.exp > 0):
            yield e.base, True
        elif x in e.exp.free_symbols:
            yield e.exp, False


def _places(argument: Expr) -> Iterator[float]:
    """Zeros of an argument and of its slope, as far as they are known."""
    if argument == x:
        yield 0.0
        return
    for function in (argument, argument.diff(x)):
        try:
            zeros = sign_changes(function, -oo, oo, Assumptions()) or ()
            yield from (float(value_ball(c, bits=60).mid()) for c in zeros)
        except SymbolicInitError:
            continue


def _width(argument: Expr, place: float, *, relative: bool) -> float | None:
    """The smallest distance at which an argument has changed."""
    function = _guarded(compile_float(argument))
    here = function(place)
    if here is None:
        return None
    least = _CHANGE * abs(here) if relative else _CHANGE
    if least == 0:
        return abs(place) or None
    for k in range(_FINEST, _COARSEST):
        step = 2.0**k
        changes = [abs(v - here) for v in (function(place + step), function(place - step)) if v is not None]
        if max(changes, default=0.0) >= least:
            return step
    return None


def _guarded(function: Callable[[float], Any]) -> Callable[[float], float | None]:
    """A function that is `None` where it has no value."""

    def value(place: float) -> float | None:
        try:
            found = function(place)
        except (ArithmeticError, ValueError, TypeError):
            return None
        return found if isinstance(found, float) and found == found else None

    return value
