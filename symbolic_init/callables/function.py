"""A Python function of one number: its values, checked one by one, and its derivatives."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from numbers import Complex, Rational, Real
from typing import Any, final

import mpmath
from sympy import AtomicExpr

from symbolic_init.callables.detection import detected_breakpoints
from symbolic_init.callables.differences import float_derivatives
from symbolic_init.errors import DomainError, SymbolicInitError, UnsupportedError

__all__ = ["ArrayFunction", "PythonFunction", "python_function"]

_PROBE_DIGITS = 50
_PROBES = ("-7.3", "-1.9", "-0.47", "-0.03", "-0.002", "0.002", "0.03", "0.23", "0.71", "2.6", "8.1")
"""Where a function is looked at once: near these, at numbers with many digits."""
_STEPS = ("1e-7", "1e-25")
"""Changes of an argument that floats can follow, and that they cannot."""
_ALIKE = 1e-5
_BITS_OF_FLOATS = 53
_AT_THE_END = 1e-12
"""Relative distance from a breakpoint that is rounding."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ArrayFunction:
    """A function of one float that takes many at once.

    Attributes:
        name: What to call it.
        on_array: From an array of floats of shape `(n,)` to their values, NaN where there is none.
    """

    name: str
    on_array: Callable[[Any], Any]

    def __call__(self, place: Any) -> float:
        """Return the value at one place."""
        import numpy as np

        return float(self.on_array(np.array([float(place)]))[0])


@final
class PythonFunction(AtomicExpr):  # type: ignore[misc]  # SymPy is untyped
    """A function of one real number that is known by calling it, smooth between its breakpoints.

    Attributes:
        call: The function.
        name: How it is written: a Python identifier.
        breakpoints: Where it, or its slope, may jump: increasing.
        is_floating: Whether it computes in double precision, whatever it is given.
    """

    __slots__ = ("breakpoints", "call", "is_floating", "name")

    is_commutative = True
    is_number = True

    def __new__(  # noqa: D102 # documented in its class
        cls, call: Callable[[Any], Any], name: str, breakpoints: tuple[Fraction, ...], *, is_floating: bool
    ) -> "PythonFunction":
        self = AtomicExpr.__new__(cls)
        self.call, self.name, self.breakpoints, self.is_floating = call, name, breakpoints, is_floating
        return self  # type: ignore[no-any-return]

    def _hashable_content(self) -> tuple[Any, ...]:
        return (id(self.call), self.name, self.breakpoints)

    def _sympystr(self, printer: Any) -> str:  # noqa: ARG002 # SymPy's protocol
        return str(self.name)

    def value(self, place: Any) -> Any:
        """Return the value at an mpmath number as an mpmath number, at the current precision.

        Raises:
            DomainError: If it is not a finite real number.
            UnsupportedError: If the function fails, or returns something else.
        """
        return _checked(self.call, float(place) if self.is_floating else place, self.name)

    def float_value(self, place: float) -> float:
        """Return the value at a float as a float.

        Raises:
            SymbolicInitError: As for `value`.
        """
        try:
            found = self.call(place)
            if type(found) is float and math.isfinite(found):
                return found
        except Exception:  # noqa: BLE001, S110 # it is called again, and what happens is told
            pass
        return float(_checked(self.call, place, self.name))

    def float_values(self, places: Any) -> Any:
        """Return the values at an array of floats, NaN where there is none."""
        import numpy as np

        if isinstance(self.call, ArrayFunction):
            return self.call.on_array(places)
        try:
            found = np.fromiter(map(self.call, places.tolist()), float, len(places))
            if np.isfinite(found).all():
                return found
        except Exception:  # noqa: BLE001, S110 # they are called one by one, and those that fail are left out
            pass
        return np.fromiter(map(_quiet(self.float_value), places.tolist()), float, len(places))

    def derivative(self, order: int, place: Any, ends: tuple[Any, Any]) -> Any:
        """Return a derivative at an mpmath number between two ends, from values between them.

        Args:
            order: Which one, at least 0.
            place: Where; NaN is returned outside of the ends.
            ends: The breakpoints on its left and right, perhaps infinite.

        Raises:
            SymbolicInitError: As for `value`.
        """
        if order == 0:
            return self.value(place)
        low, high = ends
        if self.is_floating:
            return mpmath.mpf(self.float_derivative(order, float(place), (float(low), float(high))))
        place = _within(place, ends)
        if mpmath.isnan(place):
            return place
        nearer = (place - low > high - place) - (place - low < high - place)
        return mpmath.diff(self.value, place, order, direction=-nearer)

    def float_derivative(self, order: int, place: float, ends: tuple[float, float]) -> float:
        """Return the same in floats."""
        if order == 0:
            return self.float_value(place)
        if not self.is_floating:
            return float(self.derivative(order, mpmath.mpf(place), ends))
        import numpy as np

        return float(self.float_derivatives(order, np.array([place]), ends)[0])

    def float_derivatives(self, order: int, places: Any, ends: tuple[float, float]) -> Any:
        """Return the same at an array of floats, NaN where there is none."""
        import numpy as np

        if order == 0:
            return self.float_values(places)
        if not self.is_floating:
            one = _quiet(lambda place: self.float_derivative(order, place, ends))
            return np.fromiter(map(one, places.tolist()), float, len(places))
        inside = np.array([_within(p, ends) for p in places.tolist()])
        return np.where(
            np.isnan(inside),
            math.nan,
            float_derivatives(self.float_values, order, np.nan_to_num(inside), ends),
        )

    def ends(self, piece: int) -> tuple[Any, Any]:
        """The breakpoints to the left and right of a piece, as mpmath numbers."""
        cuts = [mpmath.mpf(c.numerator) / c.denominator for c in self.breakpoints]
        marks = [mpmath.ninf, *cuts, mpmath.inf]
        return marks[piece], marks[piece + 1]


