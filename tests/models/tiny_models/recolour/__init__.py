"""Picture to picture: learns which colour of a source becomes which colour of its target."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from lib.models import Card, setting

CARD = Card(
    title="Recolouring",
    what=("It gives a picture other colours.", "It learns from pairs which colour becomes which.", "It is only there to be tested."),
    learns="pairs", makes="image", takes=("picture",), least=2, advised=4, paper="None.", licence="None.",
)  # fmt: skip


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    steps: int = setting(10, ge=1, le=1000, label="Steps", help="How long to learn.")

    PRESETS: ClassVar[dict[str, dict]] = {"quick": {}, "good": {"steps": 20}, "best": {"steps": 30}}


class Controls(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    picture: str = setting("", label="Picture", help="What gets other colours.", format="picture", needed=True)
    strength: float = setting(1.0, ge=0.0, le=1.0, label="Strength", help="0 leaves the colours as they are.")


CONTROLS = Controls
