"""Pieces, singular points, symmetry and tails of activations, against values known by hand."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import (
    Abs,
    And,
    Eq,
    Expr,
    Heaviside,
    Max,
    Min,
    Ne,
    Not,
    Or,
    Piecewise,
    Rational,
    S,
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atanh,
    cos,
    cosh,
    erf,
    exp,
    log,
    oo,
    pi,
    sign,
    sin,
    sinh,
    sqrt,
    symbols,
    tan,
    tanh,
)

from symbolic_init import catalog
from symbolic_init.activation import Activation, activation
from symbolic_init.analysis import Analysis, analyze, expansion_steps, traits
from symbolic_init.analysis.pieces import Pieces, as_expression, pieces
from symbolic_init.analysis.ranges import box, range_of, sign_from
from symbolic_init.analysis.zeros import sign_changes
from symbolic_init.assumptions import Assumptions, Interval
from symbolic_init.errors import AssumptionError, DomainError, NotIntegrableError, UnsupportedError
from symbolic_init.notation import x

a, b = symbols("a b", real=True)
SWITCHES = (Abs, sign, Heaviside, Max, Min, Piecewise)
POINTS = tuple(Rational(k, 13) for k in range(-90, 91, 7))
POSITIVE_A = Assumptions(intervals=(Interval(symbol=a, lower=S.Zero),))
UNIT_A = Assumptions(intervals=(Interval(symbol=a, lower=S.Zero, upper=S.One),))
FREE_A = Assumptions(intervals=(Interval(symbol=a),))


def look(expr: Expr, known: Assumptions = Assumptions()) -> Analysis:  # noqa: B008
    return analyze(Activation(title=str(expr), expression=expr, assumptions=known))


PIECES = (
    (x**2, (), (x**2,)),
    (Max(0, x), (0,), (0, x)),
    (Max(-1, Min(1, x)), (-1, 1), (-1, x, 1)),
    (Piecewise((-1, x < -1), (x, x < 1), (1, True)), (-1, 1), (-1, x, 1)),
    (Max(0, Min(x + 3, 6)) / 6, (-3, 3), (0, x / 6 + S.Half, 1)),
    (Abs(Abs(x) - 1), (-1, 0, 1), (-x - 1, x + 1, 1 - x, x - 1)),
    ((Abs(x + 1) - Abs(x - 1)) / 2, (-1, 1), (-1, x, 1)),
    (Piecewise((1, And(x > -1, x < 1)), (0, True)), (-1, 1), (0, 1, 0)),
    (Piecewise((x, Or(x < -1, Not(x < 2))), (x**2, True)), (-1, 2), (x, x**2, x)),
    (Piecewise((x, Eq(x, 0)), (x**2, Ne(x, 3)), (0, True)), (), (x**2,)),
    (Abs(x**2 - x - 1), ((1 - sqrt(5)) / 2, (1 + sqrt(5)) / 2), (x**2 - x - 1, 1 + x - x**2, x**2 - x - 1)),
    (Max(exp(x), 2), (log(2),), (2, exp(x))),
    (Max(0, tanh(x) - S.Half), (log(3) / 2,), (0, tanh(x) - S.Half)),
    (sign(exp(2 * x) - 3 * exp(x) + 2), (0, log(2)), (1, -1, 1)),
    (Abs(x * exp(x)), (0,), (-x * exp(x), x * exp(x))),
    (Abs(1 + exp(x)), (), (1 + exp(x),)),
    (Max(0, 2 + sin(x)), (), (2 + sin(x),)),
    (Heaviside(sinh(x) - 1), (log(1 + sqrt(2)),), (0, 1)),
    (Max(0, sqrt(x**2 + 4) - 3), (-sqrt(5), sqrt(5)), None),
    (sign(1 / (x - 1)), (1,), (-1, 1)),
    (Max(x, x**2, x**3), (0, 1), (x**2, x, x**3)),
    (Piecewise((Abs(sin(x)), Abs(x) < 4), (0, True)), (-4, -pi, 0, pi, 4), None),
    (sqrt((x - 1) ** 2), (1,), (1 - x, x - 1)),
    (sign(x**3 - x + 1), None, (-1, 1)),
    (Max(x * tanh(x), x), (0,), (x * tanh(x), x)),
    (Max(x, tanh(x)), (0,), (tanh(x), x)),
    (Abs(sin(x) - x), (0,), (sin(x) - x, x - sin(x))),
    (Max(0, x) + 2 * Max(0, x - 1) - Abs(x + 1), (-1, 0, 1), (x + 1, -x - 1, -1, 2 * x - 3)),
    (Max(cosh(x), 2), (-log(2 + sqrt(3)), log(2 + sqrt(3))), (cosh(x), 2, cosh(x))),
)


@pytest.mark.parametrize(("expr", "breakpoints", "branches"), PIECES, ids=[str(p[0]) for p in PIECES])
def test_breakpoints_and_branches(
    expr: Expr, breakpoints: tuple[Expr, ...] | None, branches: tuple[Expr, ...] | None
) -> None:
    found = pieces(expr)

    assert found.complete
    assert not any(f.has(*SWITCHES) for f in found.branches)
    if breakpoints is not None:
        assert len(found.breakpoints) == len(breakpoints)
        for mine, theirs in zip(found.breakpoints, breakpoints, strict=True):
            assert abs((mine - theirs).evalf(30)) < 1e-25
    if branches is not None:
        assert all((f - g).expand() == 0 for f, g in zip(found.branches, branches, strict=True))


@pytest.mark.parametrize("exponent", [8, 10, 16, 30, 200, 400])
@pytest.mark.parametrize("side", [1, -1])
def test_breakpoints_far_out_are_found(exponent: int, side: int) -> None:
    far = side * 10**exponent
    found = pieces(Min(x + far, acos(Rational(1, 10))))

    assert found.breakpoints == (acos(Rational(1, 10)) - far,)
    assert found.branches == (x + far, acos(Rational(1, 10)))


@pytest.mark.parametrize("expr", [p[0] for p in PIECES], ids=str)
def test_pieces_have_the_values_of_the_expression(expr: Expr) -> None:
    assert_same_values(expr, pieces(expr))


def test_a_sum_has_a_value_again_beyond_a_piece_without_one() -> None:
    found = pieces(Max(0, x) + Piecewise((1, x < -1), (x, x > 1), evaluate=False))

    assert found.branches == (1, S.NaN, 2 * x)


def assert_same_values(expr: Expr, found: Pieces) -> None:
    """Compare away from breakpoints, where both sides may be meant."""
    whole = as_expression(found)
    for point in POINTS:
        if all(abs(float(c - point)) > 1e-9 for c in found.breakpoints):
            left, right = (complex(f.subs(x, point)) for f in (expr, whole))

            assert abs(left - right) <= 1e-9 * max(1, abs(left)), point


LINES = st.builds(lambda p, q: Rational(p, 2) * x + q, st.integers(-4, 4), st.integers(-3, 3))
POLYNOMIALS = st.one_of(LINES, st.builds(lambda p, q: x**2 * p + q, st.integers(-2, 2), st.integers(-3, 3)))


def _grown(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    return st.one_of(
        st.builds(Abs, inner),
        st.builds(sign, inner),
        st.builds(Max, inner, inner),
        st.builds(Min, inner, LINES),
        st.builds(lambda f, g: f + g, inner, inner),
        st.builds(lambda f, g: f * g, inner, LINES),
        st.builds(lambda f, g, h: Piecewise((f, g < 1), (h, True)), inner, inner, inner),
    )


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.recursive(POLYNOMIALS, _grown, max_leaves=5))
def test_random_switches_keep_their_values(expr: Expr) -> None:
    found = pieces(expr)

    assert_same_values(expr, found)
    assert list(found.breakpoints) == sorted(found.breakpoints, key=float)
    assert all(f != g for f, g in zip(found.branches, found.branches[1:], strict=False))


ENDLESS = (Abs(sin(x)), Max(0, sin(x) + x / 3), Piecewise((x, cos(x) > 0), (0, True)))


@pytest.mark.parametrize("expr", ENDLESS, ids=str)
def test_endless_switches_are_left_and_said(expr: Expr) -> None:
    start = time.perf_counter()
    found = pieces(expr)

    assert not found.complete
    assert time.perf_counter() - start < 1
    assert_same_values(expr, found)


def test_symbolic_breakpoints_are_ordered_by_what_is_known() -> None:
    clipped = pieces(Max(-a, Min(a, x)), POSITIVE_A)
    kinked = pieces(Max(x, a * x), UNIT_A)
    mixed = pieces(Max(-1, Min(1, x)) + Abs(x - a), UNIT_A)

    assert (clipped.breakpoints, clipped.branches) == ((-a, a), (-a, x, a))
    assert (kinked.breakpoints, kinked.branches) == ((0,), (a * x, x))
    assert mixed.breakpoints == (-1, a, 1)


@pytest.mark.parametrize(
    ("expr", "hint"),
    [
        (Max(x, a * x), 'a<1" or --assume "a>1'),
        (Abs(a) * x, 'a<0" or --assume "a>0'),
        (Piecewise((x, a < 2), (2 * x, True)), 'a<2" or --assume "a>2'),
        (Max(a, Min(b, x)), 'a<b" or --assume "a>b'),
    ],
    ids=str,
)
def test_an_undecided_order_names_the_missing_assumption(expr: Expr, hint: str) -> None:
    known = Assumptions(intervals=(Interval(symbol=a), Interval(symbol=b)))

    with pytest.raises(AssumptionError, match=hint):
        pieces(expr, known)


@pytest.mark.parametrize("expr", [Max(0, x), Max(-1, Min(1, x)), x * Max(0, Min(6, x + 3)) / 6], ids=str)
def test_common_pieces_take_milliseconds(expr: Expr) -> None:
    times = []
    for _ in range(7):
        start = time.perf_counter()
        pieces(expr)
        times.append(time.perf_counter() - start)

    assert min(times) < 0.01, "0.2 to 1 ms on a quiet machine"


def test_ranges_are_bounds() -> None:
    known = Assumptions(intervals=(Interval(symbol=a, lower=S.Zero),))
    everywhere = box(known, -oo, oo)

    assert sign_from(range_of(1 + exp(a * x), everywhere)) == 1
    assert sign_from(range_of(x**2 + a, everywhere)) == 1
    assert sign_from(range_of(tanh(x) - 1, everywhere)) == -1
    assert sign_from(range_of(x**2, everywhere)) is None
    assert range_of(1 / (1 + exp(-x)), everywhere)[:2] == (0, 1)
    assert range_of(x * Rational(1, 3), box(known, S.One, S(2)))[0] <= 1 / 3


def test_inverse_functions_of_bounded_ones_are_bounded() -> None:
    assert look(acos(tanh(x))).tails.is_bounded
    assert look(asin(erf(x)) * cos(x)).tails.is_bounded


SINGULARITIES = (
    ("relu(x)", ((0, 0, 1),)),
    ("abs(x)", ((0, 0, 2),)),
    ("Heaviside(x)", ((0, 1, 0),)),
    ("Piecewise((0, x < 1), (x, True))", ((1, 1, 1),)),
    ("hardtanh(x)", ((-1, 0, 1), (1, 0, -1))),
    ("Piecewise((exp(x)-1, x < 0), (x, True))", ()),
    ("x*abs(x)", ()),
    ("tanh(x)", ()),
    ("sin(x)/x", ()),
    ("Piecewise((sin(x)/x, x > 0), (1 + x, True))", ((0, 0, -1),)),
    ("sign(x)*sqrt(abs(x))", ((0, 0, oo),)),
    ("log(abs(x))", ((0, oo, oo),)),
    ("tanh(1/x)", ((0, 2, 0),)),
    ("exp(-abs(x - 1))", ((1, 0, -2),)),
    ("1e-200*relu(x)", ((0, 0, Rational(1, 10**200)),)),
    ("sqrt(2)*x + (sqrt(8) - 2*sqrt(2))*abs(x)", ()),
)


@pytest.mark.parametrize(("text", "expected"), SINGULARITIES, ids=[s[0] for s in SINGULARITIES])
def test_jumps_and_kinks_have_their_sizes(text: str, expected: tuple[tuple[Expr, ...], ...]) -> None:
    found = analyze(activation(text)).singularities

    assert tuple((s.at, s.jump, s.kink) for s in found) == expected


@pytest.mark.parametrize(
    ("expr", "message"),
    [
        (log(x), r"log\(x\) is not real for x < 0; try log\(abs\(x\)\)"),
        (sqrt(x), "not real for x < 0"),
        (sqrt(x**2 - 4), "not real for -2 < x < 2"),
        (x ** Rational(1, 3), "not real for x < 0"),
        (asin(x), "x < -1 and x > 1"),
        (acos(x - 1), "x < 0 and x > 2"),
        (atanh(x), "x < -1 and x > 1"),
        (acosh(x), "x < 1"),
        (sqrt(sin(x)), "not real for x ="),
        (1 / x, "not defined at x = 0"),
        (1 / (x**2 - 1), "not defined at x = -1"),
        (x / (exp(x) - 2), r"not defined at x = log\(2\)"),
        (Abs(x) ** Rational(-1, 2), "not defined at x = 0"),
        (tan(x), "not defined where cos"),
        (exp(1 / x), "not defined at x = 0"),
        (Piecewise((x, x > 0)), "no value for x < 0"),
        (Piecewise((1 / x, x > 0), (0, True)), "not defined at x = 0"),
        (Piecewise((x, x > 0), (log(x), True)), "not real for x < 0"),
        (x * S.ImaginaryUnit, "not real"),
    ],
    ids=str,
)
def test_what_is_not_real_everywhere_is_refused(expr: Expr, message: str) -> None:
    with pytest.raises(DomainError, match=message):
        look(expr)


@pytest.mark.parametrize(
    "expr",
    [
        Piecewise((log(1 + x), x > 0), (x, True)),
        log(1 + Abs(x)),
        sqrt(Abs(x)),
        asin(tanh(x)),
        atanh(x / (2 + 2 * Abs(x))),
        log(2 + cos(x)),
        sqrt(1 - exp(-(x**2))),
        acosh(cosh(x) + 1),
        log(1 + exp(a * x)),
    ],
    ids=str,
)
def test_what_is_real_everywhere_is_accepted(expr: Expr) -> None:
    assert look(expr, FREE_A).pieces.complete


@pytest.mark.parametrize(
    ("text", "value"), [("sin(x)/x", 1), ("(exp(x)-1)/x", 1), ("x/tanh(x)", 1), ("(1-cos(x))/x", 0)]
)
def test_removable_points_are_filled(text: str, value: int) -> None:
    found = analyze(activation(text))

    assert found.removable == (0,)
    assert found.is_smooth
    assert found.at_zero == value


@pytest.mark.parametrize(("expr", "power"), [(log(Abs(x)), 0), (Abs(x) ** Rational(-1, 4), Rational(-1, 4))])
def test_square_integrable_poles_are_told(expr: Expr, power: Expr) -> None:
    found = look(expr)

    assert found.rough == ((0, power),)
    assert "unbounded at 0" in traits(found).words
    assert found.at_zero is None


PARITY = (
    (tanh(x), "odd"),
    (2 / (1 + exp(-x)) - 1, "odd"),
    ((1 - exp(-x)) / (1 + exp(-x)), "odd"),
    (x * tanh(x), "even"),
    (x / (exp(x) - 1) + x / 2, "even"),
    (x / (1 + Abs(x)), "odd"),
    (Max(0, 1 - Abs(x)), "even"),
    (Piecewise((x + 1, x < -1), (0, x < 1), (x - 1, True)), "odd"),
    (log(1 + exp(x)) - x / 2, None),
    (x + x**2 / 10**6, None),
    (exp(x), None),
    (Max(0, x), None),
    (cos(x) * erf(x), "odd"),
)


@pytest.mark.parametrize(("expr", "expected"), PARITY, ids=[str(p[0]) for p in PARITY])
def test_parity(expr: Expr, expected: str | None) -> None:
    assert look(expr).parity == expected


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        (x, (1, 1, 1)),
        (Max(0, x), (1, 1, 0)),
        (Piecewise((a * x, x < 0), (x, True)), (1, 1, a)),
        (3 * Abs(x), (1, 3, -3)),
        (Max(0, x) ** 2, (2, 1, 0)),
        (x**3, (3, 1, 1)),
        (sign(x) * sqrt(Abs(x)), (S.Half, 1, 1)),
        (Heaviside(x), (0, 1, 0)),
        (Max(2 * x, x) + Min(0, 3 * x), (1, 2, 4)),
        (x + x**2, None),
        (Max(0, x - 1), None),
        (tanh(x), None),
        (Piecewise((x, x < 0), (x**2, True)), None),
    ],
    ids=str,
)
def test_homogeneity(expr: Expr, expected: tuple[Expr, ...] | None) -> None:
    found = look(expr, FREE_A).homogeneity

    assert (found and (found.degree, found.a_plus, found.a_minus)) == expected


TAILS = (
    (tanh(x), -1, 1, (0, 0)),
    (x * (1 + erf(x / sqrt(2))) / 2, 0, x, (0, 1)),
    (x / (1 + exp(-x)), 0, x, (0, 1)),
    (x * tanh(log(1 + exp(x))), 0, x, (0, 1)),
    (log(1 + exp(x)), 0, x, (0, 1)),
    (log(cosh(x)), -x - log(2), x - log(2), (-1, 1)),
    (x + (sqrt(x**2 + 1) - 1) / 2, x / 2 - S.Half, 3 * x / 2 - S.Half, (S.Half, Rational(3, 2))),
    (x - tanh(x), x + 1, x - 1, (1, 1)),
    (atan(x), -pi / 2, pi / 2, (0, 0)),
    (x * atan(x), -pi * x / 2 - 1, pi * x / 2 - 1, (-pi / 2, pi / 2)),
    (1 - exp(-exp(x)), 0, 1, (0, 0)),
    (tanh(exp(x)), 0, 1, (0, 0)),
    (Max(0, x) ** 2, 0, x**2, (0, oo)),
    (exp(x), 0, exp(x), (0, oo)),
    (sqrt(x**2 + x + 1), -x - S.Half, x + S.Half, (-1, 1)),
    (x * sin(1 / (1 + x**2)) * x, 1, 1, (0, 0)),
    (Piecewise((a * x, x < 0), (x, True)), a * x, x, (a, 1)),
    (sin(x), None, None, (0, 0)),
    (x * cos(x), None, None, None),
    (x + sin(x) ** 2, None, None, (1, 1)),
    (x * exp(-(x**2)) * sin(3 * x), 0, 0, (0, 0)),
    (x * tanh(x + cos(x)), None, None, None),
    (exp(2 * x) * (1 - tanh(x)), 0, 2, (0, 0)),
    (x * exp(x**2) * (1 - erf(x)) / (1 + x**2 * exp(2 * x**2)), 0, 0, (0, 0)),
    (log(1 + exp(-x)) * exp(x), 0, 1, (0, 0)),
    (x**2 * (1 - x / sqrt(1 + x**2)), 2 * x**2 - S.Half, S.Half, (-oo, 0)),
    (asinh(x) - log(1 + Abs(x)) * sign(x), -log(2), log(2), (0, 0)),
)


@pytest.mark.parametrize(("expr", "left", "right", "slopes"), TAILS, ids=[str(t[0]) for t in TAILS])
def test_tails(expr: Expr, left: Expr | None, right: Expr | None, slopes: tuple[Expr, Expr] | None) -> None:
    found = look(expr, FREE_A).tails

    assert (found.left, found.right, found.slopes) == (left, right, slopes)


@pytest.mark.parametrize(
    ("expr", "limit"),
    [
        (exp(x**2), Rational(1, 4)),
        (exp(x**2 / 8) * cos(x), 2),
        (x * exp(-x) + cosh(3 * x), oo),
        (Piecewise((exp(x**2 / 3), x < 0), (exp(x**2), True)), Rational(1, 4)),
        (exp(a * x**2), 1 / (4 * a)),
        (exp(-(x**2)), oo),
        (sinh(x) / (1 + exp(x**2)), oo),
        (exp(sqrt(1 + x**4)), Rational(1, 4)),
        (1 - exp(-exp(x)), oo),
    ],
    ids=str,
)
def test_the_mean_is_finite_up_to_a_variance(expr: Expr, limit: Expr) -> None:
    assert look(expr, POSITIVE_A).tails.q_limit == limit


TOO_FAST = (exp(x**3), exp(-(x**3)), exp(exp(x)), exp(x**4 / 100), sinh(exp(-x)))


@pytest.mark.parametrize("expr", TOO_FAST, ids=str)
def test_what_grows_faster_than_every_gaussian_is_refused(expr: Expr) -> None:
    with pytest.raises(NotIntegrableError, match="faster than any Gaussian"):
        look(expr)


BOUNDS = (
    (tanh(x), -1, 1),
    (1 / (1 + exp(-x)), 0, 1),
    (x / (1 + Abs(x)), -1, 1),
    (x * exp(-(x**2) / 2), -exp(-S.Half), exp(-S.Half)),
    ((1 - x**2) * exp(-(x**2) / 2), -2 * exp(Rational(-3, 2)), 1),
    (exp(-Abs(x)), 0, 1),
    (Max(0, Min(6, x)), 0, 6),
    (x / (1 + x**2), -S.Half, S.Half),
    (Heaviside(x), 0, 1),
)


@pytest.mark.parametrize(("expr", "low", "high"), BOUNDS, ids=[str(t[0]) for t in BOUNDS])
def test_bounds_are_exact(expr: Expr, low: Expr, high: Expr) -> None:
    found = look(expr).tails

    assert (found.infimum, found.supremum) == (low, high)
    assert found.is_bounded


@pytest.mark.parametrize("expr", [x, Max(0, x), x * tanh(x), log(1 + x**2), exp(x)], ids=str)
def test_no_bound_is_claimed_without_one(expr: Expr) -> None:
    found = look(expr).tails

    assert not found.is_bounded
    assert found.infimum is None or found.supremum is None


TRAITS = (
    ("tanh(x)", ("odd", "smooth", "bounded by 1"), (("g(0)", 0), ("g'(0)", 1), ("g'''(0)", -2))),
    ("gelu(x)", ("smooth", "tails 0 and x"), (("g(0)", 0), ("g'(0)", S.Half))),
    ("relu(x)", ("homogeneous of degree 1", "kink at 0"), (("g(0)", 0), ("g'(0-)", 0), ("g'(0+)", 1))),
    ("Max(0, 1 - abs(x))", ("even", "3 kinks", "between 0 and 1"), None),
    ("Piecewise((0, x < 1), (x, True))", ("jump at 1", "tails 0 and x"), None),
    ("Heaviside(x)", None, (("g(0-)", 0), ("g(0+)", 1), ("g'(0)", 0))),
    ("abs(sin(x))", ("even", "infinitely many pieces, or not all found"), None),
    ("Max(abs(x), exp(-abs(x)))", ("even", "kink at 0, infinitely many pieces, or not all found"), None),
)


@pytest.mark.parametrize(("text", "words", "germ"), TRAITS, ids=[t[0] for t in TRAITS])
def test_the_head_says_what_it_looks_like(
    text: str, words: tuple[str, ...] | None, germ: tuple[tuple[str, Expr], ...] | None
) -> None:
    found = traits(analyze(activation(text)))

    assert words is None or found.words == words
    assert germ is None or found.germ == germ


def test_expansion_steps_say_on_which_side_they_hold() -> None:
    smooth = expansion_steps(activation("tanh(x)"))
    kinked = expansion_steps(activation("relu(x)"), order=3)

    assert [s.id for s in smooth] == ["taylor.expansion"]
    assert [s.id for s in kinked] == ["taylor.left", "taylor.right"]
    assert "x < 0" in kinked[0].reason
    assert expansion_steps(activation("log(abs(x))")) == ()


@pytest.mark.parametrize("entry", catalog.ENTRIES, ids=lambda e: e.name)
def test_every_catalog_entry_is_analyzed(entry: catalog.Entry) -> None:
    subject = activation(entry.name)
    found = analyze(subject)
    numbers = dict(subject.assumptions.sample())
    spread = Pieces(
        breakpoints=tuple(c.xreplace(numbers) for c in found.pieces.breakpoints),
        branches=tuple(f.xreplace(numbers) for f in found.pieces.branches),
    )

    assert found.pieces.complete
    assert_same_values(subject.expression.xreplace(numbers), spread)
    assert traits(found).words
    assert found.tails.q_limit != 0


def _at_defaults(entry: catalog.Entry) -> Expr:
    defaults = {p.name: p.default for p in entry.parameters if p.default}
    return activation(entry.name, settings=defaults).expression


PLAIN = [e for e in catalog.ENTRIES if all(p.default for p in e.parameters)]


@pytest.mark.parametrize("entry", PLAIN, ids=lambda e: e.name)
def test_shape_survives_scaling_and_shifting(entry: catalog.Entry) -> None:
    expr = _at_defaults(entry)
    one = look(expr)
    two = look(Rational(3, 2) * expr.xreplace({x: Rational(2, 3) * x}) + Rational(1, 7))
    scaled = [c * Rational(3, 2) for c in one.pieces.breakpoints]

    assert len(two.singularities) == len(one.singularities)
    assert all(abs(float(c - d)) < 1e-12 for c, d in zip(two.pieces.breakpoints, scaled, strict=True))
    assert two.tails.q_limit == (one.tails.q_limit * Rational(9, 4))
    if one.slopes is not None:
        assert all((c - d).expand() == 0 for c, d in zip(one.slopes, two.slopes or (), strict=True))


ODD_ONES = (
    "sin(x**2)*x",
    "max(x, sin(exp(x)))",
    "cos(x)/(2+sin(x**3))",
    "x*abs(cos(x))",
    "max(x**9 - 3*x + 1, exp(x) - 5*x)",
    "log(1 + exp(x**2 - sin(x)))",
    "abs(tanh(x) - x/2)",
)


@pytest.mark.parametrize("text", ODD_ONES)
def test_odd_inputs_end_quickly(text: str) -> None:
    start = time.perf_counter()
    found = traits(analyze(activation(text)))

    assert found.words
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize(
    "text",
    [
        "Min(sinc(x), log(Abs(x) + 1/1000))",
        "1/(1 + Abs(sinc(x)))",
        "cos(Max(sinc(x), Abs(x)))/(1 + x**2)",
        "sinc(sqrt(Abs(x)))",
        "tanh(sqrt(Abs(x)))/(1 + sqrt(Abs(x)))/sqrt(Abs(x))",
        "sigmoid(sigmoid(Max(x, 0))*(-x))",
    ],
)
def test_formulas_without_a_value_at_a_point_have_a_limit_there(text: str) -> None:
    found = analyze(activation(text))

    assert all(order >= 0 for _, order in found.rough)
    assert all(s.jump == 0 for s in found.singularities)


@pytest.mark.parametrize("text", ["Min(x*Max(x, 0), 0)", "Max(x, 0) + Min(x, 0) - x + 1"])
def test_a_constant_in_disguise_is_refused(text: str) -> None:
    with pytest.raises(DomainError, match="for every x"):
        analyze(activation(text))


@pytest.mark.parametrize("text", ["x/sqrt(Abs(x))**3", "sin(sqrt(Abs(x)))/x", "1/(1 - sinc(x))"])
def test_what_grows_too_fast_beside_a_point_is_refused(text: str) -> None:
    with pytest.raises(DomainError, match="grows there"):
        analyze(activation(text))


@pytest.mark.parametrize(
    ("f", "limit"),
    [
        ((exp(exp(x)) - 1) * exp(-exp(x)), oo),
        (exp(x - exp(exp(x))), None),
        (exp(exp(x)) - exp(exp(x) - x), None),
    ],
)
def test_what_may_be_tamed_is_not_told_divergent(f: Expr, limit: Expr | None) -> None:
    assert look(f).tails.q_limit == limit


@pytest.mark.parametrize("f", [x * exp(exp(x)), exp(x**4) * (2 + sin(x)), exp(x**4) / (1 + x**2)])
def test_what_nothing_tames_is_told_divergent(f: Expr) -> None:
    with pytest.raises(NotIntegrableError, match="faster"):
        look(f)


@pytest.mark.parametrize(
    ("expr", "breakpoints"),
    [
        (Max(Abs(x), sqrt(Abs(x))), (-1, 0, 1)),
        (Min(x**2, 8 * sqrt(Abs(x))), (-4, 4)),
        (Max(x, Abs(x) ** Rational(1, 3)), (0, 1)),
    ],
)
def test_roots_of_x_cross_polynomials_where_they_do(expr: Expr, breakpoints: tuple[int, ...]) -> None:
    found = pieces(expr)

    assert found.complete
    assert found.breakpoints == breakpoints


@pytest.mark.parametrize("text", ["x*sin(1/x)", "cos(1/x)*tanh(x)", "x**2*sin(x/(x-1))"])
def test_waves_without_end_beside_a_point_are_refused(text: str) -> None:
    with pytest.raises(UnsupportedError, match=r"oscillates without end beside x = [01]:"):
        analyze(activation(text))


def test_sinc_is_looked_at_where_its_argument_vanishes() -> None:
    """`sin(u)/u` has the value 1 there, and is even in `u`."""
    for text, at_zero in (("sinc(sinc(x))", sin(1)), ("sinc(Max(x, 0))", 1), ("sinc(sqrt(abs(x)))", 1)):
        found = analyze(activation(text))

        assert abs((found.at_zero - at_zero).evalf(20)) < 1e-18
        assert found.tails.is_bounded
    assert analyze(activation("sinc(sinc(x))")).parity == "even"
    assert analyze(activation("sinc(cos(x) + erf(x))")).removable == ()


def test_a_change_of_sign_is_looked_for_within_the_interval():
    function = cosh(x) + x**2 - cosh(1) - 1

    assert sign_changes(function, -oo, S.Zero, Assumptions()) == (-1,)
    assert sign_changes(function, S.Zero, oo, Assumptions()) == (1,)


def test_steps_that_cannot_be_placed_have_no_slope() -> None:
    step = sign(cos(sin(x) / x))  # always 1, which is not found; where it changed, g would jump

    with pytest.raises(UnsupportedError, match="was not found"):
        analyze(Activation(title="", expression=x * step))
