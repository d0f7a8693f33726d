r"""Poles on the real line that cancel: `sin(x)/x`, `(exp(x) - 1)/x`, `erf(x)/x`.

Each term `R(x)*F(x)` with real poles has a finite part: the mean of the integrals along two lines that
pass the poles above and below. Finite parts are linear and obey integration by parts without terms at
the poles, and where the poles of a sum cancel, the finite parts add up to its mean. At a simple pole
the finite part is Cauchy's principal value. A pole stands in the key as the kernel `pole`.

Sources:
    Hadamard, Lectures on Cauchy's Problem (1923); Kanwal, Linear Integral Equations (1997), chapter 8.
"""

from collections.abc import Iterator

import sympy
from sympy import I, S

from symbolic_init.moments.field import Element, Field
from symbolic_init.moments.laurent import (
    exponential_series,
    known_part,
    polar_part,
    polar_sum,
    real_pole,
    real_poles,
)
from symbolic_init.moments.normal_form import Kernel, Key, accumulate, unit_key
from symbolic_init.moments.polynomials import dense, derivative, moved
from symbolic_init.moments.rule import Atom, Outcome, Rule, Special, erf_of, scaled_root, special
from symbolic_init.moments.rules.signs import curvature, reflected

__all__ = ["POLE_MEANS", "POLE_REDUCTIONS", "POLE_SPLITTING", "half_lines_parted"]


def _is_smooth(key: Key, field: Field) -> bool:
    """Whether exponentials, error functions and roots are all that multiplies the rational function."""
    return key.hard is None and all(
        k.kind == "power" and k.argument not in (field.x, -field.x) for k in key.kernel
    )


def _separate(key: Key, r: Element, field: Field) -> Outcome | None:
    if r.is_polynomial() or not _is_smooth(key, field):
        return None
    found = [(p, m) for p, m in real_poles(r).items() if not (key.half and p)]
    if not found or (key.half and key.soft):
        return None
    terms: list[tuple[Key, Element]] = []
    for place, order in found:
        for k, c in enumerate(polar_part(r, place, order), 1):
            if c:
                r = r - c / (field.x - place) ** k
                whole = not place and not key.half
                terms += _symmetric(key, c, k, field) if whole else [(_at_pole(key, place, k), c)]
    return Outcome((*terms, *(((key, r),) if r else ())))


def _at_pole(key: Key, place: Element, order: int) -> Key:
    """The key times `(x - place)**-order`."""
    if order == 0:
        return key
    field = place.field
    return key._replace(kernel=(*key.kernel, Kernel("pole", field.x - place, field.constant(order))))


def _symmetric(key: Key, c: Element, order: int, field: Field) -> tuple[tuple[Key, Element], ...]:
    """The even part of a term."""
    odd = (order + len(key.soft)) % 2
    return (
        (_at_pole(key, field.zero, order), c / 2),
        (_at_pole(_mirror(key), field.zero, order), (-c if odd else c) / 2),
    )


def _mirror(key: Key) -> Key:
    """The key at `-x`, up to the sign of its error functions."""
    kernel = tuple(k._replace(argument=k.argument.at(-k.argument.field.x)) for k in key.kernel)
    return reflected(key)._replace(kernel=kernel)


def half_lines_parted(total: dict[Key, Element], field: Field) -> None:
    """Rearrange terms on half lines with poles at 0, in place, so that parts of the sum have no poles.

    Waves and roots, and as many powers of x as their poles take: the even part of their sum goes to the
    line; the odd part stays, if it does not vanish. Everything else is left on the half line.
    """
    smooth = [(k, r) for k, r in total.items() if _is_smooth(k, field) and not k.soft]
    polar = [(k, r) for k, r in smooth if not r.is_polynomial() and field.zero in real_poles(r)]
    if not any(k.half for k, _ in polar):
        return
    for key, r in polar:
        if not key.half:
            del total[key]
            accumulate(total, key._replace(half=True), r)
            accumulate(total, _mirror(key)._replace(half=True), r.at(-field.x))
    keys = [k for k, _ in polar] + [_mirror(k)._replace(half=True) for k, _ in polar if not k.half]
    half = dict.fromkeys(k._replace(half=True) for k in keys)
    waves = [(k, total.pop(k)) for k in half if (k.kernel or k.beta.parts()[1]) and k in total]
    if not waves:
        return
    rest = polar_sum(waves, field.zero, field)
    unit = unit_key(field)._replace(half=True)
    accumulate(total, unit, rest)
    for key, r in (*waves, (unit, -rest)):
        line, there, turned = key._replace(half=False), _mirror(key), r.at(-field.x)
        for new, c in ((line, r / 2), (there._replace(half=False), turned / 2), (key, r), (there, -turned)):
            accumulate(total, new, c / 2)


