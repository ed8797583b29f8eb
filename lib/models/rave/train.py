"""Leading RAVE's training: `train` reads from top to bottom. The package itself works in a process of its own (program.py).

A step is told, then what is due is asked for: a sample, a checkpoint, the end. What a resumed run needs is RAVE's own checkpoint; what is
played is what RAVE's own exporter makes of the last one, once for playing here and once for streaming (nn~ in Max and Pure Data, Neutone).
"""

from __future__ import annotations

import math
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from lib.errors import UserError
from lib.media.files import sha256
from lib.media.sound import Sound
from lib.models.rave import LICENCE, Settings, before, files, prepare, program
from lib.project.dataset_folder import DatasetFolder

REPORTS = 20_000        # lines of numbers of a whole training, at most
LOOKS = 100             # at what is held back
SHARE = 0.05            # of the time may go into checkpoints
LEAST_FIT = 0.1         # of the numbers of an earlier run


def train(dataset_folder: Path, run, settings: Settings) -> None:
    """Trains on the sounds of `dataset_folder`, reports to `run`, continues where `run` was stopped.

    Raises UserError where there is not one chunk of sound, and where RAVE breaks off.
    """
    data = DatasetFolder(dataset_folder)
    sounds = data.files("train")
    there = prepare.survey(sounds)
    before.refuse_too_little(there, settings)
    threads = run.machine("threads", torch.get_num_threads)

    with run.workroom() as work:
        # As it was when this run was stopped, or new.
        logs, step, checkpoint = run.folder(files.LOGS), 0, ""
        if saved := run.restore():
            step, checkpoint = saved["step"], str(files.write_state(saved, work))
        else:
            for sentence in (LICENCE, *before.in_words(there, settings)):
                run.note(sentence)
        saved = None    # it may be large

        if step < settings.steps:
            order = {
                "do": "train", "files": [str(path) for path in sounds], "joined": settings.join, "work": str(work), "folder": str(logs),
                "device": run.device, "threads": threads, "seed": run.seed, "channels": settings.channels, "configuration": settings.configuration,
                "overrides": overrides(settings), "augmentations": settings.augmentations, "signal": settings.signal, "batch": settings.batch,
                "steps": settings.steps, "look_every": max(1, settings.steps // LOOKS), "step": step, "ckpt": checkpoint,
                "begin": str(earlier(Path(settings.transfer_from), work)) if settings.transfer_from and not checkpoint else "",
            }  # fmt: skip
            if not lead(program.training(order), run, settings, [row["item"] for row in data.rows("train")]):
                return

        # What is played: RAVE's own export. Its content is known by its hash from here on.
        state = torch.load(work / files.STATE, map_location="cpu", weights_only=True)
        made = files.export(logs, work, settings.fidelity)
        run.result(files.without_judge(state), files=made, **state["facts"], sha256={name: sha256(path) for name, path in made.items()})


def earlier(run_folder: Path, work: Path) -> Path:
    """The weights of an earlier run, as a file for the program. Raises UserError if it has learned nothing."""
    path = work / "earlier.safetensors"
    save_file({key: value.contiguous() for key, value in files.weights_of(run_folder).items()}, path)
    return path


def overrides(settings: Settings) -> list[str]:
    """What stands otherwise than in RAVE's configuration, in the language of gin."""
    told = [f"SAMPLING_RATE = {settings.rate}", f"LATENT_SIZE = {settings.latents}", f"PHASE_1_DURATION = {settings.phase}"]
    return [*told, f"CAPACITY = {settings.capacity}"] if settings.capacity else told


def lead(conversation: program.Conversation, run, settings: Settings, items: list[str]) -> bool:
    """Reports each step and asks for what is due. False where it was stopped."""
    total, often = settings.steps, max(1, settings.steps // REPORTS)
    round_ones = {max(1, round(total * part / 200)) for part in range(1, 201)}      # a sample may be due
    step, spent, began = 0, 0.0, time.monotonic()
    told, wishes = next(conversation), list[str]()
    while "end" not in told:
        wishes = []
        if "step" in told:
            step, stop = told["step"], run.should_stop()
            if step % often == 0 or step in round_ones:
                report(run, step, total, told["numbers"])
                stop = run.should_stop()
                wishes += ["sample"] if run.sample_due() else []
            has_time = spent <= SHARE * (time.monotonic() - began)
            if stop or step == total or (run.checkpoint_due(step, total) and has_time):
                wishes += ["checkpoint"]
            wishes += ["stop"] if stop and step < total else []
        elif "fits" in told:
            begin(run, told["fits"], Path(settings.transfer_from).name)
        elif "held" in told:
            run.note(told["held"])
        elif "sample" in told:
            run.sample([read_sound(path, settings.rate) for path in told["sample"]], "A sound that is held back, made anew; and a walk by chance.", made_of=items)
        elif "checkpoint" in told:
            moment = time.monotonic()
            keep(run, step, Path(told["checkpoint"]), settings, told["facts"])
            spent += time.monotonic() - moment
        told = conversation.send(wishes)
    return told["end"] == "finished"


def begin(run, part: float, earlier_run: str) -> None:
    """Says how much of an earlier run was taken over. Raises UserError if hardly anything fits."""
    if part < LEAST_FIT:
        raise UserError(f"Next to nothing of {earlier_run} fits this training.", "Its configuration, capacity or number of latents is another.",
                        "Choose the same as there, or leave “Start from” empty.")  # fmt: skip
    run.note(f"Starts from {earlier_run}: {100 * part:.0f} % of its numbers fit and were taken over.")


def report(run, step: int, total: int, numbers: dict[str, float]) -> None:
    if not all(math.isfinite(value) for value in numbers.values()):
        raise UserError("The numbers in the network became too large to compute with.", f"That was at step {step:,}.",
                        "Continue it from its last checkpoint; if it happens again, start anew with another seed.")  # fmt: skip
    run.step(step, total, **numbers)


def keep(run, step: int, written: Path, settings: Settings, facts: dict) -> None:
    """RAVE's checkpoint as one of the run's own, with what playing needs to know."""
    state = torch.load(written, map_location="cpu", weights_only=True)
    state |= {"step": step, "facts": {**facts, "rate": settings.rate, "channels": settings.channels, "fidelity": settings.fidelity,
                                      "configuration": settings.configuration}}  # fmt: skip
    run.checkpoint(state)
    files.write_state(state, written.parent)


def read_sound(path: str, rate: int) -> Sound:
    """(channels, frames) on the disk -> a sound, not louder than full scale."""
    samples = np.load(path, allow_pickle=False).T
    return Sound(np.ascontiguousarray(samples / max(1.0, float(np.abs(samples).max(initial=0.0))), np.float32), rate)
