"""What is there to plot, as data in double precision."""

from dataclasses import dataclass
from typing import Literal, final

__all__ = ["Axis", "Curve", "Figure"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Points of one curve, in floats of six significant digits.

    Attributes:
        label: What it shows; pieces of one curve (between jumps) have the same label.
        style: `line`, `dashed`, `points` (marks without a line), or `band` (from `y` to `upper`).
        x: Places on the horizontal axis.
        y: Heights, as many as places.
        upper: Upper edge of a band, as many as places; empty for the other styles.
    """

    label: str
    style: Literal["line", "dashed", "points", "band"]
    x: tuple[float, ...]
    y: tuple[float, ...]
    upper: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        assert len(self.x) == len(self.y)
        assert len(self.upper) == (len(self.x) if self.style == "band" else 0)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One axis of a figure.

    Attributes:
        label: What is on it, as plain text in the notation (`q`, `sigma_w2`).
        scale: `linear` or `log`.
    """

    label: str
    scale: Literal["linear", "log"] = "linear"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """Curves to plot, as data: whoever draws them chooses colors and sizes.

    Attributes:
        id: `activation`, `length-map`, `signal`, `gradient`, `phases` or `correlation`.
        title: What it shows, in one line.
        x: The horizontal axis.
        y: The vertical axis.
        curves: What to draw, in this order.
        remark: What the reader must know beside it, or the empty string.
    """

    id: str
    title: str
    x: Axis
    y: Axis
    curves: tuple[Curve, ...]
    remark: str = ""
