"""Renderers: the look of formulas, what every format shows, and that no text of a user does harm."""

import ast
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from samples import GELU, LEAKY, NOTHING_TO_USE, SAMPLES, TANH, a, exact
from sympy import (
    Abs,
    E,
    Heaviside,
    I,
    Integer,
    Max,
    Mul,
    O,
    Piecewise,
    Rational,
    S,
    Symbol,
    asin,
    erf,
    erfc,
    exp,
    log,
    oo,
    pi,
    sqrt,
    tanh,
)

from symbolic_init import derive
from symbolic_init.errors import UnsupportedError
from symbolic_init.notation import GaussianMean, N, Root, g, q, sigma_b2, sigma_w2, v2, x
from symbolic_init.records import from_json, to_json
from symbolic_init.references import REFERENCES
from symbolic_init.render import FORMATS
from symbolic_init.render.html_page import to_html
from symbolic_init.render.latex import headline, to_latex
from symbolic_init.render.latex_math import math_lines, tex
from symbolic_init.render.layout import readable
from symbolic_init.render.markdown import to_markdown
from symbolic_init.render.printing import break_formula, formula
from symbolic_init.render.python_code import FRAMEWORKS, to_python
from symbolic_init.render.text import compare_text, to_text

ROOT = Path(__file__).parent.parent
samples = pytest.mark.parametrize("derivation", SAMPLES.values(), ids=SAMPLES)
formats = pytest.mark.parametrize("form", sorted(FORMATS))


@pytest.mark.parametrize(
    ("expr", "expected"),  # as a mathematician writes them by hand
    [
        (x - x**3 / 3 + 2 * x**5 / 15 + O(x**7), "x - x^3/3 + 2x^5/15 + O(x^7)"),
        (
            x / 2 + x**2 / sqrt(2 * pi) - x**4 / (6 * sqrt(2 * pi)),
            "x/2 + x^2/sqrt(2 pi) - x^4/(6 sqrt(2 pi))",
        ),
        (asin(q / (1 + q)) / (2 * pi), "asin(q/(1+q))/(2 pi)"),
        (q / (pi * (1 + q) * sqrt(1 + 2 * q)), "q/(pi (1+q) sqrt(1+2q))"),
        (q / (2 * pi * (1 + 2 * q) ** Rational(3, 2)), "q/(2 pi (1+2q)^(3/2))"),
        (q * (2 + 3 * q - q**2) / (2 * pi), "q (2 + 3q - q^2)/(2 pi)"),
        (q**2 - 3 * q - 2, "q^2 - 3q - 2"),
        (q - sigma_b2, "q - sigma_b2"),
        (N * v2 * GaussianMean(tanh(x) ** 2, q), "N v^2 E[tanh(sqrt(q) z)^2]"),
        (64 / (5 * N), "64/(5N)"),
        (2 / (N * (1 + a**2)), "2/(N (1+a^2))"),
        (x * (1 + erf(x / sqrt(2))) / 2, "x Phi(x)"),
        (erfc(x / sqrt(2)) / 2, "Phi(-x)"),
        (1 - erf(x), "1 - erf(x)"),
        (2 / (1 + exp(-x)) - 1, "2/(1+exp(-x)) - 1"),
        (sqrt(2) * sqrt(q) / sqrt(pi), "sqrt(2q/pi)"),
        (8 / sqrt(S(5)), "8/sqrt(5)"),
        (sqrt(3) / 2, "sqrt(3)/2"),
        (-sqrt(2) / 3, "-sqrt(2)/3"),
        (Piecewise((a * x, x < 0), (x, True)), "{a x if x < 0, else x}"),
        (Max(0, x), "max(0, x)"),
        (Abs(x) ** a, "|x|^a"),
        (x ** (-a), "1/x^a"),
        (sigma_w2**2, "(sigma_w2)^2"),
        (-(x**2), "-x^2"),
        ((-2) ** x, "(-2)^x"),
        (1 / (2 * x / 3 + 1), "1/(1+2x/3)"),
        (log(2) * x, "log(2) x"),
        (Integer(10) ** 400 * x, "1e400 x"),
        (Integer(-25) * x / Integer(10) ** 61, "-2.5e-60 x"),
        (Integer(10) ** 30 * x / 3, "1e30 x/3"),
        (g(x).diff(x), "g'(x)"),
        (g(x).diff(x).subs(x, 0), "g'(0)"),
        (Root(q**2 - 2, q, 1, 2), "root(q: q^2-2 = 0, 1 < q < 2)"),
        (Mul(2, x + 1, evaluate=False), "2 (1 + x)"),
        (E * x, "e x"),
        (-oo, "-oo"),
        (x * I, "I x"),
    ],
)
def test_formulas_read_as_written_by_hand(expr, expected):
    assert formula(expr) == expected


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        (sqrt(2 * q / pi), "√(2q/π)"),
        (x**2 - x**10, "x² - x¹⁰"),
        (sigma_w2 * Symbol("chi_1"), "χ₁ σ_w²"),
        (Symbol("q_star"), "q*"),
    ],
)
def test_unicode_has_greek_and_superscripts(expr, expected):
    assert formula(expr, unicode=True) == expected


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        (1 - x**2 / sqrt(2 * pi), r"1 - \frac{x^{2}}{\sqrt{2 \pi}}"),
        (64 / (5 * N), r"\frac{64}{5 N}"),
        (sqrt(2 * q / pi), r"\sqrt{\frac{2 q}{\pi}}"),
        (q * (1 - q) / 2, r"\frac{q (1 - q)}{2}"),
        (sigma_w2 - 1, r"\sigma_w^2 - 1"),
        (Integer(10) ** 400 * x, r"10^{400} x"),
        (Integer(-25) * x / Integer(10) ** 61, r"- 2.5 \cdot 10^{-60} x"),
    ],
)
def test_latex_keeps_the_order_of_a_reader(expr, expected):
    assert tex(expr) == expected


