"""Options that several commands share."""

from collections.abc import Callable
from fractions import Fraction
from functools import wraps
from typing import Any

import click

from symbolic_init.cli.arguments import names, nonnegative, optional_positive, positive
from symbolic_init.cli.arguments import settings as read_settings
from symbolic_init.errors import UnsupportedError
from symbolic_init.layers.distributions import DISTRIBUTIONS, Distribution, distribution

__all__ = [
    "ASSUMED",
    "CUT",
    "INPUTS",
    "SETTINGS",
    "data_options",
    "drawing_options",
    "drawn",
    "together",
]

Command = Callable[..., None]
Option = Callable[[Command], Command]

SETTINGS: Option = click.option(
    "--set",
    "settings",
    callback=read_settings,
    multiple=True,
    metavar="NAME=VALUE",
    help="Value of a parameter; repeatable.",
)
ASSUMED: Option = click.option(
    "--assume", default="", metavar="FACTS", help='What holds of parameters: "a>0, b<1".'
)
INPUTS: Option = click.option(
    "--inputs",
    callback=names,
    default="",
    metavar="NAMES",
    help="Names of the independent inputs of a gated unit: x,y.",
)
CUT: Option = click.option(
    "--cut",
    callback=optional_positive,
    metavar="NUMBER",
    help="With truncated-normal: where it ends, in std before the cut.  [default: 2]",
)
_DISTRIBUTION: Option = click.option(
    "--distribution",
    "drawn_from",
    type=click.Choice(tuple(DISTRIBUTIONS)),
    default="normal",
    show_default=True,
    help="What to draw weights from.",
)


def together(*options: Option) -> Option:
    """Return a decorator that adds options in the order in which help shows them."""

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def data_options(*, note: str = "") -> Option:
    """Return the options that say what the data are like: size, and correlation of two inputs.

    Args:
        note: What their help ends with.
    """
    return together(
        click.option(
            "--input-second-moment",
            callback=positive,
            metavar="NUMBER",
            default="1",
            show_default=True,
            help=f"E[x^2] of the inputs of the first layer{note}.",
        ),
        click.option(
            "--input-correlation",
            callback=nonnegative,
            metavar="NUMBER",
            default="1/2",
            show_default=True,
            help=f"Correlation of two inputs that are followed, from 0 to 1{note}.",
        ),
    )


def drawing_options(command: Command) -> Command:
    """Add `--distribution` and `--cut`; the command gets `drawn_from`, a distribution."""

    @wraps(command)
    def gathered(*, drawn_from: str, cut: Fraction | None, **others: Any) -> None:
        command(drawn_from=drawn(drawn_from, cut), **others)

    return together(_DISTRIBUTION, CUT)(gathered)


def drawn(name: str, cut: Fraction | None) -> Distribution:
    """Return a distribution.

    Raises:
        click.UsageError: If it has no cut.
    """
    try:
        return distribution(name, cut=None if cut is None else float(cut))
    except UnsupportedError as err:
        raise click.UsageError(str(err)) from err
