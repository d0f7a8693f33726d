"""Write down the public names and the fields of records, which a test compares with the code.

    sh scripts/venv python scripts/snapshots.py

Run it when a change is meant, and read the difference: `docs/releasing.md` says what a release may change.
"""

import dataclasses
import inspect
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import symbolic_init
from symbolic_init.records import SCHEMA, schema

DATA = Path(__file__).resolve().parent.parent / "tests" / "data"


def public_names() -> dict[str, Any]:
    """Every public name with its signature; of a class also its fields and methods."""
    return {
        name: _described(getattr(symbolic_init, name))
        for name in symbolic_init.__all__
        if name != "__version__"
    }


def _described(value: Any) -> Any:
    if not inspect.isclass(value):
        return _signature(value)
    if issubclass(value, Exception):
        return [base.__name__ for base in value.__mro__ if base.__module__.startswith("symbolic_init")]
    members = {name: m for name, m in vars(value).items() if not name.startswith("_")}
    fields = [f.name for f in dataclasses.fields(value)] if dataclasses.is_dataclass(value) else []
    return {
        "fields": fields,
        "methods": {name: _signature(m) for name, m in sorted(members.items()) if inspect.isfunction(m)},
        "properties": sorted(name for name, m in members.items() if isinstance(m, property)),
    }


def _signature(function: Any) -> list[str]:
    """The parameters, with their kinds and defaults; annotations may become wider."""
    parameters = inspect.signature(function).parameters.values()
    return [_parameter(p) for p in parameters]


def _parameter(p: inspect.Parameter) -> str:
    mark = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**", p.POSITIONAL_ONLY: "/ "}.get(p.kind, "")
    only = " (by name)" if p.kind is p.KEYWORD_ONLY else ""
    default = "a function" if inspect.isfunction(p.default) else repr(p.default)
    return f"{mark}{p.name}{only}" + ("" if p.default is p.empty else f" = {default}")


def record_fields() -> dict[str, Any]:
    """The schema of records: fields of each class, and the words of each choice."""
    return {"schema": SCHEMA, "record": schema.DERIVATION.shape}


SNAPSHOTS: Mapping[str, Any] = {"api.json": public_names, "schema.json": record_fields}


def main() -> None:
    """Write all of them."""
    for name, found in SNAPSHOTS.items():
        (DATA / name).write_text(json.dumps(found(), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
