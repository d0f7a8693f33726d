"""Waves over their argument written by functions without singular points."""

from sympy import Add, Expr, Mul, cos, expand, sin

from symbolic_init.special.sinc import Sinc

__all__ = ["entire"]

_LONGEST = 60
"""Operations of a sum or product before it is not rewritten."""


def entire(f: Expr) -> Expr:
    """Return a function with its sums and products of waves over their argument written by `Sinc`.

    With `sin(u) = u*Sinc(u)` and `cos(u) = Sinc(u) - u**2*Sinc(u, 1)`, what is 0/0 where `u` vanishes is a
    polynomial in `u`, if negative powers of `u` cancel: that is tried for every sum and product.

    Examples:
        >>> from symbolic_init.notation import x
        >>> entire(sin(x) / x + cos(x)), entire(cos(x) / x - sin(x) / x**2), entire(cos(x) / x)
        (cos(x) + Sinc(x), -x*Sinc(x, 1), cos(x)/x)
    """
    if not f.has(sin):
        return f
    if f.args:
        arguments = [entire(a) if isinstance(a, Expr) else a for a in f.args]
        f = f if tuple(arguments) == f.args else f.func(*arguments)
    if not isinstance(f, Add | Mul) or f.count_ops() > _LONGEST:
        return f
    for u, divisor in _pairs(f):
        found = _without(f, u, divisor)
        f = f if found is None else found
    return f


def _pairs(f: Expr) -> list[tuple[Expr, Expr]]:
    """Arguments of sines, and what is divided by and vanishes with them."""
    divisors = {p.base for p in f.find(lambda e: e.is_Pow and e.exp.is_negative)}
    arguments = {e.args[0] for e in f.atoms(sin)}
    return sorted(((u, d) for u in arguments for d in divisors if _is_multiple(u, d)), key=str)


def _is_multiple(u: Expr, divisor: Expr) -> bool:
    """Whether every term has the divisor as a factor."""
    if isinstance(u, Add | Mul):
        every = all if u.is_Add else any
        return every(_is_multiple(a, divisor) for a in u.args)
    return bool(u == divisor or (u.is_Pow and u.exp.is_positive and _is_multiple(u.base, divisor)))


def _without(f: Expr, u: Expr, divisor: Expr) -> Expr | None:
    """The function without negative powers of a divisor, if these cancel."""
    terms = [t for t in Add.make_args(f) if _is_divided(t, divisor)]
    rest = [t for t in Add.make_args(f) if t not in terms]
    sine = {sin(u): u * Sinc(u)}
    for rule in (sine, {**sine, cos(u): Sinc(u) - u**2 * Sinc(u, 1)}):
        found = Add(*(expand(t.xreplace(rule), deep=False) for t in terms))
        if not _is_divided(found, divisor):
            return Add(*rest, found)
    return None


def _is_divided(f: Expr, divisor: Expr) -> bool:
    return bool(f.find(lambda e: e.is_Pow and e.base == divisor and e.exp.is_negative))
