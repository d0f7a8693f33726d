"""Logarithms in the normal form: products become sums of logarithms of |x| and of quadratics."""

from typing import Any, Literal

import sympy

from symbolic_init.moments.field import Element, Field, Unreadable, X
from symbolic_init.moments.normal_form import Form, Kernel, Key, accumulate, unit_key
from symbolic_init.moments.radicals import root

__all__ = ["logarithm_form", "vanishes_at_zero"]

Side = Literal[-1, 0, 1]


def logarithm_form(inside: Form, side: Side, field: Field) -> Form:
    """Return the logarithm of a product of exponentials, powers of x and of quadratics.

    Args:
        inside: What stands under the logarithm, positive on the piece.
        side: The sign of x on the piece; 0 where it takes both.
        field: Where the coefficients live.

    Raises:
        Unreadable: If it is no such product, or not known to be positive.
    """
    if len(inside) == 2:
        return _inverse_sine(inside, field)
    if len(inside) != 1:
        raise Unreadable("logarithm of a sum")
    ((key, r),) = inside.items()
    if key.soft or any(k.kind != "power" for k in key.kernel):
        raise Unreadable("logarithm")
    total: dict[Key, Element] = {}
    exponent = (key.alpha * field.x + key.beta) * field.x + key.gamma
    if exponent.parts()[1]:
        raise Unreadable("logarithm of a wave")
    accumulate(total, unit_key(field), exponent)
    _add(total, r, field.one, side)
    for k in key.kernel:
        _add(total, k.argument, k.exponent, side)
    return total


def _add(total: dict[Key, Element], e: Element, weight: Element, side: Side) -> None:
    """Add `weight*log(e)` for an element that is a product of a constant, powers of x and quadratics."""
    field = e.field
    constant = field.one
    for polynomial, direction in ((e.n, 1), (e.d, -1)):
        content, factors = polynomial.factor()
        constant = constant * field.constant(int(content.p), int(content.q)) ** direction
        for f, m in factors:
            power = int(m) * direction
            scale, argument = _factor(Element(field, f, field.one.n), side, even=power % 2 == 0)
            constant = constant * scale**power
            if argument is not None:
                key = unit_key(field)._replace(kernel=(Kernel("log", argument, field.one),))
                accumulate(total, key, weight * power)
    if field.sign(constant) != 1:
        raise Unreadable("logarithm of a negative number")
    accumulate(total, unit_key(field), weight * _logarithm(constant))


def _factor(f: Element, side: Side, *, even: bool) -> tuple[Element, Element | None]:
    """A factor as a constant times `|x|` or `1 + k*x**2`; on both sides of 0 the argument x means |x|."""
    field = f.field
    if not f.has(X):
        return f, None
    c = f.coefficients()
    if set(c) == {1} and (side or even):
        return c[1] * (side or 1), field.x * (side or 1)
    if set(c) == {0, 2} and field.sign(c[2] / c[0]) == 1:
        return c[0], f / c[0]
    raise Unreadable("logarithm")


def _logarithm(constant: Element) -> Element:
    field = constant.field
    return field.zero if constant == field.one else field.element(sympy.log(constant.expr()))


def _inverse_sine(inside: Form, field: Field) -> Form:
    """`log(a*x + b*sqrt(f)) = asinh(a*x/sqrt(c)) + log(c)/2` with `b**2*f = a**2*x**2 + c`."""
    unit = unit_key(field)
    slope = inside.get(unit)
    key, b = next((k, r) for k, r in inside.items() if k != unit)
    if slope is None or not _is_root(key) or b.has(X) or field.sign(b) != 1:
        raise Unreadable("logarithm of a sum")
    c = b * b * key.kernel[0].argument - slope * slope
    if c.has(X) or field.sign(c) != 1:
        raise Unreadable("logarithm of a sum")
    outer, inner = root(c)
    size = outer if inner == field.one else outer * _element_root(inner)
    argument = slope / size
    if set(argument.coefficients()) != {1} or not argument.is_polynomial():
        raise Unreadable("logarithm of a sum")
    sign = -1 if field.sign(argument / field.x) == -1 else 1
    sine = unit._replace(kernel=(Kernel("asinh", argument * sign, field.one),))
    total: dict[Key, Element] = {sine: field.constant(sign)}
    accumulate(total, unit, _logarithm(c) / 2)
    return total


def _is_root(key: Key) -> bool:
    """Whether a key is a square root alone."""
    if key.alpha or key.beta or key.gamma or key.soft or len(key.kernel) != 1:
        return False
    number = key.kernel[0].exponent.number()
    return key.kernel[0].kind == "power" and number is not None and number == sympy.S.Half


def _element_root(inner: Element) -> Element:
    return inner.field.element(sympy.sqrt(inner.expr()))


def vanishes_at_zero(kernel: Kernel) -> bool:
    """Whether a kernel is 0 at x = 0, so that a pole there may be removable."""
    even: Any = kernel.kind == "log" and set(kernel.argument.coefficients()) == {0, 2}
    return kernel.kind in ("asinh", "tanh") or bool(even)
