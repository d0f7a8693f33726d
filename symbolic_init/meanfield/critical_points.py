"""Where a network is critical: the variances at which signal and gradient keep their size, V' = chi_1 = 1."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from sympy import Expr, S

from symbolic_init.analysis.derivative import derivative
from symbolic_init.errors import PrecisionError
from symbolic_init.evidence import Value
from symbolic_init.meanfield.flow import Flow, decimal_bracket
from symbolic_init.meanfield.solving import exact_zero, mean_at, root_value, tilt
from symbolic_init.moments.mean import mean_of
from symbolic_init.notation import Root, q
from symbolic_init.theories import CriticalPoint, Setting

__all__ = ["HALF_STABLE", "Balance", "boundary_point", "critical_points", "edge_point", "edge_points"]

_GRID = tuple(10 ** (k / 20) for k in range(-80, 81))
"""Variances between which a change of sign of `M' - h` is looked for."""
_NEAR_ZERO = tuple(10 ** (k / 4) for k in range(-16, -7))
"""Variances at which `V(q) <= q` is looked at where no expansion tells."""
_ROUNDING = 1e-14
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

    grid = [t for t in _GRID if t < flow.limit]
    if _agree_everywhere(setting, flow, grid):
        yield from _at_asked(setting, flow)
        return
    for low, high in pairwise(grid):
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
            yield edge_point(setting, boundary_point(setting, HALF_STABLE, bracket), has_bias=True)


def _agree_everywhere(setting: Setting, flow: Flow, grid: Sequence[float]) -> bool:
    """Whether `M' = h` is an identity, of closed forms; floats are looked at first."""
    if setting.is_scale_invariant or setting.h is None or not setting.M.kind == setting.h.kind == "exact":
        return False
    if not all(math.isclose(*flow.means(t)[1:], rel_tol=_MARGIN, abs_tol=_ROUNDING) for t in grid):
        return False
    return bool(mean_of(HALF_STABLE.integrand(setting), setting.assumptions).expr == 0)


def _at_asked(setting: Setting, flow: Flow) -> Iterator[CriticalPoint]:
    """The critical point at the variance asked for, where every variance has one."""
    at = float(setting.q)
    second, square_slope, _ = flow.means(at)
    if second <= at * square_slope * (1 + _MARGIN):
        yield replace(edge_point(setting, setting.q, has_bias=True), everywhere=True)


def edge_points(setting: Setting, flow: Flow, bias: Expr) -> Iterator[CriticalPoint]:
    """Yield the points of the edge of chaos with a given bias variance, by increasing variance.

    They are found where `(q - sigma_b2) h - M` changes its sign between 1e-4 and 1e4; without biases the
    limit q -> 0 is one of them where `g(0) = 0`. Whether the signal is stable there is another question.
    """
    if setting.h is None:
        return
    if bias == 0 and setting.at_zero == 0 and setting.growth not in (None, 0):
        yield CriticalPoint(K_star=S.Zero, C_W=1 / setting.growth, C_b=S.Zero, kind="exact")
    floor = float(Value(definition=bias, kind="exact"))

    def excess(variance: float) -> float:
        second, square_slope, _ = flow.means(variance)
        return (variance - floor) * square_slope - second

    grid = [t for t in _GRID if t < flow.limit]
    for low, high in pairwise(grid):
        ends = excess(low), excess(high)
        if not ends[0] * ends[1] < 0:
            continue
        try:
            bracket = decimal_bracket(excess, _middle(excess, low, high))
        except PrecisionError:
            continue  # the two sides differ by rounding only
        point = boundary_point(setting, Balance(h=q - bias, M=S.NegativeOne), bracket)
        yield replace(edge_point(setting, point, has_bias=False), C_b=bias)


def _at_zero(setting: Setting, flow: Flow) -> CriticalPoint | None:
    """The limit q -> 0, where it attracts: `2/(g'(0-)^2 + g'(0+)^2)` and no bias."""
    growth = setting.growth
    if setting.at_zero != 0 or growth in (None, 0) or setting.has_jump or setting.h is None:
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


class Balance(NamedTuple):
    """The function `h*E[g'^2] + M*E[g^2] + slope*dM/dq + constant` of q, by its coefficients."""

    h: Expr
    M: Expr = S.Zero
    slope: Expr = S.Zero
    constant: Expr = S.Zero

    def of(self, setting: Setting) -> Expr:
        """The function as the closed forms of the means have it, or their heads."""
        assert setting.h is not None
        second, first = setting.M.definition, setting.h.definition
        rise = self.slope * derivative(second, q) if self.slope != 0 else S.Zero
        return self.h * first + self.M * second + rise + self.constant

    def integrand(self, setting: Setting) -> Expr:
        """The function as one mean, without the constant."""
        assert setting.h is not None
        weight = self.M + self.slope * tilt(setting.M.inputs)
        return self.h * setting.h.integrand + weight * setting.M.integrand


HALF_STABLE = Balance(h=S.NegativeOne, slope=S.One)
"""`M' - h`, which is 0 where `V' = chi_1`."""


def boundary_point(setting: Setting, balance: Balance, bracket: tuple[Expr, Expr]) -> Expr:
    """Return the zero of a combination of means in a bracket: exact where it can be found."""
    if setting.h is not None and setting.M.kind == setting.h.kind == "exact" and len(setting.M.inputs) == 1:
        found = mean_of(balance.integrand(setting), setting.assumptions)
        if found.kind == "exact":
            function = found.definition + balance.constant
            exact = exact_zero(function, *bracket)
            return Root(function, q, *bracket) if exact is None else exact
    return Root(balance.of(setting), q, *bracket)


def edge_point(setting: Setting, point: Expr, *, has_bias: bool) -> CriticalPoint:
    """Return the weights and biases of the edge of chaos at a variance: `1/h` and `q - M/h`."""
    assert setting.h is not None
    kind = root_value(point, setting.M.kind, setting.h.kind).kind if point.has(Root) else "exact"
    h = mean_at(setting.h, point)
    bias = point - mean_at(setting.M, point) / h if has_bias else S.Zero
    return CriticalPoint(K_star=point, C_W=1 / h, C_b=bias, kind=kind)
