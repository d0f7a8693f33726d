"""Derivations written by hand, for renderers and records: every field occurs, nothing is computed."""

from dataclasses import replace

from sympy import (
    E,
    Heaviside,
    Max,
    Min,
    Mul,
    O,
    Piecewise,
    Rational,
    S,
    Symbol,
    asin,
    erf,
    exp,
    oo,
    pi,
    sqrt,
    tanh,
)

from symbolic_init.assumptions import Assumptions, Interval
from symbolic_init.derivation import Derivation, Outlook, Scheme, Singularity, Step, Traits
from symbolic_init.evidence import Moment, Value
from symbolic_init.notation import GaussianMean, N, Root, g, q, sigma_w2, v2, x

a = Symbol("a", positive=True)
b = Symbol("b", real=True)


def exact(expr: object, note: str = "") -> Value:
    return Value(definition=S(expr), kind="exact", rules=("some.rule",), note=note)


def step(**fields: object) -> Step:
    return Step(
        **{"id": "sample.step", "chain": "sample", "reason": "said so", "rule": "some.rule", **fields}
    )


NOTHING = Assumptions()
MEAN = GaussianMean(tanh(x) ** 2, q)

TANH = Derivation(
    title="tanh(x)",
    expression=tanh(x),
    assumptions=NOTHING,
    reference="",
    traits=Traits(
        words=("odd", "smooth", "bounded by 1"),
        germ=(("g(0)", S.Zero), ("g'(0)", S.One), ("g'''(0)", S(-2))),
    ),
    theory="linear",
    requested="auto",
    q=S.One,
    sigma_b2=S.Zero,
    weight_variance=1 / N,
    moment_items=(
        ("M", Moment(integrand=tanh(x) ** 2, kind="enclosed", expr=None, limit=oo)),
        ("m", Moment(integrand=tanh(x), kind="exact", expr=S.Zero, limit=oo, rules=("gauss.odd",))),
    ),
    value_items=(("sigma_w2", exact(1)), ("q_implied", exact(1)), ("variance_true", exact(Rational(2, 5)))),
    schemes=(
        Scheme(
            theory="linear",
            label="linear = critical",
            sigma_w2=exact(1, "exact for q -> 0"),
            sigma_b2=exact(0),
            fate="decays",
            q_star=exact(0),
            V_prime=exact(1),
            chi_1=exact(1),
        ),
        Scheme(
            theory="length-map",
            label="length map q = 1",
            sigma_w2=Value(definition=S(63) / 25 + pi / 100, kind="enclosed"),
            sigma_b2=exact(0),
            fate="fixed",
            q_star=exact(1),
            V_prime=Value(definition=sqrt(2) / 3, kind="estimated"),
            chi_1=Value(definition=E / 2, kind="series"),
            stable=False,
        ),
    ),
    recommended_index=0,
    why="g(0) = 0, so N Var(w) = 1/g'(0)^2 (Kumar 2017); critical, class K* = 0.",
    outlook=Outlook(
        depth=50,
        q=Value(definition=Rational(13, 1250), kind="estimated"),
        gradient2=Value(definition=Rational(143, 10000), kind="estimated"),
        text="50 layers from E[x^2] = 1: q = 0.0104 ~ 1/(2l), gradient^2 x 0.0143 ~ 1/l.",
    ),
    warnings=("Note: at q = 1, which Kumar's derivation assumes, Var g is 0.394294, not 1.",),
    steps=(
        step(
            id="taylor.expansion",
            chain="taylor",
            lhs=g(x),
            rhs=x - x**3 / 3 + 2 * x**5 / 15 + O(x**7),
            relation="~",
            reason="Taylor at 0",
            rule="taylor.smooth",
        ),
        step(lhs=S.One, rhs=GaussianMean(x**2, q), reference="kumar2017", assumptions=("w independent",)),
        step(lhs=GaussianMean(x**2, q), rhs=N * v2, given=((q, S.One), (v2, 1 / N))),
        step(
            chain="limit",
            lhs=q / MEAN,
            rhs=S.One,
            relation="->",
            kind="enclosed",
            reason="the map at small q",
            reference="poole2016",
        ),
    ),
    digits=30,
)

K_STAR = Root(q**2 - 3 * q - 2, q, 3, 4)
M_GELU = Mul(
    q,
    Rational(1, 4) + asin(q / (1 + q)) / (2 * pi) + q / (pi * (1 + q) * sqrt(1 + 2 * q)),
    evaluate=False,
)

