"""The sessions shown in README.md and docs/: what the program really prints.

A fenced block marked `console` holds commands after `$ ` and their output. Run this file to write the
outputs anew:

    python tests/transcripts.py
"""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from click.testing import CliRunner

from symbolic_init.cli.commands import derive_command
from symbolic_init.errors import SymbolicInitError

ROOT = Path(__file__).resolve().parent.parent
PAGES = tuple(
    sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "docs" / "theories").glob("*.md")])
)
_BLOCK = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.MULTILINE | re.DOTALL)


def output(command: str) -> str:
    """What a terminal shows for one command line that starts with `derive`."""
    program, *arguments = shlex.split(command)
    assert program == "derive", command
    result = CliRunner().invoke(derive_command, arguments, prog_name="derive")
    if isinstance(result.exception, SymbolicInitError):
        return f"derive: error: {result.exception}\n"
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


def sessions(page: Path) -> Iterator[str]:
    """The console blocks of a page."""
    yield from _BLOCK.findall(page.read_text(encoding="utf-8"))


def replayed(session: str) -> str:
    """The same commands with the output they have now."""
    commands = [line.removeprefix("$ ") for line in session.splitlines() if line.startswith("$ ")]
    return "\n".join(f"$ {command}\n{output(command)}" for command in commands)


def main() -> None:
    """Write the outputs anew."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        page.write_text(_BLOCK.sub(lambda block: replayed(block.group()), text), encoding="utf-8")


if __name__ == "__main__":
    main()
