"""Mean and variance of an activation, by those of its normal input."""

from dataclasses import dataclass
from typing import Any, final

import mpmath
from sympy import Expr

from symbolic_init.activation import Activation
from symbolic_init.activation import activation as read
from symbolic_init.errors import UnsupportedError
from symbolic_init.evidence import Kind, Moment, weakest
from symbolic_init.moments.shifted import shifted_mean_of
from symbolic_init.notation import N

__all__ = ["MeanAndVariance", "mean_and_variance"]

_GUARD = 5
"""Digits beyond those asked for: the variance is a difference."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class MeanAndVariance:
    """Mean and variance of `g(y)` for a normal y, as functions of the variance `q` of y and of its mean.

    Attributes:
        mean: `E[g(y)]`.
        second: `E[g(y)^2]`.
    """

    mean: Moment
    second: Moment

    @property
    def kind(self) -> Kind:
        """How both are known."""
        return weakest(self.mean.kind, self.second.kind)

    @property
    def variance(self) -> Expr:
        """The variance of `g(y)`: a closed form if the kind is exact, else with unevaluated means."""
        return self.second.definition - self.mean.definition**2

    @property
    def weight_variance(self) -> Expr:
        """Variance of the weights of the next layer that gives it pre-activations of variance 1.

        With weights of mean 0 that is `1/(N*(variance + mean^2))` (AutoInit), which is `1/(N*E[g(y)^2])`.
        """
        return 1 / (N * self.second.definition)

    def values(self, *, q: Any, mean: Any = None, digits: int = 15, **parameters: Any) -> tuple[Any, Any]:
        """Return mean and variance of `g(y)` as mpmath numbers with `digits` significant digits.

        Args:
            q: Variance of y, positive.
            mean: Mean of y, if it was left a symbol `mu`.
            digits: Significant digits of the mean, and of the variance relative to the second moment.
            **parameters: A number for every other parameter.

        Raises:
            SymbolicInitError: As for `Moment.value`.
        """
        given = parameters if mean is None else {"mu": mean, **parameters}
        first, second = (
            m.value(q=q, digits=digits + _GUARD, parameters=given) for m in (self.mean, self.second)
        )
        with mpmath.workdps(digits + _GUARD):
            variance = second - first**2
        with mpmath.workdps(digits):
            return +first, +variance


def mean_and_variance(
    g: Expr | str | Activation, mean: Expr | str | int = "mu", *, assume: str = ""
) -> MeanAndVariance:
    r"""Return mean and variance of `g(y)` for a normal y with a mean and the variance `q`.

    Layer by layer this is the rule of AutoInit, with means in closed form in place of numbers.

    Args:
        g: A catalog name, text in `x`, a SymPy expression, or an `Activation`.
        mean: Mean of y: a number, a symbol or an expression in symbols; text is a number or a name.
        assume: What is known of the parameters of g.

    Raises:
        NotIntegrableError: If the second moment diverges for every `q`.
        UnsupportedError: If g has several inputs.

    References:
        bingham2023.

    Examples:
        >>> relu = mean_and_variance("relu", 0)
        >>> relu.mean.expr, relu.variance
        (sqrt(2)*sqrt(q)/(2*sqrt(pi)), -q/(2*pi) + q/2)
        >>> relu.weight_variance
        2/(N*q)
        >>> mean, variance = mean_and_variance("tanh").values(q=1, mean="1/2")
        >>> round(float(mean), 6), round(float(variance), 6)
        (0.295453, 0.350715)
    """
    subject = read(g, assume=assume, constants=True)
    if len(subject.inputs) > 1:
        msg = f"{subject.title} has several inputs: it must be a function of x alone"
        raise UnsupportedError(msg)
    function, known = subject.expression, subject.assumptions
    first, second = (shifted_mean_of(f, mean, known) for f in (function, function**2))
    return MeanAndVariance(mean=first, second=second)
