"""The `derive` command: options, one call of the library, one rendering."""

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from symbolic_init.errors import SymbolicInitError

if TYPE_CHECKING:
    from fractions import Fraction

    from symbolic_init.derivation import Derivation

__all__ = ["main"]

_DEFAULT = "expression"
"""Name of the command that runs when no other is named."""
_EXAMPLES = """\b
Examples:
  derive "tanh(x)"
  derive gelu --fan-in 512
  derive "leaky_relu(x, a)" --set a=1/100
  derive "Piecewise((a*x, x < 0), (x, True))" --assume "a > 0"
  derive -- "-x"
  derive "tanh(x)" --format latex -o tanh.tex
"""
_NARROW, _WIDTH, _WIDE = 60, 80, 100
_TEXT_DIGITS = 6
_THEORIES = ("auto", "linear", "length-map", "backward", "edge-of-chaos", "centered")
_NUMBER = re.compile(r"[+-]?(\d{1,60}(\.\d{0,60})?|\.\d{1,60})([eE][+-]?\d{1,3})?(/\d{1,60})?")
_OPTION_LIKE = re.compile(r"--[a-z][a-z-]*(=.*)?|-[a-z]", re.DOTALL)
_CLEAR = re.compile(r"[()*/\d\s]|\bx\b")
"""What no option has and an expression has: brackets, operators, digits, the variable `x`."""


def _positive(ctx: click.Context, param: click.Parameter, value: str) -> "Fraction":  # noqa: ARG001  # click's signature
    """Read an exact positive number: `3`, `0.125` or `1/8`."""
    number = _rational(value)
    if number <= 0:
        msg = f"{value} must be positive"
        raise click.BadParameter(msg)
    return number


def _nonnegative(ctx: click.Context, param: click.Parameter, value: str) -> "Fraction":  # noqa: ARG001  # click's signature
    """Read an exact number that is at least 0."""
    number = _rational(value)
    if number < 0:
        msg = f"{value} must be at least 0"
        raise click.BadParameter(msg)
    return number


def _rational(value: str) -> "Fraction":

    top, _, bottom = value.partition("/")
    if not _NUMBER.fullmatch(value) or (bottom and int(bottom) == 0):
        msg = f"{value!r} is not a number; give a decimal or a fraction such as 1/8"
        raise click.BadParameter(msg)
    return Fraction(top) / Fraction(bottom or 1)


