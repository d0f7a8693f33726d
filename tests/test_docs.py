"""The documentation names everything there is, and builds without a warning."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import symbolic_init
from symbolic_init import errors
from symbolic_init.theories import THEORIES

DOCS = Path(__file__).resolve().parent.parent / "docs"


def text(name):
    return (DOCS / name).read_text(encoding="utf-8")


def test_the_page_of_errors_has_every_error():
    page = text("errors.md")

    raised = [name for name in errors.__all__ if name.endswith(("Error", "Warning"))]

    assert [name for name in raised if f"`{name}`" not in page] == []


def test_every_page_is_in_the_contents():
    pages = {path.stem for path in DOCS.glob("*.md")} - {"index"}

    assert pages <= set(text("index.md").split())


@pytest.mark.parametrize("theory", THEORIES.values(), ids=THEORIES)
def test_every_theory_has_a_page(theory):
    assert text(f"theories/{theory.id}.md").startswith(f"# {theory.title}\n")
    assert f"theories/{theory.id}.md" in text("which-theory.md")


def test_the_notebook_is_committed_without_outputs():
    cells = json.loads(text("example.ipynb"))["cells"]

    assert all(not cell.get("outputs") and cell.get("execution_count") is None for cell in cells)


@pytest.mark.docs
def test_the_documentation_builds_and_the_notebook_runs(tmp_path):
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-W",
        "--keep-going",
        "-q",
        "-b",
        "html",
        str(DOCS),
        str(tmp_path),
    ]
    run = subprocess.run(command, capture_output=True, text=True, check=False)

    assert run.returncode == 0, run.stderr[-3000:]
    notebook = (tmp_path / "example.html").read_text(encoding="utf-8")
    assert "1.98306" in notebook
    assert "image/png" in notebook or ".png" in notebook
    assert (tmp_path / "theories" / "linear.html").is_file()
    reference = (tmp_path / "reference.html").read_text(encoding="utf-8")
    names = {n for n in symbolic_init.__all__ if n != "__version__" and not n.endswith(("Error", "Warning"))}
    assert {n for n in names if f".{n}" not in reference} == set()
