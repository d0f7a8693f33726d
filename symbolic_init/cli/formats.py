"""The formats that a derivation is written in, and the options that belong to one of them."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from symbolic_init.cli.options import together
from symbolic_init.cli.output import is_unicode, width

if TYPE_CHECKING:
    from symbolic_init.derivation import Derivation

__all__ = ["format_options", "rendered"]

_FORMATS = ("text", "latex", "markdown", "html", "json", "python")
_FRAMEWORKS = ("numpy", "torch", "jax")
_BELONGS = {"fragment": "latex", "framework": "python"}
"""Options that mean something in one format only."""


def format_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options; the command gets `form`, `steps`, and what belongs to a format."""
    options = together(
        click.option(
            "--format",
            "form",
            is_eager=True,
            type=click.Choice(_FORMATS),
            default="text",
            show_default=True,
            help="What to write.",
        ),
        click.option(
            "--fragment",
            is_flag=True,
            callback=_belongs,
            help="With --format latex: a body to include, not an article.",
        ),
        click.option(
            "--framework",
            type=click.Choice(_FRAMEWORKS),
            callback=_belongs,
            help="With --format python: what the function draws with.  [default: numpy]",
        ),
        click.option("--steps/--no-steps", default=True, help="Show all, or the result."),
    )
    return options(command)


def _belongs(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    """An option that is given must fit the format, which is read first."""
    needed = _BELONGS[str(param.name)]
    if value and ctx.params.get("form") != needed:
        msg = f"--{param.name} needs --format {needed}"
        raise click.UsageError(msg)
    return value


def rendered(
    d: "Derivation", *, form: str, fragment: bool, framework: str | None, steps: bool, digits: int
) -> str:
    """Return the derivation in one format."""
    match form:
        case "latex":
            from symbolic_init.render.latex import to_latex

            return to_latex(d, fragment=fragment, steps=steps, digits=digits)
        case "markdown":
            from symbolic_init.render.markdown import to_markdown

            return to_markdown(d, steps=steps, digits=digits)
        case "html":
            from symbolic_init.render.html_page import to_html

            return to_html(d, steps=steps, digits=digits)
        case "json":
            return d.to_json()
        case "python":
            return d.to_python(framework=framework or "numpy", steps=steps)
        case _:
            from symbolic_init.render.text import to_text

            return to_text(d, width=width(), steps=steps, unicode=is_unicode(), digits=digits)
