"""Rectifiers: zero or linear on the left, growing on the right."""

from symbolic_init.catalog.entry import Entry, Parameter

__all__ = ["RECTIFIERS"]

RECTIFIERS = (
    Entry(
        "relu",
        "Max(0, x)",
        "rectified linear unit",
        reference="nair2010",
        aliases=("rectifier",),
        frameworks=(("torch", "torch.nn.ReLU"), ("jax", "jax.nn.relu"), ("keras", "keras.activations.relu")),
    ),
    Entry(
        "leaky_relu",
        "Piecewise((a*x, x < 0), (x, True))",
        "rectifier with slope a on the left",
        reference="maas2013",
        parameters=(Parameter("a", "1/100"),),
        aliases=("leakyrelu",),
    ),
    Entry("tanh", "tanh(x)", "hyperbolic tangent"),
    Entry("sigmoid", "1/(1 + exp(-x))", "logistic function"),
    Entry("gelu", "x*(1 + erf(x/sqrt(2)))/2", "Gaussian error linear unit"),
    Entry("silu", "x/(1 + exp(-x))", "sigmoid linear unit", aliases=("swish",)),
    Entry(
        "elu",
        "Piecewise((alpha*(exp(x) - 1), x < 0), (x, True))",
        "exponential linear unit",
        parameters=(Parameter("alpha", "1"),),
    ),
)
