"""Kumar 2017: keep the variance of the activations 1, with g linearized at 0."""

from sympy import Add, Expr, Order, S

from symbolic_init.derivation import Step
from symbolic_init.errors import UnsupportedError
from symbolic_init.notation import GaussianMean, N, q, v2, x
from symbolic_init.theories.small_variance import Series, inverted
from symbolic_init.theories.theory import Proposal, Setting, Theory

__all__ = ["LINEAR", "implied_q", "limit_steps"]


def implied_q(slope: Expr) -> Expr:
    """Return the pre-activation variance that the linearization works at: `1/g'(0)^2`."""
    return 1 / slope**2


def _propose(setting: Setting) -> Proposal:
    g0, g1 = setting.at_zero, setting.slope
    if g0 is None or g1 is None or g1 == 0:
        what = "g'(0) = 0" if g1 == 0 else "g has no single slope at 0"
        msg = f"the linear theory does not apply: {what}; try theory 'length-map'"
        raise UnsupportedError(msg)
    solution = 1 / (g1**2 * (1 + g0**2))
    given = ((q, implied_q(g1)), (v2, solution / N))
    linearized = GaussianMean((g1 * x) ** 2, q)
    assumptions = ("weights independent of the activations, mean 0", "g linear where the signal lives")
    steps = (
        Step(
            id="linear.target",
            chain="linear",
            lhs=S.One,
            rhs=linearized,
            reason="Var g(y) = 1 is wanted; g(y) ~ g(0) + g'(0) y",
            rule="linear.target",
            reference="kumar2017",
            assumptions=assumptions,
            given=given,
        ),
        Step(
            id="linear.gaussian",
            chain="linear",
            lhs=linearized,
            rhs=g1**2 * q,
            reason="second moment of a Gaussian",
            rule="gauss.line.second",
        ),
        Step(
            id="linear.layer",
            chain="linear",
            lhs=g1**2 * q,
            rhs=g1**2 * N * v2 * (1 + g0**2),
            reason="q = Var y = N v^2 (Var x + E[x]^2), Var x = 1, E[x] = g(0)",
            rule="linear.layer",
            reference="kumar2017",
            assumptions=assumptions,
            given=given,
        ),
        Step(
            id="linear.solution",
            chain="linear.solution",
            lhs=v2,
            rhs=solution / N,
            reason="solved for v^2",
            rule="linear.solution",
            reference="kumar2017",
            given=((v2, solution / N),),
        ),
    )
    return Proposal(
        sigma_w2=solution, sigma_b2=S.Zero, kind="exact", q=None, steps=steps, rules=("linear.solution",)
    )


def limit_steps(setting: Setting) -> tuple[Step, ...]:
    """Return the lines that show the limit `q -> 0` of the length map, where `g(0) = 0`."""
    series = setting.second_series
    if setting.at_zero != 0 or setting.slope in (None, 0) or series is None or series.terms[0][0] != 1:
        return ()
    mean = setting.M.head(q)
    ratio = inverted(series)
    return (
        Step(
            id="linear.series",
            chain="M.series",
            lhs=mean,
            rhs=_sum(series),
            relation="~",
            reason="Taylor's series of g^2, term by term: asymptotic",
            rule="linear.series",
            kind="series",
        ),
        Step(
            id="linear.limit",
            chain="linear.limit",
            lhs=q / mean,
            rhs=_sum(ratio),
            relation="~",
            reason="N v^2 = q/M(q) of the length map: the linear theory is its limit q -> 0",
            rule="linear.limit",
            reference="poole2016",
            kind="series",
        ),
    )


def _sum(series: Series) -> Expr:
    return Add(*(c * q**power for power, c in series.terms)) + Order(q**series.order)


LINEAR = Theory(
    id="linear",
    title="Linearization at 0",
    label="linear (Kumar)",
    claim="The activations keep variance 1, with g replaced by its tangent at 0.",
    validity="Exact in the limit q -> 0 when g(0) = 0; otherwise a first-order formula at q = 1/g'(0)^2.",
    reference="kumar2017",
    propose=_propose,
)
