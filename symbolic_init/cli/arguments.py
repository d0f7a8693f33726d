"""Reading option values: exact numbers and settings of parameters."""

from fractions import Fraction

import click

from symbolic_init.rationals import rational

__all__ = ["THEORY_NAMES", "names", "nonnegative", "number", "optional_positive", "positive", "settings"]

THEORY_NAMES = (
    "auto",
    "linear",
    "length-map",
    "backward",
    "edge-of-chaos",
    "correlation",
    "criticality",
    "isometry",
    "centered",
    "residual",
)
"""The theories, known without loading them."""


def names(ctx: click.Context, param: click.Parameter, value: str) -> tuple[str, ...]:  # noqa: ARG001  # click's signature
    """Read names separated by commas."""
    return tuple(name.strip() for name in value.split(",") if name.strip())


def positive(ctx: click.Context, param: click.Parameter, value: str) -> Fraction:  # noqa: ARG001  # click's signature
    """Read an exact positive number: `3`, `0.125` or `1/8`."""
    found = _rational(value)
    if found <= 0:
        msg = f"{value} must be positive"
        raise click.BadParameter(msg)
    return found


def optional_positive(ctx: click.Context, param: click.Parameter, value: str | None) -> Fraction | None:
    """Read a positive number, if one is given."""
    return None if value is None else positive(ctx, param, value)


def nonnegative(ctx: click.Context, param: click.Parameter, value: str) -> Fraction:  # noqa: ARG001  # click's signature
    """Read an exact number that is at least 0."""
    found = _rational(value)
    if found < 0:
        msg = f"{value} must be at least 0"
        raise click.BadParameter(msg)
    return found


def number(ctx: click.Context, param: click.Parameter, value: str) -> Fraction:  # noqa: ARG001  # click's signature
    """Read an exact number of either sign."""
    return _rational(value)


def _rational(value: str) -> Fraction:
    try:
        return rational(value)
    except ValueError as err:
        raise click.BadParameter(str(err)) from err


def settings(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:  # noqa: ARG001  # click's signature
    """Read parameters and their values: `a=1/100`."""
    pairs = {}
    for value in values:
        name, _, number = (part.strip() for part in value.partition("="))
        if not name.isidentifier() or not number:
            msg = f"{value!r} is not of the form name=value, such as a=1/100"
            raise click.BadParameter(msg)
        if name in pairs:
            msg = f"{name} is set twice"
            raise click.BadParameter(msg)
        pairs[name] = number
    return pairs
