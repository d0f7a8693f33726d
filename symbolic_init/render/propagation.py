"""Signal and gradient layer by layer as text."""

import math
import textwrap
from collections.abc import Iterator, Sequence

from symbolic_init.evidence import Value
from symbolic_init.layerwise import Layer, Propagation
from symbolic_init.render.content import Cell, cell
from symbolic_init.render.names import NAMES
from symbolic_init.render.printing import formula
from symbolic_init.render.table import table
from symbolic_init.schemes import SCHEMES

__all__ = ["is_shown", "layers_text", "schemes_text"]

_SHOWN = (1, 2, 3, 5, 10, 20, 50)
"""Layers that are shown; then every tenfold of the last three, and the last layer."""
_CLOSE = 1e-3
"""Gap below which a correlation is written as 1 minus it."""
_FATES = {"any": "any q", "decays": "0, decays", "diverges": "diverges", "cycles": "cycles", "unknown": "?"}


def layers_text(
    p: Propagation, *, neurons: int = 1024, width: int = 80, unicode: bool = False, digits: int = 6
) -> str:
    """Return a table of a few layers, where the map goes, and all of it in one line.

    Args:
        p: What was followed.
        neurons: Width of the networks whose scatter is told.
        width: Columns that no line exceeds.
        unicode: Greek letters instead of ASCII.
        digits: Significant digits.
    """
    weight, bias = (_written(v, digits, unicode=unicode) for v in (p.sigma_w2, p.sigma_b2))
    lines = [p.title, f"  N Var(w) = {weight} ({p.label}), Var(b) = {bias}, E[x^2] = {p.input_second_moment}"]
    header = ("layer", "q", "one net", "gradient^2 x", "so far", "correlation")
    rows = [_row(layer, neurons, digits) for layer in p.layers if is_shown(layer.number, len(p.layers))]
    lines += ["", *table(header, rows, width=width), ""]
    lines += [
        f"  {line}" for text in _end(p, neurons, digits, unicode=unicode) for line in _folded(text, width - 2)
    ]
    return "\n".join((*lines, *_folded(p.sentence, width)))


def schemes_text(
    found: Sequence[Propagation], *, width: int = 80, unicode: bool = False, digits: int = 6
) -> str:
    """Return a table of schemes side by side for one activation."""
    names = [_name(n, unicode=unicode) for n in ("q_star", "V_prime", "chi_1")]
    depth = max(p.layers[-1].number for p in found)
    header = ("scheme", "N Var(w)", "Var(b)", *names, f"q_{depth}", "gradient^2")
    rows = [
        (
            p.label,
            *(_written(v, digits, unicode=unicode) for v in (p.sigma_w2, p.sigma_b2)),
            _FATES.get(p.fate) or _written(p.q_star, digits, unicode=unicode),
            *(_written(v, digits, unicode=unicode) for v in (p.V_prime, p.chi_1)),
            *(_number(v, 3) for v in (p.layers[-1].q, p.layers[-1].gradient2)),
        )
        for p in found
    ]
    title = f"{found[0].title}: from E[x^2] = {found[0].input_second_moment}, layers with fan-in = fan-out"
    shown = {p.label for p in found}
    notes = [f"{s.title}: {s.note}" for s in SCHEMES.values() if s.note and s.title in shown]
    end = [f"  {line}" for note in notes for line in _folded(note, width - 2)]
    return "\n".join((*_folded(title, width), *table(header, rows, width=width), *end))


def is_shown(number: int, last: int) -> bool:
    """Return whether a table of layers that ends with `last` shows a layer."""
    scale = 10 ** max(0, len(str(number)) - 2)
    return (
        number in _SHOWN or number == last or (number > 50 and number in (10 * scale, 20 * scale, 50 * scale))
    )


def _row(layer: Layer, neurons: int, digits: int) -> tuple[str, ...]:
    numbers = (_number(v, digits) for v in (layer.chi, layer.gradient2))
    scatter = _percent(layer.spread.variance, neurons, sign="+-")
    return (str(layer.number), _number(layer.q, digits), scatter, *numbers, _correlation(layer, digits))


def _correlation(layer: Layer, digits: int) -> str:
    """A correlation near 1 by what it lacks."""
    return f"1 - {layer.gap:.3g}" if 0 < layer.gap < _CLOSE else _number(layer.correlation, digits)


def _percent(variance: float, neurons: int, *, sign: str = "") -> str:
    """The standard deviation of one network, from `neurons` times its variance."""
    if math.isnan(variance):
        return ""
    deviation = math.sqrt(variance / neurons)
    return f"{sign if variance else ''}{100 * deviation:.2g} %" if deviation < 1 else "over 100 %"


def _end(p: Propagation, neurons: int, digits: int, *, unicode: bool) -> Iterator[str]:
    """Where it goes: the fixed point, depth scales, the scatter of one network."""
    if p.q_star is not None:
        parts = [("q_star", p.q_star), ("V_prime", p.V_prime), ("chi_1", p.chi_1)]
        named = [(n, v) for n, v in (*parts, ("xi_q", p.xi_q), ("xi_grad", p.xi_grad)) if v is not None]
        shown = (f"{_name(n, unicode=unicode)} = {_written(v, digits, unicode=unicode)}" for n, v in named)
        yield ", ".join(shown)
    if p.first_layer is not None:
        yield f"first layer: N Var(w) = {_written(p.first_layer, digits, unicode=unicode)}/E[x^2]"
    known = [layer for layer in p.layers if not math.isnan(layer.gap)]
    if known:
        last, first = known[-1], p.input_correlation
        yield f"two inputs of correlation {first}: {_correlation(last, 4)} in layer {last.number}"
    spread = next(
        (layer.spread for layer in reversed(p.layers) if not math.isnan(layer.spread.variance)), None
    )
    if spread is not None:
        signal, gradient = (_percent(v, neurons) for v in (spread.variance, spread.gradient2))
        rest = f", gradient^2 by {gradient}" if gradient else ""
        yield f"one net of width {neurons}: q varies by {signal}{rest} at the end, to first order in 1/width"


def _name(name: str, *, unicode: bool) -> str:
    return NAMES[name].unicode if unicode else NAMES[name].text


def _written(value: Value | None, digits: int, *, unicode: bool) -> str:
    if value is None:
        return ""
    shown: Cell = cell(value, digits=digits)
    return shown.decimal or shown.words or formula(shown.formula, unicode=unicode)


def _number(value: float, digits: int) -> str:
    """A double with some digits; what is not known is left out."""
    return "" if math.isnan(value) else f"{value:.{digits}g}"


def _folded(text: str, width: int) -> tuple[str, ...]:
    return tuple(textwrap.wrap(text, width, subsequent_indent="  ", break_on_hyphens=False))
