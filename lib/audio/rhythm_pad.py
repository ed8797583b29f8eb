"""What the rhythm pad asks: what is to be known of a run, and may what was played on it be kept? Read `pad_facts` and `keep_rhythm`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lib import models
from lib.errors import UserError
from lib.media import drums
from lib.media.files import read_json
from lib.media.sound import Sound
from lib.models.playing import LIVE, Medium
from lib.player import find, requests
from lib.player.keeping import Keeper
from lib.project import arguments, datasets, handing_out
from lib.project.outputs import Output
from lib.project.runs import Run

if TYPE_CHECKING:
    from lib.project import Project

WEIGHTS = "model.safetensors"
LONGEST = 600.0         # seconds that are kept at once
_MOST_HITS = 20_000
_RINGS = 0.5            # seconds in which the last hit fades


def has_pad(run: Run) -> bool:
    """True for a finished run whose model can be played on a plane in the browser."""
    return models.is_known(run.model) and models.pad(run.model) is not None and run.result is not None


def pad_facts(project: Project, run: object) -> dict[str, Any]:
    """What its pad needs: tempo, drums, how the plane is cut, and the bars that it learned from (hits: [drum, place, velocity, timing]).

    Raises UserError where it has no pad, or if somebody in its data says no today.
    """
    playable = find(project, run)
    assert playable.run is not None     # a base has no pad
    pad = models.pad(playable.model)
    if pad is None or not has_pad(playable.run):
        raise UserError(f"{playable.id} has no rhythm pad.", f"It is a {playable.card.title}, {playable.run.state}.", "Choose a finished run of a model that has one.")
    dataset = datasets.get(project, playable.run.dataset_path)
    return {
        "tempo": read_json(weights(playable.run).with_name("model.json"))["tempo"], "drums": list(drums.VOICES), "reach": pad.REACH, "side": pad.SIDE,
        "grid": list(pad.GRID), "beats": pad.BEATS, "rate": drums.RATE, "bars": [list(bar) for bar in pad.bars(dataset.path, playable.run.settings)],
    }  # fmt: skip


def weights(run: Run) -> Path:
    assert run.result is not None       # `has_pad` asks
    return run.result / WEIGHTS


def weights_for_browser(project: Project, run: object) -> Path | None:
    """The file that the browser plays; None where it may not be handed out today, or has no pad."""
    playable = find(project, run)
    fits = playable.run is not None and has_pad(playable.run) and handing_out.run(project, playable.run)
    return weights(playable.run) if fits and playable.run else None


def keep_rhythm(project: Project, run: object, played: Mapping[str, Any]) -> Output:
    """What was played on the pad becomes an output: a sound of our own drums, and its notes.

    played: "tempo" (beats a minute), "beats" (how long it is), "hits" ([beat, drum, velocity 0 to 1] each), "x", "y" (where on the plane it ended),
    "path" ([beat, x, y] each: where it went, may be left out), "swing", "busy". Raises UserError for what is none of these, if
    nothing is hit, and if somebody in its data says no today.
    """
    pad_facts(project, run)
    tempo = arguments.number("tempo", played.get("tempo"), 20, 300)
    beats = arguments.number("beats", played.get("beats"), 1, LONGEST * tempo / 60)
    hits = _hits(played.get("hits"), beats)
    place = {axis: round(arguments.number(axis, played.get(axis), -3, 3), 4) for axis in ("x", "y")}
    controls = {**place, "wander": 0.0, "bars": max(1, min(64, round(beats / 4))), "tempo": round(tempo, 2),
                "swing": played.get("swing", 0.0), "busy": played.get("busy", 0.5)}  # fmt: skip
    request = requests.check(project, run, LIVE, {}, 0, 1, controls)
    samples = drums.play([(beat * 60 / tempo, drum, velocity) for beat, drum, velocity in hits], beats * 60 / tempo + _RINGS)
    facts = {"rhythm": {"tempo": round(tempo, 2), "hits": [[round(beat, 4), drum, round(velocity, 3)] for beat, drum, velocity in hits]},
             "at": [place["x"], place["y"]], "made_in": "a browser", **_path(played.get("path"))}  # fmt: skip
    kept = Keeper(project, find(project, run), request).keep(Medium(Sound(samples[:, None], drums.RATE), facts=facts))
    assert kept is not None
    return kept


def _hits(given: object, beats: float) -> list[tuple[float, int, float]]:
    if not isinstance(given, list) or not given:
        raise UserError("Nothing was hit.", "There is no note in what was played.", "Move to a place where something is heard, and keep that.")
    if len(given) > _MOST_HITS:
        raise UserError("These are too many hits.", f"{_MOST_HITS:,} can be kept at once.", "Keep a shorter part.")
    hits = []
    for hit in given:
        if not isinstance(hit, list) or len(hit) != 3:
            raise UserError("This is no hit of a drum.", "A hit is a beat, a drum and how hard.", "Reload the page and try again.")
        beat = arguments.number("beat", hit[0], -1, beats + 1)
        hits.append((min(max(beat, 0.0), beats), arguments.whole("drum", hit[1], 0, len(drums.VOICES) - 1), arguments.number("velocity", hit[2], 0, 1)))
    return sorted(hits)


def _path(given: object) -> dict:
    """Where somebody went on the plane while it played."""
    if not isinstance(given, list) or not given:
        return {}
    return {"path": [[round(arguments.number("path", value, -1e6, 1e6), 3) for value in step[:3]] for step in given[:2000] if isinstance(step, list)]}
