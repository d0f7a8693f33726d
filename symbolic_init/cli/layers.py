"""Options that describe a layer, and what to draw its weights with."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from symbolic_init.cli.arguments import optional_positive
from symbolic_init.cli.options import CUT, drawn, together
from symbolic_init.layers.distributions import DISTRIBUTIONS, Distribution
from symbolic_init.layers.fans import MODES, Fans, dense, weight_variance

if TYPE_CHECKING:
    from symbolic_init.derivation import Derivation
    from symbolic_init.evidence import Value

__all__ = ["LayerChoice", "layer_lines", "layer_options"]


class LayerChoice(NamedTuple):
    """A layer, and how its weights are to be drawn.

    Attributes:
        fan_in: Number of weights that an output sums over.
        fan_out: Number of weights that an input meets, or `None` where it was not given.
        mode: What to keep, a name in `fans.MODES`.
        keep: Part of the inputs that dropout keeps.
        distribution: What to draw from.
    """

    fan_in: int
    fan_out: int | None
    mode: str
    keep: float
    distribution: Distribution

    @property
    def fans(self) -> Fans | None:
        """Both fans, if both are known."""
        return None if self.fan_out is None else dense(self.fan_in, self.fan_out)


def layer_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options; the command gets `layer`, `None` without a fan-in."""
    options = (
        click.option(
            "--fan-in",
            type=click.IntRange(1),
            metavar="N",
            help="Also print what to draw weights with for this fan-in.",
        ),
        click.option(
            "--fan-out", type=click.IntRange(1), metavar="N", help="With --fan-in: the fan-out of the layer."
        ),
        click.option(
            "--mode",
            type=click.Choice(tuple(MODES)),
            help="With --fan-in: keep the signal (fan_in), the gradient (fan_out), or both as can be.  "
            "[default: fan_in]",
        ),
        click.option(
            "--distribution",
            "drawn_from",
            type=click.Choice(tuple(DISTRIBUTIONS)),
            help="With --fan-in: what to draw from.  [default: normal]",
        ),
        CUT,
        click.option(
            "--keep",
            callback=optional_positive,
            metavar="NUMBER",
            help="With --fan-in: part of the inputs that dropout keeps.  [default: 1]",
        ),
    )

    def gathered(
        *,
        fan_in: int | None,
        fan_out: int | None,
        mode: str | None,
        drawn_from: str | None,
        cut: Fraction | None,
        keep: Fraction | None,
        **rest: Any,
    ) -> None:
        if fan_in is None:
            if any(value is not None for value in (fan_out, mode, drawn_from, cut, keep)):
                msg = "--fan-out, --mode, --distribution, --cut and --keep go with --fan-in"
                raise click.UsageError(msg)
            command(layer=None, **rest)
            return
        if mode not in (None, "fan_in") and fan_out is None:
            msg = f"--mode {mode} needs --fan-out"
            raise click.UsageError(msg)
        if keep is not None and keep > 1:
            msg = f"--keep {float(keep):g}: it is a part, at most 1"
            raise click.UsageError(msg)
        source = drawn(drawn_from or "normal", cut)
        layer = LayerChoice(fan_in, fan_out, mode or "fan_in", float(keep or 1), source)
        command(layer=layer, **rest)

    gathered.__doc__ = command.__doc__
    gathered.__click_params__ = getattr(command, "__click_params__", [])  # type: ignore[attr-defined]  # click's own list
    return together(*options)(gathered)


def layer_lines(d: "Derivation", layer: LayerChoice) -> Iterator[str]:
    """Yield what to draw weights with, by the headline and by what is recommended."""
    chi = d.values.get("chi_1")
    weight = d.std(fan_in=1) ** 2
    yield f"{_drawn(weight, chi, layer)} by theory {d.theory}"
    best = d.recommended
    if best is not None and best.sigma_w2.definition != d.sigma_w2:
        line = _drawn(float(best.sigma_w2), best.chi_1, layer)
        yield f"{line}, std(b) = {float(best.sigma_b2) ** 0.5:.6g} recommended"


def _drawn(sigma_w2: float, growth: "Value | None", layer: LayerChoice) -> str:
    """One line: the layer, the parameter, and the standard deviation where that is another number."""
    fans = layer.fans
    words = [f"fan-in {layer.fan_in}"]
    words += [] if layer.fan_out is None else [f"fan-out {layer.fan_out}"]
    words += [] if layer.mode == "fan_in" else [layer.mode]
    chi = 0.0 if growth is None or growth.is_infinite else float(growth)
    if layer.mode != "fan_in" and not chi:
        return f"{', '.join(words)}: no positive E[g'^2] where the signal settles"
    forward = sigma_w2 * layer.keep
    variance = weight_variance(
        fans or dense(layer.fan_in, 1), forward=forward, backward=forward / (chi or 1), mode=layer.mode
    )
    source = layer.distribution
    found = f"{source.parameter_name}(w) = {source.parameter(variance, fans):.6g}"
    plain = "" if source.id == "normal" else f" ({source.title}; std(w) = {variance**0.5:.6g})"
    return f"{', '.join(words)}: {found}{plain}"
