"""Derivatives without the questions that SymPy asks of each of their parts."""

from sympy import Add, Dummy, Expr, Mul, Pow, S, Symbol

__all__ = ["derivative"]


def derivative(f: Expr, symbol: Symbol) -> Expr:
    """Return `f.diff(symbol)`, by the rules for sums, products, powers, and functions of one argument.

    `Expr.diff` asks of every part of the result whether it is 0: of a closed form of a Gaussian mean that
    takes thirty times as long as everything else.

    Args:
        f: A smooth expression.
        symbol: The symbol that varies.

    Examples:
        >>> from sympy import asin
        >>> from symbolic_init.notation import q
        >>> derivative(q * asin(q), q)
        q/sqrt(1 - q**2) + asin(q)
    """
    if symbol not in f.free_symbols:
        return S.Zero
    if f.is_Add:
        return Add(*(derivative(term, symbol) for term in f.args))
    if f.is_Mul:
        factors = f.args
        slopes = ((k, derivative(factor, symbol)) for k, factor in enumerate(factors))
        return Add(*(Mul(*factors[:k], slope, *factors[k + 1 :]) for k, slope in slopes if slope != 0))
    if f.is_Pow and symbol not in f.exp.free_symbols:
        return f.exp * Pow(f.base, f.exp - 1) * derivative(f.base, symbol)
    if f.is_Function and len(f.args) == 1 and isinstance(f.args[0], Expr):
        place = Dummy(real=True)
        outer = f.func(place).diff(place).xreplace({place: f.args[0]})
        return outer * derivative(f.args[0], symbol)
    return f.diff(symbol)
