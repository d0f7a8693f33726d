"""The line to paste: the recommended weights in PyTorch."""

from symbolic_init.derivation import Derivation, Scheme
from symbolic_init.evidence import Value
from symbolic_init.render.content import decimal

__all__ = ["is_numeric", "torch_lines"]

_SMALLEST, _LARGEST = 1e-300, 1e300
"""Gains beyond are no floats."""


def is_numeric(scheme: Scheme) -> bool:
    """Tell whether weight and bias variance are numbers, without parameters."""
    return not (scheme.sigma_w2.definition.free_symbols or scheme.sigma_b2.definition.free_symbols)


def torch_lines(d: Derivation, *, width: int) -> list[str]:
    """Return the initializer to paste, in one line or two; empty where nothing is recommended."""
    scheme = d.recommended
    if scheme is None or not is_numeric(scheme) or not _SMALLEST < scheme.gain.value() < _LARGEST:
        return []
    weight = f"torch.nn.init.normal_(w, std={_digits(scheme.gain)}/fan_in**0.5)"
    if scheme.sigma_b2.definition == 0:
        return [weight]
    root = Value(definition=scheme.sigma_b2.definition ** _half(), kind=scheme.sigma_b2.kind)
    bias = f"torch.nn.init.normal_(b, std={_digits(root)})"
    together = f"{weight}; {bias}"
    return [together] if len(together) <= width else [weight, bias]


def _half() -> object:
    from sympy import Rational

    return Rational(1, 2)


def _digits(value: Value) -> str:
    """Six significant digits, as Python reads them."""
    text = decimal(value, digits=6)
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text
