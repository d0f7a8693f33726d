"""`derive --cite`: how to cite the program and the theories behind what it recommends."""

from collections.abc import Iterator

import click

__all__ = ["cite"]

_THEORIES = ("kumar2017", "poole2016", "schoenholz2017", "roberts2022", "brock2021")


def cite(ctx: click.Context, param: click.Parameter, value: bool) -> None:  # noqa: ARG001, FBT001  # click's signature
    """Print BibTeX and end."""
    if value and not ctx.resilient_parsing:
        click.echo("\n".join(_entries()))
        ctx.exit()


def _entries() -> Iterator[str]:
    from symbolic_init import __version__
    from symbolic_init.references import PROGRAM, REFERENCES

    yield _entry("software", "symbolic_init", {**PROGRAM, "version": __version__})
    for key in _THEORIES:
        r = REFERENCES[key]
        authors = r.authors.replace(", ", " and ")
        yield _entry(
            "misc", key, {"author": authors, "title": r.title, "year": str(r.year), "howpublished": r.where}
        )


def _entry(kind: str, key: str, fields: dict[str, str]) -> str:
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items()]
    return "\n".join((f"@{kind}{{{key},", *lines, "}"))
