"""Short forms of functions that are rational in q and one exponential."""

from sympy import Expr, Symbol, cancel, exp, tanh

__all__ = ["shortest"]


def shortest(expr: Expr) -> Expr:
    """Return the shortest of an expression, its canceled form, and that in hyperbolic tangents.

    Examples:
        >>> from sympy import Rational
        >>> from symbolic_init.notation import q
        >>> shortest(2/(1 + exp(-2*q)))
        tanh(q) + 1
    """
    return min((expr, *_rational(expr)), key=lambda form: form.count_ops())


def _rational(expr: Expr) -> list[Expr]:
    """Forms as a quotient, where there is at most one exponential beside the variable."""
    powers = expr.atoms(exp)
    if not powers:
        return [cancel(expr)] if expr.is_rational_function() else []
    if len(powers) > 1:
        return []
    (power,) = powers
    rate, t = power.args[0], Symbol("t", positive=True)
    sign = -1 if rate.could_extract_minus_sign() else 1
    quotient = expr.xreplace({power: ((1 + t) / (1 - t)) ** sign})
    free = expr.xreplace({power: t})
    if not free.is_rational_function(*free.free_symbols):
        return []
    return [cancel(free).xreplace({t: power}), cancel(quotient).xreplace({t: tanh(sign * rate / 2)})]
