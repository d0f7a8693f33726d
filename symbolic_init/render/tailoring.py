"""Transformed activations as text."""

import textwrap
from collections.abc import Iterator

import mpmath

from symbolic_init.render.table import table
from symbolic_init.transformed import LAYER, Bounds, Tailored, TailoredNetwork, TailoredSlope, Transformation

__all__ = ["network_text"]

_PART = {
    "dks": ("DKS", "no part of the network is steeper than C'(1) = {}"),
    "tat": ("TAT", "no part of the network is more curved than C''(1) = {}"),
}
_MIRRORED = {
    "odd": "each also with -beta and -delta, as g is odd",
    "even": "each also with -beta, as g is even",
}


def network_text(found: TailoredNetwork, *, width: int = 80, digits: int = 6) -> str:
    """Return what was found for a network.

    Args:
        found: The branches: a table, the chosen one first, and what is known of others; or a slope.
        width: Columns that no line exceeds.
        digits: Significant digits.
    """
    words = f"{found.depth} layers" if found.block == LAYER else f"{found.depth} blocks {found.block}"
    if found.slope is not None:
        lines = _slope_lines(found, found.slope, words, digits)
    else:
        assert found.transformed is not None
        lines = _branch_lines(found.transformed, words, width, digits)
    return "\n".join(part for line in lines for part in _folded(line, width))


def _branch_lines(found: Tailored, network: str, width: int, digits: int) -> Iterator[str]:
    method, condition = _PART[found.method]
    layer = _number(found.layer, digits)
    yield f"{found.title}: {method} for {network}: {condition.format(found.target)}; a layer has {layer}"
    yield "  gamma (g(alpha x + beta) + delta), with N Var(w) = 1 and Var(b) = 0"
    yield ""
    rows = [_row(branch, digits, is_chosen=k == 0) for k, branch in enumerate(found.branches)]
    yield from table(("", "alpha", "beta", "gamma", "delta", "Q''(1)", "kinks at"), rows, width=width)
    yield from (f"  {note}" for note in _notes(found))


def _slope_lines(found: TailoredNetwork, slope: TailoredSlope, network: str, digits: int) -> Iterator[str]:
    yield f"{found.title}: TAT for {network}: orthogonal inputs end with the correlation {found.target}"
    yield "  gain leaky_relu(x, a), with N Var(w) = 1 and Var(b) = 0"
    yield ""
    yield f"  a = {_number(Bounds(low=slope.low, high=slope.high), digits)}   enclosed"
    yield f"  gain = sqrt(2/(1 + a^2)) = {slope.gain:.{digits}g}"


def _row(branch: Transformation, digits: int, *, is_chosen: bool) -> tuple[str, ...]:
    values = (branch.alpha, branch.beta, branch.gamma, branch.delta)
    kinks = ", ".join(f"{k:.3g}" for k in branch.kinks) or "none"
    mark = ">" if is_chosen else ""
    return (mark, *(_number(v, digits) for v in values), f"{branch.bend:.3g}", kinks)


def _notes(found: Tailored) -> Iterator[str]:
    low, high, reach = found.searched
    if found.parity is not None:
        yield _MIRRORED[found.parity]
    yield (
        "> recommended: the branch whose length map bends least at q = 1, by |Q''(1)|; of equal ones that "
        "with the least |beta|, positive if there are both"
    )
    yield (
        "enclosed: each branch is proven to be the only one near it; "
        f"searched {low:.3g} <= alpha <= {high:.3g}, |beta| <= {reach:.3g}: others are not excluded"
    )
    if any(branch.kinks for branch in found.branches):
        yield "kinks at: in standard deviations of the input; there the true C''(1) is infinite"
    for alpha, beta in found.unproven:
        yield f"not proven: alpha = {alpha:.6g}, beta = {beta:.6g}"


def _number(bounds: Bounds, digits: int) -> str:
    """The digits of a number between bounds that are close together."""
    middle = (bounds.low + bounds.high) / 2
    with mpmath.workdps(digits + 10):
        return str(mpmath.nstr(mpmath.mpf(middle.numerator) / middle.denominator, digits, strip_zeros=False))


def _folded(text: str, width: int) -> list[str]:
    indent = len(text) - len(text.lstrip())
    return textwrap.wrap(text, width, subsequent_indent=" " * (indent + 2)) if len(text) > width else [text]
