r"""Polynomials in x and `u = tanh(lambda*x)`: the logistic family.

`u' = lambda*(1 - u**2)`, so Stein's identity removes x; the heat equation `2*(d/dq)*E[f] = E[f'']` then
leads from `E[u**2] = 1 - S(lambda**2*q)` to every even power. All means are sums of derivatives of S.
"""

from functools import lru_cache

from sympy import Rational, S

from symbolic_init.moments.field import Element, Field, X
from symbolic_init.moments.normal_form import Kernel, Key
from symbolic_init.moments.rule import Atom, Outcome, Rule, Special, scaled_root
from symbolic_init.moments.rules.signs import curvature, divided_by_weight
from symbolic_init.moments.waves import wave_power

__all__ = ["LOGISTIC_MEANS", "LOGISTIC_REDUCTIONS"]


def _waves(key: Key, r: Element) -> tuple[int, ...]:
    """The powers of each tanh in a term that has nothing else but an exponential and a polynomial."""
    if not key.kernel or key.soft or key.hard is not None or not r.is_polynomial():
        return ()
    powers = tuple(wave_power(k) for k in key.kernel)
    return powers if all(powers) else ()


def _single(key: Key, r: Element) -> tuple[Kernel, int] | None:
    """The only tanh of a term on the whole line, and its power."""
    powers = _waves(key, r)
    return (key.kernel[0], powers[0]) if len(powers) == 1 and not key.half else None


def _raised(key: Key, power: int) -> Key:
    """The same term with another power of its only tanh."""
    kernel = key.kernel[0]
    wave = (kernel._replace(exponent=kernel.exponent.field.constant(power)),) if power else ()
    return key._replace(kernel=wave)


def _parity(key: Key, r: Element, field: Field) -> Outcome | None:
    powers = _waves(key, r)
    if not powers or key.beta:
        return None
    c = r.coefficients()
    even = {k: v for k, v in c.items() if (k + sum(powers)) % 2 == 0}
    kept = sum((v * field.x**k for k, v in even.items()), field.zero)
    if not key.half:
        if len(even) == len(c):
            return None
        return Outcome(((key, kept),) if even else ())
    if not even:
        return None
    line, odd = (key._replace(half=False), kept / 2), r - kept
    return Outcome((line, (key, odd)) if odd else (line,))


def _exponential(key: Key, r: Element, field: Field) -> Outcome | None:
    found = _single(key, r)
    if found is None or not key.beta:
        return None
    kernel, power = found
    rate = kernel.argument.coefficients()[1] * 2
    ratio = (key.beta / rate).number()
    if ratio is None or not ratio.is_Integer:
        return None
    sign = field.constant(1 if ratio > 0 else -1)
    nearer = key._replace(beta=key.beta - rate * sign)
    return Outcome(
        (
            (_raised(key, power - 1), r * sign),
            (_raised(nearer, power - 1), -(r * sign)),
            (nearer, -r),
        )
    )


def _stein(key: Key, r: Element, field: Field) -> Outcome | None:
    found = _single(key, r)
    if found is None or key.beta or not r.has(X):
        return None
    kernel, power = found
    constant, rest = divided_by_weight(key, r, field)
    slope = rest * kernel.argument.coefficients()[1] * power
    terms = [(key, constant)] if constant else []
    return Outcome((*terms, (_raised(key, power - 1), slope), (_raised(key, power + 1), -slope)))


@lru_cache(maxsize=64)
def _by_secants(power: int) -> tuple[Rational, tuple[Rational, ...]]:
    """`E[u**power]` as a constant and the coefficients of S, S', S'', ... for an even power."""
    if power == 0:
        return S.One, ()
    if power == 2:
        return S.One, (S.NegativeOne,)
    n = power - 2
    first, one = _by_secants(n)
    second, two = _by_secants(n - 2)
    scale = Rational(1, n * (n + 1))
    moved = (S.Zero, *one)
    found = tuple(
        scale
        * (
            2 * moved[k]
            + (2 * n * n * one[k] if k < len(one) else 0)
            - (n * (n - 1) * two[k] if k < len(two) else 0)
        )
        for k in range(len(moved))
    )
    return scale * (2 * n * n * first - n * (n - 1) * second), found


def _secant(key: Key, r: Element, field: Field) -> Outcome | None:
    found = _single(key, r)
    if found is None or key.beta or r.has(X) or found[1] % 2:
        return None
    kernel, power = found
    scale, d = kernel.argument.coefficients()[1], curvature(key, field)
    argument = scaled_root(scale * scale * field.q / d, field.one)
    constant, coefficients = _by_secants(power)
    atoms = [Atom(r * _element(constant, field), field.one / d, key.gamma)] if constant else []
    for n, c in enumerate(coefficients):
        order = scaled_root(field.constant(n), field.one)
        atoms.append(
            Atom(r * _element(c, field), field.one / d, key.gamma, (Special("SechMean", (argument, order)),))
        )
    return Outcome(atoms=tuple(atoms))


def _element(number: Rational, field: Field) -> Element:
    return field.constant(int(number.p), int(number.q))


LOGISTIC_REDUCTIONS = (
    Rule(
        id="gauss.logistic.parity",
        family="L",
        stage="splitting",
        statement="E[x^k u^n] = 0 for odd k + n; E[x^k u^n; x > 0] = E[x^k u^n]/2 for even k + n",
        reason="odd terms vanish",
        examples=("(1 + x*tanh(x))*(x + tanh(x))", "(x/(1 + exp(-x)))**2", "where(x > 0, tanh(x)**2, 0)"),
        apply=_parity,
    ),
    Rule(
        id="gauss.logistic.exponential",
        family="L",
        stage="reduction",
        statement="exp(2 lambda x) u = exp(2 lambda x) - 1 - u, u = tanh(lambda x)",
        reason="an exponential times tanh",
        examples=("exp(x)*tanh(x/2)", "exp(-2*x)*tanh(x)**2*x", "exp(2*x)/(1 + exp(-x))**2"),
        apply=_exponential,
    ),
    Rule(
        id="gauss.logistic.stein",
        family="L",
        stage="reduction",
        statement="E[p u^n] = c E[u^n] + n lambda E[r (u^(n-1) - u^(n+1))], p = c + (d x/q) r - r'",
        reason="Stein's identity",
        examples=("x*tanh(x)", "(x/(1 + exp(-x)))**2", "(x - tanh(2*x))**2", "x**4*tanh(x/3)**2"),
        apply=_stein,
    ),
)

LOGISTIC_MEANS = (
    Rule(
        id="gauss.logistic.heat",
        family="L",
        stage="mean",
        statement="E[u^2] = 1 - S(p), n (n+1) E[u^(n+2)] = 2 dE[u^n]/dp + 2 n^2 E[u^n] - n (n-1) E[u^(n-2)]",
        reason="S(q) = E[sech(sqrt(q) z)^2] and the heat equation",
        examples=("tanh(x)**2", "sech(x)**2", "1/(1 + exp(-x))**2", "tanh(x/2)**6", "exp(-x**2)*tanh(x)**4"),
        apply=_secant,
    ),
)
