"""Write the derivation of every activation of the catalog, and the index in README.md.

    sh scripts/venv python derivations/generate.py            # all of them
    sh scripts/venv python derivations/generate.py relu gelu  # these, and the index
    sh scripts/venv python derivations/generate.py --output FOLDER

Parameters have their defaults. JSON is the record, Markdown is for reading, LaTeX for papers.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from symbolic_init import Derivation, SymbolicInitError, derive, from_json
from symbolic_init.catalog import ENTRIES

HERE = Path(__file__).resolve().parent
INDEX = HERE / "README.md"
BEGIN, END = "<!-- index: written by generate.py -->", "<!-- end of index -->"
HEADER = (
    "| activation | N Var(w) | gain | Var(b) | chi_1 | theory | evidence | files |\n"
    "|---|---|---|---|---|---|---|---|"
)
DIGITS = 6
SUFFIXES = (".json", ".md", ".tex")


def documents(derivation: Derivation) -> dict[str, str]:
    """The files of one derivation, by suffix."""
    texts = (derivation.to_json(), derivation.to_markdown(), derivation.to_latex())
    return {suffix: text.rstrip("\n") + "\n" for suffix, text in zip(SUFFIXES, texts, strict=True)}


def row(name: str, derivation: Derivation) -> str:
    """One line of the index: what is recommended, or that nothing is."""
    files = f"[tex]({name}.tex) [json]({name}.json)"
    chosen = derivation.recommended
    if chosen is None:
        return f"| [{name}]({name}.md) | none recommended | | | | | | {files} |"
    values = (chosen.sigma_w2, chosen.gain, chosen.sigma_b2, chosen.chi_1)
    numbers = " | ".join("" if v is None else _decimal(v) for v in values)
    return f"| [{name}]({name}.md) | {numbers} | {chosen.label.strip()} | {chosen.sigma_w2.kind} | {files} |"


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


def _made(name: str) -> dict[str, str] | str:
    """The files of one activation, or why there are none."""
    try:
        return documents(derive(name))
    except SymbolicInitError as error:
        return str(error)


def write(names: Iterable[str], directory: Path = HERE) -> int:
    """Write the files, in as many processes as there are cores; return how many could not be derived."""
    names = list(names)
    failures = 0
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        for done, (name, made) in enumerate(zip(names, pool.map(_made, names), strict=True), start=1):
            print(f"\r{done}/{len(names)} {name:30}", end="", file=sys.stderr, flush=True)
            if isinstance(made, str):
                print(f"\n{name}: {made}", file=sys.stderr)
                failures += 1
                continue
            for suffix, text in made.items():
                (directory / f"{name}{suffix}").write_text(text, encoding="utf-8")
    print(file=sys.stderr)
    return failures


def main() -> int:
    """Read the arguments, write the files, and the index where they are committed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", help="activations; all of them when none is named")
    parser.add_argument("--output", type=Path, default=HERE, help="another folder, without an index")
    given = parser.parse_args()
    failures = write(given.names or [entry.name for entry in ENTRIES], given.output)
    if given.output == HERE:
        text = INDEX.read_text(encoding="utf-8")
        INDEX.write_text(text.partition(BEGIN)[0] + index() + text.partition(END)[2], encoding="utf-8")
    return min(1, failures)


if __name__ == "__main__":
    sys.exit(main())