GELU = replace(
    TANH,
    title="gelu",
    expression=x * (1 + erf(x / sqrt(2))) / 2,
    reference="he2015",
    traits=Traits(words=("smooth", "tails 0 and x"), germ=(("g(0)", S.Zero), ("g'(0)", Rational(1, 2)))),
    weight_variance=4 / N,
    moment_items=(("M", Moment(integrand=x**2, kind="exact", expr=M_GELU, limit=oo, steps=TANH.steps[:1])),),
    value_items=(("sigma_w2", exact(4)), ("q_implied", exact(4)), ("chi_1", exact(oo))),
    schemes=(
        Scheme(
            theory="criticality",
            label="half-stable",
            sigma_w2=exact(sqrt(17) / 2 - Rational(39, 500)),
            sigma_b2=exact(sqrt(3) / 10),
            fate="fixed",
            q_star=exact((3 + sqrt(17)) / 2),
            V_prime=exact(1),
            chi_1=exact(1),
        ),
        Scheme(
            theory="linear",
            label="linear (Kumar)",
            sigma_w2=exact(4),
            sigma_b2=exact(0),
            fate="diverges",
            stable=False,
        ),
        Scheme(
            theory="centered",
            label="centered (NFNets)",
            sigma_w2=Value(definition=1 / GaussianMean(x**2, 1), kind="estimated"),
            sigma_b2=exact(0),
            fate="unknown",
            note="for weights with zero row sums only",
        ),
    ),
    outlook=None,
    warnings=("4/N diverges: \\write18{rm} % # _ ^ & $ ~ {} are only characters here.",),
    steps=(
        *TANH.steps,
        step(chain="M", lhs=GaussianMean(x**2, q), rhs=M_GELU, reason="closed form", rule="gauss.erf"),
        step(chain="M", lhs=M_GELU, rhs=q * sigma_w2 + K_STAR, kind="estimated", reason="and so on"),
    ),
)

LEAKY = replace(
    TANH,
    title="leaky_relu(x, a)",
    expression=Piecewise((a * x, x < 0), (x, True)),
    assumptions=Assumptions(
        intervals=(
            Interval(symbol=a, lower=S.Zero),
            Interval(symbol=b, lower=S(-1), upper=S.One, upper_open=False),
        ),
        positive=(1 - a,),
    ),
    traits=Traits(
        words=("homogeneous",),
        germ=(("g(0)", S.Zero), ("g'(0-)", a), ("g'(0+)", S.One)),
        singularities=(Singularity(at=S.Zero, jump=S.Zero, kink=1 - a),),
    ),
    theory="length-map",
    weight_variance=2 / (N * (1 + a**2)),
    moment_items=(("M", Moment(integrand=x**2, kind="exact", expr=(1 + a**2) * q / 2, limit=1 / (4 * a))),),
    value_items=(("sigma_w2", exact(2 / (1 + a**2))),),
    schemes=(
        Scheme(
            theory="length-map",
            label="homogeneous",
            sigma_w2=exact(2 / (1 + a**2)),
            sigma_b2=exact(0),
            fate="any",
            V_prime=exact(1),
            chi_1=exact(1),
        ),
    ),
    warnings=(),
    outlook=None,
)

NOTHING_TO_USE = replace(
    TANH,
    title="step\n\\input{/etc/passwd} | `code` <b>$",
    expression=Heaviside(x, Rational(1, 2)) + Max(0, Min(x, 1)) + exp(-(x**2)),
    recommended_index=None,
    why="g jumps, so backpropagation does not see its derivative.",
    outlook=None,
)

LONG = replace(
    GELU,
    title="+".join(f"sin({k}*x)/{k}**2*exp(-x**2)*tanh({k}*x)" for k in range(1, 30)),
    expression=sum((tanh(k * x) * exp(-(x**2) / k) * erf(x / sqrt(k)) / k**2 for k in range(1, 30)), S.Zero),
    why="because " * 60,
    steps=(
        step(
            lhs=GaussianMean(tanh(x) ** 2, q),
            rhs=sum((asin(q / (k + q)) ** k / sqrt(pi * (k + 2 * q)) for k in range(1, 40)), S.Zero),
            reason="reasons " * 20,
        ),
        step(
            chain="deep",
            lhs=g(x),
            rhs=sqrt(sum((a**k * b**k / (k + q) for k in range(1, 30)), S.One)) / (1 + a),
        ),
        step(chain="wide", lhs=g(x), rhs=Symbol("n" * 100) ** 2 * Symbol("m" * 90)),
    ),
)

SAMPLES = {
    "tanh": TANH,
    "gelu": GELU,
    "leaky": LEAKY,
    "nothing": NOTHING_TO_USE,
    "long": LONG,
}
