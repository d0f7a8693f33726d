"""The activations once more, written from their definitions in plain mpmath, and their Gaussian means.

`python tests/catalog_reference.py` prints the module `symbolic_init/catalog/values.py`.
Nothing here looks at the expressions of the catalog.
"""

import sys
from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import mpmath
from mpmath import mp, mpf


class Plain(NamedTuple):
    """A function of one number, and where it or its slope jumps."""

    function: Callable
    breaks: tuple = ()
    slope_diverges: bool = False


def sigmoid(x):
    return 1 / (1 + mpmath.exp(-x))


def softplus(x):
    return mpmath.log1p(mpmath.exp(x))


def normal_cdf(x):
    return mpmath.ncdf(x)


def relu(x):
    return x if x > 0 else mpf(0)


def relu6(x):
    return min(max(x, mpf(0)), mpf(6))


def hard_gate(x):
    """The line from 0 to 1 between -1 and 1."""
    return max(mpf(0), min(mpf(1), (x + 1) / 2))


def d(text):
    """A decimal, at the precision in use."""
    return mpf(text)


def star_relu(x):
    return d("0.8944") * relu(x) ** 2 + d("-0.4472")


def sparse_plus(x):
    if x <= -1:
        return mpf(0)
    return x if x >= 1 else (x + 1) ** 2 / 4


def soft_shrink(x):
    half = mpf(1) / 2
    if x > half:
        return x - half
    return x + half if x < -half else mpf(0)


def sqnl(x):
    if abs(x) > 2:
        return mpmath.sign(x)
    return x - x**2 / 4 if x >= 0 else x + x**2 / 4


def selu(x):
    scale, alpha = d("1.0507009873554805"), d("1.6732632423543772")
    return scale * (x if x > 0 else alpha * mpmath.expm1(x))


def gelu(x):
    return x * normal_cdf(x)


def gelu_tanh(x):
    inner = mpmath.sqrt(2 / mpmath.pi) * (x + d("0.044715") * x**3)
    return x * (1 + mpmath.tanh(inner)) / 2


def elish(x):
    return x * sigmoid(x) if x >= 0 else mpmath.expm1(x) * sigmoid(x)


def hard_elish(x):
    return (x if x >= 0 else mpmath.expm1(x)) * hard_gate(x)


def elu(x):
    return x if x > 0 else mpmath.expm1(x)


def snake(x):
    return x + mpmath.sin(x) ** 2


