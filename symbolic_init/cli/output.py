"""What surrounds a command: loading the library, the terminal, and files."""

import gc
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

__all__ = ["is_unicode", "loading", "show", "width", "writable", "write", "write_bytes"]

_NARROW, _WIDTH, _WIDE = 60, 80, 100


@contextmanager
def loading() -> Iterator[None]:
    """Keep the garbage collector away from modules while they load: nothing in them is garbage.

    That is a quarter of the time SymPy takes to load. Later collections skip what was loaded.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.freeze()
            gc.enable()


def is_unicode() -> bool:
    """Whether standard output is a terminal that shows Greek letters."""
    return sys.stdout.isatty() and (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"


def show(text: str) -> None:
    """Print a document; in UTF-8 where the encoding of standard output has no sign for a character."""
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        sys.stdout.buffer.write(f"{text}\n".encode())
    else:
        click.echo(text)


def width() -> int:
    """Columns to fill: those of the terminal within reason, else 80."""
    if not sys.stdout.isatty():
        return _WIDTH
    return max(_NARROW, min(_WIDE, shutil.get_terminal_size().columns))


def writable(path: Path) -> Path:
    """Return the file that will be written, or refuse before any work is done."""
    real = Path(os.path.realpath(path))
    if real.is_dir():
        reason = "it is a directory"
    elif not real.parent.is_dir():
        reason = f"there is no directory {real.parent}"
    elif not os.access(real if real.exists() else real.parent, os.W_OK):
        reason = "permission denied"
    else:
        return real
    msg = f"cannot write {str(path)!r}: {reason}"
    raise click.BadParameter(msg, param_hint="'--output'")


def write(path: Path, text: str) -> None:
    """Write a file whole or not at all; a device or pipe is written to directly.

    Raises:
        click.ClickException: If the system refuses.
    """
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, content: bytes) -> None:
    """The same for a file that is no text."""
    try:
        _write(path, content)
    except OSError as err:
        msg = f"cannot write {str(path)!r}: {err.strerror or err}"
        raise click.ClickException(msg) from err


def _write(path: Path, content: bytes) -> None:
    if path.exists() and not path.is_file():
        path.write_bytes(content)
        return
    mask = os.umask(0)
    os.umask(mask)
    mode = path.stat().st_mode & 0o7777 if path.exists() else 0o666 & ~mask
    import tempfile

    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        temporary.chmod(mode)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
