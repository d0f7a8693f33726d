"""Maxima's integrator on the corpus: each piece of the integrand apart, with `q` declared positive."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import corpus
from corpus import Outcome
from sympy import E, Expr, Rational, Symbol, oo, pi, sstr

from symbolic_init.activation import activation
from symbolic_init.analysis.pieces import pieces

LIMIT = 10.0
"""Seconds that Maxima has for one mean, its start included."""
TOLERANCE = 1e-9
"""Relative difference at q = 1, where it computes in double precision."""


def version() -> str | None:
    """The version of Maxima, or `None` where it, or its library of integration, is missing."""
    if shutil.which("maxima") is None:
        return None
    lines = _output('if errcatch(load("facexp")) = [] then print("<missing>")$', LIMIT).splitlines()
    if any(line.startswith("<missing>") for line in lines):
        return None
    run = subprocess.run(["maxima", "--version"], capture_output=True, text=True, check=True)
    return run.stdout.strip()


def by_maxima(entries: Sequence[Mapping[str, Any]]) -> dict[str, Outcome]:
    """What Maxima finds, each mean in a process of its own."""
    found = {}
    for entry in entries:
        found[entry["name"]] = outcome = second_moment(entry)
        print(f"  {entry['name']}: Maxima {corpus.cell(outcome)}", file=sys.stderr)
    return found


def second_moment(entry: Mapping[str, Any]) -> Outcome:
    """One mean in a process of its own."""
    try:
        lines = _output(program(entry), LIMIT).splitlines()
    except subprocess.TimeoutExpired:
        return Outcome("time", LIMIT)
    told = dict(line.split(maxsplit=1) for line in lines if line.startswith("<"))
    if "<seconds>" not in told:
        return Outcome("error", 0)
    seconds = float(told["<seconds>"])
    if "<value>" not in told:
        return Outcome("none", seconds)
    try:
        value = float(told["<value>"].strip(" []"))
    except ValueError:
        return Outcome("no value", seconds)
    expected = float(entry["second_moment"]["s=1"])
    return Outcome("right" if abs(value - expected) <= TOLERANCE * abs(expected) else "wrong", seconds)


def program(entry: Mapping[str, Any]) -> str:
    """The lines that make Maxima integrate, and tell the time and the value at q = 1."""
    subject = activation(entry["expression"])
    parts = [
        f"integrate(({_text(branch**2)})*exp(-x^2/(2*q)), x, {_text(low)}, {_text(high)})"
        for low, high, branch in pieces(subject.expression, subject.assumptions).intervals()
        if branch != 0
    ]
    letters = corpus.parameters(entry)
    given = ["q=1", *(f"{name}={value}" for name, value in letters.items())]
    return "".join(
        (
            "display2d: false$ linel: 100000$ assume(q > 0)$",
            *(f"assume({name} > 0)$" for name in letters),
            f"start: elapsed_real_time()$ form: errcatch(({' + '.join(parts)})/sqrt(2*%pi*q))$",
            'print("<seconds>", elapsed_real_time() - start)$',
            "if form # [] and freeof(nounify('integrate), form) then",
            f' print("<value>", errcatch(float(rectform(float(subst([{", ".join(given)}], form[1]))))))$',
        )
    )


def _text(expr: Expr) -> str:
    """An expression without switches as Maxima reads it."""
    if expr in (oo, -oo):
        return "inf" if expr == oo else "minf"
    plain = expr.xreplace({pi: Symbol("%pi"), E: Symbol("%e")})
    numbers = {n: Symbol(f"({n})") for n in plain.atoms(Rational) if not n.is_Integer}
    return sstr(plain.xreplace(numbers)).replace("**", "^")


def _output(lines: str, limit: float) -> str:
    """What Maxima prints; it is killed with its children when the time is over."""
    command = ["maxima", "--very-quiet", f"--batch-string={lines}"]
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            return process.communicate(timeout=limit)[0]
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise
