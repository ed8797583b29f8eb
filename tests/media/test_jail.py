"""What a stranger made is opened by a process that can open no file and reach no network; where that cannot be had, the person is told."""

from __future__ import annotations

import io
import json
import socket
import subprocess
import sys

import numpy as np
import pytest
import torch

from lib.errors import UserError
from lib.media import jail, scripted
from tests.conftest import ROOT

pytestmark = [pytest.mark.real_processes, pytest.mark.filterwarnings("ignore")]
RATIO = 256

TRIES = """
import json, os, socket, sys
from lib.media import jail
known, port = sys.argv[1], int(sys.argv[2])
locks = jail.lock(known)

def works(what):
    try:
        what()
        return True
    except OSError:
        return False

print(json.dumps({
    "locks": [locks.files, locks.network],
    "reads": works(lambda: open(known)), "writes": works(lambda: open(known + ".new", "w")), "lists": works(lambda: os.listdir(os.path.dirname(known))),
    "deletes": works(lambda: os.unlink(known)), "connects": works(lambda: socket.create_connection(("127.0.0.1", port), 2)),
    "starts": works(lambda: os.fork()), "becomes": works(lambda: os.execv(sys.executable, [sys.executable, "-c", ""])),
}))
"""


class Doubled(torch.nn.Module):
    """What nn~ asks of a model: four latents, each moment of them 256 samples."""

    def __init__(self):
        super().__init__()
        self.sr = 22_050
        self.register_buffer("encode_params", torch.tensor([1, 1, 4, 256]))
        self.register_buffer("decode_params", torch.tensor([4, 256, 1, 1]))

    @torch.jit.export
    def encode(self, x: torch.Tensor):
        return x.reshape(1, -1, 256).transpose(1, 2)[:, :4]

    @torch.jit.export
    def decode(self, z: torch.Tensor):
        return 2 * z[:, :1].repeat_interleave(256, -1)

    def forward(self, x: torch.Tensor):
        return x


class Reads(Doubled):
    """It would make a sound of a file of its person."""

    def __init__(self, path: str):
        super().__init__()
        self.path = path

    @torch.jit.export
    def encode(self, x: torch.Tensor):
        return torch.from_file(self.path, False, 16, dtype=torch.uint8).float().reshape(1, 4, 4)


class Endless(Doubled):
    @torch.jit.export
    def decode(self, z: torch.Tensor):
        return torch.zeros(1, 1, 1 << 26)


@pytest.fixture
def saved(tmp_path):
    def save(model: torch.nn.Module, name: str = "model.ts"):
        torch.jit.script(model).save(str(tmp_path / name))
        return tmp_path / name

    return save


def test_in_it_no_file_opens_and_no_socket_connects(tmp_path):
    secret = tmp_path / "of-the-project.txt"
    secret.write_text("mine")
    with socket.create_server(("127.0.0.1", 0)) as server:
        answer = subprocess.run([sys.executable, "-c", TRIES, str(secret), str(server.getsockname()[1])], cwd=ROOT, capture_output=True, text=True, timeout=60)
    told = json.loads(answer.stdout)
    files, network = told.pop("locks")
    assert files == (not told["reads"]) and network == (not told["connects"]), "what it says of its locks is what is so"
    if jail.can_lock():
        assert not any(told.values()), told
        assert secret.read_text() == "mine"
    else:
        assert not (files and network), "then the person is told (test_where_the_locks_do_not_hold_it_is_not_opened)"


def test_a_model_is_played_there(saved):
    with scripted.open_scripted(saved(Doubled()), must_hold=jail.can_lock()) as model:
        assert (model.facts.rate, model.facts.channels, model.facts.voices, model.facts.latents, model.facts.ratio) == (22_050, 1, 1, 4, RATIO)
        assert not model.facts.streaming and model.facts.locks.holds == jail.can_lock()
        sound = np.linspace(-1, 1, 4 * RATIO, dtype=np.float32)[None]
        latents = model.encode(sound)
        assert np.allclose(latents, sound.reshape(4, RATIO).T[:4])
        assert np.allclose(model.decode(latents)[0, ::RATIO], 2 * latents[0])


def test_one_that_reads_a_file_gets_nothing(saved, tmp_path):
    secret = tmp_path / "secret.bin"
    secret.write_bytes(bytes(range(65, 81)))
    path = saved(Reads(str(secret)))
    assert torch.jit.load(str(path)).encode(torch.zeros(1, 1, RATIO)).sum() > 1000, "without the locks it would"
    if not jail.can_lock():
        with pytest.raises(UserError, match="not opened"):
            scripted.open_scripted(path)
        return
    with scripted.open_scripted(path) as model, pytest.raises(UserError, match="could not play"):
        model.encode(np.zeros((1, RATIO), np.float32))


def test_one_that_answers_too_much_is_ended(saved):
    with scripted.open_scripted(saved(Endless()), must_hold=jail.can_lock()) as model:
        with pytest.raises(UserError, match="could not be played"):
            model.decode(np.zeros((4, 1), np.float32))
        assert not model.is_alive


def test_where_the_locks_do_not_hold_it_is_not_opened_unless_somebody_says_so(saved, monkeypatch):
    path = saved(Doubled())
    unlocked = "import sys; from lib.media import jail, scripted_cell; jail.lock = lambda *a, **k: jail.Locks(False, True); scripted_cell.main(*sys.argv[1:])"
    monkeypatch.setattr(jail, "within", lambda command, project: [sys.executable, "-c", unlocked, *command[-2:]])
    with pytest.raises(UserError, match="not opened") as caught:
        scripted.open_scripted(path)
    assert "open files" in caught.value.why and "network" not in caught.value.why and "say so" in caught.value.fix
    with scripted.open_scripted(path, must_hold=False) as model:
        assert not model.facts.locks.holds


def test_what_is_no_torchscript_is_refused_before_anything_is_started(tmp_path, monkeypatch):
    monkeypatch.setattr(subprocess, "Popen", None)
    for name, content in (("text.ts", b"no zip"), ("empty.ts", b"")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UserError, match="no RAVE"):
            scripted.open_scripted(tmp_path / name)
    with pytest.raises(UserError, match="no RAVE"):
        scripted.open_scripted(tmp_path / "not-there.ts")


def test_our_own_is_opened_only_while_its_content_is_the_same(saved, monkeypatch):
    path = saved(Doubled())
    monkeypatch.setattr(subprocess, "Popen", None)
    with pytest.raises(UserError, match="not the file that was exported"):
        scripted.open_scripted(path, sha256="0" * 64)


@pytest.mark.parametrize("content", [
    scripted.HEAD.pack(scripted.WAVE, 1 << 20, 1), scripted.HEAD.pack(scripted.WAVE, 2, 1 << 40), scripted.HEAD.pack(b"pick", 1, 1),
    scripted.HEAD.pack(scripted.WAVE, 1, 8) + bytes(8), b"short",
])  # fmt: skip
def test_frames_of_a_wrong_kind_or_size_are_refused(content):
    with pytest.raises((ValueError, EOFError)):
        scripted.read_wave(io.BytesIO(content))


def test_numbers_that_are_none_become_silence():
    frame = io.BytesIO()
    scripted.write_wave(frame, np.array([[np.nan, np.inf, 0.5]], np.float32))
    frame.seek(0)
    assert scripted.read_wave(frame).tolist() == [[0, 0, 0.5]]
