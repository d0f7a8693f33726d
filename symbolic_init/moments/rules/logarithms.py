"""Logarithms of quadratics: family H. `L = log(1 + k*x**2)` in the first power, times polynomials."""

from symbolic_init.moments.field import Element, Field, X
from symbolic_init.moments.normal_form import Key
from symbolic_init.moments.rule import Atom, Outcome, Rule, Special, scaled_root
from symbolic_init.moments.rules.inverse_sine import halved
from symbolic_init.moments.rules.signs import curvature, divided_by_weight

__all__ = ["LOGARITHM_MEANS", "LOGARITHM_REDUCTIONS"]


def _quadratic(key: Key, field: Field) -> Element | None:
    """What the only kernel is the logarithm of, `1 + k*x**2`, under a centered weight."""
    if len(key.kernel) != 1 or key.soft or key.beta or key.hard is not None:
        return None
    kernel = key.kernel[0]
    if kernel.kind != "log" or kernel.exponent != field.one or set(kernel.argument.coefficients()) != {0, 2}:
        return None
    return kernel.argument


def _parity(key: Key, r: Element, field: Field) -> Outcome | None:
    return None if _quadratic(key, field) is None else halved(key, r, field, odd=False)


def _stein(key: Key, r: Element, field: Field) -> Outcome | None:
    f = _quadratic(key, field)
    if f is None or not r.is_polynomial() or not r.has(X):
        return None
    constant, rest = divided_by_weight(key, r, field)
    plain = (key._replace(kernel=()), rest * f.diff() / f)
    # On a half line nothing is left at 0: the logarithm vanishes there.
    return Outcome(((key, constant), plain) if constant else (plain,))


def _logarithm(key: Key, r: Element, field: Field) -> Outcome | None:
    f = _quadratic(key, field)
    if f is None or key.half or r.has(X):
        return None
    d = curvature(key, field)
    k = f.coefficients()[2]
    integral = Special("ErfcxIntegral", (scaled_root(field.one, d / (field.q * k * 2)),))
    log = Special("log", (scaled_root(field.q * k / (d * 2), field.one),))
    terms = ((r * field.root_pi * 2, integral), (r, log), (-r, Special("EulerGamma", ())))
    return Outcome(atoms=tuple(Atom(c, field.one / d, key.gamma, (s,)) for c, s in terms))


LOGARITHM_REDUCTIONS = (
    Rule(
        id="gauss.log.parity",
        family="H",
        stage="splitting",
        statement="E[x^k L] = 0 for odd k; E[x^k L; x > 0] = E[x^k L]/2 for even k, L = log(1 + c x^2)",
        reason="odd terms vanish",
        examples=("(1 + x)*log(1 + x**2)", "Piecewise((x, x<0), (log(1 + x**2), True))"),
        apply=_parity,
    ),
    Rule(
        id="gauss.log.stein",
        family="H",
        stage="reduction",
        statement="E[p L] = b E[L] + 2 c E[x r/(1 + c x^2)], p = b + (d x/q) r - r', L = log(1 + c x^2)",
        reason="Stein's identity",
        examples=("x**2*log(2 + x**2)", "(x + log(1 + x**2/3))*x**4", "Max(0, x)*log(1 + x**2)"),
        apply=_stein,
    ),
)

LOGARITHM_MEANS = (
    Rule(
        id="gauss.line.log",
        family="H",
        stage="mean",
        statement="E[log(1 + c x^2)] = (2 sqrt(pi) I(sqrt(d/(2 c q))) + log(c q/(2 d)) - gamma)/sqrt(d), "
        "I(u) the integral of exp(t^2) erfc(t) from 0 to u",
        reason="integral of exp(t^2) erfc(t)",
        examples=("log(1 + x**2)", "log(4 + 3*x**2) + x", "exp(-x**2)*log(sqrt(1 + x**2))"),
        apply=_logarithm,
    ),
)