PLAIN = {
    "identity": Plain(lambda x: x),
    "relu": Plain(relu, (0,)),
    "leaky_relu": Plain(lambda x: max(mpf(0), x) + min(mpf(0), x) / 100, (0,)),
    "prelu": Plain(lambda x: max(mpf(0), x) + min(mpf(0), x) / 4, (0,)),
    "abs": Plain(abs, (0,)),
    "relu6": Plain(relu6, (0, 6)),
    "bounded_relu": Plain(lambda x: min(relu(x), mpf(1)), (0, 1)),
    "relu2": Plain(lambda x: relu(x) ** 2, (0,)),
    "relu3": Plain(lambda x: relu(x) ** 3, (0,)),
    "star_relu": Plain(star_relu, (0,)),
    "thresholded_relu": Plain(lambda x: x if x > 1 else mpf(0), (1,)),
    "threshold": Plain(lambda x: x if x > 1 else mpf(0), (1,)),
    "shifted_relu": Plain(lambda x: max(mpf(-1), x), (-1,)),
    "smelu": Plain(sparse_plus, (-1, 1)),
    "sparse_plus": Plain(sparse_plus, (-1, 1)),
    "hard_silu": Plain(lambda x: x * relu6(x + 3) / 6, (-3, 3)),
    "hard_mish": Plain(lambda x: x / 2 * min(mpf(2), max(mpf(0), x + 2)), (-2, 0)),
    "hard_shrink": Plain(lambda x: x if abs(x) > mpf(1) / 2 else mpf(0), ("-1/2", "1/2")),
    "soft_shrink": Plain(soft_shrink, ("-1/2", "1/2")),
    "square": Plain(lambda x: x * x),
    "cube": Plain(lambda x: x * x * x),
    "shifted_quadratic": Plain(lambda x: x * (x + 1)),
    "non_monotonic_cubic": Plain(lambda x: x * (1 - x) * (1 + x)),
    "softplus": Plain(softplus),
    "shifted_softplus": Plain(lambda x: softplus(x) - mpmath.log(2)),
    "squareplus": Plain(lambda x: (x + mpmath.hypot(x, 2)) / 2),
    "elu": Plain(elu, (0,)),
    "celu": Plain(elu, (0,)),
    "selu": Plain(selu, (0,)),
    "pelu": Plain(elu, (0,)),
    "isrlu": Plain(lambda x: x if x >= 0 else x / mpmath.hypot(1, x), (0,)),
    "soft_exponential": Plain(lambda x: 2 * mpmath.expm1(x / 2) + mpf(1) / 2),
    "bent_identity": Plain(lambda x: (mpmath.hypot(x, 1) - 1) / 2 + x),
    "log_cosh": Plain(lambda x: abs(x) + mpmath.log1p(mpmath.exp(-2 * abs(x))) - mpmath.log(2)),
    "exponential": Plain(mpmath.exp),
    "sinh": Plain(lambda x: (mpmath.exp(x) - mpmath.exp(-x)) / 2),
    "gelu": Plain(gelu),
    "gelu_tanh": Plain(gelu_tanh),
    "quick_gelu": Plain(lambda x: x * sigmoid(d("1.702") * x)),
    "silu": Plain(lambda x: x * sigmoid(x)),
    "swish": Plain(lambda x: x * sigmoid(x)),
    "e_swish": Plain(lambda x: d("1.375") * x * sigmoid(x)),
    "dsilu": Plain(lambda x: sigmoid(x) * (1 + x * (1 - sigmoid(x)))),
    "mish": Plain(lambda x: x * mpmath.tanh(softplus(x))),
    "tanhexp": Plain(lambda x: x * mpmath.tanh(mpmath.exp(x))),
    "serf": Plain(lambda x: x * mpmath.erf(softplus(x))),
    "phish": Plain(lambda x: x * mpmath.tanh(gelu(x))),
    "logish": Plain(lambda x: x * mpmath.log1p(sigmoid(x))),
    "smish": Plain(lambda x: x * mpmath.tanh(mpmath.log1p(sigmoid(x)))),
    "lisht": Plain(lambda x: x * mpmath.tanh(x)),
    "gcu": Plain(lambda x: x * mpmath.cos(x)),
    "atlu": Plain(lambda x: x * (mpmath.atan(x) + mpmath.pi / 2) / mpmath.pi),
    "elish": Plain(elish, (0,)),
    "hard_elish": Plain(hard_elish, (-1, 0, 1)),
    "resech": Plain(lambda x: 2 * x / (mpmath.exp(x) + mpmath.exp(-x))),
    "sigmoid": Plain(sigmoid),
    "tanh": Plain(lambda x: 1 - 2 / (mpmath.exp(2 * x) + 1)),
    "scaled_tanh": Plain(lambda x: d("1.7159") * mpmath.tanh(2 * x / 3)),
    "bipolar_sigmoid": Plain(lambda x: 2 * sigmoid(x) - 1),
    "penalized_tanh": Plain(lambda x: mpmath.tanh(x) * (1 if x > 0 else mpf(1) / 4), (0,)),
    "hard_tanh": Plain(lambda x: max(mpf(-1), min(mpf(1), x)), (-1, 1)),
    "hard_sigmoid": Plain(lambda x: relu6(x + 3) / 6, (-3, 3)),
    "sparse_sigmoid": Plain(hard_gate, (-1, 1)),
    "sqnl": Plain(sqnl, (-2, 0, 2)),
    "softsign": Plain(lambda x: x / (abs(x) + 1), (0,)),
    "elliott": Plain(lambda x: x / (abs(x) + 1) / 2 + mpf(1) / 2, (0,)),
    "isru": Plain(lambda x: x / mpmath.hypot(1, x)),
    "erf": Plain(mpmath.erf),
    "Phi": Plain(normal_cdf),
    "laplace": Plain(lambda x: normal_cdf((x - d("0.707107")) / d("0.282095"))),
    "atan": Plain(mpmath.atan),
    "gudermannian": Plain(lambda x: mpmath.atan(mpmath.sinh(x))),
    "asinh": Plain(mpmath.asinh),
    "symlog": Plain(lambda x: mpmath.sign(x) * mpmath.log1p(abs(x)), (0,)),
    "signed_sqrt": Plain(lambda x: mpmath.sign(x) * mpmath.sqrt(abs(x)), (0,), slope_diverges=True),
    "cloglog": Plain(lambda x: -mpmath.expm1(-mpmath.exp(x))),
    "log_sigmoid": Plain(lambda x: mpmath.log(sigmoid(x))),
    "tanh_shrink": Plain(lambda x: x - mpmath.tanh(x)),
    "sign": Plain(mpmath.sign, (0,)),
    "step": Plain(lambda x: mpf(1) if x > 0 else mpf(0), (0,)),
    "sin": Plain(mpmath.sin),
    "cos": Plain(mpmath.cos),
    "siren": Plain(lambda x: mpmath.sin(30 * x)),
    "snake": Plain(snake),
    "cosid": Plain(lambda x: mpmath.cos(x) - x),
    "sinc": Plain(lambda x: mpmath.sinc(x), (0,)),
    "gaussian": Plain(lambda x: mpmath.exp(-x * x)),
    "mexican_hat": Plain(lambda x: (1 - x * x) * mpmath.exp(-x * x / 2)),
    "gaussian_derivative": Plain(lambda x: x * mpmath.exp(-x * x / 2)),
    "morlet": Plain(lambda x: mpmath.cos(5 * x) * mpmath.exp(-x * x / 2)),
    "laplacian": Plain(lambda x: mpmath.exp(-abs(x)), (0,)),
    "lorentzian": Plain(lambda x: 1 / (1 + x * x)),
    "multiquadric": Plain(lambda x: mpmath.hypot(1, x)),
    "inverse_multiquadric": Plain(lambda x: 1 / mpmath.hypot(1, x)),
    "sech": Plain(mpmath.sech),
    "triangle": Plain(lambda x: max(mpf(0), 1 - abs(x)), (-1, 0, 1)),
    "cone": Plain(lambda x: 1 - abs(x - 1), (1,)),
    "parabolic_cone": Plain(lambda x: 2 * x - x * x),
}


