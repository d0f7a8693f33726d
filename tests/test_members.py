"""Random members of every family: what is called exact is right, nearly all of them are exact, and quick.

The normal run takes one in `PART` of them, `-m slow` one in `LARGE_PART`; `-m members` takes all 2000.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import final

import flint
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from members import FAMILIES, SMOOTH, Member, members, strategies
from sympy import Expr, Rational, Symbol, erf, oo

from conftest import MEMBERS
from symbolic_init.errors import NotIntegrableError, PrecisionError, SymbolicInitError
from symbolic_init.evidence import Moment
from symbolic_init.moments.ball import mean_ball, value_ball
from symbolic_init.moments.mean import gaussian_mean
from symbolic_init.moments.named import moment as named_moment
from symbolic_init.notation import q, x

COUNTS = {
    "A": 300,
    "B": 250,
    "C": 250,
    "D": 250,
    "E": 250,
    "F": 200,
    "G": 150,
    "H": 150,
    "L": 100,
    "mixed": 100,
}
"""Members of each family, 2000 together."""
PART, LARGE_PART = 25, 5
BITS = 90
TOLERANCE = flint.arb(10) ** -25
VARIANCES = (Rational(7, 5), Rational(3, 8))
"""Where forms are compared that hold for every q."""
SHARES = (Rational(2, 5), Rational(3, 4))
"""The same as parts of the largest variance."""
LEAST_SHARE = 0.98
SLOW = 2.0
"""Seconds of processor time that are worth a line in the report."""
SLOWEST = 10.0
"""Seconds of processor time that no answer may take, on any machine."""
DERIVATIVES = 4
"""Of every fourth member the mean square of the derivative is asked for as well."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of one question: a kind of evidence or an error, seconds, and where the number is wrong."""

    member: Member
    what: str
    outcome: str
    seconds: float
    wrong: str = ""

    def __str__(self) -> str:
        return f"{self.what} of {self.member.g} ({self.member.kind}): {self.outcome} {self.wrong}"


def asked(member: Member, what: str) -> Answer | None:
    """The answer to `g`, `g^2` or `g'^2`, compared with an integral; `None` where the mean diverges."""
    start = time.process_time()
    try:
        moment = _mean(member.g, what)
    except NotIntegrableError:
        return None
    except SymbolicInitError as err:
        return Answer(member=member, what=what, outcome=str(err), seconds=time.process_time() - start)
    seconds = time.process_time() - start
    wrong = "; ".join(differences(moment, member)) if moment.kind == "exact" else ""
    return Answer(member=member, what=what, outcome=moment.kind, seconds=seconds, wrong=wrong)


def _mean(g: Expr, what: str) -> Moment:
    if what == "g'^2":
        return named_moment(g, "h")
    return gaussian_mean(g if what == "g" else g**2)


def differences(moment: Moment, member: Member) -> Iterator[str]:
    """Where a closed form differs from the integral in ball arithmetic."""
    named = {s.name: value for s, value in member.values.items()}
    letters = {s for s in moment.integrand.free_symbols | moment.expr.free_symbols if s.name in named}
    given = {s: named[s.name] for s in letters}
    for share, plain in zip(SHARES, VARIANCES, strict=True):
        variance = plain if moment.limit is oo else moment.limit.xreplace(given) * share
        place = {q: variance, **given}
        try:
            value = value_ball(moment.expr, substitution=place, bits=BITS)
        except PrecisionError as err:
            yield f"at {place}: {err}"
            continue
        reference = mean_ball(moment.integrand, variance, parameters=given, bits=BITS)
        if not _agree(value, reference):
            yield f"at {place}: {value.str(20)}, but the integral is {reference.str(20)}"


def _agree(value: flint.arb, reference: flint.arb) -> bool:
    size = max(abs(value).upper(), abs(reference).upper())
    return bool(abs(value - reference).lower() <= TOLERANCE * size)


