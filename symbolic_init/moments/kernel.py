"""Dual kernels: how an activation maps the correlation of two pre-activations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, final

from sympy import Expr, Sum, Symbol, factorial, oo, sqrt
from sympy.functions.special.polynomials import hermite_prob

from symbolic_init.activation import Activation
from symbolic_init.activation import activation as read
from symbolic_init.analysis.analysis import analyze
from symbolic_init.analysis.pieces import as_expression, differentiated, pieces
from symbolic_init.assumptions import NOTHING_KNOWN, Assumptions
from symbolic_init.derivation import Step
from symbolic_init.errors import UnsupportedError
from symbolic_init.evidence import Kind
from symbolic_init.moments.hermite_sum import HermiteTerms
from symbolic_init.moments.kernel_presentation import with_exponentials
from symbolic_init.moments.kernel_values import KernelPlace, kernel_enclosure, kernel_terms, kernel_value
from symbolic_init.moments.mean import mean_of
from symbolic_init.moments.pair_form import pair_form
from symbolic_init.notation import GaussianMean, PairMean, q, q1, q2, rho, x

__all__ = ["Kernel", "dual_kernel"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Kernel:
    """The mean `E[g(u)*g(v)]` as a function of the correlation `rho` of u and v, and of their variance `q`.

    Here u and v are centered Gaussian variables. At `rho = 1` it is `M(q)`, at 0 it is `m(q)**2`.

    Attributes:
        function: The function g, an expression in `x` and parameters.
        kind: `exact`: a closed form. `series`: the sum of `a_n(q)**2*rho**n` with the Hermite coefficients
            of g, of which `terms` gives as many as a value needs.
        expr: Closed form for `-1 < rho < 1`, or `None`.
        limit: The kernel is finite for every `rho` exactly for variances below (`oo`: always).
        variances: Variance of u and of v: `q` and `q`, or `q1` and `q2`.
        rules: Ids of the rules that gave the closed form.
        steps: The lines that lead to it.
        assumptions: What is known of the parameters.
        note: A restriction in words, or the empty string.
    """

    function: Expr
    kind: Kind
    expr: Expr | None
    limit: Expr
    variances: tuple[Expr, Expr] = (q, q)
    rules: tuple[str, ...] = ()
    steps: Sequence[Step] = ()
    assumptions: Assumptions = NOTHING_KNOWN
    note: str = ""

    @property
    def definition(self) -> Expr:
        """The closed form, or the unevaluated head in `rho` and the variances."""
        return self.head if self.expr is None else self.expr

    @property
    def head(self) -> Expr:
        """The unevaluated head in `rho` and the variances."""
        return PairMean(self.function, self.function, *self.variances, rho)

    @property
    def activation(self) -> Activation:
        """The function with what is known of its parameters."""
        return Activation(
            title=str(self.function), expression=self.function, assumptions=self.assumptions, reference=""
        )

    def derivative(self) -> "Kernel":
        """Return the kernel `E[g'(u)*g'(v)]` of the derivative almost everywhere.

        It is the derivative of this kernel with respect to `rho`, over the root of the product of the
        variances, if g has no jumps; the note tells where it has some.

        Raises:
            NotIntegrableError: If `E[g'(u)**2]` diverges.

        Examples:
            >>> dual_kernel("relu").derivative().expr
            (pi - acos(rho))/(2*pi)
        """
        slopes = differentiated(pieces(self.function, self.assumptions))
        return _kernel(as_expression(slopes), self.assumptions, self.variances, note=self._jumps())

    def _jumps(self) -> str:
        """The remark on the places where g jumps."""
        places = [str(s.at) for s in analyze(self.activation).singularities if s.jump != 0]
        if not places:
            return ""
        return (
            f"g jumps at x = {', '.join(places)}: in the sense of distributions the derivative has also "
            "point masses there, which this kernel leaves out"
        )

    def value(
        self,
        *,
        q: Any = 1,
        rho: Any,
        q2: Any = None,
        digits: int = 15,
        parameters: Mapping[Symbol | str, Any] | None = None,
    ) -> Any:
        """Return the kernel at one place as an mpmath number with `digits` significant digits.

        Args:
            q: Variance of u, positive; also that of v, unless `q2` tells it.
            rho: Correlation, from -1 to 1.
            q2: Variance of v, for a kernel with two variances.
            digits: Significant decimal digits, at least 1.
            parameters: A number for every parameter of g.

        Raises:
            AssumptionError: If a parameter has no value, or the place is not allowed.
            NotIntegrableError: If the mean square of g diverges there.
            PrecisionError: If the digits cannot be reached.

        Examples:
            >>> print(dual_kernel("relu").value(rho="1/2"))
            0.304498890522115
        """
        return kernel_value(self, KernelPlace.of(self, q, rho, q2, parameters), digits)

    def enclosure(
        self,
        *,
        q: Any = 1,
        rho: Any,
        q2: Any = None,
        digits: int = 15,
        parameters: Mapping[Symbol | str, Any] | None = None,
    ) -> tuple[Any, Any]:
        """Return proven lower and upper bounds of the kernel at one place, as mpmath numbers.

        A series is bounded term by term, which takes seconds.

        Args:
            q: As for `value`.
            rho: As for `value`.
            q2: As for `value`.
            digits: Significant decimal digits to which the bounds agree; for a series, digits relative to
                the mean square.
            parameters: As for `value`.

        Raises:
            SymbolicInitError: As for `value`; also where nothing can be proven.

        Examples:
            >>> low, high = dual_kernel("tanh").enclosure(rho="1/3", digits=10)
            >>> bool(low < high and high - low < 1e-10)
            True
        """
        return kernel_enclosure(self, KernelPlace.of(self, q, rho, q2, parameters), digits)

    def terms(
        self,
        *,
        q: Any = 1,
        rho: Any,
        q2: Any = None,
        digits: int = 15,
        parameters: Mapping[Symbol | str, Any] | None = None,
    ) -> HermiteTerms:
        """Return the terms of the expansion in `rho` that a value with `digits` digits needs.

        Its `products` are the squares `a_n(q)**2` for n = 0, 1 ... (with two variances the products
        `a_n(q1)*a_n(q2)`), its `left_out` bounds the rest of the sum at this `rho`: what Cauchy and Schwarz
        give from the mean square, see `symbolic_init.moments.hermite_sum`.

        Args:
            q: As for `value`.
            rho: Between -1 and 1.
            q2: As for `value`.
            digits: Decimal digits, relative to the mean square.
            parameters: As for `value`.

        Raises:
            SymbolicInitError: As for `value`.

        Examples:
            >>> found = dual_kernel("sin(x)").terms(rho="1/2", digits=6)
            >>> [round(float(a), 6) for a in found.products[:4]]
            [0.0, 0.367879, 0.0, 0.061313]
        """
        return kernel_terms(self, KernelPlace.of(self, q, rho, q2, parameters), digits)

    def to_text(self, *, width: int = 80, unicode: bool = False, steps: bool = True) -> str:
        """Return the kernel with the lines that lead to it as text.

        Args:
            width: Columns that no line exceeds.
            unicode: Greek letters and superscripts instead of ASCII.
            steps: Whether to show the lines.

        Examples:
            >>> print(dual_kernel("sign(x)").to_text(steps=False))
              kappa = E[g(u) g(v)] = 2 asin(rho)/pi   [exact]
        """
        from symbolic_init.render.kernel import kernel_text

        return kernel_text((self._row(),), width=width, unicode=unicode, steps=steps)

    def to_latex(self, *, fragment: bool = True, steps: bool = True) -> str:
        r"""Return the same as LaTeX: a body that needs `amsmath`, or an article.

        Args:
            fragment: Whether to leave out the frame of an article.
            steps: Whether to show the lines.

        Examples:
            >>> r"\arcsin" in dual_kernel("sign(x)").to_latex()
            True
        """
        from symbolic_init.render.kernel import kernel_latex

        return kernel_latex((self._row(),), fragment=fragment, steps=steps)

    def _row(self) -> Any:
        """What a renderer shows."""
        from symbolic_init.render.kernel import KernelRow

        remarks = (self.note,) if self.note else ()
        return KernelRow(False, self.kind, self.expr, self.limit, self.steps, remarks)  # noqa: FBT003 # named there

    def array(self, q: Any, rho: Any, *, parameters: Mapping[Symbol, Any] = MappingProxyType({})) -> Any:
        """Return the closed form in double precision on arrays of variances and correlations.

        Args:
            q: Array of positive numbers, or one.
            rho: Array of numbers between -1 and 1 that fits to `q`, or one.
            parameters: A number for every parameter.

        Raises:
            UnsupportedError: If there is no closed form, or one with two variances.

        Examples:
            >>> import numpy as np
            >>> dual_kernel("sign(x)").array(1, np.array([-0.5, 0.0, 0.5])).round(6).tolist()
            [-0.333333, 0.0, 0.333333]
        """
        from symbolic_init.moments.pair_sum import on_grid

        if self.expr is None or self.variances[0] != self.variances[1]:
            msg = f"the kernel of {self.function} has no closed form in q and rho: use value()"
            raise UnsupportedError(msg)
        return on_grid(with_exponentials(self.expr), q, rho, parameters)


def dual_kernel(
    g: Expr | str | Activation,
    *,
    assume: str = "",
    settings: Mapping[str, object] | None = None,
    equal_variances: bool = True,
) -> Kernel:
    r"""Return `E[g(u)*g(v)]` for centered Gaussian u and v of variance `q` and correlation `rho`.

    Args:
        g: A catalog name, text in `x`, a SymPy expression, or an `Activation`.
        assume: What is known of the parameters, as in `"a > 0, b < 1"`.
        settings: Numbers for parameters, by name.
        equal_variances: Whether u and v have one variance `q`; else they have `q1` and `q2`.

    Returns:
        The kernel (scalar, dimensionless) with its evidence: a closed form for polynomials, exponentials,
        trigonometric and error functions and products of these, on pieces; else a series in `rho`.

    Raises:
        NotIntegrableError: If the mean square of g diverges for every variance.
        UnsupportedError: If g has several inputs.

    References:
        daniely2016; cho2009 for powers of `Max(0, x)`.

    Examples:
        >>> dual_kernel("relu").expr
        q*(rho*(pi - acos(rho)) + sqrt(1 - rho**2))/(2*pi)
        >>> dual_kernel("erf(x)").expr
        2*asin(2*q*rho/(2*q + 1))/pi
        >>> dual_kernel("tanh(x)").kind
        'series'
    """
    subject = read(g, assume=assume, settings=settings, constants=True)
    if len(subject.inputs) > 1:
        msg = f"{subject.title} has several inputs: a kernel is one of a function of x alone"
        raise UnsupportedError(msg)
    variances = (q, q) if equal_variances else (q1, q2)
    return _kernel(subject.expression, subject.assumptions, variances)


def _kernel(g: Expr, known: Assumptions, variances: tuple[Expr, Expr], *, note: str = "") -> Kernel:
    """The kernel of a function that has been read."""
    taken = {"q1", "q2"}.intersection(s.name for s in known.symbols)
    if variances[0] != variances[1] and taken:
        msg = f"{', '.join(sorted(taken))} are the variances here: give the parameters of g other names"
        raise UnsupportedError(msg)
    form = pair_form(pieces(g, known), g, known, variances=variances)
    if form is not None:
        return Kernel(
            function=g,
            kind="exact",
            expr=form.expr,
            limit=form.limit,
            variances=variances,
            rules=form.rules,
            steps=form.steps,
            assumptions=known,
            note=note,
        )
    limit = mean_of(g**2, known).limit
    return Kernel(
        function=g,
        kind="series",
        expr=None,
        limit=limit,
        variances=variances,
        rules=(SERIES,),
        steps=(_series_step(g, variances),),
        assumptions=known,
        note=note,
    )


SERIES = "gauss.pair.hermite"
"""Id of the expansion in Hermite polynomials."""


def _series_step(g: Expr, variances: tuple[Expr, Expr]) -> Step:
    """The line that states the expansion."""
    n = Symbol("n", integer=True, nonnegative=True)
    first, second = (
        GaussianMean(g * hermite_prob(n, x / sqrt(v)) / sqrt(factorial(n)), v) for v in variances
    )
    return Step(
        id="kernel.1",
        chain="kernel",
        lhs=PairMean(g, g, *variances, rho),
        rhs=Sum(first * second * rho**n, (n, 0, oo)),
        reason="expansion in Hermite polynomials, which are orthogonal for correlated Gaussian variables",
        rule=SERIES,
        reference="daniely2016",
        kind="series",
    )
