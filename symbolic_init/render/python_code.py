"""A derivation as a small function that draws weights and biases with numpy."""

from collections.abc import Mapping
from keyword import iskeyword
from types import MappingProxyType
from typing import NamedTuple

from sympy import Expr, Symbol
from sympy.printing.pycode import PythonCodePrinter

from symbolic_init.derivation import Derivation, Scheme
from symbolic_init.errors import UnsupportedError
from symbolic_init.evidence import Value
from symbolic_init.render.content import decimal, one_line
from symbolic_init.render.text import to_text

__all__ = ["FRAMEWORKS", "to_python"]

_DIGITS = 17
"""Digits that determine a float."""

_TEMPLATE = '''{comment}
{imports}

def initialize({signature}{parameters}):
    """{does}

    Fan-in times the variance of a weight: {weight_kind}. Variance of a bias: {bias_kind}.
    {source}

    Args:
{arguments}{parameter_help}
    """
    sigma_w2 = {sigma_w2}
    sigma_b2 = {sigma_b2}
{draws}
'''


class _Framework(NamedTuple):
    """How a layer is initialized with one array library."""

    imports: tuple[str, ...]
    signature: str
    does: str
    arguments: str
    draws: str


FRAMEWORKS: Mapping[str, _Framework] = MappingProxyType(
    {
        "numpy": _Framework(
            imports=("import numpy as np",),
            signature="rng, fan_in, fan_out",
            does="Return the weights `(fan_out, fan_in)` and biases `(fan_out,)` of one layer.",
            arguments="""        rng: A `numpy.random.Generator`.
        fan_in: Number of inputs of each neuron.
        fan_out: Number of neurons.""",
            draws="""    weight = rng.normal(0.0, np.sqrt(sigma_w2 / fan_in), size=(fan_out, fan_in))
    bias = rng.normal(0.0, np.sqrt(sigma_b2), size=fan_out)
    return weight, bias""",
        ),
        "torch": _Framework(
            imports=("import torch",),
            signature="layer, generator=None",
            does="Fill the weights and biases of a linear or convolutional layer, and return it.",
            arguments="""        layer: A `torch.nn.Linear` or `Conv1d` to `Conv3d`, with or without biases.
        generator: A `torch.Generator`, or `None` for the default one.""",
            draws="""    fan_in = layer.weight[0].numel()
    with torch.no_grad():
        layer.weight.normal_(0.0, (sigma_w2 / fan_in) ** 0.5, generator=generator)
        if layer.bias is not None:
            layer.bias.normal_(0.0, sigma_b2**0.5, generator=generator)
    return layer""",
        ),
        "jax": _Framework(
            imports=("import jax", "import jax.numpy as jnp"),
            signature="key, fan_in, fan_out, dtype=jnp.float32",
            does="Return the weights `(fan_in, fan_out)` and biases `(fan_out,)` of one layer.",
            arguments="""        key: A key of `jax.random`.
        fan_in: Number of inputs of each neuron.
        fan_out: Number of neurons.
        dtype: Type of the arrays.""",
            draws="""    for_weight, for_bias = jax.random.split(key)
    weight = (sigma_w2 / fan_in) ** 0.5 * jax.random.normal(for_weight, (fan_in, fan_out), dtype)
    bias = sigma_b2**0.5 * jax.random.normal(for_bias, (fan_out,), dtype)
    return weight, bias""",
        ),
    }
)
"""The array libraries that functions are written for."""

_TAKEN = frozenset(
    {
        *("bias", "dtype", "fan_in", "fan_out", "for_bias", "for_weight", "generator", "jax", "jnp", "key"),
        *("layer", "math", "np", "rng", "sigma_b2", "sigma_w2", "torch", "weight"),
    }
)


def to_python(derivation: Derivation, *, steps: bool = True, framework: str = "numpy") -> str:
    """Return a Python module with one function `initialize`; the derivation is its comment.

    Args:
        derivation: What to show. Parameters of the activation become keyword arguments.
        steps: Whether the comment has the numbered steps.
        framework: `numpy`, `torch` or `jax`.

    Raises:
        UnsupportedError: If nothing is recommended, or a formula in parameters has no closed form.
    """
    scheme = derivation.recommended
    if scheme is None:
        msg = f"no weights are recommended for {one_line(derivation.title)!r}: {derivation.why}"
        raise UnsupportedError(msg)
    if framework not in FRAMEWORKS:
        msg = f"no framework {framework!r}; there are: {', '.join(FRAMEWORKS)}"
        raise UnsupportedError(msg)
    chosen = FRAMEWORKS[framework]
    names = _names(scheme)
    sigma_w2, sigma_b2 = (_code(v, names) for v in (scheme.sigma_w2, scheme.sigma_b2))
    text = to_text(derivation, width=78, steps=steps)
    needs_math = ("import math", "") if "math." in sigma_w2 + sigma_b2 else ()
    return _TEMPLATE.format(
        comment="\n".join(f"# {line}".rstrip() for line in text.splitlines()),
        imports="\n".join((*needs_math, *chosen.imports)) + "\n",
        signature=chosen.signature,
        does=chosen.does,
        parameters="".join(f"{', *' if i == 0 else ''}, {n}" for i, n in enumerate(names.values())),
        weight_kind=scheme.sigma_w2.kind,
        bias_kind=scheme.sigma_b2.kind,
        source=f"Theory: {scheme.theory}. The comment above has the derivation.",
        arguments=chosen.arguments,
        parameter_help="".join(f"\n        {n}: Parameter of the activation." for n in names.values()),
        sigma_w2=sigma_w2,
        sigma_b2=sigma_b2,
        draws=chosen.draws,
    )


def _names(scheme: Scheme) -> dict[Symbol, str]:
    """The parameters that the weights depend on, by names that are free in the function."""
    free = scheme.sigma_w2.definition.free_symbols | scheme.sigma_b2.definition.free_symbols
    odd = [s.name for s in free if not s.name.isidentifier() or iskeyword(s.name)]
    if odd:
        msg = f"{odd[0]!r} cannot be the name of an argument in Python; give it a number with --set"
        raise UnsupportedError(msg)
    return {s: f"{s.name}_" if s.name in _TAKEN else s.name for s in sorted(free, key=str)}


def _code(value: Value, names: dict[Symbol, str]) -> str:
    """A number in full precision, or a formula in the parameters."""
    expr: Expr = value.definition
    if not expr.free_symbols:
        return str(expr) if expr.is_Integer else _float(value)
    renamed = expr.xreplace({s: Symbol(n) for s, n in names.items()})
    try:
        code = str(PythonCodePrinter({"fully_qualified_modules": True, "strict": True}).doprint(renamed))
    except NotImplementedError as err:
        msg = "these weights have no closed form in the parameters; give numbers, as in --set a=1/100"
        raise UnsupportedError(msg) from err
    return code


def _float(value: Value) -> str:
    return repr(float(decimal(value, digits=_DIGITS)))
