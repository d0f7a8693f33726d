"""From a model to its network: a graph of torch.fx, read operation by operation."""

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, final

import torch
from sympy import Expr, Mul, Symbol
from torch import fx, nn
from torch.nn.utils import parametrize

from symbolic_init.errors import SymbolicInitError, UnsupportedError
from symbolic_init.notation import x
from symbolic_init.torch.graphs import LAYERS, VECTOR
from symbolic_init.torch.network import Cell, Kind, Network, Signal
from symbolic_init.torch.operations import operation_name
from symbolic_init.torch.tracing import apply, trace, uniform
from symbolic_init.tracing import exact, unit

__all__ = ["read_graph"]

_NORMS = (
    nn.modules.batchnorm._NormBase,  # noqa: SLF001  # the base of batch and instance norms
    nn.LayerNorm,
    nn.GroupNorm,
    nn.RMSNorm,
)
_DROPOUTS = (nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d)
_SAME = (nn.Identity, nn.Flatten, nn.Unflatten, nn.AlphaDropout, nn.FeatureAlphaDropout)
_POOLS = ("Pool", "Pad", "Upsample", "PixelShuffle", "Unshuffle", "Fold")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SHAPES = _words(
    "flatten view reshape permute transpose contiguous squeeze unsqueeze expand repeat movedim swapaxes t mT "
    "unflatten narrow select roll flip view_as expand_as reshape_as alpha_dropout feature_alpha_dropout"
)
"""Operations that move entries about."""
_POOLING = _words("mean amax pad interpolate pixel_shuffle pixel_unshuffle upsample") | {
    f"{kind}{axes}d"
    for kind in ("avg_pool", "max_pool", "adaptive_avg_pool", "adaptive_max_pool", "lp_pool")
    for axes in (1, 2, 3)
}
_PARTS = _words("chunk split tensor_split unbind")
_DROPPING = _words("dropout dropout1d dropout2d dropout3d")
_JOINING = _words("cat concat stack hstack vstack")
_NUMBERS = _words("size dim numel ndimension")


def read_graph(
    graph: fx.Graph,
    model: nn.Module,
    shapes: Mapping[str, tuple[int, ...]],
    notes: tuple[str, ...] = (),
) -> Network:
    """Return the network of a graph.

    Args:
        graph: The graph.
        model: The model that it belongs to.
        shapes: Shape of the output of each node, by the name of the node, as far as known.
        notes: What is to be said of the whole.
    """
    reading = _Reading(model, shapes)
    for node in graph.nodes:
        reading.read(node)
    outputs = tuple(s for s in _flat(reading.values[node]) if isinstance(s, Signal))
    return Network(cells=tuple(reading.cells), outputs=outputs, notes=(*notes, *dict.fromkeys(reading.notes)))


def _flat(value: Any) -> tuple[Any, ...]:
    """Everything inside of tuples, lists and dictionaries."""
    if isinstance(value, Mapping):
        value = tuple(value.values())
    return tuple(v for part in value for v in _flat(part)) if isinstance(value, tuple | list) else (value,)


@final
@dataclass(frozen=True, slots=True)
class _Parts:
    """What `chunk` and `split` return: parts that are told apart when they are taken out."""

    source: Signal
    key: str


