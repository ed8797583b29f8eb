"""Rhythm VAE: a plane of drum bars, learned from tapping or drum MIDI. Its card and its settings; read `Settings` first."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from lib.models import Card, setting

LEAST, ADVISED = 1, 20      # sounds

CARD = Card(
    title="Rhythms",
    what=(
        "It makes new bars of drums in the manner of yours, tapped on a table or played as MIDI.",
        "Every bar becomes a place on a plane: moving from one place to another leads through all rhythms in between.",
        "It starts from nothing but your bars, and is ready in a minute.",
    ),
    learns="sound",
    makes="sound",
    ways=("make", "live"),
    least=LEAST,
    advised=ADVISED,
    paper="Vigliensoni, McCallum & Fiebrink 2020, Creating Latent Spaces for Modern Music Genre Rhythms Using Minimal Training Data",
    licence="Written for Handmade from the paper; the model that you train is yours.",
)


class Settings(BaseModel):
    """What can be chosen about a training. The defaults are those of the preset "quick"."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    steps: int = setting(
        1200, ge=1, le=100_000, label="Steps",
        help="1200 are a minute and enough for some tens of bars; more, while the bars it knows still come back better.")
    tempo: float = setting(
        0.0, ge=0.0, le=300.0, label="Tempo of the recordings",
        help="Beats a minute, where you tapped with a metronome; 0 finds out how fast each recording is, and MIDI says it itself.")
    first: bool = setting(
        True, label="The first hit is beat one",
        help="On where a recording begins with the bar; off where its first sample is beat one, as of a loop that was cut exactly.")
    batch: int = setting(
        64, ge=2, le=512, level="expert", label="Bars a step",
        help="64 as in the paper; bars come several times in a step where there are fewer.")
    width: int = setting(
        256, ge=8, le=1024, multiple_of=8, level="expert", label="Width",
        help="How much the network can know: 256 suits some hundred bars, 512 is the paper's.")
    spread: float = setting(
        0.05, ge=0.0, le=10.0, level="expert", label="Order of the plane",
        help="Weight of the divergence: 0.05 brings every bar back, 1 is the paper's, and makes neighbours more alike.")
    learning_rate: float = setting(
        1e-3, gt=0.0, le=0.1, level="expert", label="Learning rate", help="How far each step goes: 0.001 as Adam has it.")

    PRESETS: ClassVar[dict[str, dict]] = {
        "quick": {},
        "good": {"steps": 4000, "width": 512},
        "best": {"steps": 12000, "width": 512, "learning_rate": 5e-4},
    }


class Controls(BaseModel):
    """Where on the plane, and how it is played."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    x: float = setting(0.0, ge=-3.0, le=3.0, label="Across", help="Where on the plane, from left to right; your bars lie around 0, nearly all between -2 and 2.")
    y: float = setting(0.0, ge=-3.0, le=3.0, label="Up", help="Where on the plane, from bottom to top.")
    wander: float = setting(0.7, ge=0.0, le=3.0, label="Wanders", help="How far each seed may go from there: 0 plays exactly that place, 1 sees much of the plane.")
    bars: int = setting(4, ge=1, le=64, label="Bars", help="How often the bar comes; 4 are a phrase.")
    tempo: float = setting(0.0, ge=0.0, le=300.0, label="Beats a minute", help="0 plays as fast as your recordings are on average.")
    swing: float = setting(0.0, ge=0.0, le=0.75, label="Swing", help="Every second sixteenth comes later: 0 is straight, 0.33 swings, 0.5 limps.")
    busy: float = setting(0.5, ge=0.02, le=0.98, level="expert", label="From which likelihood on", help="A hit is played where the model finds it likelier than this: lower is busier.")


CONTROLS = Controls
