"""The layout: who may import whom, how long a module may be, and what starts without SymPy."""

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "symbolic_init"
MODULES = sorted(PACKAGE.rglob("*.py"))
LONGEST_MODULE = 400

LIGHT = ("catalog", "errors", "layers", "rationals", "references", "schemes", "strict_json")
BASE = (
    *(*LIGHT, "assumptions", "callables", "decimals", "derivation", "evidence", "figure", "layerwise"),
    *("notation", "simulated", "special", "transformed"),
)
ADAPTED = ("activation", "engine", "extras", "float_means", "tracing", "working_points")


class Row(NamedTuple):
    """What one part of the package may import: parts of ours, packages of others."""

    ours: tuple[str, ...]
    theirs: tuple[str, ...]


TABLE = {
    **{part: Row(LIGHT, ()) for part in LIGHT},
    **{part: Row(BASE, ("mpmath", "sympy")) for part in BASE if part not in LIGHT},
    "parsing": Row((*BASE, "parsing"), ("sympy",)),
    "activation": Row((*BASE, "parsing"), ("sympy",)),
    "analysis": Row((*BASE, "activation", "analysis"), ("sympy",)),
    "moments": Row((*BASE, "activation", "analysis", "moments"), ("flint", "mpmath", "sympy")),
    "theories": Row((*BASE, "theories"), ("sympy",)),
    "meanfield": Row(
        (*BASE, "activation", "analysis", "meanfield", "moments", "theories"), ("flint", "sympy")
    ),
    "advice": Row((*BASE, "activation", "advice", "meanfield", "moments", "theories"), ("mpmath", "sympy")),
    "propagation": Row((*BASE, "activation", "advice", "engine", "meanfield", "theories"), ("sympy",)),
    "tailoring": Row(
        (*BASE, "activation", "analysis", "moments", "parsing", "tailoring"), ("flint", "sympy")
    ),
    "simulation": Row(
        (*BASE, "activation", "analysis", "engine", "meanfield", "moments", "propagation", "simulation"),
        ("numpy", "sympy"),
    ),
    "network": Row((*BASE, "activation", "engine", "meanfield", "theories", "working_points"), ("sympy",)),
    "fitting": Row((*BASE, "activation", "analysis", "fitting", "moments", "parsing"), ("sympy",)),
    "engine": Row((*BASE, "activation", "advice", "analysis", "meanfield", "theories"), ("sympy",)),
    "typesetting": Row(LIGHT, ()),
    "plots": Row((*BASE, "extras", "render"), ()),
    "published": Row((*BASE, "engine", "fitting", "moments", "propagation"), ("mpmath", "sympy")),
    "atlas": Row((*BASE, "atlas", "engine", "published", "render", "theories"), ("markupsafe",)),
    "records": Row((*BASE, "parsing", "records"), ("mpmath", "sympy")),
    "render": Row((*BASE, "extras", "render"), ("jinja2", "markupsafe", "math_core", "mpmath", "sympy")),
    "cache": Row(LIGHT, ()),
    "batch": Row(
        (*BASE, "__init__", "activation", "batch", "cache", "engine", "records"), ("distributed", "sympy")
    ),
    "extras": Row(LIGHT, ()),
    "float_means": Row((*BASE, "analysis", "moments"), ("numpy", "sympy")),
    "working_points": Row((*BASE, "activation", "engine", "float_means"), ("sympy",)),
    "tracing": Row((*BASE, "activation", "moments", "parsing", "tracing"), ("numpy", "sympy")),
    **{part: Row((*BASE, *ADAPTED, part), ("numpy", "sympy", part)) for part in ("jax", "torch")},
    "keras": Row((*BASE, *ADAPTED), ("keras",)),
    "cli": Row(
        (
            *(*BASE, "atlas", "batch", "cache", "cli", "engine", "fitting", "moments", "network"),
            *("plots", "propagation", "records", "render", "simulation", "tailoring", "typesetting"),
        ),
        ("click", "tqdm"),
    ),
    "__main__": Row(("cli",), ()),
    "__init__": Row(
        (
            *(*BASE, "activation", "engine", "fitting", "meanfield", "moments", "network"),
            *("propagation", "records", "simulation", "tailoring"),
        ),
        (),
    ),
}
"""The dependency table. `mpmath` in `render` and `records` writes digits."""

THEIRS_LATE = {
    **dict.fromkeys(("callables", "moments", "tailoring"), ("numpy",)),
    "plots": ("matplotlib",),
}
"""What a part may import inside functions as well: it would slow down the start."""

LATE = {
    ("notation", "moments.evaluation"): "heads evaluate themselves",
    ("evidence", "moments.evaluation"): "values and moments have numbers",
    ("derivation", "moments.evaluation"): "std()",
    ("derivation", "analysis.taylor"): "taylor()",
    ("derivation", "render.text"): "to_text()",
    ("derivation", "render.latex"): "to_latex()",
    ("derivation", "render.markdown"): "to_markdown()",
    ("derivation", "render.html_page"): "to_html()",
    ("derivation", "render.python_code"): "to_python()",
    ("derivation", "plots"): "plot()",
    ("derivation", "records"): "to_json()",
    ("moments.kernel", "render.kernel"): "to_text(), to_latex()",
}
"""The upward imports: one-line conveniences of data, inside functions, and why."""

TEXT_TO_CODE = {"compile", "eval", "exec", "parse_expr", "sympify"}


class Import(NamedTuple):
    """One imported module, where, and whether it is loaded with its importer."""

    target: str
    line: int
    late: bool


