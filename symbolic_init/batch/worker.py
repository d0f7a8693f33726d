"""A worker from outside: a process that is asked line by line, and killed when it exceeds its limits."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from queue import Empty, LifoQueue
from threading import Lock, Timer
from typing import final

from symbolic_init.batch.answer import failure_line
from symbolic_init.batch.worker_process import ENDED, OUT_OF_MEMORY, PATIENCE, READY, TOO_LONG, Limits
from symbolic_init.errors import InternalError, LimitError, SymbolicInitError

__all__ = ["Worker", "Workers", "worker_command"]

_START = 120.0
"""Seconds that a worker may take to load on a busy machine."""
_QUIET = {"PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""Workers have one thread, and iterate sets in one order."""


def worker_command(limits: Limits) -> tuple[str, ...]:
    """Return the command that starts a worker with these limits."""
    return (sys.executable, "-m", "symbolic_init.batch", str(limits.memory), str(limits.seconds))


@final
class Worker:
    """A running process, asked by one thread at a time.

    Args:
        command: What to run.
        limits: What one item may cost.

    Raises:
        InternalError: If the process does not start.
    """

    def __init__(self, command: Sequence[str], limits: Limits) -> None:
        self._limits = limits
        self._process = subprocess.Popen(  # noqa: S603  our own command
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            env={**os.environ, **_QUIET},
            start_new_session=True,
        )
        reply, _ = self._ask("", _START)
        if reply != READY:
            self.kill()
            msg = f"a worker did not start; see what {' '.join(command)} says"
            raise InternalError(msg)

    def answer(self, request: str) -> tuple[str, bool]:
        """Return the record of a request, and whether the worker is still alive."""
        reply, late = self._ask(f"{request}\n", PATIENCE * self._limits.seconds)
        if reply.startswith(ENDED):
            status = int(reply.removeprefix(ENDED))
            return failure_line(json.loads(request), self._failure(status, late=False)), True
        if reply:
            return reply, True
        self.kill()
        return failure_line(json.loads(request), self._failure(self._process.returncode, late=late)), False

    def kill(self) -> None:
        """End the process and its copies."""
        self._signal()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()

    def _signal(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def _ask(self, text: str, seconds: float) -> tuple[str, bool]:
        """Write, and read one whole line; empty if the process has ended, and whether it was too late."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        timer = Timer(seconds, self._signal)
        timer.start()
        try:
            stdin.write(text)
            stdin.flush()
            reply = stdout.readline()
        except (BrokenPipeError, ValueError):
            reply = ""
        finally:
            late = not timer.is_alive()
            timer.cancel()
        return (reply[:-1], False) if reply.endswith("\n") else ("", late)

    def _failure(self, status: int, *, late: bool) -> SymbolicInitError:
        if late or status == -TOO_LONG:
            return LimitError(f"no answer within {self._limits.seconds:g} s; allow more time (--timeout)")
        if status == OUT_OF_MEMORY:
            size = self._limits.memory >> 20
            return LimitError(f"it needs more than {size} MiB of memory; allow more (--memory)")
        return InternalError(f"the worker died of {_cause(status)}; perhaps it was out of memory (--memory)")


def _cause(status: int) -> str:
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"exit status {status}"


@final
class Workers:
    """As many workers as are asked at the same time, started when they are needed.

    Args:
        limits: What one item may cost.
        command: What to run, instead of the process of this package.
    """

    def __init__(self, limits: Limits, command: Sequence[str] = ()) -> None:
        self._limits = limits
        self._command = command or worker_command(limits)
        self._idle: LifoQueue[Worker] = LifoQueue()
        self._all: set[Worker] = set()
        self._lock = Lock()
        self._closed = False

    def answer(self, request: str) -> str:
        """Return the record of a request; whatever it does to the worker, there is one.

        Raises:
            InternalError: If no worker can be started.
        """
        worker = self._taken()
        reply, alive = worker.answer(request)
        if alive:
            self._idle.put(worker)
        else:
            with self._lock:
                self._all.discard(worker)
        return reply

    def _taken(self) -> Worker:
        try:
            return self._idle.get_nowait()
        except Empty:
            worker = Worker(self._command, self._limits)
        with self._lock:
            self._all.add(worker)
            closed = self._closed
        if closed:
            worker.kill()
        return worker

    def close(self) -> None:
        """Kill all workers; those that are asked just now give an error for an answer."""
        with self._lock:
            self._closed = True
            workers, self._all = self._all, set()
        for worker in workers:
            worker.kill()
