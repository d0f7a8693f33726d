"""HTML pages: valid, whole without network or script, and no text of a user becomes markup."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree

import html5lib
import pytest
from click.testing import CliRunner
from samples import GELU, LEAKY, SAMPLES, TANH

from symbolic_init import derive
from symbolic_init.cli.commands import derive_command
from symbolic_init.derivation import Axis, Curve, Figure
from symbolic_init.errors import MissingPackageError
from symbolic_init.render import html_page, mathml
from symbolic_init.render.html_page import to_html
from symbolic_init.render.scales import Scale, scale_of
from symbolic_init.render.svg import figure_svg, legend, plain

HOSTILE = (
    "<script>alert(1)</script> \"' & </title></textarea> <img src=x onerror=alert(1)> \x00 \u202e {{ 7*7 }}"
)
DERIVED = ("relu", "tanh", "gelu", "step", "leaky_relu(x, a)", "swiglu", "sinh(x)", "x*exp(-x**2)")


def parsed(page):
    """The tree of a page that a strict parser takes without an error."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)


@pytest.fixture(scope="module", params=DERIVED)
def derivation(request):
    return derive(request.param)


def test_pages_are_valid(derivation):
    parsed(to_html(derivation))


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
def test_pages_of_samples_are_valid(sample):
    parsed(to_html(sample))


def test_pages_need_no_network(derivation):
    page = to_html(derivation)

    assert not re.search(r"""(src|href)\s*=\s*["']?(https?:)?//""", page)
    assert "@import" not in page
    assert "url(" not in page


def test_ids_occur_once_and_are_where_they_are_named(derivation):
    tree = parsed(to_html(derivation))
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    named = [i for e in tree.iter() for i in (e.get("aria-labelledby") or "").split()]

    assert len(ids) == len(set(ids))
    assert set(named) <= set(ids)


def test_headings_go_down_by_one(derivation):
    levels = [int(e.tag[1]) for e in parsed(to_html(derivation)).iter() if str(e.tag) in ("h1", "h2", "h3")]

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))


def test_every_plot_has_a_title_and_a_description(derivation):
    plots = [
        e for e in parsed(to_html(derivation)).iter() if str(e.tag).endswith("svg") and e.get("role") == "img"
    ]

    assert len(plots) == len(derivation.figures)
    for plot in plots:
        told = [e for e in plot if str(e.tag).rpartition("}")[2] in ("title", "desc")]
        assert all(e.text for e in told)
        assert len(told) == 2


def test_every_formula_is_mathml(derivation):
    page = to_html(derivation)
    tree = parsed(page)

    assert "<code>\\" not in page
    assert sum(str(e.tag).endswith("math") for e in tree.iter()) > len(derivation.steps)


@pytest.mark.parametrize("field", ["title", "why"])
def test_text_is_only_text(field):
    tree = parsed(to_html(replace(TANH, **{field: HOSTILE})))
    plain_page = parsed(to_html(TANH))

    def count(page, tag):
        return sum(str(e.tag).endswith(tag) for e in page.iter())

    assert count(tree, "img") == 0
    assert count(tree, "script") == count(plain_page, "script") == 1
    assert all(not name.startswith("on") for e in tree.iter() for name in e.attrib if isinstance(name, str))


def test_warnings_labels_and_figures_are_only_text():
    figure = Figure(
        id="x",
        title=HOSTILE,
        x=Axis(label=HOSTILE),
        y=Axis(label=HOSTILE),
        curves=(Curve(label=HOSTILE, style="line", x=(0.0, 1.0), y=(0.0, 1.0)),),
        remark=HOSTILE,
    )
    schemes = (replace(TANH.schemes[0], label=HOSTILE, note=HOSTILE), *TANH.schemes[1:])
    page = to_html(replace(TANH, warnings=(HOSTILE,), figures=(figure,), schemes=schemes), summary=HOSTILE)
    tree = parsed(page)

    assert not [e for e in tree.iter() if str(e.tag).endswith("img")]
    assert page.count("<script>") == 1
    assert "49" not in re.sub(r"\d*\.\d+", "", "".join(tree.itertext())).split()


def test_the_code_to_copy_is_there():
    page = "".join(parsed(to_html(GELU)).itertext())

    for text in ("torch.nn.init.normal_", "def initialize(", r"\documentclass"):
        assert text in page


def test_nothing_to_paste_with_free_parameters():
    assert "torch.nn" not in to_html(LEAKY)


def test_steps_can_be_left_out():
    assert "Derivation</h2>" not in to_html(GELU, steps=False)


@pytest.mark.parametrize("missing", ["jinja2", "math_core"])
def test_a_missing_package_is_named(missing, monkeypatch):
    html_page.environment.cache_clear()
    mathml._converter.cache_clear()
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(
        MissingPackageError, match=rf'{missing} is missing: pip install "symbolic-init\[html\]"'
    ):
        to_html(TANH)


