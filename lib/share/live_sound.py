"""What the live page of a voice asks: where its weights are for the browser, and may what was played be kept? Read `live_voice` and `keep_take`."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lib import models
from lib.errors import UserError
from lib.media.files import read_json
from lib.media.kinds import SOUND
from lib.media.sound import Sound
from lib.models.playing import LIVE, Medium
from lib.player import find, requests
from lib.player.keeping import Keeper
from lib.project import handing_out, runs
from lib.project.outputs import Output
from lib.project.runs import Run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lib.project import Project

RATE = 16_000           # Hz, of what a browser sends
LONGEST = 610           # seconds
LED_BY = ("keys", "midi", "line", "microphone", "camera")
_FACTS = "model.json"


@dataclass(frozen=True)
class LiveVoice:
    """path: of its weights, a safetensors file that a browser reads.   facts: what it learned from, as its trainer tells it."""

    path: Path
    facts: dict


def can_sound_live(run: Run) -> bool:
    """True for a run whose model makes sound at once, in a browser."""
    return models.is_known(run.model) and LIVE in models.card(run.model).ways and models.card(run.model).makes == SOUND.name


def live_voice(project: Project, run: object) -> LiveVoice | None:
    """The weights of a run as they are now: its result, or what was laid out on the way. None while there are none, and where somebody in its
    data says no today. Raises UserError if there is no such run."""
    playable = find(project, run)
    assert playable.run is not None
    if not can_sound_live(playable.run) or not handing_out.run(project, playable.run):
        return None
    places = [(playable.run.path / runs.RESULT / "model.safetensors", playable.run.path / runs.RESULT / _FACTS),
              (playable.run.path / runs.LIVE / runs.INSIDE, playable.run.path / runs.LIVE / runs.INSIDE_FACTS)]  # fmt: skip
    for weights, facts in places:
        if weights.is_file() and facts.is_file():
            return LiveVoice(weights, read_json(facts))
    return None


def keep_take(project: Project, run: object, take: bytes, by: str, controls: Mapping[str, Any]) -> Output:
    """Keeps a sound that was played on the run's live page, with its story.

    take: a WAV of one channel, 16 kHz, 16 bit.   by: what led it, one of LED_BY.   controls: octaves, vibrato, breath and room.
    Raises UserError if somebody in its data says no today, and for what is no such sound.
    """
    if live_voice(project, run) is None:
        raise UserError("This is not kept.", "Nothing can be played with this run today.", "Choose another run.")
    if by not in LED_BY:
        raise UserError("What was sent cannot be read.", "", "Reload the page and try again.")
    sound = _opened(take)
    request = requests.check(project, run, LIVE, {}, 0, 1, controls)
    kept = Keeper(project, find(project, run), request).keep(Medium(sound, facts={"made_in": "a browser", "played_by": by}))
    assert kept is not None
    return kept


def _opened(take: bytes) -> Sound:
    import soundfile

    wrong = UserError("This is no sound of this page.", f"It sends one channel at {RATE:,} Hz, {LONGEST} seconds at most.", "Reload the page and try again.")
    try:
        with soundfile.SoundFile(io.BytesIO(take)) as file:
            if (file.format, file.subtype, file.samplerate, file.channels) != ("WAV", "PCM_16", RATE, 1) or not 0 < file.frames <= LONGEST * RATE:
                raise wrong
            return Sound(file.read(dtype="float32", always_2d=True), RATE)
    except soundfile.LibsndfileError as error:
        raise wrong from error
