"""Polynomials in generators that lie in intervals, as polynomials in positive ones."""

from collections.abc import Sequence
from typing import Any

__all__ = ["opened"]


def opened(p: Any, bounded: Sequence[tuple[int, Any, Any]], context: Any) -> Any:
    """Return a polynomial of the same sign with `(low + high*t)/(1 + t)`, `t > 0`, for bounded generators.

    Args:
        p: Polynomial of python-flint.
        bounded: Position and ends of each generator that lies in an open interval.
        context: The ring of the polynomial; t takes the place of its generator.
    """
    for k, low, high in bounded:
        degree, t = p.degrees()[k], context.gen(k)
        if not degree:
            continue
        groups: dict[int, dict[tuple[int, ...], Any]] = {}
        for m, c in p.to_dict().items():
            groups.setdefault(m[k], {})[(*m[:k], 0, *m[k + 1 :])] = c
        p = sum(
            (
                context.from_dict(terms) * (t * high + low) ** j * (t + 1) ** (degree - j)
                for j, terms in groups.items()
            ),
            context.constant(0),
        )
    return p
