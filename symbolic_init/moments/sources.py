"""Where the values of a sweep come from: a closed form, sums over nodes, or integrals one by one."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import flint
from flint import acb, arb
from sympy import (
    Abs,
    Dummy,
    Expr,
    Heaviside,
    Max,
    Min,
    Piecewise,
    Poly,
    PolynomialError,
    Rational,
    ceiling,
    floor,
    sign,
)

from symbolic_init.errors import NotIntegrableError, PrecisionError
from symbolic_init.evidence import Moment
from symbolic_init.moments.ball import mean_ball, value_ball
from symbolic_init.moments.compilation import compile_ball
from symbolic_init.moments.interpolation import CANCELS, DIVERGES, REACHED, Found, Source
from symbolic_init.moments.node_sums import node_sums
from symbolic_init.moments.scaled import scaled_ball, unscaled
from symbolic_init.notation import GaussianMean, Root, q

__all__ = ["source_of"]

_BITS = 60
"""Accuracy of a value before it is rounded."""
_FIRST_BITS = 100
_QUICK_BITS = 400
"""Working precision of a closed form up to which it is quicker than sums over nodes."""
_MOST_BITS = 6400
"""The same where these have failed; what is not told from 0 then counts as 0."""
_PROBES = 3
"""Variances at which sums over nodes are compared with an integral in ball arithmetic."""
_AGREEMENT = 1e-13
_CANCELLED = 0.05
"""Least size of a sum relative to its terms."""
_SWITCHES = (Abs, Heaviside, Max, Min, Piecewise, ceiling, floor, sign)

_Balls = Callable[[float], Any]


def source_of(moment: Moment, low: float, high: float) -> Source:
    """Return a function from increasing variances to a mean, right to about `1e-15`.

    Args:
        moment: A mean without parameters.
        low: The smallest variance.
        high: The largest.

    Raises:
        DomainError: If the integrand is not real somewhere.
    """
    f, expr = moment.integrand, moment.expr
    if expr is not None and moment.kind == "exact":
        exact = [_balls(_closed_form(expr, bits)) for bits in (_QUICK_BITS, _MOST_BITS)]
        return _chain(exact[0], _later(lambda: _checked(f, exact[1], low, high)))
    return _checked(f, _balls(lambda variance: _integral(f, variance)), low, high)


def _checked(f: Expr, slow: Source, low: float, high: float) -> Source:
    """Sums over nodes that turn to a slow source where they fail; that one alone if they are wrong."""
    parts = _parts(f)
    if parts is None:
        return slow
    quick = _combined([(k, node_sums(part, low, high)) for k, part in parts])
    return _chain(quick, slow) if _agree(quick, slow, low, high) else slow


def _parts(f: Expr) -> Sequence[tuple[int, Expr]] | None:
    """Powers of `1/q` and what they are multiplied with; `None` where f is no polynomial in `1/q`."""
    if q not in f.free_symbols:
        return ((0, f),)
    rate = Dummy()
    try:
        polynomial = Poly(f.subs(q, 1 / rate).expand(), rate)
    except PolynomialError:
        return None
    if any(rate in c.free_symbols for c in polynomial.coeffs()):
        return None
    return tuple((k, c) for (k,), c in polynomial.terms())


def _combined(parts: Sequence[tuple[int, Source]]) -> Source:
    """The sum of sources divided by powers of the variance, where it does not cancel."""
    import numpy as np

    if len(parts) == 1 and parts[0][0] == 0:
        return parts[0][1]

    def source(variances: Any) -> Found:
        total, size = np.zeros(variances.shape), np.zeros(variances.shape)
        status = np.full(variances.shape, REACHED, dtype=np.int8)
        with np.errstate(all="ignore"):
            for k, part in parts:
                found = part(variances)
                status = np.maximum(status, found.status)
                total += found.values / variances**k
                size += np.abs(found.values) / variances**k
            lost = ~((np.abs(total) >= _CANCELLED * size) & np.isfinite(total))
        status[lost & (status == REACHED)] = CANCELS
        return Found(total, status)

    return source


def _later(build: Callable[[], Source]) -> Source:
    """A source that is built when it is first asked."""
    built: list[Source] = []

    def source(variances: Any) -> Found:
        if not built:
            built.append(build())
        return built[0](variances)

    return source


def _chain(first: Source, then: Source) -> Source:
    """A source that turns to another where digits cancel."""

    def source(variances: Any) -> Found:
        found = first(variances)
        left = found.status == CANCELS
        if left.any():
            found.values[left], found.status[left] = then(variances[left])
        return found

    return source


def _balls(ball: _Balls) -> Source:
    """A source that computes each value as a ball, and has none where that fails."""
    import numpy as np

    def source(variances: Any) -> Found:
        mantissas = np.full(variances.shape, math.nan)
        exponents = np.zeros(variances.shape, dtype=np.int64)
        failed: list[tuple[int, int]] = []
        for k, variance in enumerate(variances.tolist()):
            try:
                mantissas[k], exponents[k] = scaled_ball(ball(variance))
            except NotIntegrableError:
                failed.append((k, DIVERGES))
            except PrecisionError:
                failed.append((k, CANCELS))
        found = unscaled(mantissas, exponents)
        for k, status in failed:
            found.status[k] = status
        return found

    return source


def _closed_form(expr: Expr, most: int) -> _Balls:
    """A closed form in q as a ball, with at most so many bits."""
    if expr.has(*_SWITCHES, GaussianMean, Root):
        return lambda variance: value_ball(expr, substitution={q: _exactly(variance)}, bits=_BITS)
    programs: dict[int, Callable[..., Any]] = {}

    def ball(variance: float) -> Any:
        bits = _FIRST_BITS
        while bits <= most:
            with flint.ctx.workprec(bits):
                if bits not in programs:
                    programs[bits] = compile_ball(expr, variable=q)
                found = programs[bits](acb(variance)).real
            if found.is_finite() and (found.rel_accuracy_bits() >= _BITS or found.is_zero()):
                return found
            bits *= 2
        if most >= _MOST_BITS and found.is_finite() and found.contains(0):
            return arb(0)
        msg = f"{expr} cannot be computed at q = {variance} with {most} bits"
        raise PrecisionError(msg)

    return ball


def _integral(f: Expr, variance: float) -> Any:
    """A mean by integration in ball arithmetic, if it is good enough."""
    at = _exactly(variance)
    ball = mean_ball(f.xreplace({q: at}), at, bits=_BITS)
    if ball.rel_accuracy_bits() < _BITS - 2 and not ball.is_zero():
        msg = f"the mean of {f} over a Gaussian of variance {variance} is lost to cancellation"
        raise PrecisionError(msg)
    return ball


def _exactly(variance: float) -> Rational:
    return Rational(*variance.as_integer_ratio())


def _agree(quick: Source, slow: Source, low: float, high: float) -> bool:
    """Whether two sources agree wherever both have a value."""
    import numpy as np

    probes = np.unique(np.geomspace(low, high, _PROBES + 2)[1:-1])
    one = quick(probes)
    chosen = np.isfinite(one.values)
    two = slow(probes[chosen])
    with np.errstate(invalid="ignore"):
        apart = np.abs(one.values[chosen] - two.values) > _AGREEMENT * np.abs(two.values)
    return not apart.any()
