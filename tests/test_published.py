"""The page on published numbers is what the program says now, and its data says where they come from."""

import importlib.util
import json
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parent.parent / "derivations"


def script():
    spec = importlib.util.spec_from_file_location("published", FOLDER / "published.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PUBLISHED = script()
ENTRIES = PUBLISHED.entries()
PAGE = (FOLDER / "published.md").read_text(encoding="utf-8")
FEW = [e for e in ENTRIES if e["source"] in {"torch.nn.init.calculate_gain", "Schoenholz et al. 2017"}]


def verdict(what, source):
    (entry,) = [e for e in ENTRIES if (e["what"], e["source"]) == (what, source)]
    return PUBLISHED.verdict(entry).verdict


@pytest.mark.parametrize("entry", FEW, ids=lambda e: e["what"])
def test_a_row_regenerates_identically(entry):
    row = PUBLISHED.verdict(entry)

    assert f"\n| {row.what} | {row.printed} | {row.exact} | {row.verdict} |\n" in PAGE


@pytest.mark.slow
def test_the_page_regenerates_identically():
    assert PUBLISHED.page() == PAGE


def test_every_number_is_on_the_page_with_its_source():
    assert all(f"\n| {e['what']} | {e['printed']} | " in PAGE for e in ENTRIES)
    assert all(f"\n## {e['source']}\n" in PAGE for e in ENTRIES if e["source"] != PUBLISHED.CHECKED)


def test_the_data_has_no_spare_keys():
    keys = {"source", "what", "printed", "how", "note", "convention"}

    assert all(set(e) <= keys for e in json.loads(PUBLISHED.DATA.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("what", "source", "begins"),  # what is known of these numbers: see the page
    [
        ("SiLU: C_b", "four public files of code", "wrong: 0.0 digits hold (ten times"),
        ("sigmoid: std(w) sqrt(N)", "Kumar, arXiv:1704.08863", "reproduced to all 2 digits"),
        ("tanh: gain", "torch.nn.init.calculate_gain", "convention"),
        ("SELU: gain", "torch.nn.init.calculate_gain", "convention"),
        (
            "gelu: centered gain",
            "NFNets (deepmind-research, timm): constants of nonlinearities",
            "wrong: 3.5",
        ),
        ("GELU: C_W", "Roberts, Yaida, Hanin 2022, section 5.3", "reproduced to all 9 digits"),
        ("std of a normal variable cut at 2 deviations", "TensorFlow, Keras, JAX", "reproduced to double"),
        ("softplus: criticality", "Roberts, Yaida, Hanin 2022, section 5.3", "reproduced: there is none"),
    ],
)
def test_verdicts(what, source, begins):
    assert verdict(what, source).startswith(begins)


def test_what_was_checked_by_quadrature_is_reproduced():
    rows = PAGE.partition("checked by quadrature\n")[2].splitlines()

    assert len(rows) > 60
    assert not [row for row in rows if "wrong" in row]
