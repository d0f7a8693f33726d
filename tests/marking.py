"""Which cases the normal run takes."""

from collections.abc import Iterable
from typing import Any

import pytest


def partly_slow(cases: Iterable[Any], few: int = 1) -> list[Any]:
    """Cases of which the normal run takes the first few, and `-m slow` the others.

    A case is a value, or a tuple of the values of several parameters.
    """
    return [
        case
        if place < few
        else pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=pytest.mark.slow)
        for place, case in enumerate(cases)
    ]
