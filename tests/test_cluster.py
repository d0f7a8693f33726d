"""The same answers from a Dask cluster of several processes, also when one of them dies."""

import os
import signal

import pytest

from symbolic_init import UnsupportedError, derive_many
from symbolic_init.batch import Limits

distributed = pytest.importorskip("distributed", reason="needs the extra [cluster]")

LINES = [f"x*tanh({k}*x)" for k in range(1, 13)]


@pytest.mark.cluster
@pytest.mark.filterwarnings("default")  # of distributed, when a worker is lost
def test_a_worker_that_is_killed_costs_no_answer(tmp_path):
    from symbolic_init.batch.cluster import ClusterExecutor

    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        dashboard_address=None,
        local_directory=tmp_path,
        silence_logs="ERROR",
    ) as cluster:
        workers = ClusterExecutor(cluster.scheduler_address, Limits(seconds=60))
        found = []
        for answer in derive_many([*LINES, "tanh("], executor=workers):
            found.append(answer.line)
            if len(found) == 2:
                os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL)
        workers.close()
    here = [a.line for a in derive_many([*LINES, "tanh("], jobs=1)]

    assert found == here


@pytest.mark.slow
def test_no_scheduler_is_told(monkeypatch):
    from symbolic_init.batch import cluster

    monkeypatch.setattr(cluster, "_CONNECT", 0.5)
    with pytest.raises(UnsupportedError, match="dask scheduler"):
        cluster.ClusterExecutor("tcp://127.0.0.1:9", Limits())
