r"""The symbols of the theory, and the heads that stand for a number not yet worked out.

| symbol      | meaning                                                        |
|-------------|----------------------------------------------------------------|
| `x`         | argument of the activation (a pre-activation), real            |
| `z`         | standard normal variable                                       |
| `q`         | variance of a pre-activation, positive                         |
| `N`         | fan-in, positive integer                                       |
| `v2`        | variance of one weight, positive                               |
| `sigma_w2`  | `N` times the variance of one weight, positive                 |
| `sigma_b2`  | variance of a bias, non-negative                               |
| `rho`       | correlation of two pre-activations                             |
| `q1`, `q2`  | their variances where these differ, positive                   |
"""

from collections.abc import Mapping
from typing import Any, final

from sympy import Expr, Float, Rational, S, Symbol, sqrt
from sympy.core.function import UndefinedFunction
from sympy.core.sympify import _sympify

__all__ = [
    "LONGEST_NAME",
    "RESERVED",
    "GaussianMean",
    "N",
    "PairMean",
    "Root",
    "Within",
    "abbreviated",
    "g",
    "q",
    "q1",
    "q2",
    "rho",
    "sigma_b2",
    "sigma_w2",
    "v2",
    "x",
    "z",
]

x = Symbol("x", real=True)
z = Symbol("z", real=True)
q = Symbol("q", positive=True)
N = Symbol("N", integer=True, positive=True)
rho = Symbol("rho", real=True)
q1 = Symbol("q1", positive=True)
q2 = Symbol("q2", positive=True)
sigma_w2 = Symbol("sigma_w2", positive=True)
sigma_b2 = Symbol("sigma_b2", nonnegative=True)
v2 = Symbol("v2", positive=True)
g = UndefinedFunction("g")
"""The activation as a letter, for statements that hold for every activation."""

LONGEST_NAME = 100
"""Characters of the name of a parameter."""
RESERVED = frozenset({"x", "z", "q", "N", "rho", "sigma_w2", "sigma_b2", "v2", "I", "E", "pi", "g"})
"""Names that can never be parameters of an activation."""


def _replaced(
    head: Expr, rule: Mapping[Expr, Expr], *, bound: frozenset[Symbol], free_from: int
) -> tuple[Expr, bool]:
    """Replace within a head, but not its bound symbols; arguments from `free_from` on do not see them."""
    if head in rule:
        return rule[head], True
    inner = {old: new for old, new in rule.items() if old not in bound}
    pairs = [
        (a, False) if a in bound else a._xreplace(inner if i < free_from else rule)
        for i, a in enumerate(head.args)
    ]
    if not any(changed for _, changed in pairs):
        return head, False
    return head.func(*(a for a, _ in pairs)), True


@final
class GaussianMean(Expr):  # type: ignore[misc]  # SymPy is untyped
    r"""`GaussianMean(f, q)` stands for `E[f(sqrt(q)*z)]`, `z` standard normal, not evaluated.

    The first argument is an expression in `x`, which is bound; the second is the variance. Further
    arguments are symbols that are bound too: independent normal variables of the same variance.

    Examples:
        >>> from sympy import tanh
        >>> from symbolic_init.notation import GaussianMean, x
        >>> GaussianMean(tanh(x)**2, 1).evalf(20)
        0.39429449039784117442
        >>> from sympy import Symbol
        >>> y = Symbol("y", real=True)
        >>> GaussianMean((x*tanh(y))**2, 1, y).evalf(20)
        0.39429449039784117442
    """

    is_commutative = True

    def __new__(cls, f: Expr, variance: Expr, *others: Symbol) -> "GaussianMean":
        return Expr.__new__(cls, _sympify(f), _sympify(variance), *others)  # type: ignore[no-any-return]

    @property
    def integrand(self) -> Expr:
        """The function `f`, an expression in `x`."""
        return self.args[0]

    @property
    def variance(self) -> Expr:
        """The variance of the Gaussian argument."""
        return self.args[1]

    @property
    def inputs(self) -> tuple[Symbol, ...]:
        """The bound symbols, `x` first."""
        return (x, *self.args[2:])

    @property
    def free_symbols(self) -> set[Symbol]:
        """Everything but the bound symbols."""
        return (self.integrand.free_symbols - {*self.inputs}) | self.variance.free_symbols  # type: ignore[no-any-return]

    def _eval_is_extended_real(self) -> bool:
        return True

    def _eval_is_finite(self) -> bool:
        return True

    def _eval_is_extended_nonnegative(self) -> bool | None:
        return True if self.integrand.is_extended_nonnegative else None

    def _eval_subs(self, old: Expr, new: Expr) -> "GaussianMean":
        inner = self.integrand if old in self.inputs else self.integrand._subs(old, new)
        return self.func(inner, self.variance._subs(old, new), *self.args[2:])  # type: ignore[no-any-return]

    def _xreplace(self, rule: Mapping[Expr, Expr]) -> tuple[Expr, bool]:
        return _replaced(self, rule, bound=frozenset(self.inputs), free_from=1)

    def _eval_derivative(self, symbol: Symbol) -> Expr:
        total = S.Zero
        if symbol not in self.inputs and symbol in self.integrand.free_symbols:
            total += self.func(self.integrand.diff(symbol), *self.args[1:])
        slope = self.variance.diff(symbol)
        if slope != 0:
            squares = sum((u**2 for u in self.inputs[1:]), x**2)
            tilt = (squares / self.variance - len(self.inputs)) / (2 * self.variance)
            total += slope * self.func(tilt * self.integrand, *self.args[1:])
        return total

    def _eval_evalf(self, prec: int) -> Expr | None:
        from symbolic_init.moments.evaluation import evalf_head

        return evalf_head(self, prec)

    def _sympystr(self, printer: Any) -> str:
        return f"GaussianMean({', '.join(printer._print(a) for a in self.args)})"

    @property
    def standardized(self) -> Expr:
        """The integrand at `sqrt(variance)*z`, further inputs with `z_2`, `z_3` ..."""
        names = (z, *(Symbol(f"z_{k + 2}", real=True) for k in range(len(self.inputs) - 1)))
        scale = sqrt(self.variance)
        return self.integrand.xreplace({u: scale * w for u, w in zip(self.inputs, names, strict=True)})

    def _latex(self, printer: Any) -> str:
        inside = printer._print(self.standardized)
        return rf"\mathbb{{E}}\left[{inside}\right]"


