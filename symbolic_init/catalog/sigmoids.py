"""S-shaped functions: bounded or slowly growing, monotone."""

from symbolic_init.catalog.entry import Entry, Parameter

__all__ = ["SIGMOIDS"]

SIGMOIDS = (
    Entry(
        "sigmoid",
        "1/(1 + exp(-x))",
        "logistic function",
        aliases=("logistic", "expit"),
        frameworks=("torch.nn.Sigmoid", "jax.nn.sigmoid", "keras.activations.sigmoid"),
    ),
    Entry(
        "tanh",
        "tanh(x)",
        "hyperbolic tangent",
        frameworks=("torch.nn.Tanh", "jax.nn.tanh", "keras.activations.tanh"),
    ),
    Entry(
        "scaled_tanh",
        "a*tanh(b*x)",
        "hyperbolic tangent with g(1) = 1",
        reference="lecun1998",
        parameters=(Parameter("a", "1.7159"), Parameter("b", "2/3")),
        aliases=("lecun_tanh", "stanh"),
    ),
    Entry(
        "bipolar_sigmoid",
        "(1 - exp(-x))/(1 + exp(-x))",
        "logistic function between -1 and 1",
    ),
    Entry(
        "penalized_tanh",
        "Piecewise((a*tanh(x), x < 0), (tanh(x), True))",
        "hyperbolic tangent, flatter on the left",
        reference="xu2016",
        parameters=(Parameter("a", "1/4"),),
    ),
    Entry(
        "hard_tanh",
        "Max(low, Min(x, high))",
        "identity cut off at both ends",
        reference="collobert2004",
        parameters=(Parameter("low", "-1", "low < high"), Parameter("high", "1")),
        frameworks=("torch.nn.Hardtanh", "jax.nn.hard_tanh", "keras.activations.hard_tanh"),
    ),
    Entry(
        "hard_sigmoid",
        "Max(0, Min(x + 3, 6))/6",
        "line from 0 to 1 between -3 and 3",
        reference="courbariaux2015",
        frameworks=("torch.nn.Hardsigmoid", "jax.nn.hard_sigmoid", "keras.activations.hard_sigmoid"),
        note="Keras before version 3 had Max(0, Min(1, x/5 + 1/2)).",
    ),
    Entry(
        "sparse_sigmoid",
        "Max(0, Min(x + 1, 2))/2",
        "line from 0 to 1 between -1 and 1",
        reference="blondel2020",
        frameworks=("jax.nn.sparse_sigmoid", "keras.activations.sparse_sigmoid"),
    ),
    Entry(
        "sqnl",
        "Piecewise((-1, x < -2), (x + x**2/4, x < 0), (x - x**2/4, x < 2), (1, True))",
        "square nonlinearity, from -1 to 1",
        reference="wuraola2018",
    ),
    Entry(
        "softsign",
        "x/(1 + Abs(x))",
        "ratio that goes to -1 and 1 slowly",
        reference="bergstra2009",
        frameworks=("torch.nn.Softsign", "jax.nn.soft_sign", "keras.activations.softsign"),
    ),
    Entry(
        "elliott",
        "(1 + x/(1 + Abs(x)))/2",
        "softsign between 0 and 1",
        reference="elliott1993",
        aliases=("elliot",),
    ),
    Entry(
        "isru",
        "x/sqrt(1 + alpha*x**2)",
        "inverse square root unit",
        reference="carlile2017",
        parameters=(Parameter("alpha", "1", "alpha > 0"),),
    ),
    Entry("erf", "erf(x)", "error function"),
    Entry(
        "Phi",
        "(1 + erf(x/sqrt(2)))/2",
        "normal distribution function",
        aliases=("normal_cdf", "probit", "gaussian_cdf"),
    ),
    Entry(
        "laplace",
        "(1 + erf((x - mu)/(sigma*sqrt(2))))/2",
        "normal distribution function, shifted",
        reference="ma2023",
        parameters=(Parameter("mu", "0.707107"), Parameter("sigma", "0.282095", "sigma > 0")),
    ),
    Entry("atan", "atan(x)", "inverse tangent", aliases=("arctan", "arctangent")),
    Entry(
        "gudermannian",
        "2*atan(tanh(x/2))",
        "integral of sech",
    ),
    Entry("asinh", "asinh(x)", "inverse hyperbolic sine", aliases=("arcsinh",)),
    Entry(
        "symlog",
        "sign(x)*log(1 + Abs(x))",
        "logarithm on both sides",
        reference="hafner2025",
        aliases=("log_modulus", "logsign"),
    ),
    Entry("signed_sqrt", "sign(x)*sqrt(Abs(x))", "square root on both sides", aliases=("ssqrt",)),
    Entry(
        "cloglog", "1 - exp(-exp(x))", "complementary log-log", aliases=("loglog", "complementary_log_log")
    ),
    Entry(
        "log_sigmoid",
        "-log(1 + exp(-x))",
        "logarithm of the logistic function",
        frameworks=("torch.nn.LogSigmoid", "jax.nn.log_sigmoid", "keras.activations.log_sigmoid"),
    ),
    Entry(
        "tanh_shrink",
        "x - tanh(x)",
        "what tanh leaves of x",
        frameworks=("torch.nn.Tanhshrink", "keras.activations.tanh_shrink"),
    ),
    Entry("sign", "sign(x)", "sign", aliases=("signum", "sgn", "bipolar")),
    Entry(
        "step", "Heaviside(x)", "unit step", reference="mcculloch1943", aliases=("heaviside", "binary_step")
    ),
)
