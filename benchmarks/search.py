"""Ten thousand candidates of an activation search: rates, memory, what workers add, and no wrong answer.

    sh scripts/venv python benchmarks/search.py [--count 10000] [--planted 100] [--timeout 10] [--write]

Needs the extra `[numeric]`. Each answer is compared with an independent one: quadrature in NumPy of the
candidate as it was composed, not as it was read. What differs is listed, and the exit status is then 1.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import report
from candidates import Candidate, candidates

MEMORY = 256
"""MiB for a candidate."""
_LOOSE = 1e-6
"""How far an answer may be from the check: slopes at 0 are differences in double precision."""


class Run(NamedTuple):
    """One run of the command."""

    records: Sequence[Mapping[str, Any]]
    seconds: float
    memory: int


def run(lines: Sequence[str], *, jobs: int, timeout: float, folder: Path) -> Run:
    """Derive the lines; memory is the most that the command's own process has used, in bytes."""
    source, target = folder / "in.txt", folder / f"{len(lines)}-{jobs}.jsonl"
    source.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    target.unlink(missing_ok=True)
    start = time.monotonic()
    command = [sys.executable, "-m", "symbolic_init", "batch", str(source), "-o", str(target), "--no-cache"]
    limits = ["--timeout", str(timeout), "--memory", str(MEMORY), "-j", str(jobs)]
    process = subprocess.Popen([*command, *limits])
    memory = 0
    while process.poll() is None:
        memory = _high_water(process.pid) or memory
        time.sleep(0.2)
    if process.returncode:
        raise SystemExit(f"derive batch ended with {process.returncode}")
    records = [json.loads(line) for line in target.open(encoding="utf-8")]
    return Run(records, time.monotonic() - start, memory)


def _high_water(pid: int) -> int:
    """The most memory that a running process has used, in bytes; 0 if it has just ended."""
    try:
        text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0
    found = [line.split()[1] for line in text.splitlines() if line.startswith("VmHWM")]
    return 1024 * int(found[0]) if found else 0


_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)
_HALVINGS = 40
_FINE = 1e-12


def second_moment(value: Any) -> float:
    """`E[g(z)^2]` by Gauss-Legendre sums on panels that are halved where halving makes a difference."""
    ends = np.linspace(-39, 39, 2 * 39 * 8 + 1)
    low, high, total = ends[:-1], ends[1:], 0.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        whole, left, right = (_sums(value, *ends) for ends in ((low, high), (low, middle), (middle, high)))
        with np.errstate(invalid="ignore"):
            off = np.abs(whole - left - right)
        rough = off > _FINE * max(total, float(np.sum(np.abs(left + right))))
        total += float(np.sum((left + right)[~rough]))
        if not rough.any():
            return total
        low, high = (
            np.concatenate([low[rough], middle[rough]]),
            np.concatenate([middle[rough], high[rough]]),
        )
    return total + float(np.sum(_sums(value, low, high)))


def _sums(value: Any, low: Any, high: Any) -> Any:
    radius = (high - low) / 2
    z = ((low + high) / 2)[:, None] + radius[:, None] * _NODES
    with np.errstate(all="ignore"):
        density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
        found = np.where(density > 0, value(z) ** 2 * density, 0.0)
    return np.nan_to_num(found, nan=0.0, posinf=np.inf) @ _WEIGHTS * radius


_HALVES = (22, 18, 14)
"""Steps of differences as powers of 1/2: with small slopes rounding spoils the finest."""


def linear(value: Any, halves: int) -> float:
    """`1/(g'(0)^2 (1 + g(0)^2))` by differences, extrapolated as where g'' jumps."""
    steps = 0.5 ** np.arange(halves, halves + 2)
    with np.errstate(all="ignore"):
        start = value(np.float64(1e-30))
        coarse, fine = ((value(h) - value(-h)) / (2 * h) for h in steps)
    slope = 2 * fine - coarse
    return float(1 / (slope**2 * (1 + start**2)))


