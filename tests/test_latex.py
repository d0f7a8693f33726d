"""LaTeX: what compiles, what fits the line, that no text becomes a command, and PDFs."""

import os
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from samples import GELU, LEAKY, SAMPLES, TANH
from sympy import Mul, Rational, asin, exp, log, tanh

from symbolic_init import derive, typesetting
from symbolic_init.catalog import ENTRIES
from symbolic_init.cli.commands import derive_command
from symbolic_init.errors import MissingProgramError
from symbolic_init.notation import GaussianMean, q, x
from symbolic_init.render import names
from symbolic_init.render.brackets import fitted
from symbolic_init.render.content import Cell, parts
from symbolic_init.render.entries import entry
from symbolic_init.render.latex import to_latex
from symbolic_init.render.latex_math import math_lines, shortened, tex
from symbolic_init.render.prose import prose, tex_text
from symbolic_init.theories import THEORIES

CATALOG = [e.name for e in ENTRIES]
COMMITTED = Path(__file__).resolve().parent.parent / "derivations"
SLACK = 1.0
"""Points that a box may stand out of its line."""
SMALLEST = 0.75
"""What does not fit its line is made smaller, never to less than so much of its size."""

HOSTILE = (
    "\\write18{rm} \\input{/etc/passwd} \\immediate\\openout1=x ^^5cinput \\catcode`\\%=0 %$#_^&~{} |"
    " `x` <b>\n\n"
    "\\end{document} é ∞ \x00 \u202e"
)


def commands(text):
    """Names of commands; `\\\\` begins none."""
    return set(re.findall(r"(?<!\\)(?:\\\\)*\\([A-Za-z]+)", text))


def test_a_title_is_only_text():
    body = to_latex(replace(TANH, title=HOSTILE, why=HOSTILE, warnings=(HOSTILE,)))

    assert commands(body) <= commands(to_latex(TANH)) | {"textbackslash", "textasciigrave", "item"}
    assert body.count(r"\end{document}") == 1
    assert "\x00" not in body
    assert "^^" not in body


def test_a_parameter_is_only_text():
    source = "Piecewise((write18*x, x < 0), (input_*x, True))"
    body = to_latex(derive(source))

    assert not {"write", "input"} & commands(body)


@pytest.mark.parametrize("name", ["M", "h", "m", "taylor", *THEORIES])
def test_every_part_has_a_heading(name):
    assert name in names.CHAIN_WORDS


@pytest.mark.parametrize("name", THEORIES)
def test_theories_have_one_title(name):
    assert names.CHAIN_WORDS[name][0] == THEORIES[name].title


def test_parts_hold_every_step_once():
    places = [place for _, group in parts(GELU) for place in group]

    assert places == list(range(len(GELU.steps)))


def test_every_step_has_its_number():
    body = to_latex(GELU)

    for number in range(1, len(GELU.steps) + 1):
        assert body.count(f"{{({number})}}") == 1


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (Rational(1, 3), r"\frac{1}{3}"),
        (Rational(-25, 9), r"-\frac{25}{9}"),
        (Rational("1.0507009873554804934"), r"1.05070098\ldots"),
        (Rational("-0.000123456789012345678"), r"-0.000123456789\ldots"),
        (Rational(10**30 + 1, 3 * 10**10), r"3.33333333\ldots \cdot 10^{19}"),
        (Rational(12345678901234567), "12345678901234567"),
    ],
)
def test_long_numbers_are_cut_and_say_so(number, expected):
    assert shortened(number) == expected


def test_a_mark_stands_beside_a_power():
    assert entry(Cell(decimal="2.1e+15", kind="enclosed")) == r"2.1 \cdot 10^{15}{}^{*}"


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        (tanh(x), r"\tanh(x)"),
        (log(1 + exp(x)) ** 2, r"\log^{2}(1 + e^{x})"),
        (tanh(tanh(x)), r"\tanh(\tanh(x))"),
        (q * (1 + q), "q (1 + q)"),
        (tanh(x / 2), r"\tanh\left(\frac{x}{2}\right)"),
        (tanh(1 + tanh(x / 2)), r"\tanh\left(1 + \tanh\left(\frac{x}{2}\right)\right)"),
    ],
)
def test_brackets_grow_only_around_what_is_tall(expr, expected):
    assert tex(expr) == expected


