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


def export(logs: Path, folder: Path, fidelity: float, names: tuple[str, ...] = (PLAYED, STREAMING)) -> dict[str, Path]:
    """The .ts of the checkpoint in a workroom, by RAVE's own exporter. logs: where its configuration lies. Raises UserError."""
    shutil.copyfile(logs / CONFIG, folder / CONFIG)
    made = program.export(folder / STATE, PLAYED.removesuffix(".ts"), [name == STREAMING for name in names], fidelity)
    return dict(zip(names, made, strict=True))
