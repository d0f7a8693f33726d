"""The formats a derivation can be written in, as one table; each renderer is imported on first use."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symbolic_init.derivation import Derivation

__all__ = ["FORMATS", "Renderer"]

Renderer = Callable[..., str]
"""A function from a `Derivation` and options by keyword to text."""


def _text(derivation: "Derivation", **options: Any) -> str:
    from symbolic_init.render.text import to_text

    return to_text(derivation, **options)


def _latex(derivation: "Derivation", **options: Any) -> str:
    from symbolic_init.render.latex import to_latex

    return to_latex(derivation, **options)


def _markdown(derivation: "Derivation", **options: Any) -> str:
    from symbolic_init.render.markdown import to_markdown

    return to_markdown(derivation, **options)


def _html(derivation: "Derivation", **options: Any) -> str:
    from symbolic_init.render.html_page import to_html

    return to_html(derivation, **options)


def _python(derivation: "Derivation", **options: Any) -> str:
    from symbolic_init.render.python_code import to_python

    return to_python(derivation, **options)


FORMATS: Mapping[str, Renderer] = MappingProxyType(
    {"text": _text, "latex": _latex, "markdown": _markdown, "html": _html, "python": _python}
)
"""From the name of a format to `renderer(derivation, **options)`; every one takes `steps`."""
