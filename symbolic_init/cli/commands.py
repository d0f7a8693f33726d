"""The `derive` command: options, one call of the library, one rendering."""

import sys
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from symbolic_init.cli.answers import kernels, solutions
from symbolic_init.cli.arguments import THEORY_NAMES, nonnegative, number, positive
from symbolic_init.cli.atlas import atlas
from symbolic_init.cli.batch import batch, cache
from symbolic_init.cli.citation import cite
from symbolic_init.cli.documents import Writer, document_options
from symbolic_init.cli.formats import format_options, rendered
from symbolic_init.cli.functions import callable_options
from symbolic_init.cli.group import DEFAULT, DefaultGroup, ExpressionCommand, complete_activation
from symbolic_init.cli.layers import LayerChoice, layer_lines, layer_options
from symbolic_init.cli.network import network_command
from symbolic_init.cli.options import ASSUMED, INPUTS, SETTINGS, together
from symbolic_init.cli.output import is_unicode, loading, show, width, writable, write
from symbolic_init.cli.propagation import derive_options, propagation_options, propagation_text
from symbolic_init.cli.simulation import simulate_command
from symbolic_init.cli.tailoring import tailor_command
from symbolic_init.errors import SymbolicInitError

if TYPE_CHECKING:
    from symbolic_init.derivation import Derivation

__all__ = ["main"]

_EXAMPLES = """\b
Examples:
  derive "tanh(x)"
  derive gelu --fan-in 512 --distribution uniform
  derive "leaky_relu(x, a)" --set a=1/100
  derive "Piecewise((a*x, x < 0), (x, True))" --assume "a > 0"
  derive -- "-x"
  derive "tanh(x)" --format latex -o tanh.tex
"""
_TEXT_DIGITS = 6


def _show_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:  # noqa: ARG001, FBT001
    if value and not ctx.resilient_parsing:
        from symbolic_init import __version__

        click.echo(f"derive {__version__}")
        ctx.exit()


_PARAMETERS = together(SETTINGS, ASSUMED)
"""What is said of the parameters of an activation."""
_SHARED = together(
    click.option(
        "--theory",
        type=click.Choice(THEORY_NAMES),
        default="auto",
        show_default=True,
        help="Which theory.",
    ),
    click.option(
        "--q",
        callback=positive,
        metavar="NUMBER",
        default="1",
        show_default=True,
        help="Pre-activation variance to preserve.",
    ),
    click.option(
        "--bias-variance",
        "sigma_b2",
        callback=nonnegative,
        metavar="NUMBER",
        default="0",
        show_default=True,
        help="Variance of the biases.",
    ),
    click.option(
        "--digits",
        type=click.IntRange(1, 1000),
        metavar="COUNT",
        help=f"Significant digits.  [default: {_TEXT_DIGITS} in text, 30 in records]",
    ),
    _PARAMETERS,
)
"""The options of every command that derives."""


@click.group(cls=DefaultGroup, no_args_is_help=True, epilog=_EXAMPLES)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version.",
)
@click.option(
    "--cite", is_flag=True, is_eager=True, expose_value=False, callback=cite, help="Show how to cite this."
)
def derive_command() -> None:
    """Derive how large the weights of a network must be for an activation.

    EXPRESSION is a catalog name or a function of x in quotes; other names are parameters.
    Exit status: 0 done, 1 the input cannot be done, 2 wrong usage.
    """


derive_command.add_command(batch)
derive_command.add_command(cache)
derive_command.add_command(atlas)