@pytest.mark.parametrize("name", SAMPLES)
def test_fitting_brackets_changes_nothing_else(name):
    body = to_latex(SAMPLES[name])
    bare = [re.sub(r"\\left(?=[(\[])| ?\\right(?=[)\]])", "", text) for text in (body, fitted(body))]

    assert bare[0] == bare[1]
    assert fitted(fitted(body)) == fitted(body)
    assert fitted(body).count(r"\left") - fitted(body).count(r"\right") == body.count(r"\left") - body.count(
        r"\right"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from E[x^2] = 1", r"from $\mathbb{E}[x^{2}]$ = 1"),
        ("E[sech(sqrt(q) z)^2]", r"$\mathbb{E}[\operatorname{sech}(\sqrt{q} z)^{2}]$"),
        ("E[g'(u) g'(v)] and E[g'^2]", r"$\mathbb{E}[g'(u) g'(v)]$ and $\mathbb{E}[g'^{2}]$"),
        ("q_50 = 2.1e15, 1e-4", r"$q_{50}$ = $2.1 \cdot 10^{15}$, $10^{-4}$"),
        ("Var(w) = 3.4/(N E[x]^2)", r"$\operatorname{Var}(w)$ = 3.4/($N$ $\mathbb{E}[x]^{2}$)"),
    ],
)
def test_mathematics_in_words_is_set(text, expected):
    assert prose(text, tex_text) == expected


@pytest.mark.parametrize("text", ["E[x^^5c]", "E[x^2^3]", "E[x^2']", "E[x\\y]", "E[{]", "E[x^]"])
def test_what_tex_would_refuse_stands_as_words(text):
    assert r"\mathbb" not in prose(text, tex_text)


@pytest.mark.parametrize(
    "expr",
    [
        GaussianMean(sum(asin(x / k) for k in range(2, 30)), q),
        Mul(3, GaussianMean(sum(exp(-k * x) for k in range(2, 40)), q), evaluate=False),
    ],
    ids=["mean", "multiple of a mean"],
)
def test_long_means_are_cut_inside_their_brackets(expr):
    lines = math_lines(expr, room=60)

    assert len(lines) > 3
    assert r"\Bigl[" in lines[0]
    assert lines[-1].endswith(r"\Bigr]")
    assert all(line.count("{") == line.count("}") for line in lines)


needs_tex = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")


def compiled(folder, body):
    """The log of a run of pdflatex that must succeed."""
    (folder / "paper.tex").write_text(body, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "paper.tex"]
    result = subprocess.run(command, cwd=folder, capture_output=True, check=False)

    assert result.returncode == 0, result.stdout.decode(errors="replace")[-2000:]
    return (folder / "paper.log").read_text(encoding="latin-1")


def overfull(log):
    return [float(points) for points in re.findall(r"Overfull \\[hv]box \(([\d.]+)pt", log)]


SHRINKS = r"\resizebox{\symbolicinitroom}"


def watched(body):
    """The same article, which also says how wide what it makes smaller was."""
    note = r"\typeout{MADE SMALLER: \the\wd\symbolicinitbox / \the\symbolicinitroom}"
    assert SHRINKS in body
    return body.replace(SHRINKS, note + SHRINKS)


def smallest(log):
    found = re.findall(r"MADE SMALLER: ([\d.]+)pt / ([\d.]+)pt", log)
    return min((float(room) / float(wide) for wide, room in found), default=1.0)


