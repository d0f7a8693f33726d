"""Periodic functions, and bumps that vanish on both sides."""

from symbolic_init.catalog.entry import Entry, Parameter

__all__ = ["WAVES"]

WAVES = (
    Entry("sin", "sin(x)", "sine", aliases=("sine",)),
    Entry("cos", "cos(x)", "cosine", aliases=("cosine",)),
    Entry(
        "siren",
        "sin(omega*x)",
        "sine of a frequency",
        reference="sitzmann2020",
        parameters=(Parameter("omega", "30"),),
    ),
    Entry(
        "snake",
        "x + sin(a*x)**2/a",
        "line with a periodic part",
        reference="ziyin2020",
        parameters=(Parameter("a", "1", "a > 0"),),
    ),
    Entry("cosid", "cos(x) - x", "cosine and a line", aliases=("cos_identity",)),
    Entry("sinc", "sin(x)/x", "sine over x"),
    Entry(
        "gaussian",
        "exp(-x**2)",
        "bell",
        reference="broomhead1988",
        aliases=("rbf", "gauss", "radial_basis", "bell"),
    ),
    Entry(
        "mexican_hat",
        "(1 - x**2)*exp(-x**2/2)",
        "curvature of the normal density, negated",
        aliases=("ricker",),
        note="Some write it with the factor 2/(sqrt(3)*pi**(1/4)).",
    ),
    Entry(
        "gaussian_derivative",
        "x*exp(-x**2/2)",
        "slope of the normal density, negated",
        aliases=("gaussian_slope", "hermitian_wavelet"),
    ),
    Entry(
        "morlet",
        "cos(omega*x)*exp(-x**2/2)",
        "cosine under a bell",
        parameters=(Parameter("omega", "5"),),
        aliases=("gabor", "wavelet"),
    ),
    Entry("laplacian", "exp(-Abs(x))", "exponential decay on both sides", aliases=("double_exponential",)),
    Entry("lorentzian", "1/(1 + x**2)", "Cauchy's bell", aliases=("cauchy", "inverse_quadratic")),
    Entry("multiquadric", "sqrt(1 + x**2)", "hyperbola", reference="broomhead1988"),
    Entry(
        "inverse_multiquadric",
        "1/sqrt(1 + x**2)",
        "one over a hyperbola",
        reference="broomhead1988",
    ),
    Entry("sech", "sech(x)", "hyperbolic secant"),
    Entry("triangle", "Max(0, 1 - Abs(x))", "tent", aliases=("tent", "triangular")),
    Entry("cone", "1 - Abs(x - 1)", "tent without ends", reference="noel2024"),
    Entry("parabolic_cone", "x*(2 - x)", "parabola with roots at 0 and 2", reference="noel2024"),
)
