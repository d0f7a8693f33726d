"""Change a module in small ways, one at a time, and list the changes that no test notices.

    sh scripts/venv python scripts/mutants.py symbolic_init/meanfield/solving.py tests/test_theories.py

A mutant that survives is a missing check, or a change that makes no difference; look at each. The project
is copied and changed in the copy. Mutants that run for over ten times as long as the tests count as noticed.
"""

import argparse
import ast
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
_PARTS = ("symbolic_init", "tests", "scripts", "docs", "fuzz", "derivations", "benchmarks")
_FILES = ("pyproject.toml", "README.md", "CHANGELOG.md", "CITATION.cff")
_PATIENCE = 10

_COMPARISONS: Mapping[type[ast.cmpop], type[ast.cmpop]] = MappingProxyType(
    {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq}
    | {ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In}
)
_OPERATORS: Mapping[type[ast.operator], type[ast.operator]] = MappingProxyType(
    {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult}
)


class Mutant(NamedTuple):
    """A module with one change: where, from what to what, and the text."""

    line: int
    before: str
    after: str
    source: str


def mutants(source: str) -> Iterator[Mutant]:
    """Every small change of a module: a comparison, an operator, a number, `and`, `not`, a branch."""
    places = sum(1 for node in ast.walk(ast.parse(source)) if _change(node) is not None)
    for place in range(places):
        tree = ast.parse(source)
        node = [n for n in ast.walk(tree) if _change(n) is not None][place]
        before, change = ast.unparse(node), _change(node)
        assert change is not None
        change()
        yield Mutant(getattr(node, "lineno", 0), before, ast.unparse(node), ast.unparse(tree))


def _change(node: ast.AST) -> Callable[[], None] | None:
    """What changes a node, or `None`."""
    match node:
        case ast.Compare(ops=[one]) if type(one) in _COMPARISONS:
            return lambda: setattr(node, "ops", [_COMPARISONS[type(one)]()])
        case ast.BinOp(op=one, left=left, right=right) if type(one) in _OPERATORS:
            if isinstance(left, ast.JoinedStr | ast.List | ast.Tuple) or isinstance(right, ast.JoinedStr):
                return None
            return lambda: setattr(node, "op", _OPERATORS[type(one)]())
        case ast.BoolOp(op=one):
            return lambda: setattr(node, "op", ast.Or() if isinstance(one, ast.And) else ast.And())
        case ast.UnaryOp(op=ast.USub()):
            return lambda: setattr(node, "op", ast.UAdd())
        case ast.Constant(value=bool() as value):
            return lambda: setattr(node, "value", not value)
        case ast.Constant(value=int() as value):
            return lambda: setattr(node, "value", value + 1)
        case ast.IfExp(test=test):
            return lambda: setattr(node, "test", ast.UnaryOp(ast.Not(), test))
    return None


def passes(folder: Path, tests: list[str], patience: float | None) -> bool:
    """Whether the tests pass in a copy of the project."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-n0", "-p", "no:cacheprovider", *tests]
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        found = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, check=False, timeout=patience
        )
    except subprocess.TimeoutExpired:
        return False
    return found.returncode == 0


def main() -> None:
    """Try a sample of the mutants of one module."""
    options = argparse.ArgumentParser(description="List the changes that no test notices.")
    options.add_argument("module")
    options.add_argument("tests", nargs="+")
    options.add_argument("--count", type=int, default=40)
    options.add_argument("--seed", type=int, default=0)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in _PARTS:
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        for file in _FILES:
            shutil.copy(ROOT / file, folder / file)
        start = time.monotonic()
        if not passes(folder, given.tests, None):
            raise SystemExit("the tests fail as they are")
        patience = _PATIENCE * (time.monotonic() - start)
        target = folder / given.module
        source = target.read_text(encoding="utf-8")
        every = list(mutants(source))
        chosen = Random(given.seed).sample(every, min(given.count, len(every)))  # noqa: S311  a sample
        survivors = 0
        for mutant in sorted(chosen):
            target.write_text(mutant.source, encoding="utf-8")
            if passes(folder, given.tests, patience):
                survivors += 1
                print(f"survives, line {mutant.line}: {mutant.before}  ->  {mutant.after}", flush=True)
    print(f"{given.module}: {len(chosen) - survivors} of {len(chosen)} noticed ({len(every)} possible)")


if __name__ == "__main__":
    main()
