"""Local rewritings that make closed forms of two variables short: angles, probabilities, squares."""

from collections.abc import Callable, Iterator
from itertools import product
from math import gcd, lcm

from sympy import Add, Expr, Mul, Pow, Rational, S, cosh, exp, pi, sinh

from symbolic_init.moments.field import Element, Field
from symbolic_init.moments.presentation import Place, Rewriting
from symbolic_init.moments.rule import Scaled, Special, oriented, scaled_root
from symbolic_init.notation import rho

__all__ = ["rewritings", "tidied", "with_exponentials"]

Places = dict[Place, Element]


def rewritings(field: Field) -> tuple[Rewriting, ...]:
    """Return the rewritings in the order in which they are made."""
    return (_with_probabilities, _with_angles(field), _with_hyperbolic_functions(field))


def _add(places: Places, place: Place, c: Element) -> None:
    new = places[place] + c if place in places else c
    if new:
        places[place] = new
    else:
        places.pop(place, None)


def _joined(place: Place, *specials: Special) -> Place:
    return place._replace(specials=tuple(sorted((*place.specials, *specials), key=str)))


def _split(places: Places, head: str) -> Iterator[tuple[Place, Special, Place]]:
    """The places with a special function, that function, and the place without it."""
    for place in tuple(places):
        for j, s in enumerate(place.specials):
            if s.head == head:
                yield place, s, place._replace(specials=place.specials[:j] + place.specials[j + 1 :])
                break


def _with_probabilities(places: Places) -> Places:
    """Write the mean of `sign(U + h)*sign(V + k)` by a bivariate normal probability.

    It is `s*t*(4*P(s*h, t*k; s*t*r) - 1 - s*erf(h/sqrt(2)) - t*erf(k/sqrt(2)))` for any signs s and t: those
    with the fewest terms are taken.
    """
    total = dict(places)
    for place, s, rest in _split(places, "pair"):
        c = total.pop(place)
        halves = tuple(oriented(scaled_root(u.c, u.r / 2)) for u in s.arguments[:2] if u.c)
        options = [_probability(total, rest, s, c, halves, signs) for signs in product((1, -1), repeat=2)]
        total = min(options, key=len)
    return total


def _probability(
    places: Places,
    rest: Place,
    pair: Special,
    c: Element,
    halves: tuple[tuple[int, Scaled], ...],
    signs: tuple[int, ...],
) -> Places:
    """The sum with one probability for the signs s and t; `halves` are h and k over the root of 2."""
    total = dict(places)
    first, second = signs
    h, k, r = pair.arguments
    turned = (Scaled(h.c * first, h.r), Scaled(k.c * second, k.r))
    arguments = (*sorted(turned, key=str), Scaled(r.c * first * second, r.r))
    c = c * first * second
    _add(total, _joined(rest, Special("BivariateNormal", arguments)), c * 4)
    _add(total, rest, -c)
    present = [sign for sign, u in ((first, h), (second, k)) if u.c]
    for sign, (turn, argument) in zip(present, halves, strict=True):
        _add(total, _joined(rest, Special("erf", (argument,))), -c * sign * turn)
    return total


def _with_angles(field: Field) -> Rewriting:
    """Write `a + b*asin(rho)` by the angle `acos(rho)` of the two inputs, where that is shorter."""

    def rewriting(places: Places) -> Places:
        angle = Scaled(field.gen(field.index[rho]), field.one)
        half_pi = field.root_pi * field.root_pi / 2
        total = dict(places)
        for place, s, rest in _split(places, "asin"):
            if s.arguments != (angle,) or rest not in total:
                continue
            a, b = total[rest], total[place]
            for sign, head in ((1, "acos"), (-1, "supplement")):
                changed = a + b * half_pi * sign
                if _size(changed) < _size(a):
                    del total[place], total[rest]
                    _add(total, rest, changed)
                    _add(total, _joined(rest, Special(head, (angle,))), -b * sign)
                    break
        return total

    return rewriting if rho in field.index else _unchanged


def _size(c: Element) -> int:
    return len(c.n) + len(c.d) if c else 0


def _unchanged(places: Places) -> Places:
    return places


