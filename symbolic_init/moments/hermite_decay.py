r"""How fast the Hermite coefficients of an activation fall, from where it is not analytic.

Sources:
    E. Hille, Contributions to the theory of Hermitian series II, Trans. Amer. Math. Soc. 47 (1940): the
    half-width of the strip of analyticity.
    J. P. Boyd, Asymptotic coefficients of Hermite function series, J. Comput. Phys. 54 (1984).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, final

from sympy import (
    Abs,
    Expr,
    Poly,
    PolynomialError,
    Rational,
    S,
    Symbol,
    acosh,
    arg,
    asinh,
    atan,
    atanh,
    cos,
    erf,
    erfc,
    erfi,
    exp,
    fraction,
    im,
    log,
    oo,
    powsimp,
    roots,
    sin,
    together,
)
from sympy.functions.elementary.hyperbolic import HyperbolicFunction

from symbolic_init.activation import Activation
from symbolic_init.activation import activation as read
from symbolic_init.analysis.analysis import Analysis, analyze
from symbolic_init.analysis.domain import local_order
from symbolic_init.analysis.pieces import differentiated
from symbolic_init.analysis.symmetry import is_zero
from symbolic_init.notation import x
from symbolic_init.special.sinc import Sinc

__all__ = ["Decay", "hermite_decay"]

_ORDERS = 8
"""Derivatives that are compared on both sides of a breakpoint."""
_ENTIRE = (exp, erf, erfc, erfi, sin, cos, Sinc)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Decay:
    """How the squares `a_n(q)**2` of the Hermite coefficients fall with n.

    Attributes:
        kind: `finite`: a polynomial, all but finitely many are 0. `entire`: faster than `exp(-c*sqrt(n))`
            for every c. `strip`: like `exp(-2*d*sqrt(n/q))`, up to powers of n, d the half-width of the strip
            around the real line where g is analytic. `power`: like `n**(-p - 3/2)`, where g behaves like
            a break in a derivative of order p (0: a jump, 1: a kink) at its worst point. `unknown`.
        order: The order p, or `None`.
        width: The half-width d, or `None`.
        text: The same in words.
    """

    kind: Literal["finite", "entire", "strip", "power", "unknown"]
    order: Expr | None = None
    width: Expr | None = None
    text: str


def hermite_decay(g: Expr | str | Activation, *, assume: str = "") -> Decay:
    """Return how fast the Hermite coefficients of an activation fall.

    Args:
        g: A catalog name, text in `x`, a SymPy expression, or an `Activation`.
        assume: What is known of the parameters.

    Raises:
        SymbolicInitError: As for `analyze`.

    Examples:
        >>> hermite_decay("relu").text
        'a_n^2 falls like n^(-5/2): kink at x = 0'
        >>> hermite_decay("tanh").width
        pi/2
    """
    analysis = analyze(read(g, assume=assume))
    worst = min(_breaks(analysis), key=lambda b: b[0], default=None)
    if worst is not None:
        order, where = worst
        word = {0: "jump", 1: "kink"}.get(order, f"break of order {order}")
        text = f"a_n^2 falls like n^({-order - Rational(3, 2)}): {word} at x = {where}"
        return Decay(kind="power", order=order, text=text)
    if not analysis.is_smooth:
        return Decay(kind="unknown", text="how fast a_n^2 falls was not found")
    return _of_smooth(analysis.pieces.branches[0])


def _breaks(analysis: Analysis) -> Iterator[tuple[Expr, Expr]]:
    """The places where g is not smooth, each with the order of the first derivative that breaks."""
    for point, power in analysis.rough:
        yield power, point
    for index, point in enumerate(analysis.pieces.breakpoints):
        if any(point == c for c, _ in analysis.rough):
            continue
        order = _order(analysis, index)
        if order is not None:
            yield order, point


def _order(analysis: Analysis, index: int) -> Expr | None:
    """The order of the first derivative that jumps at a breakpoint; between two where one is infinite."""
    parts, point = analysis.pieces, analysis.pieces.breakpoints[index]
    for order in range(_ORDERS):
        left, right = parts.branches[index : index + 2]
        step = (right - left).xreplace({x: point})
        if not step.is_finite:
            sides = ((left, -1), (right, 1))
            powers = [local_order(f.xreplace({x: x + point}), side, analysis.known) for f, side in sides]
            return order + min(powers)
        if not is_zero(step):
            return S(order)
        parts = differentiated(parts)
    return None


def _of_smooth(branch: Expr) -> Decay:
    """The decay for a function that is analytic on the line."""
    if branch.is_polynomial(x):
        degree = Poly(branch, x).degree()
        return Decay(kind="finite", text=f"a_n = 0 for n > {degree}: a polynomial")
    widths = tuple(_widths(powsimp(together(_with_exponentials(branch)))))
    if None in widths:
        return Decay(kind="unknown", text="a_n^2 falls faster than every power of n: smooth on the line")
    width = min((w for w in widths if w is not None), default=oo, key=_size)
    if width is oo:
        return Decay(kind="entire", text="a_n^2 falls faster than exp(-c sqrt(n)) for every c: entire")
    text = f"a_n^2 falls like exp(-2 d sqrt(n/q)), d = {width}: analytic for |Im x| < d"
    return Decay(kind="strip", width=width, text=text)


def _with_exponentials(expr: Expr) -> Expr:
    """Write hyperbolic functions by exponentials."""
    return expr.replace(lambda e: isinstance(e, HyperbolicFunction), lambda e: e.rewrite(exp))


def _widths(expr: Expr) -> Iterator[Expr | None]:
    """Distances of the singularities from the real line; `None` where they were not found."""
    if x not in expr.free_symbols or expr == x:
        return
    if expr.is_Pow and not (expr.exp.is_Integer and expr.exp > 0) and x not in expr.exp.free_symbols:
        yield _zeros(expr.base)
        yield from _widths(expr.base)
    elif expr.is_Add or expr.is_Mul or expr.is_Pow:
        for a in expr.args:
            yield from _widths(a)
    elif isinstance(expr, log | atan | asinh | atanh | acosh):
        u = expr.args[0]
        yield _zeros({log: u, atan: u**2 + 1, asinh: u**2 + 1}.get(expr.func, u**2 - 1))
        yield from _widths(u)
    elif isinstance(expr, _ENTIRE):
        yield from _widths(expr.args[0])
    else:
        yield None


def _zeros(base: Expr) -> Expr | None:
    """The least distance of a zero from the real line: of a polynomial in x, or in one exponential."""
    numerator, _ = fraction(together(_with_exponentials(base)))
    waves = numerator.atoms(exp)
    try:
        if not waves:
            return _least(abs(im(r)) for r in _roots(numerator, x))
        rates = {e: e.args[0].coeff(x) for e in waves}
        levels = {e: e.args[0] - rate * x for e, rate in rates.items()}
        rest = numerator.xreplace(dict.fromkeys(waves, S.One))
        if any(x in c.free_symbols for c in (rest, *levels.values())):
            return None
        unit, y = min(map(Abs, rates.values()), key=_size), Symbol("y", positive=True)
        powers = {e: exp(levels[e]) * y ** (rates[e] / unit) for e in waves}
        polynomial, _ = fraction(together(numerator.xreplace(powers)))
        return _least(abs(arg(r)) / unit for r in _roots(polynomial, y) if r != 0)
    except (PolynomialError, TypeError, ValueError):
        return None


def _size(value: Expr) -> Expr:
    return value.evalf()


def _roots(polynomial: Expr, variable: Symbol) -> tuple[Expr, ...]:
    """All zeros of a polynomial with numbers as coefficients."""
    p = Poly(polynomial, variable)
    if p.free_symbols_in_domain:
        raise PolynomialError("parameters")
    found = roots(p)
    return tuple(found) if sum(found.values()) == p.degree() else tuple(p.nroots(n=30))


def _least(values: Iterator[Expr]) -> Expr | None:
    """The smallest; `None` if one of them is 0: a singularity on the line, which must be removable."""
    found = sorted(values, key=_size)
    return None if found and abs(found[0].evalf()) < 1e-20 else found[0] if found else oo
