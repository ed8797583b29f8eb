"""Covers start.py: what it decides on every system, that setting up is done once and whole, and opening and closing."""

from __future__ import annotations

import ast
import hashlib
import io
import itertools
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import pytest

import start
from lib.errors import UserError
from lib.media import locks

ROOT = Path(start.__file__).parent
LINUX = start.Machine("Linux", "x86_64", 0, nvidia=False)
MAC = start.Machine("Darwin", "arm64", 14, nvidia=False)
WINDOWS = start.Machine("Windows", "AMD64", 10, nvidia=False)


# ---- which machine, which torch


@pytest.mark.parametrize("machine", [LINUX, MAC, WINDOWS, MAC._replace(version=26)])
def test_the_three_kinds_of_computer_are_welcome(machine):
    start.check_machine(machine, (3, 9))


@pytest.mark.parametrize("machine, word", [
    (MAC._replace(processor="x86_64"), "Intel Macs"),
    (MAC._replace(version=13), "macOS 14"),
    (WINDOWS._replace(version=6), "Windows 10"),
    (LINUX._replace(processor="armv7l"), "armv7l"),
    (start.Machine("", "", 0, False), "unknown"),
])
def test_a_machine_that_cannot_carry_it_is_told_why_and_what_to_do(machine, word):
    with pytest.raises(UserError, match=word) as told:
        start.check_machine(machine, (3, 11))
    assert told.value.fix


def test_a_python_that_is_too_old_is_told_where_to_get_one():
    with pytest.raises(UserError, match=r"Python 3\.8 is too old.*python\.org"):
        start.check_machine(LINUX, (3, 8))


@pytest.mark.parametrize("system, nvidia, forced, mode", [
    ("Linux", False, None, "cpu"), ("Linux", True, None, "cuda"), ("Windows", True, None, "cuda"),
    ("Darwin", False, None, "locked"), ("Linux", True, "cpu", "cpu"), ("Linux", False, "locked", "locked"),
])
def test_the_torch_mode_follows_the_card_unless_told(system, nvidia, forced, mode):
    assert start.choose_torch_mode(system, nvidia, forced) == mode


MODES, SYSTEMS, BOTH = ["cpu", "cuda", "locked"], ["Linux", "Darwin", "Windows"], [True, False]


@pytest.mark.parametrize("mode, system, nvidia, answers", [*itertools.product(MODES, SYSTEMS, BOTH, BOTH)])
def test_the_last_way_is_the_plain_lock_and_cuda_is_left_out_only_with_the_cpu_build(mode, system, nvidia, answers):
    *own, last = start.torch_plans(mode, system, nvidia, answers)
    assert (last.backend, last.without_cuda) == (None, False)
    assert all(plan.without_cuda == (plan.backend == "cpu") for plan in own)
    assert answers or not own


def test_a_linux_without_a_card_takes_the_cpu_build_and_says_so_when_it_cannot():
    first, _ = start.torch_plans("cpu", "Linux", False, index_answers=True)
    assert (first.backend, first.without_cuda) == ("cpu", True)
    (only,) = start.torch_plans("cpu", "Linux", False, index_answers=False)
    assert "out of reach" in only.sentence and only.gigabytes > first.gigabytes


def test_windows_with_a_card_takes_a_cuda_build_and_linux_with_one_the_lock():
    assert [plan.backend for plan in start.torch_plans("cuda", "Windows", True, True)] == ["auto", "cu130", None]
    assert [plan.backend for plan in start.torch_plans("cuda", "Linux", True, True)] == [None]


# ---- the lock


def names(text: str) -> set[str]:
    return set(re.findall(r"^([a-z0-9-]+)==", text, re.MULTILINE))


def test_without_cuda_the_lock_loses_nothing_that_a_processor_needs():
    lock = start.LOCK.read_text()
    gone = names(lock) - names(start.without_cuda(lock))
    assert {"triton", "cuda-toolkit", "nvidia-cublas"} <= gone
    assert all(name == "triton" or name.startswith(("nvidia-", "cuda-")) for name in gone)


