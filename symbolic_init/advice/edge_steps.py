"""The lines that lead to a point of the edge of chaos."""

from collections.abc import Iterator

from sympy import S

from symbolic_init.derivation import Step
from symbolic_init.meanfield.critical_points import HALF_STABLE
from symbolic_init.meanfield.solving import vanishing_factor
from symbolic_init.moments.mean import mean_of
from symbolic_init.notation import GaussianMean, N, q, sigma_b2, v2, x
from symbolic_init.theories import CriticalPoint, Setting

__all__ = ["edge_steps"]


def edge_steps(setting: Setting, point: CriticalPoint, *, half_stable: bool) -> tuple[Step, ...]:
    """Return the lines to weights and biases at a point of the edge of chaos.

    Args:
        setting: The activation, with finite `h`.
        point: The point.
        half_stable: Whether it is where `V' = chi_1`.
    """
    lines = [*(_slopes(setting, point) if half_stable else ()), *_weights(setting, point)]
    return tuple(lines)


def _slopes(setting: Setting, point: CriticalPoint) -> Iterator[Step]:
    """`M' - h` in closed form, and the polynomial that is 0 at the point."""
    assert setting.h is not None
    if not setting.M.kind == setting.h.kind == "exact" or len(setting.M.inputs) > 1:
        return
    integrand = HALF_STABLE.integrand(setting)
    found = mean_of(integrand, setting.assumptions)
    if found.expr is None:
        return
    smooth = setting.is_smooth
    yield Step(
        id="edge.slopes",
        chain="slopes",
        lhs=GaussianMean(setting.g * setting.g.diff(x, 2), q) if smooth else found.head(q),
        rhs=found.expr,
        reason="E[g g''], the slope of M less that of h" if smooth else "E[(z^2 - 1) g^2]/(2 q) - E[g'^2]",
        rule="edge.slopes",
        reference="roberts2022",
    )
    factor = vanishing_factor(found.expr, point.K_star * S(9) / 10, point.K_star * S(11) / 10)
    if factor is not None:
        yield Step(
            id="edge.equation",
            chain="edge.equation",
            lhs=factor[0],
            rhs=S.Zero,
            reason="V' = chi_1 = 1 where M' = h",
            rule="edge.equation",
            reference="roberts2022",
            given=((q, point.K_star),),
        )


def _weights(setting: Setting, point: CriticalPoint) -> Iterator[Step]:
    """Weights from the gradient, biases from the signal."""
    assert setting.h is not None
    slope, mean = setting.h.head(q), setting.M.head(q)
    given = ((v2, point.C_W / N), (sigma_b2, point.C_b), (q, point.K_star))
    assumptions = ("wide layers, independent weights of mean 0",)
    yield Step(
        id="edge.weight",
        chain="edge.weight",
        lhs=v2,
        rhs=1 / (N * slope),
        reason="chi_1 = N v^2 E[g'^2] = 1",
        rule="edge.weight",
        reference="schoenholz2017",
        assumptions=assumptions,
        given=given,
        kind=point.kind,
    )
    yield Step(
        id="edge.bias",
        chain="edge.bias",
        lhs=sigma_b2,
        rhs=q - N * v2 * mean,
        reason="q is a fixed point of the length map",
        rule="edge.bias",
        reference="schoenholz2017",
        given=given,
        kind=point.kind,
    )
