"""From atoms to one short SymPy expression: local work on coefficients, never `simplify`."""

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from math import gcd, lcm
from types import MappingProxyType
from typing import Any, NamedTuple

import sympy
from sympy import Add, Expr, Integer, Mul, Pow, Rational, S

from symbolic_init.moments.field import ROOT_PI, Element, Field, Unreadable
from symbolic_init.moments.radicals import root, root_parity
from symbolic_init.moments.real_factors import square_root
from symbolic_init.moments.rule import Atom, Scaled, Special
from symbolic_init.special.bessel_order import BesselKOrderDerivative
from symbolic_init.special.bivariate_normal import BivariateNormal
from symbolic_init.special.complex_erf import ErfImaginary, ErfReal
from symbolic_init.special.erfcx_integral import ErfcxIntegral
from symbolic_init.special.faddeeva import FaddeevaImaginary, FaddeevaReal
from symbolic_init.special.goodwin_staton import GoodwinStatonImaginary, GoodwinStatonReal
from symbolic_init.special.kummer import KummerM, KummerU
from symbolic_init.special.log_cosh_mean import LogCoshMean
from symbolic_init.special.mordell_mean import MordellMean
from symbolic_init.special.owens_t import OwensT
from symbolic_init.special.parabolic_cylinder import ParabolicCylinderD
from symbolic_init.special.sech_mean import SechMean

__all__ = ["Place", "Rewriting", "element_expr", "presented", "scaled_expr"]


class _Place(NamedTuple):
    """What a coefficient stands with: `sqrt(radicand)*exp(exponent)*wave(phase)*specials`."""

    radicand: Element
    exponent: Element
    wave: str
    phase: Element
    specials: tuple[Special, ...]


def _as_it_stands(head: Callable[..., Expr]) -> Callable[[Expr], Expr]:
    """A head whose symbolic argument has its final form, up to its sign: SymPy need not look at it."""
    return lambda u: head(u, evaluate=not u.free_symbols or u.could_extract_minus_sign())


Place = _Place
Rewriting = Callable[[dict[_Place, Element]], dict[_Place, Element]]
"""Another form of a sum of places with their coefficients."""

_HEADS: Mapping[str, Callable[..., Expr]] = MappingProxyType(
    {
        "erf": _as_it_stands(sympy.erf),
        "erfc": _as_it_stands(sympy.erfc),
        "erfi": _as_it_stands(sympy.erfi),
        "asin": sympy.asin,
        "asinh": sympy.asinh,
        "Ei": sympy.Ei,
        "log": sympy.log,
        "gamma": sympy.gamma,
        "uppergamma": sympy.uppergamma,
        "besselk": sympy.besselk,
        "EulerGamma": lambda: sympy.EulerGamma,
        "BesselKOrderDerivative": BesselKOrderDerivative,
        "ErfImaginary": ErfImaginary,
        "ErfReal": ErfReal,
        "FaddeevaImaginary": FaddeevaImaginary,
        "FaddeevaReal": FaddeevaReal,
        "GoodwinStatonImaginary": GoodwinStatonImaginary,
        "GoodwinStatonReal": GoodwinStatonReal,
        "ErfcxIntegral": ErfcxIntegral,
        "KummerM": KummerM,
        "KummerU": KummerU,
        "LogCoshMean": LogCoshMean,
        "MordellMean": MordellMean,
        "OwensT": OwensT,
        "ParabolicCylinderD": ParabolicCylinderD,
        "SechMean": SechMean,
        "power": sympy.Pow,
        "sign": sympy.sign,
        "BivariateNormal": BivariateNormal,
        "acos": sympy.acos,
        "cos": sympy.cos,
        "cosh": sympy.cosh,
        "sinh": sympy.sinh,
        "supplement": lambda u: sympy.pi - sympy.acos(u),
        "sin": sympy.sin,
    }
)


