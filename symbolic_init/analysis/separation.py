"""Functions of several independent inputs as sums of products of functions of one input each."""

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

from sympy import Add, Expr, Mul, S, Symbol, exp

from symbolic_init.errors import UnsupportedError
from symbolic_init.notation import x

__all__ = ["Product", "separated"]

_MOST_TERMS = 400


class Product(NamedTuple):
    """One term: a factor without inputs, and a function for each input, all written in `x`."""

    coefficient: Expr
    functions: tuple[Expr, ...]


def separated(f: Expr, inputs: Sequence[Symbol]) -> tuple[Product, ...]:
    """Return a function of several inputs as a sum of products.

    Args:
        f: Expression in the inputs and in parameters.
        inputs: The inputs, `x` first.

    Raises:
        UnsupportedError: If it is no such sum, as far as expanding products and powers shows.

    Examples:
        >>> from sympy import tanh
        >>> y = Symbol("y", real=True)
        >>> [p.functions for p in separated((x*tanh(y))**2, (x, y))]
        [(x**2, tanh(x)**2)]
    """
    collected: dict[tuple[Expr, ...], Expr] = {}
    for factors in _terms(f, tuple(inputs)):
        coefficient, functions = S.One, [S.One] * len(inputs)
        for factor in factors:
            index = next((i for i, u in enumerate(inputs) if u in factor.free_symbols), None)
            if index is None:
                coefficient *= factor
            else:
                functions[index] *= factor.xreplace({inputs[index]: x})
        number, key = _without_numbers(functions)
        collected[key] = collected.get(key, S.Zero) + coefficient * number
    return tuple(Product(c, functions) for functions, c in collected.items() if c != 0)


def _without_numbers(functions: Sequence[Expr]) -> tuple[Expr, tuple[Expr, ...]]:
    """Numbers in front of the functions, and the functions without them."""
    pairs = [f.as_coeff_Mul() for f in functions]
    return Mul(*(c for c, _ in pairs)), tuple(rest for _, rest in pairs)


def _terms(f: Expr, inputs: tuple[Symbol, ...]) -> list[tuple[Expr, ...]]:
    """The factors of each term; every factor has at most one of the inputs."""
    if len(f.free_symbols & set(inputs)) <= 1:
        return [(f,)]
    if f.is_Add:
        found = [term for a in f.args for term in _terms(a, inputs)]
    elif f.is_Mul:
        found = _products([_terms(a, inputs) for a in f.args])
    elif f.is_Pow and f.exp.is_Integer and f.exp > 0:
        found = _products([_terms(f.base, inputs)] * int(f.exp))
    elif isinstance(f, exp) and f.args[0].is_Add:
        found = _products([_terms(exp(a), inputs) for a in Add.make_args(f.args[0])])
    else:
        msg = f"{f} mixes the inputs; write a sum of products of functions of one input each"
        raise UnsupportedError(msg)
    if len(found) > _MOST_TERMS:
        msg = f"{f} has more than {_MOST_TERMS} terms when its products are expanded"
        raise UnsupportedError(msg)
    return found


def _products(columns: Sequence[list[tuple[Expr, ...]]]) -> list[tuple[Expr, ...]]:
    size = 1
    for column in columns:
        size *= len(column)
        if size > _MOST_TERMS:
            msg = f"more than {_MOST_TERMS} terms when products are expanded"
            raise UnsupportedError(msg)
    return [tuple(factor for term in choice for factor in term) for choice in product(*columns)]
