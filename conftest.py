"""What is left out of a test run where a framework is not installed."""

import os
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent
FRAMEWORKS = ("torch", "jax", "keras")
os.environ.setdefault("KERAS_BACKEND", "jax")


def pytest_ignore_collect(collection_path, config):
    """Leave out adapters and their tests, unless they are asked for: then a missing framework is an error."""
    if config.option.markexpr == "frameworks":
        return None
    missing = [name for name in FRAMEWORKS if find_spec(name) is None]
    adapters = [HERE / "symbolic_init" / name for name in missing]
    adapters += [HERE / "symbolic_init" / f"{name}.py" for name in missing]
    if missing:
        adapters.append(HERE / "tests" / "frameworks")
    return True if any(collection_path == a or a in collection_path.parents for a in adapters) else None
