"""One second moment in a process of its own, warmed by another one: print the seconds it took.

Exits with status 1 when there is no exact answer, or when it is not the expected number at q = 1.
"""

import json
import sys
import time

from sympy import Expr, Integral, Rational, exp, integrate, oo, pi, sqrt

from symbolic_init import gaussian_mean
from symbolic_init.activation import activation
from symbolic_init.notation import q, x, z

TOLERANCE = Rational(1, 10**12)


def by_sympy(square: Expr) -> Expr | None:
    """SymPy's integrator, on the definition."""
    density = exp(-(z**2) / 2) / sqrt(2 * pi)
    mean = integrate(square.subs(x, sqrt(q) * z) * density, (z, -oo, oo))
    return None if mean.has(Integral) else mean


def by_rules(square: Expr) -> Expr | None:
    """The closed form of this package, check included."""
    moment = gaussian_mean(square)
    return moment.expr if moment.kind == "exact" else None


def main() -> None:
    """Answer one request."""
    request = json.loads(sys.argv[1])
    method = {"sympy": by_sympy, "rules": by_rules}[request["by"]]
    method(exp(-(x**2)))  # loads what is loaded on first use
    square = activation(request["text"]).expression ** 2
    start = time.perf_counter()
    mean = method(square)
    elapsed = time.perf_counter() - start
    if mean is None:
        sys.exit(1)
    given = {symbol: Rational(request["parameters"][symbol.name]) for symbol in mean.free_symbols - {q}}
    expected = Rational(request["expected"])
    found = mean.subs({q: 1, **given}).evalf(30)
    if not abs(found - expected) <= TOLERANCE * abs(expected):
        sys.exit(1)
    print(elapsed)


if __name__ == "__main__":
    main()
