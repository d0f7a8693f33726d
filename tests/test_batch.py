"""Many activations at once: every line has a record, in order, whatever becomes of the workers."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from concurrent.futures import Future
from pathlib import Path
from threading import Event

import pytest
from sympy import Max, Symbol, tanh

from symbolic_init import RecordError, UnsupportedError, derive, derive_many, from_json
from symbolic_init.batch import Answer, Limits
from symbolic_init.batch.request import MAX_LINE, request_of
from symbolic_init.batch.worker import Worker, Workers
from symbolic_init.batch.worker_process import answer
from symbolic_init.cache import Cache
from symbolic_init.cli.endings import orderly_end

COMMAND = [sys.executable, "-m", "symbolic_init", "batch"]
LINES = ["relu(x)", "gelu", "tanh(", '{"expression": "elu(x, a)", "settings": {"a": 0.5}}', "", "Max(x, 1/0)"]
FAULTY = '{"q": 1}'
"""A line that is refused without a worker."""
SCRIPT = """
import os, sys, time
print("ready", flush=True)
for line in sys.stdin:
    if "hang" in line:
        time.sleep(1000)
    if "crash" in line:
        os.abort()
    if "memory" in line:
        os._exit(3)
    if "half" in line:
        sys.stdout.write("half"), sys.stdout.flush(), os._exit(0)
    print('{"request": ' + line.strip() + ', "error": ""}', flush=True)
