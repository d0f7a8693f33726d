"""Brackets in TeX that are as large as what they hold."""

import re

__all__ = ["fitted"]

_TOKEN = re.compile(
    r"((?:(?<!\\) )?\\right(?![A-Za-z])(?:\\[A-Za-z]+|\\?.)"
    r"|\\left(?![A-Za-z])(?:\\[A-Za-z]+|\\?.)"
    r"|\\(?:frac|begin)(?![A-Za-z]))"
)
"""Brackets that grow, and what they grow around."""
_OPENING, _CLOSING = ("\\left(", "\\left["), ("\\right)", "\\right]")


def fitted(tex: str) -> str:
    r"""Return TeX in which round and square brackets grow only around what is taller than a line.

    A bracket that may grow has more room around it, in TeX and even more in browsers, than one that does not.

    Examples:
        >>> fitted(r"\Phi\left(x \right) \left(1 + \left(\frac{x}{2}\right)\right)")
        '\\Phi(x) \\left(1 + \\left(\\frac{x}{2}\\right)\\right)'
    """
    pieces: list[str] = []
    opened: list[int] = []
    tall: set[int] = set()
    for text in _TOKEN.split(tex):
        is_token = _TOKEN.fullmatch(text) is not None
        piece = text.lstrip() if is_token else text
        if is_token and piece.startswith("\\left"):
            opened.append(len(pieces))
        elif is_token and piece.startswith("\\right") and opened:
            place = opened.pop()
            if place in tall:
                tall.update(opened)
            elif pieces[place] in _OPENING and piece in _CLOSING:
                pieces[place] = pieces[place].removeprefix("\\left")
                piece = piece.removeprefix("\\right")
        elif is_token:
            tall.update(opened)
        pieces.append(piece)
    return "".join(pieces)
