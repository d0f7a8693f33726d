"""Initialize a whole model of PyTorch."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import fx, nn
from torch.nn.utils import parametrize

from symbolic_init.errors import AssumptionError, UnsupportedError
from symbolic_init.torch.graphs import LAYERS, traced, unwrapped
from symbolic_init.torch.plan import Choice, Plan, plan
from symbolic_init.torch.reader import read_graph
from symbolic_init.torch.weights import draw

__all__ = ["initialize"]


def initialize(
    model: nn.Module,
    example_input: torch.Tensor | Sequence[torch.Tensor] | None = None,
    dry_run: bool = False,  # noqa: FBT001, FBT002  # one of three arguments, often given by position
    *,
    distribution: str = "normal",
    generator: torch.Generator | None = None,
    verbose: bool = True,
) -> Plan:
    """Set the weights and biases of every linear layer and convolution of a model; print what was chosen.

    The model is followed with torch.fx from the inputs on. Each layer gets what `derive` recommends for the
    activations that it stands between: weights for the one that feeds it, the variance of the biases and of
    the outputs for the one that it feeds. Gated units, dropout, normalizations, residual branches (together
    they add as much as the stream holds) and borders of images count. What is not covered, such as
    attention, is named and left as it is.

    Args:
        model: The model, with its parameters on a device.
        example_input: What it takes, a tensor or several: tells `E[x^2]` of the data (else 1) and the size
            of images (else borders do not count).
        dry_run: Whether to choose only, and set nothing.
        distribution: As for `init_`.
        generator: Source of the draws: the same one gives the same weights.
        verbose: Whether to print the table.

    Returns:
        What was chosen, with the variance of each layer's outputs that is to be expected.

    Raises:
        SymbolicInitError: If nothing in the model can be initialized.

    Examples:
        >>> layers = nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 10)
        >>> chosen = initialize(nn.Sequential(*layers))
        layer                fed by        feeds         N Var(w) Var(b)   q        why
        0                    input         relu          2        0        2        [1]
        2                    relu          relu          2        0        2        [2]
        4                    relu          output        1        0        1        [3]
        [1] starts at q = 2
        [2] recommended
        [3] outputs of variance 1
        >>> chosen.choices[1].weight_variance == 2 / 256
        True
    """
    if isinstance(model, torch.jit.ScriptModule):
        msg = "a scripted model cannot be followed: initialize it before torch.jit.script"
        raise AssumptionError(msg)
    model = unwrapped(model)
    modules = dict(model.named_modules())
    if any(isinstance(p, nn.parameter.UninitializedTensorMixin) for p in model.parameters()):
        msg = "the model has lazy modules without shapes: run it once on an example before"
        raise AssumptionError(msg)
    if not any(isinstance(m, LAYERS) for m in modules.values()):
        msg = f"{type(model).__name__} has no linear layer or convolution to initialize"
        raise AssumptionError(msg)
    examples = (example_input,) if isinstance(example_input, torch.Tensor) else tuple(example_input or ())
    graph, notes = traced(model, examples)
    network = read_graph(graph, model, _shapes(model, graph, examples), notes)
    chosen = plan(network, _second_moments(graph, examples))
    if not chosen.choices:
        msg = f"nothing of the model can be initialized: {' '.join(chosen.notes)}"
        raise UnsupportedError(msg)
    if not dry_run:
        for choice in chosen.choices:
            _set(modules[choice.name], choice, distribution, generator)
    if verbose:
        print(chosen)  # noqa: T201  # what it is for
    return chosen


def _set(module: Any, choice: Choice, distribution: str, generator: torch.Generator | None) -> None:
    """Draw the weight and the bias of one layer, also where they are parametrized."""
    name = "uniform" if distribution == "uniform" else "normal"
    drawn = (
        ("weight", choice.weight_variance, distribution, choice.fans),
        ("bias", choice.bias_variance, name, None),
    )
    for parameter, variance, shape, fans in drawn:
        if getattr(module, parameter) is None:
            continue
        if not parametrize.is_parametrized(module, parameter):
            draw(getattr(module, parameter), variance, shape, fans, generator)
            continue
        values = torch.empty_like(getattr(module, parameter), requires_grad=False)
        draw(values, variance, shape, fans, generator)
        try:
            setattr(module, parameter, values)  # which the parametrization takes apart
        except NotImplementedError as err:
            msg = f"{choice.name}: the parametrization of its {parameter} cannot be set to given values"
            raise UnsupportedError(msg) from err


def _second_moments(graph: fx.Graph, examples: Sequence[torch.Tensor]) -> Mapping[str, float]:
    """`E[x^2]` of the inputs, by the names of the arguments."""
    names = [str(n.target) for n in graph.nodes if n.op == "placeholder"]
    return {
        name: float(example.detach().double().square().mean())
        for name, example in zip(names, examples, strict=False)
        if example.dtype.is_floating_point
    }


class _Shapes(fx.Interpreter):  # type: ignore[misc]  # torch is not type-checked here
    """Runs a graph and keeps the shapes of its tensors."""

    def __init__(self, model: nn.Module, graph: fx.Graph) -> None:
        super().__init__(fx.GraphModule(model, graph))
        self.found: dict[str, tuple[int, ...]] = {}

    def run_node(self, n: fx.Node) -> Any:
        result = super().run_node(n)
        if isinstance(result, torch.Tensor):
            self.found[n.name] = tuple(result.shape)
        return result


def _shapes(
    model: nn.Module, graph: fx.Graph, examples: Sequence[torch.Tensor]
) -> Mapping[str, tuple[int, ...]]:
    """Shapes of all signals, from one run in the state after training; nothing of the model is changed."""
    if not examples:
        return {}
    modes = [(m, m.training) for m in model.modules()]
    run = _Shapes(model, graph)
    try:
        model.train(mode=False)
        with torch.no_grad():
            run.run(*examples)
    except Exception:  # noqa: BLE001, S110  # the modules in their order need not fit together
        pass
    finally:
        for module, mode in modes:
            module.training = mode
    return run.found
