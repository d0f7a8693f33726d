"""The options `--callable` and `--breakpoints`: a Python function instead of an expression."""

import functools
from collections.abc import Callable
from typing import Any

import click

from symbolic_init.cli.output import loading

__all__ = ["callable_options"]


def callable_options(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command whose argument is `source` take a Python function instead."""

    @functools.wraps(command)
    def run(*, source: str | None, function: str | None, breakpoints: str | None, **options: Any) -> None:
        if (source is None) == (function is None):
            msg = "give an EXPRESSION, or --callable module:function"
            raise click.UsageError(msg)
        if function is None:
            if breakpoints is not None:
                msg = "--breakpoints goes with --callable: those of an expression are found exactly"
                raise click.UsageError(msg)
            command(source=source, **options)
            return
        command(source=_function(function, breakpoints), **options)

    given = click.option(
        "--callable",
        "function",
        metavar="MODULE:FUNCTION",
        help="A Python function of one number instead of EXPRESSION. Its module is run.",
    )
    cut = click.option(
        "--breakpoints",
        metavar="NUMBERS",
        help="With --callable: where it jumps or has kinks, as 0,1; without, they are looked for.",
    )
    return given(cut(run))


def _function(reference: str, breakpoints: str | None) -> Any:
    """The function, with its breakpoints."""
    with loading():
        from symbolic_init.callables import loaded, python_function
    cuts = None if breakpoints is None else [c for c in breakpoints.replace(" ", "").split(",") if c]
    return python_function(loaded(reference), breakpoints=cuts)
