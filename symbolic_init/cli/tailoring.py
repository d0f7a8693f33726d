"""The `derive tailor` command."""

from collections.abc import Mapping
from fractions import Fraction
from typing import get_args

import click

from symbolic_init.cli.arguments import optional_positive
from symbolic_init.cli.group import ExpressionCommand, complete_activation
from symbolic_init.cli.options import SETTINGS
from symbolic_init.cli.output import loading, width
from symbolic_init.transformed import MethodName

__all__ = ["tailor_command"]

_LAYER = "C(c)"
_ETA = Fraction(9, 10)


@click.command("tailor", cls=ExpressionCommand)
@click.argument("source", metavar="EXPRESSION", shell_complete=complete_activation)
@click.option(
    "--method",
    type=click.Choice(get_args(MethodName)),
    help="What the network is to have.  [default: tat for rectifiers, else dks]",
)
@click.option(
    "--depth",
    type=click.IntRange(1, 10_000),
    metavar="COUNT",
    default=50,
    show_default=True,
    help="Number of layers, or of blocks.",
)
@click.option(
    "--block",
    metavar="FUNCTION",
    default=_LAYER,
    show_default=True,
    help='What a block does to a correlation, C being one layer: "c/4 + 3/4*C(C(c))".',
)
@click.option(
    "--target",
    callback=optional_positive,
    metavar="NUMBER",
    help="Largest slope (dks), curvature (tat), or correlation of orthogonal inputs (rectifiers).  "
    "[default: 3/2, 3/10, 9/10]",
)
@SETTINGS
@click.option(
    "--digits",
    type=click.IntRange(1, 100),
    metavar="COUNT",
    default=6,
    show_default=True,
    help="Significant digits.",
)
def tailor_command(
    source: str,
    *,
    method: MethodName | None,
    depth: int,
    block: str,
    target: Fraction | None,
    settings: Mapping[str, str],
    digits: int,
) -> None:
    """Transform an activation so that a deep network keeps two inputs apart (DKS, TAT).

    The answer is gamma (g(alpha x + beta) + delta), or the slope of a leaky rectifier.
    """
    with loading():
        from symbolic_init.render.tailoring import slope_text, tailored_text
        from symbolic_init.tailoring import block_network, is_rectifier, tailored, tailored_slope

    network = block_network(block, depth)
    words = f"{depth} layers" if block == _LAYER else f"{depth} blocks {block}"
    if method != "dks" and is_rectifier(source, settings=settings):
        eta = target or _ETA
        slope = tailored_slope(network, eta=eta, digits=digits + 3)
        click.echo(slope_text(slope, title=source, network=words, eta=eta, width=width(), digits=digits))
        return
    found = tailored(
        source, network, method=method or "dks", target=target, settings=settings, digits=digits + 3
    )
    click.echo(tailored_text(found, network=words, width=width(), digits=digits))
