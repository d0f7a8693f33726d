"""Plain words with mathematics in ASCII (`v^2`, `chi_1`, `q*`) as words with TeX formulas."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from symbolic_init.render.names import NAMES

__all__ = ["markdown_text", "prose", "scientific", "tex_text"]

_POWER = r"\^(?:[0-9]+|[a-z]\b|\(-?[0-9/]+\))(?![\^'])"
_TOKEN = re.compile(
    rf"(?P<mean>\bE\[(?:[A-Za-z0-9 ()+/'.-]|(?<=[A-Za-z')]){_POWER})*\](?:\^[0-9]+)?)"
    r"|(?P<variance>\bVar\([wb]\))"
    r"|(?P<scientific>(?<![\w.])\d+(?:\.\d+)?e[+-]?\d+\b)"
    r"|(?P<name>\b(?:chi_1|sigma_[wb]2|q_implied)\b)"
    r"|(?P<star>\b[qK]\*)"
    r"|(?P<layer>\bq_\d+\b)"
    r"|(?P<germ>\bg'*\(0[+-]?\)(?:\^\d+)?)"
    r"|(?P<prime>\b[gVM]'+(?:\^\d+)?(?=[^\w']|$))"
    r"|(?P<power>\b[A-Za-z0-9]+\^(?:\d+|[a-z]\b|\(-?[\d/]+\)))"
    r"|(?P<pi>\bpi\b)"
    r"|(?P<raised>(?<=[\])])\^\d+)"
    r"|(?P<times>(?<=\s)x(?=\s\d))"
    r"|(?P<letter>(?<![\w'.-])-?(?:[qgzhxyNVM](?![\w'-])|S(?=\(q\))))"
    r"|(?P<arrow><=>|=>|->|<=|>=|(?<=\s)~(?=\s))"
)
_IN_MEANS: tuple[tuple[str, str], ...] = (
    (r"\bsqrt\((\w+)\)", r"\\sqrt{\1}"),
    (r"(?<![\\A-Za-z])([A-Za-z]{2,})\b", r"\\operatorname{\1}"),
    (r"\^(\d+|[a-z]\b)", r"^{\1}"),
    (r"\^\(([^()]*)\)", r"^{\1}"),
)
"""What stands under a mean, as TeX: patterns and what replaces them, in this order."""
_ARROWS: Mapping[str, str] = MappingProxyType(
    {"<=>": r"\Leftrightarrow", "=>": r"\Rightarrow", "->": r"\to", "<=": r"\le", ">=": r"\ge", "~": r"\sim"}
)
_STARS: Mapping[str, str] = MappingProxyType({"q*": r"q^{\star}", "K*": r"K^{\star}"})

_TEX: Mapping[str, str] = MappingProxyType(
    {
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        "$": r"\$",
        "&": r"\&",
        "#": r"\#",
        "_": r"\_",
        "%": r"\%",
        "^": r"\^{}",
        "~": r"\~{}",
        "<": r"\(<\)",
        ">": r"\(>\)",
        "|": r"\(|\)",
        '"': "''",
        "`": "\\textasciigrave{}",
        "'": "'",
        "−": r"\(-\)",
        "–": "--",
        "—": "---",
        "’": "'",
    }
)
_MARKDOWN = frozenset("\\`*_{}[]()<>#+!|$~&-")
_LATIN = range(0xA1, 0x180)


def tex_text(text: str) -> str:
    r"""Return text with every character harmless in LaTeX.

    Examples:
        >>> tex_text("100% \\input{x}")
        '100\\% \\textbackslash{}input\\{x\\}'
    """
    return "".join(_tex_char(c) for c in text)


def _tex_char(char: str) -> str:
    if char in _TEX:
        return _TEX[char]
    if char.isascii():
        return char if char.isprintable() else " "
    return char if char.isalpha() and ord(char) in _LATIN else f"[U+{ord(char):04X}]"


def markdown_text(text: str) -> str:
    r"""Return text with every character harmless in Markdown and in a table of it.

    Examples:
        >>> markdown_text("a|b <i>")
        'a&#124;b &lt;i&gt;'
    """
    return "".join(f"&#{ord(c)};" if c in "|$`~" else _markdown_char(c) for c in text)


def _markdown_char(char: str) -> str:
    if char in "<>&":
        return {"<": "&lt;", ">": "&gt;", "&": "&amp;"}[char]
    if not char.isprintable():
        return " "
    return f"\\{char}" if char in "\\*_[]#" else char


def scientific(text: str) -> str:
    r"""Return digits as LaTeX: `2.1e+15` as a product; anything else as it is.

    Examples:
        >>> scientific("2.1e+15"), scientific("1e-4")
        ('2.1 \\cdot 10^{15}', '10^{-4}')
    """
    mantissa, e, exponent = text.partition("e")
    numeric = exponent.lstrip("+-").isdigit() and mantissa.replace(".", "").lstrip("-").isdigit()
    if not (e and numeric):
        return text
    power = f"10^{{{int(exponent)}}}"
    return power if mantissa == "1" else rf"{mantissa} \cdot {power}"


def _between_dollars(tex: str) -> str:
    return f"${tex}$"


def prose(
    text: str, escape: Callable[[str], str], *, formula: Callable[[str], str] = _between_dollars
) -> str:
    r"""Return words with their ASCII mathematics as `$...$`, or by `formula`, and all else escaped.

    Examples:
        >>> prose("q -> 0 keeps v^2 & chi_1", tex_text)
        '$q$ $\\to$ 0 keeps $v^{2}$ \\& $\\chi_1$'
        >>> prose("E[sech(sqrt(q) z)^2] is 2.1e-15", tex_text)
        '$\\mathbb{E}[\\operatorname{sech}(\\sqrt{q} z)^{2}]$ is $2.1 \\cdot 10^{-15}$'
    """
    pieces = []
    end = 0
    for match in _TOKEN.finditer(text):
        pieces += [escape(text[end : match.start()]), formula(_math(match))]
        end = match.end()
    return "".join((*pieces, escape(text[end:])))


def _math(match: re.Match[str]) -> str:
    token = match.group()
    match match.lastgroup:
        case "mean":
            return _mean(token)
        case "variance":
            return rf"\operatorname{{Var}}{token[3:]}"
        case "scientific":
            return scientific(token)
        case "name":
            return NAMES[token].latex
        case "germ":
            return token.replace("0-", "0^{-}").replace("0+", "0^{+}")
        case "layer":
            return f"q_{{{token[2:]}}}"
        case "star":
            return _STARS[token]
        case "power":
            base, exponent = token.split("^")
            letter = base if len(base) == 1 else rf"\mathrm{{{base}}}"
            return f"{letter}^{{{exponent.strip('()')}}}"
        case "pi":
            return r"\pi"
        case "raised":
            return f"{{}}^{{{token[1:]}}}"
        case "arrow":
            return _ARROWS[token]
        case "times":
            return r"\times"
    return token


def _mean(token: str) -> str:
    r"""`E[sech(sqrt(q) z)^2]` as TeX."""
    for pattern, written in _IN_MEANS:
        token = re.sub(pattern, written, token)
    return r"\mathbb{E}" + token.removeprefix("E")
