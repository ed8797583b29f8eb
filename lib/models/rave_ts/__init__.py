"""A RAVE that others trained: a .ts as RAVE and nn~ export it, brought and played. Its card and its controls.

It is never opened in this workbench itself: lib/media/scripted.py hands it to a process that is locked down.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from lib.models import Card, Origin, setting
from lib.models.rave import Heard

CARD = Card(
    title="A RAVE from elsewhere",
    what=(
        "It plays a RAVE that somebody else trained, brought as a file whose name ends in .ts.",
        "Another sound is heard through it, or it walks through what it knows.",
        "Such a file can be a program: it is opened in a process that can reach neither your files nor the network.",
    ),
    learns="", makes="sound", takes=("seed", "voice", "sound", "curves"), least=1, advised=1,
    base=Origin(
        title="a file that you bring", whose="whoever trained it", licence="As whoever trained it says; RAVE's own code is CC BY-NC 4.0.",
        data="What it learned from is not known here: ask whoever made it, and name them.",
    ),
    paper="Caillon & Esling 2021, RAVE: A variational autoencoder for fast and high-quality neural audio synthesis",
    licence="That of the file.",
)  # fmt: skip


class Brought(BaseModel):
    """Which file, before all else."""

    voice: str = setting("", label="The RAVE", format="voice", needed=True, help="A .ts file, such as those that are shared for nn~, Max, Pure Data and Neutone.")
    trust: bool = setting(False, level="expert", label="Open it unlocked", help="Opens it even where this computer cannot lock it in: only for a file of somebody whom you trust.")


class Controls(Heard, Brought):
    """As of a RAVE of one's own, and which file."""

    model_config = ConfigDict(extra="forbid", frozen=True)


CONTROLS = Controls


def weights() -> Path | None:
    """There is nothing that must be here: the file comes with the request."""
    return Path(__file__).resolve().parent
