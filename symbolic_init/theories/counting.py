r"""How many fixed points a length map has, by how it bends.

`V(q) = sigma_b2 + sigma_w2*E[G(q z^2)]` with `G(u) = (g(sqrt u)^2 + g(-sqrt u)^2)/2`. Where G is concave and
no straight line, V is strictly concave and rises: `V(q) - q` has at most one zero above 0, and every orbit
that starts above 0 goes there. Where G is convex, V is: at most two zeros.
"""

from collections.abc import Iterator

from sympy import Expr

from symbolic_init.theories.theory import Setting

__all__ = ["fixed_point_notes"]

_SEVERAL = (
    "several fixed points are possible; told are those where V(q) - q changes its sign between 1e-5 and "
    "1e6 (fixed_points() proves all in an interval)"
)


def fixed_point_notes(setting: Setting, weight: Expr, bias: Expr, *, own: bool = False) -> Iterator[str]:
    """Yield what is proven of the number of fixed points; nothing where the bend is not looked at.

    Args:
        setting: The activation.
        weight: Fan-in times the variance of one weight.
        bias: Variance of a bias.
        own: Whether the weights were chosen so that some `q > 0` is a fixed point.
    """
    if bias == 0 and setting.A_2 is not None and weight * setting.A_2 == 1:
        return  # every q is fixed
    for bend in setting.curvature:
        match bend:
            case "concave":
                yield f"V is concave (proven): {_of_concave(setting, weight, bias, own=own)}"
            case "convex":
                yield "V is convex (proven): at most two fixed points (0 counts); of two the larger repels"
            case "linear":
                yield "V is a straight line (proven): at most one fixed point"
            case "neither":
                yield f"V need not be concave: the test fails (proven), so {_SEVERAL}"
            case "unknown":
                yield f"that V is concave is not proven, so {_SEVERAL}"


def _of_concave(setting: Setting, weight: Expr, bias: Expr, *, own: bool) -> str:
    """What a strictly concave map does."""
    above, below = _starts_above(setting, weight, bias), _ends_below(setting, weight)
    if own or (above and below):
        return "exactly one fixed point q > 0, and it attracts every q > 0"
    if above is False:
        return "no fixed point q > 0; q falls to 0 from everywhere"
    if above and below is False:
        return "no fixed point q > 0; q grows without bound from everywhere above 0"
    return "at most one fixed point q > 0, and it attracts every q > 0"


def _starts_above(setting: Setting, weight: Expr, bias: Expr) -> bool | None:
    """Whether `V(q) > q` for small q, or `None` where that is not known."""
    if bias.is_positive or (setting.at_zero is not None and setting.at_zero.is_nonzero):
        return True
    if setting.at_zero != 0 or setting.growth is None or setting.has_jump:
        return None
    excess: bool | None = (weight * setting.growth - 1).is_positive
    return excess


def _ends_below(setting: Setting, weight: Expr) -> bool | None:
    """Whether `V(q) < q` for large q, or `None` where that is not known."""
    if setting.tail_slope2 is None:
        return None
    lack: bool | None = (1 - weight * setting.tail_slope2).is_positive
    return lack
