"""What the live page of a run asks: is there a file for the browser, and may what it made be kept? Read `live_model`, `live_facts` and `keep_live`."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from lib import models
from lib.errors import UserError
from lib.media.files import read_json, write_bytes
from lib.media.kinds import IMAGE
from lib.media.picture import open_picture
from lib.models.playing import LIVE, Medium
from lib.player import find, requests
from lib.player.keeping import Keeper
from lib.project import datasets, handing_out, runs
from lib.project.folder import OUTPUTS, making
from lib.project.outputs import Output
from lib.project.runs import Run
from lib.share import sources
from lib.share.onnx_export import FACTS, MODEL

if TYPE_CHECKING:
    from lib.project import Project


@dataclass(frozen=True)
class LiveModel:
    """path: of the ONNX file.   facts: what it is: size, direction, live … (onnx_export.py).   is_newest: False where the run has learned more since."""

    path: Path
    facts: dict
    is_newest: bool


def can_be_live(run: Run) -> bool:
    """True for a run whose model takes a picture and makes one, quickly enough for a camera."""
    return models.is_known(run.model) and LIVE in models.card(run.model).ways and models.card(run.model).makes == IMAGE.name


def live_model(project: Project, run: object) -> LiveModel | None:
    """What was exported for the live page; None where nothing was yet. Raises UserError if somebody in its data says no today."""
    playable = find(project, run)
    assert playable.run is not None
    folder = playable.run.path / runs.LIVE
    if not handing_out.run(project, playable.run) or not (folder / MODEL).is_file():
        return None
    try:
        facts = read_json(folder / FACTS)
    except (OSError, ValueError):
        return None
    return LiveModel(folder / MODEL, facts, facts.get("learned") == playable.learned)


def live_facts(project: Project, run: object) -> dict:
    """What the live page tells of a run: its size, its direction, how its sources come about, and pictures to trace. Of its dataset.

    Raises UserError if somebody in its data says no today.
    """
    playable = find(project, run)
    assert playable.run is not None
    dataset = datasets.get(project, playable.run.dataset_path)
    source, size = dataset.manifest.get("source"), dataset.size
    if not can_be_live(playable.run) or not size:
        raise UserError(f"{playable.id} is not live.", f"It is a {playable.card.title}.", "Choose a run of a model that takes a picture.")
    return {"size": size[0], "direction": sources.direction(source, dataset.path.name, playable.run.is_reversed),
            "live": sources.live_source(source, dataset.manifest["recipe"], playable.run.is_reversed)}    # fmt: skip


def keep_live(project: Project, run: object, source: bytes, answer: bytes, by: str = "drawing", made_in: str = "a browser") -> Output:
    """Keeps a picture that the run's model made on its live page, with its story.

    source: what the model was given (a PNG); answer: what it made (a PNG). by: what the source is, "drawing", "camera" or "film".
    made_in: "a browser", or "the player". Raises UserError if somebody in its data says no today, and for what is not a pair of
    pictures of this model.
    """
    size = live_facts(project, run)["size"]
    with making(project.path / OUTPUTS) as folder:
        for name, content in (("source", source), ("answer", answer)):
            _check(content, size)
            write_bytes(folder / f"{name}.png", content, durable=False)
        (folder / "source.png").rename(folder / f"{by}.png")
        request = requests.check(project, run, LIVE, {"picture": folder / f"{by}.png"}, 0, 1, {"ready": True})
        keeper = Keeper(project, find(project, run), request)
        kept = keeper.keep(Medium(open_picture(folder / "answer.png").convert("RGB"), facts={"made_in": made_in}))
    assert kept is not None
    return kept


def _check(content: bytes, size: int) -> None:
    """A PNG of the model's size, which is all that its live page sends."""
    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as picture:
            if picture.size == (size, size):
                return
    except Exception as error:
        raise UserError("This is no picture of this model.", f"{error}.", "Reload the page and try again.") from error
    raise UserError("This is no picture of this model.", f"It makes {size} × {size} px.", "Reload the page and try again.")
