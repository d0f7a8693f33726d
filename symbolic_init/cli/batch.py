"""`derive batch` and `derive cache`: thousands of activations, and what was found before."""

import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from fractions import Fraction
from io import BufferedReader, TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from symbolic_init.cli.arguments import THEORY_NAMES, nonnegative, positive
from symbolic_init.cli.endings import orderly_end
from symbolic_init.cli.output import writable
from symbolic_init.errors import UnsupportedError

if TYPE_CHECKING:
    from symbolic_init.batch import Answer, Executor, Limits
    from symbolic_init.batch.record_file import RecordFile
    from symbolic_init.batch.request import Request

__all__ = ["batch", "cache"]

_MIB = 1 << 20


@click.command("batch")
@click.argument("source", metavar="FILE|-", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("--output", "-o", metavar="FILE", default="-", help="Write, or go on writing, this file.")
@click.option("--full", is_flag=True, help="Also the recommendation, the other schemes and the steps.")
@click.option("--theory", type=click.Choice(THEORY_NAMES), default="auto", help="Which theory.")
@click.option("--q", callback=positive, metavar="NUMBER", default="1", help="Variance to preserve.")
@click.option(
    "--bias-variance", "sigma_b2", callback=nonnegative, metavar="NUMBER", default="0", help="Of the biases."
)
@click.option("--digits", type=click.IntRange(1, 1000), metavar="COUNT", help="Significant digits: 15.")
@click.option("--jobs", "-j", type=click.IntRange(1), metavar="COUNT", help="Processes: one a core.")
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="Time for one line.",
)
@click.option(
    "--memory",
    type=click.IntRange(64),
    default=1024,
    show_default=True,
    metavar="MIB",
    help="Memory for one line.",
)
@click.option("--cache/--no-cache", "cached", default=True, help="Look up and keep answers on disk.")
@click.option("--scheduler", metavar="ADDRESS", help="A Dask cluster: tcp://host:8786.")
def batch(
    source: str,
    *,
    output: str,
    jobs: int | None,
    timeout: float,
    memory: int,
    cached: bool,
    scheduler: str | None,
    **options: Any,
) -> None:
    """Derive every line of FILE, and write a JSON record for each, in order.

    A line is a catalog name, a function of x, or an object such as {"expression": "elu(x, a)",
    "assume": "a > 0", "q": 2}. What fails, or takes too much time or memory, is a record with an
    "error". Run again to go on where a run has stopped. Exit status: 0 every line has a record,
    1 the records cannot be written, 2 wrong usage, 130 interrupted, 143 terminated.
    """
    from symbolic_init.batch.many import answers, available_cores
    from symbolic_init.batch.request import request_of
    from symbolic_init.cache import Cache

    target = None if output == "-" else writable(Path(output))
    common = _common(options)
    limits = _limits(timeout, memory)
    requests = (request_of(line, common) for line in _lines(source))
    with ExitStack() as stack:
        records = _opened(target, requests, stack)
        stack.enter_context(orderly_end(lambda: _going_on(records)))
        kept = stack.enter_context(Cache()) if cached else None
        workers = _executor(scheduler, jobs or available_cores(), limits)
        stack.callback(workers.close)
        _write(answers(requests, workers, kept), records, total=_count(source))


def _limits(seconds: float, mebibytes: int) -> "Limits":
    from symbolic_init.batch.worker_process import Limits

    try:
        return Limits(seconds=seconds, memory=mebibytes * _MIB)
    except UnsupportedError as err:
        raise click.UsageError(str(err)) from err


