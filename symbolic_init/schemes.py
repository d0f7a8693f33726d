"""The weight variances that frameworks and papers use, as a table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Any, final

__all__ = ["SCHEMES", "WeightScheme"]

Rule = Callable[[Any, Any], Any]
"""Variance of one weight from `fan_in` and `fan_out`."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class WeightScheme:
    """One way to choose the variance of a weight.

    Attributes:
        id: Permanent id, as given to `propagate(scheme=...)` and `--scheme`.
        title: What it is, in a few words.
        variance: Variance of one weight from `fan_in` and `fan_out` (numbers or expressions), or `None`
            where it depends on the activation.
        theory: Where `variance` is `None`: id of the theory that gives it, or "recommended".
        reference: Key in `references.REFERENCES`, or the name of the function that does it.
        note: What else to know, or the empty string.

    Examples:
        >>> SCHEMES["glorot"].variance(300, 100)
        Fraction(1, 200)
    """

    id: str
    title: str
    variance: Rule | None = None
    theory: str = ""
    reference: str
    note: str = ""

    def __post_init__(self) -> None:
        if (self.variance is None) == (self.theory == ""):
            msg = f"scheme {self.id}: either a variance or a theory"
            raise ValueError(msg)


def _fan_average(scale: int) -> Rule:
    return lambda fan_in, fan_out: Fraction(scale) / (fan_in + fan_out)


def _fan_in(scale: Fraction) -> Rule:
    return lambda fan_in, _: scale / fan_in


def _gain(name: str, gain2: Fraction, *, note: str = "") -> WeightScheme:
    """One of the gains of `torch.nn.init.calculate_gain`, over the square root of the fan-in."""
    title = f"torch gain {name.replace('-', '_')}"
    variance, reference = _fan_in(gain2), "torch.nn.init.calculate_gain"
    return WeightScheme(id=f"gain-{name}", title=title, variance=variance, reference=reference, note=note)


_LEAK = Fraction(1, 100)
"""Default negative slope of PyTorch's `leaky_relu`."""

SCHEMES: Mapping[str, WeightScheme] = MappingProxyType(
    {
        scheme.id: scheme
        for scheme in (
            WeightScheme(id="recommended", title="recommended", theory="recommended", reference="poole2016"),
            WeightScheme(id="kumar", title="linear (Kumar)", theory="linear", reference="kumar2017"),
            WeightScheme(id="he", title="He", variance=_fan_in(Fraction(2)), reference="he2015"),
            WeightScheme(id="glorot", title="Glorot", variance=_fan_average(2), reference="glorot2010"),
            WeightScheme(id="lecun", title="LeCun", variance=_fan_in(Fraction(1)), reference="lecun1998"),
            WeightScheme(
                id="pytorch",
                title="PyTorch's default",  # kaiming_uniform with a = sqrt 5
                variance=_fan_in(Fraction(1, 3)),
                reference="torch.nn.Linear",
                note="its biases have the variance 1/(3N) too, which is 0 for wide layers",
            ),
            WeightScheme(
                id="keras",
                title="Keras's default",  # Glorot, uniform
                variance=_fan_average(2),
                reference="keras.layers.Dense",
            ),
            WeightScheme(id="djinn", title="DJINN", variance=_fan_average(3), reference="humbird2019"),
            _gain("linear", Fraction(1)),  # also for convolutions and sigmoid
            _gain("tanh", Fraction(5, 3) ** 2, note="5/3 is chosen by experience, not for a fixed point"),
            _gain("relu", Fraction(2)),
            _gain("leaky-relu", 2 / (1 + _LEAK**2)),
            _gain("selu", Fraction(3, 4) ** 2, note="3/4 gives up self-normalization, which needs 1"),
        )
    }
)
"""Every scheme by its id, in the order of the table."""