@pytest.mark.parametrize("expr", [(1 + erf(x)) / 2 + exp(x), x * erfc(x), erf(x) ** 2 + 1])
def test_only_a_normal_cdf_is_written_as_phi(expr):
    assert "Phi" not in formula(expr)


def test_readable_does_not_change_the_value():
    expr = x * (1 - erf(3 * x / sqrt(2))) / 2 + erfc(x * sqrt(2)) * x**2
    point = Rational(7, 10)
    phi = readable(expr).replace(
        lambda e: e.func.__name__ == "Phi", lambda e: (1 + erf(e.args[0] / sqrt(2))) / 2
    )

    assert abs((expr - phi).subs(x, point).evalf(30)) < Rational(1, 10**25)


@pytest.mark.parametrize("width", [20, 40, 75])
def test_broken_formulas_lose_nothing(width):
    text = formula(sum(asin(q / (k + q)) ** k / sqrt(pi * k) for k in range(1, 30)))
    lines = break_formula(text, width=width)

    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert max(map(len, lines)) <= width


@samples
@pytest.mark.parametrize("width", [76, 80, 120])
@pytest.mark.parametrize("unicode", [False, True])
def test_no_line_of_text_is_too_long(derivation, width, unicode):
    assert max(map(len, to_text(derivation, width=width, unicode=unicode).split("\n"))) <= width


@samples
def test_plain_text_is_ascii(derivation):
    assert to_text(derivation).isascii()


def rendered(form: str, derivation: object) -> str:
    """The text of a format in one line, without the marks of a comment."""
    text = FORMATS[form](derivation)
    return " ".join(" ".join(line.removeprefix("# ") for line in text.split("\n")).split())


every_rendering = pytest.mark.parametrize(
    ("form", "derivation"),
    [
        pytest.param(form, derivation, id=f"{form}-{name}")
        for form in sorted(FORMATS)
        for name, derivation in SAMPLES.items()
        if form != "python" or derivation.recommended is not None  # there would be no weights to draw
    ],
)


PAGES = ("text", "python")
"""Formats for the eye alone: ids of rules are in the others."""


@every_rendering
def test_every_format_shows_every_step(form, derivation):
    text = rendered(form, derivation)

    for step in derivation.steps:
        for word in re.findall(r"[A-Za-z]{3,}", step.reason):
            assert word.lower() in text.lower()
        assert (step.rule in text) == (form not in PAGES)
        assert step.kind == "exact" or f"({step.kind})" in text


@every_rendering
def test_every_format_shows_what_the_reader_must_know(form, derivation):
    text = re.sub(r"[^a-z]", "", rendered(form, derivation).lower())
    outlook = derivation.outlook.text if derivation.outlook else ""

    for told in (*derivation.warnings, derivation.why, outlook):
        for word in re.findall(r"[a-z]{5,}", told):
            assert word in text


