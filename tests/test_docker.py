"""Covers the container: its files are there, its command opens a workbench that a Space can show, and README knows the port."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import urllib.request

import start
from tests.chromium import free_port
from tests.conftest import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def command() -> list[str]:
    return json.loads(re.search(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE).group(1))


def shakes_hands(port: int, host: str, origin: str) -> bool:
    """Whether the server opens a socket to a page of that origin."""
    asks = [
        "GET /_stcore/stream HTTP/1.1", f"Host: {host}", f"Origin: {origin}", "Upgrade: websocket", "Connection: Upgrade",
        "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol: streamlit",
    ]  # fmt: skip
    with socket.create_connection(("127.0.0.1", port), timeout=30) as wire:
        wire.sendall("\r\n".join([*asks, "", ""]).encode())
        return wire.recv(64).startswith(b"HTTP/1.1 101")


def test_every_file_that_setting_up_needs_is_copied_before(tmp_path):
    """The step before `COPY . .` is tried in a folder that holds nothing else."""
    before = DOCKERFILE[: DOCKERFILE.index("RUN python3 start.py setup")]
    for words in re.findall(r"^COPY (.+)$", before, re.MULTILINE):
        *files, target = words.split()
        for file in files:
            place = tmp_path / target / file.rpartition("/")[2]
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes((ROOT / file).read_bytes())
    done = subprocess.run([sys.executable, "start.py", "--help"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0 and "setup" in done.stdout, done.stderr


def test_its_command_opens_a_workbench_that_answers_to_the_name_of_a_space(home, monkeypatch):
    monkeypatch.setenv("HANDMADE_HOSTS", "*")
    port = free_port()
    words = [str(port) if word == "7860" else word for word in command()]
    server = subprocess.Popen([sys.executable, *words[1:]], cwd=ROOT)
    try:
        assert start.wait_until_it_answers(server, port)
        request = urllib.request.Request(f"http://127.0.0.1:{port}/", headers={"Host": "ana-handmade.hf.space"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert answer.status == 200
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=30) as answer:
            [cookie] = answer.headers.get_all("set-cookie")
        assert "samesite=none" in cookie.lower() and "secure" in cookie.lower()      # it works in the frame of a Space
        assert shakes_hands(port, "ana-handmade.hf.space", "https://ana-handmade.hf.space")
        assert not shakes_hands(port, "ana-handmade.hf.space", "https://evil.example")
    finally:
        start.stop(server)


def test_a_space_finds_the_port_in_the_readme():
    header = (ROOT / "README.md").read_text(encoding="utf-8").split("---")[1]
    assert "sdk: docker" in header
    assert re.search(r"app_port: (\d+)", header).group(1) == command()[command().index("--server.port") + 1]


def test_the_person_in_the_container_is_the_one_that_spaces_expect():
    assert "--uid 1000" in DOCKERFILE and DOCKERFILE.index("USER user") < DOCKERFILE.index("CMD")