def _pole(key: Key, *, half: bool = False) -> tuple[Key, Element, int] | None:
    """The key without its pole on the real line, the place and the order of the pole."""
    pole = real_pole(key)
    order = None if pole is None else pole.exponent.number()
    if pole is None or order is None or key.half != half:
        return None
    rest = tuple(k for k in key.kernel if k is not pole)
    return key._replace(kernel=rest), pole.argument.field.x - pole.argument, int(order)


def _lower(key: Key, r: Element, field: Field) -> Outcome | None:
    found = _pole(key)
    if found is None or found[2] < 2:
        return None
    plain, place, order = found
    bend = -(curvature(key, field) / field.q)
    slope = key.beta + key.alpha * place * 2 - place / field.q
    left = [field.zero] * order + [r]
    terms: list[tuple[Key, Element]] = []
    for k in range(order - 1, 0, -1):
        c = left.pop() / k
        left[k] = left[k] + c * slope
        left[k - 1] = left[k - 1] + c * bend
        if c:
            terms += [(_at_pole(other, place, k), c * factor) for other, factor in _slopes(plain, field)]
            terms += _root_slopes(plain, place, k, c)
    terms += [(_at_pole(plain, place, k), c) for k, c in enumerate(left) if c]
    return Outcome(tuple(terms))


def _lower_on_half_line(key: Key, r: Element, field: Field) -> Outcome | None:
    """The same on x > 0: the boundary leaves the Taylor coefficients of the exponential at 0."""
    order = _half_pole(key)
    if order is None or order < 2:
        return None
    bend = -(curvature(key, field) / field.q)
    taylor = exponential_series(key.beta, bend / 2, order)
    density = field.one / (field.q * field.root_pi**2 * 2)
    left, edge = [field.zero] * order + [r], field.zero
    for k in range(order - 1, 0, -1):
        c = left.pop() / k
        left[k] = left[k] + c * key.beta
        left[k - 1] = left[k - 1] + c * bend
        edge = edge + c * taylor[k]
    plain = key._replace(kernel=())
    return Outcome(
        tuple((_at_pole(plain, field.zero, k), c) for k, c in enumerate(left) if c),
        (Atom(edge, density, key.gamma),) if edge else (),
    )


def _half_pole(key: Key) -> int | None:
    """The order of a pole that is all that stands beside a real exponential on x > 0."""
    found = _pole(key, half=True)
    plain = found is not None and not (found[0].kernel or key.soft or key.beta.parts()[1])
    return found[2] if found is not None and plain else None


def _slopes(key: Key, field: Field) -> Iterator[tuple[Key, Element]]:
    """The derivatives of the error functions of a key."""
    for j, (a, b) in enumerate(key.soft):
        others = key.soft[:j] + key.soft[j + 1 :]
        inner = Key(key.alpha - a * a, key.beta - a * b * 2, key.gamma - b * b, others, key.kernel)
        yield inner, a * 2 / field.root_pi


def _root_slopes(key: Key, place: Element, order: int, c: Element) -> Iterator[tuple[Key, Element]]:
    """The derivatives of the roots of a key, times `c*(x - place)**-order`."""
    field = place.field
    for j, k in enumerate(key.kernel):
        exponent = k.exponent - 1
        lowered = (*key.kernel[:j], k._replace(exponent=exponent), *key.kernel[j + 1 :])
        inner = key._replace(kernel=lowered)
        for n, d in enumerate(moved(derivative(dense(k.argument)), place)):
            if d and n < order:
                yield _at_pole(inner, place, order - n), c * d * k.exponent
            elif d:
                yield inner, c * d * k.exponent * (field.x - place) ** (n - order)


def _principal_value(key: Key, r: Element, field: Field) -> Outcome | None:
    found = _pole(key)
    if found is None or found[2] != 1 or key.soft or found[0].kernel:
        return None
    place, spread = found[1], field.q / curvature(key, field)
    slope = key.beta - place / spread
    level = (key.alpha * place + key.beta) * place + key.gamma
    real, phase = level.parts()
    exponent = real - place * place / (field.q * 2)
    if phase:
        known, rest = known_part(sympy.exp(I * phase.expr()), field)
        if rest is S.One:
            r = r * known
        else:
            exponent = exponent + field.i * phase
    density = field.root_pi**2 / (field.q * 2)
    return Outcome(
        atoms=tuple(
            Atom(r * factor, density, exponent, (s,)) for factor, s in _erfi_of(slope, spread / 2, field)
        )
    )


def _erfi_of(c: Element, radicand: Element, field: Field) -> tuple[tuple[Element, Special], ...]:
    """`erfi(c*sqrt(radicand))` as a sum of factors times special functions; empty where it is 0."""
    if not c:
        return ()
    if not c.parts()[1]:
        return (special("erfi", c, radicand),)
    return tuple((-(field.i * factor), s) for factor, s in erf_of(field.i * c, radicand))


