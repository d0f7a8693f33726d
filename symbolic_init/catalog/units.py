"""Smooth and half-smooth relatives of the rectifier."""

from symbolic_init.catalog.entry import Entry, Parameter

__all__ = ["UNITS"]

UNITS = (
    Entry(
        "softplus",
        "log(1 + exp(beta*x))/beta",
        "smooth rectifier, integral of sigmoid",
        reference="dugas2001",
        parameters=(Parameter("beta", "1", "beta > 0"),),
        frameworks=("torch.nn.Softplus", "jax.nn.softplus", "keras.activations.softplus"),
        note="torch replaces it by x where beta*x > 20; that is not done here.",
    ),
    Entry(
        "shifted_softplus",
        "log(1/2 + exp(x)/2)",
        "softplus through the origin",
        reference="schuett2017",
        aliases=("ssp",),
    ),
    Entry(
        "squareplus",
        "(x + sqrt(x**2 + b))/2",
        "smooth rectifier, algebraic",
        reference="barron2021",
        parameters=(Parameter("b", "4", "b >= 0"),),
        frameworks=("jax.nn.squareplus", "keras.activations.squareplus"),
    ),
    Entry(
        "elu",
        "Piecewise((alpha*(exp(x) - 1), x < 0), (x, True))",
        "exponential linear unit",
        reference="clevert2016",
        parameters=(Parameter("alpha", "1"),),
        frameworks=("torch.nn.ELU", "jax.nn.elu", "keras.activations.elu"),
    ),
    Entry(
        "celu",
        "Piecewise((alpha*(exp(x/alpha) - 1), x < 0), (x, True))",
        "exponential linear unit with slope 1 at 0",
        reference="barron2017",
        parameters=(Parameter("alpha", "1", "alpha > 0"),),
        frameworks=("torch.nn.CELU", "jax.nn.celu", "keras.activations.celu"),
    ),
    Entry(
        "selu",
        "Piecewise((scale*alpha*(exp(x) - 1), x < 0), (scale*x, True))",
        "self-normalizing exponential linear unit",
        reference="klambauer2017",
        parameters=(Parameter("scale", "1.0507009873554805"), Parameter("alpha", "1.6732632423543772")),
        frameworks=("torch.nn.SELU", "jax.nn.selu", "keras.activations.selu"),
        note="The constants are the 16 digits that the frameworks compute with, read as fractions.",
    ),
    Entry(
        "pelu",
        "Piecewise((a*(exp(x/b) - 1), x < 0), (a*x/b, True))",
        "parametric exponential linear unit",
        reference="trottier2017",
        parameters=(Parameter("a", "1", "a > 0"), Parameter("b", "1", "b > 0")),
    ),
    Entry(
        "isrlu",
        "Piecewise((x/sqrt(1 + alpha*x**2), x < 0), (x, True))",
        "inverse square root linear unit",
        reference="carlile2017",
        parameters=(Parameter("alpha", "1", "alpha > 0"),),
    ),
    Entry(
        "soft_exponential",
        "(exp(alpha*x) - 1)/alpha + alpha",
        "between the line and the exponential",
        reference="godfrey2015",
        parameters=(Parameter("alpha", "1/2", "alpha > 0"),),
        note="For alpha <= 0 it is not real on the whole line.",
    ),
    Entry("bent_identity", "(sqrt(x**2 + 1) - 1)/2 + x", "line with two slopes, 1/2 and 3/2"),
    Entry("log_cosh", "log(cosh(x))", "integral of tanh"),
    Entry(
        "exponential",
        "exp(x)",
        "exponential function",
        frameworks=("keras.activations.exponential",),
        aliases=("exp",),
    ),
    Entry("sinh", "sinh(x)", "hyperbolic sine"),
)
