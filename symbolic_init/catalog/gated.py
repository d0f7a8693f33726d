"""Self-gated units: x times a function that goes from 0 to 1, and their like."""

from symbolic_init.catalog.entry import Entry, Parameter

__all__ = ["GATED"]

GATED = (
    Entry(
        "gelu",
        "x*(1 + erf(x/sqrt(2)))/2",
        "Gaussian error linear unit",
        reference="hendrycks2016",
        aliases=("gelu_python", "gelu_exact"),
        frameworks=("torch.nn.GELU", "jax.nn.gelu", "keras.activations.gelu"),
        note="jax.nn.gelu is gelu_tanh unless approximate=False.",
    ),
    Entry(
        "gelu_tanh",
        "x*(1 + tanh(sqrt(2/pi)*(x + 0.044715*x**3)))/2",
        "gelu with tanh in place of erf",
        reference="hendrycks2016",
        aliases=("gelu_new", "gelu_fast", "gelu_pytorch_tanh", "gelu_approximate", "gelu_accurate"),
        frameworks=("jax.nn.gelu",),
    ),
    Entry(
        "quick_gelu",
        "x/(1 + exp(-1.702*x))",
        "gelu with the logistic function",
        reference="hendrycks2016",
        aliases=("gelu_sigmoid", "gelu_quick"),
    ),
    Entry(
        "silu",
        "x/(1 + exp(-x))",
        "sigmoid linear unit",
        reference="elfwing2018",
        frameworks=("torch.nn.SiLU", "jax.nn.silu", "keras.activations.silu"),
    ),
    Entry(
        "swish",
        "x/(1 + exp(-beta*x))",
        "silu with a slope beta in the gate",
        reference="ramachandran2017",
        parameters=(Parameter("beta", "1"),),
        frameworks=("jax.nn.swish", "keras.activations.swish"),
    ),
    Entry(
        "e_swish",
        "beta*x/(1 + exp(-x))",
        "silu times beta",
        reference="alcaide2018",
        parameters=(Parameter("beta", "1.375"),),
    ),
    Entry(
        "dsilu",
        "(1 + x*exp(-x)/(1 + exp(-x)))/(1 + exp(-x))",
        "derivative of silu",
        reference="elfwing2018",
    ),
    Entry(
        "mish",
        "x*tanh(log(1 + exp(x)))",
        "x tanh(softplus(x))",
        reference="misra2020",
        frameworks=("torch.nn.Mish", "jax.nn.mish", "keras.activations.mish"),
    ),
    Entry("tanhexp", "x*tanh(exp(x))", "x tanh(exp(x))", reference="liu2021", aliases=("telu",)),
    Entry("serf", "x*erf(log(1 + exp(x)))", "x erf(softplus(x))", reference="nag2023"),
    Entry("phish", "x*tanh(x*(1 + erf(x/sqrt(2)))/2)", "x tanh(gelu(x))", reference="naveen2022"),
    Entry("logish", "x*log(1 + 1/(1 + exp(-x)))", "x log(1 + sigmoid(x))", reference="zhu2021"),
    Entry("smish", "x*tanh(log(1 + 1/(1 + exp(-x))))", "x tanh(log(1 + sigmoid(x)))", reference="wang2022"),
    Entry("lisht", "x*tanh(x)", "x tanh(x), even", reference="roy2023"),
    Entry("gcu", "x*cos(x)", "growing cosine unit", reference="noel2021gcu", aliases=("growing_cosine",)),
    Entry(
        "atlu", "x*(atan(x)/pi + 1/2)", "x gated by the inverse tangent", aliases=("arctan_linear", "xatlu")
    ),
    Entry(
        "elish",
        "Piecewise(((exp(x) - 1)/(1 + exp(-x)), x < 0), (x/(1 + exp(-x)), True))",
        "elu on the left, silu on the right, gated",
        reference="basirat2018",
    ),
    Entry(
        "hard_elish",
        "Piecewise(((exp(x) - 1)*Max(0, (x + 1)/2), x < 0), (x*Min(1, (x + 1)/2), True))",
        "elish with a straight gate",
        reference="basirat2018",
    ),
    Entry("resech", "x*sech(x)", "x sech(x), odd"),
)
