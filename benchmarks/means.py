"""How long exact second moments take, alone and against SymPy's integrator."""

import json
import random
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import corpus
from corpus import Outcome
from report import Figure

CHILD = Path(__file__).resolve().parent / "second_moment.py"
LIMIT = 10.0
"""Seconds that SymPy has for one mean."""
START = 5.0
"""Seconds that a process has beside that, to start and to evaluate what was found."""
Entries = Sequence[Mapping[str, Any]]


def asked(by: str, entries: Entries, *, limit: float) -> dict[str, Outcome]:
    """What one process answers, as far as it comes."""
    request = json.dumps({"by": by, "entries": list(entries)})
    command = [sys.executable, str(CHILD), request]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=limit + START, check=False)
    except subprocess.TimeoutExpired:
        return {}
    rows = [json.loads(line) for line in run.stdout.splitlines()]
    return {name: Outcome(verdict, seconds) for name, verdict, seconds in rows}


def in_one_process(entries: Entries, *, rounds: int) -> dict[str, Outcome]:
    """Our answers in processes that have answered the others before, in random orders: median times."""
    runs = []
    for seed in range(rounds):
        order = list(entries)
        random.Random(seed).shuffle(order)  # noqa: S311  # an order, no secret
        runs.append(asked("rules", order, limit=LIMIT * len(order)))
    return {
        e["name"]: Outcome(
            runs[0][e["name"]].verdict, statistics.median(run[e["name"]].seconds for run in runs)
        )
        for e in entries
    }


def alone(by: str, entry: Mapping[str, Any]) -> Outcome:
    """The answer in a process that has found one other mean before."""
    found = asked(by, [entry], limit=LIMIT).get(entry["name"])
    if found is None or found.seconds > LIMIT:
        return Outcome("time", LIMIT)
    return found


def own_figures(ours: Mapping[str, Outcome]) -> Iterator[Figure]:
    """Median and worst time of our exact answers."""
    times = {name: o.seconds for name, o in ours.items() if o.verdict == "right"}
    slowest = max(times, key=times.__getitem__)
    what = f"exact M in one process, check included, {len(times)} of {len(ours)}"
    yield Figure(f"{what}: median", f"{statistics.median(times.values()) * 1000:.1f} ms", "at most 12 ms")
    worst = f"{times[slowest] * 1000:.0f} ms ({slowest})"
    yield Figure(f"{what}: worst", worst, "at most 300 ms")


def by_sympy(entries: Entries) -> dict[str, Outcome]:
    """What SymPy's integrator finds, each mean in a process of its own."""
    found = {}
    for entry in entries:
        found[entry["name"]] = outcome = alone("sympy", entry)
        print(f"  {entry['name']}: SymPy {corpus.cell(outcome)}", file=sys.stderr)
    return found


def ratio(entries: Entries, theirs: Mapping[str, Outcome]) -> Figure:
    """How much faster than SymPy's ours are that it solves too, each in a process of its own."""
    ratios = []
    for entry in entries:
        slow = theirs[entry["name"]]
        fast = [alone("rules", entry) for _ in range(3)] if slow.verdict == "right" else []
        if fast and all(o.verdict == "right" for o in fast):
            ratios.append(slow.seconds / statistics.median(o.seconds for o in fast))
    what = f"exact M, SymPy's `integrate` / `gaussian_mean`, {len(ratios)} of {len(entries)} that both solve"
    return Figure(what, f"{statistics.median(ratios):.0f} x (least {min(ratios):.0f} x)", "at least 80 x")
