"""From a model to its network: a graph of torch.fx, read operation by operation."""

import copy
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, final

import torch
from sympy import Expr, Mul, Symbol
from torch import fx, nn
from torch.nn.utils import parametrize

from symbolic_init.errors import SymbolicInitError, UnsupportedError
from symbolic_init.notation import x
from symbolic_init.torch.graphs import LAYERS, is_elementwise
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
_NORMALIZING = _words("layer_norm rms_norm group_norm batch_norm instance_norm")
_NUMBERS = _words("size dim numel ndimension")
_MOST_SIGNALS = 3
"""Signals that one activation may depend on: its mean is a sum of products, which grows with every gate."""
_VIEWS = _words("values data T mT real")
"""Attributes of a tensor, or of what `max` returns, that are signals."""
_SCALED_BY = _words("mul multiply prelu")
"""Operations with a factor that may have entries of its own; E[x^2] needs its mean square."""


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
    return Network(
        cells=tuple(reading.by_symbol.values()),
        outputs=outputs,
        notes=(*notes, *dict.fromkeys(reading.notes)),
    )


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
        self.by_symbol: dict[Symbol, Cell] = {}
        self.notes: list[str] = []
        self.copies: dict[tuple[Symbol, str], Symbol] = {}

    def read(self, node: fx.Node) -> None:
        """Read one node."""
        match node.op:
            case "placeholder":
                is_switch = bool(node.args) and isinstance(node.args[0], int | float | str | None)
                self.values[node] = node.args[0] if is_switch else self.new("input", str(node.target))
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
        symbol = Symbol(f"s{len(self.by_symbol):06d}", real=True)
        self.by_symbol[symbol] = Cell(symbol=symbol, kind=kind, name=name, inputs=inputs, **more)
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
        if not inputs and isinstance(module, LAYERS):
            inputs = (self._number(node),)
        if inputs:
            for kinds, read in _MODULES:
                if isinstance(module, kinds):
                    return read(self, name, module, inputs[0], node)
            if any(word in type(module).__name__ for word in _POOLS):
                return self.pooled(inputs[0], f"{name} ({type(module).__name__})")
            if not type(module).__module__.startswith("torch.nn.") or is_elementwise(module):
                return self._activation(name, module, inputs[0])
        return self._opaque(name, module, inputs)

    def _number(self, node: fx.Node) -> Signal:
        """A number that a layer takes; of one that is 0 or unknown E[x^2] is taken for 1."""
        given = self.values.get(node.args[0]) if node.args else None
        size = float(given) if isinstance(given, int | float) else 0.0
        return self.new("constant", node.name, note=repr(size**2 or 1.0))

    def layer(self, name: str, module: Any, source: Signal, node: fx.Node) -> Signal:
        """A linear layer or a convolution."""
        fault = _fault(module, self.model)
        if fault:
            return self._opaque(name, fault, (source,))
        return self.new("layer", name, source, module=module, places=self._places(node.args[0], module))

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
        return self.new("opaque", name, *inputs)

    def pooled(self, source: Signal, what: str) -> Signal:
        """What depends on correlations in space."""
        self.notes.append(f"{what}: taken to keep E[x^2]; what it does depends on correlations in space.")
        return source

    def _parts(self, source: Signal, key: str) -> Signal:
        """One part of the outputs that a signal is made of: independent of the other parts."""
        new = {}
        for symbol in source.symbols:
            if (symbol, key) not in self.copies:
                part = self.new("copy", self.by_symbol[symbol].name, Signal(value=symbol))
                self.copies[symbol, key] = part.symbols[0]
            new[symbol] = self.copies[symbol, key]
        return Signal(value=source.value.xreplace(new), power=source.power)

    def glu(self, source: Signal) -> Signal:
        """The product of one half of the outputs and the sigmoid of the other."""
        content, gate = (self._parts(source, f"half {k}") for k in (0, 1))
        return Signal(value=content.value * unit("sigmoid", gate.value), power=source.power)

    def _operation(self, node: fx.Node) -> Any:
        name, inputs = getattr(node.target, "__name__", str(node.target)), self._inputs(node)
        if name in _NUMBERS or name.startswith("_assert"):
            return 1  # a size or a check: no signal
        if name == "getattr" and inputs:
            return inputs[0] if node.args[1] in _VIEWS else 1
        if not inputs:
            return self._constant(node)
        read = _OPERATIONS.get(name)
        return self._expression(node, name, inputs) if read is None else read(self, node, inputs)

    def _constant(self, node: fx.Node) -> Any:
        try:
            return node.target(*node.args, **node.kwargs) if callable(node.target) else 1
        except Exception:  # noqa: BLE001  # a number that is made of sizes: no signal
            return 1

    def item(self, node: fx.Node, _: tuple[Signal, ...]) -> Any:
        """What is taken out of several signals, or a slice of one."""
        owner, index = self.values[node.args[0]], node.args[1]
        if isinstance(owner, _Parts):
            return self._parts(owner.source, f"{owner.key} {index}")
        if isinstance(owner, tuple | list | dict):
            return owner[index]
        is_slice = isinstance(index, slice | tuple)
        return self._parts(owner, repr(index)) if is_slice and isinstance(owner, Signal) else owner

    def dropout(self, node: fx.Node, inputs: tuple[Signal, ...]) -> Signal:
        """`F.dropout`: what is kept is scaled up."""
        rate = node.kwargs.get("p", node.args[1] if len(node.args) > 1 else 0.5)
        return thinned(inputs[0], rate if isinstance(rate, int | float) else 0.0)

    def joined(self, _: fx.Node, inputs: tuple[Signal, ...]) -> Signal:
        """Signals side by side."""
        self.notes.append("concatenated signals are taken for equally wide ones.")
        return self.new("sum", "cat", *inputs, note="cat") if len(set(inputs)) > 1 else inputs[0]

    def random_slope(self, node: fx.Node, inputs: tuple[Signal, ...]) -> Signal:
        """`F.rrelu` in training: a leaky rectifier with the root mean square of its slopes."""
        low, high = (
            node.kwargs.get(key, node.args[k] if len(node.args) > k else default)
            for k, key, default in ((1, "lower", 1 / 8), (2, "upper", 1 / 3))
        )
        slope = math.sqrt((low**2 + low * high + high**2) / 3)
        return self._elementwise(inputs, lambda u: unit("leaky_relu", u, a=slope))

    def _expression(self, node: fx.Node, name: str, inputs: tuple[Signal, ...]) -> Any:
        """An elementwise operation, or a residual sum."""
        if operation_name(node.target) == "add" and _is_sum(inputs):
            return self.new("sum", node.name, *inputs)
        sized = tuple(map(self._size, inputs)) if operation_name(node.target) in _SCALED_BY else inputs
        try:
            return self._elementwise(sized, lambda *values: self._built(node, inputs, values))
        except SymbolicInitError:
            return self._opaque(node.name, name, inputs)

    def _size(self, signal: Signal) -> Signal:
        """A factor with entries of its own as one number: its root mean square."""
        cell = self.by_symbol[signal.symbols[0]] if signal.is_linear else None
        if cell is None or cell.kind != "constant":
            return signal
        return Signal(value=signal.value.xreplace({cell.symbol: exact(math.sqrt(float(cell.note)))}))

    def _built(self, node: fx.Node, inputs: tuple[Signal, ...], values: tuple[Expr, ...]) -> Any:
        """The expression of a node, given those of its signals."""
        of = dict(zip(inputs, values, strict=True))
        plain = {n: _replaced(self.values[n], of) for n in node.all_input_nodes}
        return apply(node, plain)

    def _elementwise(self, inputs: Any, build: Callable[..., Any]) -> Signal:
        """A function of signals; before it, what dropout thinned out or has many is taken for normal."""
        value = build(*(s.value for s in inputs))
        if len(value.free_symbols) > _MOST_SIGNALS:
            inputs = [self.new("sum", "mixed", s) if len(s.symbols) > 1 else s for s in inputs]
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


