"""Finding activations by name, and the list that is printed."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from symbolic_init.catalog.entries import FAMILIES, LEFT_OUT
from symbolic_init.catalog.entry import Entry
from symbolic_init.catalog.pairs import PAIRS

__all__ = ["ENTRIES", "closest", "find", "names", "nearest", "table"]

ENTRIES: tuple[Entry, ...] = tuple(entry for _, entries in FAMILIES for entry in entries)
"""Every elementwise activation of the catalog, by family."""

_EVERY = (*ENTRIES, *PAIRS)


def _key(name: str) -> str:
    """A name without regard to case and underscores: `LeakyReLU`, `leaky_relu`."""
    return name.lower().replace("_", "")


def _all_names() -> Iterator[tuple[str, Entry]]:
    """Names before aliases before the names in frameworks: the first one stands."""
    yield from ((e.name, e) for e in _EVERY)
    yield from ((alias, e) for e in _EVERY for alias in e.aliases)
    yield from ((dotted.rpartition(".")[2], e) for e in _EVERY for dotted in e.frameworks)


def _table() -> Mapping[str, Entry]:
    found: dict[str, Entry] = {}
    for name, entry in _all_names():
        found.setdefault(_key(name), entry)
    return MappingProxyType(found)


_BY_KEY = _table()


def find(name: str) -> Entry | None:
    """Return the entry of a name, an alias or a name in a framework, or `None`.

    Case and underscores make no difference, except to names that are written with a capital.

    Examples:
        >>> find("LeakyReLU").name
        'leaky_relu'
    """
    entry = _BY_KEY.get(_key(name))
    if entry is not None and _key(entry.name) == _key(name) and not entry.name.islower():
        return entry if entry.name == name else None
    return entry


def names() -> tuple[str, ...]:
    """Return every name and alias, those that differ by case and underscores only once."""
    found: dict[str, str] = {}
    for name, _ in _all_names():
        found.setdefault(_key(name), name)
    return tuple(found.values())


def closest(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return up to three of the known names that look like `name`, the most similar first.

    Names of the same letters in another order come first: most typing errors swap two of them.

    Examples:
        >>> closest("tahn", ("tan", "tanh", "sin"))
        ('tanh', 'tan')
    """
    from difflib import get_close_matches

    by_key: dict[str, str] = {}
    for word in known:
        by_key.setdefault(_key(word), word)
    close = get_close_matches(_key(name), tuple(by_key), n=6, cutoff=0.6)
    letters = sorted(_key(name))
    return tuple(by_key[key] for key in sorted(close, key=lambda key: sorted(key) != letters))[:3]


def nearest(name: str) -> tuple[str, ...]:
    """Return up to three names of activations that look like `name`, the most similar first.

    Examples:
        >>> nearest("gleu")[0]
        'gelu'
    """
    return closest(name, names())


_COLUMNS = 80
_SIGNATURE = 33
"""Width of the first column; a longer signature has a line of its own."""


def table() -> str:
    """Return the list of all activations in 80 columns, grouped by family."""
    lines: list[str] = []
    for title, entries in (*FAMILIES, ("Gated linear units, of two independent halves", PAIRS)):
        lines += ["", title]
        for entry in entries:
            lines += _row(_signature(entry), entry.summary)
    lines += ["", "Not in the list"]
    for why, what in _reasons().items():
        lines += _wrapped(f"{', '.join(what)}: {why}")
    return "\n".join(lines[1:])


def _signature(entry: Entry) -> str:
    return f"{entry.name}({', '.join([*entry.inputs, *(f'{p.name}={p.default}' for p in entry.parameters)])})"


def _row(signature: str, summary: str) -> tuple[str, ...]:
    if len(signature) > _SIGNATURE:
        return (f"  {signature}", f"  {'':<{_SIGNATURE}}  {summary}")
    return (f"  {signature:<{_SIGNATURE}}  {summary}",)


def _reasons() -> Mapping[str, tuple[str, ...]]:
    reasons: dict[str, tuple[str, ...]] = {}
    for what, why in LEFT_OUT.items():
        reasons[why] = (*reasons.get(why, ()), what)
    return reasons


def _wrapped(text: str) -> Iterator[str]:
    """Lines of at most 80 columns, the first indented less than the others."""
    line = " "
    for word in text.split(" "):
        if len(line) + 1 + len(word) > _COLUMNS:
            yield line
            line = "   "
        line += f" {word}"
    yield line
