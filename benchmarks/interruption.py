"""A large batch that is killed over and over (kill -9) and goes on: the same bytes as one left alone.

    sh scripts/venv python benchmarks/interruption.py [--count 1000] [--kills 5] [--write]

The exit status is 1 if a byte differs; the lines that do are listed.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path
from random import Random

import report
from candidates import Candidate, candidates

_SHORT = 24
"""Characters of the candidates that are taken: none of them comes near its limit of time."""


def short(count: int, seed: int) -> list[Candidate]:
    """So many short candidates."""
    return list(
        islice((c for c in candidates(5 * count, planted=0, seed=seed) if len(c.text) <= _SHORT), count)
    )


def started(source: Path, target: Path) -> subprocess.Popen[bytes]:
    """The command, in a session of its own."""
    command = [sys.executable, "-m", "symbolic_init", "batch", str(source), "-o", str(target), "--no-cache"]
    return subprocess.Popen([*command, "-j", "2"], stderr=subprocess.DEVNULL, start_new_session=True)


def lines_of(path: Path) -> int:
    """How many whole lines there are."""
    return path.read_bytes().count(b"\n") if path.exists() else 0


def main() -> None:
    """Compare the two files."""
    options = argparse.ArgumentParser(description="Kill a batch over and over.")
    options.add_argument("--count", type=int, default=1000)
    options.add_argument("--kills", type=int, default=5)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--write", action="store_true", help="write the block of README.md")
    given = options.parse_args()
    random = Random(given.seed)  # noqa: S311  places to kill at, no secrets
    with tempfile.TemporaryDirectory() as name:
        source, whole, torn = (Path(name) / part for part in ("in.txt", "whole.jsonl", "torn.jsonl"))
        lines = short(given.count, given.seed)
        source.write_text("".join(f"{c.text}\n" for c in lines), encoding="utf-8")
        started(source, whole).wait()
        places = []
        for place in sorted(random.sample(range(1, len(lines)), given.kills)):
            running = started(source, torn)
            while lines_of(torn) < place and running.poll() is None:
                time.sleep(random.random() / 10)
            os.kill(running.pid, signal.SIGKILL)
            running.wait()
            size, kept = torn.stat().st_size, lines_of(torn)
            places.append(str(kept))
            print(f"killed when {kept} of {len(lines)} records were written, {size} bytes", flush=True)
        started(source, torn).wait()
        one, other = whole.read_bytes(), torn.read_bytes()
    differing = [
        k
        for k, pair in enumerate(zip(one.splitlines(), other.splitlines(), strict=False), 1)
        if pair[0] != pair[1]
    ]
    same = "the same" if one == other else f"different, in lines {differing}"
    found = f"{len(lines)} lines: {len(one)} bytes alone, {len(other)} after {given.kills} kills: {same}"
    print(found)
    if given.write:
        told = f"Killed with `kill -9` when {', '.join(places)} records were written, each time gone on with."
        report.write("interruption", f"{told}\n\n{found}.", script="interruption.py")
    raise SystemExit(one != other)


if __name__ == "__main__":
    main()