"""


@pytest.fixture
def workers():
    found = Workers(Limits(seconds=0.1, memory=1 << 20), [sys.executable, "-c", SCRIPT])
    yield found
    found.close()


class Echo:
    """An executor that answers at once, or when it is told to."""

    def __init__(self):
        self.asked = []

    def submit(self, request, /):
        self.asked.append(request)
        future = Future()
        future.set_result(json.dumps({"request": json.loads(request), "error": ""}))
        return future

    def close(self):
        raise AssertionError("an executor that was given is not closed")


def batch(*arguments, **given):
    return subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, check=False, timeout=100, **given
    )


def test_answers_come_in_order_and_tell_their_errors():
    found = list(derive_many(LINES, jobs=2))

    assert [a.error_type for a in found] == ["", "", "ParseError", "", "ParseError", "ParseError"]
    assert [str(a.derivation.weight_variance) for a in found if not a.error][:2] == ["2/N", "4/N"]
    assert found[3].request == {"expression": "elu(x, a)", "settings": {"a": "0.5"}}
    assert "never closed" in found[2].error


def test_an_answer_is_a_record_that_reads_back():
    (found,) = derive_many(["tanh(x)"], jobs=1, full=True, digits=20)

    assert from_json(found.line) == found.derivation == derive("tanh(x)", digits=20)


@pytest.mark.parametrize("text", ["softplus(x)", "cos(x)/(1 + exp(x))"])
def test_a_headline_says_the_same_as_the_whole_derivation(text):
    brief, full = derive(text, headline_only=True), derive(text)

    assert brief.weight_variance == full.weight_variance
    assert brief.warnings == full.warnings
    assert brief.values.items() <= full.values.items()
    assert brief.schemes[0].fate in {s.fate for s in full.schemes if s.sigma_w2 == brief.schemes[0].sigma_w2}
    assert (brief.steps, brief.recommended) == ((), None)


def test_an_error_cannot_be_read_as_a_derivation():
    (found,) = derive_many(["1 +"], jobs=1)

    assert found.derivation is None
    with pytest.raises(RecordError, match="no derivation but an error"):
        from_json(found.line)


def test_expressions_of_sympy_take_what_their_symbols_know_with_them():
    a, x = Symbol("a", positive=True), Symbol("x")

    assert request_of(tanh(a * x), {}).asked == {"expression": "tanh(a*x)", "assume": "a > 0"}
    assert request_of(Max(0, x), {"q": "2"}).asked == {"expression": "Max(0, x)", "q": "2"}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"expression": "x"', "not a JSON object"),
        ('{"q": 1}', "names no expression"),
        ('{"expression": "x", "callable": "os:system"}', "no option 'callable'"),
        ('{"expression": "x", "expression": "y"}', "twice"),
        ('{"expression": "x", "q": NaN}', "NaN is not a number"),
        ('{"expression": "x", "q": 1e999999999}', "q: "),
        ('{"expression": "x", "digits": 1000000}', "whole number"),
        ('{"expression": "x", "digits": true}', "whole number"),
        ('{"expression": ["x"]}', "text is expected"),
        ('{"expression": "x", "settings": [1]}', "object of names"),
        ('{"expression": "x", "full": 1}', "true or false"),
        ('{"a":' * 90_000, "more than"),
        ('{"a":' * 15_000, "nested too deeply"),
        ("x" * (MAX_LINE + 1), "more than"),
        ('{"expression": "x", "q": ' + "1" * 5000 + "}", "JSON"),
    ],
)
def test_a_faulty_line_is_told_and_not_asked(line, told):
    request = request_of(line, {})

    assert told in str(request.fault)
    assert len(request.text) < 7000


def test_an_unknown_option_is_refused():
    with pytest.raises(RecordError, match="no option 'thoery'"):
        next(derive_many(["x"], thoery="linear"))


@pytest.mark.parametrize(
    ("request_", "kind", "told"),
    [
        ('"hang"', "LimitError", "no answer within 0.1 s"),
        ('"memory"', "LimitError", "more than 1 MiB"),
        ('"crash"', "InternalError", "SIGABRT"),
        ('"half"', "InternalError", "exit status 0"),
    ],
)
def test_what_an_item_does_to_its_worker_costs_that_item(workers, request_, kind, told):
    start = time.monotonic()
    failure = Answer(workers.answer(request_))
    after = Answer(workers.answer('"well"'))

    assert (failure.error_type, failure.request) == (kind, json.loads(request_))
    assert told in failure.error
    assert (after.error, after.request) == ("", "well")
    assert time.monotonic() - start < 5


@pytest.mark.parametrize(
    ("deed", "kind", "told"),
    [
        ("sum(range(10**12))", "LimitError", "no answer within"),
        ("bytearray(1 << 40)", "LimitError", "of memory"),
        ("os.abort()", "InternalError", "SIGABRT"),
        ("os._exit(0)", "InternalError", "exit status 0"),
    ],
)
def test_an_item_costs_a_copy_and_the_next_is_ready(deed, kind, told):
    head = "import os, sys; from symbolic_init.batch import worker_process as w; w._load = lambda: None"
    does = f"w.answer = lambda line: {deed} if 'deed' in line else '{{' + line.strip() + ': 1}}'"
    code = f"{head}; {does}; sys.argv = ['', '{1 << 28}', '0.3']; w.main()"
    workers = Workers(Limits(seconds=300), [sys.executable, "-c", code])
    found = [workers.answer(f'"{word}"') for word in ("well", "deed", "better", "deed", "good")]
    (worker,) = workers._all
    workers.close()

    assert found[::2] == ['{"well": 1}', '{"better": 1}', '{"good": 1}']
    assert {(Answer(line).error_type, told in Answer(line).error) for line in found[1::2]} == {(kind, True)}
    assert worker._process.returncode == -signal.SIGKILL


def test_a_command_that_is_no_worker_is_an_error():
    with pytest.raises(Exception, match="did not start"):
        Worker([sys.executable, "-c", ""], Limits())


def test_the_memory_of_a_worker_is_bounded():
    code = f"{SCRIPT.replace('time.sleep(1000)', 'bytearray(1 << 30)')}"
    head = "from symbolic_init.batch import worker_process as w; w._restrict(100 << 20)"
    workers = Workers(Limits(seconds=20), [sys.executable, "-c", f"{head}\n{code}"])
    found = Answer(workers.answer('"hang"'))
    workers.close()

    assert (found.error_type, "exit status 1" in found.error) == ("InternalError", True)


def test_an_item_out_of_memory_says_so(monkeypatch):
    monkeypatch.setattr("symbolic_init.engine.derive", lambda *_, **__: bytearray(1 << 60))

    with pytest.raises(MemoryError):
        answer('{"expression": "x"}')


def test_a_bug_costs_one_item(monkeypatch):
    monkeypatch.setattr("symbolic_init.engine.derive", lambda *_, **__: 1 / 0)
    found = Answer(answer('{"expression": "x"}'))

    assert (found.error_type, found.error) == (
        "InternalError",
        "unexpected ZeroDivisionError: division by zero",
    )


def test_no_process_is_left_behind():
    answers = derive_many([f"tanh({k}*x)" for k in range(1, 50)], jobs=2)
    next(answers)
    answers.close()
    left = [
        p for p in children(os.getpid()) if b"symbolic_init.batch" in Path(f"/proc/{p}/cmdline").read_bytes()
    ]

    assert left == []


def test_a_result_is_given_before_the_next_question_is_known():
    answered, ready = [], Event()

    def waiting():
        yield "relu(x)"
        ready.wait(60)
        yield f"tanh({answered[0].derivation.sigma_w2}*x)"

    stream = derive_many(waiting(), jobs=1)
    answered.append(next(stream))
    ready.set()

    assert next(stream).request == {"expression": "tanh(2*x)"}


def test_an_error_of_the_iterable_is_raised_where_answers_are_read():
    def broken():
        yield "x"
        raise OSError("gone")

    answers = derive_many(broken(), executor=Echo())

    assert next(answers).request == {"expression": "x"}
    with pytest.raises(OSError, match="gone"):
        next(answers)


def test_an_endless_iterable_is_read_as_far_as_answers_are():
    echo = Echo()
    answers = derive_many(("x" for _ in iter(int, 1)), executor=echo)
    for _ in range(10):
        next(answers)
    time.sleep(0.1)
    answers.close()

    assert len(echo.asked) < 1100


def test_what_is_kept_is_not_asked_again(tmp_path):
    asked, none, one = Echo(), Echo(), Echo()
    with Cache(tmp_path / "kept") as cache:
        first = [a.line for a in derive_many(["relu(x)", "1 +"], executor=asked, cache=cache)]
        again = [a.line for a in derive_many(["1 +", "relu(x)"], executor=none, cache=cache)]
        other = list(derive_many(["relu(x)"], executor=one, cache=cache, q=2))

    assert again == first[::-1]
    assert (len(asked.asked), len(none.asked), len(one.asked), len(other)) == (2, 0, 1, 1)


def test_a_batch_is_the_same_for_any_number_of_workers_and_run(tmp_path):
    lines = [*LINES, "tanh(2*x)", "sin(x)*exp(-x**2)", "relu(x)"]
    source = tmp_path / "in.txt"
    source.write_text("\n".join(lines) + "\n")
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    found = []
    for number, options in enumerate((["-j", "1", "--no-cache"], ["-j", "3"], ["-j", "2"])):
        path = tmp_path / f"{number}.jsonl"
        seed = {**environment, "PYTHONHASHSEED": str(number)}
        result = batch(str(source), "-o", str(path), *options, env=seed)
        assert (result.returncode, result.stdout) == (0, "")
        assert f"{len(lines)} lines: 6 answered, 3 ParseError" in result.stderr
        found.append(path.read_bytes())

    assert found[0] == found[1] == found[2]
    assert [json.loads(line)["request"]["expression"] for line in found[0].splitlines()][:2] == LINES[:2]


def test_a_killed_run_goes_on_where_it_stopped(tmp_path):
    source, path, whole = tmp_path / "in.txt", tmp_path / "out.jsonl", tmp_path / "whole.jsonl"
    source.write_text("".join(f"tanh({k}*x)\n" for k in range(1, 13)))
    running = subprocess.Popen(
        [*COMMAND, str(source), "-o", str(path), "--no-cache", "-j", "1"], stderr=subprocess.DEVNULL
    )
    limit = time.monotonic() + 60
    while time.monotonic() < limit and (not path.exists() or path.read_bytes().count(b"\n") < 3):
        time.sleep(0.01)
    running.kill()
    running.wait()
    kept = path.read_bytes().count(b"\n")
    with path.open("ab") as file:
        file.write(b'{"schema": "torn')
    again = batch(str(source), "-o", str(path), "--no-cache", "-j", "2")
    batch(str(source), "-o", str(whole), "--no-cache", "-j", "1")

    assert 3 <= kept < 12
    assert f"{kept} records are there" in again.stderr
    assert path.read_bytes() == whole.read_bytes()


LONG = f"Max({', '.join(f'sin({k}*x + {k})*x**{k % 7}' for k in range(1, 200))})"
"""A line that keeps a worker busy for longer than any of these tests."""


@pytest.fixture
def busy(tmp_path):
    """A batch with one record written and a worker at work, and what has started for it."""
    path = tmp_path / "out.jsonl"
    running = subprocess.Popen(
        [*COMMAND, "-", "-o", str(path), "--no-cache", "-j", "1"],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=_heedful,
    )
    running.stdin.write(f"relu(x)\n{LONG}\n")
    running.stdin.flush()
    limit = time.monotonic() + 60
    while time.monotonic() < limit and (not path.exists() or not path.read_bytes()):
        time.sleep(0.01)
    workers = children(running.pid)
    yield running, path, [*workers, *(copy for worker in workers for copy in children(worker))]
    running.kill()
    running.wait()
    running.stdin.close()
    running.stderr.close()


def _heedful():
    """A shell starts background commands with SIGINT ignored, `nohup` SIGHUP, and children inherit that."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def children(pid):
    return [
        child for task in Path(f"/proc/{pid}/task").iterdir() for child in read(task / "children").split()
    ]


