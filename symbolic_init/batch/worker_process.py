"""The process of a worker: reads requests, one a line, and writes a record for each.

    python -m symbolic_init.batch MEMORY SECONDS

It speaks JSON and nothing else: nothing that it reads is executed or unpickled. What exceeds its limits
costs a copy of the process, of which the next is made at once, with everything loaded. There is one reply to
each request: a record, or how the copy ended.
"""

import faulthandler
import json
import os
import resource
import select
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO, final

from symbolic_init.batch.answer import answer_line, failure_line
from symbolic_init.errors import InternalError, SymbolicInitError, UnsupportedError

__all__ = ["ENDED", "OUT_OF_MEMORY", "PATIENCE", "READY", "TOO_LONG", "Limits", "answer", "main"]

ENDED = "ended "
"""What a reply begins with instead of a record; the exit status of the copy follows."""
OUT_OF_MEMORY = 3
"""Exit status of a copy whose item needs more memory than it may have."""
TOO_LONG = signal.SIGPROF
"""What the system ends a copy with whose item has used up its time."""
PATIENCE = 10
"""How often its time on the processor an item may take by the clock, on a machine that others use too."""
READY = "ready"
"""What a worker writes when it can be asked."""
_MOST_SECONDS, _MOST_MEMORY = 10**6, 1 << 50
"""Far larger limits do not fit into the clocks and the addresses of the system."""
_GRACE = 5
"""Seconds after which a worker that nobody has killed ends itself: its owner is gone."""
_DIGITS = 15


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one item may cost.

    Attributes:
        seconds: Time on the processor, positive; by the clock it may be ten times that.
        memory: Bytes beside what the program itself needs, positive.

    Raises:
        UnsupportedError: If a limit is not positive, or larger than the system can count.
    """

    seconds: float = 30.0
    memory: int = 1 << 30

    def __post_init__(self) -> None:
        for what, limit, most in (
            ("seconds", self.seconds, _MOST_SECONDS),
            ("bytes", self.memory, _MOST_MEMORY),
        ):
            if not 0 < limit <= most:
                msg = f"a limit of {limit} {what} is not above 0 and at most {most}"
                raise UnsupportedError(msg)


def answer(text: str) -> str:
    """Return the record of one request, whatever becomes of it.

    Args:
        text: The request as JSON, as `read_request` returns it.

    Raises:
        MemoryError: If there is not enough memory.
    """
    from symbolic_init.engine import derive
    from symbolic_init.records import record_of

    request = json.loads(text)
    options = {"digits": _DIGITS, **request}
    full = options.pop("full", False)
    try:
        derivation = derive(options.pop("expression"), headline_only=not full, **options)
        return answer_line(request, record_of(derivation))
    except SymbolicInitError as err:
        return failure_line(request, err)
    except MemoryError:
        raise
    except Exception as err:  # noqa: BLE001  a bug costs one item, not the others
        return failure_line(request, InternalError(f"unexpected {type(err).__name__}: {str(err)[:500]}"))


def main() -> None:
    """Answer requests until there are no more."""
    limits = Limits(memory=int(sys.argv[1]), seconds=float(sys.argv[2]))
    with _replies() as replies:
        _load()
        replies.write(f"{READY}\n")
        replies.flush()
        copy = _Copy(limits, replies)
        for line in sys.stdin:
            reply = copy.answer(line)
            if not reply.endswith("\n"):
                reply = f"{ENDED}{copy.status()}\n"
                copy = _Copy(limits, replies)
            replies.write(reply)
            replies.flush()


@final
class _Copy:
    """A fork of this process that answers until an item ends it, or nobody asks any more."""

    def __init__(self, limits: Limits, replies: TextIO) -> None:
        asked, asking = os.pipe()
        answered, answering = os.pipe()
        self._replies = replies
        self._pid = os.fork()
        if self._pid == 0:
            for other in (asking, answered, sys.stdin.fileno(), replies.fileno()):
                os.close(other)
            try:
                _serve(
                    limits, os.fdopen(asked, encoding="utf-8"), os.fdopen(answering, "w", encoding="utf-8")
                )
            finally:
                os._exit(0)
        os.close(asked)
        os.close(answering)
        self._requests = os.fdopen(asking, "w", encoding="utf-8")
        self._records = os.fdopen(answered, encoding="utf-8")

    def answer(self, line: str) -> str:
        """Return the record with its newline; without one if the copy has ended."""
        with suppress(BrokenPipeError):
            self._requests.write(line)
            self._requests.flush()
        if not self._is_awaited():
            os.kill(self._pid, signal.SIGKILL)
            sys.exit()
        return self._records.readline()

    def _is_awaited(self) -> bool:
        """Wait until the copy has something to say; false if before that nobody is left to hear it."""
        poll = select.poll()
        poll.register(self._records, select.POLLIN)
        poll.register(self._replies, 0)  # tells only that the other end is gone
        return self._replies.fileno() not in {place for place, _ in poll.poll()}

    def status(self) -> int:
        """Return how the copy ended: its exit status, or a signal with a minus."""
        for pipe in (self._requests, self._records):
            with suppress(BrokenPipeError):
                pipe.close()
        return os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])


def _serve(limits: Limits, requests: TextIO, records: TextIO) -> None:
    """Answer in a copy."""
    _restrict(limits.memory)
    for line in requests:
        faulthandler.dump_traceback_later(PATIENCE * limits.seconds + _GRACE, exit=True, file=sys.stderr)
        signal.setitimer(signal.ITIMER_PROF, limits.seconds)
        try:
            reply = answer(line)
        except MemoryError:
            os._exit(OUT_OF_MEMORY)
        signal.setitimer(signal.ITIMER_PROF, 0)
        faulthandler.cancel_dump_traceback_later()
        records.write(f"{reply}\n")
        records.flush()
        _forget()


def _replies() -> TextIO:
    """Standard output for us alone: what a library prints must not look like a reply."""
    private = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return private


def _load() -> None:
    """Import what answers need, so that it counts for no item."""
    answer(json.dumps({"expression": "tanh(x)"}))


def _restrict(memory: int) -> None:
    """Bound the address space to what is in use now and `memory` more bytes."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    bound = pages * resource.getpagesize() + memory
    resource.setrlimit(resource.RLIMIT_AS, (bound, bound))


def _forget() -> None:
    """Empty SymPy's caches: an answer depends on its request alone, and memory does not grow."""
    from sympy.core.cache import clear_cache

    clear_cache()
