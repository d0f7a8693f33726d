"""A Python function named on the command line: `module:function`."""

import importlib
import sys
from collections.abc import Callable
from functools import reduce
from pathlib import Path
from typing import Any

from symbolic_init.errors import UnsupportedError

__all__ = ["loaded"]


def loaded(reference: str) -> Callable[[Any], Any]:
    """Return the function that `module:function` names. **The module is run**: only for what a user trusts.

    The current directory is looked at first, as `python -m` does.

    Raises:
        UnsupportedError: If there is no such module or function, or the module fails.

    Examples:
        >>> loaded("math:tanh")(0.0)
        0.0
    """
    module, _, name = reference.partition(":")
    if not (name and all(part.isidentifier() for part in (*module.split("."), *name.split(".")))):
        msg = f"{reference!r} names no function: write module:function, such as mymodule:activation"
        raise UnsupportedError(msg)
    here = str(Path.cwd())
    sys.path.insert(0, here)
    try:
        found = reduce(getattr, name.split("."), importlib.import_module(module))
    except Exception as err:
        msg = f"{reference} cannot be loaded: {type(err).__name__}: {err}"
        raise UnsupportedError(msg) from err
    finally:
        sys.path.remove(here)
    if not callable(found):
        msg = f"{reference} is a {type(found).__name__}, not a function"
        raise UnsupportedError(msg)
    return found
