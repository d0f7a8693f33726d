"""Formulas in LaTeX: fractions, ascending powers, and lines that fit a column."""

from types import MappingProxyType
from typing import Any

from sympy import Add, Expr, Integer, Mul, Pow, Rational, Symbol, exp
from sympy.printing.latex import LatexPrinter

from symbolic_init.notation import GaussianMean, z
from symbolic_init.render.brackets import fitted
from symbolic_init.render.layout import (
    Fraction,
    is_negative,
    power_of_ten,
    readable,
    split_product,
    terminating,
    terms,
)
from symbolic_init.render.names import NAMES
from symbolic_init.render.printing import formula
from symbolic_init.render.prose import tex_text

__all__ = ["TexPrinter", "estimated_width", "math_lines", "shortened", "tex"]

_SHRINKABLE = 2
"""A part that cannot be broken is shrunk up to so many times."""
_LONGEST, _SHOWN = 14, 9
"""Numbers of more characters are cut to so many digits, with dots after them."""
_SMALLEST_EXPONENT = -4
_SETTINGS = MappingProxyType({"inv_trig_style": "full", "ln_notation": False})


def tex(expr: Any) -> str:
    r"""Return an expression as LaTeX mathematics.

    Examples:
        >>> from sympy import pi, sqrt
        >>> from symbolic_init.notation import x
        >>> tex(1 - x**2/sqrt(2*pi))
        '1 - \\frac{x^{2}}{\\sqrt{2 \\pi}}'
    """
    shown = readable(expr) if isinstance(expr, Expr) else expr
    return str(TexPrinter().doprint(shown))


def shortened(number: Rational) -> str:
    r"""Return a number as TeX: exact where it is short, else its first digits with dots after them.

    Examples:
        >>> from sympy import Rational
        >>> shortened(Rational("1.0507")), shortened(Rational("-1.05070098735548049"))
        ('\\frac{10507}{10000}', '-1.05070098\\ldots')
    """
    top, bottom = abs(int(number.p)), int(number.q)
    sign = "-" if number < 0 else ""
    power = power_of_ten(number)
    if power is not None:
        lead = "" if power[0] == "1" else rf"{power[0]} \cdot "
        return rf"{sign}{lead}10^{{{power[1]}}}"
    if len(f"{top}/{bottom}") <= _LONGEST:
        return sign + (str(top) if bottom == 1 else rf"\frac{{{top}}}{{{bottom}}}")
    decimal = terminating(abs(number))
    if bottom == 1 or (decimal and len(decimal) <= _LONGEST):
        return sign + (decimal or str(top))
    exponent = len(str(top)) - len(str(bottom))
    exponent -= int(Rational(top, bottom) / Integer(10) ** exponent) == 0
    plain = _SMALLEST_EXPONENT <= exponent < _SHOWN
    scale = "" if plain else rf" \cdot 10^{{{exponent}}}"
    places = _SHOWN - 1 - (exponent if plain else 0)
    scaled = Rational(top, bottom) / (1 if plain else Integer(10) ** exponent)
    digits = str(int(scaled * 10**places)).rjust(places + 1, "0")
    return rf"{sign}{digits[:-places]}.{digits[-places:]}\ldots{scale}"


