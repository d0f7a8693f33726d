"""The weights of a network as text."""

import math
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from symbolic_init.layers.distributions import Distribution
from symbolic_init.render.table import table

if TYPE_CHECKING:
    from symbolic_init.network import NetworkLayer

__all__ = ["network_text"]


def network_text(
    layers: Sequence["NetworkLayer"], source: Distribution, *, width: int = 80, digits: int = 6
) -> str:
    """Return a table with one row a layer, and what becomes of the gradient.

    Args:
        layers: The layers with their weights.
        source: What the weights are drawn from.
        width: Columns that no line exceeds.
        digits: Significant digits.
    """
    header = ("layer", "fan-in", "fan-out", f"{source.parameter_name}(w)", "std(b)", "q", "gradient^2 x")
    rows = [
        (
            layer.text,
            *(_short(float(fan), digits) for fan in (layer.fans.fan_in, layer.fans.fan_out)),
            _short(source.parameter(layer.variance, layer.fans), digits),
            *(_short(v, digits) for v in (math.sqrt(layer.sigma_b2), layer.q, layer.chi)),
        )
        for layer in layers
    ]
    drawn = f"w: {source.title}{'; ' + source.note if source.note else ''}; b: normal; in double precision"
    whole = math.prod(layer.chi for layer in layers)
    gradient = f"from the last layer to the first, gradient^2 x {_short(whole, digits)}"
    end = () if math.isnan(whole) else tuple(textwrap.wrap(gradient, width))
    return "\n".join((*table(header, rows, width=width), *textwrap.wrap(drawn, width), *end))


def _short(number: float, digits: int) -> str:
    return "" if math.isnan(number) else f"{number:.{digits}g}"
