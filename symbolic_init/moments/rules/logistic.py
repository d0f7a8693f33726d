r"""Polynomials in x, `u = tanh(lambda*x)`, `v = sech(lambda*x)` and `L = log(cosh(lambda*x))`.

With `u' = lambda*v**2`, `v' = -lambda*u*v`, `L' = lambda*u` and `v**2 = 1 - u**2`, Stein's identity removes
x; the heat equation `2*(d/dq)*E[f] = E[f'']` then lowers u. All means are sums of derivatives of
`S = E[v**2]`, of `F = E[v]` and of `L_j = E[L**j]` at `lambda = 1`, taken at `lambda**2*q`.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from sympy import Rational

from symbolic_init.moments.field import Element, Field, X
from symbolic_init.moments.normal_form import Key
from symbolic_init.moments.rule import Atom, Outcome, Rule, Special, scaled_root
from symbolic_init.moments.rules.signs import curvature, divided_by_weight
from symbolic_init.moments.waves import WAVES, wave_kernels, wave_power

__all__ = ["LOGISTIC_MEANS", "LOGISTIC_REDUCTIONS"]

_Base = tuple[int, int]
"""A power of `log(cosh)`, and how often the mean of what it stands for is differentiated."""


class _Wave(NamedTuple):
    """The product of powers of tanh, sech and log(cosh) of one argument."""

    argument: Element
    tanh: int
    sech: int
    logs: int

    def key(self, key: Key, *, tanh: int = 0, sech: int = 0, logs: int = 0) -> Key:
        """A term with these kernels instead of its own, with other powers by so many."""
        return key._replace(
            kernel=wave_kernels(self.argument, self.tanh + tanh, self.sech + sech, self.logs + logs)
        )


def _is_waves(key: Key, r: Element) -> bool:
    """Whether a term has nothing but such factors, an exponential and a polynomial."""
    if not key.kernel or key.soft or key.hard is not None or not r.is_polynomial():
        return False
    return all(k.kind in WAVES for k in key.kernel)


def _single(key: Key, r: Element) -> _Wave | None:
    """The factors of a term on the whole line, if they have one argument."""
    if key.half or not _is_waves(key, r):
        return None
    argument = key.kernel[0].argument
    if any(k.argument != argument for k in key.kernel):
        return None
    powers = {k.kind: int(k.exponent.number() or 0) for k in key.kernel}
    return _Wave(argument, powers.get("tanh", 0), powers.get("sech", 0), powers.get("logcosh", 0))


def _parity(key: Key, r: Element, field: Field) -> Outcome | None:
    if not _is_waves(key, r) or key.beta:
        return None
    c, odd = r.coefficients(), sum(map(wave_power, key.kernel)) % 2
    even = {k: v for k, v in c.items() if k % 2 == odd}
    kept = sum((v * field.x**k for k, v in even.items()), field.zero)
    if not key.half:
        if len(even) == len(c):
            return None
        return Outcome(((key, kept),) if even else ())
    if not even:
        return None
    line, rest = (key._replace(half=False), kept / 2), r - kept
    return Outcome((line, (key, rest)) if rest else (line,))


def _squares(key: Key, r: Element, _: Field) -> Outcome | None:
    wave = _single(key, r)
    if wave is None or wave.sech < 2:
        return None
    return Outcome(((wave.key(key, sech=-2), r), (wave.key(key, sech=-2, tanh=2), -r)))


def _exponential(key: Key, r: Element, field: Field) -> Outcome | None:
    wave = _single(key, r)
    if wave is None or not key.beta or not (wave.sech or wave.tanh):
        return None
    rate = wave.argument.coefficients()[1]
    ratio = (key.beta / rate).number()
    if ratio is None or not ratio.is_Integer:
        return None
    sign = field.constant(1 if ratio > 0 else -1)
    nearer = key._replace(beta=key.beta - rate * sign)
    if wave.sech:
        return Outcome(((wave.key(nearer, sech=-1), r), (wave.key(nearer, sech=-1, tanh=1), r * sign)))
    return Outcome(((wave.key(key, tanh=-1), r * sign), (wave.key(nearer, tanh=-1, sech=1), -(r * sign))))


def _stein(key: Key, r: Element, field: Field) -> Outcome | None:
    wave = _single(key, r)
    if wave is None or key.beta or not r.has(X):
        return None
    constant, rest = divided_by_weight(key, r, field)
    slope = rest * wave.argument.coefficients()[1]
    terms = [(key, constant)] if constant else []
    if wave.tanh:
        terms.append((wave.key(key, tanh=-1), slope * wave.tanh))
    if wave.tanh + wave.sech:
        terms.append((wave.key(key, tanh=1), -(slope * (wave.tanh + wave.sech))))
    if wave.logs:
        terms.append((wave.key(key, tanh=1, logs=-1), slope * wave.logs))
    return Outcome(tuple(terms))


@lru_cache(maxsize=256)
def _by_bases(tanh: int, sech: int, logs: int) -> Mapping[_Base, Rational]:
    """`E[u**tanh*v**sech*L**logs]` by derivatives of `E[v**sech*L**j]`, for an even power of u."""
    if tanh == 0:
        return MappingProxyType({(logs, 0): Rational(1)})
    n = tanh - 2
    if n == sech == 0:
        # D**2 log(cosh)**(j+1) has the factor j + 1.
        higher = logs + 1
        terms = [(1, _by_bases(0, 0, logs)), (Rational(-2, higher), {(higher, 1): Rational(1)})]
        return _sum([*terms, (logs, _by_bases(2, 0, logs - 1))] if logs else terms)
    below = Rational(1, (n + sech) * (n + 1 + sech))
    terms = [
        (2 * below, {(j, k + 1): c for (j, k), c in _by_bases(n, sech, logs).items() if j or sech}),
        ((n * (n - 1 + sech) + (n + sech) * (n + 1)) * below, _by_bases(n, sech, logs)),
    ]
    if n:
        terms.append((-n * (n - 1) * below, _by_bases(n - 2, sech, logs)))
    if logs:
        terms.append((-logs * (2 * n + 1) * below, _by_bases(n, sech, logs - 1)))
        terms.append((logs * (2 * n + 1 + 2 * sech) * below, _by_bases(tanh, sech, logs - 1)))
    if logs > 1:
        terms.append((-logs * (logs - 1) * below, _by_bases(tanh, sech, logs - 2)))
    return _sum(terms)


def _sum(terms: Iterable[tuple[Rational, Mapping[_Base, Rational]]]) -> Mapping[_Base, Rational]:
    total: dict[_Base, Rational] = {}
    for factor, parts in terms:
        for base, c in parts.items():
            total[base] = total.get(base, Rational(0)) + factor * c
    return MappingProxyType({base: c for base, c in total.items() if c})


def _bases(key: Key, r: Element, field: Field, *, sech: bool, logs: bool) -> Outcome | None:
    """The mean of what has neither x nor an exponential of x."""
    wave = _single(key, r)
    if wave is None or key.beta or r.has(X) or wave.tanh % 2:
        return None
    if (wave.sech, bool(wave.logs)) != (int(sech), logs):
        return None
    scale, d = wave.argument.coefficients()[1], curvature(key, field)
    argument = scale * scale * field.q / d
    atoms = []
    for (power, order), c in _by_bases(wave.tanh, wave.sech, wave.logs).items():
        factor, specials = _base(argument, power, order, sech=sech)
        number = field.constant(int(c.p), int(c.q)) * factor
        atoms.append(Atom(r * number, field.one / d, key.gamma, specials))
    return Outcome(atoms=tuple(atoms))


def _base(argument: Element, power: int, order: int, *, sech: bool) -> tuple[Element, tuple[Special, ...]]:
    """A derivative of a mean as a factor and a head; `L_1' = S/2`."""
    one = argument.field.one
    if sech:
        return one, (_head("MordellMean", argument, order),)
    if not power:
        return one, ()
    if power == 1 and order:
        return one / 2, (_head("SechMean", argument, order - 1),)
    return one, (_head("LogCoshMean", argument, power, order),)


def _head(name: str, argument: Element, *numbers: int) -> Special:
    field = argument.field
    return Special(name, tuple(scaled_root(e, field.one) for e in (argument, *map(field.constant, numbers))))


def _secant(key: Key, r: Element, field: Field) -> Outcome | None:
    return _bases(key, r, field, sech=False, logs=False)


def _first_secant(key: Key, r: Element, field: Field) -> Outcome | None:
    return _bases(key, r, field, sech=True, logs=False)


def _logarithms(key: Key, r: Element, field: Field) -> Outcome | None:
    return _bases(key, r, field, sech=False, logs=True)


LOGISTIC_REDUCTIONS = (
    Rule(
        id="gauss.logistic.parity",
        family="L",
        stage="splitting",
        statement="E[x^k u^n] = 0 for odd k + n; E[x^k u^n; x > 0] = E[x^k u^n]/2 for even k + n; "
        "with even functions beside u as well",
        reason="odd terms vanish",
        examples=(
            "(1 + x*tanh(x))*(x + tanh(x))",
            "(x/(1 + exp(-x)))**2",
            "where(x > 0, tanh(x)**2, 0)",
            "log(1 + exp(x))*x",
        ),
        apply=_parity,
    ),
    Rule(
        id="gauss.logistic.secant",
        family="L",
        stage="reduction",
        statement="sech(lambda x)^2 = 1 - tanh(lambda x)^2",
        reason="even powers of sech",
        examples=("(1 + sech(x))**2", "(sech(x/2) - x)**4"),
        apply=_squares,
    ),
    Rule(
        id="gauss.logistic.exponential",
        family="L",
        stage="reduction",
        statement="exp(lambda x) u = exp(lambda x) - v, exp(lambda x) v = 1 + u, "
        "u = tanh(lambda x), v = sech(lambda x)",
        reason="an exponential times tanh or sech",
        examples=(
            "exp(x)*tanh(x/2)",
            "exp(-2*x)*tanh(x)**2*x",
            "exp(2*x)/(1 + exp(-x))**2",
            "tanh(x)*exp(x)",
            "(x + sech(x))*exp(-x)",
        ),
        apply=_exponential,
    ),
    Rule(
        id="gauss.logistic.stein",
        family="L",
        stage="reduction",
        statement="E[p f] = c E[f] + E[r f'], p = c + (d x/q) r - r', f = u^n v^m log(1/v)^j, "
        "u' = lambda v^2, v' = -lambda u v",
        reason="Stein's identity",
        examples=(
            "x*tanh(x)",
            "(x/(1 + exp(-x)))**2",
            "(x - tanh(2*x))**2",
            "x**4*tanh(x/3)**2",
            "x**2*sech(x)",
            "x**2*log(cosh(x))",
        ),
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
    Rule(
        id="gauss.logistic.secant-heat",
        family="L",
        stage="mean",
        statement="E[v] = F(p), (n+1) (n+2) E[u^(n+2) v] = 2 dE[u^n v]/dp + (n^2 + (n+1)^2) E[u^n v] "
        "- n (n-1) E[u^(n-2) v]",
        reason="F(q) = E[sech(sqrt(q) z)] and the heat equation",
        examples=("sech(x)", "sech(2*x)**3", "x*tanh(x)*sech(x)", "tanh(x)**4*sech(x)*exp(-x**2/2)"),
        apply=_first_secant,
    ),
    Rule(
        id="gauss.logistic.log-heat",
        family="L",
        stage="mean",
        statement="E[L^j] = L_j(p), E[u^2 L^j] = L_j + j E[u^2 L^(j-1)] - 2/(j+1) dL_(j+1)/dp, "
        "dL_1/dp = S/2, and 2 dE[f]/dp = E[f''] for f = u^n L^j",
        reason="L_j(q) = E[log(cosh(sqrt(q) z))^j], S(q) = E[sech(sqrt(q) z)^2] and the heat equation",
        examples=(
            "log(1 + exp(x))",
            "log(1 + exp(-3*x))**2",
            "log(cosh(x/2))*tanh(x/2)**4",
            "(tanh(x)*log(sech(x)))**2",
            "log(1 + tanh(x))*exp(-x**2)",
        ),
        apply=_logarithms,
    ),
)
