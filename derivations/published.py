"""Compare the numbers that papers and frameworks print with what is derived: writes published.md.

    sh scripts/venv python derivations/published.py

What is compared, and how, is in symbolic_init/published.py and its data.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from symbolic_init.published import CHECKED, DATA, by_source, entries, verdict

__all__ = ["CHECKED", "DATA", "entries", "page", "verdict"]

PAGE = Path(__file__).resolve().parent / "published.md"
HEAD = """# Published numbers

Written by `python derivations/published.py` from `symbolic_init/data/published.json`. *Reproduced*: the
exact value rounds to every printed digit. *Convention*: an empirical choice, not an error. *Wrong*: the
exact value differs.
"""


def lines(chosen: list[dict[str, Any]]) -> Iterator[str]:
    """The rows of the page, by source."""
    for title, verdicts in by_source(chosen):
        yield f"\n## {title}\n"
        yield "| quantity | printed | exact | verdict |\n|---|---|---|---|"
        for row in verdicts:
            yield f"| {row.what} | {row.printed} | {row.exact} | {row.verdict} |"


def page(chosen: list[dict[str, Any]] | None = None) -> str:
    """The whole page."""
    return HEAD + "\n".join(lines(entries() if chosen is None else chosen)) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
