"""Values with their evidence: no number or formula leaves the library without a kind."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Literal, NamedTuple, TypeVar, final, overload

from sympy import Expr, Rational, Symbol, oo

from symbolic_init.assumptions import NOTHING_KNOWN, Assumptions
from symbolic_init.callables import Sampled
from symbolic_init.errors import NotIntegrableError
from symbolic_init.notation import GaussianMean, q, x

if TYPE_CHECKING:
    from symbolic_init.derivation import Step

__all__ = ["Deferred", "Estimate", "Kind", "Moment", "Value", "estimated", "weakest"]

T = TypeVar("T")

Kind = Literal["exact", "enclosed", "series", "estimated"]
"""How a value is known.

`exact`: a closed form. `enclosed`: proven bounds. `series`: terms of an expansion.
`estimated`: a numerical estimate, never a bound.
"""

_ESTIMATED_DIGITS, _SAMPLED_DIGITS = 12, 8
"""Digits shown of an estimate, however many are asked for; and where a Python function is in it."""

_STRENGTH: tuple[Kind, ...] = ("exact", "enclosed", "series", "estimated")


def weakest(*kinds: Kind) -> Kind:
    """Return the weakest of some kinds of evidence: that of a result built from all of them."""
    return max(kinds, key=_STRENGTH.index, default="exact")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A number (scalar, dimensionless), perhaps with parameters, and how it is known.

    Attributes:
        definition: What the number is: an expression in the parameters that may hold the
            unevaluated heads `GaussianMean` and `Root`. `oo` is a possible value.
        kind: How it is known.
        rules: Ids of the rules that gave it.
        note: A restriction in words, e.g. "exact in S", or the empty string.

    Examples:
        >>> from symbolic_init import derive
        >>> derive("sigmoid(x)").values["sigma_w2"].expr
        64/5
    """

    definition: Expr
    kind: Kind
    rules: tuple[str, ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        # What is made from values of a Python function is an estimate, whatever was done with them.
        if self.kind != "estimated" and self.definition.has(Sampled):
            object.__setattr__(self, "kind", "estimated")

    @property
    def expr(self) -> Expr | None:
        """The closed form, or `None` when there is none."""
        return self.definition if self.kind in ("exact", "series") else None

    @property
    def is_infinite(self) -> bool:
        """Whether it is said to be infinite: SymPy, asked of a long number, computes it."""
        return bool(self.definition == oo)

    def shown_digits(self, digits: int) -> int:
        """Return how many of so many digits are worth showing: of an estimate only some."""
        if self.kind != "estimated":
            return digits
        return min(digits, _SAMPLED_DIGITS if self.definition.has(Sampled) else _ESTIMATED_DIGITS)

    def value(self, *, digits: int = 15, parameters: Mapping[Symbol | str, Any] | None = None) -> Any:
        """Return the value as an mpmath number with `digits` significant digits.

        Args:
            digits: Significant decimal digits, at least 1.
            parameters: A number for every parameter left in the definition.

        Raises:
            PrecisionError: If the digits cannot be reached.
        """
        from symbolic_init.moments.evaluation import number

        return number(self.definition, digits=digits, parameters=parameters, proven=self.kind == "enclosed")

    def enclosure(
        self, *, digits: int = 15, parameters: Mapping[Symbol | str, Any] | None = None
    ) -> tuple[Any, Any]:
        """Return proven lower and upper bounds as mpmath numbers that agree to `digits` digits.

        Args:
            digits: Significant decimal digits, at least 1.
            parameters: A number for every parameter left in the definition.

        Raises:
            PrecisionError: If so many digits cannot be proven.
            UnsupportedError: If nothing can be proven.
        """
        from symbolic_init.moments.evaluation import enclosure

        return enclosure(self.definition, digits=digits, parameters=parameters)

    def __float__(self) -> float:
        return float(self.value(digits=17))


def estimated(number: float) -> Value:
    """Return a number in double precision as a value; what is not finite comes from an infinite mean.

    Examples:
        >>> estimated(0.1 + 0.2).definition
        3/10
    """
    return Value(definition=Rational(f"{number:.10g}") if math.isfinite(number) else oo, kind="estimated")


class Estimate(NamedTuple):
    """A number that two quadratures found.

    Attributes:
        value: The number, by the finer one.
        digits: How many significant digits they share; nothing is proven of any.
    """

    value: Any
    digits: int


@final
class Deferred(Sequence[T], Generic[T]):
    """A tuple that is put together when it is first looked at; equal to that tuple.

    Args:
        make: A pure function without arguments that returns the tuple.

    Examples:
        >>> Deferred(lambda: (1, 2)) == (1, 2)
        True
    """

    __slots__ = ("_made", "_make")

    def __init__(self, make: Callable[[], tuple[T, ...]]) -> None:
        self._make = make
        self._made: tuple[T, ...] | None = None

    @property
    def _items(self) -> tuple[T, ...]:
        if self._made is None:
            self._made = self._make()
        return self._made

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[T, ...]: ...
    def __getitem__(self, index: int | slice) -> T | tuple[T, ...]:
        return self._items[index]

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[T]:
        return iter(self._items)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, tuple | Deferred) and self._items == tuple(other)

    def __hash__(self) -> int:
        return hash(self._items)

    def __repr__(self) -> str:
        return repr(self._items)

    def __reduce__(self) -> tuple[type, tuple[tuple[T, ...]]]:
        return tuple, (self._items,)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A Gaussian mean `E[f(sqrt(q)*z)]` as a function of `q`, with its evidence and steps.

    Attributes:
        integrand: The function `f`, an expression in the inputs and parameters.
        kind: How the mean is known.
        expr: Closed form in the positive symbol `q`, or `None`.
        limit: The mean is finite exactly for `0 < q < limit` (`oo`: for every `q`).
        rules: Ids of the rules that gave the closed form.
        steps: The lines that lead to the closed form, put together when they are first looked at.
        assumptions: What is known of the parameters.
        note: A restriction in words, e.g. "exact in S", or the empty string.
        inputs: The independent normal inputs of `f`, all of variance `q`.
    """

    integrand: Expr
    kind: Kind
    expr: Expr | None
    limit: Expr
    rules: tuple[str, ...] = ()
    steps: "Sequence[Step]" = ()
    assumptions: Assumptions = NOTHING_KNOWN
    note: str = ""
    inputs: tuple[Symbol, ...] = (x,)

    @property
    def definition(self) -> Expr:
        """The closed form, or the unevaluated head in `q`."""
        return self.head(q) if self.expr is None else self.expr

    def head(self, variance: Expr) -> Expr:
        """The mean at one variance as an unevaluated head."""
        return GaussianMean(self.integrand, variance, *self.inputs[1:])

    def at(self, variance: Expr) -> Value:
        """Return the mean at one variance, with the kind of evidence of the moment.

        Raises:
            NotIntegrableError: If the mean diverges there.
        """
        if (variance < self.limit) == False:  # noqa: E712  a SymPy relation, perhaps undecided
            msg = (
                f"the mean of {self.integrand} is finite only for q < {self.limit}, not at q = {variance}: "
                f"try a smaller one, such as --q {self.limit / 2}"
            )
            raise NotIntegrableError(msg)
        return Value(
            definition=self.definition.subs(q, variance), kind=self.kind, rules=self.rules, note=self.note
        )

    def value(
        self, *, q: Any = 1, digits: int = 15, parameters: Mapping[Symbol | str, Any] | None = None
    ) -> Any:
        """Return the mean at one variance as an mpmath number with `digits` significant digits.

        Args:
            q: Variance, positive; a number (decimals mean the rational they denote).
            digits: Significant decimal digits, at least 1.
            parameters: A number for every parameter of the integrand.

        Raises:
            NotIntegrableError: If the mean diverges at this variance.
            PrecisionError: If the digits cannot be reached.

        Examples:
            >>> from symbolic_init import gaussian_mean
            >>> float(gaussian_mean("Max(0, x)**2").value(q="1/4"))
            0.125
        """
        from symbolic_init.moments.evaluation import moment_value

        return moment_value(self, variance=q, digits=digits, parameters=parameters)

    def estimate(self, *, q: Any = 1, digits: int = 15) -> Estimate:
        """Return the mean at one variance by two quadratures, and how many digits they share.

        Args:
            q: Variance, positive; a number (decimals mean the rational they denote).
            digits: Significant decimal digits aimed at.

        Raises:
            SymbolicInitError: If the mean diverges, or the function has no value somewhere.

        Examples:
            >>> import math
            >>> from symbolic_init import gaussian_mean
            >>> found = gaussian_mean(lambda t: math.tanh(t) ** 2).estimate()
            >>> round(float(found.value), 12), found.digits > 12
            (0.394294490398, True)
        """
        from symbolic_init.moments.evaluation import moment_estimate

        return moment_estimate(self, variance=q, digits=digits)

    def enclosure(
        self, *, q: Any = 1, digits: int = 15, parameters: Mapping[Symbol | str, Any] | None = None
    ) -> tuple[Any, Any]:
        """Return proven lower and upper bounds of the mean at one variance, as mpmath numbers.

        Args:
            q: Variance, positive; a number (decimals mean the rational they denote).
            digits: Significant decimal digits to which the bounds agree.
            parameters: A number for every parameter of the integrand.

        Raises:
            NotIntegrableError: If the mean diverges at this variance.
            PrecisionError: If so many digits cannot be proven.
            UnsupportedError: If nothing can be proven.

        Examples:
            >>> from symbolic_init import gaussian_mean
            >>> low, high = gaussian_mean("(x*tanh(log(1 + exp(x))))**2").enclosure(digits=20)
            >>> bool(low < high and high - low < 1e-20)
            True
        """
        from symbolic_init.moments.evaluation import moment_enclosure

        return moment_enclosure(self, variance=q, digits=digits, parameters=parameters)