def test_the_lock_holds_every_requirement_and_nothing_of_the_machine_that_made_it():
    lock, wanted = start.LOCK.read_text(), (ROOT / "requirements.in").read_text()
    assert set(re.findall(r"^([a-z0-9-]+)[=<>]", wanted, re.MULTILINE)) <= names(lock)
    assert not re.search(r"://|(^|\s)[/~]|--(extra-)?index|--find-links", lock)
    command = re.search(r"uv pip compile .*", lock).group()
    assert command in (ROOT / "CONTRIBUTING.md").read_text()


def test_every_requirement_says_what_it_is_for():
    lines = [line for line in (ROOT / "requirements.in").read_text().splitlines() if line and not line.startswith("#")]
    assert [line for line in lines if "#" not in line and not line.startswith("pytest")] == []


def test_the_fingerprint_changes_with_every_fact_and_not_with_line_ends():
    facts = [("a==1\n", LINUX, "cpu"), ("a==2\n", LINUX, "cpu"), ("a==1\n", MAC, "cpu"), ("a==1\n", LINUX, "cuda")]
    assert len({start.fingerprint(*fact) for fact in facts}) == len(facts)
    assert start.fingerprint("a==1\r\nb==2\r\n", LINUX, "cpu") == start.fingerprint("a==1\nb==2\n", LINUX, "cpu")


def test_uv_is_asked_for_exactly_the_lock():
    command = start.install_command("uv", Path("py"), Path("lock.txt"), "cpu")
    assert command == ["uv", "pip", "sync", "--compile-bytecode", "--python", "py", "--torch-backend", "cpu", "lock.txt"]
    assert "--torch-backend" not in start.install_command("uv", Path("py"), Path("lock.txt"), None)


# ---- mirrors


def test_a_mirror_that_pip_knows_is_told_to_uv():
    words = r"""
:env:.cert='/c.pem'
global.extra-index-url='https://a/simple\nhttps://b/simple'
global.index-url='https://m/simple'
"""
    env = start.uv_environment({"PATH": "/bin"}, start.read_pip_settings(words), uv_has_a_file=False)
    assert env["UV_DEFAULT_INDEX"] == "https://m/simple"
    assert env["UV_INDEX"] == "https://a/simple https://b/simple"
    assert env["SSL_CERT_FILE"] == "/c.pem" and env["PATH"] == "/bin"
    assert env["UV_INDEX_STRATEGY"] == "unsafe-best-match"


def test_a_variable_is_stronger_than_the_settings_file_of_pip():
    words = ":env:.index-url='https://variable'\nglobal.index-url='https://file'\nglobal.timeout='60'\n"
    assert start.read_pip_settings(words) == {"index-url": "https://variable"}


@pytest.mark.parametrize("environ, uv_has_a_file", [({"UV_INDEX_URL": "https://own"}, False), ({}, True)])
def test_uv_is_left_alone_where_it_has_been_told_of_an_index_itself(environ, uv_has_a_file):
    assert start.uv_environment(environ, {"index-url": "https://pip"}, uv_has_a_file) == environ


def test_settings_that_would_send_packages_elsewhere_are_dropped():
    environ = {"UV_SYSTEM_PYTHON": "1", "UV_TORCH_BACKEND": "cu126", "HOME": "/h"}
    assert start.uv_environment(environ, {}, uv_has_a_file=False) == {"HOME": "/h"}


# ---- getting uv


PAGE = "".join(
    f'<a href="../../p/uv-{version}-py3-none-{tag}.whl#sha256={digit * 64}">x</a>\n'
    for version in ("0.1.0", start.UV)
    for tag, digit in (("manylinux_2_17_x86_64.manylinux2014_x86_64", "a"), ("macosx_11_0_arm64", "b"),
                       ("win_amd64", "c"), ("manylinux_2_17_aarch64", "d"))
)  # fmt: skip


@pytest.mark.parametrize("system, digit", [("Linux", "a"), ("Darwin", "b"), ("Windows", "c")])
def test_the_wheel_of_uv_fits_the_system(system, digit):
    address, checksum = start.choose_wheel(PAGE, "https://m/simple/uv/", system)
    assert checksum == digit * 64
    assert address.startswith(f"https://m/p/uv-{start.UV}-")