class _Reading:
    """What has been read so far: a signal for each node, and the cells."""

    def __init__(self, model: nn.Module, shapes: Mapping[str, tuple[int, ...]]) -> None:
        self.model = model
        self.shapes = shapes
        self.values: dict[fx.Node, Any] = {}
        self.cells: list[Cell] = []
        self.notes: list[str] = []
        self.copies: dict[tuple[Symbol, str], Symbol] = {}

    def read(self, node: fx.Node) -> None:
        """Read one node."""
        match node.op:
            case "placeholder":
                is_number = bool(node.args) and isinstance(node.args[0], int | float)
                self.values[node] = node.args[0] if is_number else self.new("input", str(node.target))
            case "get_attr":
                self.values[node] = self._attribute(str(node.target))
            case "output":
                self.values[node] = fx.node.map_arg(node.args[0], self.values.__getitem__)
            case "call_module":
                self.values[node] = self._module(node, self.model.get_submodule(str(node.target)))
            case _:
                self.values[node] = self._operation(node)

    def new(self, kind: Kind, name: str, *inputs: Signal, **more: Any) -> Signal:
        """A new cell's output."""
        symbol = Symbol(f"s{len(self.cells):06d}", real=True)
        self.cells.append(Cell(symbol=symbol, kind=kind, name=name, inputs=inputs, **more))
        return Signal(value=symbol)

    def _attribute(self, name: str) -> Any:
        found: Any = self.model
        for part in name.split("."):
            found = getattr(found, part)
        if not isinstance(found, torch.Tensor):
            return found
        try:
            return uniform(found)
        except UnsupportedError:
            square = float(found.detach().double().square().mean())
            return self.new("constant", name, note=repr(square))

    def _inputs(self, node: fx.Node) -> tuple[Signal, ...]:
        arguments = fx.node.map_arg((node.args, node.kwargs), self.values.__getitem__)
        found = (s.source if isinstance(s, _Parts) else s for s in _flat(arguments))
        return tuple(s for s in found if isinstance(s, Signal))

    def _module(self, node: fx.Node, module: nn.Module) -> Signal:
        name, inputs = str(node.target), self._inputs(node)
        if not inputs:
            return self._opaque(name, module, inputs)
        source = inputs[0]
        if isinstance(module, LAYERS) and not _is_own(module, "weight"):
            return self._opaque(name, "its weight is made by a hook", inputs)
        if isinstance(module, LAYERS):
            places = self._places(node.args[0], module)
            return self.new("layer", name, source, module=module, places=places)
        if isinstance(module, _NORMS):
            return self.new("norm", name, source, module=module)
        if isinstance(module, _DROPOUTS):
            return Signal(value=source.value, power=source.power / (1 - module.p) if module.p < 1 else 0.0)
        if isinstance(module, _SAME):
            return source
        if isinstance(module, nn.GLU):
            return self._glu(source)
        if any(word in type(module).__name__ for word in _POOLS):
            return self._pooled(source, f"{name} ({type(module).__name__})")
        if isinstance(module, nn.Embedding | nn.EmbeddingBag):
            square = float(module.weight.detach().double().square().mean())
            return self.new("constant", name, note=repr(square))
        is_own = not type(module).__module__.startswith("torch.nn.")
        if is_own or (module.__module__ == "torch.nn.modules.activation" and not isinstance(module, VECTOR)):
            return self._activation(name, module, source)
        return self._opaque(name, module, inputs)

    def _activation(self, name: str, module: nn.Module, source: Signal) -> Signal:
        """A module that is an elementwise function, if it is one."""
        try:
            value = trace(module)
        except SymbolicInitError:
            return self._opaque(name, module, (source,))
        return self._elementwise((source,), lambda u: value.xreplace({x: u}))

    def _places(self, node: Any, module: nn.Module) -> tuple[int, ...]:
        """Size in space of the input of a convolution."""
        shape = self.shapes.get(getattr(node, "name", ""), ())
        axes = len(getattr(module, "kernel_size", ()))
        return tuple(shape[-axes:]) if axes and len(shape) > axes else ()

    def _opaque(self, name: str, what: Any, inputs: tuple[Signal, ...]) -> Signal:
        title = type(what).__name__ if isinstance(what, nn.Module) else str(what)
        self.notes.append(f"not covered: {name} ({title}); its output is taken for as large as its input.")
        return self.new("opaque", name, *inputs[:1])

    def _pooled(self, source: Signal, what: str) -> Signal:
        self.notes.append(f"{what}: taken to keep E[x^2]; what it does depends on correlations in space.")
        return source

    def _parts(self, source: Signal, key: str) -> Signal:
        """One part of the outputs that a signal is made of: independent of the other parts."""
        new = {}
        for symbol in source.symbols:
            if (symbol, key) not in self.copies:
                part = self.new("copy", self._cell(symbol).name, Signal(value=symbol))
                self.copies[symbol, key] = part.symbols[0]
            new[symbol] = self.copies[symbol, key]
        return Signal(value=source.value.xreplace(new), power=source.power)

    def _cell(self, symbol: Symbol) -> Cell:
        return next(c for c in self.cells if c.symbol == symbol)

    def _glu(self, source: Signal) -> Signal:
        content, gate = (self._parts(source, f"half {k}") for k in (0, 1))
        return Signal(value=content.value * unit("sigmoid", gate.value), power=source.power)

    def _operation(self, node: fx.Node) -> Any:
        name, inputs = getattr(node.target, "__name__", str(node.target)), self._inputs(node)
        if name in _NUMBERS or (name == "getattr" and inputs):
            return 1  # a size: no signal
        if not inputs:
            return self._constant(node)
        if node.target is operator.getitem:
            return self._item(node)
        if name in _PARTS:
            return _Parts(source=inputs[0], key=node.name)
        if name == "glu":
            return self._glu(inputs[0])
        if name in _SHAPES:
            return inputs[0]
        if name in _POOLING:
            return self._pooled(inputs[0], name)
        if name in _DROPPING:
            return self._dropout(node, inputs[0])
        if name in _JOINING:
            return self._concatenated(inputs)
        return self._expression(node, name, inputs)

    def _constant(self, node: fx.Node) -> Any:
        try:
            return node.target(*node.args, **node.kwargs) if callable(node.target) else 1
        except Exception:  # noqa: BLE001  # a number that is made of sizes: no signal
            return 1

    def _item(self, node: fx.Node) -> Any:
        owner, index = self.values[node.args[0]], node.args[1]
        if isinstance(owner, _Parts):
            return self._parts(owner.source, f"{owner.key} {index}")
        if isinstance(owner, tuple | list | dict):
            return owner[index]
        is_slice = isinstance(index, slice | tuple)
        return self._parts(owner, repr(index)) if is_slice and isinstance(owner, Signal) else owner

    def _dropout(self, node: fx.Node, source: Signal) -> Signal:
        rate = node.kwargs.get("p", node.args[1] if len(node.args) > 1 else 0.5)
        is_number = isinstance(rate, int | float) and rate < 1
        return Signal(value=source.value, power=source.power / (1 - rate) if is_number else source.power)

    def _concatenated(self, inputs: tuple[Signal, ...]) -> Signal:
        self.notes.append("concatenated signals are taken for equally wide ones.")
        return self.new("sum", "cat", *inputs, note="cat") if len(set(inputs)) > 1 else inputs[0]

    def _expression(self, node: fx.Node, name: str, inputs: tuple[Signal, ...]) -> Any:
        """An elementwise operation, or a residual sum."""
        if operation_name(node.target) == "add" and _is_sum(inputs):
            return self.new("sum", node.name, *inputs)
        is_product = operation_name(node.target) in ("mul", "multiply")
        sized = tuple(map(self._size, inputs)) if is_product else inputs
        try:
            return self._elementwise(sized, lambda *values: self._built(node, inputs, values))
        except SymbolicInitError:
            return self._opaque(node.name, name, inputs)

    def _size(self, signal: Signal) -> Signal:
        """A factor with entries of its own as one number: its root mean square."""
        cell = self._cell(signal.symbols[0]) if signal.is_linear else None
        if cell is None or cell.kind != "constant":
            return signal
        return Signal(value=signal.value.xreplace({cell.symbol: exact(math.sqrt(float(cell.note)))}))

    def _built(self, node: fx.Node, inputs: tuple[Signal, ...], values: tuple[Expr, ...]) -> Any:
        """The expression of a node, given those of its signals."""
        of = dict(zip(inputs, values, strict=True))
        plain = {n: _replaced(self.values[n], of) for n in node.all_input_nodes}
        return apply(node, plain)

    def _elementwise(self, inputs: Any, build: Callable[..., Any]) -> Signal:
        """A function of signals; what dropout has thinned out is taken for normal before a function of it."""
        value = build(*(s.value for s in inputs))
        powers = [s.power for s in inputs]
        if all(p == 1 for p in powers):
            return Signal(value=value)
        if len(inputs) == 1 and inputs[0].is_linear and Signal(value=value).is_linear:
            return Signal(value=value, power=powers[0])
        if isinstance(value, Mul) or value.is_Pow:
            factor = 1.0
            for p in powers:
                factor *= p
            return Signal(value=value, power=factor)
        plain = [self.new("sum", "dropout", s) if s.power != 1 else s for s in inputs]
        return Signal(value=build(*(s.value for s in plain)))


def _is_own(module: nn.Module, name: str) -> bool:
    """Whether a parameter can be set: it is the module's, or has a parametrization."""
    return name in dict(module.named_parameters(recurse=False)) or parametrize.is_parametrized(module, name)


def _replaced(value: Any, of: Mapping[Signal, Expr]) -> Any:
    if isinstance(value, Signal):
        return of[value]
    return type(value)(_replaced(v, of) for v in value) if isinstance(value, tuple | list) else value


def _is_sum(inputs: tuple[Signal, ...]) -> bool:
    """Whether signals that are added have no cell in common: a residual sum, not a part of an activation."""
    return len(inputs) == 2 and not set(inputs[0].symbols) & set(inputs[1].symbols)