def presented(atoms: Sequence[Atom], field: Field, *, rewritings: Sequence[Rewriting] = ()) -> Expr:
    """Return the sum of the atoms: real, collected, and as short as local rewriting makes it."""
    places: dict[_Place, Element] = {}
    for atom in atoms:
        for place, c in _real_parts(atom, field):
            new = places.get(place, field.zero) + c
            places[place] = new
    places = {p: c for p, c in places.items() if c}
    for rewriting in rewritings:
        places = rewriting(places)
    places = _complemented(places)
    return _bracketed(_joined(places, field), field)


def _real_parts(atom: Atom, field: Field) -> list[tuple[_Place, Element]]:
    """The real part of an atom, with roots of its coefficient moved under the root."""
    level, phase = atom.exponent.parts()
    re, im = atom.coefficient.parts()
    waves = [("", field.zero, re)]
    if phase:
        if field.sign(phase) == -1:
            phase, im = -phase, -im
        waves = [("cos", phase, re), ("sin", phase, -im)]
    found = []
    for wave, angle, c in waves:
        for part, extra in root_parity(c) if c else ():
            outer, inner = root(atom.radicand * extra)
            found.append((_Place(inner, level, wave, angle, atom.specials), part * outer))
    return found


def _complemented(places: dict[_Place, Element]) -> dict[_Place, Element]:
    """Write `a + b*erf` as `(a + b) - b*erfc` where that is shorter."""
    total = dict(places)
    for place in places:
        for j, s in enumerate(place.specials):
            b = total.get(place)
            others = place.specials[:j] + place.specials[j + 1 :]
            rest = place._replace(specials=others)
            if s.head != "erf" or b is None or rest not in total:
                continue
            sign = next((k for k in (1, -1) if _is_shorter(total[rest] + b * k, total[rest])), 0)
            if not sign:
                continue
            del total[place]
            total[rest] = total[rest] + b * sign
            if not total[rest]:
                del total[rest]
            new = Special("erfc", tuple(Scaled(u.c * sign, u.r) for u in s.arguments))
            key = rest._replace(specials=tuple(sorted((*others, new), key=str)))
            total[key] = total.get(key, b.field.zero) - b * sign
    return _without_cancellation(total)


def _without_cancellation(places: dict[_Place, Element]) -> dict[_Place, Element]:
    """Write `exp(u)*(a + b*erf(v) + c*erf(w))` by erfc where `a + b + c = 0`: the digits would cancel."""
    groups: dict[_Place, list[tuple[_Place, Special]]] = {}
    for place in places:
        errors = [s for s in place.specials if s.head == "erf"]
        if place.exponent and len(errors) == 1:
            others = tuple(s for s in place.specials if s is not errors[0])
            groups.setdefault(place._replace(specials=others), []).append((place, errors[0]))
    total = dict(places)
    for rest, members in groups.items():
        zero = rest.radicand.field.zero
        if sum((places[p] for p, _ in members), places.get(rest, zero)):
            continue
        total.pop(rest, None)
        for place, error in members:
            key = rest._replace(
                specials=tuple(sorted((*rest.specials, error._replace(head="erfc")), key=str))
            )
            total[key] = total.get(key, zero) - total.pop(place)
    return total


def _joined(places: dict[_Place, Element], field: Field) -> dict[_Place, Element]:
    """Write `sqrt(r)*a*F + sqrt(s)*b*F` with a special function F once, where the field holds `sqrt(s/r)`."""
    if not any(k != field.imaginary for k, _ in field.squares):
        return places
    total: dict[_Place, Element] = {}
    for place, c in places.items():
        alike = (p for p in total if p.specials and p._replace(radicand=place.radicand) == place)
        for other in alike:
            ratio = square_root(place.radicand / other.radicand)
            if ratio is not None and field.sign(ratio) is not None:
                total[other] = total[other] + c * ratio * (field.sign(ratio) or 0)
                break
        else:
            total[place] = c
    return total


