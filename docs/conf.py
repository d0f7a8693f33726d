"""The documentation site: `sphinx-build -W docs site`."""

from importlib.metadata import version as installed
from typing import Any

from symbolic_init import _HOMES

project = "symbolic_init"
version = release = installed("symbolic-init")
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "symbolic_init"
html_static_path: list[str] = []

autodoc_typehints = "none"
autodoc_member_order = "bysource"
napoleon_google_docstring = True
napoleon_use_ivar = True
default_role = "code"
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 300
suppress_warnings = ["myst.xref_missing"]  # links to files of the repository; a test follows them


def setup(app: Any) -> None:
    """Write the reference from the table of public names."""
    app.connect("source-read", _write_reference)


def _write_reference(_app: Any, page: str, source: list[str]) -> None:
    if page == "reference":
        source[0] += "".join(_module(module, names) for module, names in _HOMES if module != "errors")


def _module(module: str, names: tuple[str, ...]) -> str:
    block = f".. automodule:: symbolic_init.{module}\n   :members: {', '.join(names)}\n"
    return f"\n## {', '.join(names)}\n\n```{{eval-rst}}\n{block}```\n"
