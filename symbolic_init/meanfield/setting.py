"""From an activation to what the theories may look at: its means, and what it does at 0 and far away."""

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from numbers import Integral
from typing import Any

from sympy import Add, Expr, Rational, S, cancel, exp, oo

from symbolic_init.activation import Activation
from symbolic_init.analysis import Analysis, analyze, gate_traits, traits
from symbolic_init.analysis.separation import separated
from symbolic_init.derivation import Traits
from symbolic_init.errors import AssumptionError, NotIntegrableError
from symbolic_init.evidence import Deferred, Moment
from symbolic_init.moments.curvature import curvature
from symbolic_init.moments.mean import mean_of
from symbolic_init.moments.several import independent_mean, partial_slopes
from symbolic_init.notation import q as q_symbol
from symbolic_init.notation import x
from symbolic_init.rationals import rational
from symbolic_init.theories import Setting

__all__ = ["check_counts", "exact_number", "setting_of"]

_LONGEST_NAME = 16
"""Characters of a name in a sentence; longer activations are called g(x) there."""


def exact_number(value: Any, name: str, *, positive: bool) -> Rational:
    """Return the exact rational that a caller gave for a variance.

    Raises:
        AssumptionError: If it is no number, or of the wrong sign.
    """
    try:
        if isinstance(value, Expr):
            exact = value if value.is_Rational else Rational(repr(float(value)))
        else:
            exact = Rational(rational(str(value)) if isinstance(value, str | float) else Fraction(value))
    except (OverflowError, TypeError, ValueError) as err:
        msg = f"{name} = {value!r} is not a number; give a decimal or a fraction such as 1/8"
        raise AssumptionError(msg) from err
    if exact < 0 or (positive and exact == 0):
        msg = f"{name} = {exact} must be {'positive' if positive else 'at least 0'}"
        raise AssumptionError(msg)
    return exact


def check_counts(**counts: Any) -> None:
    """Check numbers of layers or neurons.

    Raises:
        AssumptionError: If one is not a whole number, at least 1.
    """
    for name, count in counts.items():
        if not isinstance(count, Integral) or count < 1:
            msg = f"{name} = {count!r} must be a whole number, at least 1"
            raise AssumptionError(msg)


def setting_of(
    subject: Activation, variance: Expr, bias: Expr, *, try_integrate: bool = False
) -> tuple[Setting, Traits]:
    """Return what the theories may look at, and what the activation looks like.

    Args:
        subject: The activation.
        variance: Pre-activation variance asked for.
        bias: Bias variance asked for.
        try_integrate: As for `derive`.
    """
    if len(subject.inputs) > 1:
        return _gate_setting(subject, variance, bias, try_integrate=try_integrate), gate_traits(subject)
    analysis = analyze(subject)
    mean = partial(mean_of, known=subject.assumptions, try_integrate=try_integrate)
    return _setting(subject, analysis, variance, bias, mean), traits(analysis)


def _setting(
    subject: Activation, analysis: Analysis, variance: Expr, bias: Expr, mean: Callable[..., Moment]
) -> Setting:
    """What the theories may look at."""
    g, known = subject.expression, subject.assumptions
    homogeneity, second = analysis.homogeneity, mean(g**2, chain="M")
    homogeneous = None
    if homogeneity is not None and homogeneity.degree == 1:
        homogeneous = (homogeneity.a_plus**2 + homogeneity.a_minus**2) / 2
    slope = analysis.derivative_expression
    return Setting(
        name=_name(subject),
        g=g,
        assumptions=known,
        at_zero=analysis.at_zero,
        slopes=analysis.slopes,
        A_2=_ratio(second) if homogeneous is None else homogeneous,
        is_homogeneous=homogeneous is not None,
        tail_slope2=_tail_ratio(analysis, second),
        singularities=analysis.singularities,
        m=mean(g, chain="m"),
        M=second,
        h=_finite_or_none(partial(mean, slope**2, chain="h")),
        curvature=() if known.symbols else Deferred(lambda: (curvature(g, known),)),
        slope_fourth=Deferred(lambda: _one(_finite_or_none(partial(mean, slope**4, chain="h_4")))),
        q=variance,
        sigma_b2=bias,
        bounds=_bounds(analysis),
        is_smooth=analysis.is_smooth,
        germ=analysis.germ,
    )


def _tail_ratio(analysis: Analysis, second: Moment) -> Expr | None:
    """Limit of `M(q)/q` for large q, or `None` where it is not found.

    It comes from the slopes of the tails, or from the closed form where waves are left of these.
    """
    if analysis.tails.slopes is not None:
        left, right = analysis.tails.slopes
        return (left**2 + right**2) / 2
    if analysis.tails.is_bounded:
        return S.Zero
    if second.expr is None or any(not (f.args[0] / q_symbol).is_negative for f in second.expr.atoms(exp)):
        return None
    rest = cancel(second.expr.xreplace(dict.fromkeys(second.expr.atoms(exp), S.Zero)) / q_symbol)
    return rest.limit(q_symbol, oo) if rest.is_rational_function(q_symbol) else None


def _name(subject: Activation) -> str:
    """What to call it in a sentence."""
    if subject.title.isidentifier():
        return f"{subject.title}(x)"
    return subject.title if len(subject.title) <= _LONGEST_NAME and subject.title.endswith(")") else "g(x)"


def _bounds(analysis: Analysis) -> tuple[Expr, Expr] | None:
    low, high = analysis.tails.infimum, analysis.tails.supremum
    return None if low is None or high is None else (low, high)


def _ratio(second: Moment) -> Expr | None:
    """`M(q)/q` where that is the same for every q, else `None`."""
    if second.expr is None:
        return None
    ratio = cancel(second.expr / q_symbol) if second.expr.is_polynomial(q_symbol) else second.expr / q_symbol
    return None if q_symbol in ratio.free_symbols else ratio


def _gate_setting(subject: Activation, variance: Expr, bias: Expr, *, try_integrate: bool) -> Setting:
    """The same for a unit of several independent inputs."""
    g, inputs, known = subject.expression, subject.inputs, subject.assumptions
    factors = {f for term in separated(g, inputs) for f in term.functions if x in f.free_symbols}
    shapes = [analyze(Activation(title=str(f), expression=f, assumptions=known)) for f in factors]
    slopes = partial_slopes(g, inputs, known)
    mean = partial(independent_mean, inputs=inputs, known=known, try_integrate=try_integrate)
    second = mean(g**2, chain="M")
    return Setting(
        name=_name(subject),
        g=g,
        assumptions=known,
        at_zero=g.subs(dict.fromkeys(inputs, S.Zero)),
        slopes=None,
        A_2=_ratio(second),
        is_homogeneous=False,
        tail_slope2=None,
        singularities=tuple(s for shape in shapes for s in shape.singularities),
        m=mean(g, chain="m"),
        M=second,
        h=_finite_or_none(partial(mean, Add(*(s**2 for s in slopes)), chain="h")),
        q=variance,
        sigma_b2=bias,
    )


def _one(moment: Moment | None) -> tuple[Moment, ...]:
    return () if moment is None else (moment,)


def _finite_or_none(mean: Callable[[], Moment]) -> Moment | None:
    """A mean, or `None` where it is infinite."""
    try:
        return mean()
    except NotIntegrableError:
        return None
