"""LaTeX to PDF by the program that is installed, without a shell escape and away from other files."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from symbolic_init.errors import MissingProgramError

__all__ = ["PROGRAMS", "pdf"]

_FLAGS = ("-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape")
PROGRAMS: dict[str, tuple[str, ...]] = {
    "latexmk": ("latexmk", "-norc", "-pdf", "-quiet", *_FLAGS),
    "tectonic": ("tectonic", "--untrusted"),
    "pdflatex": ("pdflatex", *_FLAGS),
}
"""How each program is called, the best first."""

_PARANOID = {"openin_any": "p", "openout_any": "p", "shell_escape": "f"}
"""TeX reads and writes nothing outside the folder it is started in."""
_SECONDS = 120
_HINT = (
    "neither latexmk, tectonic nor pdflatex is installed; on Debian or Ubuntu:"
    " apt install texlive-latex-base texlive-latex-extra texlive-fonts-recommended."
    " Or write the source with --format latex -o FILE.tex"
)


def pdf(source: str) -> bytes:
    """Return an article in LaTeX as PDF.

    Args:
        source: The article.

    Raises:
        MissingProgramError: If no program for it is installed, or it lacks a package.
    """
    name = next((name for name in PROGRAMS if shutil.which(name)), None)
    if name is None:
        raise MissingProgramError(_HINT)
    with tempfile.TemporaryDirectory(prefix="symbolic_init-") as folder:
        article = Path(folder) / "article.tex"
        article.write_text(source, encoding="utf-8")
        done = _run((*PROGRAMS[name], article.name), folder)
        made = article.with_suffix(".pdf")
        if not made.exists():
            said = [line for line in done.splitlines() if line.startswith("!")] or done.splitlines()[-3:]
            msg = f"{name} could not set the article: {' '.join(said).strip()[:300]}"
            raise MissingProgramError(msg)
        return made.read_bytes()


def _run(command: tuple[str, ...], folder: str) -> str:
    """What the program says."""
    try:
        done = subprocess.run(  # noqa: S603  # a fixed command; what is set stands in a file
            command,
            cwd=folder,
            env={**os.environ, **_PARANOID},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as err:
        return f"! {err}"
    return done.stdout.decode("utf-8", errors="replace")
