"""Columns of text: entries that are too long move under the table."""

import textwrap
from collections.abc import Sequence

from symbolic_init.render.printing import break_formula

__all__ = ["table"]

_NARROW = 9
"""An entry of at most so many characters is never moved."""
_LABEL = 12
"""Labels are not folded to fewer characters."""
_GAPS = (2, 1)


def table(
    header: Sequence[str], rows: Sequence[Sequence[str]], *, width: int, fold: bool = True
) -> list[str]:
    """Return a table of at most `width` columns; what does not fit becomes a note under it.

    With `fold`, labels (the first column) are first written in several lines where they have spaces.

    Examples:
        >>> print(*table(("a", "b"), [("1", "2"), ("3", "")], width=20), sep=chr(10))
          a  b
          1  2
          3
    """
    grid = [list(header), *(list(r) for r in rows)]
    gap = _gap(grid, width)
    excess = _total(grid, gap) - width
    if fold and excess > 0:
        grid = _folded(grid, max(_LABEL, _widths(grid)[0] - excess))
    moved: dict[tuple[int, int], str] = {}
    while _total(grid, gap) > width and (place := _widest(grid)) is not None:
        i, j = place
        moved[place], grid[i][j] = grid[i][j], "(0)"
    for number, (i, j) in enumerate(sorted(moved), start=1):
        grid[i][j] = f"({number})"
    notes = [moved[place] for place in sorted(moved)]
    widths = _widths(grid)
    lines = [
        "  " + (" " * gap).join(c.ljust(w) for c, w in zip(r, widths, strict=True)).rstrip() for r in grid
    ]
    for number, note in enumerate(notes, start=1):
        lines += [f"  {part}" for part in break_formula(f"({number}) {note}", width=width - 2, indent=4)]
    return lines


def _folded(grid: Sequence[Sequence[str]], label: int) -> list[list[str]]:
    """The same table with labels of at most `label` columns where they have spaces to be cut at."""
    folded: list[list[str]] = []
    for first, *rest in grid:
        lines = textwrap.wrap(first, label, break_long_words=False, break_on_hyphens=False) or [""]
        folded += [[lines[0], *rest], *([line, *("" for _ in rest)] for line in lines[1:])]
    return folded


def _gap(grid: Sequence[Sequence[str]], width: int) -> int:
    """The widest gap between columns that fits, or the narrowest."""
    return next((gap for gap in _GAPS if _total(grid, gap) <= width), _GAPS[-1])


def _widths(grid: Sequence[Sequence[str]]) -> list[int]:
    return [max(len(r[j]) for r in grid) for j in range(len(grid[0]))]


def _total(grid: Sequence[Sequence[str]], gap: int) -> int:
    widths = _widths(grid)
    return 2 + sum(widths) + gap * (len(widths) - 1)


def _widest(grid: Sequence[Sequence[str]]) -> tuple[int, int] | None:
    """Row and column of the longest entry that may move; labels only when nothing else can."""
    places = [(i, j) for i in range(1, len(grid)) for j in range(len(grid[i]))]
    long = [(i, j) for i, j in places if len(grid[i][j]) > _NARROW]
    inner = [(i, j) for i, j in long if 0 < j < len(grid[i]) - 1]
    return max(inner or long, key=lambda p: len(grid[p[0]][p[1]]), default=None)
