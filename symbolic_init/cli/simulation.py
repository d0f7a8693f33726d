"""The `derive simulate` command."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any

import click

from symbolic_init.cli.arguments import nonnegative, optional_positive
from symbolic_init.cli.group import ExpressionCommand, complete_activation
from symbolic_init.cli.options import ASSUMED, INPUTS, SETTINGS, data_options, drawing_options
from symbolic_init.cli.output import is_unicode, loading, width, writable, write_bytes
from symbolic_init.errors import UnsupportedError
from symbolic_init.layers.distributions import Distribution
from symbolic_init.schemes import SCHEMES

__all__ = ["simulate_command"]

_ALL = "all"
_TERMINAL = MappingProxyType({"mininterval": 0.2, "delay": 0.5})
_LOG = MappingProxyType({"mininterval": 10.0, "delay": 20.0})
"""Seconds between two states of the progress bar, and before the first one."""


@click.command("simulate", cls=ExpressionCommand)
@click.argument("source", metavar="EXPRESSION", shell_complete=complete_activation)
@click.option(
    "--depth",
    type=click.IntRange(1),
    metavar="LAYERS",
    default=50,
    show_default=True,
    help="Number of layers, or of residual blocks.",
)
@click.option(
    "--width",
    "neurons",
    type=click.IntRange(2),
    metavar="COUNT",
    default=1024,
    show_default=True,
    help="Neurons of each layer.",
)
@click.option(
    "--seeds",
    "networks",
    type=click.IntRange(1),
    metavar="COUNT",
    default=20,
    show_default=True,
    help="Number of networks.",
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    metavar="NUMBER",
    default=0,
    show_default=True,
    help="What the random numbers begin with.",
)
@click.option(
    "--scheme",
    type=click.Choice((*SCHEMES, _ALL)),
    metavar="NAME",
    help=f"Which weights: {', '.join(SCHEMES)}; or {_ALL}, side by side.  [default: recommended]",
)
@click.option(
    "--gain",
    callback=optional_positive,
    metavar="NUMBER",
    help="std(w) = NUMBER/sqrt(N) instead of a scheme.",
)
@click.option(
    "--weight-variance", callback=optional_positive, metavar="NUMBER", help="Var(w) = NUMBER/N instead."
)
@click.option(
    "--bias-variance",
    "sigma_b2",
    callback=nonnegative,
    metavar="NUMBER",
    default="0",
    show_default=True,
    help="Variance of the biases; the recommended scheme has its own.",
)
@click.option(
    "--residual",
    "branch",
    callback=optional_positive,
    metavar="NUMBER",
    help="Residual blocks x + NUMBER (W_2 g(W_1 x) + b) instead of layers.",
)
@drawing_options
@data_options()
@INPUTS
@SETTINGS
@ASSUMED
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json")),
    default="text",
    show_default=True,
    help="What to write.",
)
@click.option("--plot", metavar="FILE", help="Write plots as SVG, PNG or PDF; needs matplotlib.")
@click.option("--spectrum", is_flag=True, help="Also the singular values of the input-output Jacobian.")
def simulate_command(
    source: str,
    *,
    neurons: int,
    networks: int,
    depth: int,
    seed: int,
    drawn_from: Distribution,
    spectrum: bool,
    form: str,
    plot: str | None,
    **options: Any,
) -> None:
    """Run random networks, and compare them with what theory says of them.

    Exit status: 0 they agree with theory, or there is nothing to compare; 1 they do not.
    """
    if plot is not None and options["scheme"] == _ALL:
        msg = "--plot shows one scheme"
        raise click.UsageError(msg)
    target = None if plot is None else writable(Path(plot))
    with loading():
        from symbolic_init.simulation import simulate_together

    subjects = _subjects(source, depth=depth, **options)
    steps = depth * (networks + (min(networks, 2) * len(subjects) if spectrum else 0))
    with _progress(steps) as tick:
        found = simulate_together(
            subjects,
            depth=depth,
            width=neurons,
            networks=networks,
            seed=seed,
            drawn_from=drawn_from,
            spectrum=spectrum,
            tick=tick,
        )
    click.echo(_written(found, form=form, is_table=options["scheme"] == _ALL))
    if target is not None:
        from symbolic_init.plots import image

        write_bytes(target, image(found[0], target.suffix.lower()))
        click.echo(f"derive: wrote {target.name}", err=True)
    if any(s.statistics and not s.agrees for s in found):
        sys.exit(1)


def _written(found: Sequence[Any], *, form: str, is_table: bool) -> str:
    """The simulations as a record, a table, or each at length."""
    if form == "json":
        from symbolic_init.records import simulations_to_json

        return simulations_to_json(found)
    from symbolic_init.render.simulation import simulation_text, simulations_text

    if is_table:
        return simulations_text(found, width=width())
    return "\n\n".join(simulation_text(s, width=width(), unicode=is_unicode()) for s in found)


def _subjects(
    source: str,
    *,
    scheme: str | None,
    gain: Fraction | None,
    weight_variance: Fraction | None,
    sigma_b2: Fraction,
    **options: Any,
) -> tuple[Any, ...]:
    """One network, or one for every scheme that applies."""
    from symbolic_init.simulation import subject_of

    given = {"--scheme": scheme, "--gain": gain, "--weight-variance": weight_variance}
    if sum(value is not None for value in given.values()) > 1:
        msg = f"{', '.join(given)}: give one of them"
        raise click.UsageError(msg)
    if scheme == _ALL:
        return tuple(_applicable(source, sigma_b2, options))
    weights: dict[str, Any] = {"scheme": scheme or "recommended"}
    if gain is not None or weight_variance is not None:
        weights = {"sigma_w2": weight_variance if gain is None else gain**2}
    return (subject_of(source, sigma_b2=sigma_b2, **weights, **options),)


def _applicable(source: str, sigma_b2: Fraction, options: Mapping[str, Any]) -> Iterator[Any]:
    from symbolic_init.simulation import subject_of

    for name in SCHEMES:
        own = Fraction(0) if name == "recommended" else sigma_b2
        try:
            yield subject_of(source, scheme=name, sigma_b2=own, **options)
        except UnsupportedError:
            continue  # it does not apply


@contextmanager
def _progress(steps: int) -> Iterator[Any]:
    """What to call after every layer: a bar on standard error, where tqdm is installed."""
    try:
        from tqdm import tqdm
    except ImportError:
        yield lambda: None
        return
    pace: Mapping[str, float] = _TERMINAL if sys.stderr.isatty() else _LOG
    with tqdm(total=steps, unit=" layers", file=sys.stderr, leave=False, **pace) as bar:
        yield bar.update
