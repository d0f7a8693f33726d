"""The `derive simulate` command."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any

import click

from symbolic_init.cli.arguments import names, nonnegative, positive
from symbolic_init.cli.arguments import settings as read_settings
from symbolic_init.cli.group import ExpressionCommand, complete_activation
from symbolic_init.cli.layers import optional_positive
from symbolic_init.cli.output import is_unicode, loading, width, writable, write_bytes
from symbolic_init.errors import UnsupportedError
from symbolic_init.layers.distributions import DISTRIBUTIONS, distribution
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
@click.option(
    "--distribution",
    "drawn_from",
    type=click.Choice(tuple(DISTRIBUTIONS)),
    default="normal",
    show_default=True,
    help="What to draw weights from.",
)
@click.option(
    "--cut",
    callback=optional_positive,
    metavar="NUMBER",
    help="With truncated-normal: where it ends, in std before the cut.  [default: 2]",
)
@click.option(
    "--input-second-moment",
    callback=positive,
    metavar="NUMBER",
    default="1",
    show_default=True,
    help="E[x^2] of the inputs.",
)
@click.option(
    "--input-correlation",
    callback=nonnegative,
    metavar="NUMBER",
    default="1/2",
    show_default=True,
    help="Correlation of the two inputs, from 0 to 1.",
)
@click.option(
    "--inputs",
    callback=names,
    default="",
    metavar="NAMES",
    help="Names of the independent inputs of a gated unit: x,y.",
)
@click.option(
    "--set",
    "settings",
    callback=read_settings,
    multiple=True,
    metavar="NAME=VALUE",
    help="Value of a parameter; repeatable.",
)
@click.option("--assume", default="", metavar="FACTS", help='What holds of parameters: "a>0, b<1".')
@click.option("--plot", metavar="FILE", help="Write plots as SVG, PNG or PDF; needs matplotlib.")
@click.option("--spectrum", is_flag=True, help="Also the singular values of the input-output Jacobian.")
def simulate_command(
    source: str,
    *,
    neurons: int,
    networks: int,
    depth: int,
    seed: int,
    drawn_from: str,
    cut: Fraction | None,
    spectrum: bool,
    plot: str | None,
    **options: Any,
) -> None:
    """Run random networks, and compare them with what theory says of them.

    Exit status: 0 they agree with theory, or there is nothing to compare; 1 they do not.
    """
    try:
        chosen = distribution(drawn_from, cut=None if cut is None else float(cut))
    except UnsupportedError as err:
        raise click.UsageError(str(err)) from err
    if plot is not None and options["scheme"] == _ALL:
        msg = "--plot shows one scheme"
        raise click.UsageError(msg)
    target = None if plot is None else writable(Path(plot))
    with loading():
        from symbolic_init.render.simulation import simulation_text, simulations_text
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
            drawn_from=chosen,
            spectrum=spectrum,
            tick=tick,
        )
    if options["scheme"] == _ALL:
        click.echo(simulations_text(found, width=width()))
    else:
        click.echo(simulation_text(found[0], width=width(), unicode=is_unicode()))
    if target is not None:
        from symbolic_init.plots import image

        write_bytes(target, image(found[0], target.suffix.lower()))
        click.echo(f"derive: wrote {target.name}", err=True)
    if any(s.statistics and not s.agrees for s in found):
        sys.exit(1)


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