def difference(candidate: Candidate, record: Mapping[str, Any]) -> float:
    """How far the variance of the weights is from the independent one, relative to it."""
    found = float(record["value_items"]["sigma_w2"]["decimal"])
    if record["theory"] == "linear":
        every = [linear(candidate.value, halves) for halves in _HALVES]
    else:
        every = [1 / second_moment(candidate.value)]
    return min(abs(found - wanted) / abs(wanted) for wanted in every)


def checked(lines: Sequence[Candidate], found: Run) -> Iterator[str]:
    """What differs from the independent answer, or has none where one is due."""
    for number, (candidate, record) in enumerate(zip(lines, found.records, strict=True), start=1):
        told = f"line {number}: {candidate.text[:200]}"
        if record["error"]:
            if record["error_type"] == "InternalError":
                yield f"{told}: {record['error'][:200]}"
        elif candidate.value is None:
            if candidate.planted == "malformed":
                yield f"{told}: answered"
        elif not (off := difference(candidate, record)) < _LOOSE:
            value = record["value_items"]["sigma_w2"]["decimal"]
            yield f"{told}: {record['theory']} {value}, off by {off:.1e}"


def main() -> None:
    """Run, check, and print the figures."""
    options = argparse.ArgumentParser(description="Derive candidates of an activation search.")
    options.add_argument("--count", type=int, default=10_000)
    options.add_argument("--planted", type=int, default=100)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--jobs", type=int, default=2)
    options.add_argument("--timeout", type=float, default=10, help="seconds on the processor for a candidate")
    options.add_argument("--keep", type=Path, help="a folder in which the records stay")
    options.add_argument("--write", action="store_true", help="write the block of README.md")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        wrong, text = measured(given, given.keep or Path(name))
    print(text)
    print(*wrong, sep="\n")
    if given.write:
        report.write("search", text, script="search.py")
    raise SystemExit(bool(wrong))


def measured(given: argparse.Namespace, folder: Path) -> tuple[list[str], str]:
    """Growth from a hundredth on, one worker against several, and all lines with the planted ones."""
    rows, wrong, before = [], [], os.getloadavg()[0]
    share = partial(run, timeout=given.timeout, folder=folder)
    for count in (given.count, given.count // 10, given.count // 100):
        lines = candidates(count, planted=given.planted * count // given.count, seed=given.seed)
        found = share([c.text for c in lines], jobs=given.jobs)
        errors = Counter(r.get("error_type") or "answered" for r in found.records)
        told = ", ".join(f"{n} {k}" for k, n in errors.most_common())
        rows.insert(0, [str(count), *_cells(found, count), told])
        print(*rows[0], sep="  ", file=sys.stderr)
        wrong += checked(lines, found)
    sound = [c.text for c in candidates(given.count // 20, planted=0, seed=given.seed + 1)]
    runs = {jobs: share(sound, jobs=jobs) for jobs in (1, given.jobs)}
    rows += [
        [f"{len(sound)}, none planted, {j} workers", *_cells(r, len(sound)), ""] for j, r in runs.items()
    ]
    heads = ["lines", "seconds", "lines a second", "memory of the command, MiB", "what they are"]
    gain = runs[1].seconds / runs[given.jobs].seconds
    figure = report.Figure(f"{given.jobs} workers / 1 worker", f"{gain:.2f} x", "at least 1.8 x")
    wrong_figure = report.Figure("answers that differ from the independent ones", str(len(wrong)), "0")
    told = (
        f"{given.timeout:g} s on the processor and {MEMORY} MiB for a candidate; load of the machine "
        f"{before:.1f} when it began, {os.getloadavg()[0]:.1f} when it ended, these runs among it."
    )
    return wrong, f"{told}\n\n{report.table(heads, rows)}\n\n{report.figures([figure, wrong_figure])}"


def _cells(found: Run, count: int) -> list[str]:
    return [f"{found.seconds:.0f}", f"{count / found.seconds:.2f}", f"{found.memory / 2**20:.0f}"]


if __name__ == "__main__":
    main()
