"""One table from the names of elementwise operations to what builds their expressions."""

from collections.abc import Callable, Mapping
from functools import cache, partial
from types import MappingProxyType
from typing import Any

import sympy as sp
from sympy import Abs, And, Expr, Max, Min, Not, Or, Piecewise, Rational, S

from symbolic_init.activation import activation
from symbolic_init.notation import x
from symbolic_init.parsing import FUNCTIONS
from symbolic_init.tracing.values import as_number, exact

__all__ = ["OPERATIONS", "Builder", "unit"]

Builder = Callable[..., Any]
"""From arguments, as the framework passes them, to an expression or a condition."""


@cache
def _entry(name: str, settings: tuple[tuple[str, Expr], ...]) -> Expr:
    return activation(name, settings=dict(settings)).expression


def unit(name: str, u: Any, **settings: Any) -> Expr:
    """Return an activation of the catalog at an expression, with numbers for its parameters.

    Examples:
        >>> unit("elu", x, alpha=2.0)
        Piecewise((2*exp(x) - 2, x < 0), (x, True))
    """
    numbers = tuple((key, as_number(value)) for key, value in settings.items())
    return _entry(name, numbers).xreplace({x: as_number(u)})


def _arithmetic(build: Builder) -> Builder:
    """A builder whose arguments are numbers; conditions count as 0 and 1."""
    return lambda *arguments: build(*map(as_number, arguments))


def _compare(relation: Any) -> Builder:
    return lambda a, b: relation(as_number(a), as_number(b))


def _logical(build: Any) -> Builder:
    def combined(*arguments: Any) -> Any:
        return build(*(_condition(a) for a in arguments))

    return combined


def _condition(value: Any) -> Any:
    """A condition; a number holds where it is not 0."""
    found = exact(value)
    return sp.Ne(found, 0) if isinstance(found, Expr) else found


def _where(condition: Any, one: Any, other: Any) -> Expr:
    """One of two values; inside of them the condition itself is decided."""
    holds = _condition(condition)
    first, second = as_number(one), as_number(other)
    if holds not in (S.true, S.false):
        first, second = first.xreplace({holds: S.true}), second.xreplace({holds: S.false})
    return Piecewise((first, holds), (second, True))


def _clip(u: Any, low: Any = None, high: Any = None) -> Expr:
    result = as_number(u)
    if low is not None:
        result = Max(as_number(low), result)
    return result if high is None else Min(as_number(high), result)


def _power(base: Any, exponent: Any) -> Expr:
    return as_number(base) ** as_number(exponent)


def _same(u: Any, *_: Any, **__: Any) -> Any:
    """What changes the type, the shape or the place in memory only."""
    return u


_ELEMENTARY = (
    "exp expm1 log log1p log2 log10 sqrt cbrt square sin cos tan sinh cosh tanh asin acos atan asinh acosh "
    "atanh arcsin arccos arctan arcsinh arccosh arctanh erf erfc erfinv sign abs digamma"
)
_UNITS = {
    "sigmoid": "sigmoid",
    "logistic": "sigmoid",
    "expit": "sigmoid",
    "relu": "relu",
    "relu6": "relu6",
    "silu": "silu",
    "mish": "mish",
    "selu": "selu",
    "hardswish": "hard_silu",
    "hardsigmoid": "hard_sigmoid",
    "softsign": "softsign",
    "logsigmoid": "log_sigmoid",
    "log_sigmoid": "log_sigmoid",
    "tanhshrink": "tanh_shrink",
    "ndtr": "Phi",
}
_RELATIONS = {"lt": sp.Lt, "le": sp.Le, "gt": sp.Gt, "ge": sp.Ge, "eq": sp.Eq, "ne": sp.Ne}
_LONG = {"less": "lt", "less_equal": "le", "greater": "gt", "greater_equal": "ge", "not_equal": "ne"}
_SAME = "clone contiguous detach copy stop_gradient positive identity nan_to_num"

OPERATIONS: Mapping[str, Builder] = MappingProxyType(
    {
        **{name: _arithmetic(FUNCTIONS[name].build) for name in _ELEMENTARY.split()},
        **{name: partial(unit, entry) for name, entry in _UNITS.items()},
        **{name: _compare(relation) for name, relation in _RELATIONS.items()},
        **{long: _compare(_RELATIONS[short]) for long, short in _LONG.items()},
        **dict.fromkeys(_SAME.split(), _same),
        **dict.fromkeys(("and", "logical_and", "bitwise_and"), _logical(And)),
        **dict.fromkeys(("or", "logical_or", "bitwise_or"), _logical(Or)),
        **dict.fromkeys(("not", "logical_not", "bitwise_not", "invert"), _logical(Not)),
        **dict.fromkeys(("xor", "logical_xor", "bitwise_xor"), _logical(sp.Xor)),
        **dict.fromkeys(("mul", "multiply"), _arithmetic(lambda a, b: a * b)),
        **dict.fromkeys(("div", "divide", "truediv", "true_divide"), _arithmetic(lambda a, b: a / b)),
        **dict.fromkeys(("neg", "negative"), _arithmetic(lambda a: -a)),
        **dict.fromkeys(("maximum", "fmax"), _arithmetic(lambda a, b: Max(a, b))),
        **dict.fromkeys(("minimum", "fmin"), _arithmetic(lambda a, b: Min(a, b))),
        **dict.fromkeys(("clamp", "clip"), _clip),
        **dict.fromkeys(("erf_inv", "special_erfinv"), _arithmetic(sp.erfinv)),
        "add": _arithmetic(lambda a, b: a + b),
        "sub": _arithmetic(lambda a, b: a - b),
        "pow": _power,
        "absolute": _arithmetic(Abs),
        "sgn": _arithmetic(sp.sign),
        "where": _where,
        "exp2": _arithmetic(lambda a: 2**a),
        "rsqrt": _arithmetic(lambda a: 1 / sp.sqrt(a)),
        "reciprocal": _arithmetic(lambda a: 1 / a),
        "lgamma": _arithmetic(sp.loggamma),
        "logaddexp": _arithmetic(lambda a, b: sp.log(sp.exp(a) + sp.exp(b))),
        "sinc": _arithmetic(lambda a: sp.sin(S.Pi * a) / (S.Pi * a)),
        "logit": _arithmetic(lambda a: sp.log(a / (1 - a))),
        "deg2rad": _arithmetic(lambda a: a * S.Pi / 180),
        "rad2deg": _arithmetic(lambda a: a * 180 / S.Pi),
        "xlogy": _arithmetic(lambda a, b: a * sp.log(b)),
        "hypot": _arithmetic(lambda a, b: sp.sqrt(a**2 + b**2)),
        "bessel_j0": _arithmetic(lambda a: sp.besselj(0, a)),
        "i0": _arithmetic(lambda a: sp.besseli(0, a)),
        "zeros_like": lambda *_: Rational(0),
        "ones_like": lambda *_: Rational(1),
    }
)
"""What every framework calls the same. What they call differently, or pass in another order, their own
tables add."""
