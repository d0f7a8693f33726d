"""What the reader must know beside the numbers: warnings, and what to expect at depth."""

import math
from collections.abc import Iterator, Mapping

import mpmath
from sympy import Rational, S, oo

from symbolic_init.callables import Sampled
from symbolic_init.derivation import Outlook, Scheme
from symbolic_init.evidence import Value
from symbolic_init.flow import Flow
from symbolic_init.orbits import orbit
from symbolic_init.recommendation import Recommendation
from symbolic_init.theories import Setting

__all__ = ["outlook", "warnings"]

_VANISHING = 0.9
"""A gradient that shrinks faster than this per layer is called vanishing."""


def warnings(
    setting: Setting, chosen: str, row: Scheme, values: Mapping[str, Value], stream: Flow | None, depth: int
) -> Iterator[str]:
    """What the reader must know before using the headline."""
    if chosen == "linear":
        yield from _linear_warnings(setting, row, values)
    if stream is not None and not row.stable:
        if row.fate == "diverges":
            weight, bias = float(row.sigma_w2), float(row.sigma_b2)
            *_, last = orbit(stream, weight, bias, start=weight + bias, depth=10 * depth, with_scatter=False)
            name = f"N Var(w) = {_digits(row.sigma_w2)}"
            yield f"divergent: with {name}, from E[x^2] = 1, q explodes within {last.number} layers"
        else:
            yield f"unstable: the fixed point repels (V' = {_digits(row.V_prime)})"
    if len(setting.M.inputs) > 1 and row.V_prime is not None and float(row.V_prime) > 1:
        yield "holds for one block only: in a stack q leaves this point; normalize between blocks"
    if setting.has_jump:
        yield "g jumps: h and chi_1 use the almost-everywhere derivative, which is what backpropagation sees"
    if setting.h is None:
        yield "E[g'^2] is infinite: the gradient has no finite mean square"
    yield from _formless(setting)


def _formless(setting: Setting) -> Iterator[str]:
    """Which means have no closed form that is known, and what their digits are worth."""
    named = (("E[g]", setting.m), ("E[g^2]", setting.M), ("E[g'^2]", setting.h))
    kinds = {name: moment.kind for name, moment in named if moment is not None and moment.expr is None}
    sampled = {name: m for name, m in named if m is not None and m.integrand.has(Sampled)}
    if sampled:
        agreed = ", ".join(f"{m.estimate(q=setting.q).digits} of {name}" for name, m in sampled.items())
        yield f"Note: g is a Python function: numbers are estimates; two quadratures share digits: {agreed}"
    elif kinds:
        worth = "estimates" if "estimated" in kinds.values() else "proven"
        yield f"Note: no closed form is known of {', '.join(kinds)}; the digits are {worth}"


def _linear_warnings(setting: Setting, row: Scheme, values: Mapping[str, Value]) -> Iterator[str]:
    if "variance_true" not in values or setting.assumptions.intervals:
        return
    q_implied, true = _digits(values["q_implied"]), _digits(values["variance_true"])
    text = f"the implied q is {q_implied}, where the true Var g is {true}, not 1"
    if row.fate == "fixed":
        chi = _digits(row.chi_1)
        text += f"; the map settles at q* = {_digits(row.q_star)} with chi_1 = {chi}"
        if row.chi_1 is not None and float(row.chi_1) < _VANISHING:
            text += ": gradients vanish"
    yield text


def _digits(value: Value | None) -> str:
    """A short exact value as it is, else six significant digits, for a sentence."""
    return "?" if value is None else _short(value, 6)


def outlook(advice: Recommendation, stream: Flow | None, depth: int) -> Outlook | None:
    """What to expect of `depth` layers with the recommended weights."""
    if not advice.rows:
        return None
    row = advice.rows[0]
    if stream is None:
        if row.chi_1 is None or row.sigma_w2.definition.free_symbols:
            return None
        last = row.sigma_w2
        gradient = Value(definition=row.chi_1.definition**depth, kind=row.chi_1.kind)
    elif advice.first_layer is not None and row.q_star is not None:
        last, gradient = row.q_star, Value(definition=S.One, kind=row.q_star.kind)
    else:
        weight, bias = float(row.sigma_w2), float(row.sigma_b2)
        *_, end = orbit(stream, weight, bias, start=weight + bias, depth=depth, with_scatter=False)
        last, gradient = _rounded(end.q), _rounded(end.gradient2)
    text = f"{depth} layers from E[x^2] = 1: q = {_short(last)}, gradient^2 x {_short(gradient)}"
    if advice.first_layer is not None:
        text += f"; first layer N Var(w) = {_digits(advice.first_layer)}/E[x^2]"
    return Outlook(depth=depth, q=last, gradient2=gradient, text=text)


def _rounded(number: float) -> Value:
    """A number in double precision as a value; what is not a number comes from an infinite mean."""
    finite = math.isfinite(number)
    return Value(definition=Rational(f"{number:.10g}") if finite else oo, kind="estimated")


def _short(value: Value, digits: int = 3) -> str:
    """The value itself when it is rational and short, else some digits."""
    if value.definition.is_Rational and len(str(value.definition)) <= digits + 3:
        return str(value.definition)
    if value.definition.is_infinite:
        return "infinite"
    return str(mpmath.nstr(value.value(digits=digits + 5), digits)).removesuffix(".0")
