"""What the reader must know beside the numbers: warnings, and what to expect at depth."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import mpmath
from sympy import Expr, S, Symbol

from symbolic_init.advice.recommendation import Recommendation
from symbolic_init.callables import Sampled
from symbolic_init.derivation import Outlook, Scheme
from symbolic_init.errors import PrecisionError, UnsupportedError
from symbolic_init.evidence import Value, estimated
from symbolic_init.meanfield.finite_width import spreads
from symbolic_init.meanfield.flow import Flow
from symbolic_init.meanfield.orbits import LARGEST, last_variance, orbit
from symbolic_init.theories import Setting

__all__ = ["outlook", "warnings"]

_VANISHING = 0.9
"""A gradient that shrinks faster than this per layer is called vanishing."""
_DECADES = 10.0
"""Logarithm of a variance from which on only its power of ten is told."""
_MOST_CHARACTERS = 9
"""Longer coefficients of asymptotic laws are written as decimals."""
LAYER = Symbol("l", positive=True)
"""Number of a layer, in asymptotic laws."""


def warnings(
    setting: Setting,
    chosen: str,
    row: Scheme,
    values: Mapping[str, Value],
    stream: Flow | None,
    table: Sequence[Scheme],
    depth: int,
) -> Iterator[str]:
    """Yield what the reader must know before using the headline, or another row of the table."""
    if chosen == "linear":
        yield from _linear_warnings(setting, row, values)
    if stream is not None:
        yield from _unstable(setting, row, table, stream, depth)
    if setting.sigma_b2 not in (0, row.sigma_b2.definition):
        yield f"Note: the biases follow from theory {chosen!r}: sigma_b2 = {setting.sigma_b2} is not used"
    if len(setting.M.inputs) > 1 and row.V_prime is not None and float(row.V_prime) > 1:
        yield "holds for one block only: in a stack q leaves this point; normalize between blocks"
    if any(s.jump != 0 and not s.jump.is_infinite for s in setting.singularities):
        yield "g jumps: h and chi_1 use the almost-everywhere derivative, which is what backpropagation sees"
    if setting.h is None:
        yield "E[g'^2] is infinite: the gradient has no finite mean square"
    yield from _formless(setting)


def _unstable(
    setting: Setting, headline: Scheme, table: Sequence[Scheme], stream: Flow, depth: int
) -> Iterator[str]:
    """Where the rows that are not stable take the signal."""
    shown = [
        f"{_power(_arrival(setting, row, stream, depth))} ({row.label.strip()})"
        for row in table
        if not row.stable and not row.note
    ]
    if shown:
        moment = _short(Value(definition=setting.second_moment, kind="exact"))
        yield f"unstable: from E[x^2] = {moment}, q_{depth} = {', '.join(shown)}"
    if headline.fate == "diverges":
        yield f"divergent: with N Var(w) = {_digits(headline.sigma_w2)}, q grows without bound"
    elif not headline.stable and headline.V_prime is not None and abs(float(headline.V_prime)) > 1:
        yield f"the fixed point repels (V' = {_digits(headline.V_prime)})"


def _arrival(setting: Setting, row: Scheme, stream: Flow, depth: int) -> float:
    weight, bias = float(row.sigma_w2), float(row.sigma_b2)
    start = weight * float(setting.second_moment) + bias
    return last_variance(stream, weight, bias, start=start, depth=depth)


def _power(number: float) -> str:
    """Two digits, as `4.1e3`."""
    if not number < LARGEST:
        return "infinite"
    if number == 0 or 1e-3 < number < 1e3:
        return f"{float(f'{number:.2g}'):g}"
    mantissa, _, exponent = f"{number:.1e}".partition("e")
    return f"{mantissa}e{int(exponent)}"


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
    try:
        true = f"is {_digits(values['variance_true'])}, not 1"
    except (PrecisionError, UnsupportedError):
        true = "is out of reach"
    text = f"the implied q is {_digits(values['q_implied'])}, where the true Var g {true}"
    if row.fate == "fixed":
        chi = _digits(row.chi_1)
        text += f"; the map settles at q* = {_digits(row.q_star)} with chi_1 = {chi}"
        if row.chi_1 is not None and float(row.chi_1) < _VANISHING:
            text += ": gradients vanish"
    yield text


def _digits(value: Value | None) -> str:
    """A short exact value as it is, else six significant digits, for a sentence."""
    return "?" if value is None else _short(value, 6)


def outlook(
    advice: Recommendation, setting: Setting, stream: Flow | None, *, depth: int, width: int
) -> Outlook | None:
    """Return what to expect of `depth` layers with the recommended weights."""
    if not advice.rows:
        return None
    row = advice.rows[0]
    scatter = math.nan
    if stream is None:
        if row.chi_1 is None or row.sigma_w2.definition.free_symbols:
            return None
        last = replace(row.sigma_w2, definition=row.sigma_w2.definition * setting.second_moment)
        gradient = Value(definition=row.chi_1.definition**depth, kind=row.chi_1.kind)
    else:
        weight, bias, moment = float(row.sigma_w2), float(row.sigma_b2), float(setting.second_moment)
        start = (weight * moment if row.first_layer is None else float(row.first_layer)) + bias
        passed = tuple(orbit(stream, weight, bias, start=start, depth=depth + 1))
        around = spreads(setting, weight, [p.q for p in passed])
        beyond = around[depth:]  # what the last layer puts out
        scatter = beyond[0].variance if beyond else math.nan
        end = passed[:depth][-1]
        last, gradient = estimated(end.q), estimated(end.gradient2)
        if row.first_layer is not None and row.q_star is not None:
            last, gradient = row.q_star, Value(definition=S.One, kind=row.q_star.kind)
    falls = row.fate == "decays" and row.V_prime is not None and row.V_prime.definition == 1
    laws = setting.laws if falls else None
    q_law = None if laws is None else laws.coefficient * LAYER**-laws.power
    gradient_law = None if laws is None or laws.gradient in (None, 0) else LAYER**-laws.gradient
    relative = math.sqrt(scatter / width) if scatter >= 0 else math.nan
    return Outlook(
        depth=depth,
        q=last,
        gradient2=gradient,
        q_law=q_law,
        gradient_law=gradient_law,
        first_layer=row.first_layer,
        second_moment=setting.second_moment,
        width=width,
        scatter=None if math.isnan(relative) else estimated(relative),
        text=_text(setting, row, depth, (last, q_law), (gradient, gradient_law), width, relative),
    )


def _text(
    setting: Setting,
    row: Scheme,
    depth: int,
    signal: tuple[Value, Expr | None],
    gradient: tuple[Value, Expr | None],
    width: int,
    relative: float,
) -> str:
    """The outlook in one line."""
    moment = _short(Value(definition=setting.second_moment, kind="exact"))
    words = [
        f"{depth} layers from E[x^2] = {moment}: q = {_short(signal[0])}{_law(signal[1])}",
        f"gradient^2 x {_short(gradient[0])}{_law(gradient[1])}",
    ]
    text = ", ".join(words)
    if relative >= 0:
        text += f"; one net of width {width} varies by {_percent(relative)}"
    if row.first_layer is not None:
        text += f"; first layer Var(w) = {_digits(row.first_layer)}/(N E[x^2])"
    return text


def _percent(part: float) -> str:
    """Two digits, as `4.1 %`; beyond 100 % the first order in 1/width says little."""
    return "over 100 %" if part > 1 else f"{float(f'{100 * part:.2g}'):g} %"


def _law(law: Expr | None) -> str:
    """An asymptotic law behind a number: ` ~ 1/(2l)`; a long coefficient is rounded."""
    if law is None:
        return ""
    coefficient, rest = law.as_coeff_Mul()
    short = len(str(coefficient)) <= _MOST_CHARACTERS
    written = (str(law) if short else f"{float(coefficient):.6g}*{rest}").replace("**", "^")
    return " ~ " + re.sub(r"(?<=\d)\*(?=l)", "", written).replace("*", " ")


def _short(value: Value, digits: int = 3) -> str:
    """The value itself when it is rational and short, else some digits."""
    if value.definition.is_Rational and len(str(value.definition)) <= digits + 3:
        return str(value.definition)
    if value.is_infinite:
        return "infinite"
    return str(mpmath.nstr(value.value(digits=digits + 5), digits)).removesuffix(".0")
