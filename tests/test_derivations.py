"""The derivations that are committed are what the program says now."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from symbolic_init import derive, from_json
from symbolic_init.catalog import ENTRIES

FOLDER = Path(__file__).resolve().parent.parent / "derivations"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))
FEW = [name for name in NAMES if name in {"identity", "relu", "tanh", "gelu"}]


def generator():
    spec = importlib.util.spec_from_file_location("generate", FOLDER / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATE = generator()


def committed(name):
    return {suffix: (FOLDER / f"{name}{suffix}").read_text(encoding="utf-8") for suffix in GENERATE.SUFFIXES}


@pytest.mark.parametrize("name", FEW)
def test_a_derivation_regenerates_identically(name):
    assert GENERATE.documents(derive(name)) == committed(name)


@pytest.mark.catalog
def test_the_whole_catalog_regenerates_identically(tmp_path):
    command = [sys.executable, str(FOLDER / "generate.py"), "--output", str(tmp_path)]
    run = subprocess.run(
        command, env={**os.environ, "PYTHONHASHSEED": "7"}, capture_output=True, text=True, check=False
    )
    changed = [
        path.name
        for path in sorted(tmp_path.iterdir())
        if path.read_text(encoding="utf-8") != (FOLDER / path.name).read_text(encoding="utf-8")
    ]

    assert run.returncode == 0, run.stderr[-2000:]
    assert changed == []
    assert len(list(tmp_path.iterdir())) == 3 * len(ENTRIES)


def test_the_whole_catalog_is_there():
    assert set(NAMES) == {entry.name for entry in ENTRIES}


@pytest.mark.parametrize("name", NAMES[::7])
def test_a_record_reads_back(name):
    assert GENERATE.documents(from_json(committed(name)[".json"])) == committed(name)


@pytest.mark.parametrize("name", FEW)
def test_the_index_has_a_row_of_its_own(name):
    row = GENERATE.row(name, from_json(committed(name)[".json"]))

    assert f"\n{row}\n" in (FOLDER / "README.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_index_lists_what_is_there():
    assert GENERATE.index() in (FOLDER / "README.md").read_text(encoding="utf-8")


def test_every_page_has_a_record():
    pages = {path.stem for path in FOLDER.glob("*.md")} - {"README", "published"}

    assert pages == set(NAMES)


@pytest.mark.parametrize("seed", ["1", "20260"])
def test_the_order_of_hashing_does_not_matter(seed):
    code = "import sys, symbolic_init as s\nfor name in sys.argv[1:]: print(s.derive(name).to_json())"
    command = [sys.executable, "-c", code, *FEW]
    run = subprocess.run(
        command, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
    )

    assert run.stdout.replace("\n", "") == "".join(committed(name)[".json"] for name in FEW).replace("\n", "")
