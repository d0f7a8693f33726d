"""Gated linear units: one half of the layer's outputs multiplied by a function of the other half."""

from symbolic_init.catalog.entry import Entry

__all__ = ["PAIRS"]

_HALVES = ("x", "y")

PAIRS = (
    Entry(
        "glu",
        "x/(1 + exp(-y))",
        "gated linear unit: x sigmoid(y)",
        reference="dauphin2017",
        frameworks=("torch.nn.GLU", "jax.nn.glu", "keras.activations.glu"),
        inputs=_HALVES,
    ),
    Entry("swiglu", "x*silu(y)", "gated by SiLU", reference="shazeer2020", inputs=_HALVES),
    Entry("geglu", "x*gelu(y)", "gated by GELU", reference="shazeer2020", inputs=_HALVES),
    Entry("reglu", "x*relu(y)", "gated by ReLU", reference="shazeer2020", inputs=_HALVES),
    Entry("bilinear", "x*y", "product of both halves", reference="shazeer2020", inputs=_HALVES),
)