def dotted(path: Path) -> str:
    """Name of a module inside the package: `moments.rules.signs`, `__init__`."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


@cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of a module."""
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(tree: ast.Module) -> Iterator[Import]:
    """Every import of a module but those for the type checker alone."""
    yield from _imports(tree, late=False)


def _imports(node: ast.AST, *, late: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            continue
        if isinstance(child, ast.Import):
            yield from (Import(alias.name, child.lineno, late) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, f"line {child.lineno}: a relative import"
            yield from _from_imports(child, late=late)
        else:
            yield from _imports(child, late=late or isinstance(child, ast.FunctionDef | ast.Lambda))


def _from_imports(node: ast.ImportFrom, *, late: bool) -> Iterator[Import]:
    for alias in node.names:
        inner = f"{node.module}.{alias.name}"
        is_module = (ROOT / (inner.replace(".", "/") + ".py")).exists() or (
            ROOT / inner.replace(".", "/") / "__init__.py"
        ).exists()
        yield Import(inner if is_module else str(node.module), node.lineno, late)


def violations(path: Path) -> Iterator[str]:
    """The imports of a module that the tables do not allow."""
    name = dotted(path)
    part = name.partition(".")[0]
    row = TABLE[part]
    for target, line, late in imports(parsed(path)):
        top, _, inner = target.partition(".")
        if top == "symbolic_init":
            allowed = inner == "" or inner.partition(".")[0] in row.ours or (late and (name, inner) in LATE)
        else:
            extra = THEIRS_LATE.get(part, ()) if late else ()
            allowed = top in sys.stdlib_module_names or top in (*row.theirs, *extra)
        if not allowed:
            yield f"{name}, line {line}: imports {target}"


def test_imports_follow_the_table():
    assert [found for path in MODULES for found in violations(path)] == []


def test_every_part_of_the_package_is_in_the_table():
    parts = {dotted(path).partition(".")[0] for path in MODULES}

    assert parts == set(TABLE)


def test_every_late_import_of_the_table_is_used():
    used = {
        (dotted(path), target.partition(".")[2])
        for path in MODULES
        for target, _, late in imports(parsed(path))
        if late
    }

    assert set(LATE) <= used


def test_a_forbidden_import_is_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "PACKAGE", tmp_path)
    module = tmp_path / "theories.py"
    module.write_text("import numpy\n\ndef f():\n    from symbolic_init.render.text import to_text\n")

    assert list(violations(module)) == [
        "theories, line 1: imports numpy",
        "theories, line 4: imports symbolic_init.render.text",
    ]


def test_a_module_is_read_in_one_sitting():
    lines = {dotted(path): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}

    assert {name: number for name, number in lines.items() if number > LONGEST_MODULE} == {}


def turned_into_code(tree: ast.Module) -> set[str]:
    """Functions that a module calls or imports and that run text."""
    called = {
        getattr(node.func, "id", getattr(node.func, "attr", ""))
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) not in ("re.compile",)
    }
    imported = {a.name for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) for a in n.names}
    return TEXT_TO_CODE & (called | imported)


def test_text_is_never_turned_into_code():
    found = {dotted(path): turned_into_code(parsed(path)) for path in MODULES}

    assert {name: used for name, used in found.items() if used} == {}


def precision_set(tree: ast.Module) -> set[str]:
    """Assignments of a module that change a precision for everyone."""
    assigned = {
        ast.unparse(target)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign | ast.AugAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
    }
    return {a for a in assigned if a.endswith((".dps", ".prec"))}


def test_precision_is_never_set_globally():
    found = {dotted(path): precision_set(parsed(path)) for path in MODULES}

    assert {name: used for name, used in found.items() if used} == {}


def test_forbidden_code_is_noticed():
    tree = ast.parse("from sympy import sympify\nmp.dps = 50\neval('1')\nre.compile('a')\n")

    assert turned_into_code(tree) == {"eval", "sympify"}
    assert precision_set(tree) == {"mp.dps"}


def committed() -> list[Path]:
    """Files of the project: those that git tracks, or all of them outside a checkout."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        return [p for folder in ("symbolic_init", "tests", "docs") for p in (ROOT / folder).rglob("*.*")]
    found = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [path for name in found.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def test_no_file_names_a_machine():
    words = ["/" + name + "/" for name in ("root", "work", "farm")] + ["/home" + "/"]
    hits = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in committed()
        if path.suffix in {".py", ".md", ".toml", ".cff", ".json", ""}
        for word in words
        if word in path.read_text(encoding="utf-8")
    ]

    assert hits == []


BLOCKER = """
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"sympy", "mpmath", "numpy", "flint", "scipy"}:
            raise ImportError("blocked: " + name)
sys.meta_path.insert(0, Blocker())
"""


def python(code: str) -> subprocess.CompletedProcess[str]:
    """Run a fresh interpreter."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)


@pytest.mark.parametrize(
    "arguments",
    [["list"], ["--help"], ["--version"], ["compare", "--help"], ["relu", "--help"]],
    ids=" ".join,
)
def test_light_commands_need_no_sympy(arguments):
    run = python(f"{BLOCKER}\nsys.argv[1:] = {arguments!r}\nfrom symbolic_init.cli import main\nmain()")

    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout


def test_importing_the_package_loads_nothing():
    run = python(
        f"{BLOCKER}\nimport symbolic_init\nprint([n for n in sys.modules if n.startswith('symbolic_init')])"
    )

    assert (run.stdout.strip(), run.stderr) == ("['symbolic_init']", "")


def test_deriving_loads_no_numpy():
    run = python(
        "import sys\nfrom symbolic_init import derive\nprint(derive('relu').sigma_w2, 'numpy' in sys.modules)"
    )

    assert (run.stdout.strip(), run.stderr) == ("2 False", "")