def _within(place: Any, ends: tuple[Any, Any]) -> Any:
    """A place between two ends, at one of them if it is beyond by rounding, else NaN."""
    low, high = ends
    if low <= place <= high:
        return place
    near = low if place < low else high
    return near if abs(place - near) <= _AT_THE_END * abs(near) else type(place)("nan")


def python_function(
    call: Callable[[Any], Any], *, breakpoints: Sequence[Any] | None = None, name: str | None = None
) -> PythonFunction:
    """Return a Python function, looked at once.

    Args:
        call: Function of a float, or of an mpmath number if it can: then means have as many digits as asked.
        breakpoints: Where it or its slope jumps, perhaps none; `None`: they are looked for.
        name: What to call it; `None`: what it calls itself.

    Raises:
        DomainError: If some value is not a finite real number.
        UnsupportedError: If it fails, returns something else than numbers, or another number each time.

    Examples:
        >>> python_function(lambda t: abs(t - 1)).breakpoints
        (Fraction(1, 1),)
    """
    given = call.name if isinstance(call, ArrayFunction) else getattr(call, "__name__", type(call).__name__)
    own = name or str(given)
    title = own if own.isidentifier() else "g"
    is_floating = _is_floating(call, title)
    look = _quiet(lambda place: float(_checked(call, place, title)))
    if breakpoints is None:
        cuts = detected_breakpoints(look)
    else:
        cuts = tuple(sorted({_fraction(c) for c in breakpoints}))
    if not cuts and len({look(float(p)) for p in _PROBES}) == 1:
        msg = f"{title} has the same value everywhere: a constant has no use as an activation"
        raise UnsupportedError(msg)
    return PythonFunction(call, title, cuts, is_floating=is_floating)


def _fraction(value: Any) -> Fraction:
    try:
        return Fraction(repr(value) if isinstance(value, float) else str(value))
    except ValueError as err:
        msg = f"a breakpoint is a number such as 0, 0.5 or 1/3, not {value}"
        raise UnsupportedError(msg) from err


def _quiet(value: Callable[[float], float]) -> Callable[[float], float]:
    """The same function of floats; NaN where it fails."""

    def found(place: float) -> float:
        try:
            return value(place)
        except SymbolicInitError:
            return math.nan

    return found


def _is_floating(call: Callable[[Any], Any], name: str) -> bool:
    """Whether a function computes in double precision; it is called twice at some places."""
    with mpmath.workdps(_PROBE_DIGITS):
        places = [mpmath.mpf(p) + mpmath.sqrt(2) / 1000 for p in _PROBES]
        try:
            found = [_checked(call, p, name) for p in places]
            again = [_checked(call, p, name) for p in places]
        except SymbolicInitError:
            places = [float(p) for p in places]
            found = [_checked(call, p, name) for p in places]
            again = [_checked(call, p, name) for p in places]
        for place, one, two in zip(places, found, again, strict=True):
            if one != two:
                at = mpmath.nstr(place, 6)
                msg = (
                    f"{name} is not a function: at x = {at} it gave {mpmath.nstr(one, 10)}, "
                    f"then {mpmath.nstr(two, 10)}; fix its random numbers or its state"
                )
                raise UnsupportedError(msg)
        if isinstance(places[0], float) or all(v.man_exp[0].bit_length() <= _BITS_OF_FLOATS for v in found):
            return True
        return not all(_follows(call, p, name) for p in places)


def _follows(call: Callable[[Any], Any], place: Any, name: str) -> bool:
    """Whether a function follows changes of its argument that are too small for floats."""
    slopes = []
    for step in _STEPS:
        h = mpmath.mpf(step)
        slopes.append((_checked(call, place + h, name) - _checked(call, place - h, name)) / (2 * h))
    return bool(abs(slopes[0] - slopes[1]) <= _ALIKE * (1 + abs(slopes[0])))


def _checked(call: Callable[[Any], Any], place: Any, name: str) -> Any:
    """One value as an mpmath number."""
    try:
        found = call(place)
    except Exception as err:
        msg = f"{name} failed at x = {mpmath.nstr(mpmath.mpf(place), 10)} with {type(err).__name__}: {err}"
        raise UnsupportedError(msg) from err
    number = _number(found)
    if number is None:
        at = mpmath.nstr(mpmath.mpf(place), 10)
        if isinstance(found, Complex):
            msg = f"{name} is not real at x = {at}: it gave {found}; an activation is real on the whole line"
            raise DomainError(msg)
        msg = f"{name} gave a {type(found).__name__} at x = {at}, not a number: it gets one number at a time"
        raise UnsupportedError(msg)
    if not mpmath.isfinite(number):
        at = mpmath.nstr(mpmath.mpf(place), 10)
        msg = f"{name} is not defined at x = {at}: it gave {found}; an activation is finite on the whole line"
        raise DomainError(msg)
    return number


def _number(found: Any) -> Any:
    """A real number of any kind as an mpmath number, or `None`."""
    if isinstance(found, mpmath.mpf):
        return found
    if type(found) is float:
        return mpmath.mpf(found)
    if isinstance(found, Rational):
        return mpmath.mpf(int(found.numerator)) / int(found.denominator)
    if isinstance(found, Real):
        return mpmath.mpf(float(found))
    if isinstance(found, Complex) and found.imag == 0:
        return mpmath.mpf(found.real)
    return None
