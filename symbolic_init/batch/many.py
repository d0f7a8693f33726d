"""derive_many(): answers in the order of the questions, computed side by side."""

import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future
from functools import partial
from queue import Full, Queue
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from symbolic_init.batch.answer import Answer, failure_line
from symbolic_init.batch.executor import Executor, LocalExecutor
from symbolic_init.batch.request import Request, read_options, request_of
from symbolic_init.batch.worker_process import Limits
from symbolic_init.cache import Cache

if TYPE_CHECKING:
    from sympy import Expr

__all__ = ["answers", "available_cores", "derive_many"]

_WINDOW = 1024
"""How many answers may wait for a slower one before them."""
_STOP_CHECK = 0.2
"""Seconds after which who fills the window looks whether anybody still reads it."""
_NOT_KEPT = ("LimitError", "InternalError")
"""Errors that another machine, or another day, may not have."""


def derive_many(
    activations: "Iterable[str | Expr | Mapping[str, Any]]",
    *,
    jobs: int | None = None,
    timeout: float = 30.0,
    memory: int = 1 << 30,
    cache: Cache | None = None,
    executor: Executor | None = None,
    **options: Any,
) -> Iterator[Answer]:
    """Yield the answer for each activation, in their order, as soon as it and all before it are there.

    Each is derived in a process of its own kind, which is killed when it exceeds its time or memory;
    whatever happens to one, the others are answered. The iterable is read in another thread.

    Args:
        activations: Catalog names, text in `x`, SymPy expressions, or mappings with an `expression`
            and options of their own.
        jobs: Number of processes; that of the processor's cores unless given.
        timeout: Seconds on the processor for one activation; by the clock it may take ten times as long.
        memory: Bytes for one activation.
        cache: Where answers are kept and looked up; nothing is kept unless given.
        executor: Who does the work, such as `ClusterExecutor`; it is not closed. `jobs`, `timeout` and
            `memory` are then without effect.
        **options: Options of `derive` for all of them: `theory`, `q`, `sigma_b2`, `digits` (15 unless
            given), `assume`, `settings`, `inputs`, `order`, `depth`, `numeric`; and `full=True` for the
            recommendation, the other schemes and the steps, which cost several times as much.

    Yields:
        Answers: each a record, with a derivation or an error.

    Raises:
        RecordError: If an option is not one of these.
        UnsupportedError: If `jobs` or a limit is not positive.

    Examples:
        >>> for found in derive_many(["relu(x)", "tanh(", "gelu"], jobs=1):
        ...     print(found.error_type or found.derivation.weight_variance)
        2/N
        ParseError
        4/N
    """
    common = read_options(options)
    requests = (request_of(item, common) for item in activations)
    if executor is not None:
        yield from answers(requests, executor, cache)
        return
    own = LocalExecutor(available_cores() if jobs is None else jobs, Limits(seconds=timeout, memory=memory))
    try:
        yield from answers(requests, own, cache)
    finally:
        own.close()


def available_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def answers(requests: Iterable[Request], executor: Executor, cache: Cache | None) -> Iterator[Answer]:
    """Yield the answer of each request in order.

    Another thread reads the requests, so that what is ready is not kept waiting for the next of them.
    """
    window: Queue[Future[str] | BaseException | None] = Queue(_WINDOW)
    stop = Event()
    feeder = Thread(target=_fill, args=(window, requests, executor, cache, stop), daemon=True)
    feeder.start()
    try:
        while (item := window.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield Answer(item.result())
    finally:
        stop.set()


def _fill(
    window: "Queue[Future[str] | BaseException | None]",
    requests: Iterable[Request],
    executor: Executor,
    cache: Cache | None,
    stop: Event,
) -> None:
    """Submit requests, as many as the window holds; at the end put what ended it."""
    end: BaseException | None = None
    try:
        for request in requests:
            if not _put(window, _asked(request, executor, cache), stop):
                return
    except BaseException as err:  # noqa: BLE001  it is raised where the answers are read
        end = err
    _put(window, end, stop)


def _put(window: "Queue[Any]", item: Any, stop: Event) -> bool:
    while not stop.is_set():
        try:
            window.put(item, timeout=_STOP_CHECK)
        except Full:
            continue
        return True
    return False


def _asked(request: Request, executor: Executor, cache: Cache | None) -> "Future[str]":
    """The answer to come: refused, kept from before, or in work."""
    if request.fault is not None:
        return _done(failure_line(request.asked, request.fault))
    text = request.text
    kept = None if cache is None else cache.get(text)
    if kept is not None:
        return _done(kept)
    future = executor.submit(text)
    if cache is not None:
        future.add_done_callback(partial(_keep, cache, text))
    return future


def _done(line: str) -> "Future[str]":
    future: Future[str] = Future()
    future.set_result(line)
    return future


def _keep(cache: Cache, text: str, future: "Future[str]") -> None:
    if not future.cancelled() and future.exception() is None:
        line = future.result()
        if Answer(line).error_type not in _NOT_KEPT:
            cache.put(text, line)
