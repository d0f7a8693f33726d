"""Hypothesis strategies for expressions and for text that is no expression."""

import sympy as sp
from hypothesis import strategies as st

from symbolic_init.notation import N, q, sigma_w2, x

a = sp.Symbol("a", real=True)
b = sp.Symbol("b", positive=True)

SYMBOLS = {"a": a, "b": b, "q": q, "N": N, "sigma_w2": sigma_w2}

numbers = st.fractions(min_value=-50, max_value=50, max_denominator=60).map(
    lambda f: sp.Rational(f.numerator, f.denominator)
)
atoms = st.one_of(st.sampled_from([x, x, x, a, b, q, N, sigma_w2, sp.pi, sp.E]), numbers)
_UNARY = (
    sp.exp,
    sp.tanh,
    sp.sinh,
    sp.cosh,
    sp.sech,
    sp.sin,
    sp.cos,
    sp.atan,
    sp.asinh,
    sp.erf,
    sp.erfc,
    sp.erfi,
    sp.Abs,
    sp.sign,
    sp.Heaviside,
)
relations = st.sampled_from([sp.Lt, sp.Le, sp.Gt, sp.Ge])


def _powers(base, exponent):
    """A power that is real wherever its base is; the base is made positive where it must be."""
    return sp.Pow(base, exponent) if exponent.is_Integer else sp.Pow(1 + base**2, exponent)


def _larger(children):
    pairs = st.tuples(children, children)
    exponents = st.sampled_from([sp.Integer(2), sp.Integer(3), sp.S.Half, sp.Rational(3, 2), -sp.S.Half])
    conditions = st.builds(lambda r, c: r(x, c), relations, numbers)
    return st.one_of(
        pairs.map(lambda p: p[0] + p[1]),
        pairs.map(lambda p: p[0] * p[1]),
        pairs.map(lambda p: p[0] / (1 + p[1] ** 2)),
        st.builds(_powers, children, exponents),
        st.builds(lambda f, u: f(u), st.sampled_from(_UNARY), children),
        st.builds(lambda u, v: sp.Max(u, v), atoms, atoms),
        st.builds(lambda c, u, v: sp.Piecewise((u, c), (v, True)), conditions, children, children),
    )


expressions = st.recursive(atoms, _larger, max_leaves=8)
"""Real expressions of SymPy in `x`, parameters and the symbols of the theory."""

_CHARACTERS = "xab0123456789.+-*/()^,<>=!&|~ _e'\"[]{}:;@#%$\\\n\tsintanhlogmax\u0445\u03c0\u00b2\0"
texts = st.text(alphabet=st.sampled_from(_CHARACTERS), max_size=40)
"""Short texts of the characters that expressions and attacks are made of."""
