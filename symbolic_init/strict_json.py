"""JSON from strangers: no name twice, no number that is not one, no depth that breaks the reader."""

import json
from collections.abc import Callable
from typing import Any

__all__ = ["loads"]


def loads(text: str, *, decimal: Callable[[str], Any]) -> Any:
    """Return what a JSON text denotes.

    Args:
        text: The text.
        decimal: Reads the digits of a number that is not whole.

    Raises:
        ValueError: If it is not JSON, a name occurs twice in one object, it is nested too deeply, or
            holds `NaN` or `Infinity`.

    Examples:
        >>> loads('{"q": 0.1}', decimal=str)
        {'q': '0.1'}
    """
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant, parse_float=decimal)
    except RecursionError as err:
        msg = "it is nested too deeply"
        raise ValueError(msg) from err


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        msg = "a name occurs twice in one object"
        raise ValueError(msg)
    return found


def _no_constant(name: str) -> Any:
    msg = f"{name} is not a number here"
    raise ValueError(msg)
