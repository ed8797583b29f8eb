"""Text to text: learns which letter follows which, and writes letter by letter."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from lib.models import Card, setting

CARD = Card(
    title="Letters",
    what=("It writes one letter after the other.", "It learns which letter follows which.", "It is only there to be tested."),
    learns="text", makes="text", takes=("seed", "words"), ways=("make", "write"), counts=("letter", "letters"), least=20, advised=1000,
    paper="Markov 1913, An example of statistical investigation of the text Eugene Onegin", licence="None.",
)  # fmt: skip


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    steps: int = setting(10, ge=1, le=1000, label="Steps", help="How long to learn.")

    PRESETS: ClassVar[dict[str, dict]] = {"quick": {}, "good": {"steps": 20}, "best": {"steps": 30}}


class Controls(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    prompt: str = setting("", max_length=200, label="Beginning", help="How the text begins.")
    letters: int = setting(24, ge=1, le=100_000, label="Letters", help="How many to write.")


CONTROLS = Controls


def measure(dataset_folder) -> int:
    """Letters."""
    return sum(map(len, dataset_folder.texts("train")))