def _pairs(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:  # noqa: ARG001  # click's signature
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


def _is_expression(word: str, known: frozenset[str]) -> bool:
    """Tell whether a word that begins with `-` is an expression: `-x`, `-log(1+exp(x))`."""
    if word.partition("=")[0] in known or word[:2] in known:
        return False
    if word.startswith("--") and _OPTION_LIKE.fullmatch(word):
        return False
    return bool(_CLEAR.search(word))


def _expressions_last(args: list[str], params: list[click.Parameter]) -> list[str]:
    """Move words that are clearly expressions behind `--`, where a leading minus is harmless."""
    options = [p for p in params if isinstance(p, click.Option)]
    known = frozenset(name for p in options for name in (*p.opts, *p.secondary_opts))
    takes_value = frozenset(name for p in options if not p.is_flag for name in p.opts)
    rest: list[str] = []
    expressions: list[str] = []
    words = iter(args)
    for word in words:
        if word == "--":
            expressions.extend(words)
        elif word.startswith("-") and len(word) > 1 and _is_expression(word, known):
            expressions.append(word)
        else:
            rest.append(word)
            if word in takes_value:
                rest.extend(next(([w] for w in words), []))
    return [*rest, "--", *expressions] if expressions else rest


class _ExpressionCommand(click.Command):
    """A command whose arguments may begin with a minus sign."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, _expressions_last(args, self.get_params(ctx)))


class _DefaultGroup(click.Group):
    """A group that hands everything that names no command to the default one."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in (*self.commands, "--help", "--version"):
            args = [_DEFAULT, *args]
        return super().parse_args(ctx, args)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return ["[OPTIONS] EXPRESSION | COMMAND [ARGS]..."]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        default = self.commands[_DEFAULT]
        rows = [
            p.get_help_record(ctx)
            for p in (*default.params, *self.get_params(ctx))
            if isinstance(p, click.Option)
        ]
        with formatter.section("Options"):
            formatter.write_dl([row for row in rows if row is not None])
        self.format_commands(ctx, formatter)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        if incomplete.startswith("-"):
            default = self.commands[_DEFAULT]
            return [*default.shell_complete(ctx, incomplete), *super().shell_complete(ctx, incomplete)]
        return [*super().shell_complete(ctx, incomplete), *_complete_activation(ctx, None, incomplete)]


def _complete_activation(
    ctx: click.Context,  # noqa: ARG001  # click's signature
    param: click.Parameter | None,  # noqa: ARG001  # click's signature
    incomplete: str,
) -> list[CompletionItem]:
    """Catalog names that begin as the word does."""
    from symbolic_init.catalog import CATALOG

    return [CompletionItem(name) for name in CATALOG if name.startswith(incomplete)]


def _show_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:  # noqa: ARG001, FBT001
    if value and not ctx.resilient_parsing:
        from symbolic_init import __version__

        click.echo(f"derive {__version__}")
        ctx.exit()


def _shared(command: Callable[..., None]) -> Callable[..., None]:
    """The options of every command that derives."""
    for option in reversed(
        (
            click.option(
                "--theory",
                type=click.Choice(_THEORIES),
                default="auto",
                show_default=True,
                help="Which theory.",
            ),
            click.option(
                "--q",
                callback=_positive,
                metavar="NUMBER",
                default="1",
                show_default=True,
                help="Pre-activation variance to preserve.",
            ),
            click.option(
                "--bias-variance",
                "sigma_b2",
                callback=_nonnegative,
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
            click.option(
                "--assume", default="", metavar="FACTS", help='What holds of parameters: "a>0, b<1".'
            ),
            click.option(
                "--set",
                "settings",
                callback=_pairs,
                multiple=True,
                metavar="NAME=VALUE",
                help="Value of a parameter; repeatable.",
            ),
        )
    ):
        command = option(command)
    return command


@click.group(cls=_DefaultGroup, no_args_is_help=True, epilog=_EXAMPLES)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version.",
)
def _derive() -> None:
    """Derive how large the weights of a network must be for an activation.

    EXPRESSION is a catalog name or a function of x in quotes; other names are parameters.
    Exit status: 0 done, 1 the input cannot be done, 2 wrong usage.
    """


@_derive.command(_DEFAULT, cls=_ExpressionCommand, hidden=True)
@click.argument("source", metavar="EXPRESSION", shell_complete=_complete_activation)
@_shared
@click.option(
    "--order",
    type=click.IntRange(0, 100),
    metavar="COUNT",
    default=5,
    show_default=True,
    help="Order of Taylor's polynomial.",
)
@click.option(
    "--fan-in", type=click.IntRange(1), metavar="N", help="Also print the standard deviation for this fan-in."
)
@click.option("--numeric", is_flag=True, help="Also evaluate the means by quadrature, and show both.")
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "latex", "markdown", "json")),
    default="text",
    show_default=True,
    help="What to write.",
)
@click.option("--fragment", is_flag=True, help="With --format latex: a body to include, not an article.")
@click.option("--steps/--no-steps", default=True, help="Show the derivation, or the result alone.")
@click.option("--output", "-o", metavar="FILE", help="Write to a file, whole or not at all.")
def _expression(
    source: str,
    *,
    form: str,
    fragment: bool,
    steps: bool,
    output: str | None,
    fan_in: int | None,
    digits: int | None,
    settings: dict[str, str],
    **options: Any,
) -> None:
    """Derive the weight variance for one activation: a catalog name or a function of x."""
    if fragment and form != "latex":
        msg = "--fragment needs --format latex"
        raise click.UsageError(msg)
    target = None if output in (None, "-") else _writable(Path(str(output)))
    derivation = _derivation(source, digits=digits, settings=settings, **options)
    text = _render(derivation, form=form, fragment=fragment, steps=steps, digits=digits)
    if fan_in is not None:
        lines = "\n".join(_deviations(derivation, fan_in))
        if form == "text":
            text = f"{text}\n\n{lines}"
        else:
            click.echo(lines, err=True)
    if target is None:
        click.echo(text)
        return
    _write(target, text + "\n")
    for warning in derivation.warnings:
        click.echo(f"derive: warning: {warning}", err=True)