def test_what_cannot_be_converted_stands_as_tex():
    assert mathml.mathml(r"\nothing<b>") == r"<code>\nothing&lt;b&gt;</code>"


def test_the_command_writes_a_page(tmp_path):
    target = tmp_path / "relu.html"
    result = CliRunner().invoke(derive_command, ["relu", "--format", "html", "-o", str(target)])

    assert result.exit_code == 0
    parsed(target.read_text(encoding="utf-8"))


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_a_page_is_printed_in_utf_8_where_the_terminal_has_less(encoding):
    command = [sys.executable, "-m", "symbolic_init", "tanh", "--format", "html", "--no-steps"]
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    run = subprocess.run(command, env=environment, capture_output=True, check=False)

    assert (run.returncode, run.stderr) == (0, b"")
    parsed(run.stdout.decode("utf-8"))


LINE = Curve(label="V(q) = q", style="line", x=(1.0, 10.0, 100.0), y=(1.0, 0.0, 3.0))
BAND = Curve(label="one net", style="band", x=(1.0, 100.0), y=(1.0, 2.0), upper=(2.0, 3.0))


def drawn(*curves, x="linear", y="linear"):
    figure = Figure(
        id="f", title="T", x=Axis(label="q", scale=x), y=Axis(label="sigma_w2", scale=y), curves=curves
    )
    return ElementTree.fromstring(figure_svg(figure, ident="a"))  # noqa: S314  # our own text


def numbers(tree):
    return [float(n) for e in tree.iter("path") for n in re.findall(r"-?\d+\.?\d*", e.get("d"))]


@pytest.mark.parametrize("x", ["linear", "log"])
@pytest.mark.parametrize("y", ["linear", "log"])
def test_curves_stay_inside_the_picture(x, y):
    tree = drawn(LINE, BAND, x=x, y=y)
    width, height = (float(n) for n in tree.get("viewBox").split()[2:])

    assert all(0 <= n <= max(width, height) for n in numbers(tree))


def test_what_has_no_place_on_a_log_axis_is_left_out():
    dots = [e.get("d").count("L") for e in drawn(LINE, y="log").iter("path") if "curve" in e.get("class")]

    assert dots == [1]


def test_a_flat_curve_is_drawn():
    assert drawn(Curve(label="0", style="line", x=(0.0, 1.0), y=(0.0, 0.0)))


def test_a_band_has_the_color_of_its_line():
    figure = Figure(id="f", title="", x=Axis(label=""), y=Axis(label=""), curves=(BAND, LINE))

    assert {entry.label: entry.look for entry in legend(figure)} == {"one net": "s1", "V(q) = q": "s1"}


def test_dashed_lines_are_told_apart():
    dashed = [Curve(label=label, style="dashed", x=(0.0, 1.0), y=(0.0, 1.0)) for label in "abab"]
    figure = Figure(id="f", title="", x=Axis(label=""), y=Axis(label=""), curves=(*dashed, LINE))

    assert {entry.label: entry.look for entry in legend(figure)} == {"a": "d1", "b": "d2", "V(q) = q": "s1"}


def test_indices_are_set_lower():
    figure = Figure(id="f", title="", x=Axis(label="sigma_w2"), y=Axis(label="q"), curves=(LINE,))
    shown = figure_svg(figure, ident="f")

    assert 'σ<tspan class="index" dy="3">w</tspan><tspan dy="-3">²</tspan>' in shown
    assert "σ_w²" not in shown.partition("</desc>")[2]


@pytest.mark.parametrize(
    ("high", "expected"),
    [
        (2000, ["1", "10", "100", "1000"]),
        (2e4, ["1", "10¹", "10²", "10³", "10⁴"]),
        (1e8, ["1", "10²", "10⁴", "10⁶", "10⁸"]),
    ],
)
def test_powers_of_ten_are_all_written_alike(high, expected):
    assert [label for _, label in scale_of([1, high], "log").ticks()] == expected


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-4, 4), (1e-9, 3e-9), (-1e12, 1e12), (0.3, 0.31)])
def test_ticks_are_round_and_few(low, high):
    scale = scale_of([low, high], "linear")
    ticks = [value for value, _ in scale.ticks()]

    assert 2 <= len(ticks) <= 7
    assert all(scale.low <= value <= scale.high for value in ticks)
    assert len({label for _, label in scale.ticks()}) == len(ticks)


@pytest.mark.parametrize(("low", "high"), [(1, 1e6), (1e-12, 1), (1, 3), (2, 2)])
def test_ticks_of_a_log_axis_are_few(low, high):
    ticks = scale_of([low, high], "log").ticks()

    assert 1 <= len(ticks) <= 9


def test_places_run_from_0_to_1():
    assert Scale(low=2, high=8, kind="log").place(4) == pytest.approx(0.5)
    assert Scale(low=2, high=8, kind="linear").place(8) == 1


def test_labels_are_written_in_greek():
    assert plain("sigma_w2 -> chi_1, g'(x)^2") == "σ_w² → χ₁, g′(x)²"
