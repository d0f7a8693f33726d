"""Hermite coefficients of an activation as functions of the variance."""

from collections.abc import Mapping
from dataclasses import replace

from sympy import Add, Expr, Integer, Mul, Pow, Rational, binomial, factorial, factorial2

from symbolic_init.activation import Activation
from symbolic_init.activation import activation as read
from symbolic_init.derivation import Step
from symbolic_init.evidence import Deferred, Moment
from symbolic_init.moments.mean import mean_of
from symbolic_init.notation import GaussianMean, q, x

__all__ = ["hermite_coefficient", "hermite_polynomial"]

_MOST = 40
"""Largest number of a coefficient: the polynomial in the mean is of this degree."""


def hermite_coefficient(
    g: Expr | str | Activation, n: int, *, assume: str = "", settings: Mapping[str, object] | None = None
) -> Moment:
    r"""Return `a_n(q) = E[g(sqrt(q)*z)*He_n(z)]/sqrt(n!)` for a standard normal `z`, as a function of `q`.

    The polynomials `He_n/sqrt(n!)` are orthonormal, so that `M(q)` is the sum of all `a_n(q)**2`, `m(q)` is
    `a_0(q)`, and the dual kernel is the sum of `a_n(q)**2*rho**n`.

    Args:
        g: A catalog name, text in `x`, a SymPy expression, or an `Activation`.
        n: Number of the coefficient, from 0 to 40.
        assume: What is known of the parameters, as in `"a > 0, b < 1"`.
        settings: Numbers for parameters, by name.

    Returns:
        The coefficient (scalar, dimensionless) with its evidence and steps, as of any mean.

    Raises:
        NotIntegrableError: If the mean diverges for every `q`.
        ValueError: If `n` is not in its range.

    References:
        daniely2016, section 4.

    Examples:
        >>> hermite_coefficient("relu", 1).expr
        sqrt(q)/2
        >>> hermite_coefficient("exp(x)", 2).expr
        sqrt(2)*q*exp(q/2)/2
    """
    if not 0 <= n <= _MOST:
        msg = f"the number of a coefficient is from 0 to {_MOST}, not {n}"
        raise ValueError(msg)
    subject = read(g, assume=assume, settings=settings, constants=True)
    polynomial, scale = hermite_polynomial(n)
    function = subject.expression
    mean = mean_of(function * polynomial, subject.assumptions, chain=f"a_{n}")
    whole = Mul(function, polynomial, scale)
    return replace(
        mean,
        integrand=whole,
        expr=None if mean.expr is None else _scaled(mean.expr, scale),
        steps=Deferred(lambda: tuple(_steps(mean, whole, scale))),
    )


def hermite_polynomial(n: int) -> tuple[Expr, Expr]:
    """Return `He_n(x/sqrt(q))/sqrt(n!)` as a polynomial with coefficients rational in q, and a factor.

    Examples:
        >>> hermite_polynomial(3)
        (-3*x + x**3/q, sqrt(6)/(6*sqrt(q)))
    """
    odd = n % 2
    terms = (
        (-1) ** k * binomial(n, 2 * k) * factorial2(2 * k - 1) * x ** (n - 2 * k) * q ** (k - n // 2)
        for k in range(n // 2 + 1)
    )
    return Add(*terms), Mul(Pow(q, Rational(-odd, 2)), Pow(factorial(Integer(n)), Rational(-1, 2)))


def _scaled(expr: Expr, scale: Expr) -> Expr:
    return Mul(scale, *Mul.make_args(expr))


def _steps(mean: Moment, whole: Expr, scale: Expr) -> list[Step]:
    """The steps of the mean, each times the factor, after a line that takes it out."""
    steps: list[Step] = []
    lhs: Expr = GaussianMean(whole, q)
    if scale != 1 and mean.steps:
        head = mean.steps[0]
        rhs = Mul(scale, head.lhs)
        first = replace(head, id=f"{head.chain}.0", lhs=lhs, rhs=rhs, reason="the factor is free of x")
        steps.append(replace(first, rule="gauss.line.linear"))
        lhs = rhs
    for step in mean.steps:
        rhs = _scaled(step.rhs, scale)
        steps.append(replace(step, lhs=lhs, rhs=rhs))
        lhs = rhs
    return steps
