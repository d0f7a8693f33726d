"""What a rule is: a value that rewrites one term of a mean, or gives its closed form."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple, final

from symbolic_init.moments.field import Element, Field
from symbolic_init.moments.normal_form import Key
from symbolic_init.moments.radicals import root, root_parity

__all__ = ["Atom", "Outcome", "Rule", "Scaled", "Special", "oriented", "scaled_root", "special"]


class Scaled(NamedTuple):
    """The number `c*sqrt(r)`."""

    c: Element
    r: Element


class Special(NamedTuple):
    """One special function of some arguments."""

    head: str
    arguments: tuple[Scaled, ...]


class Atom(NamedTuple):
    """One term of a closed form: `coefficient*sqrt(radicand)*exp(exponent)*product(specials)`."""

    coefficient: Element
    radicand: Element
    exponent: Element
    specials: tuple[Special, ...] = ()


class Outcome(NamedTuple):
    """What a rule makes of one term: further terms, and finished ones."""

    terms: tuple[tuple[Key, Element], ...] = ()
    atoms: tuple[Atom, ...] = ()


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    r"""One rule for `E[R(x)*K(x)]`, `x = sqrt(q)*z`.

    Attributes:
        id: Permanent id, dotted by family.
        family: Letter of the family of functions it serves first.
        stage: `splitting` (at breakpoints, by parity), `reduction` (to simpler means), `mean` (closed form).
        statement: The rule as a formula in plain text.
        reason: A few words for a line of a derivation.
        reference: Key in `references.REFERENCES`, or the empty string.
        examples: Functions of x whose mean needs this rule.
        apply: The rule itself; `None` where it does not apply.
    """

    id: str
    family: Literal["A", "B", "C", "D", "E", "F", "G", "H", "L"]
    stage: Literal["splitting", "reduction", "mean"]
    statement: str
    reason: str
    reference: str = ""
    examples: tuple[str, ...]
    apply: Callable[[Key, Element, Field], Outcome | None]


def scaled_root(c: Element, radicand: Element) -> Scaled:
    """Return `c*sqrt(radicand)` in canonical form."""
    field = c.field
    if not c:
        return Scaled(field.zero, field.one)
    parts = tuple(root_parity(c))
    if len(parts) == 1:
        ((c, extra),) = parts
        radicand = radicand * extra
    outer, inner = root(radicand)
    return Scaled(c * outer, inner)


def oriented(s: Scaled) -> tuple[int, Scaled]:
    """Return a sign and the argument with a positive (or canonical) coefficient."""
    field = s.c.field
    sign = field.sign(s.c)
    if sign is None:
        sign = -1 if s.c.n.leading_coefficient() < 0 else 1
    return (-1, Scaled(-s.c, s.r)) if sign == -1 else (1, s)


def special(head: str, c: Element, radicand: Element) -> tuple[Element, Special]:
    """Return an odd special function of `c*sqrt(radicand)` with the factor that orients it."""
    sign, argument = oriented(scaled_root(c, radicand))
    return c.field.constant(sign), Special(head, (argument,))


def erf_of(c: Element, radicand: Element) -> tuple[tuple[Element, Special], ...]:
    """`erf(c*sqrt(radicand))` as a sum of factors times special functions; empty where it is 0."""
    real, imaginary = c.parts()
    if not imaginary:
        return (special("erf", real, radicand),) if real else ()
    field = c.field
    if not real:
        factor, s = special("erfi", imaginary, radicand)
        return ((factor * field.i, s),)
    sign, u = oriented(scaled_root(real, radicand))
    other, v = oriented(scaled_root(imaginary * sign, radicand))
    return (
        (field.constant(sign), Special("ErfReal", (u, v))),
        (field.i * sign * other, Special("ErfImaginary", (u, v))),
    )