@formats
def test_every_number_carries_its_kind(form):
    text = rendered(form, TANH)
    marks = {
        "text": ("2.55142*", "1.59732*", "0.47140~", "1.35914+"),
        "latex": ("2.55142^{*}", "1.59732^{*}", r"0.47140^{\sim}", "1.35914^{+}"),
        "markdown": (r"2.55142^{\ast }", r"1.59732^{\ast }", r"0.47140^{\sim}", "1.35914^{+}"),
    }

    for number in marks.get(form, marks["text"]):
        assert number in text
    for words in ("enclosed (proven digits)", "estimated, not proven", "exact or rounded from a closed form"):
        assert words in text


@pytest.mark.parametrize("kind", ["exact", "enclosed", "series", "estimated"])
@formats
def test_the_headline_names_its_kind(form, kind):
    scheme = replace(TANH.schemes[0], sigma_w2=replace(exact(Rational(123456789, 1000)), kind=kind))

    assert kind in rendered(form, replace(TANH, schemes=(scheme,), value_items=(), steps=()))


def test_the_first_page_looks_as_planned():
    lines = to_text(TANH).split("\n")

    assert lines[:4] == [
        "tanh(x)            odd, smooth, bounded by 1; g(0) = 0, g'(0) = 1, g'''(0) = -2",
        "  Var(w) = 1/N   gain 1   Var(b) = 0   exact for q -> 0; linear = critical",
        "  Why: g(0) = 0, so N Var(w) = 1/g'(0)^2 (Kumar 2017); critical, class K* = 0.",
        "  50 layers from E[x^2] = 1: q = 0.0104 ~ 1/(2l), gradient^2 x 0.0143 ~ 1/l.",
    ]
    assert "  1  g(x) ~ x - x^3/3 + 2x^5/15 + O(x^7)                             Taylor at 0" in lines
    assert lines[-1] == "torch.nn.init.normal_(w, std=1/fan_in**0.5)"


def test_a_step_that_goes_on_does_not_repeat_its_left_side():
    assert "  3    = N v^2 " in to_text(TANH)


def test_recommended_and_unstable_rows_are_marked():
    text = to_text(GELU)

    assert re.search(r"half-stable +> +1\.98355", text)
    assert re.search(r"linear \(Kumar\) +! +4 ", text)
    assert "diverges" in text
    assert re.search(r"linear = critical +> .* 0 +1 +1$", to_text(TANH), re.MULTILINE)
    assert re.search(r" any +1 +1$", to_text(LEAKY), re.MULTILINE)


def test_biases_are_said_beside_the_weights():
    lines = to_text(GELU).split("\n")

    assert "AND Var(b) = 0.173205" in lines[1]
    assert lines[-2:] == [
        "torch.nn.init.normal_(w, std=1.40839/fan_in**0.5)",
        "torch.nn.init.normal_(b, std=0.416179)",
    ]


def test_a_fixed_point_that_repels_is_shown_with_its_own_slope():
    lines = derive("sinh(x)").to_text().splitlines()
    own = next(line for line in lines if "length map q = 1" in line).split()

    assert [float(n) for n in own[-3:-1]] == pytest.approx([1, 2.31304], abs=1e-5)


@pytest.mark.parametrize("form", ["to_latex", "to_markdown"])
def test_an_infinite_value_has_its_kind(form):
    assert "None" not in getattr(derive("sinh(x)"), form)()


def test_nothing_to_paste_where_nothing_can_be_used():
    assert "torch" not in to_text(LEAKY)
    assert "torch" not in to_text(NOTHING_TO_USE)
    assert "not recommended" in to_text(NOTHING_TO_USE)


def test_more_digits_on_request():
    assert "1.983552812808830" in to_text(GELU, digits=16)
    assert "2.55141592653590*" in to_text(TANH, digits=15)


def test_steps_can_be_left_out():
    for form in sorted(FORMATS):
        assert "Taylor at 0" in FORMATS[form](TANH, steps=True)
        assert "Taylor at 0" not in FORMATS[form](TANH, steps=False)


@pytest.mark.parametrize("width", [72, 80, 100])
def test_comparison_has_a_row_for_each(width):
    lines = compare_text(list(SAMPLES.values()), width=width).split("\n")

    assert max(map(len, lines)) <= width
    assert lines[0].split()[0] == "activation"
    assert [line.split()[0] for line in lines[1:3]] == ["tanh(x)", "gelu"]
    assert "none" in lines[4]


