"""The process of a worker: reads requests, one a line, and writes a record for each.

    python -m symbolic_init.batch MEMORY SECONDS

It speaks JSON and nothing else: nothing that it reads is executed or unpickled. What exceeds its limits
costs the process; whoever started it tells by the exit status, and starts another.
"""

import faulthandler
import json
import os
import resource
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO, final

from symbolic_init.batch.answer import answer_line, failure_line
from symbolic_init.errors import InternalError, SymbolicInitError

__all__ = ["OUT_OF_MEMORY", "PATIENCE", "READY", "TOO_LONG", "Limits", "answer", "main"]

OUT_OF_MEMORY = 3
"""Exit status of a worker whose item needs more memory than it may have."""
TOO_LONG = signal.SIGPROF
"""What the system ends a worker with whose item has used up its time."""
PATIENCE = 3
"""How often its time on the processor an item may take by the clock, on a machine that others use too."""
READY = "ready"
"""What a worker writes when it can be asked."""
_GRACE = 5
"""Seconds after which a worker that nobody has killed ends itself: its owner is gone."""
_DIGITS = 15


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one item may cost.

    Attributes:
        seconds: Time on the processor, positive; by the clock it may be three times that.
        memory: Bytes beside what the program itself needs.
    """

    seconds: float = 30.0
    memory: int = 1 << 30


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
        _restrict(limits.memory)
        replies.write(f"{READY}\n")
        replies.flush()
        for line in sys.stdin:
            faulthandler.dump_traceback_later(PATIENCE * limits.seconds + _GRACE, exit=True, file=sys.stderr)
            signal.setitimer(signal.ITIMER_PROF, limits.seconds)
            try:
                reply = answer(line)
            except MemoryError:
                os._exit(OUT_OF_MEMORY)
            signal.setitimer(signal.ITIMER_PROF, 0)
            faulthandler.cancel_dump_traceback_later()
            replies.write(f"{reply}\n")
            replies.flush()
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