@derive_command.command(DEFAULT, cls=ExpressionCommand, hidden=True)
@click.argument("source", metavar="EXPRESSION", required=False, shell_complete=complete_activation)
@_SHARED
@callable_options
@click.option(
    "--order",
    type=click.IntRange(0, 100),
    metavar="COUNT",
    default=5,
    show_default=True,
    help="Order of Taylor's polynomial.",
)
@layer_options
@click.option("--numeric", is_flag=True, help="Also evaluate the means by quadrature, and show both.")
@INPUTS
@click.option("--kernel", is_flag=True, help="Show the dual kernel E[g(u) g(v)] instead.")
@click.option("--solve", "equations", metavar="EQUATIONS", help='Solve for parameters: "m = 0, M = 1".')
@click.option("--for", "unknowns", metavar="NAMES", help="With --solve: the parameters to solve for.")
@click.option(
    "--standardize", is_flag=True, help="Solve for scale*g(x) + shift of mean 0 and variance 1 instead."
)
@click.option(
    "--mean",
    callback=number,
    metavar="NUMBER",
    default="0",
    show_default=True,
    help="With --solve, --standardize: mean of the pre-activation.",
)
@click.option(
    "--try-integrate",
    is_flag=True,
    help="Where no rule applies, let SymPy's integrator try, for up to 20 s a mean.",
)
@format_options
@propagation_options
@document_options
@click.option("--output", "-o", metavar="FILE", help="Write to a file, whole or not at all.")
def _expression(
    source: Any,
    *,
    form: str,
    fragment: bool,
    framework: str | None,
    steps: bool,
    output: str | None,
    layer: LayerChoice | None,
    digits: int | None,
    settings: dict[str, str],
    equations: str | None,
    unknowns: str | None,
    mean: Fraction,
    kernel: bool,
    standardize: bool,
    weights: Mapping[str, Any],
    documents: Sequence[Writer],
    **options: Any,
) -> None:
    """Derive the weight variance for one activation: a catalog name or a function of x."""
    if documents and (equations is not None or standardize or kernel or weights):
        msg = "--pdf and --plot show a derivation: leave out --solve, --kernel, --gain and the like"
        raise click.UsageError(msg)
    if standardize and equations is not None:
        msg = "--standardize solves equations of its own: leave out --solve"
        raise click.UsageError(msg)
    if (equations is None) != (unknowns is None):
        msg = "--solve and --for go together: which equations, for which parameters"
        raise click.UsageError(msg)
    if equations is not None or standardize:
        unused = form != "text", layer is not None, bool(options["inputs"])
        _refuse_unused(*unused, option="--solve and --standardize", what="text")
        given = {"settings": settings, "q": options["q"], "mean": mean, "assume": options["assume"]}
        _show(solutions(source, equations, unknowns, digits=digits or _TEXT_DIGITS, **given), output)
        return
    if kernel:
        unused = form not in ("text", "latex"), layer is not None, bool(options["inputs"])
        _refuse_unused(*unused, option="--kernel", what="text or latex")
        text = kernels(
            source,
            q=options["q"],
            digits=digits or _TEXT_DIGITS,
            form=form,
            fragment=fragment,
            steps=steps,
            settings=settings,
            assume=options["assume"],
        )
        _show(text, output)
        return
    if weights and options["theory"] == "auto":
        if form not in ("text", "json") or output is not None:
            msg = "--gain, --weight-variance and --scheme print text or json: leave out --output"
            raise click.UsageError(msg)
        shown = digits or _TEXT_DIGITS
        click.echo(propagation_text(source, weights, form=form, settings=settings, digits=shown, **options))
        return
    target = None if output in (None, "-") else writable(Path(str(output)))
    derivation = _derivation(source, digits=digits, settings=settings, **options, **derive_options(weights))
    for write_document in documents:
        write_document(derivation)
    if documents and output is None and form == "text":
        return
    shown = digits or _TEXT_DIGITS
    text = rendered(derivation, form=form, fragment=fragment, framework=framework, steps=steps, digits=shown)
    if layer is not None:
        lines = "\n".join(layer_lines(derivation, layer))
        if form == "text":
            text = f"{text}\n\n{lines}"
        else:
            click.echo(lines, err=True)
    if target is None:
        show(text.rstrip("\n"))
        return
    write(target, text.rstrip("\n") + "\n")
    for warning in derivation.warnings:
        click.echo(f"derive: warning: {warning}", err=True)


derive_command.add_command(network_command)
derive_command.add_command(simulate_command)
derive_command.add_command(tailor_command)


def _refuse_unused(*unused: bool, option: str, what: str) -> None:
    """Refuse options that would say nothing."""
    if any(unused):
        msg = f"{option}: only {what}; leave out other formats, --inputs, and --fan-in or another layer"
        raise click.UsageError(msg)


def _show(text: str, output: str | None) -> None:
    """Print a text, or write it to a file."""
    if output in (None, "-"):
        click.echo(text)
    else:
        write(writable(Path(str(output))), text + "\n")


@derive_command.command("list")
def _list() -> None:
    """List the activations that have a name."""
    from symbolic_init.catalog import table

    click.echo(table())


@derive_command.command("compare", cls=ExpressionCommand)
@click.argument(
    "sources", metavar="EXPRESSION...", nargs=-1, required=True, shell_complete=complete_activation
)
@_SHARED
def _compare(sources: tuple[str, ...], *, digits: int | None, **options: Any) -> None:
    """Compare activations, one a row."""
    from symbolic_init.render.text import compare_text

    derivations = [_derivation(source, digits=digits, **options) for source in sources]
    click.echo(compare_text(derivations, width=width(), unicode=is_unicode(), digits=digits or _TEXT_DIGITS))


@derive_command.command("moments", cls=ExpressionCommand)
@click.argument("source", metavar="EXPRESSION", shell_complete=complete_activation)
@_PARAMETERS
@click.option(
    "--q", callback=positive, metavar="NUMBER", default="1", show_default=True, help="Variance of the values."
)
@click.option(
    "--digits",
    type=click.IntRange(1, 1000),
    metavar="COUNT",
    default=_TEXT_DIGITS,
    show_default=True,
    help="Significant digits.",
)
def _moments(source: str, *, q: Fraction, digits: int, assume: str, settings: Mapping[str, str]) -> None:
    """Show the means of g, g^2, g'^2 ... under a Gaussian as functions of its variance q.

    Derivatives are those almost everywhere; dM/dq is right at jumps too.
    """
    with loading():
        from symbolic_init.moments.named import moments
        from symbolic_init.render.moments import moments_text

    found = moments(source, assume=assume, settings=settings)
    click.echo(moments_text(found, variance=q, width=width(), unicode=is_unicode(), digits=digits))


def _derivation(
    source: Any,
    *,
    q: Fraction,
    sigma_b2: Fraction,
    digits: int | None,
    settings: dict[str, str],
    **options: Any,
) -> "Derivation":
    """Call the library."""
    with loading():
        from symbolic_init.engine import derive

    given: Mapping[str, Any] = {} if digits is None else {"digits": digits}
    return derive(source, q=q, sigma_b2=sigma_b2, settings=settings, **given, **options)


def main() -> None:
    """Run the `derive` command."""
    try:
        derive_command(prog_name="derive")
    except SymbolicInitError as error:
        _fail(str(error))
    except MemoryError:
        _fail("a number takes more memory than there is; try smaller ones")


def _fail(message: str) -> None:
    click.echo(f"derive: error: {message}", err=True)
    sys.exit(1)
