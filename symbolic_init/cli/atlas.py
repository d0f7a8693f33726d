"""`derive atlas`: a static site of the whole catalog."""

import sys
from pathlib import Path

import click

__all__ = ["atlas"]


@click.command("atlas")
@click.argument("folder", metavar="FOLDER", type=click.Path(file_okay=False, path_type=Path))
@click.option("--jobs", "-j", type=click.IntRange(1), metavar="COUNT", help="Processes: one a core.")
@click.option("--only", metavar="NAMES", help="These activations alone, separated by commas.")
def atlas(folder: Path, *, jobs: int | None, only: str | None) -> None:
    """Build a static site of the whole catalog, or bring it up to date.

    It works from file://; what did not change since the last time is kept.
    """
    from symbolic_init.catalog import ENTRIES
    from symbolic_init.cli.output import loading

    with loading():
        from symbolic_init.atlas import build

    names = None if only is None else tuple(name.strip() for name in only.split(","))
    unknown = set(names or ()) - {entry.name for entry in ENTRIES}
    if unknown:
        msg = f"not in `derive list`: {', '.join(sorted(unknown))}"
        raise click.BadParameter(msg, param_hint="'--only'")
    with click.progressbar(length=1, label="atlas", file=sys.stderr, show_pos=True) as bar:

        def started(total: int) -> None:
            bar.length = total

        def done(name: str) -> None:
            bar.label = f"atlas {name:<18.18}"
            bar.update(1)

        built = build(folder, jobs=jobs, names=names, started=started, progress=done)
        bar.finish()
    told = f"{len(built.derived)} derived, {built.kept} kept: {folder / 'index.html'}"
    click.echo(told)
    for name, why in built.failed.items():
        click.echo(f"derive: warning: {name}: {why}", err=True)
