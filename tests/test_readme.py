"""What README.md and docs/ show is what the program does."""

import doctest
import re

import pytest
from transcripts import PAGES, ROOT, replayed, sessions

SESSIONS = [(page, session) for page in PAGES for session in sessions(page)]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def names(pairs):
    return [f"{page.name}: {session.splitlines()[0]}" for page, session in pairs]


@pytest.mark.parametrize("session", [s for _, s in SESSIONS], ids=names(SESSIONS))
def test_console_blocks_show_what_is_printed(session):
    assert replayed(session) == session


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_blocks_run(page):
    failures, _ = doctest.testfile(str(page), module_relative=False, encoding="utf-8")

    assert failures == 0


@pytest.mark.parametrize(
    "page", [*PAGES, *sorted((ROOT / "docs" / "adr").glob("*.md"))], ids=lambda p: p.name
)
def test_links_lead_somewhere(page):
    targets = re.findall(r"\]\(([^)#:]+)[^):]*\)", page.read_text(encoding="utf-8"))
    missing = [target for target in targets if not (page.parent / target).exists()]

    assert missing == []


@pytest.mark.parametrize("mark", ["main job", "tests"])
def test_a_command_stands_alone_under_its_comment(mark):
    found = re.findall(rf"^<!-- {mark} -->\n```sh\n(.+)\n```$", README, re.MULTILINE)

    assert len(found) == 1


def test_the_first_screen_shows_a_derivation():
    start = README.index("```console")

    assert "$ derive" in README[start : start + 40]
    assert README[:start].count("\n") < 15


def test_decision_records_are_short():
    for path in (ROOT / "docs" / "adr").glob("*.md"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 40, path.name