class TexPrinter(LatexPrinter):  # type: ignore[misc]  # SymPy is untyped
    """LaTeX in the order of a reader; heads of the package bring their own form."""

    def __init__(self) -> None:
        super().__init__(dict(_SETTINGS))

    def doprint(self, expr: Any) -> str:
        """Return an expression as TeX, its brackets no larger than what they hold."""
        return fitted(str(super().doprint(expr)))

    def _print_Symbol(self, expr: Any, style: str = "plain") -> str:
        name = str(expr.name)
        if name in NAMES:
            return NAMES[name].latex
        if name.isidentifier() and name.isascii():
            return str(super()._print_Symbol(Symbol(name), style=style))
        is_number = name[0].isdigit()  # a decimal that `split_product` made
        return shortened(Rational(name)) if is_number else rf"\mathrm{{{tex_text(name)}}}"

    def _print_Rational(self, expr: Any) -> str:
        return shortened(expr)

    def _print_Add(self, expr: Any, order: Any = None) -> str:  # noqa: ARG002  # SymPy's signature
        return signed_sum(tuple((is_negative(t), self._term(t)) for t in terms(expr)))

    def _term(self, term: Expr) -> str:
        """A term without its sign."""
        body = str(self._print(-term if is_negative(term) else term))
        return rf"\left({body}\right)" if body.startswith("-") else body

    def _print_Mul(self, expr: Any) -> str:
        return self._fraction(_split(expr))

    def _fraction(self, parts: Fraction) -> str:
        sign = "- " if parts.negative else ""
        if parts.top_roots and parts.bottom_roots:
            inside = rf"\frac{{{self._product(parts.top_roots)}}}{{{self._product(parts.bottom_roots)}}}"
            roots, below = rf"\sqrt{{{inside}}}", ""
        else:
            roots, below = self._root(parts.top_roots), self._root(parts.bottom_roots)
        above = self._product(parts.top, roots) or "1"
        denominator = self._product(parts.bottom, below)
        return sign + (rf"\frac{{{above}}}{{{denominator}}}" if denominator else above)

    def _root(self, factors: tuple[Expr, ...]) -> str:
        return rf"\sqrt{{{self._product(factors)}}}" if factors else ""

    def _product(self, factors: tuple[Expr, ...], root: str = "") -> str:
        """Factors side by side, one of them without brackets."""
        alone = len(factors) + bool(root) == 1
        first = [f for f in factors if f.is_number or f.as_base_exp()[0].is_Symbol]
        rest = [f for f in factors if f not in first]
        last = [first.pop()] if first and first[-1] == z else []  # sqrt(q) z, not z sqrt(q)
        pieces = [self._factor(f, alone=alone) for f in first]
        pieces += ([root] if root else []) + [self._factor(f, alone=alone) for f in (*last, *rest)]
        text = ""
        for piece in pieces:
            dot = r" \cdot " if text[-1:].isdigit() and piece[:1].isdigit() else " "
            text += piece if not text else dot + piece
        return text

    def _factor(self, expr: Expr, *, alone: bool) -> str:
        text = str(self._print(expr))
        bracket = expr.is_Add or expr.is_Mul or expr.is_Piecewise or text.startswith("-")
        return rf"\left({text}\right)" if bracket and not alone else text

    def _print_Pow(self, expr: Any) -> str:
        if expr.exp.as_coeff_Mul()[0].is_negative:
            below = self._product((Pow(expr.base, -expr.exp),))
            return rf"\frac{{1}}{{{below}}}"
        return str(super()._print_Pow(expr))

    def _print_Function(self, expr: Any, exp: str | None = None) -> str:
        text = str(super()._print_Function(expr, exp))
        name, braced, argument = text.partition(r"{\left(")
        is_braced = braced and argument.endswith(r"\right)}")  # the braces would set the brackets apart
        return rf"{name}\left({argument[:-1]}" if is_braced else text

    def _print_log(self, expr: Any, exp: str | None = None) -> str:
        power = "" if exp is None else f"^{{{exp}}}"
        return rf"\log{power}\left({self._print(expr.args[0])}\right)"

    def _print_hermite_prob(self, expr: Any, exp: str | None = None) -> str:
        power = "" if exp is None else f"^{{{exp}}}"
        return (
            rf"\mathrm{{He}}_{{{self._print(expr.args[0])}}}{power}\left({self._print(expr.args[1])}\right)"
        )

    def _print_Order(self, expr: Any) -> str:
        return rf"O\left({self._print(expr.args[0])}\right)"


def _split(expr: Expr) -> Fraction:
    """A product as a fraction; a long rational factor is one number, not a numerator and a denominator."""
    number, rest = expr.as_coeff_Mul()
    if not number.is_Rational or len(f"{abs(number.p)}/{number.q}") <= _LONGEST or terminating(abs(number)):
        return split_product(expr)
    parts = split_product(rest)
    return parts._replace(negative=bool(number < 0), top=(abs(number), *parts.top))


def signed_sum(parts: tuple[tuple[bool, str], ...]) -> str:
    """Return terms with their signs as one sum."""
    text = ""
    for negative, body in parts:
        text += (" - " if negative else " + ") + body if text else ("- " if negative else "") + body
    return text


