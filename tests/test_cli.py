"""Each command: what it prints, where, and with which exit status."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from symbolic_init.catalog import names
from symbolic_init.cli import commands
from symbolic_init.cli.commands import derive_command

COMMAND = [sys.executable, "-m", "symbolic_init"]


def run(*arguments):
    """The command in this process; errors of the library are raised, as `main` sees them."""
    result = CliRunner().invoke(derive_command, arguments, prog_name="derive")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def main(monkeypatch, capsys, *arguments):
    """`main()` itself: status, standard output, standard error."""
    monkeypatch.setattr(sys, "argv", ["derive", *arguments])
    with pytest.raises(SystemExit) as exit_:
        commands.main()
    out, err = capsys.readouterr()
    return exit_.value.code or 0, out, err


def test_an_expression_is_the_default_command():
    result = run("relu")

    assert result.exit_code == 0
    assert "2/N" in result.stdout
    assert result.stderr == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["-x"],
        ["--", "-x"],
        ["--digits", "8", "-x"],
        ["-x", "--digits", "8"],
        ["-1*x"],
        ["--no-steps", "-(x)"],
    ],
    ids=" ".join,
)
def test_an_expression_may_begin_with_a_minus_sign(arguments):
    result = run(*arguments)

    assert result.exit_code == 0
    assert "1/N" in result.stdout


def test_a_negated_function_is_not_taken_for_options():
    result = run("-log(1+exp(x))", "--no-steps")

    assert result.exit_code == 0
    assert "Var(w)" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--formt", "json", "relu"], "No such option"),
        (["-v"], "No such option"),
        (["--x"], "No such option"),
        (["relu", "--format", "pdf"], "'pdf' is not one of"),
        (["relu", "--theory", "magic"], "'magic' is not one of"),
        (["relu", "--q", "0"], "must be positive"),
        (["relu", "--q", "-1"], "must be positive"),
        (["relu", "--q", "1/0"], "is not a number"),
        (["relu", "--q", "1e999999999"], "is not a number"),
        (["relu", "--q", "nan"], "is not a number"),
        (["relu", "--bias-variance", "-1/2"], "at least 0"),
        (["relu", "--set", "a"], "not of the form name=value"),
        (["relu", "--set", "a=1", "--set", "a=2"], "set twice"),
        (["relu", "--fan-in", "0"], "is not in the range"),
        (["relu", "--digits", "0"], "is not in the range"),
        (["relu", "--fragment"], "--fragment needs --format latex"),
        (["relu", "tanh(x)"], "unexpected extra argument"),
        (["compare"], "Missing argument"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage_exits_with_2(arguments, message):
    result = run(*arguments)

    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("1/x", "1/x"),
        ("log(x)", "x"),
        ("x*I", "I"),
        ("a+b", "x"),
        ("", "empty"),
        ("foo(x)", "foo"),
        ("gleu", "gelu"),
        ("x^2", "**"),
        ("exp(x**2)", "q"),
        ("__import__('os')", "derive: error"),
        ("9**9**9**9", "derive: error"),
    ],
)
def test_what_cannot_be_done_exits_with_1_and_one_message(monkeypatch, capsys, text, part):
    status, out, err = main(monkeypatch, capsys, text)

    assert (status, out) == (1, "")
    assert err.startswith("derive: error: ")
    assert part.lower() in err.lower()
    assert err.count("error") == 1


def test_a_message_points_at_the_place(monkeypatch, capsys):
    _, _, err = main(monkeypatch, capsys, "x^2")
    lines = err.splitlines()

    assert lines[-2].index("^") == lines[-1].index("^")


def test_a_smaller_variance_answers_where_the_mean_diverges():
    assert run("exp(x**2)", "--q", "1/8", "--no-steps").exit_code == 0


def test_a_bug_is_a_traceback(monkeypatch):
    def broken(*_args, **_kwargs):
        msg = "bug"
        raise RuntimeError(msg)

    monkeypatch.setattr(commands, "_derivation", broken)
    monkeypatch.setattr(sys, "argv", ["derive", "relu"])

    with pytest.raises(RuntimeError, match="bug"):
        commands.main()


def test_parameters_can_be_set():
    text = run("leaky_relu(x, a)", "--set", "a=1/100", "--no-steps").stdout

    assert "1.99980" in text  # 2/(1 + a^2) = 20000/10001


def test_parameters_can_be_assumed():
    result = run("Piecewise((a*x, x<0), (x, True))", "--assume", "a>0", "--no-steps")

    assert result.exit_code == 0
    assert "a > 0" in result.stdout


def test_a_fan_in_gives_a_standard_deviation():
    assert "fan-in 512: std(w) = 0.0625" in run("relu", "--fan-in", "512", "--no-steps").stdout


def test_a_fan_in_is_a_remark_beside_a_record():
    result = run("relu", "--fan-in", "512", "--format", "json")

    assert "std(w) = 0.0625" in result.stderr
    assert json.loads(result.stdout)


def test_steps_can_be_left_out():
    assert len(run("tanh(x)", "--no-steps").stdout) < len(run("tanh(x)").stdout)


def test_digits_are_shown():
    assert "1.5925" in run("tanh(x)", "--no-steps", "--theory", "length-map", "--digits", "12").stdout


@pytest.mark.parametrize(
    ("form", "start"),
    [
        ("latex", r"\documentclass"),
        ("markdown", "#"),
        ("json", "{"),
        ("python", "# tanh(x)"),
        ("text", "tanh(x)"),
    ],
)
def test_formats(form, start):
    result = run("tanh(x)", "--format", form)

    assert result.exit_code == 0
    assert result.stdout.startswith(start)
    assert result.stdout.endswith("\n")


def test_a_fragment_is_no_document():
    assert r"\documentclass" not in run("tanh(x)", "--format", "latex", "--fragment").stdout


def test_output_in_a_pipe_is_ascii_of_80_columns():
    text = run("sigmoid(x)").stdout

    assert text.isascii()
    assert max(map(len, text.splitlines())) <= 80


def test_a_file_is_written_whole(tmp_path):
    path = tmp_path / "relu.json"
    result = run("relu", "--format", "json", "-o", str(path))

    assert (result.exit_code, result.stdout) == (0, "")
    assert json.loads(path.read_text())
    assert [p.name for p in tmp_path.iterdir()] == ["relu.json"]


def test_a_file_keeps_its_mode_and_its_link(tmp_path):
    real, link = tmp_path / "real.txt", tmp_path / "link.txt"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    run("relu", "-o", str(link))

    assert link.is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert "2/N" in real.read_text()


def test_a_new_file_has_the_usual_mode(tmp_path):
    mask = os.umask(0o022)
    try:
        run("relu", "-o", str(tmp_path / "new.txt"))
    finally:
        os.umask(mask)

    assert stat.S_IMODE((tmp_path / "new.txt").stat().st_mode) == 0o644


def test_numbers_that_do_not_fit_are_told_in_one_line(monkeypatch, capsys):
    def too_large(**_):
        raise MemoryError

    monkeypatch.setattr(commands, "derive_command", too_large)
    with pytest.raises(SystemExit) as ended:
        commands.main()

    assert ended.value.code == 1
    assert capsys.readouterr().err == (
        "derive: error: a number takes more memory than there is; try smaller ones\n"
    )


def test_an_error_leaves_the_file_alone(tmp_path, monkeypatch, capsys):
    path = tmp_path / "old.txt"
    path.write_text("old")
    status, _, _ = main(monkeypatch, capsys, "gleu", "-o", str(path))

    assert status == 1
    assert path.read_text() == "old"


@pytest.mark.parametrize("place", ["missing/file.txt", "."])
def test_a_place_that_cannot_be_written_is_refused_before_the_work(tmp_path, place, monkeypatch):
    monkeypatch.setattr(commands, "_derivation", None)
    result = run("relu", "-o", str(tmp_path / place))

    assert result.exit_code == 2
    assert "cannot write" in result.stderr


def test_a_file_that_the_system_refuses_is_told_in_one_line(monkeypatch, capsys, tmp_path):
    def refuse(**_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.mkstemp", refuse)
    status, _, message = main(monkeypatch, capsys, "relu", "-o", str(tmp_path / "full.txt"))

    assert status == 1
    assert message == f"Error: cannot write '{tmp_path / 'full.txt'}': No space left on device\n"


def test_the_list_has_every_name_but_aliases():
    text = run("list").stdout

    assert {"relu", "tanh", "sigmoid", "gelu"} <= set(re.findall(r"^  (\w+)\(x", text, re.MULTILINE))
    assert text.isascii()


def test_no_name_of_the_catalog_is_a_command():
    assert not set(names()) & set(derive_command.commands)


def test_comparing_gives_one_row_each():
    result = run("compare", "relu", "-x", "tanh(x)")
    rows = [line.split()[0] for line in result.stdout.splitlines()[1:4]]

    assert result.exit_code == 0
    assert rows == ["relu(x)", "-x", "tanh(x)"]


def test_help_names_options_and_commands():
    text = run("--help").stdout

    assert all(word in text for word in ("--theory", "--assume", "--output", "compare", "list", "Examples:"))


def test_no_arguments_give_help():
    result = run()

    assert "Usage: derive" in result.output


def complete(words, count):
    environment = {
        **os.environ,
        "COMP_WORDS": words,
        "COMP_CWORD": str(count),
        "_DERIVE_COMPLETE": "bash_complete",
    }
    found = subprocess.run(COMMAND, env=environment, capture_output=True, text=True, check=True)
    return {line.partition(",")[2] for line in found.stdout.splitlines()}


@pytest.mark.parametrize(
    ("words", "count", "expected"),
    [
        ("derive ge", 1, "gelu"),
        ("derive comp", 1, "compare"),
        ("derive compare ge", 2, "gelu"),
        ("derive --fo", 1, "--format"),
        ("derive relu --format la", 3, "latex"),
    ],
)
def test_the_shell_completes(words, count, expected):
    assert expected in complete(words, count)


def test_the_module_is_the_command():
    found = subprocess.run([*COMMAND, "--version"], capture_output=True, text=True, check=True)

    assert found.stdout.startswith("derive ")


@pytest.mark.skipif(shutil.which("bash") is None, reason="pipefail is a feature of bash")
def test_a_closed_pipe_is_no_trouble():
    line = f"{' '.join(COMMAND)} list | head -n 1"
    found = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=True)

    assert found.stderr == ""
    assert found.stdout.count("\n") == 1


def test_the_citation_is_that_of_the_file():
    text = run("--cite").stdout
    file = (Path(__file__).parent.parent / "CITATION.cff").read_text(encoding="utf-8")
    title, author, version = (
        re.search(rf'^ *(?:- )?{key}: "?([^"\n]+)"?$', file, re.MULTILINE)[1]
        for key in ("title", "name", "version")
    )

    assert text.startswith("@software{symbolic_init,")
    assert all(f"{{{part}}}" in text for part in (title, author, version))
    assert text.count("@misc{") >= 4
