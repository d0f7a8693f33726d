"""Axes of a plot: where a number stands, and which numbers are written beside it."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, final

__all__ = ["Scale", "scale_of"]

_TICKS = 5
"""Numbers beside an axis, about."""
_STEPS = (1.0, 2.0, 5.0, 10.0)
_MARGIN = 0.04
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """One axis.

    Attributes:
        low: The least number on it.
        high: The greatest.
        kind: `linear` or `log`.
    """

    low: float
    high: float
    kind: Literal["linear", "log"]

    def holds(self, number: float) -> bool:
        """Tell whether a number can be drawn at all."""
        return math.isfinite(number) and (self.kind == "linear" or number > 0)

    def place(self, number: float) -> float:
        """Return where a number stands: 0 at the low end, 1 at the high end.

        Examples:
            >>> Scale(low=1, high=100, kind="log").place(10)
            0.5
        """
        low, high, at = (self._straight(v) for v in (self.low, self.high, number))
        return (at - low) / (high - low)

    def ticks(self) -> tuple[tuple[float, str], ...]:
        """Return round numbers on the axis, and how they are written.

        Examples:
            >>> Scale(low=0, high=4.5, kind="linear").ticks()
            ((0.0, '0'), (1.0, '1'), (2.0, '2'), (3.0, '3'), (4.0, '4'))
            >>> Scale(low=0.5, high=2000, kind="log").ticks()
            ((1.0, '1'), (10.0, '10'), (100.0, '100'), (1000.0, '1000'))
            >>> Scale(low=1, high=1e6, kind="log").ticks()[:3]
            ((1.0, '1'), (100.0, '10²'), (10000.0, '10⁴'))
        """
        return self._powers() if self.kind == "log" else self._rounds()

    def _straight(self, number: float) -> float:
        return math.log10(number) if self.kind == "log" else number

    def _rounds(self) -> tuple[tuple[float, str], ...]:
        raw = (self.high - self.low) / _TICKS
        power = 10.0 ** math.floor(math.log10(raw))
        step = next(s * power for s in _STEPS if s * power >= raw * (1 - 1e-9))
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return tuple((k * step, f"{k * step:.6g}".replace("-", "−")) for k in range(first, last + 1))

    def _powers(self) -> tuple[tuple[float, str], ...]:
        first, last = math.ceil(math.log10(self.low) - 1e-9), math.floor(math.log10(self.high) + 1e-9)
        if last - first < 2:  # less than two powers of ten: round numbers read better
            return Scale(low=self.low, high=self.high, kind="linear")._rounds()  # noqa: SLF001  # the same class
        step = -(-(last - first) // _TICKS)
        shown = range(first, last + 1, step)
        is_short = shown[0] >= -2 and shown[-1] <= 3
        return tuple((10.0**k, f"{10.0**k:g}" if is_short else _power(k)) for k in shown)


def _power(exponent: int) -> str:
    return f"10{str(exponent).translate(_SUPERSCRIPTS)}" if exponent else "1"


def scale_of(numbers: Iterable[float], kind: Literal["linear", "log"]) -> Scale:
    """Return an axis on which all numbers have their place, with a margin.

    Examples:
        >>> scale_of([0, 1], "linear")
        Scale(low=-0.04, high=1.04, kind='linear')
    """
    shown = [n for n in numbers if math.isfinite(n) and (kind == "linear" or n > 0)] or [1.0]
    low, high = min(shown), max(shown)
    if kind == "log":
        factor = max((high / low) ** _MARGIN, 1.2)
        return Scale(low=low / factor, high=high * factor, kind="log")
    room = (high - low) * _MARGIN or abs(high) / 2 or 1.0
    return Scale(low=low - room, high=high + room, kind="linear")
