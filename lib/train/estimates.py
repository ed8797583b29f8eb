"""How long a training will take on this machine: measured by a probe that really trains for a few seconds.

The probe is a process of its own (lib/jobs/probe.py), so that asking never slows the page, and what it measured is kept for
this machine, model, settings and size of pictures.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil

from lib.errors import UserError
from lib.jobs import ROOT, devices
from lib.jobs.reporter import in_words
from lib.media import locks
from lib.media.files import read_json, write_json
from lib.project import datasets, permission
from lib.project.folder import private
from lib.train.starting import check_device, settle

_PROBE_SECONDS = 6.0  # of training, after a first step that does not count
_PROBE_LIMIT = 180.0  # seconds until the probe is given up


@dataclass(frozen=True)
class Estimate:
    """minutes: until it is finished. first_sample: seconds until the first picture. rough: True where something else
    kept the machine busy while it was measured, so it may be faster."""

    minutes: float
    first_sample: float
    rough: bool

    def __str__(self) -> str:
        told = f"about {in_words(self.minutes * 60)}, first picture in {in_words(self.first_sample)}"
        return f"{told} (this machine is busy now; it may be faster)" if self.rough else told


def estimate(
    project, model: str, dataset: object, *, preset: str = "quick", device: str = "auto", **settings: object
) -> Estimate:
    """How long `train.start` with the same arguments would take here.

    Takes some ten seconds the first time, none after that. Raises the same UserErrors as `train.start`.
    """
    dataset = datasets.get(project, dataset)
    settings.pop("seed", None)
    check_device(device)
    chosen = settle(project, model, dataset, preset, settings).model_dump()
    permission.check_items(project, dataset.items, f"Nothing is tried on {dataset.path.name}.")
    lane = (devices.lanes(device) or (devices.CPU,))[0]
    asked = {
        "model": model,
        "settings": {**chosen, "transfer_from": ""} if "transfer_from" in chosen else chosen,
        "lane": lane,
    }
    measured = _measured(project.home, asked, dataset)
    steps = chosen["steps"]
    seconds = measured["start"] + steps * measured["step"] + _samples(steps) * measured["sample"]
    first = measured["start"] + max(1, round(steps * 0.01)) * measured["step"] + measured["sample"]
    return Estimate(minutes=seconds / 60, first_sample=first, rough=measured["rough"])


def _samples(steps: int) -> int:
    return min(steps, 22)


def _measured(workspace: Path, asked: dict, dataset) -> dict:
    """The probe's numbers, from the cache where it holds them."""
    cache = private(workspace) / "estimates.json"
    known = read_json(cache) if cache.exists() else {}
    key = _key(asked, dataset)
    if key in known and not known[key]["rough"]:
        return known[key]
    busy = locks.is_held(devices.lock_path(asked["lane"])) or _machine_is_busy()
    known[key] = {**_probe(asked, dataset), "rough": busy}
    cache.parent.mkdir(parents=True, exist_ok=True)
    write_json(cache, known, durable=False)
    return known[key]


def _machine_is_busy() -> bool:
    """Whether other programs take more than a third of this machine's processors, by a look of a third of a second."""
    return psutil.cpu_percent(interval=0.3) > 33


def _key(asked: dict, dataset) -> str:
    """The same machine, model, size of pictures and settings (but for the number of steps) take the same time a step."""
    settings = {name: value for name, value in asked["settings"].items() if name != "steps"}
    # The number of pictures matters only by its order of magnitude (does it fit in memory?).
    size = [dataset.size, len(str(dataset.counts["train"]))]
    facts = [platform.node(), platform.processor(), os.cpu_count(), asked["model"], asked["lane"], settings, size]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


def _probe(asked: dict, dataset) -> dict:
    order = json.dumps({**asked, "dataset": str(dataset.path), "seconds": _PROBE_SECONDS})
    try:
        done = subprocess.run(
            [sys.executable, "-m", "lib.jobs.probe"],
            input=order, capture_output=True, text=True, cwd=ROOT,
            env=devices.environment(asked["lane"]), timeout=_PROBE_LIMIT, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise UserError(
            "The time cannot be told.",
            f"A trial step took more than {_PROBE_LIMIT:.0f} seconds.",
            "Choose smaller pictures or a smaller model.",
        ) from error
    lines = done.stdout.strip().splitlines()
    if done.returncode != 0 or not lines:
        raise UserError(
            "The time cannot be told.",
            f"The trial broke: {(done.stderr or 'no word').strip().splitlines()[-1]}",
            "Start it anyway; the run's log says more.",
        )
    answer = json.loads(lines[-1])
    if "error" in answer:
        raise UserError(**answer["error"])
    return answer
