"""A Dask cluster in place of the processes of this machine."""

from concurrent.futures import Future
from typing import Any, final

from distributed import Client, WorkerPlugin, get_worker

from symbolic_init import __version__
from symbolic_init.batch.worker import Workers
from symbolic_init.batch.worker_process import Limits
from symbolic_init.errors import UnsupportedError

__all__ = ["ClusterExecutor"]

_PLUGIN = "symbolic_init"
_RETRIES = 3
"""How often a request is asked again whose worker of the cluster has died."""
_CONNECT = 30
"""Seconds to wait for the scheduler."""


@final
class ClusterExecutor:
    """The workers of a Dask cluster; each keeps processes of its own, which are killed at their limits.

    Start workers with one thread for each core that they may use. An answer that is lost with its
    worker is computed again elsewhere.

    Args:
        address: Where the scheduler listens: `"tcp://host:8786"`; or a `distributed.Client`.
        limits: What one item may cost.

    Raises:
        UnsupportedError: If there is no scheduler, or its workers have another release.
    """

    def __init__(self, address: Any, limits: Limits = Limits()) -> None:  # noqa: B008  frozen
        self._own = isinstance(address, str)
        try:
            self._client = Client(address, timeout=_CONNECT) if self._own else address
        except (OSError, ValueError) as err:
            msg = f"no scheduler answers at {address!r}: {err}; start one with `dask scheduler`"
            raise UnsupportedError(msg) from err
        others = {r for r in self._client.run(_release).values() if r != __version__}
        if others:
            msg = (
                f"workers of the cluster have release {', '.join(sorted(others))}, and this is {__version__}"
            )
            raise UnsupportedError(msg)
        self._client.register_plugin(_Processes(limits), name=_PLUGIN)
        self._executor = self._client.get_executor(pure=False, retries=_RETRIES)

    def submit(self, request: str, /) -> "Future[str]":
        """Have a request answered by the cluster."""
        future: Future[str] = self._executor.submit(_answer, request)
        return future

    def close(self) -> None:
        """Drop what is not finished, and end the processes of the workers."""
        self._executor.shutdown(wait=False)
        self._client.unregister_worker_plugin(_PLUGIN)
        if self._own:
            self._client.close()


@final
class _Processes(WorkerPlugin):  # type: ignore[misc]  # distributed is not looked at
    """The processes that one worker of the cluster keeps."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.workers: Workers | None = None

    def setup(self, worker: Any) -> None:  # noqa: ARG002  # the signature of distributed
        """Be ready to start processes."""
        self.workers = Workers(self._limits)

    def teardown(self, worker: Any) -> None:  # noqa: ARG002  # the signature of distributed
        """End them."""
        if self.workers is not None:
            self.workers.close()


def _release() -> str:
    return __version__


def _answer(request: str) -> str:
    """Run on a worker of the cluster, in its thread."""
    workers: Workers = get_worker().plugins[_PLUGIN].workers
    return workers.answer(request)
