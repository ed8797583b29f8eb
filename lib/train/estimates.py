"""How long a training will take on this machine: measured by a probe that really trains for a few seconds.

The probe is a process of its own (lib/jobs/probe.py), so that asking never slows the page, and what it measured is kept for
this machine, model, settings and size of pictures.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from lib.errors import UserError
from lib.jobs import ROOT, devices
from lib.jobs.reporter import in_words
from lib.media import locks
from lib.media.files import read_json, write_json
from lib.project import consent, datasets
from lib.project.folder import private
from lib.train.resolve_settings import check_device, settle

if TYPE_CHECKING:
    from lib.project import Project

_PROBE_SECONDS = 6.0  # of training, after a first step that does not count
_PROBE_LIMIT = 180.0  # seconds until the probe is given up
_LOOK_EVERY = 0.3  # seconds between two questions whether to stop
_BUSY = 0.33  # the part of the processors that other programs take, from which on a measurement says too much
_AGAIN_AFTER = 60.0  # seconds between two tries to measure on a machine that was busy


@dataclass(frozen=True)
class Estimate:
    """minutes: until it is finished. first_sample: seconds until the first picture. rough: True where something else
    kept the machine busy while it was measured, so it may be faster. measured: when, in seconds since 1970. seconds_a_step: as measured."""

    minutes: float
    first_sample: float
    rough: bool
    measured: float = 0.0
    seconds_a_step: float = 0.0

    def __str__(self) -> str:
        if self.rough:
            return f"at most about {in_words(self.minutes * 60)} (this computer is busy now)"
        return f"about {in_words(self.minutes * 60)}, first picture in {in_words(self.first_sample)}"


def estimate(
    project: Project, model: str, dataset: object, *, preset: str = "quick", device: str = "auto",
    should_stop: Callable[[], bool] | None = None, **settings: object,
) -> Estimate | None:
    """How long `train.start` with the same arguments would take here.

    Takes some ten seconds the first time, none after that. should_stop: asked meanwhile; once it says so, None comes back.
    Raises the same UserErrors as `train.start`, and one while a training holds the graphics card that it would be tried on.
    """  # fmt: skip
    dataset = datasets.get(project, dataset)
    settings.pop("seed", None)
    check_device(device)
    chosen = settle(project, model, dataset, preset, settings, device)
    consent.require(project, dataset.items, "train", f"Nothing is tried on {dataset.path.name}.")
    measured = _measured(project.home, _asked(model, chosen, device), dataset, should_stop or (lambda: False))
    return _estimate_from(measured, chosen.steps) if measured else None


def known(
    project: Project, model: str, dataset: object, *, preset: str = "quick", device: str = "auto", **settings: object
) -> Estimate | None:
    """The same, but only if it was measured before; takes a millisecond or two. Raises UserError for settings that do not go."""
    dataset = datasets.get(project, dataset)
    chosen = settle(project, model, dataset, preset, settings, device)
    measured = _kept(project.home).get(_key(_asked(model, chosen, device), dataset))
    return _estimate_from(measured, chosen.steps) if measured else None


def worth_another_try(answer: Estimate, device: str = "auto") -> bool:
    """True for a rough answer that is a minute old, once the machine is quiet. Takes a tenth of a second, at most every minute."""
    if not answer.rough or time.time() - answer.measured < _AGAIN_AFTER:
        return False
    lane = (devices.lanes(device) or (devices.CPU,))[0]
    return not locks.is_held(devices.lock_path(lane)) and not _machine_is_busy(0.1)


def known_seconds(project: Project, model: str, dataset, chosen, device: str) -> float | None:
    """How long a training with these settings takes here, if it was measured before: for those who wait behind it."""
    measured = _kept(project.home).get(_key(_asked(model, chosen, device), dataset))
    return round(_estimate_from(measured, chosen.steps).minutes * 60, 1) if measured else None


def _asked(model: str, chosen, device: str) -> dict:
    """What decides about the time: an earlier run to start from does not."""
    settings = chosen.model_dump()
    return {
        "model": model,
        "settings": {**settings, "transfer_from": ""} if "transfer_from" in settings else settings,
        "lane": (devices.lanes(device) or (devices.CPU,))[0],
    }


def _estimate_from(measured: dict, steps: int) -> Estimate:
    # The first step is within "start".
    seconds = measured["start"] + (steps - 1) * measured["step"] + _samples(steps) * measured["sample"]
    first = measured["start"] + (max(1, round(steps * 0.01)) - 1) * measured["step"] + measured["sample"]
    return Estimate(seconds / 60, first, measured["rough"], measured.get("measured", 0.0), measured["step"])


def _samples(steps: int) -> int:
    return min(steps, 22)


def _cache(workspace: Path) -> Path:
    return private(workspace) / "estimates.json"


def _kept(workspace: Path) -> dict:
    try:
        return read_json(_cache(workspace))
    except (OSError, ValueError):
        return {}


def _measured(workspace: Path, asked: dict, dataset, should_stop: Callable[[], bool]) -> dict | None:
    """The probe's numbers, from the cache where it holds them."""
    key = _key(asked, dataset)
    measured = _kept(workspace).get(key)
    if measured and not measured["rough"]:
        return measured
    held = locks.is_held(devices.lock_path(asked["lane"]))
    if held and asked["lane"] != devices.CPU:
        if measured:
            return measured
        raise UserError(
            "How long it takes cannot be measured now.", f"A training holds {asked['lane']}, and a trial would take memory from it.",
            "Start it all the same: it waits for its turn. Or measure when the card is free.",
        )  # fmt: skip
    busy = held or _machine_is_busy()
    answer = _probe(asked, dataset, should_stop)
    if answer is None:
        return None
    busy = answer.pop("others", 0.0) > _BUSY or busy
    measured = {**answer, "rough": busy, "measured": time.time()}
    _cache(workspace).parent.mkdir(parents=True, exist_ok=True)
    write_json(_cache(workspace), {**_kept(workspace), key: measured}, durable=False)
    return measured