def is_running(pid):
    return read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()[:1] not in ([], ["Z"])


def read(path):
    try:
        return path.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


@pytest.mark.parametrize(
    ("number", "told"),
    [(signal.SIGINT, "interrupted"), (signal.SIGTERM, "terminated"), (signal.SIGHUP, "hung up")],
)
def test_a_signal_ends_a_batch_and_its_workers(busy, number, told):
    running, path, workers = busy
    running.send_signal(number)
    status = running.wait(timeout=20)
    message = running.stderr.read()

    assert status == 128 + number
    assert len(workers) == 2
    assert not any(map(is_running, workers))
    assert message.endswith(f"derive: {told}; 1 records are written; the same command goes on\n")
    assert "Traceback" not in message
    assert "Fatal" not in message
    assert path.read_bytes().count(b"\n") == 1


def test_workers_end_when_nobody_is_left_to_answer(busy):
    running, _, workers = busy
    running.kill()
    limit = time.monotonic() + 10
    while time.monotonic() < limit and any(map(is_running, workers)):
        time.sleep(0.01)

    assert len(workers) == 2
    assert not any(map(is_running, workers))


def _signalled(*numbers):
    with orderly_end(lambda: "so many"):
        for number in numbers:
            os.kill(os.getpid(), number)


def test_what_was_ignored_before_stays_ignored(capsys):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with pytest.raises(SystemExit) as ended:
            _signalled(signal.SIGHUP, signal.SIGTERM)
    finally:
        signal.signal(signal.SIGHUP, before)

    assert ended.value.code == 143
    assert capsys.readouterr().err == "derive: terminated; so many\n"
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_a_batch_ends_when_nobody_reads_it():
    running = subprocess.Popen(
        [*COMMAND, "-", "--no-cache", "-j", "1"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    running.stdin.write(f"{FAULTY}\n")
    running.stdin.flush()
    first = running.stdout.readline()
    running.stdout.close()
    running.stdin.write(f"{FAULTY}\n")
    running.stdin.flush()
    status = running.wait(timeout=20)
    message = running.stderr.read()
    running.stdin.close()
    running.stderr.close()

    assert json.loads(first)["error_type"] == "RecordError"
    assert status == 1
    assert "Traceback" not in message
    assert "Exception" not in message


@pytest.mark.parametrize("options", [["-o", "/dev/full"], []])
def test_a_device_that_is_full_is_told(options):
    with open("/dev/full", "w") as full:
        result = subprocess.run(
            [*COMMAND, "-", "--no-cache", "-j", "1", *options],
            input=f"{FAULTY}\n",
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert result.returncode == 1
    assert "No space left on device; 0 records are written\n" in result.stderr


@pytest.mark.parametrize(
    "options",
    [
        ["--timeout", "nan"],
        ["--timeout", "0"],
        ["--timeout", "1e300"],
        ["--memory", str(10**15)],
        ["-j", "0"],
    ],
)
def test_limits_out_of_all_bounds_are_wrong_usage(options):
    result = batch("-", "--no-cache", *options, input="x\n")

    assert result.returncode == 2
    assert "Error: " in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("limits", [{"timeout": 0}, {"timeout": float("nan")}, {"memory": -1}, {"jobs": 0}])
def test_limits_are_looked_at_before_the_work(limits):
    with pytest.raises(UnsupportedError, match="above 0"):
        next(derive_many(["x"], **limits))


def test_a_byte_order_mark_is_not_read():
    result = batch("-", "--no-cache", input=f"\ufeff{FAULTY}\r\n")

    assert json.loads(result.stdout)["request"] == {"expression": FAULTY}


def test_a_full_disk_loses_nothing_that_was_written(tmp_path):
    source, path = tmp_path / "in.txt", tmp_path / "out.jsonl"
    source.write_text("relu(x)\ngelu\ntanh(x)\nsin(x)\n")

    def little():
        resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))

    full = batch(str(source), "-o", str(path), "--no-cache", "-j", "1", preexec_fn=little)
    kept = path.read_bytes()
    again = batch(str(source), "-o", str(path), "--no-cache", "-j", "1")

    assert full.returncode == 1
    assert f"File too large; {len(kept.splitlines())} records are written" in full.stderr
    assert kept.endswith(b"}\n")
    assert again.returncode == 0
    assert path.read_bytes().startswith(kept)
    assert path.read_bytes().count(b"\n") == 4


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("my notes\n", "no record of a batch"),
        ('{"request": {"expression": "x"}, "version": "0"}\n', "answers 'x', and 'relu(x)' is asked"),
        (
            '{"request": {"expression": "relu(x)", "q": "2"}, "version": "0"}\n',
            "answers 'relu(x)' with {'q': '2'}, and 'relu(x)' is asked",
        ),
        ('{"request": 1, "version": "0"}\n', "no record of a batch"),
        ('{"request": {"expression": "relu(x)"}, "version": "0"}\n', "was written by release 0"),
        ("[" * 50_000 + "\n", "no record of a batch"),
    ],
)
def test_a_file_of_something_else_is_left_alone(tmp_path, content, told):
    source, path = tmp_path / "in.txt", tmp_path / "out.jsonl"
    source.write_text("relu(x)\n")
    path.write_text(content)
    result = batch(str(source), "-o", str(path))

    assert result.returncode == 1
    assert told in result.stderr
    assert path.read_text() == content


