r"""Polynomials with exponentials and signs: families A to E.

A hard sign is `sign(x - c)`, a soft sign is `erf(a*x + b)`. Integration by parts (Stein's identity)
lowers every polynomial to means of products of signs, which are orthant probabilities.
"""

from symbolic_init.moments.field import Element, Field
from symbolic_init.moments.normal_form import Key
from symbolic_init.moments.rule import (
    Atom,
    Outcome,
    Rule,
    Scaled,
    Special,
    erf_of,
    oriented,
    scaled_root,
    special,
)

__all__ = ["SIGN_MEANS", "SIGN_REDUCTIONS", "curvature", "divided_by_weight"]


def curvature(key: Key, field: Field) -> Element:
    """`d = 1 - 2*alpha*q`: the weight falls as `exp(-d*x**2/(2*q))`."""
    return field.one - field.q * key.alpha * 2


def _is_signs(key: Key, r: Element) -> bool:
    return not key.kernel and not key.half and r.is_polynomial()


def _order(e: Element) -> int:
    """Sign of a center for the choice of a side: real part first, then imaginary."""
    for part in e.parts():
        if part:
            return e.field.sign(part) or 0
    return 0


def reflected(key: Key) -> Key:
    """The key at `-x`, up to the sign of its odd factors."""
    soft = tuple((a, -b) for a, b in key.soft)
    hard = None if key.hard is None else -key.hard
    return key._replace(
        beta=-key.beta, soft=tuple(sorted(soft, key=lambda p: (p[0].key, p[1].key))), hard=hard
    )


def _centers(key: Key) -> tuple[Element, ...]:
    """Where the odd factors and the exponential have their centers, up to their scales."""
    return (*(() if key.hard is None else (key.hard,)), key.beta, *(b for _, b in key.soft))


def _is_behind(key: Key, other: Key) -> bool:
    """Whether a key gives way to its mirror image: at the first center where they differ."""
    pairs = zip(_centers(key), _centers(other), strict=True)
    one, two = next((one, two) for one, two in pairs if one != two)
    return (_order(one), one.key) < (_order(two), two.key)


def _reflect(key: Key, r: Element, field: Field) -> Outcome | None:
    if not _is_signs(key, r):
        return None
    mirrored = reflected(key)
    signs = len(key.soft) + (key.hard is not None)
    if mirrored != key:
        if not _is_behind(key, mirrored):
            return None
        flipped = r.at(-field.x)
        return Outcome(terms=((mirrored, -flipped if signs % 2 else flipped),))
    kept = {k: c for k, c in r.coefficients().items() if (k + signs) % 2 == 0}
    if len(kept) == len(r.coefficients()):
        return None
    even = sum((c * field.x**k for k, c in kept.items()), field.zero)
    return Outcome(terms=((key, even),) if even else ())


