"""Answers kept on disk: found again, safe with several writers, bounded, never of another release."""

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from click.testing import CliRunner

from symbolic_init import Cache, UnsupportedError, cache
from symbolic_init.cli.commands import derive_command

WRITER = """
import sys
from pathlib import Path
from symbolic_init import Cache
with Cache(Path(sys.argv[1])) as cache:
    for k in range(100):
        cache.put(f"{sys.argv[2]} {k}", f"line {sys.argv[2]} {k}")
        assert cache.get(f"{sys.argv[2]} {k}")
"""


def test_several_processes_write_at_the_same_time(tmp_path):
    path = tmp_path / "kept"
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(path), str(n)]) for n in range(3)]

    assert [w.wait(60) for w in writers] == [0, 0, 0]
    with Cache(path) as kept:
        assert len(kept) == 300
        assert kept.get("2 99") == "line 2 99"


def test_several_threads_use_one_cache(tmp_path):
    with Cache(tmp_path / "kept") as kept, ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda k: kept.put(str(k % 50), f"line {k % 50}"), range(200)))

        assert [kept.get(str(k)) for k in range(50)] == [f"line {k}" for k in range(50)]


def test_an_answer_of_another_program_is_not_returned(tmp_path, monkeypatch):
    with Cache(tmp_path / "kept") as kept:
        kept.put("request", "line")
        monkeypatch.setattr(cache, "_program", lambda: "another")

        assert kept.get("request") is None


def test_a_file_of_another_layout_is_begun_anew(tmp_path, monkeypatch):
    with Cache(tmp_path / "kept") as kept:
        kept.put("request", "line")
    monkeypatch.setattr(cache, "_LAYOUT", 99)
    with Cache(tmp_path / "kept") as kept:
        assert len(kept) == 0


def test_the_size_is_bounded_and_what_was_used_last_stays(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "_LOOK_EVERY", 2)
    with Cache(tmp_path / "kept", max_bytes=10_000) as kept:
        kept.put("dear", "x" * 1000)
        for k in range(101):
            kept.put(str(k), "y" * 1000)
            assert kept.get("dear")

        assert 5 <= len(kept) <= 12
        assert kept.get("100")
        assert kept.get("1") is None


def test_a_file_that_is_no_cache_is_told(tmp_path):
    path = tmp_path / "kept"
    path.write_text("my notes, which are long enough to be taken for a database " * 20)

    with pytest.raises(UnsupportedError, match="derive cache clear"):
        Cache(path)


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(UnsupportedError, match="cannot be used"):
        Cache(tmp_path / "file" / "kept")


def test_a_broken_file_costs_answers_and_no_error(tmp_path):
    path = tmp_path / "kept"
    with Cache(path) as kept:
        kept.put("request", "line")
        with sqlite3.connect(path) as other:
            other.execute("DROP TABLE answers")
        kept.put("another", "line")

        assert kept.get("request") is None


def test_the_command_shows_and_clears(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with Cache() as kept:
        kept.put("request", "line")
    shown = CliRunner().invoke(derive_command, ["cache", "path"])
    cleared = CliRunner().invoke(derive_command, ["cache", "clear"])
    again = CliRunner().invoke(derive_command, ["cache", "clear"])

    assert shown.output.strip() == str(cache.cache_path())
    assert cleared.output.startswith("0.0 MiB removed")
    assert again.exit_code == 0
    assert list(cache.cache_path().parent.iterdir()) == []
