"""What the Gaussian means of hyperbolic functions have in common as heads."""

from abc import abstractmethod
from typing import Any, ClassVar

import mpmath
from sympy import Expr, Float, Function, Rational, S
from sympy.core.function import ArgumentIndexError

__all__ = ["AbstractWaveMean", "is_count"]


class AbstractWaveMean(Function):  # type: ignore[misc]  # SymPy is untyped
    """A function of a variance (the first argument) and of the order of its derivative (the last).

    An order 0 is left out. By the heat equation `2*(d/dq)*E[f(sqrt(q)*z)] = E[f''(sqrt(q)*z)]` the
    derivatives are means as well.
    """

    letter: ClassVar[str]
    """The name of the function in formulas."""

    plain: ClassVar[int]
    """The number of arguments without an order."""

    vanishes: ClassVar[bool] = False
    """Whether it is 0 at the variance 0; else it is positive there."""

    @property
    def order(self) -> Expr:
        """How often the function is differentiated."""
        return self.args[self.plain] if len(self.args) > self.plain else S.Zero

    @property
    def indices(self) -> tuple[Expr, ...]:
        """The arguments between variance and order."""
        return tuple(self.args[1 : self.plain])

    @classmethod
    @abstractmethod
    def value_at(cls, variance: Any, *more: int) -> Any:
        """Return the value at an mpmath number at the current precision."""

    def fdiff(self, argindex: int = 1) -> Expr:
        """Derivative with respect to the variance: the next order."""
        if argindex != 1:
            raise ArgumentIndexError(self, argindex)
        return self.func(*self.args[: self.plain], self.order + 1)

    def _eval_is_extended_real(self) -> bool | None:
        return True if self.args[0].is_nonnegative else None

    def _eval_is_positive(self) -> bool | None:
        variance = self.args[0]
        known = variance.is_positive if self.vanishes else variance.is_nonnegative
        return True if known and self.order == 0 else None

    def _eval_is_zero(self) -> bool | None:
        return False if self._eval_is_positive() else None

    def _eval_evalf(self, prec: int) -> Expr | None:
        with mpmath.workprec(prec + 20):
            variance = self.args[0]._eval_evalf(prec + 20)  # noqa: SLF001 - SymPy's protocol
            if variance is None or not variance.is_Number or not variance >= 0:
                return None
            if not all(n.is_Integer for n in self.args[1:]):
                return None
            value = self.value_at(_number(variance), *map(int, self.args[1:]))
            return Float._new(value._mpf_, prec + 20)  # noqa: SLF001 - no rounding to decimal

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        argument, *more = (printer._print(a) for a in self.args)  # noqa: SLF001 - SymPy's protocol
        index = "".join(f"_{{{n}}}" for n in more[: len(self.indices)])
        mark = "" if self.order == 0 else f"^{{({more[-1]})}}"
        text = rf"{self.letter}{index}{mark}\left({argument}\right)"
        if exp is None:
            return text
        if mark or index:
            return rf"\left({text}\right)^{{{exp}}}"
        return rf"{self.letter}^{{{exp}}}\left({argument}\right)"


def is_count(number: Expr, what: str) -> bool:
    """Tell whether a number is a whole number that is not negative.

    Raises:
        ValueError: If it cannot be one.
    """
    if number.is_Integer and number >= 0:
        return True
    if number.is_integer is False or number.is_negative:
        msg = f"{what} is a non-negative integer, not {number}"
        raise ValueError(msg)
    return False


def _number(value: Expr) -> Any:
    if value.is_Rational:
        value = Rational(value)
        return mpmath.mpf(int(value.p)) / int(value.q)
    return mpmath.mpf(value._mpf_)
