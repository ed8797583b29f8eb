"""The files of a RAVE: what is in a run's result, and a checkpoint as a .ts. No import of the package."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lib.models.rave import program

PLAYED, STREAMING, WEIGHTS = "rave.ts", "rave_streaming.ts", "model.safetensors"    # in result/: for playing here, for live programs, the numbers alone
LOGS, CONFIG, STATE = "rave", "config.gin", "state.ckpt"    # in the run: RAVE's own log (TensorBoard) and configuration; in a workroom: its checkpoint


def write_state(state: Mapping[str, Any], folder: Path) -> Path:
    """A checkpoint as RAVE and Lightning read it."""
    import torch

    path = folder / STATE
    torch.save(dict(state), path)
    return path


def weights_of(run_folder: Path) -> dict[str, Any]:
    """What a run has learned, of its result or its last checkpoint, without the judge of its second phase. Raises UserError if there is neither."""
    from safetensors.torch import load_file

    from lib.models.adversarial import read_checkpoint
    from lib.project.runs import Run

    run = Run(run_folder)
    return load_file(run.result / WEIGHTS) if run.result else without_judge(read_checkpoint(run)[0])


def without_judge(state: Mapping[str, Any]) -> dict[str, Any]:
    """The weights of a checkpoint that play."""
    return {key: value for key, value in state["state_dict"].items() if not key.startswith("discriminator.")}


def export(logs: Path, folder: Path, fidelity: float, names: tuple[str, ...] = (PLAYED, STREAMING)) -> dict[str, Path]:
    """The .ts of the checkpoint in a workroom, by RAVE's own exporter. logs: where its configuration lies. Raises UserError."""
    shutil.copyfile(logs / CONFIG, folder / CONFIG)
    made = program.export(folder / STATE, PLAYED.removesuffix(".ts"), [name == STREAMING for name in names], fidelity)
    return dict(zip(names, made, strict=True))
