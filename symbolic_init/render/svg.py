"""Figures as SVG: lines that take their colors from the page, so that they follow light and dark."""

import re
from collections.abc import Iterator, Sequence
from html import escape
from itertools import cycle
from typing import NamedTuple

from symbolic_init.derivation import Curve, Figure
from symbolic_init.render.names import NAMES
from symbolic_init.render.scales import Scale, scale_of

__all__ = ["INDEX", "LegendEntry", "figure_svg", "legend", "looks", "plain"]

_WIDTH, _HEIGHT = 440, 280
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 12, 10, 42
_COLORS = 6
"""Colors of the page: `s1` to `s6`, then again."""
_DASHES = 3
"""Ways to dash a line: `d1` to `d3`, then again."""
_DOT = 4
INDEX = re.compile("_([A-Za-z]+)")
"""An index in a label in plain text."""


class LegendEntry(NamedTuple):
    """One line of the legend: what it looks like and what it shows.

    Attributes:
        look: Its color, or how it is dashed, as a class of the style sheet.
        style: As in `Curve`.
        label: What it shows, in plain text.
    """

    look: str
    style: str
    label: str


def plain(text: str) -> str:
    """Return a label with Greek letters and superscripts.

    Examples:
        >>> plain("sigma_w2, chi_1 = 1, E[x^2]")
        'σ_w², χ₁ = 1, E[x²]'
    """
    for name in sorted(NAMES, key=len, reverse=True):
        if "_" in name and NAMES[name].unicode != name:
            text = text.replace(name, NAMES[name].unicode)
    return text.replace("^2", "²").replace("'", "′").replace("->", "→")


def legend(figure: Figure) -> tuple[LegendEntry, ...]:
    """Return what the lines of a figure show, each label once."""
    seen = looks(figure.curves)
    styles = {curve.label: curve.style for curve in reversed(figure.curves)}
    return tuple(LegendEntry(look, styles[label], plain(label)) for label, look in seen.items())


def figure_svg(figure: Figure, *, ident: str) -> str:
    """Return a figure as an SVG element with a title and a description for those who do not see it.

    Args:
        figure: What to draw.
        ident: Prefix of the ids in it, one for each figure of a page.
    """
    x_axis, y_axis = _axes(figure)
    parts = [*_frame(figure, x_axis, y_axis)]
    seen = looks(figure.curves)
    order = sorted(figure.curves, key=lambda c: c.style == "points")
    parts += [shape for c in order for shape in _shapes(c, seen[c.label], x_axis, y_axis)]
    named = f'aria-labelledby="{ident}-t {ident}-d"'
    return (
        f'<svg class="plot" role="img" viewBox="0 0 {_WIDTH} {_HEIGHT}" {named}>'
        f'<title id="{ident}-t">{_text(figure.title)}</title>'
        f'<desc id="{ident}-d">{_text(_described(figure))}</desc>{"".join(parts)}</svg>'
    )


def _text(words: str) -> str:
    return escape("".join(c if c.isprintable() else " " for c in words))


def _label(words: str) -> str:
    """A label with its indices set lower."""
    first, *others = INDEX.split(_text(plain(words)))
    lowered = '<tspan class="index" dy="3">{}</tspan><tspan dy="-3">{}</tspan>'
    return first + "".join(lowered.format(*pair) for pair in zip(others[::2], others[1::2], strict=True))


def looks(curves: Sequence[Curve]) -> dict[str, str]:
    """Return `s1` to `s6` (a color) or `d1` to `d3` (dashes) for each label.

    A band has the color of the first line, which it belongs to.
    """
    colors = cycle(f"s{k + 1}" for k in range(_COLORS))
    dashes = cycle(f"d{k + 1}" for k in range(_DASHES))
    styles: dict[str, str] = {}
    for curve in curves:
        styles.setdefault(curve.label, curve.style)
    return {
        label: next(dashes) if style == "dashed" else "s1" if style == "band" else next(colors)
        for label, style in styles.items()
    }


def _axes(figure: Figure) -> tuple[Scale, Scale]:
    return (
        scale_of((v for c in figure.curves for v in c.x), figure.x.scale),
        scale_of((v for c in figure.curves for v in (*c.y, *c.upper)), figure.y.scale),
    )


def _h(axis: Scale, number: float) -> str:
    return f"{_LEFT + axis.place(number) * (_WIDTH - _LEFT - _RIGHT):.1f}"


def _v(axis: Scale, number: float) -> str:
    return f"{_HEIGHT - _BOTTOM - axis.place(number) * (_HEIGHT - _TOP - _BOTTOM):.1f}"


def _frame(figure: Figure, x_axis: Scale, y_axis: Scale) -> Iterator[str]:
    bottom, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    for value, label in y_axis.ticks():
        at = _v(y_axis, value)
        yield f'<path class="grid" d="M{_LEFT} {at}H{right}"/>'
        yield f'<text x="{_LEFT - 6}" y="{at}" text-anchor="end" dominant-baseline="middle">{label}</text>'
    for value, label in x_axis.ticks():
        at = _h(x_axis, value)
        yield f'<path class="axis" d="M{at} {bottom}v4"/>'
        yield f'<text x="{at}" y="{bottom + 17}" text-anchor="middle">{label}</text>'
    yield f'<path class="axis" d="M{_LEFT} {bottom}H{right}"/>'
    middle = (_LEFT + right) / 2
    yield f'<text x="{middle:.0f}" y="{_HEIGHT - 6}" text-anchor="middle">{_label(figure.x.label)}</text>'
    if figure.y.label:
        upright = f"translate(13 {(_TOP + bottom) / 2:.0f}) rotate(-90)"
        yield f'<text transform="{upright}" text-anchor="middle">{_label(figure.y.label)}</text>'


def _shapes(curve: Curve, look: str, x_axis: Scale, y_axis: Scale) -> Iterator[str]:
    places = [(x, y) for x, y in zip(curve.x, curve.y, strict=True) if x_axis.holds(x) and y_axis.holds(y)]
    dots = [(_h(x_axis, x), _v(y_axis, y)) for x, y in places]
    if not dots:
        return
    match curve.style:
        case "points":
            yield from (f'<circle class="f{look}" cx="{x}" cy="{y}" r="{_DOT}"/>' for x, y in dots)
        case "band":
            pairs = zip(curve.x, curve.upper, strict=True)
            above = [(_h(x_axis, x), _v(y_axis, y)) for x, y in pairs if y_axis.holds(y)]
            yield f'<path class="band f{look}" d="{_path([*dots, *reversed(above)])}Z"/>'
        case "dashed":
            yield f'<path class="curve dashed {look}" d="{_path(dots)}"/>'
        case "line":
            yield f'<path class="curve {look}" d="{_path(dots)}"/>'


def _path(dots: Sequence[tuple[str, str]]) -> str:
    return "M" + "L".join(f"{x} {y}" for x, y in dots)


def _described(figure: Figure) -> str:
    """What is drawn, in words: the ranges, and where each line begins and ends."""
    told = []
    for entry in legend(figure):
        curves = [c for c in figure.curves if plain(c.label) == entry.label and c.x]
        if curves:
            (x, y), (to_x, to_y) = ((c.x[k], c.y[k]) for c, k in ((curves[0], 0), (curves[-1], -1)))
            told.append(f"{entry.label}: from {y:.4g} at {x:.4g} to {to_y:.4g} at {to_x:.4g}")
    return f"{plain(figure.y.label) or 'Values'} against {plain(figure.x.label)}. " + "; ".join(told) + "."
