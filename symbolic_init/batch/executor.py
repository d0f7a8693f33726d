"""Who answers requests: processes of this machine, or whatever else fills the same seam."""

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol, final

from symbolic_init.batch.worker import Workers
from symbolic_init.batch.worker_process import Limits
from symbolic_init.errors import UnsupportedError

__all__ = ["Executor", "LocalExecutor"]


class Executor(Protocol):
    """What `derive_many` needs of those who do the work."""

    def submit(self, request: str, /) -> "Future[str]":
        """Have a request answered; the result is its record, also where it failed."""

    def close(self) -> None:
        """Drop what is not finished, and give everything back."""


@final
class LocalExecutor:
    """Processes of this machine, each with one thread, killed when an item exceeds its limits.

    Args:
        jobs: How many requests are answered at the same time.
        limits: What one item may cost.

    Raises:
        UnsupportedError: If there are no jobs.
    """

    def __init__(self, jobs: int, limits: Limits) -> None:
        if jobs < 1:
            msg = f"the number of processes is above 0, not {jobs}"
            raise UnsupportedError(msg)
        self._workers = Workers(limits)
        self._threads = ThreadPoolExecutor(jobs, thread_name_prefix="derive-many")

    def submit(self, request: str, /) -> "Future[str]":
        """Have a request answered by the next worker that is free."""
        return self._threads.submit(self._workers.answer, request)

    def close(self) -> None:
        """Kill the workers."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._workers.close()
        self._threads.shutdown(wait=True)