def _common(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that differ from what holds without them."""
    from symbolic_init.batch.request import read_options

    usual = {"theory": "auto", "q": Fraction(1), "sigma_b2": Fraction(0), "digits": None, "full": False}
    return read_options({name: value for name, value in options.items() if value != usual[name]})


def _opened(path: Path | None, requests: "Iterator[Request]", stack: ExitStack) -> "RecordFile":
    """The file of records, behind those that it has."""
    from symbolic_init.batch.record_file import RecordFile

    try:
        records = stack.enter_context(RecordFile(path))
    except OSError as err:
        where = "standard output" if path is None else repr(str(path))
        msg = f"cannot write {where}: {err.strerror or err}"
        raise click.BadParameter(msg, param_hint="'--output'") from err
    records.skip_answered(requests)
    if records.count:
        click.echo(f"derive: {records.count} records are there; going on", err=True)
    return records


def _executor(scheduler: str | None, jobs: int, limits: "Limits") -> "Executor":
    if scheduler is None:
        from symbolic_init.batch import LocalExecutor

        return LocalExecutor(jobs, limits)
    try:
        from symbolic_init.batch.cluster import ClusterExecutor
    except ImportError as err:
        msg = "--scheduler needs Dask: pip install 'symbolic-init[cluster]'"
        raise click.UsageError(msg) from err
    return ClusterExecutor(scheduler, limits)


def _write(found: "Iterator[Answer]", records: "RecordFile", *, total: int | None) -> None:
    """Write answers as they come, and say at the end what they were."""
    errors: Counter[str] = Counter()
    before = records.count
    with _progress(total, before) as bar:
        try:
            for answer in found:
                records.write(answer.line)
                errors[answer.error_type] += 1
                bar.update()
        except BrokenPipeError:
            raise
        except OSError as err:
            bar.close()
            msg = f"cannot write {records.name}: {err.strerror or err}; {_going_on(records)}"
            raise click.ClickException(msg) from err
    answered = errors.pop("", 0)
    told = "".join(f", {count} {name}" for name, count in sorted(errors.items()))
    click.echo(f"derive: {records.count - before} lines: {answered} answered{told}", err=True)


def _going_on(records: "RecordFile") -> str:
    further = "; the same command goes on" if records.is_kept else ""
    return f"{records.count} records are written{further}"


def _progress(total: int | None, done: int) -> Any:
    """A bar on standard error with the rate and the time left."""
    try:
        from tqdm import tqdm
    except ImportError:
        click.echo("derive: for a progress bar: pip install 'symbolic-init[batch]'", err=True)
        return _NoBar()
    slow = not sys.stderr.isatty()
    return tqdm(total=total, initial=done, unit=" lines", file=sys.stderr, mininterval=10 if slow else 0.2)


class _NoBar:
    """What is updated where no bar can be shown."""

    def update(self) -> None:
        """Nothing to see."""

    close = update

    def __enter__(self) -> "_NoBar":
        return self

    def __exit__(self, *_: object) -> None:
        pass


def _stream(source: str) -> TextIOWrapper:
    """The lines as text; bytes that are no UTF-8 become a replacement character, which no line may have."""
    binary: BufferedReader = open(0 if source == "-" else source, "rb", closefd=source != "-")  # noqa: SIM115  closed with its reader
    return TextIOWrapper(binary, encoding="utf-8-sig", errors="replace", newline="\n")


def _lines(source: str) -> Iterator[str]:
    """The lines, of which over-long ones are cut where they cannot be read anyway."""
    from symbolic_init.batch.request import MAX_LINE

    with _stream(source) as stream:
        while line := stream.readline(MAX_LINE + 2):
            rest = line
            while rest and not rest.endswith("\n"):
                rest = stream.readline(MAX_LINE)
            yield line.rstrip("\r\n")


def _count(source: str) -> int | None:
    """How many lines there are, where that can be told before they are read."""
    if source == "-" or not os.path.isfile(source):
        return None
    return sum(1 for _ in _lines(source))


@click.group("cache")
def cache() -> None:
    """The answers that batches keep on disk."""


@cache.command("clear")
def _clear() -> None:
    """Remove all answers that were kept."""
    from symbolic_init.cache import cache_path, clear

    path = cache_path()
    try:
        size = clear(path)
    except OSError as err:
        msg = f"cannot remove {str(path)!r}: {err.strerror or err}"
        raise click.ClickException(msg) from err
    click.echo(f"{size / _MIB:.1f} MiB removed: {path}")


@cache.command("path")
def _path() -> None:
    """Show where answers are kept."""
    from symbolic_init.cache import cache_path

    click.echo(cache_path())
