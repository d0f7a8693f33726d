"""The pages of the atlas that show many activations at once, from the facts about each."""

from collections.abc import Mapping, Sequence
from typing import Any

from symbolic_init.atlas.facts import COLUMNS, SITE, Facts
from symbolic_init.published import Verdict
from symbolic_init.references import REFERENCES
from symbolic_init.render.entries import COLUMNS_TEX
from symbolic_init.render.html_page import environment, rich
from symbolic_init.render.mathml import mathml
from symbolic_init.theories import THEORIES, Theory

__all__ = ["FORMULAS", "compare", "index", "published", "theory"]

_LINKS = tuple({**link, "href": link["href"].removeprefix("../")} for link in SITE)

FORMULAS: Mapping[str, tuple[str, ...]] = {
    "linear": (r"g(x) \approx g(0) + g'(0)\,x, \qquad N v^2 = \frac{1}{g'(0)^2 \left(1 + g(0)^2\right)}",),
    "length-map": (
        r"V(q) = \sigma_w^2\,M(q) + \sigma_b^2, \qquad M(q) = \mathbb{E}\left[g(\sqrt{q}\,z)^2\right]",
        r"V(q) = q \;\Rightarrow\; \sigma_w^2 = \frac{q - \sigma_b^2}{M(q)}",
    ),
    "backward": (
        r"\chi_1 = \sigma_w^2\,h(q), \qquad h(q) = \mathbb{E}\left[g'(\sqrt{q}\,z)^2\right]",
        r"\chi_1 = 1 \;\Rightarrow\; \sigma_w^2 = \frac{1}{h(q)}",
    ),
    "edge-of-chaos": (r"\sigma_w^2 = \frac{1}{h(q)}, \qquad \sigma_b^2 = q - \frac{M(q)}{h(q)}",),
    "correlation": (
        r"C(c) = \frac{\sigma_w^2\,\mathbb{E}\left[g(u)\,g(v)\right] + \sigma_b^2}{q^{\star}}, \qquad"
        r" \operatorname{corr}(u, v) = c",
        r"C(c^{\star}) = c^{\star}, \qquad C'(1) = \chi_1",
    ),
    "criticality": (
        r"V'(K^{\star}) = \chi_1(K^{\star}) = 1",
        r"C_W = \frac{1}{h(K^{\star})}, \qquad C_b = K^{\star} - \frac{M(K^{\star})}{h(K^{\star})}",
    ),
    "isometry": (
        r"\mu_k = \mathbb{E}\left[g'(\sqrt{q}\,z)^{2k}\right], \qquad \sigma_w^2\,\mu_1 = 1",
        r"\sigma^2_{JJ^T} = L\left(\frac{\mu_2}{\mu_1^2} - 1 - s_1\right), \qquad s_1 = -1 \text{ (normal)}, "
        r"\; 0 \text{ (orthogonal)}",
    ),
    "residual": (
        r"x_{l+1} = x_l + W g(x_l), \qquad p_{l+1} = p_l + \sigma_w^2\,M(p_l)",
        r"\sigma_w^2\,M(q) = \frac{q}{L}",
    ),
    "centered": (r"\mathrm{gain} = \frac{1}{\sqrt{\operatorname{Var} g(\sqrt{q}\,z)}}",),
}
"""What each theory asks for, as TeX."""


def index(rows: Sequence[Facts], failed: Mapping[str, str]) -> str:
    """Return the front page: the table of all activations."""
    return _rendered("index.html", rows=rows, failed=failed, columns=_columns(), theories=THEORIES.values())


def compare(rows: Sequence[Facts]) -> str:
    """Return the page on which chosen activations stand side by side."""
    keys = ("definition", "summary", "plot", *(column.key for column in COLUMNS))
    data = {row["name"]: {key: _shown(row[key]) for key in keys} for row in rows}
    return _rendered("compare.html", rows=rows, columns=_columns(), data=data)


def published(verdicts: Sequence[tuple[str, Sequence[Verdict]]]) -> str:
    """Return the page of printed numbers and what is to be said of them."""
    shown = [
        (source[:1].upper() + source[1:], [Verdict(*map(rich, verdict)) for verdict in found])
        for source, found in verdicts
    ]
    return _rendered("published.html", sources=shown)


def theory(which: Theory, rows: Sequence[Facts]) -> str:
    """Return the page of a theory: what it asks for, and what it gives for each activation."""
    key = which.id
    page = {
        "title": which.title,
        "claim": rich(which.claim),
        "validity": rich(which.validity),
        "note": rich(which.note),
        "formulas": [_math(formula, display=True) for formula in FORMULAS[key]],
        "reference": REFERENCES[which.reference],
        "columns": [_math(name) for name in COLUMNS_TEX],
        "rows": [(row["name"], row["schemes"][key]) for row in rows if key in row["schemes"]],
        "critical": [row for row in rows if row["C_W"]["html"] != "–"] if key == "criticality" else [],
    }
    return _rendered("theory.html", links=SITE, page=page)


def _rendered(name: str, *, links: Sequence[Mapping[str, str]] = _LINKS, **given: Any) -> str:
    return str(environment().get_template(name).render(site=links, **given))


def _columns() -> list[dict[str, Any]]:
    return [
        {**column._asdict(), "name": _math(column.tex) if column.tex else column.plain} for column in COLUMNS
    ]


def _shown(value: Any) -> str:
    return str(value["html"] if isinstance(value, dict) else value)


def _math(formula: str, *, display: bool = False) -> Any:
    from markupsafe import Markup

    return Markup(mathml(formula, display=display))  # noqa: S704  # MathML of ours
