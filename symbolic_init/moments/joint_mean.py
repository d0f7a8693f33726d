r"""Means of polynomials, exponentials and signs over a Gaussian vector.

A term is a polynomial in the components times, for each component, an exponential of a quadratic and
some signs: soft ones `erf(a*u + b)` and hard ones `sign(u - c)`. The exponentials change the law of the
vector. Integration by parts, `E[(u_j - m_j) r F] = sum_k S_jk E[d(r F)/du_k]`, lowers the polynomial to
a number: the derivative of a soft sign is another exponential, that of a hard sign fixes the component.
What is left are means of products of signs. One sign gives an error function, two give an arcsine or the
bivariate normal distribution function.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from symbolic_init.moments.field import Element, Unreadable
from symbolic_init.moments.gaussian_vector import Law, Tilt, conditioned, tilted
from symbolic_init.moments.normal_form import Key
from symbolic_init.moments.rule import Atom, Special, erf_of, oriented, scaled_root, special

__all__ = [
    "Base",
    "Polynomial",
    "Sign",
    "State",
    "base_mean",
    "factor_of",
    "polynomial_of",
    "reduced",
    "reflected",
    "signs_of",
]

_MAX_STATES = 4000

Polynomial = Mapping[tuple[int, ...], Element]
"""Coefficients by the exponents of the components."""


class Sign(NamedTuple):
    """`erf(a*u + b)` of one component; if `hard`, the sign of `a*u + b`."""

    place: int
    a: Element
    b: Element
    hard: bool


class State(NamedTuple):
    """What stands beside the polynomial of a term.

    Attributes:
        law: Law of the components that are left, before the exponentials.
        tilts: One exponential a component.
        signs: The signs, in the order of their components.
        specials: Signs whose component is fixed already.
    """

    law: Law
    tilts: tuple[Tilt, ...]
    signs: tuple[Sign, ...]
    specials: tuple[Special, ...] = ()


def factor_of(key: Key) -> tuple[Tilt, Element]:
    """The exponential of a key of the normal form, and its constant exponent apart.

    Raises:
        Unreadable: If the key holds more than exponentials and signs.
    """
    if key.kernel or key.half:
        raise Unreadable("no polynomial with exponentials and signs")
    return Tilt(key.alpha, key.beta), key.gamma


def signs_of(key: Key, place: int) -> tuple[Sign, ...]:
    """The signs of a key as those of one component."""
    soft = tuple(Sign(place, a, b, hard=False) for a, b in key.soft)
    return soft if key.hard is None else (*soft, Sign(place, key.beta.field.one, -key.hard, hard=True))


def polynomial_of(factors: Sequence[Element]) -> Polynomial:
    """The product of polynomials in x, each taken at its own component.

    Raises:
        Unreadable: If one of them is no polynomial.
    """
    if not all(f.is_polynomial() for f in factors):
        raise Unreadable("no polynomial")
    total: dict[tuple[int, ...], Element] = {(): factors[0].field.one}
    for f in factors:
        total = {(*m, k): c * d for m, c in total.items() for k, d in f.coefficients().items()}
    return total


def reflected(state: State, polynomial: Polynomial) -> tuple[State, Polynomial]:
    """Return a term at `-u`, if that makes its first center positive: the mean is the same."""
    centers = (c for c in (*(t.beta for t in state.tilts), *(s.b for s in state.signs)) if c)
    first = next(centers, None)
    if first is None or not _is_negative(first) or any(state.law.mean):
        return state, polynomial
    turn = -1 if len(state.signs) % 2 else 1
    return state._replace(
        tilts=tuple(Tilt(t.alpha, -t.beta) for t in state.tilts),
        signs=tuple(s._replace(b=-s.b) for s in state.signs),
    ), {m: c * (turn if sum(m) % 2 == 0 else -turn) for m, c in polynomial.items()}


def _is_negative(e: Element) -> bool:
    """Whether the real part, or where that is 0 the imaginary part, is negative."""
    real, imaginary = e.parts()
    return e.field.sign(real or imaginary) == -1


def reduced(terms: Mapping[State, Polynomial]) -> tuple[Mapping[State, Element], bool]:
    """Return the means without polynomials that terms come down to, and whether any had one."""
    pending = {state: dict(p) for state, p in terms.items()}
    done: dict[State, Element] = {}
    lowered = False
    for _ in range(_MAX_STATES):
        if not pending:
            return {s: c for s, c in done.items() if c}, lowered
        state = max(pending, key=lambda s: len(s.signs) + len(s.tilts))
        polynomial = _even(state, pending.pop(state))
        if not polynomial:
            continue
        lowered = lowered or any(any(m) for m in polynomial)
        constant, rest = _by_parts(state, polynomial)
        if constant:
            old = done.get(state)
            done[state] = constant if old is None else old + constant
        for new, p in rest:
            _add(pending.setdefault(new, {}), p)
    raise Unreadable("too many terms")


def _add(total: dict[tuple[int, ...], Element], more: Polynomial) -> None:
    for m, c in more.items():
        old = total.get(m)
        new = c if old is None else old + c
        if new:
            total[m] = new
        else:
            total.pop(m, None)


def _even(state: State, polynomial: Polynomial) -> Polynomial:
    """Without the monomials that are odd under a change of sign of all components."""
    if any(state.law.mean) or any(t.beta for t in state.tilts) or any(s.b for s in state.signs):
        return polynomial
    return {m: c for m, c in polynomial.items() if (sum(m) + len(state.signs)) % 2 == 0}


def _by_parts(state: State, polynomial: Polynomial) -> tuple[Element, list[tuple[State, Polynomial]]]:
    """The constant that a polynomial leaves, and what the derivatives of the signs give."""
    law = tilted(state.law, state.tilts)
    field, size = law.radicand.field, len(law.mean)
    rest, factors = dict(polynomial), list[Polynomial]()
    for place in range(size):
        rest, factor = _without(rest, place, law)
        factors.append(factor)
    terms: list[tuple[State, Polynomial]] = []
    for j, sign in enumerate(state.signs):
        slope: dict[tuple[int, ...], Element] = {}
        for place, factor in enumerate(factors):
            scale = law.covariance[place][sign.place] * 2
            _add(slope, {m: c * scale for m, c in factor.items()} if scale else {})
        if slope:
            others = state.signs[:j] + state.signs[j + 1 :]
            terms += (
                _fixed(state, others, sign, slope) if sign.hard else [_softened(state, others, sign, slope)]
            )
    return rest.get((0,) * size, field.zero), terms


def _without(
    p: dict[tuple[int, ...], Element], place: int, law: Law
) -> tuple[dict[tuple[int, ...], Element], Polynomial]:
    """Remove one component: `p = q + (u - m) r - sum of S dr/du`; return q and r."""
    total: dict[tuple[int, ...], Element] = {}
    kept = {m: c for m, c in p.items() if not m[place]}
    left = {m: c for m, c in p.items() if m[place]}
    while left:
        r = {_lowered(m, place): c for m, c in left.items()}
        _add(total, r)
        new: dict[tuple[int, ...], Element] = {}
        if law.mean[place]:
            _add(new, {m: c * law.mean[place] for m, c in r.items()})
        for k, s in enumerate(law.covariance[place]):
            _add(new, {_lowered(m, k): c * s * m[k] for m, c in r.items() if m[k]} if s else {})
        _add(kept, {m: c for m, c in new.items() if not m[place]})
        left = {m: c for m, c in new.items() if m[place]}
    return kept, total


def _lowered(m: tuple[int, ...], place: int) -> tuple[int, ...]:
    return (*m[:place], m[place] - 1, *m[place + 1 :])


def _softened(
    state: State, others: tuple[Sign, ...], sign: Sign, slope: Polynomial
) -> tuple[State, Polynomial]:
    """The derivative of `erf(a*u + b)` is an exponential."""
    place, a, b, _ = sign
    field = a.field
    tilt = state.tilts[place]
    new = Tilt(tilt.alpha - a * a, tilt.beta - a * b * 2)
    law = state.law._replace(exponent=state.law.exponent - b * b)
    tilts = (*state.tilts[:place], new, *state.tilts[place + 1 :])
    return State(law, tilts, others, state.specials), {m: c * a / field.root_pi for m, c in slope.items()}


def _fixed(
    state: State, others: tuple[Sign, ...], sign: Sign, slope: Polynomial
) -> Iterator[tuple[State, Polynomial]]:
    """The derivative of `sign(u - c)` fixes the component at c."""
    place, c = sign.place, -sign.b / sign.a
    tilt = state.tilts[place]
    law = conditioned(state.law, place, c)
    law = law._replace(exponent=law.exponent + (tilt.alpha * c + tilt.beta) * c)
    p: dict[tuple[int, ...], Element] = {}
    for m, v in slope.items():
        _add(p, {(*m[:place], *m[place + 1 :]): v * c ** m[place]})
    tilts = (*state.tilts[:place], *state.tilts[place + 1 :])
    signs = tuple(s._replace(place=s.place - (s.place > place)) for s in others if s.place != place)
    for factor, specials in _values(tuple(s for s in others if s.place == place), c):
        found = tuple(sorted((*state.specials, *specials), key=str))
        yield State(law, tilts, signs, found), {m: v * factor for m, v in p.items()}


def _values(signs: tuple[Sign, ...], c: Element) -> Iterator[tuple[Element, tuple[Special, ...]]]:
    """The product of signs of a component that is fixed, as a sum of factors times functions."""
    if not signs:
        yield c.field.one, ()
        return
    if signs[0].hard:
        raise Unreadable("two breakpoints in one term")
    for factor, rest in _values(signs[1:], c):
        for scale, function in erf_of(signs[0].a * c + signs[0].b, c.field.one):
            yield factor * scale, (*rest, function)


class Base(NamedTuple):
    """The mean of a product of signs: the id of the rule that gives it, and finished terms."""

    rule: str
    atoms: tuple[Atom, ...]


def base_mean(state: State, coefficient: Element) -> Base:
    """Return a multiple of the mean of exponentials and signs.

    Raises:
        Unreadable: If there are more than two signs.
    """
    law = tilted(state.law, state.tilts)
    if len(state.signs) > len(_SIGN_MEANS) - 1:
        raise Unreadable("more than two signs")
    rule, mean = _SIGN_MEANS[len(state.signs)]
    variables = tuple(_variable(s, law) for s in state.signs)
    parts = mean(variables, law)
    if rule == "gauss.pair.binormal" and all(f.head != "pair" for _, fs in parts for f in fs):
        rule = "gauss.pair.arcsine"
    atoms = (
        Atom(coefficient * c, law.radicand, law.exponent, tuple(sorted((*state.specials, *more), key=str)))
        for c, more in parts
    )
    return Base(rule, tuple(atoms))


_Parts = tuple[tuple[Element, tuple[Special, ...]], ...]
"""A sum of factors times products of functions."""


class _Normal(NamedTuple):
    """The normal variable whose sign a sign is in the mean: noise of variance 1/2 makes a sign soft."""

    mean: Element
    variance: Element
    sign: Sign


def _variable(sign: Sign, law: Law) -> _Normal:
    spread = sign.a * sign.a * law.covariance[sign.place][sign.place]
    noise = spread.field.constant(0 if sign.hard else 1, 2)
    return _Normal(sign.a * law.mean[sign.place] + sign.b, spread + noise, sign)


def _no_sign(_: tuple[_Normal, ...], law: Law) -> _Parts:
    return ((law.radicand.field.one, ()),)


def _one_sign(variables: tuple[_Normal, ...], law: Law) -> _Parts:
    (u,) = variables
    one = law.radicand.field.one
    return tuple((c, (f,)) for c, f in erf_of(u.mean, one / (u.variance * 2)))


def _two_signs(variables: tuple[_Normal, ...], law: Law) -> _Parts:
    """Arcsine law for centered variables, else the head `pair`, see `kernel_presentation`."""
    u, v = variables
    one = law.radicand.field.one
    shared = u.sign.a * v.sign.a * law.covariance[u.sign.place][v.sign.place]
    if not shared:
        alone = (_one_sign((w,), law) for w in variables)
        return tuple((c * d, (*f, *g)) for (c, f), (d, g) in product(*alone))
    if not u.mean and not v.mean:
        c, angle = special("asin", shared, one / (u.variance * v.variance))
        return ((c * 2 / law.radicand.field.root_pi**2, (angle,)),)
    if u.mean.parts()[1] or v.mean.parts()[1]:
        raise Unreadable("two signs of complex center")
    first, h = oriented(scaled_root(u.mean, one / u.variance))
    second, k = oriented(scaled_root(v.mean, one / v.variance))
    r = scaled_root(shared * first * second, one / (u.variance * v.variance))
    if not h.c or not k.c:
        turned, r = oriented(r)
        first *= turned
    h, k = sorted((h, k), key=str)
    return ((one * first * second, (Special("pair", (h, k, r)),)),)


_SIGN_MEANS: tuple[tuple[str, Callable[[tuple[_Normal, ...], Law], _Parts]], ...] = (
    ("gauss.pair.exponential", _no_sign),
    ("gauss.pair.erf", _one_sign),
    ("gauss.pair.binormal", _two_signs),
)
