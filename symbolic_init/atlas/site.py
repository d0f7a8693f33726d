"""Building the site: what changed is derived anew in parallel, the rest is kept."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, final

from symbolic_init.atlas import pages
from symbolic_init.atlas.facts import Facts, made
from symbolic_init.catalog import ENTRIES, Entry
from symbolic_init.errors import SymbolicInitError, UnsupportedError
from symbolic_init.published import Verdict, by_source, entries
from symbolic_init.render.html_page import environment
from symbolic_init.theories import THEORIES

__all__ = ["Built", "build"]

_MANIFEST = ".atlas.json"
"""What the site was built from, in its folder."""
_SOURCES = (".py", ".html", ".css", ".js", ".json")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What a build did.

    Attributes:
        derived: Names of the activations that were derived.
        kept: How many pages were taken as they were.
        failed: Names of activations that could not be derived, and why.
    """

    derived: tuple[str, ...]
    kept: int
    failed: Mapping[str, str]


def build(
    folder: Path,
    *,
    jobs: int | None = None,
    names: Sequence[str] | None = None,
    started: Callable[[int], None] = lambda _: None,
    progress: Callable[[str], None] = lambda _: None,
) -> Built:
    """Build the site, or bring it up to date.

    Args:
        folder: Where; made if it is not there. A folder that holds something else is refused.
        jobs: Processes; one a core when not given.
        names: The activations; the whole catalog when not given.
        started: Called once with the number of things to do.
        progress: Called with the name of each thing that is done.

    Raises:
        UnsupportedError: If the folder holds something that is no site of this kind.
        MissingPackageError: Without the packages jinja2 and math-core.
    """
    environment()
    before = _read(folder)
    chosen = [entry for entry in ENTRIES if names is None or entry.name in names]
    source = _digest()
    keys = {entry.name: _key(source, entry) for entry in chosen}
    kept = {
        name: known
        for name, known in before.activations.items()
        if known["key"] == keys.get(name) and _page(folder, name).is_file()
    }
    todo = [entry.name for entry in chosen if entry.name not in kept]
    is_compared = before.published.get("key") == source
    started(len(todo) + (not is_compared))
    for part in ("activations", "theories"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    failed: dict[str, str] = {}
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        comparison = None if is_compared else pool.submit(_published)
        for name, result in _results(pool, todo):
            if isinstance(result, str):
                failed[name] = result
            else:
                known, page = result
                _page(folder, name).write_text(page, encoding="utf-8")
                kept[name] = {"key": keys[name], "facts": known}
            progress(name)
        published = before.published
        if comparison is not None:
            published = {"key": source, "sources": comparison.result()}
            progress("published constants")
    rows = [kept[entry.name]["facts"] for entry in chosen if entry.name in kept]
    for name, text in _tables(rows, failed, published["sources"]):
        (folder / name).write_text(text, encoding="utf-8")
    for name in before.activations.keys() - kept.keys():
        _page(folder, name).unlink(missing_ok=True)
    manifest = _Manifest(activations=kept, published=published)
    (folder / _MANIFEST).write_text(json.dumps(manifest._asdict()), encoding="utf-8")
    derived = tuple(name for name in todo if name in kept)
    return Built(derived=derived, kept=len(rows) - len(derived), failed=failed)


class _Manifest(NamedTuple):
    """What a folder was built from: key and facts of each activation, and the published numbers."""

    activations: Mapping[str, Any] = MappingProxyType({})
    published: Mapping[str, Any] = MappingProxyType({})


def _results(
    pool: ProcessPoolExecutor, names: Sequence[str]
) -> Iterator[tuple[str, tuple[Facts, str] | str]]:
    """What was made of each activation, in the order in which it is done."""
    waiting = {pool.submit(_made, name): name for name in names}
    for done in as_completed(waiting):
        yield waiting[done], done.result()


def _read(folder: Path) -> _Manifest:
    """What the folder was built from; nothing for a new one."""
    if not folder.exists() or not any(folder.iterdir()):
        return _Manifest()
    try:
        found = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        return _Manifest(dict(found["activations"]), dict(found["published"]))
    except FileNotFoundError as err:
        msg = f"{folder} holds something else; name a new or an empty folder"
        raise UnsupportedError(msg) from err
    except (ValueError, TypeError, KeyError):  # cut off while it was written: as if nothing were there
        return _Manifest()


def _digest() -> str:
    """A digest of this package: all that an answer depends on, but for what it stands on."""
    package = Path(__file__).resolve().parent.parent
    total = hashlib.sha256()
    for path in sorted(p for p in package.rglob("*") if p.suffix in _SOURCES):
        total.update(f"{path.relative_to(package)}\0".encode())
        total.update(path.read_bytes())
    return total.hexdigest()


def _key(source: str, entry: Entry) -> str:
    return hashlib.sha256(f"{source}\0{entry!r}".encode()).hexdigest()


def _page(folder: Path, name: str) -> Path:
    return folder / "activations" / f"{name}.html"


def _made(name: str) -> tuple[Facts, str] | str:
    """In a process of its own: facts and page, or why there are none."""
    (entry,) = (e for e in ENTRIES if e.name == name)
    try:
        return made(entry)
    except SymbolicInitError as error:
        return str(error)


def _published() -> list[tuple[str, list[Verdict]]]:
    return [(title, list(verdicts)) for title, verdicts in by_source(entries())]


def _tables(
    rows: Sequence[Facts], failed: Mapping[str, str], verdicts: Sequence[Any]
) -> Iterator[tuple[str, str]]:
    yield "index.html", pages.index(rows, failed)
    yield "compare.html", pages.compare(rows)
    yield "published.html", pages.published([(t, [Verdict(*v) for v in found]) for t, found in verdicts])
    for which in THEORIES.values():
        yield f"theories/{which.id}.html", pages.theory(which, rows)