def estimated_width(expr: Any) -> int:
    """Return about how many characters wide a formula is when it is set."""
    if isinstance(expr, Expr) and not expr.args:
        return min(len(formula(expr)), _LONGEST)
    if not isinstance(expr, Expr):
        return len(formula(expr))
    if expr.is_Add:
        return sum(estimated_width(t) + 3 for t in expr.args)
    if expr.is_Mul or (expr.is_Pow and expr.exp.as_coeff_Mul()[0].is_negative):
        parts = _split(expr)
        above = sum(estimated_width(f) + (3 if f.is_Add else 1) for f in (*parts.top, *parts.top_roots))
        below = sum(estimated_width(f) + (3 if f.is_Add else 1) for f in (*parts.bottom, *parts.bottom_roots))
        return max(above, below, 2)
    if expr.is_Pow:
        return estimated_width(expr.base) + (4 if expr.base.is_Add else 2)
    if expr.is_Piecewise:
        return 6 + max(estimated_width(value) + len(formula(condition)) for value, condition in expr.args)
    if isinstance(expr, GaussianMean):
        return estimated_width(expr.standardized) + 4
    if expr.is_Function and len(expr.args) == 1:
        inside = estimated_width(expr.args[0])
        return max(2, inside * 3 // 4) if expr.func is exp else inside + len(expr.func.__name__) + 2
    return len(formula(expr))


def math_lines(expr: Any, *, room: int, first: int | None = None) -> tuple[str, ...]:
    r"""Return a formula in lines of about `room` characters, broken where sums allow.

    Nothing is returned for a formula with a part that is far too wide and cannot be broken.

    Args:
        expr: The formula.
        room: Characters in a line.
        first: Characters in the first line, when something stands before it.
    """
    shown = readable(expr) if isinstance(expr, Expr) else expr
    try:
        return tuple(_lines(shown, room, room if first is None else first))
    except _TooWideError:
        return ()


class _TooWideError(Exception):
    """A part that cannot be broken is wider than `_SHRINKABLE` lines."""


def _whole(expr: Any, room: int) -> list[str]:
    """A part in one line, which may be made smaller."""
    if estimated_width(expr) > _SHRINKABLE * room:
        raise _TooWideError
    return [str(TexPrinter().doprint(expr))]


def _lines(expr: Any, room: int, first: int) -> list[str]:
    if not isinstance(expr, Expr) or estimated_width(expr) <= first:
        return _whole(expr, room)
    if expr.is_Add:
        return _sum_lines(expr, room, first)
    if expr.is_Mul:
        return _product_lines(expr, room, first)
    if isinstance(expr, GaussianMean):
        inside = readable(expr.standardized)
        return _bracketed(r"\mathbb{E}\Bigl[", _lines(inside, room - 4, first - 6), r"\Bigr]")
    return _whole(expr, room)


def _sum_lines(expr: Add, room: int, first: int) -> list[str]:
    lines, used = [""], 0
    for index, term in enumerate(terms(expr)):
        negative = is_negative(term)
        body = -term if negative else term
        width = estimated_width(body) + 3
        limit = first if len(lines) == 1 else room
        if used and used + width > limit:
            lines, used = [*lines, ""], 0
        pieces = _lines(body, room, room if len(lines) > 1 else first)
        sign = ("- " if negative else "+ ") if index else ("- " if negative else "")
        lines[-1] += (" " if lines[-1] else "") + sign + pieces[0]
        lines += [rf"\quad {p}" for p in pieces[1:]]
        used += width
    return lines


def _product_lines(expr: Mul, room: int, first: int) -> list[str]:
    """A product with one long sum or mean: that in brackets, which may span lines."""
    parts = _split(expr)
    long = max(
        (f for f in parts.top if f.is_Add or isinstance(f, GaussianMean)), key=estimated_width, default=None
    )
    if long is None:
        return _whole(expr, room)
    rest = parts._replace(top=tuple(f for f in parts.top if f is not long))
    bare = not (rest.top or rest.top_roots or rest.bottom or rest.bottom_roots)
    lead = ("- " if rest.negative else "") if bare else fitted(TexPrinter()._fraction(rest))  # noqa: SLF001  # the same class
    left = max(first - 12, room // 3)
    if not long.is_Add:
        inner = _lines(long, room - 4, left)
        return [f"{lead} {inner[0]}", *inner[1:]]
    return _bracketed(rf"{lead} \Bigl(", _lines(long, room - 4, left), r"\Bigr)")


def _bracketed(opening: str, inner: list[str], closing: str) -> list[str]:
    """Lines between brackets, all but the first set in."""
    first, *others = inner
    lines = [f"{opening} {first}", *(rf"\quad {line}" for line in others)]
    return [*lines[:-1], f"{lines[-1]} {closing}"]
