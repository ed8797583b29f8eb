"""A trained network as one ONNX file, which runs without PyTorch: in a browser, in a program of somebody else. Read `export_onnx`.

The narrow network, where a run has one. Before the file is handed over, it must say what PyTorch says, on ten pictures. It runs
torch: pages begin it as a task (jobs.background(project, "share.export_onnx", run=run.id)).
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lib import models
from lib.errors import UserError
from lib.media.files import plainly, write_json, write_text
from lib.models.playing import LIVE
from lib.player import Playable, find
from lib.project import arguments, consent, datasets, handing_out, outputs, runs
from lib.project.folder import making, now
from lib.share import sources
from lib.share.destination import ask_to_publish, folder_of

if TYPE_CHECKING:
    from lib.project import Project

MODEL, FACTS, README = "model.onnx", "model.json", "README.md"
INPUT, OUTPUT = "source", "picture"
OPSET = 18              # what onnxruntime-web 1.30 knows, and all else since 2023
TRIES = 10              # pictures on which both must say the same
CLOSE = 1e-3            # by so much may they differ, of -1 to 1
_STEPS = TRIES + 2      # reading, writing, and each try


def export_onnx(project: Project, run: object, to: object = None, *, progress: Callable[[int, int], object] | None = None) -> list[Path]:
    """Writes a run's network as model.onnx, with model.json (what it is) and README.md (the same in words), and returns the three.

    to: the folder, made if need be; None keeps it with the run, for its live page. Takes "source", float32 (1, 3, S, S) between
    -1 and 1, and gives "picture" alike. Outside the project everybody in its data must allow a model to be published.
    Raises UserError where somebody does not, where the model is not one that is given a picture and gives one, and where the file says
    something else than PyTorch does; then nothing is left of it.
    """
    progress = arguments.call("progress", progress) or (lambda done, total: None)
    playable = find(project, run)
    _refuse_others(playable)
    assert playable.run is not None
    folder = playable.run.path / runs.LIVE if to is None else folder_of(arguments.path("to", to))
    if not folder.is_relative_to(project.path.resolve()):
        ask_to_publish(project, playable)
    learned = playable.learned
    with plainly(folder), making(folder.parent) as draft:
        facts = _write(project, playable, draft, progress) | {"learned": learned}
        write_json(draft / FACTS, facts, durable=False)
        write_text(draft / README, _card(playable, facts), durable=False)
        if not handing_out.run(project, playable.run):      # somebody changed their mind meanwhile
            consent.require_run(project, playable.run, f"{playable.id} is not exported.")
        folder.mkdir(parents=True, exist_ok=True)
        for name in (MODEL, README, FACTS):                 # the facts last: without them it is none
            os.replace(draft / name, folder / name)
    return [folder / name for name in (MODEL, FACTS, README)]


def _refuse_others(playable: Playable) -> None:
    if LIVE not in playable.card.ways or playable.card.makes != "image":
        raise UserError(
            f"{playable.id} is not exported.", f"Only models that make a picture of a picture can be, and it is a {playable.card.title}.",
            "Choose a run of such a model, such as pix2pix.",
        )  # fmt: skip


def _write(project: Project, playable: Playable, draft: Path, progress: Callable[[int, int], object]) -> dict:
    """Writes model.onnx into `draft` once it was tried, and returns what there is to tell about it."""
    translator = models.generator(playable.model).load(playable.folder, narrow=True)
    network, path = translator.network, draft / MODEL
    progress(1, _STEPS)
    facts = _facts(project, playable, translator)
    convert(network, path)
    _add_metadata(path, facts)
    progress(2, _STEPS)
    _compare(network, path, lambda done: progress(2 + done, _STEPS))
    return facts


def _facts(project: Project, playable: Playable, translator: Any) -> dict:
    assert playable.run is not None
    story = outputs.base_story(project, playable.run, datasets.get(project, playable.run.dataset_path))
    credits = [person["credit"] for person in story["people"] if person["credit"]]
    return {
        "run": playable.id, "model": playable.model, "dataset": story["dataset"], "datapoints": story["datapoints"],
        "size": translator.network.size, "width": translator.network.width,
        "direction": sources.direction(translator.source, story["dataset"], translator.reverse),
        "live": sources.live_source(translator.source, translator.recipe, translator.reverse), "credits": credits, "made": now(),
    }  # fmt: skip


def convert(network: Any, path: Path) -> None:
    """One file, weights inside: a browser is given one."""
    import torch

    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network, (torch.zeros(1, 3, network.size, network.size),), path, input_names=[INPUT], output_names=[OUTPUT],
            opset_version=OPSET, external_data=False, dynamo=True, verbose=False,
        )  # fmt: skip


def _add_metadata(path: Path, facts: dict) -> None:
    """Into the file itself, so that it survives being sent around."""
    import onnx

    model = onnx.load(path)
    model.producer_name = "Handmade"
    properties = {name: facts[name] for name in ("run", "model", "dataset", "datapoints", "size", "direction", "credits")}
    onnx.helper.set_model_props(model, {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for name, value in properties.items()
    })    # fmt: skip
    onnx.checker.check_model(model)
    onnx.save(model, path)


def _compare(network: Any, path: Path, progress: Callable[[int], object]) -> None:
    """Raises UserError where the file does not say what PyTorch says."""
    import numpy as np
    import onnxruntime
    import torch

    session, luck = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"]), np.random.default_rng(0)
    for number in range(TRIES):
        source = _trial(luck, number, network.size)
        [output] = session.run([OUTPUT], {INPUT: source})
        with torch.no_grad():
            apart = float(np.abs(output - network(torch.from_numpy(source)).numpy()).max())
        if not apart <= CLOSE:      # also where it is no number
            raise UserError(
                "This model cannot be exported.", f"The exported file says something else than the model: {apart:.4f} apart, and {CLOSE:g} is the most.",
                "Play it on Generate; train a little longer before you try again.",
            )  # fmt: skip
        progress(number + 1)


def _trial(luck: Any, number: int, size: int) -> Any:
    """(1, 3, S, S) from -1 to 1: noise, and lines on paper, which is what it will see."""
    import numpy as np

    if number % 2:
        return luck.uniform(-1, 1, (1, 3, size, size)).astype(np.float32)
    sheet = np.ones((1, 3, size, size), np.float32)
    for row, column in luck.integers(0, size, (4, 2)):
        sheet[..., row, :] = sheet[..., :, column] = -1
    return sheet


def _card(playable: Playable, facts: dict) -> str:
    size, thanks = facts["size"], ", ".join(facts["credits"])
    lines = [
        f"# {facts['run']}",
        "",
        f"A {playable.card.title} network, made with Handmade: {facts['direction']}.",
        "",
        f"- Learned from {facts['datapoints']} datapoints of the dataset {facts['dataset']}" + (f", by {thanks}." if thanks else "."),
        f"- `{MODEL}` is ONNX (opset {OPSET}), weights inside: “{INPUT}”, float32 (1, 3, {size}, {size}) from -1 to 1, in; “{OUTPUT}” alike out.",
        f"- It says what PyTorch says, to {CLOSE:g}, on {TRIES} pictures.",
        f"- Licence: {playable.card.licence} Ask the people whose data it is before you share it.",
    ]
    return "\n".join(lines) + "\n"
