"""Formulas as text for a reader: `x - x^3/3`, `asin(q/(1+q))/(2 pi)`; and their line breaks."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from sympy import Expr, Pow, Rational, S, Symbol
from sympy.printing.str import StrPrinter

from symbolic_init.notation import x, z
from symbolic_init.render.layout import is_negative, readable, split_product, terminating, terms
from symbolic_init.render.names import NAMES

__all__ = ["TextPrinter", "break_formula", "formula"]

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_MOST_PRIMES = 3
_BREAKS = frozenset({" = ", " ~ ", " ≈ ", " → ", " + ", " - "})
_GREEK: Mapping[str, str] = MappingProxyType({"Phi": "Φ", "pi": "π", "sqrt": "√", "oo": "∞", "gamma": "Γ"})


def formula(expr: Any, *, unicode: bool = False) -> str:
    """Return an expression as one line of text for a reader.

    Examples:
        >>> from sympy import Rational, pi, sqrt
        >>> from symbolic_init.notation import q
        >>> formula(q/(pi*(q + 1)*sqrt(2*q + 1)) + Rational(1, 4))
        '1/4 + q/(pi (1+q) sqrt(1+2q))'
        >>> formula(sqrt(2*q/pi))
        'sqrt(2q/pi)'
        >>> formula(q**2, unicode=True)
        'q²'
    """
    shown = readable(expr) if isinstance(expr, Expr) else expr
    return str(TextPrinter(unicode=unicode).doprint(shown))


class TextPrinter(StrPrinter):  # type: ignore[misc]  # SymPy is untyped
    """Prints for people, not for parsers: implicit products, ascending powers, `^`."""

    printmethod = "_symbolic_init_text"  # heads print themselves for the parser; not so here

    def __init__(self, *, unicode: bool = False) -> None:
        super().__init__()
        self._unicode = unicode
        self._tight = 0

    def _inside(self, expr: Any) -> str:
        """Print within brackets: sums without spaces."""
        self._tight += 1
        try:
            return str(self._print(expr))
        finally:
            self._tight -= 1

    def _word(self, name: str) -> str:
        return _GREEK.get(name, name) if self._unicode else name

    def _print_Symbol(self, expr: Any) -> str:
        known = NAMES.get(expr.name)
        if known is None:
            return str(expr.name)
        return known.unicode if self._unicode else known.text

    def _print_Sampled(self, expr: Any) -> str:
        return str(expr.text(self._print))

    def _print_Dummy(self, expr: Any) -> str:
        return self._print_Symbol(expr)

    def _print_Pi(self, expr: Any) -> str:  # noqa: ARG002  # SymPy's signature
        return self._word("pi")

    def _print_Infinity(self, expr: Any) -> str:  # noqa: ARG002  # SymPy's signature
        return self._word("oo")

    def _print_Exp1(self, expr: Any) -> str:  # noqa: ARG002  # SymPy's signature
        return "e"

    def _print_Add(self, expr: Any, order: Any = None) -> str:  # noqa: ARG002  # SymPy's signature
        text = ""
        plus, minus = ("+", "-") if self._tight else (" + ", " - ")
        for term in terms(expr):
            negative = is_negative(term)
            body = str(self._print(-term if negative else term))
            if negative and text and body.startswith("-"):
                body = f"({body})"
            text += (minus if negative else plus) + body if text else ("-" + body if negative else body)
        return text

    def _print_Rational(self, expr: Any) -> str:
        return terminating(expr) or f"{expr.p}/{expr.q}"

    def _print_Integer(self, expr: Any) -> str:
        return terminating(expr) or str(expr.p)

    def _print_Mul(self, expr: Any) -> str:
        parts = split_product(expr)
        if not (parts.bottom or parts.bottom_roots or parts.top_roots) and len(parts.top) == 1:
            return ("-" if parts.negative else "") + self._factor(parts.top[0])
        if parts.top_roots and parts.bottom_roots:
            quotient = self._join(parts.top_roots) + "/" + self._grouped(parts.bottom_roots)
            roots: tuple[str, ...] = (f"{self._word('sqrt')}({quotient})",)
            below: tuple[str, ...] = ()
        else:
            roots, below = self._root(parts.top_roots), self._root(parts.bottom_roots)
        numerator = self._join(parts.top, roots) or "1"
        denominator = self._denominator(parts.bottom, below)
        return ("-" if parts.negative else "") + numerator + denominator

    def _root(self, factors: tuple[Expr, ...]) -> tuple[str, ...]:
        return (f"{self._word('sqrt')}({self._join(factors)})",) if factors else ()

    def _grouped(self, factors: tuple[Expr, ...]) -> str:
        return f"({self._join(factors)})" if len(factors) > 1 else self._join(factors)

    def _denominator(self, factors: tuple[Expr, ...], roots: tuple[str, ...]) -> str:
        if not factors and not roots:
            return ""
        self._tight += 1
        try:
            text = self._join(factors, roots)
        finally:
            self._tight -= 1
        return f"/({text})" if len(factors) + len(roots) > 1 else f"/{text}"

    def _join(self, factors: tuple[Expr, ...], roots: tuple[str, ...] = ()) -> str:
        """Factors side by side; a number touches a single letter, all else is apart."""
        atoms = [self._factor(f) for f in factors if f.is_number or f.as_base_exp()[0].is_Symbol]
        others = [self._factor(f) for f in factors if not (f.is_number or f.as_base_exp()[0].is_Symbol)]
        last = bool(factors and factors[-1] == z)  # sqrt(q) z, not z sqrt(q)
        text = ""
        for piece in (*atoms[: len(atoms) - last], *roots, *atoms[len(atoms) - last :], *others):
            touching = (
                text.isdigit() and piece[:1].isalpha() and not piece[1:2].isalpha() and "_" not in piece
            )
            text += piece if not text or touching else " " + piece
        return text

    def _factor(self, expr: Expr) -> str:
        """One factor of a product: sums and nested fractions in brackets."""
        if expr.is_Add or expr.is_Relational or expr.is_Piecewise or (expr.is_Rational and expr.q != 1):
            return f"({self._print(expr)})"
        text = str(self._print(expr))
        return f"({text})" if expr.is_Mul or text.startswith("-") else text

    def _print_Pow(self, expr: Any, rational: bool = False) -> str:  # noqa: ARG002, FBT001, FBT002  # SymPy's signature
        base, exponent = expr.args
        if exponent == Rational(1, 2):
            return f"{self._word('sqrt')}({self._inside(base)})"
        if exponent.as_coeff_Mul()[0].is_negative:
            return "1" + self._denominator((Pow(base, -exponent, evaluate=False),), ())
        if exponent is S.One:
            return self._factor(base)
        return self._base(base) + self._exponent(exponent)

    def _base(self, base: Expr) -> str:
        text = self._inside(base)
        simple = base.is_Symbol or (base.is_Integer and base >= 0) or base.is_Function or base is S.Pi
        named = base.is_Symbol and text[-1:] in "2²*'′"
        return text if (simple and not named) or base is S.Exp1 else f"({text})"

    def _exponent(self, exponent: Expr) -> str:
        text = self._inside(exponent)
        if self._unicode and exponent.is_Integer:
            return text.translate(_SUPERSCRIPTS)
        return f"^{text}" if exponent.is_Integer or exponent.is_Symbol else f"^({text})"

    def _print_Function(self, expr: Any) -> str:
        name = self._word(expr.func.__name__)
        return f"{name}({', '.join(self._inside(a) for a in expr.args)})"

    def _print_SechMean(self, expr: Any) -> str:
        name = "_".join((expr.letter, *map(str, expr.indices)))
        if self._unicode:
            name = expr.letter + "".join(map(str, expr.indices)).translate(_SUBSCRIPTS)
        primes = self._primes(int(expr.order)) if expr.order else ""
        return f"{name}{primes}({self._inside(expr.args[0])})"

    _print_LogCoshMean = _print_MordellMean = _print_SechMean

    def _print_Derivative(self, expr: Any) -> str:
        f, *variables = expr.args
        if len(variables) == 1 and f.is_Function and f.args == (variables[0][0],):
            return f"{f.func.__name__}{self._primes(int(variables[0][1]))}({self._inside(f.args[0])})"
        return str(super()._print_Derivative(expr))

    def _primes(self, order: int) -> str:
        return "'" * order if order <= _MOST_PRIMES else f"^({order})"

    def _print_Subs(self, expr: Any) -> str:
        f, (variable,), (point,) = expr.args
        return f"{self._print(f)}".replace(f"({variable})", f"({self._inside(point)})")

    def _print_exp(self, expr: Any) -> str:
        return f"exp({self._inside(expr.args[0])})"

    def _print_Abs(self, expr: Any) -> str:
        return f"|{self._inside(expr.args[0])}|"

    def _print_LatticeOp(self, expr: Any) -> str:
        return f"{expr.func.__name__.lower()}({', '.join(self._inside(a) for a in expr.args)})"

    def _print_Order(self, expr: Any) -> str:
        return f"O({self._inside(expr.args[0])})"

    def _print_Piecewise(self, expr: Any) -> str:
        return "{" + ", ".join(self._case(value, condition) for value, condition in expr.args) + "}"

    def _case(self, value: Any, condition: Any) -> str:
        shown = self._print(value)
        return f"else {shown}" if condition is S.true else f"{shown} if {self._print(condition)}"

    def _print_GaussianMean(self, expr: Any) -> str:
        inside = readable(expr.standardized)
        return f"E[{self._inside(inside) if self._tight else self._print(inside)}]"

    def _print_PairMean(self, expr: Any) -> str:
        places = (Symbol(name, real=True) for name in "uv")
        shown = (readable(f.xreplace({x: place})) for f, place in zip(expr.functions, places, strict=True))
        return f"E[{' '.join(self._factor(f) for f in shown)}]"

    def _print_Sum(self, expr: Any) -> str:
        term, (index, low, high) = expr.args
        return f"sum({self._inside(term)}, {index} = {self._print(low)} ... {self._print(high)})"

    def _print_hermite_prob(self, expr: Any) -> str:
        return f"He_{expr.args[0]}({self._inside(expr.args[1])})"

    def _print_factorial(self, expr: Any) -> str:
        return f"{self._base(expr.args[0])}!"

    def _print_Root(self, expr: Any) -> str:
        low, high = expr.bracket
        name = self._print(expr.variable)
        return f"root({name}: {self._inside(expr.function)} = 0, {low} < {name} < {high})"


def break_formula(text: str, *, width: int, indent: int = 2) -> tuple[str, ...]:
    """Return a formula cut into lines of at most `width` columns, outermost operators first.

    Examples:
        >>> break_formula("g(x) = x - x^3/3 + 2x^5/15", width=18)
        ('g(x) = x - x^3/3', '  + 2x^5/15')
    """
    lines = []
    rest, lead = text, ""
    room = max(width, indent + 8)
    while len(lead) + len(rest) > room:
        cut = _cut(rest, room - len(lead))
        lines.append(lead + rest[:cut].rstrip())
        rest, lead = rest[cut:].lstrip(), " " * indent
    return (*lines, lead + rest)


def _cut(text: str, room: int) -> int:
    """Where to cut: the least nested, then the last place within `room` columns."""
    best, best_score = room, (99, 99, 0)
    depth = 0
    for i, char in enumerate(text[: room + 1]):
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        rank = _rank(text, i)
        early = i < room // 3
        if rank is not None and i > 0 and not text[:i].isspace():
            score = (depth + 2 * early, rank, -i)
            if score < best_score:
                best, best_score = i, score
    return best


def _rank(text: str, i: int) -> int | None:
    """How good a break before a place is: 0 best, `None` where there is none."""
    around = text[i : i + 3]
    if around in _BREAKS or text[i : i + 4] == " -> ":
        return 0
    tight = text[i - 1 : i] not in ("(", "^", "e", " ", ",")
    if text[i] in "+-" and tight and around[1:2] != ">":
        return 1
    if text[i] == " " and text[i - 1 : i] not in ("=", "~", "+", "-", ">", "≈", "→"):
        return 1 if text[i - 1 : i] == "," else 2
    return 3 if text[i] in "*/" and tight else None