def test_headline_is_one_formula():
    assert headline(TANH) == (
        r"$\displaystyle \operatorname{Var}(w) = \frac{1}{N}, \qquad \operatorname{Var}(b) = 0$"
    )


HOSTILE = "\\write18{rm} \\input{/etc/passwd} %$#_^&~{} | `x` <script> \n\n\\end{document} [a](b) é ∞ \x00"


def test_a_title_is_only_text_in_markdown():
    text = to_markdown(replace(TANH, title=HOSTILE, why=HOSTILE, warnings=(HOSTILE,)))

    assert "<script>" not in text
    assert not re.search(r"(?<!\\)\]\(", text)
    assert "`x`" not in text


def test_a_title_is_only_text_in_python():
    compile(to_python(replace(TANH, title=HOSTILE + '"""\nraise SystemExit', why='"""')), "title", "exec")


CONTROLS = "\x1b[31mred\x9b2J\r\x07\x0b\u202e\u2028raise SystemExit\nraise SystemExit\x00"
HOSTILE_EVERYWHERE = replace(
    TANH,
    title=CONTROLS,
    why=CONTROLS,
    warnings=(CONTROLS,),
    schemes=tuple(
        replace(s, label=f"  {CONTROLS}", note=CONTROLS, sigma_w2=replace(s.sigma_w2, note=CONTROLS))
        for s in TANH.schemes
    ),
    steps=tuple(replace(s, reason=CONTROLS) for s in TANH.steps),
    traits=replace(TANH.traits, words=(CONTROLS,)),
)


@pytest.mark.parametrize("render", [to_text, to_markdown, to_latex, to_html, to_python])
def test_no_control_character_gets_out(render):
    assert {c for c in render(HOSTILE_EVERYWHERE) if not c.isprintable()} <= {"\n"}


def test_a_record_of_a_stranger_cannot_put_code_into_a_module():
    module = ast.parse(to_python(HOSTILE_EVERYWHERE))

    assert {type(node) for node in module.body} <= {ast.Expr, ast.Import, ast.FunctionDef}
    assert not [node for node in ast.walk(module) if isinstance(node, ast.Raise)]


@samples
def test_tables_of_markdown_are_whole(derivation):
    rows = [line for line in to_markdown(derivation).split("\n") if line.startswith("|")]
    columns = {len(re.findall(r"(?<!\\)\|", row)) for row in rows}

    assert columns <= {9, 5}


@samples
def test_dollars_of_markdown_come_in_pairs(derivation):
    for line in to_markdown(derivation).split("\n"):
        assert line.count("$") % 2 == 0


def test_long_latex_formulas_are_cut_between_terms():
    total = sum(asin(q / (k + q)) / k for k in range(1, 30))
    lines = math_lines(total, room=60)

    assert len(lines) > 3
    assert all(line.count("{") == line.count("}") for line in lines)
    assert sum(line.count("arcsin") for line in lines) == 29


def test_long_sums_in_brackets_are_cut_too():
    lines = math_lines(Mul(q, sum(asin(q / (k + q)) / k for k in range(1, 30)), evaluate=False), room=60)

    assert len(lines) > 3
    assert lines[0].startswith(r"q \Bigl(")
    assert lines[-1].endswith(r"\Bigr)")


def names_of(code: str) -> dict:
    names: dict = {}
    exec(code, names)  # noqa: S102  # the code under test
    return names


def initialized(code: str, **parameters: float) -> tuple[np.ndarray, np.ndarray]:
    return names_of(code)["initialize"](np.random.default_rng(0), 400, 500, **parameters)


def test_python_code_draws_weights_and_biases():
    weight, bias = initialized(to_python(GELU))

    assert weight.shape == (500, 400)
    assert abs(400 * weight.var() - 1.98355) < 0.03  # 200,000 draws: five standard errors
    assert abs(bias.var() - 0.173205) < 0.06


def test_python_code_takes_parameters():
    weight, bias = initialized(to_python(LEAKY), a=3.0)

    assert abs(400 * weight.var() - 0.2) < 0.004
    assert not bias.any()


def test_python_code_renames_what_it_uses_itself():
    rng = Symbol("rng", positive=True)
    scheme = replace(LEAKY.schemes[0], sigma_w2=exact(1 / sqrt(rng)))
    weight, _ = initialized(to_python(replace(LEAKY, schemes=(scheme,))), rng_=4.0)

    assert abs(400 * weight.var() - 0.5) < 0.01


