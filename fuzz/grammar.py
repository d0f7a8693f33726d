"""Lines that look like those of users and of attackers, made from random choices."""

from collections.abc import Callable, Sequence
from random import Random

__all__ = ["line", "mutated"]

ATOMS = (
    *("x",) * 30,
    *("a", "b", "0", "1", "2", "-1", "1/2", "0.1", "pi", "E") * 2,
    *("1e30", "10**400", "oo", "nan", "I", "zz"),
)
UNARY = (
    *(
        "tanh",
        "exp",
        "log",
        "sqrt",
        "Abs",
        "sign",
        "Heaviside",
        "erf",
        "erfc",
        "sin",
        "cos",
        "tan",
        "atan",
        "asinh",
    ),
    *(
        "sinh",
        "cosh",
        "sech",
        "softplus",
        "sigmoid",
        "gelu",
        "silu",
        "relu",
        "sinc",
        "gamma",
        "LambertW",
        "floor",
        "acos",
    ),
    *("mish", "erfinv", "log1p", "cbrt", "-", "1/"),
)
BINARY = (*(" + ", " - ", "*", "/") * 6, "**", " % ", " & ", ", ")
RELATIONS = ("<", "<=", ">", ">=", "==", "!=")
SPICE = (
    "(",
    ")",
    "**",
    "__import__('os')",
    "lambda: x",
    "x.y",
    "x[0]",
    "'",
    '"',
    "#",
    "\x00",
    "\u202e",
    "\ufeff",
    "π",
    "ｘ",
    "9" * 400,
)
EXPONENTS = ("2", "3", "1/2", "-1", "-1/3", "99", "1000", "x", "a", "10**9")
OPTIONS = (
    '"theory": "length-map"',
    '"theory": "criticality"',
    '"theory": "backward"',
    '"q": "1/1000"',
    '"q": 1e30',
    '"q": -1',
    '"sigma_b2": 0.5',
    '"assume": "a > 0, a < 0"',
    '"assume": "0 < a < b"',
    '"settings": {"a": 2, "b": "-1/3"}',
    '"inputs": ["x", "y"]',
    '"full": true',
    '"digits": 50',
    '"callable": "os:system"',
)
Step = Callable[[Random, int], str]


def line(random: Random) -> str:
    """One line of a batch."""
    text = expression(random, random.choice((1, 2, 2, 3, 3, 4)))
    if random.random() < 0.15:
        place = random.randrange(len(text) + 1)
        text = text[:place] + random.choice(SPICE) + text[place:]
    if random.random() < 0.2:
        options = ", ".join(random.sample(OPTIONS, random.choice((1, 1, 2))))
        quoted = text.replace("\\", "\\\\").replace('"', '\\"')
        return f'{{"expression": "{quoted}", {options}}}'
    return text


def expression(random: Random, depth: int) -> str:
    """An expression of at most this depth."""
    if depth <= 0:
        return random.choice(ATOMS)
    return random.choices(STEPS, WEIGHTS)[0](random, depth - 1)


def _function(random: Random, depth: int) -> str:
    return f"{random.choice(UNARY)}({expression(random, depth)})"


def _operation(random: Random, depth: int) -> str:
    return f"({expression(random, depth)}){random.choice(BINARY)}({expression(random, depth)})"


def _extreme(random: Random, depth: int) -> str:
    count = random.choice((1, 2, 3))
    inner = ", ".join(expression(random, depth) for _ in range(count))
    return f"{random.choice(('Max', 'Min'))}({inner})"


def _piecewise(random: Random, depth: int) -> str:
    """Pieces with contradictory, overlapping or unordered conditions, perhaps without a last one."""
    pairs = [
        f"({expression(random, depth)}, {_condition(random, depth)})"
        for _ in range(random.choice((1, 2, 2, 3)))
    ]
    if random.random() < 0.8:
        pairs.append(f"({expression(random, depth)}, True)")
    return f"Piecewise({', '.join(pairs)})"


def _condition(random: Random, depth: int) -> str:
    left = "x" if random.random() < 0.7 else expression(random, depth - 1)
    one = f"{left} {random.choice(RELATIONS)} {random.choice(('0', '1', '-1', 'a', '1/3', 'x', 'sqrt(2)'))}"
    return f"And({one}, {_condition(random, depth - 1)})" if depth > 1 and random.random() < 0.2 else one


def _power(random: Random, depth: int) -> str:
    return f"({expression(random, depth)})**({random.choice(EXPONENTS)})"


def _atom(random: Random, depth: int) -> str:  # noqa: ARG001  # as the other steps
    return random.choice(ATOMS)


STEPS: Sequence[Step] = (_function, _operation, _extreme, _piecewise, _power, _atom)
WEIGHTS = (6, 5, 2, 2, 2, 1)


def mutated(text: str, random: Random) -> str:
    """A text with a part replaced by a new expression, or another line altogether."""
    if not text or random.random() < 0.3:
        return line(random)
    low, high = sorted(random.choices(range(len(text) + 1), k=2))
    if high - low > 12:
        high = low + 12
    return text[:low] + expression(random, random.choice((0, 0, 1, 2))) + text[high:]
