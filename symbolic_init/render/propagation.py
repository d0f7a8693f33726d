"""Signal and gradient layer by layer as text."""

import math
import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from symbolic_init.evidence import Value
from symbolic_init.render.content import Cell, cell
from symbolic_init.render.names import NAMES
from symbolic_init.render.printing import formula
from symbolic_init.render.table import table

if TYPE_CHECKING:
    from symbolic_init.propagation import Layer, Propagation

__all__ = ["layers_text", "schemes_text"]

_SHOWN = (1, 2, 3, 5, 10, 20, 50)
"""Layers that are shown; then every tenfold of the last three, and the last layer."""
_FATES = {"any": "any q", "decays": "0, decays", "diverges": "diverges", "cycles": "cycles", "unknown": "?"}


def layers_text(p: "Propagation", *, width: int = 80, unicode: bool = False, digits: int = 6) -> str:
    """Return a table of a few layers, where the map goes, and all of it in one line.

    Args:
        p: What was followed.
        width: Columns that no line exceeds.
        unicode: Greek letters instead of ASCII.
        digits: Significant digits.
    """
    weight, bias = (_written(v, digits, unicode=unicode) for v in (p.sigma_w2, p.sigma_b2))
    lines = [p.title, f"  N Var(w) = {weight} ({p.label}), Var(b) = {bias}, E[x^2] = {p.input_second_moment}"]
    header = ("layer", "q", "gradient^2 factor", "gradient^2 so far")
    rows = [_row(layer, digits) for layer in p.layers if _is_shown(layer.number, len(p.layers))]
    lines += ["", *table(header, rows, width=width), ""]
    lines += [f"  {line}" for text in _end(p, digits, unicode=unicode) for line in _folded(text, width - 2)]
    return "\n".join((*lines, *_folded(p.sentence, width)))


def schemes_text(
    found: Sequence["Propagation"], *, width: int = 80, unicode: bool = False, digits: int = 6
) -> str:
    """Return a table of schemes side by side for one activation."""
    names = [_name(n, unicode=unicode) for n in ("q_star", "V_prime", "chi_1")]
    header = ("scheme", "N Var(w)", "Var(b)", *names, f"gradient^2 at {len(found[0].layers)}")
    rows = [
        (
            p.label,
            *(_written(v, digits, unicode=unicode) for v in (p.sigma_w2, p.sigma_b2)),
            _FATES.get(p.fate) or _written(p.q_star, digits, unicode=unicode),
            *(_written(v, digits, unicode=unicode) for v in (p.V_prime, p.chi_1)),
            _number(p.layers[-1].gradient2, 3),
        )
        for p in found
    ]
    title = f"{found[0].title}: from E[x^2] = {found[0].input_second_moment}, layers with fan-in = fan-out"
    return "\n".join((*_folded(title, width), *table(header, rows, width=width)))


def _is_shown(number: int, last: int) -> bool:
    scale = 10 ** max(0, len(str(number)) - 2)
    return (
        number in _SHOWN or number == last or (number > 50 and number in (10 * scale, 20 * scale, 50 * scale))
    )


def _row(layer: "Layer", digits: int) -> tuple[str, ...]:
    return (str(layer.number), *(_number(v, digits) for v in (layer.q, layer.chi, layer.gradient2)))


def _end(p: "Propagation", digits: int, *, unicode: bool) -> Iterator[str]:
    """Where it goes: the fixed point, depth scales, the scatter of one network."""
    if p.q_star is not None:
        parts = [("q_star", p.q_star), ("V_prime", p.V_prime), ("chi_1", p.chi_1)]
        named = [(n, v) for n, v in (*parts, ("xi_q", p.xi_q), ("xi_grad", p.xi_grad)) if v is not None]
        shown = (f"{_name(n, unicode=unicode)} = {_written(v, digits, unicode=unicode)}" for n, v in named)
        yield ", ".join(shown)
    if p.first_layer is not None:
        yield f"first layer: N Var(w) = {_written(p.first_layer, digits, unicode=unicode)}/E[x^2]"
    if p.width_scatter is not None:
        part = formula(p.width_scatter.definition * p.layers[-1].number, unicode=unicode)
        yield f"one network of width n: q scatters with relative variance about {part}/n"


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
