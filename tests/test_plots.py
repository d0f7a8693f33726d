"""Plots as files and in notebooks."""

import re
import sys
from dataclasses import replace

import pytest
from click.testing import CliRunner
from samples import TANH

from symbolic_init import derive
from symbolic_init.cli.commands import derive_command
from symbolic_init.derivation import Axis, Curve, Figure
from symbolic_init.errors import MissingPackageError, UnsupportedError
from symbolic_init.plots import draw, image

HOSTILE = "$\\frac{ <script> _^ \x00"
FIGURES = (
    Figure(
        id="one",
        title=HOSTILE,
        x=Axis(label=HOSTILE, scale="log"),
        y=Axis(label="q", scale="log"),
        curves=(
            Curve(label=HOSTILE, style="line", x=(1.0, 2.0), y=(1.0, 3.0)),
            Curve(label=HOSTILE, style="line", x=(3.0, 4.0), y=(1.0, 3.0)),
            Curve(label="band", style="band", x=(1.0, 2.0), y=(1.0, 2.0), upper=(2.0, 3.0)),
            Curve(label="dashed", style="dashed", x=(1.0, 2.0), y=(1.0, 3.0)),
            Curve(label="points", style="points", x=(1.0,), y=(1.0,)),
        ),
    ),
)
SAMPLE = replace(TANH, figures=FIGURES)


@pytest.fixture(scope="module")
def relu():
    return derive("relu")


@pytest.mark.parametrize(("suffix", "start"), [(".svg", b"<?xml"), (".png", b"\x89PNG"), (".pdf", b"%PDF")])
def test_every_kind_of_file_is_written(suffix, start):
    assert image(SAMPLE, suffix).startswith(start)


def test_the_same_plot_is_written_twice(relu):
    assert image(relu, ".svg") == image(relu, ".svg")


def test_labels_are_plain_text_and_occur_once():
    (axes,) = draw(SAMPLE).axes
    labels = [text.get_text() for text in axes.get_legend().get_texts()]

    assert len(labels) == 4
    assert all(re.fullmatch(r"[^\x00]*", label) for label in labels)


def test_every_figure_has_axes(relu):
    canvas = relu.plot()

    assert len(canvas.axes) == len(relu.figures)
    assert all(axes.get_title(loc="left") for axes in canvas.axes)


def test_one_figure_is_chosen_by_its_id(relu):
    assert len(relu.plot("activation").axes) == 1
    with pytest.raises(UnsupportedError, match="there are: activation"):
        relu.plot("nothing")


def test_nothing_is_drawn_with_free_parameters():
    with pytest.raises(UnsupportedError, match="--set"):
        derive("leaky_relu(x, a)").plot()


def test_other_files_are_refused(relu):
    with pytest.raises(UnsupportedError, match="svg"):
        image(relu, ".gif")


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)

    with pytest.raises(MissingPackageError, match="matplotlib is missing"):
        draw(SAMPLE)


def test_the_command_writes_plots(tmp_path):
    target = tmp_path / "relu.svg"
    result = CliRunner().invoke(derive_command, ["relu", "--plot", str(target)])

    assert (result.exit_code, result.stdout) == (0, "")
    assert target.read_bytes().startswith(b"<?xml")


def test_plots_show_derivations_alone():
    result = CliRunner().invoke(derive_command, ["relu", "--plot", "x.svg", "--kernel"])

    assert result.exit_code == 2


@pytest.mark.parametrize(
    "arguments",
    [("--fragment",), ("--fragment", "--format", "text"), ("--framework", "torch", "--format", "json")],
    ids=" ".join,
)
def test_options_belong_to_their_format(arguments):
    result = CliRunner().invoke(derive_command, ["relu", *arguments])

    assert result.exit_code == 2
    assert "needs --format" in result.output


@pytest.mark.parametrize(
    "arguments", [("--fragment", "--format", "latex"), ("--framework", "jax", "--format", "python")]
)
def test_options_may_stand_before_their_format(arguments):
    assert CliRunner().invoke(derive_command, ["relu", *arguments]).exit_code == 0


def test_a_notebook_shows_html_with_mathml(relu):
    shown = relu._repr_html_()

    assert "<math" in shown
    assert "recommended" in shown
    assert "<html" not in shown


def test_a_notebook_without_the_packages_shows_latex(relu, monkeypatch):
    from symbolic_init.render import html_page

    html_page.environment.cache_clear()
    monkeypatch.setitem(sys.modules, "jinja2", None)

    assert relu._repr_html_() is None
    assert relu._repr_latex_().startswith("$")
