"""Simulate the whole catalog on the same random matrices, and write `simulation.md`.

    sh scripts/venv python benchmarks/simulation.py [--width 1024] [--depth 50] [--networks 20] [--names relu]

Every activation has its recommended weights; where nothing is recommended, those that keep q = 1.
"""

import argparse
import math
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import report

from symbolic_init import SymbolicInitError, derive, simulate
from symbolic_init.catalog import ENTRIES
from symbolic_init.simulated import MOST_SIGMAS, Simulation
from symbolic_init.simulation import simulate_together, subject_of
from symbolic_init.simulation.subject import Subject

PAGE = Path(__file__).resolve().parent / "simulation.md"
HEADS = ("activation", "weights", "N Var(w)", "Var(b)", "scale", "signal", "gradient", "q", "theory")
RESIDUAL = (("relu", 0.1), ("tanh", 0.1), ("gelu", 0.1))
SPECTRA = ("x", "relu", "hardtanh", "erf")
"""Linear, ReLU, hard tanh and erf nets, as Pennington, Schoenholz and Ganguli have them."""


def subjects(names: Sequence[str], depth: int) -> Iterator[tuple[str, Subject | None, str]]:
    """Every activation with its weights, or why there are none."""
    for name in names:
        print(f"{name}", file=sys.stderr, flush=True)
        try:
            yield name, subject_of(name, scheme="recommended", depth=depth), ""
            continue
        except SymbolicInitError as error:
            reason = str(error).splitlines()[0]
        try:
            weight = derive(name, theory="length-map", headline_only=True).sigma_w2
            yield name, subject_of(name, sigma_w2=weight, depth=depth), "none recommended; q = 1"
        except SymbolicInitError:
            yield name, None, reason


def row(name: str, note: str, s: Simulation) -> tuple[str, ...]:
    """One line: both z-scores of every statistic."""
    scores = {t.id: f"{t.z:+.1f} / {t.z_spread:+.1f}" for t in s.statistics}
    last, p = s.layers[-1], s.propagation
    weights = (f"{float(p.sigma_w2):.5g}", f"{float(p.sigma_b2):.3g}")
    ends = tuple(f"{q:.3g}" if math.isfinite(q) else "diverges" for q in (last.q, last.q_expected))
    return (
        name,
        note or p.label,
        *weights,
        *(scores.get(key, "") for key in ("scale", "signal", "gradient")),
        *ends,
    )


def catalog(names: Sequence[str], *, width: int, depth: int, networks: int) -> str:
    """The table, and what does not agree."""
    rows = list(subjects(names, depth))
    able = [(name, own, note) for name, own, note in rows if own is not None]
    done = iter(range(1, depth * networks + 1))

    def tick() -> None:
        count = next(done)
        if count % depth == 0:
            print(f"network {count // depth} of {networks}", file=sys.stderr, flush=True)

    found = simulate_together(
        [own for _, own, _ in able], width=width, depth=depth, networks=networks, tick=tick
    )
    lines = [row(name, note, s) for (name, _, note), s in zip(able, found, strict=True)]
    off = [name for (name, _, _), s in zip(able, found, strict=True) if s.statistics and not s.agrees]
    none = [name for (name, _, _), s in zip(able, found, strict=True) if not s.statistics]
    parts = [
        f"{len(found)} activations; {len(found) - len(off) - len(none)} agree with theory: "
        f"every z-score is below {MOST_SIGMAS:g}.",
        f"Do not agree: {', '.join(off) or 'none'}.",
        f"Nothing finite that fluctuates: {', '.join(none) or 'none'}.",
        *(f"Not simulated: {name}: {note}." for name, own, note in rows if own is None),
        "",
        report.table(HEADS, lines),
    ]
    return "\n".join(parts)


def residual(*, width: int, depth: int, networks: int) -> str:
    """Residual networks with recommended weights and small branches."""
    own = [subject_of(name, branch=scale, scheme="recommended", depth=depth) for name, scale in RESIDUAL]
    found = simulate_together(own, width=width, depth=depth, networks=networks)
    lines = [
        row(f"{name}, branches times {scale:g}", "", s)
        for (name, scale), s in zip(RESIDUAL, found, strict=True)
    ]
    return report.table(HEADS, lines)


def spectra(*, width: int, depth: int) -> str:
    """Variance of the squared singular values, at the edge of chaos or with the weights that keep q = 1."""
    lines = []
    for name in SPECTRA:
        for source in ("normal", "orthogonal"):
            theory = "length-map" if name in ("x", "relu") else "edge-of-chaos"
            d = derive(name, theory=theory, headline_only=True)
            weights = {"sigma_w2": d.values["sigma_w2"].value(), "sigma_b2": d.values["sigma_b2"].value()}
            given = {key: repr(float(value)) for key, value in weights.items()}
            s = simulate(
                name, **given, drawn_from=source, spectrum=True, width=width, depth=depth, networks=2
            )
            assert s.spectrum is not None
            shown = (s.spectrum.variance, s.spectrum.variance_expected, s.spectrum.largest)
            lines.append((name, source, *(f"{v:.4g}" for v in shown)))
    return report.table(("activation", "weights", "variance", "theory", "largest"), lines)


def main() -> None:
    """Write the page."""
    options = argparse.ArgumentParser(description="Simulate the catalog, and write simulation.md.")
    options.add_argument("--width", type=int, default=1024)
    options.add_argument("--depth", type=int, default=50)
    options.add_argument("--networks", type=int, default=20)
    options.add_argument("--names", nargs="+", default=[entry.name for entry in ENTRIES])
    options.add_argument("--output", type=Path, default=PAGE)
    given = options.parse_args()
    size = {"width": given.width, "depth": given.depth, "networks": given.networks}
    began = time.monotonic()
    tables = (catalog(given.names, **size), residual(**size), spectra(width=min(given.width, 512), depth=10))
    minutes = (time.monotonic() - began) / 60
    given.output.write_text(PROSE.format(*tables, **size, minutes=minutes), encoding="utf-8")


PROSE = """# Random networks beside theory

Written by `benchmarks/simulation.py`: {networks} networks of {depth} layers of width {width} with
normal weights, the same matrices for all activations; {minutes:.0f} minutes on the machine at hand,
derivations included.

A column such as *signal* has two z-scores, standard errors from theory: that of the mean of the ratios
of what one layer does to what theory says of it, given what enters it, and that of their variance.
*scale* is the mean square of the pre-activations over q, *signal* the next q over V(q), *gradient* the
growth of the squared gradient over chi(q). The last two columns are q of the last layer, averaged over
the networks, and that of infinite width.

{0}

## Residual networks

`x + a (W_2 g(W_1 x) + b)` with N Var = 1 in W_1.

{1}

## Singular values

Variance of the squared singular values of the Jacobian of 10 layers over their squared mean; N at most 512.

{2}
"""

if __name__ == "__main__":
    main()
