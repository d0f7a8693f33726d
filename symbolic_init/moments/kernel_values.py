"""Numbers out of dual kernels: at one variance, or two, and one correlation."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import mpmath
from sympy import Expr, Symbol, oo, sqrt

from symbolic_init.errors import AssumptionError, NotIntegrableError
from symbolic_init.moments.evaluation import as_rational, enclosure, number, to_mpf
from symbolic_init.moments.hermite_sum import HermiteTerms, hermite_sum
from symbolic_init.moments.mean import mean_of
from symbolic_init.notation import x

if TYPE_CHECKING:
    from symbolic_init.moments.kernel import Kernel

__all__ = ["KernelPlace", "kernel_enclosure", "kernel_terms", "kernel_value"]

_BITS_PER_DIGIT = math.log2(10)
_ATTEMPTS = 4
"""Sums with more digits, where a value is small beside the mean square."""


class KernelPlace(NamedTuple):
    """Where a kernel is looked at, in exact numbers.

    Attributes:
        variances: Variance of u and of v.
        rho: Their correlation.
        parameters: A number for every parameter that was given, by name.
    """

    variances: tuple[Expr, Expr]
    rho: Expr
    parameters: Mapping[str, Any]

    @classmethod
    def of(
        cls, kernel: "Kernel", q: Any, rho: Any, q2: Any, parameters: Mapping[Symbol | str, Any] | None
    ) -> "KernelPlace":
        """Return the place that was asked for.

        Raises:
            AssumptionError: If it does not exist.
            NotIntegrableError: If the mean square diverges there.
        """
        one, correlation = as_rational(q), as_rational(rho)
        two = one if q2 is None else as_rational(q2)
        if two != one and kernel.variances[0] == kernel.variances[1]:
            msg = "this kernel has one variance q: ask for dual_kernel(g, equal_variances=False)"
            raise AssumptionError(msg)
        if not (one.is_positive and two.is_positive):
            msg = f"a variance must be positive, not {one if two.is_positive else two}"
            raise AssumptionError(msg)
        if (abs(correlation) <= 1) != True:  # noqa: E712  a SymPy relation, perhaps undecided
            msg = f"a correlation is between -1 and 1, not {rho}"
            raise AssumptionError(msg)
        given = {str(k): v for k, v in (parameters or {}).items()}
        for variance in (one, two) if kernel.limit != oo else ():
            if number(kernel.limit - variance, digits=9, parameters=given) <= 0:
                what = f"the kernel of {kernel.function} is finite"
                msg = f"{what} only for q < {kernel.limit}, not at {variance}"
                raise NotIntegrableError(msg)
        return cls((one, two), correlation, given)

    def named(self, kernel: "Kernel") -> Mapping[str, Any]:
        """The numbers by the names of the symbols."""
        first, second = (v.name for v in kernel.variances)
        return {**self.parameters, first: self.variances[0], second: self.variances[1], "rho": self.rho}


def kernel_value(kernel: "Kernel", place: KernelPlace, digits: int) -> Any:
    """Return the value at a place as an mpmath number."""
    if abs(place.rho) == 1:
        first, second = place.variances
        other = kernel.function.xreplace({x: place.rho * sqrt(second / first) * x})
        mean = mean_of(kernel.function * other, kernel.assumptions)
        return mean.value(q=first, digits=digits, parameters=place.parameters)
    if kernel.expr is not None:
        return number(kernel.expr, digits=digits, parameters=place.named(kernel))
    if place.rho == 0:
        mean = mean_of(kernel.function, kernel.assumptions)
        with mpmath.workdps(digits + 5):
            values = (
                mean.value(q=v, digits=digits + 3, parameters=place.parameters) for v in place.variances
            )
            return math.prod(values)
    wanted = math.ceil(digits * _BITS_PER_DIGIT) + 6
    bits = wanted
    for _ in range(_ATTEMPTS):
        found = _terms(kernel, place, bits).value
        if found.rel_accuracy_bits() >= wanted or found == 0:
            break
        bits += min(max(wanted - int(found.rel_accuracy_bits()), 8), 2 * wanted)
    return to_mpf(found, bits)


def kernel_enclosure(kernel: "Kernel", place: KernelPlace, digits: int) -> tuple[Any, Any]:
    """Return proven bounds of the value at a place as mpmath numbers."""
    definition = kernel.head if abs(place.rho) == 1 else kernel.definition
    return enclosure(definition, digits=digits, parameters=place.named(kernel))


def kernel_terms(kernel: "Kernel", place: KernelPlace, digits: int) -> HermiteTerms:
    """Return the terms of the expansion that so many digits need."""
    return _terms(kernel, place, math.ceil(digits * _BITS_PER_DIGIT))


def _terms(kernel: "Kernel", place: KernelPlace, bits: int) -> HermiteTerms:
    missing = [s.name for s in kernel.assumptions.symbols if s.name not in place.parameters]
    if missing:
        msg = f"a value is needed for {', '.join(missing)}: set it, for instance {missing[0]}=1/2"
        raise AssumptionError(msg)
    numbers = {s: as_rational(place.parameters[s.name]) for s in kernel.assumptions.symbols}
    g = kernel.function.xreplace(numbers)
    return hermite_sum(g, g, variances=place.variances, rho=place.rho, bits=bits)