def test_a_registry_without_uv_is_said_plainly():
    with pytest.raises(UserError, match="has no uv"):
        start.choose_wheel("<a href='x'>", "https://m/simple/uv/", "Linux")


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """start.py at work in an empty folder."""
    monkeypatch.setattr(start, "ROOT", tmp_path)
    monkeypatch.setattr(start, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(start, "TOOLS", tmp_path / ".tools")
    monkeypatch.setattr(start, "LOCK", tmp_path / "requirements.txt")
    start.LOCK.write_text("torch==2.14.1\ntriton==3.8.0\n")
    return tmp_path


def offer_wheel(monkeypatch, system: str, checksum: str | None = None) -> None:
    """A registry with one wheel of uv, whose program is the word `uv`."""
    wheel = io.BytesIO()
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"uv-{start.UV}.data/scripts/{start.program(Path(), 'uv').name}", "uv")
    checksum = checksum or hashlib.sha256(wheel.getvalue()).hexdigest()
    page = f'<a href="/uv-{start.UV}-py3-none-manylinux_2_17_x86_64.whl#sha256={checksum}">x</a>'.encode()
    monkeypatch.setattr(start, "fetch", lambda address, *_: page if address.endswith("/uv/") else wheel.getvalue())


def test_uv_is_taken_out_of_its_wheel(elsewhere, monkeypatch):
    offer_wheel(monkeypatch, "Linux")
    start.fetch_uv_by_hand(LINUX, "https://m/simple", None)
    uv = start.program(start.TOOLS / "uv", "uv")
    assert uv.read_text() == "uv" and os.access(uv, os.X_OK)


def test_a_wheel_with_another_checksum_is_refused_before_it_is_opened(elsewhere, monkeypatch):
    offer_wheel(monkeypatch, "Linux", checksum="0" * 64)
    with pytest.raises(UserError, match="damaged"):
        start.fetch_uv_by_hand(LINUX, "https://m/simple", None)
    assert not start.program(start.TOOLS / "uv", "uv").exists()


def test_where_python_came_without_pip_uv_is_fetched_by_hand(commands, monkeypatch):
    fetched = []
    monkeypatch.setattr(start, "fetch_uv_by_hand", lambda *what: fetched.append(what))
    assert start.fetch_uv(LINUX, "https://m/simple", {}) == "uv" and fetched == []
    commands.failing = "-m venv"
    assert start.fetch_uv(LINUX, "https://m/simple", {"SSL_CERT_FILE": "/c.pem"}) == "uv"
    assert fetched == [(LINUX, "https://m/simple", "/c.pem")]


def test_no_network_is_called_by_its_name(elsewhere, monkeypatch):
    def fetch(*_):
        raise OSError("unreachable")

    monkeypatch.setattr(start, "fetch", fetch)
    with pytest.raises(UserError, match="registry does not answer"):
        start.fetch_uv_by_hand(LINUX, "https://m/simple", None)


def test_a_silent_address_holds_nothing_up():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        begun = time.monotonic()
        assert not start.answers_soon(f"http://127.0.0.1:{silent.getsockname()[1]}/", patience=0.2)
        assert time.monotonic() - begun < 2


# ---- setting up


class Commands:
    """Stands in for subprocess: notes each command, makes what `uv venv` makes, fails where it is told to."""

    def __init__(self, failing: str = "never"):
        self.lines, self.failing = [], failing

    def run(self, command, **_):
        line = " ".join(map(str, command))
        self.lines.append(line)
        if " venv " in line:
            start.program(start.VENV, "python").parent.mkdir(parents=True, exist_ok=True)
            start.program(start.VENV, "python").touch()
        return subprocess.CompletedProcess(command, returncode=int(self.failing in line), stdout="")

    def kinds(self) -> list[str]:
        return [next(kind for kind in ("venv", "sync", "import") if f" {kind} " in line) for line in self.lines]


