"""The normal form of a smooth piece: a sum of R(x)*exp(quadratic)*erf(linear)*...*kernel(x)."""

from collections.abc import Mapping
from typing import NamedTuple

from symbolic_init.moments.field import Element, Field, Unreadable

__all__ = ["Form", "Kernel", "Key", "accumulate", "difference", "product", "scaled", "unit_key"]


class Kernel(NamedTuple):
    """One factor that is no exponential, error function or rational function.

    `kind` is `power` (argument to a power), `beyond` (1 where the argument is positive, else 0), `log`,
    `asinh`, `tanh`, `sech` or `logcosh` (of the argument, to a whole power). On the whole line the argument
    x of a `power` or `log` stands for |x|.
    """

    kind: str
    argument: Element
    exponent: Element


class Key(NamedTuple):
    """What multiplies the rational function in one term.

    `exp(alpha*x**2 + beta*x + gamma)`, the product of `erf(a*x + b)` over the pairs in `soft`, the
    kernels, and at most one of: `sign(x - hard)`; the restriction to x > 0 (`half`).
    """

    alpha: Element
    beta: Element
    gamma: Element
    soft: tuple[tuple[Element, Element], ...] = ()
    kernel: tuple[Kernel, ...] = ()
    hard: Element | None = None
    half: bool = False


Form = Mapping[Key, Element]
"""A sum of terms: the rational function of x that stands with each key."""


def unit_key(field: Field) -> Key:
    """The key of a plain rational function."""
    zero = field.zero
    return Key(zero, zero, zero)


def accumulate(total: dict[Key, Element], key: Key, coefficient: Element) -> None:
    """Add one term to a sum in place; a coefficient that vanishes disappears."""
    old = total.get(key)
    new = coefficient if old is None else old + coefficient
    if new:
        total[key] = new
    else:
        total.pop(key, None)


def difference(a: Form, b: Form) -> Form:
    """Return `a - b`."""
    total = dict(a)
    for key, r in b.items():
        accumulate(total, key, -r)
    return total


def scaled(a: Form, factor: Element) -> Form:
    """Return a form times a rational function."""
    return {k: r * factor for k, r in a.items()} if factor else {}


def product(a: Form, b: Form, field: Field) -> Form:
    """Return the product of two forms on one piece."""
    total: dict[Key, Element] = {}
    for k1, r1 in a.items():
        for k2, r2 in b.items():
            key, extra = _joined(k1, k2, field)
            r = r1 * r2
            accumulate(total, key, r if extra is None else r * extra)
    return total


def _joined(a: Key, b: Key, field: Field) -> tuple[Key, Element | None]:
    kernel, extra = a.kernel or b.kernel, None
    if a.kernel and b.kernel:
        kernel, extra = _kernels(a.kernel + b.kernel, field)
    soft = tuple(sorted(a.soft + b.soft, key=_pair_key)) if a.soft and b.soft else a.soft or b.soft
    return Key(a.alpha + b.alpha, a.beta + b.beta, a.gamma + b.gamma, soft, kernel), extra


def _pair_key(pair: tuple[Element, Element]) -> tuple[str, str]:
    return pair[0].key, pair[1].key


def _kernels(kernels: tuple[Kernel, ...], field: Field) -> tuple[tuple[Kernel, ...], Element]:
    """Merge kernels of one kind and argument; whole powers leave for the rational function."""
    exponents: dict[tuple[str, Element], Element] = {}
    for k in kernels:
        exponents[k.kind, k.argument] = exponents.get((k.kind, k.argument), field.zero) + k.exponent
    extra, kept = field.one, []
    for (kind, argument), exponent in sorted(exponents.items(), key=lambda i: (i[0][0], i[0][1].key)):
        number = exponent.number()
        if kind == "power" and number is not None and number.is_Integer:
            if abs(number) > 100:
                raise Unreadable("degree")
            extra = extra * argument ** int(number)
        else:
            kept.append(Kernel(kind, argument, exponent))
    return tuple(kept), extra
