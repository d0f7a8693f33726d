"""How long the command takes to start, against the start of what it imports."""

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence

from report import Figure

COMMAND = "from symbolic_init.cli import main; main()"
"""What the console script `derive` runs."""


def seconds(arguments: Sequence[str]) -> float:
    """Wall time of one process that must succeed."""
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def pairs(ours: Sequence[str], theirs: Sequence[str], *, rounds: int) -> list[tuple[float, float]]:
    """Times of two commands run in turn, after one run of each to warm the disk."""
    seconds(ours), seconds(theirs)
    return [(seconds(ours), seconds(theirs)) for _ in range(rounds)]


def ratio(what: str, ours: Sequence[str], theirs: Sequence[str], *, rounds: int, most: float) -> Figure:
    """The median of `ours / theirs`."""
    times = pairs(ours, theirs, rounds=rounds)
    value = statistics.median(a / b for a, b in times)
    a, b = (statistics.median(column) for column in zip(*times, strict=True))
    return Figure(what, f"{value:.2f} x ({a * 1000:.0f} ms / {b * 1000:.0f} ms)", f"at most {most:g} x")


def difference(what: str, ours: Sequence[str], theirs: Sequence[str], *, rounds: int, most: float) -> Figure:
    """The median of `ours - theirs`."""
    value = statistics.median(a - b for a, b in pairs(ours, theirs, rounds=rounds))
    return Figure(what, f"{value * 1000:.1f} ms", f"at most {most:g} ms")


def starts(*, rounds: int) -> Iterator[Figure]:
    """Figures of whole processes."""
    bare, click, sympy = ["-c", "pass"], ["-c", "import click"], ["-c", "import sympy"]
    for name, most in (("relu", 1.6), ("gelu", 2.5)):
        what = f"`derive {name}` / `python -c 'import sympy'`"
        yield ratio(what, ["-c", COMMAND, name], sympy, rounds=rounds, most=most)
    for argument in ("list", "--help", "--version"):
        what = f"`derive {argument}` / `python -c 'import click'`"
        yield ratio(what, ["-c", COMMAND, argument], click, rounds=2 * rounds, most=3)
    what = "`import symbolic_init` - bare Python"
    yield difference(what, ["-c", "import symbolic_init"], bare, rounds=2 * rounds, most=30)
