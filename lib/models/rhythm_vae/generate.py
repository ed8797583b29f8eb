"""Playing rhythms: two numbers become a bar, a bar becomes drums and notes. Read `play`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from lib.media import drums
from lib.media.sound import Sound
from lib.models import adversarial
from lib.models.playing import Medium, Request
from lib.models.rhythm_vae.bars import BEATS, Hit, hits_of
from lib.models.rhythm_vae.network import LATENT, RhythmVAE

REACH = 2.0         # how far the plane is shown, to each side; most bars lie there
_ECHO = 0.5         # seconds that the last hit rings for


@dataclass(frozen=True)
class Rhythms:
    """tempo: beats a minute, of the recordings."""

    network: RhythmVAE
    tempo: float

    def parameters(self):
        return self.network.parameters()


def load(run_folder: Path, device: str = "cpu") -> Rhythms:
    """The network of a run; of one that is not finished, as it was at the latest checkpoint. Raises UserError if there is none."""
    weights, facts = adversarial.read_weights(run_folder, {"network": "network"})
    network = RhythmVAE(facts["width"])
    network.load_state_dict(adversarial.part_of(weights, "network"))
    return Rhythms(network.to(device).eval().requires_grad_(False), facts["tempo"])


def play(model: Rhythms, request: Request) -> Iterator[Medium]:
    """Some bars for each seed, from a place near the one that was chosen; its story has the notes, for a MIDI file."""
    controls = request.controls
    tempo = controls["tempo"] or model.tempo
    for number in range(request.count):
        luck = torch.Generator().manual_seed((request.seed + number) % 2**63)
        place = torch.tensor([[controls["x"], controls["y"]]]) + controls["wander"] * torch.randn(1, LATENT, generator=luck)
        sound, hits = played(bar_at(model.network, place, controls["busy"]), controls["bars"], tempo, controls["swing"])
        notes = [[round(beat, 4), drum, round(velocity, 3)] for beat, drum, velocity in hits]
        yield Medium(sound, number, facts={"rhythm": {"tempo": tempo, "hits": notes}, "at": [round(value, 4) for value in place[0].tolist()]})


@torch.no_grad()
def bar_at(network: RhythmVAE, place, busy: float) -> list[Hit]:
    """The hits of one bar. place: on the plane, (1, 2). busy: from which likelihood on something is hit; the likeliest of all always is."""
    odds, velocity, timing = (grid[0].cpu().numpy() for grid in network.at(place.to(next(network.parameters()).device)))
    likely = 1 / (1 + np.exp(-odds.astype(float)))
    return hits_of(likely >= min(busy, float(likely.max())), velocity, timing)


@torch.no_grad()
def plane(network: RhythmVAE, side: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How likely a hit is, its velocity and its timing, (side, side, 9, 96) each: up from the bottom, across from the left."""
    line = torch.linspace(-REACH, REACH, side)
    places = torch.stack([line.repeat(side), line.repeat_interleave(side)], 1).to(next(network.parameters()).device)     # (side * side, 2): x, y
    odds, velocity, timing = network.at(places)
    return tuple(grid.cpu().numpy().reshape(side, side, *grid.shape[1:]) for grid in (odds.sigmoid(), velocity, timing))  # type: ignore[return-value]


def played(bar: list[Hit], bars: int, tempo: float, swing: float) -> tuple[Sound, list[Hit]]:
    """(the sound, its hits over all bars, in beats). Whole bars, and half a second in which the last hit rings."""
    hits = [(number * BEATS + swung(beat, swing), drum, velocity) for number in range(bars) for beat, drum, velocity in bar]
    seconds = bars * BEATS * 60 / tempo + _ECHO
    samples = drums.play([(beat * 60 / tempo, drum, velocity) for beat, drum, velocity in hits], seconds)
    return Sound(samples[:, None], drums.RATE), [hit for hit in hits if hit[0] >= 0]


def swung(beat: float, swing: float) -> float:
    """Every second sixteenth comes later: by all of a sixteenth, where swing is 1. Hits in between move along."""
    pair = beat * 2 - np.floor(beat * 2)        # 0 to 1 within an eighth note
    middle = 0.5 + swing / 2
    moved = pair / 0.5 * middle if pair < 0.5 else middle + (pair - 0.5) / 0.5 * (1 - middle)
    return float((np.floor(beat * 2) + moved) / 2)