def _with_hyperbolic_functions(field: Field) -> Rewriting:
    """Write `exp(a + b) + exp(a - b)` as `2*exp(a)*cosh(b)`, and so for a difference, if b is odd in rho."""
    if rho not in field.index:
        return _unchanged
    place_of_rho = field.index[rho]

    def reflected(e: Element) -> Element:
        return e.at(-field.gen(place_of_rho), place_of_rho)

    return lambda places: _hyperbolic(places, reflected)


def _hyperbolic(places: Places, reflected: Callable[[Element], Element]) -> Places:
    total = dict(places)
    for place in places:
        if place not in total or place.specials or not place.exponent:
            continue
        other = place._replace(exponent=reflected(place.exponent))
        if other == place or other not in total or total[other] not in (total[place], -total[place]):
            continue
        if not place.exponent.d.is_constant():
            continue
        head = "cosh" if total[other] == total[place] else "sinh"
        c = total.pop(place)
        del total[other]
        turn, half = oriented(Scaled((place.exponent - other.exponent) / 2, c.field.one))
        middle = place._replace(exponent=(place.exponent + other.exponent) / 2)
        _add(total, _joined(middle, Special(head, (half,))), c * 2 * (turn if head == "sinh" else 1))
    return total


def tidied(expr: Expr) -> Expr:
    """Return an expression with `(a + b*rho)*(a - b*rho)` as a difference of squares, and 1/pi in front.

    Examples:
        >>> from sympy import sqrt
        >>> tidied(sqrt(1 - rho)*sqrt(1 + rho)/pi + rho/(2*pi))
        (rho + 2*sqrt(1 - rho**2))/(2*pi)
    """
    expr = _with_squares(expr)
    *front, last = Mul.make_args(expr)
    return Mul(*front, _over_pi(last)) if last.is_Add else expr


def _with_squares(expr: Expr) -> Expr:
    """Multiply the factors that differ by the sign of rho."""
    if rho not in expr.free_symbols or not expr.args:
        return expr
    args = tuple(map(_with_squares, expr.args))
    if not expr.is_Mul:
        return expr if args == expr.args else expr.func(*args)
    sums = [a for a in args if _base(a).is_Add and rho in _base(a).free_symbols]
    total = [a for a in args if a not in sums]
    while sums:
        base, exponent = sums.pop().as_base_exp()
        middle, slope = base.as_independent(rho, as_Add=True)
        mirror = Pow(middle - slope, exponent)
        if mirror in sums and middle != 0 and rho not in (slope / rho).free_symbols:
            sums.remove(mirror)
            base = Add(Pow(middle, 2), -Pow(slope, 2))
        total.append(Pow(base, exponent))
    return expr if tuple(total) == expr.args else Mul(*total)


def _base(factor: Expr) -> Expr:
    return factor.base if factor.is_Pow else factor


def _over_pi(total: Expr) -> Expr:
    """Pull the numbers out of a sum whose terms are all divided by pi."""
    terms = [t.as_coeff_Mul() for t in total.args]
    if not all(Pow(pi, -1) in Mul.make_args(rest) for _, rest in terms):
        return total
    size = Rational(gcd(*(int(c.p) for c, _ in terms)), lcm(*(int(c.q) for c, _ in terms)))
    return Mul(size, Pow(pi, -1), Add(*(Mul(c / size, rest, pi) for c, rest in terms)))


def with_exponentials(expr: Expr) -> Expr:
    """Return an expression with `exp(a)*cosh(b)` as a sum of exponentials, which overflow later.

    Examples:
        >>> from sympy import cosh, exp
        >>> from symbolic_init.notation import q
        >>> with_exponentials(exp(-q)*cosh(q*rho))
        exp(-q*rho - q)/2 + exp(q*rho - q)/2
    """
    if not expr.has(cosh, sinh):
        return expr
    if not expr.is_Mul:
        return expr.func(*map(with_exponentials, expr.args))
    waves = [a for a in expr.args if isinstance(a, cosh | sinh)]
    rest = Mul(*(a for a in expr.args if a not in waves))
    level = Add(*(a.args[0] for a in Mul.make_args(rest) if isinstance(a, exp)))
    if len(waves) != 1 or level == 0:
        return expr
    factor = Mul(*(a for a in Mul.make_args(rest) if not isinstance(a, exp)), S.Half)
    b, side = waves[0].args[0], 1 if isinstance(waves[0], cosh) else -1
    return Add(Mul(factor, exp(level + b)), Mul(side, factor, exp(level - b)))
