"""SymPy's integrator as a last resort, in a process that can be killed.

It is on no path unless asked for: it may take minutes, and some of its answers are wrong. What it finds
counts only after the same numerical check as every closed form.
"""

import contextlib
import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from sympy import (
    Expr,
    I,
    Integral,
    Sum,
    besseli,
    erf,
    erfi,
    exp,
    exp_polar,
    integrate,
    meijerg,
    nan,
    oo,
    pi,
    simplify,
    sqrt,
    zoo,
)

__all__ = ["integrated"]

SECONDS = 20.0
"""How long the integrator may run."""
_BYTES = 4 << 30
"""How much memory it may take."""
_UNWANTED = (Integral, Sum, meijerg, I, nan, zoo, oo)
"""What an answer must not hold to count as a closed form."""

Interval = tuple[Expr, Expr, Expr]
"""Lower end, upper end, and the function between them."""


def integrated(
    intervals: Sequence[Interval], variable: Expr, variance: Expr, *, seconds: float = SECONDS
) -> Expr | None:
    """Return the mean of a function under a Gaussian as SymPy's integrator finds it, unchecked.

    Args:
        intervals: The function, piece by piece.
        variable: Its argument.
        variance: Variance of the Gaussian weight, a positive expression.
        seconds: After this long the integrator is killed.

    Returns:
        An expression without integrals and imaginary units, or `None`.
    """
    # The child is this file, run on data of this process: nothing that a user wrote is unpickled.
    request = pickle.dumps((tuple(intervals), variable, variance))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    try:
        run = subprocess.run(  # noqa: S603  # our own interpreter and file
            [sys.executable, __file__],
            input=request,
            capture_output=True,
            timeout=seconds,
            check=True,
            env=environment,
        )
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
        return None
    found = pickle.loads(run.stdout)  # noqa: S301  # what our own child wrote
    return None if found is None or found.has(*_UNWANTED) else found


def _mean(intervals: Sequence[Interval], variable: Any, variance: Expr) -> Expr | None:
    """The sum of the integrals over the pieces."""
    density = exp(-(variable**2) / (2 * variance)) / sqrt(2 * pi * variance)
    total = sum(
        integrate(function * density, (variable, low, high), conds="none")
        for low, high, function in intervals
    )
    return _real(total) if isinstance(total, Expr) else None


def _real(expr: Expr) -> Expr:
    """The same number without imaginary units, where these cancel."""
    for head, continued in ((besseli, _besseli), (erf, _erf)):
        expr = expr.replace(head, continued)
    return simplify(expr) if expr.has(I) else expr


def _besseli(order: Expr, argument: Expr) -> Expr:
    """`I_nu(exp(i*pi)*z) = exp(i*pi*nu)*I_nu(z)`."""
    turned = exp_polar(I * pi)
    if not argument.has(turned):
        return besseli(order, argument)
    return exp(I * pi * order) * besseli(order, argument / turned)


def _erf(argument: Expr) -> Expr:
    """`erf(i*z) = i*erfi(z)`."""
    return I * erfi(argument / I) if argument.has(I) else erf(argument)


def _serve() -> None:
    """Answer one request on standard input; the memory is limited where the system can do that."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_BYTES, _BYTES))
    answer = _mean(*pickle.load(sys.stdin.buffer))  # noqa: S301  # what our own parent wrote
    sys.stdout.buffer.write(pickle.dumps(answer))


if __name__ == "__main__":
    _serve()