@_derive.command("list")
def _list() -> None:
    """List the activations that have a name."""
    from symbolic_init.catalog import table

    click.echo(table())


@_derive.command("compare", cls=_ExpressionCommand)
@click.argument(
    "sources", metavar="EXPRESSION...", nargs=-1, required=True, shell_complete=_complete_activation
)
@_shared
def _compare(sources: tuple[str, ...], *, digits: int | None, **options: Any) -> None:
    """Compare activations, one a row."""
    from symbolic_init.render.text import compare_text

    derivations = [_derivation(source, digits=digits, **options) for source in sources]
    click.echo(
        compare_text(derivations, width=_width(), unicode=_is_unicode(), digits=digits or _TEXT_DIGITS)
    )


def _derivation(
    source: str,
    *,
    q: "Fraction",
    sigma_b2: "Fraction",
    digits: int | None,
    settings: dict[str, str],
    **options: Any,
) -> "Derivation":
    """Call the library."""
    from symbolic_init.engine import derive

    given: Mapping[str, Any] = {} if digits is None else {"digits": digits}
    return derive(source, q=q, sigma_b2=sigma_b2, settings=settings, **given, **options)


def _render(d: "Derivation", *, form: str, fragment: bool, steps: bool, digits: int | None) -> str:
    """Return the derivation in one format."""
    if form == "latex":
        return d.to_latex(fragment=fragment, steps=steps)
    if form == "markdown":
        return d.to_markdown(steps=steps)
    if form == "json":
        return d.to_json()
    from symbolic_init.render.text import to_text

    return to_text(d, width=_width(), steps=steps, unicode=_is_unicode(), digits=digits or _TEXT_DIGITS)


def _deviations(d: "Derivation", fan_in: int) -> Iterator[str]:
    """The standard deviations for one fan-in: of the headline, and of what is recommended."""
    yield f"fan-in {fan_in}: std(w) = {d.std(fan_in=fan_in):.6g} by theory {d.theory}"
    best = d.recommended
    if best is not None and best.sigma_w2.definition != d.sigma_w2:
        weight = float(best.gain) / fan_in**0.5
        bias = float(best.sigma_b2) ** 0.5
        yield f"fan-in {fan_in}: std(w) = {weight:.6g}, std(b) = {bias:.6g} recommended"


def _is_unicode() -> bool:
    """Whether standard output is a terminal that shows Greek letters."""
    return sys.stdout.isatty() and (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"


def _width() -> int:
    """Columns to fill: those of the terminal within reason, else 80."""
    if not sys.stdout.isatty():
        return _WIDTH
    return max(_NARROW, min(_WIDE, shutil.get_terminal_size().columns))


def _writable(path: Path) -> Path:
    """Return the file that will be written, or refuse before any work is done."""
    real = Path(os.path.realpath(path))
    if real.is_dir():
        reason = "it is a directory"
    elif not real.parent.is_dir():
        reason = f"there is no directory {real.parent}"
    elif not os.access(real if real.exists() else real.parent, os.W_OK):
        reason = "permission denied"
    else:
        return real
    msg = f"cannot write {str(path)!r}: {reason}"
    raise click.BadParameter(msg, param_hint="'--output'")


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all; a device or pipe is written to directly."""
    if path.exists() and not path.is_file():
        path.write_text(text, encoding="utf-8")
        return
    mask = os.umask(0)
    os.umask(mask)
    mode = path.stat().st_mode & 0o7777 if path.exists() else 0o666 & ~mask
    import tempfile

    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        temporary.chmod(mode)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def main() -> None:
    """Run the `derive` command."""
    try:
        _derive(prog_name="derive")
    except SymbolicInitError as error:
        click.echo(f"derive: error: {error}", err=True)
        sys.exit(1)
