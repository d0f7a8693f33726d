"""Dual kernels: the time to a closed form, and on a grid of variances and correlations."""

import statistics
import time
from collections.abc import Callable, Iterator, Mapping

import numpy as np
from report import Figure

from symbolic_init import dual_kernel
from symbolic_init.catalog import ENTRIES

SIDE = 200
"""Places of the grid on a side."""
GRID = "gelu"


def figures(*, rounds: int) -> Iterator[Figure]:
    """What is measured: processor time in one process; of forms the first call, of the grid the best."""
    times = forms()
    worst = max(times, key=lambda name: times[name])
    what = f"exact kernel, check included, {len(times)} of {len(ENTRIES)} in the catalog"
    yield Figure(f"{what}: median", f"{1e3 * statistics.median(times.values()):.0f} ms", "at most 50 ms")
    yield Figure(f"{what}: worst", f"{1e3 * times[worst]:.0f} ms ({worst})", "")
    kernel = dual_kernel(GRID)
    variances, correlations = np.linspace(0.1, 4, SIDE)[:, None], np.linspace(-0.99, 0.99, SIDE)
    grid = _best(lambda: kernel.array(variances, correlations), 3 * rounds)
    yield Figure(f"kernel of {GRID} on {SIDE} x {SIDE} places", f"{1e3 * grid:.1f} ms", "at most 50 ms")


def forms() -> Mapping[str, float]:
    """Seconds to the closed form of every kernel of the catalog that has one, asked for once."""
    dual_kernel("exp(-x**2)*erf(x)")  # loads what is loaded on first use
    times = {}
    for entry in ENTRIES:
        start = time.process_time()
        kernel = dual_kernel(entry.name)
        if kernel.kind == "exact":
            times[entry.name] = time.process_time() - start
    return times


def _best(work: Callable[[], object], rounds: int) -> float:
    """The least processor time of some runs."""
    times = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)