@pytest.fixture
def commands(elsewhere, monkeypatch):
    noted = Commands()
    monkeypatch.setattr(start.subprocess, "run", lambda command, **more: noted.run(command, **more))
    monkeypatch.setattr(start, "find_uv", lambda: "uv")
    monkeypatch.setattr(start, "pip_settings", dict)
    monkeypatch.setattr(start, "python_version", lambda python: start.PYTHON if Path(python).exists() else "")
    monkeypatch.setattr(start, "answers_soon", lambda address, patience=3: True)
    monkeypatch.setattr(start, "free_gigabytes", lambda folder: 100.0)
    return noted


def test_setting_up_makes_an_environment_installs_the_lock_looks_whether_it_starts_and_marks_it_last(commands, capsys):
    start.set_up(LINUX)
    assert commands.kinds() == ["venv", "sync", "import"]
    assert "--torch-backend cpu" in commands.lines[1]
    assert (start.TOOLS / "lock.txt").read_text() == "torch==2.14.1\n"
    assert [word for word in re.findall(r"Step (\d) of 4", capsys.readouterr().out)] == list("1234")
    assert start.stamp().exists()


@pytest.mark.parametrize("whole", [True, False])
def test_a_soundfile_without_its_library_is_fetched_again_from_the_main_registry(commands, monkeypatch, whole):
    given = {}
    run = commands.run

    def note(command, **more):
        if "sync" in command:
            packages = start.VENV / "lib/python3.11/site-packages"
            packages.mkdir(parents=True)
            (packages / "soundfile.py").touch()
            if whole:
                (packages / "_soundfile_data").mkdir()
        if "soundfile" in command:
            given.update(more["env"])
        return run(command, **more)

    monkeypatch.setattr(commands, "run", note)
    monkeypatch.setattr(start, "pip_settings", lambda: {"extra-index-url": "https://extra/simple"})
    start.LOCK.write_text("soundfile==0.14.0 ; python_full_version < '3.12'\n")
    start.set_up(LINUX)
    again = [line for line in commands.lines if "--reinstall-package" in line]
    assert len(again) == (0 if whole else 1)
    if not whole:
        assert again[0].endswith(" soundfile==0.14.0") and given and "UV_INDEX" not in given


def test_a_second_start_runs_nothing_at_all(commands):
    start.set_up(LINUX)
    commands.lines.clear()
    start.set_up(LINUX)
    assert commands.lines == []


@pytest.mark.parametrize("change", ["lock", "mode", "python gone"])
def test_another_lock_another_mode_or_a_lost_python_means_setting_up_again(commands, change):
    start.set_up(LINUX)
    commands.lines.clear()
    if change == "lock":
        start.LOCK.write_text("torch==2.14.2\n")
    if change == "python gone":
        start.program(start.VENV, "python").unlink()
    start.set_up(LINUX, "locked" if change == "mode" else None)
    assert "sync" in commands.kinds()


def test_where_one_way_fails_the_next_is_taken_and_said(commands, capsys):
    commands.failing = "--torch-backend cpu"
    start.set_up(LINUX)
    assert commands.kinds() == ["venv", "sync", "sync", "import"]
    assert (start.TOOLS / "lock.txt").read_text() == start.LOCK.read_text()
    assert "out of reach" in capsys.readouterr().out


def test_a_set_up_that_fails_leaves_no_mark_and_goes_on_the_next_time(commands):
    commands.failing = "sync"
    with pytest.raises(UserError):
        start.set_up(LINUX)
    assert not start.stamp().exists()
    commands.failing = "never"
    start.set_up(LINUX)
    assert start.stamp().exists()


def test_an_interrupted_renewal_is_done_again(commands):
    start.set_up(LINUX)
    whole = start.LOCK.read_text()
    start.LOCK.write_text("torch==3\n")
    commands.failing = "sync"
    with pytest.raises(UserError):
        start.set_up(LINUX)
    start.LOCK.write_text(whole)
    commands.lines.clear()
    commands.failing = "never"
    start.set_up(LINUX)
    assert "sync" in commands.kinds()


