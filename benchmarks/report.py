"""The report: blocks of `README.md` between marks, each written by one section."""

import os
import platform
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

REPORT = Path(__file__).resolve().parent / "README.md"


class Figure(NamedTuple):
    """One line of a table of figures."""

    what: str
    measured: str
    target: str


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in lines)


def figures(rows: Iterable[Figure]) -> str:
    """A table of figures and their targets."""
    return table(["what", "measured", "target"], rows)


def machine() -> str:
    """What the figures were measured on, in general words."""
    return (
        f"Measured on {platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}."
    )


def write(block: str, text: str, *, script: str = "run.py") -> None:
    """Replace one block of the report."""
    begin, end = f"<!-- {block}: written by {script} -->", f"<!-- end of {block} -->"
    report = REPORT.read_text(encoding="utf-8")
    before, found, rest = report.partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        msg = f"{REPORT.name} has no block {block}"
        raise ValueError(msg)
    REPORT.write_text(f"{before}{begin}\n{machine()}\n\n{text}\n{end}{after}", encoding="utf-8")
