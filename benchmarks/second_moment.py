"""Second moments of activations in a process of its own, warmed by another one.

The argument is a request in JSON: `{"by": "rules" or "sympy", "entries": [...]}`. One line is printed for
each entry: its name, a verdict and the seconds it took. The verdict is "right", "none" (no closed form),
"wrong" (not the expected number at q = 1) or "no value" (no number at all).
"""

import json
import sys
import time
from collections.abc import Mapping
from typing import Any

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


METHODS = {"sympy": by_sympy, "rules": by_rules}


def verdict(mean: Expr | None, entry: Mapping[str, Any]) -> str:
    """Whether a form has the expected value at q = 1."""
    if mean is None:
        return "none"
    letters = entry.get("parameters", {})
    given = {symbol: Rational(letters[symbol.name]) for symbol in mean.free_symbols - {q}}
    expected = Rational(entry["second_moment"]["s=1"])
    found = mean.subs({q: 1, **given}).evalf(30)
    if not found.is_number or found.has(oo, -oo) or not found.is_comparable:
        return "no value"
    return "right" if abs(found - expected) <= TOLERANCE * abs(expected) else "wrong"


def main() -> None:
    """Answer one request."""
    request = json.loads(sys.argv[1])
    method = METHODS[request["by"]]
    method(exp(-(x**2)))  # loads what is loaded on first use
    for entry in request["entries"]:
        square = activation(entry["expression"]).expression ** 2
        start = time.perf_counter()
        mean = method(square)
        elapsed = time.perf_counter() - start
        print(json.dumps([entry["name"], verdict(mean, entry), elapsed]), flush=True)


if __name__ == "__main__":
    main()
