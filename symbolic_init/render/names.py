"""How names of the theory are written in plain text, in Unicode and in LaTeX."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

__all__ = ["CHAIN_WORDS", "NAMES", "VALUE_WORDS", "Name"]


class Name(NamedTuple):
    """One name in three scripts."""

    text: str
    unicode: str
    latex: str


NAMES: Mapping[str, Name] = MappingProxyType(
    {
        "K_star": Name("K*", "K*", r"K^{\star}"),
        "V_prime": Name("V'", "V′", r"V'"),
        "alpha": Name("alpha", "α", r"\alpha"),
        "beta": Name("beta", "β", r"\beta"),
        "chi_1": Name("chi_1", "χ₁", r"\chi_1"),
        "chi_1_implied": Name("chi_1(q_implied)", "χ₁(q_implied)", r"\chi_1(q_{\mathrm{implied}})"),
        "V_prime_implied": Name("V'(q_implied)", "V′(q_implied)", r"V'(q_{\mathrm{implied}})"),
        "gain": Name("gain", "gain", r"\mathrm{gain}"),
        "gamma": Name("gamma", "γ", r"\gamma"),
        "C_W": Name("C_W", "C_W", "C_W"),
        "C_prime": Name("C'(c*)", "C′(c*)", r"C'(c^{\star})"),
        "C_prime_1": Name("C'(1)", "C′(1)", r"C'(1)"),
        "c_star": Name("c*", "c*", r"c^{\star}"),
        "xi_c": Name("xi_c", "ξ_c", r"\xi_c"),
        "C_b": Name("C_b", "C_b", "C_b"),
        "a_1": Name("a_1", "a₁", "a_1"),
        "b_1": Name("b_1", "b₁", "b_1"),
        "kappa": Name("kappa", "κ", r"\kappa"),
        "lam": Name("lam", "λ", r"\lambda"),
        "mu": Name("mu", "μ", r"\mu"),
        "q_implied": Name("q_implied", "q_implied", r"q_{\mathrm{implied}}"),
        "q_star": Name("q*", "q*", r"q^{\star}"),
        "q_settled": Name("q_settled", "q_settled", r"q_{\mathrm{settled}}"),
        "rho": Name("rho", "ρ", r"\rho"),
        "sigma_b2": Name("sigma_b2", "σ_b²", r"\sigma_b^2"),
        "sigma_w2": Name("sigma_w2", "σ_w²", r"\sigma_w^2"),
        "v2": Name("v^2", "v²", "v^2"),
        "variance_true": Name("Var g", "Var g", r"\operatorname{Var} g"),
        "xi_q": Name("xi_q", "ξ_q", r"\xi_q"),
        "xi_grad": Name("xi_grad", "ξ_∇", r"\xi_\nabla"),
        "weight_variance": Name("Var(w)", "Var(w)", r"\operatorname{Var}(w)"),
    }
)
"""Names that are not written as they stand."""

VALUE_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "V_prime": "slope of the length map where it settles",
        "V_prime_implied": "slope of the length map at the implied variance",
        "chi_1": "growth of the squared gradient per layer where the map settles",
        "M": "mean square of the activation at the variance asked for",
        "chi_1_implied": "growth of the squared gradient per layer at the implied variance",
        "gain": "standard deviation of a weight times the root of the fan-in",
        "h": "mean square of the slope at the variance asked for",
        "m": "mean of the activation at the variance asked for",
        "q_implied": "pre-activation variance that the formula implies",
        "q_settled": "pre-activation variance that the exact map goes to from unit inputs",
        "q_star": "pre-activation variance where the exact map settles",
        "sigma_b2": "variance of a bias",
        "sigma_w2": "fan-in times the variance of a weight",
        "variance_true": "true variance of the activation at the implied variance",
        "xi_q": "layers in which a deviation of q falls to 1/e where the map settles",
        "C_prime": "slope of the correlation map at its fixed point",
        "C_prime_1": "slope of the correlation map at 1, jumps of the activation included",
        "beta": "1 - c tends to this over the layer, at the edge of chaos",
        "c_star": "correlation that two inputs approach",
        "jump_rate": "1 - C(1 - u) is this times the root of u",
        "kappa": "1 - c tends to 4 over the square of this times the layer, at the edge of chaos",
        "xi_c": "layers in which a deviation of the correlation falls to 1/e",
        "xi_grad": "layers in which the squared gradient falls to 1/e (negative: grows)",
        "K_star": "pre-activation variance of the critical point",
        "C_W": "critical fan-in times the variance of a weight",
        "C_b": "critical variance of a bias",
        "mu_ratio": "what a layer of normal weights adds to the spread of the squared singular values",
        "jacobian_normal": "variance of the Jacobian's squared singular values, normal weights",
        "jacobian_orthogonal": "variance of the Jacobian's squared singular values, orthogonal weights",
        "isometry_depth": "layers after which that variance is 1 with orthogonal weights",
        "s_max2_normal": "largest squared singular value, normal weights",
        "s_max2_orthogonal": "largest squared singular value, orthogonal weights",
        "branch_taki": "factor on the variance of the weights of branches W g(x)",
        "branch_root": "factor on the output of branches",
        "branch_fixup": "factor on the std of the weights of a two-layer branch, its last ones left out",
        "branch_skipinit": "factor on the output of branches at first",
        "nfnets_variance": "variance of the stream after one stage of NFNets, each block adding 0.2^2",
        "stream_growth": "factor on the variance of the stream over all blocks",
        "gradient_growth": "factor on the squared gradient over all blocks",
        "stream_growth_unscaled": "the same for branches that keep q, not scaled down",
        "gradient_growth_unscaled": "factor on the squared gradient for branches that are not scaled down",
        "a_1": "first correction of the length map for small q",
        "b_1": "first correction of the growth of the gradient for small q",
    }
)
"""What the values of a headline mean."""

CHAIN_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "taylor": ("Expansion at 0", ""),
        "m": ("Mean", r"m(q) = \mathbb{E}\left[g(\sqrt{q}\,z)\right]"),
        "M": ("Mean square", r"M(q) = \mathbb{E}\left[g(\sqrt{q}\,z)^2\right]"),
        "h": ("Mean square of the slope", r"h(q) = \mathbb{E}\left[g'(\sqrt{q}\,z)^2\right]"),
        "linear": ("Linearization at 0", ""),
        "length-map": ("Fixed point of the length map", ""),
        "backward": ("Size of the gradient", ""),
        "edge-of-chaos": ("Edge of chaos", ""),
        "criticality": ("Criticality", ""),
        "centered": ("Centered gain", ""),
        "isometry": ("Dynamical isometry", ""),
        "residual": ("Residual branches", ""),
        "slopes": ("Where signal and gradient agree", r"M'(q) - h(q)"),
        "edge": ("The point on the edge of chaos", ""),
        "kernel": ("Dual kernel", ""),
        "correlation": ("Correlation map", ""),
    }
)
"""Headings of the parts of a derivation, in words and as a formula in TeX."""
