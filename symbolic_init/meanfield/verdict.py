"""What becomes of signal and gradient, in one line."""

import math
from collections.abc import Sequence

from symbolic_init.derivation import Scheme
from symbolic_init.evidence import Value
from symbolic_init.layerwise import Layer

__all__ = ["verdict"]

_MARGINAL = 1e-9
"""How far from 1 a factor may be and still count as 1."""


def verdict(end: Scheme, layers: Sequence[Layer]) -> str:
    """Return what happens, in one line.

    Args:
        end: Where the length map goes.
        layers: The layers on the way.
    """
    parts = (_of_signal(end, layers), _of_gradient(end, layers))
    return "; ".join(part for part in parts if part)


def _of_signal(end: Scheme, layers: Sequence[Layer]) -> str:
    last = layers[-1]
    match end.fate:
        case "any":
            return "stable: every q is kept"
        case "fixed":
            word = "stable" if end.V_prime is None or abs(float(end.V_prime)) < 1 - _MARGINAL else "marginal"
            return f"{word}: q settles at {_short(end.q_star)} (V' = {_short(end.V_prime)})"
        case "decays":
            if end.V_prime is None:
                return f"decaying: q -> 0, {last.q:.3g} in layer {last.number}"
            slow = float(end.V_prime) >= 1 - _MARGINAL
            return f"decaying {'slower than exponentially' if slow else 'exponentially'}: q -> 0"
        case "diverges":
            if math.isinf(last.q) and len(layers) > 1:
                last = layers[-2]
            return f"exploding: q -> infinity, {last.q:.3g} in layer {last.number}"
        case "cycles":
            return f"oscillating: q does not settle, {last.q:.3g} in layer {last.number}"
        case _:
            return f"not followed to its end: q = {last.q:.3g} in layer {last.number}"


def _of_gradient(end: Scheme, layers: Sequence[Layer]) -> str:
    if end.chi_1 is not None and end.chi_1.is_infinite:
        return "E[g'^2] is infinite: the gradient has no finite mean square"
    if end.chi_1 is None:
        whole = [layer for layer in layers if not math.isnan(layer.gradient2)]
        return f"gradient^2 x {whole[-1].gradient2:.3g} over {len(whole)} layers" if whole else ""
    factor = float(end.chi_1)
    if factor == 0:
        return "no gradient passes: g' = 0 almost everywhere"
    if abs(factor - 1) < _MARGINAL:
        if end.fate != "decays":
            return "gradient^2 is kept"
        return f"gradient^2 x {layers[-1].gradient2:.3g} over {len(layers)} layers"
    verb = "vanishes" if factor < 1 else "explodes"
    return f"gradient^2 {verb}, x {factor:.6g} a layer"


def _short(value: Value | None) -> str:
    """Six significant digits."""
    if value is None:
        return "?"
    return str(value.definition) if value.definition.is_Integer else f"{float(value):.6g}"
