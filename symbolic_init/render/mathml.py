"""TeX as MathML, by the package math-core."""

from functools import cache
from html import escape
from typing import Any

from symbolic_init.extras import require

__all__ = ["mathml"]


@cache
def _converter() -> Any:
    require("math_core", "html")
    from math_core import LatexToMathML

    return LatexToMathML()


def mathml(tex: str, *, display: bool = False) -> str:
    r"""Return a formula as a MathML element; what cannot be converted stands as TeX.

    Args:
        tex: The formula, without dollar signs.
        display: As large as on a line of its own.

    Raises:
        MissingPackageError: Without the package math-core.

    Examples:
        >>> mathml(r"\frac{1}{N}")
        '<math><mfrac><mn>1</mn><mi>N</mi></mfrac></math>'
    """
    converter = _converter()
    try:
        return str(converter.convert_with_local_state(tex, displaystyle=display))
    except Exception:  # noqa: BLE001  # its error class exists only where it is installed
        return f"<code>{escape(tex)}</code>"