def _is_shorter(a: Element, b: Element) -> bool:
    return not a or len(a.n) + len(a.d) < len(b.n) + len(b.d)


def _content(c: Element) -> Rational:
    """The positive rational that makes the numerator primitive, over the denominator's."""
    top = _integers(c.n)
    below = _integers(c.d)
    return top / below


def _integers(p: Any) -> Rational:
    g, m = 0, 1
    for v in p.coeffs():
        g, m = gcd(g, int(v.p)), lcm(m, int(v.q))
    return Rational(g, m)


def _bracketed(places: Mapping[_Place, Element], field: Field) -> Expr:
    """Build the sum, with what all numerators share pulled out in front."""
    if not places:
        return S.Zero
    common = _common(list(places.values()), field)
    front: list[Expr] = []
    if len(places) > 1 and common is not None:
        places = {p: c / common for p, c in places.items()}
        front = _factors(common)
    terms = [_group_expr(group, field) for group in _groups(places, field)]
    if len(terms) == 1:
        return Mul(*front, terms[0])
    if all(f.is_Rational for f in front):
        return Add(*(Mul(*front, t) for t in terms))
    return Mul(*front, Add(*terms))


def _groups(places: Mapping[_Place, Element], field: Field) -> list[dict[_Place, Element]]:
    """Terms that differ by special functions and numbers only stand in one bracket."""
    groups: dict[Any, dict[_Place, Element]] = {}
    for place, c in places.items():
        plain, d = _without_pi(place, c, field)
        shared = (plain._replace(specials=()), *_up_to_numbers(d)) if plain.specials else place
        groups.setdefault(shared, {})[plain] = d
    return list(groups.values())


def _without_pi(place: _Place, c: Element, field: Field) -> tuple[_Place, Element]:
    """Move the root of pi from the radicand to the coefficient."""
    if not place.radicand.has(ROOT_PI):
        return place, c
    rest = place.radicand / (field.root_pi * field.root_pi)
    if rest.has(ROOT_PI) or not rest.is_polynomial(ROOT_PI):
        return place, c
    return place._replace(radicand=rest), c * field.root_pi


def _up_to_numbers(c: Element) -> tuple[str, str]:
    """What elements have in common whose quotient is a number, which may hold pi."""
    return _primitive(c.n, c.field), _primitive(c.d, c.field)


def _primitive(p: Any, field: Field) -> str:
    """A polynomial over its content: the greatest divisor of its coefficients, which may hold pi."""
    if p.degrees()[ROOT_PI]:
        coefficients: dict[tuple[int, ...], dict[tuple[int, ...], Any]] = {}
        for powers, c in p.to_dict().items():
            k = powers[ROOT_PI]
            others = (*powers[:ROOT_PI], 0, *powers[ROOT_PI + 1 :])
            number = (0,) * ROOT_PI + (k,) + (0,) * (len(powers) - ROOT_PI - 1)
            coefficients.setdefault(others, {})[number] = c
        p = p / reduce(lambda a, b: a.gcd(b), map(field.context.from_dict, coefficients.values()))
    return str(p / p.leading_coefficient())


def _group_expr(group: Mapping[_Place, Element], field: Field) -> Expr:
    """The common coefficient, root and exponential, times the sum of the special functions."""
    ((place, c), *_) = group.items()
    if len(group) == 1:
        return Mul(*_factors(c), *_place_factors(place))
    ratios = {p: d / c for p, d in group.items()}
    lowest = min(r.degree(ROOT_PI) - int(r.d.degrees()[ROOT_PI]) for r in ratios.values())
    numbers = [abs(_content(r)) for r in ratios.values()]
    size = Rational(gcd(*(int(n.p) for n in numbers)), lcm(*(int(n.q) for n in numbers)))
    factor = field.constant(int(size.p), int(size.q)) * field.root_pi**lowest
    inside = Add(
        *(Mul(*_factors(r / factor), *(_special_expr(s) for s in p.specials)) for p, r in ratios.items())
    )
    return Mul(*_factors(c * factor), *_place_factors(place._replace(specials=())), inside)