def _machine_is_busy(seconds: float = 0.3) -> bool:
    """Whether other programs take more than a third of this machine's processors, by a short look."""
    return psutil.cpu_percent(interval=seconds) > 100 * _BUSY


class _Others:
    """How much of the processors other programs take while one process works."""

    def __init__(self, process: int):
        self._process, self._own = process, 0.0
        self._before = psutil.cpu_times()

    def look(self) -> None:
        """Notes what the process itself has used so far; the last look before it ends counts."""
        with contextlib.suppress(psutil.Error):
            used = psutil.Process(self._process).cpu_times()
            self._own = used.user + used.system

    def part(self) -> float:
        """0 to 1, of all processors."""
        spent = [after - before for before, after in zip(self._before, psutil.cpu_times(), strict=True)]
        named = dict(zip(self._before._fields, spent, strict=True))
        # Linux counts the time of guests within user and nice already.
        whole = sum(taken for name, taken in named.items() if not name.startswith("guest"))
        working = whole - named["idle"] - named.get("iowait", 0.0)
        return max(0.0, working - self._own) / whole if whole > 0 else 0.0


def _key(asked: dict, dataset) -> str:
    """The same machine, model, size of pictures and settings (but for the number of steps) take the same time a step."""
    settings = {name: value for name, value in asked["settings"].items() if name != "steps"}
    # The number of pictures matters only by its order of magnitude (does it fit in memory?).
    size = [dataset.size, len(str(dataset.counts["train"]))]
    facts = [platform.node(), platform.processor(), os.cpu_count(), asked["model"], asked["lane"], settings, size]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


def _probe(asked: dict, dataset, should_stop: Callable[[], bool]) -> dict | None:
    """Runs the trial in a process of its own; None if it was stopped. Its numbers, and what part others took meanwhile."""
    order = json.dumps({**asked, "dataset": str(dataset.path), "seconds": _PROBE_SECONDS})
    with subprocess.Popen(
        [sys.executable, "-m", "lib.jobs.probe"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, cwd=ROOT, env=devices.environment(asked["lane"]),
    ) as trial:  # fmt: skip
        others = _Others(trial.pid)
        try:
            output, errors = _hear(trial, order, should_stop, others.look)
        finally:
            trial.kill()
    if output is None:
        return None
    lines = output.strip().splitlines()
    if trial.returncode != 0 or not lines:
        raise UserError(
            "The time cannot be told.",
            f"The trial broke: {(errors or 'no word').strip().splitlines()[-1]}",
            "Start it anyway; the run's log says more.",
        )
    answer = json.loads(lines[-1])
    if "error" in answer:
        raise UserError(**answer["error"])
    return {**answer, "others": others.part()}


def _hear(
    trial: subprocess.Popen, order: str, should_stop: Callable[[], bool], at_each_look: Callable[[], None]
) -> tuple[str | None, str]:
    """What it says on both channels; (None, "") if it is to stop. Raises UserError if it takes too long."""
    until = time.monotonic() + _PROBE_LIMIT
    asking: str | None = order
    while not should_stop():
        at_each_look()
        try:
            return trial.communicate(asking, timeout=_LOOK_EVERY)
        except subprocess.TimeoutExpired as error:
            if time.monotonic() >= until:
                raise UserError(
                    "The time cannot be told.",
                    f"A trial step took more than {_PROBE_LIMIT:.0f} seconds.",
                    "Choose a smaller model or a smaller batch; or start it all the same, and see.",
                ) from error
            asking = None       # it has been told
    return None, ""
