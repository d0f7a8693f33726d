"""Terms of an expansion for large positive x, and sums of them."""

from typing import NamedTuple

from sympy import Expr, S, oo

__all__ = ["ONE", "TINY", "Key", "Sum", "TooFastError", "UndecidedError", "product", "raised"]


class UndecidedError(Exception):
    """The behavior for large x is not of the form of this module, or depends on parameters."""


class TooFastError(Exception):
    """Something grows faster than the exponential of every power."""


class Key(NamedTuple):
    """`exp(sum(c*x**r for r, c in exponent)) * x**power * log(x)**logs`, `r` decreasing."""

    exponent: tuple[tuple[Expr, Expr], ...] = ()
    power: Expr = S.Zero
    logs: Expr = S.Zero


ONE = Key()
TINY = Key(exponent=((oo, S.NegativeOne),))


class Sum(NamedTuple):
    """Terms in falling order, and the size of what is left out (`None`: nothing)."""

    terms: tuple[tuple[Key, Expr], ...]
    rest: Key | None = None

    @property
    def largest(self) -> Key | None:
        """What the sum does not outgrow; `None` where it is 0."""
        return self.terms[0][0] if self.terms else self.rest


def raised(key: Key, exponent: Expr) -> Key:
    """Return a power of a term, without its coefficient."""
    return Key(
        exponent=tuple((r, e * exponent) for r, e in key.exponent),
        power=key.power * exponent,
        logs=key.logs * exponent,
    )


def product(one: Key, two: Key) -> Key:
    """Return the product of two terms, without their coefficients.

    Raises:
        UndecidedError: If one grows and the other vanishes faster than every exponential.
    """
    powers = dict(one.exponent)
    for r, c in two.exponent:
        total = powers.pop(r, S.Zero) + c
        if r == oo:
            if total == 0:
                raise UndecidedError
            total = S.One if total > 0 else S.NegativeOne
        if total != 0:
            powers[r] = total
    exponent = tuple(sorted(powers.items(), key=lambda item: item[0], reverse=True))
    return Key(exponent=exponent, power=one.power + two.power, logs=one.logs + two.logs)
