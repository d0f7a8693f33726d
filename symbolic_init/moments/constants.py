"""The smallest field that holds the constants of some expressions."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import flint
from sympy import Expr, I, S, Symbol, log, pi, sqrt

from symbolic_init.assumptions import Assumptions
from symbolic_init.moments.field import ROOT_PI, Field, Q, Unreadable
from symbolic_init.moments.nested_roots import is_nested_root, roots_of
from symbolic_init.moments.real_factors import square_root
from symbolic_init.notation import q, x

__all__ = ["field_of"]


def _constants(expr: Expr) -> Iterator[tuple[Expr, Expr | None]]:
    """Generators needed for an expression without x, each with its square if it is a root."""
    if expr.is_Rational or expr is pi or expr == q:
        return
    if expr.is_Symbol:
        yield expr, None
    elif expr.is_Add or expr.is_Mul or (expr.is_Pow and expr.exp.is_Integer):
        for a in expr.args[:1] if expr.is_Pow else expr.args:
            yield from _constants(a)
    elif is_nested_root(expr):
        if not expr.base.is_Rational:
            yield from _constants(expr.base)
        elif expr.base < 0:
            raise Unreadable(str(expr))
        for root in roots_of(expr.base, int(expr.exp.q)):
            yield from _tower(root)
    elif expr.has(I):
        raise Unreadable(str(expr))
    else:
        yield expr, None


def _tower(root: Expr) -> Iterator[tuple[Expr, Expr | None]]:
    """A root of a root of ..., the innermost first."""
    square = root**2
    if is_nested_root(square):
        yield from _tower(square)
    if root != sqrt(pi):
        yield root, square


def _depth(expr: Expr) -> int:
    """How many square roots stand in one another."""
    inner = max(map(_depth, expr.args), default=0)
    return inner + int(expr.exp.q).bit_length() - 1 if is_nested_root(expr) else inner


def _needed(expr: Expr) -> Iterator[tuple[Expr, Expr | None]]:
    if not expr.has(x):
        yield from _constants(expr)
        return
    for a in expr.args:
        if expr.is_Pow and a.is_Rational:
            continue
        yield from _needed(a)
    if expr.is_Pow and not expr.base.has(x):
        yield log(expr.base), None


def field_of(expressions: Iterable[Expr], known: Assumptions, *, trigonometric: bool = False) -> Field:
    """Return the smallest field that holds the coefficients of some expressions in x."""
    needed = {g: square for e in expressions for g, square in _needed(e) if g not in (x, q)}
    plain = sorted((g for g, s in needed.items() if s is None), key=str)
    rooted = sorted(
        (g for g, s in needed.items() if s is not None), key=lambda g: (_depth(g), g.count_ops(), str(g))
    )
    generators = (x, q, sqrt(pi), *plain, *rooted, *((I,) if trigonometric else ()))
    names = tuple(f"g{k}" for k in range(len(generators)))
    context = flint.fmpq_mpoly_ctx.get(names, "lex")
    positive = {
        Q,
        ROOT_PI,
        *(k for k, g in enumerate(generators) if k > 2 and _is_positive(g, needed, known)),
    }
    field = Field(
        generators=generators,
        index={g: k for k, g in enumerate(generators)},
        context=context,
        squares=(),
        equal={},
        positive=frozenset(positive),
        imaginary=len(generators) - 1 if trigonometric else None,
        known=known,
        bounded=tuple(_bounded(generators, known)),
    )
    return _with_squares(
        field, {g: needed[g] for g in rooted} | ({I: S.NegativeOne} if trigonometric else {})
    )


def _bounded(generators: tuple[Expr, ...], known: Assumptions) -> Iterator[tuple[int, Any, Any]]:
    """The generators that lie in an open interval, with its ends."""
    for i in known.intervals:
        inside = i.lower_open and i.upper_open and i.lower.is_finite and i.upper.is_finite
        if inside and i.symbol in generators and not i.lower >= 0:
            ends = (flint.fmpq(int(c.p), int(c.q)) for c in (i.lower, i.upper))
            yield generators.index(i.symbol), *ends


def _with_squares(field: Field, squares: Mapping[Expr, Expr | None]) -> Field:
    for generator, value in squares.items():
        square, k = field.element(value), field.index[generator]
        if not square.d.is_constant():
            raise Unreadable(str(value))
        root = None if generator is I else square_root(square)
        if root is None:
            field = replace(field, squares=(*field.squares, (k, square.n)))
            continue
        sign = field.sign(root)
        if not sign:
            raise Unreadable(str(value))
        field = replace(field, equal={**field.equal, k: ((root * sign).n, root.d)})
    return field


def _is_positive(generator: Expr, needed: Mapping[Expr, Expr | None], known: Assumptions) -> bool:
    if generator is I:
        return False
    if needed[generator] is not None:
        return True
    return (
        known.sign(generator) == 1
        if isinstance(generator, Symbol) or generator.free_symbols
        else bool(generator.is_positive)
    )
