"""The first look at a text: its characters, brackets, words and numbers, before any syntax."""

import keyword
import re
from fractions import Fraction
from itertools import pairwise

from symbolic_init.errors import ParseError
from symbolic_init.parsing.limits import Limits

__all__ = ["checked", "number"]

_ALLOWED = re.compile(r"[A-Za-z0-9_ +\-*/().,<>=!&|~]")
_TOKEN = re.compile(r"\d[\d.]*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|[A-Za-z_]\w*|\S")
_NUMBER = re.compile(r"(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?")
_WORDS_OF_THE_GRAMMAR = frozenset({"and", "or", "not", "True", "False", "if", "else"})

_HINTS = {
    "^": "write a power as `**`: `x**2`",
    "[": "write round brackets",
    "]": "write round brackets",
    "{": "write round brackets",
    "}": "write round brackets",
    '"': "text in quotes has no place in an expression",
    "'": "text in quotes has no place in an expression",
    "`": "text in quotes has no place in an expression",
    ":": "write a condition as `Piecewise((0, x < 0), (x, True))`",
    ";": "write one expression",
    "\\": "write plain functions, such as `sqrt(x)`, not LaTeX",
    "$": "write plain functions, such as `sqrt(x)`, not LaTeX",
    "%": "there is no remainder or per cent; write a fraction",
    "·": "write a product as `*`",
    "×": "write a product as `*`",
    "−": "write the minus sign `-` of the keyboard",
    "–": "write the minus sign `-` of the keyboard",
    "π": "write `pi`",
    "√": "write `sqrt(...)`",
    "∞": "write a finite number",
    "≤": "write `<=`",
    "≥": "write `>=`",
    "²": "write `**2`",
    "³": "write `**3`",
}


def checked(text: str, limits: Limits) -> str:
    """Return `text` with every white space a blank, of the same length, or say what is wrong.

    Raises:
        ParseError: If a character, a bracket, a word or a number cannot stand in an expression.
    """
    if not isinstance(text, str):
        msg = f"an expression is text such as 'tanh(x)', not {type(text).__name__}"
        raise ParseError(msg)
    if not text.strip():
        msg = "the expression is empty; write one in x, such as tanh(x), or a name, such as gelu"
        raise ParseError(msg)
    if len(text) > limits.length:
        msg = f"the text has {len(text)} characters; at most {limits.length} are read"
        raise ParseError(msg)
    blank = re.sub(r"[ \t\r\n]", " ", text)
    _check_words(blank)
    _check_characters(blank)
    _check_brackets(blank, limits)
    _check_tokens(blank, limits)
    return blank


def _check_words(text: str) -> None:
    for match in re.finditer(r"[A-Za-z_]\w*", text, re.ASCII):
        word = match.group()
        if keyword.iskeyword(word) and word not in _WORDS_OF_THE_GRAMMAR:
            other = "lam" if word == "lambda" else f"{word}_".lower()
            msg = f"`{word}` is a word of Python and cannot be used here; call a parameter `{other}`"
            raise ParseError(msg, text=text, position=match.start())


def _check_characters(text: str) -> None:
    for position, character in enumerate(text):
        if not _ALLOWED.match(character):
            raise ParseError(_about_character(character), text=text, position=position)


def _about_character(character: str) -> str:
    from unicodedata import name

    called = name(character, f"control character {ord(character):#04x}").lower()
    shown = (
        f"{character!r}" if character.isascii() and character.isprintable() else f"{character!r} ({called})"
    )
    hint = _HINTS.get(character)
    if hint is None and called.startswith("greek small letter "):
        hint = f"write the name of a parameter in Latin letters: `{called.split()[3]}`"
    if hint is None:
        hint = "expressions are written in ASCII letters, digits and + - * / ** ( ) , . < > = ! & | ~"
    return f"the character {shown} cannot be used; {hint}"


def _check_brackets(text: str, limits: Limits) -> None:
    opened: list[int] = []
    for position, character in enumerate(text):
        if character == "(":
            opened.append(position)
            if len(opened) > limits.depth:
                msg = f"more than {limits.depth} brackets inside each other"
                raise ParseError(msg, text=text, position=position)
        elif character == ")":
            if not opened:
                raise ParseError("this bracket was never opened", text=text, position=position)
            opened.pop()
    if opened:
        raise ParseError("this bracket is never closed", text=text, position=opened[-1])


def _check_tokens(text: str, limits: Limits) -> None:
    tokens = tuple(_TOKEN.finditer(text))
    for token in tokens:
        word, position = token.group(), token.start()
        if word[0].isdigit() or (word[0] == "." and len(word) > 1):
            _check_number(text, word, position, limits)
        elif word.startswith("_"):
            raise ParseError("a name begins with a letter", text=text, position=position)
    for first, second in pairwise(tokens):
        _check_pair(text, first, second)


def _check_pair(text: str, first: "re.Match[str]", second: "re.Match[str]") -> None:
    """Refuse `2x`, `2(x)`, `)(` and `)x`, and Python's attribute access, each with what to write."""
    left, right = first.group(), second.group()
    position = second.start()
    if right == "." or left == ".":
        raise ParseError("a point belongs inside a number only", text=text, position=position)
    if first.end() == second.start() and left[0].isdigit() and re.fullmatch(r"[jJ]", right):
        raise ParseError(
            "imaginary numbers cannot be used: an activation is real", text=text, position=position
        )
    if left in _WORDS_OF_THE_GRAMMAR or right in _WORDS_OF_THE_GRAMMAR:
        return
    number_left = left[0].isdigit() or (left[0] == "." and len(left) > 1) or left == ")"
    name_left = left[0].isalpha()
    operand_right = right[0].isalnum() or (right[0] == "." and len(right) > 1)
    if name_left and operand_right:
        msg = "something is missing here; write a product as `*`, a function as `sin(x)`"
        raise ParseError(msg, text=text, position=position)
    if number_left and (operand_right or right == "("):
        raise ParseError("an operator is missing here; write a product as `*`", text=text, position=position)


def _check_number(text: str, word: str, position: int, limits: Limits) -> None:
    match = _NUMBER.fullmatch(word)
    if match is None:
        raise ParseError(f"`{word}` is not a number", text=text, position=position)
    whole, decimals, exponent = match.groups()
    if re.fullmatch(r"0\d+", word):
        raise ParseError("a whole number does not begin with 0", text=text, position=position)
    too_long = len(exponent or "") > 9 or len(whole) + len(decimals) + abs(int(exponent or 0)) > limits.digits
    if too_long:
        msg = f"numbers may have at most {limits.digits} digits"
        raise ParseError(msg, text=text, position=position)


def number(word: str) -> Fraction:
    """Return the rational number that a decimal denotes, exactly.

    Examples:
        >>> number("1e-3")
        Fraction(1, 1000)
    """
    return Fraction(word)
