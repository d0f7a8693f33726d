"""The graph of a model: what calls what."""

from torch import fx, nn

__all__ = ["LAYERS", "is_elementwise", "traced"]

LAYERS = (nn.Linear, nn.modules.conv._ConvNd)  # noqa: SLF001  # the base of all convolutions
"""Modules whose weights are set."""

_VECTOR = (nn.Softmax, nn.LogSoftmax, nn.Softmin, nn.Softmax2d, nn.MultiheadAttention)
"""Activations that are not elementwise."""


def is_elementwise(module: nn.Module) -> bool:
    """Return whether a module is one of PyTorch's elementwise activations."""
    return module.__module__ == "torch.nn.modules.activation" and not isinstance(module, _VECTOR)


class _ModelTracer(fx.Tracer):  # type: ignore[misc]  # torch is not type-checked here
    """A tracer that looks into activations and the user's modules, and stops at layers and their like."""

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        if isinstance(m, LAYERS):
            return True  # also a subclass of the user's
        return not is_elementwise(m) and bool(super().is_leaf_module(m, module_qualified_name))


def traced(model: nn.Module) -> tuple[fx.Graph, tuple[str, ...]]:
    """Return the graph of a model, and what is to be said of it: it may be the modules in their order."""
    try:
        return _ModelTracer().trace(model), ()
    except Exception as err:  # noqa: BLE001  # the user's code runs on symbols here: anything may happen
        reason = str(err).splitlines()[0] if str(err) else type(err).__name__
    graph = fx.Graph()
    last = graph.placeholder("input")
    for name, module in model.named_modules():
        if _is_end(module):
            last = graph.call_module(name, (last,))
    graph.output(last)
    note = f"torch.fx cannot follow the model ({reason}): its modules are taken in the order of definition."
    return graph, (note,)


def _is_end(module: nn.Module) -> bool:
    """Whether a module is taken whole where the modules are taken in their order."""
    is_known = type(module).__module__.startswith("torch.nn") and not isinstance(
        module, nn.Sequential | nn.ModuleList | nn.ModuleDict
    )
    return is_known if list(module.children()) else True