def _fault(layer: nn.Module, model: nn.Module) -> str:
    """Why the weight of a layer cannot be set, or the empty string."""
    own = dict(layer.named_parameters(recurse=False)).get("weight")
    if parametrize.is_parametrized(layer, "weight"):
        return "" if _takes_values(layer) else "its weight is not free: a parametrization changes it"
    if own is None:
        return "its weight is made by a hook"
    owners = (
        name
        for name, module in model.named_modules()
        if not isinstance(module, LAYERS) and any(p is own for p in module.parameters(recurse=False))
    )
    other = next(owners, None)
    return "" if other is None else f"its weight is that of {other} too, and is left as it is"


def _takes_values(layer: Any) -> bool:
    """Whether a parametrized weight becomes what it is set to."""
    trial = copy.deepcopy(layer)
    values = torch.randn(trial.weight.shape, generator=torch.Generator().manual_seed(0)).to(trial.weight)
    try:
        trial.weight = values
    except (NotImplementedError, RuntimeError, ValueError):
        return False
    with torch.no_grad():
        return bool(torch.allclose(trial.weight, values, rtol=1e-3, atol=1e-3))


def _replaced(value: Any, of: Mapping[Signal, Expr]) -> Any:
    if isinstance(value, Signal):
        return of[value]
    return type(value)(_replaced(v, of) for v in value) if isinstance(value, tuple | list) else value