def answers(found: Iterable[Member]) -> Iterator[Answer]:
    """Everything that is asked of some members."""
    for k, one in enumerate(found):
        questions = ["g"] + ["g^2"] * one.squares
        for what in questions:
            answer = asked(one, what)
            if answer is not None:
                yield answer
            is_exact = answer is not None and answer.outcome == "exact"
            if what == "g" and k % DERIVATIVES == 0 and is_exact:
                slope = asked(one, "g'^2")
                if slope is not None:
                    yield slope


def row(family: str, found: list[Answer]) -> str:
    """A line of the table."""
    shares = []
    for what in ("g", "g^2", "g'^2"):
        kinds = [a.outcome == "exact" for a in found if a.what == what]
        if kinds:
            shares.append(f"{what} {sum(kinds)}/{len(kinds)}")
    slowest = max(found, key=lambda a: a.seconds)
    median = sorted(a.seconds for a in found)[len(found) // 2]
    late = sum(a.seconds > SLOW for a in found)
    return (
        f"{family:6}exact: {', '.join(shares)}; median {median * 1000:.0f} ms, "
        f"slowest {slowest.seconds * 1000:.0f} ms ({slowest.what} of {str(slowest.member.g)[:60]})"
        + (f", over {SLOW:g} s: {late}" if late else "")
    )


def check(family: str, found: list[Answer], record_property) -> None:
    """The row for the report, and what must hold."""
    record_property(MEMBERS, row(family, found))
    exact = [a for a in found if a.outcome == "exact"]
    means = [a for a in found if a.what != "g'^2"]
    refused = [a for a in means if a.outcome != "exact"]

    assert [str(a) for a in exact if a.wrong] == []
    assert max(a.seconds for a in found) < SLOWEST
    assert len(refused) <= (1 - LEAST_SHARE) * len(means), [str(a) for a in refused]


@pytest.mark.parametrize("part", [PART, pytest.param(LARGE_PART, marks=pytest.mark.slow)])
@pytest.mark.parametrize("family", FAMILIES)
def test_members_are_answered_exactly_and_right(family, part, record_property):
    check(family, list(answers(members(family, COUNTS[family] // part))), record_property)


@pytest.mark.members
@pytest.mark.parametrize("family", FAMILIES)
def test_all_members_are_answered_exactly_and_right(family, record_property):
    check(family, list(answers(members(family, COUNTS[family]))), record_property)


def test_there_are_two_thousand_members():
    assert sum(COUNTS.values()) == 2000
    assert set(COUNTS) == set(FAMILIES)


def test_a_wrong_form_is_noticed():
    g = erf(x)
    one = Member("E", "erf", g, {}, squares=True)
    right = gaussian_mean(g**2)
    wrong = Moment(integrand=g**2, kind="exact", expr=right.expr * (1 + Rational(1, 10**24)), limit=oo)

    assert list(differences(right, one)) == []
    assert len(list(differences(wrong, one))) == 2


@settings(max_examples=40, deadline=None, derandomize=True, database=None)
@given(st.sampled_from(SMOOTH).flatmap(strategies.__getitem__))
def test_members_that_hypothesis_finds_are_right(one):
    answer = asked(one, "g")

    assert answer is not None
    assert answer.wrong == ""


@pytest.mark.parametrize("text", ["erf(a*x + c)**2", "x**2*erf(x + c)**2", "Max(c, x)**2*erf(x - c)"])
def test_forms_hold_where_a_shift_vanishes(text):
    moment = gaussian_mean(text, assume="a > 0" if "a*" in text else "")
    letters = {s: Rational(4, 3) if s.name == "a" else Rational(0) for s in moment.assumptions.symbols}
    one = Member("E", "shifted", moment.integrand, letters, squares=False)

    assert moment.kind == "exact"
    assert Symbol("c", real=True) in moment.expr.free_symbols
    assert list(differences(moment, one)) == []
