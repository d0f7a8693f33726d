"""The file of records: one line each, whole or not at all, so that a later run can go on from it."""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Any, final

from symbolic_init import __version__
from symbolic_init.batch.request import Request
from symbolic_init.errors import RecordError

__all__ = ["RecordFile"]


@final
class RecordFile:
    """A file of records, open for writing by us alone.

    Args:
        path: The file, or `None` for standard output. That, a pipe or a device is written to without
            looking back.

    Raises:
        OSError: If it cannot be opened, or another process writes to it.
    """

    def __init__(self, path: Path | None) -> None:
        self.name = "standard output" if path is None else repr(str(path))
        self.count = 0
        self._end = 0
        # Not for reading as well: who does that to a pipe never learns that nobody else reads it.
        self._file = FileIO(
            os.dup(1) if path is None else os.open(path, os.O_WRONLY | os.O_CREAT, 0o666), "w"
        )
        self._kept = path if path is not None and path.is_file() else None
        if self._kept is not None:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as err:
                self._file.close()
                msg = "another process is writing to it"
                raise OSError(err.errno, msg) from err

    @property
    def is_kept(self) -> bool:
        """Whether a later run can go on from it."""
        return self._kept is not None

    def skip_answered(self, requests: Iterator[Request]) -> None:
        """Keep the records that are there, take their requests off `requests`, and cut a torn last line.

        Raises:
            RecordError: If a line that is there is no record of its request; nothing is changed then.
        """
        if self._kept is None:
            return
        with self._kept.open("rb") as lines:
            for line in lines:
                if not line.endswith(b"\n"):
                    break
                request = next(requests, None)
                problem = _problem(line, request)
                if problem:
                    msg = (
                        f"line {self.count + 1} of {self.name} {problem}; "
                        "name another file, or remove this one"
                    )
                    raise RecordError(msg)
                self.count += 1
                self._end += len(line)
        self._back()

    def write(self, line: str) -> None:
        """Write a record; if that fails, leave the file as it was.

        Raises:
            OSError: If the system refuses.
        """
        rest = memoryview(f"{line}\n".encode())
        size = len(rest)
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
        except BaseException:
            self._back()
            raise
        self.count += 1
        self._end += size

    def _back(self) -> None:
        """Cut what stands behind the last whole record."""
        if self._kept is not None:
            self._file.truncate(self._end)
            self._file.seek(self._end)

    def __enter__(self) -> "RecordFile":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


def _problem(line: bytes, request: Request | None) -> str:
    """Why a line is not the record of a request, or the empty string."""
    if request is None:
        return "is one more than there are lines to answer"
    try:
        record = json.loads(line)
        asked, by = record["request"], record["version"]
    except (ValueError, RecursionError, TypeError, KeyError):
        return "is no record of a batch"
    if not isinstance(asked, dict):
        return "is no record of a batch"
    if asked != request.asked:
        return f"answers {_shown(asked)}, and {_shown(request.asked)} is asked"
    return "" if by == __version__ else f"was written by release {str(by)[:20]}, and this is {__version__}"


def _shown(asked: Mapping[str, Any]) -> str:
    """A request in a message, which may be longer than a message."""
    options = {name: value for name, value in asked.items() if name != "expression"}
    return f"{str(asked.get('expression'))[:80]!r}{f' with {str(options)[:80]}' if options else ''}"
