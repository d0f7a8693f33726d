"""Measure the start of the command and the speed of exact means; write the table of `README.md`.

    sh scripts/venv python benchmarks/run.py

Whole processes are timed in interleaved runs on one machine; a figure is the median of the ratios of
neighboring runs, so that a change of load meets both sides. `--quick` takes fewer runs, and no SymPy.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
CORPUS = HERE.parent / "tests" / "data" / "corpus.json"
REPORT = HERE / "README.md"
BEGIN, END = "<!-- figures: written by run.py -->", "<!-- end of figures -->"
LIMIT = 10.0
"""Seconds that SymPy has for one mean."""
COMMAND = "from symbolic_init.cli import main; main()"
"""What the console script `derive` runs."""


class Figure(NamedTuple):
    """One line of the table."""

    what: str
    measured: str
    target: str


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
    yield ratio(
        "`derive relu` / `python -c 'import sympy'`", ["-c", COMMAND, "relu"], sympy, rounds=rounds, most=1.6
    )
    for argument in ("list", "--help", "--version"):
        what = f"`derive {argument}` / `python -c 'import click'`"
        yield ratio(what, ["-c", COMMAND, argument], click, rounds=2 * rounds, most=3)
    what = "`import symbolic_init` - bare Python"
    yield difference(what, ["-c", "import symbolic_init"], bare, rounds=2 * rounds, most=30)


def means() -> Iterator[Figure]:
    """Figures of exact second moments, against SymPy's integrator."""
    ratios = []
    entries = json.loads(CORPUS.read_text(encoding="utf-8"))["activations"]
    for entry in entries:
        slow = second_moment("sympy", entry)
        if slow is None:
            continue
        times = [second_moment("rules", entry) for _ in range(3)]
        known = [t for t in times if t is not None]
        if len(known) < len(times):
            print(f"  {entry['name']}: no exact form here", file=sys.stderr)
            continue
        fast = statistics.median(known)
        ratios.append(slow / fast)
        print(f"  {entry['name']}: {fast * 1000:.1f} ms, SymPy {slow:.2f} s", file=sys.stderr)
    what = f"exact M, SymPy's `integrate` / `gaussian_mean`, {len(ratios)} of {len(entries)} that both solve"
    yield Figure(what, f"{statistics.median(ratios):.0f} x (least {min(ratios):.0f} x)", "at least 30 x")


def second_moment(method: str, entry: Mapping[str, Any]) -> float | None:
    """Seconds for one second moment, or `None` without an exact, right answer in time."""
    request = {
        "by": method,
        "text": entry["expression"],
        "expected": entry["second_moment"]["s=1"],
        "parameters": entry.get("parameters", {}),
    }
    command = [sys.executable, str(HERE / "second_moment.py"), json.dumps(request)]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT + 5, check=False)
    except subprocess.TimeoutExpired:
        return None
    if run.returncode:
        return None
    elapsed = float(run.stdout)
    return elapsed if elapsed <= LIMIT else None


def machine() -> str:
    """What the figures were measured on, in general words."""
    return (
        f"Measured on {platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}."
    )


def write(figures: Sequence[Figure]) -> None:
    """Replace the table of the report."""
    rows = "\n".join(f"| {f.what} | {f.measured} | {f.target} |" for f in figures)
    table = f"{BEGIN}\n{machine()}\n\n| what | measured | target |\n|---|---|---|\n{rows}\n{END}"
    text = REPORT.read_text(encoding="utf-8")
    before, after = text.partition(BEGIN)[0], text.partition(END)[2]
    REPORT.write_text(before + table + after, encoding="utf-8")


def main() -> None:
    """Run everything."""
    options = argparse.ArgumentParser(description="Measure, and write the table of benchmarks/README.md.")
    options.add_argument("--quick", action="store_true", help="few runs, no SymPy, nothing written")
    quick = options.parse_args().quick
    figures = []
    for figure in starts(rounds=5 if quick else 15):
        print(*figure, sep="   ")
        figures.append(figure)
    if quick:
        return
    for figure in means():
        print(*figure, sep="   ")
        figures.append(figure)
    write(figures)


if __name__ == "__main__":
    main()
