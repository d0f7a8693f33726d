"""Figures of a derivation drawn by matplotlib, for a file of their own or a notebook."""

from collections.abc import Sequence
from functools import cache
from io import BytesIO
from typing import Any, Protocol, final

from symbolic_init.errors import UnsupportedError
from symbolic_init.extras import require
from symbolic_init.figure import Axis, Curve, Figure
from symbolic_init.render.content import one_line
from symbolic_init.render.svg import INDEX, looks, plain

__all__ = ["SUFFIXES", "draw", "image"]

SUFFIXES = (".svg", ".png", ".pdf")
"""Kinds of files that are written."""

_COLORS = {
    "s1": "#0b62b5",
    "s2": "#b4480a",
    "s3": "#0d7a5f",
    "s4": "#8a3ea8",
    "s5": "#806100",
    "s6": "#a8325a",
}
_DASHES = {"d1": "--", "d2": ":", "d3": "-."}
_SOFT = "#565c66"
_COLUMNS, _WIDTH, _HEIGHT = 2, 5.4, 3.7
"""Figures side by side, and the size of one in inches."""
_STYLE: Any = {
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.hashsalt": "symbolic_init",
}


class Drawable(Protocol):
    """What has figures: a derivation, or a simulation."""

    @property
    def title(self) -> str:
        """What it is of."""

    @property
    def figures(self) -> Sequence[Figure]:
        """What to draw."""


def draw(derivation: Drawable, *, only: str = "") -> Any:
    """Return the figures of a derivation as one `matplotlib.figure.Figure`.

    Args:
        derivation: What to draw.
        only: Id of one figure, such as `length-map`; all of them when empty.

    Raises:
        MissingPackageError: Without the package matplotlib.
        UnsupportedError: If there is nothing to draw, as with free parameters.
    """
    require("matplotlib", "plot")
    import matplotlib as mpl

    shown = [f for f in derivation.figures if only in ("", f.id)]
    if not shown:
        known = ", ".join(f.id for f in derivation.figures)
        reason = f"there are: {known}" if known else "give its parameters numbers, as in --set a=1/100"
        msg = f"nothing to draw for {one_line(derivation.title)!r}: {reason}"
        raise UnsupportedError(msg)
    columns = min(_COLUMNS, len(shown))
    rows = -(-len(shown) // columns)
    with mpl.rc_context(_STYLE):
        canvas = _canvas()(figsize=(_WIDTH * columns, _HEIGHT * rows), layout="constrained")
        for place, figure in enumerate(shown, start=1):
            _plot(canvas.add_subplot(rows, columns, place), figure)
    return canvas


def image(derivation: Drawable, suffix: str) -> bytes:
    """Return all figures as the content of a file.

    Args:
        derivation: What to draw.
        suffix: One of `SUFFIXES`.

    Raises:
        UnsupportedError: If the suffix is another one, or there is nothing to draw.
    """
    if suffix not in SUFFIXES:
        msg = f"cannot write a plot as {suffix!r}; end the name of the file with {', '.join(SUFFIXES)}"
        raise UnsupportedError(msg)
    canvas = draw(derivation)
    import matplotlib as mpl

    written = BytesIO()
    undated = {} if suffix == ".png" else {"Date": None} if suffix == ".svg" else {"CreationDate": None}
    with mpl.rc_context(_STYLE):
        canvas.savefig(written, format=suffix[1:], dpi=150, metadata=undated)
    return written.getvalue()


@cache
def _canvas() -> Any:
    """Figures of matplotlib that a notebook shows by themselves, whatever its backend is."""
    from matplotlib.figure import Figure as Canvas

    @final
    class Plot(Canvas):
        def _repr_png_(self) -> bytes:
            written = BytesIO()
            self.savefig(written, format="png", dpi=110)
            return written.getvalue()

    return Plot


def _plot(axes: Any, figure: Figure) -> None:
    seen = looks(figure.curves)
    named: set[str] = set()
    for curve in figure.curves:
        _draw(axes, curve, seen[curve.label], "_nolegend_" if curve.label in named else _text(curve.label))
        named.add(curve.label)
    axes.set_title(_text(figure.title), fontsize=10, fontweight="bold", loc="left", wrap=True)
    _name(axes, "x", figure.x)
    _name(axes, "y", figure.y)
    axes.grid(visible=True, axis="y", color="#d9dce1", linewidth=0.7)
    axes.set_axisbelow(True)
    axes.legend(fontsize=8, frameon=False)


def _name(axes: Any, side: str, axis: Axis) -> None:
    getattr(axes, f"set_{side}scale")(axis.scale)
    getattr(axes, f"set_{side}label")(_text(axis.label))


def _text(label: str) -> str:
    """A label that matplotlib takes for plain text, with its indices set lower."""
    escaped = plain(one_line(label)).replace("$", r"\$")
    return INDEX.sub(r"$_{\\mathrm{\1}}$", escaped)


def _draw(axes: Any, curve: Curve, look: str, label: str) -> None:
    color = _COLORS.get(look, _SOFT)
    match curve.style:
        case "points":
            axes.plot(curve.x, curve.y, "o", color=color, markersize=5, label=label)
        case "band":
            axes.fill_between(curve.x, curve.y, curve.upper, color=color, alpha=0.2, linewidth=0, label=label)
        case "dashed":
            axes.plot(curve.x, curve.y, _DASHES[look], color=color, linewidth=1.1, label=label)
        case "line":
            axes.plot(curve.x, curve.y, "-", color=color, linewidth=1.8, label=label)