@pytest.mark.parametrize("derivation", [GELU, LEAKY], ids=["numbers", "parameters"])
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_python_code_is_code_in_every_framework(framework, derivation):
    code = to_python(derivation, framework=framework)

    compile(code, framework, "exec")
    assert code.count("def initialize(") == 1


def test_an_unknown_framework_is_refused():
    with pytest.raises(UnsupportedError, match="numpy, torch, jax"):
        to_python(GELU, framework="fortran")


@pytest.mark.frameworks
@pytest.mark.parametrize("layer", ["linear", "convolution"])
def test_torch_code_fills_a_layer(layer):
    torch = pytest.importorskip("torch")
    given = torch.nn.Linear(400, 500) if layer == "linear" else torch.nn.Conv2d(100, 500, 2)
    initialize = names_of(to_python(GELU, framework="torch"))["initialize"]
    filled = initialize(given, generator=torch.Generator().manual_seed(0))

    assert filled is given
    assert abs(400 * filled.weight.var().item() - 1.98355) < 0.03  # 200,000 draws: five standard errors
    assert abs(filled.bias.var().item() - 0.173205) < 0.06


@pytest.mark.frameworks
def test_torch_code_takes_parameters_and_layers_without_biases():
    torch = pytest.importorskip("torch")
    initialize = names_of(to_python(LEAKY, framework="torch"))["initialize"]
    filled = initialize(torch.nn.Linear(400, 500, bias=False), torch.Generator().manual_seed(0), a=3.0)

    assert abs(400 * filled.weight.var().item() - 0.2) < 0.004


@pytest.mark.frameworks
def test_jax_code_draws_weights_and_biases():
    jax = pytest.importorskip("jax")
    initialize = names_of(to_python(GELU, framework="jax"))["initialize"]
    weight, bias = initialize(jax.random.key(0), 400, 500)

    assert weight.shape == (400, 500)
    assert abs(400 * float(weight.var()) - 1.98355) < 0.03
    assert abs(float(bias.var()) - 0.173205) < 0.06


def test_python_code_without_a_closed_form_is_refused():
    scheme = replace(LEAKY.schemes[0], sigma_w2=exact(1 / GaussianMean(tanh(a * x), 1)))

    with pytest.raises(UnsupportedError, match="--set"):
        to_python(replace(LEAKY, schemes=(scheme,)))
    with pytest.raises(UnsupportedError, match="no weights are recommended"):
        to_python(NOTHING_TO_USE)


def test_references_have_short_names():
    assert "Kumar 2017" in to_text(TANH)
    assert "Poole et al. 2016" in to_text(TANH)
    assert REFERENCES["poole2016"].title in to_latex(TANH)


CATALOG = (
    "relu",
    "tanh",
    "leaky_relu",
    "elu",
    "erf(x)",
    "x*exp(-x**2)",
    "Piecewise((a*x**2, x > 0), (0, True))",
)


@pytest.fixture(scope="module", params=CATALOG)
def derived(request):
    return derive(request.param)


def test_derived_pages_fit_the_screen(derived):
    lines = to_text(derived).split("\n")

    assert max(map(len, lines)) <= 80
    assert to_text(derived).isascii()


@pytest.mark.parametrize("form", ["text", "latex", "markdown"])
def test_derived_steps_are_in_every_format(form, derived):
    text = rendered(form, derived)

    assert derived.steps
    for step in derived.steps:
        assert form in PAGES or step.rule.replace("_", r"\_") in text or step.rule in text
        assert step.kind == "exact" or f"({step.kind})" in text


def test_derived_records_read_back_equal(derived):
    assert from_json(to_json(derived)) == derived


def test_output_does_not_depend_on_the_hash_seed():
    code = (
        "from samples import SAMPLES; from symbolic_init.render import FORMATS;"
        "from symbolic_init.records import to_json;"
        "names = ('gelu', 'leaky');"
        "print([f(SAMPLES[k]) for f in FORMATS.values() for k in names], to_json(SAMPLES['gelu']))"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=Path(__file__).parent,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }

    assert len(outputs) == 1


def test_heaviside_and_sums_of_cases_have_brackets():
    expr = 2 * Piecewise((x, x > 0), (0, True)) + Heaviside(x)

    assert formula(expr) == "2 ({x if x > 0, else 0}) + Heaviside(x)"
