"""The graph of a model: what calls what."""

import inspect
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import torch
from torch import fx, nn

__all__ = ["LAYERS", "is_elementwise", "traced", "unwrapped"]

LAYERS = (nn.Linear, nn.modules.conv._ConvNd)  # noqa: SLF001  # the base of all convolutions
"""Modules whose weights are set."""

_VECTOR = (nn.Softmax, nn.LogSoftmax, nn.Softmin, nn.Softmax2d, nn.MultiheadAttention)
"""Activations that are not elementwise."""
_CONTAINERS = (nn.Sequential, nn.ModuleList, nn.ModuleDict)
_WRAPPERS: Mapping[str, str] = MappingProxyType(
    {"OptimizedModule": "_orig_mod", "DataParallel": "module", "DistributedDataParallel": "module"}
)
"""Modules that run another one, by the name of their class, and where that is."""


def is_elementwise(module: nn.Module) -> bool:
    """Return whether a module is one of PyTorch's elementwise activations."""
    return module.__module__ == "torch.nn.modules.activation" and not isinstance(module, _VECTOR)


def unwrapped(model: nn.Module) -> nn.Module:
    """Return the user's model inside of `torch.compile` or a parallel wrapper; a lone layer as a model."""
    while type(model).__name__ in _WRAPPERS:
        model = getattr(model, _WRAPPERS[type(model).__name__])
    return nn.Sequential(model) if _is_known(model) else model


class _ModelTracer(fx.Tracer):  # type: ignore[misc]  # torch is not type-checked here
    """A tracer that looks into activations and the user's modules, and stops at layers and their like."""

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        if isinstance(m, LAYERS):
            return True  # also a subclass of the user's
        return not is_elementwise(m) and bool(super().is_leaf_module(m, module_qualified_name))


def traced(model: nn.Module, examples: Sequence[Any] = ()) -> tuple[fx.Graph, tuple[str, ...]]:
    """Return the graph of a model, and what is to be said of it.

    Where torch.fx cannot follow the model, the graph is its modules in the order in which they are called
    with the examples, or else in which they are defined.

    Args:
        model: The model.
        examples: What it takes.
    """
    try:
        return _ModelTracer().trace(model, _switches(model, len(examples))), ()
    except Exception as err:  # noqa: BLE001  # the user's code runs on symbols here: anything may happen
        reason = str(err).splitlines()[0] if str(err) else type(err).__name__
    names, order = _called(model, examples), "in which they are called"
    if not names:
        names, order = tuple(name for name, _ in _ends(model)), "of definition"
    graph = fx.Graph()
    last = graph.placeholder("input")
    for name in names:
        last = graph.call_module(name, (last,))
    graph.output(last)
    note = f"torch.fx cannot follow the model ({reason}): its modules are taken in the order {order}."
    return graph, (note,)


def _switches(model: nn.Module, given: int) -> dict[str, Any]:
    """Arguments beyond those given that a model takes decisions by, with their defaults."""
    parameters = tuple(inspect.signature(model.forward).parameters.values())[given:]
    return {p.name: p.default for p in parameters if p.default is None or isinstance(p.default, bool | str)}


def _called(model: nn.Module, examples: Sequence[Any]) -> tuple[str, ...]:
    """Names of the modules that are taken whole in the order of their calls; none where the model fails."""
    names: list[str] = []
    hooks = [
        module.register_forward_pre_hook(lambda *_, name=name: names.append(name))
        for name, module in _ends(model)
    ]
    modes = [(m, m.training) for m in model.modules()]
    try:
        model.train(mode=False)
        with torch.no_grad():
            model(*examples)
    except Exception:  # noqa: BLE001  # without its inputs it cannot run
        return ()
    finally:
        for hook in hooks:
            hook.remove()
        for module, mode in modes:
            module.training = mode
    return tuple(names)


def _ends(module: nn.Module, name: str = "") -> Iterator[tuple[str, nn.Module]]:
    """The modules that are taken whole, with their names."""
    children = dict(module.named_children())
    if _is_known(module) or (name and not children):
        yield name, module
        return
    for child, inner in children.items():
        yield from _ends(inner, f"{name}.{child}" if name else child)


def _is_known(module: nn.Module) -> bool:
    """Whether a module is PyTorch's own, and more than a container."""
    is_own = type(module).__module__.startswith("torch.nn.") or isinstance(module, LAYERS)
    return is_own and not isinstance(module, _CONTAINERS)
