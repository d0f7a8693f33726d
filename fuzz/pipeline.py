"""Coverage-guided fuzzing of the whole pipeline: a line in, an answer or one clear error within its limits.

    sh scripts/venv python -m pip install --group fuzz
    sh scripts/venv python fuzz/pipeline.py --seconds 600          # ten minutes; exit status 0: nothing found

Inputs are lines of a batch. New ones that reach new code are kept below `fuzz/found` with `--keep`; an
input that breaks something is written to `fuzz/crash-*`, to be mended and moved to `fuzz/corpus`.
"""

import argparse
import os
import resource
import signal
import sys
import tempfile
from pathlib import Path
from random import Random
from types import FrameType

import atheris

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

with atheris.instrument_imports(include=["symbolic_init"]):
    import symbolic_init.batch.many
    import symbolic_init.batch.worker_process
    import symbolic_init.engine
    import symbolic_init.render.latex
    import symbolic_init.render.markdown
    import symbolic_init.render.text
    from symbolic_init.batch.answer import Answer
    from symbolic_init.batch.request import MAX_LINE, request_of
    from symbolic_init.batch.worker_process import answer

from grammar import mutated

SECONDS = 2
"""Time for an input, after which it counts as ended by its limit."""
STUCK = 60
"""Seconds after which an input that cannot be interrupted counts as a hang."""
MEMORY = 2 << 30


class OutOfTime(BaseException):
    """Not an `Exception`, so that nothing on its way takes it for one of its own."""


class Clock:
    """Ends what takes too long, as the owner of a worker does, and knows whether it did."""

    def __init__(self) -> None:
        self.expired = False

    def _stop(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002  # the signature of a handler
        self.expired = True
        raise OutOfTime

    def __enter__(self) -> "Clock":
        signal.signal(signal.SIGALRM, self._stop)
        signal.setitimer(signal.ITIMER_REAL, SECONDS)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        signal.setitimer(signal.ITIMER_REAL, 0)
        return self.expired  # whatever C code made of it


def check(data: bytes) -> None:
    """Answer one line; whatever is no answer and no clear error is raised."""
    line = data.decode("utf-8", errors="replace").partition("\n")[0]
    request = request_of(line, {})
    if request.fault is not None:
        assert len(str(request.fault)) < MAX_LINE
        return
    with Clock():
        told = Answer(answer(request.text))
        assert "\n" not in told.line
        assert told.error_type != "InternalError", told.error
        derivation = told.derivation
        if derivation is not None:
            for form in (derivation.to_text(), derivation.to_latex(), derivation.to_markdown()):
                assert form


def _mutator(data: bytes, limit: int, seed: int) -> bytes:
    """Half of the time by the grammar, else as libFuzzer does."""
    random = Random(seed)  # noqa: S311  inputs, no secrets
    if random.random() < 0.5:
        return atheris.Mutate(data, limit)
    return mutated(data.decode("utf-8", errors="replace"), random).encode()[:limit]


def plant() -> None:
    """A bug to be found: activations with both an exponential and a switch are not analyzed."""
    sound = symbolic_init.meanfield.setting.analyze

    def broken(activation):  # as the original
        names = {type(node).__name__ for node in activation.expression.atoms(*_heads())}
        return {}[0] if {"exp", "Max"} <= names else sound(activation)

    symbolic_init.meanfield.setting.analyze = broken


def _heads() -> tuple[type, ...]:
    from sympy import Max, exp

    return exp, Max


def main() -> None:
    """Fuzz for some time, from the corpus on."""
    options = argparse.ArgumentParser(description="Fuzz the pipeline.")
    options.add_argument("--seconds", type=int, default=600)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--runs", type=int, default=-1, help="stop after so many inputs, always the same")
    options.add_argument("--keep", action="store_true", help="keep inputs that reach new code in fuzz/found")
    options.add_argument("--plant", action="store_true", help="plant a bug, which must be found")
    options.add_argument("inputs", nargs="*", help="run these files, once each")
    given = options.parse_args()
    if given.plant:
        plant()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.RLIM_INFINITY))
    with tempfile.TemporaryDirectory() as scratch:
        found = HERE / "found" if given.keep else Path(scratch)
        found.mkdir(exist_ok=True)
        place = scratch if given.plant else str(HERE)
        limits = [
            f"-timeout={STUCK}",
            "-rss_limit_mb=0",
            f"-max_total_time={given.seconds}",
            f"-seed={given.seed}",
            f"-runs={given.runs}",
        ]
        limits += ["-max_len=400", "-print_final_stats=1", f"-artifact_prefix={place}/"]
        folders = given.inputs or [str(found), str(HERE / "corpus")]
        atheris.Setup([sys.argv[0], *limits, *folders], check, custom_mutator=_mutator)
        atheris.Fuzz()


if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    main()
