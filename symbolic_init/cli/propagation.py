"""Options that give the weights instead of asking for them, and the layers that they lead to."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import click

from symbolic_init.cli.arguments import optional_positive
from symbolic_init.cli.options import data_options, together
from symbolic_init.cli.output import is_unicode, loading
from symbolic_init.cli.output import width as columns
from symbolic_init.schemes import SCHEMES

__all__ = ["derive_options", "propagation_options", "propagation_text"]

_ALL = "all"


def propagation_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options; the command gets `weights`, empty where none is given, and what an outlook needs."""
    options = (
        click.option(
            "--gain",
            callback=optional_positive,
            metavar="NUMBER",
            help="Follow signal and gradient with std(w) = NUMBER/sqrt(N).",
        ),
        click.option(
            "--weight-variance",
            callback=optional_positive,
            metavar="NUMBER",
            help="The same with Var(w) = NUMBER/N.",
        ),
        click.option(
            "--scheme",
            type=click.Choice((*SCHEMES, _ALL)),
            metavar="NAME",
            help=f"The same with a named scheme, or with {_ALL}: {', '.join(SCHEMES)}.",
        ),
        data_options(),
        click.option(
            "--width",
            "neurons",
            type=click.IntRange(1),
            metavar="COUNT",
            default=1024,
            show_default=True,
            help="Width of the networks whose scatter is told.",
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
        input_correlation: Fraction,
        neurons: int,
        **rest: Any,
    ) -> None:
        given = {"gain": gain, "weight_variance": weight_variance, "scheme": scheme}
        chosen: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        if len(chosen) > 1:
            msg = "--gain, --weight-variance and --scheme: give one of them"
            raise click.UsageError(msg)
        if chosen:
            chosen["input_correlation"] = input_correlation
        command(weights=MappingProxyType(chosen), width=neurons, **rest)

    gathered.__doc__ = command.__doc__
    gathered.__click_params__ = getattr(command, "__click_params__", [])  # type: ignore[attr-defined]  # click's own list
    return together(*options)(gathered)


def derive_options(weights: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the same weights as a theory takes them.

    Raises:
        click.UsageError: If they are those of a scheme.
    """
    if "scheme" in weights:
        msg = "--scheme goes with --theory auto; give --gain or --weight-variance"
        raise click.UsageError(msg)
    if not weights:
        return {}
    weight = weights["gain"] ** 2 if "gain" in weights else weights["weight_variance"]
    return {"sigma_w2": weight}


def propagation_text(
    source: str,
    weights: Mapping[str, Any],
    *,
    form: str,
    sigma_b2: Fraction,
    depth: int,
    width: int,
    input_second_moment: Fraction,
    settings: Mapping[str, str],
    digits: int,
    assume: str,
    inputs: tuple[str, ...],
    **_: Any,
) -> str:
    """Return what happens layer by layer with given weights, or side by side with all schemes.

    As text, or with `form` "json" as a record.
    """
    with loading():
        from symbolic_init.propagation import compare_schemes, propagate
        from symbolic_init.records import propagations_to_json
        from symbolic_init.render.propagation import layers_text, schemes_text

    given: dict[str, Any] = {
        "sigma_b2": sigma_b2,
        "depth": depth,
        "settings": settings,
        "assume": assume,
        "inputs": inputs,
        "input_second_moment": input_second_moment,
    }
    look: Mapping[str, Any] = {"width": columns(), "unicode": is_unicode(), "digits": digits}
    if weights.get("scheme") == _ALL:
        found = compare_schemes(source, **given)
        return propagations_to_json(found) if form == "json" else schemes_text(found, **look)
    if "scheme" in weights:
        given["scheme"] = weights["scheme"]
    else:
        given["sigma_w2"] = weights["gain"] ** 2 if "gain" in weights else weights["weight_variance"]
    followed = propagate(source, input_correlation=weights["input_correlation"], **given)
    if form == "json":
        return propagations_to_json((followed,))
    return layers_text(followed, neurons=width, **look)
