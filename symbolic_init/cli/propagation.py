"""Options that give the weights instead of asking for them, and the layers that they lead to."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import click

from symbolic_init.cli.arguments import positive
from symbolic_init.cli.output import is_unicode, loading, width
from symbolic_init.schemes import SCHEMES

__all__ = ["propagation_options", "propagation_text"]

_ALL = "all"


def propagation_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options; the command gets `weights`, empty where none is given, and `depth`."""
    options = (
        click.option(
            "--gain",
            callback=_optional,
            metavar="NUMBER",
            help="Follow signal and gradient with std(w) = NUMBER/sqrt(N).",
        ),
        click.option(
            "--weight-variance", callback=_optional, metavar="NUMBER", help="The same with Var(w) = NUMBER/N."
        ),
        click.option(
            "--scheme",
            type=click.Choice((*SCHEMES, _ALL)),
            metavar="NAME",
            help=f"The same with a named scheme, or with {_ALL}: {', '.join(SCHEMES)}.",
        ),
        click.option(
            "--input-second-moment",
            callback=positive,
            metavar="NUMBER",
            default="1",
            show_default=True,
            help="With these: E[x^2] of the inputs of the first layer.",
        ),
        click.option(
            "--depth",
            type=click.IntRange(1, 100_000),
            metavar="LAYERS",
            default=50,
            show_default=True,
            help="Number of layers of the outlook.",
        ),
    )

    def gathered(
        *,
        gain: Fraction | None,
        weight_variance: Fraction | None,
        scheme: str | None,
        input_second_moment: Fraction,
        **rest: Any,
    ) -> None:
        given = {"gain": gain, "weight_variance": weight_variance, "scheme": scheme}
        chosen = {name: value for name, value in given.items() if value is not None}
        if len(chosen) > 1:
            msg = "--gain, --weight-variance and --scheme: give one of them"
            raise click.UsageError(msg)
        if chosen:
            chosen["input_second_moment"] = input_second_moment
        command(weights=MappingProxyType(chosen), **rest)

    gathered.__doc__ = command.__doc__
    gathered.__click_params__ = getattr(command, "__click_params__", [])  # type: ignore[attr-defined]  # click's own list
    wrapped: Callable[..., None] = gathered
    for option in reversed(options):
        wrapped = option(wrapped)
    return wrapped


def _optional(ctx: click.Context, param: click.Parameter, value: str | None) -> Fraction | None:
    """Read a positive number, if there is one."""
    return None if value is None else positive(ctx, param, value)


def propagation_text(
    source: str,
    weights: Mapping[str, Any],
    *,
    sigma_b2: Fraction,
    depth: int,
    settings: Mapping[str, str],
    digits: int,
    assume: str,
    inputs: tuple[str, ...],
    **_: Any,
) -> str:
    """Return what happens layer by layer with given weights, or side by side with all schemes."""
    with loading():
        from symbolic_init.propagation import compare_schemes, propagate
        from symbolic_init.render.propagation import layers_text, schemes_text

    given: Mapping[str, Any] = {
        "sigma_b2": sigma_b2,
        "depth": depth,
        "settings": settings,
        "assume": assume,
        "inputs": inputs,
        "input_second_moment": weights["input_second_moment"],
    }
    look: Mapping[str, Any] = {"width": width(), "unicode": is_unicode(), "digits": digits}
    if weights.get("scheme") == _ALL:
        return schemes_text(compare_schemes(source, **given), **look)
    if "scheme" in weights:
        return layers_text(propagate(source, scheme=weights["scheme"], **given), **look)
    weight = weights["gain"] ** 2 if "gain" in weights else weights["weight_variance"]
    return layers_text(propagate(source, sigma_w2=weight, **given), **look)