def _is_sum(inputs: tuple[Signal, ...]) -> bool:
    """Whether signals that are added have no cell in common: a residual sum, not a part of an activation."""
    return len(inputs) == 2 and not set(inputs[0].symbols) & set(inputs[1].symbols)


def thinned(source: Signal, rate: float) -> Signal:
    """A signal behind dropout, in training."""
    return Signal(value=source.value, power=source.power / (1 - rate) if rate < 1 else 0.0)


def _embedding(reading: _Reading, name: str, module: Any, _: Signal, __: fx.Node) -> Signal:
    return reading.new("constant", name, note=repr(float(module.weight.detach().double().square().mean())))


ModuleReader = Callable[[_Reading, str, Any, Signal, fx.Node], Signal]

_MODULES: tuple[tuple[tuple[type, ...], ModuleReader], ...] = (
    (LAYERS, _Reading.layer),
    (_NORMS, lambda reading, name, module, source, _: reading.new("norm", name, source, module=module)),
    (_DROPOUTS, lambda _, __, module, source, ___: thinned(source, module.p)),
    (_SAME, lambda _, __, ___, source, ____: source),
    ((nn.GLU,), lambda reading, _, __, source, ___: reading.glu(source)),
    ((nn.Embedding, nn.EmbeddingBag), _embedding),
)
"""What modules make of a signal; the first row that holds counts."""

OperationReader = Callable[[_Reading, fx.Node, tuple[Signal, ...]], Any]

_OPERATIONS: Mapping[str, OperationReader] = MappingProxyType(
    {
        **dict.fromkeys(_SHAPES, lambda _, __, inputs: inputs[0]),
        **dict.fromkeys(_POOLING, lambda reading, node, inputs: reading.pooled(inputs[0], node.name)),
        **dict.fromkeys(_PARTS, lambda _, node, inputs: _Parts(source=inputs[0], key=node.name)),
        **dict.fromkeys(_DROPPING, _Reading.dropout),
        **dict.fromkeys(_JOINING, _Reading.joined),
        **dict.fromkeys(
            _NORMALIZING, lambda reading, node, inputs: reading.new("norm", node.name, inputs[0])
        ),
        "getitem": _Reading.item,
        "glu": lambda reading, _, inputs: reading.glu(inputs[0]),
        "rrelu": _Reading.random_slope,
    }
)
"""What operations make of signals that are no expressions of them, by name."""
