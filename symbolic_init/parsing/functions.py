"""The functions of the grammar, as one table: name to SymPy head and number of arguments."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import sympy as sp
from sympy import Abs, Add, Expr, Max, Min, Pow, S, exp, log, sign
from sympy.functions.elementary.piecewise import ExprCondPair

from symbolic_init import special
from symbolic_init.special.sinc import sine_over

__all__ = [
    "CONDITIONS",
    "CONSTANTS",
    "FUNCTIONS",
    "HEADS",
    "RELATIONS",
    "SYMBOLS_TOO",
    "Function",
    "piecewise",
]

Function = Callable[..., Expr]
"""What a caller may add: a function from expressions to an expression."""

_ANY = 1000


class Head(NamedTuple):
    """One function: what builds it, and how many arguments it takes.

    `factorial` marks those whose value at a whole number n is as large as n factorial.
    """

    build: Function
    least: int = 1
    most: int = 1
    factorial: bool = False


def _cube_root(u: Expr) -> Expr:
    """The real cube root, of either sign."""
    return sign(u) * Pow(Abs(u), S.One / 3)


def _log(u: Expr, base: Expr = S.Exp1) -> Expr:
    if base != S.Exp1 and (base == 1 or base.is_nonpositive):
        msg = f"the base of a logarithm is positive and not 1, not {base}"
        raise ValueError(msg)
    return log(u) / log(base)


def _clip(u: Expr, low: Expr, high: Expr) -> Expr:
    return Max(low, Min(u, high))


def piecewise(*pieces: tuple[Expr, Any]) -> Expr:
    """Return `Piecewise(*pieces)` with conditions in and, or, not only."""
    return without_ite(sp.Piecewise(*pieces))


def without_ite(expr: Expr) -> Expr:
    """Return `expr` with `ITE(c, a, b)`, SymPy's condition on another `Piecewise`, written out."""
    if not expr.has(sp.ITE):
        return expr
    return expr.replace(sp.ITE, lambda c, a, b: sp.Or(sp.And(c, a), sp.And(sp.Not(c), b)))


_ELEMENTARY = (
    "exp log sqrt sin cos tan cot sec csc sinh cosh tanh coth sech csch "
    "asin acos atan acot asec acsc asinh acosh atanh acoth asech acsch "
    "erf erfc erfi sign Si Ci Shi Chi Ei LambertW loggamma digamma fresnels fresnelc erfinv"
)
_FACTORIAL = {
    "gamma": 1,
    "factorial": 1,
    "factorial2": 1,
    "zeta": 1,
    "besselj": 2,
    "besseli": 2,
    "besselk": 2,
    "expint": 2,
    "uppergamma": 2,
    "lowergamma": 2,
    "polygamma": 2,
    "polylog": 2,
}


def _special(head: Any) -> Head:
    """A head of ours, with the numbers of arguments that it takes."""
    counts = [int(n) for n in head.nargs]
    return Head(head, min(counts), max(counts))


_TABLE: dict[str, Head] = {
    **{name: Head(getattr(sp, name)) for name in _ELEMENTARY.split()},
    **{name: Head(getattr(sp, name), n, n, factorial=True) for name, n in _FACTORIAL.items()},
    **{name: _special(getattr(special, name)) for name in special.__all__},
    "log": Head(_log, 1, 2),
    "ln": Head(log),
    "log2": Head(lambda u: log(u) / log(2)),
    "log10": Head(lambda u: log(u) / log(10)),
    "log1p": Head(lambda u: log(1 + u)),
    "expm1": Head(lambda u: exp(u) - 1),
    "cbrt": Head(_cube_root),
    "square": Head(lambda u: u**2),
    "abs": Head(Abs),
    "Abs": Head(Abs),
    "max": Head(Max, 1, _ANY),
    "Max": Head(Max, 1, _ANY),
    "maximum": Head(Max, 2, 2),
    "min": Head(Min, 1, _ANY),
    "Min": Head(Min, 1, _ANY),
    "minimum": Head(Min, 2, 2),
    "clip": Head(_clip, 3, 3),
    "arcsin": Head(sp.asin),
    "arccos": Head(sp.acos),
    "arctan": Head(sp.atan),
    "arcsinh": Head(sp.asinh),
    "arccosh": Head(sp.acosh),
    "arctanh": Head(sp.atanh),
    "Heaviside": Head(sp.Heaviside, 1, 2),
    "hyper": Head(sp.hyper, 3, 3),
    "sinc": Head(sine_over),
}
FUNCTIONS: Mapping[str, Head] = MappingProxyType(_TABLE)
"""Every function that text may call, besides those of the caller and `CONDITIONS`."""

CONDITIONS = ("Piecewise", "where", "And", "Or", "Not")
"""Functions with conditions among their arguments."""

RELATIONS: Mapping[str, Any] = MappingProxyType(
    {"Eq": sp.Eq, "Ne": sp.Ne, "Lt": sp.Lt, "Le": sp.Le, "Gt": sp.Gt, "Ge": sp.Ge}
)
"""Comparisons written as functions, as SymPy prints some of them."""

CONSTANTS: Mapping[str, Expr] = MappingProxyType(
    {"pi": S.Pi, "E": S.Exp1, "EulerGamma": S.EulerGamma, "Catalan": S.Catalan}
)
"""Numbers with a name."""

SYMBOLS_TOO = frozenset({"gamma", "zeta"})
"""Functions whose name may also be the name of a parameter, where it is not called."""


HEADS: frozenset[Any] = frozenset(
    {
        *(h.build for h in FUNCTIONS.values() if isinstance(h.build, type)),
        *(Add, sp.Mul, Pow, sp.Piecewise, ExprCondPair, sp.Tuple, sp.And, sp.Or, sp.Not, sp.ITE),
        *(sp.Eq, sp.Ne, sp.Lt, sp.Le, sp.Gt, sp.Ge),
    }
)
"""The SymPy classes that an expression with arguments may be built of."""
