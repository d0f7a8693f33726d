"""Network functions: what a network does to the correlation of two inputs, layer by layer."""

from collections.abc import Callable
from typing import Any

from sympy import Expr, Function, expand
from sympy.core.function import AppliedUndef

from symbolic_init.errors import AssumptionError
from symbolic_init.notation import x
from symbolic_init.parsing import parse

__all__ = ["Network", "block_network", "plain_network"]

Network = Callable[[Any, Callable[[Any], Any]], Any]
"""From a correlation and the map of one layer to the correlation at the end, by sums and products."""
_LAYER = Function("C")


def plain_network(depth: int) -> Network:
    """Return the network function of `depth` layers, one after another."""
    return _repeated(_LAYER(x), depth)


def block_network(block: str, depth: int) -> Network:
    """Return the network function of `depth` equal blocks.

    Args:
        block: What a block does to the correlation c: `C` is the map of an activation and the weights
            before it, a sum is one of independent branches, with weights that add up to 1.
        depth: Number of blocks.

    Raises:
        ParseError: If the text is no expression.
        AssumptionError: If it is no weighted sum of compositions of `C`.

    Examples:
        >>> block_network("c/4 + 3/4*C(C(c))", 2)(1.0, lambda c: 2 * c)
        10.5625
    """
    read = expand(parse(block, functions={"C": _LAYER}))
    _check(read, block)
    return _repeated(read, depth)


def _repeated(block: Expr, depth: int) -> Network:
    def network(c: Any, layer: Callable[[Any], Any]) -> Any:
        for _ in range(depth):
            c = _through(block, c, layer)
        return c

    return network


def _terms(block: Expr) -> list[tuple[Expr, Expr]]:
    """Weights and branches of a sum."""
    return [term.as_coeff_Mul() for term in block.as_ordered_terms()]


def _through(block: Expr, c: Any, layer: Callable[[Any], Any]) -> Any:
    """What becomes of a correlation."""
    if block == x:
        return c
    if isinstance(block, AppliedUndef):
        return layer(_through(block.args[0], c, layer))
    parts = [_through(branch, c, layer) * int(w.p) / int(w.q) for w, branch in _terms(block)]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


def _check(block: Expr, text: str) -> None:
    """Refuse what is no weighted sum of branches, at any depth."""
    terms = _terms(block)
    is_mean = all(w.is_Rational and w > 0 for w, _ in terms) and sum(w for w, _ in terms) == 1
    if not is_mean or any(b != x and not isinstance(b, AppliedUndef) for _, b in terms):
        msg = (
            f"`{text}` is no block: write a sum of branches in c and C(...), with positive weights that add "
            "up to 1, such as `C(c)` or `c/4 + 3/4*C(C(c))`"
        )
        raise AssumptionError(msg)
    for _, branch in terms:
        if branch != x:
            _check(expand(branch.args[0]), text)
