"""A RAVE for the programs that play it live: nn~ in Max and Pure Data, Neutone, the RAVE VST. Read `export_rave`. No torch.

The file was made by RAVE's own exporter when the training ended; here it is handed on, with a README that says whose sounds are in it.
"""

from __future__ import annotations

import io
import os
import shutil
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from lib.errors import UserError
from lib.media.files import plainly, read_json, sha256, write_text
from lib.models.rave.files import STREAMING
from lib.player import Playable, find
from lib.project import arguments, consent, datasets, handing_out, outputs
from lib.project.folder import making
from lib.share.destination import ask_to_publish, folder_of

if TYPE_CHECKING:
    from lib.project import Project

README = "README.md"


def export_rave(project: Project, run: object, to: object) -> list[Path]:
    """Writes <run>.ts, for streaming, and README.md into a folder, and returns both.

    Everybody in its data must allow a model to be published. Raises UserError where somebody does not, where it is no RAVE that has finished,
    and where its file is not as it was exported.
    """
    playable = find(project, run)
    made = _streaming(playable)
    folder = folder_of(arguments.path("to", to))
    ask_to_publish(project, playable)
    with plainly(folder), making(folder.parent) as draft:
        shutil.copyfile(made, draft / f"{playable.id}.ts")
        write_text(draft / README, readme(project, playable))
        assert playable.run is not None
        if not handing_out.run(project, playable.run):      # somebody changed their mind meanwhile
            consent.require_run(project, playable.run, f"{playable.id} is not exported.")
        folder.mkdir(parents=True, exist_ok=True)
        names = (f"{playable.id}.ts", README)
        for name in names:
            os.replace(draft / name, folder / name)
    return [folder / name for name in names]


def rave_zip(project: Project, run: object) -> bytes:
    """The same in a zip, for a download. Raises UserError as `export_rave` does."""
    playable = find(project, run)
    made = _streaming(playable)
    ask_to_publish(project, playable)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as zipped:
        zipped.write(made, f"{playable.id}.ts")
        zipped.writestr(README, readme(project, playable))
    return content.getvalue()


def may_be_exported(project: Project, run: object) -> None:
    """Raises UserError where it may not, or cannot."""
    playable = find(project, run)
    _streaming(playable, checked=False)
    ask_to_publish(project, playable)


def readme(project: Project, playable: Playable) -> str:
    """How it is played, whose sounds it learned from, and the licence."""
    assert playable.run is not None
    dataset = datasets.get(project, playable.run.dataset_path)
    story = outputs.base_story(project, playable.run, dataset)
    facts = read_json(playable.folder / "result" / "model.json")
    credits = [person["credit"] for person in story["people"] if person["credit"]]
    thanks = f", by {', '.join(credits)}" if credits else ""
    lines = [
        f"# {playable.id}", "",
        f"A RAVE ({facts['configuration']}, {facts['rate']:,} Hz, {'stereo' if facts['channels'] == 2 else 'mono'}), made with Handmade.", "",
        f"- Learned from {story['datapoints']} sounds of the dataset {dataset.path.name}{thanks}.",
        f"- In Max or Pure Data: put `{playable.id}.ts` where nn~ finds it, and write `nn~ {playable.id} forward`, or `encode` and `decode` for its curves.",
        "- In Neutone and in the RAVE VST: load the same file.",
        "- A .ts file is a program as well as a model: open those of others only if you trust them.",
        f"- Licence: {playable.card.licence}",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _streaming(playable: Playable, checked: bool = True) -> Path:
    if playable.model != "rave" or playable.run is None or playable.run.result is None:
        raise UserError(f"{playable.id} is not exported.", "Only a RAVE that has finished is.", "Choose one, or let this one finish.")
    made = playable.run.result / STREAMING
    if checked and (not made.is_file() or sha256(made) != read_json(playable.run.result / "model.json")["sha256"][STREAMING]):
        raise UserError(f"{playable.id} is not exported.", "Its file is not as it was exported here.", "Train again, or bring back the old file.")
    return made
