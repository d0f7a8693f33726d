"""Powers of the distance to a breakpoint, and powers of |x| that begin or end away from 0."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from symbolic_init.moments.field import Element, Field, Unreadable
from symbolic_init.moments.normal_form import Kernel, Key, accumulate

__all__ = ["beyond", "is_distance", "is_size", "pair_up", "shifted", "tails"]


def is_distance(key: Key, place: Element, field: Field) -> bool:
    """Whether powers of `|x - place|` are all that stands beside an exponential."""
    distances = (field.x - place, place - field.x)
    return not key.soft and all(k.kind == "power" and k.argument in distances for k in key.kernel)


def shifted(
    key: Key, left: Element, right: Element, place: Element, field: Field
) -> Iterator[tuple[Key, Element]]:
    """Both sides of a breakpoint as terms on x > 0: there `x = place + y` and `x = place - y`, y > 0.

    The weight `exp(-x**2/(2*q))` is `exp(-y**2/(2*q))` times an exponential that joins that of the key.
    """
    slope = key.alpha * place * 2 + key.beta - place / field.q
    level = (key.alpha * place + key.beta) * place + key.gamma - place * place / (field.q * 2)
    for side, r in ((1, right), (-1, left)):
        if r:
            there = place + field.x * side
            kernel = tuple(k._replace(argument=k.argument.at(there)) for k in key.kernel)
            yield Key(key.alpha, slope * side, level, (), kernel, half=True), r.at(there)


def is_size(key: Key, field: Field) -> bool:
    """Whether one power of |x| is all that stands beside a centered weight."""
    if key.soft or key.beta or len(key.kernel) != 1:
        return False
    return key.kernel[0].kind == "power" and key.kernel[0].argument in (field.x, -field.x)


def beyond(
    key: Key, rs: Sequence[Element], points: Sequence[Element], field: Field
) -> Iterator[tuple[Key, Element]]:
    """A power of |x| between breakpoints as a sum of terms on `x > c`, in the key the kernel `beyond`."""
    size = key.kernel[0]._replace(argument=field.x)
    side = 1 if key.kernel[0].argument == field.x else -1
    for place, left, right in zip(points, rs, rs[1:], strict=False):
        change = (right - left if side == 1 else left - right).at(field.x * side)
        start = Kernel("beyond", field.x - place * side, field.one)
        if change:
            yield key._replace(half=True, kernel=(size, start) if place else (size,)), change


def tails(
    key: Key, rs: Sequence[Element], points: Sequence[Element], field: Field
) -> Iterator[tuple[Key, Element]]:
    """Sums of powers of x that vanish about 0, as terms on `x > c` for positive c.

    Raises:
        Unreadable: If they do not vanish about 0, or it is not known whether they do.
    """
    sides = [field.sign(place) or 0 for place in points]
    about_zero = [r for r, (a, b) in zip(rs, pairwise((-1, *sides, 1)), strict=True) if a <= 0 <= b]
    if 0 in sides or any(about_zero):
        raise Unreadable("powers that may not vanish about 0")
    size = Kernel("power", field.x, field.zero)
    for place, side, left, right in zip(points, sides, rs, rs[1:], strict=False):
        change = (right - left).at(field.x * side) * side
        if change:
            yield (
                key._replace(half=True, kernel=(size, Kernel("beyond", field.x - place * side, field.one))),
                change,
            )


def pair_up(total: dict[Key, Element], field: Field) -> None:
    """Join powers on x > 0 with their mirror images, where the coefficients agree up to a sign.

    The sum is the mean of an even or odd function of x and the tilt of the right side, on the line.
    """
    for key in tuple(total):
        mirror = key._replace(beta=-key.beta)
        if not key.half or not key.beta or not key.kernel or key not in total or mirror not in total:
            continue
        if any(k.kind != "power" or k.argument != field.x for k in key.kernel):
            continue
        right, left = total[key], total[mirror]
        if not (right.is_polynomial() and left.is_polynomial()):
            continue
        one, two = right.coefficients(), left.coefficients()
        line = key._replace(half=False)
        for k, c in one.items():
            image = two.get(k, field.zero)
            if image and image in (c, -c):
                power = c * field.x**k
                accumulate(total, key, -power)
                accumulate(total, mirror, -(image * field.x**k))
                symmetric = (image == c) == (k % 2 == 0)
                accumulate(total, line if symmetric else line._replace(hard=field.zero), power)
