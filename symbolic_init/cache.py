"""Answers kept on disk: one SQLite file, JSON in it, safe with several writers, bounded in size."""

import hashlib
import os
import sqlite3
import time
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import final

from symbolic_init.errors import UnsupportedError

__all__ = ["Cache", "cache_path", "clear"]

_LAYOUT = 1
"""Number of the layout of the file; files of another one are begun anew."""
_WAIT = 30.0
"""Seconds to wait for another writer."""
_LOOK_EVERY = 200
"""How many answers are written between two looks at the size."""
_KEPT = 0.8
"""Part of the largest size that is left when the oldest answers go."""
_COMPUTING = ("sympy", "mpmath", "python-flint", "numpy")
"""Packages whose release may change an answer."""


def cache_path() -> Path:
    """Return where answers are kept unless told otherwise: below `XDG_CACHE_HOME`, or `~/.cache`."""
    root = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(root) if os.path.isabs(root) else Path.home() / ".cache"
    return base / "symbolic_init" / "answers.sqlite3"


@lru_cache(maxsize=1)
def _program() -> str:
    """What stands for the program that computes: its own source, and the releases below it."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return " ".join((digest.hexdigest(), *(f"{name} {version(name)}" for name in _COMPUTING)))


@final
class Cache:
    """Answers by request and program, on disk. An answer of another release is never returned.

    Args:
        path: The file; below the user's cache directory unless given.
        max_bytes: Size of all answers together beyond which the oldest go.

    Raises:
        UnsupportedError: If the file cannot be opened, or is no such file.

    Examples:
        >>> import tempfile
        >>> from pathlib import Path
        >>> with tempfile.TemporaryDirectory() as folder, Cache(Path(folder) / "kept") as cache:
        ...     cache.put("request", "answer")
        ...     cache.get("request"), cache.get("another")
        ('answer', None)
    """

    def __init__(self, path: Path | None = None, *, max_bytes: int = 1 << 28) -> None:
        self.path = cache_path() if path is None else path
        self._max_bytes = max_bytes
        self._lock = Lock()
        self._written = 0
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(
                self.path, timeout=_WAIT, isolation_level=None, check_same_thread=False
            )
            self._prepare()
        except (OSError, sqlite3.Error) as err:
            msg = f"the cache {str(self.path)!r} cannot be used: {err}; `derive cache clear` removes it"
            raise UnsupportedError(msg) from err

    def _prepare(self) -> None:
        run = self._connection.execute
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = NORMAL")
        run("BEGIN IMMEDIATE")
        if run("PRAGMA user_version").fetchone()[0] != _LAYOUT:
            run("DROP TABLE IF EXISTS answers")
            run("CREATE TABLE answers (key TEXT PRIMARY KEY, line TEXT NOT NULL, used REAL NOT NULL)")
            run(f"PRAGMA user_version = {_LAYOUT}")
        run("COMMIT")

    def get(self, request: str) -> str | None:
        """Return the answer to a request, or `None`; a file that has become unreadable has none."""
        with self._lock:
            try:
                found = self._connection.execute(
                    "UPDATE answers SET used = ? WHERE key = ? RETURNING line", (time.time(), _key(request))
                ).fetchone()
            except sqlite3.Error:
                return None
        return None if found is None else str(found[0])

    def put(self, request: str, line: str) -> None:
        """Keep an answer. A disk that is full loses this one and nothing else."""
        with self._lock:
            try:
                row = (_key(request), line, time.time())
                self._connection.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?)", row)
                self._written += 1
                if self._written % _LOOK_EVERY == 1:
                    self._shrink()
            except sqlite3.Error:
                return

    def _shrink(self) -> None:
        """Drop the answers that were not used for the longest time, if there are too many bytes."""
        run = self._connection.execute
        total = run("SELECT COALESCE(SUM(LENGTH(line)), 0) FROM answers").fetchone()[0]
        if total <= self._max_bytes:
            return
        run(
            "DELETE FROM answers WHERE key IN (SELECT key FROM (SELECT key, SUM(LENGTH(line)) OVER "
            "(ORDER BY used DESC, key) AS newer FROM answers) WHERE newer > ?)",
            (_KEPT * self._max_bytes,),
        )

    def __len__(self) -> int:
        with self._lock:
            return int(self._connection.execute("SELECT COUNT(*) FROM answers").fetchone()[0])

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def __enter__(self) -> "Cache":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def clear(path: Path | None = None) -> int:
    """Remove the file of a cache, also one that cannot be read; return how many bytes it had."""
    place = cache_path() if path is None else path
    removed = 0
    for suffix in ("", "-wal", "-shm"):
        part = place.with_name(place.name + suffix)
        if part.is_file():
            removed += part.stat().st_size
            part.unlink()
    return removed


def _key(request: str) -> str:
    return hashlib.sha256(f"{_program()}\n{request}".encode()).hexdigest()
