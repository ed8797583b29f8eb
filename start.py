#!/usr/bin/env python3
"""Sets Handmade up and opens it. For everybody: it needs nothing but a Python, 3.9 or newer.

    python3 start.py           sets everything up and opens the workbench in the browser
    python3 start.py test      sets everything up and runs the tests (what follows the word goes to pytest)
    python3 start.py setup     only sets up; .venv/bin/python is then ready

Read `main` first, then `set_up`. The functions under "Decisions" take facts and give back plans and touch nothing,
so that the way on Windows or a Mac is tested on any machine. Only the standard library is used here, and from lib/
only what keeps to it too.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import io
import json
import os
import platform
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
import webbrowser
import zipfile
from pathlib import Path
from typing import NamedTuple

from lib.errors import UserError
from lib.media import files, locks

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
TOOLS = ROOT / ".tools"            # what only setting up needs: uv, where the machine has none, and a lock
LOCK = ROOT / "requirements.txt"

PORT = 8501
PYTHON = "3.11"                    # the newest that every package in the lock knows
UV, OLDEST_UV = "0.13.8", (0, 8)   # fetched where there is none; older ones do not know --torch-backend
REGISTRY = "https://pypi.org/simple"
TORCH_INDEX = "https://download.pytorch.org/whl/cpu/torch/"
GET_PYTHON = f"Get Python {PYTHON} from https://www.python.org/downloads/ and run start.py again."


# Decisions: facts in, plans out ---------------------------------------------------------------------------------------


class Machine(NamedTuple):
    system: str                    # "Linux", "Darwin" (a Mac), "Windows"
    processor: str                 # "x86_64", "arm64", "AMD64"
    version: int                   # of macOS (14) or Windows (10); 0 elsewhere
    nvidia: bool                   # there is an NVIDIA card


class TorchPlan(NamedTuple):
    backend: str | None            # which of PyTorch's own builds; None: the registry's, as locked
    without_cuda: bool             # leave out what only NVIDIA cards need; the registry's build for Linux needs it too
    gigabytes: int                 # on the disk
    sentence: str


def check_machine(machine: Machine, python: tuple[int, int]) -> None:
    """Raises UserError if this machine, or the Python that runs this file, cannot carry Handmade."""
    if python < (3, 9):
        raise UserError(f"Python {python[0]}.{python[1]} is too old.", "start.py needs 3.9 or newer.", GET_PYTHON)
    if (machine.system, machine.processor) not in {("Linux", "x86_64"), ("Darwin", "arm64"), ("Windows", "AMD64")}:
        raise UserError(
            f"Handmade does not run here ({machine.system or 'unknown'}, {machine.processor or 'unknown'}).",
            "Its packages are made for Linux and Windows on 64-bit Intel or AMD, and for Macs with Apple silicon.",
            "On such a Mac, this Python is one for Intel Macs: " + GET_PYTHON if machine.system == "Darwin"
            else "Set it up on such a computer.",
        )
    name, oldest = {"Darwin": ("macOS", 14), "Windows": ("Windows", 10)}.get(machine.system, ("", 0))
    if machine.version < oldest:
        raise UserError(f"This {name} is too old.", f"The packages need {name} {oldest} or newer.", f"Update {name}.")


def choose_torch_mode(system: str, nvidia: bool, forced: str | None = None) -> str:
    """One of "cpu", "cuda", "locked". Nothing is asked that a second start without a network could not know."""
    if forced:
        return forced
    if system == "Darwin":
        return "locked"            # one build for every Mac
    return "cuda" if nvidia else "cpu"


def wants_own_index(mode: str, system: str) -> bool:
    """True where the registry's build is not the right one: on Linux it is made for CUDA, on Windows for the CPU."""
    return (mode, system) in {("cpu", "Linux"), ("cuda", "Windows")}


def torch_plans(mode: str, system: str, nvidia: bool, index_answers: bool) -> list[TorchPlan]:
    """The ways to install PyTorch, best first; where one fails, the next is tried. The last is the plain lock."""
    locked = TorchPlan(None, False, 8 if system == "Linux" else 3, "PyTorch as locked.")
    if not wants_own_index(mode, system):
        return [locked]
    if mode == "cpu":
        own = [TorchPlan("cpu", True, 3, "PyTorch for the processor, without NVIDIA's libraries.")]
        lost = "It works just as well, and takes more room."
    else:
        builds = ["auto", "cu130"] if nvidia else ["cu130"]      # auto: what the card's driver can do
        own = [TorchPlan(build, False, 8, f"PyTorch for the NVIDIA card ({build}).") for build in builds]
        lost = "Training will use the processor. For the card, delete .venv and run start.py again later."
    locked = locked._replace(sentence=f"PyTorch's own index is out of reach; its usual build is used. {lost}")
    return own + [locked] if index_answers else [locked]


