"""Columns of text: entries that are too long move under the table."""

from collections.abc import Sequence

from symbolic_init.render.printing import break_formula

__all__ = ["table"]

_NARROW = 9
"""An entry of at most so many characters is never moved."""
_GAPS = (2, 1)


def table(header: Sequence[str], rows: Sequence[Sequence[str]], *, width: int) -> list[str]:
    """Return a table of at most `width` columns; what does not fit becomes a note under it.

    Examples:
        >>> print(*table(("a", "b"), [("1", "2"), ("3", "")], width=20), sep=chr(10))
          a  b
          1  2
          3
    """
    grid = [list(header), *(list(r) for r in rows)]
    gap = _gap(grid, width)
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
