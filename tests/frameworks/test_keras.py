"""Keras, with each backend in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.frameworks
HERE = Path(__file__).parent


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_initializers_work_with_the_backend(backend):
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-m", "frameworks", str(HERE / "keras_backend.py")]
    environment = {**os.environ, "KERAS_BACKEND": backend}
    run = subprocess.run(
        command, capture_output=True, text=True, env=environment, cwd=HERE.parent.parent, check=False
    )

    assert run.returncode == 0, run.stdout[-3000:]
    assert " passed" in run.stdout
