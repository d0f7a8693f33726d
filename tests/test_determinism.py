"""The same input gives the same bytes: whatever the hash seed, the ground types, and the Python."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CODE = """
from symbolic_init import derive
for text in ("gelu", "Max(x, sin(x)/2)", "Piecewise((a*tanh(x), x < 0), (x*erf(x), True))"):
    d = derive(text, digits=15)
    print(d.to_json(), d.to_text(), d.to_latex(), sep="\\n")
"""
TYPES = ("flint", "python", "gmpy")
PYTHONS = ("python3.11", "python3.12", "python3.13", "python3.14")


def output(python=sys.executable, **environment):
    found = subprocess.run(
        [python, "-c", CODE], capture_output=True, cwd=ROOT, check=True, env={**os.environ, **environment}
    )
    return found.stdout


@pytest.fixture(scope="module")
def reference():
    return output(PYTHONHASHSEED="0")


@pytest.mark.slow
@pytest.mark.parametrize("seed", ["1", "4242"])
def test_the_hash_seed_makes_no_difference(reference, seed):
    assert output(PYTHONHASHSEED=seed) == reference


@pytest.mark.slow
@pytest.mark.parametrize("types", TYPES)
def test_the_ground_types_make_no_difference(reference, types):
    if types == "gmpy":
        pytest.importorskip("gmpy2", reason="is another way to count, and no dependency")

    assert output(SYMPY_GROUND_TYPES=types) == reference


@pytest.mark.pythons
@pytest.mark.parametrize("name", PYTHONS)
def test_the_release_of_python_makes_no_difference(reference, name, tmp_path):
    python = shutil.which(name)
    if python is None or subprocess.run([python, "--version"], capture_output=True, check=False).returncode:
        pytest.skip(f"{name} is not installed")
    subprocess.run([python, "-m", "venv", tmp_path / "env"], check=True)
    own = tmp_path / "env" / "bin" / "python"
    freeze = subprocess.run(
        [sys.executable, "-m", "pip", "freeze"], capture_output=True, text=True, check=True
    )
    wanted = [
        line
        for line in freeze.stdout.splitlines()
        if line.startswith(("sympy=", "mpmath=", "numpy=", "python-flint=", "click="))
    ]
    subprocess.run([own, "-m", "pip", "install", "--quiet", *wanted], check=True)

    assert output(own, PYTHONPATH=str(ROOT)) == reference
