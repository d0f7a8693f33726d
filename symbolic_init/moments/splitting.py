"""From pieces to terms: signs at the breakpoints, half lines for what is not smooth enough."""

from collections.abc import Sequence

from symbolic_init.errors import NotIntegrableError
from symbolic_init.moments.field import Element, Field, Unreadable
from symbolic_init.moments.normal_form import Form, Key, accumulate
from symbolic_init.moments.polynomials import dense, divided, evaluated
from symbolic_init.moments.rules.rational import is_regular, poles

__all__ = ["integrable", "terms_of"]


def terms_of(points: Sequence[Element], forms: Sequence[Form], field: Field) -> Form:
    """Return the function as terms on the whole line, with signs, and on half lines.

    With `left` and `right` the functions beside a breakpoint c, a function is the mean of its two outer
    pieces plus the sum of `(right - left)*sign(x - c)/2`. That needs pieces that are integrable on the
    whole line; kernels and quotients go to half lines instead.
    """
    total: dict[Key, Element] = {}
    for key in dict.fromkeys(key for form in forms for key in form):
        rs = tuple(form.get(key, field.zero) for form in forms)
        if key.kernel:
            _add_local(total, key, rs, points, field)
            continue
        split = tuple(_split(r, field) for r in rs)
        _add_signs(total, key, tuple(p for p, _ in split), points, field)
        _add_local(total, key, tuple(f for _, f in split), points, field)
    return total


def _split(r: Element, field: Field) -> tuple[Element, Element]:
    """The polynomial part and the proper fraction."""
    if r.is_polynomial():
        return r, field.zero
    n, d = Element(field, r.n, field.one.n), Element(field, r.d, field.one.n)
    quotient, _ = divided(dense(n), dense(d))
    polynomial = evaluated(quotient, field) if quotient else field.zero
    return polynomial, r - polynomial


def _add_signs(
    total: dict[Key, Element], key: Key, rs: Sequence[Element], points: Sequence[Element], field: Field
) -> None:
    half = field.constant(1, 2)
    accumulate(total, key, (rs[0] + rs[-1]) * half)
    for c, left, right in zip(points, rs, rs[1:], strict=False):
        accumulate(total, key._replace(hard=c), (right - left) * half)


def _add_local(
    total: dict[Key, Element], key: Key, rs: Sequence[Element], points: Sequence[Element], field: Field
) -> None:
    changes = [k for k in range(len(points)) if rs[k] != rs[k + 1]]
    if not changes:
        accumulate(total, key, rs[0])
        return
    if len(changes) > 1 or points[changes[0]] or key.soft:
        raise Unreadable("breakpoints away from 0")
    accumulate(total, key._replace(half=True), rs[-1])
    kernel = tuple(k._replace(argument=k.argument.at(-field.x)) for k in key.kernel)
    accumulate(total, key._replace(half=True, beta=-key.beta, kernel=kernel), rs[0].at(-field.x))


def integrable(form: Form, field: Field) -> None:
    """Refuse a function whose only singular term has a pole, or too low a power, where it is integrated.

    Raises:
        NotIntegrableError: If the mean diverges for every q.
    """
    singular = [(k, r) for k, r in form.items() if k.kernel or not r.is_polynomial()]
    if len(singular) != 1:
        return
    ((key, r),) = singular
    if key.soft:
        return
    if key.kernel:
        diverges = _is_low_power(key, r, field)
    else:
        diverges = any(not is_regular(dense(f), half=key.half, field=field) for f, _ in poles(r))
    if diverges:
        raise NotIntegrableError("the Gaussian mean diverges for every q: the function has a pole")


def _is_low_power(key: Key, r: Element, field: Field) -> bool:
    kernel = key.kernel[0]
    if len(key.kernel) > 1 or kernel.kind != "power" or kernel.argument != field.x:
        return False
    lowest = min(r.coefficients()) - max((m for f, m in poles(r) if f == field.x), default=0)
    sign = field.sign(kernel.exponent + lowest + 1)
    if sign is None:
        raise Unreadable("power at 0")
    return sign < 1