def slope(plain, x, towards):
    """The derivative at x from the side of `towards`, by a difference at high precision."""
    with mpmath.workdps(110):
        h = mpf(10) ** -50 * (1 if towards > x else -1)
        return (plain.function(x + h) - plain.function(x)) / h


def gaussian_mean(plain, *, s, derivative=False, digits=30, cells=24, reach=17):
    """`E[g(s z)^2]`, or `E[g'(s z)^2]`, by quadrature in z, split at the breakpoints and in cells."""
    with mpmath.workdps(digits):
        cuts = {mpf(reach) * (2 * mpf(k) / cells - 1) for k in range(cells + 1)}
        cuts |= {fraction(b) / s for b in plain.breaks}
        total = mpf(0)
        for a, b in pairwise(sorted(c for c in cuts if abs(c) <= reach)):
            middle = s * (a + b) / 2

            def integrand(z, middle=middle):
                value = slope(plain, s * z, middle) if derivative else plain.function(s * z)
                return value**2 * mpmath.npdf(z)

            total += mpmath.quad(integrand, (a, b))
        return +total


def fraction(text):
    """A breakpoint as a number: `-1/2`."""
    over, _, under = str(text).partition("/")
    return mpf(over) / mpf(under or 1)


def values(name, **options):
    """`M(1)`, `M(9/4)` and `h(1)` of one activation; at jumps the slope does not count."""
    plain = PLAIN[name]
    slopes = (
        mpf("inf") if plain.slope_diverges else gaussian_mean(plain, s=mpf(1), derivative=True, **options)
    )
    return gaussian_mean(plain, s=mpf(1), **options), gaussian_mean(plain, s=mpf(3) / 2, **options), slopes


def main():
    """Write the module of values; stop where two quadratures differ."""
    rows = []
    for name in PLAIN:
        first = values(name)
        second = values(name, cells=37, digits=33)
        for a, b in zip(first, second, strict=True):
            if a != b and abs(a - b) > mpf(10) ** -26 * max(1, abs(a)):
                sys.stderr.write(f"{name}: {a} {b}\n")
        texts = ", ".join(
            f'"{mpmath.nstr(v, 24, min_fixed=-50, max_fixed=50).lstrip(chr(43))}"' for v in second
        )
        rows.append(f'        "{name}": ({texts}),')
        sys.stderr.write(f"{name} {texts}\n")
    sys.stdout.write(HEAD + "\n".join(rows) + TAIL)


HEAD = '''"""Second moments of every activation at its defaults; written by tests/catalog_reference.py."""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["VALUES"]

VALUES: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
'''
TAIL = '''
    }
)
"""By name: `E[g(z)^2]`, `E[g(3z/2)^2]`, `E[g'(z)^2]` (slope almost everywhere), by quadrature."""
'''

if __name__ == "__main__":
    mp.dps = 30
    main()
