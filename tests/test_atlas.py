"""The atlas: what is built, what is kept, and that every page is valid and leads somewhere."""

import json
import re
from concurrent.futures import Future
from math import sqrt
from pathlib import Path

import html5lib
import pytest
from click.testing import CliRunner

from symbolic_init import derive
from symbolic_init.atlas import build, pages, site
from symbolic_init.atlas.facts import facts
from symbolic_init.catalog import find
from symbolic_init.cli.commands import derive_command
from symbolic_init.errors import UnsupportedError
from symbolic_init.theories import THEORIES

NAMES = ("relu", "identity", "step")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A small site, with the comparison of published numbers left out: it has a test of its own."""
    made = tmp_path_factory.mktemp("site") / "new"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(site, "entries", list)
        patch.setattr(site, "ProcessPoolExecutor", InThisProcess)
        build(made, names=NAMES)
    return made


class InThisProcess:
    """The part of an executor that is used, without processes."""

    def __init__(self, *_, **__):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def submit(self, function, *arguments):
        done = Future()
        done.set_result(function(*arguments))
        return done


@pytest.fixture
def here(monkeypatch):
    monkeypatch.setattr(site, "entries", list)
    monkeypatch.setattr(site, "ProcessPoolExecutor", InThisProcess)


def parsed(path):
    text = path.read_text(encoding="utf-8")
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)


def test_every_page_is_valid_and_every_link_leads_somewhere(folder):
    found = sorted(folder.rglob("*.html"))

    assert len(found) == 3 + len(NAMES) + len(THEORIES)
    for page in found:
        for element in parsed(page).iter():
            target = element.get("href", "")
            if element.tag == "a" and not target.startswith("#"):
                assert (page.parent / target).is_file(), f"{page.name}: {target}"


@pytest.mark.usefixtures("here")
def test_a_rebuild_keeps_what_did_not_change(folder):
    before = {path: path.stat().st_mtime_ns for path in (folder / "activations").iterdir()}
    built = build(folder, names=NAMES)

    assert (built.derived, built.kept, built.failed) == ((), 3, {})
    assert {path: path.stat().st_mtime_ns for path in before} == before


@pytest.mark.usefixtures("here")
def test_what_changed_or_is_missing_is_made_again(folder):
    manifest = folder / ".atlas.json"
    data = json.loads(manifest.read_text(encoding="utf-8"))
    data["activations"]["relu"]["key"] = "another"
    manifest.write_text(json.dumps(data), encoding="utf-8")
    (folder / "activations" / "step.html").unlink()
    built = build(folder, names=NAMES)

    assert set(built.derived) == {"relu", "step"}
    assert built.kept == 1


@pytest.mark.usefixtures("here")
def test_a_manifest_that_was_cut_off_is_as_good_as_none(tmp_path):
    build(tmp_path, names=("identity",))
    (tmp_path / ".atlas.json").write_text('{"activations": {"id', encoding="utf-8")

    assert build(tmp_path, names=("identity",)).derived == ("identity",)


@pytest.mark.usefixtures("here")
def test_pages_of_activations_that_are_gone_are_removed(tmp_path):
    build(tmp_path, names=("identity", "relu"))
    build(tmp_path, names=("relu",))

    assert [path.name for path in (tmp_path / "activations").iterdir()] == ["relu.html"]


@pytest.mark.usefixtures("here")
def test_a_folder_with_something_else_is_refused(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work", encoding="utf-8")

    with pytest.raises(UnsupportedError, match="holds something else"):
        build(tmp_path, names=("relu",))
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.mark.usefixtures("here")
def test_an_activation_that_fails_is_named_with_the_reason(tmp_path, monkeypatch):
    def failing(entry):
        raise UnsupportedError("no luck with " + entry.name)

    monkeypatch.setattr(site, "made", failing)
    built = build(tmp_path, names=("relu",))

    assert built.failed == {"relu": "no luck with relu"}
    assert "no luck with relu" in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_the_key_depends_on_the_program_and_the_entry():
    relu, tanh = find("relu"), find("tanh")

    assert site._key("a", relu) != site._key("b", relu)
    assert site._key("a", relu) != site._key("a", tanh)
    assert site._digest() == site._digest()


def test_every_theory_has_its_formulas():
    assert set(pages.FORMULAS) == set(THEORIES)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("relu", {"weight": 2, "theory": 2, "gain": sqrt(2), "class": "a", "C_W": 2, "C_b": 0}),
        # Roberts, Yaida and Hanin 2022, section 5.3.3: C_W = 1.98305826, C_b = 0.17292239 for GELU
        ("gelu", {"weight": 1.98305826, "bias": 0.17292239, "theory": 4, "class": "c", "C_W": 1.98305826}),
        ("tanh", {"weight": 1, "gain": 1.59253742, "class": "b", "C_W": 1, "C_b": 0}),
    ],
)
def test_the_table_has_the_published_numbers(name, expected):
    found = facts(find(name), derive(name))
    numbers = {key: found[key]["sort"] for key in expected}

    for key, value in expected.items():
        assert numbers[key] == (value if isinstance(value, str) else pytest.approx(value, rel=2e-8))


@pytest.mark.usefixtures("here")
def test_the_command_says_what_it_did(tmp_path):
    result = CliRunner().invoke(derive_command, ["atlas", str(tmp_path / "s"), "--only", "relu"])

    assert result.exit_code == 0
    assert result.stdout.startswith("1 derived, 0 kept: ")
    assert (tmp_path / "s" / "activations" / "relu.html").is_file()


def test_an_unknown_name_is_refused_before_anything_is_written(tmp_path):
    result = CliRunner().invoke(derive_command, ["atlas", str(tmp_path / "s"), "--only", "gleu"])

    assert result.exit_code == 2
    assert "gleu" in result.output
    assert not (tmp_path / "s").exists()


def test_nothing_of_another_host_is_loaded(folder):
    for page in folder.rglob("*.html"):
        assert not re.search(r"""(src|href)\s*=\s*["']?(https?:)?//""", page.read_text(encoding="utf-8"))


def test_styles_and_scripts_are_part_of_the_package():
    templates = Path(site.__file__).resolve().parent.parent / "render" / "templates"

    assert {"style.css", "copy.js", "atlas.js", "compare.js"} <= {p.name for p in templates.iterdir()}
