"""Write the derivation of every activation of the catalog, and the index in README.md.

    sh scripts/venv python derivations/generate.py            # all of them
    sh scripts/venv python derivations/generate.py relu gelu  # these, and the index

Parameters have their defaults. JSON is the record; Markdown is for reading.
"""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from symbolic_init import Derivation, SymbolicInitError, derive, from_json
from symbolic_init.catalog import ENTRIES

HERE = Path(__file__).resolve().parent
INDEX = HERE / "README.md"
BEGIN, END = "<!-- index: written by generate.py -->", "<!-- end of index -->"
HEADER = "| activation | N Var(w) | Var(b) | theory | evidence |\n|---|---|---|---|---|"
DIGITS = 6


def documents(derivation: Derivation) -> dict[str, str]:
    """The files of one derivation, by suffix."""
    return {
        ".json": derivation.to_json().rstrip("\n") + "\n",
        ".md": derivation.to_markdown().rstrip("\n") + "\n",
    }


def row(name: str, derivation: Derivation) -> str:
    """One line of the index: what is recommended, or else the headline."""
    chosen = derivation.recommended
    if chosen is None:
        return f"| [{name}]({name}.md) | none recommended | | {derivation.theory} | |"
    weight, bias = (_decimal(v) for v in (chosen.sigma_w2, chosen.sigma_b2))
    return f"| [{name}]({name}.md) | {weight} | {bias} | {chosen.label.strip()} | {chosen.sigma_w2.kind} |"


def _decimal(value) -> str:
    exact = str(value.definition)
    return exact if value.definition.is_Rational and len(exact) <= DIGITS else f"{float(value):.{DIGITS}g}"


def index(directory: Path = HERE) -> str:
    """The whole table, from the records that are there."""
    return "\n".join([BEGIN, HEADER, *_rows(directory), END])


def _rows(directory: Path) -> Iterator[str]:
    for entry in ENTRIES:
        path = directory / f"{entry.name}.json"
        if path.exists():
            yield row(entry.name, from_json(path.read_text(encoding="utf-8")))


def write(names: Iterable[str]) -> int:
    """Write files and index; return how many could not be derived."""
    failures = 0
    for name in names:
        try:
            written = documents(derive(name))
        except SymbolicInitError as error:
            print(f"{name}: {error}", file=sys.stderr)
            failures += 1
            continue
        for suffix, text in written.items():
            (HERE / f"{name}{suffix}").write_text(text, encoding="utf-8")
    text = INDEX.read_text(encoding="utf-8")
    INDEX.write_text(text.partition(BEGIN)[0] + index() + text.partition(END)[2], encoding="utf-8")
    return failures


if __name__ == "__main__":
    sys.exit(min(1, write(sys.argv[1:] or [entry.name for entry in ENTRIES])))