def without_cuda(lock: str) -> str:
    """The lock without what only an NVIDIA card needs."""
    return "".join(line for line in lock.splitlines(True) if not line.startswith(("nvidia-", "cuda-", "triton==")))


def install_command(uv: str, python: Path, lock: Path, backend: str | None) -> list[str]:
    """Everything is compiled at once: else every process of a training would do it again where nothing may be written beside it."""
    where = [*(["--torch-backend", backend] if backend else []), str(lock)]
    return [uv, "pip", "sync", "--compile-bytecode", "--python", str(python), *where]


def fingerprint(lock: str, machine: Machine, mode: str) -> str:
    """What a finished set-up is known by: another lock, system, torch mode or Python means setting up again."""
    facts = [" ".join(lock.split()), machine.system, machine.processor, mode, PYTHON]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()


def no_room(free: float, needed: float) -> UserError:
    return UserError(
        "There is too little room on the disk.",
        f"Setting up needs about {needed:.0f} GB; {free:.1f} GB are free.",
        "Free some space (empty the bin, delete old downloads), then run start.py again.",
    )


def why_it_failed(what: str, free: float, needed: float, registry_answers: bool) -> UserError:
    """The likeliest reason that `what` could not be installed; free and needed in GB."""
    if free < 1:
        return no_room(free, needed)
    if not registry_answers:
        return UserError(
            f"{what} could not be fetched.",
            "The package registry does not answer: no network, or something stands in between.",
            "Connect to the internet and run start.py again; what is fetched is kept. "
            "If your institution has a mirror, name it first: pip config set global.index-url ADDRESS",
        )
    return UserError(
        f"{what} could not be installed.",
        "The reason stands in the lines above.",
        "Run start.py again. If it stops at the same place, delete the folder .venv, try once more, then report it.",
    )


# What pip may have been told by a person or an institution, and what uv calls the same.
PIP_TO_UV = {
    "index-url": "UV_DEFAULT_INDEX", "extra-index-url": "UV_INDEX", "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST", "cert": "SSL_CERT_FILE", "proxy": "ALL_PROXY",
}
UV_INDEXES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_NO_INDEX")
# What would send packages elsewhere than into .venv, or change which ones are taken.
IN_THE_WAY = ("PYTHONHOME", "UV_TORCH_BACKEND", "UV_SYSTEM_PYTHON", "UV_PYTHON", "UV_CONSTRAINT", "UV_OVERRIDE")


def read_pip_settings(words: str) -> dict[str, str]:
    """Where packages come from, of what `pip config list` prints: {"index-url": "https://..."}. Variables win."""
    settings = {}
    for section in ("global", "install", ":env:"):
        for name, value in re.findall(rf"^{section}\.([\w-]+)=(.*)$", words, re.MULTILINE):
            settings[name] = ast.literal_eval(value)
    return {name: value for name, value in settings.items() if name in PIP_TO_UV}


def uv_environment(environ: dict, pip: dict, uv_has_a_file: bool) -> dict:
    """The environment for uv: as it is, and with pip's mirror where uv itself has been told of none."""
    env = {name: value for name, value in environ.items() if name not in IN_THE_WAY}
    if uv_has_a_file or any(env.get(name) for name in UV_INDEXES):
        return env
    for name, value in pip.items():
        env.setdefault(PIP_TO_UV[name], ("," if name == "find-links" else " ").join(value.split()))
    if "extra-index-url" in pip:
        env.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")      # pip, too, looks into all of them
    return env


def choose_wheel(page: str, address: str, system: str) -> tuple[str, str]:
    """(address, sha256) of uv's wheel for this system, from the registry's page of links. Raises UserError if none."""
    tag = {"Linux": "manylinux_2_17_x86_64", "Darwin": "macosx_11_0_arm64", "Windows": "win_amd64"}[system]
    for link, checksum in re.findall(r'href="([^"#]+\.whl)#sha256=([0-9a-f]{64})"', page):
        if f"/uv-{UV}-" in link and tag in link:
            return urllib.parse.urljoin(address, link), checksum
    raise UserError("uv could not be found.", f"{address} has no uv {UV} for this machine.",
                    "Install uv by hand (https://docs.astral.sh/uv/), then run start.py again.")


