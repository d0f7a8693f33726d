"""Signals that end a process: taken for an orderly end, with the exit status that shells have."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn, final

import click

__all__ = ["orderly_end"]

_ENDINGS = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated", signal.SIGHUP: "hung up"}
_STATUS = 128
"""What shells add to the number of a signal."""


@final
class _Ended(BaseException):
    """A signal has come; not an `Exception`, so that nothing on its way takes it for an error."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextmanager
def orderly_end(remark: Callable[[], str]) -> Iterator[None]:
    """Leave the block when a signal asks for it, with a remark on standard error and exit status 128 + n.

    What the process was told to ignore before, as `nohup` does, stays ignored. One signal is
    enough: what comes while the block is left changes nothing.

    Args:
        remark: What is told behind the reason.
    """
    taken = {n: h for n in _ENDINGS if (h := signal.getsignal(n)) not in (None, signal.SIG_IGN)}
    for number in taken:
        signal.signal(number, _end)
    try:
        yield
    except _Ended as end:
        click.echo(f"derive: {_ENDINGS[signal.Signals(end.number)]}; {remark()}", err=True)
        sys.exit(_STATUS + end.number)
    finally:
        for number, handler in taken.items():
            signal.signal(number, handler)


def _end(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001  # the signature of a handler
    for other in _ENDINGS:
        signal.signal(other, signal.SIG_IGN)
    raise _Ended(number)