def test_more_records_than_lines_are_refused(tmp_path):
    path = tmp_path / "out.jsonl"
    path.write_text('{"request": {}, "version": "0"}\n')
    result = batch("-", "-o", str(path), input="")

    assert "is one more than there are lines" in result.stderr


def test_a_place_that_cannot_be_written_is_refused_before_the_work(tmp_path):
    result = batch("-", "-o", str(tmp_path / "missing" / "out.jsonl"), input="relu(x)\n")

    assert result.returncode == 2
    assert "cannot write" in result.stderr


def test_two_runs_do_not_write_to_one_file(tmp_path):
    from symbolic_init.batch.record_file import RecordFile

    with RecordFile(tmp_path / "out.jsonl"):
        result = batch("-", "-o", str(tmp_path / "out.jsonl"), input="relu(x)\n")

    assert result.returncode == 2
    assert "another process is writing" in result.stderr


def test_lines_of_any_bytes_have_a_record(tmp_path):
    source = tmp_path / "in.txt"
    source.write_bytes(b"relu(x)\r\n\xff\xfe\n\0\n" + b"x+" * 200_000 + b"x\n\xe2\x80\xa8x\n1/x")
    result = batch(str(source), "--no-cache", "-j", "1")
    found = [json.loads(line) for line in result.stdout.splitlines()]

    assert result.returncode == 0
    assert [f.get("error_type", "") for f in found] == [
        "",
        "ParseError",
        "ParseError",
        "RecordError",
        "",
        "DomainError",
    ]


def test_no_lines_are_no_records(tmp_path):
    result = batch("-", "-o", str(tmp_path / "out.jsonl"), input="")

    assert result.returncode == 0
    assert (tmp_path / "out.jsonl").read_bytes() == b""
