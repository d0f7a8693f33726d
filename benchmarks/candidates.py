"""Candidates of an activation search: unary and binary functions composed at random, and planted trouble.

The functions are those of the search spaces in the literature (ramachandran2017): a core unit applies a
binary function to two unary functions, and units are composed. Each candidate is made twice side by side,
as text for the program and as a function of NumPy arrays for an independent check.
"""

import math
from collections.abc import Callable, Mapping
from random import Random
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

Array = np.ndarray
Function = Callable[[Array], Array]


class Candidate(NamedTuple):
    """One line: what the program reads, what it denotes, and what is wrong with it.

    Attributes:
        text: The line.
        value: The same for NumPy arrays; `None` for what denotes nothing.
        planted: `""`, `"malformed"`, `"long"` (takes too long) or `"large"` (needs too much memory).
    """

    text: str
    value: Function | None
    planted: str = ""


_erf = np.vectorize(math.erf, otypes=[float])


def _sigmoid(u: Array) -> Array:
    return 0.5 * (1 + np.tanh(u / 2))


UNARY: tuple[tuple[str, Function], ...] = (
    ("{u}", lambda u: u),
    ("-{u}", lambda u: -u),
    ("Abs({u})", np.abs),
    ("{u}**2", lambda u: u**2),
    ("{u}**3", lambda u: u**3),
    ("sqrt(Abs({u}))", lambda u: np.sqrt(np.abs(u))),
    ("{b}*{u}", lambda u: u),  # the parameter is put in below
    ("{u} + {b}", lambda u: u),
    ("log(Abs({u}) + 1/1000)", lambda u: np.log(np.abs(u) + 1e-3)),
    ("exp({u})", np.exp),
    ("sin({u})", np.sin),
    ("cos({u})", np.cos),
    ("sinh({u})", np.sinh),
    ("cosh({u})", np.cosh),
    ("tanh({u})", np.tanh),
    ("asinh({u})", np.arcsinh),
    ("atan({u})", np.arctan),
    ("sinc({u})", lambda u: np.sinc(u / np.pi)),
    ("Max({u}, 0)", lambda u: np.maximum(u, 0)),
    ("Min({u}, 0)", lambda u: np.minimum(u, 0)),
    ("sigmoid({u})", _sigmoid),
    ("log(1 + exp({u}))", lambda u: np.logaddexp(0, u)),
    ("exp(-{u}**2)", lambda u: np.exp(-(u**2))),
    ("erf({u})", _erf),
)
BINARY: tuple[tuple[str, Callable[[Array, Array], Array]], ...] = (
    ("{u} + {v}", lambda u, v: u + v),
    ("{u} - {v}", lambda u, v: u - v),
    ("{u}*{v}", lambda u, v: u * v),
    ("{u}/(1 + Abs({v}))", lambda u, v: u / (1 + np.abs(v))),
    ("Max({u}, {v})", np.maximum),
    ("Min({u}, {v})", np.minimum),
    ("sigmoid({u})*{v}", lambda u, v: _sigmoid(u) * v),
    ("exp(-({u} - {v})**2)", lambda u, v: np.exp(-((u - v) ** 2))),
    ("exp(-Abs({u} - {v}))", lambda u, v: np.exp(-np.abs(u - v))),
    ("({u} + {v})/2", lambda u, v: (u + v) / 2),
)
PARAMETERS: Mapping[str, float] = MappingProxyType({"1/2": 0.5, "2": 2.0, "1/10": 0.1, "3/2": 1.5})

MALFORMED = (
    "tanh(",
    "x**",
    "gleu(x)",
    "x + * 2",
    "Piecewise((x, x > 0))",
    "__import__('os').system('true')",
    '{"expression": "x", "callable": "os:system"}',
    '{"expression": ',
    "x" * 20_000,
    "(" * 5_000 + "x" + ")" * 5_000,
    "tanh(x)\x00",
    "1/x",
    "exp(exp(exp(exp(1000))))*x",
    "sqrt(x)",
    "exp(x**2)",
    "7",
    "x + oo",
)


def _long(random: Random) -> str:
    """A maximum of hundreds of different waves."""
    waves = (f"sin({random.randint(1, 99)}*x + {k})*x**{k % 7}" for k in range(300))
    return f"Max({', '.join(waves)})"


def _large(random: Random) -> str:
    """A power of a sum with parameters, whose expansion has millions of terms."""
    terms = " + ".join(f"{name}*{head}" for name, head in zip("abcdf", _HEADS, strict=True))
    return f"({random.randint(1, 9)} + {terms})**{random.randint(90, 100)}"


_HEADS = ("x", "sin(x)", "exp(x)", "cos(x)", "Max(x, 0)")


def unit(random: Random) -> Candidate:
    """A core unit, or one unit inside another."""
    found = _core(random, Candidate("x", lambda u: u))
    if random.random() < 0.4:
        found = _core(random, found)
    return found


def _core(random: Random, inner: Candidate) -> Candidate:
    """A binary function of two unary ones, of which one takes what is inside; or a unary one."""
    first = _unary(random, inner)
    if random.random() < 0.35:
        return first
    second = _unary(random, Candidate("x", lambda u: u))
    text, function = random.choice(BINARY)
    f, g = first.value, second.value
    return Candidate(
        text.format(u=_bracketed(first.text), v=_bracketed(second.text)), lambda u: function(f(u), g(u))
    )


def _unary(random: Random, inner: Candidate) -> Candidate:
    text, function = random.choice(UNARY)
    name = random.choice(tuple(PARAMETERS))
    b, f = PARAMETERS[name], inner.value
    if text.startswith("{b}"):
        function = lambda u: b * u  # noqa: E731  the row of the table, with its parameter
    elif "{b}" in text:
        function = lambda u: u + b  # noqa: E731
    return Candidate(text.format(u=_bracketed(inner.text), b=name), lambda u: function(f(u)))


def _bracketed(text: str) -> str:
    return text if text.isidentifier() else f"({text})"


def candidates(count: int, *, planted: int, seed: int = 0) -> list[Candidate]:
    """So many candidates, of which `planted` are trouble, scattered among the others."""
    random = Random(seed)  # noqa: S311  functions, no secrets
    found: list[Candidate] = []
    while len(found) < count - planted:
        one = unit(random)
        if "x" in one.text:
            found.append(one)
    for k in range(planted):
        kind = ("malformed", "long", "large")[k % 3]
        text = {
            "malformed": MALFORMED[k // 3 % len(MALFORMED)],
            "long": _long(random),
            "large": _large(random),
        }
        found.insert(random.randrange(len(found) + 1), Candidate(text[kind], None, kind))
    return found
