"""Which shift and scale of an activation would give it weights to recommend."""

import math
from typing import NamedTuple

from sympy import Expr, S

from symbolic_init.evidence import Value
from symbolic_init.meanfield.flow import Flow, land
from symbolic_init.theories import Setting

__all__ = ["normalized", "shifted"]

_GRID = tuple(10 ** (k / 10) for k in range(-40, 41))
_MARGIN = 1e-9
_STEEPEST = 0.98
"""Largest slope of the length map at q = 1 at which a scaled activation counts as normalized."""


class _Affine(NamedTuple):
    """`a*g(x) - b`."""

    a: float
    b: float


def shifted(setting: Setting, flow: Flow) -> str:
    """Return `a g(x) - b` that is 0 at 0, with its critical weights, or "" where that does not help.

    It is scaled to the bounds -1 and 1 where it has symmetric ones.

    Args:
        setting: The activation.
        flow: Its length map.
    """
    shift, growth = setting.at_zero, setting.growth
    if shift in (None, 0) or growth in (None, 0) or setting.has_jump or setting.h is None:
        return ""
    scale = S.One
    if setting.bounds is not None and shift == (setting.bounds[0] + setting.bounds[1]) / 2:
        scale = 2 / (setting.bounds[1] - setting.bounds[0])
    weight = 1 / (scale**2 * growth)
    changed = _map(flow, _Affine(_float(scale), _float(scale * shift)))
    number = _float(weight)
    below = [t for t in _GRID if t <= number and t < flow.limit]
    if any(number * changed.second(t) > t * (1 + _MARGIN) + _MARGIN * _GRID[0] for t in below):
        return ""
    if land(changed, number, 0.0, start=number).fate not in ("decays", "fixed"):
        return ""
    return f"{_written(setting.name, scale, scale * shift)} with Var(w) = {_short(weight)}/N"


def _means(flow: Flow, change: _Affine, variance: float) -> tuple[float, float]:
    """`M` and `M'` of the changed activation."""
    second, _, slope = flow.means(variance)
    mean, rise = flow.first(variance)
    a, b = change
    return a * a * second - 2 * a * b * mean + b * b, a * a * slope - 2 * a * b * rise


def _map(flow: Flow, change: _Affine) -> Flow:
    """The length map of the changed activation."""

    def means(variance: float) -> tuple[float, float, float]:
        second, slope = _means(flow, change, variance)
        return second, change.a**2 * flow.means(variance)[1], slope

    return Flow(means=means, first=flow.first, limit=flow.limit)


def normalized(setting: Setting, flow: Flow) -> str:
    """Return the activation with `E g = 0` and `E g^2 = 1` at q = 1, or "" where that is not stable.

    Args:
        setting: The activation.
        flow: Its length map.
    """
    if not flow.limit > 1:
        return ""
    second, mean = flow.means(1.0)[0], flow.first(1.0)[0]
    variance = second - mean * mean
    if not (0 < variance < math.inf and abs(mean) > _MARGIN):
        return ""
    scale = 1 / math.sqrt(variance)
    changed = _map(flow, _Affine(scale, scale * mean))
    landing = land(changed, 1.0, 0.0, start=1.0)
    if changed.means(1.0)[2] > _STEEPEST or landing.fate != "fixed":
        return ""
    return f"({setting.name} - {mean:.6g})/{math.sqrt(variance):.6g} with Var(w) = 1/N"


def _float(exact: Expr) -> float:
    return float(Value(definition=exact, kind="exact"))


def _written(name: str, scale: Expr, shift: Expr) -> str:
    factor = "" if scale == 1 else f"{_short(scale)} "
    sign, size = ("-", shift) if _float(shift) > 0 else ("+", -shift)
    return f"{factor}{name} {sign} {_short(size)}"


def _short(exact: Expr) -> str:
    return str(exact) if exact.is_Rational else f"{_float(exact):.6g}"
