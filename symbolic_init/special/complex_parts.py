"""What heads share that are the real or the imaginary part of an analytic function of `u + i*v`."""

from collections.abc import Callable
from typing import Any

import mpmath
from sympy import Expr, Float, Rational

__all__ = ["part_latex", "part_value"]

_GUARD = 20
"""Bits beyond those asked for."""


def part_value(
    head: Expr, prec: int, function: Callable[[Any], Any], *, imaginary: bool = False
) -> Expr | None:
    """Return one part of `function(u + i*v)` as a `Float`; `None` while the arguments are no numbers."""
    with mpmath.workprec(prec + _GUARD):
        values = [_number(v._eval_evalf(prec + _GUARD)) for v in head.args]  # noqa: SLF001 - SymPy's protocol
        if None in values:
            return None
        value = function(mpmath.mpc(*values))
        part = value.imag if imaginary else value.real
        return Float._new(part._mpf_, prec + _GUARD)  # noqa: SLF001 - no rounding to decimal


def _number(value: Expr) -> Any:
    if value.is_Rational:
        value = Rational(value)
        return mpmath.mpf(int(value.p)) / int(value.q)
    return mpmath.mpf(value._mpf_) if value.is_Float else None


def part_latex(head: Expr, printer: Any, name: str, exponent: str | None) -> str:
    """Return LaTeX for `name` applied to `u + i*v`."""
    u, v = (printer._print(a) for a in head.args)  # noqa: SLF001 - SymPy's protocol
    text = rf"{name}\left({u} + i \left({v}\right)\right)"
    return text if exponent is None else rf"\left({text}\right)^{{{exponent}}}"