def test_a_disk_that_is_too_small_is_told_before_anything_is_fetched(commands, monkeypatch):
    monkeypatch.setattr(start, "free_gigabytes", lambda folder: 1.5)
    with pytest.raises(UserError, match=r"needs about 3 GB; 1\.5 GB are free"):
        start.set_up(LINUX)
    assert commands.lines == []


@pytest.mark.parametrize("free, answers, word", [
    (0.2, True, "too little room"), (50, False, "registry"), (50, True, "lines above"),
])  # fmt: skip
def test_a_failure_names_its_likeliest_reason_and_a_way_out(free, answers, word):
    trouble = start.why_it_failed("The packages", free, 8, answers)
    assert word in str(trouble) and "start.py" in trouble.fix


def test_a_second_start_waits_for_the_first_and_then_finds_it_done(commands, monkeypatch):
    start.set_up(LINUX)
    mark = start.stamp().read_text()
    start.stamp().unlink()
    commands.lines.clear()
    waiting = threading.Event()
    monkeypatch.setattr(start, "say", lambda sentence: "waiting for it" in sentence and waiting.set())
    first = locks.take(start.TOOLS / "setup.lock")
    second = threading.Thread(target=start.set_up, args=[LINUX], daemon=True)
    second.start()
    assert waiting.wait(10)
    start.stamp().write_text(mark)
    first.release()
    second.join(10)
    assert not second.is_alive() and commands.lines == []


def test_a_first_that_never_ends_is_said(elsewhere):
    with locks.take(start.TOOLS / "setup.lock"), pytest.raises(UserError, match="Another start.py"):
        start.one_at_a_time(patience=0)


def test_a_uv_that_does_not_start_or_is_too_old_is_passed_over(elsewhere, monkeypatch):
    monkeypatch.setattr(start.shutil, "which", lambda name: "/usr/bin/uv")
    for says, found in (("uv 0.13.8 (x86_64)", "/usr/bin/uv"), ("uv 0.4.1", None), ("", None)):
        monkeypatch.setattr(start, "output_of", lambda command, says=says: says if command[0] == "/usr/bin/uv" else "")
        assert start.find_uv() == found


# ---- the file itself


def test_start_needs_nothing_but_the_standard_library_and_python_3_9():
    for file in (start.__file__, locks.__file__, start.files.__file__, sys.modules["lib.errors"].__file__,
                 ROOT / "lib/__init__.py", ROOT / "lib/media/__init__.py"):  # fmt: skip
        tree = ast.parse(Path(file).read_text(encoding="utf-8"), feature_version=(3, 9))
        imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        imported |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert {name.split(".")[0] for name in imported} - sys.stdlib_module_names <= {"lib"}, file


def test_what_start_prints_can_be_printed_on_every_console():
    strings = [node.value for node in ast.walk(ast.parse(Path(start.__file__).read_text(encoding="utf-8")))
               if isinstance(node, ast.Constant) and isinstance(node.value, str)]  # fmt: skip
    assert [words for words in strings if not words.isascii()] == []


@pytest.mark.skipif(os.name == "nt", reason="start.command is for Mac and Linux; Windows has start.bat")
def test_a_double_click_without_a_python_says_where_to_get_one(tmp_path):
    (tmp_path / "dirname").symlink_to("/usr/bin/dirname")
    command, nothing = ["/bin/sh", ROOT / "start.command"], {"PATH": str(tmp_path)}
    done = subprocess.run(command, env=nothing, input="\n", capture_output=True, text=True)
    assert done.returncode == 1 and "python.org/downloads" in done.stdout


def test_the_file_for_windows_has_the_line_ends_that_windows_needs():
    content = (ROOT / "start.bat").read_bytes()
    assert content.count(b"\n") == content.count(b"\r\n") > 5 and b"start.py %*" in content


# ---- the command line, opening and closing


def test_what_follows_the_word_test_goes_to_pytest():
    options, theirs = start.read_arguments(["--torch", "cpu", "test", "tests/media", "-k", "heic", "--port", "x"])
    assert (options.command, options.torch, theirs) == ("test", "cpu", ["tests/media", "-k", "heic", "--port", "x"])
    options, theirs = start.read_arguments(["--home", "test", "--port", "9000"])
    assert (options.command, options.home, options.port, theirs) == ("open", Path("test"), 9000, [])


