"""A model as data: its layers, and the signals between them as expressions."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Literal, final

from sympy import Expr, Symbol
from torch import nn

from symbolic_init.activation import Activation
from symbolic_init.notation import x
from symbolic_init.tracing import catalog_name

__all__ = ["Cell", "Kind", "Network", "Signal", "activation_in"]

Kind = Literal["input", "constant", "layer", "norm", "sum", "copy", "opaque"]
"""What makes a new signal.

`input`: the data. `constant`: a parameter with entries of its own. `layer`: a sum over weights, so nearly
normal. `norm`: a normalization. `sum`: a residual sum, or a signal that is taken for normal. `copy`: a part
of the outputs of another cell, independent of its other parts. `opaque`: something that is not followed.
"""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """A signal: a function of the independent normal outputs of cells.

    Attributes:
        value: Expression in the symbols of cells.
        power: Factor on its second moment that dropout adds.
    """

    value: Expr
    power: float = 1.0

    @property
    def symbols(self) -> tuple[Symbol, ...]:
        """The cells that it is a function of, in the order of the network."""
        return tuple(sorted(self.value.free_symbols, key=lambda s: s.name))

    @property
    def is_linear(self) -> bool:
        """Whether it is one cell times a number."""
        return len(self.symbols) == 1 and not (self.value / self.symbols[0]).free_symbols


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cell:
    """One thing that makes a new signal.

    Attributes:
        symbol: Its output.
        kind: What it is.
        name: Its name in the model.
        inputs: What it is made from.
        module: The module, where it is one.
        places: Size of its input along each axis in space, where that is known.
        note: What is to be said of it, or the empty string.
    """

    symbol: Symbol
    kind: Kind
    name: str
    inputs: tuple[Signal, ...] = ()
    module: nn.Module | None = None
    places: tuple[int, ...] = ()
    note: str = ""


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Network:
    """The cells of a model in the order in which they are computed.

    Attributes:
        cells: The cells.
        outputs: What the model returns.
        notes: What is to be said of the whole.
    """

    cells: tuple[Cell, ...]
    outputs: tuple[Signal, ...]
    notes: tuple[str, ...] = ()

    @cached_property
    def by_symbol(self) -> Mapping[Symbol, Cell]:
        """Each cell by its output."""
        return MappingProxyType({c.symbol: c for c in self.cells})

    @cached_property
    def _consumers(self) -> Mapping[Symbol, tuple[tuple[Cell | None, Signal], ...]]:
        found: dict[Symbol, tuple[tuple[Cell | None, Signal], ...]] = {c.symbol: () for c in self.cells}
        for cell in (*self.cells, None):
            for signal in self.outputs if cell is None else cell.inputs:
                for symbol in signal.symbols:
                    found[symbol] = (*found[symbol], (cell, signal))
        return found

    def consumers(self, symbol: Symbol) -> tuple[tuple[Cell | None, Signal], ...]:
        """Cells that take a cell's output or parts of it, with their input; `None` for the model's output."""
        own = self._consumers[symbol]
        found = [
            pair
            for cell, signal in own
            for pair in (
                self.consumers(cell.symbol) if cell is not None and cell.kind == "copy" else ((cell, signal),)
            )
        ]
        return tuple(found)

    def ancestors(self, signal: Signal) -> frozenset[Symbol]:
        """Every cell that a signal depends on."""
        return frozenset().union(*(self._above[s] for s in signal.symbols))

    @cached_property
    def _above(self) -> Mapping[Symbol, frozenset[Symbol]]:
        found: dict[Symbol, frozenset[Symbol]] = {}
        for cell in self.cells:
            inner = (found[s] for signal in cell.inputs for s in signal.symbols)
            found[cell.symbol] = frozenset({cell.symbol}).union(*inner)
        return found

    def depth(self, signal: Signal) -> int:
        """Number of layers that a signal depends on."""
        return sum(self.by_symbol[s].kind == "layer" for s in self.ancestors(signal))


_LETTERS = tuple(Symbol(name, real=True) for name in ("y", *(f"y{k}" for k in range(2, 40))))


def activation_in(signal: Signal) -> Activation:
    """Return a signal as an activation, a gated unit where it depends on several cells.

    Examples:
        >>> import sympy as sp
        >>> s = Symbol("s1", real=True)
        >>> activation_in(Signal(value=sp.tanh(s))).title
        'tanh'
    """
    inputs = (x, *_LETTERS)[: max(len(signal.symbols), 1)]
    expression = signal.value.xreplace(dict(zip(signal.symbols, inputs, strict=False)))
    return Activation(title=catalog_name(expression), expression=expression, inputs=inputs)
