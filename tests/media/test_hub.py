"""Whole models of Hugging Face (lib/media/hub.py), fetched from a small server on this computer that answers as the hub does."""

from __future__ import annotations

import hashlib
import http.server
import json
import shutil
import threading
from collections import namedtuple
from pathlib import Path
from typing import ClassVar

import pytest
from huggingface_hub import constants, try_to_load_from_cache

from lib.errors import UserError
from lib.media import hub, weights

NAME, COMMIT = "somebody/small-diffusion", "0123456789abcdef0123456789abcdef01234567"
LARGE = bytes(range(256)) * 8_000       # 2 MB
FILES = {
    "model_index.json": b'{"_class_name": "StableDiffusionPipeline"}',
    "README.md": b"# not needed",
    "scheduler/scheduler_config.json": b"{}",
    "tokenizer/vocab.json": b'{"a": 0}',
    "tokenizer/merges.txt": b"#version: 0.2\n",
    "text_encoder/config.json": b"{}",
    "text_encoder/model.safetensors": b"long words",
    "text_encoder/model.fp16.safetensors": b"short words",
    "text_encoder/pytorch_model.bin": b"a stranger's program",
    "unet/config.json": b"{}",
    "unet/diffusion_pytorch_model.safetensors": LARGE + LARGE,
    "unet/diffusion_pytorch_model.fp16.safetensors": LARGE,
    "unet/diffusion_pytorch_model.non_ema.safetensors": b"not needed",
    "vae/config.json": b"{}",
    "vae/diffusion_pytorch_model.safetensors": b"only in full length",
    "safety_checker/model.safetensors": b"not needed",
    "whole-model.safetensors": b"not needed",
}
NEEDED = {
    "scheduler/scheduler_config.json", "text_encoder/config.json", "text_encoder/model.fp16.safetensors", "tokenizer/vocab.json",
    "tokenizer/merges.txt", "unet/config.json", "unet/diffusion_pytorch_model.fp16.safetensors", "vae/config.json",
    "vae/diffusion_pytorch_model.safetensors", "model_index.json",
}  # fmt: skip


class Hub(http.server.BaseHTTPRequestHandler):
    """Answers for one model. Large files lie behind a redirect to another host, as the hub's do. no: what it refuses with."""

    files: ClassVar[dict[str, bytes]] = FILES
    asked: ClassVar[list[tuple[str, str | None, str | None]]] = []
    no: tuple[int, str] | None = None
    no_from_listing, breaks_off, lies, store = True, 0, False, ""

    def do_GET(self):
        self.asked.append((self.path, self.headers["Range"], self.headers["Authorization"]))
        if self.path == f"/api/models/{NAME}/revision/main?blobs=true":
            return self.refuse() if self.no and self.no_from_listing else self.answer(json.dumps(listing(self.files)).encode())
        if self.no:
            return self.refuse()
        where, name = self.path.split(f"{COMMIT}/")
        content = self.files[name]
        if is_large(name) and where != "/store/":
            self.send_response(302)
            self.send_header("Location", f"{self.store}/store/{COMMIT}/{name}")
            self.send_header("X-Repo-Commit", COMMIT)
            return self.end_headers()
        return self.answer(content[:-1] + b"!" if self.lies and is_large(name) else content)

    def answer(self, content: bytes):
        start = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-")) if self.headers["Range"] else 0
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.send_header("ETag", '"etag"')
        self.end_headers()
        left = content[start:]
        self.wfile.write(left[: self.breaks_off] if self.breaks_off and len(left) > self.breaks_off else left)

    def refuse(self):
        self.send_response(self.no[0])
        self.send_header("X-Error-Code", self.no[1])
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def is_large(name: str) -> bool:
    return name.endswith(".safetensors")


def listing(files: dict[str, bytes]) -> dict:
    """As /api/models/…?blobs=true gives it."""
    siblings: list[dict] = []
    for name, content in files.items():
        sibling = {"rfilename": name, "size": len(content), "blobId": hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()}
        siblings.append(sibling | ({"lfs": {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 134}} if is_large(name) else {}))
    return {"id": NAME, "sha": COMMIT, "gated": False, "cardData": {"license": "creativeml-openrail-m"}, "siblings": siblings}


