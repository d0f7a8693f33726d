"""Measure, and write the blocks of `README.md`: starts, means, scaling, Maxima, enclosures.

    sh scripts/venv python benchmarks/run.py [--only starts means scaling maxima enclosures kernels] [--quick]

Each section writes its own block; what each program solves is kept in `outcomes.json`, and the table of
this is written by the sections that change it.
"""

import argparse
import statistics
from collections.abc import Callable, Mapping
from types import MappingProxyType

import corpus
import enclosures
import kernels
import maxima
import means
import report
import sympy
from maxima import LIMIT
from scaling import scaling
from starts import starts


def run_starts(*, quick: bool) -> None:
    """Whole processes."""
    _write("starts", report.figures(starts(rounds=3 if quick else 15)), quick=quick)


def run_means(*, quick: bool) -> None:
    """The corpus, in one process and against SymPy."""
    entries = _entries(quick=quick)
    ours = means.in_one_process(entries, rounds=2 if quick else 7)
    theirs = means.by_sympy(entries)
    rows = [*means.own_figures(ours), means.ratio(entries, theirs)]
    _write("means", report.figures(rows), quick=quick)
    _write_solved({"rules": ours, "sympy": theirs}, quick=quick)


def run_scaling(*, quick: bool) -> None:
    """Pieces and degrees."""
    parts = scaling(rounds=1 if quick else 5, largest=8 if quick else 64)
    _write("scaling", "\n\n".join(parts), quick=quick)


def run_maxima(*, quick: bool) -> None:
    """Maxima, where it is installed."""
    if maxima.version() is None:
        print("Maxima is not installed with its library (Debian: maxima, maxima-share); its block stays.")
        return
    _write_solved({"maxima": maxima.by_maxima(_entries(quick=quick))}, quick=quick)


def run_enclosures(*, quick: bool) -> None:
    """Proven digits."""
    rows = report.figures(enclosures.figures(_entries(quick=quick)))
    _write("enclosures", f"{rows}\n\n{enclosures.growth(quick=quick)}", quick=quick)


def run_kernels(*, quick: bool) -> None:
    """Closed forms of kernels, and a grid."""
    _write("kernels", report.figures(kernels.figures(rounds=1 if quick else 5)), quick=quick)


SECTIONS: Mapping[str, Callable[..., None]] = MappingProxyType(
    {
        "starts": run_starts,
        "means": run_means,
        "scaling": run_scaling,
        "maxima": run_maxima,
        "enclosures": run_enclosures,
        "kernels": run_kernels,
    }
)


def solved(found: corpus.Outcomes) -> str:
    """The table of who solves what."""
    programs = [p for p in corpus.PROGRAMS if p in found]
    names = [e["name"] for e in corpus.entries() if any(e["name"] in found[p] for p in programs)]
    heads = ["activation", *(corpus.PROGRAMS[p] for p in programs)]
    rows = [[name, *(corpus.cell(found[p].get(name)) for p in programs)] for name in names]
    rows.append(["**right answers**", *(f"**{corpus.solved(found[p])}**" for p in programs)])
    rows.append(["median time of these", *(_median(found[p]) for p in programs)])
    versions = ", ".join(filter(None, (f"SymPy {sympy.__version__}", maxima.version())))
    return f"{versions}; each has {LIMIT:g} s.\n\n{report.table(heads, rows)}"


def _median(found: Mapping[str, corpus.Outcome]) -> str:
    times = [o.seconds for o in found.values() if o.verdict == "right"]
    return corpus.cell(corpus.Outcome("right", statistics.median(times))) if times else ""


def _entries(*, quick: bool) -> tuple[Mapping, ...]:
    return corpus.entries()[::6] if quick else corpus.entries()


def _write(block: str, text: str, *, quick: bool) -> None:
    print(text, end="\n\n")
    if not quick:
        report.write(block, text)


def _write_solved(found: corpus.Outcomes, *, quick: bool) -> None:
    """Keep what programs did, and write the table."""
    if not quick:
        found = {**corpus.outcomes(), **found}
        corpus.store(found)
    _write("solved", solved(found), quick=quick)


def main() -> None:
    """Run the sections asked for, or all."""
    options = argparse.ArgumentParser(description="Measure, and write the tables of benchmarks/README.md.")
    options.add_argument("--only", nargs="+", choices=SECTIONS, default=tuple(SECTIONS), metavar="SECTION")
    options.add_argument("--quick", action="store_true", help="a few entries and runs, nothing written")
    given = options.parse_args()
    for name in given.only:
        SECTIONS[name](quick=given.quick)


if __name__ == "__main__":
    main()
