"""Options that write a derivation as a document beside what is printed."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from symbolic_init.cli.output import writable, write_bytes

if TYPE_CHECKING:
    from symbolic_init.derivation import Derivation

__all__ = ["Writer", "document_options"]

Writer = Callable[["Derivation"], None]
"""Writes one document of a derivation."""


def document_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options; the command gets `documents`, the writers that were asked for."""
    article = click.option(
        "--pdf", metavar="FILE", help="Write an article as PDF; needs latexmk, tectonic or pdflatex."
    )
    plots = click.option(
        "--plot",
        metavar="FILE",
        help="Write plots of the signal and the gradient as SVG, PNG or PDF; needs matplotlib.",
    )

    @wraps(command)
    def gathered(*, pdf: str | None, plot: str | None, **others: Any) -> None:
        asked = ((pdf, _pdf), (plot, _plot))
        documents = tuple(_writer(writable(Path(name)), made) for name, made in asked if name is not None)
        command(documents=documents, **others)

    return article(plots(gathered))


def _writer(path: Path, made: Callable[["Derivation", Path], bytes]) -> Writer:
    def write(derivation: "Derivation") -> None:
        write_bytes(path, made(derivation, path))
        click.echo(f"derive: wrote {path.name}", err=True)

    return write


def _pdf(derivation: "Derivation", path: Path) -> bytes:  # noqa: ARG001  # one signature for all
    from symbolic_init.render.latex import to_latex
    from symbolic_init.typesetting import pdf

    return pdf(to_latex(derivation))


def _plot(derivation: "Derivation", path: Path) -> bytes:
    from symbolic_init.plots import image

    return image(derivation, path.suffix.lower())
