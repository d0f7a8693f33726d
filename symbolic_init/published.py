"""Numbers that papers and frameworks print, compared with what is derived.

The printed numbers and their sources are in `data/published.json`. A number is reproduced where the exact
value rounds to all its printed digits; else the verdict says how many digits agree.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import mpmath
from sympy import Expr, Rational, S, pi, sqrt

from symbolic_init.derivation import Derivation
from symbolic_init.engine import derive
from symbolic_init.errors import UnsupportedError
from symbolic_init.evidence import Value
from symbolic_init.fitting import solve_for
from symbolic_init.moments.mean import gaussian_mean
from symbolic_init.notation import Root, q
from symbolic_init.propagation import Propagation, propagate
from symbolic_init.schemes import SCHEMES

__all__ = ["CHECKED", "DATA", "Verdict", "by_source", "entries", "verdict"]

DATA = Path(__file__).resolve().parent / "data" / "published.json"
CHECKED = "quadrature at 36 digits"
"""Source of numbers that nobody printed: they check this program by another method."""
GUARD = 12
"""Digits beyond the printed ones."""
DOUBLE = 15
"""Digits that hold in double precision, after a few roundings."""
WIDTH = Fraction(1, 10)
"""Part of a variance around which a zero is looked for."""
EXACT: Mapping[str, Expr] = {
    "pi/4": pi / 4,
    "sqrt(2)": sqrt(2),
    "sqrt(20000/10001)": 100 * sqrt(2) / sqrt(10001),
}


class Verdict(NamedTuple):
    """What is to be said of one printed number."""

    what: str
    printed: str
    exact: str
    verdict: str


@cache
def derived(of: str, theory: str, variance: str) -> Derivation:
    """A derivation; several rows look at the same one."""
    return derive(of, theory=theory, q=Rational(variance))


@cache
def followed(of: str, weight: str) -> Propagation:
    """A propagation with given weights."""
    return propagate(of, sigma_w2=Rational(weight), depth=1)


def _value(how: Mapping[str, Any]) -> Expr:
    found = derived(how["of"], how.get("theory", "auto"), how.get("q", "1")).values[how["value"]]
    return Rational(how.get("times", "1")) * found.definition


def _at_fixed_point(how: Mapping[str, Any]) -> Expr:
    point = followed(how["of"], how["variance_at_fixed_point"]).q_star
    assert point is not None
    moments = derived(how["of"], "auto", "1").moments
    return moments["M"].head(point.definition) - moments["m"].head(point.definition) ** 2


def _propagated(how: Mapping[str, Any]) -> Expr:
    return getattr(followed(how["of"], how["sigma_w2"]), how["propagate"]).definition


def _zero(function: Expr, near: str) -> Root:
    middle = Fraction(near)
    return Root(function, q, *(Rational(middle * (1 + side * WIDTH)) for side in (-1, 1)))


def _unit_variance(how: Mapping[str, Any]) -> Expr:
    """`Var g(q) = 1` and `q = N Var(w) E[g^2]`."""
    moments = derived(how["of"], "auto", "1").moments
    second, first = moments["M"], moments["m"]
    root = _zero(second.definition - first.definition**2 - 1, how["near"])
    return root if how["unit_variance"] == "q" else root / second.head(root)


def _edge(how: Mapping[str, Any]) -> Expr:
    """`sigma_w2 h(q) = 1` and `q = sigma_b2 + sigma_w2 M(q)`."""
    moments = derived(how["of"], "auto", "1").moments
    second, first = moments["M"], moments["h"]
    root = _zero((q - Rational(how["sigma_b2"])) * first.definition - second.definition, how["near"])
    weight = 1 / first.head(root)
    match how["edge"]:
        case "q":
            return root
        case "sigma_w2":
            return weight
        case "gain":
            return sqrt(weight)
        case "other":
            return _zero(Rational(how["sigma_b2"]) + weight * second.definition - q, how["other"])
        case _:
            squares = gaussian_mean(q_squared(second.integrand)).head(root)
            return weight * (squares / root - second.head(root)) / (2 * root)


def q_squared(integrand: Expr) -> Expr:
    """`x^2 g^2`, whose mean gives the slope of the length map."""
    (variable,) = integrand.free_symbols
    return variable**2 * integrand


@cache
def solutions(of: str, equations: str, unknowns: str, variance: str, mean: str) -> Mapping[str, Value]:
    """The solution with positive values."""
    found = solve_for(
        of, equations, unknowns, q=Rational(variance), mean=Rational(mean), assume="alpha > 0, lam > 0"
    )
    return dict(found[0].values)


def _solved(how: Mapping[str, Any]) -> Expr:
    given = how["of"], how["equations"], how["for"], how.get("q", "1"), how.get("mean", "0")
    return solutions(*given)[how["solved"]].definition


def _solved_mean(how: Mapping[str, Any]) -> Expr:
    """A mean with the parameters that were solved for."""
    found = solutions(how["of"], how["equations"], how["for"], "1", "0")
    mean = derived(how["of"], "length-map", "1").moments[how["solved_mean"]].definition.subs(q, 1)
    return mean.subs({symbol: found[symbol.name].definition for symbol in mean.free_symbols})


def _truncated(how: Mapping[str, Any]) -> Expr:
    cut = how["truncated"]
    inside = gaussian_mean(f"Piecewise((1, Abs(x) < {cut}), (0, True))").at(S.One).definition
    return sqrt(gaussian_mean(f"Piecewise((x**2, Abs(x) < {cut}), (0, True))").at(S.One).definition / inside)


def _scheme(how: Mapping[str, Any]) -> Expr:
    variance = SCHEMES[how["scheme"]].variance
    assert variance is not None
    return sqrt(Rational(variance(how["fan_in"], how["fan_out"])))


WAYS: Mapping[str, Callable[[Mapping[str, Any]], Expr]] = {
    "value": _value,
    "propagate": _propagated,
    "variance_at_fixed_point": _at_fixed_point,
    "unit_variance": _unit_variance,
    "edge": _edge,
    "solved": _solved,
    "solved_mean": _solved_mean,
    "truncated": _truncated,
    "scheme": _scheme,
}
"""How a number is derived, by the key that names it in the data."""


def verdict(entry: Mapping[str, Any]) -> Verdict:
    """What is to be said of one printed number."""
    what, printed, how, note = entry["what"], entry["printed"], entry["how"], entry.get("note", "")
    if "outside" in how:
        return Verdict(what, printed, "", f"not derived: {how['outside']}")
    if "none" in how:
        return _nothing(what, how)
    definition = next(way for key, way in WAYS.items() if key in how)(how)
    target = EXACT.get(printed) or Rational(printed)
    is_decimal = printed not in EXACT and "/" not in printed
    significant = max(1, len(printed.replace(".", "").lstrip("0"))) if is_decimal else 12
    if definition == target:
        return Verdict(what, printed, str(definition).replace("*", " "), "reproduced exactly")
    shown = _digits(definition, significant + 3)
    if entry.get("convention"):
        return Verdict(what, printed, shown, f"convention: {note}")
    if is_decimal and _rounds_to(definition, printed, significant):
        return Verdict(what, printed, shown, f"reproduced to all {significant} digits")
    return Verdict(what, printed, shown, _differs(definition, target, significant, note))


def _rounds_to(definition: Expr, printed: str, significant: int) -> bool:
    """Whether the exact value is within half a unit of the last printed digit."""
    half = mpmath.mpf(10) ** -len(printed.partition(".")[2]) / 2
    exact = _number(definition, significant + GUARD)
    with mpmath.workdps(significant + 2 * GUARD):
        return bool(abs(exact - mpmath.mpf(printed)) <= half)


def _nothing(what: str, how: Mapping[str, Any]) -> Verdict:
    try:
        derive(how["of"], theory=how["none"])
    except UnsupportedError:
        return Verdict(what, "none", "none", "reproduced: there is none")
    return Verdict(what, "none", "there is one", "wrong")


def _differs(definition: Expr, printed: Expr, significant: int, note: str) -> str:
    """How many digits of a printed number hold."""
    exact, target = _number(definition, 30), _number(printed, 35)
    with mpmath.workdps(40):
        held = max(mpmath.mpf(0), -mpmath.log10(abs(target / exact - 1)))
    if significant >= DOUBLE and held >= DOUBLE:
        return f"reproduced to double precision: {float(held):.1f} digits hold"
    text = f"wrong: {float(held):.1f} digits hold"
    return f"{text} ({note})" if note else text


def _number(definition: Expr, digits: int) -> Any:
    return Value(definition=definition, kind="estimated").value(digits=digits)


def _digits(definition: Expr, digits: int) -> str:
    number = _number(definition, digits + 5)
    return str(mpmath.nstr(number, digits, strip_zeros=False))


def entries() -> list[dict[str, Any]]:
    """The printed numbers."""
    found: list[dict[str, Any]] = json.loads(DATA.read_text(encoding="utf-8"))
    return found


def by_source(
    chosen: Sequence[Mapping[str, Any]],
) -> Iterator[tuple[str, tuple[Verdict, ...]]]:
    """Return the verdicts on numbers, by source; numbers that only check the program come last."""
    sources = dict.fromkeys(entry["source"] for entry in chosen)
    for source in sorted(sources, key=lambda s: s == CHECKED):
        title = "Not printed anywhere: checked by quadrature" if source == CHECKED else source
        yield title, tuple(verdict(entry) for entry in chosen if entry["source"] == source)
