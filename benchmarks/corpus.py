"""The corpus of activations, and what became of each in the hands of each program."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
OUTCOMES = HERE / "outcomes.json"
"""What the sections found last: `{program: {activation: [verdict, seconds]}}`."""
PROGRAMS = {"rules": "`gaussian_mean`", "sympy": "SymPy", "maxima": "Maxima"}
WORDS = {
    "none": "-",
    "wrong": "**wrong**",
    "no value": "a form without a value",
    "time": "out of time",
    "error": "an error",
}


class Outcome(NamedTuple):
    """`right`, or a key of `WORDS`, and the seconds it took."""

    verdict: str
    seconds: float


Outcomes = Mapping[str, Mapping[str, Outcome]]
"""By program and activation."""


def entries() -> tuple[Mapping[str, Any], ...]:
    """The activations of the corpus of the tests, with their second moments to 30 digits."""
    found = json.loads((HERE.parent / "tests" / "data" / "corpus.json").read_text(encoding="utf-8"))
    return tuple(found["activations"])


def parameters(entry: Mapping[str, Any]) -> Mapping[str, str]:
    """The values of the letters at which the second moment is known."""
    return entry.get("parameters", {})


def outcomes() -> Outcomes:
    """What was found last, by program and activation."""
    if not OUTCOMES.exists():
        return {}
    stored = json.loads(OUTCOMES.read_text(encoding="utf-8"))
    return {program: {name: Outcome(*o) for name, o in found.items()} for program, found in stored.items()}


def store(found: Outcomes) -> None:
    """Keep what the programs did, one activation a line."""
    blocks = []
    for program, rows in sorted(found.items()):
        lines = (
            f"  {json.dumps(name)}: {json.dumps([o.verdict, round(o.seconds, 4)])}"
            for name, o in rows.items()
        )
        blocks.append(f"{json.dumps(program)}: {{\n" + ",\n".join(lines) + "\n}")
    OUTCOMES.write_text("{\n" + ",\n".join(blocks) + "\n}\n", encoding="utf-8")


def cell(outcome: Outcome | None) -> str:
    """An outcome in a word or as a time."""
    if outcome is None:
        return ""
    time = f"{outcome.seconds:.2f} s" if outcome.seconds >= 1 else f"{outcome.seconds * 1000:.0f} ms"
    if outcome.verdict == "right":
        return time
    word = WORDS[outcome.verdict]
    return word if outcome.verdict in ("time", "error") else f"{word} ({time})"


def solved(found: Mapping[str, Outcome]) -> int:
    """How many answers are right."""
    return sum(o.verdict == "right" for o in found.values())