@pytest.mark.parametrize("argv", [["--port", "70000"], ["--torch", "rocm"], ["fly"]])
def test_a_wrong_option_is_refused_with_a_sentence(argv, capsys):
    with pytest.raises(SystemExit):
        start.read_arguments(argv)
    assert argv[-1] in capsys.readouterr().err


def test_the_exit_code_of_the_tests_is_the_one_of_pytest(commands, monkeypatch):
    monkeypatch.setattr(start, "this_machine", lambda: LINUX)
    monkeypatch.setattr(start, "set_up", lambda machine, torch: Path("py"))
    monkeypatch.setattr(start.subprocess, "run", lambda command, cwd: subprocess.CompletedProcess(command, 5))
    assert start.main(["test", "-x"]) == 5


def test_trouble_is_told_in_three_lines_and_an_exit_code(commands, monkeypatch, capsys):
    monkeypatch.setattr(start, "this_machine", lambda: LINUX)
    commands.failing = "sync"
    assert start.main(["setup"]) == 1
    assert len(capsys.readouterr().out.strip().split("\n\n")[-1].splitlines()) == 3


def test_a_workspace_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="is a file"):
        start.read_home(tmp_path / "file")


def test_a_busy_port_gives_way_to_the_next_free_one():
    assert start.choose_port(8501, lambda port: port >= 8503) == 8503
    with pytest.raises(UserError, match="--port"):
        start.choose_port(8501, lambda port: False)


def test_a_port_is_busy_while_somebody_listens():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = listening.getsockname()[1]
        assert not start.port_is_free(port)
    assert start.port_is_free(port)


def test_a_terminal_without_a_screen_gets_no_text_browser():
    assert not start.can_show_a_browser("Linux", {})
    assert start.can_show_a_browser("Linux", {"DISPLAY": ":0"}) and start.can_show_a_browser("Windows", {})


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT to send to one process")
def test_the_workbench_opens_beside_a_busy_port_and_closes_cleanly_on_ctrl_c(home):
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        ours = f"import start, sys; sys.exit(start.open_workbench(sys.executable, {port}, None, False))"
        heed = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)     # whoever runs the tests in the background ignores it
        opened = subprocess.Popen([sys.executable, "-c", ours], cwd=ROOT, stdout=subprocess.PIPE, text=True, preexec_fn=heed)
        try:
            said = [opened.stdout.readline() for _ in range(3)]
            taken = int(re.search(r"takes (\d+)", said[0]).group(1))
            assert f"http://127.0.0.1:{taken}" in said[2] and taken != port
            opened.send_signal(signal.SIGINT)
            rest, _ = opened.communicate(timeout=30)
            assert opened.returncode == 0 and "closed" in rest
            assert start.port_is_free(taken)
        finally:
            opened.terminate()


SHY = """
from pathlib import Path

def test_is_well():
    pass

def test_is_shy():      # fails the first time only
    seen = Path("seen")
    known = seen.exists()
    seen.touch()
    assert known
"""


@pytest.mark.parametrize("more, code, last", [("", 0, "1 passed"), ("\ndef test_is_wrong():\n    assert False\n", 1, "1 failed, 1 passed")])
def test_what_fails_beside_other_tests_is_run_once_more_and_a_mistake_fails_again(tmp_path, monkeypatch, capfd, more, code, last):
    (tmp_path / "test_shy.py").write_text(SHY + more)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    monkeypatch.setattr(start, "ROOT", tmp_path)
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    assert start.run_tests(sys.executable, []) == code
    first, again = capfd.readouterr().out.split("Once more")
    assert "failed" in first and last in again
    again, shy = again.split("Shy")
    assert [line.strip() for line in shy.splitlines()[1:]] == ["test_shy.py::test_is_shy"]
    (tmp_path / "seen").unlink()
    assert start.run_tests(sys.executable, ["-q"]) == 1     # whoever names tests is told at once