@final
class PairMean(Expr):  # type: ignore[misc]  # SymPy is untyped
    r"""`PairMean(f, g, q1, q2, rho)` stands for `E[f(u)*g(v)]`, not evaluated.

    Here `u` and `v` are centered Gaussian variables of variances `q1` and `q2` and of correlation
    `rho`. The first two arguments are expressions in `x`, which is bound.

    Examples:
        >>> from sympy import Rational, tanh
        >>> from symbolic_init.notation import PairMean, x
        >>> PairMean(tanh(x), tanh(x), 1, 1, Rational(1, 2)).evalf(20)
        0.18632441320344808611
    """

    is_commutative = True

    def __new__(cls, f: Expr, g: Expr, q1: Expr, q2: Expr, correlation: Expr) -> "PairMean":
        return Expr.__new__(cls, *map(_sympify, (f, g, q1, q2, correlation)))  # type: ignore[no-any-return]

    @property
    def functions(self) -> tuple[Expr, Expr]:
        """The functions of `u` and of `v`, expressions in `x`."""
        return self.args[0], self.args[1]

    @property
    def variances(self) -> tuple[Expr, Expr]:
        """The variances of `u` and of `v`."""
        return self.args[2], self.args[3]

    @property
    def correlation(self) -> Expr:
        """The correlation of `u` and `v`."""
        return self.args[4]

    @property
    def free_symbols(self) -> set[Symbol]:
        """Everything but the bound `x`."""
        inner, outer = self.args[:2], self.args[2:]
        bound = set().union(*(f.free_symbols for f in inner)) - {x}
        return bound.union(*(v.free_symbols for v in outer))

    def _eval_is_extended_real(self) -> bool:
        return True

    def _eval_is_finite(self) -> bool:
        return True

    def _eval_subs(self, old: Expr, new: Expr) -> "PairMean":
        inner = (f if old == x else f._subs(old, new) for f in self.args[:2])
        return self.func(*inner, *(v._subs(old, new) for v in self.args[2:]))  # type: ignore[no-any-return]

    def _xreplace(self, rule: Mapping[Expr, Expr]) -> tuple[Expr, bool]:
        return _replaced(self, rule, bound=frozenset({x}), free_from=2)

    def _eval_derivative(self, symbol: Symbol) -> Expr:
        (f, g), (q1, q2), r = self.functions, self.variances, self.correlation
        (s, t), alone = (x / sqrt(q1), x / sqrt(q2)), 1 - r**2

        def mean(u: Expr, v: Expr) -> Expr:
            return self.func(u, v, q1, q2, r)

        total = S.Zero
        if symbol != x:
            total += mean(f.diff(symbol), g) if symbol in f.free_symbols else 0
            total += mean(f, g.diff(symbol)) if symbol in g.free_symbols else 0
        first, second = mean(s**2 * f, g), mean(f, t**2 * g)
        both = r * mean(s * f, t * g)
        total += q1.diff(symbol) / (2 * q1) * ((first - both) / alone - self)
        total += q2.diff(symbol) / (2 * q2) * ((second - both) / alone - self)
        slope = (1 + r**2) * mean(s * f, t * g) - r * (first + second) + r * alone * self
        return total + r.diff(symbol) * slope / alone**2

    def _eval_evalf(self, prec: int) -> Expr | None:
        from symbolic_init.moments.evaluation import evalf_head

        return evalf_head(self, prec)

    def _sympystr(self, printer: Any) -> str:
        return f"PairMean({', '.join(printer._print(a) for a in self.args)})"

    def _latex(self, printer: Any) -> str:
        u, v = (Symbol(name, real=True) for name in "uv")
        inside = (f.xreplace({x: y}) for f, y in zip(self.functions, (u, v), strict=True))
        f, g = (
            printer._print(h) if h.is_Atom or h.is_Function else rf"\left({printer._print(h)}\right)"
            for h in inside
        )
        return rf"\mathbb{{E}}\left[{f} {g}\right]"