def choose_port(wanted: int, is_free) -> int:
    """The first free port from `wanted` on. Raises UserError if a hundred of them are busy."""
    for port in range(wanted, min(wanted + 100, 65536)):
        if is_free(port):
            return port
    raise UserError(f"No port from {wanted} on is free.", "Other programs use them.", "Name another: --port 9000")


def can_show_a_browser(system: str, environ: dict) -> bool:
    """False on a Linux without a screen, where a text browser would take over the terminal."""
    return system != "Linux" or any(environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"))


# Setting up -----------------------------------------------------------------------------------------------------------


def set_up(machine: Machine, forced: str | None = None) -> Path:
    """Makes .venv as the lock says, and returns its Python; quick if it is there. Raises UserError where it cannot."""
    lock = LOCK.read_text(encoding="utf-8")
    mode = choose_torch_mode(machine.system, machine.nvidia, forced)
    mark = fingerprint(lock, machine, mode)
    if not is_ready(mark):
        with one_at_a_time():
            if not is_ready(mark):         # another start.py may have done it while this one waited
                set_up_from_scratch(machine, mode, lock)
                files.write_text(stamp(), mark)
                say("Ready.")
    return program(VENV, "python")


def set_up_from_scratch(machine: Machine, mode: str, lock: str) -> None:
    say("Setting Handmade up. Most of the time goes into fetching packages; the next start is quick.")
    env = uv_environment(dict(os.environ), pip_settings(), uv_has_a_file())
    registry = env.get("UV_DEFAULT_INDEX") or env.get("UV_INDEX_URL") or REGISTRY
    index_answers = wants_own_index(mode, machine.system) and answers_soon(TORCH_INDEX)
    plans = torch_plans(mode, machine.system, machine.nvidia, index_answers)
    if not VENV.exists() and free_gigabytes(ROOT) < plans[0].gigabytes:
        raise no_room(free_gigabytes(ROOT), plans[0].gigabytes)
    say("Step 1 of 4: uv, the tool that fetches packages")
    uv = find_uv() or fetch_uv(machine, registry, env)
    say(f"Step 2 of 4: Python {PYTHON}, in the folder .venv")
    make_venv(uv, env)
    install(uv, env, lock, plans, registry)


def say(sentence: str) -> None:
    print(sentence, flush=True)


def program(venv: Path, name: str) -> Path:
    """A program of a virtual environment."""
    return venv / "Scripts" / f"{name}.exe" if os.name == "nt" else venv / "bin" / name


def stamp() -> Path:
    """Written last: where it is, a set-up was finished."""
    return VENV / "handmade-stamp.txt"


def is_ready(mark: str) -> bool:
    return stamp().is_file() and stamp().read_text(encoding="utf-8") == mark and program(VENV, "python").exists()


def one_at_a_time(patience: float = 3600) -> locks.Lock:
    """Lets a second start.py wait until the first is done, as both would write into the same folder."""
    lock = locks.take(TOOLS / "setup.lock")
    if lock is None:
        say("Another start.py is setting Handmade up; waiting for it to finish.")
        lock = locks.take(TOOLS / "setup.lock", patience)
    if lock is None:
        raise UserError("Another start.py has been setting up for an hour.", "", "Close it and run start.py again.")
    return lock


def find_uv() -> str | None:
    """The machine's own uv if it is new enough, else one fetched earlier, else None."""
    for uv in (shutil.which("uv"), program(TOOLS / "uv", "uv")):
        if uv and uv_version(str(uv)) >= OLDEST_UV:
            return str(uv)
    return None


def uv_version(uv: str) -> tuple[int, int]:
    """(0, 13) for uv 0.13.8; (0, 0) if it does not start (the empty shim of a version manager, for instance)."""
    numbers = re.search(r"uv (\d+)\.(\d+)", output_of([uv, "--version"]))
    return (int(numbers[1]), int(numbers[2])) if numbers else (0, 0)


def fetch_uv(machine: Machine, registry: str, env: dict) -> str:
    """Gets uv by pip; where Python came without pip (Debian's does), as a plain file with its checksum verified."""
    make = [sys.executable, "-m", "venv", "--clear", str(TOOLS / "uv")]
    get = [str(program(TOOLS / "uv", "python")), "-m", "pip", "install", "--quiet", f"uv=={UV}"]
    if any(subprocess.run(command, capture_output=True).returncode for command in (make, get)):
        fetch_uv_by_hand(machine, registry, env.get("SSL_CERT_FILE"))
    uv = find_uv()
    if uv is None:
        raise UserError("uv does not start here.", "", "Install it by hand: https://docs.astral.sh/uv/")
    return uv


def fetch_uv_by_hand(machine: Machine, registry: str, certificates: str | None) -> None:
    address = registry.rstrip("/") + "/uv/"
    try:
        link, checksum = choose_wheel(fetch(address, certificates).decode("utf-8"), address, machine.system)
        wheel = fetch(link, certificates)
    except OSError as error:
        raise why_it_failed("uv", free_gigabytes(ROOT), 1, registry_answers=False) from error
    if hashlib.sha256(wheel).hexdigest() != checksum:
        raise UserError("uv arrived damaged.", "Its checksum is not the registry's.", "Run start.py again.")
    uv = program(TOOLS / "uv", "uv")
    uv.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        member = next(name for name in archive.namelist() if name.endswith(f"/scripts/{uv.name}"))
        files.write_bytes(uv, archive.read(member))
    uv.chmod(0o755)


# librosa's parts are compiled when they are first used, for most of a minute: here, and not when somebody hears their first sound.
LOOK = "import librosa, numpy, streamlit, torch; librosa.effects.pitch_shift(numpy.zeros(8192, numpy.float32), sr=16000, n_steps=1)"


def make_venv(uv: str, env: dict) -> None:
    """A fresh .venv, unless a sound one is there: an interrupted set-up goes on in it. Raises UserError."""
    stamp().unlink() if stamp().exists() else None
    if python_version(program(VENV, "python")) == PYTHON:
        return
    ours = python_version(sys.executable) == PYTHON and sys.maxsize > 2**32 and Path(sys.prefix) != VENV
    command = [uv, "venv", "--quiet", "--clear", "--python", sys.executable if ours else PYTHON, str(VENV)]
    if subprocess.run(command, env=env, cwd=ROOT).returncode:
        raise UserError(f"Python {PYTHON} is missing.", "It is not here, and uv could not fetch it.", GET_PYTHON)


def python_version(python: Path | str) -> str:
    """Such as 3.11; nothing if it does not start."""
    return output_of([str(python), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]).strip()


def install(uv: str, env: dict, lock: str, plans: list[TorchPlan], registry: str) -> None:
    """Tries the plans in turn, until one is installed and starts. Raises UserError when the last one fails."""
    for plan in plans:
        say(f"Step 3 of 4: the packages (about {plan.gigabytes} GB on the disk). {plan.sentence}")
        files.write_text(TOOLS / "lock.txt", without_cuda(lock) if plan.without_cuda else lock)
        command = install_command(uv, program(VENV, "python"), TOOLS / "lock.txt", plan.backend)
        if subprocess.run(command, env=env, cwd=ROOT).returncode:
            continue
        take_soundfile_whole(uv, env, lock)
        say("Step 4 of 4: a look whether everything starts, which makes some of it quicker (a minute)")
        if subprocess.run([str(program(VENV, "python")), "-c", LOOK], cwd=ROOT).returncode == 0:
            return
    free = min(free_gigabytes(ROOT), free_gigabytes(Path.home()))
    raise why_it_failed("The packages", free, plans[-1].gigabytes, answers_soon(registry))


def take_soundfile_whole(uv: str, env: dict, lock: str) -> None:
    """Fetches soundfile again, from the main registry alone, where it came without its library.

    Of one version uv takes the first index that has it, and an extra index may have only the wheel for all systems, which is empty
    of libsndfile. (pip looks at all of them and takes the fullest.)
    """
    packages = next(VENV.glob("**/site-packages/soundfile.py"), VENV).parent
    if not (packages / "soundfile.py").exists() or (packages / "_soundfile_data").exists():
        return
    env = {name: value for name, value in env.items() if name not in ("UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS")}
    version = re.search(r"^soundfile==[^ ;]+", lock, re.MULTILINE)
    named = version[0] if version else "soundfile"
    python = program(VENV, "python")
    subprocess.run([uv, "pip", "install", "--no-deps", "--reinstall-package", "soundfile", "--python", str(python), named], env=env, cwd=ROOT)


# Facts about this machine ---------------------------------------------------------------------------------------------


def this_machine() -> Machine:
    system = platform.system()
    version = {"Darwin": platform.mac_ver()[0], "Windows": platform.version()}.get(system, "")
    nvidia_smi = shutil.which("nvidia-smi") or shutil.which("nvidia-smi", path="/usr/lib/wsl/lib")
    nvidia = bool(nvidia_smi) and "GPU" in output_of([nvidia_smi, "-L"])       # the program alone proves no card
    return Machine(system, platform.machine(), int(version.split(".")[0] or 0), nvidia)


def output_of(command: list[str]) -> str:
    """What a short command prints, or nothing if it fails or does not start."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


def pip_settings() -> dict[str, str]:
    """Of this Python's pip; where it has none, of the environment."""
    words = output_of([sys.executable, "-m", "pip", "config", "list"])
    named = {name: os.environ.get("PIP_" + name.upper().replace("-", "_")) for name in PIP_TO_UV}
    return read_pip_settings(words) or {name: value for name, value in named.items() if value}


def uv_has_a_file() -> bool:
    """True if somebody has written uv's own settings: then it is left to them."""
    homes = [os.environ.get(name) for name in ("APPDATA", "PROGRAMDATA", "XDG_CONFIG_HOME")]
    folders = [Path(home) for home in homes if home] + [Path.home() / ".config", Path("/etc")]
    return bool(os.environ.get("UV_CONFIG_FILE")) or any((folder / "uv/uv.toml").is_file() for folder in folders)


def free_gigabytes(folder: Path) -> float:
    return shutil.disk_usage(folder).free / 1e9


def fetch(address: str, certificates: str | None = None, patience: float = 60, limit: int = -1) -> bytes:
    """What is behind an address, or its first `limit` bytes. Raises OSError."""
    trust = ssl.create_default_context(cafile=certificates) if address.startswith("https") else None
    with urllib.request.urlopen(address, timeout=patience, context=trust) as answer:
        return answer.read(limit)


def answers_soon(address: str, patience: float = 3) -> bool:
    """True if the address answers within `patience` seconds, the look-up of its name included."""
    answers = []

    def ask() -> None:
        try:
            answers.append(fetch(address, patience=patience, limit=1))
        except (OSError, ValueError):
            pass

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(patience)
    return bool(answers)


def port_is_free(port: int) -> bool:
    with socket.socket() as visitor:
        visitor.settimeout(0.5)
        if visitor.connect_ex(("127.0.0.1", port)) == 0:
            return False
    with socket.socket() as host:
        if os.name != "nt":
            host.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            host.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


# Opening the workbench ------------------------------------------------------------------------------------------------


def serve(python: Path | str, port: int, home: Path | None = None) -> subprocess.Popen:
    """Starts the server in a process of its own. Its other settings are in .streamlit/config.toml."""
    env = dict(os.environ, HANDMADE_HOME=str(home)) if home else dict(os.environ)
    command = [str(python), "serve.py", "--server.port", str(port)]
    command += ["--logger.hideWelcomeMessage", "true", "--logger.level", "warning"]
    return subprocess.Popen(command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL)


def wait_until_it_answers(server: subprocess.Popen, port: int, patience: float = 120) -> bool:
    """True when the server answers; False if it ended, or did not within `patience` seconds."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    until = time.monotonic() + patience
    while server.poll() is None and time.monotonic() < until:
        try:
            with direct.open(f"http://127.0.0.1:{port}/_stcore/health", timeout=2):
                return True
        except OSError:
            time.sleep(0.1)
    return False


def stop(server: subprocess.Popen) -> None:
    server.terminate()
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def open_workbench(python: Path | str, wanted: int, home: Path | None, browser: bool) -> int:
    """Serves the workbench until Ctrl-C. Returns 0; raises UserError if the server ends by itself."""
    port = choose_port(wanted, port_is_free)
    if port != wanted:
        say(f"Port {wanted} is busy, so Handmade takes {port}.")
    say("Opening the workbench ...")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    server = serve(python, port, home)
    try:
        if wait_until_it_answers(server, port):
            say(f"Handmade is open at http://127.0.0.1:{port}   (to close it, press Ctrl-C here)")
            if browser and can_show_a_browser(platform.system(), dict(os.environ)):
                webbrowser.open(f"http://127.0.0.1:{port}")
        server.wait()
    except KeyboardInterrupt:
        say("\nHandmade is closed. Everything you made is kept.")
        return 0
    finally:
        stop(server)
    raise UserError("The workbench ended by itself.", "The reason stands in the lines above.", "Run start.py again.")


# The command line -----------------------------------------------------------------------------------------------------


# All tests run on several cores, each file on one of them; with words after `test`, pytest does as it is told. (More files at a time
# than cores are no quicker, and more tests wait in vain.)
ALL_TESTS = ["-n", str(min(4, os.cpu_count() or 1)), "--dist", "loadfile", "--no-loadscope-reorder"]


def read_arguments(argv: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """(options, arguments for pytest). What follows the word `test` belongs to pytest."""
    parser = argparse.ArgumentParser(description="Sets Handmade up and opens the workbench.")
    parser.add_argument("command", nargs="?", choices=["open", "test", "setup"], default="open",
                        help="open the workbench (the default), run the tests, or only set up")
    parser.add_argument("--port", type=int, default=PORT, help=f"where the browser finds it (default {PORT})")
    parser.add_argument("--home", type=Path, help="the folder of your projects (default HANDMADE_HOME or ~/Handmade)")
    parser.add_argument("--no-browser", action="store_true", help="serve, but open no browser")
    parser.add_argument("--torch", default=os.environ.get("HANDMADE_TORCH") or None, metavar="cpu|cuda|locked",
                        help="which PyTorch: for the processor, for an NVIDIA card, as locked (default: what fits)")
    at = next((i for i, word in enumerate(argv) if word == "test" and argv[i - 1 : i] != ["--home"]), len(argv))
    options = parser.parse_args(argv[: at + 1])
    if options.torch not in (None, "cpu", "cuda", "locked"):
        parser.error(f"--torch {options.torch}: choose cpu, cuda or locked")
    if not 0 < options.port < 65536:
        parser.error(f"--port {options.port}: a port is a number from 1 to 65535")
    return options, argv[at + 1 :]


def read_home(home: Path | None) -> Path | None:
    """The workspace as a full path. Raises UserError if a file is in its place."""
    home = home and home.expanduser().resolve()
    if home and home.exists() and not home.is_dir():
        raise UserError(f"{home} is a file.", "Projects live in a folder.", "Name a folder: --home FOLDER")
    return home


def run_tests(python: Path, arguments: list[str]) -> int:
    """Runs pytest, and returns its exit code. Of all tests, those that failed beside others are run once more, one by one:
    where only the crowd was too much for a browser it passes then, and a mistake fails again. Both are told, by name."""
    pytest = [str(python), "-m", "pytest"]
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # hundreds of processes are started; each would compile all of lib again
    code = subprocess.run([*pytest, *(arguments or ALL_TESTS)], cwd=ROOT).returncode
    if arguments or code != 1:  # 1: some tests have failed
        return code
    failed = failed_tests()
    say("\nOnce more, one by one, what has failed beside the others:\n")
    code = subprocess.run([*pytest, "--last-failed", "--last-failed-no-failures=none", "--maxfail=3"], cwd=ROOT).returncode
    shy = sorted(failed - failed_tests())
    if shy:
        say(f"\nShy, since they failed beside the others and passed alone ({len(shy)}). Each has found something that happens rarely:")
        say("\n".join(f"  {test}" for test in shy))
    return code


def failed_tests() -> set[str]:
    """The names of the tests that failed when they were run last."""
    try:
        return set(json.loads((ROOT / ".pytest_cache/v/cache/lastfailed").read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return set()


def main(argv: list[str]) -> int:
    options, pytest_arguments = read_arguments(argv)
    try:
        machine = this_machine()
        check_machine(machine, sys.version_info[:2])
        home = read_home(options.home)
        python = set_up(machine, options.torch)
        if options.command == "test":
            return run_tests(python, pytest_arguments)
        if options.command == "open":
            return open_workbench(python, options.port, home, not options.no_browser)
        say(f"Handmade is set up. Its Python is {python}")
        return 0
    except UserError as trouble:
        say("\n" + "\n".join(line for line in (trouble.what, trouble.why, trouble.fix) if line))
        return 1
    except KeyboardInterrupt:
        say("\nStopped. Nothing is broken: run the same command again and it goes on.")
        return 130


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="replace")
    sys.exit(main(sys.argv[1:]))
