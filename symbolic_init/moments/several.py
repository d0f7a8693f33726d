"""Gaussian means of functions of several independent inputs, such as gated units."""

import math
from collections.abc import Callable, Iterator, Sequence

from sympy import Add, Expr, Min, Mul, S, Symbol

from symbolic_init.analysis.pieces import as_expression, differentiated, pieces
from symbolic_init.analysis.separation import Product, separated
from symbolic_init.assumptions import Assumptions
from symbolic_init.derivation import Step
from symbolic_init.evidence import Deferred, Moment, weakest
from symbolic_init.moments.mean import mean_of
from symbolic_init.notation import GaussianMean, q, x

__all__ = ["independent_mean", "partial_slopes", "products_function"]

_RULE = "gauss.independent"


def independent_mean(
    f: Expr, inputs: Sequence[Symbol], known: Assumptions, *, chain: str = "M", try_integrate: bool = False
) -> Moment:
    """Return the mean of a function of independent normal inputs of the same variance q.

    The mean of a product of functions of one input each is the product of their means.

    Args:
        f: Sum of products of functions of one input each.
        inputs: The inputs, `x` first.
        known: What is known of the parameters.
        chain: Name of the chain of steps.
        try_integrate: Whether SymPy's integrator is a last resort.

    Raises:
        NotIntegrableError: If the mean diverges for every q.
        UnsupportedError: If the function is no such sum.

    Examples:
        >>> from sympy import Max
        >>> y = Symbol("y", real=True)
        >>> independent_mean((x*Max(0, y))**2, (x, y), Assumptions()).expr
        q**2/2
    """
    terms = separated(f, inputs)
    means = [
        tuple(mean_of(g, known, chain=f"{chain} factor", try_integrate=try_integrate) for g in t.functions)
        for t in terms
    ]
    every = [m for row in means for m in row]
    kind = weakest(*(m.kind for m in every)) if every else "exact"
    expr = None
    if all(m.expr is not None for m in every):
        expr = _shorter(
            Add(*(_product(t, [m.expr for m in row]) for t, row in zip(terms, means, strict=True)))
        )
    return Moment(
        integrand=f,
        inputs=tuple(inputs),
        kind=kind,
        expr=expr,
        limit=Min(*(m.limit for m in every)) if every else S.Infinity,
        rules=tuple(dict.fromkeys((_RULE, *(r for m in every for r in m.rules)))),
        steps=Deferred(lambda: tuple(_steps(f, tuple(inputs), terms, every, expr, chain))),
        assumptions=known,
        note="; ".join(dict.fromkeys(m.note for m in every if m.note)),
    )


def partial_slopes(g: Expr, inputs: Sequence[Symbol], known: Assumptions) -> tuple[Expr, ...]:
    """Return the derivatives of a sum of products by each input, almost everywhere."""
    terms = separated(g, inputs)
    found = []
    for k, own in enumerate(inputs):
        total = S.Zero
        for term in terms:
            slope = as_expression(differentiated(pieces(term.functions[k], known)))
            factors = [slope if j == k else f for j, f in enumerate(term.functions)]
            places = [f.xreplace({x: u}) for f, u in zip(factors, inputs, strict=True)]
            total += Mul(term.coefficient, *places)
        found.append(total if own in inputs else S.Zero)
    return tuple(found)


def products_function(fs: Sequence[Expr], inputs: Sequence[Symbol]) -> Callable[[float], tuple[float, ...]]:
    """Return a function from a variance to the means of several functions in double precision.

    Args:
        fs: Sums of products of functions of one input each, without parameters.
        inputs: The inputs, `x` first.
    """
    from symbolic_init.moments.grid import means_function

    rows = [separated(f, inputs) for f in fs]
    single = tuple(dict.fromkeys(g for terms in rows for t in terms for g in t.functions))
    sample = means_function(single)
    plans = [
        [(float(t.coefficient), [single.index(g) for g in t.functions]) for t in terms] for terms in rows
    ]

    def means(variance: float) -> tuple[float, ...]:
        values = sample(variance)
        return tuple(sum(c * math.prod(values[i] for i in places) for c, places in plan) for plan in plans)

    return means


def _product(term: Product, means: Sequence[Expr]) -> Expr:
    return Mul(term.coefficient, *means)


def _shorter(expr: Expr) -> Expr:
    """A sum over one denominator is not looked for; numbers are multiplied out where that is shorter."""
    expanded = expr.expand()
    return expanded if expanded.count_ops() < expr.count_ops() else expr


def _steps(
    f: Expr,
    inputs: tuple[Symbol, ...],
    terms: Sequence[Product],
    means: Sequence[Moment],
    expr: Expr | None,
    chain: str,
) -> Iterator[Step]:
    """The mean as products of means, the means that are known, and what comes out."""
    head = GaussianMean(f, q, *inputs[1:])
    heads = Add(*(Mul(t.coefficient, *(_head(g) for g in t.functions)) for t in terms))
    yield Step(
        id=f"{chain}.independent",
        chain=chain,
        lhs=head,
        rhs=heads,
        reason="the inputs are independent: the mean of a product is the product of the means",
        rule=_RULE,
    )
    if expr is not None and expr != heads:
        yield Step(
            id=f"{chain}.inserted",
            chain=chain,
            lhs=heads,
            rhs=expr,
            reason="; ".join(_reasons(means)) or "closed forms",
            rule=next((m.rules[-1] for m in reversed(means) if m.rules), _RULE),
        )


def _reasons(means: Sequence[Moment]) -> tuple[str, ...]:
    """Why the means are what they are, each reason once."""
    return tuple(dict.fromkeys(part for m in means for s in m.steps for part in s.reason.split("; ")))


def _head(g: Expr) -> Expr:
    """The mean of one factor; 1 of a constant 1."""
    return GaussianMean(g, q) if x in g.free_symbols else g
