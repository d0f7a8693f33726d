"""Whether an expression is the function that it was read from."""

import math
from collections.abc import Callable, Sequence
from typing import Any

from sympy import Expr

from symbolic_init.errors import SymbolicInitError, UnsupportedError
from symbolic_init.moments.compilation import compile_array
from symbolic_init.notation import x

__all__ = ["PLACES", "called", "confirmed", "differs_at", "elementwise"]

PLACES: tuple[float, ...] = tuple(
    sign * size for size in (0.001 * 1.045**k for k in range(216)) for sign in (-1, 1)
)
"""Where functions are compared: 432 places, on both sides of 0, from 0.001 to about 13."""

_TOLERANCE = 1e-6
"""Difference that is allowed, relative to 1 and to the value: room for constants in single precision."""


def differs_at(expression: Expr, values: Sequence[float], places: Sequence[float] = PLACES) -> float | None:
    """Return a place where an expression is not the function that has these values, or `None`.

    Args:
        expression: Expression in `x`.
        values: What the function is at each place; all of them finite numbers.
        places: Where.

    Examples:
        >>> from sympy import tanh
        >>> differs_at(tanh(x), [math.tanh(t) for t in PLACES])
        >>> differs_at(tanh(x), [math.tanh(t) if t < 2 else 1.0 for t in PLACES]) > 2
        True
    """
    import numpy as np

    at = np.array(places)
    with np.errstate(all="ignore"):
        (own,) = compile_array((expression,))(at)
        own = np.broadcast_to(own, at.shape).astype(float)
        given = np.asarray(values, dtype=float)
        off = ~(np.abs(own - given) <= _TOLERANCE * (1 + np.abs(given)))
    return float(at[off][0]) if off.any() else None


def called(fn: Callable[[Any], Any], argument: Any) -> Any:
    """Return what a user's function makes of an argument; what it raises becomes an error of ours.

    Raises:
        UnsupportedError: If it fails.

    Examples:
        >>> called(abs, -2)
        2
    """
    try:
        return fn(argument)
    except SymbolicInitError:
        raise
    except Exception as err:  # it is not ours: anything may happen
        what = next(iter(str(err).splitlines()), "")
        msg = f"{getattr(fn, '__name__', type(fn).__name__)} fails with {type(err).__name__}: {what}"
        raise UnsupportedError(msg) from err


def elementwise(run: Callable[[Any], Any], places: Sequence[float] = PLACES) -> list[float]:
    """Return the values of a function of arrays, which must treat every entry alike.

    Args:
        run: From an array of floats of shape `(n,)` to an array.
        places: Where.

    Raises:
        UnsupportedError: If what it makes of one entry depends on the others.

    Examples:
        >>> import numpy as np
        >>> elementwise(np.abs, (-2.0, 1.0))
        [2.0, 1.0]
    """
    import numpy as np

    at = np.array(places)
    found = np.asarray(run(at))
    if found.shape == at.shape:
        again = np.concatenate([np.ravel(run(at[:1])), np.ravel(run(at[::-1]))[-2::-1]])
        if again.shape == at.shape and np.allclose(again, found, equal_nan=True):
            return [float(v) for v in found]
    msg = "it is not elementwise: what it makes of one number depends on the others, or is no number"
    raise UnsupportedError(msg)


def confirmed(
    read: Callable[[], Expr], values: Callable[[Sequence[float]], Sequence[float]], name: str
) -> tuple[Expr | None, str]:
    """Return an expression that passed the check and the empty string, or `None` and what went wrong.

    Args:
        read: Returns the expression.
        values: The function itself at many places; what it raises is raised.
        name: What to call it.
    """
    found = [float(v) for v in values(PLACES)]
    try:
        expression = read()
    except SymbolicInitError as err:
        return None, f"{name} cannot be read as an expression: {err}"
    if expression.free_symbols - {x}:
        return None, f"{name} depends on more than one number: {expression.free_symbols}"
    place = differs_at(expression, found)
    if place is None:
        return expression, ""
    value = found[PLACES.index(place)]
    if not math.isfinite(value):
        return None, f"{name} is {value} at x = {place:g}"
    return None, f"{name} is read as {expression}, but is {value:g} at x = {place:g}"
