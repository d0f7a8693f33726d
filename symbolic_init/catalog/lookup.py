"""Finding activations by name, and the list that is printed."""

from collections.abc import Mapping
from types import MappingProxyType

from symbolic_init.catalog.entries import FAMILIES, LEFT_OUT
from symbolic_init.catalog.entry import Entry

__all__ = ["ENTRIES", "find", "names", "nearest", "table"]

ENTRIES: tuple[Entry, ...] = tuple(entry for _, entries in FAMILIES for entry in entries)
"""Every activation of the catalog, by family."""

_EXACT: Mapping[str, Entry] = MappingProxyType({name: e for e in ENTRIES for name in (*e.aliases, e.name)})
_LOWER: Mapping[str, Entry] = MappingProxyType({name.lower(): e for name, e in _EXACT.items()})


def find(name: str) -> Entry | None:
    """Return the entry of a name or an alias, upper and lower case alike, or `None`.

    Examples:
        >>> find("ReLU").name
        'relu'
    """
    return _EXACT.get(name) or _LOWER.get(name.lower())


def names() -> tuple[str, ...]:
    """Return every name and alias."""
    return tuple(_EXACT)


def nearest(name: str) -> tuple[str, ...]:
    """Return up to three names of activations that look like `name`, the most similar first.

    Examples:
        >>> nearest("gleu")[0]
        'gelu'
    """
    from difflib import get_close_matches

    close = get_close_matches(name.lower(), tuple(_LOWER), n=6, cutoff=0.6)
    return tuple(dict.fromkeys(_LOWER[n].name for n in close))[:3]


def table() -> str:
    """Return the list of all activations, aligned in 80 columns and grouped by family."""
    lines: list[str] = []
    for title, entries in FAMILIES:
        lines += ["", title]
        lines += [_line(e) for e in entries]
    lines += ["", "Left out, and why"]
    lines += [f"  {what:<{_WIDTH}} {why}" for what, why in LEFT_OUT.items()]
    return "\n".join(lines[1:])


_WIDTH = 26


def _line(entry: Entry) -> str:
    arguments = ", ".join(
        ["x", *(p.name if p.default is None else f"{p.name}={p.default}" for p in entry.parameters)]
    )
    return f"  {f'{entry.name}({arguments})':<{_WIDTH}} {entry.summary}"
