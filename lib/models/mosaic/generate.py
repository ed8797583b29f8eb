"""Playing a mosaic: grains follow a sound, a line or a beat, and it is written down who is heard when. Read `play`.

Nothing of a recording is held between two playings: a datapoint that was withdrawn since is not there any more, and what may not be
used today (`request.without`) is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from lib.errors import UserError
from lib.media.picture import open_picture
from lib.media.sound import Sound
from lib.models import adversarial
from lib.models.mosaic import choosing, events, families, features, rendering, targets
from lib.models.mosaic.choosing import SILENCE, Weights
from lib.models.mosaic.grains import Collection, Shape, collection
from lib.models.mosaic.rendering import Piece
from lib.models.mosaic.targets import Target
from lib.models.playing import Medium, Request, in_pieces

_PIECE = 5.0        # seconds that are handed over at once
_LOUDER, _QUIETER = 20.0, -40.0     # dB that a grain is made louder or quieter by, at most


@dataclass(frozen=True)
class Mosaic:
    """The folder of a run, and into which families its moments were sorted: (K, 12)."""

    folder: Path
    shape: Shape
    families: np.ndarray


@dataclass
class Heard:
    """Who is heard from when to when, gathered while a mosaic is made."""

    there: Collection
    spans: dict[str, list[list[float]]] = field(default_factory=dict)

    def follow(self, pieces: Iterable[Piece], frames: int) -> Iterator[Piece]:
        """Hands the pieces on."""
        rate = self.there.shape.rate
        for piece in pieces:
            if piece.at >= frames:
                return
            spans = self.spans.setdefault(self.there.sounds[piece.sound].item, [])
            start, end = piece.at / rate, min(piece.at + piece.frames, frames) / rate
            if spans and start - spans[-1][1] < 0.001:
                spans[-1][1] = end
            else:
                spans.append([start, end])
            yield piece

    def facts(self) -> dict[str, list[dict]]:
        """{"heard": [{"item", "person", "spans": [[from, to], …]}]}, seconds, in the order in which they are heard first."""
        person = {sound.item: sound.person for sound in self.there.sounds}
        spans = {item: [[round(start, 3), round(end, 3)] for start, end in spans] for item, spans in self.spans.items()}
        in_order = sorted(spans, key=lambda item: spans[item][0])
        return {"heard": [{"item": item, "person": person[item], "spans": spans[item]} for item in in_order]}


def load(run_folder: Path, device: str = "cpu") -> Mosaic:
    """The mosaic of a run; of one that is not finished, of what it has listened to so far. Raises UserError if that is nothing."""
    weights, facts = adversarial.read_weights(run_folder, {"index": "index"})
    shape = Shape(facts["rate"], facts["channels"], facts["hop"])
    return Mosaic(Path(run_folder), shape, adversarial.part_of(weights, "index")["families"].numpy())


def play(model: Mosaic, request: Request) -> Iterator[Medium]:
    """A new sound for each seed, some seconds at a time. Raises UserError where nobody's recordings are left."""
    there = _allowed(model, request)
    scale = families.scales(there.numbers)
    given = _given(there, request)
    for number in range(request.count):
        heard, seed = Heard(there), request.seed + number
        pieces, frames = _pieces(model, there, given, scale, request, seed)
        blocks = _of_seconds(rendering.render(there, heard.follow(pieces, frames), frames), round(_PIECE * there.shape.rate))
        sounds = (Sound(block, there.shape.rate) for block in blocks)
        yield from in_pieces(number, sounds, heard.facts)


def _of_seconds(blocks: Iterable[np.ndarray], least: int) -> Iterator[np.ndarray]:
    """The same in larger blocks: each is a file while somebody waits. least: frames."""
    held: list[np.ndarray] = []
    for block in blocks:
        held.append(block)
        if sum(map(len, held)) >= least:
            yield np.concatenate(held)
            held = []
    if held:
        yield np.concatenate(held)


def follow(there: Collection, target: Target, weights: Weights, scale: tuple, seed: int, louder: float = 1.0) -> Iterator[Piece]:
    """The grains that follow a target. louder: how far they take over its loudness, 0 to 1."""
    hop, before, gain_before, moment = there.shape.hop, SILENCE, 1.0, 0
    mean, spread = scale
    for grains in choosing.choose(target, there, weights, mean, spread, seed):
        wanted = target.numbers[moment : moment + len(grains), features.LOUDNESS] - there.numbers[grains, features.LOUDNESS]
        gains = 10 ** (louder * np.clip(np.nan_to_num(wanted), _QUIETER, _LOUDER) / 20)
        for grain, gain in zip(grains.tolist(), gains.tolist(), strict=True):
            if grain != SILENCE:
                sound = there.sounds[number := int(there.sound_of[grain])]
                goes_on = grain == before + 1 and grain > sound.start
                yield Piece(moment * hop, hop, number, (grain - sound.start) * hop, (gain_before if goes_on else gain, gain), goes_on)
            before, gain_before, moment = grain if grain != SILENCE else -2, gain, moment + 1


def _pieces(model: Mosaic, there: Collection, given: Target | None, scale: tuple, request: Request, seed: int) -> tuple[Iterator[Piece], int]:
    """(what is heard, how many frames it lasts)"""
    controls = request.controls
    if given is not None:
        weights = Weights(controls["continuity"], controls["chance"], controls["pitch"], controls["timbre"])
        return follow(there, given, weights, scale, seed, controls["follow"]), given.frames
    frames = max(round(controls["seconds"] * there.shape.rate), 1)
    if letters := request.words("beat").strip():
        return events.beat(letters, controls["tempo"], frames, there, model.families, scale, controls["chance"], seed), frames
    return events.walk(frames, there, scale, seed), frames


def _given(there: Collection, request: Request) -> Target | None:
    if sound := request.file("sound"):
        return targets.of_sound(sound, there, request.controls["stretch"])
    if drawn := request.curves("drawn"):
        return targets.of_curves(drawn, there)
    line = request.file("line")
    return targets.of_line(open_picture(line), there, request.controls["seconds"]) if line else None


def _allowed(model: Mosaic, request: Request) -> Collection:
    there = collection(model.folder, model.shape).without(request.without)
    if not (there.numbers[:, features.LOUDNESS] > features.QUIET).any():
        raise UserError("There is nothing left to be heard.", "No recording of this mosaic may be used today, or all are silent.",
                        "Add sounds, freeze the next version of the dataset, and train on that.")  # fmt: skip
    return there
