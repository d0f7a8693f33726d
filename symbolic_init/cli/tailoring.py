"""The `derive tailor` command."""

from collections.abc import Mapping
from fractions import Fraction
from functools import partial
from typing import get_args

import click

from symbolic_init.cli.arguments import optional_positive
from symbolic_init.cli.group import ExpressionCommand, complete_activation
from symbolic_init.cli.options import SETTINGS
from symbolic_init.cli.output import loading, width
from symbolic_init.transformed import LAYER, MethodName, TailoredNetwork

__all__ = ["tailor_command"]

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
    default=LAYER,
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
    "--format",
    "form",
    type=click.Choice(("text", "json")),
    default="text",
    show_default=True,
    help="What to write.",
)
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
    form: str,
    digits: int,
) -> None:
    """Transform an activation so that a deep network keeps two inputs apart (DKS, TAT).

    The answer is gamma (g(alpha x + beta) + delta), or the slope of a leaky rectifier.
    """
    with loading():
        from symbolic_init.tailoring import block_network, is_rectifier, tailored, tailored_slope

    network, about = block_network(block, depth), partial(TailoredNetwork, depth=depth, block=block)
    if method != "dks" and is_rectifier(source, settings=settings):
        eta = target or _ETA
        slope = tailored_slope(network, eta=eta, digits=digits + 3)
        found = about(title=source, target=eta, slope=slope)
    else:
        whole = tailored(
            source, network, method=method or "dks", target=target, settings=settings, digits=digits + 3
        )
        found = about(title=whole.title, target=whole.target, transformed=whole)
    click.echo(_written(found, form=form, digits=digits))


def _written(found: TailoredNetwork, *, form: str, digits: int) -> str:
    """The network as a record or as text."""
    if form == "json":
        from symbolic_init.records import tailored_to_json

        return tailored_to_json((found,))
    from symbolic_init.render.tailoring import network_text

    return network_text(found, width=width(), digits=digits)
