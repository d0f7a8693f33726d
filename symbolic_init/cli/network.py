"""The `derive network` command."""

from fractions import Fraction

import click

from symbolic_init.cli.arguments import optional_positive, positive
from symbolic_init.cli.options import drawing_options
from symbolic_init.cli.output import loading, width
from symbolic_init.layers.distributions import Distribution
from symbolic_init.layers.fans import MODES

__all__ = ["network_command"]

_RULES = ("recommended", "length-map", "linear")


@click.command("network")
@click.argument("parts", metavar="PART...", nargs=-1, required=True)
@click.option(
    "--rule",
    type=click.Choice(_RULES),
    default=_RULES[0],
    show_default=True,
    help="How large weights are to be for the signal.",
)
@click.option(
    "--mode",
    type=click.Choice(tuple(MODES)),
    default="fan_in",
    show_default=True,
    help="Keep the signal (fan_in), the gradient (fan_out), or both as well as can be.",
)
@drawing_options
@click.option(
    "--q",
    callback=optional_positive,
    metavar="NUMBER",
    help="Variance of the outputs where the rule leaves it open.  [default: with length-map 1, else that of a"
    " first layer with the recommended weights and E[x^2] = 1]",
)
@click.option(
    "--input-second-moment",
    callback=positive,
    metavar="NUMBER",
    default="1",
    show_default=True,
    help="E[x^2] of the data.",
)
@click.option("--digits", type=click.IntRange(1, 15), metavar="COUNT", default=6, help="Significant digits.")
def network_command(
    parts: tuple[str, ...],
    *,
    rule: str,
    mode: str,
    drawn_from: Distribution,
    q: Fraction | None,
    input_second_moment: Fraction,
    digits: int,
) -> None:
    """Show what to draw the weights of every layer of a network with.

    A PART is a layer or an activation, in their order: "dense 784 512", "conv 3 64 7x7 stride 2 groups 1",
    "transposed 64 32 4x4 stride 2", "dropout 0.1", relu, "sin(x)".
    """
    with loading():
        from symbolic_init.network import network_weights
        from symbolic_init.render.network import network_text

    layers = network_weights(parts, rule=rule, mode=mode, q=q, input_second_moment=input_second_moment)
    click.echo(network_text(layers, drawn_from, width=width(), digits=digits))