@pytest.mark.tex
@needs_tex
def test_every_derivation_of_the_catalog_compiles_and_fits(tmp_path):
    def log_of(name):
        folder = tmp_path / name
        folder.mkdir()
        return compiled(folder, watched((COMMITTED / f"{name}.tex").read_text(encoding="utf-8")))

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        logs = dict(zip(CATALOG, pool.map(log_of, CATALOG), strict=True))

    assert {name: overfull(log) for name, log in logs.items() if max(overfull(log), default=0) > SLACK} == {}
    assert {name: smallest(log) for name, log in logs.items() if smallest(log) < SMALLEST} == {}


@pytest.mark.tex
@needs_tex
@pytest.mark.parametrize("derivation", SAMPLES.values(), ids=SAMPLES)
def test_the_article_compiles(derivation, tmp_path):
    assert overfull(compiled(tmp_path, to_latex(derivation))) == []


@pytest.mark.tex
@needs_tex
@pytest.mark.parametrize(
    "source",
    [
        "leaky_relu(x, a)",
        "Piecewise((a*x**2 + b*tanh(x), x < 0), (d*exp(-x**2*e**2), True))",
        "a_very_long_name_of_a_parameter*erf(x) + another_long_name_of_a_parameter*x",
        "(" + " + ".join(f"{k}*sin({k}*x)" for k in range(1, 9)) + ")/97",
        "sinh(x)",
        "1.23456789012345678901234567890*tanh(9.87654321098765432109876543210*x)",
    ],
)
def test_articles_of_other_functions_fit(source, tmp_path):
    log = compiled(tmp_path, watched(to_latex(derive(source))))

    assert max(overfull(log), default=0) <= SLACK


@pytest.mark.tex
@needs_tex
def test_many_digits_fit(tmp_path):
    log = compiled(tmp_path, watched(to_latex(derive("gelu", digits=300), digits=300)))

    assert max(overfull(log), default=0) <= SLACK
    assert smallest(log) >= SMALLEST


@pytest.mark.tex
@needs_tex
def test_hostile_text_compiles(tmp_path):
    compiled(tmp_path, to_latex(replace(TANH, title=HOSTILE, why=HOSTILE, warnings=(HOSTILE,))))


@pytest.mark.tex
@needs_tex
def test_fragments_go_into_another_paper(tmp_path):
    packages = r"\usepackage{amsmath,amssymb,booktabs,graphicx}"
    parts_ = to_latex(TANH, fragment=True) + to_latex(LEAKY, fragment=True)

    compiled(tmp_path, rf"\documentclass{{article}}{packages}\begin{{document}}{parts_}\end{{document}}")


@pytest.mark.tex
@needs_tex
@pytest.mark.parametrize("name", ["latexmk", "tectonic", "pdflatex"])
def test_a_pdf_is_written(name, tmp_path, monkeypatch):
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    monkeypatch.setattr(typesetting, "PROGRAMS", {name: typesetting.PROGRAMS[name]})
    result = CliRunner().invoke(derive_command, ["relu", "--pdf", str(tmp_path / "relu.pdf")])

    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    assert (tmp_path / "relu.pdf").read_bytes().startswith(b"%PDF-")


@pytest.mark.tex
@needs_tex
def test_tex_reads_no_other_file_and_runs_nothing(tmp_path):
    secret = tmp_path / "secret.tex"
    secret.write_text("secret", encoding="utf-8")
    attacks = (rf"\input{{{secret}}}", r"\immediate\write18{touch hacked}\input{|date}")
    for attack in attacks:
        body = rf"\documentclass{{article}}\begin{{document}}{attack} x\end{{document}}"
        with pytest.raises(MissingProgramError, match="could not set"):
            typesetting.pdf(body)


def test_without_a_program_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setattr(typesetting.shutil, "which", lambda _: None)

    with pytest.raises(MissingProgramError, match="apt install texlive"):
        typesetting.pdf("x")


def test_a_pdf_cannot_be_written_where_there_is_no_folder(tmp_path):
    result = CliRunner().invoke(derive_command, ["relu", "--pdf", str(tmp_path / "none" / "relu.pdf")])

    assert result.exit_code == 2
    assert "no directory" in result.output
