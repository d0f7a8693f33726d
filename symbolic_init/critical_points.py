"""Where a network is critical: the variances at which signal and gradient keep their size, V' = chi_1 = 1."""

import math
from collections.abc import Callable, Iterator
from itertools import pairwise

from sympy import Expr, S

from symbolic_init.errors import PrecisionError
from symbolic_init.flow import Flow, decimal_bracket
from symbolic_init.moments.mean import mean_of
from symbolic_init.notation import Root, q
from symbolic_init.solving import exact_zero, mean_at, root_value, tilt
from symbolic_init.theories import CriticalPoint, Setting

__all__ = ["boundary_point", "critical_points", "edge_point"]

_GRID = tuple(10 ** (k / 20) for k in range(-80, 81))
"""Variances between which a change of sign of `M' - h` is looked for."""
_NEAR_ZERO = tuple(10 ** (k / 4) for k in range(-16, -7))
"""Variances at which `V(q) <= q` is looked at where no expansion tells."""
_MARGIN = 1e-9
"""Part by which a sampled number may miss a bound."""


def critical_points(setting: Setting, flow: Flow) -> Iterator[CriticalPoint]:
    """Yield the critical points of an activation without free parameters, by increasing variance.

    Half-stable points are found where `M' - h` changes its sign between 1e-4 and 1e4, with a bias
    variance that is not negative.
    """
    zero = _at_zero(setting, flow)
    if zero is not None:
        yield zero
    if setting.h is None or setting.has_jump:
        return

    def excess(variance: float) -> float:
        _, square_slope, slope = flow.means(variance)
        return slope - square_slope

    for low, high in pairwise(t for t in _GRID if t < flow.limit):
        ends = excess(low), excess(high)
        if not ends[0] * ends[1] < 0:
            continue
        root = _middle(excess, low, high)
        try:
            bracket = decimal_bracket(excess, root)
        except PrecisionError:
            continue  # the two sides differ by rounding only
        second, square_slope, _ = flow.means(root)
        if second <= root * square_slope * (1 + _MARGIN):
            yield edge_point(setting, boundary_point(setting, -1, bracket, of_slope=True), has_bias=True)


def _at_zero(setting: Setting, flow: Flow) -> CriticalPoint | None:
    """The limit q -> 0, where it attracts: `2/(g'(0-)^2 + g'(0+)^2)` and no bias."""
    if setting.at_zero != 0 or setting.slopes is None or setting.has_jump or setting.h is None:
        return None
    growth = (setting.slopes[0] ** 2 + setting.slopes[1] ** 2) / 2
    if growth == 0:
        return None
    point = CriticalPoint(K_star=S.Zero, C_W=1 / growth, C_b=S.Zero, kind="exact")
    if setting.a_1 is not None and setting.a_1 != 0:
        return point if setting.a_1.is_negative or setting.a_1.evalf() < 0 else None
    near = [t for t in _NEAR_ZERO if t < flow.limit]
    held = all(flow.second(t) <= float(growth) * t * (1 + _MARGIN) for t in near)
    return point if near and held else None


def _middle(function: Callable[[float], float], low: float, high: float) -> float:
    """A change of sign between two variances, in double precision."""
    sign = function(low) < 0
    for _ in range(200):
        middle = math.sqrt(low * high)
        if not low < middle < high:
            break
        low, high = (middle, high) if (function(middle) < 0) == sign else (low, middle)
    return high


def boundary_point(setting: Setting, of_h: Expr | int, bracket: tuple[Expr, Expr], *, of_slope: bool) -> Expr:
    """Return the zero of `of_h*h + M'`, or of `of_h*h - M`, in a bracket: exact where it can be found."""
    second, first = setting.M, setting.h
    assert first is not None
    weight = tilt(second.inputs) if of_slope else S.NegativeOne
    function = of_h * first.definition + (second.definition.diff(q) if of_slope else -second.definition)
    if second.kind == first.kind == "exact" and len(second.inputs) == 1:
        found = mean_of(of_h * first.integrand + weight * second.integrand, setting.assumptions)
        function = found.definition if found.kind == "exact" else function
        exact = exact_zero(function, *bracket)
        if exact is not None:
            return exact
    return Root(function, q, *bracket)


def edge_point(setting: Setting, point: Expr, *, has_bias: bool) -> CriticalPoint:
    """Return the weights and biases of the edge of chaos at a variance: `1/h` and `q - M/h`."""
    assert setting.h is not None
    kind = root_value(point, setting.M.kind, setting.h.kind).kind if point.has(Root) else "exact"
    h = mean_at(setting.h, point)
    bias = point - mean_at(setting.M, point) / h if has_bias else S.Zero
    return CriticalPoint(K_star=point, C_W=1 / h, C_b=bias, kind=kind)
