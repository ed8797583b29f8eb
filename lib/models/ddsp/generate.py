"""Playing DDSP: pitch and loudness become sound, some seconds at a time. Read `play`, then `Voice.render`."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from lib.media import melody
from lib.media.picture import open_picture
from lib.media.sound import Sound
from lib.models import adversarial
from lib.models.ddsp import lines, synth
from lib.models.ddsp.hearing import Heard
from lib.models.ddsp.lines import Range
from lib.models.ddsp.network import Decoder
from lib.models.ddsp.units import HOP, RATE, ROOM
from lib.models.playing import Medium, Request, in_pieces

_PIECE = 4 * RATE // HOP    # moments that are made at once


@dataclass(frozen=True)
class Voice:
    """response: of the room, (ROOM,).   own: what it learned from."""

    decoder: Decoder
    response: torch.Tensor
    own: Range

    def parameters(self):
        return self.decoder.parameters()

    @torch.no_grad()
    def render(self, heard: Heard, seed: int, breath: float = 0.0, room: float = 1.0) -> Iterator[np.ndarray]:
        """The sound, float32 (frames,), in pieces: (T - 1) * HOP frames in all, of T moments. Constant memory.

        breath: dB that the noise is louder by.   room: how much of it is heard, 1 is as it was learned.
        """
        luck = torch.Generator().manual_seed(seed % 2**63)
        device = self.response.device
        state, ringing, turns = None, None, torch.zeros(1, 1, dtype=torch.float64, device=device)
        behind = torch.zeros(ROOM, dtype=torch.float64, device=device)      # what the room still sounds
        last: torch.Tensor | None = None                                    # amplitudes at the moment before
        for first in range(0, len(heard) - 1, _PIECE):
            part = heard.part(first, min(first + _PIECE, len(heard) - 1) + 1)
            hertz, loudness, sings = (torch.from_numpy(values[None]).to(device) for values in (part.hertz, part.loudness, part.sings))
            new = slice(None) if last is None else slice(1, None)           # the first moment was asked for already
            amplitudes, bands, state = self.decoder(hertz[:, new], loudness[:, new], sings[:, new], state)
            bands = bands[:, 1:] if last is None else bands
            amplitudes = amplitudes if last is None else torch.cat([last, amplitudes], 1)
            last = amplitudes[:, -1:]
            angle = synth.phases(hertz, turns)
            turns = torch.frac(angle[:, -1:])
            noise = synth.white((1, (len(part) - 1) * HOP), luck).to(device).double()
            windy, ringing = synth.filtered_noise(bands.double() * 10 ** (breath / 20), noise, ringing)
            dry = (synth.harmonics(amplitudes.double(), angle) + windy)[0]
            wet = _convolved(dry, room * self.response.double())
            wet[: len(behind)] += behind
            behind = wet[len(dry) : len(dry) + ROOM]
            yield (dry + wet[: len(dry)]).float().cpu().numpy()


def _convolved(dry: torch.Tensor, response: torch.Tensor) -> torch.Tensor:
    """What the room adds to a piece: at least len(dry) + ROOM frames, of which the first is what a click before it adds."""
    size = 1 << (len(dry) + ROOM + 1).bit_length()
    return torch.fft.irfft(torch.fft.rfft(dry, size) * torch.fft.rfft(torch.nn.functional.pad(response, (1, 0)), size), size)


def load(run_folder: Path, device: str = "cpu") -> Voice:
    """What plays of a run; of one that is not finished, as it was at the latest checkpoint. Raises UserError if there is none."""
    weights, facts = adversarial.read_weights(run_folder, {"decoder": "decoder", "room": "played_room"})
    decoder = Decoder(facts["width"])
    decoder.load_state_dict(adversarial.part_of(weights, "decoder"))
    return Voice(decoder.to(device).eval().requires_grad_(False), weights["room.response"].to(device), range_of(facts))


def range_of(facts: dict) -> Range:
    return Range(tuple(facts["pitch"]), tuple(facts["loudness"]))


def play(model: Voice, request: Request) -> Iterator[Medium]:
    """A sound for each seed: the same melody with other breath; where nothing is given, another melody. Raises UserError."""
    controls = request.controls
    for number in range(request.count):
        seed = request.seed + number
        heard, by = _followed(model, request, seed)
        heard = Heard(heard.hertz * np.float32(2.0 ** controls["octaves"]), heard.loudness, heard.sings)
        made = model.render(heard, seed, controls["breath"], controls["room"])
        yield from in_pieces(number, (Sound(piece[:, None], RATE) for piece in made), functools.partial(dict, played_by=by))


def _followed(model: Voice, request: Request, seed: int) -> tuple[Heard, str]:
    """(what it is played by, that in a word). Of several things that are given, a sound counts before lines, and these before notes."""
    controls, own = request.controls, model.own
    if sound := request.file("sound"):
        return lines.of_sound(sound, own, controls["fit"], controls["follow"]), "sound"
    if drawn := request.curves("drawn"):
        return lines.of_curves(drawn, own), "lines"
    if line := request.file("line"):
        return lines.of_line(open_picture(line), controls["seconds"], own), "picture"
    typed = melody.of_words(request.words("notes"))
    if request.words("notes").strip():
        return lines.of_notes(typed, controls["tempo"], own, controls["fit"], controls["vibrato"]), "notes"
    return lines.of_notes(lines.by_chance(seed, own), controls["tempo"], own, False, controls["vibrato"]), "chance"
