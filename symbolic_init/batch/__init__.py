"""Thousands of activations: in workers that can be killed, in order, one record each."""

from symbolic_init.batch.answer import Answer
from symbolic_init.batch.executor import Executor, LocalExecutor
from symbolic_init.batch.many import derive_many
from symbolic_init.batch.worker_process import Limits

__all__ = ["Answer", "Executor", "Limits", "LocalExecutor", "derive_many"]
