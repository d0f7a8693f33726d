"""Proven digits of second moments at q = 1, against quadrature without proof; processor times."""

import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import flint
import mpmath
from flint import acb, arb
from report import Figure, table
from sympy import Expr, Rational

from symbolic_init import gaussian_mean
from symbolic_init.activation import activation
from symbolic_init.analysis.pieces import pieces
from symbolic_init.errors import SymbolicInitError
from symbolic_init.moments.ball import compiled_at, value_ball
from symbolic_init.moments.compilation import compile_mp
from symbolic_init.moments.enclosure import enclosed_mean

BITS_PER_DIGIT = 3.3219280948873626
LONGEST = "(x*tanh(log(1 + exp(x))))**2"
"""The mean that is proven to a thousand digits."""


class Times(NamedTuple):
    """Seconds for one mean and one number of digits; `None` where there was no right answer."""

    proven: float | None
    quad: float | None
    bare: float | None


def squares(entries: Sequence[Mapping[str, Any]]) -> dict[str, Expr]:
    """The squared activations of the corpus, with numbers for parameters."""
    return {
        e["name"]: activation(e["expression"], settings=e.get("parameters", {})).expression ** 2
        for e in entries
    }


def measured(f: Expr, digits: int, *, rounds: int = 3) -> Times:
    """The best of some rounds of each way."""
    bits = int(digits * BITS_PER_DIGIT) + 3
    try:
        ours, proven = _timed(lambda: enclosed_mean(f, Rational(1), bits=bits), rounds)
    except SymbolicInitError:
        return Times(None, None, None)
    theirs, found = _timed(lambda: by_quad(f, digits), 1 if digits > 15 else rounds)
    with mpmath.workdps(digits + 10):
        expected = mpmath.mpf(proven.mid().str(digits + 5, radius=False))
        right = abs(found - expected) <= abs(expected) * mpmath.mpf(10) ** (5 - digits)
    bare, _ = _timed(by_hand(f, bits), rounds)
    return Times(ours, theirs if right else None, bare)


def _timed(run: Callable[[], Any], rounds: int) -> tuple[float, Any]:
    seconds, found = [], None
    for _ in range(rounds):
        start = time.process_time()
        found = run()
        seconds.append(time.process_time() - start)
    return min(seconds), found


def by_quad(f: Expr, digits: int) -> Any:
    """Mpmath's quadrature, split at the breakpoints, on a range beyond which the weight is negligible.

    On the whole line it is slower, and runs out of memory for `tanh(exp(x))`.
    """
    with mpmath.workdps(digits + 5):
        parts = pieces(f)
        reach = mpmath.sqrt(2 * mpmath.log(10) * (digits + 8))
        ends = (-reach, *(mpmath.mpf(str(c.evalf(digits + 10))) for c in parts.breakpoints), reach)
        total = mpmath.mpf(0)
        for branch, (low, high) in zip(parts.branches, pairwise(ends), strict=True):
            run = compile_mp(branch)
            total += mpmath.quad(lambda t, run=run: run(t) * mpmath.npdf(t), [low, high])
        return total


def by_hand(f: Expr, bits: int) -> Callable[[], Any]:
    """`acb.integral` on [-R, R] between the breakpoints, as one would write it: the tails are left out.

    Breakpoints and code are found beforehand, as one would know them, and cost nothing.
    """
    with flint.ctx.workprec(bits + 20):
        reach = (2 * arb(2).log() * (bits + 10)).sqrt()
        inner = [value_ball(c, bits=bits + 10) for c in pieces(f).breakpoints]
        parts = [
            (acb(low), acb(high), compiled_at(f, float((low * 0.51 + high * 0.49).mid())))
            for low, high in pairwise((-reach, *inner, reach))
        ]

    def run() -> Any:
        with flint.ctx.workprec(bits + 20):
            total = arb(0)
            for low, high, code in parts:

                def integrand(t: Any, analytic: Any, code: Any = code) -> Any:
                    return code(t, analytic) * (-t * t / 2).exp()

                total += acb.integral(integrand, low, high, rel_tol=arb(2) ** -bits).real
            return total / (2 * arb.pi()).sqrt()

    return run


def figures(entries: Sequence[Mapping[str, Any]]) -> Iterator[Figure]:
    """Ratios at the median, over all entries with the enclosure forced, and over those without a form."""
    functions = squares(entries)
    formless = {name for name, f in functions.items() if gaussian_mean(f).kind != "exact"}
    for digits, most in ((50, 10), (200, 30)):
        times = {name: measured(f, digits) for name, f in functions.items()}
        for what, names in (("all entries", set(functions)), ("no closed form", formless)):
            ratios = [t.quad / t.proven for n, t in times.items() if n in names and t.quad and t.proven]
            if ratios:
                yield Figure(
                    f"{digits} digits, `mpmath.quad` / enclosure, {what}, {len(ratios)} of {len(names)}",
                    f"{statistics.median(ratios):.0f} x (least {min(ratios):.1f} x)",
                    f"at least {most} x",
                )
        if digits == 50:
            yield _bare(digits, times)
    yield _bare(15, {name: measured(f, 15) for name, f in functions.items()})
    moment = gaussian_mean(LONGEST)
    seconds, _ = _timed(lambda: moment.enclosure(digits=1000), 1)
    yield Figure(f"1000 proven digits of E[{LONGEST}]", f"{seconds:.1f} s", "at most 10 s")


def _bare(digits: int, times: Mapping[str, Times]) -> Figure:
    ratios = [t.proven / t.bare for t in times.values() if t.proven and t.bare]
    return Figure(
        f"{digits} digits, enclosure / bare `acb.integral` on [-R, R], {len(ratios)} entries",
        f"{statistics.median(ratios):.2f} x (most {max(ratios):.1f} x)",
        "at most 2.5 x",
    )


def growth(*, quick: bool) -> str:
    """Cost against digits and against q, for some functions without a closed form."""
    names = {"mish": "mish(x)**2", "atan": "atan(x)**2", "log(1+|x|)": "log(1 + Abs(x))**2"}
    all_digits = (15, 30, 50, 100, 200) if quick else (15, 30, 50, 100, 200, 500)
    variances = ("1e-12", "1e-6", "1e-3", "1", "1e3", "1e6", "1e8")
    rows = []
    for name, text in names.items():
        moment = gaussian_mean(text)
        times = [_timed(lambda d=d, m=moment: m.enclosure(digits=d), 1)[0] for d in all_digits]
        rows.append([name, *(f"{t * 1000:.0f} ms" for t in times)])
    one = table(["digits", *map(str, all_digits)], rows)
    rows = []
    for name, text in names.items():
        moment = gaussian_mean(text)
        times = [_timed(lambda q=q, m=moment: m.enclosure(q=q, digits=40), 1)[0] for q in variances]
        rows.append([name, *(f"{t * 1000:.0f} ms" for t in times)])
    return f"{one}\n\n{table(['q (40 digits)', *variances], rows)}"
