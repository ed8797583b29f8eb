"""Where a training can run: the graphics cards of this machine, or its processor. One run on each at a time.

Asked without importing torch, since the web server and the dispatcher must stay light.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import psutil

CPU = "cpu"


@functools.cache
def available() -> tuple[str, ...]:
    """('cuda:0', 'cuda:1', …) where there are NVIDIA cards, else ('cpu',). HANDMADE_DEVICES overrides: 'cpu' or 'cuda:1'."""
    chosen = os.environ.get("HANDMADE_DEVICES")
    if chosen:
        return tuple(device.strip() for device in chosen.split(",") if device.strip())
    return tuple(f"cuda:{number}" for number in range(_count_cards())) or (CPU,)


def lanes(asked: str) -> tuple[str, ...]:
    """The devices that a run may take, by what was asked: 'auto', 'cpu', 'cuda', or one by name."""
    if asked == "auto":
        return available()
    if asked == "cuda":
        return tuple(device for device in available() if device.startswith("cuda"))
    return (asked,)


def lock_path(device: str) -> Path:
    """The lock that a worker holds while it uses the device: one for the whole machine, whatever the workspace."""
    folder = os.environ.get("HANDMADE_LOCKS") or Path(tempfile.gettempdir()) / f"handmade-{_who()}"
    return Path(folder) / f"{device.replace(':', '-')}.lock"


def environment(device: str) -> dict[str, str]:
    """The environment of a worker on that device: it sees one card, or none."""
    visible = device.partition(":")[2] or "0" if device.startswith("cuda") else ""
    return {**os.environ, "CUDA_VISIBLE_DEVICES": visible}


@functools.cache
def memory(device: str) -> float:
    """GB of it, all in all: of the graphics card, or of the machine for its processor. 0.0 where the card does not tell."""
    if not device.startswith("cuda"):
        return psutil.virtual_memory().total / 1e9
    answer = _ask_cards("--query-gpu=memory.total", "--format=csv,noheader,nounits", "-i", device.partition(":")[2] or "0").strip()
    return int(answer) * 1.048576 / 1000 if answer.isdigit() else 0.0     # it says MiB


def _who() -> str:
    return str(os.getuid()) if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")


def _count_cards() -> int:
    return sum(line.startswith("GPU ") for line in _ask_cards("-L").splitlines())


def _ask_cards(*arguments: str) -> str:
    """What NVIDIA's own program says; "" where there is none."""
    program = shutil.which("nvidia-smi")
    if not program:
        return ""
    try:
        return subprocess.run([program, *arguments], capture_output=True, text=True, timeout=10, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
