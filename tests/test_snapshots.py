"""The public names and the fields of records are those written down: every change is meant."""

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

import snapshots  # noqa: E402  # a script beside the package


def differences(before, after, place=""):
    """What has gone (-), come (+) or changed, one a line."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted({*before, *after}):
            inner = f"{place}.{key}" if place else key
            if key not in after:
                yield f"- {inner}"
            elif key not in before:
                yield f"+ {inner}"
            else:
                yield from differences(before[key], after[key], inner)
    elif before != after:
        yield f"  {place}: {before} -> {after}"


@pytest.mark.parametrize("name", snapshots.SNAPSHOTS)
def test_nothing_public_has_changed_unnoticed(name):
    before = json.loads((snapshots.DATA / name).read_text(encoding="utf-8"))
    after = json.loads(json.dumps(snapshots.SNAPSHOTS[name]()))

    assert list(differences(before, after)) == [], "if it is meant: python scripts/snapshots.py"


def test_differences_are_shown():
    before = {"derive": ["q = 1", "depth = 50"], "gone": [], "Value": {"fields": ["kind"]}}
    after = {"derive": ["q = 2", "depth = 50"], "Value": {"fields": ["kind"], "methods": {}}}

    assert list(differences(before, after)) == [
        "+ Value.methods",
        "  derive: ['q = 1', 'depth = 50'] -> ['q = 2', 'depth = 50']",
        "- gone",
    ]
