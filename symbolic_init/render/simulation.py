"""Random networks beside what theory says of them, as text."""

import math
import textwrap
from collections.abc import Iterator, Sequence

from symbolic_init.evidence import Value
from symbolic_init.render.content import cell
from symbolic_init.render.printing import formula
from symbolic_init.render.propagation import is_shown
from symbolic_init.render.table import table
from symbolic_init.simulated import MOST_SIGMAS, SimulatedLayer, Simulation, Spectrum, Statistic

__all__ = ["simulation_text", "simulations_text"]

_ROUNDING = 1e-12
"""Relative deviations below it are those of rounding."""


def simulation_text(s: Simulation, *, width: int = 80, unicode: bool = False, digits: int = 4) -> str:
    """Return a table of a few layers, the pooled statistics, and whether they agree with theory.

    Args:
        s: What was simulated.
        width: Columns that no line exceeds.
        unicode: Greek letters instead of ASCII.
        digits: Significant digits.
    """
    unit = "layer" if s.branch is None else "block"
    header = (unit, "q", "theory", "+-", "theory", "gradient^2", "theory", "corr.", "theory")
    rows = [_row(layer, digits) for layer in s.layers if is_shown(layer.number, len(s.layers))]
    lines = [
        *_head(s, digits, unicode=unicode),
        "",
        *table(header, rows, width=width),
        "  q, corr.: means over the networks; +-: between them; gradient^2: median",
        "",
        *table(
            ("ratio to theory", "mean", "z", "variance", "z"), [_pooled(t) for t in s.statistics], width=width
        ),
    ]
    lines += [] if s.spectrum is None else ["", *_spectrum(s.spectrum)]
    lines += ["", verdict(s)]
    return "\n".join(line for text in lines for line in _folded(text, width))


def simulations_text(found: Sequence[Simulation], *, width: int = 80, digits: int = 3) -> str:
    """Return a table of several simulations, one a row: where signal and gradient end, and the z-scores."""
    header = ("scheme", "N Var(w)", "q", "theory", "gradient^2", "theory", "worst z", "agrees")
    rows = [
        (
            s.propagation.label,
            f"{float(s.propagation.sigma_w2):.{digits}g}",
            *_end(s, digits),
            *_said(s),
        )
        for s in found
    ]
    title = f"{found[0].propagation.title}: {_size(found[0])}"
    notes = ("q, gradient^2: in the last layer; worst z: standard errors that a pooled ratio is off theory",)
    lines = (title, *table(header, rows, width=width), *(f"  {note}" for note in notes))
    return "\n".join(part for line in lines for part in _folded(line, width))


def verdict(s: Simulation) -> str:
    """Whether the networks do what theory says, in one sentence."""
    if not s.statistics:
        return f"nothing fluctuates, or nothing is finite: {s.fate}"
    if s.agrees:
        return f"agrees with theory: every z is below {MOST_SIGMAS:g}; {s.fate}"
    off = ", ".join(t.id for t in s.statistics if not t.agrees)
    return f"does NOT agree with theory in {off}: a z of {MOST_SIGMAS:g} or more is no chance; {s.fate}"


def _said(s: Simulation) -> tuple[str, str]:
    """The z-score that is farthest off, and whether that is near enough."""
    scores = [z for t in s.statistics for z in (t.z, t.z_spread)]
    return (f"{max(scores, key=abs):.2f}", "yes" if s.agrees else "NO") if scores else ("", "")


def _end(s: Simulation, digits: int) -> tuple[str, ...]:
    last = s.layers[-1]
    shown = (last.q, last.q_expected, last.gradient2, last.gradient2_expected)
    return tuple(_number(v, digits) for v in shown)


def _head(s: Simulation, digits: int, *, unicode: bool) -> Iterator[str]:
    p = s.propagation
    weight, bias = (_written(v, digits, unicode=unicode) for v in (p.sigma_w2, p.sigma_b2))
    yield p.title
    yield f"  N Var(w) = {weight} ({p.label}), Var(b) = {bias}, E[x^2] = {p.input_second_moment}"
    if p.first_layer is not None and s.branch is None:
        yield f"  first layer: N Var(w) = {_written(p.first_layer, digits, unicode=unicode)}/E[x^2]"
    if s.branch is not None:
        yield f"  x + {s.branch:g} (W_2 g(W_1 x) + b): N Var = 1 in W_1, as above in W_2"
    yield f"  {_size(s)}"


def _size(s: Simulation) -> str:
    unit = "layers" if s.branch is None else "blocks"
    nets = "network" if s.networks == 1 else "networks"
    size = f"{s.networks} {nets} of {len(s.layers)} {unit} of width {s.width}"
    return f"{size}, weights {s.distribution}, seed {s.seed}"


def _row(layer: SimulatedLayer, digits: int) -> tuple[str, ...]:
    return (
        str(layer.number),
        *(_number(v, digits) for v in (layer.q, layer.q_expected)),
        *(_percent(v) for v in (layer.deviation, layer.deviation_expected)),
        *(_number(v, digits) for v in (layer.gradient2, layer.gradient2_expected)),
        *(_number(v, digits) for v in (layer.correlation, layer.correlation_expected)),
    )


def _pooled(t: Statistic) -> tuple[str, ...]:
    mean = f"{t.mean:.5f} +- {t.error:.2g}"
    return (t.what, mean, f"{t.z:.2f}", f"{t.spread:.3f}", f"{t.z_spread:.2f}")


def _spectrum(found: Spectrum) -> Iterator[str]:
    """The Jacobian's squared singular values."""
    expected = "" if math.isnan(found.variance_expected) else f" (theory {found.variance_expected:.4g})"
    yield (
        f"squared singular values of the Jacobian, their mean 1: variance {found.variance:.4g}{expected}, "
        f"largest {found.largest:.4g}"
    )
    parts = [found.values[(len(found.values) - 1) * k // 4] for k in range(5)]
    yield f"  first network, from the largest by quarters: {', '.join(f'{v:.3g}' for v in parts)}"


def _written(value: Value, digits: int, *, unicode: bool) -> str:
    shown = cell(value, digits=digits)
    return shown.decimal or shown.words or formula(shown.formula, unicode=unicode)


def _number(value: float, digits: int) -> str:
    return "" if math.isnan(value) else f"{value:.{digits}g}"


def _percent(deviation: float) -> str:
    if math.isnan(deviation):
        return ""
    if deviation < _ROUNDING:
        return "0"
    return f"{100 * deviation:.2g} %" if deviation < 1 else "> 100 %"


def _folded(text: str, width: int) -> list[str]:
    indent = len(text) - len(text.lstrip())
    return textwrap.wrap(text, width, subsequent_indent=" " * (indent + 2)) if len(text) > width else [text]
