"""Second moments of the whole catalog for many variances, in double precision.

    sh scripts/venv python benchmarks/sweeps.py [--quick]

Times are those of the processor with all set-up, from the name of the activation to the array of values;
errors are those against proven enclosures at some of the variances.
"""

import argparse
import random
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from report import Figure, figures
from sympy import Rational

from symbolic_init import catalog
from symbolic_init.errors import SymbolicInitError
from symbolic_init.moments.enclosure import enclosed_mean
from symbolic_init.moments.grid import moment_grid
from symbolic_init.moments.named import moment

MOMENTS = ("M", "m", "h")
LOW, HIGH = 1e-8, 1e6
"""The variances are spread evenly in their logarithm between these."""
BITS, NARROW = 60, 50
"""Binary digits asked of enclosures, and those that they must have: values of both signs may cancel."""


class Sweep(NamedTuple):
    """One activation: processor seconds with all set-up, variances without a value, worst relative error."""

    name: str
    seconds: float
    masked: int
    error: float


def sweep(name: str, which: str, variances: np.ndarray, *, checks: int) -> Sweep | None:
    """One mean for all variances, some of them compared with a proven enclosure; `None` if it is infinite."""
    try:
        mean = moment(name, which)
        start = time.process_time()
        found = moment_grid(name, which, variances, masked=True)
        seconds = time.process_time() - start
    except SymbolicInitError:
        return None
    error = 0.0
    places = np.flatnonzero(~found.mask).tolist()
    for k in random.Random(name).sample(places, checks):  # noqa: S311  # not for secrets
        error = max(error, _error(mean.integrand, float(variances[k]), float(found[k])))
    return Sweep(name, seconds, int(found.mask.sum()), error)


def _error(integrand, variance: float, value: float) -> float:
    """Relative error against an enclosure; 0 where none is found that is narrow enough."""
    try:
        ball = enclosed_mean(integrand, Rational(*variance.as_integer_ratio()), bits=BITS)
    except SymbolicInitError:
        return 0.0
    if ball.rel_accuracy_bits() < NARROW:
        return 0.0
    return float(abs((ball.mid() - value) / ball.mid()))


def rows(*, count: int, checks: int) -> Iterator[Figure]:
    """Pairs of an activation and a variance in a minute, and how exact they are."""
    variances = np.geomspace(LOW, HIGH, count)
    names = [entry.name for entry in catalog.ENTRIES]
    moment_grid("relu", "M", variances)
    for which in MOMENTS:
        found = [s for name in names if (s := sweep(name, which, variances, checks=checks)) is not None]
        for s in sorted(found, key=lambda s: -s.seconds)[:3]:
            print(f"  {which} of {s.name}: {s.seconds * 1000:.0f} ms", file=sys.stderr)
        yield from _of_one(which, found, count)


def _of_one(which: str, found: Sequence[Sweep], count: int) -> Iterator[Figure]:
    seconds = sum(s.seconds for s in found)
    what = f"{which} of {len(found)} activations at {count} variances from {LOW:g} to {HIGH:g}"
    pace = f"{60 * count * len(found) / seconds / 1e6:.2g} million pairs a minute"
    usual = statistics.median(s.seconds for s in found) / count * 1e6
    yield Figure(what, f"{pace}, {usual:.2g} us a pair at the median", "1 million a minute")
    worst, masked = max(s.error for s in found), sum(s.masked for s in found)
    told = f"{100 * masked / count / len(found):.1f} % told to have no value"
    yield Figure(f"{which}: largest relative error seen", f"{worst:.0e}; {told}", "1e-13")


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description="Measure sweeps of the catalog.")
    options.add_argument("--quick", action="store_true", help="few variances, fewer checks")
    quick = options.parse_args().quick
    print(figures(rows(count=2000 if quick else 20_000, checks=2 if quick else 12)))


if __name__ == "__main__":
    main()
