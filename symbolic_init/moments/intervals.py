"""Signs of polynomials in generators that are positive or lie in intervals."""

from collections.abc import Sequence
from typing import Any

from symbolic_init.assumptions import Sign

__all__ = ["opened", "termwise_sign"]


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


def termwise_sign(p: Any, positive: frozenset[int]) -> Sign | None:
    """Return the sign that all terms of a polynomial share, `None` where they differ or cannot be told.

    Args:
        p: Polynomial of python-flint.
        positive: Positions of the generators that are positive.
    """
    found = 0
    for m, c in p.to_dict().items():
        if any(k % 2 and j not in positive for j, k in enumerate(m)):
            return None
        s = 1 if c > 0 else -1
        if found and s != found:
            return None
        found = s
    certain = any(all(not k or j in positive for j, k in enumerate(m)) for m in p.monoms())
    return (1 if found > 0 else -1) if found and certain else None