@pytest.fixture
def server(monkeypatch, tmp_path):
    handler = type("Handler", (Hub,), {"asked": []})
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    for name in ("HF_HUB_OFFLINE", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as served:
        threading.Thread(target=served.serve_forever, args=(0.01,), daemon=True).start()
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{served.server_port}")
        handler.store = f"http://localhost:{served.server_port}"
        yield handler
        served.shutdown()


def test_a_person_hears_of_size_and_licence_before_and_only_what_is_needed_is_counted(server):
    found = hub.look(NAME)
    assert {file.name for file in found.files} == NEEDED and found.files[-1].name == hub.INDEX
    assert found.size == sum(len(FILES[name]) for name in NEEDED) and found.licence == "CreativeML Open RAIL-M" and not found.gated
    assert len(server.asked) == 1 and hub.find(NAME) is None and hub.come(NAME) == 0


def test_it_comes_whole_and_lies_where_other_programs_look_for_it(server):
    told: list[tuple[int, int]] = []
    folder = hub.fetch(NAME, lambda *at: told.append(at))
    assert folder == hub.find(NAME) == Path(try_to_load_from_cache(NAME, "unet/config.json")).parents[1]
    assert {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()} == {name: FILES[name] for name in NEEDED}
    assert told == sorted(told) and told[-1] == (hub.look(NAME).size,) * 2
    before = len(server.asked)
    assert hub.fetch(NAME) == folder and len(server.asked) == before, "what is here is not fetched again"


def test_what_broke_off_goes_on_where_it_was_and_is_never_taken_for_whole(server):
    server.breaks_off = 1_500_000
    with pytest.raises(UserError, match="could not be fetched") as caught:
        hub.fetch(NAME)
    assert "goes on where it was" in caught.value.fix and hub.find(NAME) is None and hub.come(NAME) > 1_500_000
    server.breaks_off = 0
    server.asked.clear()
    folder = hub.fetch(NAME)
    assert (folder / "unet" / "diffusion_pytorch_model.fp16.safetensors").read_bytes() == LARGE
    assert [asked for path, asked, _ in server.asked if "store" in path] == ["bytes=1500000-", None], "the words had come, the rest of the U-Net and the VAE"


def test_what_was_stopped_goes_on_too(server):
    asked = iter([False] * 6 + [True] * 9)
    assert hub.fetch(NAME, should_stop=lambda: next(asked)) is None and hub.find(NAME) is None and hub.come(NAME) > 0
    assert hub.fetch(NAME) == hub.find(NAME)


def test_another_file_than_named_is_not_kept(server, tmp_path):
    server.lies = True
    with pytest.raises(UserError, match="What came is not text_encoder/model.fp16.safetensors"):
        hub.fetch(NAME)
    assert hub.find(NAME) is None and not list(tmp_path.rglob("*.part"))


def test_the_half_of_an_older_file_is_thrown_away(server, tmp_path):
    blobs = tmp_path / "hub" / f"models--{NAME.replace('/', '--')}" / "blobs"
    blobs.mkdir(parents=True)
    (blobs / f"{hashlib.sha256(LARGE).hexdigest()}.part").write_bytes(b"of another file")
    assert (hub.fetch(NAME) / "unet" / "diffusion_pytorch_model.fp16.safetensors").read_bytes() == LARGE


@pytest.mark.parametrize("from_listing", [True, False])
@pytest.mark.parametrize("code", [401, 403])
def test_a_gated_model_is_explained(server, code, from_listing):
    server.no, server.no_from_listing = (code, "GatedRepo"), from_listing
    with pytest.raises(UserError, match="agreed to its terms") as caught:
        hub.fetch(NAME)
    assert str(code) in caught.value.why and f"/{NAME}, log in and agree" in caught.value.fix and "HF_TOKEN" in caught.value.fix


def test_a_name_that_is_not_there_is_told(server):
    server.no = (401, "RepoNotFound")
    with pytest.raises(UserError, match="There is no model somebody/small-diffusion at 127.0.0.1"):
        hub.look(NAME)


def test_a_token_goes_to_the_hub_and_to_nobody_it_leads_to(server, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_of_a_test")
    hub.fetch(NAME)
    assert {token for path, _, token in server.asked if "/store/" not in path} == {"Bearer hf_of_a_test"}
    assert {token for path, _, token in server.asked if "/store/" in path} == {None}


def test_only_safetensors_come(server):
    server.files = {name: content for name, content in FILES.items() if not name.startswith("text_encoder/model")}
    with pytest.raises(UserError, match="is not fetched") as caught:
        hub.fetch(NAME)
    assert "stranger's program" in caught.value.why and len(server.asked) == 1


def test_what_is_no_pipeline_and_what_is_no_answer_is_told(server):
    server.files = {"whole-model.safetensors": b""}
    with pytest.raises(UserError, match="no text-to-image model"):
        hub.look(NAME)
    server.files = {"model_index.json": b"{}"} | {name: b"" for name in NEEDED}
    assert hub.look(NAME).commit == COMMIT
    server.answer = lambda handler, _: Hub.answer(handler, b"<html>Log in to this network</html>")
    with pytest.raises(UserError, match="cannot be read"):
        hub.look(NAME)


def test_without_room_nothing_is_begun(server, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9 - 10**6, 10**6))
    with pytest.raises(UserError, match="no room for somebody/small-diffusion"):
        hub.fetch(NAME)
    assert len(server.asked) == 1, "only its size was asked"


def test_a_disk_that_fills_up_meanwhile_is_told_as_one(server, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(weights, "download", full)
    with pytest.raises(UserError, match="disk is full"):
        hub.fetch(NAME)


def test_a_computer_that_is_to_stay_offline_asks_nothing(server, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    for ask in (hub.look, hub.fetch):
        with pytest.raises(UserError, match="are not fetched") as caught:
            ask(NAME)
        assert "HF_HUB_OFFLINE" in caught.value.why
    assert server.asked == []


def test_without_a_network_a_person_hears_what_to_do(server, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(UserError, match="could not be fetched") as caught:
        hub.look(NAME)
    assert "no way to 127.0.0.1:9" in caught.value.why and "give the folder" in caught.value.fix


@pytest.mark.parametrize("text", ["tiny_base", "/somewhere/model", "../a", "a/..", "a/b/c", "", "a/b c"])
def test_what_is_no_name_is_looked_for_nowhere(server, text):
    assert not hub.is_name(text) and hub.find(text) is None


def test_of_two_text_encoders_neither_may_be_missing():
    files = ["model_index.json", *(f"{part}/config.json" for part in ("unet", "vae", "text_encoder", "text_encoder_2"))]
    files += [f"{part}/diffusion_pytorch_model.safetensors" for part in ("unet", "vae")] + ["text_encoder/model.safetensors", "text_encoder_2/pytorch_model.bin"]
    with pytest.raises(UserError, match="Its text_encoder_2 is not there as safetensors"):
        hub.of_pictures(files, NAME)
    assert "text_encoder_2/model.safetensors" in hub.of_pictures([*files, "text_encoder_2/model.safetensors"], NAME)


def test_of_a_language_model_its_words_its_weights_and_at_last_its_config_are_needed():
    files = ["config.json", "README.md", "pytorch_model.bin", "tokenizer.json", "model.safetensors", "tf_model.h5", "onnx/model.onnx", "run.py"]
    assert hub.of_language(files, NAME) == ["README.md", "tokenizer.json", "model.safetensors", "config.json"]
    pieces = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors.index.json", "config.json", "vocab.json"]
    assert {*hub.of_language(pieces, NAME)} == {*pieces}
    with pytest.raises(UserError, match="not there as safetensors"):
        hub.of_language(["config.json", "tokenizer.json", "pytorch_model.bin"], NAME)
    with pytest.raises(UserError, match="no language model"):
        hub.of_language(["model_index.json"], NAME)
