"""Sound to sound: learns the few numbers that foretell a sample from those before it, and lets another sound through them."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from lib.models import Axis, Card, setting

CARD = Card(
    title="Filter",
    what=("It makes a sound ring like others.", "It learns how a sample follows from those before it.", "It is only there to be tested."),
    learns="sound", makes="sound", takes=("seed", "sound", "curves", "mix"), least=1, advised=4,
    paper="Yule 1927, On a method of investigating periodicities in disturbed series", licence="None.",
)  # fmt: skip


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    steps: int = setting(10, ge=1, le=1000, label="Steps", help="How long to learn.")

    PRESETS: ClassVar[dict[str, dict]] = {"quick": {}, "good": {"steps": 20}, "best": {"steps": 30}}


class Controls(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    sound: str = setting("", label="Sound", help="What goes through; noise by the seed where there is none.", format="sound")
    drawn: dict = setting(
        {}, label="A tone drawn by hand", help="What goes through instead of noise.", format="curves",
        axes=(Axis("pitch", "Pitch", 55, 880, unit="Hz", log=True, gaps=True), Axis("loudness", "Loudness", -60, 0, unit="dB", first=-12)))
    mix: dict = setting({}, label="Mixed with", help="Others of the same number of steps.", format="mix", of="steps")
    seconds: float = setting(0.5, gt=0.0, le=10.0, label="Seconds", help="How long it is.")


CONTROLS = Controls