def _erf_over_x(key: Key, r: Element, field: Field) -> Outcome | None:
    found = _pole(key)
    if found is None or found[1:] != (field.zero, 1) or found[0].kernel or len(key.soft) != 1:
        return None
    ((a, b),) = key.soft
    if key.beta or b:
        return None
    factor, s = special("asinh", a, field.q * 2 / curvature(key, field))
    density = field.one / (field.q * field.root_pi**2) * 2
    return Outcome(atoms=(Atom(r * factor, density, key.gamma, (s,)),))


def _logarithm(key: Key, r: Element, field: Field) -> Outcome | None:
    """Finite parts at 0 on x > 0, up to a constant that the residues cancel."""
    if _half_pole(key) != 1:
        return None
    d, atoms = curvature(key, field), list[Atom]()
    density = field.one / (field.q * field.root_pi**2 * 2)
    if d != field.one:
        atoms.append(Atom(-r / 2, density, key.gamma, (Special("log", (scaled_root(d, field.one),)),)))
    if key.beta:
        slope = scaled_root(-key.beta, field.q / (d * 2))
        atoms.append(Atom(-r, field.one / (field.q * 2), key.gamma, (Special("ErfcxIntegral", (slope,)),)))
    return Outcome(atoms=tuple(atoms))


POLE_SPLITTING = (
    Rule(
        id="gauss.line.real-poles",
        family="D",
        stage="splitting",
        statement="R(x) = rest + sum of c/(x - p)^k; at p = 0 the even part of each term, f(x)/2 + f(-x)/2",
        reason="poles on the real line apart, without odd parts",
        examples=("sin(x)/x", "(1 - cos(x))/x**2", "(exp(x) - 1)/x", "Piecewise((x, x<0), (sin(x)/x, True))"),
        apply=_separate,
    ),
)

POLE_REDUCTIONS = (
    Rule(
        id="gauss.line.finite-part",
        family="D",
        stage="reduction",
        statement="E[F(x) w(x)/(x - p)^(k+1)] = E[(F w)'(x)/(x - p)^k]/k, w the weight, as finite parts",
        reason="integration by parts lowers the order of a pole that cancels",
        examples=(
            "sin(x)**2/x**2",
            "(exp(-x**2) - 1)/x**2",
            "(erf(x)/x)**2",
            "(sqrt(1 + x**2) - 1)/x**2",
            "(sin(pi*x)/(x - 1))**2",
        ),
        apply=_lower,
    ),
    Rule(
        id="gauss.half-line.finite-part",
        family="B",
        stage="reduction",
        statement="E[F(x) w(x)/x^(k+1); x > 0] = E[(F w)'(x)/x^k; x > 0]/k + (F w)^(k)(0)/(k k!)",
        reason="integration by parts lowers the order of a pole that cancels",
        examples=("((exp(-Abs(x)) - 1)/x)**2", "Piecewise((0, x<0), ((1 - exp(-x) - x)/x**2, True))"),
        apply=_lower_on_half_line,
    ),
)

POLE_MEANS = (
    Rule(
        id="gauss.line.principal-value",
        family="D",
        stage="mean",
        statement="PV E[exp(beta x)/(x - p)] = sqrt(pi/(2 q)) exp(beta p - p^2/(2 q)) "
        "erfi((beta - p/q) sqrt(q/2))",
        reason="principal value at a simple pole",
        examples=("sin(x)/x", "(exp(2*x) - exp(x))/x", "sin(3*x)*exp(-x**2)/x", "sin(pi*x)/(x - 1)"),
        apply=_principal_value,
    ),
    Rule(
        id="gauss.line.erf-over-x",
        family="E",
        stage="mean",
        statement="E[erf(a x)/x] = sqrt(2/(pi q)) asinh(a sqrt(2 q))",
        reason="mean of an error function over x, by its derivative in a",
        examples=("erf(x)/x", "exp(-x**2)*erf(2*x)/x", "(erf(x)/x)**2"),
        apply=_erf_over_x,
    ),
    Rule(
        id="gauss.half-line.erfcx-integral",
        family="B",
        stage="mean",
        statement="E[sum of c exp(alpha x^2 - b x)/x; x > 0] = -sum of c (log(d)/sqrt(8 pi q) "
        "+ I(b sqrt(q/(2 d)))/sqrt(2 q)), I the integral of erfcx, sum of c = 0",
        reason="derivative of the mean of an exponential by its exponent",
        examples=("(1 - exp(-Abs(x)))/Abs(x)", "(1 - exp(-x**2))/Abs(x)", "Abs(1 - exp(-x**2))/Abs(x)"),
        apply=_logarithm,
    ),
)