def divided_by_weight(key: Key, p: Element, field: Field) -> tuple[Element, Element]:
    """`(c, r)` with `p = c + ((d/q)*x - beta)*r - r'`: then `E[p F] = c E[F] + E[r F']`.

    Without fractions on the way: `q/d = a/e`, `beta*q/d = b/e`, and the coefficient of `x**k` in r is kept
    times a power of e.
    """
    spread = field.q / curvature(key, field)
    tilt = key.beta * spread
    e = Element(field, spread.d * (tilt.d / spread.d.gcd(tilt.d)), field.one.n)
    a, b = spread * e, tilt * e
    c, zero = Element(field, p.n, field.one.n).coefficients(), field.zero
    top, step = max(c), 1 if b else 2
    powers = [field.one]
    for _ in range(top + 1):
        powers.append(powers[-1] * e)
    order = [(top - k + step - 1) // step for k in range(top + 1)]
    r = [zero] * (top + 2)
    for k in range(top - 1, -1, -1):
        new = c[k + 1] * powers[order[k] - 1] if k + 1 in c else zero
        r[k] = a * (new + r[k + 2] * (powers[2 - step] * (k + 2))) + b * r[k + 1]
    below = powers[order[0]] * Element(field, p.d, field.one.n)
    known = c.get(0, zero) * powers[order[0]] + r[1] * powers[order[0] - order[min(1, top)]]
    terms = {
        (k, *m[1:]): v
        for k in range(top)
        for m, v in (r[k] * powers[order[0] - order[k]]).n.to_dict().items()
    }
    return (known + key.beta * r[0]) / below, field.quotient(field.context.from_dict(terms), below.n)


def _stein(key: Key, r: Element, field: Field) -> Outcome | None:
    if not _is_signs(key, r) or not r.has(0):
        return None
    constant, rest = divided_by_weight(key, r, field)
    terms = [(key, constant)] if constant else []
    for j, (a, b) in enumerate(key.soft):
        others = key.soft[:j] + key.soft[j + 1 :]
        inner = Key(key.alpha - a * a, key.beta - a * b * 2, key.gamma - b * b, others, (), key.hard)
        terms.append((inner, rest * a * 2 / field.root_pi))
    atoms = () if key.hard is None else _boundary(key, rest.at(key.hard) * 2, key.hard, field)
    return Outcome(tuple(terms), atoms)


def _boundary(key: Key, factor: Element, c: Element, field: Field) -> tuple[Atom, ...]:
    """The value of the weight and the soft signs at a breakpoint."""
    specials = []
    for a, b in key.soft:
        value = erf_of(a * c + b, field.one)
        if not value:
            return ()
        factor = factor * value[0][0]
        specials.append(value[0][1])
    if not factor:
        return ()
    exponent = (key.alpha * c + key.beta) * c + key.gamma - c * c / (field.q * 2)
    density = field.one / (field.q * field.root_pi**2 * 2)
    return (Atom(factor, density, exponent, tuple(sorted(specials, key=str))),)


def _weight(key: Key, field: Field) -> tuple[Element, Element]:
    """Radicand and exponent of the mean of the exponential alone."""
    d = curvature(key, field)
    return field.one / d, key.gamma + key.beta * key.beta * field.q / (d * 2)


def _is_base(key: Key, r: Element, *, soft: int, hard: bool) -> bool:
    return _is_signs(key, r) and not r.has(0) and len(key.soft) == soft and (key.hard is not None) == hard


def _one(key: Key, r: Element, field: Field) -> Outcome | None:
    if not _is_base(key, r, soft=0, hard=False):
        return None
    return Outcome(atoms=(Atom(r, *_weight(key, field)),))


def _soft_center(key: Key, j: int, field: Field) -> tuple[Element, Element]:
    """`n` and `d_j`: the mean of this sign alone is `erf(n/sqrt(d*d_j))`."""
    a, b = key.soft[j]
    d = curvature(key, field)
    return b * d + a * key.beta * field.q, d + a * a * field.q * 2


def _hard_center(key: Key, field: Field) -> Element:
    hard = field.zero if key.hard is None else key.hard
    return key.beta * field.q - hard * curvature(key, field)


def _one_soft(key: Key, r: Element, field: Field) -> Outcome | None:
    if not _is_base(key, r, soft=1, hard=False):
        return None
    n, inner = _soft_center(key, 0, field)
    return _erf_outcome(key, r, field, n, field.one / (curvature(key, field) * inner))


def _one_hard(key: Key, r: Element, field: Field) -> Outcome | None:
    if not _is_base(key, r, soft=0, hard=True):
        return None
    n = _hard_center(key, field)
    return _erf_outcome(key, r, field, n, field.one / (field.q * curvature(key, field) * 2))


def _erf_outcome(key: Key, r: Element, field: Field, n: Element, radicand: Element) -> Outcome:
    weight = _weight(key, field)
    return Outcome(atoms=tuple(Atom(r * factor, *weight, (s,)) for factor, s in erf_of(n, radicand)))


def _is_central(key: Key, field: Field) -> bool:
    hard = key.hard is None or not _hard_center(key, field)
    return hard and not any(_soft_center(key, j, field)[0] for j in range(len(key.soft)))


def _arcsine(key: Key, r: Element, field: Field, c: Element, radicand: Element) -> Outcome:
    factor, s = special("asin", c, radicand)
    weight, exponent = _weight(key, field)
    return Outcome(atoms=(Atom(r * factor * 2 / field.root_pi**2, weight, exponent, (s,)),))


def _two_soft(key: Key, r: Element, field: Field) -> Outcome | None:
    if not _is_base(key, r, soft=2, hard=False) or not _is_central(key, field):
        return None
    (a1, _), (a2, _) = key.soft
    d1, d2 = (_soft_center(key, j, field)[1] for j in (0, 1))
    return _arcsine(key, r, field, a1 * a2 * field.q * 2, field.one / (d1 * d2))


def _soft_hard(key: Key, r: Element, field: Field) -> Outcome | None:
    if not _is_base(key, r, soft=1, hard=True) or not _is_central(key, field):
        return None
    _, d1 = _soft_center(key, 0, field)
    return _arcsine(key, r, field, key.soft[0][0], field.q * 2 / d1)


def _owen(key: Key, r: Element, field: Field) -> Outcome | None:
    soft = len(key.soft)
    hard = key.hard is not None
    if soft + hard != 2 or not soft or not _is_base(key, r, soft=soft, hard=hard):
        return None
    d, two_q = curvature(key, field), field.q * 2
    (n1, d1), a1 = _soft_center(key, 0, field), key.soft[0][0]
    if hard:
        n2, d2, cross, spread = _hard_center(key, field), two_q, two_q * a1, two_q * d
    else:
        (n2, d2), a2 = _soft_center(key, 1, field), key.soft[1][0]
        cross, spread = two_q * a1 * a2, d * (d1 + d2 - d)
    if n1.parts()[1] or n2.parts()[1]:
        return None
    weight, exponent = _weight(key, field)
    tails = [
        (-r * 4 * sign, tail)
        for n, other, own, across in ((n1, n2, d1, cross), (n2, n1, d2, cross))
        if n
        for sign, tail in (_tail(n, (other * own - across * n) / n, own * d, spread),)
    ]
    return Outcome(
        atoms=(
            *(Atom(r * s, weight, exponent, t) for s, t in _product_sign(n1, n2)),
            *(Atom(c, weight, exponent, (tail,)) for c, tail in tails),
        )
    )


def _tail(n: Element, slope: Element, own: Element, spread: Element) -> tuple[int, Special]:
    """Owen's function of `sqrt(2)*n/sqrt(own)` and `slope/sqrt(spread)`: its sign and itself."""
    one = n.field.one
    _, h = oriented(scaled_root(n, one * 2 / own))
    sign, a = oriented(scaled_root(slope, one / spread))
    return sign, Special("OwensT", (h, a))


def _product_sign(first: Element, second: Element) -> tuple[tuple[int, tuple[Special, ...]], ...]:
    """The sign of the product of the centers: a number, or left in the answer.

    Where the centers vanish together, the sign of their ratio is the limit from either side.
    """
    product, field = first * second, first.field
    if not product:
        return ()
    sign = field.sign(product) or field.sign(first / second)
    if sign is not None:
        return ((sign, ()),)
    factor, argument = oriented(Scaled(product, field.one))
    return ((factor, (Special("sign", (argument,)),)),)


SIGN_REDUCTIONS = (
    Rule(
        id="gauss.line.reflection",
        family="A",
        stage="splitting",
        statement="E[f(x)] = E[f(-x)]; an odd f has mean 0",
        reason="split at the breakpoints; z and -z have the same law, so odd parts vanish",
        examples=(
            "x**3 + x**2",
            "Piecewise((exp(x), x<-1), (x, x<1), (x**2, True))",
            "(erf(x + 1) - erf(x - 1))**2",
        ),
        apply=_reflect,
    ),
    Rule(
        id="gauss.line.stein",
        family="A",
        stage="reduction",
        statement="E[((d/q) x - beta) r(x) F(x) w(x)] = E[(r F)'(x) w(x)] with w = exp(alpha x^2 + beta x)",
        reason="integration by parts (Stein's identity)",
        examples=("x**4", "x**2*exp(-x**2 + x)", "x**3*erf(x)", "Max(0, x - 1)**2"),
        apply=_stein,
    ),
)

SIGN_MEANS = (
    Rule(
        id="gauss.line.exponential",
        family="C",
        stage="mean",
        statement="E[exp(alpha x^2 + beta x + c)] = exp(c + beta^2 q/(2 d))/sqrt(d), d = 1 - 2 alpha q",
        reason="Gaussian integral",
        examples=("exp(2*x)", "exp(-x**2)", "cos(3*x)", "x**2", "exp(x)*sin(x)", "sinh(x)**2"),
        apply=_one,
    ),
    Rule(
        id="gauss.half-line.erf",
        family="B",
        stage="mean",
        statement="E[sign(x - c) exp(...)] = erf((beta q - c d)/sqrt(2 q d)) E[exp(...)]",
        reason="probability of a half line",
        examples=(
            "exp(-Abs(x))",
            "Max(-1, Min(x, 1))**2",
            "Piecewise((exp(-x**2), x<2), (sin(x), True))",
        ),
        apply=_one_hard,
    ),
    Rule(
        id="gauss.line.erf",
        family="E",
        stage="mean",
        statement="E[erf(a x + b) exp(...)] = erf((b d + a beta q)/sqrt(d (d + 2 a^2 q))) E[exp(...)]",
        reason="mean of one error function",
        examples=("erf(x + 1)", "exp(x)*erf(2*x)", "sin(x)*erf(x)", "cos(x)*erf(2*x - 1)"),
        apply=_one_soft,
    ),
    Rule(
        id="gauss.line.arcsine",
        family="E",
        stage="mean",
        statement="E[erf(a x) erf(b x)] = (2/pi) asin(2 a b q/sqrt((1 + 2 a^2 q)(1 + 2 b^2 q)))",
        reason="orthant probability of two normal variables",
        examples=("erf(x)**2", "x**2*erf(x)*erf(2*x)", "exp(-x**2)*erf(x)*erf(x/3)"),
        apply=_two_soft,
    ),
    Rule(
        id="gauss.half-line.arcsine",
        family="E",
        stage="mean",
        statement="E[erf(a x) sign(x)] = (2/pi) asin(a sqrt(2 q/(1 + 2 a^2 q)))",
        reason="orthant probability of two normal variables",
        examples=("erf(x)*sign(x)", "Max(0, x)**2*erf(x)", "Piecewise((0, x<0), (erf(x/2), True))"),
        apply=_soft_hard,
    ),
    Rule(
        id="gauss.line.owen",
        family="E",
        stage="mean",
        statement="E[sign(u + h) sign(v + k)] = sgn(h k) - 4 T(h, A) - 4 T(k, B) for standard normal u, v",
        reason="Owen's T function",
        reference="",
        examples=(
            "erf(x + 1)**2",
            "erf(x + 1)*erf(x - 2)",
            "x**2*erf(x - 1)*erf(2*x + 1/3)",
            "Max(0, x - 1)*erf(x)",
            "exp(x)*erf(x)**2",
        ),
        apply=_owen,
    ),
)
