"""Which parameter to draw weights with, so that they have the variance that is wanted."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import final

from symbolic_init.errors import AssumptionError, UnsupportedError
from symbolic_init.layers.fans import Fans

__all__ = ["DISTRIBUTIONS", "Distribution", "distribution", "truncated_deviation", "truncated_normal"]

_CERTAIN = 2.0**60
"""Once the sum below exceeds it, a truncation no longer shows in a double."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """A distribution of mean 0 of the weights of one layer.

    Attributes:
        id: Permanent id, as given to `--distribution`.
        title: What it is, in a few words.
        parameter_name: What it is drawn with: "std", "bound" (of the interval around 0) or "gain".
        ratio: The parameter over the standard deviation of one weight, for the fans of the layer.
        cut: Where it ends, in units of the parameter; `inf` for a distribution that does not.
        note: What else to know, or the empty string.

    Examples:
        >>> DISTRIBUTIONS["uniform"].parameter(1 / 300)
        0.1
    """

    id: str
    title: str
    parameter_name: str
    ratio: Callable[[Fans | None], float]
    cut: float = math.inf
    note: str = ""

    def parameter(self, variance: float, fans: Fans | None = None) -> float:
        """Return the parameter with which one weight has the variance that is wanted.

        Args:
            variance: Variance of one weight, not negative.
            fans: Fans of the layer; only orthogonal matrices need them.

        Raises:
            AssumptionError: If the variance is negative or not finite, or the fans are needed and missing.
        """
        number = float(variance)
        if not 0 <= number < math.inf:
            msg = f"a variance is finite and not negative, not {variance}"
            raise AssumptionError(msg)
        return self.ratio(fans) * math.sqrt(number)


def truncated_deviation(cut: float) -> float:
    r"""Return the standard deviation of a standard normal variable that is kept between `-cut` and `cut`.

    It is `sqrt(1 - 2 t phi(t)/(2 Phi(t) - 1))` with `t = cut`, computed as `sqrt(1 - 1/S)` with
    `S = sum of t**(2n)/(2n+1)!!`, which loses no digits where `t` is small.

    Args:
        cut: Positive number, or `inf`.

    Raises:
        AssumptionError: If the cut is not positive.

    Examples:
        >>> truncated_deviation(2)
        0.8796256610342398
        >>> truncated_deviation(1e-3) * math.sqrt(3)  # nearly uniform
        0.0009999999333333...
    """
    if not cut > 0:
        msg = f"cut = {cut} must be positive"
        raise AssumptionError(msg)
    square, term, rest, order = float(cut) ** 2, 1.0, 0.0, 1
    while rest < _CERTAIN:
        order += 2
        term *= square / order
        if rest + term == rest:
            break
        rest += term
    return math.sqrt(rest / (1 + rest)) if rest < _CERTAIN else 1.0


def truncated_normal(cut: float = 2) -> Distribution:
    """Return the normal distribution that is cut off at `cut` times its parameter, on both sides.

    Keras and JAX cut at 2; their `VarianceScaling` corrects for it and `TruncatedNormal` does not.
    `torch.nn.init.trunc_normal_` takes places, not deviations: give it `a = -cut*std` and `b = cut*std`.

    Args:
        cut: Positive number, in units of the standard deviation before the cut.

    Raises:
        AssumptionError: If the cut is not positive.

    Examples:
        >>> truncated_normal(2).parameter(1)
        1.136847...
    """
    factor = 1 / truncated_deviation(cut)
    return Distribution(
        id="truncated-normal",
        title=f"normal, cut off at {cut:g} std",
        parameter_name="std",
        ratio=lambda _: factor,
        cut=cut,
        note="std is that before the cut",
    )


def _orthogonal_ratio(fans: Fans | None) -> float:
    """The entries of an orthogonal matrix have the variance 1/max(rows, columns)."""
    if fans is None:
        msg = "orthogonal weights need the number of outputs too: give both fans"
        raise AssumptionError(msg)
    return math.sqrt(max(fans.matrix))


DISTRIBUTIONS: Mapping[str, Distribution] = MappingProxyType(
    {
        entry.id: entry
        for entry in (
            Distribution(id="normal", title="normal", parameter_name="std", ratio=lambda _: 1.0),
            Distribution(
                id="uniform",
                title="uniform",
                parameter_name="bound",
                ratio=lambda _: math.sqrt(3),
                cut=1.0,
            ),
            truncated_normal(),
            Distribution(
                id="orthogonal",
                title="orthogonal matrix",
                parameter_name="gain",
                ratio=_orthogonal_ratio,
                note="gain multiplies a matrix with orthonormal rows or columns",
            ),
        )
    }
)
"""Every distribution by its id."""


def distribution(name: str, *, cut: float | None = None) -> Distribution:
    """Return a distribution by its id.

    Args:
        name: Id in `DISTRIBUTIONS`.
        cut: For "truncated-normal": where to cut, in units of the standard deviation before the cut.

    Raises:
        UnsupportedError: If there is none of this id, or a cut is given that it has not.

    Examples:
        >>> distribution("truncated-normal", cut=3).title
        'normal, cut off at 3 std'
    """
    if name not in DISTRIBUTIONS:
        msg = f"no distribution {name!r}; there are: {', '.join(DISTRIBUTIONS)}"
        raise UnsupportedError(msg)
    if cut is None:
        return DISTRIBUTIONS[name]
    if name != "truncated-normal":
        msg = f"the distribution {name!r} has no cut; truncated-normal has one"
        raise UnsupportedError(msg)
    return truncated_normal(cut)