def _common(coefficients: Sequence[Element], field: Field) -> Element | None:
    """The greatest common divisor of the numerators, if it is worth a bracket."""
    common = coefficients[0].n
    for c in coefficients[1:]:
        common = common.gcd(c.n)
        if common.is_constant():
            return None
    return Element(field, common, field.one.n)


def _exp(exponent: Element) -> Expr:
    expr = element_expr(exponent)
    return sympy.exp(expr, evaluate=not expr.free_symbols)


def _place_factors(place: _Place) -> list[Expr]:
    factors = _root_factors(place.radicand)
    if place.exponent:
        factors.append(_exp(place.exponent))
    if place.wave:
        factors.append(_HEADS[place.wave](element_expr(place.phase)))
    factors += [_special_expr(s) for s in place.specials]
    return factors


def _special_expr(s: Special) -> Expr:
    return _HEADS[s.head](*(scaled_expr(a) for a in s.arguments))


def scaled_expr(s: Scaled) -> Expr:
    """`c*sqrt(r)` as SymPy expression."""
    return Mul(*_factors(s.c), *_root_factors(s.r)) if s.c else S.Zero


def element_expr(c: Element) -> Expr:
    """A coefficient, factored."""
    return Mul(*_factors(c)) if c else S.Zero


def _root_factors(r: Element) -> list[Expr]:
    """`sqrt(r)`, with the root of each factor that is positive apart."""
    if r == r.field.one:
        return []
    content, factors = r.n.factor()
    field = r.field
    apart: list[Expr] = []
    together: list[Expr] = []
    for f, m in factors:
        sign = field.poly_sign(f)
        if sign == -1 and m % 2:
            content = -content
        oriented = Pow(field.poly_expr(-f if sign == -1 else f), m)
        (together if sign is None else apart).append(oriented)
    number = Rational(int(content.p), int(content.q))
    if number < 0:
        together.append(Integer(-1))
        number = -number
    roots = [Pow(number, S.Half), *(Pow(f, S.Half) for f in apart)]
    if together:
        if number < 0:
            raise Unreadable("root of a negative number")
        roots.append(Pow(_merged_sign(together), S.Half))
    return roots


def _merged_sign(factors: list[Expr]) -> Expr:
    if factors[-1] == -1 and len(factors) > 1:
        return Mul(*factors[1:-1], Add(*(-a for a in Add.make_args(factors[0]))))
    return Mul(*factors)


def _factors(c: Element) -> list[Expr]:
    """The factors of a coefficient, each with a positive constant term where it has one."""
    field = c.field
    content, above = c.n.factor()
    lower, below = c.d.factor()
    number = Rational(int(content.p), int(content.q)) / Rational(int(lower.p), int(lower.q))
    parts: list[Expr] = []
    for factors, exponent in ((above, 1), (below, -1)):
        for f, m in factors:
            g, scale = _oriented(f)
            number *= scale ** (m * exponent)
            parts.append(_generator_power(g, m * exponent, field))
    return [number, *parts]


def _oriented(f: Any) -> tuple[Any, Rational]:
    """A primitive integer polynomial whose constant (or first) coefficient is positive, and its factor."""
    content = _integers(f)
    terms = f.to_dict()
    constant = terms.get((0,) * len(next(iter(terms))))
    lead = constant if constant is not None else f.leading_coefficient()
    if len(terms) > 1 and constant is None:
        lead = 1 if any(v > 0 for v in terms.values()) else -1
    if lead < 0:
        content = -content
    import flint

    return f / flint.fmpq(int(content.p), int(content.q)), content


def _generator_power(f: Any, exponent: int, field: Field) -> Expr:
    expr = field.poly_expr(f)
    return Pow(expr, exponent)