@final
class Root(Expr):  # type: ignore[misc]  # SymPy is untyped
    r"""`Root(f, t, lower, upper)`: the zero of `f` in `t` between two rational bounds.

    `f` has different signs at the bounds; `t` is bound.

    Examples:
        >>> from sympy import Rational
        >>> from symbolic_init.notation import Root, q
        >>> Root(q**2 - 2, q, 1, 2).evalf(20)
        1.4142135623730950488
    """

    is_commutative = True

    def __new__(cls, f: Expr, variable: Symbol, lower: Expr, upper: Expr) -> "Root":
        return Expr.__new__(cls, _sympify(f), variable, _sympify(lower), _sympify(upper))  # type: ignore[no-any-return]

    @property
    def function(self) -> Expr:
        """The function whose zero is meant."""
        return self.args[0]

    @property
    def variable(self) -> Symbol:
        """The bound symbol."""
        return self.args[1]

    @property
    def bracket(self) -> tuple[Expr, Expr]:
        """Lower and upper bound of the zero."""
        return self.args[2], self.args[3]

    @property
    def free_symbols(self) -> set[Symbol]:
        """Everything but the bound symbol."""
        return self.function.free_symbols - {self.variable}  # type: ignore[no-any-return]

    def _eval_is_extended_real(self) -> bool:
        return True

    def _eval_is_finite(self) -> bool:
        return True

    def _eval_subs(self, old: Expr, new: Expr) -> "Root":
        if old == self.variable:
            return self
        return self.func(self.function._subs(old, new), *self.args[1:])  # type: ignore[no-any-return]

    def _xreplace(self, rule: Mapping[Expr, Expr]) -> tuple[Expr, bool]:
        return _replaced(self, rule, bound=frozenset({self.variable}), free_from=2)

    def _eval_evalf(self, prec: int) -> Expr | None:
        from symbolic_init.moments.evaluation import evalf_head

        return evalf_head(self, prec)

    def _sympystr(self, printer: Any) -> str:
        return f"Root({', '.join(printer._print(a) for a in self.args)})"

    def _latex(self, printer: Any) -> str:
        f, t, low, high = (printer._print(a) for a in self.args)
        return rf"\operatorname{{root}}_{{{t} \in [{low}, {high}]}}\left({f}\right)"


@final
class Within(Expr):  # type: ignore[misc]  # SymPy is untyped
    r"""`Within(t, lower, upper)`: the number `t`, of which no more is known than two rational bounds.

    What is proven of an expression that holds it is proven for every number between the bounds. The
    symbol tells apart several such numbers; it is bound.

    Examples:
        >>> from sympy import Abs, Symbol
        >>> from symbolic_init.notation import Within
        >>> t = Within(Symbol("t"), 1, 2)
        >>> t.is_positive, Abs(t) - t, t.free_symbols
        (True, 0, set())
    """

    is_commutative = True

    def __new__(cls, variable: Symbol, lower: Expr, upper: Expr) -> "Within":
        return Expr.__new__(cls, variable, _sympify(lower), _sympify(upper))  # type: ignore[no-any-return]

    @property
    def bounds(self) -> tuple[Expr, Expr]:
        """Lower and upper bound."""
        return self.args[1], self.args[2]

    @property
    def free_symbols(self) -> set[Symbol]:
        """None: the symbol is bound."""
        return set()

    def _eval_is_extended_real(self) -> bool:
        return True

    def _eval_is_finite(self) -> bool:
        return True

    def _eval_is_extended_positive(self) -> bool | None:
        low, high = self.bounds
        return True if low > 0 else False if high <= 0 else None

    def _eval_is_extended_negative(self) -> bool | None:
        low, high = self.bounds
        return True if high < 0 else False if low >= 0 else None

    def _eval_derivative(self, _: Symbol) -> Expr:
        return S.Zero

    def _eval_subs(self, _: Expr, __: Expr) -> "Within":
        return self

    def _xreplace(self, rule: Mapping[Expr, Expr]) -> tuple[Expr, bool]:
        return (rule[self], True) if self in rule else (self, False)

    def _sympystr(self, printer: Any) -> str:
        return f"Within({', '.join(printer._print(a) for a in self.args)})"


_LONG, _LARGE = 10**6, 10**15
"""Denominators, and numerators, from here on are not read at a glance."""
_DIGITS = 6


def abbreviated(expr: Expr) -> Expr:
    """Return an expression with decimals in place of long fractions and integers, to be looked at.

    Examples:
        >>> from sympy import Rational
        >>> abbreviated(Rational("1.0507009873554805") * x), abbreviated(x / 3)
        (1.0507*x, x/3)
    """
    long = {r: Float(r, _DIGITS) for r in expr.atoms(Rational) if r.q >= _LONG or abs(r.p) >= _LARGE}
    return expr.xreplace(long)
